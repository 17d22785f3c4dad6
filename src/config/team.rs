//! `[team]`: who we are and who works here.

use std::collections::BTreeMap;

use crate::types::{Country, EmailAddress, Language};

/// The firm and its people.
#[derive(Debug, Clone)]
pub struct Team {
    /// The firm's name as drafts sign it.
    pub company: String,
    /// Where the firm is; `None` when not said.
    pub country: Option<Country>,
    /// Our own mail domains in lower case; mail from them and their subdomains is ours.
    pub domains: Vec<String>,
    /// At least one.
    pub members: Vec<Member>,
}

/// Somebody who works here.
#[derive(Debug, Clone)]
pub struct Member {
    pub name: String,
    pub address: EmailAddress,
    pub aliases: Vec<EmailAddress>,
    /// The language in which Tradepost speaks to them.
    pub language: Language,
    pub time_zone: jiff::tz::TimeZone,
    pub signatures: Signatures,
}

/// A member's signatures by the language of the letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signatures {
    /// For languages that have none of their own.
    pub default: Option<Signature>,
    pub by_language: BTreeMap<Language, Signature>,
}

/// What stands below a letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signature {
    pub text: String,
    /// `None` makes HTML of the text.
    pub html: Option<String>,
}

impl Team {
    /// The member who has this address, as address or alias.
    pub fn member(&self, address: &EmailAddress) -> Option<&Member> {
        self.members.iter().find(|member| member.has(address))
    }

    /// Whether the address is a member's or in one of our domains.
    pub fn has(&self, address: &EmailAddress) -> bool {
        let domain = address.domain();
        let in_domain = |ours: &String| domain == ours || domain.strip_suffix(ours.as_str()).is_some_and(|head| head.ends_with('.'));
        self.domains.iter().any(in_domain) || self.member(address).is_some()
    }
}

impl Member {
    /// Whether this is the member's address or one of the aliases; capitals and `+tags` do not matter.
    pub fn has(&self, address: &EmailAddress) -> bool {
        let wanted = address.folded();
        std::iter::once(&self.address).chain(&self.aliases).any(|known| known.folded() == wanted)
    }
}

impl Signatures {
    /// The signature below a letter in this language: its own, else the default, else English, else the bare name.
    pub fn of(&self, language: Language, name: &str) -> Signature {
        let own = self.by_language.get(&language);
        let found = own.or(self.default.as_ref()).or_else(|| self.by_language.get(&Language::ENGLISH));
        found.cloned().unwrap_or_else(|| Signature { text: name.to_owned(), html: None })
    }
}
