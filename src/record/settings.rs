//! Switches that outlive a run.

use super::{BooksError, Session};

/// While this is set, no act is claimed (`acts::claim_due`).
const PAUSED: &str = "paused";

statements! { STATEMENTS;
    FIND(1) = "
SELECT value
  FROM setting
 WHERE key = $1";

    MARK(2) = "
INSERT INTO setting (key, value)
VALUES ($1, $2)
ON CONFLICT (key) DO UPDATE
   SET value = excluded.value";

    ERASE(1) = "
DELETE FROM setting
 WHERE key = $1";
}

/// A switch's value.
pub async fn find(session: &mut Session, key: &str) -> Result<Option<String>, BooksError> {
    session.row(&FIND, &[key.into()]).await?.map(|row| row.text(0)).transpose()
}

/// Sets a switch.
pub async fn mark(session: &mut Session, key: &str, value: &str) -> Result<(), BooksError> {
    session.run(&MARK, &[key.into(), value.into()]).await.map(|_| ())
}

/// Removes a switch.
pub async fn erase(session: &mut Session, key: &str) -> Result<(), BooksError> {
    session.run(&ERASE, &[key.into()]).await.map(|_| ())
}

/// Stops or starts every claim, from the next one on. The reason is shown by `status`.
pub async fn mark_paused(session: &mut Session, why: Option<&str>) -> Result<(), BooksError> {
    match why {
        Some(why) => mark(session, PAUSED, why).await,
        None => erase(session, PAUSED).await,
    }
}

/// Why nothing is claimed now; `None` when work goes on.
pub async fn find_paused(session: &mut Session) -> Result<Option<String>, BooksError> {
    find(session, PAUSED).await
}
