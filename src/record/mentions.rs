//! Which Message-IDs a message names. Read by `threads::list_candidates` too.

use super::{BooksError, Session};
use crate::types::{AccountId, ContactId, MessageId, MessageRow, Moment};

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

    /// Mails of ours that people answered in a mailbox, and how many of those the books never saw. $3: whether mail counts that was there
    /// before we were.
    COUNT_ANSWERED(3) = "
SELECT COUNT(*), COUNT(CASE WHEN is_known = 0 THEN 1 END)
  FROM (SELECT mention.header_id,
               COUNT(CASE WHEN EXISTS (SELECT 1 FROM message AS ours
                                        WHERE ours.message_id = mention.header_id AND ours.message_id <> '')
                            OR EXISTS (SELECT 1 FROM message_copy AS copy
                                        WHERE copy.header_id = mention.header_id AND copy.header_id <> '')
                            OR EXISTS (SELECT 1 FROM draft WHERE draft.message_id_header = mention.header_id)
                          THEN 1 END) AS is_known
          FROM message
          JOIN mention ON mention.message_id = message.id
         WHERE message.direction = 'in'
           AND message.automatic = ''
           AND message.historical <= $3
           AND message.recorded_at >= $2
           AND mention.kind = 'in_reply_to'
           AND EXISTS (SELECT 1 FROM placement WHERE placement.message_id = message.id AND placement.account_id = $1)
         GROUP BY mention.header_id) AS answered";
}

/// Mails that people answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answered {
    pub all: i64,
    /// Of which the books hold nothing but the answer.
    pub unknown: i64,
}

/// How many different mails were answered by what came into a mailbox since then.
pub async fn count_answered(session: &mut Session, account: AccountId, since: Moment, with_history: bool) -> Result<Answered, BooksError> {
    match session.row(&COUNT_ANSWERED, &[account.into(), since.into(), with_history.into()]).await? {
        Some(row) => Ok(Answered { all: row.int(0)?, unknown: row.int(1)? }),
        None => Ok(Answered::default()),
    }
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
