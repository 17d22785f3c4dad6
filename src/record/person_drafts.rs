//! Drafts that a person has in hand: written by hand, or ours until they were touched. Only what lies there now is kept.

use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{AccountId, DraftId, FolderId, Moment, ThreadId};

/// A person's draft as it lies in a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonDraft {
    pub account: AccountId,
    pub folder: FolderId,
    pub uidvalidity: i64,
    /// Its UID or Maildir base name.
    pub place: String,
    pub thread: ThreadId,
    /// The draft of ours that it was.
    pub draft: Option<DraftId>,
    pub seen_at: Moment,
}

statements! { STATEMENTS;
    FIND_OF_THREAD(1) = "
SELECT account_id, folder_id, uidvalidity, place, thread_id, draft_id, seen_at
  FROM person_draft
 WHERE thread_id = $1
 ORDER BY seen_at, account_id, place
 LIMIT 1";

    LIST_OF_FOLDER(2) = "
SELECT account_id, folder_id, uidvalidity, place, thread_id, draft_id, seen_at
  FROM person_draft
 WHERE account_id = $1
   AND folder_id = $2
 ORDER BY uidvalidity, place";

    /// Where the customer wrote after the draft was seen: nothing of ours was put beside it.
    LIST_WAITING(1) = "
SELECT account_id, folder_id, uidvalidity, place, thread_id, draft_id, seen_at
  FROM person_draft
 WHERE account_id = $1
   AND EXISTS (SELECT 1
                 FROM message
                WHERE thread_id = person_draft.thread_id
                  AND direction = 'in'
                  AND recorded_at > person_draft.seen_at)
 ORDER BY seen_at, place
 LIMIT 100";

    ADD(7) = "
INSERT INTO person_draft (account_id, folder_id, uidvalidity, place, thread_id, draft_id, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (account_id, folder_id, uidvalidity, place) DO NOTHING";

    ERASE(4) = "
DELETE FROM person_draft
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
   AND place = $4";
}

/// A draft that a person has in a thread, the oldest known.
pub async fn find_of_thread(session: &mut Session, thread: ThreadId) -> Result<Option<PersonDraft>, BooksError> {
    session.row(&FIND_OF_THREAD, &[thread.into()]).await?.as_ref().map(read).transpose()
}

/// Persons' drafts in a folder.
pub async fn list_of_folder(session: &mut Session, account: AccountId, folder: FolderId) -> Result<Vec<PersonDraft>, BooksError> {
    session.rows(&LIST_OF_FOLDER, &[account.into(), folder.into()]).await?.iter().map(read).collect()
}

/// Persons' drafts of an account whose customers have written since: they wait for their writers, for the daily mail.
pub async fn list_waiting(session: &mut Session, account: AccountId) -> Result<Vec<PersonDraft>, BooksError> {
    session.rows(&LIST_WAITING, &[account.into()]).await?.iter().map(read).collect()
}

/// A person's draft lies there; `false` when it was known.
pub async fn add(session: &mut Session, new: &PersonDraft) -> Result<bool, BooksError> {
    let values = [
        new.account.into(),
        new.folder.into(),
        new.uidvalidity.into(),
        new.place.as_str().into(),
        new.thread.into(),
        new.draft.into(),
        new.seen_at.into(),
    ];
    Ok(session.run(&ADD, &values).await? > 0)
}

/// It lies there no longer.
pub async fn erase(session: &mut Session, gone: &PersonDraft) -> Result<bool, BooksError> {
    let values = [gone.account.into(), gone.folder.into(), gone.uidvalidity.into(), gone.place.as_str().into()];
    Ok(session.run(&ERASE, &values).await? > 0)
}

fn read(row: &Row) -> Result<PersonDraft, BooksError> {
    Ok(PersonDraft {
        account: AccountId(row.int(0)?),
        folder: FolderId(row.int(1)?),
        uidvalidity: row.int(2)?,
        place: row.text(3)?,
        thread: ThreadId(row.int(4)?),
        draft: row.opt_int(5)?.map(DraftId),
        seen_at: row.moment(6)?,
    })
}
