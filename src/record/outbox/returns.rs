//! What came back of mail that left, and what the books know by which a mail that comes in may be about it.

use super::super::keys::bounded;
use super::super::statement::{Row, Value};
use super::super::{BooksError, Session, Statement};
use crate::link::{ReturnKind, ReturnedBy, SentCandidate, SentMail, SentTrace};
use crate::types::{AccountId, DeliveryId, EmailAddress, MessageId, MessageRow, Moment, OutgoingId, ThreadId};

/// Ids one statement takes; fewer are filled up by repeating the last one.
const IDS_PER_STATEMENT: usize = 16;
/// Ids of a letter that are looked for.
const IDS_MAX: usize = 64;
/// The last deliveries to an address that are counted.
pub const LAST_COUNTED: i64 = 5;

/// Something that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    pub delivery: DeliveryId,
    pub message: MessageRow,
    pub kind: ReturnKind,
    pub at: Moment,
    /// RFC 3463; empty when none was told.
    pub status: String,
    /// The other server's words.
    pub reason: String,
    /// The first day an absent person is back, `2026-12-14`.
    pub returns_on: String,
    pub by: ReturnedBy,
}

/// The columns of [`read_mail`].
macro_rules! mails_where {
    ($condition:literal) => {
        concat!(
            "
SELECT delivery.id, outgoing_id, recipient, subject, reply, changed_at, header_id
  FROM delivery
  JOIN outgoing ON outgoing.id = delivery.outgoing_id
 WHERE ",
            $condition
        )
    };
}

