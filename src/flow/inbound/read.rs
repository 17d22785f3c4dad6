//! From places to arrivals: bytes fetched, compressed, parsed and understood, on all cores.

use super::backlog::{Batch, LARGE_BYTES, Waiting};
use super::large::{self, OpenError};
use super::scan::Found;
use crate::config::Private;
use crate::flow::disk::beside;
use crate::flow::leaves::Store;
use crate::flow::papers::PaperReaders;
use crate::flow::{Account, Office};
use crate::link::{self, OurAddresses, Writer, WriterKind};
use crate::mailbox::{Entry, Parcel, Role};
use crate::parse::carve::{Carved, Leaf};
use crate::parse::{self, Letter};
use crate::record::{Books, BooksError, RawMail, tombstones};
use crate::understand::guards::bank::{self, BankData};
use crate::understand::learned::Model;
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
        /// Where its writer wants money to go.
        bank: Box<BankData>,
        raw: RawMail,
        /// What was taken out of it because it was large.
        leaves: Vec<Leaf>,
    },
    /// Our reader broke: the bytes are kept and a person is told.
    Broken { raw: RawMail, leaves: Vec<Leaf>, why: String },
    /// Nobody's business, or erased for good: only that it lies there is kept.
    Passed,
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
            papers: office.papers.clone(),
            learned: office.learned.model(),
            sent: batch.found.role == Role::Sent,
        };
        parts.push(if part.iter().any(|(one, parcel)| is_large(one, parcel)) {
            tokio::spawn(arrive_unless_erased(part, office.books.clone(), Arc::new(reader)))
        } else {
            tokio::task::spawn_blocking(move || part.into_iter().map(|(one, parcel)| arrive(one, &parcel, &reader)).collect())
        });
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
    papers: PaperReaders,
    learned: Option<Arc<Model>>,
    /// The folder holds what we sent.
    sent: bool,
}

/// Whether a mail may be so large that parts of it are written to files.
fn is_large(one: &Waiting, parcel: &Parcel) -> bool {
    matches!(parcel, Parcel::Spooled { .. }) || one.entry.size >= LARGE_BYTES
}

/// The same as [`arrive`] for mail of which files would be written: first the books are asked whether it was erased.
async fn arrive_unless_erased(part: Vec<(Waiting, Parcel)>, books: Books, reader: Arc<Reader>) -> Vec<Arrival> {
    let mut arrivals = Vec::with_capacity(part.len());
    for (one, parcel) in part {
        let parcel = Arc::new(parcel);
        let content = match was_erased(&books, &parcel, &reader).await {
            Ok(true) => Content::Passed,
            Ok(false) => {
                let reader = Arc::clone(&reader);
                beside(move || content_of(&parcel, one.historical, &reader)).await
            }
            Err(error) => Content::NotNow { why: error.kind().to_owned(), is_ours: true },
        };
        arrivals.push(Arrival { entry: one.entry, historical: one.historical, content });
    }
    arrivals
}

async fn was_erased(books: &Books, parcel: &Arc<Parcel>, reader: &Arc<Reader>) -> Result<bool, BooksError> {
    if !tombstones::has_any(&mut books.look().await?).await? {
        return Ok(false);
    }
    let (parcel, reader) = (Arc::clone(parcel), Arc::clone(reader));
    let identity = beside(move || {
        // Whatever breaks here breaks again when the mail is read, and is dealt with there.
        let read = || (!reader.is_private(&parcel)).then(|| large::identity(&parcel).ok()).flatten();
        catch_unwind(AssertUnwindSafe(read)).ok().flatten()
    });
    match identity.await {
        Some(identity) => tombstones::find(&mut books.look().await?, &identity).await,
        None => Ok(false),
    }
}

fn arrive(one: Waiting, parcel: &Parcel, reader: &Reader) -> Arrival {
    Arrival { content: content_of(parcel, one.historical, reader), entry: one.entry, historical: one.historical }
}

fn content_of(parcel: &Parcel, historical: bool, reader: &Reader) -> Content {
    if reader.is_private(parcel) {
        return Content::Passed;
    }
    match large::open(parcel, &reader.files) {
        Ok(carved) => understood(carved, historical, reader),
        Err(error) => Content::NotNow { why: error.kind(), is_ours: matches!(error, OpenError::Files { .. }) },
    }
}

impl Reader {
    /// Whether the header alone says that a mail is private, so that the rest of it need not be read. Of a mail that is short enough
    /// for memory this is found out when it is read.
    fn is_private(&self, parcel: &Parcel) -> bool {
        let has_private = !self.private.addresses.is_empty() || !self.private.domains.is_empty();
        let head = has_private.then(|| large::beginning(parcel).ok().flatten()).flatten();
        head.is_some_and(|head| self.is_private_letter(&head))
    }

    /// By the header of a mail. No where our reader breaks on that as well: then nobody can tell.
    fn is_private_letter(&self, head: &[u8]) -> bool {
        let head = parse::carve::header(head);
        catch_unwind(AssertUnwindSafe(|| link::is_private(&parse::letter(head), &self.private, &self.ours))).unwrap_or(false)
    }
}

fn understood(carved: Carved, historical: bool, reader: &Reader) -> Content {
    let raw = match RawMail::compress(&carved.remainder) {
        Ok(raw) => raw,
        Err(error) => return Content::NotNow { why: error.to_string(), is_ours: true },
    };
    // Parsing is total by promise; should it break a promise, one mail waits in quarantine and the others go on.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mut letter = parse::carved_letter(&carved);
        if link::is_private(&letter, &reader.private, &reader.ours) {
            return None;
        }
        // Papers are read for what is to be answered: not what we sent, nor what was there before us.
        if !reader.sent && !historical {
            reader.papers.read_into(&mut letter, &carved.remainder, &carved.leaves, |leaf| reader.files.open(leaf));
        }
        let (reading, writer, bank) = reading_of(&letter, &reader.rules, reader.learned.as_deref(), &reader.ours, reader.sent);
        Some((letter, reading, writer, bank))
    }));
    match read {
        Ok(None) => Content::Passed,
        Ok(Some((letter, reading, writer, bank))) => {
            let leaves = carved.leaves;
            let (letter, reading, writer, bank) = (Box::new(letter), Box::new(reading), Box::new(writer), Box::new(bank));
            Content::Read { letter, reading, writer, bank, raw, leaves }
        }
        // Also a mail on which the reader breaks may be private; its header says so.
        Err(_) if reader.is_private_letter(&carved.remainder) => Content::Passed,
        Err(_) => Content::Broken { raw, leaves: carved.leaves, why: "the reader broke on this mail; its bytes are kept".to_owned() },
    }
}

/// What a letter says, whose words it carries, and where its writer wants money to go.
pub(super) fn reading_of(
    letter: &Letter,
    rules: &Rules,
    learned: Option<&Model>,
    ours: &OurAddresses,
    sent: bool,
) -> (Reading, Writer, BankData) {
    let reading = understand::read_with(letter, rules, learned);
    let writer = link::writer(letter, &reading, ours, sent);
    // A colleague's note above a forward is not the customer's language, nor what the customer asks.
    let inner = letter.fresh.forwarded.as_ref().filter(|_| writer.kind == WriterKind::ForwardedByStaff);
    let reading = inner.map(|inner| understand::read_with(&parse::forwarded(inner, letter), rules, learned)).unwrap_or(reading);
    // Nobody's machine says where money is to go.
    let bank = if writer.kind == WriterKind::Machine { BankData::default() } else { bank::find(letter, rules) };
    (reading, writer, bank)
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
