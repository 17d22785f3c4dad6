//! Who holds what until when. Moments come from the database's clock, because daemons' clocks differ.

use super::{BooksError, Session};
use crate::types::Moment;

/// A lease as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub owner: String,
    /// Rises with every taking; a holder of an older epoch has lost it.
    pub epoch: i64,
    pub until: Moment,
}

statements! { STATEMENTS;
    FIND(1) = "
SELECT owner, epoch, until_ms
  FROM lease
 WHERE name = $1";

    /// The same owner may take it again at once: after a crash it comes back under its old name.
    TAKE(4) = "
INSERT INTO lease (name, owner, epoch, until_ms)
VALUES ($1, $2, 1, $3)
ON CONFLICT (name) DO UPDATE
   SET owner = excluded.owner, epoch = lease.epoch + 1, until_ms = excluded.until_ms
 WHERE lease.until_ms < $4
    OR lease.owner = excluded.owner
RETURNING epoch";

    RENEW(4) = "
UPDATE lease
   SET until_ms = $4
 WHERE name = $1
   AND owner = $2
   AND epoch = $3";

    /// The row stays, so that the epoch goes on rising.
    RELEASE(3) = "
UPDATE lease
   SET until_ms = 0
 WHERE name = $1
   AND owner = $2
   AND epoch = $3";
}

/// The lease of that name.
pub async fn find(session: &mut Session, name: &str) -> Result<Option<Lease>, BooksError> {
    let row = session.row(&FIND, &[name.into()]).await?;
    row.map(|row| Ok(Lease { owner: row.text(0)?, epoch: row.int(1)?, until: row.moment(2)? })).transpose()
}

/// Takes a lease that is free, ended or already the owner's; its new epoch, or `None` while another holds it.
pub async fn take(session: &mut Session, name: &str, owner: &str, now: Moment, until: Moment) -> Result<Option<i64>, BooksError> {
    session.row(&TAKE, &[name.into(), owner.into(), until.into(), now.into()]).await?.map(|row| row.int(0)).transpose()
}

/// Prolongs a lease; `false` when it was lost.
pub async fn renew(session: &mut Session, name: &str, owner: &str, epoch: i64, until: Moment) -> Result<bool, BooksError> {
    Ok(session.run(&RENEW, &[name.into(), owner.into(), epoch.into(), until.into()]).await? > 0)
}

/// Gives a lease back; nothing happens when it was lost.
pub async fn release(session: &mut Session, name: &str, owner: &str, epoch: i64) -> Result<(), BooksError> {
    session.run(&RELEASE, &[name.into(), owner.into(), epoch.into()]).await.map(|_| ())
}
