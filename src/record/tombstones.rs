//! What was erased and must not come back: hashes only, never the thing itself.

use super::{BooksError, Session};
use crate::types::Moment;

statements! { STATEMENTS;
    FIND(1) = "
SELECT at
  FROM tombstone
 WHERE hash = $1";

    /// Of messages alone: those of addresses are asked for one by one.
    ANY_MESSAGE(0) = "
SELECT at
  FROM tombstone
 WHERE kind = 'message'
 LIMIT 1";

    ADD(3) = "
INSERT INTO tombstone (hash, kind, at)
VALUES ($1, $2, $3)
ON CONFLICT (hash) DO NOTHING";
}

/// Whether something of that hash was erased.
pub async fn find(session: &mut Session, hash: &[u8; 32]) -> Result<bool, BooksError> {
    Ok(session.row(&FIND, &[hash.as_slice().into()]).await?.is_some())
}

/// Whether any message was erased: most houses never erased one, and need not ask of each mail.
pub async fn has_messages(session: &mut Session) -> Result<bool, BooksError> {
    Ok(session.row(&ANY_MESSAGE, &[]).await?.is_some())
}

/// Something of that hash was erased. `kind` says what it was: `message`, `address`.
pub async fn add(session: &mut Session, hash: &[u8; 32], kind: &str, at: Moment) -> Result<(), BooksError> {
    session.run(&ADD, &[hash.as_slice().into(), kind.into(), at.into()]).await.map(|_| ())
}
