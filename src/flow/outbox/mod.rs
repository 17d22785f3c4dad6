//! The outbox at work: each mailbox claims what is due, hands it to its submission server, and writes down what became of it.
//!
//! Wanted: a recipient gets a mail once or not at all, whatever breaks, and what nobody knows is said. Responsibility passes to the server
//! with the final dot (RFC 5321 §4.1.1.4). So the whole mail is handed over but for that, then `final_dot` is committed, then the five
//! bytes are written, then the server's word is committed. What is found at a start in a state before `final_dot` goes again, because no
//! server can have it; what is found in `final_dot` is uncertain. The window in which a crash leaves a mail uncertain is one round trip and
//! one commit for each connection.
//!
//! A commit costs a sync of the disk, so the steps of all connections share them (`journal`); a connection waits for no commit but that of
//! the final dot. One recipient's refusal is the affair of that row alone: it costs no connection (RSET) and holds up nobody. What is about
//! us, our login, our reputation, our limits, holds the mailbox and blames no recipient (`verdict`).
//!
//! How much may leave is decided where it is claimed (`budget`).
//!
//! Known race, accepted: a server's "yes" that was heard and not yet committed when the process dies leaves the mail uncertain though it
//! was sent. Sent, a report or a reply settles it.

pub(super) mod budget;
mod claiming;
mod journal;
mod lane;
mod overtaken;
mod sent_copies;
pub(super) mod settling;
mod suppressed;
mod unwanted;
mod verdict;
mod width;

use super::inbound::InboundError;
use super::supervise::may_pass;
use super::transaction::in_books;
use super::{Account, Office, room};
use crate::decide::TroubleKind;
use crate::link::Verp;
use crate::mailbox::smtp::SmtpAccount;
use crate::record::outbox::claims::{self, Claim, Claimed};
use crate::record::outbox::returns;
use crate::record::outbox::{Following, Letter, MailClass};
use crate::record::{BooksError, health, settings};
use crate::types::Moment;
pub use budget::{Purse, Sharer, Sharers, purses, standing};
use journal::Journal;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinSet;
pub use width::Width;

/// A claim lasts longer than any mail takes: ten minutes for the final dot alone.
const LEASE_MS: i64 = 30 * 60_000;
/// What was entered by another process, or let go by a person, is asked for at this pace.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// What could not be written into the books is tried again at this pace.
const WRITE_AGAIN: Duration = Duration::from_secs(1);
/// After trouble with the way to the server, the next try comes after this, and each later one after twice as long.
const PAUSE_MS: u64 = 2_000;
const PAUSE_MS_MAX: u64 = 10 * 60_000;

/// What a round of sending brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub sent: usize,
    pub deferred: usize,
    pub failed: usize,
    pub uncertain: usize,
    /// Those that do not go any more.
    pub dropped: usize,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.deferred += other.deferred;
        self.failed += other.failed;
        self.uncertain += other.uncertain;
        self.dropped += other.dropped;
    }
}

/// A delivery that was claimed.
struct Picked {
    delivery: Claimed,
    claimed_at: Moment,
    /// Its mail; a large one is fetched when its turn has come.
    letter: Option<Rc<Letter>>,
    following: Following,
}

/// One mailbox's outbox while something is due.
struct Sending {
    office: Office,
    account: Account,
    server: SmtpAccount,
    /// Return paths of our own, where the configuration wants them.
    verp: Option<Verp>,
    journal: Journal,
    queue: RefCell<VecDeque<Picked>>,
    /// Whoever finds the queue empty claims for all.
    claiming: tokio::sync::Mutex<()>,
    /// How many connections may be open at most; a server that is crowded is given fewer ([`Width`]).
    most: usize,
    /// Connections at work, those included that are about to be opened.
    open: Cell<usize>,
    /// How often in this round the server had no room for a connection.
    narrowings: Cell<u32>,
    /// The last claim found nothing that is due.
    is_dry: Cell<bool>,
    /// Why a claim that nobody waited for broke.
    broken: RefCell<Option<InboundError>>,
    /// Why nothing more is tried now: the way to the server is closed, or the mailbox is held.
    stop: Cell<bool>,
    /// The way to the server failed before any mail was spoken of.
    is_unreachable: Cell<bool>,
    /// The server takes nothing from this mailbox.
    is_refused: Cell<bool>,
    /// A mail was put back again although that has gone on for long.
    is_waiting_long: Cell<bool>,
    tally: Cell<Tally>,
}

