//! `budget = { … }` of `[sending]`, or of a mailbox's `smtp`: how much may leave. What is not written comes from what is known of the
//! provider.

use super::reader::Section;

/// More than any server takes in a day.
const RECIPIENTS_MOST: i64 = 100_000_000;
const PERCENT_MOST: i64 = 100;
/// Half of what a provider takes is kept for people.
const PEOPLE_RESERVE: u8 = 50;
/// A fifth of the rest is kept for automatic answers.
const ANSWERS_RESERVE: u8 = 20;

/// How much may leave a mailbox, in recipients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub per_hour: Option<u32>,
    /// In any 24 hours.
    pub per_day: Option<u32>,
    /// Of sequences, to one domain.
    pub per_domain_per_hour: Option<u32>,
    /// So much of hour and day is kept for what people send, in percent.
    pub people_reserve: u8,
    /// So much of what is not kept for people is kept for automatic answers, in percent.
    pub answers_reserve: u8,
    /// Whether a mailbox that is new at sending begins with few mails of sequences.
    pub ramp: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            per_hour: None,
            per_day: None,
            per_domain_per_hour: None,
            people_reserve: PEOPLE_RESERVE,
            answers_reserve: ANSWERS_RESERVE,
            ramp: true,
        }
    }
}

pub(super) fn read(mut section: Section<'_>) -> Budget {
    let mut recipients = |key| section.take(key).and_then(|value| value.number::<u32>(1, RECIPIENTS_MOST));
    let (per_hour, per_day, per_domain_per_hour) = (recipients("per_hour"), recipients("per_day"), recipients("per_domain_per_hour"));
    let mut percent = |key| section.take(key).and_then(|value| value.number::<u8>(0, PERCENT_MOST));
    let (people_reserve, answers_reserve) = (percent("people_reserve"), percent("answers_reserve"));
    let ramp = section.take("ramp").and_then(|value| value.flag());
    section.close();
    let usual = Budget::default();
    Budget {
        per_hour,
        per_day,
        per_domain_per_hour,
        people_reserve: people_reserve.unwrap_or(usual.people_reserve),
        answers_reserve: answers_reserve.unwrap_or(usual.answers_reserve),
        ramp: ramp.unwrap_or(usual.ramp),
    }
}
