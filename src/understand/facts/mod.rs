//! What a buyer names exactly: products, quantities, Incoterm and place, currency, dates.
//!
//! A text comes in with its language and the day it was sent; [`Facts`] go out. The text is folded and all listed words are found in
//! one pass (`page`), numbers in a second (`numbers`); each finder then reads that page and looks no further than a sentence
//! around, so the work grows with the text and no faster. The words are data, `rules/facts/*.toml` (`lists`). Absent on purpose:
//! guessing. A fact that is not plainly there is left empty, and the draft asks for it.

mod bare;
mod bound;
mod calendar;
mod columns;
mod containers;
mod currency;
mod dates;
mod figures;
mod follows;
mod goods_rows;
mod incoterm;
mod items;
mod labels;
mod lexicon;
mod lists;
mod meanings;
mod numbers;
mod page;
mod papers;
mod places;
mod products;
mod quantities;
mod references;
mod rows;
mod shipments;
#[cfg(test)]
mod stories;
mod terms;
#[cfg(test)]
mod tests;
mod variants;

pub use lists::FactRules;
pub use papers::{add_credit, add_paper};

use crate::types::{Currency, Incoterm, Language, Quantity};
use page::Page;
use rust_decimal::Decimal;

/// The facts of one letter; empty where it names none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    pub products: Vec<Product>,
    pub quantities: Vec<Quantity>,
    pub incoterm: Option<Incoterm>,
    /// The named place as written in the mail.
    pub place: Option<String>,
    /// Its UN/LOCODE, `DEHAM`.
    pub place_code: Option<String>,
    pub currency: Option<Currency>,
    pub target_price: Option<Decimal>,
    /// A day, or the words that name a period, as written.
    pub deadline: Option<String>,
    pub certificates: Vec<String>,
    pub payment_terms: Option<String>,
    /// Numbers of papers and shipments: ours or the buyer's.
    pub references: Vec<String>,
    /// Where they stand in the text, in its order; what only the subject says has no span.
    pub spans: Vec<Span>,
}

/// Where a fact stands in the text it was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub fact: FactKind,
    /// Bytes of the text.
    pub range: std::ops::Range<usize>,
}

/// What a span marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactKind {
    Product,
    Quantity,
    Incoterm,
    Place,
    Currency,
    TargetPrice,
    Deadline,
    Certificate,
    PaymentTerms,
    Reference,
}

/// Goods the letter is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Product {
    pub name: Option<String>,
    pub sku: Option<String>,
    /// How many of them, when that stands beside the name.
    pub quantity: Option<Quantity>,
}

/// Finds the facts in what was typed now. `sent_on` is the day of the mail, for relative dates; `language` decides how
/// `1.000` and `3/4` are meant. The subject fills in only what the text leaves open; references are taken from both.
pub fn find(text: &str, subject: Option<&str>, language: Language, sent_on: Option<jiff::civil::Date>, rules: &FactRules) -> Facts {
    let mut facts = find_in(text, language, sent_on, rules);
    let Some(subject) = subject.filter(|subject| !subject.trim().is_empty()) else { return facts };
    let title = find_in(subject, language, sent_on, rules);
    if facts.products.is_empty() {
        facts.products = if title.products.is_empty() { products::whole_title(subject, language, rules) } else { title.products };
    }
    if facts.quantities.is_empty() {
        facts.quantities = title.quantities;
    }
    if facts.place.is_none() && (facts.incoterm.is_none() || title.incoterm.is_none() || facts.incoterm == title.incoterm) {
        facts.place = title.place;
        facts.place_code = title.place_code;
    }
    facts.incoterm = facts.incoterm.or(title.incoterm);
    facts.currency = facts.currency.or(title.currency);
    facts.payment_terms = facts.payment_terms.or(title.payment_terms);
    for (own, more) in [(&mut facts.certificates, title.certificates), (&mut facts.references, title.references)] {
        for word in more {
            if !own.contains(&word) {
                own.push(word);
            }
        }
    }
    facts
}

/// A fact and the offsets of the page it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found<T> {
    what: T,
    start: usize,
    end: usize,
}

/// Notes where facts stand.
struct Marks<'p> {
    page: &'p Page<'p>,
    spans: Vec<Span>,
}

impl Marks<'_> {
    fn note(&mut self, fact: FactKind, start: usize, end: usize) {
        self.spans.push(Span { fact, range: self.page.source(start)..self.page.source(end) });
    }

    /// Notes a found fact and gives the fact itself.
    fn taken<T>(&mut self, fact: FactKind, found: Option<Found<T>>) -> Option<T> {
        let found = found?;
        self.note(fact, found.start, found.end);
        Some(found.what)
    }

    fn all<T>(&mut self, fact: FactKind, found: Vec<Found<T>>) -> Vec<T> {
        found.into_iter().filter_map(|found| self.taken(fact, Some(found))).collect()
    }
}

/// The facts of one text.
fn find_in(text: &str, language: Language, sent_on: Option<jiff::civil::Date>, rules: &FactRules) -> Facts {
    let page = Page::read(text, language, rules);
    let numbers = numbers::scan(&page);
    let wanted = quantities::find(&page, &numbers);
    let delivery = incoterm::find(&page, &wanted);
    let (currency, target_price) = currency::find(&page, &numbers);
    let references = references::find(&page);
    let mut marks = Marks { page: &page, spans: Vec::new() };
    wanted.iter().for_each(|wanted| marks.note(FactKind::Quantity, wanted.start, wanted.end));
    references.iter().for_each(|reference| marks.note(FactKind::Reference, reference.start, reference.end));
    let place = delivery.place.inspect(|place| marks.note(FactKind::Place, place.start, place.start + place.name.len()));
    let mut facts = Facts {
        products: marks.all(FactKind::Product, products::find(&page, &wanted, &references)),
        quantities: quantities::listed(wanted),
        incoterm: marks.taken(FactKind::Incoterm, delivery.term),
        place_code: place.as_ref().and_then(|place| place.code.clone()),
        place: place.map(|place| place.name),
        currency: marks.taken(FactKind::Currency, currency),
        target_price: marks.taken(FactKind::TargetPrice, target_price),
        deadline: marks.taken(FactKind::Deadline, dates::find(&page, &numbers, sent_on)),
        certificates: marks.all(FactKind::Certificate, terms::certificates(&page)),
        payment_terms: marks.taken(FactKind::PaymentTerms, terms::payment(&page, &numbers)),
        references: references.into_iter().map(|reference| reference.number).collect(),
        spans: Vec::new(),
    };
    facts.spans = marks.spans;
    facts.spans.sort_by_key(|span| (span.range.start, span.range.end));
    facts
}
