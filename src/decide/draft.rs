//! Everything a draft is made of, taken from the case.

use super::plan::{DraftOrder, Goods, QuotedMail, SignatureText};
use super::{Case, LetterName, Question, language, recipients};
use crate::config::Member;
use crate::link::{WriterKind, base_subject};
use crate::types::{MessageId, NamedAddress};
use crate::understand::Facts;

/// Ids of References an answer carries: the first and the last ones (RFC 5322 §3.6.4 lets them grow without end).
const REFERENCES_MAX: usize = 20;
/// A number without letters or marks is repeated only when it is long enough to be known again.
const BARE_NUMBER_LEN_MIN: usize = 6;

/// Which letter, and what it asks.
pub(super) struct LetterPlan {
    pub letter: LetterName,
    pub questions: Vec<Question>,
}

/// The order for a draft; with the reason when nobody is named in To.
pub(super) fn order(case: &Case<'_>, owner: &Member, plan: LetterPlan) -> (DraftOrder, Option<&'static str>) {
    let letter = case.letter;
    let facts = &case.reading.facts;
    let language = language::answer_language(case.chosen_language, case.reading.language, case.known_language(), case.written);
    let recipients = recipients::recipients(case);
    let signature = owner.signatures.of(language, &owner.name);
    // A form's own mail is no part of the buyer's conversation: an answer to it begins one.
    let is_own_thread = case.writer.kind == WriterKind::Outsider;
    let order = DraftOrder {
        letter: plan.letter,
        language,
        from: NamedAddress { name: Some(case.desk.send_as.name.clone()), address: Some(case.desk.send_as.address.clone()) },
        to: recipients.to,
        cc: recipients.cc,
        message_id: case.message_id.clone(),
        in_reply_to: letter.message_id.clone().filter(|_| is_own_thread),
        references: if is_own_thread { references(letter) } else { Vec::new() },
        thread_index: letter.thread_index.as_ref().map(|(_, whole)| whole.clone()).filter(|_| is_own_thread),
        subject: base_subject(subject(case)).to_owned(),
        customer_name: customer_name(case),
        company: case.team.company.clone(),
        member_name: owner.name.clone(),
        signature: SignatureText { text: signature.text, html: signature.html },
        questions: plan.questions,
        products: goods(facts),
        quantities: facts.quantities.clone(),
        incoterm: facts.incoterm,
        place: facts.place.clone(),
        currency: facts.currency,
        references_named: references_named(case, plan.letter),
        quoted: quoted(case),
        at: case.now,
    };
    (order, recipients.doubt)
}

/// What the letter repeats. Where one thing and one number are named they belong together; else only what stands side by side does.
fn goods(facts: &Facts) -> Vec<Goods> {
    let only = match facts.quantities.as_slice() {
        [only] if facts.products.len() == 1 => Some(only),
        _ => None,
    };
    // A bare code beside named goods is more often a property or a norm than goods of its own.
    let has_names = facts.products.iter().any(|product| product.name.is_some());
    let named = facts.products.iter().filter_map(|product| {
        let name = product.name.clone().or_else(|| product.sku.clone().filter(|_| !has_names))?;
        Some(Goods { name, quantity: product.quantity.as_ref().or(only).cloned() })
    });
    named.collect()
}

/// The numbers the letter may name. "Your order 4711" is said only when it is certain which number is the order's: a number in the
/// subject of a reply was there before the order, and of several nobody knows.
fn references_named(case: &Case<'_>, letter: LetterName) -> Vec<String> {
    let named = case.reading.facts.references.iter().filter(|number| names_itself(number)).cloned();
    if letter != LetterName::Order {
        return named.collect();
    }
    let answered = case.letter.subject.as_deref().filter(|_| !case.letter.in_reply_to.is_empty()).unwrap_or("");
    let numbers: Vec<String> = named.filter(|number| !answered.contains(number.as_str())).collect();
    if numbers.len() == 1 { numbers } else { Vec::new() }
}

/// "Your message regarding 215" says nothing to a reader; `PO-4711` and `2026/087` do.
fn names_itself(number: &str) -> bool {
    number.chars().any(|c| !c.is_ascii_digit()) || number.len() >= BARE_NUMBER_LEN_MIN
}

/// The subject the customer wrote. A form's subject is the form's: the letter gets one of its own.
fn subject<'a>(case: &'a Case<'_>) -> &'a str {
    let subject = match case.writer.kind {
        WriterKind::Form => None,
        WriterKind::ForwardedByStaff => case.letter.fresh.forwarded.as_ref().and_then(|inner| inner.subject.as_deref()),
        WriterKind::Outsider | WriterKind::Staff | WriterKind::Machine => case.letter.subject.as_deref(),
    };
    subject.unwrap_or("")
}

/// The customer's name: their From, or their signature when From is only an address.
fn customer_name(case: &Case<'_>) -> Option<String> {
    let from_signature = || {
        let is_their_own = case.writer.kind == WriterKind::Outsider;
        case.letter.fresh.signature.as_ref().filter(|_| is_their_own).and_then(|signature| signature.name.clone())
    };
    let known = || case.link.contact.as_ref().and_then(|contact| contact.name.clone());
    // A display name that is an address again, or the firm's mailbox, greets nobody.
    let usable = |name: &String| !name.contains('@') && name.chars().any(char::is_alphabetic);
    case.writer.person.name.clone().filter(usable).or_else(from_signature).or_else(known)
}

/// In-Reply-To's chain: the customer's References and their mail, the middle left out when it is long.
fn references(letter: &crate::parse::Letter) -> Vec<MessageId> {
    let mut chain: Vec<MessageId> = if letter.references.is_empty() { letter.in_reply_to.clone() } else { letter.references.clone() };
    chain.extend(letter.message_id.clone());
    let mut seen = std::collections::HashSet::new();
    chain.retain(|id| seen.insert(id.clone()));
    if chain.len() > REFERENCES_MAX {
        let first = chain.first().cloned();
        let last = chain.split_off(chain.len() - (REFERENCES_MAX - 1));
        chain = first.into_iter().chain(last).collect();
    }
    chain
}

/// What is quoted below: the buyer's own words, not the form's frame or the colleague's note.
pub(super) fn quoted(case: &Case<'_>) -> QuotedMail {
    let letter = case.letter;
    let text = match case.writer.kind {
        WriterKind::Form => case.reading.buyer.as_ref().map(|buyer| buyer.text.clone()),
        WriterKind::ForwardedByStaff => letter.fresh.forwarded.as_ref().map(|inner| inner.text.clone()),
        WriterKind::Outsider | WriterKind::Staff | WriterKind::Machine => None,
    };
    let is_own = text.is_none();
    QuotedMail {
        from: case.writer.person.clone(),
        sent_at: letter.sent_at.filter(|_| is_own),
        date: letter.date.clone().filter(|_| is_own),
        text: text.unwrap_or_else(|| letter.text.clone()),
    }
}
