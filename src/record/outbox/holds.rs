//! Holds: why nothing, or nothing of a sequence, leaves a mailbox until some moment. Its server refused us, and no recipient is to blame.

use super::super::{BooksError, Session};
use crate::types::{AccountId, Moment};

/// What is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldOf {
    Everything,
    /// Sequences; a person's mail and answers go on.
    Bulk,
}

/// A hold as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub account: AccountId,
    pub of: HoldOf,
    pub until: Moment,
    pub why: String,
    pub since: Moment,
}

impl HoldOf {
    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            HoldOf::Everything => "all",
            HoldOf::Bulk => "bulk",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [HoldOf::Everything, HoldOf::Bulk].into_iter().find(|of| of.name() == name)
    }
}

statements! { STATEMENTS;
    /// Of two the longer one stands. One that was over says nothing of when this one began.
    ADD(5) = "
INSERT INTO sending_hold (account_id, class, until, why, since)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account_id, class) DO UPDATE
   SET until = CASE WHEN excluded.until > sending_hold.until THEN excluded.until ELSE sending_hold.until END,
       why = CASE WHEN excluded.until > sending_hold.until THEN excluded.why ELSE sending_hold.why END,
       since = CASE WHEN sending_hold.until < excluded.since THEN excluded.since ELSE sending_hold.since END";

    ERASE(1) = "
DELETE FROM sending_hold
 WHERE account_id = $1";

    LIST(1) = "
SELECT account_id, class, until, why, since
  FROM sending_hold
 WHERE until > $1
 ORDER BY account_id, class";
}

/// Holds an account's mail.
pub async fn add(session: &mut Session, hold: &Hold) -> Result<(), BooksError> {
    let values = [hold.account.into(), hold.of.name().into(), hold.until.into(), hold.why.as_str().into(), hold.since.into()];
    session.run(&ADD, &values).await.map(|_| ())
}

/// Lets an account's mail go again; `false` when it was not held.
pub async fn erase(session: &mut Session, account: AccountId) -> Result<bool, BooksError> {
    Ok(session.run(&ERASE, &[account.into()]).await? > 0)
}

/// The holds that last at that moment.
pub async fn list(session: &mut Session, now: Moment) -> Result<Vec<Hold>, BooksError> {
    let rows = session.rows(&LIST, &[now.into()]).await?;
    let read = |row: &super::super::statement::Row| {
        Ok(Hold {
            account: AccountId(row.int(0)?),
            of: row.word(1, HoldOf::parse)?,
            until: row.moment(2)?,
            why: row.text(3)?,
            since: row.moment(4)?,
        })
    };
    rows.iter().map(read).collect()
}
