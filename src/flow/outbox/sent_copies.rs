//! The copy in Sent of a mail that left, planned when that is known: at once, or when what came back or a person tells.

use crate::decide::Act;
use crate::record::outbox;
use crate::record::{BooksError, Session, acts};
use crate::types::{Moment, OutgoingId};

/// The copy in Sent is put there after this, unless the provider has filed one by itself meanwhile.
const FILE_AFTER_MS: i64 = 60_000;

/// The copies are acts of their mailboxes: they wait until the provider had time to file one. One mail to several people has one, and a mail
/// that is to have none has none.
pub(super) async fn plan(session: &mut Session, ids: &[OutgoingId], at: Moment) -> Result<(), BooksError> {
    for outgoing in outbox::list_copy_wanted(session, ids).await? {
        let act = Act::FileSent { outgoing: outgoing.id };
        let payload = serde_json::to_string(&act).unwrap_or_default();
        let new = acts::NewAct {
            effect_key: &format!("{}:{}", act.kind(), outgoing.id),
            kind: act.kind(),
            message: None,
            thread: outgoing.thread,
            account: outgoing.account,
            payload: &payload,
            why: "it was sent",
            due_at: at.plus_ms(FILE_AFTER_MS),
        };
        acts::add(session, &new).await?;
    }
    Ok(())
}
