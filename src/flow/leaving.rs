//! The one door out: somebody wants no more letters of a kind, or none at all, and the outbox heeds it.
//!
//! What they left holds back what goes by itself, and nothing else: a person of the team may still write, and an answer that would have
//! gone by itself becomes a draft.

use super::inbound::InboundError;
use super::web::{By, note_chosen};
use super::{Office, suppressing};
use crate::link::leaving_by;
use crate::parse::Letter;
use crate::record::Session;
use crate::record::choices::{self, Chosen, Hold, Scope};
use crate::record::outbox::MailClass;
use crate::record::outbox::claims::Claimed;
use crate::record::suppressions::{self, Grounds};
use crate::trade::tracking::{EventKind, Reason};
use crate::types::{EmailAddress, Moment};

/// Somebody leaves, in the caller's transaction. Whoever leaves everything stands on the suppression list too.
pub(super) async fn leave(
    office: &Office,
    session: &mut Session,
    address: &EmailAddress,
    scope: Scope<'_>,
    reason: &str,
    now: Moment,
) -> Result<(), InboundError> {
    choices::mark_unsubscribed(session, address, scope, reason, now).await?;
    if scope == Scope::Everything {
        suppressing::enter(session, &office.keys, address, &Grounds::of(suppressions::Reason::Unsubscribe, now)).await?;
    }
    Ok(())
}

/// Somebody chose what to get, in the caller's transaction. Whoever wants something again is off the suppression list, as far as they
/// stood there by their own wish.
pub(super) async fn choose(
    office: &Office,
    session: &mut Session,
    address: &EmailAddress,
    chosen: &Chosen,
    now: Moment,
) -> Result<(), InboundError> {
    choices::mark_chosen(session, address, chosen, now).await?;
    if chosen.topics.iter().any(|topic| topic.wanted) {
        come_back(office, session, address).await?;
    }
    Ok(())
}

/// Somebody who had left everything wants letters again, in the caller's transaction. Whoever left by a letter that belongs to no series
/// has no topic by which to say so.
pub(super) async fn come_back(office: &Office, session: &mut Session, address: &EmailAddress) -> Result<(), InboundError> {
    choices::mark_back(session, address).await?;
    suppressing::lift(session, &office.keys, address, suppressions::Reason::Unsubscribe).await?;
    Ok(())
}

/// A mail to the address of `List-Unsubscribe` (RFC 2369 §3.2): whoever wrote it and whatever it says, the person to whom the letter went
/// leaves. The token proves that it was theirs.
pub(super) async fn leave_by_mail(office: &Office, session: &mut Session, letter: &Letter, now: Moment) -> Result<(), InboundError> {
    let Some(token) = leaving_by(letter) else { return Ok(()) };
    let Some(way_out) = choices::find_way_out(session, token).await? else { return Ok(()) };
    let scope = way_out.topic.as_deref().map_or(Scope::Everything, Scope::Topic);
    leave(office, session, &way_out.address, scope, &Reason::Mail.to_string(), now).await?;
    note_chosen(session, &By::default(), way_out.delivery, EventKind::Unsubscribe, &Reason::Mail, now).await
}

/// What somebody's own choice says of a mail that is about to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    Yes,
    /// Not any more, and why.
    No(String),
    NotBefore(Moment),
}

/// Whether a mail is still wanted by whom it goes to.
pub(super) async fn wanted(session: &mut Session, delivery: &Claimed, now: Moment) -> Result<Wanted, InboundError> {
    let (MailClass::Answer | MailClass::Bulk, Some(address)) = (delivery.class, delivery.address()) else { return Ok(Wanted::Yes) };
    let topic = match delivery.class {
        MailClass::Bulk => choices::find_topic(session, &address, delivery.id).await?,
        _ => None,
    };
    Ok(match choices::find_hold(session, &address, topic.as_deref(), now).await? {
        Some(Hold::Left { at }) => {
            let day: String = at.to_string().chars().take(10).collect();
            Wanted::No(format!("its recipient has unsubscribed (since {day})"))
        }
        // Who asks something gets an answer also while they want no series of letters.
        Some(Hold::Paused { until }) if delivery.class == MailClass::Bulk => Wanted::NotBefore(until),
        Some(Hold::Paused { .. }) | None => Wanted::Yes,
    })
}

/// Whether somebody wants no letters at all that go by themselves.
pub(super) async fn has_left(session: &mut Session, address: &EmailAddress, now: Moment) -> Result<bool, InboundError> {
    Ok(matches!(choices::find_hold(session, address, None, now).await?, Some(Hold::Left { .. })))
}
