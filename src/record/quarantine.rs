//! Mail that could not be handled, kept whole.

use super::statement::{Row, Value};
use super::{BooksError, RawMail, Session};
use crate::parse::carve::Leaf;
use crate::types::{AccountId, FolderId, Moment};

/// A mail in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    pub id: i64,
    pub account: AccountId,
    pub folder: FolderId,
    /// Below zero when other mail lies at its place by now.
    pub uidvalidity: i64,
    pub place: String,
    pub reason: String,
    pub at: Moment,
    /// Bytes of the mail, which [`find_raw`] gives.
    pub size: i64,
}

/// A mail to set aside.
#[derive(Debug, Clone, Copy)]
pub struct NewQuarantine<'a> {
    pub account: AccountId,
    pub folder: FolderId,
    pub uidvalidity: i64,
    pub place: &'a str,
    pub reason: &'a str,
    pub at: Moment,
    pub raw: &'a RawMail,
    /// What was taken out of those bytes.
    pub leaves: &'a [Leaf],
}

statements! { STATEMENTS;
    ADD(9) = "
INSERT INTO quarantine (id, account_id, folder_id, uidvalidity, place, reason, at, size, zstd)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (account_id, folder_id, uidvalidity, place) DO NOTHING";

    LIST(1) = "
SELECT id, account_id, folder_id, uidvalidity, place, reason, at, size
  FROM quarantine
 ORDER BY id DESC
 LIMIT $1";

    FIND_RAW(1) = "
SELECT size, zstd
  FROM quarantine
 WHERE id = $1";

    ERASE_UNFETCHED(4) = "
DELETE FROM quarantine
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
   AND place = $4
   AND size = 0
   AND reason <> 'erased'";

    /// It was gone, and is there again.
    MARK_BACK(6) = "
UPDATE quarantine
   SET gone_at = NULL
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
   AND place = $4
   AND size = $5
   AND zstd = $6";

    /// Another mail lies at its place now: no UIDVALIDITY is below zero.
    MARK_DISPLACED(4) = "
UPDATE quarantine
   SET uidvalidity = -id
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
   AND place = $4
   AND gone_at IS NOT NULL";

    COUNT(0) = "
SELECT COUNT(*)
  FROM quarantine";
}

/// Sets a mail aside; `false` when it was set aside there before. What lay at its place earlier, and is gone, keeps its bytes.
pub async fn add(session: &mut Session, new: &NewQuarantine<'_>) -> Result<bool, BooksError> {
    if new.raw.size > 0 {
        // What came now is more than nothing.
        erase_unfetched(session, new.account, new.folder, new.uidvalidity, new.place).await?;
    }
    let place: [Value<'_>; 4] = [new.account.into(), new.folder.into(), new.uidvalidity.into(), new.place.into()];
    let bytes: [Value<'_>; 2] = [new.raw.size.into(), new.raw.zstd.as_slice().into()];
    if session.run(&MARK_BACK, &[place.as_slice(), &bytes].concat()).await? > 0 {
        return Ok(false);
    }
    session.run(&MARK_DISPLACED, &place).await?;
    let id = session.next_id().await?;
    let values = [&[id.into()], place.as_slice(), &[new.reason.into(), new.at.into()], &bytes].concat();
    let is_new = session.run(&ADD, &values).await? > 0;
    if is_new {
        super::leaves::add_all_of_quarantined(session, id, new.leaves).await?;
    }
    Ok(is_new)
}

/// The mails set aside last, newest first.
pub async fn list(session: &mut Session, limit: i64) -> Result<Vec<Quarantined>, BooksError> {
    session.rows(&LIST, &[limit.into()]).await?.iter().map(read).collect()
}

/// The bytes of a mail in quarantine.
pub async fn find_raw(session: &mut Session, id: i64) -> Result<Option<RawMail>, BooksError> {
    let row = session.row(&FIND_RAW, &[id.into()]).await?;
    row.map(|row| Ok(RawMail { size: row.int(0)?, zstd: row.blob(1)? })).transpose()
}

/// A mail of which nothing came before has come after all.
pub async fn erase_unfetched(
    session: &mut Session,
    account: AccountId,
    folder: FolderId,
    uidvalidity: i64,
    place: &str,
) -> Result<(), BooksError> {
    session.run(&ERASE_UNFETCHED, &[account.into(), folder.into(), uidvalidity.into(), place.into()]).await.map(|_| ())
}

/// How many mails are set aside.
pub async fn count(session: &mut Session) -> Result<i64, BooksError> {
    session.row(&COUNT, &[]).await?.map_or(Ok(0), |row| row.int(0))
}

fn read(row: &Row) -> Result<Quarantined, BooksError> {
    Ok(Quarantined {
        id: row.int(0)?,
        account: AccountId(row.int(1)?),
        folder: FolderId(row.int(2)?),
        uidvalidity: row.int(3)?,
        place: row.text(4)?,
        reason: row.text(5)?,
        at: row.moment(6)?,
        size: row.int(7)?,
    })
}
