//! Which Message-IDs a message names. Read by `threads::list_candidates` too.

use super::{BooksError, Session};
use crate::types::{ContactId, MessageId, MessageRow};

statements! { STATEMENTS;
    /// A letter may name the same id twice.
    ADD(3) = "
INSERT INTO mention (header_id, message_id, kind)
VALUES ($1, $2, $3)
ON CONFLICT (header_id, message_id, kind) DO NOTHING";

    /// To whom the team's answers to that id went, the newest only.
    LIST_ANSWERED(1) = "
SELECT (SELECT contact_id FROM message WHERE id = mention.message_id AND direction = 'out')
  FROM mention
 WHERE header_id = $1
   AND kind = 'in_reply_to'
 ORDER BY message_id DESC
 LIMIT 64";
}

/// Records the ids a message names in In-Reply-To and in References.
pub async fn add_all(
    session: &mut Session,
    message: MessageRow,
    in_reply_to: &[MessageId],
    references: &[MessageId],
) -> Result<(), BooksError> {
    let named = in_reply_to.iter().map(|id| (id, "in_reply_to")).chain(references.iter().map(|id| (id, "references")));
    for (id, kind) in named {
        session.run(&ADD, &[id.as_str().into(), message.into(), kind.into()]).await?;
    }
    Ok(())
}

/// The contacts to whom the team wrote in answer to that Message-ID.
pub async fn list_answered(session: &mut Session, header_id: &MessageId) -> Result<Vec<ContactId>, BooksError> {
    let rows = session.rows(&LIST_ANSWERED, &[header_id.as_str().into()]).await?;
    rows.iter().filter_map(|row| row.opt_int(0).map(|contact| contact.map(ContactId)).transpose()).collect()
}
