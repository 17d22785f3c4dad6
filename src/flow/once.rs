//! Runs the stages once over everything that waits, for cron, demonstrations and benchmarks. A few mailboxes are looked after side by
//! side, so that one whose server has fallen silent holds up no other.

use super::inbound::{InboundError, Tally, taught};
use super::keeping::refused_times;
use super::outward::{self, Done};
use super::sharing::{Post, Sharing};
use super::supervise::{begin, may_pass};
use super::tending::{self, State};
use super::{Account, Office, due, learned, outbox};
use crate::mailbox::{Hints, Mailbox, MailboxError, Visit};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An act in one mailbox may lead to one in another; so many rounds end every such chain.
const ROUNDS_MAX: usize = 4;

/// So often in a pass a mailbox is entered anew because of a folder that ends connections; two of them are found to be so.
const CUTS_MAX: usize = 8;

/// What one pass over all mailboxes brought.
#[derive(Debug, Default)]
pub struct Report {
    /// In the order of the configuration.
    pub mailboxes: Vec<MailboxReport>,
    pub done: Done,
    pub sent: outbox::Tally,
}

/// One mailbox of a pass.
#[derive(Debug)]
pub struct MailboxReport {
    pub name: String,
    pub tally: Tally,
    /// Why it could not be looked at; the others were.
    pub trouble: Option<MailboxError>,
}

/// A mailbox while the pass lasts.
struct InHand<'o> {
    /// Its place in the configuration.
    at: usize,
    /// The office as it stands at this mailbox's post.
    office: &'o Office,
    account: &'o Account,
    /// `None` when it gave trouble.
    visit: Option<Visit>,
    report: MailboxReport,
    done: Done,
}

/// Handles all that is waiting and does what is due. A mailbox in trouble does not keep the others; trouble with the books ends it.
///
/// A pass is no life of the daemon: between two passes of cron nobody is told that the daemon was away. Where daemons share the books,
/// a pass takes all mailboxes for its time, and is refused while a daemon is at work.
pub async fn run_once(office: &Office) -> Result<Report, InboundError> {
    let Some(sharing) = Sharing::new(office) else {
        let mailboxes: Vec<Office> = office.accounts.iter().map(|_| office.at_post(None)).collect();
        return Box::pin(pass(&office.at_post(None), &mailboxes)).await;
    };
    let held = sharing.hold_all(office).await?;
    let at = |wanted: Post| office.at_post(held.iter().find(|(post, _)| *post == wanted).map(|(_, fence)| fence.clone()));
    let mailboxes: Vec<Office> = office.accounts.iter().map(|account| at(Post::Mailbox(account.id))).collect();
    let duties = at(Post::Duties);
    tokio::select! {
        report = Box::pin(pass(&duties, &mailboxes)) => report,
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
async fn pass(office: &Office, mailboxes: &[Office]) -> Result<Report, InboundError> {
    begin(office).await?;
    learned::keep(office).await?;
    outward::release_claims(office).await?;
    // Folders of this machine keep nobody waiting, so they come first and in their order.
    let is_remote = |account: &Account| matches!(account.mailbox, Mailbox::Imap(_));
    let posts = || office.accounts.iter().zip(mailboxes).enumerate().map(|(at, (account, office))| (at, office, account));
    let local = Queue::new(posts().filter(|(_, _, account)| !is_remote(account)));
    let remote = Queue::new(posts().filter(|(_, _, account)| is_remote(account)));
    // On the heap: together they would fill a thread's stack.
    let mut first = Box::pin(look_at_some(&local)).await?;
    let some = || Box::pin(look_at_some(&remote));
    let (a, b, c, d) = tokio::try_join!(some(), some(), some(), some())?;
    first.extend(a);
    let mut hands = [first, b, c, d];
    taught::apply(office).await?;
    // A daily mail after a night without power tells of what was caught up.
    due::plan_daily(office, office.now()).await?;
    due::plan_alarms(office, office.now()).await?;
    for _ in 0..ROUNDS_MAX {
        let [a, b, c, d] = &mut hands;
        let (a, b, c, d) = tokio::try_join!(Box::pin(do_due(a)), Box::pin(do_due(b)), Box::pin(do_due(c)), Box::pin(do_due(d)))?;
        if !(a || b || c || d) {
            break;
        }
    }
    let [a, b, c, d] = hands;
    let (a, b, c, d) = tokio::join!(leave(a), leave(b), leave(c), leave(d));
    let sent = Box::pin(send_all(office, mailboxes)).await?;
    // Only now it may have turned out that there is no key; no later pass would know of it.
    due::note_key(office, office.now()).await?;
    let mut mailboxes: Vec<InHand<'_>> = [a, b, c, d].into_iter().flatten().collect();
    mailboxes.sort_by_key(|mailbox| mailbox.at);
    let mut report = Report { sent, ..Report::default() };
    for mailbox in mailboxes {
        report.done += mailbox.done;
        report.mailboxes.push(mailbox.report);
    }
    Ok(report)
}

/// Sends what is due, one mailbox after the other: their servers are not kept waiting by each other, but by us.
async fn send_all(office: &Office, mailboxes: &[Office]) -> Result<outbox::Tally, InboundError> {
    let mut tally = outbox::Tally::default();
    for (account, post) in office.accounts.iter().zip(mailboxes) {
        tally += tokio::task::LocalSet::new().run_until(outbox::settle_and_send(post, account)).await?.tally;
    }
    Ok(tally)
}

/// Mailboxes with their places in the configuration; whoever is free takes the next.
struct Queue<'o> {
    mailboxes: Vec<(usize, &'o Office, &'o Account)>,
    next: AtomicUsize,
}

impl<'o> Queue<'o> {
    fn new(mailboxes: impl Iterator<Item = (usize, &'o Office, &'o Account)>) -> Self {
        Self { mailboxes: mailboxes.collect(), next: AtomicUsize::new(0) }
    }

    fn take(&self) -> Option<(usize, &'o Office, &'o Account)> {
        self.mailboxes.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
    }
}

/// Looks at one mailbox after the other that nobody else has begun with.
async fn look_at_some<'o>(queue: &Queue<'o>) -> Result<Vec<InHand<'o>>, InboundError> {
    let mut seen = Vec::new();
    while let Some((at, office, account)) = queue.take() {
        let report = MailboxReport { name: account.config.name.clone(), tally: Tally::default(), trouble: None };
        let mut mailbox = InHand { at, office, account, visit: None, report, done: Done::default() };
        let mut state = State::default();
        match look_at(&mut mailbox, &mut state).await {
            Ok(visit) => mailbox.visit = Some(visit),
            Err(InboundError::Mailbox(error)) => mailbox.gave_trouble(&mut state, error).await?,
            Err(error) => return Err(error),
        }
        seen.push(mailbox);
    }
    Ok(seen)
}

