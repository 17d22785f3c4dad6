//! What became of a letter, as far as it can tell: whether a picture was fetched or a link followed by a person or by a machine, and
//! whether it may tell at all. In come requests as values, with what was asked for before; out go a class and its reason, and the
//! earlier ones that are seen otherwise now. The lists are in `rules/tracking.toml` and `rules/tracking_law.toml`.
//!
//! Machines fetch more than people do: filters follow every link before a mail is delivered, mail programs load pictures that nobody
//! looks at. So a request counts for a person only when nothing speaks for a machine, and an opening never is a reason to write to
//! somebody. What is absent on purpose: a guess at who it was, and anything that recognises a device.

mod classify;
mod law;
mod rules;
#[cfg(test)]
mod tests;

pub use classify::{Revised, Verdict, classify, final_after_ms, standing};
pub use law::{Consent, Refusal, may_track};
pub use rules::prefetch_headers;

use crate::types::Moment;
use core::net::IpAddr;
use std::fmt;

/// What a letter told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// Its picture was asked for.
    Open,
    /// One of its links was asked for.
    Click,
    /// Its reader wants no more of the kind.
    Unsubscribe,
    /// Its reader chose what to get.
    Preference,
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// A machine of its own accord.
    Automatic,
    /// One of the team's own people; of the reader it tells nothing.
    Own,
    /// A machine, perhaps because a person opened the letter.
    Unknown,
    /// A person, as far as can be told.
    Human,
}

/// Why it is classed so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It came from a network of the team's own.
    OwnNetwork,
    /// Nothing was fetched: the request asked for the head alone.
    Head,
    /// It does not say what program it is.
    NoAgent,
    /// A browser that only looks ahead.
    Prefetch,
    /// A rule of `rules/tracking.toml`, by its id.
    Rule(String),
    /// A link that no person can see was asked for.
    Honeypot,
    /// It came before anybody could have read the letter.
    TooSoon,
    /// Several links at once.
    Burst,
    /// Every link in a moment.
    AllLinks,
    /// A proxy fetched again what it had kept, long after.
    ProxyAgain,
    /// Nothing speaks for a machine.
    Plain,
    /// The mail program's own button (RFC 8058).
    OneClick,
    /// A form of ours was sent.
    Form,
    /// A mail came to the address for leaving.
    Mail,
}

/// A request for something of a letter.
#[derive(Debug, Clone, Copy)]
pub struct Hit<'a> {
    pub what: Asked,
    /// The method was HEAD.
    pub head: bool,
    /// The User-Agent.
    pub agent: Option<&'a str>,
    /// What the fields of [`prefetch_headers`] say.
    pub purpose: Option<&'a str>,
    pub client: Option<IpAddr>,
    /// It came from a network of the team's own.
    pub is_own: bool,
    pub at: Moment,
}

/// What of the letter was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Picture,
    /// A link by its number in the letter.
    Link(i64),
    /// The link that no person can see.
    Honeypot,
}

/// The letter that was asked about.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// `None` while it is not sent, as far as we know.
    pub sent_at: Option<Moment>,
    /// How many links it has, without the one no person can see.
    pub links: i64,
    /// What was asked for before, in any order.
    pub before: &'a [Past],
}

/// An earlier request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    pub id: i64,
    pub kind: EventKind,
    /// The link's number, 0 for the picture and for the link that no person can see.
    pub link: i64,
    pub at: Moment,
    pub class: Class,
    /// As it was written down.
    pub reason: String,
}

impl EventKind {
    pub const ALL: [EventKind; 4] = [EventKind::Open, EventKind::Click, EventKind::Unsubscribe, EventKind::Preference];

    /// The word of the books.
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Open => "open",
            EventKind::Click => "click",
            EventKind::Unsubscribe => "unsubscribe",
            EventKind::Preference => "preference",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Class {
    pub const ALL: [Class; 4] = [Class::Automatic, Class::Own, Class::Unknown, Class::Human];

    /// The word of the books and of the rules.
    pub fn name(self) -> &'static str {
        match self {
            Class::Automatic => "automatic",
            Class::Own => "own",
            Class::Unknown => "unknown",
            Class::Human => "human",
        }
    }

    /// The class of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

impl Asked {
    /// What it is an event of.
    pub fn kind(self) -> EventKind {
        match self {
            Asked::Picture => EventKind::Open,
            Asked::Link(_) | Asked::Honeypot => EventKind::Click,
        }
    }

    /// The number of [`Past::link`].
    pub fn link(self) -> i64 {
        match self {
            Asked::Link(number) => number,
            Asked::Picture | Asked::Honeypot => 0,
        }
    }
}

/// As the books keep it: a word, and for a rule its id behind a colon.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::OwnNetwork => f.write_str("own-network"),
            Reason::Head => f.write_str("head"),
            Reason::NoAgent => f.write_str("no-agent"),
            Reason::Prefetch => f.write_str("prefetch"),
            Reason::Rule(id) => write!(f, "rule:{id}"),
            Reason::Honeypot => f.write_str("honeypot"),
            Reason::TooSoon => f.write_str("too-soon"),
            Reason::Burst => f.write_str("burst"),
            Reason::AllLinks => f.write_str("all-links"),
            Reason::ProxyAgain => f.write_str("proxy-again"),
            Reason::Plain => f.write_str("plain"),
            Reason::OneClick => f.write_str("one-click"),
            Reason::Form => f.write_str("form"),
            Reason::Mail => f.write_str("mail"),
        }
    }
}
