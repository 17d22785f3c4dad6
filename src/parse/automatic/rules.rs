//! How automatic answers are worded: `rules/absences.toml`, compiled in and read once.

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
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
    /// From this day on: away, or back again.
    From,
}

/// A word that tells what a date means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cue {
    pub meaning: Meaning,
    pub order: Order,
    /// It is no beginning of a longer word.
    pub whole: bool,
}

impl Cue {
    /// The last day away, as the second end of a range that no word tells of.
    pub(super) fn of_a_range() -> Self {
        Self { meaning: Meaning::Until, order: Order::Sooner, whole: false }
    }
}

/// A month's name in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Month {
    pub number: i8,
    /// A month of Iran's calendar.
    pub solar: bool,
    /// Endings grow onto it.
    pub suffixed: bool,
    language: usize,
}

/// What is no date in figures and means a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relative {
    /// Days from Monday, 0 to 6.
    Weekday(i8),
    Tomorrow,
}

/// All words, ready to be searched for.
#[derive(Default)]
pub(super) struct Absences {
    pub subjects: Vec<String>,
    pub absent_subjects: Vec<String>,
    pub ranges: Vec<String>,
    pub next_week: Vec<String>,
    before: Cues<Cue>,
    after: Cues<Cue>,
    away: Cues<()>,
    relative: Cues<Relative>,
    /// Month names as written, each with what it means in the languages that have it.
    months: BTreeMap<String, Vec<Month>>,
    /// The names as alternatives of a pattern, longest first.
    pub month_pattern: String,
    /// Words that speak for a language.
    tells: Vec<Vec<String>>,
    pub substitute: Substitute,
    pub departure: Departure,
}

/// How texts say whom to write to instead.
#[derive(Default)]
pub(super) struct Substitute {
    pub cues: Cues<()>,
    pub roles: Cues<()>,
    pub role_words: HashSet<String>,
    pub titles: HashSet<String>,
    pub fillers: HashSet<String>,
    pub stops: Vec<String>,
}

/// How texts say that somebody has gone for good.
#[derive(Default)]
pub(super) struct Departure {
    pub gone: Cues<()>,
    pub self_gone: Cues<()>,
}

/// Words that are searched for in one pass, each with what it means.
pub(super) struct Cues<T> {
    searcher: Option<AhoCorasick>,
    cues: Vec<T>,
}

