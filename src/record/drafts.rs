//! Drafts we placed into members' mailboxes.

use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{AccountId, ActId, DraftId, FolderId, MessageId, MessageRow, Moment, ThreadId};

/// Whose a draft is, or what became of it. From `Ours` it goes to any other; a person's stays a person's until it is sent or gone; and
/// whatever the books say, a copy in Sent proves that it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DraftState {
    /// It lies there as we wrote it, or is about to.
    Ours,
    /// A person read, edited or flagged it; theirs for good.
    Persons,
    /// A person sent it, edited or not.
    Sent,
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
    /// Its UID or Maildir base name; empty until the mailbox has said that it lies there.
    pub place: String,
    pub message_id: MessageId,
    /// SHA-256 of what the mailbox gives back; of what we wrote as long as the place is empty.
    pub content_hash: [u8; 32],
    pub size: i64,
    pub answers: Option<MessageRow>,
    pub state: DraftState,
    pub placed_at: Moment,
    pub changed_at: Moment,
    /// Withdrawn, and still there with a mark that it is deleted: the server cannot remove one mail alone.
    pub lingers: bool,
    /// Its own words, without the mail quoted below.
    pub says: String,
    /// How often the mailbox was asked to take it and may have done so.
    pub puts: i64,
    /// When it was asked last.
    pub put_at: Moment,
    /// The mailbox has said that it took it, and has not shown it yet: it is looked for, and never put again.
    pub is_taken: bool,
}

/// A draft about to be put into a mailbox.
#[derive(Debug, Clone, Copy)]
pub struct NewDraft<'a> {
    pub thread: ThreadId,
    pub act: Option<ActId>,
    pub account: AccountId,
    pub folder: FolderId,
    pub message_id: &'a MessageId,
    /// SHA-256 of what we write.
    pub content_hash: &'a [u8; 32],
    pub size: u64,
    pub says: &'a str,
    pub answers: Option<MessageRow>,
    pub placed_at: Moment,
}

/// Where a draft lies, and as what the mailbox gives it back.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    pub folder: FolderId,
    pub uidvalidity: i64,
    pub place: &'a str,
    pub content_hash: &'a [u8; 32],
    pub size: u64,
}

impl DraftState {
    /// All states.
    pub const ALL: [DraftState; 5] = [DraftState::Ours, DraftState::Persons, DraftState::Sent, DraftState::Gone, DraftState::Withdrawn];

    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            DraftState::Ours => "ours",
            DraftState::Persons => "persons",
            DraftState::Sent => "sent",
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
       answers_message, state, placed_at, changed_at, lingers, says, puts, put_at, taken
  FROM draft
 WHERE thread_id = $1
   AND state = 'ours'";

    FIND_BY_HEADER_ID(1) = "
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at, lingers, says, puts, put_at, taken
  FROM draft
 WHERE message_id_header = $1";

    FIND_BY_ID(1) = "
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at, lingers, says, puts, put_at, taken
  FROM draft
 WHERE id = $1";

    LIST_OPEN(1) = "
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at, lingers, says, puts, put_at, taken
  FROM draft
 WHERE account_id = $1
   AND state IN ('ours', 'persons')
 ORDER BY id";

    LIST_LINGERING(2) = "
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at, lingers, says, puts, put_at, taken
  FROM draft
 WHERE account_id = $1
   AND state = 'withdrawn'
   AND folder_id = $2
   AND lingers = 1
 ORDER BY id";

    FIND_AT(4) = "
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at, lingers, says, puts, put_at, taken
  FROM draft
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
   AND place = $4
 ORDER BY id DESC
 LIMIT 1";

    LIST_OF_THREAD(1) = "
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at, lingers, says, puts, put_at, taken
  FROM draft
 WHERE thread_id = $1
 ORDER BY id";

    LIST_RECENT(1) = "
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at, lingers, says, puts, put_at, taken
  FROM draft
 ORDER BY id DESC
 LIMIT $1";

    COUNT_BY_STATE(0) = "
SELECT state, COUNT(*)
  FROM draft
 GROUP BY state
 ORDER BY state";

    ADD(11) = "
INSERT INTO draft (id, thread_id, act_id, account_id, folder_id, message_id_header, content_hash, size, says, answers_message,
       placed_at, changed_at, put_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $11)";

    MARK_PUT_AGAIN(5) = "
UPDATE draft
   SET content_hash = $2, size = $3, says = $4, puts = puts + 1, put_at = $5
 WHERE id = $1
   AND state = 'ours'";

    MARK_NOT_PUT(3) = "
UPDATE draft
   SET puts = $2, put_at = $3
 WHERE id = $1
   AND place = ''";

    MARK_TAKEN(1) = "
UPDATE draft
   SET taken = 1
 WHERE id = $1
   AND place = ''";

    MARK_PLACE(6) = "
UPDATE draft
   SET folder_id = $2, uidvalidity = $3, place = $4, content_hash = $5, size = $6, taken = 0
 WHERE id = $1
   AND state IN ('ours', 'persons')";

    /// A draft that is no longer ours never becomes ours again, and one that was sent stays sent.
    MARK_STATE(3) = "
UPDATE draft
   SET state = $2, changed_at = $3
 WHERE id = $1
   AND state <> $2
   AND (state = 'ours' OR $2 = 'sent' OR (state = 'persons' AND $2 = 'gone'))";

