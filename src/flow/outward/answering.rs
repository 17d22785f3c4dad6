//! Automatic answers: written, fixed and put into the outbox, from where they leave.

use super::Desk;
use super::settling::Performed;
use crate::act::{freeze, mime};
use crate::decide::DraftOrder;
use crate::flow::inbound::InboundError;
use crate::flow::transaction::in_books;
use crate::record::RawMail;
use crate::record::acts::ClaimedAct;
use crate::record::outbox::{self, MailClass, NewOutgoing, SentCopy};
use crate::types::EmailAddress;

/// An answer that could not leave within a day would surprise its customer.
const NOT_AFTER_MS: i64 = 24 * 3_600_000;

/// Puts an answer into the outbox.
pub(super) async fn answer(desk: &Desk<'_>, act: &ClaimedAct, order: &DraftOrder) -> Result<Performed, InboundError> {
    let words = match desk.office.letters.render(order) {
        Ok(words) => words,
        Err(fault) => return Ok(Performed::gave_up(format!("the letter cannot be written: {fault}"))),
    };
    let now = desk.office.now();
    let frozen = match freeze(mime::answer(order, &words), desk.account.signer.as_deref(), now) {
        Ok(frozen) => frozen,
        Err(unsigned) => return Ok(Performed::gave_up(unsigned.to_string())),
    };
    let raw = RawMail::compress(&frozen)?;
    let recipients: Vec<EmailAddress> = order.to.iter().filter_map(|to| to.address.clone()).collect();
    let added = in_books(&desk.office.books, async |session| {
        let new = NewOutgoing {
            effect_key: &act.effect_key,
            account: desk.account.id,
            thread: act.thread,
            answers: act.message,
            header_id: &order.message_id,
            class: MailClass::Answer,
            envelope_from: order.from.address.as_ref(),
            subject: &words.subject,
            sent_copy: SentCopy::Wanted,
            raw: &raw,
            recipients: &recipients,
            due_at: now,
            not_after: Some(now.plus_ms(NOT_AFTER_MS)),
            now,
        };
        Ok(outbox::add(session, &new).await?)
    })
    .await?;
    desk.account.outbox_bell.notify_one();
    Ok(match added {
        Some(outgoing) => Performed::done(format!("the answer is in the outbox (mail {outgoing})")),
        None => Performed::spared("the answer was put into the outbox before"),
    })
}
