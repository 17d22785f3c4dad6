//! Everything a letter's templates may name, with its values cleaned. `templates/README.md` explains each to the people who write
//! templates; a test holds the two together.

use super::clean::{self, VALUE_LEN_MAX};
use super::phrase::{Phrase, Run};
use super::quote::Quote;
use super::signature;
use super::words::Words;
use crate::decide::DraftOrder;
use crate::types::Language;
use serde::Serialize;

/// Most products, quantities or references one sentence repeats.
const LISTED_MAX: usize = 6;

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
    /// Where its reader chooses what to get; null where nothing is to be chosen.
    choices: Option<String>,
    choices_words: String,
    quote: Option<Quote<P>>,
}

impl Page<Phrase> {
    /// What is known for this order, in words of this language.
    pub(super) fn new(order: &DraftOrder, language: Language, words: &Words) -> Self {
        let listed = |values: &[String], run: Run| {
            let values = clean::lines(values).take(LISTED_MAX).map(|value| Phrase::of(&value, run, language));
            Phrase::list(values, &words.list.separator)
        };
        let names: Vec<String> = order.products.iter().map(|goods| goods.name.clone()).take(LISTED_MAX * 4).collect();
        let products = listed(&names, Run::AsWritten);
        let quantities = order.quantities.iter().take(LISTED_MAX).map(|quantity| words.quantity(quantity, language));
        let quantities = Phrase::list(quantities, &words.list.separator);
        let terms = terms(order, language);
        Page {
            language: language.code(),
            direction: direction(language),
            greeting: greeting(order, language, words),
            closing: words.closing.clone(),
            details: details(goods(order, language, words), quantities.clone(), terms.clone(), words),
            products,
            quantities,
            terms,
            references: listed(&order.references_named, Run::LeftToRight),
            questions: order.questions.iter().map(|question| words.question(*question, order.letter).to_owned()).collect(),
            signature: signature::lines(order, language),
            own_signature: signature::own_html(order).is_some(),
            choices: None,
            choices_words: String::new(),
            quote: Quote::new(&order.quoted, &words.quote.anonymous, language, words),
        }
    }
}

impl<P> Page<P> {
    /// The same with a link to where its reader chooses what to get.
    pub(super) fn with_choices(self, address: &str, words: &str) -> Self {
        Page { choices: Some(address.to_owned()), choices_words: words.to_owned(), ..self }
    }

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
            choices: self.choices,
            choices_words: self.choices_words,
            quote: self.quote.map(|quote| quote.map(&make)),
        }
    }
}

impl Page<Phrase> {
    /// What subject and text templates see: strings, and the quoted lines with their `> `.
    pub(super) fn plain(&self) -> Page<String> {
        let mut plain = self.clone().map(|phrase| phrase.plain());
        plain.quote.iter_mut().for_each(Quote::mark);
        plain
    }

    /// What HTML templates see: phrases in pieces, and quoted lines whose leading spaces HTML does not fold.
    pub(super) fn html(mut self) -> Self {
        self.quote.iter_mut().for_each(Quote::indent);
        self
    }
}

/// The reading direction, as HTML names it.
pub(super) fn direction(language: Language) -> &'static str {
    if language.is_right_to_left() { "rtl" } else { "ltr" }
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
        // An Arabic place follows the code as Arabic runs; one isolate would put it before the code.
        (Some(term), Some(place)) if language.is_right_to_left() && clean::has_right_to_left(&place) => {
            let mut terms = Phrase::of(term.code(), Run::LeftToRight, language);
            terms.say(" ");
            terms.name(&place, Run::AsWritten, language);
            Some(terms)
        }
        // One isolate, so that code and place keep their order in every direction.
        (Some(term), Some(place)) => Some(Phrase::of(&format!("{term} {place}"), Run::LeftToRight, language)),
        (Some(term), None) => Some(Phrase::of(term.code(), Run::LeftToRight, language)),
        (None, Some(place)) => Some(Phrase::of(&place, Run::AsWritten, language)),
        (None, None) => None,
    }
}

/// "steel bottles (500 pcs), mugs"; which quantity belongs to which product was read, not guessed.
fn goods(order: &DraftOrder, language: Language, words: &Words) -> Option<Phrase> {
    let named = order.products.iter().filter_map(|goods| {
        let name = Some(clean::line(&goods.name, VALUE_LEN_MAX)).filter(|name| !name.is_empty())?;
        let name = Phrase::of(&name, Run::AsWritten, language);
        let Some(quantity) = &goods.quantity else { return Some(name) };
        let quantity = words.quantity(quantity, language);
        Some(Phrase::fill(&words.list.with_quantities, &[("products", &name), ("quantities", &quantity)]))
    });
    Phrase::list(named.take(LISTED_MAX), &words.list.separator)
}

/// "steel bottles (500 pcs), mugs, FOB Santos". Numbers that belong to none of the goods are named only where no goods are.
fn details(goods: Option<Phrase>, quantities: Option<Phrase>, terms: Option<Phrase>, words: &Words) -> Option<Phrase> {
    Phrase::list([goods.or(quantities), terms].into_iter().flatten(), &words.list.clause_separator)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::decide::LetterName;
    use crate::types::Incoterm;

    #[test]
    fn code_and_place_are_read_in_their_order_in_arabic() {
        let arabic = Language::parse("ar").expect("a language of ours");
        let said = |place: &str| {
            let order = samples::orders(LetterName::FirstReply, arabic).pop().expect("a sample");
            terms(&DraftOrder { incoterm: Some(Incoterm::Cif), place: Some(place.to_owned()), ..order }, arabic).map(|terms| terms.plain())
        };
        assert_eq!(said("Jeddah").as_deref(), Some("\u{2066}CIF Jeddah\u{2069}"));
        assert_eq!(said("جدة").as_deref(), Some("\u{2066}CIF\u{2069} \u{2068}جدة\u{2069}"));
    }
}
