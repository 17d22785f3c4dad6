//! Whose words a letter carries: the sender's, a buyer's behind a form, or a customer's behind a colleague's forward.

use crate::parse::{Automatic, Letter};
use crate::types::{EmailAddress, NamedAddress};
use crate::understand::{Reading, Via};
use std::collections::HashSet;

/// Our own addresses and domains, as the configuration gives them.
#[derive(Debug, Clone, Default)]
pub struct OurAddresses {
    addresses: HashSet<String>,
    domains: HashSet<String>,
}

impl OurAddresses {
    /// Takes the addresses of members and mailboxes and our mail domains.
    pub fn new<'a>(addresses: impl IntoIterator<Item = &'a EmailAddress>, domains: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            addresses: addresses.into_iter().map(EmailAddress::folded).collect(),
            domains: domains.into_iter().map(str::to_lowercase).collect(),
        }
    }

    /// Whether an address is ours: one of ours by name, or within one of our domains.
    pub fn holds(&self, address: &EmailAddress) -> bool {
        self.is_named(address) || self.holds_domain(address.domain())
    }

    /// Whether an address is one of those the configuration names.
    pub fn is_named(&self, address: &EmailAddress) -> bool {
        self.addresses.contains(&address.folded())
    }

    fn holds_domain(&self, domain: &str) -> bool {
        self.domains.iter().any(|ours| domain == ours || domain.strip_suffix(ours.as_str()).is_some_and(|d| d.ends_with('.')))
    }
}

/// Who wrote the words we act on.
#[derive(Debug, Clone, PartialEq)]
pub struct Writer {
    pub kind: WriterKind,
    /// Whom a contact is made of and an answer goes to. Without an address nobody can be answered.
    pub person: NamedAddress,
    pub company: Option<String>,
    /// Why this one.
    pub why: String,
}

/// How the words came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WriterKind {
    /// Somebody outside wrote to us.
    Outsider,
    /// A portal or web form passed on a buyer's words; never staff, never a command.
    Form,
    /// A colleague passed on an outsider's mail.
    ForwardedByStaff,
    /// A colleague wrote, to a colleague or to a customer.
    Staff,
    /// A machine wrote.
    Machine,
}

/// Decides whose letter it is. `sent` says that it lies in a Sent folder, so that one of us wrote it.
pub fn writer(letter: &Letter, reading: &Reading, ours: &OurAddresses, sent: bool) -> Writer {
    if sent {
        return Writer { kind: WriterKind::Staff, person: letter.from.clone(), company: None, why: "it lies in Sent".into() };
    }
    // The form is looked at before the sender: our own web site writes from our own domain, but the words are a buyer's.
    if let (Some(via), Some(buyer)) = (&reading.via, &reading.buyer) {
        let address = buyer.address.clone().filter(|address| !ours.is_named(address));
        let person = NamedAddress { name: buyer.name.clone(), address };
        let why = match via {
            Via::WebForm => "a web form passed the buyer's words on".to_owned(),
            Via::Portal(name) => format!("the portal {name} passed the buyer's words on"),
        };
        return Writer { kind: WriterKind::Form, person, company: buyer.company.clone(), why };
    }
    // Our own mail server reports from our own domain: a machine is a machine wherever it stands.
    if reading.automatic.is_some_and(|kind| kind != Automatic::List) {
        return Writer { kind: WriterKind::Machine, person: letter.from.clone(), company: None, why: "a machine wrote it".into() };
    }
    if !letter.from.address.as_ref().is_some_and(|address| ours.holds(address)) {
        let company = letter.fresh.signature.as_ref().and_then(|signature| signature.company.clone());
        let why = "the sender is no address of ours".into();
        return Writer { kind: WriterKind::Outsider, person: letter.from.clone(), company, why };
    }
    match &letter.fresh.forwarded {
        Some(inner) if inner.from.address.as_ref().is_some_and(|address| !ours.holds(address)) => Writer {
            kind: WriterKind::ForwardedByStaff,
            person: inner.from.clone(),
            company: None,
            why: "a colleague passed on the mail of an outsider".into(),
        },
        _ => Writer { kind: WriterKind::Staff, person: letter.from.clone(), company: None, why: "the sender is one of ours".into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("an address")
    }

    #[test]
    fn a_branch_of_our_domain_is_ours_and_a_look_alike_is_not() {
        let sales = address("sales@bright.example");
        let ours = OurAddresses::new([&sales], ["bright.example"]);
        assert!(ours.holds(&address("web@shop.bright.example")));
        assert!(ours.holds(&address("Sales+de@BRIGHT.example")));
        assert!(!ours.holds(&address("sales@notbright.example")));
        assert!(!ours.holds(&address("sales@bright.example.evil.test")));
    }
}
