//! Where messages lie. A message is one, however many folders hold it.

use super::folders::FolderRole;
use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{AccountId, FolderId, MessageRow, Moment};

/// A place of a message: an IMAP UID in decimal below its UIDVALIDITY, or a Maildir base name below 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    pub account: AccountId,
    pub folder: FolderId,
    pub uidvalidity: i64,
    pub place: String,
    pub message: MessageRow,
    pub seen_at: Moment,
    /// Since when it lies there no longer.
    pub gone_at: Option<Moment>,
}

/// A message found somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPlacement<'a> {
    pub account: AccountId,
    pub folder: FolderId,
    pub uidvalidity: i64,
    pub place: &'a str,
    pub message: MessageRow,
    pub seen_at: Moment,
}

statements! { STATEMENTS;
    FIND(4) = "
SELECT account_id, folder_id, uidvalidity, place, message_id, seen_at, gone_at
  FROM placement
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
   AND place = $4";

    LIST_OF_MESSAGE(1) = "
SELECT account_id, folder_id, uidvalidity, place, message_id, seen_at, gone_at
  FROM placement
 WHERE message_id = $1
   AND gone_at IS NULL
 ORDER BY account_id, folder_id, uidvalidity, place";

    /// Gone places count too; a message lies in few folders.
    LIST_SIGHTINGS(1) = "
SELECT account_id, (SELECT role FROM folder WHERE id = placement.folder_id)
  FROM placement
 WHERE message_id = $1
 ORDER BY account_id, folder_id, uidvalidity, place
 LIMIT 256";

    /// Gone places count too.
    LIST_FOLDERS(1) = "
SELECT account_id, folder_id, uidvalidity
  FROM placement
 WHERE message_id = $1
 ORDER BY account_id, folder_id, uidvalidity, place
 LIMIT 256";

    /// A Maildir name may come back after it was gone.
    ADD(6) = "
INSERT INTO placement (account_id, folder_id, uidvalidity, place, message_id, seen_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account_id, folder_id, uidvalidity, place) DO UPDATE
   SET message_id = excluded.message_id, seen_at = excluded.seen_at, gone_at = NULL";

    /// Mail that came while we watched: all of it, and what had left its folder soon after it was seen.
    COUNT_FLEETING(3) = "
SELECT COUNT(*), COUNT(CASE WHEN gone_at IS NOT NULL AND gone_at - seen_at < $3 THEN 1 END)
  FROM placement
 WHERE account_id = $1
   AND folder_id = $2";
}

/// How many mails a folder held in all, and how many left it within so many milliseconds of being seen.
pub async fn count_fleeting(session: &mut Session, account: AccountId, folder: FolderId, within_ms: i64) -> Result<(i64, i64), BooksError> {
    match session.row(&COUNT_FLEETING, &[account.into(), folder.into(), within_ms.into()]).await? {
        Some(row) => Ok((row.int(0)?, row.int(1)?)),
        None => Ok((0, 0)),
    }
}

/// What lay at a place last.
pub async fn find(
    session: &mut Session,
    account: AccountId,
    folder: FolderId,
    uidvalidity: i64,
    place: &str,
) -> Result<Option<Placement>, BooksError> {
    let row = session.row(&FIND, &[account.into(), folder.into(), uidvalidity.into(), place.into()]).await?;
    row.as_ref().map(read).transpose()
}

/// Everywhere a message lies now.
pub async fn list_of_message(session: &mut Session, message: MessageRow) -> Result<Vec<Placement>, BooksError> {
    session.rows(&LIST_OF_MESSAGE, &[message.into()]).await?.iter().map(read).collect()
}

/// In which accounts, and in folders of which role, a message ever lay.
pub async fn list_sightings(session: &mut Session, message: MessageRow) -> Result<Vec<(AccountId, FolderRole)>, BooksError> {
    let rows = session.rows(&LIST_SIGHTINGS, &[message.into()]).await?;
    rows.iter().map(|row| Ok((AccountId(row.int(0)?), row.word(1, FolderRole::parse)?))).collect()
}

/// In which folders, below which UIDVALIDITY, a message ever lay.
pub async fn list_folders(session: &mut Session, message: MessageRow) -> Result<Vec<(AccountId, FolderId, i64)>, BooksError> {
    let rows = session.rows(&LIST_FOLDERS, &[message.into()]).await?;
    rows.iter().map(|row| Ok((AccountId(row.int(0)?), FolderId(row.int(1)?), row.int(2)?))).collect()
}

/// A message lies there. A place known before now holds this message.
pub async fn add(session: &mut Session, new: &NewPlacement<'_>) -> Result<(), BooksError> {
    let values = [new.account.into(), new.folder.into(), new.uidvalidity.into(), new.place.into(), new.message.into(), new.seen_at.into()];
    session.run(&ADD, &values).await.map(|_| ())
}

fn read(row: &Row) -> Result<Placement, BooksError> {
    Ok(Placement {
        account: AccountId(row.int(0)?),
        folder: FolderId(row.int(1)?),
        uidvalidity: row.int(2)?,
        place: row.text(3)?,
        message: MessageRow(row.int(4)?),
        seen_at: row.moment(5)?,
        gone_at: row.opt_moment(6)?,
    })
}
