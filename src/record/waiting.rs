//! What is due after books came from a backup: a person looks at it as a whole, and lets it go or drops it.

use super::{BooksError, Session, accounts};
use crate::types::Moment;

/// What mail in the outbox is called beside the kinds of acts.
const MAIL: &str = "mail";
/// Acts, or mails, dropped in one statement.
const BATCH_LEN: i64 = 1_000;

/// Acts of one kind that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub kind: String,
    pub count: i64,
    /// When the first of them is due, and when the last.
    pub first: Moment,
    pub last: Moment,
}

statements! { STATEMENTS;
    COUNT_BY_KIND(0) = "
SELECT kind, COUNT(*)
  FROM act
 WHERE kind IN ('draft', 'tell', 'warn', 'withdraw', 'take_back', 'superseded', 'daily', 'alarm', 'answer', 'file_sent')
   AND state = 'due'
 GROUP BY kind
 ORDER BY kind";

    FIND_FIRST(1) = "
SELECT due_at
  FROM act
 WHERE kind = $1
   AND state = 'due'
 ORDER BY due_at
 LIMIT 1";

    FIND_LAST(1) = "
SELECT due_at
  FROM act
 WHERE kind = $1
   AND state = 'due'
 ORDER BY due_at DESC
 LIMIT 1";

    COUNT_MAIL(1) = "
SELECT COUNT(*)
  FROM delivery
 WHERE account_id = $1
   AND state IN ('planned', 'deferred')";

    FIND_FIRST_MAIL(1) = "
SELECT due_at
  FROM delivery
 WHERE account_id = $1
   AND state IN ('planned', 'deferred')
 ORDER BY due_at, id
 LIMIT 1";

    FIND_LAST_MAIL(1) = "
SELECT due_at
  FROM delivery
 WHERE account_id = $1
   AND state IN ('planned', 'deferred')
 ORDER BY due_at DESC, id DESC
 LIMIT 1";

    MARK_MAIL_DROPPED(4) = "
UPDATE delivery
   SET state = 'dropped', changed_at = $2, why = $3
 WHERE id IN (SELECT id
                FROM delivery
               WHERE account_id = $1
                 AND state IN ('planned', 'deferred')
               ORDER BY due_at, id
               LIMIT $4)";

    MARK_IN_HAND_UNCERTAIN(3) = "
UPDATE delivery
   SET state = 'uncertain', changed_at = $2, why = $3, claimed_until = NULL, claimed_by = ''
 WHERE account_id = $1
   AND state IN ('claimed', 'sending', 'final_dot')";

    /// What is in somebody's hands is left to them.
    MARK_DROPPED(3) = "
UPDATE act
   SET state = 'gave_up', done_at = $1, why = $2, claimed_until = NULL, claimed_by = ''
 WHERE id IN (SELECT id
                FROM act
               WHERE state = 'due'
                 AND (claimed_until IS NULL OR claimed_until < $1)
               ORDER BY account_id, due_at, id
               LIMIT $3)";
}

/// Everything that waits, by kind.
pub async fn list(session: &mut Session) -> Result<Vec<Waiting>, BooksError> {
    let mut waiting = Vec::new();
    for row in session.rows(&COUNT_BY_KIND, &[]).await? {
        let kind = row.text(0)?;
        let first = session.row(&FIND_FIRST, &[kind.as_str().into()]).await?;
        let last = session.row(&FIND_LAST, &[kind.as_str().into()]).await?;
        if let (Some(first), Some(last)) = (first, last) {
            waiting.push(Waiting { kind, count: row.int(1)?, first: first.moment(0)?, last: last.moment(0)? });
        }
    }
    waiting.extend(mail(session).await?);
    Ok(waiting)
}

/// Gives up whatever waits; how much it was.
pub async fn mark_dropped(session: &mut Session, now: Moment, why: &str) -> Result<u64, BooksError> {
    let mut dropped = 0;
    loop {
        match session.run(&MARK_DROPPED, &[now.into(), why.into(), BATCH_LEN.into()]).await? {
            0 => break,
            more => dropped += more,
        }
    }
    for account in accounts::list(session).await? {
        loop {
            match session.run(&MARK_MAIL_DROPPED, &[account.id.into(), now.into(), why.into(), BATCH_LEN.into()]).await? {
                0 => break,
                more => dropped += more,
            }
        }
    }
    Ok(dropped)
}

/// Mail that was in somebody's hands when a copy was made may have gone since, and nobody can tell from the copy; how much it is.
pub async fn mark_in_hand_uncertain(session: &mut Session, now: Moment, why: &str) -> Result<u64, BooksError> {
    let mut uncertain = 0;
    for account in accounts::list(session).await? {
        uncertain += session.run(&MARK_IN_HAND_UNCERTAIN, &[account.id.into(), now.into(), why.into()]).await?;
    }
    Ok(uncertain)
}

/// Mail of the outbox that waits, of all accounts together.
async fn mail(session: &mut Session) -> Result<Option<Waiting>, BooksError> {
    let mut all: Option<Waiting> = None;
    for account in accounts::list(session).await? {
        let of_account = [account.id.into()];
        let count = session.row(&COUNT_MAIL, &of_account).await?.map_or(Ok(0), |row| row.int(0))?;
        let (first, last) = (session.row(&FIND_FIRST_MAIL, &of_account).await?, session.row(&FIND_LAST_MAIL, &of_account).await?);
        let (Some(first), Some(last)) = (first, last) else { continue };
        let (first, last) = (first.moment(0)?, last.moment(0)?);
        all = Some(match all {
            None => Waiting { kind: MAIL.to_owned(), count, first, last },
            Some(before) => {
                Waiting { kind: before.kind, count: before.count + count, first: before.first.min(first), last: before.last.max(last) }
            }
        });
    }
    Ok(all)
}
