//! From places to arrivals: bytes fetched, compressed, parsed and understood, on all cores.

use super::scan::Found;
use crate::flow::{Account, Office};
use crate::mailbox::{Entry, Maildir};
use crate::parse::limits::MESSAGE_LEN_MAX;
use crate::parse::{self, Letter};
use crate::record::RawMail;
use crate::understand::{self, Reading, Rules};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// A mail that was read, or why it could not be.
#[derive(Debug)]
pub(super) struct Arrival {
    pub entry: Entry,
    pub content: Content,
}

/// What came of reading.
#[derive(Debug)]
pub(super) enum Content {
    Read {
        letter: Box<Letter>,
        reading: Box<Reading>,
        raw: RawMail,
    },
    /// Our reader broke: the bytes are kept and a person is told.
    Broken {
        raw: RawMail,
        why: String,
    },
    /// Not to be had now: it moved, vanished or may not be read. It is not recorded, so the next look tries again.
    NotNow {
        why: String,
    },
}

/// A batch being read.
pub(super) struct Batch {
    parts: Vec<JoinHandle<Vec<Arrival>>>,
}

/// Begins to read a batch on all cores.
pub(super) fn begin(office: &Office, account: &Account, found: &Found, entries: &[Entry]) -> Batch {
    let part_count = std::thread::available_parallelism().map_or(1, usize::from).min(entries.len()).max(1);
    let parts = entries.chunks(entries.len().div_ceil(part_count).max(1)).map(|part| {
        let (maildir, rules) = (account.maildir.clone(), Arc::clone(&office.rules));
        let (wire_name, part) = (found.folder.wire_name.clone(), part.to_vec());
        tokio::task::spawn_blocking(move || part.into_iter().map(|entry| arrive(&maildir, &wire_name, entry, &rules)).collect())
    });
    Batch { parts: parts.collect() }
}

impl Batch {
    /// The arrivals, in the order of the entries.
    pub async fn finish(self) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        for part in self.parts {
            match part.await {
                Ok(part) => arrivals.extend(part),
                // Panics of the readers are caught one by one; what is left is a fault that must not be hidden.
                Err(broken) => std::panic::resume_unwind(broken.into_panic()),
            }
        }
        arrivals
    }
}

fn arrive(maildir: &Maildir, wire_name: &str, entry: Entry, rules: &Rules) -> Arrival {
    let content = match maildir.fetch(wire_name, &entry.place, MESSAGE_LEN_MAX as u64) {
        Ok(bytes) => understood(&bytes, rules),
        Err(error) => Content::NotNow { why: error.to_string() },
    };
    Arrival { entry, content }
}

fn understood(bytes: &[u8], rules: &Rules) -> Content {
    let raw = match RawMail::compress(bytes) {
        Ok(raw) => raw,
        Err(error) => return Content::NotNow { why: error.to_string() },
    };
    // Parsing is total by promise; should it break a promise, one mail waits in quarantine and the others go on.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let letter = parse::letter(bytes);
        let reading = understand::read(&letter, rules);
        (letter, reading)
    }));
    match read {
        Ok((letter, reading)) => Content::Read { letter: Box::new(letter), reading: Box::new(reading), raw },
        Err(_) => Content::Broken { raw, why: "the reader broke on this mail; its bytes are kept".to_owned() },
    }
}

impl Arrival {
    /// Whether the books know it once its batch is committed.
    pub fn is_settled(&self) -> bool {
        !matches!(self.content, Content::NotNow { .. })
    }
}
