//! Large parts of mail: which files hold them, and where in the mail they belong.

use super::statement::{Row, Value};
use super::{BooksError, Session};
use crate::parse::carve::Leaf;
use crate::types::MessageRow;
use std::collections::HashSet;

/// Hashes asked for at a time.
const PAGE_LEN: i64 = 10_000;

statements! { STATEMENTS;
    LIST_OF_MESSAGE(1) = "
SELECT at, len, sha256, decoded, broken
  FROM leaf
 WHERE message_id = $1
 ORDER BY number";

    LIST_OF_QUARANTINED(1) = "
SELECT at, len, sha256, decoded, broken
  FROM quarantine_leaf
 WHERE quarantine_id = $1
 ORDER BY number";

    /// After a hash, so that they can be asked for in pages.
    LIST_NAMED(2) = "
SELECT sha256
  FROM leaf
 WHERE sha256 > $1
 GROUP BY sha256
 ORDER BY sha256
 LIMIT $2";

    LIST_NAMED_BY_QUARANTINE(2) = "
SELECT sha256
  FROM quarantine_leaf
 WHERE sha256 > $1
 GROUP BY sha256
 ORDER BY sha256
 LIMIT $2";

    ADD(7) = "
INSERT INTO leaf (message_id, number, at, len, sha256, decoded, broken)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (message_id, number) DO NOTHING";

    ADD_OF_QUARANTINED(7) = "
INSERT INTO quarantine_leaf (quarantine_id, number, at, len, sha256, decoded, broken)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (quarantine_id, number) DO NOTHING";
}

/// A message's leaves, by where they belong. They are erased with it; their files go when nobody names them any more.
pub async fn list_of_message(session: &mut Session, message: MessageRow) -> Result<Vec<Leaf>, BooksError> {
    session.rows(&LIST_OF_MESSAGE, &[message.into()]).await?.iter().map(read).collect()
}

/// The leaves of a mail in quarantine, by where they belong.
pub async fn list_of_quarantined(session: &mut Session, id: i64) -> Result<Vec<Leaf>, BooksError> {
    session.rows(&LIST_OF_QUARANTINED, &[id.into()]).await?.iter().map(read).collect()
}

/// The hashes of all files that some mail names.
pub async fn list_named(session: &mut Session) -> Result<HashSet<[u8; 32]>, BooksError> {
    let mut named = HashSet::new();
    for statement in [&LIST_NAMED, &LIST_NAMED_BY_QUARANTINE] {
        let mut after: Vec<u8> = Vec::new();
        loop {
            let rows = session.rows(statement, &[after.as_slice().into(), PAGE_LEN.into()]).await?;
            let Some(last) = rows.last() else { break };
            after = last.blob(0)?;
            for row in &rows {
                named.insert(sha256(row, 0)?);
            }
        }
    }
    Ok(named)
}

/// Records a message's leaves; the first ones stay. Their files must be safe on the disk before.
pub async fn add_all(session: &mut Session, message: MessageRow, leaves: &[Leaf]) -> Result<(), BooksError> {
    for (number, leaf) in (0_i64..).zip(leaves) {
        session.run(&ADD, &values(message.into(), number, leaf)).await?;
    }
    Ok(())
}

/// The same for a mail in quarantine.
pub(super) async fn add_all_of_quarantined(session: &mut Session, id: i64, leaves: &[Leaf]) -> Result<(), BooksError> {
    for (number, leaf) in (0_i64..).zip(leaves) {
        session.run(&ADD_OF_QUARANTINED, &values(id.into(), number, leaf)).await?;
    }
    Ok(())
}

fn values<'v>(of: Value<'v>, number: i64, leaf: &'v Leaf) -> [Value<'v>; 7] {
    let int = |n: u64| i64::try_from(n).unwrap_or(i64::MAX).into();
    [of, number.into(), int(leaf.at), int(leaf.len), leaf.sha256.as_slice().into(), int(leaf.decoded), leaf.broken.into()]
}

fn read(row: &Row) -> Result<Leaf, BooksError> {
    let int = |column: usize| -> Result<u64, BooksError> { Ok(u64::try_from(row.int(column)?).unwrap_or(u64::MAX)) };
    Ok(Leaf { at: int(0)?, len: int(1)?, sha256: sha256(row, 2)?, decoded: int(3)?, broken: row.flag(4)? })
}

fn sha256(row: &Row, column: usize) -> Result<[u8; 32], BooksError> {
    let problem = || BooksError::RawMail { problem: "the hash of one of its files is not of the right length".to_owned() };
    row.blob(column)?.try_into().map_err(|_| problem())
}
