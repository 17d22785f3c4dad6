//! Who holds what until when, on books that several daemons share. Moments come from the database's clock, because daemons' clocks
//! differ.
//!
//! A daemon has a lease of its own that says it lives, and one for each mailbox it looks after; the duties that are no mailbox's go with
//! one more. Whatever is written under a lease is fenced by its epoch ([`super::Books::fenced`]): a daemon that slept through a lease
//! which another took meanwhile writes nothing under it any more.

use super::dialect::POSTGRES_CLOCK;
use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{AccountId, Moment};

/// The lease of the duties that are no mailbox's.
pub const DUTIES: &str = "duties";
/// What the names of daemons' own leases begin with.
const DAEMON: &str = "daemon:";

/// A lease as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub name: String,
    pub owner: String,
    /// Rises with every taking; a holder of an older epoch has lost it.
    pub epoch: i64,
    pub until: Moment,
}

/// A lease as its holder knows it: what is written under it lasts only while nobody else has taken it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    pub name: String,
    pub epoch: i64,
}

statements! { STATEMENTS;
    FIND(1) = "
SELECT name, owner, epoch, until_ms
  FROM lease
 WHERE name = $1";

    LIST(0) = "
SELECT name, owner, epoch, until_ms
  FROM lease
 ORDER BY name";

    /// The same owner may take it again at once: after a crash it comes back under its old name.
    TAKE(4) = "
INSERT INTO lease (name, owner, epoch, until_ms)
VALUES ($1, $2, 1, $3)
ON CONFLICT (name) DO UPDATE
   SET owner = excluded.owner, epoch = lease.epoch + 1, until_ms = excluded.until_ms
 WHERE lease.until_ms < $4
    OR lease.owner = excluded.owner
RETURNING epoch";

    /// One that ended and was taken by nobody is still its owner's; one that was given back is not.
    RENEW_ALL(2) = "
UPDATE lease
   SET until_ms = $2
 WHERE owner = $1
   AND until_ms > 0
RETURNING name, owner, epoch, until_ms";

    /// The row stays, so that the epoch goes on rising.
    RELEASE(3) = "
UPDATE lease
   SET until_ms = 0
 WHERE name = $1
   AND owner = $2
   AND epoch = $3";

    RELEASE_ALL(1) = "
UPDATE lease
   SET until_ms = 0
 WHERE owner = $1";
}

/// The name of a mailbox's lease.
pub fn mailbox(account: AccountId) -> String {
    format!("mailbox:{account}")
}

/// The name of the lease by which a daemon says that it lives.
pub fn daemon(owner: &str) -> String {
    format!("{DAEMON}{owner}")
}

/// Who lives at that moment, by name.
pub fn living(leases: &[Lease], now: Moment) -> impl Iterator<Item = &str> {
    leases.iter().filter(move |lease| lease.name.starts_with(DAEMON) && lease.until > now).map(|lease| lease.owner.as_str())
}

/// What time it is for leases. Only where books are shared, on PostgreSQL.
pub async fn now(session: &mut Session) -> Result<Moment, BooksError> {
    let row = session.row(&POSTGRES_CLOCK, &[]).await?;
    row.map(|row| row.moment(0)).transpose()?.ok_or(BooksError::Unreadable {
        statement: POSTGRES_CLOCK.name,
        column: 0,
        problem: "the server told no time".to_owned(),
    })
}

/// The lease of that name.
pub async fn find(session: &mut Session, name: &str) -> Result<Option<Lease>, BooksError> {
    session.row(&FIND, &[name.into()]).await?.as_ref().map(read).transpose()
}

/// All leases by name, also those that ended: a few for each daemon and mailbox there ever was.
pub async fn list(session: &mut Session) -> Result<Vec<Lease>, BooksError> {
    session.rows(&LIST, &[]).await?.iter().map(read).collect()
}

/// Takes a lease that is free, ended or already the owner's; its new epoch, or `None` while another holds it.
pub async fn take(session: &mut Session, name: &str, owner: &str, now: Moment, until: Moment) -> Result<Option<i64>, BooksError> {
    session.row(&TAKE, &[name.into(), owner.into(), until.into(), now.into()]).await?.map(|row| row.int(0)).transpose()
}

/// Prolongs everything the owner holds; what that is.
pub async fn renew_all(session: &mut Session, owner: &str, until: Moment) -> Result<Vec<Lease>, BooksError> {
    session.rows(&RENEW_ALL, &[owner.into(), until.into()]).await?.iter().map(read).collect()
}

/// Gives a lease back; nothing happens when it was lost.
pub async fn release(session: &mut Session, owner: &str, held: &Fence) -> Result<(), BooksError> {
    session.run(&RELEASE, &[held.name.as_str().into(), owner.into(), held.epoch.into()]).await.map(|_| ())
}

/// Gives back everything the owner holds.
pub async fn release_all(session: &mut Session, owner: &str) -> Result<(), BooksError> {
    session.run(&RELEASE_ALL, &[owner.into()]).await.map(|_| ())
}

fn read(row: &Row) -> Result<Lease, BooksError> {
    Ok(Lease { name: row.text(0)?, owner: row.text(1)?, epoch: row.int(2)?, until: row.moment(3)? })
}
