//! What a mailbox itself showed of its provider's habits: whether mail sent by SMTP appears in Sent without our doing, whether it
//! appears there more than once, and whether it comes out with another Message-ID than it had.
//!
//! Pure: what was seen in Sent comes in, the next step comes out; `flow` looks, waits and keeps the state (JSON, one text a mailbox).
//! A habit may change at any time, because most of them hang on a switch of the user, so the last thing seen counts, and one sighting
//! never makes us bolder: a copy is put into Sent only after Sent was watched once and stayed empty.

use crate::types::{MessageId, Moment};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// So long Sent is watched after the first mail went out by SMTP, and whenever the provider used to file it by itself.
pub const SENT_WATCH: Duration = Duration::from_secs(60);
/// Two mails of one conversation whose Date is nearer than this are one: clients and servers cut or set the seconds.
const SAME_DATE_MS: u64 = 2_000;
/// So many sightings in a row make a habit firm.
const FIRM: u8 = 2;

/// What was seen of one habit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habit {
    last: Option<bool>,
    in_a_row: u8,
}

/// What is known of a habit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Unknown,
    Yes,
    No,
}

/// What a mailbox showed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Learnt {
    /// Mail sent by SMTP appears in Sent by itself.
    pub files_sent: Habit,
    /// A mail sent lies in Sent more than once.
    pub doubles_sent: Habit,
    /// The copy in Sent has another Message-ID than the mail we made. The writer's mail client may be the cause as well as the
    /// provider; either way a Message-ID alone does not prove that a draft was not sent.
    pub rewrites_message_id: Habit,
}

/// What marks a mail of ours, or a mail found in Sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SentCopy<'m> {
    pub message_id: Option<&'m MessageId>,
    /// Our own mark in the mail, when it has one.
    pub token: Option<&'m str>,
    /// The mail it answers (In-Reply-To, else the last of References; RFC 5322 §3.6.4).
    pub answers: Option<&'m MessageId>,
    /// Its Date field.
    pub date: Option<Moment>,
}

/// What Sent holds of one mail of ours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SentCopies {
    /// Copies under the Message-ID we gave.
    pub same_id: usize,
    /// Copies under another one.
    pub other_id: usize,
}

/// What to do about the copy in Sent of a mail that has gone out by SMTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filing {
    /// Look again after so long at most.
    Wait(Duration),
    /// It is there; nothing to do.
    There,
    /// Nobody filed it: put it there.
    Put,
}

impl Habit {
    /// Notes what was seen.
    pub fn note(&mut self, seen: bool) {
        self.in_a_row = if self.last == Some(seen) { self.in_a_row.saturating_add(1) } else { 1 };
        self.last = Some(seen);
    }

    /// What was seen last.
    pub fn answer(self) -> Answer {
        match self.last {
            None => Answer::Unknown,
            Some(true) => Answer::Yes,
            Some(false) => Answer::No,
        }
    }

    /// Whether it was so several times in a row.
    pub fn is_firm(self) -> bool {
        self.in_a_row >= FIRM
    }
}

impl SentCopies {
    /// How many mails in Sent are copies of that mail of ours. Another mail of the same conversation is none: a person may have
    /// answered twice.
    pub fn count<'m>(ours: &SentCopy<'_>, in_sent: impl IntoIterator<Item = SentCopy<'m>>) -> Self {
        let mut copies = Self::default();
        for found in in_sent {
            match ours.is_copied_by(&found) {
                Some(true) => copies.same_id += 1,
                Some(false) => copies.other_id += 1,
                None => {}
            }
        }
        copies
    }

    /// All of them.
    pub fn total(self) -> usize {
        self.same_id + self.other_id
    }
}

impl SentCopy<'_> {
    /// Whether that mail is a copy of this one, and if so, whether under the same Message-ID.
    fn is_copied_by(&self, found: &SentCopy<'_>) -> Option<bool> {
        if self.message_id.is_some() && self.message_id == found.message_id {
            return Some(true);
        }
        // Our mark decides where both have one: the same conversation may hold two drafts of ours.
        if let (Some(ours), Some(theirs)) = (self.token, found.token) {
            return (ours == theirs).then_some(false);
        }
        let same_answer = self.answers.is_some() && self.answers == found.answers;
        let same_date = matches!((self.date, found.date), (Some(ours), Some(theirs)) if ours.0.abs_diff(theirs.0) <= SAME_DATE_MS);
        (same_answer && same_date).then_some(false)
    }
}

impl Learnt {
    /// What to do about the copy of a mail that went out `since_sent` ago, given what Sent holds of it now.
    pub fn filing(&self, copies: SentCopies, since_sent: Duration) -> Filing {
        if copies.total() > 0 {
            return Filing::There;
        }
        // Only what was seen twice spares the wait: a server may once have been slower than we watch.
        let files_nothing = self.files_sent.answer() == Answer::No && self.files_sent.is_firm();
        match SENT_WATCH.checked_sub(since_sent).filter(|left| !left.is_zero()) {
            Some(left) if !files_nothing => Filing::Wait(left),
            _ => Filing::Put,
        }
    }

    /// Notes what Sent held at the end of the watch, before we put anything there.
    pub fn note_watch(&mut self, copies: SentCopies) {
        self.files_sent.note(copies.total() > 0);
        self.note_copies(copies);
    }

