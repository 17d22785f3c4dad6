//! Runs the stages for good, with a task for each mailbox, until it is told to stop.

use super::inbound::InboundError;
use super::transaction::in_books;
use super::{Office, due, keeping, leaves, outward, pausing, room};
use crate::record::BooksError;
use crate::record::health::{self, RunId};
use sd_notify::NotifyState;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet, LocalSet};

/// A lease on PostgreSQL books is renewed at this pace.
const LEASE_EVERY: Duration = Duration::from_secs(20);
/// What is due by the clock is planned at this pace.
const MINUTE: Duration = Duration::from_secs(60);
/// Attachments that no mail names are removed at this pace, and only when they are so old: a new one may belong to a mail that is being
/// recorded.
const DAY: Duration = Duration::from_secs(24 * 3_600);
const SWEPT_AGE: Duration = Duration::from_secs(3_600);
/// After the first signal to stop, what is in hand may take so long.
const DRAIN_MAX: Duration = Duration::from_secs(30);
/// A mailbox whose task broke is left alone for so long.
const BROKEN_PAUSE: Duration = Duration::from_secs(10);

/// Runs until it is told to stop: at the first word what is in hand is brought to its end, at the second everything ends at once, which
/// is as good as a crash and no worse. Trouble that waiting may cure (a full disk, an absent database server) is waited out; another
/// daemon on the same books ends it.
///
/// The tasks of all mailboxes share this thread, for they mostly wait; reading mail and disk work have threads of their own.
pub async fn run_until(office: &Arc<Office>, stops: mpsc::Receiver<()>) -> Result<(), InboundError> {
    LocalSet::new().run_until(run(office, stops)).await
}

async fn run(office: &Arc<Office>, mut stops: mpsc::Receiver<()>) -> Result<(), InboundError> {
    begin(office).await?;
    let run = in_books(&office.books, async |session| Ok(health::begin_run(session, office.now()).await?)).await?;
    let mut tasks: JoinSet<Result<(), InboundError>> = JoinSet::new();
    let first_pause = |at| keeping::before_first_login(&office.accounts, at);
    let mut keepers: Vec<(Id, usize)> = (0..office.accounts.len()).filter_map(|at| keep(office, &mut tasks, at, first_pause(at))).collect();
    tell_systemd(&[NotifyState::Ready]);
    let ended = tokio::select! {
        lost = keep_lease(office) => lost.map(|never| match never {}),
        broken = every_minute(office, run) => broken.map(|never| match never {}),
        broken = pausing::ring_after_pause(office) => broken.map(|never| match never {}),
        broken = tend_all(office, &mut tasks, &mut keepers) => broken,
        () = stop(office, &mut stops) => Ok(()),
        broken = sweep_every_day(office) => broken.map(|never| match never {}),
        () = keep_watchdog() => Ok(()),
    };
    tell_systemd(&[NotifyState::Stopping]);
    office.stopping.ask();
    if ended.is_ok() {
        drain(&mut tasks, &mut stops).await;
    }
    tasks.shutdown().await;
    ended?;
    end(office, run).await
}

