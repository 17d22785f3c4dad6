//! From places to arrivals: bytes fetched, compressed, parsed and understood, on all cores.

use super::large;
use super::scan::Found;
use crate::flow::leaves::Store;
use crate::flow::{Account, Office};
use crate::link::{self, OurAddresses, Writer, WriterKind};
use crate::mailbox::{Entry, Maildir, Parcel, Role};
use crate::parse::carve::{Carved, Leaf};
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
        /// Whose words it carries.
        writer: Box<Writer>,
        raw: RawMail,
        /// What was taken out of it because it was large.
        leaves: Vec<Leaf>,
    },
    /// Our reader broke: the bytes are kept and a person is told.
    Broken { raw: RawMail, leaves: Vec<Leaf>, why: String },
    /// Not to be had now: it moved, vanished or may not be read. It is not recorded, so the next look tries again.
    NotNow { why: String },
}

/// A batch being read.
pub(super) struct Batch {
    parts: Vec<JoinHandle<Vec<Arrival>>>,
}

/// Begins to read a batch on all cores.
pub(super) fn begin(office: &Office, account: &Account, found: &Found, entries: &[Entry]) -> Batch {
    let part_count = std::thread::available_parallelism().map_or(1, usize::from).min(entries.len()).max(1);
    let parts = entries.chunks(entries.len().div_ceil(part_count).max(1)).map(|part| {
        let (maildir, wire_name, part) = (account.maildir.clone(), found.folder.wire_name.clone(), part.to_vec());
        let reader = Reader {
            rules: Arc::clone(&office.rules),
            ours: Arc::clone(&office.ours),
            files: office.files.clone(),
            sent: found.role == Role::Sent,
        };
        tokio::task::spawn_blocking(move || part.into_iter().map(|entry| arrive(&maildir, &wire_name, entry, &reader)).collect())
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

/// What mail is read with.
struct Reader {
    rules: Arc<Rules>,
    ours: Arc<OurAddresses>,
    files: Store,
    /// The folder holds what we sent.
    sent: bool,
}

fn arrive(maildir: &Maildir, wire_name: &str, entry: Entry, reader: &Reader) -> Arrival {
    let parcel = Parcel::InMaildir { maildir: maildir.clone(), wire_name: wire_name.to_owned(), place: entry.place.clone() };
    let content = match large::open(parcel, &reader.files) {
        Ok(carved) => understood(carved, reader),
        Err(error) => Content::NotNow { why: error.kind() },
    };
    Arrival { entry, content }
}

fn understood(carved: Carved, reader: &Reader) -> Content {
    let raw = match RawMail::compress(&carved.remainder) {
        Ok(raw) => raw,
        Err(error) => return Content::NotNow { why: error.to_string() },
    };
    // Parsing is total by promise; should it break a promise, one mail waits in quarantine and the others go on.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let letter = parse::carved_letter(&carved);
        let reading = understand::read(&letter, &reader.rules);
        let writer = link::writer(&letter, &reading, &reader.ours, reader.sent);
        // A colleague's note above a forward is not the customer's language, nor what the customer asks.
        let inner = letter.fresh.forwarded.as_ref().filter(|_| writer.kind == WriterKind::ForwardedByStaff);
        let reading = inner.map(|inner| understand::read(&parse::forwarded(inner, &letter), &reader.rules)).unwrap_or(reading);
        (letter, reading, writer)
    }));
    let leaves = carved.leaves;
    match read {
        Ok((letter, reading, writer)) => {
            Content::Read { letter: Box::new(letter), reading: Box::new(reading), writer: Box::new(writer), raw, leaves }
        }
        Err(_) => Content::Broken { raw, leaves, why: "the reader broke on this mail; its bytes are kept".to_owned() },
    }
}

impl Arrival {
    /// Whether the books know it once its batch is committed.
    pub fn is_settled(&self) -> bool {
        !matches!(self.content, Content::NotNow { .. })
    }
}
