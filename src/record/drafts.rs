//! Drafts we placed into members' mailboxes.

use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{AccountId, ActId, DraftId, FolderId, MessageId, MessageRow, Moment, ThreadId};

/// Whose a draft is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DraftState {
    /// It lies there as we wrote it.
    Ours,
    /// A person edited, flagged or sent it; theirs for good.
    Persons,
    /// It lies there no longer, and we did not take it away.
    Gone,
    /// We took it away.
    Withdrawn,
}

/// A draft as the books know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub id: DraftId,
    pub thread: ThreadId,
    pub act: Option<ActId>,
    pub account: AccountId,
    pub folder: FolderId,
    pub uidvalidity: i64,
    /// Its UID or Maildir base name.
    pub place: String,
    pub message_id: MessageId,
    /// SHA-256 of what we wrote.
    pub content_hash: [u8; 32],
    pub size: i64,
    pub answers: Option<MessageRow>,
    pub state: DraftState,
    pub placed_at: Moment,
    pub changed_at: Moment,
}

/// A draft just placed.
#[derive(Debug, Clone, Copy)]
pub struct NewDraft<'a> {
    pub thread: ThreadId,
    pub act: Option<ActId>,
    pub account: AccountId,
    pub folder: FolderId,
    pub uidvalidity: i64,
    pub place: &'a str,
    pub message_id: &'a MessageId,
    pub content_hash: &'a [u8; 32],
    pub size: i64,
    pub answers: Option<MessageRow>,
    pub placed_at: Moment,
}

impl DraftState {
    /// All states.
    pub const ALL: [DraftState; 4] = [DraftState::Ours, DraftState::Persons, DraftState::Gone, DraftState::Withdrawn];

    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            DraftState::Ours => "ours",
            DraftState::Persons => "persons",
            DraftState::Gone => "gone",
            DraftState::Withdrawn => "withdrawn",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

statements! { STATEMENTS;
    FIND_OURS(1) = "
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at
  FROM draft
 WHERE thread_id = $1
   AND state = 'ours'";

    FIND_BY_HEADER_ID(1) = "
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at
  FROM draft
 WHERE message_id_header = $1";

    LIST_OPEN(1) = "
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at
  FROM draft
 WHERE account_id = $1
   AND state = 'ours'
 ORDER BY id";

    LIST_OF_THREAD(1) = "
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at
  FROM draft
 WHERE thread_id = $1
 ORDER BY id";

    LIST_RECENT(1) = "
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at
  FROM draft
 ORDER BY id DESC
 LIMIT $1";

    COUNT_BY_STATE(0) = "
SELECT state, COUNT(*)
  FROM draft
 GROUP BY state
 ORDER BY state";

    ADD(12) = "
INSERT INTO draft (id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, placed_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)";

    /// A draft that is no longer ours never becomes ours again.
    MARK_CONTENT(3) = "
UPDATE draft
   SET content_hash = $2, size = $3
 WHERE id = $1
   AND state = 'ours'";

    MARK_STATE(3) = "
UPDATE draft
   SET state = $2, changed_at = $3
 WHERE id = $1
   AND state = 'ours'";
}

/// The draft of ours that lies in the mailbox for a thread; there is never more than one.
pub async fn find_ours(session: &mut Session, thread: ThreadId) -> Result<Option<Draft>, BooksError> {
    session.row(&FIND_OURS, &[thread.into()]).await?.as_ref().map(read).transpose()
}

/// The draft with that Message-ID.
pub async fn find_by_header_id(session: &mut Session, header_id: &MessageId) -> Result<Option<Draft>, BooksError> {
    session.row(&FIND_BY_HEADER_ID, &[header_id.as_str().into()]).await?.as_ref().map(read).transpose()
}

/// Drafts of ours in an account.
pub async fn list_open(session: &mut Session, account: AccountId) -> Result<Vec<Draft>, BooksError> {
    session.rows(&LIST_OPEN, &[account.into()]).await?.iter().map(read).collect()
}

/// Every draft ever placed for a thread.
pub async fn list_of_thread(session: &mut Session, thread: ThreadId) -> Result<Vec<Draft>, BooksError> {
    session.rows(&LIST_OF_THREAD, &[thread.into()]).await?.iter().map(read).collect()
}

/// The newest drafts.
pub async fn list_recent(session: &mut Session, limit: i64) -> Result<Vec<Draft>, BooksError> {
    session.rows(&LIST_RECENT, &[limit.into()]).await?.iter().map(read).collect()
}

/// How many drafts are whose.
pub async fn count_by_state(session: &mut Session) -> Result<Vec<(DraftState, i64)>, BooksError> {
    let rows = session.rows(&COUNT_BY_STATE, &[]).await?;
    rows.iter().map(|row| Ok((row.word(0, DraftState::parse)?, row.int(1)?))).collect()
}

/// A draft was placed. Fails when the thread has one of ours already: that one is to be withdrawn first.
pub async fn add(session: &mut Session, new: &NewDraft<'_>) -> Result<DraftId, BooksError> {
    let id = DraftId(session.next_id().await?);
    let values = [
        id.into(),
        new.thread.into(),
        new.act.into(),
        new.account.into(),
        new.folder.into(),
        new.uidvalidity.into(),
        new.place.into(),
        new.message_id.as_str().into(),
        new.content_hash.as_slice().into(),
        new.size.into(),
        new.answers.into(),
        new.placed_at.into(),
    ];
    session.run(&ADD, &values).await?;
    Ok(id)
}

/// A draft that was not delivered yet is now this one. `size` is in bytes.
pub async fn mark_content(session: &mut Session, id: DraftId, content_hash: &[u8; 32], size: usize) -> Result<bool, BooksError> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    Ok(session.run(&MARK_CONTENT, &[id.into(), content_hash.as_slice().into(), size.into()]).await? > 0)
}

/// A draft of ours is no longer ours; `false` when it was not ours before.
pub async fn mark_state(session: &mut Session, id: DraftId, state: DraftState, at: Moment) -> Result<bool, BooksError> {
    Ok(session.run(&MARK_STATE, &[id.into(), state.name().into(), at.into()]).await? > 0)
}

fn read(row: &Row) -> Result<Draft, BooksError> {
    Ok(Draft {
        id: DraftId(row.int(0)?),
        thread: ThreadId(row.int(1)?),
        act: row.opt_int(2)?.map(ActId),
        account: AccountId(row.int(3)?),
        folder: FolderId(row.int(4)?),
        uidvalidity: row.int(5)?,
        place: row.text(6)?,
        message_id: row.word(7, MessageId::parse)?,
        content_hash: row.hash(8)?,
        size: row.int(9)?,
        answers: row.opt_int(10)?.map(MessageRow),
        state: row.word(11, DraftState::parse)?,
        placed_at: row.moment(12)?,
        changed_at: row.moment(13)?,
    })
}