    MARK_LINGERING(2) = "
UPDATE draft
   SET lingers = $2
 WHERE id = $1
   AND state = 'withdrawn'";
}

/// The draft of ours that lies in the mailbox for a thread; there is never more than one.
pub async fn find_ours(session: &mut Session, thread: ThreadId) -> Result<Option<Draft>, BooksError> {
    session.row(&FIND_OURS, &[thread.into()]).await?.as_ref().map(read).transpose()
}

/// The draft with that Message-ID.
pub async fn find_by_header_id(session: &mut Session, header_id: &MessageId) -> Result<Option<Draft>, BooksError> {
    session.row(&FIND_BY_HEADER_ID, &[header_id.as_str().into()]).await?.as_ref().map(read).transpose()
}

/// The draft of that number.
pub async fn find_by_id(session: &mut Session, id: DraftId) -> Result<Option<Draft>, BooksError> {
    session.row(&FIND_BY_ID, &[id.into()]).await?.as_ref().map(read).transpose()
}

/// The draft that lay or lies at that place.
pub async fn find_at(
    session: &mut Session,
    account: AccountId,
    folder: FolderId,
    uidvalidity: i64,
    place: &str,
) -> Result<Option<Draft>, BooksError> {
    let values = [account.into(), folder.into(), uidvalidity.into(), place.into()];
    session.row(&FIND_AT, &values).await?.as_ref().map(read).transpose()
}

/// Drafts that lie in an account: ours, and those that were ours until a person touched them.
pub async fn list_open(session: &mut Session, account: AccountId) -> Result<Vec<Draft>, BooksError> {
    session.rows(&LIST_OPEN, &[account.into()]).await?.iter().map(read).collect()
}

/// Withdrawn drafts of a folder that still lay there, marked as deleted, when they were last seen.
pub async fn list_lingering(session: &mut Session, account: AccountId, folder: FolderId) -> Result<Vec<Draft>, BooksError> {
    session.rows(&LIST_LINGERING, &[account.into(), folder.into()]).await?.iter().map(read).collect()
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

/// A draft is about to be put into a mailbox. Fails when the thread has one of ours already: that one is to be withdrawn first.
pub async fn add(session: &mut Session, new: &NewDraft<'_>) -> Result<DraftId, BooksError> {
    let id = DraftId(session.next_id().await?);
    let values = [
        id.into(),
        new.thread.into(),
        new.act.into(),
        new.account.into(),
        new.folder.into(),
        new.message_id.as_str().into(),
        new.content_hash.as_slice().into(),
        bytes(new.size).into(),
        new.says.into(),
        new.answers.into(),
        new.placed_at.into(),
    ];
    session.run(&ADD, &values).await?;
    Ok(id)
}

/// A draft that nobody has seen is about to be put once more, in these words.
pub async fn mark_put_again(
    session: &mut Session,
    id: DraftId,
    content_hash: &[u8; 32],
    size: u64,
    says: &str,
    at: Moment,
) -> Result<bool, BooksError> {
    let values = [id.into(), content_hash.as_slice().into(), bytes(size).into(), says.into(), at.into()];
    Ok(session.run(&MARK_PUT_AGAIN, &values).await? > 0)
}

/// The mailbox was certainly not asked, or refused: so often it was asked before, and last at that moment.
pub async fn mark_not_put(session: &mut Session, id: DraftId, puts: i64, put_at: Moment) -> Result<bool, BooksError> {
    Ok(session.run(&MARK_NOT_PUT, &[id.into(), puts.into(), put_at.into()]).await? > 0)
}

/// The mailbox has said that it took the draft, and not where it lies.
pub async fn mark_taken(session: &mut Session, id: DraftId) -> Result<bool, BooksError> {
    Ok(session.run(&MARK_TAKEN, &[id.into()]).await? > 0)
}

/// The mailbox has said where the draft lies, for the first time or after it was counted anew.
pub async fn mark_place(session: &mut Session, id: DraftId, placed: &Placed<'_>) -> Result<bool, BooksError> {
    let values = [
        id.into(),
        placed.folder.into(),
        placed.uidvalidity.into(),
        placed.place.into(),
        placed.content_hash.as_slice().into(),
        bytes(placed.size).into(),
    ];
    Ok(session.run(&MARK_PLACE, &values).await? > 0)
}

/// What became of a draft; `false` when that way is not open to it.
pub async fn mark_state(session: &mut Session, id: DraftId, state: DraftState, at: Moment) -> Result<bool, BooksError> {
    Ok(session.run(&MARK_STATE, &[id.into(), state.name().into(), at.into()]).await? > 0)
}

/// Whether a withdrawn draft still lies there, marked as deleted.
pub async fn mark_lingering(session: &mut Session, id: DraftId, lingers: bool) -> Result<bool, BooksError> {
    Ok(session.run(&MARK_LINGERING, &[id.into(), i64::from(lingers).into()]).await? > 0)
}

fn bytes(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
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
        lingers: row.int(14)? != 0,
        says: row.text(15)?,
        puts: row.int(16)?,
        put_at: row.moment(17)?,
        is_taken: row.int(18)? != 0,
    })
}
