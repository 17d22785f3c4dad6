//! Who a mail says it is from: one sender, answers to the same firm, a name that is no other's address.

use super::words;
use crate::parse::{Defect, Letter};
use crate::types::{EmailAddress, NamedAddress};
use crate::understand::flag::{Flag, FlagKind};
use crate::understand::via::{PortalRules, registrable};

/// Words of a display name that are looked at.
const NAME_WORDS_MAX: usize = 40;

/// More than one From: the one that is taken, and the others.
pub(super) fn several_froms(letter: &Letter) -> Option<Flag> {
    if !letter.defects.contains(&Defect::SeveralFroms) {
        return None;
    }
    let mut fields = letter.headers.all("From");
    let first = fields.next().unwrap_or_default();
    let others: Vec<&str> = fields.take(5).collect();
    Some(Flag::new(FlagKind::SeveralFroms, &others.join("; "), first))
}

/// Answers would go to another firm than the one that signs as sender. Portals, mailbox providers and the tools that people send their
/// mail with are nobody's firm.
pub(super) fn replies_elsewhere(letter: &Letter, portals: &PortalRules) -> Option<Flag> {
    let from = letter.from.address.as_ref()?;
    let nobodys = |address: &EmailAddress| portals.is_nobodys(address) || is_mailing_tool(address);
    if nobodys(from) {
        return None;
    }
    let elsewhere = |reply: &&EmailAddress| registrable(reply.domain()) != registrable(from.domain()) && !nobodys(reply);
    let reply = letter.reply_to.iter().filter_map(|reply| reply.address.as_ref()).find(elsewhere)?;
    Some(Flag::new(FlagKind::ReplyElsewhere, reply.as_str(), from.as_str()))
}

fn is_mailing_tool(address: &EmailAddress) -> bool {
    let tools = &words::get().mailing_tools;
    registrable(address.domain()).is_some_and(|domain| tools.contains(domain))
}

/// `"anna@customer.com" <x@elsewhere.com>`: mail programs show only the name. Tools that send for somebody answer to that address.
pub(super) fn name_holds_address(letter: &Letter) -> Option<Flag> {
    let from = letter.from.address.as_ref()?;
    let named = address_in(letter.from.name.as_deref()?)?;
    let is_same_firm = registrable(named.domain()).is_some() && registrable(named.domain()) == registrable(from.domain());
    let is = |person: &NamedAddress| person.address.as_ref().is_some_and(|address| address.folded() == named.folded());
    let is_told_openly = letter.reply_to.iter().any(is) || letter.sender.as_ref().is_some_and(is) || is_mailing_tool(from);
    if is_same_firm || named.folded() == from.folded() || is_told_openly {
        return None;
    }
    Some(Flag::new(FlagKind::NameHoldsAddress, named.as_str(), from.as_str()))
}

fn address_in(name: &str) -> Option<EmailAddress> {
    let words = name.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | '"' | '\'' | '|'));
    let addresses = words.filter(|word| word.contains('@')).take(NAME_WORDS_MAX);
    addresses.filter_map(|word| EmailAddress::parse(word).ok()).find(|address| registrable(address.domain()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::{Rules, read};

    fn person(name: &str, address: &str) -> NamedAddress {
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        NamedAddress { name, address: Some(EmailAddress::parse(address).expect("an address")) }
    }

    fn flags(letter: &Letter) -> Vec<Flag> {
        read(letter, &Rules::compile(&Rules::built_in_files()).expect("sound rules")).flags
    }

    #[test]
    fn a_name_that_is_somebody_elses_address_is_seen() {
        let mut letter = Letter { from: person("ana@luminarias-sol.com", "ana.sol@evil-mail.com"), ..Letter::default() };
        assert_eq!(flags(&letter), [Flag::new(FlagKind::NameHoldsAddress, "ana@luminarias-sol.com", "ana.sol@evil-mail.com")]);
        letter.from = person("Ana (ana@luminarias-sol.com)", "ana.ruiz@mail.luminarias-sol.com");
        assert_eq!(flags(&letter), [], "two addresses of one firm");
        letter.from = person("ana@luminarias-sol.com", "notify@some-tool.com");
        letter.reply_to = vec![person("", "ana@luminarias-sol.com")];
        assert!(!flags(&letter).iter().any(|flag| flag.kind == FlagKind::NameHoldsAddress), "a tool sends in her name, openly");
        letter.from = person("Ana @ Sol", "ana@gmail.com");
        letter.reply_to.clear();
        assert_eq!(flags(&letter), []);
    }

    #[test]
    fn tools_that_send_for_a_firm_are_no_strangers() {
        let mut letter =
            Letter { from: person("Bob", "bob@acme.com"), reply_to: vec![person("", "x@reply.hubspot.com")], ..Letter::default() };
        assert_eq!(flags(&letter), []);
        letter.from = person("Bob", "bob=acme.com@mail.zendesk.com");
        letter.reply_to = vec![person("", "bob@acme.com")];
        assert_eq!(flags(&letter), []);
        letter.reply_to = vec![person("", "bob@acme-payments.com")];
        letter.from = person("Bob", "bob@acme.com");
        assert_eq!(flags(&letter), [Flag::new(FlagKind::ReplyElsewhere, "bob@acme-payments.com", "bob@acme.com")]);
    }
}
