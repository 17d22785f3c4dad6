//! The tasks of a daemon: one for each mailbox it looks after, and one for what is no mailbox's.
//!
//! On books in a file the daemon holds every post from the first moment to the last. Where daemons share the books, posts come and go
//! with their leases: a task begins when the post is taken, is asked to end when the post is to be given back, and is cut off when the
//! post was lost, for then another daemon is at work there already.

use super::inbound::{InboundError, taught};
use super::lives::is_halt;
use super::sharing::{Post, Round, Sharing};
use super::supervise::may_pass;
use super::{Office, Stopping, due, keeping, learned, outbox, room};
use crate::record::leases::Fence;
use crate::record::{BooksError, acts};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Interval, MissedTickBehavior};

/// A mailbox whose task broke is left alone for so long.
const BROKEN_PAUSE: Duration = Duration::from_secs(10);
/// After the first signal to stop, what is in hand may take so long.
const DRAIN_MAX: Duration = Duration::from_secs(30);
/// At this pace a daemon that is not alone asks what others entered for its mailboxes; bells ring in one process only.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// What is due by the clock is planned at this pace.
const MINUTE: Duration = Duration::from_secs(60);

type Ended = Result<(), InboundError>;

/// The posts this daemon holds, each with its task.
pub(super) struct Posts {
    office: Arc<Office>,
    sharing: Option<Sharing>,
    is_alone: bool,
    tasks: JoinSet<Ended>,
    manned: Vec<Manned>,
}

/// A post whose task runs.
struct Manned {
    post: Post,
    fence: Option<Fence>,
    stopping: Stopping,
    task: AbortHandle,
}

impl Posts {
    /// Holds nothing yet.
    pub fn new(office: &Arc<Office>) -> Self {
        let sharing = Sharing::new(office);
        Self { office: Arc::clone(office), sharing, is_alone: true, tasks: JoinSet::new(), manned: Vec::new() }
    }

    /// Keeps the posts manned. Ends with trouble that waiting does not cure.
    pub async fn keep(&mut self) -> Result<Infallible, InboundError> {
        if self.sharing.is_none() {
            for post in Post::all(&self.office.accounts) {
                let pause = self.before_first_login(post);
                self.man(post, None, pause);
            }
        }
        let mut rounds = self.sharing.as_ref().map(|sharing| paced(sharing.pace()));
        let mut asks = self.sharing.as_ref().map(|_| paced(ASK_EVERY));
        loop {
            tokio::select! {
                Some(ended) = self.tasks.join_next_with_id() => self.note_ended(ended).await?,
                () = tick(&mut rounds) => if !self.go_round().await? {
                    // Sooner than usual: leases run out meanwhile.
                    rounds.iter_mut().for_each(|rounds| rounds.reset_after(rounds.period() / 4));
                },
                () = tick(&mut asks) => self.ask_for_acts().await?,
            }
        }
    }

    /// Asks every task to come to its end, and waits for that at most so long, or until the next word; `false` when that word came.
    pub async fn drain(&mut self, stops: &mut mpsc::Receiver<()>) -> bool {
        self.ask_all();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        tokio::select! {
            () = ended => true,
            () = tokio::time::sleep(DRAIN_MAX) => {
                tracing::warn!("Some mailbox did not come to its end in time; the next start finds what is left");
                true
            }
            Some(()) = stops.recv() => {
                tracing::warn!("Stopped at once; the next start finds what is left");
                false
            }
        }
    }

    /// Cuts off what still runs.
    pub async fn end(mut self) {
        self.tasks.shutdown().await;
    }

    /// Mailboxes do not all log in at the same instant.
    fn before_first_login(&self, post: Post) -> Duration {
        let accounts = &self.office.accounts;
        let at = accounts.iter().position(|account| post == Post::Mailbox(account.id));
        at.map_or(Duration::ZERO, |at| keeping::before_first_login(accounts, at))
    }

    fn ask_all(&self) {
        self.manned.iter().for_each(|manned| manned.stopping.ask());
    }

    /// Starts the task of a post.
    fn man(&mut self, post: Post, fence: Option<Fence>, pause: Duration) {
        let office = Arc::new(self.office.at_post(fence.clone()));
        let stopping = office.stopping.clone();
        let task = self.tasks.spawn_local(async move {
            tokio::time::sleep(pause).await;
            match post {
                Post::Duties => do_duties(&office).await,
                Post::Mailbox(account) => match office.account(account).cloned() {
                    Some(account) => {
                        let sending = outbox::keep(&office, &account);
                        tokio::try_join!(keeping::keep(Arc::clone(&office), account.clone()), sending).map(|_| ())
                    }
                    None => Ok(()),
                },
            }
        });
        self.manned.push(Manned { post, fence, stopping, task });
    }

