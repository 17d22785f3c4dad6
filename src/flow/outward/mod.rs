//! What was decided is done: each mailbox claims its own acts, performs them through its open visit, and records their outcome.
//!
//! Wanted: a thread has at most one draft of ours over all mailboxes, it is put there exactly once, and a draft that a person touched is
//! never changed or joined by another. So a draft's row is committed before anything is sent to the mailbox, with an empty place; where
//! it lies is recorded together with the act's outcome. Whoever finds such a row later knows that a try broke off, and the mailbox is
//! asked for the draft's Message-ID before it is put there again. A try whose end nobody heard (a lost connection) is such a try; how
//! long a server is given to show it, and what of one that says it took a draft and does not show it, stands in `late`.
//!
//! One mailbox never reaches into another: what is to be taken back there is entered as an act for it, and its bell is rung. A draft that
//! is to take the place of one in another mailbox waits until that one is out of the way.
//!
//! Known races, accepted: a person who deletes the new draft in the instant between the crash and the next start gets it once more; one
//! who edits it in that instant and keeps its Message-ID is noticed only at the next change; of an older draft that was taken back in
//! the instant before the crash, the books say that it is gone and not that it was withdrawn. Where a server is late to show a draft and
//! gives it a Message-ID of its own, and it is withdrawn before anybody saw it, it is taken for a person's when it shows.

mod answering;
mod desk;
mod drafting;
mod entering;
mod filing;
mod judging;
mod late;
mod putting;
mod sent;
mod settling;
mod telling;
mod withdrawing;

pub use desk::{DraftsDesk, look_after_drafts};
pub(super) use entering::enter_take_back;
pub use entering::{Entering, enter, is_told, lead, ring};
pub use sent::{Sent, find_sent, is_crossed, mark_sent};
pub use settling::Done;

use super::inbound::InboundError;
use super::transaction::in_books;
use super::{Account, Office, due};
use crate::decide::{Act, TroubleKind};
use crate::mailbox::{MailboxError, Visit};
use crate::record::acts::{Claim, ClaimedAct, SLOTS};
use crate::record::{accounts, acts, health, settings};
use settling::Performed;

/// Acts claimed and performed together; their rows share transactions.
const BATCH_LEN: i64 = 64;
/// A claim lasts so long; a batch takes a second at most, and a server that takes longer ends the visit.
const LEASE_MS: i64 = 120_000;

/// An open mailbox in which acts are performed, until it gives trouble.
struct Desk<'a> {
    office: &'a Office,
    account: &'a Account,
    visit: &'a mut Visit,
    /// What ended the visit; nothing is tried after it.
    trouble: Option<MailboxError>,
    /// Whether the mailbox took the last mail that was put into it, or had no room for it; `None` before one was put.
    room: Option<Room>,
}

/// Whether a mailbox takes mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Some,
    None(TroubleKind),
}

/// A mailbox without room is asked again after this.
const ROOM_AGAIN_MS: i64 = 10 * 60_000;

impl Desk<'_> {
    /// What becomes of an act that met an error: when the visit is over, or the mailbox is full, that is in trouble and not the act.
    fn failed(&mut self, error: MailboxError) -> Performed {
        let why = error.to_string();
        if error.has_no_room() {
            let kind = if matches!(error, MailboxError::Imap(_)) { TroubleKind::MailboxFull } else { TroubleKind::DiskFull };
            self.room = Some(Room::None(kind));
            return Performed::waits(why, ROOM_AGAIN_MS);
        }
        if !error.ends_visit() {
            return Performed::later(why);
        }
        self.trouble = Some(error);
        Performed::waits(why, 0)
    }
}

/// Claims left by a process that died are given up. Only for whoever holds all mailboxes.
pub async fn release_claims(office: &Office) -> Result<(), InboundError> {
    in_books(&office.books, async |session| Ok(acts::mark_all_released(session).await?)).await.map(|_| ())
}

/// Gives up what this process claimed in an account, for the visit in which it was to be performed is over.
pub async fn release_own(office: &Office, account: &Account) -> Result<(), InboundError> {
    let mut session = office.books.look().await?;
    let is_any = acts::is_any_claimed(&mut session, account.id).await?;
    drop(session);
    if is_any {
        in_books(&office.books, async |session| Ok(acts::mark_released(session, account.id, &office.owner).await?)).await?;
    }
    Ok(())
}

/// Says of acts whose mailbox left the configuration what they wait for; they are done when it is back.
pub async fn put_off_homeless(office: &Office) -> Result<(), InboundError> {
    in_books(&office.books, async |session| {
        for account in accounts::list(session).await? {
            if office.account(account.id).is_none() {
                acts::mark_homeless(session, account.id, "its mailbox is not in the configuration; put it back or erase the mailbox")
                    .await?;
            }
        }
        Ok(())
    })
    .await
}

