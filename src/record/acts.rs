//! What is to be done in the world, each thing once.
//!
//! An act is claimed for a while, done outside any transaction, and its outcome recorded. A claim that ran out is due again, so
//! an act of a daemon that died is not lost; whoever held it before can no longer record anything, because every claim raises
//! `attempts` and every outcome names the attempt it belongs to.

use super::statement::Row;
use super::{BooksError, Session, Statement};
use crate::types::{AccountId, ActId, DraftId, MessageRow, Moment, ThreadId};
use std::ops::Range;

/// Acts are spread over this many slots, so that several daemons can claim without meeting.
pub const SLOTS: i64 = 64;

/// Where an act stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActState {
    Due,
    Done,
    /// A person must look.
    GaveUp,
    /// It may or may not have happened; never repeated blindly.
    Uncertain,
}

/// An act as planned.
#[derive(Debug, Clone, Copy)]
pub struct NewAct<'a> {
    /// Names the effect, `draft:<message>`: the same effect is never planned twice.
    pub effect_key: &'a str,
    pub kind: &'a str,
    pub message: Option<MessageRow>,
    pub thread: Option<ThreadId>,
    pub account: AccountId,
    /// What the stage `act` needs, as JSON.
    pub payload: &'a str,
    pub why: &'a str,
    pub due_at: Moment,
}

/// Which acts to claim, for whom and how long.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    pub owner: &'a str,
    /// Each mailbox does its own.
    pub account: AccountId,
    pub now: Moment,
    pub lease_ms: i64,
    pub limit: i64,
    /// `0..SLOTS` for all.
    pub slots: Range<i64>,
}

/// An act in hand until its claim runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedAct {
    pub id: ActId,
    pub effect_key: String,
    pub kind: String,
    pub message: Option<MessageRow>,
    pub thread: Option<ThreadId>,
    pub account: AccountId,
    pub payload: String,
    /// Why it was planned, or why it was put off last.
    pub why: String,
    /// How often it was claimed, this time included.
    pub attempts: i64,
    /// How often it failed for a reason of its own.
    pub faults: i64,
    pub due_at: Moment,
    pub claimed_by: String,
}

/// An act as the books keep it, for people to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRecord {
    pub id: ActId,
    pub kind: String,
    pub state: ActState,
    pub message: Option<MessageRow>,
    pub thread: Option<ThreadId>,
    pub due_at: Moment,
    pub attempts: i64,
    /// Why it was planned, or what became of it.
    pub why: String,
}

