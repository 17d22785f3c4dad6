//! Runs the stages: once over everything that waits, or for good with a task for each mailbox until it is told to stop.

use super::inbound::{InboundError, Tally};
use super::outward::{self, Done};
use super::posts::Posts;
use super::sharing::{Post, Sharing};
use super::tending::{self, State};
use super::transaction::in_books;
use super::{Office, due, leaves};
use crate::mailbox::{Hints, MailboxError, Visit};
use crate::record::BooksError;
use crate::record::health::{self, RunId};
use sd_notify::NotifyState;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::LocalSet;

/// The books are told at this pace that the daemon lives.
const ALIVE_EVERY: Duration = Duration::from_secs(60);
/// Where others share the books, an attachment younger than this may belong to a mail that another daemon is recording.
const SPARED_MS: i64 = 3_600_000;
/// An act in one mailbox may lead to one in another; so many rounds end every such chain.
const ROUNDS_MAX: usize = 4;

/// What one pass over all mailboxes brought.
#[derive(Debug, Default)]
pub struct Report {
    pub mailboxes: Vec<MailboxReport>,
    pub done: Done,
}

/// One mailbox of a pass.
#[derive(Debug)]
pub struct MailboxReport {
    pub name: String,
    pub tally: Tally,
    /// Why it could not be looked at; the others were.
    pub trouble: Option<MailboxError>,
}

/// Handles all that is waiting and does what is due. A mailbox in trouble does not keep the others; trouble with the books ends it.
///
/// A pass is no life of the daemon: between two passes of cron nobody is told that the daemon was away. Where daemons share the books,
/// a pass takes all mailboxes for its time, and is refused while a daemon is at work.
pub async fn run_once(office: &Office) -> Result<Report, InboundError> {
    let Some(sharing) = Sharing::new(office) else {
        let mailboxes = office.accounts.iter().map(|_| office.at_post(None)).collect();
        return pass(&office.at_post(None), mailboxes).await;
    };
    let held = sharing.hold_all(office).await?;
    let at = |wanted: Post| office.at_post(held.iter().find(|(post, _)| *post == wanted).map(|(_, fence)| fence.clone()));
    let mailboxes = office.accounts.iter().map(|account| at(Post::Mailbox(account.id))).collect();
    let duties = at(Post::Duties);
    tokio::select! {
        report = pass(&duties, mailboxes) => report,
        lost = hold_on(office, &sharing) => lost.map(|never| match never {}),
    }
}

/// Keeps what a pass holds.
async fn hold_on(office: &Office, sharing: &Sharing) -> Result<Infallible, InboundError> {
    loop {
        tokio::time::sleep(sharing.pace()).await;
        match sharing.prolong(office).await {
            Err(InboundError::Books(error)) if may_pass(&error) => {
                tracing::warn!(kind = error.kind(), "The leases of mailboxes could not be kept");
            }
            kept => kept?,
        }
    }
}

/// The pass, with the office as it stands at the post of each mailbox.
async fn pass(office: &Office, mailboxes: Vec<Office>) -> Result<Report, InboundError> {
    begin(office).await?;
    outward::release_claims(office).await?;
    let mut report = Report::default();
    let mut visits = Vec::new();
    for (account, office) in office.accounts.iter().zip(&mailboxes) {
        let mut state = State::default();
        let mut mailbox = MailboxReport { name: account.config.name.clone(), tally: Tally::default(), trouble: None };
        match look_at(office, account, &mut state, &mut mailbox.tally, &mut report.done).await {
            Ok(visit) => visits.push((office, account, visit)),
            Err(InboundError::Mailbox(error)) => {
                tracing::error!(account = %account.id, reason = error.kind(), "A mailbox cannot be looked at; the others are");
                tending::note_trouble(office, account, &mut state, &error).await?;
                mailbox.trouble = Some(error);
            }
            Err(error) => return Err(error),
        }
        report.mailboxes.push(mailbox);
    }
    // A daily mail after a night without power tells of what was caught up.
    due::plan_daily(office, office.now()).await?;
    due::plan_alarms(office, office.now()).await?;
    for _ in 0..ROUNDS_MAX {
        let mut round = Done::default();
        for (office, account, visit) in &mut visits {
            round += outward::do_due(office, account, visit).await?;
        }
        if round == Done::default() {
            break;
        }
        report.done += round;
    }
    for (_, _, visit) in visits {
        visit.leave().await;
    }
    Ok(report)
}

