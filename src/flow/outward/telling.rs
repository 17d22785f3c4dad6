//! Notes to a member about mail that wants the member's own words.

use super::Performed;
use crate::act::{mime, place};
use crate::decide::NoticeOrder;
use crate::flow::disk::beside;
use crate::flow::inbound::InboundError;
use crate::flow::{Account, Office};
use crate::mailbox::Tried;
use crate::record::acts::ClaimedAct;

/// Puts the note into the member's own inbox.
pub(super) async fn tell(office: &Office, account: &Account, act: &ClaimedAct, order: &NoticeOrder) -> Result<Performed, InboundError> {
    let bytes = match office.letters.render_notice(order) {
        Ok(words) => mime::notice(order, &words),
        Err(fault) => return Ok(Performed::gave_up(format!("the note cannot be written: {fault}"))),
    };
    let (maildir, id, at) = (account.maildir.clone(), act.id, order.at);
    let tried = if act.attempts > 1 { Tried::Before } else { Tried::Never };
    let put = beside(move || place::put_note(&maildir, id, at, &bytes, tried)).await;
    Ok(match put {
        Ok(()) => Performed::done("the owner was told"),
        Err(error) => Performed::later(error.to_string()),
    })
}
