//! A request becomes an answer: from the books, in the reader's words. What was asked for is written down on the way.

use super::super::inbound::InboundError;
use super::super::supervise::may_pass;
use super::super::{Office, leaving, room};
use super::events::By;
use super::metrics::{self, Counts};
use super::pace::Pace;
use super::readers::{self, Reader, first_written};
use super::{events, pages};
use crate::act::render::{Leaving, Matter, PageOrder, Preferences, Topic};
use crate::record::choices::{self, Chosen, Scope, TopicChoice};
use crate::record::{Session, tracking};
use crate::trade::tracking::{Asked, Consent, EventKind, Reason};
use crate::types::{Language, WebToken};
use crate::watch::web::{self, Choices, Door, Entrance, Method, Visit, WebRequest, topic_key};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use core::net::IpAddr;
use std::time::Duration;

/// No form of ours is longer.
const BODY_LEN_MAX: usize = 8 * 1024;
pub(super) const BODY_WITHIN: Duration = Duration::from_secs(10);
/// Longer than this nobody waits for a page.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// A reader who follows a link does not wait for our books longer than this.
const NOTE_WITHIN: Duration = Duration::from_secs(2);
const DAY_MS: i64 = 24 * 3_600_000;

/// What all answers share.
pub struct Desk {
    office: Office,
    /// What stands behind the host of our public address.
    base: String,
    /// The languages there are pages in.
    written: Vec<Language>,
    pace: Pace,
    counts: Counts,
}

/// Why there is no answer as wished.
enum Instead {
    NotFound,
    Later(InboundError),
}

impl From<InboundError> for Instead {
    fn from(error: InboundError) -> Self {
        Self::Later(error)
    }
}

impl From<crate::record::BooksError> for Instead {
    fn from(error: crate::record::BooksError) -> Self {
        Self::Later(error.into())
    }
}

type Answer = Result<Response<Body>, Instead>;

impl Desk {
    pub fn new(office: &Office) -> Self {
        let after_host =
            |address: &String| address.strip_prefix("https://").and_then(|rest| rest.split_once('/')).map(|(_, base)| format!("/{base}"));
        Self {
            base: office.config.tracking.public_address.as_ref().and_then(after_host).unwrap_or_default(),
            written: office.letters.page_languages().collect(),
            office: office.clone(),
            pace: Pace::default(),
            counts: Counts::default(),
        }
    }

    /// Whether this is a web server of ours, which asks for many.
    pub fn is_proxy(&self, peer: IpAddr) -> bool {
        self.office.config.tracking.proxies.iter().any(|proxy| proxy.holds(peer.to_canonical()))
    }

    /// Answers the world.
    pub async fn answer(&self, request: Request, peer: IpAddr) -> Response<Body> {
        let (head, body) = request.into_parts();
        let body = match body_of(&head.method, body).await {
            Ok(body) => body,
            Err(status) => return self.counted("too-long", self.message(status, Matter::Misused, &[])),
        };
        let entrance = Entrance { base: &self.base, proxies: &self.office.config.tracking.proxies };
        let visit = web::read(&head, &body, peer, &entrance);
        let response = match self.pace.allows(visit.client, self.office.now()) {
            true => self.heard(&visit).await,
            false => self.message(StatusCode::TOO_MANY_REQUESTS, Matter::Trouble, &visit.languages),
        };
        self.counted(name(&visit.what), response)
    }

    /// Answers this machine.
    pub async fn answer_here(&self, request: Request) -> Response<Body> {
        let (head, _) = request.into_parts();
        let nobody = Entrance { base: "", proxies: &[] };
        let what = web::read(&head, &[], IpAddr::V4(core::net::Ipv4Addr::LOCALHOST), &nobody).what;
        match what {
            WebRequest::Health => metrics::health(&self.office).await,
            WebRequest::Metrics => metrics::metrics(&self.office, &self.counts).await,
            _ => pages::text(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "Here are /healthz and /metrics.\n".to_owned()),
        }
    }

