//! How mail systems word their reports: `rules/bounces.toml`, compiled in and read once.

use crate::types::push_lower;
use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;
use std::sync::LazyLock;

/// Why a mail came back. The order decides where the words say several things: a full mailbox is full whatever number stands
/// before it, and a refused sender says nothing about the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    Full,
    Expired,
    Policy,
    Disabled,
    /// The address is gone, and that is said by a server that answers only after DATA.
    Certain,
    Gone,
    Trouble,
}

/// All phrases, ready to be searched for.
pub(super) struct Words {
    reasons: Phrases<Reason>,
    delay: Phrases<()>,
    delay_subjects: Vec<String>,
    senders: Vec<String>,
    names: Vec<String>,
    subjects: Vec<String>,
    openings: Phrases<()>,
    contacts: Vec<String>,
    contacts_after: Vec<String>,
    returned: Phrases<()>,
}

/// Phrases that are looked for in one pass, each with what it means.
struct Phrases<T> {
    searcher: Option<AhoCorasick>,
    meanings: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reasons: Reasons,
    delay: Delay,
    report: Report,
    returned: Returned,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasons {
    full: Vec<String>,
    expired: Vec<String>,
    policy: Vec<String>,
    disabled: Vec<String>,
    certain: Vec<String>,
    hard: Vec<String>,
    soft: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Delay {
    phrases: Vec<String>,
    subjects: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    senders: Vec<String>,
    names: Vec<String>,
    subjects: Vec<String>,
    openings: Vec<String>,
    contacts: Vec<String>,
    contacts_after: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Returned {
    markers: Vec<String>,
}

static FILE: &str = include_str!("../../../rules/bounces.toml");
static WORDS: LazyLock<Words> = LazyLock::new(|| Words::compile(toml::from_str(FILE).ok()));

/// The phrases compiled into the program.
pub(super) fn words() -> &'static Words {
    &WORDS
}

impl Words {
    /// A file that does not parse leaves nothing to recognise; a test holds that ours does.
    fn compile(file: Option<File>) -> Self {
        let (reasons, delay, report, returned) = file.map(|f| (f.reasons, f.delay, f.report, f.returned)).unwrap_or_default();
        let meanings = [
            (reasons.full, Reason::Full),
            (reasons.expired, Reason::Expired),
            (reasons.policy, Reason::Policy),
            (reasons.disabled, Reason::Disabled),
            (reasons.certain, Reason::Certain),
            (reasons.hard, Reason::Gone),
            (reasons.soft, Reason::Trouble),
        ];
        Self {
            reasons: Phrases::new(meanings.into_iter().flat_map(|(list, reason)| list.into_iter().map(move |phrase| (phrase, reason)))),
            delay: Phrases::new(delay.phrases.into_iter().map(|phrase| (phrase, ()))),
            delay_subjects: delay.subjects,
            senders: report.senders,
            names: report.names,
            subjects: report.subjects,
            openings: Phrases::new(report.openings.into_iter().map(|phrase| (phrase, ()))),
            contacts: report.contacts,
            contacts_after: report.contacts_after,
            returned: Phrases::new(returned.markers.into_iter().map(|phrase| (phrase, ()))),
        }
    }

    /// The reason `text` gives; it must be [`folded`].
    pub(super) fn reason(&self, text: &str) -> Option<Reason> {
        self.reasons.all(text).min()
    }

    /// Whether a [`folded`] text says that nothing was refused yet.
    pub(super) fn says_delay(&self, text: &str) -> bool {
        self.delay.all(text).next().is_some()
    }

    /// Whether a [`folded`] subject says so.
    pub(super) fn is_delay_subject(&self, subject: &str) -> bool {
        begins_with_any(subject, &self.delay_subjects)
    }

    /// Whether the part before the `@` is one that mail systems write from.
    pub(super) fn is_machine(&self, local: &str) -> bool {
        let plain: String = local.chars().filter(|c| !matches!(c, '.' | '-' | '_')).collect::<String>().to_lowercase();
        self.senders.contains(&plain)
    }

    /// Whether a [`folded`] display name is a mail system's.
    pub(super) fn is_machine_name(&self, name: &str) -> bool {
        self.names.iter().any(|known| name.contains(known.as_str()))
    }

    /// Whether a [`folded`] subject begins as reports do.
    pub(super) fn is_report_subject(&self, subject: &str) -> bool {
        begins_with_any(subject, &self.subjects)
    }

    /// Whether a [`folded`] text speaks as reports do.
    pub(super) fn is_report(&self, text: &str) -> bool {
        self.openings.all(text).next().is_some()
    }

    /// The part of a line whose addresses may have failed: those that one is to write to instead have not.
    pub(super) fn without_contacts<'a>(&self, line: &'a str) -> &'a str {
        let lower = line.to_lowercase();
        // Where letters change their length, places in the line are not those in lower case.
        if lower.len() != line.len() {
            return if self.contacts.iter().chain(&self.contacts_after).any(|words| lower.contains(words.as_str())) { "" } else { line };
        }
        if self.contacts_after.iter().any(|words| lower.contains(words.as_str())) {
            return "";
        }
        let end = self.contacts.iter().filter_map(|words| lower.find(words.as_str())).min();
        end.and_then(|end| line.get(..end)).unwrap_or(line)
    }