async fn look_at(mailbox: &mut InHand<'_>, state: &mut State) -> Result<Visit, InboundError> {
    let (office, account) = (mailbox.office, mailbox.account);
    let mut visit = account.mailbox.enter().await?;
    let mut hints = Hints { anywhere: true, ..Hints::default() };
    let mut cuts = 0;
    loop {
        let (tally, done) = match tending::tend(office, account, &mut visit, state, &hints).await {
            // Where it is one folder that costs the connection, the others are read without it.
            Err(InboundError::Mailbox(error)) if state.known.is_cut_by_one_folder() && cuts < CUTS_MAX => {
                tracing::debug!(account = %account.id, reason = error.kind(), cuts, "The connection ended at a folder; it is made anew");
                cuts += 1;
                state.known.interrupt();
                visit = account.mailbox.enter().await?;
                hints.anywhere = true;
                continue;
            }
            tended => tended?,
        };
        mailbox.report.tally += tally;
        mailbox.done += done;
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

/// Does what another mailbox's mail led to; whether anything was done.
async fn do_due(mailboxes: &mut [InHand<'_>]) -> Result<bool, InboundError> {
    let mut is_any = false;
    for mailbox in mailboxes {
        let Some(visit) = &mut mailbox.visit else { continue };
        match outward::do_due(mailbox.office, mailbox.account, visit).await {
            Ok(done) => {
                is_any |= done != Done::default();
                mailbox.done += done;
            }
            Err(InboundError::Mailbox(error)) => mailbox.gave_trouble(&mut State::default(), error).await?,
            Err(error) => return Err(error),
        }
    }
    Ok(is_any)
}

async fn leave(mut mailboxes: Vec<InHand<'_>>) -> Vec<InHand<'_>> {
    for mailbox in &mut mailboxes {
        if let Some(visit) = mailbox.visit.take() {
            visit.leave().await;
        }
    }
    mailboxes
}

impl InHand<'_> {
    async fn gave_trouble(&mut self, state: &mut State, error: MailboxError) -> Result<(), InboundError> {
        tracing::error!(account = %self.account.id, reason = error.kind(), "A mailbox cannot be looked at; the others are");
        tending::note_trouble(self.office, self.account, state, &error, refused_times(&error).unwrap_or(1)).await?;
        self.visit = None;
        self.report.trouble = Some(error);
        Ok(())
    }
}
