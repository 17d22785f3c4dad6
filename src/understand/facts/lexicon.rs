//! All listed words in one automaton: one pass over a text finds every word any finder asks for, in any script.

use super::page::{fold_word, is_letter, runs_on};
use super::variants;
use crate::types::Incoterm;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::HashMap;

/// What a listed word is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// "we need", "please quote": goods and their number follow.
    Buying,
    /// "Quantity:", a bare number follows.
    QuantityLabel,
    /// "MOQ": the seller's limit rather than the buyer's wish.
    Minimum,
    /// A spelled number by its row.
    Number(usize),
    /// A word that is number and unit in one, by its row.
    Counted(usize),
    /// A trade term; `sure` when it counts without a place beside it.
    Incoterm { term: Incoterm, sure: bool },
    /// A place by its row.
    Place(usize),
    /// "shipping to": a place follows.
    Destination,
    /// "delivered", "freight": a place may stand beside it.
    Delivering,
    /// Money by its name or sign; `sure` when it counts without an amount beside it.
    Money { row: usize, sure: bool },
    /// "target price", "our budget": what the buyer would pay follows.
    Target,
    /// A month by its number; those of the Persian calendar from 13 on.
    Month(u8),
    /// A day of the week, Monday is 1.
    Weekday(i8),
    /// "tomorrow": so many days on.
    RelativeDay(i8),
    /// "end of this week": a time that is no day.
    Period,
    /// A certificate by its row.
    Certificate(usize),
    /// "T/T", "deposit": a way to pay.
    Payment,
    /// "PO", "Invoice No.": a number of a paper follows.
    Reference,
    /// "quotation for": a name of goods follows.
    Asking,
    /// "model", "SKU": a code of goods follows.
    Model,
}

/// A listed word in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    pub start: usize,
    pub end: usize,
    pub means: Use,
    /// An ending is tied to the word, as Turkish and Finnish write "to".
    pub is_inflected: bool,
}

/// The automaton and what each of its words means.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    automaton: Option<AhoCorasick>,
    means: Vec<Vec<Use>>,
}

/// Words gathered before the automaton is built.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    words: Vec<String>,
    means: Vec<Vec<Use>>,
    known: HashMap<String, usize>,
}

impl Gathering {
    /// Adds a word, also as it is typed without its accents; the same word may have several uses.
    pub fn add(&mut self, word: &str, means: Use) {
        let forms = if matches!(means, Use::Place(_)) { variants::of_name(word) } else { variants::of(word) };
        for word in forms {
            self.add_folded(word, means);
        }
    }

    fn add_folded(&mut self, word: String, means: Use) {
        if let Some(uses) = self.known.get(&word).and_then(|row| self.means.get_mut(*row)) {
            if !uses.contains(&means) {
                uses.push(means);
            }
            return;
        }
        self.known.insert(word.clone(), self.words.len());
        self.words.push(word);
        self.means.push(vec![means]);
    }

    pub fn add_all(&mut self, words: &[String], means: Use) {
        for word in words {
            self.add(word, means);
        }
    }

    /// Builds the automaton; fails only when the lists are larger than it can hold.
    pub fn build(self) -> Result<Lexicon, aho_corasick::BuildError> {
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&self.words)?;
        Ok(Lexicon { automaton: Some(automaton), means: self.means })
    }
}

impl Lexicon {
    /// Listed words of a folded text that stand as words of their own, in order; names, money and months also with one of these endings.
    pub fn hits(&self, low: &str, endings: &[String]) -> Vec<Hit> {
        let mut hits = Vec::new();
        let Some(automaton) = &self.automaton else { return hits };
        for found in automaton.find_iter(low) {
            let (start, end) = (found.start(), found.end());
            if !begins_word(low, start) {
                continue;
            }
            let uses = self.means.get(found.pattern().as_usize()).map_or(&[][..], Vec::as_slice);
            if let Some(end) = word_end(low, start, end) {
                hits.extend(uses.iter().map(|means| Hit { start, end, means: *means, is_inflected: false }));
            } else if let Some(end) = inflected_end(low, start, end, endings) {
                let inflected = uses.iter().filter(|means| matches!(means, Use::Place(_) | Use::Money { .. } | Use::Month(_)));
                hits.extend(inflected.map(|means| Hit { start, end, means: *means, is_inflected: true }));
            }
        }
        hits
    }
}

