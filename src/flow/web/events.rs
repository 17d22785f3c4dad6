//! What was asked for, written down with who it was taken for; and what is seen otherwise since.

use super::super::Office;
use super::super::inbound::InboundError;
use crate::record::tracking::{self, EVENTS_MAX, Letter, NewEvent};
use crate::record::{Books, Session, choices};
use crate::trade::tracking::{self as rules, Asked, Class, Consent, EventKind, Hit, Reason};
use crate::types::{DeliveryId, Moment, Network};
use crate::watch::web::{Method, Visit};

/// Writes down that something of a letter was asked for.
pub(super) async fn note_asked(office: &Office, visit: &Visit, letter: &Letter, asked: Asked) -> Result<(), InboundError> {
    let own_networks = &office.config.tracking.own_networks;
    let hit = Hit {
        what: asked,
        head: visit.method == Method::Head,
        agent: visit.agent.as_deref(),
        purpose: visit.purpose.as_deref(),
        client: Some(visit.client),
        is_own: own_networks.iter().any(|network| network.holds(visit.client)),
        at: office.now(),
    };
    begun_again!(note_once(&office.books, letter, &hit))
}

async fn note_once(books: &Books, letter: &Letter, hit: &Hit<'_>) -> Result<(), InboundError> {
    let mut session = books.begin().await?;
    note_in(&mut session, letter, hit).await?;
    Ok(session.commit().await?)
}

async fn note_in(session: &mut Session, letter: &Letter, hit: &Hit<'_>) -> Result<(), InboundError> {
    // Their word counts for letters too that were sent before they gave it.
    if let Consent::Withdrawn { .. } = choices::find_consent_of(session, letter.delivery).await? {
        return Ok(());
    }
    let before = tracking::list_events(session, letter.delivery).await?;
    if is_full(before.len()) {
        return Ok(());
    }
    let known = rules::Letter { sent_at: letter.sent_at, links: letter.links, before: &before };
    let verdict = rules::classify(hit, &known);
    for revised in &verdict.revised {
        tracking::mark_revised(session, revised).await?;
    }
    let reason = verdict.reason.to_string();
    let new = NewEvent {
        delivery: letter.delivery,
        kind: hit.what.kind(),
        link: hit.what.link(),
        at: hit.at,
        class: verdict.class,
        reason: &reason,
        agent: hit.agent,
        network: hit.client.map(Network::around),
    };
    tracking::add_event(session, &new).await?;
    tracing::debug!(delivery = %letter.delivery, kind = new.kind.name(), class = new.class.name(), reason, "A letter was asked about");
    Ok(())
}

/// By which somebody left or chose something.
#[derive(Debug, Default)]
pub(in crate::flow) struct By<'a> {
    agent: Option<&'a str>,
    network: Option<Network>,
}

impl<'a> By<'a> {
    /// A visit from the web.
    pub(super) fn visit(visit: &'a Visit) -> Self {
        Self { agent: visit.agent.as_deref(), network: Some(Network::around(visit.client)) }
    }
}

/// Writes down that a reader left or chose something, in the letter by which they did.
pub(in crate::flow) async fn note_chosen(
    session: &mut Session,
    by: &By<'_>,
    delivery: Option<DeliveryId>,
    kind: EventKind,
    reason: &Reason,
    now: Moment,
) -> Result<(), InboundError> {
    let Some(delivery) = delivery else { return Ok(()) };
    // The way out may be older than what is kept of its letter.
    let Some(is_tracked) = tracking::is_tracked(session, delivery).await? else { return Ok(()) };
    if is_full(tracking::list_events(session, delivery).await?.len()) {
        return Ok(());
    }
    // Of whoever is not to be told on, it is not kept by what they came either.
    let nobody = By::default();
    let by = if is_tracked { by } else { &nobody };
    let reason = reason.to_string();
    let new = NewEvent { delivery, kind, link: 0, at: now, class: Class::Human, reason: &reason, agent: by.agent, network: by.network };
    Ok(tracking::add_event(session, &new).await?)
}

fn is_full(events: usize) -> bool {
    i64::try_from(events).is_ok_and(|events| events >= EVENTS_MAX)
}
