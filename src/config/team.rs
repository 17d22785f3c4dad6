//! `[team]`: who we are and who works here.

use std::collections::BTreeMap;

use crate::types::{Country, EmailAddress, Language};

use super::fault::{Kind, Problem};
use super::near::nearest;
use super::reader::{Once, Section, Value};

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
    /// Who gets the daily mail about the whole house, and alarms: a member's main address, the first member's when nobody is named.
    pub admin: Option<EmailAddress>,
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

/// What the rest of the file needs to know of the team.
pub(super) struct TeamRead {
    pub team: Team,
    /// Every member's address could be read, so that an owner who is not among them is a fault of the mailbox.
    pub members_known: bool,
}

pub(super) fn read(mut section: Section<'_>) -> TeamRead {
    let company = section.require("company", "company = \"Bright Lighting Co., Ltd.\"").and_then(|value| value.line());
    let country = section.take("country").and_then(|value| country(&value));
    let domains = section.take("domains").and_then(|value| value.list()).unwrap_or_default();
    let domains = domains.iter().filter_map(domain).collect();
    let entries = section.sections("members", MEMBER_EXAMPLE);
    let written = entries.len();
    let mut addresses = Once::default();
    let members: Vec<Member> = entries.into_iter().filter_map(|entry| member(entry, &mut addresses)).collect();
    let admin = section.take("admin");
    section.close();
    let first = members.first().map(|member| member.address.clone());
    let team = Team { company: company.unwrap_or_default().to_owned(), country, domains, members, admin: first };
    let mut read = TeamRead { team, members_known: false };
    read.members_known = written > 0 && read.team.members.len() == written;
    if let Some(named) = admin.and_then(|value| read.member(&value)).map(|member| member.address.clone()) {
        read.team.admin = Some(named);
    }
    read
}

impl TeamRead {
    /// The member whose address is written there; a fault when it is nobody's.
    pub(super) fn member(&self, value: &Value<'_>) -> Option<&Member> {
        let address = value.address()?;
        let found = self.team.member(&address);
        if found.is_none() && self.members_known {
            let members = self.team.members.iter().map(|member| member.address.to_string()).collect();
            value.fault(Problem::NotAMember { text: address.to_string(), members });
        }
        found
    }
}

const MEMBER_EXAMPLE: &str = "[[team.members]] name = \"Li Wei\" address = \"li.wei@bright.example\"";

fn member(mut section: Section<'_>, addresses: &mut Once) -> Option<Member> {
    let name = section.require("name", "name = \"Li Wei\"").and_then(|value| value.line());
    let address = section.require("address", "address = \"li.wei@bright.example\"").and_then(|value| own_address(&value, addresses));
    let aliases = section.take("aliases").and_then(|value| value.list()).unwrap_or_default();
    let aliases = aliases.iter().filter_map(|value| own_address(value, addresses)).collect();
    let language = section.require("language", "language = \"zh-Hans\"").and_then(|value| language(&value));
    let time_zone = section.require("time_zone", "time_zone = \"Asia/Shanghai\"").and_then(|value| time_zone(&value));
    let signatures = signatures(section.section("signatures"));
    section.close();
    Some(Member {
        name: name.unwrap_or_default().to_owned(),
        address: address?,
        aliases,
        language: language.unwrap_or(Language::ENGLISH),
        time_zone: time_zone.unwrap_or(jiff::tz::TimeZone::UTC),
        signatures,
    })
}

fn own_address(value: &Value<'_>, addresses: &mut Once) -> Option<EmailAddress> {
    let address = value.address()?;
    addresses.note(address.folded(), value, address.as_str());
    Some(address)
}

fn country(value: &Value<'_>) -> Option<Country> {
    let text = value.line()?;
    let country = Country::parse(text);
    if country.is_none() {
        value.fault(Problem::NotACountry { text: text.to_owned() });
    }
    country
}

/// A domain in lower case: two or more labels of letters, digits and hyphens, of any script (RFC 5890).
pub(super) fn domain(value: &Value<'_>) -> Option<String> {
    let text = value.line()?;
    let domain = text.to_lowercase();
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    if !domain.contains('.') || !domain.split('.').all(is_label) {
        value.fault(Problem::NotADomain { text: text.to_owned() });
        return None;
    }
    Some(domain)
}

fn language(value: &Value<'_>) -> Option<Language> {
    let text = value.line()?;
    let language = Language::parse(text).filter(|language| language.is_written());
    if language.is_none() {
        value.fault(Problem::NotALanguage { text: text.to_owned() });
    }
    language
}

fn time_zone(value: &Value<'_>) -> Option<jiff::tz::TimeZone> {
    let text = value.line()?;
    let zone = jiff::tz::TimeZone::get(text).ok();
    if zone.is_none() {
        let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        // People write the city alone.
        let of_city = known.iter().find(|name| name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(text)));
        let meant = of_city.map(String::as_str).or_else(|| nearest(text, known.iter().map(String::as_str)));
        value.fault(Problem::NotATimeZone { text: text.to_owned(), meant: meant.map(str::to_owned) });
    }
    zone
}

fn signatures(mut section: Section<'_>) -> Signatures {
    let default = section.take("default").and_then(|value| signature(&value));
    let mut by_language = BTreeMap::new();
    let mut once = Once::default();
    for (code, value) in section.others() {
        let signature = signature(&value);
        match Language::parse(code).filter(|language| language.is_written()) {
            Some(language) => {
                once.note(language.code().to_owned(), &value, code);
                by_language.insert(language, signature.unwrap_or_default());
            }
            None => value.fault(Problem::NotALanguage { text: code.to_owned() }),
        }
    }
    Signatures { default, by_language }
}

/// `"text"`, or `{ text = "…", html = "…" }`.
fn signature(value: &Value<'_>) -> Option<Signature> {
    match value.kind() {
        Kind::Text => Some(Signature { text: value.text()?.to_owned(), html: None }),
        Kind::Section => {
            let mut section = value.section()?;
            let text = section.require("text", "text = \"Li Wei\\nExport Manager\"").and_then(|value| value.text());
            let html = section.take("html").and_then(|value| value.text());
            section.close();
            Some(Signature { text: text.unwrap_or_default().to_owned(), html: html.map(str::to_owned) })
        }
        _ => value.wants(Kind::Signature),
    }
}
