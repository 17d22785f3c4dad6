//! A mail held against what the books know, and what the books learn of it: bank data, and why somebody new is not to be trusted.

use super::InboundError;
use super::recording::{Mail, sent_at};
use crate::flow::Office;
use crate::link::guard::{self, KnownBank, Surroundings, Suspect};
use crate::link::{self, Link, WriterKind};
use crate::record::banks::{self, BankState, Party};
use crate::record::doubts::{self, About};
use crate::record::{self, Session};
use crate::types::{CompanyId, ContactId, EmailAddress, MessageRow};
use crate::understand::guards::bank::BankData;
use crate::understand::{Flag, FlagKind, Reading};
use std::borrow::Cow;

/// People of one name that are looked at.
const NAMESAKES_MAX: i64 = 10;
/// Domains of Reply-To that the books are asked for.
const REPLIES_MAX: usize = 3;

/// A mail as it is to be dealt with.
pub(super) struct Guarded<'a> {
    /// With all flags.
    pub reading: Cow<'a, Reading>,
    /// What was found of the writer earlier.
    doubts: Vec<Flag>,
}

/// Finds what only the books can tell about a mail. History is read and not judged: whom the first look finds is known since before us.
pub(super) async fn guard<'a>(session: &mut Session, office: &Office, mail: &Mail<'a>, link: &Link) -> Result<Guarded<'a>, InboundError> {
    if mail.historical || matches!(mail.writer.kind, WriterKind::Machine | WriterKind::Staff) {
        return Ok(Guarded { reading: Cow::Borrowed(mail.reading), doubts: Vec::new() });
    }
    let known = surroundings(session, office, mail, link).await?;
    let suspect = Suspect { letter: mail.letter, reading: mail.reading, writer: mail.writer, bank: mail.bank };
    let flags = guard::flags(&suspect, &known, &office.config.team, &office.rules);
    let reading =
        if flags == mail.reading.flags { Cow::Borrowed(mail.reading) } else { Cow::Owned(Reading { flags, ..mail.reading.clone() }) };
    Ok(Guarded { reading, doubts: known.doubts })
}

/// What the books know around a mail. Of those they know long, little is asked.
async fn surroundings(session: &mut Session, office: &Office, mail: &Mail<'_>, link: &Link) -> Result<Surroundings, InboundError> {
    let mut known = Surroundings::default();
    let address = mail.writer.person.address.as_ref();
    let domain = address.and_then(|address| link::company_domain(address, &office.rules));
    let company = match (&domain, &link.company) {
        (Some(domain), Some(company)) if company.domain.as_ref() == Some(domain) => Some(company.clone()),
        (Some(domain), _) => record::companies::find_by_domain(session, domain).await?,
        (None, _) => None,
    };
    if let Some(contact) = &link.contact {
        known.doubts.extend(doubts::list(session, About::Contact(contact.id)).await?);
        known.is_known_contact = true;
    }
    if let Some(company) = &company {
        known.doubts.extend(doubts::list(session, About::Company(company.id)).await?);
        known.is_known_company = true;
    } else if let Some(domain) = &domain {
        known.neighbours = record::domains::list_neighbours(session, domain).await?;
        known.our_domains = office.config.team.domains.clone();
        known.our_domains.extend(office.accounts.iter().map(|account| account.config.address.domain().to_owned()));
    }
    if !known.is_known_contact {
        ask_for_names(session, mail, &mut known).await?;
    }
    if !mail.bank.is_empty() {
        let sure = |details: Vec<(KnownBank, BankState)>| {
            details.into_iter().filter(|(_, state)| *state == BankState::FirstSeen).map(|(detail, _)| detail)
        };
        known.our_bank = sure(banks::list(session, Party::Ours).await?).collect();
        for party in parties(session, link, &company, &known).await? {
            known.bank.extend(sure(banks::list(session, party).await?));
        }
    }
    if mail.reading.flags.iter().any(|flag| flag.kind == FlagKind::ReplyElsewhere) {
        known.known_reply_domains = reply_domains(session, office, mail).await?;
    }
    Ok(known)
}