impl<T> Default for Cues<T> {
    fn default() -> Self {
        Self { searcher: None, cues: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    subjects: Vec<String>,
    absent_subjects: Vec<String>,
    ranges: Vec<String>,
    next_week: Vec<String>,
    language: BTreeMap<String, Language>,
    substitute: SubstituteLists,
    departure: DepartureLists,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubstituteLists {
    cues: Vec<String>,
    roles: Vec<String>,
    titles: HashSet<String>,
    fillers: HashSet<String>,
    stops: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DepartureLists {
    gone: Vec<String>,
    self_gone: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    order: Order,
    #[serde(default)]
    suffixed: bool,
    #[serde(default)]
    back_before: Vec<String>,
    #[serde(default)]
    back_after: Vec<String>,
    #[serde(default)]
    until_before: Vec<String>,
    #[serde(default)]
    until_after: Vec<String>,
    #[serde(default)]
    from_before: Vec<String>,
    #[serde(default)]
    away: Vec<String>,
    /// January to December, each with its spellings between blanks; `_` stands for a blank within a name.
    #[serde(default)]
    months: Vec<String>,
    /// The same of Iran's calendar, from Farvardin on.
    #[serde(default)]
    solar_months: Vec<String>,
    #[serde(default)]
    weekdays: Vec<String>,
    #[serde(default)]
    tomorrow: Vec<String>,
    #[serde(default)]
    tells: Vec<String>,
}

/// Bytes between "from" and its date, in which a weekday may stand.
const FROM_GAP_MAX: usize = 24;

static FILE: &str = include_str!("../../../rules/absences.toml");
static ABSENCES: LazyLock<Absences> = LazyLock::new(|| toml::from_str(FILE).map(Absences::compile).unwrap_or_default());

/// The words compiled into the program.
pub(super) fn absences() -> &'static Absences {
    &ABSENCES
}

impl Absences {
    fn compile(file: File) -> Self {
        let mut all = Self { subjects: file.subjects, absent_subjects: file.absent_subjects, ranges: file.ranges, ..Self::default() };
        all.next_week = file.next_week;
        let (mut before, mut after, mut away, mut relative) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (at, language) in file.language.into_values().enumerate() {
            let order = language.order;
            let cue = |words: String, meaning| match words.strip_suffix('|') {
                Some(words) => (words.to_owned(), Cue { meaning, order, whole: true }),
                None => (words, Cue { meaning, order, whole: false }),
            };
            before.extend(language.back_before.into_iter().map(|words| cue(words, Meaning::Back)));
            before.extend(language.until_before.into_iter().map(|words| cue(words, Meaning::Until)));
            before.extend(language.from_before.into_iter().map(|words| cue(words, Meaning::From)));
            after.extend(language.back_after.into_iter().map(|words| cue(words, Meaning::Back)));
            after.extend(language.until_after.into_iter().map(|words| cue(words, Meaning::Until)));
            away.extend(language.away.into_iter().map(|words| (words, ())));
            relative.extend(numbered(&language.weekdays).map(|(day, name)| (name, Relative::Weekday(day))));
            relative.extend(language.tomorrow.into_iter().map(|words| (words, Relative::Tomorrow)));
            for (names, solar) in [(&language.months, false), (&language.solar_months, true)] {
                for (number, name) in numbered(names) {
                    let month = Month { number: number + 1, solar, suffixed: language.suffixed, language: at };
                    all.months.entry(name).or_default().push(month);
                }
            }
            all.tells.push(language.tells);
        }
        let mut names: Vec<&str> = all.months.keys().map(String::as_str).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        all.month_pattern = names.into_iter().map(regex::escape).collect::<Vec<_>>().join("|");
        (all.before, all.after, all.away, all.relative) = (Cues::new(before), Cues::new(after), Cues::new(away), Cues::new(relative));
        all.substitute = Substitute::compile(file.substitute);
        all.departure = Departure { gone: Cues::of(file.departure.gone), self_gone: Cues::of(file.departure.self_gone) };
        all
    }

    /// The month of that name, in lower case; where languages differ, `text` tells which one it is in.
    pub(super) fn month(&self, name: &str, text: &str) -> Option<Month> {
        let months = self.months.get(name)?;
        let first = months.first().copied()?;
        if months.iter().all(|month| month.number == first.number) {
            return months.iter().find(|month| month.suffixed).copied().or(Some(first));
        }
        let told = |month: &Month| {
            let tells = self.tells.get(month.language).map(Vec::as_slice).unwrap_or_default();
            text.split(|c: char| !c.is_alphabetic()).filter(|word| tells.iter().any(|tell| tell == word)).count()
        };
        months.iter().rev().max_by_key(|month| told(month)).copied()
    }

    /// What the words before a date say: "back" outweighs "until" ("I will not be back until Monday").
    pub(super) fn before(&self, text: &str) -> Option<Cue> {
        let whole = self.before.found(text).filter(|(start, end, _)| is_whole(text, *start, *end));
        // "From" is a small word in many languages; it belongs to the date it stands beside.
        decisive(whole.filter(|(_, end, cue)| cue.meaning != Meaning::From || text.len().saturating_sub(*end) <= FROM_GAP_MAX))
    }

    /// What the words behind a date say; they may go on, as Turkish and Korean verbs do.
    pub(super) fn after(&self, text: &str) -> Option<Cue> {
        decisive(self.after.found(text).filter(|(start, end, cue)| match cue.whole {
            true => is_whole(text, *start, *end),
            false => begins_word(text, *start, *end),
        }))
    }

    /// Whether somebody is said to be away.
    pub(super) fn says_away(&self, text: &str) -> bool {
        self.away.found(text).any(|(start, end, ())| begins_word(text, start, end))
    }

    /// Weekdays and other words for days, from left to right.
    pub(super) fn relative<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (Range<usize>, Relative)> + 'a {
        self.relative.found(text).filter(|(start, end, _)| is_whole(text, *start, *end)).map(|(start, end, day)| (start..end, day))
    }
}

/// Names with their numbers from 0 on.
fn numbered(names: &[String]) -> impl Iterator<Item = (i8, String)> {
    (0..).zip(names).flat_map(|(number, names)| names.split(' ').map(move |name| (number, name.replace('_', " "))))
}

impl Substitute {
    fn compile(lists: SubstituteLists) -> Self {
        let role_words = lists.roles.iter().flat_map(|role| role.split(' ')).map(str::to_owned).collect();
        Self {
            cues: Cues::of(lists.cues),
            roles: Cues::of(lists.roles),
            role_words,
            titles: lists.titles,
            fillers: lists.fillers,
            stops: lists.stops,
        }
    }
}

impl Cues<()> {
    fn of(words: Vec<String>) -> Self {
        Self::new(words.into_iter().map(|words| (words, ())).collect())
    }

    /// Where each phrase stands that begins a word.
    pub(super) fn places<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.found(text).filter(|(start, end, ())| begins_word(text, *start, *end)).map(|(start, end, ())| start..end)
    }

    /// The same of phrases that end a word too.
    pub(super) fn whole_places<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.found(text).filter(|(start, end, ())| is_whole(text, *start, *end)).map(|(start, end, ())| start..end)
    }
}