/// Sends what is due in a mailbox, for as long as the daemon lives. An error is trouble with the books that waiting does not cure.
pub(super) async fn keep(office: &Office, account: &Account) -> Result<(), InboundError> {
    if account.smtp.is_none() {
        return Ok(());
    }
    let mut failures = 0_u32;
    while !office.stopping.is_asked() {
        let pause = match settle_and_send(office, account).await {
            Ok(Round { is_unreachable: true, .. }) => {
                failures = failures.saturating_add(1);
                pause_after(failures)
            }
            Ok(_) => {
                failures = 0;
                ASK_EVERY
            }
            Err(InboundError::Books(error)) if may_pass(&error) => {
                room::note(office, &error);
                ASK_EVERY
            }
            // A statement that fails concerns this mailbox's mail as far as anybody knows; reading goes on, and so do the others.
            Err(InboundError::Books(error @ (BooksError::Failed { .. } | BooksError::RawMail { .. }))) => {
                tracing::error!(account = %account.id, kind = error.kind(), "{error}");
                failures = failures.saturating_add(1);
                pause_after(failures)
            }
            Err(error) => return Err(error),
        };
        tokio::select! {
            () = office.stopping.asked() => {}
            () = account.outbox_bell.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    Ok(())
}

fn pause_after(failures: u32) -> Duration {
    Duration::from_millis((PAUSE_MS << failures.min(9)).min(PAUSE_MS_MAX))
}

/// How a round ended.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Round {
    pub tally: Tally,
    pub is_unreachable: bool,
    pub is_refused: bool,
    /// Some mail has been put back for so long that its tries are counted.
    pub is_waiting_long: bool,
}

/// Settles what an earlier life left, and sends what is due. Needs a [`tokio::task::LocalSet`].
pub(super) async fn settle_and_send(office: &Office, account: &Account) -> Result<Round, InboundError> {
    settle_left(office, account).await?;
    let round = send_due(office, account).await?;
    note_health(office, account, round).await?;
    Ok(round)
}

/// Tells the books whether mail leaves this mailbox; people are told of trouble at once, through a mailbox that works.
async fn note_health(office: &Office, account: &Account, round: Round) -> Result<(), InboundError> {
    let way = match round {
        Round { is_refused: true, .. } => Some((TroubleKind::SendingRefused, "the submission server refuses")),
        Round { is_unreachable: true, .. } => Some((TroubleKind::SendingUnreachable, "the submission server cannot be reached")),
        _ => None,
    };
    let long = round.is_waiting_long.then_some((TroubleKind::SendingWaits, "mail was only put back for a day"));
    let troubles: Vec<_> = way.into_iter().chain(long).collect();
    if troubles.is_empty() && round.tally.sent == 0 {
        return Ok(());
    }
    let now = office.now();
    in_books(&office.books, async |session| {
        for (kind, detail) in &troubles {
            health::mark_trouble(session, account.id, *kind, detail, now).await?;
        }
        if troubles.is_empty() {
            for over in [TroubleKind::SendingRefused, TroubleKind::SendingUnreachable, TroubleKind::SendingWaits] {
                health::mark_over(session, account.id, over, now).await?;
            }
        }
        Ok(())
    })
    .await?;
    if !troubles.is_empty() && super::due::plan_alarms(office, now).await? > 0 {
        office.accounts.iter().for_each(|other| other.bell.ring_for_acts());
    }
    Ok(())
}

/// Settles what an earlier life left in its hands. Only while nothing is being sent from this mailbox.
async fn settle_left(office: &Office, account: &Account) -> Result<(), InboundError> {
    let mut session = office.books.look().await?;
    let is_left = claims::is_any_in_hand(&mut session, account.id).await?;
    drop(session);
    if !is_left {
        return Ok(());
    }
    let now = office.now();
    let why = "the daemon ended between the end of the mail and the server's answer";
    let uncertain = in_books(&office.books, async |session| {
        claims::release(session, account.id, now, why).await?;
        let mut uncertain = 0_usize;
        // Whatever came back meanwhile was recorded, and tells of them.
        for delivery in returns::list_uncertain(session, account.id).await? {
            uncertain += usize::from(!settling::settle(session, delivery, now).await?);
        }
        Ok(uncertain)
    })
    .await?;
    if uncertain > 0 {
        tracing::warn!(account = %account.id, uncertain, "Of some mail nobody knows whether it was sent; `tradepost outbox` lists it");
    }
    Ok(())
}

/// Sends everything that is due now, over as many connections as are allowed.
async fn send_due(office: &Office, account: &Account) -> Result<Round, InboundError> {
    let Some(server) = account.smtp.clone() else { return Ok(Round::default()) };
    if !is_any_due(office, account).await? {
        return Ok(Round::default());
    }
    let most = account.config.sending.as_ref().map_or(1, |sending| sending.connections);
    let width = account.width.lanes(most);
    let sending = Rc::new(Sending {
        office: office.clone(),
        account: account.clone(),
        server,
        verp: verp(office, account),
        journal: Journal::new(office, account),
        queue: RefCell::default(),
        claiming: tokio::sync::Mutex::default(),
        most,
        open: Cell::new(width),
        narrowings: Cell::new(0),
        is_dry: Cell::new(false),
        broken: RefCell::default(),
        stop: Cell::new(false),
        is_unreachable: Cell::new(false),
        is_refused: Cell::new(false),
        is_waiting_long: Cell::new(false),
        tally: Cell::default(),
    });
    let mut lanes = JoinSet::new();
    for _ in 0..width {
        let sending = Rc::clone(&sending);
        lanes.spawn_local(async move { lane::run(&sending).await });
    }
    let mut broken = None;
    while let Some(ended) = lanes.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => broken = Some(error),
            Err(_) => tracing::error!(account = %account.id, "A connection's task broke. This is a fault of Tradepost"),
        }
    }
    sending.finish().await?;
    let broken = broken.or_else(|| sending.broken.take());
    let round = sending.round();
    if round.tally.sent > 0 && sending.narrowings.get() == 0 && !round.is_unreachable {
        account.width.widen(most, office.now());
    }
    if round.tally != Tally::default() {
        let Tally { sent, deferred, failed, uncertain, dropped } = round.tally;
        tracing::info!(account = %account.id, sent, deferred, failed, uncertain, dropped, "Mail was sent");
        // Copies for Sent wait to be put there.
        account.bell.ring_for_acts();
        warn_of_people(office, account).await?;
    }
    broken.map_or(Ok(round), Err)
}

