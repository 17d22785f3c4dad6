//! Whose conversation a mail belongs to, and what the books learn of that person.

use super::InboundError;
use super::recording::{Mail, sent_at};
use crate::flow::Office;
use crate::link::{self, Candidates, Link, Writer, WriterKind};
use crate::parse::Letter;
use crate::record::{self, Session};
use crate::types::{CompanyId, ContactId, NamedAddress};

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
    let country = reading.buyer.as_ref().and_then(|buyer| buyer.country);
    if let Some(contact) = &link.contact {
        let details = record::contacts::ContactDetails { name: counterpart.name.as_deref(), company, country, language, owner: None };
        record::contacts::mark_learned(session, contact.id, &details).await?;
        record::contacts::mark_seen(session, contact.id, at).await?;
        return Ok((Some(contact.id), contact.company.or(company)));
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
    let details = record::contacts::ContactDetails { name: counterpart.name.as_deref(), company, country, language, owner: None };
    let new = record::contacts::NewContact { address, details, source: source(writer), seen_at: at };
    Ok((Some(record::contacts::add(session, &new).await?), company))
}

fn source(writer: &Writer) -> &'static str {
    match writer.kind {
        WriterKind::Form => "form",
        WriterKind::ForwardedByStaff => "forward",
        WriterKind::Staff => "sent",
        WriterKind::Outsider | WriterKind::Machine => "mail",
    }
}
