//! Deliveries of which nobody knows whether a server took them, settled by what the books know: a copy that the provider filed in Sent, a
//! report, a receipt, an answer.

use super::sent_copies;
use crate::flow::inbound::InboundError;
use crate::link::Fate;
use crate::record::folders::FolderRole;
use crate::record::outbox::claims::{self, Resolution};
use crate::record::outbox::lists::{self, Delivery};
use crate::record::outbox::returns::{self, Return};
use crate::record::outbox::{self, DeliveryState, SentCopy};
use crate::record::{BooksError, Session, copies, messages, placements};
use crate::types::{AccountId, DeliveryId, MessageId, Moment, OutgoingId};

/// Copies of one Message-ID that are looked at.
const COPIES_MAX: i64 = 8;

/// Settles a delivery that is uncertain, if anything tells; whether something did. Any other is none of its business.
pub(in crate::flow) async fn settle(session: &mut Session, id: DeliveryId, now: Moment) -> Result<bool, InboundError> {
    let Some(delivery) = lists::find(session, id).await?.filter(|delivery| delivery.state == DeliveryState::Uncertain) else {
        return Ok(false);
    };
    let back = returns::list_of_delivery(session, id).await?;
    if let Some((how, why)) = told(&back, delivery.resent_at) {
        return Ok(resolve(session, &delivery, how, now, &why).await?);
    }
    if is_proved_by_sent(session, &delivery).await? {
        let why = "the provider filed a copy in Sent";
        // The proof is the copy: none is missing.
        outbox::mark_sent_copy(session, delivery.outgoing, SentCopy::Left).await?;
        return Ok(resolve(session, &delivery, Resolution::Sent, now, why).await?);
    }
    Ok(false)
}

/// Says what became of a delivery, or what is to, as [`claims::resolve`] does; what turns out to be sent gets its copy in Sent like any
/// other mail.
pub async fn resolve(session: &mut Session, delivery: &Delivery, how: Resolution, now: Moment, why: &str) -> Result<bool, BooksError> {
    let is_changed = claims::resolve(session, delivery.id, how, now, why).await?;
    if is_changed && how == Resolution::Sent {
        sent_copies::plan(session, &[delivery.outgoing], now).await?;
    }
    Ok(is_changed)
}

/// Settles whatever of a mail is uncertain, now that a copy of it was met in Sent.
pub(in crate::flow) async fn settle_all_of(session: &mut Session, id: OutgoingId, now: Moment) -> Result<(), InboundError> {
    for delivery in lists::list_of_outgoing(session, id).await? {
        settle(session, delivery.id, now).await?;
    }
    Ok(())
}

/// What came back says. A failure outweighs what said before that the mail was taken; once a person has had it sent once more, the failure
/// of an earlier attempt outweighs only what is older than that.
fn told(back: &[Return], resent_at: Option<Moment>) -> Option<(Resolution, String)> {
    let all = || back.iter().filter_map(|one| one.kind.tells(one.by).map(|fate| (fate, one)));
    let is_since = |one: &Return| resent_at.is_none_or(|resent_at| one.at >= resent_at);
    let had_failed = all().any(|(fate, one)| fate == Fate::Failed && !is_since(one));
    let fates = || all().filter(|(fate, one)| is_since(one) || *fate == Fate::Taken && !had_failed);
    let (fate, one) = fates().find(|(fate, _)| *fate == Fate::Failed).or_else(|| fates().next())?;
    Some(match fate {
        Fate::Failed => (Resolution::Failed, said(one)),
        Fate::Taken => (Resolution::Sent, format!("the server had it: {}", said(one))),
    })
}

/// What came back, in one line.
pub(in crate::flow) fn said(one: &Return) -> String {
    let words = [one.kind.name(), one.status.as_str(), one.reason.as_str()];
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether the copy in Sent can only be there because the server took this delivery: the provider put it there and not we, and no other
/// recipient's delivery of the same mail can have led to it.
async fn is_proved_by_sent(session: &mut Session, delivery: &Delivery) -> Result<bool, InboundError> {
    let Some(outgoing) = outbox::find(session, delivery.outgoing).await? else { return Ok(false) };
    if outgoing.sent_copy == SentCopy::Put {
        return Ok(false);
    }
    let of_mail = lists::list_of_outgoing(session, outgoing.id).await?;
    let never_left = |other: &Delivery| {
        matches!(other.state, DeliveryState::Planned | DeliveryState::Deferred | DeliveryState::Dropped | DeliveryState::Missed)
    };
    let is_alone = of_mail.iter().all(|other| other.id == delivery.id || never_left(other));
    let Some(header_id) = MessageId::parse(&outgoing.header_id).filter(|_| is_alone) else { return Ok(false) };
    Ok(lies_in_sent(session, outgoing.account, &header_id).await?)
}

/// Whether the books met a mail in a Sent folder of the account, under its own Message-ID or the one a provider gave its copy.
pub(in crate::flow) async fn lies_in_sent(session: &mut Session, account: AccountId, header_id: &MessageId) -> Result<bool, BooksError> {
    let mut known: Vec<_> = messages::list_by_header_id(session, header_id, COPIES_MAX).await?.into_iter().map(|mail| mail.id).collect();
    known.extend(copies::list_messages_of_header_id(session, header_id).await?);
    for message in known {
        if placements::list_sightings(session, message).await?.contains(&(account, FolderRole::Sent)) {
            return Ok(true);
        }
    }
    Ok(false)
}
