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