/// The return paths of a mailbox. Without the key there are none: nobody could tell later what came back to them.
pub(super) fn verp(office: &Office, account: &Account) -> Option<Verp> {
    let at = account.config.sending.as_ref()?.verp.clone()?;
    match office.keys.verp() {
        Ok(key) => Some(Verp::new(at, key)),
        Err(error) => {
            tracing::warn!(account = %account.id, reason = %error, "There are no return paths of our own");
            None
        }
    }
}

/// Whether something is due that may leave: a used-up budget holds back sequences and answers as if they were due later.
async fn is_any_due(office: &Office, account: &Account) -> Result<bool, InboundError> {
    let mut session = office.books.look().await?;
    if settings::find_paused(&mut session).await?.is_some() {
        return Ok(false);
    }
    Ok(budget::is_any_free(&mut session, &office.sharers(account), &claim(office, account, 0)).await?)
}

/// A claim of that many, whose class is chosen by its budget.
fn claim<'a>(office: &'a Office, account: &Account, limit: i64) -> Claim<'a> {
    let (owner, now) = (office.owner.as_str(), office.now());
    Claim { owner, account: account.id, class: MailClass::Letter, now, lease_ms: LEASE_MS, limit }
}

/// Says that people send more than their provider takes. Nothing of theirs is held back.
async fn warn_of_people(office: &Office, account: &Account) -> Result<(), InboundError> {
    let mut session = office.books.look().await?;
    let standing = budget::standing(&mut session, &office.sharers(account), office.now()).await?;
    if standing.is_over(office.now()) {
        tracing::warn!(account = %account.id, "People send more than their provider is known to take; `tradepost outbox` shows it");
    }
    Ok(())
}

impl Sending {
    /// How many connections may be open now.
    fn width(&self) -> usize {
        self.account.width.lanes(self.most)
    }

    /// What the round has brought.
    fn round(&self) -> Round {
        Round {
            tally: self.tally.get(),
            is_unreachable: self.is_unreachable.get(),
            is_refused: self.is_refused.get(),
            is_waiting_long: self.is_waiting_long.get(),
        }
    }

    /// Writes down what is left to be written, and gives back what was claimed and never tried.
    async fn finish(&self) -> Result<(), InboundError> {
        // A claim that was begun ahead ends first; one that was not does not begin any more.
        self.stop.set(true);
        let _turn = self.claiming.lock().await;
        for picked in self.queue.borrow_mut().drain(..) {
            self.give_back(&picked.delivery);
        }
        self.journal.flush().await;
        // What is left unwritten when the daemon stops is settled at its next start, as after a crash.
        while self.journal.is_waiting() && !self.office.stopping.is_asked() {
            tokio::time::sleep(WRITE_AGAIN).await;
            self.journal.flush().await;
        }
        Ok(())
    }
}
