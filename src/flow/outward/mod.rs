//! What was decided is done: acts are claimed, performed in the world, and their outcome recorded.
//!
//! Wanted: a thread has at most one draft of ours, and a draft that a person touched is never changed or joined by another. So a
//! draft is entered in the books before it is put into the mailbox, under a name made of its act: after a crash the same act finds
//! its own row, looks whether the draft lies there, and puts it there only when it does not. An older draft that nobody touched is
//! taken back before the new row replaces its row.
//!
//! Known races, accepted: a person who deletes the new draft in the instant between the crash and the next start gets it once more; of
//! an older draft that was taken back in the instant before the crash, the books say that it is gone and not that it was withdrawn.

mod drafting;
mod telling;

use super::inbound::InboundError;
use super::transaction::in_books;
use super::{Account, Office};
use crate::act::Outcome;
use crate::decide::Act;
use crate::record::acts::{Claim, ClaimedAct, SLOTS};
use crate::record::{Session, acts};
use crate::types::Moment;

/// Acts claimed and performed together; their rows share transactions.
const BATCH_LEN: i64 = 32;
/// A claim lasts so long; a batch takes a second at most.
const LEASE_MS: i64 = 120_000;
/// Waits between attempts grow from the first to the last of these.
const RETRY_MS_MIN: i64 = 30_000;
const RETRY_MS_MAX: i64 = 3_600_000;
/// After so many attempts, about five days, a person must look: a disk that fills on a Friday evening is cleared by then, and
/// mail servers wait as long (RFC 5321 §4.5.4.1).
const ATTEMPTS_MAX: i64 = 126;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    pub drafted: usize,
    pub withdrawn: usize,
    pub told: usize,
    /// Acts that had lost their point: a later mail decided, or a person has the draft.
    pub spared: usize,
    pub put_off: usize,
    pub gave_up: usize,
}

impl std::ops::AddAssign for Done {
    fn add_assign(&mut self, other: Self) {
        self.drafted += other.drafted;
        self.withdrawn += other.withdrawn;
        self.told += other.told;
        self.spared += other.spared;
        self.put_off += other.put_off;
        self.gave_up += other.gave_up;
    }
}

/// One act after it was performed.
struct Performed {
    outcome: Outcome,
    /// Whether the world was changed, or the act had lost its point.
    changed: bool,
}

impl Performed {
    fn done(why: impl Into<String>) -> Self {
        Self { outcome: Outcome::Done(why.into()), changed: true }
    }

    fn spared(why: impl Into<String>) -> Self {
        Self { outcome: Outcome::Done(why.into()), changed: false }
    }

    fn later(why: impl Into<String>) -> Self {
        Self { outcome: Outcome::TryLater(why.into()), changed: false }
    }

    fn gave_up(why: impl Into<String>) -> Self {
        Self { outcome: Outcome::GaveUp(why.into()), changed: false }
    }
}

/// Claims left by a process that died are given up. Only for whoever holds the books alone.
pub async fn release_claims(office: &Office) -> Result<(), InboundError> {
    in_books(&office.books, async |session| Ok(acts::mark_all_released(session).await?)).await.map(|_| ())
}

/// Does everything that is due now.
pub async fn do_due(office: &Office) -> Result<Done, InboundError> {
    let mut done = Done::default();
    loop {
        let claimed = claim(office).await?;
        if claimed.is_empty() {
            return Ok(done);
        }
        let performed = perform_all(office, &claimed).await?;
        done += settle(office, &claimed, performed).await?;
    }
}

async fn claim(office: &Office) -> Result<Vec<ClaimedAct>, InboundError> {
    let mut session = office.books.look().await?;
    let is_due = acts::find_next_due(&mut session).await?.is_some_and(|due| due <= office.now());
    drop(session);
    if !is_due {
        return Ok(Vec::new());
    }
    let claim = Claim { owner: &office.owner, now: office.now(), lease_ms: LEASE_MS, limit: BATCH_LEN, slots: 0..SLOTS };
    in_books(&office.books, async |session| Ok(acts::claim_due(session, &claim).await?)).await
}

