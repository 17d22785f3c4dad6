//! A letter is made ready to tell, before its bytes are frozen. Two steps, because the words of a letter name its way out: [`way_out`]
//! gives the address to put into them, [`equip`] tracks the finished HTML and enters all of it into the books, in the transaction of
//! whoever enters the letter. After it was taken by the server, `record::tracking::mark_sent` says when that was; before each sending,
//! `record::choices::find_hold` says whether the person still wants it.

use super::super::inbound::InboundError;
use super::super::{NoRandomness, Office};
use crate::act::track::{TrackError, Tracked, Wanted, list_unsubscribe, track};
use crate::record::choices::{self, NewWayOut};
use crate::record::tracking::{self, NewLetter};
use crate::record::{Session, contacts};
use crate::trade::tracking::{Consent, may_track};
use crate::types::{Country, DeliveryId, EmailAddress, WebToken};
use crate::watch::web::Door;
use jiff::tz::TimeZone;

/// The way out of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayOutOfLetter {
    pub token: WebToken,
    /// The page to leave by, for the words of the letter; `None` without a public address: then the letter names the mailbox to write to.
    pub page: Option<String>,
    /// The page of preferences, likewise.
    pub preferences: Option<String>,
}

/// A letter to one person.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The outbox's number of this letter to this person.
    pub delivery: DeliveryId,
    pub to: &'a EmailAddress,
    /// The mailbox it comes from, and to which somebody may write to leave.
    pub mailbox: &'a EmailAddress,
    /// What the series is called; `None` when it belongs to none.
    pub topic: Option<&'a str>,
    /// The country of the company, where the contact's own is not known.
    pub company_country: Option<Country>,
    pub consent: Consent,
}

/// The letter as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equipped {
    pub html: String,
    /// Fields of its head, to be covered by its signature (RFC 8058 §4).
    pub headers: Vec<(&'static str, String)>,
    /// Why it tells nothing; `None` when it tells what was switched on.
    pub untracked: Option<String>,
}

/// A way out for the letter that is about to be written.
pub fn way_out(office: &Office) -> Result<WayOutOfLetter, NoRandomness> {
    let token = new_token(office)?;
    let public_address = office.config.tracking.public_address.as_deref();
    let page = |door: Door| public_address.map(|address| door.address(address, token));
    Ok(WayOutOfLetter { token, page: page(Door::Unsubscribe), preferences: page(Door::Preferences) })
}

/// Makes a letter ready: enters its way out, and tracks its HTML where that is switched on and allowed. A letter that cannot be tracked goes
/// out as it is.
pub async fn equip(
    office: &Office,
    session: &mut Session,
    letter: &Outgoing<'_>,
    way_out: &WayOutOfLetter,
    html: &str,
) -> Result<Equipped, InboundError> {
    let made_at = office.now();
    let tracked = tracked(office, session, letter, way_out, html).await?;
    let new = NewLetter { delivery: letter.delivery, to: letter.to, tracked: tracked.as_ref().ok(), made_at };
    tracking::add_letter(session, &new).await?;
    let (token, delivery) = (way_out.token, Some(letter.delivery));
    choices::add_way_out(session, &NewWayOut { token, address: letter.to, topic: letter.topic, delivery, made_at }).await?;
    let headers = list_unsubscribe(office.config.tracking.public_address.as_deref(), letter.mailbox, token);
    Ok(match tracked {
        Ok(tracked) => Equipped { html: tracked.html, headers, untracked: None },
        Err(why) => Equipped { html: html.to_owned(), headers, untracked: Some(why) },
    })
}

/// The tracked letter, or why it is not tracked.
async fn tracked(
    office: &Office,
    session: &mut Session,
    letter: &Outgoing<'_>,
    way_out: &WayOutOfLetter,
    html: &str,
) -> Result<Result<Tracked, String>, InboundError> {
    let config = &office.config.tracking;
    let Some(public_address) = config.public_address.as_deref().filter(|_| config.opens || config.clicks) else {
        return Ok(Err("tracking is switched off".to_owned()));
    };
    let own = contacts::find_by_key(session, letter.to).await?.and_then(|contact| contact.country);
    let today = TimeZone::UTC.to_datetime(office.now().timestamp()).date();
    if let Err(refusal) = may_track(own.or(letter.company_country), letter.to.domain(), letter.consent, today) {
        return Ok(Err(refusal.to_string()));
    }
    let untouched: Vec<&str> = [&way_out.page, &way_out.preferences].into_iter().flatten().map(String::as_str).collect();
    let wanted = Wanted { public_address, opens: config.opens, clicks: config.clicks, untouched: &untouched };
    match track(html, &wanted, || new_token(office)) {
        Ok(tracked) => Ok(Ok(tracked)),
        Err(TrackError::Token(error)) => Err(error.into()),
        Err(error) => Ok(Err(error.to_string())),
    }
}

fn new_token(office: &Office) -> Result<WebToken, NoRandomness> {
    office.ids.bytes().map(WebToken::new)
}