/// Whether a word may begin here. Arabic and Hebrew write "and", "in", "to", "the" as one with the word.
fn begins_word(low: &str, start: usize) -> bool {
    let (front, rest) = (low.get(..start).unwrap_or(""), low.get(start..).unwrap_or(""));
    let (Some(before), Some(first)) = (front.chars().next_back(), rest.chars().next()) else { return true };
    if !is_letter(before) || !is_letter(first) || runs_on(before) || runs_on(first) {
        return true;
    }
    let is_semitic = |c: char| matches!(c, '\u{0590}'..='\u{06ff}');
    if !is_semitic(first) {
        return is_semitic(before);
    }
    let prefix = front.char_indices().rev().take(5).take_while(|(_, c)| is_letter(*c)).last().map_or(start, |(at, _)| at);
    PREFIXES.contains(&front.get(prefix..).unwrap_or(""))
}

const PREFIXES: [&str; 20] =
    ["و", "ب", "ل", "ف", "ك", "ال", "وال", "بال", "لل", "ول", "وب", "ולה", "ה", "ו", "ב", "ל", "מ", "ש", "של", "בה"];

/// Where a listed word really ends, or `None` when it is only a part of another. Russian, Ukrainian and Bulgarian endings of up to
/// three letters belong to a word that is long enough.
fn word_end(low: &str, start: usize, end: usize) -> Option<usize> {
    let (word, rest) = (low.get(start..end)?, low.get(end..)?);
    let (Some(last), Some(after)) = (word.chars().next_back(), rest.chars().next()) else { return Some(end) };
    if !is_letter(last) || !is_letter(after) || runs_on(last) || runs_on(after) {
        return Some(end);
    }
    let is_cyrillic = |c: char| matches!(c, '\u{0400}'..='\u{04ff}');
    if word.len() < CYRILLIC_STEM_BYTES_MIN || !is_cyrillic(last) {
        return None;
    }
    let ending: usize = rest.chars().take(4).take_while(|c| is_letter(*c)).map(char::len_utf8).sum();
    (ending <= CYRILLIC_ENDING_BYTES_MAX).then_some(end + ending)
}

/// Where a word with one of these endings ends; a short word takes none, for it is the beginning of others.
fn inflected_end(low: &str, start: usize, end: usize, endings: &[String]) -> Option<usize> {
    let rest = low.get(end..)?;
    let length: usize = rest.chars().take(INFLECTION_LETTERS_MAX + 1).take_while(|c| is_letter(*c)).map(char::len_utf8).sum();
    let ending = rest.get(..length)?;
    let letters = low.get(start..end)?.chars().count();
    (letters >= INFLECTED_LETTERS_MIN && endings.iter().any(|known| known == ending)).then_some(end + length)
}

const INFLECTED_LETTERS_MIN: usize = 4;
const INFLECTION_LETTERS_MAX: usize = 6;

/// Five letters and three letters, each of two bytes.
const CYRILLIC_STEM_BYTES_MIN: usize = 10;
const CYRILLIC_ENDING_BYTES_MAX: usize = 6;

/// Words looked up at one place, such as the unit after a number: single words, phrases of up to four, or the beginning of a run
/// in a script without spaces.
#[derive(Debug)]
pub(super) struct Phrases<T>(HashMap<String, T>);

impl<T> Default for Phrases<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Phrases<T> {
    pub fn add(&mut self, word: &str, value: T) {
        self.0.insert(fold_word(word), value);
    }

