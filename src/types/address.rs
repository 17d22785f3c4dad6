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
        Ok(Self(format!("{local}@{}", domain.to_lowercase())))
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

    /// The form two spellings of one mailbox share: all in lower case, without a `+tag`.
    pub fn folded(&self) -> String {
        let local = self.local().to_lowercase();
        let local = local.split_once('+').map_or(local.as_str(), |(name, _)| name);
        format!("{local}@{}", self.domain())
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
    fn what_could_split_a_header_is_no_address() {
        for text in ["bob", "@acme.example", "bob@", "bob@acme.example\r\nBcc: x@y", "b ob@acme.example", "a@b\u{202e}c"] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
    }
}
