//! Everything the templates of a note to a member may name, with its values cleaned. `templates/README.md` explains each.

use super::clean::{self, NAME_LEN_MAX, VALUE_LEN_MAX};
use super::page::direction;
use super::phrase::{Phrase, Run};
use super::quote::{Quote, writer};
use super::words::Words;
use crate::decide::NoticeOrder;
use crate::types::Language;
use serde::Serialize;

/// Most words of evidence and most file names that a note repeats.
const LISTED_MAX: usize = 10;

/// What templates see. `P` is a phrase in pieces for HTML and a plain string for text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Note<P> {
    language: &'static str,
    /// `ltr` or `rtl`.
    direction: &'static str,
    /// What the mail is about, as a noun: "Complaint".
    intent: String,
    /// The customer's name, else their address; null when neither is known.
    customer: Option<P>,
    company: Option<P>,
    /// What else is known of the customer: address and company.
    contact: Option<P>,
    subject: Option<P>,
    /// The words that spoke for the intent, each in quotation marks.
    evidence: Option<P>,
    mailbox: P,
    folder: P,
    attachments: Option<P>,
    quote: Option<Quote<P>>,
}

impl Note<Phrase> {
    /// What is known for this order, in words of this language.
    pub(super) fn new(order: &NoticeOrder, language: Language, words: &Words) -> Self {
        let as_written = |value: &str| Phrase::of(value, Run::AsWritten, language);
        let listed = |items: Vec<Phrase>| Phrase::list(items, &words.list.separator);
        let evidence = clean::lines(&order.evidence).take(LISTED_MAX);
        let evidence = evidence.map(|words_of_mail| Phrase::fill(&words.list.quoted, &[("words", &as_written(&words_of_mail))]));
        let subject = clean::line(&order.subject, VALUE_LEN_MAX);
        let company = company(order).map(|company| as_written(&company));
        let contact = [address_beside_name(order, language), company.clone()];
        Note {
            language: language.code(),
            direction: direction(language),
            intent: words.intent(order.intent).to_owned(),
            customer: writer(&order.customer, language),
            company,
            contact: listed(contact.into_iter().flatten().collect()),
            subject: (!subject.is_empty()).then(|| as_written(&subject)),
            evidence: listed(evidence.collect()),
            mailbox: as_written(&clean::line(&order.mailbox, VALUE_LEN_MAX)),
            folder: as_written(&clean::line(&order.folder, VALUE_LEN_MAX)),
            attachments: listed(clean::lines(&order.attachments).take(LISTED_MAX).map(|name| as_written(&name)).collect()),
            quote: Quote::new(&order.quoted, &words.quote.customer, language, words),
        }
    }

    /// What subject and text templates see: strings, and the quoted lines with their `> `.
    pub(super) fn plain(&self) -> Note<String> {
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

impl<P> Note<P> {
    /// The same with every phrase made something else.
    fn map<Q>(self, make: impl Fn(P) -> Q) -> Note<Q> {
        Note {
            language: self.language,
            direction: self.direction,
            intent: self.intent,
            customer: self.customer.map(&make),
            company: self.company.map(&make),
            contact: self.contact.map(&make),
            subject: self.subject.map(&make),
            evidence: self.evidence.map(&make),
            mailbox: make(self.mailbox),
            folder: make(self.folder),
            attachments: self.attachments.map(&make),
            quote: self.quote.map(|quote| quote.map(&make)),
        }
    }
}

/// The customer's company, unless it is what the customer is called already.
fn company(order: &NoticeOrder) -> Option<String> {
    let company = clean::line(order.customer_company.as_deref()?, NAME_LEN_MAX);
    let is_name =
        order.customer.name.as_deref().is_some_and(|name| clean::line(name, NAME_LEN_MAX).to_lowercase() == company.to_lowercase());
    (!company.is_empty() && !is_name).then_some(company)
}

/// The customer's address where it does not stand for the name already.
fn address_beside_name(order: &NoticeOrder, language: Language) -> Option<Phrase> {
    let address = Phrase::of(order.customer.address.as_ref()?.as_str(), Run::LeftToRight, language);
    (writer(&order.customer, language).as_ref() != Some(&address)).then_some(address)
}
