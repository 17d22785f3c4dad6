//! Everything a letter's templates may name, with its values cleaned. `templates/README.md` explains each to the people who write
//! templates; a test holds the two together.

use super::clean::{self, VALUE_LEN_MAX};
use super::phrase::{Phrase, Run};
use super::signature;
use super::words::Words;
use crate::decide::{DraftOrder, QuotedMail};
use crate::types::Language;
use serde::Serialize;

/// Most products, quantities or references one sentence repeats.
const LISTED_MAX: usize = 6;
/// Most leading spaces kept of a quoted line in HTML.
const INDENT_MAX: usize = 40;
/// Longest quoted text, in bytes.
const QUOTED_LEN_MAX: usize = 20_000;

/// What templates see. `P` is a phrase in pieces for HTML and a plain string for text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Page<P> {
    language: &'static str,
    /// `ltr` or `rtl`.
    direction: &'static str,
    greeting: P,
    closing: String,
    /// Products, quantities and terms in one list; null when the mail named none of them.
    details: Option<P>,
    products: Option<P>,
    quantities: Option<P>,
    terms: Option<P>,
    references: Option<P>,
    questions: Vec<String>,
    /// The lines of the member's signature.
    signature: Vec<P>,
    /// Whether the member has HTML of their own for it.
    own_signature: bool,
    quote: Option<Quote<P>>,
}

/// The quoted mail.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Quote<P> {
    /// "On 2 November 2026 at 09:12, Anna wrote:"
    line: P,
    lines: Vec<String>,
    right_to_left: bool,
    /// That the rest was left out; null when nothing was.
    shortened: Option<String>,
}

impl Page<Phrase> {
    /// What is known for this order, in words of this language.
    pub(super) fn new(order: &DraftOrder, language: Language, words: &Words) -> Self {
        let listed = |values: &[String], run: Run| {
            let values = values.iter().map(|value| clean::line(value, VALUE_LEN_MAX)).filter(|value| !value.is_empty()).take(LISTED_MAX);
            Phrase::list(values.map(|value| Phrase::of(&value, run, language)), &words.list.separator)
        };
        let products = listed(&order.products, Run::AsWritten);
        let quantities = order.quantities.iter().take(LISTED_MAX).map(|quantity| words.quantity(quantity, language));
        let quantities = Phrase::list(quantities, &words.list.separator);
        let terms = terms(order, language);
        Page {
            language: language.code(),
            direction: if language.is_right_to_left() { "rtl" } else { "ltr" },
            greeting: greeting(order, language, words),
            closing: words.closing.clone(),
            details: details(products.clone(), quantities.clone(), terms.clone(), words),
            products,
            quantities,
            terms,
            references: listed(&order.references_named, Run::LeftToRight),
            questions: order.questions.iter().map(|question| words.question(*question, order.letter).to_owned()).collect(),
            signature: signature::lines(order, language),
            own_signature: signature::own_html(order).is_some(),
            quote: quote(&order.quoted, language, words),
        }
    }
}

impl<P> Page<P> {
    /// The same with every phrase made something else.
    fn map<Q>(self, make: impl Fn(P) -> Q) -> Page<Q> {
        Page {
            language: self.language,
            direction: self.direction,
            greeting: make(self.greeting),
            closing: self.closing,
            details: self.details.map(&make),
            products: self.products.map(&make),
            quantities: self.quantities.map(&make),
            terms: self.terms.map(&make),
            references: self.references.map(&make),
            questions: self.questions,
            signature: self.signature.into_iter().map(&make).collect(),
            own_signature: self.own_signature,
            quote: self.quote.map(|quote| Quote {
                line: make(quote.line),
                lines: quote.lines,
                right_to_left: quote.right_to_left,
                shortened: quote.shortened,
            }),
        }
    }
}