    /// Whether the returned mail begins after this [`folded`] line.
    pub(super) fn is_returned_marker(&self, line: &str) -> bool {
        self.returned.all(line).next().is_some()
    }
}

fn begins_with_any(text: &str, beginnings: &[String]) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '[' | '"' | '\''));
    beginnings.iter().any(|beginning| text.starts_with(beginning.trim_start_matches(['*', '['])))
}

impl<T: Copy> Phrases<T> {
    fn new(phrases: impl Iterator<Item = (String, T)>) -> Self {
        let (texts, meanings): (Vec<String>, Vec<T>) = phrases.unzip();
        Self { searcher: AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(texts).ok(), meanings }
    }

    /// What is said, in order. A phrase must not begin within a word: `ported` is not found in `transported`.
    fn all<'a>(&'a self, text: &'a str) -> impl Iterator<Item = T> + 'a {
        self.searcher.iter().flat_map(move |searcher| searcher.find_iter(text)).filter_map(move |found| {
            let before = text.get(..found.start()).and_then(|t| t.chars().next_back());
            let begins = text.get(found.range()).and_then(|t| t.chars().next());
            let within = before.is_some_and(|c| c.is_ascii_alphanumeric()) && begins.is_some_and(|c| c.is_ascii_alphanumeric());
            if within { None } else { self.meanings.get(found.pattern().as_usize()).copied() }
        })
    }
}

/// Lower case, white space as single blanks, web and mail addresses left out: `spam@example.com` is no accusation.
pub(super) fn folded(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for token in text.split_whitespace() {
        if token.contains("://") || token.contains('@') {
            continue;
        }
        if !kept.is_empty() {
            kept.push(' ');
        }
        token.chars().for_each(|c| push_lower(&mut kept, if c == '’' { '\'' } else { c }));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_file_parses_and_is_in_lower_case() {
        let file: File = toml::from_str(FILE).expect("rules/bounces.toml is valid");
        let words = Words::compile(Some(file));
        assert!(words.reasons.searcher.is_some() && words.reasons.meanings.len() > 500);
        assert_eq!(FILE.lines().filter(|line| line.starts_with("  \"")).find(|line| *line != line.to_lowercase()), None);
    }

    #[test]
    fn a_full_mailbox_outweighs_the_number_before_it() {
        let reason = |text: &str| words().reason(&folded(text));
        assert_eq!(reason("5.1.0 - Unknown address error 550-'5.2.2 Mailbox Full'"), Some(Reason::Full));
        assert_eq!(reason("550 5.1.1 <spam@blocked.example>: User unknown"), Some(Reason::Gone));
        assert_eq!(reason("Thank you for the catalogue"), None);
    }
}
