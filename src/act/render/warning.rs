//! Everything the templates of a warning may name, with its values cleaned. `templates/README.md` explains each.

use super::clean::{self, NAME_LEN_MAX, VALUE_LEN_MAX};
use super::page::direction;
use super::phrase::{Phrase, Run};
use super::quote::Quote;
use super::words::Words;
use crate::decide::WarningOrder;
use crate::types::{Language, NamedAddress};
use crate::understand::Flag;
use serde::Serialize;

/// Most reasons that are told.
const REASONS_MAX: usize = 8;
/// Longest value of a reason, in characters.
const REASON_LEN_MAX: usize = 200;

/// What templates see. `P` is a phrase in pieces for HTML and a plain string for text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Warning<P> {
    language: &'static str,
    /// `ltr` or `rtl`.
    direction: &'static str,
    /// Name and address as the mail gives them; null when it gives neither.
    sender: Option<P>,
    subject: Option<P>,
    /// Why it should not be trusted, a sentence each, with both values.
    reasons: Vec<P>,
    has_draft: bool,
    mailbox: P,
    folder: P,
    quote: Option<Quote<P>>,
}

impl Warning<Phrase> {
    /// What is known for this order, in words of this language.
    pub(super) fn new(order: &WarningOrder, language: Language, words: &Words) -> Self {
        let as_written = |value: &str| Phrase::of(value, Run::AsWritten, language);
        let subject = clean::line(&order.subject, VALUE_LEN_MAX);
        Warning {
            language: language.code(),
            direction: direction(language),
            sender: sender(&order.sender, language),
            subject: (!subject.is_empty()).then(|| as_written(&subject)),
            reasons: order.flags.iter().take(REASONS_MAX).map(|flag| reason(flag, language, words)).collect(),
            has_draft: order.has_draft,
            mailbox: as_written(&clean::line(&order.mailbox, VALUE_LEN_MAX)),
            folder: as_written(&clean::line(&order.folder, VALUE_LEN_MAX)),
            quote: Quote::new(&order.quoted, &words.quote.customer, language, words),
        }
    }

    /// What subject and text templates see: strings, and the quoted lines with their `> `.
    pub(super) fn plain(&self) -> Warning<String> {
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

impl<P> Warning<P> {
    /// The same with every phrase made something else.
    fn map<Q>(self, make: impl Fn(P) -> Q) -> Warning<Q> {
        Warning {
            language: self.language,
            direction: self.direction,
            sender: self.sender.map(&make),
            subject: self.subject.map(&make),
            reasons: self.reasons.into_iter().map(&make).collect(),
            has_draft: self.has_draft,
            mailbox: make(self.mailbox),
            folder: make(self.folder),
            quote: self.quote.map(|quote| quote.map(&make)),
        }
    }
}

/// A sentence with both values.
fn reason(flag: &Flag, language: Language, words: &Words) -> Phrase {
    let value = |value: &str| Phrase::of(&clean::line(value, REASON_LEN_MAX), Run::AsWritten, language);
    Phrase::fill(words.warning(flag.kind), &[("found", &value(&flag.found)), ("known", &value(&flag.known))])
}

/// Both the name and the address: a name alone is what such a mail wants to be known by.
fn sender(person: &NamedAddress, language: Language) -> Option<Phrase> {
    let name = person.name.as_deref().map(|name| clean::line(name, NAME_LEN_MAX)).filter(|name| !name.is_empty());
    let name = name.map(|name| Phrase::of(&name, Run::AsWritten, language));
    let address =
        person.address.as_ref().map(|address| Phrase::of(&clean::line(address.as_str(), VALUE_LEN_MAX), Run::LeftToRight, language));
    match (name, address) {
        (Some(name), Some(address)) => Some(Phrase::fill("{name} ({address})", &[("name", &name), ("address", &address)])),
        (name, address) => name.or(address),
    }
}
