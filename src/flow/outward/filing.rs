//! The copy in Sent of a mail that left through us. Many providers file what is sent through them by themselves; a second copy beside
//! theirs would be a mail twice. So after a mail was sent, Sent is watched for a while as it always is, and what the books met there by the
//! mail's Message-ID tells.
//!
//! The copy tells nothing when it is read: whoever looks at it is one of us.

use super::Desk;
use super::settling::Performed;
use crate::flow::inbound::InboundError;
use crate::flow::outbox::settling::lies_in_sent;
use crate::flow::transaction::in_books;
use crate::mailbox::{NewDraft, Tried, unique_name};
use crate::record::acts::ClaimedAct;
use crate::record::outbox::{self, SentCopy};
use crate::types::{MessageId, OutgoingId};

/// Puts a mail into Sent, unless a copy lies there.
pub(super) async fn file_sent(desk: &mut Desk<'_>, act: &ClaimedAct, id: OutgoingId) -> Result<Performed, InboundError> {
    let mut session = desk.office.books.look().await?;
    let outgoing = outbox::find(&mut session, id).await?;
    let letter = outbox::find_letter(&mut session, id).await?;
    let (Some(outgoing), Some(letter)) = (outgoing, letter) else {
        return Ok(Performed::gave_up("the mail is no longer in the outbox"));
    };
    let Some(header_id) = MessageId::parse(&outgoing.header_id) else {
        return Ok(Performed::gave_up("the mail has no Message-ID that can be looked for"));
    };
    let is_there = lies_in_sent(&mut session, desk.account.id, &header_id).await?;
    let copy = outbox::find_untracked(&mut session, id).await?.unwrap_or(letter.raw);
    drop(session);
    if is_there {
        note(desk, id, SentCopy::Left).await?;
        return Ok(Performed::spared("a copy lies in Sent: the provider files what is sent"));
    }
    let bytes = match copy.open() {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Performed::gave_up(error.to_string())),
    };
    let tried = if act.attempts > 1 { Tried::Before } else { Tried::Never };
    let copy = NewDraft { unique: unique_name(outgoing.created_at, act.id.0), message_id: header_id, bytes, tried };
    match desk.visit.put_sent(copy).await {
        Ok(()) => {
            note(desk, id, SentCopy::Put).await?;
            Ok(Performed::done("a copy was put into Sent"))
        }
        Err(error) => Ok(desk.failed(error)),
    }
}

async fn note(desk: &Desk<'_>, id: OutgoingId, copy: SentCopy) -> Result<(), InboundError> {
    in_books(&desk.office.books, async |session| Ok(outbox::mark_sent_copy(session, id, copy).await?)).await.map(|_| ())
}
