//! A letter is made ready to tell, before its bytes are frozen. Three steps: [`way_out`] gives the address to put into its words, [`equip`]
//! tracks the finished HTML, and [`enter`] writes all of it into the books, in the transaction of whoever enters the letter. After it was
//! taken by the server, `record::tracking::mark_sent` says when that was; before each sending, `flow::leaving` says whether the person still
//! wants it.

use super::super::inbound::InboundError;
use super::super::{NoRandomness, Office};
use super::readers::{country_of, day};
use crate::act::track::{TrackError, Tracked, Wanted, list_unsubscribe, track};
use crate::record::Session;
use crate::record::choices::{self, NewWayOut};
use crate::record::tracking::{self, NewLetter};
use crate::trade::tracking::may_track;
use crate::types::{DeliveryId, EmailAddress, Moment, WebToken};
use crate::watch::web::Door;

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
    pub to: &'a EmailAddress,
    /// The mailbox it comes from, and to which somebody may write to leave.
    pub mailbox: &'a EmailAddress,
}

/// The letter as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equipped {
    pub html: String,
    /// Fields of its head, to be covered by its signature (RFC 8058 §4).
    pub headers: Vec<(&'static str, String)>,
    token: WebToken,
    /// What it tells, or why it tells nothing, in a word.
    told: Result<Tracked, String>,
}

impl Equipped {
    /// Why it tells nothing, in a word; `None` when it tells what was switched on.
    pub fn untracked(&self) -> Option<&str> {
        self.told.as_ref().err().map(String::as_str)
    }
}

/// A way out for the letter that is about to be written.
pub fn way_out(office: &Office) -> Result<WayOutOfLetter, NoRandomness> {
    let token = new_token(office)?;
    let public_address = office.config.tracking.public_address.as_deref();
    let page = |door: Door| public_address.map(|address| door.address(address, token));
    Ok(WayOutOfLetter { token, page: page(Door::Unsubscribe), preferences: page(Door::Preferences) })
}

/// Makes a letter ready: tracks its HTML where that is switched on and allowed, and names its way out. A letter that cannot be tracked goes
/// out as it is.
pub async fn equip(
    office: &Office,
    session: &mut Session,
    letter: &Outgoing<'_>,
    way_out: &WayOutOfLetter,
    html: &str,
) -> Result<Equipped, InboundError> {
    let told = tracked(office, session, letter, way_out, html).await?;
    let headers = list_unsubscribe(office.config.tracking.public_address.as_deref(), letter.mailbox, way_out.token);
    let html = told.as_ref().map_or_else(|_| html.to_owned(), |tracked| tracked.html.clone());
    Ok(Equipped { html, headers, token: way_out.token, told })
}

/// Enters what a letter tells and its way out, under the outbox's number of this letter to this person. `topic` is what the series is
/// called; `None` when it belongs to none.
pub async fn enter(
    session: &mut Session,
    equipped: &Equipped,
    delivery: DeliveryId,
    to: &EmailAddress,
    topic: Option<&str>,
    made_at: Moment,
) -> Result<(), InboundError> {
    let tracked = equipped.told.as_ref().map_err(String::as_str);
    tracking::add_letter(session, &NewLetter { delivery, to, tracked, made_at }).await?;
    let way_out = NewWayOut { token: equipped.token, address: to, topic, delivery: Some(delivery), made_at };
    Ok(choices::add_way_out(session, &way_out).await?)
}

/// The tracked letter, or in a word why it is not tracked.
async fn tracked(
    office: &Office,
    session: &mut Session,
    letter: &Outgoing<'_>,
    way_out: &WayOutOfLetter,
    html: &str,
) -> Result<Result<Tracked, String>, InboundError> {
    let config = &office.config.tracking;
    let Some(public_address) = config.public_address.as_deref().filter(|_| config.opens || config.clicks) else {
        return Ok(Err("off".to_owned()));
    };
    let country = country_of(session, letter.to).await?;
    let consent = choices::find_consent(session, letter.to).await?;
    if let Err(refusal) = may_track(country, letter.to.domain(), consent, day(office.now())) {
        return Ok(Err(refusal.word()));
    }
    let untouched: Vec<&str> = [&way_out.page, &way_out.preferences].into_iter().flatten().map(String::as_str).collect();
    let wanted = Wanted { public_address, opens: config.opens, clicks: config.clicks, untouched: &untouched };
    match track(html, &wanted, || new_token(office)) {
        Ok(tracked) => Ok(Ok(tracked)),
        Err(TrackError::Token(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(reason = %error, "A letter goes out without tracking");
            Ok(Err("html".to_owned()))
        }
    }
}

fn new_token(office: &Office) -> Result<WebToken, NoRandomness> {
    office.ids.bytes().map(WebToken::new)
}