    /// Notes what Sent holds of a mail of ours in the end, whoever filed it: also of a draft that a person sent.
    pub fn note_copies(&mut self, copies: SentCopies) {
        if copies.total() == 0 {
            return;
        }
        self.doubles_sent.note(copies.total() > 1);
        // One copy under our own Message-ID is enough to find the mail by it.
        self.rewrites_message_id.note(copies.same_id == 0);
    }

    /// Whether a mail of ours that is not found in Sent by its Message-ID may be there all the same.
    pub fn may_have_another_id(&self) -> bool {
        self.rewrites_message_id.answer() != Answer::No
    }

    /// The state as text for the books.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The state from the books; what cannot be read is learnt anew.
    pub fn of_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> MessageId {
        MessageId::parse(text).expect("a good Message-ID")
    }

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn sent_is_watched_for_a_minute_before_the_first_copy_is_put_there() {
        let mut learnt = Learnt::default();
        assert_eq!(learnt.filing(SentCopies::default(), Duration::ZERO), Filing::Wait(SENT_WATCH));
        assert_eq!(learnt.filing(SentCopies::default(), Duration::from_secs(45)), Filing::Wait(Duration::from_secs(15)));
        assert_eq!(learnt.filing(SentCopies { same_id: 1, other_id: 0 }, Duration::from_secs(5)), Filing::There);
        assert_eq!(learnt.filing(SentCopies::default(), SENT_WATCH), Filing::Put);
        learnt.note_watch(SentCopies::default());
        assert!(matches!(learnt.filing(SentCopies::default(), Duration::ZERO), Filing::Wait(_)), "once is no habit");
        learnt.note_watch(SentCopies::default());
        assert_eq!(learnt.filing(SentCopies::default(), Duration::ZERO), Filing::Put, "twice is one");
    }

    #[test]
    fn a_user_who_switches_the_filing_on_is_noticed_with_the_next_mail() {
        let mut learnt = Learnt::default();
        learnt.note_watch(SentCopies::default());
        learnt.note_watch(SentCopies::default());
        // We put a copy at once, and the provider filed another: two copies.
        learnt.note_copies(SentCopies { same_id: 2, other_id: 0 });
        assert_eq!(learnt.doubles_sent.answer(), Answer::Yes);
        learnt.note_watch(SentCopies { same_id: 1, other_id: 0 });
        assert_eq!(learnt.files_sent.answer(), Answer::Yes);
        assert!(matches!(learnt.filing(SentCopies::default(), Duration::ZERO), Filing::Wait(_)));
        assert_eq!(learnt.filing(SentCopies::default(), HOUR), Filing::Put, "a provider that failed once loses no copy");
    }

    #[test]
    fn a_copy_under_another_message_id_is_known_by_our_mark_or_by_its_conversation_and_date() {
        let (ours_id, other_id, third_id, asked) =
            (id("<1@tradepost>"), id("<A9@mail.qq.com>"), id("<B1@mail.qq.com>"), id("<q@buyer.example>"));
        let at = Moment(1_795_000_000_000);
        let ours = SentCopy { message_id: Some(&ours_id), token: Some("t1"), answers: Some(&asked), date: Some(at) };
        let found = |copy: SentCopy<'_>| SentCopies::count(&ours, [copy]);
        let other = SentCopy { message_id: Some(&other_id), ..SentCopy::default() };
        assert_eq!(found(ours), SentCopies { same_id: 1, other_id: 0 });
        assert_eq!(found(SentCopy { token: Some("t1"), ..other }), SentCopies { same_id: 0, other_id: 1 });
        let seconds_cut = SentCopy { answers: Some(&asked), date: Some(at.plus_ms(-900)), ..other };
        assert_eq!(found(seconds_cut), SentCopies { same_id: 0, other_id: 1 });
        for another_mail in [
            SentCopy { answers: Some(&asked), date: Some(at.plus_ms(600_000)), message_id: Some(&third_id), token: None },
            SentCopy { answers: Some(&asked), date: Some(at), token: Some("t2"), ..other },
            SentCopy { date: Some(at), ..other },
            SentCopy { answers: Some(&asked), ..other },
            SentCopy::default(),
        ] {
            assert_eq!(found(another_mail).total(), 0, "{another_mail:?}");
        }
        assert_eq!(SentCopies::count(&SentCopy::default(), [SentCopy::default()]).total(), 0, "nothing in common is no copy");
    }

    #[test]
    fn a_rewritten_message_id_and_doubled_copies_are_learnt_and_kept() {
        let mut learnt = Learnt::default();
        assert!(learnt.may_have_another_id(), "nobody knows yet");
        learnt.note_copies(SentCopies::default());
        assert_eq!(learnt, Learnt::default(), "no copy teaches nothing of copies");
        learnt.note_copies(SentCopies { same_id: 1, other_id: 0 });
        assert!(!learnt.may_have_another_id());
        learnt.note_copies(SentCopies { same_id: 0, other_id: 3 });
        assert!(learnt.may_have_another_id());
        assert_eq!(learnt.doubles_sent.answer(), Answer::Yes);
        assert_eq!(Learnt::of_text(&learnt.to_text()), learnt);
        assert_eq!(Learnt::of_text("not ours"), Learnt::default());
        assert_eq!(Learnt::of_text("{}"), Learnt::default());
    }
}
