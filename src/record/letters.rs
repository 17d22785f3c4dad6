//! Letters that may tell what became of them, as people ask for them: what left for somebody, what answered a mail, and who replied.

use super::keys::bounded;
use super::outbox::DeliveryState;
use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{DeliveryId, EmailAddress, MessageId, MessageRow, Moment};

/// A letter to one person that went, or is to go, with a way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub delivery: DeliveryId,
    pub header_id: String,
    pub recipient: String,
    pub subject: String,
    pub state: DeliveryState,
    pub changed_at: Moment,
    /// Why it tells nothing, in a word.
    pub untracked: Option<String>,
    pub has_picture: bool,
    pub links: i64,
}

/// A mail that came in answer to a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub message: MessageRow,
    pub at: Moment,
    /// What of its header says that a machine wrote it; empty when nothing does.
    pub automatic: String,
}

/// The columns of [`read`].
macro_rules! letters_where {
    ($condition:literal) => {
        concat!(
            "
SELECT delivery.id, header_id, recipient, subject, state, changed_at, untracked, pixel, links
  FROM delivery
  JOIN outgoing ON outgoing.id = delivery.outgoing_id
  JOIN tracked_letter ON tracked_letter.delivery_id = delivery.id
 WHERE ",
            $condition
        )
    };
}

statements! { STATEMENTS;
    LIST_TO(2) = letters_where!("tracked_letter.address_key = $1
 ORDER BY delivery.id DESC
 LIMIT $2");

    LIST_ANSWERING(1) = letters_where!("outgoing.answers_message = $1
 ORDER BY delivery.id DESC
 LIMIT 50");

    LIST_OF_HEADER_ID(1) = letters_where!("outgoing.header_id = $1
 ORDER BY delivery.id
 LIMIT 50");

    LIST_REPLIES(1) = "
SELECT message.id, message.recorded_at, message.automatic
  FROM mention
  JOIN message ON message.id = mention.message_id
 WHERE mention.header_id = $1
   AND mention.kind = 'in_reply_to'
   AND message.direction = 'in'
 ORDER BY message.id
 LIMIT 50";
}

/// What went to somebody, or is to go, the newest first.
pub async fn list_to(session: &mut Session, address: &EmailAddress, limit: i64) -> Result<Vec<Letter>, BooksError> {
    let key = address.folded();
    session.rows(&LIST_TO, &[bounded(&key).into(), limit.into()]).await?.iter().map(read).collect()
}

/// What went in answer to a mail, or is to go.
pub async fn list_answering(session: &mut Session, message: MessageRow) -> Result<Vec<Letter>, BooksError> {
    session.rows(&LIST_ANSWERING, &[message.into()]).await?.iter().map(read).collect()
}

/// The letters of a Message-ID, one for each recipient.
pub async fn list_of_header_id(session: &mut Session, header_id: &MessageId) -> Result<Vec<Letter>, BooksError> {
    session.rows(&LIST_OF_HEADER_ID, &[header_id.as_str().into()]).await?.iter().map(read).collect()
}

/// Mails that came in answer to a letter of that Message-ID, the oldest first.
pub async fn list_replies(session: &mut Session, header_id: &str) -> Result<Vec<Reply>, BooksError> {
    let read = |row: &Row| Ok(Reply { message: MessageRow(row.int(0)?), at: row.moment(1)?, automatic: row.text(2)? });
    session.rows(&LIST_REPLIES, &[header_id.into()]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Letter, BooksError> {
    Ok(Letter {
        delivery: DeliveryId(row.int(0)?),
        header_id: row.text(1)?,
        recipient: row.text(2)?,
        subject: row.text(3)?,
        state: row.word(4, DeliveryState::parse)?,
        changed_at: row.moment(5)?,
        untracked: row.known_text(6)?,
        has_picture: row.known_text(7)?.is_some(),
        links: row.int(8)?,
    })
}
