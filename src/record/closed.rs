//! Folders that their server does not let us look into. What lies there is unknown, and somebody is to be told.

use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{AccountId, FolderId, Moment};

/// A folder that cannot be looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedFolder {
    pub folder: FolderId,
    /// The name as the server writes it.
    pub wire_name: String,
    pub since: Moment,
    /// When it was tried last.
    pub tried_at: Moment,
    /// Trying it ends the connection.
    pub cuts: bool,
    /// What happened, for `status`: an error's kind, never a server's words.
    pub detail: String,
}

/// A try that failed.
#[derive(Debug, Clone, Copy)]
pub struct FailedTry<'a> {
    pub account: AccountId,
    pub folder: FolderId,
    pub cuts: bool,
    pub detail: &'a str,
    pub at: Moment,
}

statements! { STATEMENTS;
    MARK(5) = "
INSERT INTO closed_folder (folder_id, account_id, since, tried_at, cuts, detail)
VALUES ($1, $2, $3, $3, $4, $5)
ON CONFLICT (folder_id) DO UPDATE
   SET tried_at = excluded.tried_at, cuts = excluded.cuts, detail = excluded.detail";

    ERASE(1) = "
DELETE FROM closed_folder
 WHERE folder_id = $1";

    FIND(1) = "
SELECT closed_folder.folder_id, folder.wire_name, closed_folder.since, closed_folder.tried_at, closed_folder.cuts, closed_folder.detail
  FROM closed_folder
  JOIN folder ON folder.id = closed_folder.folder_id
 WHERE closed_folder.folder_id = $1";

    LIST(1) = "
SELECT closed_folder.folder_id, folder.wire_name, closed_folder.since, closed_folder.tried_at, closed_folder.cuts, closed_folder.detail
  FROM closed_folder
  JOIN folder ON folder.id = closed_folder.folder_id
 WHERE closed_folder.account_id = $1
 ORDER BY folder.wire_name";
}

/// The folder could not be looked into, for the first time or once more.
pub async fn mark(session: &mut Session, tried: &FailedTry<'_>) -> Result<(), BooksError> {
    let values = [tried.folder.into(), tried.account.into(), tried.at.into(), tried.cuts.into(), tried.detail.into()];
    session.run(&MARK, &values).await.map(|_| ())
}

/// It can be looked into again, or is no longer to be; `false` when it was not closed.
pub async fn erase(session: &mut Session, folder: FolderId) -> Result<bool, BooksError> {
    Ok(session.run(&ERASE, &[folder.into()]).await? > 0)
}

/// The folder, when it is closed.
pub async fn find(session: &mut Session, folder: FolderId) -> Result<Option<ClosedFolder>, BooksError> {
    session.row(&FIND, &[folder.into()]).await?.as_ref().map(read).transpose()
}

/// An account's closed folders by name.
pub async fn list(session: &mut Session, account: AccountId) -> Result<Vec<ClosedFolder>, BooksError> {
    session.rows(&LIST, &[account.into()]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<ClosedFolder, BooksError> {
    Ok(ClosedFolder {
        folder: FolderId(row.int(0)?),
        wire_name: row.text(1)?,
        since: row.moment(2)?,
        tried_at: row.moment(3)?,
        cuts: row.flag(4)?,
        detail: row.text(5)?,
    })
}
