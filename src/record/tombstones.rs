//! What was erased and must not come back: hashes only, never the thing itself.

use super::{BooksError, Session};
use crate::types::Moment;

statements! { STATEMENTS;
    FIND(1) = "
SELECT at
  FROM tombstone
 WHERE hash = $1";

    /// Every hash is more than nothing.
    FIND_ANY(1) = "
SELECT at
  FROM tombstone
 WHERE hash > $1
 ORDER BY hash
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

/// Whether anything was erased: most houses never erased anything, and need not ask of each mail.
pub async fn has_any(session: &mut Session) -> Result<bool, BooksError> {
    Ok(session.row(&FIND_ANY, &[[].as_slice().into()]).await?.is_some())
}

/// Something of that hash was erased. `kind` says what it was: `message`, `address`.
pub async fn add(session: &mut Session, hash: &[u8; 32], kind: &str, at: Moment) -> Result<(), BooksError> {
    session.run(&ADD, &[hash.as_slice().into(), kind.into(), at.into()]).await.map(|_| ())
}