impl ActState {
    /// All states.
    pub const ALL: [ActState; 4] = [ActState::Due, ActState::Done, ActState::GaveUp, ActState::Uncertain];

    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            ActState::Due => "due",
            ActState::Done => "done",
            ActState::GaveUp => "gave_up",
            ActState::Uncertain => "uncertain",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

statements! { STATEMENTS;
    ADD(10) = "
INSERT INTO act (id, effect_key, kind, message_id, thread_id, account_id, payload, why, due_at, slot)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (effect_key) DO NOTHING";

    /// Acts due now, oldest first; a claim that ran out is due again. A pause works at once, because it is asked here.
    CLAIM_DUE(7) = "
UPDATE act
   SET claimed_by = $1, claimed_until = $2, attempts = attempts + 1
 WHERE id IN (SELECT id
                FROM act
               WHERE state = 'due'
                 AND account_id = $7
                 AND due_at <= $3
                 AND (claimed_until IS NULL OR claimed_until < $3)
                 AND slot >= $4
                 AND slot < $5
                 AND NOT EXISTS (SELECT 1 FROM setting WHERE key = 'paused')
               ORDER BY due_at, id
               LIMIT $6)
   AND state = 'due'
   AND (claimed_until IS NULL OR claimed_until < $3)
RETURNING id, effect_key, kind, message_id, thread_id, account_id, payload, why, attempts, due_at, claimed_by, faults";

    MARK_TRY_LATER(5) = "
UPDATE act
   SET due_at = $4, why = $5, faults = faults + 1, claimed_until = NULL, claimed_by = ''
 WHERE id = $1
   AND claimed_by = $2
   AND attempts = $3
   AND state = 'due'";

    MARK_WAITING(5) = "
UPDATE act
   SET due_at = $4, why = $5, claimed_until = NULL, claimed_by = ''
 WHERE id = $1
   AND claimed_by = $2
   AND attempts = $3
   AND state = 'due'";

    /// Drafts of a thread that waited until an earlier one was out of the way.
    MARK_DRAFTING_DUE(2) = "
UPDATE act
   SET due_at = $2
 WHERE thread_id = $1
   AND kind = 'draft'
   AND state = 'due'
   AND due_at > $2
RETURNING account_id";

    MARK_HOMELESS(2) = "
UPDATE act
   SET why = $2
 WHERE account_id = $1
   AND state = 'due'
   AND why <> $2";

    /// What was done needs no plan any more: customers' words are kept in one place only.
    MARK_ENDED(6) = "
UPDATE act
   SET state = $4, done_at = $5, why = $6, claimed_until = NULL, claimed_by = '',
       payload = CASE WHEN $4 = 'done' THEN '{}' ELSE payload END
 WHERE id = $1
   AND claimed_by = $2
   AND attempts = $3
   AND state = 'due'";

    /// A draft whose act waits for it, or whose end nobody knew, was met.
    MARK_TURNED_UP(2) = "
UPDATE act
   SET state = 'due', due_at = $2, done_at = NULL
 WHERE id = (SELECT act_id FROM draft WHERE id = $1)
   AND kind = 'draft'
   AND (state = 'uncertain' OR state = 'due' AND due_at > $2)";

    MARK_CERTAIN(3) = "
UPDATE act
   SET state = 'done', done_at = $2, why = $3, payload = '{}'
 WHERE id = (SELECT act_id FROM draft WHERE id = $1)
   AND kind = 'draft'
   AND state = 'uncertain'";

    /// Nobody is at work on them, and nobody will be.
    MARK_DROPPED_OF_MESSAGE(3) = "
UPDATE act
   SET state = 'done', done_at = $2, why = $3, claimed_until = NULL, claimed_by = '', payload = '{}'
 WHERE message_id = $1
   AND kind IN ('draft', 'answer', 'tell')
   AND state = 'due'
   AND (claimed_until IS NULL OR claimed_until < $2)";

    FIND_STATE(1) = "
SELECT id, state
  FROM act
 WHERE effect_key = $1";

    FIND_OF_MESSAGE(1) = "
SELECT id
  FROM act
 WHERE message_id = $1
 LIMIT 1";

    /// Within a thread ids rise with the order of planning.
    FIND_NEWER(2) = "
SELECT id
  FROM act
 WHERE thread_id = $1
   AND id > $2
 LIMIT 1";

    /// What a thread's draft should be is decided by its newest mail, also when what was decided is done already: the mailbox in which
    /// an earlier draft is to be put may come to it later than the one that got the newest mail.
    FIND_NEWER_DRAFTING(2) = "
SELECT id
  FROM act
 WHERE thread_id = $1
   AND id > $2
   AND kind IN ('draft', 'withdraw')
 LIMIT 1";

    RELEASE_ALL(0) = "
UPDATE act
   SET claimed_until = NULL, claimed_by = ''
 WHERE state = 'due'
   AND claimed_until IS NOT NULL";

    /// An own claim of a visit that broke; nobody works on it any more.
    RELEASE_OWN(2) = "
UPDATE act
   SET claimed_until = NULL, claimed_by = ''
 WHERE account_id = $1
   AND claimed_by = $2
   AND claimed_until IS NOT NULL";

    RELEASE_OF_ACCOUNT(1) = "
UPDATE act
   SET claimed_until = NULL, claimed_by = ''
 WHERE account_id = $1
   AND state = 'due'
   AND claimed_until IS NOT NULL";

    LIST_ACCOUNTS_DUE(1) = "
SELECT DISTINCT account_id
  FROM act
 WHERE state = 'due'
   AND due_at <= $1
   AND (claimed_until IS NULL OR claimed_until < $1)
   AND NOT EXISTS (SELECT 1 FROM setting WHERE key = 'paused')";

    FIND_NEXT_DUE(1) = "
SELECT due_at
  FROM act
 WHERE account_id = $1
   AND state = 'due'
   AND claimed_until IS NULL
 ORDER BY due_at, id
 LIMIT 1";

    FIND_NEXT_CLAIMED(1) = "
SELECT due_at, claimed_until
  FROM act
 WHERE account_id = $1
   AND claimed_until IS NOT NULL
 ORDER BY claimed_until
 LIMIT 1";

    LIST_RECENT(1) = "
SELECT id, kind, state, message_id, thread_id, due_at, attempts, why
  FROM act
 ORDER BY id DESC
 LIMIT $1";

    COUNT_BY_STATE(0) = "
SELECT state, COUNT(*)
  FROM act
 GROUP BY state
 ORDER BY state";
}

/// Plans an act; `false` when its effect was planned before, whatever became of it.
pub async fn add(session: &mut Session, new: &NewAct<'_>) -> Result<bool, BooksError> {
    let mut id = session.next_id().await?;
    if let Some(thread) = new.thread
        && session.row(&FIND_NEWER, &[thread.into(), id.into()]).await?.is_some()
    {
        id = session.next_id_above_all().await?;
    }
    let values = [
        id.into(),
        new.effect_key.into(),
        new.kind.into(),
        new.message.into(),
        new.thread.into(),
        new.account.into(),
        new.payload.into(),
        new.why.into(),
        new.due_at.into(),
        id.rem_euclid(SLOTS).into(),
    ];
    Ok(session.run(&ADD, &values).await? > 0)
}

/// Claims what is due in an account, oldest first; nothing while the books are paused (`settings::mark_paused`).
pub async fn claim_due(session: &mut Session, claim: &Claim<'_>) -> Result<Vec<ClaimedAct>, BooksError> {
    let values = [
        claim.owner.into(),
        claim.now.plus_ms(claim.lease_ms).into(),
        claim.now.into(),
        claim.slots.start.into(),
        claim.slots.end.into(),
        claim.limit.into(),
        claim.account.into(),
    ];
    let rows = session.rows(&CLAIM_DUE, &values).await?;
    let mut claimed = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    // RETURNING gives rows in any order.
    claimed.sort_unstable_by_key(|act| (act.due_at, act.id));
    Ok(claimed)
}

/// The act is done; `false` when the claim was lost to another.
pub async fn mark_done(session: &mut Session, act: &ClaimedAct, at: Moment, why: &str) -> Result<bool, BooksError> {
    mark_ended(session, act, ActState::Done, at, why).await
}

/// What was to be written because of a message is not wanted any more; how many acts that were.
pub async fn mark_dropped_of_message(session: &mut Session, message: MessageRow, at: Moment, why: &str) -> Result<u64, BooksError> {
    session.run(&MARK_DROPPED_OF_MESSAGE, &[message.into(), at.into(), why.into()]).await
}

/// The act failed and waits until `due_at`; `false` when the claim was lost to another.
pub async fn mark_try_later(session: &mut Session, act: &ClaimedAct, due_at: Moment, why: &str) -> Result<bool, BooksError> {
    put_off(session, &MARK_TRY_LATER, act, due_at, why).await
}

/// The act waits until `due_at` through no fault of its own; `false` when the claim was lost to another.
pub async fn mark_waiting(session: &mut Session, act: &ClaimedAct, due_at: Moment, why: &str) -> Result<bool, BooksError> {
    put_off(session, &MARK_WAITING, act, due_at, why).await
}

async fn put_off(session: &mut Session, how: &'static Statement, act: &ClaimedAct, due_at: Moment, why: &str) -> Result<bool, BooksError> {
    let values = [act.id.into(), act.claimed_by.as_str().into(), act.attempts.into(), due_at.into(), why.into()];
    Ok(session.run(how, &values).await? > 0)
}

/// Drafts of the thread that waited are due now; the accounts in which they are.
pub async fn mark_drafting_due(session: &mut Session, thread: ThreadId, now: Moment) -> Result<Vec<AccountId>, BooksError> {
    session.rows(&MARK_DRAFTING_DUE, &[thread.into(), now.into()]).await?.iter().map(|row| Ok(AccountId(row.int(0)?))).collect()
}

/// Says of all that is due in an account that nobody can do it now.
pub async fn mark_homeless(session: &mut Session, account: AccountId, why: &str) -> Result<u64, BooksError> {
    session.run(&MARK_HOMELESS, &[account.into(), why.into()]).await
}

/// The act is given up and a person must look; `false` when the claim was lost to another.
pub async fn mark_gave_up(session: &mut Session, act: &ClaimedAct, at: Moment, why: &str) -> Result<bool, BooksError> {
    mark_ended(session, act, ActState::GaveUp, at, why).await
}

/// Nobody knows whether the act happened; `false` when the claim was lost to another.
pub async fn mark_uncertain(session: &mut Session, act: &ClaimedAct, at: Moment, why: &str) -> Result<bool, BooksError> {
    mark_ended(session, act, ActState::Uncertain, at, why).await
}

async fn mark_ended(session: &mut Session, act: &ClaimedAct, state: ActState, at: Moment, why: &str) -> Result<bool, BooksError> {
    let values = [act.id.into(), act.claimed_by.as_str().into(), act.attempts.into(), state.name().into(), at.into(), why.into()];
    Ok(session.run(&MARK_ENDED, &values).await? > 0)
}

/// A draft that the mailbox was late to show was met: what is left to do for it is due now. `false` when nothing is.
pub async fn mark_turned_up(session: &mut Session, draft: DraftId, now: Moment) -> Result<bool, BooksError> {
    Ok(session.run(&MARK_TURNED_UP, &[draft.into(), now.into()]).await? > 0)
}

/// What became of a draft is known in another way: nobody needs to look into its act any more. `false` when nobody had to.
pub async fn mark_certain(session: &mut Session, draft: DraftId, at: Moment, why: &str) -> Result<bool, BooksError> {
    Ok(session.run(&MARK_CERTAIN, &[draft.into(), at.into(), why.into()]).await? > 0)
}

/// An act that was planned because of a message, whatever became of it.
pub async fn find_of_message(session: &mut Session, message: MessageRow) -> Result<Option<ActId>, BooksError> {
    session.row(&FIND_OF_MESSAGE, &[message.into()]).await?.map(|row| Ok(ActId(row.int(0)?))).transpose()
}

/// A later act on the thread's draft: it decides, and this one has lost its point.
pub async fn find_newer_drafting(session: &mut Session, thread: ThreadId, than: ActId) -> Result<Option<ActId>, BooksError> {
    session.row(&FIND_NEWER_DRAFTING, &[thread.into(), than.into()]).await?.map(|row| Ok(ActId(row.int(0)?))).transpose()
}

/// Gives every claim up. Only for a daemon that holds the books alone: whoever claimed before it is dead.
pub async fn mark_all_released(session: &mut Session) -> Result<u64, BooksError> {
    session.run(&RELEASE_ALL, &[]).await
}

/// Gives an owner's claims in one account up: the visit in which they were to be performed is over.
pub async fn mark_released(session: &mut Session, account: AccountId, owner: &str) -> Result<u64, BooksError> {
    session.run(&RELEASE_OWN, &[account.into(), owner.into()]).await
}

/// Whether anything is claimed in an account.
pub async fn is_any_claimed(session: &mut Session, account: AccountId) -> Result<bool, BooksError> {
    Ok(session.row(&FIND_NEXT_CLAIMED, &[account.into()]).await?.is_some())
}

/// Gives up every claim in an account. Only for whoever has just taken its lease: who claimed before can settle nothing any more.
pub async fn mark_account_released(session: &mut Session, account: AccountId) -> Result<u64, BooksError> {
    session.run(&RELEASE_OF_ACCOUNT, &[account.into()]).await
}

/// The accounts in which something is due and in nobody's hands; none while the books are paused.
pub async fn list_accounts_due(session: &mut Session, now: Moment) -> Result<Vec<AccountId>, BooksError> {
    session.rows(&LIST_ACCOUNTS_DUE, &[now.into()]).await?.iter().map(|row| Ok(AccountId(row.int(0)?))).collect()
}

/// The act with that effect, and where it stands.
pub async fn find_state(session: &mut Session, effect_key: &str) -> Result<Option<(ActId, ActState)>, BooksError> {
    let row = session.row(&FIND_STATE, &[effect_key.into()]).await?;
    row.map(|row| Ok((ActId(row.int(0)?), row.word(1, ActState::parse)?))).transpose()
}

/// From when on something can be claimed in an account: an act that is claimed now is due when its claim has run out. Nothing is said
/// of a pause.
pub async fn find_next_due(session: &mut Session, account: AccountId) -> Result<Option<Moment>, BooksError> {
    let open = session.row(&FIND_NEXT_DUE, &[account.into()]).await?.map(|row| row.moment(0)).transpose()?;
    let claimed = session.row(&FIND_NEXT_CLAIMED, &[account.into()]).await?;
    let claimed = claimed.map(|row| Ok::<_, BooksError>(row.moment(0)?.max(row.moment(1)?.plus_ms(1)))).transpose()?;
    Ok(open.into_iter().chain(claimed).min())
}

/// The newest acts.
pub async fn list_recent(session: &mut Session, limit: i64) -> Result<Vec<ActRecord>, BooksError> {
    let read = |row: &Row| {
        Ok(ActRecord {
            id: ActId(row.int(0)?),
            kind: row.text(1)?,
            state: row.word(2, ActState::parse)?,
            message: row.opt_int(3)?.map(MessageRow),
            thread: row.opt_int(4)?.map(ThreadId),
            due_at: row.moment(5)?,
            attempts: row.int(6)?,
            why: row.text(7)?,
        })
    };
    session.rows(&LIST_RECENT, &[limit.into()]).await?.iter().map(read).collect()
}

/// How many acts are in which state.
pub async fn count_by_state(session: &mut Session) -> Result<Vec<(ActState, i64)>, BooksError> {
    let rows = session.rows(&COUNT_BY_STATE, &[]).await?;
    rows.iter().map(|row| Ok((row.word(0, ActState::parse)?, row.int(1)?))).collect()
}

fn read(row: &Row) -> Result<ClaimedAct, BooksError> {
    Ok(ClaimedAct {
        id: ActId(row.int(0)?),
        effect_key: row.text(1)?,
        kind: row.text(2)?,
        message: row.opt_int(3)?.map(MessageRow),
        thread: row.opt_int(4)?.map(ThreadId),
        account: AccountId(row.int(5)?),
        payload: row.text(6)?,
        why: row.text(7)?,
        attempts: row.int(8)?,
        due_at: row.moment(9)?,
        claimed_by: row.text(10)?,
        faults: row.int(11)?,
    })
}
