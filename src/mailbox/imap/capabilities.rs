//! What a server offers (RFC 9051 §7.2.2).

use imap_proto::Capability;
use std::collections::BTreeSet;

/// Names of capabilities, in capitals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Capabilities(BTreeSet<String>);

impl Capabilities {
    /// From a CAPABILITY answer or response code.
    pub(super) fn new(offered: &[Capability<'_>]) -> Self {
        let name = |capability: &Capability<'_>| match capability {
            Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
            Capability::Auth(mechanism) => format!("AUTH={}", mechanism.to_ascii_uppercase()),
            Capability::Atom(name) => name.to_ascii_uppercase(),
        };
        Self(offered.iter().map(name).collect())
    }

    /// From the text of a response code, `CAPABILITY IMAP4rev1 …`; `None` when it is another code.
    pub(super) fn from_code(code: &str) -> Option<Self> {
        let mut words = code.split_ascii_whitespace();
        words.next().filter(|word| word.eq_ignore_ascii_case("CAPABILITY"))?;
        Some(Self(words.map(str::to_ascii_uppercase).collect()))
    }

    pub(super) fn offers(&self, name: &str) -> bool {
        self.0.contains(&name.to_ascii_uppercase())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a literal of that length may follow at once (RFC 7888; IMAP4rev2 includes LITERAL-).
    pub(super) fn takes_literal_at_once(&self, len: usize) -> bool {
        self.offers("LITERAL+") || (len <= 4096 && (self.offers("LITERAL-") || self.offers("IMAP4REV2")))
    }
}
