//! What was learned of the lessons, as the program wrote it; the newest counts, and a few older ones stay to go back to.

use super::statement::Row;
use super::{BooksError, Session};
use crate::types::Moment;

/// Models kept.
const KEPT: usize = 3;
/// More than this are never there: each that is added takes the oldest away.
const LISTED_MAX: i64 = 64;

/// What is known of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub id: i64,
    /// How the bytes are to be read.
    pub version: i64,
    pub trained_at: Moment,
    /// How many lessons there were.
    pub lessons: i64,
}

/// What was learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub head: Head,
    pub bytes: Vec<u8>,
}

statements! { STATEMENTS;
    FIND_NEWEST(0) = "
SELECT id, version, trained_at, lessons, bytes
  FROM model
 WHERE trained_at >= 0
 ORDER BY trained_at DESC, id DESC
 LIMIT 1";

    FIND_NEWEST_HEAD(0) = "
SELECT id, version, trained_at, lessons
  FROM model
 WHERE trained_at >= 0
 ORDER BY trained_at DESC, id DESC
 LIMIT 1";

    LIST_IDS(1) = "
SELECT id
  FROM model
 WHERE trained_at >= 0
 ORDER BY trained_at DESC, id DESC
 LIMIT $1";

    ADD(5) = "
INSERT INTO model (id, version, trained_at, lessons, bytes)
VALUES ($1, $2, $3, $4, $5)";

    ERASE(1) = "
DELETE FROM model
 WHERE id = $1";
}

/// The model that counts.
pub async fn find_newest(session: &mut Session) -> Result<Option<Model>, BooksError> {
    session.row(&FIND_NEWEST, &[]).await?.as_ref().map(read).transpose()
}

/// Which model counts, without its bytes: whoever has it need not read it again.
pub async fn find_newest_head(session: &mut Session) -> Result<Option<Head>, BooksError> {
    session.row(&FIND_NEWEST_HEAD, &[]).await?.as_ref().map(read_head).transpose()
}

/// Adds a model, which counts from now on, and forgets the oldest ones.
pub async fn add(session: &mut Session, version: i64, trained_at: Moment, lessons: i64, bytes: &[u8]) -> Result<i64, BooksError> {
    let id = session.next_id().await?;
    session.run(&ADD, &[id.into(), version.into(), trained_at.into(), lessons.into(), bytes.into()]).await?;
    for older in list_ids(session).await?.into_iter().skip(KEPT) {
        session.run(&ERASE, &[older.into()]).await?;
    }
    Ok(id)
}

/// Forgets all models: what was learned of a lesson that is erased must not outlive it.
pub async fn erase_all(session: &mut Session) -> Result<(), BooksError> {
    for id in list_ids(session).await? {
        session.run(&ERASE, &[id.into()]).await?;
    }
    Ok(())
}

async fn list_ids(session: &mut Session) -> Result<Vec<i64>, BooksError> {
    session.rows(&LIST_IDS, &[LISTED_MAX.into()]).await?.iter().map(|row| row.int(0)).collect()
}

fn read(row: &Row) -> Result<Model, BooksError> {
    Ok(Model { head: read_head(row)?, bytes: row.blob(4)? })
}

fn read_head(row: &Row) -> Result<Head, BooksError> {
    Ok(Head { id: row.int(0)?, version: row.int(1)?, trained_at: row.moment(2)?, lessons: row.int(3)? })
}
