//! What people and other stages ask of the outbox.

use super::super::statement::{Row, Statement, Value};
use super::super::{BooksError, Session};
use super::{DeliveryState, MailClass, counted_domain};
use crate::types::{AccountId, DeliveryId, EmailAddress, MessageRow, Moment, OutgoingId, ThreadId};

/// A delivery with the mail it belongs to, for people to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub outgoing: OutgoingId,
    pub account: AccountId,
    pub class: MailClass,
    pub recipient: String,
    pub state: DeliveryState,
    pub due_at: Moment,
    pub attempts: i64,
    pub changed_at: Moment,
    pub reply_code: i64,
    pub reply: String,
    pub why: String,
    pub header_id: String,
    pub subject: String,
    pub thread: Option<ThreadId>,
    /// Why a person should have thought twice; empty for most.
    pub warning: String,
    /// When a person last had it sent once more.
    pub resent_at: Option<Moment>,
    /// When its end was last about to be written to a server; `None` when no server can have it.
    pub final_dot_at: Option<Moment>,
}

statements! { STATEMENTS;
    FIND(1) = "
SELECT delivery.id, outgoing_id, delivery.account_id, delivery.class, recipient, state, due_at, attempts, changed_at, reply_code, reply,
       why, header_id, subject, thread_id, warning, resent_at, final_dot_at
  FROM delivery
  JOIN outgoing ON outgoing.id = delivery.outgoing_id
 WHERE delivery.id = $1";

    LIST_OF_OUTGOING(1) = "
SELECT delivery.id, outgoing_id, delivery.account_id, delivery.class, recipient, state, due_at, attempts, changed_at, reply_code, reply,
       why, header_id, subject, thread_id, warning, resent_at, final_dot_at
  FROM delivery
  JOIN outgoing ON outgoing.id = delivery.outgoing_id
 WHERE delivery.outgoing_id = $1
 ORDER BY delivery.id";

    /// What left to a person, or is to, the newest first.
    LIST_TO_PERSON(2) = "
SELECT delivery.id, outgoing_id, delivery.account_id, delivery.class, recipient, state, due_at, attempts, changed_at, reply_code, reply,
       why, header_id, subject, thread_id, warning, resent_at, final_dot_at
  FROM delivery
  JOIN outgoing ON outgoing.id = delivery.outgoing_id
 WHERE recipient_key = $1
 ORDER BY changed_at DESC, delivery.id DESC
 LIMIT $2";

    /// Mails that answer a message.
    LIST_ANSWERING(1) = "
SELECT id
  FROM outgoing
 WHERE answers_message = $1
 ORDER BY id
 LIMIT 50";

    LIST_RECENT(1) = "
SELECT delivery.id, outgoing_id, delivery.account_id, delivery.class, recipient, state, due_at, attempts, changed_at, reply_code, reply,
       why, header_id, subject, thread_id, warning, resent_at, final_dot_at
  FROM delivery
  JOIN outgoing ON outgoing.id = delivery.outgoing_id
 ORDER BY delivery.id DESC
 LIMIT $1";

    /// What a person must look into.
    LIST_OPEN(1) = "
SELECT delivery.id, outgoing_id, delivery.account_id, delivery.class, recipient, state, due_at, attempts, changed_at, reply_code, reply,
       why, header_id, subject, thread_id, warning, resent_at, final_dot_at
  FROM delivery
  JOIN outgoing ON outgoing.id = delivery.outgoing_id
 WHERE state IN ('failed', 'uncertain', 'missed')
 ORDER BY delivery.id DESC
 LIMIT $1";

    /// What left an account for a recipient in that time, or is just leaving.
    LIST_LEFT(4) = "
SELECT outgoing_id
  FROM delivery
 WHERE recipient_key = $1
   AND account_id = $4
   AND (state IN ('sending', 'final_dot') OR (state IN ('sent', 'uncertain') AND changed_at >= $2 AND changed_at <= $3))
 ORDER BY changed_at
 LIMIT 16";

    COUNT_BY_STATE(0) = "
SELECT account_id, state, COUNT(*)
  FROM delivery
 GROUP BY account_id, state
 ORDER BY account_id, state";

    /// Automatic answers that went to a person, or are about to.
    COUNT_ANSWERS_TO_PERSON(2) = "
SELECT COUNT(*)
  FROM delivery
 WHERE recipient_key = $1
   AND changed_at >= $2
   AND class = 'answer'
   AND state <> 'dropped'";

    /// Rows of before name the host, those of now the firm.
    COUNT_ANSWERS_TO_DOMAIN(3) = "
SELECT COUNT(*)
  FROM delivery
 WHERE recipient_domain IN ($1, $2)
   AND changed_at >= $3
   AND class = 'answer'
   AND state <> 'dropped'";

    COUNT_ANSWERS_OF_ACCOUNT(4) = "
SELECT COUNT(*)
  FROM delivery
 WHERE recipient_domain IN ($1, $2)
   AND changed_at >= $3
   AND account_id = $4
   AND class = 'answer'
   AND state <> 'dropped'";
}