/// What is done before the first look, while nobody else is at work.
pub(super) async fn begin(office: &Office) -> Result<(), InboundError> {
    outward::release_claims(office).await?;
    outward::put_off_homeless(office).await?;
    Ok(sweep_files(office, Duration::ZERO).await?)
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

/// The same every day: a daemon that runs for a year has one start.
async fn sweep_every_day(office: &Office) -> Result<Infallible, InboundError> {
    loop {
        tokio::time::sleep(DAY).await;
        match sweep_files(office, SWEPT_AGE).await {
            Err(error) if may_pass(&error) => tracing::warn!(kind = error.kind(), "Attachments that no mail names could not be looked for"),
            swept => swept?,
        }
    }
}

async fn end(office: &Office, run: RunId) -> Result<(), InboundError> {
    match in_books(&office.books, async |session| Ok(health::end_run(session, run, office.now()).await?)).await {
        // The next start sees when it was last alive.
        Err(InboundError::Books(error)) if may_pass(&error) => {
            tracing::warn!(kind = error.kind(), "The end could not be written into the books");
            Ok(())
        }
        ended => ended,
    }
}

/// Starts the task of a mailbox.
fn keep(office: &Arc<Office>, tasks: &mut JoinSet<Result<(), InboundError>>, at: usize, pause: Duration) -> Option<(Id, usize)> {
    let (office, account) = (Arc::clone(office), office.accounts.get(at)?.clone());
    let task = tasks.spawn_local(async move {
        tokio::time::sleep(pause).await;
        keeping::keep(office, account).await
    });
    Some((task.id(), at))
}

/// Waits for tasks that end; none does by itself, but with trouble that waiting does not cure, or by a fault of ours.
async fn tend_all(
    office: &Arc<Office>,
    tasks: &mut JoinSet<Result<(), InboundError>>,
    keepers: &mut Vec<(Id, usize)>,
) -> Result<(), InboundError> {
    while let Some(ended) = tasks.join_next_with_id().await {
        match ended {
            Ok((_, ended)) => ended?,
            Err(broken) => {
                // A mailbox that trips over a fault of ours takes no other with it.
                tracing::error!("The task of a mailbox broke; it is begun anew. This is a fault of Tradepost");
                let at = keepers.iter().find(|(id, _)| *id == broken.id()).map(|(_, at)| *at);
                keepers.retain(|(id, _)| *id != broken.id());
                keepers.extend(at.and_then(|at| keep(office, tasks, at, BROKEN_PAUSE)));
            }
        }
    }
    std::future::pending().await
}

/// Ready at the first word to stop.
async fn stop(office: &Office, stops: &mut mpsc::Receiver<()>) {
    // Nobody left who could say so is as good as nobody saying so.
    if stops.recv().await.is_none() {
        office.stopping.asked().await;
    }
}

/// Lets every task come to its end, at most so long, or until the second word.
async fn drain(tasks: &mut JoinSet<Result<(), InboundError>>, stops: &mut mpsc::Receiver<()>) {
    let ended = async { while tasks.join_next().await.is_some() {} };
    tokio::select! {
        () = ended => {}
        () = tokio::time::sleep(DRAIN_MAX) => tracing::warn!("Some mailbox did not come to its end in time; the next start finds what is left"),
        Some(()) = stops.recv() => tracing::warn!("Stopped at once; the next start finds what is left"),
    }
}

/// What the clock asks for; for the first time after a minute, so that a daily mail after a night without power tells of what was caught up.
async fn every_minute(office: &Office, run: RunId) -> Result<Infallible, InboundError> {
    loop {
        tokio::time::sleep(MINUTE).await;
        match plan_due(office, run).await {
            Ok(0) => {}
            Ok(_) => office.accounts.iter().for_each(|account| account.bell.ring_for_acts()),
            Err(InboundError::Books(error)) if may_pass(&error) => room::note(office, &error),
            Err(error) => return Err(error),
        }
    }
}

async fn plan_due(office: &Office, run: RunId) -> Result<usize, InboundError> {
    let now = office.now();
    in_books(&office.books, async |session| Ok(health::mark_alive(session, run, now).await?)).await?;
    room::tell_if_over(office).await?;
    Ok(due::plan_daily(office, now).await? + due::plan_alarms(office, now).await?)
}

/// Keeps the lease of the books; ends only when it is lost.
async fn keep_lease(office: &Office) -> Result<Infallible, InboundError> {
    let mut keep = tokio::time::interval(LEASE_EVERY);
    loop {
        keep.tick().await;
        match office.books.keep_lease().await {
            // Whoever took the books over meanwhile is met when the server is back.
            Err(error) if may_pass(&error) => tracing::warn!(kind = error.kind(), "The lease of the books could not be kept"),
            kept => kept?,
        }
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
