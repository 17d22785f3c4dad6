//! The line that says who wrote what follows: "On 12 Nov 2026, Maria Lopez wrote:", in whatever language and wrapped as it may be.

use super::line::{Line, plain};
use super::words;
use crate::types::{EmailAddress, NamedAddress};
use regex::Regex;
use std::sync::LazyLock;

/// Lines an attribution is wrapped over at most, blank ones included.
const LINES_MAX: usize = 6;
/// Longest attribution and longest line of one, in bytes.
const LEN_MAX: usize = 500;
/// Longest verb, with the word before it, in bytes.
const VERB_LEN_MAX: usize = 80;
/// Where the date must have begun, in characters.
const DATE_WITHIN: usize = 60;

/// How sure it is that all below is quoted, with or without marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// Only what is marked as quoted is.
    Weak,
    Strong,
}

/// An attribution that ends on a given line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribution {
    /// Its first line.
    pub(super) start: usize,
    pub(super) strength: Strength,
    /// It begins as attributions do.
    pub(super) begins: bool,
    /// Whom it names.
    pub(super) writer: NamedAddress,
}

/// The attribution that ends on line `end`, if one does.
pub(super) fn ending_at(lines: &[Line<'_>], end: usize) -> Option<Attribution> {
    let last = plain(lines.get(end).filter(|line| line.raw.len() <= LEN_MAX)?.body);
    let ends = ends_like(&last);
    // Everything else that could make it one needs a figure or an address.
    if !ends && !last.contains(|c: char| c == '@' || c.is_numeric()) {
        return None;
    }
    let below = lines.get(end + 1);
    // Old mailers end it with the address, and only marks below it tell.
    let addressed = has_date(&last)
        && bare(&last).ends_with('>')
        && below.is_some_and(|line| line.is_quote() || line.is_blank() && lines.get(end + 2).is_some_and(Line::is_quote));
    let group_wise =
        lines.get(end).is_some_and(|line| line.depth == 0 && line.raw.starts_with(">>>")) && (has_date(&last) || has_address(&last));
    let stamp = group_wise || is_bare_stamp(&last) && below.is_none_or(Line::is_blank);
    if !addressed && !stamp && !ends {
        return None;
    }
    // Without a figure or an address there is nothing to announce.
    let first = end.saturating_sub(LINES_MAX - 1);
    let says = |line: &Line<'_>| line.raw.len() <= LEN_MAX && line.body.contains(|c: char| c == '@' || c.is_numeric());
    if !lines.get(first..=end)?.iter().any(says) {
        return None;
    }
    let mut joined = String::new();
    let mut fallback = None;
    for start in (first..=end).rev() {
        let line = lines.get(start)?;
        if start < end && line.is_quote() {
            break;
        }
        // A blank line belongs to it only before an address that stands alone.
        if line.is_blank() {
            match joined.starts_with('<') {
                true => continue,
                false => break,
            }
        }
        joined = format!("{} {joined}", plain(line.body)).trim().to_owned();
        if joined.len() > LEN_MAX {
            break;
        }
        let evidence = Evidence::of(&joined);
        if let Some(strength) = stamp.then_some(Strength::Strong).or(evidence.strength()) {
            let writer = writer(&joined);
            // `Maria Lopez <maria@example.com> wrote:` as a paragraph's beginning, as telephones write it.
            let alone = evidence.verb
                && named_address_first(&joined)
                && start.checked_sub(1).is_none_or(|above| lines.get(above).is_some_and(Line::is_blank));
            let strength = if alone { Strength::Strong } else { strength };
            if evidence.begins || alone {
                return Some(Attribution { start, strength, begins: evidence.begins, writer });
            }
            // Without a beginning that can be told, the shortest that says enough.
            let strength = if evidence.verb && evidence.address { strength } else { Strength::Weak };
            fallback.get_or_insert(Attribution { start, strength, begins: evidence.begins, writer });
        }
    }
    fallback
}

/// Whether a line can be an attribution's last: it ends in a colon, or in the word that somebody wrote.
fn ends_like(line: &str) -> bool {
    let line = bare(line);
    if line.ends_with([':', '：']) {
        return true;
    }
    let tail = line.get(line.floor_char_boundary(line.len().saturating_sub(VERB_LEN_MAX))..).unwrap_or_default();
    // Asked from the line's end, the last verb is found or missed at once; only then the longer way is gone.
    let words = words::get();
    words.verb_at_end.is_match(tail) && words.verb.find_last(tail).is_some_and(|verb| verb.end == tail.len())
}

/// Without dashes and stars around it.
fn bare(line: &str) -> &str {
    line.trim_matches(['-', '*', '_', '=', ' ', '—'])
}

/// `2026-11-02 17:21 GMT+01:00 Maria Lopez`, as an old Gmail application wrote it, without an address.
fn is_bare_stamp(line: &str) -> bool {
    static STAMP: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^\d{4}-\d{2}-\d{2} \d{1,2}:\d{2} (?:GMT|UTC)[+-]\d{2}:?\d{2} \S.{0,60}$").ok());
    STAMP.as_ref().is_some_and(|stamp| stamp.is_match(line))
}

/// What an attribution is recognised by.
struct Evidence {
    verb: bool,
    address: bool,
    time: bool,
    date: bool,
    /// Told by a person: "our inspector wrote", "you wrote".
    told: bool,
    /// The address, or a bracket around it, is the last thing before the colon.
    address_last: bool,
    begins: bool,
}

impl Evidence {
    fn of(joined: &str) -> Self {
        let end = bare(joined).trim_end_matches([':', '：', ' ']);
        let last_word = end.split_whitespace().next_back().unwrap_or_default();
        let words = words::get();
        let verb = words.verb.is_match(joined);
        Self {
            verb,
            address: has_address(joined),
            time: has_time(joined),
            date: has_date(joined),
            told: verb && !has_address(joined) && (words.second_person.is_match(joined) || is_told(end)),
            address_last: end.ends_with(['>', ')', ']']) && has_address(joined) || has_address(last_word),
            begins: begins_like(joined),
        }
    }

    fn strength(&self) -> Option<Strength> {
        let when = self.date || self.time;
        match self {
            Self { verb: true, address: true, .. } if when => Some(Strength::Strong),
            Self { verb: true, date: true, time: true, told: false, begins: true, .. } => Some(Strength::Strong),
            Self { verb: false, address_last: true, date: true, time: true, begins: true, .. } => Some(Strength::Strong),
            Self { verb: true, .. } if self.address || when => Some(Strength::Weak),
            Self { address: true, .. } if when => Some(Strength::Weak),
            _ => None,
        }
    }
}

/// Whether a text ends in two words in small letters, the second a verb: programs put a name before it.
fn is_told(end: &str) -> bool {
    let mut words = end.split_whitespace().rev();
    let is_small = |word: &str| word.len() > 2 && word.chars().all(|c| c.is_lowercase());
    let (verb, who, before) = (words.next().unwrap_or_default(), words.next().unwrap_or_default(), words.next().unwrap_or_default());
    is_small(verb) && is_small(who) && is_small(before)
}

/// Whether a text begins as attributions do: a word like "On" before a date, the date itself, or a name with its address.
fn begins_like(joined: &str) -> bool {
    let text = bare(joined);
    let Some(first) = text.chars().next() else { return false };
    let head: String = text.chars().take(DATE_WITHIN).collect::<String>().to_lowercase();
    if !head.contains(char::is_numeric) {
        return named_address_first(text);
    }
    if first.is_numeric() {
        return has_date(text) || has_time(text);
    }
    let words = words::get();
    let opens = |opener: &String| {
        let after = head.strip_prefix(opener.as_str());
        after.is_some_and(|after| {
            after.starts_with(|c: char| !c.is_alphabetic()) || opener.chars().any(|c| c >= '\u{0e00}') || opener.ends_with('-')
        })
    };
    let first_word = head.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    words.openers.iter().any(opens) || words.day_words.contains(first_word) || named_address_first(text)
}

/// `Maria Lopez <maria@example.com> …`
fn named_address_first(text: &str) -> bool {
    let before = text.split_once('<').map(|(before, _)| before);
    before.is_some_and(|before| (1..=6).contains(&before.split_whitespace().count()) && has_address(text) && !before.contains([':', '.']))
}

/// Whether an address stands in the text.
pub(super) fn has_address(text: &str) -> bool {
    static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[^\s<>@]@[^\s<>@]").ok());
    text.contains('@') && ADDRESS.as_ref().is_some_and(|address| address.is_match(text))
}

/// Whether a time of day stands in the text.
pub(super) fn has_time(text: &str) -> bool {
    static TIME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?:^|[^\p{Nd}])\p{Nd}{1,2}\s?(?:[:.：hH時时시点點]|giờ)\s?\p{Nd}{2}(?:[^\p{Nd}]|$)").ok());
    TIME.as_ref().is_some_and(|time| time.is_match(text))
}

