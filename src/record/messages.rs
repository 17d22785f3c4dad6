//! Messages: what was read of each mail, once, wherever it lies.

use super::keys::bounded;
use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{ContactId, Intent, Language, MessageId, MessageRow, Moment, ThreadId};

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Somebody outside the team wrote it.
    In,
    /// The team wrote it.
    Out,
}

impl Direction {
    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            Direction::In => "in",
            Direction::Out => "out",
        }
    }

    /// The direction of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Direction::In, Direction::Out].into_iter().find(|direction| direction.name() == name)
    }
}

/// A recorded message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: MessageRow,
    /// SHA-256 over Message-ID and body: the same in every folder and account.
    pub identity: [u8; 32],
    pub message_id: Option<MessageId>,
    pub sent_at: Option<Moment>,
    pub recorded_at: Moment,
    pub direction: Direction,
    /// Found by the first look: nothing is done because of it.
    pub historical: bool,
    pub from_address: String,
    pub from_name: String,
    pub subject: String,
    pub language: Language,
    /// Thousandths.
    pub language_confidence_milli: i64,
    /// `None` for what the team wrote.
    pub intent: Option<Intent>,
    pub intent_confidence_milli: i64,
    pub automatic: String,
    pub via: String,
    pub thread: Option<ThreadId>,
    pub contact: Option<ContactId>,
    /// The conversation's part of Outlook's Thread-Index, in hexadecimal; empty without one.
    pub thread_index: String,
    /// Bytes of the raw message.
    pub size: i64,
    /// One line per reason.
    pub why: String,
    /// The reading as JSON.
    pub reading: String,
    pub fresh_text: String,
}

/// A message to record; fields as in [`Message`].
#[derive(Debug, Clone, Copy)]
pub struct NewMessage<'a> {
    pub identity: &'a [u8; 32],
    pub message_id: Option<&'a MessageId>,
    pub sent_at: Option<Moment>,
    pub recorded_at: Moment,
    pub direction: Direction,
    pub historical: bool,
    pub from_address: &'a str,
    pub from_name: &'a str,
    pub subject: &'a str,
    pub language: Language,
    pub language_confidence_milli: i64,
    pub intent: Option<Intent>,
    pub intent_confidence_milli: i64,
    pub automatic: &'a str,
    pub via: &'a str,
    pub thread: Option<ThreadId>,
    pub contact: Option<ContactId>,
    pub thread_index: &'a str,
    pub size: i64,
    pub why: &'a str,
    pub reading: &'a str,
    pub fresh_text: &'a str,
}

