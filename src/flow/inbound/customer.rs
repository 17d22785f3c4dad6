//! Whose conversation a mail belongs to, and what the books learn of that person.

use super::InboundError;
use super::recording::{Mail, sent_at};
use crate::flow::Office;
use crate::link::{self, Candidates, Link, Writer, WriterKind};
use crate::parse::{self, Letter};
use crate::record::contact_details::{Detail, DetailKind};
use crate::record::contacts::ContactDetails;
use crate::record::{self, Session};
use crate::types::{CompanyId, ContactId, Country, NamedAddress};
use crate::understand::{self, Person, Phone, PhoneKind};

/// How far back a common subject is looked for.
const SUBJECT_SINCE_MS: i64 = 180 * 86_400_000;
/// Below this a language guess is no fact about a customer.
const LANGUAGE_SURE: f64 = 0.8;

/// Whom the conversation is with: the writer, or, when one of us wrote, the first outsider it went to.
pub(super) fn counterpart(office: &Office, letter: &Letter, writer: &Writer) -> NamedAddress {
    if writer.kind != WriterKind::Staff {
        return writer.person.clone();
    }
    let outside = |person: &&NamedAddress| person.address.as_ref().is_some_and(|address| !office.ours.holds(address));
    letter.to.iter().chain(&letter.cc).find(outside).cloned().unwrap_or_default()
}

/// What the books know that may concern the letter.
pub(super) async fn candidates(
    session: &mut Session,
    office: &Office,
    letter: &Letter,
    counterpart: &NamedAddress,
) -> Result<Candidates, InboundError> {
    let contact = match &counterpart.address {
        Some(address) => record::contacts::find_by_key(session, address).await?,
        None => None,
    };
    let domain = counterpart.address.as_ref().and_then(|address| link::company_domain(address, &office.rules));
    let company = match (contact.as_ref().and_then(|contact| contact.company), domain) {
        (Some(id), _) => record::companies::find_by_id(session, id).await?,
        (None, Some(domain)) => record::companies::find_by_domain(session, &domain).await?,
        (None, None) => None,
    };
    let key = link::subject_key(letter.subject.as_deref().unwrap_or(""));
    let traces = record::threads::Traces {
        in_reply_to: &letter.in_reply_to,
        references: &letter.references,
        own_id: letter.message_id.as_ref(),
        thread_index: letter.thread_index.as_ref().map(|(conversation, _)| conversation.as_str()),
        contact: contact.as_ref().map(|contact| contact.id),
        subject_key: &key,
        since: office.now().plus_ms(-SUBJECT_SINCE_MS),
    };
    let threads = record::threads::list_candidates(session, &traces).await?;
    Ok(Candidates { contact, company, threads })
}