    async fn note_ended(&mut self, ended: Result<(Id, Ended), JoinError>) -> Result<(), InboundError> {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let at = self.manned.iter().position(|manned| manned.task.id() == id);
        // One that was cut off is no longer listed.
        let Some(manned) = at.map(|at| self.manned.swap_remove(at)) else { return Ok(()) };
        match (ended, manned.fence) {
            (Err(_), fence) => {
                // A mailbox that trips over a fault of ours takes no other with it.
                tracing::error!("The task of a mailbox broke; it is begun anew. This is a fault of Tradepost");
                self.man(manned.post, fence, BROKEN_PAUSE);
                Ok(())
            }
            (Ok((_, Err(InboundError::Books(BooksError::LeaseLost { .. })))), Some(_)) => {
                note_loss(manned.post);
                Ok(())
            }
            (Ok((_, Ok(()))), Some(fence)) => self.give_back(&fence).await,
            (Ok((_, ended)), _) => ended,
        }
    }

    async fn give_back(&self, fence: &Fence) -> Result<(), InboundError> {
        let Some(sharing) = &self.sharing else { return Ok(()) };
        match sharing.give_back(&self.office, fence).await {
            // The next round finds it held and without a task.
            Err(InboundError::Books(error)) if may_pass(&error) => {
                tracing::warn!(kind = error.kind(), "A mailbox could not be given back");
                Ok(())
            }
            given => given,
        }
    }

    /// One round of leases; `false` when the books could not be asked.
    async fn go_round(&mut self) -> Result<bool, InboundError> {
        let Some(sharing) = &mut self.sharing else { return Ok(true) };
        match sharing.go_round(&self.office).await {
            Ok(round) => {
                self.follow(round);
                Ok(true)
            }
            // Whoever took mailboxes over meanwhile is met when the server is back.
            Err(InboundError::Books(error)) if may_pass(&error) => {
                tracing::warn!(kind = error.kind(), "The leases of mailboxes could not be kept");
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Begins and ends tasks as the leases say.
    fn follow(&mut self, round: Round) {
        self.is_alone = round.is_alone;
        let is_held = |manned: &Manned| round.held.iter().any(|(post, fence)| manned.post == *post && manned.fence.as_ref() == Some(fence));
        self.manned.retain(|manned| {
            let is_held = is_held(manned);
            if !is_held {
                note_loss(manned.post);
                manned.task.abort();
            }
            is_held
        });
        for manned in self.manned.iter().filter(|manned| round.surplus.contains(&manned.post) && !manned.stopping.is_asked()) {
            tracing::info!(post = ?manned.post, "A mailbox is given to another daemon");
            manned.stopping.ask();
        }
        for (post, fence) in round.held {
            if !self.manned.iter().any(|manned| manned.post == post) {
                tracing::info!(post = ?post, "A mailbox is looked after by this daemon");
                let pause = self.before_first_login(post);
                self.man(post, Some(fence), pause);
            }
        }
    }

    /// Wakes the mailboxes for which something is due that another daemon may have entered.
    async fn ask_for_acts(&self) -> Result<(), InboundError> {
        if self.is_alone {
            return Ok(());
        }
        let due = async {
            // Another daemon may have trained it.
            learned::take_up(&self.office).await?;
            let mut session = self.office.books.look().await?;
            acts::list_accounts_due(&mut session, self.office.now()).await
        };
        match due.await {
            Ok(due) => {
                let held = |account| self.manned.iter().any(|manned| manned.post == Post::Mailbox(account));
                due.into_iter().filter(|account| held(*account)).filter_map(|account| self.office.account(account)).for_each(|account| {
                    account.bell.ring_for_acts();
                });
                Ok(())
            }
            Err(error) if may_pass(&error) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn note_loss(post: Post) {
    tracing::warn!(?post, "Another daemon has taken a mailbox over, because this one was not heard of in time");
}

/// What is no mailbox's; for the first time after a minute, so that a daily mail after a night without power tells of what was caught up.
/// The same after a night in which the machine slept.
async fn do_duties(office: &Office) -> Result<(), InboundError> {
    loop {
        let before = office.now();
        tokio::select! {
            () = office.stopping.asked() => return Ok(()),
            () = tokio::time::sleep(MINUTE) => {}
        }
        if is_halt(before, office.now()) {
            continue;
        }
        match plan_due(office).await {
            Ok(0) => {}
            Ok(_) => office.accounts.iter().for_each(|account| account.bell.ring_for_acts()),
            Err(InboundError::Books(error)) if may_pass(&error) => room::note(office, &error),
            Err(error) => return Err(error),
        }
    }
}

async fn plan_due(office: &Office) -> Result<usize, InboundError> {
    let now = office.now();
    room::tell_if_over(office).await?;
    learned::keep(office).await?;
    taught::apply(office).await?;
    Ok(due::plan_daily(office, now).await? + due::plan_alarms(office, now).await?)
}

/// The first at once. What was missed, while the machine slept, is not made up for.
fn paced(pace: Duration) -> Interval {
    let mut paced = tokio::time::interval(pace);
    paced.set_missed_tick_behavior(MissedTickBehavior::Delay);
    paced
}

async fn tick(interval: &mut Option<Interval>) {
    match interval {
        Some(interval) => _ = interval.tick().await,
        None => std::future::pending().await,
    }
}
