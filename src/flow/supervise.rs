//! Runs the stages: once over everything that waits, or again and again until it is told to stop.

use super::Office;
use super::inbound::{self, InboundError, Known, Tally};
use super::outward::{self, Done, DraftsDesk};
use crate::mailbox::{MailboxError, Watcher};
use crate::record::BooksError;
use crate::types::AccountId;
use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

/// A look without a reason: finds what file-system events missed.
const SCAN_EVERY: Duration = Duration::from_secs(30);
/// Mail comes in flurries; one look serves them all.
const FLURRY: Duration = Duration::from_millis(50);
/// A lease on PostgreSQL books is renewed at this pace.
const LEASE_EVERY: Duration = Duration::from_secs(20);

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
pub async fn run_once(office: &Office) -> Result<Report, InboundError> {
    outward::release_claims(office).await?;
    outward::put_off_homeless(office).await?;
    pass(office, &mut HashMap::new(), &mut HashMap::new()).await
}

/// An act in one mailbox may lead to one in another; so many rounds end every such chain.
const ROUNDS_MAX: usize = 4;

async fn pass(
    office: &Office,
    known: &mut HashMap<AccountId, Known>,
    desks: &mut HashMap<AccountId, DraftsDesk>,
) -> Result<Report, InboundError> {
    // What is due waits until Sent was looked at: what a person answered while the daemon was away needs no draft.
    let mut report = Report::default();
    for account in &office.accounts {
        let (known, desk) = (known.entry(account.id).or_default(), desks.entry(account.id).or_default());
        let (tally, trouble) = match look_at(office, account, known, desk, &mut report.done).await {
            Ok(tally) => (tally, None),
            Err(InboundError::Mailbox(error)) => {
                tracing::error!(account = %account.id, reason = error.kind(), "A mailbox cannot be looked at; the others are");
                (Tally::default(), Some(error))
            }
            Err(error) => return Err(error),
        };
        report.mailboxes.push(MailboxReport { name: account.config.name.clone(), tally, trouble });
    }
    for _ in 0..ROUNDS_MAX {
        let mut round = Done::default();
        for (account, _) in office.accounts.iter().zip(&report.mailboxes).filter(|(_, mailbox)| mailbox.trouble.is_none()) {
            round += outward::do_due(office, account, &mut account.mailbox.enter().await?).await?;
        }
        if round == Done::default() {
            break;
        }
        report.done += round;
    }
    Ok(report)
}

async fn look_at(
    office: &Office,
    account: &super::Account,
    known: &mut Known,
    desk: &mut DraftsDesk,
    total: &mut Done,
) -> Result<Tally, InboundError> {
    let mut visit = account.mailbox.enter().await?;
    let mut done = Ok(Done::default());
    let tally = inbound::take_in(office, account, known, async || {
        if done.is_ok() {
            done = outward::do_due(office, account, &mut visit).await;
            if let Ok(done) = &done {
                *total += *done;
            }
        }
    })
    .await?;
    done?;
    outward::look_after_drafts(office, account, &mut visit, desk).await?;
    Ok(tally)
}

/// Runs until `stop` is ready: a pass at every news and every half minute. Trouble that waiting may cure (a full disk, an absent
/// database server) is waited out; another daemon on the same books ends it.
///
/// Stopping does not wait for a pass to end, which may read a full mailbox for minutes: what is left in the middle is found by the
/// next start as after a crash.
pub async fn run_until(office: &Office, stop: impl Future<Output = ()>) -> Result<(), InboundError> {
    tokio::select! {
        biased;
        () = stop => Ok(()),
        lost = keep_lease(office) => lost.map(|never| match never {}),
        ended = work(office) => ended.map(|never| match never {}),
    }
}

/// Pass after pass; ends only with trouble that waiting cannot cure.
async fn work(office: &Office) -> Result<Infallible, InboundError> {
    outward::release_claims(office).await?;
    outward::put_off_homeless(office).await?;
    let mut watcher = Watcher::new();
    let mut watched = std::collections::HashSet::new();
    let (mut known, mut desks) = (HashMap::new(), HashMap::new());
    loop {
        watch_all(office, &mut watcher, &mut watched);
        match pass(office, &mut known, &mut desks).await {
            Ok(report) => log(&report),
            Err(InboundError::Books(error)) if may_pass(&error) => {
                // Nothing was half written; what the books do not know is found again.
                known.clear();
                desks.clear();
                tracing::error!(kind = error.kind(), "{error}");
            }
            Err(error) => return Err(error),
        }
        watcher.wait(SCAN_EVERY).await;
        tokio::time::sleep(FLURRY).await;
    }
}

/// Keeps the lease of the books, also during a pass that outlasts it; ends only when it is lost.
async fn keep_lease(office: &Office) -> Result<Infallible, InboundError> {
    let mut keep = tokio::time::interval(LEASE_EVERY);
    loop {
        keep.tick().await;
        match office.books.keep_lease().await {
            // The pass says so too; whoever took the books over meanwhile is met when the server is back.
            Err(error) if may_pass(&error) => tracing::warn!(kind = error.kind(), "The lease of the books could not be kept"),
            kept => kept?,
        }
    }
}

fn may_pass(error: &BooksError) -> bool {
    matches!(
        error,
        BooksError::DiskFull { .. }
            | BooksError::Unreachable { .. }
            | BooksError::Busy { .. }
            | BooksError::Overloaded { .. }
            | BooksError::ReadOnly { .. }
    )
}

/// Watches folders that were not there before; a mailbox in trouble is tried again by the next pass.
fn watch_all(office: &Office, watcher: &mut Watcher, watched: &mut std::collections::HashSet<std::path::PathBuf>) {
    for account in &office.accounts {
        let Ok(folders) = account.maildir.folders() else { continue };
        let paths = folders.iter().flat_map(|folder| account.maildir.watched_paths(&folder.wire_name));
        for path in paths.chain([account.maildir.root().to_owned()]) {
            if !watched.contains(&path) && watcher.watch(&path) {
                watched.insert(path);
            }
        }
    }
}

fn log(report: &Report) {
    for mailbox in &report.mailboxes {
        let tally = mailbox.tally;
        if tally != Tally::default() {
            tracing::info!(
                mailbox = mailbox.name,
                recorded = tally.recorded,
                historical = tally.historical,
                copies = tally.copies,
                quarantined = tally.quarantined,
                "Mail was taken in"
            );
        }
    }
    let done = report.done;
    if done != Done::default() {
        tracing::info!(drafted = done.drafted, withdrawn = done.withdrawn, told = done.told, spared = done.spared, "Acts were done");
    }
}