/// Whether a day stands in the text: a year, or day and month in figures.
pub(super) fn has_date(text: &str) -> bool {
    static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:^|[^\p{Nd}])(?:(?:19|20|25|١٩|٢٠|۱۳|۱۴|14)\p{Nd}{2}|\p{Nd}{1,2}[./-]\p{Nd}{1,2}[./-]\p{Nd}{2,4}|\p{Nd}{1,2}月\p{Nd}{1,2}日?)(?:[^\p{Nd}]|$)").ok()
    });
    DATE.as_ref().is_some_and(|date| date.is_match(text))
}

/// Whom an attribution or a `From` line names: the address in it, and the name before that.
pub(super) fn writer(text: &str) -> NamedAddress {
    static ADDRESS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?:mailto:)?([^\s<>()\[\]:;,@\x22']+@[^\s<>()\[\]:;,@\x22']+)").ok());
    let Some(found) = ADDRESS.as_ref().and_then(|address| address.captures(text)) else { return NamedAddress::default() };
    let (Some(whole), Some(address)) = (found.get(0), found.get(1)) else { return NamedAddress::default() };
    let before = text.get(..whole.start()).unwrap_or_default().trim_end_matches(['<', '[', '(', '"', '\'', ' ']);
    // The name is what follows the date: after the last comma, quote mark or figure of a time.
    let quoted = before
        .rsplit_once(['"', '“', '”', '„'])
        .filter(|_| text.contains('"') || text.contains('“'))
        .map(|(rest, name)| if name.trim().is_empty() { rest } else { name });
    let name = quoted.unwrap_or_else(|| before.rsplit([',', '，', ':']).next().unwrap_or_default());
    let name = name.trim_start_matches(|c: char| !c.is_alphabetic()).trim();
    let name = (!name.is_empty() && !has_time(name) && !name.contains('@')).then(|| name.to_owned());
    NamedAddress { name, address: EmailAddress::parse(address.as_str().trim_end_matches('.')).ok() }
}
