//! Mail that is known to lie there and of which nothing is kept: private mail, and mail that was erased.

use super::{BooksError, Session};
use crate::types::{AccountId, FolderId};

statements! { STATEMENTS;
    ADD(4) = "
INSERT INTO passed_place (account_id, folder_id, uidvalidity, place)
VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id, folder_id, uidvalidity, place) DO NOTHING";

    LIST_PLACES(3) = "
SELECT place
  FROM passed_place
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
 ORDER BY place";
}

/// Notes that this mail is to be passed over, so that it is not fetched again.
pub async fn add(session: &mut Session, account: AccountId, folder: FolderId, uidvalidity: i64, place: &str) -> Result<(), BooksError> {
    session.run(&ADD, &[account.into(), folder.into(), uidvalidity.into(), place.into()]).await.map(|_| ())
}

/// The places of a folder that are passed over.
pub async fn list_places(session: &mut Session, account: AccountId, folder: FolderId, uidvalidity: i64) -> Result<Vec<String>, BooksError> {
    let rows = session.rows(&LIST_PLACES, &[account.into(), folder.into(), uidvalidity.into()]).await?;
    rows.iter().map(|row| row.text(0)).collect()
}
