//! E-mail addresses as mail really carries them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest address we keep: 64 octets of local part, `@`, 255 of domain (RFC 5321 §4.5.3.1).
const ADDRESS_LEN_MAX: usize = 320;

/// An address as the books keep it: trimmed, its domain in lower case.
///
/// Accepts what mailers send rather than what RFC 5322 allows: a non-empty local part, `@`, a non-empty domain,
/// no white space, no control or bidirectional characters, no angle brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("`{0}` has no `@`; an address looks like `name@company.com`")]
    NoAt(String),
    #[error("`{0}` lacks the part before or after the `@`")]
    EmptyPart(String),
    #[error("an address may not contain spaces, control characters or angle brackets")]
    ForbiddenCharacter,
    #[error("an address may not be longer than {ADDRESS_LEN_MAX} bytes")]
    TooLong,
}

impl EmailAddress {
    /// Reads an address, with or without surrounding white space and one pair of angle brackets.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let text = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(text).trim();
        if text.len() > ADDRESS_LEN_MAX {
            return Err(AddressError::TooLong);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || is_bidi_control(c) || "<>".contains(c)) {
            return Err(AddressError::ForbiddenCharacter);
        }
        let (local, domain) = text.rsplit_once('@').ok_or_else(|| AddressError::NoAt(text.to_owned()))?;
        let domain = domain.trim_end_matches('.');
        if local.is_empty() || domain.is_empty() {
            return Err(AddressError::EmptyPart(text.to_owned()));
        }
        let address = format!("{local}@{}", domain.to_lowercase());
        // Some letters are longer in lower case.
        if address.len() > ADDRESS_LEN_MAX { Err(AddressError::TooLong) } else { Ok(Self(address)) }
    }

    /// The address as written, domain in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the last `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The part after the last `@`, in lower case.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The form two spellings of one mailbox share: all in lower case, without a `+tag`. It is an address itself: where nothing stands
    /// before the `+`, that is no tag but the name, and what would be too long in lower case stays as it is.
    pub fn folded(&self) -> String {
        let (local, domain) = (self.local(), self.domain());
        let name = local.split_once('+').map_or(local, |(name, _)| name);
        let name = if name.is_empty() { local } else { name };
        let folded = format!("{}@{domain}", name.to_lowercase());
        if folded.len() > ADDRESS_LEN_MAX { format!("{name}@{domain}") } else { folded }
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> String {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Characters that change the direction of what follows; never welcome in an address or a header.
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A display name with its address, either of which may be missing (RFC 5322 §3.4 `mailbox`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedAddress {
    pub name: Option<String>,
    pub address: Option<EmailAddress>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_local_part_and_folds_its_domain() {
        let bob = EmailAddress::parse(" <Bob.Smith@ACME.Example.> ").expect("a plain address");
        assert_eq!(bob.as_str(), "Bob.Smith@acme.example");
        assert_eq!((bob.local(), bob.domain()), ("Bob.Smith", "acme.example"));
    }

    #[test]
    fn a_tag_and_capitals_do_not_make_another_person() {
        let tagged = EmailAddress::parse("Bob+fair@acme.example").expect("a tagged address");
        assert_eq!(tagged.folded(), "bob@acme.example");
    }

    #[test]
    fn what_is_folded_is_an_address_whatever_stands_in_it() {
        let folded = |text: &str| EmailAddress::parse(text).expect("an address").folded();
        assert_eq!(folded("+Fair@acme.example"), "+fair@acme.example", "a tag of nobody is a name");
        assert_eq!(folded("++@acme.example"), "++@acme.example");
        // Two bytes that are three in lower case.
        let long = format!("{}@acme.example", "\u{130}".repeat(150));
        assert_eq!(folded(&long), long);
        for text in ["+@a.example", "+x@a.example", "x+@a.example", "\"a@b\"+c@a.example", "\u{130}+\u{130}@a.example", &long] {
            let once = folded(text);
            assert_eq!(EmailAddress::parse(&once).map(|address| address.folded()), Ok(once), "{text}");
        }
        assert_eq!(EmailAddress::parse(&format!("a@{}", "\u{130}".repeat(150))), Err(AddressError::TooLong));
    }

    #[test]
    fn what_could_split_a_header_is_no_address() {
        for text in ["bob", "@acme.example", "bob@", "bob@acme.example\r\nBcc: x@y", "b ob@acme.example", "a@b\u{202e}c"] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
    }
}
