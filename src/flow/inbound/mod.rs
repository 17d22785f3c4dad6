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
mod backlog;
mod closed;
mod copies;
mod customer;
mod dragged;
mod guarding;
mod known;
pub mod large;
mod read;
mod recording;
mod returned;
mod scan;
mod sent_use;
pub mod taught;

pub use known::Known;
pub use scan::Found;

use super::transaction::in_books;
use super::{Account, Office};
use crate::mailbox::imap::ImapError;
use crate::mailbox::{Hints, MailboxError, Parcel, Role, Visit};
use crate::record::BooksError;
use backlog::Batch;
use read::{Arrival, InReading};
use recording::Recorded;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Batches being read while an earlier one is recorded: reading needs the processor, recording waits for the disk.
const READING_MAX: usize = 2;
/// While more is at hand, what was decided is done so often: each round costs commits, and the server's time.
const BETWEEN_EVERY_MS: i64 = 250;

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
    /// Of it, mail for which there is no room on our own disk.
    pub unkept: usize,
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
        self.unkept += other.unkept;
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

/// Looks at a mailbox where something may have happened and records what is new; in between, `between` does what was decided, but not
/// before the mail sent was read.
/// Without the inbox or Sent it is an error, in the end.
/// When something comes in meanwhile, what takes long waits: [`Known::has_backlog`] then tells that more is to be done.
pub async fn take_in(
    office: &Office,
    account: &Account,
    visit: &mut Visit,
    known: &mut Known,
    hints: &Hints,
    mut between: impl AsyncFnMut(&mut Visit) -> Result<(), InboundError>,
) -> Result<Tally, InboundError> {
    let first_look = scan::first_look(office, account).await?;
    let looked = scan::look(office, account, visit, known, hints, first_look).await?;
    let gone = looked.gone;
    let mut tally = Tally { gone, ..Tally::default() };
    let mut reading: VecDeque<InReading> = VecDeque::new();
    let mut done_at = office.now();
    // Of a long backlog more is fetched together, in a few mailboxes at a time.
    let catching_up =
        if known.turn.is_none() && known.backlog.is_long() { Arc::clone(&office.history_turns).try_acquire_owned().ok() } else { None };
    loop {
        // What can wait does so as soon as something new is heard of, but not before some of it is done.
        let is_pressed = account.bell.is_rung() || office.stopping.is_asked();
        let has_time = !is_pressed || tally == Tally { gone, ..Tally::default() };
        let is_free = reading.len() < READING_MAX && !office.stopping.is_asked();
        let has_turn = known.turn.is_some() || catching_up.is_some();
        let next = if is_free { known.backlog.next_if(has_turn, |can_wait| has_time || !can_wait) } else { None };
        let due = if next.is_none() || reading.len() + 1 >= READING_MAX { reading.pop_front() } else { None };
        if next.is_none() && due.is_none() {
            break;
        }
        let (fetched, recorded) = tokio::join!(fetch_next(office, visit, next), record_due(office, account, known, due));
        let recorded = recorded?;
        match fetched {
            Ok(None) => {}
            Ok(Some((batch, parcels, room))) => reading.push_back(read::begin(office, account, batch, parcels, room)),
            // Our own disk has no room for this one. It waits where it lies, and keeps no other.
            Err((batch, MailboxError::Imap(ImapError::Spool { source, .. }))) => {
                let count = batch.waiting.len();
                tracing::error!(account = %account.id, kind = %source.kind(), count, "Large mail cannot be kept on our own disk; free some space");
                known.settle(&batch.found, batch.waiting.iter().map(|one| (one.entry.place.as_str(), false)));
                tally.unreadable += count;
                tally.unkept += count;
            }
            Err((batch, error)) => {
                // What is read already is recorded all the same.
                for due in reading.drain(..) {
                    record_due(office, account, known, Some(due)).await?;
                }
                give_up_hopeless(office, account, known, batch, &error).await?;
                known.interrupt();
                return Err(error.into());
            }
        }
        if let Some(recorded) = recorded {
            tally += recorded;
            // Whatever a person has answered meanwhile is among the mail sent.
            let knows_sent = !known.backlog.holds_sent() && !known.lacks_sent();
            // A clock that was set back only makes it sooner.
            let is_time = !known.backlog.has_fresh() || !(done_at..done_at.plus_ms(BETWEEN_EVERY_MS)).contains(&office.now());
            if is_time && knows_sent && !reading.iter().any(|batch| batch.found.role == Role::Sent) {
                between(visit).await?;
                done_at = office.now();
            }
        }
    }
    // What could be had of the others is recorded.
    if let Some(trouble) = looked.trouble {
        return Err(trouble.into());
    }
    known.note_unkept(tally.unkept, hints);
    if known.backlog.is_empty() && known.is_whole && !known.waits_for_turn() && !known.first_look_done {
        // History for which there was no room is history when there is.
        if !known.has_unkept() {
            scan::finish_first_look(office, account, first_look).await?;
            known.first_look_done = true;
        }
        known.give_turn_back();
    }
    Ok(tally)
}

type Fetched = Option<(Batch, Vec<Parcel>, OwnedSemaphorePermit)>;

