//! Letters that tell when they are read: what stands behind their links, and what was asked for.
//!
//! Data protection: an event keeps the network of whoever asked (/24 or /48) instead of the address, and the name of the program cut to
//! 200 characters; both only until [`forget_details`]. That somebody opened or followed something is itself kept only until
//! [`erase_old_events`]; what readers chose stays. A hash of the address would be no better than the address, for there are few
//! enough of them to try all.

use super::keys::bounded;
use super::outbox::steps::ids_together;
use super::statement::Row;
use super::{BooksError, Session};
use crate::act::track::Tracked;
use crate::trade::tracking::{Asked, Class, EventKind, Past, Revised};
use crate::types::{DeliveryId, EmailAddress, Moment, Network, WebToken};

/// Events kept of one letter. Whoever asks for a picture a thousand times tells no more than with the first ones.
pub const EVENTS_MAX: i64 = 300;
/// Events that are erased, or whose details are forgotten, in one transaction.
const FORGOTTEN_MAX: i64 = 1_000;
const AGENT_LEN_MAX: usize = 200;

/// A letter to one person, about to be sent.
#[derive(Debug, Clone, Copy)]
pub struct NewLetter<'a> {
    /// The outbox's number of this letter to this person.
    pub delivery: DeliveryId,
    pub to: &'a EmailAddress,
    /// What it tells, or why it tells nothing, in a word.
    pub tracked: Result<&'a Tracked, &'a str>,
    pub made_at: Moment,
}

/// A letter that was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub delivery: DeliveryId,
    pub sent_at: Option<Moment>,
    pub links: i64,
}

/// A link and its letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub letter: Letter,
    pub asked: Asked,
    pub url: String,
}

/// Something that was asked for.
#[derive(Debug, Clone, Copy)]
pub struct NewEvent<'a> {
    pub delivery: DeliveryId,
    pub kind: EventKind,
    /// As [`Past::link`].
    pub link: i64,
    pub at: Moment,
    pub class: Class,
    pub reason: &'a str,
    pub agent: Option<&'a str>,
    pub network: Option<Network>,
}

/// How many events there are of a kind and class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCount {
    pub kind: EventKind,
    pub class: Class,
    pub count: i64,
}

statements! { STATEMENTS;
    ADD_MAIL(6) = "
INSERT INTO tracked_letter (delivery_id, address_key, pixel, links, untracked, made_at)
VALUES ($1, $2, $3, $4, $5, $6)";

    ADD_LINK(4) = "
INSERT INTO tracked_link (token, delivery_id, number, url)
VALUES ($1, $2, $3, $4)";

    MARK_SENT(9) = "
UPDATE tracked_letter
   SET sent_at = $9
 WHERE delivery_id IN ($1, $2, $3, $4, $5, $6, $7, $8)
   AND sent_at IS NULL";

    FIND_BY_PIXEL(1) = "
SELECT delivery_id, sent_at, links
  FROM tracked_letter
 WHERE pixel = $1
   AND pixel <> ''";

    FIND_LINK(1) = "
SELECT m.delivery_id, m.sent_at, m.links, l.number, l.url
  FROM tracked_link l
  JOIN tracked_letter m ON m.delivery_id = l.delivery_id
 WHERE l.token = $1";

    FIND_UNTRACKED(1) = "
SELECT untracked
  FROM tracked_letter
 WHERE delivery_id = $1";

    LIST_LINKS(1) = "
SELECT number, url
  FROM tracked_link
 WHERE delivery_id = $1
   AND number > 0
 ORDER BY number
 LIMIT 300";

    LIST_EVENTS(2) = "
SELECT id, kind, link, at, class, reason
  FROM tracking_event
 WHERE delivery_id = $1
 ORDER BY at DESC, id DESC
 LIMIT $2";

    ADD_EVENT(9) = "
INSERT INTO tracking_event (id, delivery_id, kind, link, at, class, reason, user_agent, network)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    MARK_REVISED(3) = "
UPDATE tracking_event
   SET class = $2, reason = $3
 WHERE id = $1";

    FORGET_DETAILS(2) = "
UPDATE tracking_event
   SET user_agent = '', network = '', detailed = 0
 WHERE id IN (
       SELECT id
         FROM tracking_event
        WHERE detailed = 1
          AND at < $1
        ORDER BY at
        LIMIT $2)";

    ERASE_OLD(3) = "
DELETE FROM tracking_event
 WHERE id IN (
       SELECT id
         FROM tracking_event
        WHERE kind = $1
          AND at < $2
        ORDER BY at
        LIMIT $3)";

    COUNT_BY_STATE(0) = "
SELECT kind, class, COUNT(*)
  FROM tracking_event
 GROUP BY kind, class
 ORDER BY kind, class";

    ERASE_OF(1) = "
DELETE FROM tracked_letter
 WHERE address_key = $1";
}

