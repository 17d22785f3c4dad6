//! What people put right.

use super::Mail;
use crate::types::Intent;

/// A mail that was moved into a folder named after an intent.
#[derive(Debug, Clone, PartialEq)]
pub struct Dragged {
    /// The mailbox's short name.
    pub mailbox: String,
    /// With the intent it was moved to; `None` when it was moved with so many others that nobody believed it.
    pub mail: Mail,
    /// What it had been read as.
    pub was: Option<Intent>,
}

/// How many mails were read, and how many people said to be something else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precision {
    pub read: u64,
    pub corrected: u64,
    /// Of those read as one intent; only where some were corrected.
    pub intents: Vec<OfIntent>,
}

/// The same of the mails that were read as one intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfIntent {
    pub intent: Intent,
    pub read: u64,
    pub corrected: u64,
}

/// So many mails are worth a line although nobody corrected one.
const READ_MIN: u64 = 20;

impl Precision {
    /// From how many were read as each intent, and how many of those were something else.
    pub fn of(read: &[(Option<Intent>, u64)], corrected: &[(Option<Intent>, u64)]) -> Self {
        let total = |counts: &[(Option<Intent>, u64)]| counts.iter().map(|(_, count)| count).sum();
        let of_intent = |(intent, corrected): &(Option<Intent>, u64)| {
            let read = read.iter().find(|(other, _)| other == intent).map_or(0, |(_, read)| *read);
            Some(OfIntent { intent: (*intent)?, read, corrected: *corrected })
        };
        Precision { read: total(read), corrected: total(corrected), intents: corrected.iter().filter_map(of_intent).collect() }
    }

    /// Whether it says anything: somebody corrected a mail, or many were read.
    pub fn is_worth_telling(&self) -> bool {
        self.corrected > 0 || self.read >= READ_MIN
    }
}