statements! { STATEMENTS;
    /// Every delivery is more than none.
    FIND_ANY(1) = "
SELECT id
  FROM delivery
 WHERE id > $1
 ORDER BY id
 LIMIT 1";

    LIST_BY_IDS(16) = mails_where!("header_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
   AND attempts > 0
 ORDER BY header_id, recipient
 LIMIT 64");

    /// Providers give a mail another Message-ID: the copy in Sent bears one, the mail that left the other.
    LIST_ALIASES(16) = "
SELECT message.message_id, message_copy.header_id
  FROM message
  JOIN message_copy ON message_copy.message_id = message.id
 WHERE message.message_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
   AND message.message_id <> ''
   AND message_copy.header_id <> ''
 UNION ALL
SELECT message_copy.header_id, message.message_id
  FROM message_copy
  JOIN message ON message.id = message_copy.message_id
 WHERE message_copy.header_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
   AND message_copy.header_id <> ''
   AND message.message_id <> ''
 LIMIT 64";

    LIST_OF_DELIVERY_NUMBER(1) = mails_where!("delivery.id = $1
   AND attempts > 0");

    /// Mails that answer the newest mails of a conversation, or are such mails themselves.
    LIST_OF_CONVERSATION(1) = mails_where!("outgoing_id IN (SELECT outgoing.id
                                                               FROM message
                                                               JOIN outgoing ON outgoing.answers_message = message.id
                                                              WHERE message.thread_index = $1
                                                                AND message.thread_index <> ''
                                                              ORDER BY message.id DESC
                                                              LIMIT 32)
   AND state IN ('sent', 'failed', 'uncertain')
 ORDER BY changed_at DESC, delivery.id DESC
 LIMIT 32");

    LIST_OF_THREAD(1) = mails_where!("thread_id = $1
   AND state IN ('sent', 'failed', 'uncertain')
 ORDER BY changed_at DESC, delivery.id DESC
 LIMIT 32");

    LIST_TO_PERSON(2) = mails_where!("recipient_key = $1
   AND changed_at >= $2
   AND state IN ('sent', 'failed', 'uncertain')
 ORDER BY changed_at DESC
 LIMIT 32");

    /// Rows of before name the host, those of now the firm.
    LIST_TO_DOMAIN(3) = mails_where!("recipient_domain IN ($1, $2)
   AND changed_at >= $3
   AND state IN ('sent', 'failed', 'uncertain')
 ORDER BY changed_at DESC
 LIMIT 32");

    LIST_UNCERTAIN(1) = "
SELECT id
  FROM delivery
 WHERE account_id = $1
   AND state = 'uncertain'
 ORDER BY id
 LIMIT 1000";

    ADD(8) = "
INSERT INTO returned (delivery_id, message_id, kind, at, status, reason, returns_on, matched_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (delivery_id, message_id) DO NOTHING";

    LIST_OF_DELIVERY(1) = "
SELECT delivery_id, message_id, kind, at, status, reason, returns_on, matched_by
  FROM returned
 WHERE delivery_id = $1
 ORDER BY at, message_id
 LIMIT 200";

    LIST_OF_MESSAGE(1) = "
SELECT delivery_id, message_id, kind, at, status, reason, returns_on, matched_by
  FROM returned
 WHERE message_id = $1
 ORDER BY delivery_id
 LIMIT 200";

    /// A mail that a server took, and that came back.
    MARK_FAILED(3) = "
UPDATE delivery
   SET state = 'failed', changed_at = $2, why = $3
 WHERE id = $1
   AND state = 'sent'";

    /// The same where it came back before the books were told that the server took it. What came back before it was sent once more was
    /// of an earlier attempt.
    COUNT_SOFT(2) = "
SELECT COUNT(*)
  FROM (SELECT id
          FROM delivery
         WHERE recipient_key = $1
           AND state IN ('sent', 'failed')
         ORDER BY changed_at DESC
         LIMIT $2) newest
 WHERE EXISTS (SELECT 1
                 FROM returned
                WHERE delivery_id = newest.id
                  AND kind IN ('bounce_soft', 'bounce_unexplained'))";
}

/// Whether anything was ever to leave: where nothing was, nothing can come back.
pub async fn has_any_delivery(session: &mut Session) -> Result<bool, BooksError> {
    Ok(session.row(&FIND_ANY, &[0_i64.into()]).await?.is_some())
}

/// Deliveries whose mail bears one of these ids, in the order of the ids.
pub async fn list_by_ids(session: &mut Session, ids: &[&MessageId]) -> Result<Vec<SentCandidate>, BooksError> {
    let mut found: Vec<(usize, SentMail)> = Vec::new();
    let ids: Vec<&str> = ids.iter().take(IDS_MAX).map(|id| id.as_str()).collect();
    for chunk in ids.chunks(IDS_PER_STATEMENT) {
        let place = |id: &str| ids.iter().position(|known| *known == id).unwrap_or(usize::MAX);
        // What each id stands for: itself, and the one that the mail left under.
        let mut meant: Vec<(String, usize)> = chunk.iter().map(|id| ((*id).to_owned(), place(id))).collect();
        for row in session.rows(&LIST_ALIASES, &filled(chunk.iter().copied())).await? {
            meant.push((row.text(1)?, place(&row.text(0)?)));
        }
        for part in meant.chunks(IDS_PER_STATEMENT) {
            for row in session.rows(&LIST_BY_IDS, &filled(part.iter().map(|(id, _)| id.as_str()))).await? {
                let header_id = row.text(6)?;
                let at = part.iter().filter(|(id, _)| *id == header_id).map(|(_, place)| *place).min();
                found.push((at.unwrap_or(usize::MAX), read_mail(&row)?));
            }
        }
    }
    // Stable: the deliveries of one mail stay together.
    found.sort_by_key(|(place, mail)| (*place, mail.outgoing));
    Ok(found.into_iter().map(|(_, mail)| SentCandidate { by: SentTrace::MessageId, mail }).collect())
}

/// The delivery of that number, when anything was tried with it; `by` says where the number stood.
pub async fn find_by_number(session: &mut Session, id: DeliveryId, by: SentTrace) -> Result<Vec<SentCandidate>, BooksError> {
    candidates(session, &LIST_OF_DELIVERY_NUMBER, &[id.into()], by).await
}

/// Deliveries of mails in an Outlook conversation, by the 22 bytes that name it in hexadecimal.
pub async fn list_of_conversation(session: &mut Session, thread_index: &str) -> Result<Vec<SentCandidate>, BooksError> {
    candidates(session, &LIST_OF_CONVERSATION, &[bounded(thread_index).into()], SentTrace::Conversation).await
}

/// Deliveries of mails in a thread.
pub async fn list_of_thread(session: &mut Session, thread: ThreadId) -> Result<Vec<SentCandidate>, BooksError> {
    candidates(session, &LIST_OF_THREAD, &[thread.into()], SentTrace::Thread).await
}

/// What left to somebody since then, the last first.
pub async fn list_to_person(session: &mut Session, person: &EmailAddress, since: Moment) -> Result<Vec<SentCandidate>, BooksError> {
    candidates(session, &LIST_TO_PERSON, &[person.folded().as_str().into(), since.into()], SentTrace::Recipient).await
}

/// What left to anybody of a firm since then, by its registrable domain and that of one of its hosts, the last first.
pub async fn list_to_domain(session: &mut Session, firm: &str, host: &str, since: Moment) -> Result<Vec<SentCandidate>, BooksError> {
    candidates(session, &LIST_TO_DOMAIN, &[firm.into(), host.into(), since.into()], SentTrace::Domain).await
}

/// The deliveries of an account whose end nobody knows.
pub async fn list_uncertain(session: &mut Session, account: AccountId) -> Result<Vec<DeliveryId>, BooksError> {
    session.rows(&LIST_UNCERTAIN, &[account.into()]).await?.iter().map(|row| row.int(0).map(DeliveryId)).collect()
}

/// Something came back; `false` when that was known.
pub async fn add(session: &mut Session, new: &Return) -> Result<bool, BooksError> {
    let values = [
        new.delivery.into(),
        new.message.into(),
        new.kind.name().into(),
        new.at.into(),
        new.status.as_str().into(),
        new.reason.as_str().into(),
        new.returns_on.as_str().into(),
        new.by.name().into(),
    ];
    Ok(session.run(&ADD, &values).await? > 0)
}

/// What came back of a delivery, the first first.
pub async fn list_of_delivery(session: &mut Session, id: DeliveryId) -> Result<Vec<Return>, BooksError> {
    session.rows(&LIST_OF_DELIVERY, &[id.into()]).await?.iter().map(read).collect()
}

/// What a message that came in says of deliveries.
pub async fn list_of_message(session: &mut Session, message: MessageRow) -> Result<Vec<Return>, BooksError> {
    session.rows(&LIST_OF_MESSAGE, &[message.into()]).await?.iter().map(read).collect()
}

/// A mail that was sent came back; `false` when it was not sent, or had come back before.
pub async fn mark_failed(session: &mut Session, id: DeliveryId, why: &str, at: Moment) -> Result<bool, BooksError> {
    Ok(session.run(&MARK_FAILED, &[id.into(), at.into(), why.into()]).await? > 0)
}

/// How many of the last [`LAST_COUNTED`] mails to an address came back, though it may work another time.
pub async fn count_soft(session: &mut Session, recipient: &EmailAddress) -> Result<i64, BooksError> {
    let key = recipient.folded();
    session.row(&COUNT_SOFT, &[key.as_str().into(), LAST_COUNTED.into()]).await?.map_or(Ok(0), |row| row.int(0))
}

async fn candidates(
    session: &mut Session,
    statement: &'static Statement,
    values: &[Value<'_>],
    by: SentTrace,
) -> Result<Vec<SentCandidate>, BooksError> {
    let rows = session.rows(statement, values).await?;
    rows.iter().map(|row| Ok(SentCandidate { by, mail: read_mail(row)? })).collect()
}

fn filled<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<Value<'a>> {
    let mut values: Vec<Value<'a>> = ids.map(Value::from).collect();
    if let Some(last) = values.last().cloned() {
        values.resize(IDS_PER_STATEMENT, last);
    }
    values
}

fn read_mail(row: &Row) -> Result<SentMail, BooksError> {
    Ok(SentMail {
        delivery: DeliveryId(row.int(0)?),
        outgoing: OutgoingId(row.int(1)?),
        recipient: row.word(2, |text| EmailAddress::parse(text).ok())?,
        subject: row.text(3)?,
        reply: row.text(4)?,
        at: row.moment(5)?,
    })
}

fn read(row: &Row) -> Result<Return, BooksError> {
    Ok(Return {
        delivery: DeliveryId(row.int(0)?),
        message: MessageRow(row.int(1)?),
        kind: row.word(2, ReturnKind::parse)?,
        at: row.moment(3)?,
        status: row.text(4)?,
        reason: row.text(5)?,
        returns_on: row.text(6)?,
        by: row.word(7, ReturnedBy::parse)?,
    })
}