impl Page<Phrase> {
    /// What subject and text templates see: strings, and the quoted lines with their `> `.
    pub(super) fn plain(&self) -> Page<String> {
        let mut plain = self.clone().map(|phrase| phrase.plain());
        for line in plain.quote.iter_mut().flat_map(|quote| &mut quote.lines) {
            // RFC 3676 §4.5: levels of quoting stand together.
            let space = if line.is_empty() || line.starts_with('>') { "" } else { " " };
            *line = format!(">{space}{line}");
        }
        plain
    }

    /// What HTML templates see: phrases in pieces, and quoted lines whose leading spaces HTML does not fold.
    pub(super) fn html(mut self) -> Self {
        for line in self.quote.iter_mut().flat_map(|quote| &mut quote.lines) {
            let words = line.trim_start_matches(' ');
            *line = "\u{a0}".repeat((line.len() - words.len()).min(INDENT_MAX)) + words;
        }
        self
    }
}

/// With the customer's name when the mail gives something that looks like one, neutral otherwise.
fn greeting(order: &DraftOrder, language: Language, words: &Words) -> Phrase {
    match order.customer_name.as_deref().and_then(clean::person) {
        Some(name) => Phrase::fill(&words.greeting.named, &[("name", &Phrase::of(&name, Run::AsWritten, language))]),
        None => Phrase::fill(&words.greeting.neutral, &[]),
    }
}

/// The Incoterm with its place, `FOB Santos`.
fn terms(order: &DraftOrder, language: Language) -> Option<Phrase> {
    let place = order.place.as_deref().map(|place| clean::line(place, VALUE_LEN_MAX)).filter(|place| !place.is_empty());
    match (order.incoterm, place) {
        // One isolate, so that code and place keep their order in every direction.
        (Some(term), Some(place)) => Some(Phrase::of(&format!("{term} {place}"), Run::LeftToRight, language)),
        (Some(term), None) => Some(Phrase::of(term.code(), Run::LeftToRight, language)),
        (None, Some(place)) => Some(Phrase::of(&place, Run::AsWritten, language)),
        (None, None) => None,
    }
}

/// "steel bottles, mugs (500 pcs, 300 pcs), FOB Santos". Which quantity belongs to which product is not known, so none is paired.
fn details(products: Option<Phrase>, quantities: Option<Phrase>, terms: Option<Phrase>, words: &Words) -> Option<Phrase> {
    let goods = match (products, quantities) {
        (Some(products), Some(quantities)) => {
            Some(Phrase::fill(&words.list.with_quantities, &[("products", &products), ("quantities", &quantities)]))
        }
        (one, other) => one.or(other),
    };
    Phrase::list([goods, terms].into_iter().flatten(), &words.list.clause_separator)
}

/// The mail answered; `None` when it had no text.
fn quote(quoted: &QuotedMail, language: Language, words: &Words) -> Option<Quote<Phrase>> {
    let (text, cut) = clean::block(&quoted.text, QUOTED_LEN_MAX);
    if text.is_empty() {
        return None;
    }
    let name = quoted.from.name.as_deref().map(|name| clean::line(name, clean::NAME_LEN_MAX)).filter(|name| !name.is_empty());
    let name = match (name, &quoted.from.address) {
        (Some(name), _) => Some(Phrase::of(&name, Run::AsWritten, language)),
        (None, Some(address)) => Some(Phrase::of(address.as_str(), Run::LeftToRight, language)),
        (None, None) => None,
    };
    let line = match (name, written_on(quoted, language, words)) {
        (Some(name), Some(date)) => Phrase::fill(&words.quote.dated, &[("date", &date), ("name", &name)]),
        (Some(name), None) => Phrase::fill(&words.quote.undated, &[("name", &name)]),
        (None, _) => Phrase::fill(&words.quote.anonymous, &[]),
    };
    Some(Quote {
        line,
        right_to_left: clean::begins_right_to_left(&text),
        lines: text.lines().map(|line| line.trim_end().to_owned()).collect(),
        shortened: cut.then(|| words.quote.shortened.clone()),
    })
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
