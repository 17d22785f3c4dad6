//! How the daemon fares, for whoever watches this machine: whether its books answer, and figures in the text format of Prometheus. Counts
//! by state and nothing else: no name, no address, no subject.

use super::super::Office;
use super::pages;
use crate::record::{BooksError, acts, choices, contacts, drafts, health, messages, outbox, quarantine, settings, tracking};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Books that take longer are not well.
const BOOKS_WITHIN: Duration = Duration::from_secs(5);
const PLAIN: &str = "text/plain; charset=utf-8";
/// Text format 0.0.4.
const FIGURES: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Requests from the world by what they asked for and how they were answered.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<BTreeMap<(&'static str, u16), u64>>);

impl Counts {
    pub(super) fn note(&self, what: &'static str, status: u16) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((what, status)).or_default() += 1;
    }
}

/// 200 when the books answer.
pub(super) async fn health(office: &Office) -> Response<Body> {
    let asked = async {
        let mut session = office.books.look().await?;
        settings::find_paused(&mut session).await
    };
    match tokio::time::timeout(BOOKS_WITHIN, asked).await {
        Ok(Ok(_)) => pages::text(StatusCode::OK, PLAIN, "ok\n".to_owned()),
        Ok(Err(error)) => pages::text(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("The books do not answer: {}\n", error.kind())),
        Err(_) => pages::text(StatusCode::SERVICE_UNAVAILABLE, PLAIN, "The books do not answer in time\n".to_owned()),
    }
}

/// The figures.
pub(super) async fn metrics(office: &Office, counts: &Counts) -> Response<Body> {
    match tokio::time::timeout(BOOKS_WITHIN, of_books(office)).await {
        Ok(Ok(mut figures)) => {
            figures.begin("tradepost_web_requests_total", "counter", "Requests to the public listener");
            for ((what, status), count) in counts.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                figures.say(&[("what", what), ("status", &status.to_string())], *count);
            }
            pages::text(StatusCode::OK, FIGURES, figures.text)
        }
        Ok(Err(error)) => pages::text(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("The books do not answer: {}\n", error.kind())),
        Err(_) => pages::text(StatusCode::SERVICE_UNAVAILABLE, PLAIN, "The books do not answer in time\n".to_owned()),
    }
}

async fn of_books(office: &Office) -> Result<Figures, BooksError> {
    let mut session = office.books.look().await?;
    let session = &mut session;
    let mut figures = Figures::default();
    figures.begin("tradepost_messages", "gauge", "Mails in the books");
    let number = messages::count(session).await?;
    figures.say(&[], count(number));
    figures.begin("tradepost_contacts", "gauge", "People in the books");
    let number = contacts::count(session).await?;
    figures.say(&[], count(number));
    figures.begin("tradepost_quarantined", "gauge", "Mails set aside");
    let number = quarantine::count(session).await?;
    figures.say(&[], count(number));
    figures.begin("tradepost_acts", "gauge", "What was decided, by what became of it");
    for (state, number) in acts::count_by_state(session).await? {
        figures.say(&[("state", state.name())], count(number));
    }
    figures.begin("tradepost_drafts", "gauge", "Drafts by what became of them");
    for (state, number) in drafts::count_by_state(session).await? {
        figures.say(&[("state", state.name())], count(number));
    }
    figures.begin("tradepost_deliveries", "gauge", "Mails to one recipient each, by what became of them");
    let mut deliveries: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, state, number) in outbox::lists::count_by_state(session).await? {
        *deliveries.entry(state.name()).or_default() += count(number);
    }
    for (state, number) in deliveries {
        figures.say(&[("state", state)], number);
    }
    figures.begin("tradepost_troubles", "gauge", "What is wrong now");
    let mut troubles: BTreeMap<&str, u64> = BTreeMap::new();
    for trouble in health::list_troubles(session).await? {
        *troubles.entry(trouble.kind.name()).or_default() += 1;
    }
    for (kind, number) in troubles {
        figures.say(&[("kind", kind)], number);
    }
    figures.begin("tradepost_letter_events", "gauge", "What letters told, by who it was");
    for event in tracking::count_events(session).await? {
        figures.say(&[("kind", event.kind.name()), ("class", event.class.name())], count(event.count));
    }
    figures.begin("tradepost_unsubscribed", "gauge", "People who want no letters at all");
    let number = choices::count_left(session).await?;
    figures.say(&[], count(number));
    Ok(figures)
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The text of the figures. Labels are words of the program, so nothing in them needs escaping.
#[derive(Debug, Default)]
struct Figures {
    text: String,
    name: &'static str,
}

impl Figures {
    fn begin(&mut self, name: &'static str, kind: &str, help: &str) {
        self.name = name;
        // Writing to a text cannot fail.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn say(&mut self, labels: &[(&str, &str)], value: u64) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.text, "{}{labels} {value}", self.name);
    }
}