    /// What a single folded word means.
    pub fn get(&self, word: &str) -> Option<&T> {
        self.0.get(word)
    }

    /// The longest listed phrase a folded text begins with: its length in bytes and its meaning.
    pub fn longest<'s>(&'s self, low: &str) -> Option<(usize, &'s T)> {
        self.longest_that(low, |_, value| Some(value))
    }

    /// The same among those that are fit, told by their length in bytes and their meaning.
    pub fn longest_that<'s, F>(&'s self, low: &str, fit: impl Fn(usize, &'s T) -> Option<&'s F>) -> Option<(usize, &'s F)> {
        let first = low.chars().next()?;
        let mut ends = [0_usize; 8];
        let mut count = 0;
        let mut note = |end: usize| {
            if let Some(slot) = ends.get_mut(count) {
                *slot = end;
                count += 1;
            }
        };
        if runs_on(first) {
            low.char_indices().take(8).take_while(|(_, c)| runs_on(*c)).for_each(|(at, c)| note(at + c.len_utf8()));
        } else {
            phrase_ends(low, &mut note);
        }
        ends.iter()
            .take(count)
            .rev()
            .find_map(|end| self.0.get(low.get(..*end)?).and_then(|value| fit(*end, value)).map(|value| (*end, value)))
    }
}

/// Ends of the first one to four words, with and without a closing point or a raised figure.
fn phrase_ends(low: &str, note: &mut impl FnMut(usize)) {
    let mut words = 0;
    let mut inside = false;
    let mut after_point = false;
    for (at, c) in low.char_indices().take(40) {
        let in_word = is_letter(c) || matches!(c, '²' | '³') || (inside && c.is_ascii_digit());
        if inside && !in_word {
            words += 1;
            note(at);
            if words == 4 || !(c == ' ' || c == '.') {
                return;
            }
            let mut behind = low.get(at + 1..).unwrap_or("").chars().skip_while(|n| c == '.' && *n == ' ');
            if c == '.' && behind.next().is_none_or(|n| !is_letter(n)) {
                return;
            }
            after_point = c == '.';
        } else if !inside && !in_word && at > 0 {
            // "sq. ft": one space behind the point.
            if !std::mem::take(&mut after_point) {
                return;
            }
        }
        inside = in_word;
    }
    if inside && low.chars().nth(40).is_none() {
        note(low.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_word_counts_only_where_it_stands_alone() {
        let mut gathering = Gathering::default();
        gathering.add("FOB", Use::Buying);
        gathering.add("ميناء", Use::Destination);
        gathering.add("宁波", Use::Place(0));
        let lexicon = gathering.build().expect("three words fit");
        let starts = |text: &str| lexicon.hits(text, &[]).iter().map(|hit| hit.start).collect::<Vec<_>>();
        assert_eq!(starts("fob宁波"), [0, 3], "Chinese sets no spaces");
        assert_eq!(starts("fobs are keys; unfob"), [0_usize; 0]);
        assert_eq!(starts("fob2020"), [0]);
        assert_eq!(starts("بميناء").len(), 1, "Arabic writes `in` as one with the word");
    }

    #[test]
    fn the_longest_phrase_wins() {
        let mut units = Phrases::default();
        for word in ["t", "metric tons", "m", "m2", "sq.m", "sq. ft", "шт", "件", "箱子", "箱"] {
            units.add(word, word);
        }
        let unit = |text: &str| units.longest(text).map(|(_, unit)| *unit);
        assert_eq!(unit("metric tons of rice"), Some("metric tons"));
        assert_eq!(unit("m2, thick"), Some("m2"));
        assert_eq!(unit("sq.m tiles"), Some("sq.m"));
        assert_eq!(unit("sq. ft. of tiles"), Some("sq. ft"));
        assert_eq!(unit("шт. насосов"), Some("шт"));
        assert_eq!(unit("箱子装"), Some("箱子"));
        assert_eq!(unit("motors"), None);
    }
}
