//! One message, read.

use super::Reader;
use crate::parse::{self, Letter};
use crate::understand::{self, Reading};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The defect of a message on which our reader broke.
pub(super) const BROKEN: &str = "unreadable";

/// A message and what was understood of it.
#[derive(Debug)]
pub(in crate::cli) struct Mail {
    pub letter: Letter,
    pub reading: Reading,
    /// Our reader broke on it, so nothing of it is known.
    pub is_broken: bool,
}

impl Mail {
    /// Reads a message. A reader that breaks is our fault, never a reason to lose the row.
    pub(in crate::cli) fn read(raw: &[u8], reader: &Reader<'_>) -> Self {
        let read = || {
            let mut letter = parse::letter(raw);
            reader.papers.read_into(&mut letter, raw, &[], |_| Ok(io::empty()));
            let reading = understand::read_with(&letter, reader.rules, reader.learned.as_ref());
            Self { letter, reading, is_broken: false }
        };
        catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
            let letter = Letter::default();
            let reading = understand::read(&letter, reader.rules);
            Self { letter, reading, is_broken: true }
        })
    }
}
