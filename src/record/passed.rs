//! Mail that is known to lie there and of which nothing is kept: private mail, and mail that was erased.

use super::{BooksError, Session};
use crate::types::{AccountId, FolderId, Moment};

statements! { STATEMENTS;
    /// A Maildir name may come back after it was gone.
    ADD(5) = "
INSERT INTO passed_place (account_id, folder_id, uidvalidity, place, seen_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account_id, folder_id, uidvalidity, place) DO UPDATE
   SET seen_at = excluded.seen_at, gone_at = NULL";

    LIST_PLACES(3) = "
SELECT place
  FROM passed_place
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
   AND gone_at IS NULL
 ORDER BY place";

    MARK_GONE(5) = "
UPDATE passed_place
   SET gone_at = $5
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
   AND place = $4
   AND gone_at IS NULL";
}

/// Notes that this mail is to be passed over, so that it is not fetched again.
pub async fn add(
    session: &mut Session,
    account: AccountId,
    folder: FolderId,
    uidvalidity: i64,
    place: &str,
    at: Moment,
) -> Result<(), BooksError> {
    session.run(&ADD, &[account.into(), folder.into(), uidvalidity.into(), place.into(), at.into()]).await.map(|_| ())
}

/// Such mail lies there no longer.
pub async fn mark_gone(
    session: &mut Session,
    account: AccountId,
    folder: FolderId,
    uidvalidity: i64,
    places: &[&str],
    at: Moment,
) -> Result<(), BooksError> {
    for place in places {
        session.run(&MARK_GONE, &[account.into(), folder.into(), uidvalidity.into(), (*place).into(), at.into()]).await?;
    }
    Ok(())
}

/// The places of a folder that are passed over.
pub async fn list_places(session: &mut Session, account: AccountId, folder: FolderId, uidvalidity: i64) -> Result<Vec<String>, BooksError> {
    let rows = session.rows(&LIST_PLACES, &[account.into(), folder.into(), uidvalidity.into()]).await?;
    rows.iter().map(|row| row.text(0)).collect()
}
