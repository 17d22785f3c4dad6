//! Further copies of a message under another identity: one mail to whoever wrote it, however many Message-IDs it was given.
//! `threads::list_candidates` reads their Message-IDs too.

use super::{BooksError, Session};
use crate::types::{EmailAddress, MessageId, MessageRow, Moment};

/// How many mails of one writer and one moment are looked at; more is a mailing, of which each mail went to somebody else.
const WRITTEN_MAX: i64 = 64;

statements! { STATEMENTS;
    FIND(1) = "
SELECT message_id
  FROM message_copy
 WHERE identity = $1";

    ADD(4) = "
INSERT INTO message_copy (identity, message_id, header_id, found_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (identity) DO NOTHING";

    LIST_IDENTITIES(1) = "
SELECT identity
  FROM message_copy
 WHERE message_id = $1
 ORDER BY identity";

    LIST_MESSAGES_OF_HEADER_ID(1) = "
SELECT message_id
  FROM message_copy
 WHERE header_id = $1
   AND header_id <> ''
 ORDER BY message_id
 LIMIT 64";

    LIST_WRITTEN(4) = "
SELECT id
  FROM message
 WHERE direction = 'out'
   AND from_address = $1
   AND sent_at >= $2
   AND sent_at <= $3
 ORDER BY id
 LIMIT $4";
}

/// The message that a copy of that identity belongs to.
pub async fn find(session: &mut Session, identity: &[u8; 32]) -> Result<Option<MessageRow>, BooksError> {
    session.row(&FIND, &[identity.as_slice().into()]).await?.map(|row| row.int(0).map(MessageRow)).transpose()
}

/// A mail of that identity and Message-ID is a copy of that message.
pub async fn add(
    session: &mut Session,
    identity: &[u8; 32],
    message: MessageRow,
    header_id: Option<&MessageId>,
    at: Moment,
) -> Result<(), BooksError> {
    let values = [identity.as_slice().into(), message.into(), header_id.map_or("", MessageId::as_str).into(), at.into()];
    session.run(&ADD, &values).await.map(|_| ())
}

/// The identities of a message's further copies: whoever erases it buries them too.
pub async fn list_identities(session: &mut Session, message: MessageRow) -> Result<Vec<[u8; 32]>, BooksError> {
    session.rows(&LIST_IDENTITIES, &[message.into()]).await?.iter().map(|row| row.hash(0)).collect()
}

/// The team's mails from that address whose Date lies between two moments.
pub async fn list_written(session: &mut Session, from: &EmailAddress, first: Moment, last: Moment) -> Result<Vec<MessageRow>, BooksError> {
    let rows = session.rows(&LIST_WRITTEN, &[from.as_str().into(), first.into(), last.into(), WRITTEN_MAX.into()]).await?;
    rows.iter().map(|row| row.int(0).map(MessageRow)).collect()
}

/// The messages of which a copy bears that Message-ID.
pub async fn list_messages_of_header_id(session: &mut Session, header_id: &MessageId) -> Result<Vec<MessageRow>, BooksError> {
    let rows = session.rows(&LIST_MESSAGES_OF_HEADER_ID, &[header_id.as_str().into()]).await?;
    rows.iter().map(|row| row.int(0).map(MessageRow)).collect()
}
