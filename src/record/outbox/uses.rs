//! How many recipients were written to, by hours: what budgets are reckoned from. Fed by what left through us and by what people sent
//! themselves, in the transaction that records it.

use super::super::statement::Value;
use super::super::{BooksError, Session};
use super::steps::TOGETHER;
use crate::types::{AccountId, Moment};
use std::borrow::Cow;

/// Whose budget something counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope<'a> {
    Mailbox(AccountId),
    /// All mailboxes that share a provider's limit, under the name of that pool.
    Pool(&'a str),
    /// A pool towards one domain.
    Domain {
        pool: &'a str,
        domain: &'a str,
    },
}

/// By whom it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UseKind {
    /// A person.
    People,
    /// We: answers, and mail to our own team.
    Ours,
    /// A sequence.
    Bulk,
}

/// Recipients of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// Since 1970.
    pub hour: i64,
    pub kind: UseKind,
    pub recipients: i64,
}

impl UseKind {
    /// All of them.
    pub const ALL: [UseKind; 3] = [UseKind::People, UseKind::Ours, UseKind::Bulk];

    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            UseKind::People => "people",
            UseKind::Ours => "ours",
            UseKind::Bulk => "bulk",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Scope<'_> {
    fn key(self) -> Cow<'static, str> {
        match self {
            Scope::Mailbox(account) => format!("mailbox:{account}").into(),
            Scope::Pool(pool) => format!("pool:{pool}").into(),
            Scope::Domain { pool, domain } => format!("to:{pool}:{domain}").into(),
        }
    }
}

statements! { STATEMENTS;
    /// Several together; those that count nobody fill it up.
    ADD(32) = "
WITH used (scope, hour, kind, recipients) AS (
VALUES ($1, CAST($2 AS BIGINT), $3, CAST($4 AS BIGINT)),
       ($5, $6, $7, $8),
       ($9, $10, $11, $12),
       ($13, $14, $15, $16),
       ($17, $18, $19, $20),
       ($21, $22, $23, $24),
       ($25, $26, $27, $28),
       ($29, $30, $31, $32))
INSERT INTO sending_use (scope, hour, kind, recipients)
SELECT scope, hour, kind, recipients
  FROM used
 WHERE recipients > 0
ON CONFLICT (scope, hour, kind) DO UPDATE
   SET recipients = sending_use.recipients + excluded.recipients";

    LIST(2) = "
SELECT hour, kind, recipients
  FROM sending_use
 WHERE scope = $1
   AND hour >= $2
 ORDER BY hour, kind";

    FIND_FIRST(1) = "
SELECT hour
  FROM sending_use
 WHERE scope = $1
 ORDER BY hour
 LIMIT 1";

    ERASE_BEFORE(1) = "
DELETE FROM sending_use
 WHERE hour < $1";

    /// What a sender's own clock says is not below 1990, when mail was young.
    FIND_FIRST_WRITTEN(1) = "
SELECT sent_at
  FROM message
 WHERE direction = 'out'
   AND from_address = $1
   AND sent_at > 631152000000
 ORDER BY sent_at
 LIMIT 1";
}

/// Counts recipients. Each scope, hour and kind stands in `used` once.
pub async fn add(session: &mut Session, used: &[(Scope<'_>, Use)]) -> Result<(), BooksError> {
    for chunk in used.chunks(TOGETHER) {
        let mut values: Vec<Value<'_>> = Vec::with_capacity(TOGETHER * 4);
        for (scope, used) in chunk {
            values.extend([Value::Text(Some(scope.key())), used.hour.into(), used.kind.name().into(), used.recipients.into()]);
        }
        for _ in chunk.len()..TOGETHER {
            values.extend(["".into(), 0.into(), "".into(), 0.into()]);
        }
        session.run(&ADD, &values).await?;
    }
    Ok(())
}

/// What was counted since that hour.
pub async fn list(session: &mut Session, scope: Scope<'_>, since_hour: i64) -> Result<Vec<Use>, BooksError> {
    let key = scope.key();
    let rows = session.rows(&LIST, &[(&*key).into(), since_hour.into()]).await?;
    let read =
        |row: &super::super::statement::Row| Ok(Use { hour: row.int(0)?, kind: row.word(1, UseKind::parse)?, recipients: row.int(2)? });
    rows.iter().map(read).collect()
}

/// The first hour in which anything was counted, of those that are kept.
pub async fn find_first(session: &mut Session, scope: Scope<'_>) -> Result<Option<i64>, BooksError> {
    let key = scope.key();
    session.row(&FIND_FIRST, &[(&*key).into()]).await?.map(|row| row.int(0)).transpose()
}

/// When the oldest mail in the books was written that is from this address.
pub async fn find_first_written(session: &mut Session, from_address: &str) -> Result<Option<Moment>, BooksError> {
    session.row(&FIND_FIRST_WRITTEN, &[from_address.into()]).await?.map(|row| row.moment(0)).transpose()
}

/// Forgets what no budget is reckoned from any more.
pub async fn erase_before(session: &mut Session, hour: i64) -> Result<u64, BooksError> {
    session.run(&ERASE_BEFORE, &[hour.into()]).await
}
