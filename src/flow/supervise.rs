//! Runs the stages for good, with a task for each mailbox, until it is told to stop.

use super::inbound::InboundError;
use super::lives::Life;
use super::posts::Posts;
use super::transaction::in_books;
use super::web::Listening;
use super::{Office, learned, leaves, outbox, outward, pausing};
use crate::record::BooksError;
use sd_notify::NotifyState;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::LocalSet;

/// Attachments that no mail names are removed at this pace, and only when they are so old: a new one may belong to a mail that is being
/// recorded.
const DAY: Duration = Duration::from_secs(24 * 3_600);
const SWEPT_AGE: Duration = Duration::from_secs(3_600);
/// Writing down the end takes so long at most, however the books fare; and so long when everything is to end at once.
const END_MAX: Duration = Duration::from_secs(3);
const END_MAX_AT_ONCE: Duration = Duration::from_millis(500);

/// Runs until it is told to stop: at the first word what is in hand is brought to its end, at the second everything ends at once, which
/// is as good as a crash and no worse. Trouble that waiting may cure (a full disk, an absent database server) is waited out; another
/// daemon of the same name ends it.
///
/// The tasks of all mailboxes share this thread, for they mostly wait; reading mail and disk work have threads of their own.
pub async fn run_until(office: &Arc<Office>, stops: &mut mpsc::Receiver<()>) -> Result<(), InboundError> {
    LocalSet::new().run_until(run(office, stops)).await
}

async fn run(office: &Arc<Office>, stops: &mut mpsc::Receiver<()>) -> Result<(), InboundError> {
    let life = tokio::select! {
        begun = begin_life(office) => begun?,
        // Nothing is in hand yet.
        () = stop(office, stops) => return Ok(()),
    };
    let mut posts = Posts::new(office);
    let mut listening = Listening::begin(office);
    tell_systemd(&[NotifyState::Ready]);
    let ended = tokio::select! {
        broken = life.keep(office) => broken.map(|never| match never {}),
        broken = posts.keep() => broken.map(|never| match never {}),
        broken = listening.keep() => broken.map(|never| match never {}),
        broken = pausing::ring_after_pause(office) => broken.map(|never| match never {}),
        () = stop(office, stops) => Ok(()),
        broken = sweep_every_day(office) => broken.map(|never| match never {}),
        () = keep_watchdog() => Ok(()),
    };
    tell_systemd(&[NotifyState::Stopping]);
    office.stopping.ask();
    listening.ask();
    let is_patient = ended.is_err() || posts.drain(stops).await && listening.drain(stops).await;
    listening.end().await;
    posts.end().await;
    ended?;
    end(office, &life, if is_patient { END_MAX } else { END_MAX_AT_ONCE }).await
}

async fn begin_life(office: &Office) -> Result<Life, InboundError> {
    begin(office).await?;
    if office.books.sharer().is_none() {
        outward::release_claims(office).await?;
    }
    Life::begin(office).await
}

/// What is done before the first look.
pub(super) async fn begin(office: &Office) -> Result<(), InboundError> {
    outward::put_off_homeless(office).await?;
    forget_uses(office).await?;
    learned::take_up(office).await?;
    // Where others share the books, one of them may be recording a mail right now.
    let age = if office.books.sharer().is_some() { SWEPT_AGE } else { Duration::ZERO };
    Ok(sweep_files(office, age).await?)
}

/// Removes attachments that no mail names and that are at least so old.
async fn sweep_files(office: &Office, age: Duration) -> Result<(), BooksError> {
    match leaves::sweep(&office.files, &office.books, age).await? {
        Ok(0) => {}
        Ok(removed) => tracing::info!(removed, "Attachments that no mail names were removed"),
        // They take room and do no harm.
        Err(error) => tracing::warn!(kind = %error.kind(), "Attachments that no mail names could not be removed"),
    }
    Ok(())
}

/// Forgets how much was sent in hours that no budget is reckoned from.
async fn forget_uses(office: &Office) -> Result<(), InboundError> {
    let now = office.now();
    in_books(&office.books, async |session| Ok(outbox::budget::forget_old(session, now).await?)).await
}

/// The same every day: a daemon that runs for a year has one start.
async fn sweep_every_day(office: &Office) -> Result<Infallible, InboundError> {
    loop {
        tokio::time::sleep(DAY).await;
        match forget_uses(office).await {
            Err(InboundError::Books(error)) if may_pass(&error) => {
                tracing::warn!(kind = error.kind(), "Old budgets could not be forgotten")
            }
            forgotten => forgotten?,
        }
        match sweep_files(office, SWEPT_AGE).await {
            Err(error) if may_pass(&error) => tracing::warn!(kind = error.kind(), "Attachments that no mail names could not be looked for"),
            swept => swept?,
        }
    }
}

async fn end(office: &Office, life: &Life, longest: Duration) -> Result<(), InboundError> {
    match tokio::time::timeout(longest, life.end(office)).await {
        // The next start sees when it was last alive.
        Ok(Err(InboundError::Books(error))) if may_pass(&error) => {
            tracing::warn!(kind = error.kind(), "The end could not be written into the books");
            Ok(())
        }
        Ok(ended) => ended,
        Err(_) => {
            tracing::warn!("The books do not answer; the end is not written into them");
            Ok(())
        }
    }
}

/// Ready at the first word to stop.
async fn stop(office: &Office, stops: &mut mpsc::Receiver<()>) {
    // Nobody left who could say so is as good as nobody saying so.
    if stops.recv().await.is_none() {
        office.stopping.asked().await;
    }
}

/// Tells systemd that we live, where it wants to know (sd_watchdog_enabled(3)): twice in the time it allows.
async fn keep_watchdog() {
    let Some(allowed) = sd_notify::watchdog_enabled().filter(|allowed| !allowed.is_zero()) else {
        return std::future::pending().await;
    };
    let mut alive = tokio::time::interval(allowed / 2);
    loop {
        alive.tick().await;
        tell_systemd(&[NotifyState::Watchdog]);
    }
}

pub(super) fn tell_systemd(state: &[NotifyState<'_>]) {
    // Without systemd this does nothing; with one that does not hear, the log is all there is.
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(kind = %error.kind(), "systemd could not be told");
    }
}

/// Trouble with the books that waiting may cure.
pub(super) fn may_pass(error: &BooksError) -> bool {
    matches!(
        error,
        BooksError::DiskFull { .. }
            | BooksError::Unreachable { .. }
            | BooksError::Busy { .. }
            | BooksError::Overloaded { .. }
            | BooksError::ReadOnly { .. }
    )
}
