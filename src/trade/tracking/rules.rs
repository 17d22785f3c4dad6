//! `rules/tracking.toml`, compiled in and read once.

use super::{Class, EventKind, Hit};
use crate::types::Network;
use aho_corasick::AhoCorasick;
use serde::Deserialize;
use std::sync::LazyLock;

static FILE: &str = include_str!("../../../rules/tracking.toml");
// A file that does not parse leaves no rules; a test holds that ours does.
static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::compile(FILE).unwrap_or_default());

/// The lists, ready to be asked.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub times: Times,
    prefetch: Prefetch,
    rules: Vec<Rule>,
}

/// Times within which things belong together.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Times {
    too_soon_open_seconds: i64,
    too_soon_click_seconds: i64,
    pub burst_ms: i64,
    all_links_seconds: i64,
    honeypot_around_seconds: i64,
    proxy_again_seconds: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prefetch {
    headers: Vec<String>,
    words: Vec<String>,
    source: String,
    since: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    times: Times,
    prefetch: Prefetch,
    rules: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    of: Vec<String>,
    #[serde(default)]
    agent_is: Vec<String>,
    #[serde(default)]
    agent_has: Vec<String>,
    #[serde(default)]
    agent_word_ends: Vec<String>,
    #[serde(default)]
    but_not: Vec<String>,
    #[serde(default)]
    networks: Vec<String>,
    says: String,
    since: String,
    source: String,
}

/// One rule.
#[derive(Debug)]
struct Rule {
    id: String,
    of: Vec<EventKind>,
    /// In small letters, like all that follows.
    agent_is: Vec<String>,
    agent_has: Option<AhoCorasick>,
    agent_word_ends: Vec<String>,
    but_not: Vec<String>,
    networks: Vec<Network>,
    says: Class,
}

/// The rules that come with the program.
pub(super) fn rules() -> &'static Rules {
    &RULES
}

/// The header fields in which a browser says that it only looks ahead, in small letters.
pub fn prefetch_headers() -> impl Iterator<Item = &'static str> {
    rules().prefetch.headers.iter().map(String::as_str)
}

impl Times {
    /// Before this time after sending nobody has read the letter.
    pub fn too_soon_ms(&self, kind: EventKind) -> i64 {
        if kind == EventKind::Open { self.too_soon_open_seconds * 1000 } else { self.too_soon_click_seconds * 1000 }
    }

    pub fn all_links_ms(&self) -> i64 {
        self.all_links_seconds * 1000
    }

    pub fn honeypot_ms(&self) -> i64 {
        self.honeypot_around_seconds * 1000
    }

    pub fn proxy_again_ms(&self) -> i64 {
        self.proxy_again_seconds * 1000
    }
}

impl Rules {
    /// Reads the file; what is wrong with it in one sentence.
    fn compile(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|fault| fault.to_string())?;
        dated("prefetch", &file.prefetch.since, &file.prefetch.source)?;
        let rules = file.rules.into_iter().map(Rule::compile).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { times: file.times, prefetch: file.prefetch, rules })
    }

    /// Whether the fields of [`prefetch_headers`] speak of looking ahead.
    pub fn looks_ahead(&self, purpose: &str) -> bool {
        let purpose = purpose.to_ascii_lowercase();
        self.prefetch.words.iter().any(|word| purpose.contains(word.as_str()))
    }

    /// The first rule that fits: its id and what it says.
    pub fn first(&self, hit: &Hit<'_>) -> Option<(&str, Class)> {
        let kind = hit.what.kind();
        let agent = hit.agent.unwrap_or("").to_ascii_lowercase();
        let rule = self.rules.iter().find(|rule| rule.of.contains(&kind) && rule.fits(&agent, hit))?;
        Some((rule.id.as_str(), rule.says))
    }
}

impl Rule {
    fn compile(written: Written) -> Result<Self, String> {
        let id = written.id;
        dated(&id, &written.since, &written.source)?;
        let of: Option<Vec<EventKind>> = written.of.iter().map(|kind| EventKind::parse(kind)).collect();
        let networks: Option<Vec<Network>> = written.networks.iter().map(|network| Network::parse(network)).collect();
        let small = |words: Vec<String>| words.into_iter().map(|word| word.to_ascii_lowercase()).collect::<Vec<_>>();
        let agent_has = match written.agent_has.is_empty() {
            true => None,
            false => Some(AhoCorasick::new(small(written.agent_has)).map_err(|fault| format!("{id}: {fault}"))?),
        };
        Ok(Self {
            of: of.filter(|of| !of.is_empty()).ok_or_else(|| format!("{id}: `of` names open, click or both"))?,
            agent_is: small(written.agent_is),
            agent_has,
            agent_word_ends: small(written.agent_word_ends),
            but_not: small(written.but_not),
            networks: networks.ok_or_else(|| format!("{id}: one of its networks is none"))?,
            says: Class::parse(&written.says).ok_or_else(|| format!("{id}: `says` is automatic or unknown"))?,
            id,
        })
    }

    /// `agent` is in small letters.
    fn fits(&self, agent: &str, hit: &Hit<'_>) -> bool {
        self.agent_is.iter().any(|known| known == agent)
            || self.agent_has.as_ref().is_some_and(|known| known.is_match(agent))
            || self.word_fits(agent)
            || hit.client.is_some_and(|client| self.networks.iter().any(|network| network.holds(client)))
    }

    fn word_fits(&self, agent: &str) -> bool {
        let mut words = agent.split(|c: char| !c.is_alphanumeric());
        !self.agent_word_ends.is_empty()
            && words.any(|word| {
                self.agent_word_ends.iter().any(|end| word.ends_with(end.as_str())) && !self.but_not.iter().any(|no| no == word)
            })
    }
}

/// Every entry says when its source is from, and what it is.
fn dated(id: &str, since: &str, source: &str) -> Result<(), String> {
    match since.starts_with("20") && source.len() > 10 {
        true => Ok(()),
        false => Err(format!("{id}: a source and the year it is from are missing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_comes_with_the_program_can_be_used() {
        let rules = Rules::compile(FILE).expect("rules/tracking.toml is sound");
        assert!(rules.rules.len() > 10 && rules.times.burst_ms == 2_000);
        assert!(rules.rules.iter().all(|rule| rule.says != Class::Human), "no rule makes a person of anything");
        let mut ids: Vec<&str> = rules.rules.iter().map(|rule| rule.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), rules.rules.len(), "an id names one rule");
    }

    #[test]
    fn a_rule_without_its_source_or_with_a_broken_network_is_refused() {
        for (from, to) in
            [("since = \"2022\"", "since = \"\""), ("64.235.144.0/20", "64.235.144.0/19x"), ("of = [\"open\"]", "of = [\"opne\"]")]
        {
            let faulty = FILE.replacen(from, to, 1);
            assert_ne!(faulty, FILE, "{from} is in the file");
            assert!(Rules::compile(&faulty).is_err(), "{to}");
        }
    }
}
