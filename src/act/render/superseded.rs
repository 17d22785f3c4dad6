//! Everything the templates of a note about an outdated draft may name, with its values cleaned. `templates/README.md` explains each.

use super::clean::{self, VALUE_LEN_MAX};
use super::page::direction;
use super::phrase::{Phrase, Run};
use super::quote::{Quote, writer};
use super::words::Words;
use crate::decide::SupersededOrder;
use crate::types::Language;
use serde::Serialize;

/// Longest line of a letter that is repeated, in characters.
const LINE_LEN_MAX: usize = 300;
/// Most lines of each side.
const LINES_MAX: usize = 12;

/// What templates see. `P` is a phrase in pieces for HTML and a plain string for text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Outdated<P> {
    language: &'static str,
    /// `ltr` or `rtl`.
    direction: &'static str,
    /// To whom it was sent: the name, else the address; null when neither is known.
    customer: Option<P>,
    subject: Option<P>,
    /// The customer has written again; else the draft had been withdrawn.
    newer_mail: bool,
    /// What stands only in the mail that was sent.
    sent: Vec<P>,
    /// Whether a draft waits now.
    has_current: bool,
    /// What stands only in that draft.
    current: Vec<P>,
    /// Both say the same.
    same: bool,
    /// That lines were left out; null when none were.
    shortened: Option<String>,
    mailbox: P,
    quote: Option<Quote<P>>,
}

impl Outdated<Phrase> {
    /// What is known for this order, in words of this language.
    pub(super) fn new(order: &SupersededOrder, language: Language, words: &Words) -> Self {
        let as_written = |value: &str| Phrase::of(value, Run::AsWritten, language);
        let lines = |lines: &[String]| -> Vec<Phrase> {
            let cleaned = lines.iter().map(|line| clean::line(line, LINE_LEN_MAX)).filter(|line| !line.is_empty());
            cleaned.take(LINES_MAX).map(|line| as_written(&line)).collect()
        };
        let subject = clean::line(&order.subject, VALUE_LEN_MAX);
        let (sent, current) = (lines(&order.sent), lines(order.current.as_deref().unwrap_or_default()));
        Outdated {
            language: language.code(),
            direction: direction(language),
            customer: writer(&order.customer, language),
            subject: (!subject.is_empty()).then(|| as_written(&subject)),
            newer_mail: order.newer_mail,
            has_current: order.current.is_some(),
            same: order.current.is_some() && sent.is_empty() && current.is_empty(),
            sent,
            current,
            shortened: order.shortened.then(|| words.quote.shortened.clone()),
            mailbox: as_written(&clean::line(&order.mailbox, VALUE_LEN_MAX)),
            quote: Quote::new(&order.quoted, &words.quote.customer, language, words),
        }
    }

    /// What subject and text templates see: strings, and the quoted lines with their `> `.
    pub(super) fn plain(&self) -> Outdated<String> {
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

impl<P> Outdated<P> {
    /// The same with every phrase made something else.
    fn map<Q>(self, make: impl Fn(P) -> Q) -> Outdated<Q> {
        Outdated {
            language: self.language,
            direction: self.direction,
            customer: self.customer.map(&make),
            subject: self.subject.map(&make),
            newer_mail: self.newer_mail,
            sent: self.sent.into_iter().map(&make).collect(),
            has_current: self.has_current,
            current: self.current.into_iter().map(&make).collect(),
            same: self.same,
            shortened: self.shortened,
            mailbox: make(self.mailbox),
            quote: self.quote.map(|quote| quote.map(&make)),
        }
    }
}