statements! { STATEMENTS;
    /// Within a thread ids rise with the order of recording.
    FIND_NEWER(2) = "
SELECT id
  FROM message
 WHERE thread_id = $1
   AND id > $2
 LIMIT 1";

    FIND_BY_IDENTITY(1) = "
SELECT id, identity, message_id, sent_at, recorded_at, direction, historical, from_address, from_name, subject,
       language, language_confidence_milli, intent, intent_confidence_milli, automatic, via, thread_id, contact_id,
       thread_index, size, why, reading, fresh_text
  FROM message
 WHERE identity = $1";

    FIND_BY_ID(1) = "
SELECT id, identity, message_id, sent_at, recorded_at, direction, historical, from_address, from_name, subject,
       language, language_confidence_milli, intent, intent_confidence_milli, automatic, via, thread_id, contact_id,
       thread_index, size, why, reading, fresh_text
  FROM message
 WHERE id = $1";

    /// Mailing lists change bodies, so several messages may bear one Message-ID.
    LIST_BY_HEADER_ID(2) = "
SELECT id, identity, message_id, sent_at, recorded_at, direction, historical, from_address, from_name, subject,
       language, language_confidence_milli, intent, intent_confidence_milli, automatic, via, thread_id, contact_id,
       thread_index, size, why, reading, fresh_text
  FROM message
 WHERE message_id = $1
   AND message_id <> ''
 ORDER BY id
 LIMIT $2";

    LIST_RECENT(1) = "
SELECT id, identity, message_id, sent_at, recorded_at, direction, historical, from_address, from_name, subject,
       language, language_confidence_milli, intent, intent_confidence_milli, automatic, via, thread_id, contact_id,
       thread_index, size, why, reading, fresh_text
  FROM message
 ORDER BY id DESC
 LIMIT $1";

    LIST_OF_THREAD(2) = "
SELECT id, identity, message_id, sent_at, recorded_at, direction, historical, from_address, from_name, subject,
       language, language_confidence_milli, intent, intent_confidence_milli, automatic, via, thread_id, contact_id,
       thread_index, size, why, reading, fresh_text
  FROM message
 WHERE thread_id = $1
 ORDER BY id DESC
 LIMIT $2";

    LIST_OF_CONTACT(2) = "
SELECT id, identity, message_id, sent_at, recorded_at, direction, historical, from_address, from_name, subject,
       language, language_confidence_milli, intent, intent_confidence_milli, automatic, via, thread_id, contact_id,
       thread_index, size, why, reading, fresh_text
  FROM message
 WHERE contact_id = $1
 ORDER BY id DESC
 LIMIT $2";

    ADD(23) = "
INSERT INTO message (id, identity, message_id, sent_at, recorded_at, direction, historical, from_address, from_name,
       subject, language, language_confidence_milli, intent, intent_confidence_milli, automatic, via, thread_id,
       contact_id, thread_index, size, why, reading, fresh_text)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";

    MARK_THREAD(3) = "
UPDATE message
   SET thread_id = $2, contact_id = $3
 WHERE id = $1";

    MARK_DECIDED(9) = "
UPDATE message
   SET direction = $2, intent = $3, intent_confidence_milli = $4, language = $5, language_confidence_milli = $6,
       contact_id = $7, why = $8, reading = $9
 WHERE id = $1";

    MARK_TAUGHT(6) = "
UPDATE message
   SET intent = $2, intent_confidence_milli = $3, language = $4, language_confidence_milli = $5, why = $6
 WHERE id = $1";

    COUNT(0) = "
SELECT COUNT(*)
  FROM message";

    COUNT_BY_INTENT(0) = "
SELECT intent, COUNT(*)
  FROM message
 WHERE direction = 'in'
 GROUP BY intent
 ORDER BY intent";

    COUNT_BY_LANGUAGE(0) = "
SELECT language, COUNT(*)
  FROM message
 WHERE direction = 'in'
 GROUP BY language
 ORDER BY language";

    ERASE(1) = "
DELETE FROM message
 WHERE id = $1";
}

/// The message of that identity.
pub async fn find_by_identity(session: &mut Session, identity: &[u8; 32]) -> Result<Option<Message>, BooksError> {
    session.row(&FIND_BY_IDENTITY, &[identity.as_slice().into()]).await?.as_ref().map(read).transpose()
}

/// The message of that number.
pub async fn find_by_id(session: &mut Session, id: MessageRow) -> Result<Option<Message>, BooksError> {
    session.row(&FIND_BY_ID, &[id.into()]).await?.as_ref().map(read).transpose()
}

/// Messages that bear a Message-ID, the first recorded first, at most `limit`.
pub async fn list_by_header_id(session: &mut Session, header_id: &MessageId, limit: i64) -> Result<Vec<Message>, BooksError> {
    session.rows(&LIST_BY_HEADER_ID, &[header_id.as_str().into(), limit.into()]).await?.iter().map(read).collect()
}

/// The messages recorded last, newest first.
pub async fn list_recent(session: &mut Session, limit: i64) -> Result<Vec<Message>, BooksError> {
    session.rows(&LIST_RECENT, &[limit.into()]).await?.iter().map(read).collect()
}

/// A thread's messages, the last recorded first.
pub async fn list_of_thread(session: &mut Session, thread: ThreadId, limit: i64) -> Result<Vec<Message>, BooksError> {
    session.rows(&LIST_OF_THREAD, &[thread.into(), limit.into()]).await?.iter().map(read).collect()
}

/// A person's mail, newest first.
pub async fn list_of_contact(session: &mut Session, contact: ContactId, limit: i64) -> Result<Vec<Message>, BooksError> {
    session.rows(&LIST_OF_CONTACT, &[contact.into(), limit.into()]).await?.iter().map(read).collect()
}

/// Records a message. Its identity must be new: ask [`find_by_identity`] and `tombstones::find` first, in the same session.
pub async fn add(session: &mut Session, new: &NewMessage<'_>) -> Result<MessageRow, BooksError> {
    let mut id = session.next_id().await?;
    if let Some(thread) = new.thread
        && session.row(&FIND_NEWER, &[thread.into(), id.into()]).await?.is_some()
    {
        id = session.next_id_above_all().await?;
    }
    let id = MessageRow(id);
    let values = [
        id.into(),
        new.identity.as_slice().into(),
        new.message_id.map_or("", MessageId::as_str).into(),
        new.sent_at.into(),
        new.recorded_at.into(),
        new.direction.name().into(),
        new.historical.into(),
        new.from_address.into(),
        new.from_name.into(),
        new.subject.into(),
        new.language.code().into(),
        new.language_confidence_milli.into(),
        new.intent.map_or("", Intent::name).into(),
        new.intent_confidence_milli.into(),
        new.automatic.into(),
        new.via.into(),
        new.thread.into(),
        new.contact.into(),
        bounded(new.thread_index).into(),
        new.size.into(),
        new.why.into(),
        new.reading.into(),
        new.fresh_text.into(),
    ];
    session.run(&ADD, &values).await?;
    Ok(id)
}