/// Enters a letter with what stands behind its links. To be called in the transaction that freezes its bytes.
pub async fn add_letter(session: &mut Session, new: &NewLetter<'_>) -> Result<(), BooksError> {
    let tracked = new.tracked.ok();
    let pixel = tracked.and_then(|tracked| tracked.pixel).map(|token| token.to_string()).unwrap_or_default();
    let links = tracked.map_or(&[][..], |tracked| tracked.links.as_slice());
    let count = i64::try_from(links.len()).unwrap_or(i64::MAX);
    let (key, untracked) = (new.to.folded(), new.tracked.err().unwrap_or(""));
    let values = [new.delivery.into(), bounded(&key).into(), pixel.as_str().into(), count.into(), untracked.into(), new.made_at.into()];
    session.run(&ADD_MAIL, &values).await?;
    for link in links {
        add_link(session, new.delivery, link.token, link.number, &link.url).await?;
    }
    // A machine that follows the link no person sees gets to see what the first one shows, and nothing suspicious.
    if let (Some(token), Some(first)) = (tracked.and_then(|tracked| tracked.honeypot), links.first()) {
        add_link(session, new.delivery, token, 0, &first.url).await?;
    }
    Ok(())
}

async fn add_link(session: &mut Session, delivery: DeliveryId, token: WebToken, number: i64, url: &str) -> Result<(), BooksError> {
    session.run(&ADD_LINK, &[token.to_string().as_str().into(), delivery.into(), number.into(), url.into()]).await.map(|_| ())
}

/// The letters have left; what asks within seconds of it is a machine. The first time said counts.
pub async fn mark_sent(session: &mut Session, deliveries: &[DeliveryId], at: Moment) -> Result<(), BooksError> {
    for mut values in ids_together(deliveries) {
        values.push(at.into());
        session.run(&MARK_SENT, &values).await?;
    }
    Ok(())
}

/// The letter whose picture this is.
pub async fn find_by_pixel(session: &mut Session, token: WebToken) -> Result<Option<Letter>, BooksError> {
    session.row(&FIND_BY_PIXEL, &[token.to_string().as_str().into()]).await?.as_ref().map(read_letter).transpose()
}

/// Whether the letter of that delivery tells anything; `None` when it is not known.
pub async fn is_tracked(session: &mut Session, delivery: DeliveryId) -> Result<Option<bool>, BooksError> {
    session.row(&FIND_UNTRACKED, &[delivery.into()]).await?.map(|row| Ok(row.known_text(0)?.is_none())).transpose()
}

/// Where the links of a letter lead, by their numbers.
pub async fn list_links(session: &mut Session, delivery: DeliveryId) -> Result<Vec<(i64, String)>, BooksError> {
    session.rows(&LIST_LINKS, &[delivery.into()]).await?.iter().map(|row| Ok((row.int(0)?, row.text(1)?))).collect()
}

