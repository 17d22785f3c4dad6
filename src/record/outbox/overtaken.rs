//! Whether a person was quicker than an answer that waits to leave by itself.

use crate::record::{BooksError, Session};
use crate::types::OutgoingId;

statements! { STATEMENTS;
    /// Mail of the thread that left since, but for what left through the outbox.
    FIND_ANSWERED(1) = "
SELECT message.id
  FROM outgoing
  JOIN message ON message.thread_id = outgoing.thread_id
 WHERE outgoing.id = $1
   AND message.direction = 'out'
   AND message.historical = 0
   AND message.recorded_at >= outgoing.created_at
   AND NOT EXISTS (SELECT 1 FROM outgoing ours WHERE ours.header_id = message.message_id)
 LIMIT 1";

    FIND_DRAFTED(1) = "
SELECT person_draft.draft_id
  FROM outgoing
  JOIN person_draft ON person_draft.thread_id = outgoing.thread_id
 WHERE outgoing.id = $1
 LIMIT 1";
}

/// What a person did in the thread of a mail that is to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overtaken {
    /// They answered after the mail was put into the outbox.
    Answered,
    /// They have a draft.
    Drafted,
}

/// What a person did in the thread of that mail; `None` while nobody of the team is at it.
pub async fn find(session: &mut Session, outgoing: OutgoingId) -> Result<Option<Overtaken>, BooksError> {
    if session.row(&FIND_ANSWERED, &[outgoing.into()]).await?.is_some() {
        return Ok(Some(Overtaken::Answered));
    }
    Ok(session.row(&FIND_DRAFTED, &[outgoing.into()]).await?.map(|_| Overtaken::Drafted))
}
