//! What a buyer names exactly: products, quantities, Incoterm and place, currency, dates.
//!
//! A text comes in with its language and the day it was sent; [`Facts`] go out. The text is folded and all listed words are found in
//! one pass (`page`), numbers in a second (`numbers`); each finder then reads that page and looks no further than a sentence
//! around, so the work grows with the text and no faster. The words are data, `rules/facts/*.toml` (`lists`). Absent on purpose:
//! guessing. A fact that is not plainly there is left empty, and the draft asks for it.

mod columns;
mod containers;
mod currency;
mod dates;
mod figures;
mod goods_rows;
mod incoterm;
mod items;
mod lexicon;
mod lists;
mod numbers;
mod page;
mod papers;
mod places;
mod products;
mod quantities;
mod references;
mod rows;
mod terms;
#[cfg(test)]
mod tests;

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

/// The facts of one text.
fn find_in(text: &str, language: Language, sent_on: Option<jiff::civil::Date>, rules: &FactRules) -> Facts {
    let page = Page::read(text, language, rules);
    let numbers = numbers::scan(&page);
    let wanted = quantities::find(&page, &numbers);
    let delivery = incoterm::find(&page);
    let (currency, target_price) = currency::find(&page, &numbers);
    let references = references::find(&page);
    Facts {
        products: products::find(&page, &wanted, &references),
        quantities: quantities::listed(wanted),
        incoterm: delivery.term,
        place_code: delivery.place.as_ref().and_then(|place| place.code.clone()),
        place: delivery.place.map(|place| place.name),
        currency,
        target_price,
        deadline: dates::find(&page, &numbers, sent_on),
        certificates: terms::certificates(&page),
        payment_terms: terms::payment(&page, &numbers),
        references: references.into_iter().map(|reference| reference.number).collect(),
    }
}