/// The link, and its letter.
pub async fn find_link(session: &mut Session, token: WebToken) -> Result<Option<Link>, BooksError> {
    let Some(row) = session.row(&FIND_LINK, &[token.to_string().as_str().into()]).await? else { return Ok(None) };
    let asked = match row.int(3)? {
        0 => Asked::Honeypot,
        number => Asked::Link(number),
    };
    Ok(Some(Link { letter: read_letter(&row)?, asked, url: row.text(4)? }))
}

/// What was asked for of a letter, the newest first, at most [`EVENTS_MAX`].
pub async fn list_events(session: &mut Session, delivery: DeliveryId) -> Result<Vec<Past>, BooksError> {
    session.rows(&LIST_EVENTS, &[delivery.into(), EVENTS_MAX.into()]).await?.iter().map(read_event).collect()
}

/// Enters that something was asked for.
pub async fn add_event(session: &mut Session, new: &NewEvent<'_>) -> Result<(), BooksError> {
    let id = session.next_id().await?;
    let agent: String = new.agent.unwrap_or("").chars().take(AGENT_LEN_MAX).collect();
    let network = new.network.map(|network| network.to_string()).unwrap_or_default();
    let values = [
        id.into(),
        new.delivery.into(),
        new.kind.name().into(),
        new.link.into(),
        new.at.into(),
        new.class.name().into(),
        new.reason.into(),
        agent.as_str().into(),
        network.as_str().into(),
    ];
    session.run(&ADD_EVENT, &values).await.map(|_| ())
}

/// An earlier event was a machine's after all.
pub async fn mark_revised(session: &mut Session, revised: &Revised) -> Result<(), BooksError> {
    let reason = revised.reason.to_string();
    session.run(&MARK_REVISED, &[revised.id.into(), Class::Automatic.name().into(), reason.as_str().into()]).await.map(|_| ())
}

/// Forgets of events before that moment by which program and from which network they came; how many were left to forget when it began,
/// as far as one transaction goes. To be called until it says none.
pub async fn forget_details(session: &mut Session, before: Moment) -> Result<u64, BooksError> {
    session.run(&FORGET_DETAILS, &[before.into(), FORGOTTEN_MAX.into()]).await
}

/// Erases that letters were opened and followed before that moment; how many events were erased, as far as one transaction goes. To be
/// called until it says none.
pub async fn erase_old_events(session: &mut Session, before: Moment) -> Result<u64, BooksError> {
    let mut erased = 0;
    for kind in [EventKind::Open, EventKind::Click] {
        erased += session.run(&ERASE_OLD, &[kind.name().into(), before.into(), FORGOTTEN_MAX.into()]).await?;
    }
    Ok(erased)
}

/// How many events there are, by kind and class.
pub async fn count_events(session: &mut Session) -> Result<Vec<EventCount>, BooksError> {
    let read = |row: &Row| Ok(EventCount { kind: row.word(0, EventKind::parse)?, class: row.word(1, Class::parse)?, count: row.int(2)? });
    session.rows(&COUNT_BY_STATE, &[]).await?.iter().map(read).collect()
}

/// Erases what letters to a person told, and where their links led.
pub async fn erase_of(session: &mut Session, address: &EmailAddress) -> Result<u64, BooksError> {
    session.run(&ERASE_OF, &[bounded(&address.folded()).into()]).await
}

fn read_letter(row: &Row) -> Result<Letter, BooksError> {
    Ok(Letter { delivery: DeliveryId(row.int(0)?), sent_at: row.opt_moment(1)?, links: row.int(2)? })
}

fn read_event(row: &Row) -> Result<Past, BooksError> {
    Ok(Past {
        id: row.int(0)?,
        kind: row.word(1, EventKind::parse)?,
        link: row.int(2)?,
        at: row.moment(3)?,
        class: row.word(4, Class::parse)?,
        reason: row.text(5)?,
    })
}