/// The message belongs to that thread and contact.
pub async fn mark_thread(
    session: &mut Session,
    id: MessageRow,
    thread: Option<ThreadId>,
    contact: Option<ContactId>,
) -> Result<(), BooksError> {
    session.run(&MARK_THREAD, &[id.into(), thread.into(), contact.into()]).await.map(|_| ())
}

/// The message was read and decided again, because a copy came to light where it means something else.
pub async fn mark_decided(session: &mut Session, id: MessageRow, new: &NewMessage<'_>) -> Result<(), BooksError> {
    let values = [
        id.into(),
        new.direction.name().into(),
        new.intent.map_or("", Intent::name).into(),
        new.intent_confidence_milli.into(),
        new.language.code().into(),
        new.language_confidence_milli.into(),
        new.contact.into(),
        new.why.into(),
        new.reading.into(),
    ];
    session.run(&MARK_DECIDED, &values).await.map(|_| ())
}

/// A person said what the message really is, or took it back.
pub async fn mark_taught(
    session: &mut Session,
    id: MessageRow,
    (intent, intent_confidence_milli): (Option<Intent>, i64),
    (language, language_confidence_milli): (Language, i64),
    why: &str,
) -> Result<(), BooksError> {
    let values = [
        id.into(),
        intent.map_or("", Intent::name).into(),
        intent_confidence_milli.into(),
        language.code().into(),
        language_confidence_milli.into(),
        why.into(),
    ];
    session.run(&MARK_TAUGHT, &values).await.map(|_| ())
}

/// How many messages are recorded.
pub async fn count(session: &mut Session) -> Result<i64, BooksError> {
    session.row(&COUNT, &[]).await?.map_or(Ok(0), |row| row.int(0))
}

/// How many inbound messages have which intent, history included; `None` where none was read.
pub async fn count_by_intent(session: &mut Session) -> Result<Vec<(Option<Intent>, i64)>, BooksError> {
    let rows = session.rows(&COUNT_BY_INTENT, &[]).await?;
    rows.iter().map(|row| Ok((row.known_word(0, Intent::parse)?, row.int(1)?))).collect()
}

/// How many inbound messages are in which language, history included.
pub async fn count_by_language(session: &mut Session) -> Result<Vec<(Language, i64)>, BooksError> {
    let rows = session.rows(&COUNT_BY_LANGUAGE, &[]).await?;
    rows.iter().map(|row| Ok((row.word(0, Language::parse)?, row.int(1)?))).collect()
}

/// Deletes a message with its raw bytes, its places and what it mentions; `false` when there is none.
/// Tombstones for its identity and those of its copies (`copies::list_identities`) are to be added in the same session, and the log
/// scrubbed after it.
pub async fn erase(session: &mut Session, id: MessageRow) -> Result<bool, BooksError> {
    Ok(session.run(&ERASE, &[id.into()]).await? > 0)
}

fn read(row: &Row) -> Result<Message, BooksError> {
    Ok(Message {
        id: MessageRow(row.int(0)?),
        identity: row.hash(1)?,
        message_id: row.known_word(2, MessageId::parse)?,
        sent_at: row.opt_moment(3)?,
        recorded_at: row.moment(4)?,
        direction: row.word(5, Direction::parse)?,
        historical: row.flag(6)?,
        from_address: row.text(7)?,
        from_name: row.text(8)?,
        subject: row.text(9)?,
        language: row.word(10, Language::parse)?,
        language_confidence_milli: row.int(11)?,
        intent: row.known_word(12, Intent::parse)?,
        intent_confidence_milli: row.int(13)?,
        automatic: row.text(14)?,
        via: row.text(15)?,
        thread: row.opt_int(16)?.map(ThreadId),
        contact: row.opt_int(17)?.map(ContactId),
        thread_index: row.text(18)?,
        size: row.int(19)?,
        why: row.text(20)?,
        reading: row.text(21)?,
        fresh_text: row.text(22)?,
    })
}