/// Enters a contact and a company for somebody new; fills gaps of a known one. A machine's address is nobody's contact.
pub(super) async fn enter_contact(
    session: &mut Session,
    office: &Office,
    link: &Link,
    mail: &Mail<'_>,
    counterpart: &NamedAddress,
) -> Result<(Option<ContactId>, Option<CompanyId>), InboundError> {
    let (writer, reading, at) = (mail.writer, mail.reading, sent_at(mail.letter, office.now()));
    let company = link.company.as_ref().map(|company| company.id);
    let Some(address) = counterpart.address.as_ref().filter(|_| writer.kind != WriterKind::Machine) else {
        return Ok((link.contact.as_ref().map(|contact| contact.id), company));
    };
    let is_theirs = matches!(writer.kind, WriterKind::Outsider | WriterKind::Form | WriterKind::ForwardedByStaff);
    let language = Some(reading.language).filter(|guess| is_theirs && guess.confidence >= LANGUAGE_SURE).map(|guess| guess.language);
    // Of a mail that should not be trusted nothing is believed about whom it speaks for.
    let is_trusted = !reading.flags.iter().any(|flag| flag.kind.is_grave());
    let known = link.contact.as_ref().and_then(|contact| contact.country).or(link.company.as_ref().and_then(|company| company.country));
    let person = if is_theirs && is_trusted { person_behind(office, mail, known) } else { Person::default() };
    let country = reading.buyer.as_ref().and_then(|buyer| buyer.country).or(person.country);
    let name = counterpart.name.as_deref().or(person.name.as_deref());
    let details = |company| ContactDetails { name, company, country, language, owner: None };
    let learned = details_of(&person);
    if let Some(contact) = &link.contact {
        record::contacts::mark_learned(session, contact.id, &details(company)).await?;
        record::contacts::mark_seen(session, contact.id, at).await?;
        record::contact_details::mark_learned(session, contact.id, &learned, source(writer), at).await?;
        let company = contact.company.or(company);
        learn_company(session, company, &person).await?;
        return Ok((Some(contact.id), company));
    }
    let company = match (company, link::company_domain(address, &office.rules)) {
        (Some(company), _) => Some(company),
        (None, Some(domain)) => {
            // Until somebody tells the firm's name, its domain names it.
            let name = writer.company.clone().unwrap_or_else(|| domain.clone());
            let name_key = link::name_key(&name);
            let new =
                record::companies::NewCompany { name: &name, name_key: &name_key, domain: Some(&domain), country, language, owner: None };
            Some(record::companies::add(session, &new).await?)
        }
        (None, None) => None,
    };
    learn_company(session, company, &person).await?;
    let new = record::contacts::NewContact { address, details: details(company), source: source(writer), seen_at: at };
    let contact = record::contacts::add(session, &new).await?;
    record::contact_details::mark_learned(session, contact, &learned, source(writer), at).await?;
    Ok((Some(contact), company))
}

/// The person whose words a mail carries; of a mail that a colleague passed on, whoever wrote the inner one.
fn person_behind(office: &Office, mail: &Mail<'_>, known: Option<Country>) -> Person {
    let inner = mail.letter.fresh.forwarded.as_ref().filter(|_| mail.writer.kind == WriterKind::ForwardedByStaff);
    match inner {
        Some(inner) => understand::person(&parse::forwarded(inner, mail.letter), mail.reading, &office.rules, known),
        None => understand::person(mail.letter, mail.reading, &office.rules, known),
    }
}

/// What the books keep of a person beside name, firm, country and language.
fn details_of(person: &Person) -> Vec<Detail> {
    let one = |kind, value: Option<&str>| value.map(|value| Detail { kind, value: value.to_owned(), e164: None });
    let single = [
        one(DetailKind::Title, person.title.as_deref()),
        one(DetailKind::Website, person.website.as_deref()),
        one(DetailKind::Address, person.address.as_deref()),
        one(DetailKind::TimeZone, person.time_zone),
    ];
    let phone = |phone: &Phone| {
        let kind = match phone.kind {
            PhoneKind::Office => DetailKind::Office,
            PhoneKind::Mobile => DetailKind::Mobile,
            PhoneKind::WhatsApp => DetailKind::WhatsApp,
            PhoneKind::Fax => DetailKind::Fax,
        };
        Detail { kind, value: phone.written.clone(), e164: phone.e164.clone() }
    };
    single.into_iter().flatten().chain(person.phones.iter().map(phone)).collect()
}

/// A firm that was known by its domain only gets the name its own people sign with, and its country.
async fn learn_company(session: &mut Session, company: Option<CompanyId>, person: &Person) -> Result<(), InboundError> {
    let Some(company) = company else { return Ok(()) };
    let key = person.company.as_deref().map(link::name_key).unwrap_or_default();
    let name = person.company.as_deref().map(|name| (name, key.as_str()));
    Ok(record::companies::mark_learned(session, company, name, person.country).await?)
}

fn source(writer: &Writer) -> &'static str {
    match writer.kind {
        WriterKind::Form => "form",
        WriterKind::ForwardedByStaff => "forward",
        WriterKind::Staff => "sent",
        WriterKind::Outsider | WriterKind::Machine => "mail",
    }
}
