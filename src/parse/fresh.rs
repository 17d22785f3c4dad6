//! What the sender typed now, apart from quotes, header blocks, forwarded parts, signature, disclaimers.

use crate::types::NamedAddress;
use std::ops::Range;

/// The newest words of a mail and what stands around them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fresh {
    /// What was typed now; a closing and the bare name stay.
    pub text: String,
    pub signature: Option<Signature>,
    /// The mail was passed on: who wrote the inner one, and what.
    pub forwarded: Option<Forwarded>,
    /// Everything quoted, forwarded parts included, as it stands in the mail; for threading and for reading on when
    /// nothing was typed.
    pub quoted: String,
}

/// What a signature block tells about a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signature {
    pub name: Option<String>,
    pub company: Option<String>,
    pub phone: Option<String>,
    pub title: Option<String>,
    pub website: Option<String>,
}

/// A mail passed on inline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forwarded {
    pub from: NamedAddress,
    pub subject: Option<String>,
    /// The inner mail's text, without its header block.
    pub text: String,
}

/// Splits a mail's text. `quotes` are the byte ranges its HTML marks as quoted; `from_name` is the sender's display name,
/// `subject` tells a forward by its prefix.
pub fn split(text: &str, quotes: &[Range<usize>], from_name: Option<&str>, subject: Option<&str>) -> Fresh {
    let _ = (quotes, from_name, subject);
    Fresh { text: text.to_owned(), ..Fresh::default() }
}
