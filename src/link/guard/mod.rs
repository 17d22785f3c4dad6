//! What only the books can tell about a mail that should not be trusted: a sender's domain that looks like a customer's or our own, a
//! colleague's or a customer's name at another address, bank data that differ from those known. In come the letter and what the books and
//! the configuration say; out come flags with both values. Pure.
//!
//! Whom the books have had for long is not doubted: that a name or a domain is like another is asked only of those who are new, and what
//! was found then is remembered, because at their second mail they are no longer new.

mod bank;
mod look_alike;
mod names;

pub use bank::{KnownBank, kept};
pub use look_alike::{TRACES_MAX, looks_like, traces};
pub use names::person_key;

use super::WriterKind;
use super::{KnownCompany, KnownContact, Writer};
use crate::config::Team;
use crate::parse::Letter;
use crate::types::EmailAddress;
use crate::understand::guards::bank::BankData;
use crate::understand::{Flag, FlagKind, Reading, Rules};

/// What the books and the configuration know that a mail is held against.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The writer is a known contact, whom nobody had to doubt.
    pub is_known_contact: bool,
    /// The writer's firm is known by its domain, and nobody had to doubt it.
    pub is_known_company: bool,
    /// What was found when the writer or the firm was new.
    pub doubts: Vec<Flag>,
    /// Firms whose domains share a trace with the writer's.
    pub neighbours: Vec<KnownCompany>,
    /// Contacts of the same name.
    pub namesakes: Vec<KnownContact>,
    /// The firms of those contacts.
    pub their_companies: Vec<KnownCompany>,
    /// The firm that is called as the writer or the writer's signature says.
    pub same_name_company: Option<KnownCompany>,
    /// Domains that the books know among those that Reply-To leads to.
    pub known_reply_domains: Vec<String>,
    /// Bank data known of the writer's firm, or of the writer where there is none.
    pub bank: Vec<KnownBank>,
    /// Bank data of our own, as we write them.
    pub our_bank: Vec<KnownBank>,
    /// Our own domains.
    pub our_domains: Vec<String>,
}

/// What is to be held against the books: a mail with its bank data.
#[derive(Debug, Clone, Copy)]
pub struct Suspect<'a> {
    pub letter: &'a Letter,
    pub reading: &'a Reading,
    pub writer: &'a Writer,
    pub bank: &'a BankData,
}

/// All flags of a mail: its own, without those that the books know better, and those that only the books give.
pub fn flags(suspect: &Suspect<'_>, known: &Surroundings, team: &Team, rules: &Rules) -> Vec<Flag> {
    // A form writes in its own name and has answers go to the buyer: it is made so.
    let is_forms_way =
        |kind: FlagKind| suspect.writer.kind == WriterKind::Form && matches!(kind, FlagKind::ReplyElsewhere | FlagKind::NameHoldsAddress);
    let own = suspect.reading.flags.iter().filter(|flag| !is_one_firm(flag, known) && !is_forms_way(flag.kind));
    let mut flags: Vec<Flag> = own.cloned().collect();
    // Nobody outside speaks in a mail of ours, and no machine asks for money in person.
    if matches!(suspect.writer.kind, WriterKind::Staff | WriterKind::Machine) {
        return flags;
    }
    flags.extend(known.doubts.iter().cloned());
    if suspect.writer.kind == WriterKind::Outsider
        && let Some(address) = &suspect.writer.person.address
    {
        if !known.is_known_company {
            flags.extend(look_alike(address, known, rules));
        }
        if !known.is_known_contact {
            flags.extend(names::colleague(suspect, address, team));
            flags.extend(names::customer(suspect, address, known, rules));
        }
    }
    flags.extend(bank::changed(suspect.bank, &known.bank, &known.our_bank));
    let mut seen = Vec::new();
    flags.retain(|flag| {
        let is_new = !seen.contains(flag);
        seen.push(flag.clone());
        is_new
    });
    flags
}

/// The domain of a customer, or of ours, that the writer's looks like.
fn look_alike(address: &EmailAddress, known: &Surroundings, rules: &Rules) -> Option<Flag> {
    let seen = super::company_domain(address, rules)?;
    let known_domains = known.neighbours.iter().filter_map(|company| company.domain.as_ref());
    let alike = known.our_domains.iter().chain(known_domains).find(|domain| looks_like(&seen, domain))?;
    Some(Flag::new(FlagKind::LookAlike, &seen, alike))
}

/// Whether Reply-To only leads to another domain of the same firm: the books know it, and it bears the same name.
fn is_one_firm(flag: &Flag, known: &Surroundings) -> bool {
    let domain = |address: &str| EmailAddress::parse(address).ok().and_then(|address| psl::domain_str(address.domain()).map(str::to_owned));
    let name = |domain: &str| domain.split('.').next().map(str::to_owned);
    flag.kind == FlagKind::ReplyElsewhere
        && known.is_known_company
        && domain(&flag.found).is_some_and(|reply| {
            known.known_reply_domains.contains(&reply) && domain(&flag.known).is_some_and(|from| name(&from) == name(&reply))
        })
}
