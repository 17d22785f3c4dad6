//! Address fields (RFC 5322 §3.4) through mail-parser, and what people do to them.

use super::super::limits;
use super::words;
use crate::types::{EmailAddress, NamedAddress};
use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, HeaderValue};
use std::borrow::Cow;

/// All addresses of a value that was unfolded and brought to UTF-8; groups are taken apart. Never more than
/// [`limits::ADDRESSES_MAX`].
pub(super) fn all(text: &str) -> Vec<NamedAddress> {
    let has_address = |list: &[NamedAddress]| list.iter().any(|a| a.address.is_some());
    let list = if text.contains("=?") { read(&words::unify(text)) } else { read(text) };
    if has_address(&list) {
        return list;
    }
    // Some mailers encode the address along with the name.
    let decoded = words::decode(text).text.replace("=?", "?");
    let again = read(&decoded);
    if has_address(&again) {
        return again;
    }
    match address_in(&decoded) {
        Some(address) => vec![NamedAddress { name: None, address: Some(address) }],
        None => list,
    }
}

/// The one sender a From value names: the first address there is, with the names that an unquoted comma cut off before it.
pub(super) fn sender(text: &str) -> NamedAddress {
    let list = all(text);
    let Some(first) = list.iter().position(|a| a.address.is_some()) else {
        return list.into_iter().next().unwrap_or_default();
    };
    let names: Vec<&str> = list.iter().take(first + 1).filter_map(|a| a.name.as_deref()).collect();
    NamedAddress { name: Some(names.join(", ")).filter(|n| !n.is_empty()), address: list.get(first).and_then(|a| a.address.clone()) }
}

fn read(text: &str) -> Vec<NamedAddress> {
    // Without its line end the last word would be left out.
    let text = format!("{}\n", with_commas(text));
    let parsed = match MessageStream::new(text.as_bytes()).parse_address() {
        HeaderValue::Address(parsed) => parsed,
        _ => return Vec::new(),
    };
    match parsed {
        Address::List(list) => list.iter().filter_map(named).take(limits::ADDRESSES_MAX).collect(),
        Address::Group(groups) => groups.iter().flat_map(|g| &g.addresses).filter_map(named).take(limits::ADDRESSES_MAX).collect(),
    }
}

/// Outlook parts addresses by semicolons; in RFC 5322 one ends a group, and mail-parser leaves out what follows.
fn with_commas(text: &str) -> Cow<'_, str> {
    let (mut quoted, mut escaped, mut has_group, mut parted) = (false, false, false, false);
    for c in text.chars() {
        match c {
            '"' if !escaped => quoted = !quoted,
            ':' if !quoted => has_group = true,
            ';' if !quoted => parted = true,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    if !parted || has_group {
        return Cow::Borrowed(text);
    }
    let mut quoted = false;
    let change = |c: char| {
        quoted ^= c == '"';
        if c == ';' && !quoted { ',' } else { c }
    };
    Cow::Owned(text.chars().map(change).collect())
}

fn named(addr: &Addr<'_>) -> Option<NamedAddress> {
    let mut name = addr.name.as_deref().and_then(clean_name);
    let address = addr.address.as_deref().and_then(address_in);
    // A name that only repeats the address tells nothing about a person.
    if let (Some(text), Some(mail)) = (&name, &address)
        && text.trim_matches(['<', '>']).eq_ignore_ascii_case(mail.as_str())
    {
        name = None;
    }
    (name.is_some() || address.is_some()).then_some(NamedAddress { name, address })
}

/// The first word that is an address.
fn address_in(text: &str) -> Option<EmailAddress> {
    if let Ok(address) = EmailAddress::parse(text)
        && !text.contains(':')
    {
        return Some(address);
    }
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'' | '(' | ')' | '[' | ']' | ',' | ';'))
        .map(|word| word.strip_prefix("mailto:").unwrap_or(word))
        .filter(|word| word.contains('@'))
        .find_map(|word| EmailAddress::parse(word).ok())
}

fn clean_name(name: &str) -> Option<String> {
    let name = crate::types::HeaderValue::new(name).as_str().to_owned();
    let name = name.trim_matches(|c: char| c == '"' || c.is_whitespace());
    let name = name.strip_prefix('\'').and_then(|n| n.strip_suffix('\'')).unwrap_or(name).trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(list: &[NamedAddress]) -> Vec<String> {
        list.iter()
            .map(|a| format!("{}|{}", a.name.as_deref().unwrap_or(""), a.address.as_ref().map_or("", EmailAddress::as_str)))
            .collect()
    }

    #[test]
    fn addresses_are_read_in_every_spelling() {
        assert_eq!(
            shown(&all("Bob <bob@x.de>, ann@y.fr (Ann), \"Li, Wei\" <li@z.cn>")),
            ["Bob|bob@x.de", "Ann|ann@y.fr", "Li, Wei|li@z.cn"]
        );
        assert_eq!(shown(&all("=?utf-8?B?5p2O5p2O?= <li@z.cn>")), ["李李|li@z.cn"]);
        assert_eq!(shown(&all("\"=?gb2312?B?wO7DtyzO?= =?gb2312?B?sA==?=\" <li@z.cn>")), ["李梅,伟|li@z.cn"]);
        assert_eq!(shown(&all("Sales team: a@x.de, b@x.de;")), ["|a@x.de", "|b@x.de"]);
        assert_eq!(shown(&all("'Bob' <mailto:bob@x.de>")), ["Bob|bob@x.de"]);
        assert_eq!(shown(&all("undisclosed-recipients:;")), [""; 0]);
        assert_eq!(shown(&all("a@x.de; b@x.de")), ["|a@x.de", "|b@x.de"]);
    }

    #[test]
    fn an_unquoted_comma_in_a_company_does_not_lose_the_sender() {
        let from = sender("\"Acme Pumps \" <>, \"LTD\" <sales@acme.cn>");
        assert_eq!(shown(&[from]), ["Acme Pumps, LTD|sales@acme.cn"]);
        assert_eq!(shown(&[sender("Acme Co., Ltd. <sales@acme.cn>")]), ["Acme Co., Ltd.|sales@acme.cn"]);
        assert_eq!(shown(&[sender("=?utf-8?B?IkJvYiIgPGJvYkB4LmRlPg==?=")]), ["Bob|bob@x.de"]);
    }
}
