//! The customer's mail quoted below a letter or a note.

use super::clean;
use super::phrase::{Phrase, Run};
use super::words::Words;
use crate::decide::QuotedMail;
use crate::types::{Language, NamedAddress};
use serde::Serialize;

/// Most leading spaces kept of a quoted line in HTML.
const INDENT_MAX: usize = 40;
/// Longest quoted text, in bytes.
const QUOTED_LEN_MAX: usize = 20_000;

/// The quoted mail. `P` is a phrase in pieces for HTML and a plain string for text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Quote<P> {
    /// "On 2 November 2026 at 09:12, Anna wrote:"
    line: P,
    lines: Vec<String>,
    right_to_left: bool,
    /// That the rest was left out; null when nothing was.
    shortened: Option<String>,
}

impl<P> Quote<P> {
    /// The same with its line made something else.
    pub(super) fn map<Q>(self, make: impl Fn(P) -> Q) -> Quote<Q> {
        Quote { line: make(self.line), lines: self.lines, right_to_left: self.right_to_left, shortened: self.shortened }
    }
}

impl Quote<Phrase> {
    /// The mail in words of this language; `anonymous` is the line above it when nothing is known of its writer. `None` when the
    /// mail had no text.
    pub(super) fn new(quoted: &QuotedMail, anonymous: &str, language: Language, words: &Words) -> Option<Self> {
        let (text, cut) = clean::block(&quoted.text, QUOTED_LEN_MAX);
        if text.is_empty() {
            return None;
        }
        let line = match (writer(&quoted.from, language), written_on(quoted, language, words)) {
            (Some(name), Some(date)) => Phrase::fill(&words.quote.dated, &[("date", &date), ("name", &name)]),
            (Some(name), None) => Phrase::fill(&words.quote.undated, &[("name", &name)]),
            (None, _) => Phrase::fill(anonymous, &[]),
        };
        Some(Quote {
            line,
            right_to_left: clean::begins_right_to_left(&text),
            lines: text.lines().map(|line| line.trim_end().to_owned()).collect(),
            shortened: cut.then(|| words.quote.shortened.clone()),
        })
    }

    /// Keeps the leading spaces that HTML would fold.
    pub(super) fn indent(&mut self) {
        for line in &mut self.lines {
            let words = line.trim_start_matches(' ');
            *line = "\u{a0}".repeat((line.len() - words.len()).min(INDENT_MAX)) + words;
        }
    }
}

impl Quote<String> {
    /// Puts `> ` before every line.
    pub(super) fn mark(&mut self) {
        for line in &mut self.lines {
            // RFC 3676 §4.5: levels of quoting stand together.
            let space = if line.is_empty() || line.starts_with('>') { "" } else { " " };
            *line = format!(">{space}{line}");
        }
    }
}

/// Who wrote a mail: the name, else the address.
pub(super) fn writer(person: &NamedAddress, language: Language) -> Option<Phrase> {
    let name = person.name.as_deref().map(|name| clean::line(name, clean::NAME_LEN_MAX)).filter(|name| !name.is_empty());
    match (name, &person.address) {
        (Some(name), _) => Some(Phrase::of(&name, Run::AsWritten, language)),
        (None, Some(address)) => Some(Phrase::of(address.as_str(), Run::LeftToRight, language)),
        (None, None) => None,
    }
}

/// Date and time as the customer's clock showed them; only the day in UTC when their offset is unknown.
fn written_on(quoted: &QuotedMail, language: Language, words: &Words) -> Option<Phrase> {
    use jiff::fmt::temporal::Pieces;
    if let Some(pieces) = quoted.date.as_deref().and_then(|date| Pieces::parse(date).ok()) {
        return Some(words.date(pieces.date(), pieces.time(), language));
    }
    let day = jiff::tz::Offset::UTC.to_datetime(quoted.sent_at?.timestamp()).date();
    Some(words.date(day, None, language))
}