    async fn heard(&self, visit: &Visit) -> Response<Body> {
        if visit.method == Method::Options {
            return pages::methods();
        }
        let answered = match tokio::time::timeout(ANSWER_WITHIN, self.acted(visit)).await {
            Ok(answered) => answered,
            Err(_) => return self.message(StatusCode::SERVICE_UNAVAILABLE, Matter::Trouble, &visit.languages),
        };
        match answered {
            Ok(response) => response,
            Err(Instead::NotFound) => self.message(StatusCode::NOT_FOUND, Matter::NotFound, &visit.languages),
            Err(Instead::Later(error)) => {
                self.note_trouble(&error);
                self.message(StatusCode::SERVICE_UNAVAILABLE, Matter::Trouble, &visit.languages)
            }
        }
    }

    async fn acted(&self, visit: &Visit) -> Answer {
        match &visit.what {
            WebRequest::Open { token } => Ok(self.opened(visit, *token).await),
            WebRequest::Click { token } => self.clicked(visit, *token).await,
            WebRequest::UnsubscribePage { token } => self.asks_to_leave(visit, *token).await,
            WebRequest::UnsubscribeOneClick { token, by_form } => self.leaves(visit, *token, *by_form).await,
            WebRequest::PreferencesPage { token } => self.looks_at_choices(visit, *token).await,
            WebRequest::PreferencesSave { token, choices } => self.chooses(visit, *token, choices).await,
            WebRequest::Misused => {
                let status = if visit.method == Method::Post { StatusCode::BAD_REQUEST } else { StatusCode::METHOD_NOT_ALLOWED };
                Ok(self.message(status, Matter::Misused, &visit.languages))
            }
            // How the daemon fares is told on this machine only.
            WebRequest::Health | WebRequest::Metrics | WebRequest::Unknown => Err(Instead::NotFound),
        }
    }

    /// The picture is shown whatever happens.
    async fn opened(&self, visit: &Visit, token: Option<WebToken>) -> Response<Body> {
        if let Some(token) = token {
            let noted = async {
                let found = tracking::find_by_pixel(&mut self.office.books.look().await?, token).await?;
                match found {
                    Some(letter) => events::note_asked(&self.office, visit, &letter, Asked::Picture).await,
                    None => Ok(()),
                }
            };
            self.in_time(noted).await;
        }
        pages::picture()
    }

    async fn clicked(&self, visit: &Visit, token: WebToken) -> Answer {
        let found = tracking::find_link(&mut self.office.books.look().await?, token).await?;
        let link = found.ok_or(Instead::NotFound)?;
        self.in_time(events::note_asked(&self.office, visit, &link.letter, link.asked)).await;
        pages::lead_to(&link.url).ok_or(Instead::NotFound)
    }