/// Fetches a batch, when there is one, and waits for room to read it. Not the other way round: what a silent server holds, nobody else
/// could have. While it waits, the batch before it is recorded and gives its room back, so none waits for itself.
async fn fetch_next(office: &Office, visit: &mut Visit, next: Option<Batch>) -> Result<Fetched, (Batch, MailboxError)> {
    let Some(batch) = next else { return Ok(None) };
    let entries: Vec<_> = batch.waiting.iter().map(|one| one.entry.clone()).collect();
    match visit.fetch(&batch.found.row.wire_name, &entries).await {
        Ok(parcels) => {
            let room = office.room_for(batch.bytes()).await;
            Ok(Some((batch, parcels, room)))
        }
        Err(error) => Err((batch, error)),
    }
}

/// Records a batch that was read; `None` when there is none.
async fn record_due(office: &Office, account: &Account, known: &mut Known, due: Option<InReading>) -> Result<Option<Tally>, InboundError> {
    let Some(mut due) = due else { return Ok(None) };
    let arrivals = due.finish().await;
    let found = Arc::clone(&due.found);
    let arrivals: Vec<Arrival> = arrivals.into_iter().map(|arrival| known.judge(&found, arrival)).collect();
    match record_batch(office, account, &found, &arrivals).await {
        Ok(recorded) => {
            known.settle(&found, arrivals.iter().map(|arrival| (arrival.entry.place.as_str(), arrival.is_settled())));
            super::outward::ring(office, &recorded.desks);
            if recorded.taught {
                taught::apply(office).await?;
                super::learned::keep(office).await?;
            }
            Ok(Some(recorded.tally))
        }
        Err(error) => {
            known.interrupt();
            Err(error)
        }
    }
}

/// A batch that could not be had: whatever in it breaks the server or us is found by trying it alone, and set aside in the end.
async fn give_up_hopeless(
    office: &Office,
    account: &Account,
    known: &mut Known,
    batch: Batch,
    error: &MailboxError,
) -> Result<(), InboundError> {
    // A folder that counts anew says nothing about the mail.
    if matches!(error, MailboxError::Imap(ImapError::MadeAnew)) {
        return Ok(());
    }
    known.failed(&batch);
    let (found, why) = (batch.found, format!("it cannot be fetched: {}", error.kind()));
    for one in batch.waiting {
        if known.is_hopeless(found.row.id, &one.entry.place) {
            let arrival = Arrival { entry: one.entry, historical: one.historical, content: read::Content::lost(&why) };
            set_aside_all(office, account, &found, std::slice::from_ref(&arrival), &why).await?;
            known.lose(&found, &arrival.entry.place);
        }
    }
    Ok(())
}

/// Records a batch in one transaction; when that fails for a reason of one message, each in its own. So each is tried twice: another
/// daemon that recorded a copy of the same mail in the same instant is no reason to set it aside.
async fn record_batch(office: &Office, account: &Account, found: &Found, arrivals: &[Arrival]) -> Result<Recorded, InboundError> {
    match try_batch(office, account, found, arrivals).await {
        Err(InboundError::Books(error)) if is_about_one_mail(&error) => {
            tracing::warn!(account = %account.id, folder = %found.row.id, kind = error.kind(), "A batch could not be recorded; its mails are tried one by one");
        }
        done => return done,
    }
    let mut total = Recorded::default();
    for arrival in arrivals {
        let one = std::slice::from_ref(arrival);
        let recorded = match try_batch(office, account, found, one).await {
            Err(InboundError::Books(error)) if is_about_one_mail(&error) => {
                set_aside_all(office, account, found, one, &error.to_string()).await?
            }
            done => done?,
        };
        total.tally += recorded.tally;
        total.desks.extend(recorded.desks);
        total.taught |= recorded.taught;
    }
    Ok(total)
}

/// Whether another mail may be recorded although this one could not. A row that cannot be read is one that this mail led to. Everything
/// else concerns the books themselves.
fn is_about_one_mail(error: &BooksError) -> bool {
    matches!(error, BooksError::Failed { .. } | BooksError::RawMail { .. } | BooksError::Unreadable { .. })
}

async fn try_batch(office: &Office, account: &Account, found: &Found, arrivals: &[Arrival]) -> Result<Recorded, InboundError> {
    in_books(&office.books, async |session| recording::record_all(session, office, account, found, arrivals).await).await
}

/// Keeps the bytes of mail that could not be recorded, so that nothing is lost and nothing is tried for ever.
async fn set_aside_all(
    office: &Office,
    account: &Account,
    found: &Found,
    arrivals: &[Arrival],
    why: &str,
) -> Result<Recorded, InboundError> {
    let tally = in_books(&office.books, async |session| {
        let mut tally = Tally::default();
        for arrival in arrivals {
            tally.quarantined += usize::from(recording::set_aside(session, office, account, found, arrival, why).await?);
        }
        Ok(tally)
    })
    .await?;
    tracing::warn!(account = %account.id, folder = %found.row.id, count = tally.quarantined, "Mail was set aside in quarantine");
    Ok(Recorded { tally, ..Recorded::default() })
}