/// Does everything that is due now in one mailbox, or what is in hand when the daemon is to stop. An error of the mailbox ends the
/// visit: what is left waits for the next one.
pub async fn do_due(office: &Office, account: &Account, visit: &mut Visit) -> Result<Done, InboundError> {
    let mut desk = Desk { office, account, visit, trouble: None, room: None };
    let mut done = Done::default();
    loop {
        let claimed = if office.stopping.is_asked() { Vec::new() } else { claim(office, account).await? };
        if claimed.is_empty() {
            return Ok(done);
        }
        let performed = perform_all(&mut desk, &claimed).await?;
        let (settled, others) = settling::settle(office, &claimed, performed).await?;
        done += settled;
        ring(office, &others);
        if let Some(room) = desk.room.take() {
            note_room(office, account, room).await?;
        }
        if let Some(trouble) = desk.trouble.take() {
            return Err(trouble.into());
        }
    }
}

/// A mailbox without room is trouble that is told at once; a mail that it takes ends it.
async fn note_room(office: &Office, account: &Account, room: Room) -> Result<(), InboundError> {
    let now = office.now();
    match room {
        Room::None(kind) => {
            let detail = "a mail was refused";
            in_books(&office.books, async |session| Ok(health::mark_trouble(session, account.id, kind, detail, now).await?)).await?;
            if due::plan_alarms(office, now).await? > 0 {
                office.accounts.iter().for_each(|other| other.bell.ring_for_acts());
            }
            Ok(())
        }
        Room::Some => {
            // Reading comes first: most mailboxes have room all the time.
            let open = health::list_troubles(&mut office.books.look().await?).await?;
            if !open.iter().any(|trouble| trouble.account == account.id && trouble.kind.is_for_want_of_room()) {
                return Ok(());
            }
            in_books(&office.books, async |session| Ok(health::mark_room(session, account.id, now).await?)).await.map(|_| ())
        }
    }
}

/// Reading comes first: claiming writes, and keeps all other writers waiting although there is nothing to claim.
async fn claim(office: &Office, account: &Account) -> Result<Vec<ClaimedAct>, InboundError> {
    let mut session = office.books.look().await?;
    let is_due = acts::find_next_due(&mut session, account.id).await?.is_some_and(|due| due <= office.now());
    let is_open = is_due && settings::find_paused(&mut session).await?.is_none();
    drop(session);
    if !is_open {
        return Ok(Vec::new());
    }
    let (owner, now) = (office.owner.as_str(), office.now());
    let claim = Claim { owner, account: account.id, now, lease_ms: LEASE_MS, limit: BATCH_LEN, slots: 0..SLOTS };
    in_books(&office.books, async |session| Ok(acts::claim_due(session, &claim).await?)).await
}

/// Performs a batch; the answers come in the order of the acts. Drafts come last and together, so that what was to be taken back is gone
/// before they are put there.
async fn perform_all(desk: &mut Desk<'_>, claimed: &[ClaimedAct]) -> Result<Vec<Performed>, InboundError> {
    let mut performed: Vec<Option<Performed>> = Vec::with_capacity(claimed.len());
    let mut waiting = Vec::new();
    for (at, act) in claimed.iter().enumerate() {
        performed.push(match serde_json::from_str(&act.payload) {
            _ if desk.trouble.is_some() => None,
            Ok(Act::Draft(order)) => {
                waiting.push(drafting::Waiting { at, act, order });
                None
            }
            Ok(Act::Withdraw) => Some(withdrawing::withdraw(desk, act).await?),
            Ok(Act::TakeBack { draft }) => Some(withdrawing::take_back(desk, act, draft).await?),
            Ok(Act::Tell(order)) => Some(telling::tell(desk, act, &order).await?),
            Ok(Act::Warn(order)) => Some(telling::warn(desk, act, &order).await?),
            Ok(Act::Superseded(order)) => Some(telling::superseded(desk, act, &order).await?),
            Ok(Act::Daily(order)) => Some(telling::daily(desk, act, &order).await?),
            Ok(Act::Alarm(order)) => Some(telling::alarm(desk, act, &order).await?),
            Ok(Act::Answer(order)) => Some(answering::answer(desk, act, &order).await?),
            Ok(Act::FileSent { outgoing }) => Some(filing::file_sent(desk, act, outgoing).await?),
            Err(error) => Some(Performed::gave_up(format!("the plan cannot be read ({error}); the books were changed by another program"))),
        });
    }
    for (at, outcome) in drafting::draft_all(desk, waiting).await? {
        if let Some(slot) = performed.get_mut(at) {
            *slot = Some(outcome);
        }
    }
    Ok(performed.into_iter().map(|one| one.unwrap_or_else(|| Performed::waits("its mailbox cannot be reached now", 0))).collect())
}
