//! What became of acts, written into the books: a batch in one transaction.

use crate::act::Outcome;
use crate::flow::Office;
use crate::flow::inbound::InboundError;
use crate::flow::transaction::in_books;
use crate::mailbox::Put;
use crate::record::acts::ClaimedAct;
use crate::record::drafts::{self, DraftState, Placed};
use crate::record::person_drafts::{self, PersonDraft};
use crate::record::{Session, acts};
use crate::types::{AccountId, DraftId, FolderId, Moment, ThreadId};
use std::collections::BTreeSet;

/// Waits between attempts grow from the first to the last of these.
const RETRY_MS_MIN: i64 = 30_000;
const RETRY_MS_MAX: i64 = 3_600_000;
/// After so many failures, about five days, a person must look: a disk that fills on a Friday evening is cleared by then, and
/// mail servers wait as long (RFC 5321 §4.5.4.1).
const FAULTS_MAX: i64 = 125;

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
pub(super) struct Performed {
    pub outcome: Outcome,
    /// Whether the world was changed, or the act had lost its point.
    changed: bool,
    /// It waits so long through no fault of its own.
    pub waits_ms: Option<i64>,
    learned: Vec<Learned>,
}

/// What the mailbox told of drafts meanwhile.
pub(super) enum Learned {
    /// Where a draft lies.
    Placed {
        draft: DraftId,
        folder: FolderId,
        put: Put,
    },
    State {
        draft: DraftId,
        state: DraftState,
    },
    /// The mailbox took a draft, and did not say where it lies.
    Taken {
        draft: DraftId,
    },
    /// A draft was not put: its mailbox was asked only so often before, and last at that moment.
    NotPut {
        draft: DraftId,
        puts: i64,
        put_at: Moment,
    },
    /// A person has a draft there.
    Person(PersonDraft),
    /// The way is free for drafts of the thread that waited.
    Free(ThreadId),
}

impl Performed {
    fn new(outcome: Outcome, changed: bool) -> Self {
        Self { outcome, changed, waits_ms: None, learned: Vec::new() }
    }

    pub fn done(why: impl Into<String>) -> Self {
        Self::new(Outcome::Done(why.into()), true)
    }

    /// It had lost its point.
    pub fn spared(why: impl Into<String>) -> Self {
        Self::new(Outcome::Done(why.into()), false)
    }

    pub fn later(why: impl Into<String>) -> Self {
        Self::new(Outcome::TryLater(why.into()), false)
    }

    pub fn waits(why: impl Into<String>, ms: i64) -> Self {
        Self { waits_ms: Some(ms), ..Self::later(why) }
    }

    pub fn gave_up(why: impl Into<String>) -> Self {
        Self::new(Outcome::GaveUp(why.into()), false)
    }

    /// Nobody knows whether it happened.
    pub fn uncertain(why: impl Into<String>) -> Self {
        Self::new(Outcome::Uncertain(why.into()), false)
    }

    pub fn with(mut self, learned: impl IntoIterator<Item = Learned>) -> Self {
        self.learned.extend(learned);
        self
    }
}

/// Records what became of a batch; in which accounts something is due now because of it.
pub(super) async fn settle(
    office: &Office,
    claimed: &[ClaimedAct],
    performed: Vec<Performed>,
) -> Result<(Done, BTreeSet<AccountId>), InboundError> {
    let now = office.now();
    in_books(&office.books, async |session| {
        let (mut done, mut others) = (Done::default(), BTreeSet::new());
        for (act, performed) in claimed.iter().zip(&performed) {
            for learned in &performed.learned {
                enter_learned(session, learned, now, &mut others).await?;
            }
            settle_one(session, act, performed, now, &mut done).await?;
        }
        Ok((done, others))
    })
    .await
}

async fn enter_learned(
    session: &mut Session,
    learned: &Learned,
    now: Moment,
    others: &mut BTreeSet<AccountId>,
) -> Result<(), InboundError> {
    match learned {
        Learned::Placed { draft, folder, put } => {
            let placed = placed(*folder, put);
            drafts::mark_place(session, *draft, &placed).await?;
        }
        Learned::State { draft, state } => super::late::mark_state(session, *draft, *state, now).await?,
        Learned::Taken { draft } => {
            drafts::mark_taken(session, *draft).await?;
        }
        Learned::NotPut { draft, puts, put_at } => {
            drafts::mark_not_put(session, *draft, *puts, *put_at).await?;
        }
        Learned::Person(draft) => {
            person_drafts::add(session, draft).await?;
        }
        Learned::Free(thread) => others.extend(acts::mark_drafting_due(session, *thread, now).await?),
    }
    Ok(())
}

pub(super) fn placed(folder: FolderId, put: &Put) -> Placed<'_> {
    Placed { folder, uidvalidity: put.uidvalidity, place: &put.place, content_hash: &put.content_hash, size: put.size }
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
        Outcome::TryLater(why) if performed.waits_ms.is_some() => {
            acts::mark_waiting(session, act, now.plus_ms(performed.waits_ms.unwrap_or(0)), why).await?;
            done.put_off += 1;
        }
        Outcome::TryLater(why) if act.faults < FAULTS_MAX => {
            acts::mark_try_later(session, act, later(now, act.faults), why).await?;
            done.put_off += 1;
            tracing::warn!(act.id = %act.id, kind = act.kind, faults = act.faults + 1, "An act is put off");
        }
        Outcome::TryLater(why) | Outcome::GaveUp(why) => {
            acts::mark_gave_up(session, act, now, why).await?;
            forget_draft(session, act, now).await?;
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

/// The row of a draft that was never put there must not keep the thread from having another.
async fn forget_draft(session: &mut Session, act: &ClaimedAct, now: Moment) -> Result<(), InboundError> {
    let Some(thread) = act.thread else { return Ok(()) };
    if let Some(own) = drafts::find_ours(session, thread).await?.filter(|draft| draft.act == Some(act.id)) {
        drafts::mark_state(session, own.id, DraftState::Gone, now).await?;
    }
    Ok(())
}

fn count(done: &mut Done, act: &ClaimedAct, changed: bool) {
    match act.kind.as_str() {
        _ if !changed => done.spared += 1,
        "draft" => done.drafted += 1,
        "withdraw" | "take_back" => done.withdrawn += 1,
        _ => done.told += 1,
    }
}

/// Twice as long after each failure, within bounds.
fn later(now: Moment, faults: i64) -> Moment {
    let doublings = u32::try_from(faults.clamp(0, 19)).unwrap_or(0);
    now.plus_ms(RETRY_MS_MIN.saturating_mul(1_i64 << doublings).min(RETRY_MS_MAX))
}
