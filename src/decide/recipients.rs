//! To whom an answer goes: everybody the customer wrote to, minus ourselves; nobody when it is not certain.

use super::Case;
use crate::link::WriterKind;
use crate::parse::Automatic;
use crate::types::{EmailAddress, NamedAddress};
use crate::understand::FlagKind;
use std::collections::HashSet;

/// More people than this are a mailing, not a correspondence.
const PEOPLE_MAX: usize = 30;

/// Who gets the answer.
pub(super) struct Recipients {
    pub to: Vec<NamedAddress>,
    pub cc: Vec<NamedAddress>,
    /// Why To is empty, when it is.
    pub doubt: Option<&'static str>,
}

/// Reply-all minus our own addresses (RFC 5322 §3.6.2: Reply-To before From).
pub(super) fn recipients(case: &Case<'_>) -> Recipients {
    let letter = case.letter;
    // Whoever a form or a colleague names is no part of where the form's own answers go.
    let outsiders = case.writer.kind == WriterKind::Outsider;
    let mut flags = case.reading.flags.iter().map(|flag| flag.kind);
    if let Some(kind) = flags.find(|kind| outsiders || *kind != FlagKind::ReplyElsewhere) {
        return in_doubt(doubt(kind));
    }
    let mut taken = HashSet::new();
    let mut outside = |people: &[NamedAddress]| -> Vec<NamedAddress> {
        let is_wanted = |person: &&NamedAddress| {
            person.address.as_ref().is_some_and(|a| !case.ours.holds(a) && !is_no_reply(a) && taken.insert(a.folded()))
        };
        people.iter().filter(is_wanted).take(PEOPLE_MAX).cloned().collect()
    };
    if case.writer.kind != WriterKind::Outsider {
        // The buyer's own address, and nobody else: who the form or the colleague wrote to is no part of this conversation.
        let to = outside(std::slice::from_ref(&case.writer.person));
        return if to.is_empty() {
            in_doubt("the mail gives no address of the buyer")
        } else {
            Recipients { to, cc: Vec::new(), doubt: None }
        };
    }
    let wanted = if letter.reply_to.is_empty() { std::slice::from_ref(&letter.from) } else { letter.reply_to.as_slice() };
    let to = outside(wanted);
    if to.is_empty() {
        return in_doubt("the mail names nobody who could be answered");
    }
    let others: Vec<NamedAddress> = letter.to.iter().chain(&letter.cc).cloned().collect();
    // A list has strangers behind its address. Where it names one of us it may be our own: many a sales@ is a group of its provider.
    let names_us = || others.iter().filter_map(|person| person.address.as_ref()).any(|address| case.ours.holds(address));
    let is_strangers_list = case.reading.automatic == Some(Automatic::List) && !names_us();
    let cc = if others.len() > PEOPLE_MAX || is_strangers_list { Vec::new() } else { outside(&others) };
    Recipients { to, cc, doubt: None }
}

fn in_doubt(why: &'static str) -> Recipients {
    Recipients { to: Vec::new(), cc: Vec::new(), doubt: Some(why) }
}

/// Why a mail that was flagged so is answered by a person or not at all.
pub(super) fn doubt(kind: FlagKind) -> &'static str {
    match kind {
        FlagKind::SeveralFroms => "the mail has more than one From",
        FlagKind::ReplyElsewhere => "Reply-To leads to another domain than From",
        FlagKind::NameHoldsAddress => "the sender's name is the address of somebody else",
        FlagKind::MachineText => "the mail holds words aimed at machines",
        FlagKind::Scam => "the mail has the words of a fraud",
        FlagKind::LookAlike => "the sender's domain only looks like one that is known",
        FlagKind::ImitatesColleague => "a colleague's name stands at an address that is not ours",
        FlagKind::ImitatesCustomer => "a known customer's name stands at another address",
        FlagKind::BankChanged => "its bank data differ from those that are known",
    }
}

/// An address nobody reads.
fn is_no_reply(address: &EmailAddress) -> bool {
    let local: String = address.local().to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    ["noreply", "donotreply", "nichtantworten", "mailerdaemon"].iter().any(|mark| local.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_reads_a_no_reply_address() {
        for (address, expected) in [("no-reply@shop.example", true), ("do_not_reply@x.example", true), ("noreen@x.example", false)] {
            assert_eq!(is_no_reply(&EmailAddress::parse(address).expect("an address")), expected, "{address}");
        }
    }
}
