//! What a mailbox itself showed of its provider's habits, with the date and what showed it.

use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{AccountId, Moment};

/// What a mailbox may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HabitKind {
    /// A mail of ours came to light under another Message-ID than its first copy had.
    RewritesMessageId,
    /// A mail lay in Sent twice at the same time: the mail program and the provider both save it.
    DoublesSent,
    /// A draft that was taken back could only be marked as deleted.
    KeepsDeletedDrafts,
}

/// A habit as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habit {
    pub kind: HabitKind,
    pub since: Moment,
    pub seen_at: Moment,
    pub times: i64,
    /// The message or draft that showed it last.
    pub evidence: i64,
}

impl HabitKind {
    pub const ALL: [Self; 3] = [Self::RewritesMessageId, Self::DoublesSent, Self::KeepsDeletedDrafts];

    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            Self::RewritesMessageId => "rewrites_message_id",
            Self::DoublesSent => "doubles_sent",
            Self::KeepsDeletedDrafts => "keeps_deleted_drafts",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

statements! { STATEMENTS;
    MARK(4) = "
INSERT INTO habit (account_id, kind, since, seen_at, evidence)
VALUES ($1, $2, $3, $3, $4)
ON CONFLICT (account_id, kind) DO UPDATE
   SET seen_at = excluded.seen_at, times = habit.times + 1, evidence = excluded.evidence";

    LIST(1) = "
SELECT kind, since, seen_at, times, evidence
  FROM habit
 WHERE account_id = $1
 ORDER BY kind";
}

/// The mailbox showed it once more.
pub async fn mark_seen(session: &mut Session, account: AccountId, kind: HabitKind, evidence: i64, at: Moment) -> Result<(), BooksError> {
    session.run(&MARK, &[account.into(), kind.name().into(), at.into(), evidence.into()]).await.map(|_| ())
}

/// What the mailbox showed so far.
pub async fn list(session: &mut Session, account: AccountId) -> Result<Vec<Habit>, BooksError> {
    session.rows(&LIST, &[account.into()]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Habit, BooksError> {
    Ok(Habit {
        kind: row.word(0, HabitKind::parse)?,
        since: row.moment(1)?,
        seen_at: row.moment(2)?,
        times: row.int(3)?,
        evidence: row.int(4)?,
    })
}