/// A delivery by its number.
pub async fn find(session: &mut Session, id: DeliveryId) -> Result<Option<Delivery>, BooksError> {
    session.row(&FIND, &[id.into()]).await?.as_ref().map(read).transpose()
}

/// What became of a mail at each recipient.
pub async fn list_of_outgoing(session: &mut Session, id: OutgoingId) -> Result<Vec<Delivery>, BooksError> {
    session.rows(&LIST_OF_OUTGOING, &[id.into()]).await?.iter().map(read).collect()
}

/// What left to a person (by [`crate::types::EmailAddress::folded`]), or is to, the newest first.
pub async fn list_to_person(session: &mut Session, recipient_key: &str, limit: i64) -> Result<Vec<Delivery>, BooksError> {
    session.rows(&LIST_TO_PERSON, &[recipient_key.into(), limit.into()]).await?.iter().map(read).collect()
}

/// The mails that answer a message.
pub async fn list_answering(session: &mut Session, message: MessageRow) -> Result<Vec<OutgoingId>, BooksError> {
    session.rows(&LIST_ANSWERING, &[message.into()]).await?.iter().map(|row| row.int(0).map(OutgoingId)).collect()
}

/// The newest deliveries.
pub async fn list_recent(session: &mut Session, limit: i64) -> Result<Vec<Delivery>, BooksError> {
    session.rows(&LIST_RECENT, &[limit.into()]).await?.iter().map(read).collect()
}

/// Deliveries that a person must look into: failed, uncertain, missed.
pub async fn list_open(session: &mut Session, limit: i64) -> Result<Vec<Delivery>, BooksError> {
    session.rows(&LIST_OPEN, &[limit.into()]).await?.iter().map(read).collect()
}

/// How many deliveries of each account are in which state.
pub async fn count_by_state(session: &mut Session) -> Result<Vec<(AccountId, DeliveryState, i64)>, BooksError> {
    let rows = session.rows(&COUNT_BY_STATE, &[]).await?;
    rows.iter().map(|row| Ok((AccountId(row.int(0)?), row.word(1, DeliveryState::parse)?, row.int(2)?))).collect()
}

/// The mails that left an account for a recipient (by [`crate::types::EmailAddress::folded`]) in that time, or are just leaving.
pub async fn list_left(
    session: &mut Session,
    account: AccountId,
    recipient_key: &str,
    since: Moment,
    until: Moment,
) -> Result<Vec<OutgoingId>, BooksError> {
    let rows = session.rows(&LIST_LEFT, &[recipient_key.into(), since.into(), until.into(), account.into()]).await?;
    rows.iter().map(|row| row.int(0).map(OutgoingId)).collect()
}

/// How many automatic answers went to a person (by [`crate::types::EmailAddress::folded`]) since then, or are about to.
pub async fn count_answers_to_person(session: &mut Session, recipient_key: &str, since: Moment) -> Result<i64, BooksError> {
    count(session, &COUNT_ANSWERS_TO_PERSON, &[recipient_key.into(), since.into()]).await
}

/// The same for everybody at the person's domain and at all domains of the same firm or provider.
pub async fn count_answers_to_domain(session: &mut Session, person: &EmailAddress, since: Moment) -> Result<i64, BooksError> {
    count(session, &COUNT_ANSWERS_TO_DOMAIN, &[counted_domain(person).into(), person.domain().into(), since.into()]).await
}

/// Those of them that one mailbox sent.
pub async fn count_answers_of_account(
    session: &mut Session,
    account: AccountId,
    person: &EmailAddress,
    since: Moment,
) -> Result<i64, BooksError> {
    let values = [counted_domain(person).into(), person.domain().into(), since.into(), account.into()];
    count(session, &COUNT_ANSWERS_OF_ACCOUNT, &values).await
}

async fn count(session: &mut Session, of: &'static Statement, values: &[Value<'_>]) -> Result<i64, BooksError> {
    session.row(of, values).await?.map_or(Ok(0), |row| row.int(0))
}

fn read(row: &Row) -> Result<Delivery, BooksError> {
    Ok(Delivery {
        id: DeliveryId(row.int(0)?),
        outgoing: OutgoingId(row.int(1)?),
        account: AccountId(row.int(2)?),
        class: row.word(3, MailClass::parse)?,
        recipient: row.text(4)?,
        state: row.word(5, DeliveryState::parse)?,
        due_at: row.moment(6)?,
        attempts: row.int(7)?,
        changed_at: row.moment(8)?,
        reply_code: row.int(9)?,
        reply: row.text(10)?,
        why: row.text(11)?,
        header_id: row.text(12)?,
        subject: row.text(13)?,
        thread: row.opt_int(14)?.map(ThreadId),
        warning: row.text(15)?,
        resent_at: row.opt_moment(16)?,
        final_dot_at: row.opt_moment(17)?,
    })
}