/// People and firms of the writer's name.
async fn ask_for_names(session: &mut Session, mail: &Mail<'_>, known: &mut Surroundings) -> Result<(), InboundError> {
    let name = mail.writer.person.name.as_deref().unwrap_or("");
    if let Some(key) = guard::person_key(name) {
        known.namesakes = record::contacts::list_by_name(session, &key, NAMESAKES_MAX).await?;
        for company in known.namesakes.iter().filter_map(|contact| contact.company).collect::<Vec<_>>() {
            known.their_companies.extend(record::companies::find_by_id(session, company).await?);
        }
    }
    let signed = mail.letter.fresh.signature.as_ref().and_then(|signature| signature.company.as_deref());
    for firm in [Some(name), signed].into_iter().flatten() {
        let key = link::name_key(firm);
        if known.same_name_company.is_none() && !key.is_empty() {
            known.same_name_company = record::companies::find_by_name_key(session, &key).await?;
        }
    }
    Ok(())
}

/// Whose bank data a mail's are held against: the writer's firm's, or the writer's; and those of a firm the writer only looks like.
async fn parties(
    session: &mut Session,
    link: &Link,
    company: &Option<link::KnownCompany>,
    known: &Surroundings,
) -> Result<Vec<Party>, InboundError> {
    let own = company.as_ref().or(link.company.as_ref()).map(|company| Party::Company(company.id));
    let own = own.or_else(|| link.contact.as_ref().map(|contact| Party::Contact(contact.id)));
    let imitated = known.doubts.iter().find(|flag| flag.kind == FlagKind::LookAlike).map(|flag| flag.known.clone());
    let mut parties: Vec<Party> = own.into_iter().collect();
    if let Some(domain) = imitated {
        parties.extend(record::companies::find_by_domain(session, &domain).await?.map(|company| Party::Company(company.id)));
    }
    parties.extend(known.neighbours.iter().take(1).filter(|_| company.is_none()).map(|company| Party::Company(company.id)));
    Ok(parties)
}

/// The domains of Reply-To that are known firms'.
async fn reply_domains(session: &mut Session, office: &Office, mail: &Mail<'_>) -> Result<Vec<String>, InboundError> {
    let domain = |address: &EmailAddress| link::company_domain(address, &office.rules);
    let replies = mail.letter.reply_to.iter().filter_map(|reply| reply.address.as_ref()).filter_map(domain);
    let mut known = Vec::new();
    for reply in replies.take(REPLIES_MAX) {
        if record::companies::find_by_domain(session, &reply).await?.is_some() {
            known.push(reply);
        }
    }
    Ok(known)
}

/// Notes what a recorded mail told: why somebody new is not to be trusted, and where money is to go.
pub(super) async fn learn(
    session: &mut Session,
    office: &Office,
    mail: &Mail<'_>,
    guarded: &Guarded<'_>,
    (contact, company): (Option<ContactId>, Option<CompanyId>),
    message: MessageRow,
) -> Result<(), InboundError> {
    let at = sent_at(mail.letter, office.now());
    let flags = &guarded.reading.flags;
    for flag in flags.iter().filter(|flag| !guarded.doubts.contains(flag)) {
        let about = match flag.kind {
            FlagKind::LookAlike => company.map(About::Company),
            FlagKind::ImitatesColleague | FlagKind::ImitatesCustomer => contact.map(About::Contact),
            _ => None,
        };
        if let Some(about) = about {
            doubts::add(session, about, flag, at).await?;
        }
    }
    let party = match mail.writer.kind {
        // Colleagues repeat customers' accounts too: ours is the one that stands beside our own name.
        WriterKind::Staff => Some(Party::Ours).filter(|_| is_ours(office, mail.bank)),
        _ => company.map(Party::Company).or(contact.map(Party::Contact)),
    };
    let details = guard::kept(mail.bank);
    let Some(party) = party.filter(|_| !details.is_empty()) else { return Ok(()) };
    let known = banks::list(session, party).await?;
    let state = if flags.iter().any(|flag| flag.kind.is_grave()) { BankState::Doubted } else { BankState::FirstSeen };
    let ours = if party == Party::Ours { Vec::new() } else { banks::list(session, Party::Ours).await? };
    let is_new = |detail: &&KnownBank| !known.iter().chain(&ours).any(|(other, _)| other.kind == detail.kind && other.key == detail.key);
    for detail in details.iter().filter(is_new) {
        banks::add(session, party, detail, state, message, at).await?;
    }
    Ok(())
}

fn is_ours(office: &Office, bank: &BankData) -> bool {
    let ours = link::name_key(&office.config.team.company);
    bank.beneficiary.as_deref().is_some_and(|name| !ours.is_empty() && link::name_key(name) == ours)
}
