//! Which Message-IDs a message names. Read by `threads::list_candidates`.

use super::{BooksError, Session};
use crate::types::{MessageId, MessageRow};

statements! { STATEMENTS;
    /// A letter may name the same id twice.
    ADD(3) = "
INSERT INTO mention (header_id, message_id, kind)
VALUES ($1, $2, $3)
ON CONFLICT (header_id, message_id, kind) DO NOTHING";
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