/// Performs a batch. Drafts share their transactions; the answers come in the order of the acts.
async fn perform_all(office: &Office, claimed: &[ClaimedAct]) -> Result<Vec<Performed>, InboundError> {
    let mut performed: Vec<Option<Performed>> = Vec::with_capacity(claimed.len());
    let mut drafts = Vec::new();
    for (place, act) in claimed.iter().enumerate() {
        let Some(account) = office.account(act.account) else {
            performed.push(Some(Performed::later("its mailbox is not in the configuration; put it back or erase the mailbox")));
            continue;
        };
        performed.push(match serde_json::from_str(&act.payload) {
            Ok(Act::Draft(order)) => {
                drafts.push((place, act, account, order));
                None
            }
            Ok(Act::Withdraw) => Some(drafting::withdraw(office, act).await?),
            Ok(Act::Tell(order)) => Some(telling::tell(office, account, act, &order).await?),
            Ok(Act::Daily(order)) => Some(telling::daily(office, account, act, &order).await?),
            Ok(Act::Alarm(order)) => Some(telling::alarm(office, account, act, &order).await?),
            Err(error) => Some(Performed::gave_up(format!("the plan cannot be read ({error}); the books were changed by another program"))),
        });
    }
    for (place, outcome) in drafting::draft_all(office, drafts).await? {
        if let Some(slot) = performed.get_mut(place) {
            *slot = Some(outcome);
        }
    }
    Ok(performed.into_iter().map(|one| one.unwrap_or_else(|| Performed::later("it was not reached"))).collect())
}

/// Records what became of a batch.
async fn settle(office: &Office, claimed: &[ClaimedAct], performed: Vec<Performed>) -> Result<Done, InboundError> {
    let now = office.now();
    in_books(&office.books, async |session| {
        let mut done = Done::default();
        for (act, performed) in claimed.iter().zip(&performed) {
            settle_one(session, act, performed, now, &mut done).await?;
        }
        Ok(done)
    })
    .await
}

async fn settle_one(
    session: &mut Session,
    act: &ClaimedAct,
    performed: &Performed,
    now: Moment,
    done: &mut Done,
) -> Result<(), InboundError> {
    match &performed.outcome {
        Outcome::Done(why) => {
            acts::mark_done(session, act, now, why).await?;
            count(done, act, performed.changed);
        }
        Outcome::TryLater(why) if act.attempts < ATTEMPTS_MAX => {
            acts::mark_try_later(session, act, later(now, act.attempts), why).await?;
            done.put_off += 1;
            tracing::warn!(act.id = %act.id, kind = act.kind, attempts = act.attempts, "An act is put off");
        }
        Outcome::TryLater(why) | Outcome::GaveUp(why) => {
            acts::mark_gave_up(session, act, now, why).await?;
            done.gave_up += 1;
            tracing::error!(act.id = %act.id, kind = act.kind, "An act is given up; a person must look");
        }
        Outcome::Uncertain(why) => {
            acts::mark_uncertain(session, act, now, why).await?;
            done.gave_up += 1;
            tracing::error!(act.id = %act.id, kind = act.kind, "Nobody knows whether an act happened; a person must look");
        }
    }
    Ok(())
}

fn count(done: &mut Done, act: &ClaimedAct, changed: bool) {
    match act.kind.as_str() {
        _ if !changed => done.spared += 1,
        "draft" => done.drafted += 1,
        "withdraw" => done.withdrawn += 1,
        _ => done.told += 1,
    }
}

/// Twice as long after each attempt, within bounds.
fn later(now: Moment, attempts: i64) -> Moment {
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    now.plus_ms(RETRY_MS_MIN.saturating_mul(1_i64 << doublings).min(RETRY_MS_MAX))
}

/// Notes drafts that a person sent, moved or deleted, so that `show` tells what is.
pub async fn look_after_drafts(office: &Office, account: &Account) -> Result<(), InboundError> {
    drafting::note_gone(office, account).await
}