async fn look_at(
    office: &Office,
    account: &super::Account,
    state: &mut State,
    total: &mut Tally,
    total_done: &mut Done,
) -> Result<Visit, InboundError> {
    let mut visit = account.mailbox.enter().await?;
    let mut hints = Hints { anywhere: true, ..Hints::default() };
    loop {
        let (tally, done) = tending::tend(office, account, &mut visit, state, &hints).await?;
        *total += tally;
        *total_done += done;
        hints = account.bell.take();
        if state.known.waits_for_turn()
            && let Ok(turn) = Arc::clone(&office.history_turns).acquire_owned().await
        {
            state.known.take_turn(turn);
            hints.anywhere = true;
        } else if hints.is_empty() && !state.known.has_backlog() {
            return Ok(visit);
        }
    }
}

/// Runs until it is told to stop: at the first word what is in hand is brought to its end, at the second everything ends at once, which
/// is as good as a crash and no worse. Trouble that waiting may cure (a full disk, an absent database server) is waited out; another
/// daemon of the same name ends it.
///
/// The tasks of all mailboxes share this thread, for they mostly wait; reading mail and disk work have threads of their own.
pub async fn run_until(office: &Arc<Office>, stops: mpsc::Receiver<()>) -> Result<(), InboundError> {
    LocalSet::new().run_until(run(office, stops)).await
}

async fn run(office: &Arc<Office>, mut stops: mpsc::Receiver<()>) -> Result<(), InboundError> {
    begin(office).await?;
    if office.books.sharer().is_none() {
        outward::release_claims(office).await?;
    }
    let run = in_books(&office.books, async |session| Ok(health::begin_run(session, office.now()).await?)).await?;
    let mut posts = Posts::new(office);
    tell_systemd(&[NotifyState::Ready]);
    let ended = tokio::select! {
        broken = say_alive(office, run) => broken.map(|never| match never {}),
        broken = posts.keep() => broken.map(|never| match never {}),
        () = stop(office, &mut stops) => Ok(()),
        () = keep_watchdog() => Ok(()),
    };
    tell_systemd(&[NotifyState::Stopping]);
    office.stopping.ask();
    if ended.is_ok() {
        posts.drain(&mut stops).await;
    }
    posts.end().await;
    ended?;
    end(office, run).await
}

/// What is done before the first look.
async fn begin(office: &Office) -> Result<(), InboundError> {
    outward::put_off_homeless(office).await?;
    let spared_from = office.books.sharer().map(|_| office.now().plus_ms(-SPARED_MS));
    match leaves::sweep(&office.files, &office.books, spared_from).await? {
        Ok(0) => {}
        Ok(removed) => tracing::info!(removed, "Attachments that no mail names were removed"),
        // They take room and do no harm.
        Err(error) => tracing::warn!(kind = %error.kind(), "Attachments that no mail names could not be removed"),
    }
    Ok(())
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

/// Ready at the first word to stop.
async fn stop(office: &Office, stops: &mut mpsc::Receiver<()>) {
    // Nobody left who could say so is as good as nobody saying so.
    if stops.recv().await.is_none() {
        office.stopping.asked().await;
    }
}

/// Tells the books that the daemon lives.
async fn say_alive(office: &Office, run: RunId) -> Result<Infallible, InboundError> {
    loop {
        tokio::time::sleep(ALIVE_EVERY).await;
        let now = office.now();
        match in_books(&office.books, async |session| Ok(health::mark_alive(session, run, now).await?)).await {
            Err(InboundError::Books(error)) if may_pass(&error) => tracing::error!(kind = error.kind(), "{error}"),
            said => said?,
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

fn tell_systemd(state: &[NotifyState<'_>]) {
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
