//! What attached papers add to the facts of a letter. What the letter says itself stands: a paper fills in what it leaves open, and
//! its item table says what and how many where the letter does not say how many.

use super::{FactRules, Facts, Product, find_in, items};
use crate::parse::Paper;
use crate::trade::payments::credit::Credit;
use crate::types::{Language, Quantity};
use jiff::civil::Date;

/// So much of a paper's words is read for facts, in bytes: conditions in small print follow.
const TEXT_LEN_MAX: usize = 32 * 1024;
/// Numbers of a paper that are kept: more are a statement of accounts.
const REFERENCES_MAX: usize = 6;
/// Quantities in the running text of a paper without an item table: more are a catalogue.
const QUANTITIES_MAX: usize = 8;

/// Adds what a paper says. `language` is the paper's own.
pub fn add_paper(facts: &mut Facts, paper: &Paper, language: Language, sent_on: Option<Date>, rules: &FactRules) {
    let text = paper.text.get(..paper.text.floor_char_boundary(TEXT_LEN_MAX)).unwrap_or(&paper.text);
    let mut found = find_in(text, language, sent_on, rules);
    // A paper may give a day for anything; that the goods are wanted by then is said in the letter.
    found.deadline = None;
    found.target_price = None;
    let listed = items::find(&paper.tables, language, rules);
    if listed.is_empty() {
        if found.quantities.len() > QUANTITIES_MAX {
            found.quantities.clear();
            found.products.clear();
        }
    } else {
        found.quantities = quantities_of(&listed);
        found.products = listed;
    }
    found.references.truncate(REFERENCES_MAX);
    fill(facts, found);
}

/// Adds what a credit asks for: its goods, and the latest day of shipment as the day they are wanted by.
pub fn add_credit(facts: &mut Facts, credit: &Credit, sent_on: Option<Date>, rules: &FactRules) {
    let mut found = find_in(&credit.goods, Language::ENGLISH, sent_on, rules);
    found.currency = credit.amount.map(|money| money.currency).or(found.currency);
    found.deadline = credit.ship_by.map(|day| day.to_string());
    found.target_price = None;
    found.certificates = find_in(&credit.documents.join("\n"), Language::ENGLISH, sent_on, rules).certificates;
    found.references.extend(credit.number.clone());
    fill(facts, found);
}

/// The facts of a paper where the letter's own are silent.
fn fill(facts: &mut Facts, found: Facts) {
    if facts.quantities.is_empty() && !found.quantities.is_empty() {
        facts.quantities = found.quantities;
        facts.products = found.products;
    } else if facts.products.is_empty() {
        facts.products = found.products;
    }
    // A place belongs to its trade term.
    if facts.place.is_none() && (facts.incoterm.is_none() || facts.incoterm == found.incoterm) {
        facts.place = found.place;
        facts.place_code = found.place_code;
    }
    facts.incoterm = facts.incoterm.or(found.incoterm);
    facts.currency = facts.currency.or(found.currency);
    facts.deadline = facts.deadline.take().or(found.deadline);
    facts.payment_terms = facts.payment_terms.take().or(found.payment_terms);
    for (own, more) in [(&mut facts.certificates, found.certificates), (&mut facts.references, found.references)] {
        for word in more {
            if !own.contains(&word) {
                own.push(word);
            }
        }
    }
}

/// The quantities of an item table, each once.
fn quantities_of(listed: &[Product]) -> Vec<Quantity> {
    let mut quantities: Vec<Quantity> = Vec::new();
    for quantity in listed.iter().filter_map(|item| item.quantity.as_ref()) {
        if !quantities.contains(quantity) {
            quantities.push(quantity.clone());
        }
    }
    quantities
}
