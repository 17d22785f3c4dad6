//! Notes to a member: about mail that wants the member's own words, about an outdated draft that was sent, of the day, of trouble.

use super::settling::Performed;
use super::{Desk, Room};
use crate::act::mime;
use crate::decide::{AlarmOrder, DailyOrder, NoticeOrder, SupersededOrder, WarningOrder};
use crate::flow::inbound::InboundError;
use crate::mailbox::{Floor, NewDraft, Tried, unique_name};
use crate::record::acts::ClaimedAct;
use crate::record::folders::{self, FolderRole};
use crate::record::places;
use crate::types::{MessageId, Moment};

const DAY_MS: i64 = 86_400_000;

/// Puts the note into the member's own inbox.
pub(super) async fn tell(desk: &mut Desk<'_>, act: &ClaimedAct, order: &NoticeOrder) -> Result<Performed, InboundError> {
    match desk.office.letters.render_notice(order) {
        Ok(words) => put(desk, act, &order.message_id, order.at, mime::notice(order, &words), "the owner was told").await,
        Err(fault) => Ok(Performed::gave_up(format!("the note cannot be written: {fault}"))),
    }
}

/// Puts a warning into the owner's or the lead's inbox.
pub(super) async fn warn(desk: &mut Desk<'_>, act: &ClaimedAct, order: &WarningOrder) -> Result<Performed, InboundError> {
    match desk.office.letters.render_warning(order) {
        Ok(words) => put(desk, act, &order.message_id, order.at, mime::warning(order, &words), "a warning was put into the inbox").await,
        Err(fault) => Ok(Performed::gave_up(format!("the note cannot be written: {fault}"))),
    }
}

/// Tells the sender of an outdated draft what differs.
pub(super) async fn superseded(desk: &mut Desk<'_>, act: &ClaimedAct, order: &SupersededOrder) -> Result<Performed, InboundError> {
    match desk.office.letters.render_superseded(order) {
        Ok(words) => put(desk, act, &order.message_id, order.at, mime::superseded(order, &words), "the sender was told").await,
        Err(fault) => Ok(Performed::gave_up(format!("the note cannot be written: {fault}"))),
    }
}

/// Puts the daily mail into the member's own inbox.
pub(super) async fn daily(desk: &mut Desk<'_>, act: &ClaimedAct, order: &DailyOrder) -> Result<Performed, InboundError> {
    match desk.office.letters.render_daily(order) {
        Ok(words) => put(desk, act, &order.message_id, order.at, mime::daily(order, &words), "the daily mail was put into the inbox").await,
        Err(fault) => Ok(Performed::gave_up(format!("the note cannot be written: {fault}"))),
    }
}

/// Puts an alarm into the inbox of a mailbox that works.
pub(super) async fn alarm(desk: &mut Desk<'_>, act: &ClaimedAct, order: &AlarmOrder) -> Result<Performed, InboundError> {
    match desk.office.letters.render_alarm(order) {
        Ok(words) => put(desk, act, &order.message_id, order.at, mime::alarm(order, &words), "the trouble was told").await,
        Err(fault) => Ok(Performed::gave_up(format!("the note cannot be written: {fault}"))),
    }
}

async fn put(
    desk: &mut Desk<'_>,
    act: &ClaimedAct,
    id: &MessageId,
    at: Moment,
    bytes: Vec<u8>,
    done: &str,
) -> Result<Performed, InboundError> {
    let (tried, floor) = match act.attempts {
        ..=1 => (Tried::Never, None),
        _ => (Tried::Before, floor(desk, at).await?),
    };
    let note = NewDraft { unique: unique_name(at, act.id.0), message_id: id.clone(), bytes, tried };
    Ok(match desk.visit.put_note(note, floor).await {
        Ok(()) => {
            desk.room = desk.room.or(Some(Room::Some));
            Performed::done(done)
        }
        Err(error) => desk.failed(error),
    })
}

/// What was known to lie in the inbox a day before the note was planned: no clock is set back by more, so no try is older than that.
async fn floor(desk: &Desk<'_>, planned_at: Moment) -> Result<Option<Floor>, InboundError> {
    let (account, before) = (desk.account.id, planned_at.plus_ms(-DAY_MS));
    let mut session = desk.office.books.look().await?;
    let inbox = folders::list(&mut session, account).await?.into_iter().find(|folder| folder.role == FolderRole::Inbox);
    let Some(inbox) = inbox.filter(|inbox| inbox.uidvalidity != 0) else { return Ok(None) };
    let uid = places::find_highest_before(&mut session, account, inbox.id, inbox.uidvalidity, before).await?;
    Ok(uid.map(|uid| Floor { uidvalidity: inbox.uidvalidity, uid }))
}