    /// Writes something down that may also fail.
    async fn in_time(&self, noting: impl Future<Output = Result<(), InboundError>>) {
        match tokio::time::timeout(NOTE_WITHIN, noting).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.note_trouble(&error),
            Err(_) => tracing::warn!("What was asked for could not be written down in time"),
        }
    }

    async fn reader(&self, token: WebToken) -> Result<Reader, Instead> {
        readers::find(&mut self.office.books.look().await?, token, self.office.now()).await?.ok_or(Instead::NotFound)
    }

    async fn asks_to_leave(&self, visit: &Visit, token: WebToken) -> Answer {
        let reader = self.reader(token).await?;
        let preferences = self.preferences_address(token);
        Ok(self.page(StatusCode::OK, Matter::Unsubscribe(leaving(&reader, &preferences)), self.language(&reader, visit)))
    }

    async fn leaves(&self, visit: &Visit, token: WebToken, by_form: bool) -> Answer {
        let reader = self.reader(token).await?;
        let reason = if by_form { Reason::Form } else { Reason::OneClick };
        self.left(visit, &reader, &reason).await?;
        let preferences = self.preferences_address(token);
        Ok(self.page(StatusCode::OK, Matter::Unsubscribed(leaving(&reader, &preferences)), self.language(&reader, visit)))
    }

    async fn left(&self, visit: &Visit, reader: &Reader, reason: &Reason) -> Result<(), InboundError> {
        begun_again!(self.left_once(visit, reader, reason))
    }

    async fn left_once(&self, visit: &Visit, reader: &Reader, reason: &Reason) -> Result<(), InboundError> {
        let (address, delivery, now) = (&reader.way_out.address, reader.way_out.delivery, self.office.now());
        let scope = reader.way_out.topic.as_deref().map_or(Scope::Everything, Scope::Topic);
        let mut session = self.office.books.begin().await?;
        leaving::leave(&self.office, &mut session, address, scope, &reason.to_string(), now).await?;
        events::note_chosen(&mut session, &By::visit(visit), delivery, EventKind::Unsubscribe, reason, now).await?;
        Ok(session.commit().await?)
    }

    async fn looks_at_choices(&self, visit: &Visit, token: WebToken) -> Answer {
        let reader = self.reader(token).await?;
        Ok(self.choices_page(&reader, visit, false))
    }

    async fn chooses(&self, visit: &Visit, token: WebToken, choices: &Choices) -> Answer {
        let reader = self.chosen(visit, token, choices).await?.ok_or(Instead::NotFound)?;
        Ok(self.choices_page(&reader, visit, true))
    }

    /// Writes the choice down; what is chosen from then on.
    async fn chosen(&self, visit: &Visit, token: WebToken, choices: &Choices) -> Result<Option<Reader>, InboundError> {
        begun_again!(self.chosen_once(visit, token, choices))
    }

    async fn chosen_once(&self, visit: &Visit, token: WebToken, choices: &Choices) -> Result<Option<Reader>, InboundError> {
        let mut session = self.office.books.begin().await?;
        let Some(mut reader) = readers::find(&mut session, token, self.office.now()).await? else { return Ok(None) };
        self.write_down(&mut session, visit, &mut reader, choices).await?;
        session.commit().await?;
        Ok(Some(reader))
    }

    async fn write_down(&self, session: &mut Session, visit: &Visit, reader: &mut Reader, choices: &Choices) -> Result<(), InboundError> {
        let now = self.office.now();
        let address = reader.way_out.address.clone();
        let kind = if choices.leaves { EventKind::Unsubscribe } else { EventKind::Preference };
        if choices.leaves {
            leaving::leave(&self.office, session, &address, Scope::Everything, &Reason::Form.to_string(), now).await?;
        } else {
            let chosen_of = |topic: &TopicChoice| {
                let key = topic_key(&topic.name);
                choices.shown.contains(&key).then(|| TopicChoice { wanted: choices.topics.contains(&key), name: topic.name.clone() })
            };
            let paused_until = match choices.pause_days {
                None => reader.chosen.paused_until,
                Some(0) => None,
                Some(days) => Some(now.plus_ms(i64::from(days) * DAY_MS)),
            };
            let topics = reader.chosen.topics.iter().filter_map(chosen_of).collect();
            // Only what they change is a word of theirs: where the law asks for none, a box that stays ticked is no consent. Said twice, it
            // counts from the first time.
            let telling = match (choices.telling, reader.chosen.telling) {
                (Some(true), known) if !matches!(known, Some(Consent::Given { .. })) => Some(Consent::Given { on: now }),
                (Some(false), known) if !matches!(known, Some(Consent::Withdrawn { .. })) => Some(Consent::Withdrawn { on: now }),
                (_, known) => known,
            };
            let chosen = Chosen { topics, language: choices.language, paused_until, telling, left_at: None };
            leaving::choose(&self.office, session, &address, &chosen, now).await?;
            if choices.again {
                leaving::come_back(&self.office, session, &address).await?;
            }
        }
        events::note_chosen(session, &By::visit(visit), reader.way_out.delivery, kind, &Reason::Form, now).await?;
        reader.chosen = choices::find_chosen(session, &address).await?;
        reader.may_tell = readers::may_tell(session, reader, now).await?;
        Ok(())
    }

    fn choices_page(&self, reader: &Reader, visit: &Visit, saved: bool) -> Response<Body> {
        let topics = reader.chosen.topics.iter();
        let topics = topics.map(|topic| Topic { name: &topic.name, key: topic_key(&topic.name), wanted: topic.wanted });
        let topics: Vec<Topic<'_>> = topics.collect();
        let paused_until = reader.chosen.paused_until.filter(|until| *until > self.office.now());
        let preferences = Preferences {
            address: &reader.way_out.address,
            topics: &topics,
            left: reader.chosen.left_at.is_some(),
            paused_until: paused_until.map(readers::day),
            telling: self.tells().then_some(reader.may_tell),
            chosen: reader.chosen.language,
            offered: &self.written,
            saved,
        };
        self.page(StatusCode::OK, Matter::Preferences(preferences), self.language(reader, visit))
    }

    /// Whether letters of this office tell anything at all.
    fn tells(&self) -> bool {
        self.office.config.tracking.opens || self.office.config.tracking.clicks
    }

    fn preferences_address(&self, token: WebToken) -> String {
        let public_address = self.office.config.tracking.public_address.as_deref().unwrap_or_default();
        Door::Preferences.address(public_address, token)
    }

    fn language(&self, reader: &Reader, visit: &Visit) -> Language {
        reader.page_language(&visit.languages, &self.written)
    }

    /// A page that concerns nobody.
    fn message(&self, status: StatusCode, matter: Matter<'_>, languages: &[Language]) -> Response<Body> {
        self.page(status, matter, first_written(languages.iter().copied(), &self.written))
    }

    fn page(&self, status: StatusCode, matter: Matter<'_>, language: Language) -> Response<Body> {
        let company = &self.office.config.team.company;
        match self.office.letters.render_page(&PageOrder { language, company, matter }) {
            Ok(html) => pages::page(status, html),
            Err(fault) => {
                // All pages were rendered when the daemon began.
                tracing::error!("A page could not be shown: {fault}");
                pages::text(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", String::new())
            }
        }
    }

    fn note_trouble(&self, error: &InboundError) {
        match error {
            InboundError::Books(error) if may_pass(error) => room::note(&self.office, error),
            error => tracing::error!("A request from the web could not be answered: {error}"),
        }
    }

    fn counted(&self, what: &'static str, response: Response<Body>) -> Response<Body> {
        self.counts.note(what, response.status().as_u16());
        response
    }
}

fn leaving<'a>(reader: &'a Reader, preferences: &'a str) -> Leaving<'a> {
    Leaving { address: &reader.way_out.address, topic: reader.way_out.topic.as_deref(), preferences }
}

/// The body of what acts; others have none that we read.
async fn body_of(method: &axum::http::Method, body: Body) -> Result<Vec<u8>, StatusCode> {
    if method != axum::http::Method::POST {
        return Ok(Vec::new());
    }
    match tokio::time::timeout(BODY_WITHIN, to_bytes(body, BODY_LEN_MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes.to_vec()),
        // Broken off or too long; whoever broke off hears neither.
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// What a request is called among the figures.
fn name(what: &WebRequest) -> &'static str {
    match what {
        WebRequest::Open { .. } => "open",
        WebRequest::Click { .. } => "click",
        WebRequest::UnsubscribePage { .. } => "unsubscribe-page",
        WebRequest::UnsubscribeOneClick { .. } => "unsubscribe",
        WebRequest::PreferencesPage { .. } => "preferences-page",
        WebRequest::PreferencesSave { .. } => "preferences",
        WebRequest::Misused => "misused",
        WebRequest::Health | WebRequest::Metrics | WebRequest::Unknown => "unknown",
    }
}
