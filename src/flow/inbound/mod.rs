//! Mail that came in: found in the mailbox, read, and recorded with what was decided about it.
//!
//! Wanted: every mail is recorded exactly once, with its plan, whatever kills the process and whenever. So: the books are the only
//! memory; a message, its place, its thread and its acts are written in one transaction; a batch of messages shares one transaction
//! (group commit), because a commit costs as much as reading a hundred mails. A batch that fails is tried again message by message,
//! and a message that fails alone is set aside in quarantine with its bytes.
//!
//! Known races, accepted: a mail that a client moves between looking and reading is found at its new place by the next look; a mail
//! deleted by a person before we read it was never seen by us.

mod again;
mod customer;
pub mod large;
mod read;
mod recording;
mod scan;

pub use scan::{Found, Known};

use super::transaction::in_books;
use super::{Account, Office};
use crate::mailbox::{Entry, MailboxError, MaildirError};
use crate::record::BooksError;
use read::Arrival;

/// Messages that share one transaction.
const BATCH_LEN: usize = 64;
/// Bytes of mail that are read together: two batches are in memory at a time. A mail longer than that is a batch of its own.
const BATCH_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// What a look at one mailbox brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages recorded for the first time.
    pub recorded: usize,
    /// Of them, mail that was there before the first look.
    pub historical: usize,
    /// Further copies of messages already recorded.
    pub copies: usize,
    pub quarantined: usize,
    /// Mail that could not be read now; the next look tries again.
    pub unreadable: usize,
    /// Mail that is no longer where it was.
    pub gone: usize,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.recorded += other.recorded;
        self.historical += other.historical;
        self.copies += other.copies;
        self.quarantined += other.quarantined;
        self.unreadable += other.unreadable;
        self.gone += other.gone;
    }
}

/// The mailbox or the books could not be used.
#[derive(Debug, thiserror::Error)]
pub enum InboundError {
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    #[error(transparent)]
    Books(#[from] BooksError),
    #[error(transparent)]
    Ids(#[from] super::NoRandomness),
    #[error("a plan could not be written down ({0}); this is a fault of Tradepost")]
    Payload(#[from] serde_json::Error),
}

impl From<MaildirError> for InboundError {
    fn from(error: MaildirError) -> Self {
        Self::Mailbox(error.into())
    }
}

/// Looks at a mailbox and records what is new, oldest first; after each batch `between` does what was decided.
pub async fn take_in(office: &Office, account: &Account, known: &mut Known, mut between: impl AsyncFnMut()) -> Result<Tally, InboundError> {
    let mut tally = Tally::default();
    let first_look = scan::first_look(office, account).await?;
    for found in scan::folders(office, account, known).await? {
        tally.gone += scan::forget_gone(office, account, known, &found).await?;
        let mut batches = batches(&found.newcomers);
        // The next batch is read while this one is recorded: reading needs the processor, recording waits for the disk.
        let mut next = batches.next().map(|batch| read::begin(office, account, &found, batch));
        while let Some(reading) = next.take() {
            let arrivals = reading.finish().await;
            next = batches.next().map(|batch| read::begin(office, account, &found, batch));
            tally += record_batch(office, account, &found, &arrivals, first_look).await?;
            known.add(found.folder.id, arrivals.iter().filter(|arrival| arrival.is_settled()).map(|arrival| arrival.entry.place.clone()));
            between().await;
        }
    }
    scan::finish_first_look(office, account, first_look).await?;
    Ok(tally)
}

/// Mail in batches that are short enough and small enough.
fn batches(mut entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    std::iter::from_fn(move || {
        let mut bytes = 0_u64;
        let fits = |entry: &&Entry| {
            bytes = bytes.saturating_add(entry.size);
            bytes <= BATCH_BYTES_MAX
        };
        let count = entries.iter().take(BATCH_LEN).take_while(fits).count().max(1);
        let (batch, rest) = entries.split_at_checked(count)?;
        entries = rest;
        Some(batch)
    })
}

/// Records a batch in one transaction; when that fails for a reason of one message, each in its own.
async fn record_batch(
    office: &Office,
    account: &Account,
    found: &Found,
    arrivals: &[Arrival],
    first_look: scan::FirstLook,
) -> Result<Tally, InboundError> {
    match try_batch(office, account, found, arrivals, first_look).await {
        Err(InboundError::Books(error)) if is_about_one_mail(&error) && arrivals.len() > 1 => {
            tracing::warn!(account = %account.id, folder = %found.folder.id, kind = error.kind(), "A batch could not be recorded; its mails are tried one by one");
        }
        Err(InboundError::Books(error)) if is_about_one_mail(&error) => {
            return set_aside_all(office, account, found, arrivals, &error.to_string()).await;
        }
        done => return done,
    }
    let mut tally = Tally::default();
    for arrival in arrivals {
        let one = std::slice::from_ref(arrival);
        tally += match try_batch(office, account, found, one, first_look).await {
            Err(InboundError::Books(error)) if is_about_one_mail(&error) => {
                set_aside_all(office, account, found, one, &error.to_string()).await?
            }
            done => done?,
        };
    }
    Ok(tally)
}

/// Whether another mail may be recorded although this one could not. Everything else concerns the books themselves.
fn is_about_one_mail(error: &BooksError) -> bool {
    matches!(error, BooksError::Failed { .. } | BooksError::RawMail { .. })
}

async fn try_batch(
    office: &Office,
    account: &Account,
    found: &Found,
    arrivals: &[Arrival],
    first_look: scan::FirstLook,
) -> Result<Tally, InboundError> {
    in_books(&office.books, async |session| recording::record_all(session, office, account, found, arrivals, first_look).await).await
}

/// Keeps the bytes of mail that could not be recorded, so that nothing is lost and nothing is tried for ever.
async fn set_aside_all(office: &Office, account: &Account, found: &Found, arrivals: &[Arrival], why: &str) -> Result<Tally, InboundError> {
    let tally = in_books(&office.books, async |session| {
        let mut tally = Tally::default();
        for arrival in arrivals {
            recording::set_aside(session, office, account, found, arrival, why).await?;
            tally.quarantined += 1;
        }
        Ok(tally)
    })
    .await?;
    tracing::warn!(account = %account.id, folder = %found.folder.id, count = tally.quarantined, "Mail was set aside in quarantine");
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::Flags;
    use crate::types::Moment;

    #[test]
    fn large_mails_are_not_read_together() {
        let entry = |size| Entry { place: "1.a".into(), flags: Flags::default(), keywords: Vec::new(), arrived_at: Moment(0), size };
        let lens =
            |sizes: &[u64]| batches(&sizes.iter().map(|size| entry(*size)).collect::<Vec<_>>()).map(<[Entry]>::len).collect::<Vec<_>>();
        assert_eq!(lens(&[]), Vec::<usize>::new());
        assert_eq!(lens(&[5_000; 130]), [64, 64, 2]);
        assert_eq!(lens(&[80 << 20, 80 << 20, 5_000, 5_000]), [1, 1, 2]);
        assert_eq!(lens(&[20 << 20, 10 << 20, 5 << 20]), [2, 1]);
    }
}