impl<T: Copy> Cues<T> {
    fn new(cues: Vec<(String, T)>) -> Self {
        let (words, cues): (Vec<String>, Vec<T>) = cues.into_iter().unzip();
        Self { searcher: AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).ok(), cues }
    }

    fn found<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, usize, T)> + 'a {
        let found = self.searcher.iter().flat_map(move |searcher| searcher.find_iter(text));
        found.filter_map(|found| Some((found.start(), found.end(), self.cues.get(found.pattern().as_usize()).copied()?)))
    }
}

/// The cue that outweighs the others; of equal ones the last, which is the nearest to the date.
fn decisive(cues: impl Iterator<Item = (usize, usize, Cue)>) -> Option<Cue> {
    cues.map(|(.., cue)| cue).fold(None, |best: Option<Cue>, cue| match best {
        Some(best) if best.meaning < cue.meaning => Some(best),
        _ => Some(cue),
    })
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
            assert!(matches!(language.months.len(), 0 | 12) && matches!(language.solar_months.len(), 0 | 12), "{name}");
            assert_eq!(language.weekdays.len(), 7, "{name}");
        }
        let absences = Absences::compile(file);
        assert!(absences.before.searcher.is_some() && absences.after.searcher.is_some());
        assert!(absences.substitute.cues.searcher.is_some() && absences.departure.gone.searcher.is_some());
        let month = |name: &str, text: &str| absences.month(name, text).map(|month| month.number);
        assert_eq!((month("grudnia", ""), month("mars", "")), (Some(12), Some(3)));
        assert_eq!(month("listopada", "na godišnjem sam odmoru do 16. listopada"), Some(10), "Croatian");
        assert_eq!(month("listopada", "jestem na urlopie do 16 listopada"), Some(11), "Polish");
    }

    #[test]
    fn all_words_are_in_lower_case() {
        let upper = FILE.lines().filter(|line| !line.starts_with('#')).find(|line| *line != line.to_lowercase());
        assert_eq!(upper, None);
    }
}
