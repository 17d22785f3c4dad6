//! Steps of several deliveries in one statement. Each statement costs a change of threads on SQLite and a journey on PostgreSQL, and with
//! many connections at work it is that which takes the time.

use super::super::statement::{Statement, Value};
use super::super::{BooksError, Session};
use super::claims::{Claimed, ServerReply};
use crate::types::{DeliveryId, Moment, OutgoingId};
use std::collections::BTreeSet;

/// So many deliveries one statement takes; what is missing is filled up with a delivery that cannot be.
pub(super) const TOGETHER: usize = 8;
/// No row has it.
const NOBODY: i64 = -1;

/// The steps before the end of a mail: what becomes of a delivery, and which states it may come from. A pause stops them, and so does a hold,
/// also one that another mailbox of the tenant met, or another daemon.
macro_rules! step {
    ($set:literal, from $states:literal) => {
        concat!(
            "
WITH step (delivery_id, by, attempt, at) AS (
VALUES (CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT)),
       ($5, $6, $7, $8),
       ($9, $10, $11, $12),
       ($13, $14, $15, $16),
       ($17, $18, $19, $20),
       ($21, $22, $23, $24),
       ($25, $26, $27, $28),
       ($29, $30, $31, $32))
UPDATE delivery
   SET ",
            $set,
            "
  FROM step
 WHERE id = delivery_id
   AND claimed_by = by
   AND attempts = attempt
   AND state IN (",
            $states,
            ")
   AND NOT EXISTS (SELECT 1 FROM setting WHERE key = 'paused')
   AND NOT EXISTS (SELECT 1
                     FROM sending_hold
                    WHERE sending_hold.account_id = delivery.account_id
                      AND sending_hold.until > at
                      AND (sending_hold.class = 'all' OR sending_hold.class = delivery.class))
RETURNING id"
        )
    };
}

/// Whether a mail came back since it was last to be sent.
macro_rules! came_back {
    () => {
        "EXISTS (SELECT 1
                             FROM returned
                            WHERE returned.delivery_id = delivery.id
                              AND (delivery.resent_at IS NULL OR returned.at >= delivery.resent_at)
                              AND returned.kind IN ('bounce_hard', 'bounce_soft', 'bounce_policy', 'bounce_unexplained'))"
    };
}

statements! { STATEMENTS;
    MARK_SENDING(32) = step!("state = 'sending'", from "'claimed'");

    /// The last moment at which anything stops it.
    MARK_FINAL_DOT(32) = step!("state = 'final_dot', final_dot_at = at", from "'claimed', 'sending'");

    /// What came back may have been recorded before its sending was: then it failed.
    MARK_SENT(48) = concat!("
WITH step (delivery_id, by, attempt, at, code, words) AS (
VALUES (CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS TEXT)),
       ($7, $8, $9, $10, $11, $12),
       ($13, $14, $15, $16, $17, $18),
       ($19, $20, $21, $22, $23, $24),
       ($25, $26, $27, $28, $29, $30),
       ($31, $32, $33, $34, $35, $36),
       ($37, $38, $39, $40, $41, $42),
       ($43, $44, $45, $46, $47, $48))
UPDATE delivery
   SET state = CASE WHEN ", came_back!(), " THEN 'failed' ELSE 'sent' END,
       why = CASE WHEN ", came_back!(), " THEN 'it came back' ELSE '' END,
       changed_at = step.at, reply_code = code, reply = words, claimed_until = NULL, claimed_by = ''
  FROM step
 WHERE id = delivery_id
   AND claimed_by = by
   AND attempts = attempt
   AND state IN ('claimed', 'sending', 'final_dot')
RETURNING id");
}

/// A step of a delivery, and when it was done.
pub type At<'a> = (&'a Claimed, Moment);

/// Connections speak of them now. Given back are those whose claim holds; of the others the claim was lost, or work is paused or
/// held.
pub async fn mark_sending(session: &mut Session, steps: &[At<'_>]) -> Result<BTreeSet<DeliveryId>, BooksError> {
    mark(session, &MARK_SENDING, steps.iter().map(of_step).collect()).await
}

/// The ends of the mails are about to be written; of those that are not given back they must not be.
pub async fn mark_final_dot(session: &mut Session, steps: &[At<'_>]) -> Result<BTreeSet<DeliveryId>, BooksError> {
    mark(session, &MARK_FINAL_DOT, steps.iter().map(of_step).collect()).await
}

/// Servers took them; those that came back already failed. Given back are those whose claim held.
pub async fn mark_sent(session: &mut Session, sent: &[(&Claimed, &ServerReply, Moment)]) -> Result<BTreeSet<DeliveryId>, BooksError> {
    let values = sent.iter().map(|(delivery, reply, at)| {
        let [id, by, attempt, at] = of_step(&(delivery, *at));
        [id, by, attempt, at, reply.code.into(), reply.text.as_str().into()]
    });
    mark(session, &MARK_SENT, values.collect()).await
}

fn of_step<'a>((delivery, at): &At<'a>) -> [Value<'a>; 4] {
    [delivery.id.into(), delivery.claimed_by.as_str().into(), delivery.attempts.into(), (*at).into()]
}

async fn mark<const N: usize>(
    session: &mut Session,
    statement: &'static Statement,
    steps: Vec<[Value<'_>; N]>,
) -> Result<BTreeSet<DeliveryId>, BooksError> {
    let mut marked = BTreeSet::new();
    for chunk in steps.chunks(TOGETHER) {
        let mut values: Vec<Value<'_>> = chunk.iter().flatten().cloned().collect();
        let Some(last) = chunk.last() else { continue };
        for _ in chunk.len()..TOGETHER {
            values.push(NOBODY.into());
            values.extend(last.iter().skip(1).cloned());
        }
        for row in session.rows(statement, &values).await? {
            marked.insert(DeliveryId(row.int(0)?));
        }
    }
    Ok(marked)
}

/// The values of a statement that takes [`TOGETHER`] ids, for each part of them.
pub(in crate::record) fn ids_together(ids: &[DeliveryId]) -> impl Iterator<Item = Vec<Value<'static>>> {
    together(ids.iter().map(|id| id.0).collect())
}

/// The same of mails.
pub(in crate::record) fn mails_together(ids: &[OutgoingId]) -> impl Iterator<Item = Vec<Value<'static>>> {
    together(ids.iter().map(|id| id.0).collect())
}

fn together(ids: Vec<i64>) -> impl Iterator<Item = Vec<Value<'static>>> {
    let values = |chunk: &[i64]| chunk.iter().copied().chain(std::iter::repeat(NOBODY)).take(TOGETHER).map(Value::from).collect();
    ids.chunks(TOGETHER).map(values).collect::<Vec<_>>().into_iter()
}
