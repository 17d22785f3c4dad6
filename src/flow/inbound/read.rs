//! From places to arrivals: bytes fetched, compressed, parsed and understood, on all cores.

use super::backlog::{Batch, Waiting};
use super::large::{self, OpenError};
use super::scan::Found;
use crate::config::Private;
use crate::flow::leaves::Store;
use crate::flow::{Account, Office};
use crate::link::{self, OurAddresses, Writer, WriterKind};
use crate::mailbox::{Entry, Parcel, Role};
use crate::parse::carve::{Carved, Leaf};
use crate::parse::{self, Letter};
use crate::record::RawMail;
use crate::understand::{self, Reading, Rules};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

/// A mail that was read, or why it could not be.
#[derive(Debug)]
pub(super) struct Arrival {
    pub entry: Entry,
    /// It was there before we were.
    pub historical: bool,
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
    /// Nobody's business: nothing of it is kept.
    Private,
    /// Not to be had now: it moved, vanished or may not be read. It is not recorded, so the next look tries again.
    NotNow {
        why: String,
        /// Whether it is our own disk that has no room.
        is_ours: bool,
    },
}

/// A batch being read.
pub(super) struct InReading {
    pub found: Arc<Found>,
    parts: Vec<JoinHandle<Vec<Arrival>>>,
    /// Its share of the memory there is for mail.
    _room: OwnedSemaphorePermit,
}

/// Begins to read a batch on all cores, a parcel for each mail.
pub(super) fn begin(office: &Office, account: &Account, batch: Batch, parcels: Vec<Parcel>, room: OwnedSemaphorePermit) -> InReading {
    let part_count = std::thread::available_parallelism().map_or(1, usize::from).min(parcels.len()).max(1);
    let part_len = parcels.len().div_ceil(part_count).max(1);
    let mut waiting = batch.waiting.into_iter().zip(parcels);
    let mut parts = Vec::with_capacity(part_count);
    loop {
        let part: Vec<(Waiting, Parcel)> = waiting.by_ref().take(part_len).collect();
        if part.is_empty() {
            break;
        }
        let reader = Reader {
            rules: Arc::clone(&office.rules),
            ours: Arc::clone(&office.ours),
            private: account.config.private.clone(),
            files: office.files.clone(),
            sent: batch.found.role == Role::Sent,
        };
        parts.push(tokio::task::spawn_blocking(move || part.into_iter().map(|(one, parcel)| arrive(one, parcel, &reader)).collect()));
    }
    InReading { found: batch.found, parts, _room: room }
}

impl InReading {
    /// The arrivals, in the order of the entries.
    pub async fn finish(&mut self) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        for part in self.parts.drain(..) {
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
    private: Private,
    files: Store,
    /// The folder holds what we sent.
    sent: bool,
}

fn arrive(one: Waiting, parcel: Parcel, reader: &Reader) -> Arrival {
    let content = match large::open(parcel, &reader.files) {
        Ok(carved) => understood(carved, reader),
        Err(error) => Content::NotNow { why: error.kind(), is_ours: matches!(error, OpenError::Files { .. }) },
    };
    Arrival { entry: one.entry, historical: one.historical, content }
}

fn understood(carved: Carved, reader: &Reader) -> Content {
    let raw = match RawMail::compress(&carved.remainder) {
        Ok(raw) => raw,
        Err(error) => return Content::NotNow { why: error.to_string(), is_ours: true },
    };
    // Parsing is total by promise; should it break a promise, one mail waits in quarantine and the others go on.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let letter = parse::carved_letter(&carved);
        if link::is_private(&letter, &reader.private, &reader.ours) {
            return None;
        }
        let reading = understand::read(&letter, &reader.rules);
        let writer = link::writer(&letter, &reading, &reader.ours, reader.sent);
        // A colleague's note above a forward is not the customer's language, nor what the customer asks.
        let inner = letter.fresh.forwarded.as_ref().filter(|_| writer.kind == WriterKind::ForwardedByStaff);
        let reading = inner.map(|inner| understand::read(&parse::forwarded(inner, &letter), &reader.rules)).unwrap_or(reading);
        Some((letter, reading, writer))
    }));
    let leaves = carved.leaves;
    match read {
        Ok(None) => Content::Private,
        Ok(Some((letter, reading, writer))) => {
            Content::Read { letter: Box::new(letter), reading: Box::new(reading), writer: Box::new(writer), raw, leaves }
        }
        Err(_) => Content::Broken { raw, leaves, why: "the reader broke on this mail; its bytes are kept".to_owned() },
    }
}

impl Content {
    /// A mail that could not be had at all: only that it was there is kept.
    pub fn lost(why: &str) -> Self {
        match RawMail::compress(&[]) {
            Ok(raw) => Content::Broken { raw, leaves: Vec::new(), why: why.to_owned() },
            Err(error) => Content::NotNow { why: error.to_string(), is_ours: true },
        }
    }
}

impl Arrival {
    /// Whether the books know it once its batch is committed.
    pub fn is_settled(&self) -> bool {
        !matches!(self.content, Content::NotNow { .. })
    }
}
