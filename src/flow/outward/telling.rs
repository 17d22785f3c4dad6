//! Notes to a member: about mail that wants the member's own words, about an outdated draft that was sent, of the day, of trouble.

use super::settling::Performed;
use super::{Desk, Room};
use crate::act::mime;
use crate::decide::{AlarmOrder, DailyOrder, NoticeOrder, SupersededOrder};
use crate::mailbox::{NewDraft, Tried, unique_name};
use crate::record::acts::ClaimedAct;
use crate::types::{MessageId, Moment};

/// Puts the note into the member's own inbox.
pub(super) async fn tell(desk: &mut Desk<'_>, act: &ClaimedAct, order: &NoticeOrder) -> Performed {
    match desk.office.letters.render_notice(order) {
        Ok(words) => put(desk, act, &order.message_id, order.at, mime::notice(order, &words), "the owner was told").await,
        Err(fault) => Performed::gave_up(format!("the note cannot be written: {fault}")),
    }
}

/// Tells the sender of an outdated draft what differs.
pub(super) async fn superseded(desk: &mut Desk<'_>, act: &ClaimedAct, order: &SupersededOrder) -> Performed {
    match desk.office.letters.render_superseded(order) {
        Ok(words) => put(desk, act, &order.message_id, order.at, mime::superseded(order, &words), "the sender was told").await,
        Err(fault) => Performed::gave_up(format!("the note cannot be written: {fault}")),
    }
}

/// Puts the daily mail into the member's own inbox.
pub(super) async fn daily(desk: &mut Desk<'_>, act: &ClaimedAct, order: &DailyOrder) -> Performed {
    match desk.office.letters.render_daily(order) {
        Ok(words) => put(desk, act, &order.message_id, order.at, mime::daily(order, &words), "the daily mail was put into the inbox").await,
        Err(fault) => Performed::gave_up(format!("the note cannot be written: {fault}")),
    }
}

/// Puts an alarm into the inbox of a mailbox that works.
pub(super) async fn alarm(desk: &mut Desk<'_>, act: &ClaimedAct, order: &AlarmOrder) -> Performed {
    match desk.office.letters.render_alarm(order) {
        Ok(words) => put(desk, act, &order.message_id, order.at, mime::alarm(order, &words), "the trouble was told").await,
        Err(fault) => Performed::gave_up(format!("the note cannot be written: {fault}")),
    }
}

async fn put(desk: &mut Desk<'_>, act: &ClaimedAct, id: &MessageId, at: Moment, bytes: Vec<u8>, done: &str) -> Performed {
    let tried = if act.attempts > 1 { Tried::Before } else { Tried::Never };
    let note = NewDraft { unique: unique_name(at, act.id.0), message_id: id.clone(), bytes, tried };
    match desk.visit.put_note(note).await {
        Ok(()) => {
            desk.room = desk.room.or(Some(Room::Some));
            Performed::done(done)
        }
        Err(error) => desk.failed(error),
    }
}
