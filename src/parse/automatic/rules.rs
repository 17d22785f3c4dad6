//! How automatic answers are worded: `rules/absences.toml`, compiled in and read once.

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// How a language writes a date in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Order {
    #[serde(rename = "dm")]
    DayMonth,
    #[serde(rename = "md")]
    MonthDay,
    /// English: American or British, whichever comes sooner after the mail.
    #[serde(rename = "near")]
    Sooner,
}

/// What the words beside a date make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    /// The first day back.
    Back,
    /// The last day away.
    Until,
}

/// A word that tells what a date means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cue {
    pub meaning: Meaning,
    pub order: Order,
}

/// All words, ready to be searched for.
#[derive(Default)]
pub(super) struct Absences {
    pub subjects: Vec<String>,
    pub ranges: Vec<String>,
    before: Cues,
    after: Cues,
    /// Month names as written, each with its number.
    months: BTreeMap<String, i8>,
    /// The names as alternatives of a pattern, longest first.
    pub month_pattern: String,
}

#[derive(Default)]
struct Cues {
    searcher: Option<AhoCorasick>,
    cues: Vec<Cue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    subjects: Vec<String>,
    ranges: Vec<String>,
    language: BTreeMap<String, Language>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    order: Order,
    #[serde(default)]
    back_before: Vec<String>,
    #[serde(default)]
    back_after: Vec<String>,
    #[serde(default)]
    until_before: Vec<String>,
    #[serde(default)]
    until_after: Vec<String>,
    /// January to December, each with its spellings between blanks; `_` stands for a blank within a name.
    #[serde(default)]
    months: Vec<String>,
}

static FILE: &str = include_str!("../../../rules/absences.toml");
static ABSENCES: LazyLock<Absences> = LazyLock::new(|| toml::from_str(FILE).map(Absences::compile).unwrap_or_default());

/// The words compiled into the program.
pub(super) fn absences() -> &'static Absences {
    &ABSENCES
}

impl Absences {
    fn compile(file: File) -> Self {
        let mut before = Vec::new();
        let mut after = Vec::new();
        let mut months = BTreeMap::new();
        for language in file.language.into_values() {
            let cue = |meaning| Cue { meaning, order: language.order };
            before.extend(language.back_before.into_iter().map(|words| (words, cue(Meaning::Back))));
            before.extend(language.until_before.into_iter().map(|words| (words, cue(Meaning::Until))));
            after.extend(language.back_after.into_iter().map(|words| (words, cue(Meaning::Back))));
            after.extend(language.until_after.into_iter().map(|words| (words, cue(Meaning::Until))));
            for (number, names) in (1..=12).zip(&language.months) {
                months.extend(names.split(' ').map(|name| (name.replace('_', " "), number)));
            }
        }
        let mut names: Vec<&str> = months.keys().map(String::as_str).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let month_pattern = names.into_iter().map(regex::escape).collect::<Vec<_>>().join("|");
        Self { subjects: file.subjects, ranges: file.ranges, before: Cues::new(before), after: Cues::new(after), months, month_pattern }
    }

    /// The month of that name, in lower case.
    pub(super) fn month(&self, name: &str) -> Option<i8> {
        self.months.get(name).copied()
    }

    /// What the words before a date say: "back" outweighs "until" ("I will not be back until Monday").
    pub(super) fn before(&self, text: &str) -> Option<Cue> {
        self.before.decisive(text, is_whole)
    }

    /// What the words behind a date say; they may go on, as Turkish and Korean verbs do.
    pub(super) fn after(&self, text: &str) -> Option<Cue> {
        self.after.decisive(text, begins_word)
    }
}

impl Cues {
    fn new(cues: Vec<(String, Cue)>) -> Self {
        let (words, cues): (Vec<String>, Vec<Cue>) = cues.into_iter().unzip();
        Self { searcher: AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).ok(), cues }
    }

    fn decisive(&self, text: &str, fits: fn(&str, usize, usize) -> bool) -> Option<Cue> {
        let found = self.searcher.iter().flat_map(|searcher| searcher.find_iter(text));
        let whole = found.filter(|found| fits(text, found.start(), found.end()));
        // Of equal ones the nearest to the date is the last.
        whole.filter_map(|found| self.cues.get(found.pattern().as_usize())).fold(None, |best: Option<Cue>, cue| match best {
            Some(best) if best.meaning < cue.meaning => Some(best),
            _ => Some(*cue),
        })
    }
}

/// Whether a match begins a word, in scripts that part words by blanks.
fn begins_word(text: &str, start: usize, _end: usize) -> bool {
    let before = text.get(..start).and_then(|t| t.chars().next_back());
    let first = text.get(start..).and_then(|t| t.chars().next());
    !(is_spaced(before) && is_spaced(first))
}

/// Whether a match is not part of a longer word.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let last = text.get(..end).and_then(|t| t.chars().next_back());
    let after = text.get(end..).and_then(|t| t.chars().next());
    begins_word(text, start, end) && !(is_spaced(last) && is_spaced(after))
}

/// A letter of a script that parts words by blanks; Thai, Chinese, Japanese and Korean lie above.
fn is_spaced(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphabetic() && (c as u32) < 0x0e00)
}

/// A pattern of ours; `None` only if it does not compile, which the tests exclude.
pub(super) fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_file_parses_and_every_year_has_twelve_months() {
        let file: File = toml::from_str(FILE).expect("rules/absences.toml is valid");
        for (name, language) in &file.language {
            assert!(matches!(language.months.len(), 0 | 12), "{name}");
        }
        let absences = Absences::compile(file);
        assert!(absences.before.searcher.is_some() && absences.after.searcher.is_some());
        assert_eq!(absences.month("grudnia"), Some(12));
        assert_eq!(absences.month("mars"), Some(3));
    }
}
