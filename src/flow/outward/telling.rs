//! Notes to a member: about mail that wants the member's own words, of the day, of trouble.

use super::Performed;
use crate::act::render::Fault;
use crate::act::{mime, place};
use crate::decide::{AlarmOrder, DailyOrder, NoticeOrder};
use crate::flow::disk::beside;
use crate::flow::inbound::InboundError;
use crate::flow::{Account, Office};
use crate::mailbox::Tried;
use crate::record::acts::ClaimedAct;
use crate::types::Moment;

/// Puts the note into the member's own inbox.
pub(super) async fn tell(office: &Office, account: &Account, act: &ClaimedAct, order: &NoticeOrder) -> Result<Performed, InboundError> {
    let bytes = match office.letters.render_notice(order) {
        Ok(words) => mime::notice(order, &words),
        Err(fault) => return Ok(unwritten(&fault)),
    };
    put(account, act, order.at, bytes, "the owner was told").await
}

/// Puts the daily mail into the member's own inbox.
pub(super) async fn daily(office: &Office, account: &Account, act: &ClaimedAct, order: &DailyOrder) -> Result<Performed, InboundError> {
    match office.letters.render_daily(order) {
        Ok(words) => put(account, act, order.at, mime::daily(order, &words), "the daily mail was put into the inbox").await,
        Err(fault) => Ok(unwritten(&fault)),
    }
}

/// Puts an alarm into the inbox of a mailbox that works.
pub(super) async fn alarm(office: &Office, account: &Account, act: &ClaimedAct, order: &AlarmOrder) -> Result<Performed, InboundError> {
    match office.letters.render_alarm(order) {
        Ok(words) => put(account, act, order.at, mime::alarm(order, &words), "the trouble was told").await,
        Err(fault) => Ok(unwritten(&fault)),
    }
}

fn unwritten(fault: &Fault) -> Performed {
    Performed::gave_up(format!("the note cannot be written: {fault}"))
}

async fn put(account: &Account, act: &ClaimedAct, at: Moment, bytes: Vec<u8>, done: &str) -> Result<Performed, InboundError> {
    let (maildir, id) = (account.maildir.clone(), act.id);
    let tried = if act.attempts > 1 { Tried::Before } else { Tried::Never };
    let put = beside(move || place::put_note(&maildir, id, at, &bytes, tried)).await;
    Ok(match put {
        Ok(()) => Performed::done(done),
        Err(error) => Performed::later(error.to_string()),
    })
}
