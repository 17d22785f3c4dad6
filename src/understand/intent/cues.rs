//! All cues of one language in one automaton.
//!
//! A file `intents/<language>.toml` has a section for each intent; its lists hold cues by how much they prove (see
//! [`super::cue`] for how a cue is written). Besides the intents, `[neutral]` lists phrases that only look like one ("thank you for
//! your order"), and `[request]` the words that make a sentence a wish.

mod compile;

use super::cue::{self, Link};
use super::shelf::Example;
use crate::types::{Intent, Language};
use crate::understand::fold::{Folded, Folder, is_unspaced};
use crate::understand::rules::{RuleError, RuleFile};
use aho_corasick::AhoCorasick;
use regex::{Regex, RegexSet};
use std::ops::Range;

/// A rule is not counted more often than this in one text; a mail of one word repeated proves nothing more.
const HITS_PER_RULE_MAX: u8 = 4;
/// So many hits of all rules tell enough.
const HITS_MAX: usize = 2_000;

/// Where a cue counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Anywhere,
    Subject,
    Attachment,
}

/// What a cue speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Intent(Intent),
    /// For nothing: it hides what it contains.
    Neutral,
    /// Its sentence asks for something.
    Request,
}

/// One cue of a file.
#[derive(Debug)]
pub(super) struct Rule {
    /// `es.inquiry: solicit* cotización`: the file, the section and the cue as written, so that it stays when others come or go.
    pub id: String,
    pub meaning: Meaning,
    pub weight: f64,
    pub place: Place,
    pub language: Language,
    /// A single word in Latin letters: in another language it may mean another thing (`cena` is a price and a dinner).
    pub lone: bool,
}

/// The compiled cues of one file.
#[derive(Debug, Default)]
pub(super) struct Cues {
    rules: Vec<Rule>,
    automaton: Option<AhoCorasick>,
    /// For each pattern of the automaton, the spellings it stands for.
    uses: Vec<Uses>,
    /// The slots of elements that others may follow, and how.
    befores: Vec<(u32, Link)>,
    /// How many places it takes to remember which elements of cues were seen.
    slots: usize,
    pattern_set: RegexSet,
    patterns: Vec<(Regex, u32)>,
    pub(super) examples: Vec<Example>,
}

/// Everything a pattern of the automaton stands for.
#[derive(Debug, Default)]
struct Uses {
    spellings: Vec<Use>,
    /// Whether in one of them the word may begin before, go on after the pattern.
    open_left: bool,
    open_right: bool,
}

/// One spelling of one element of a cue.
#[derive(Debug, Clone, Copy)]
struct Use {
    rule: u32,
    open_left: bool,
    open_right: bool,
    /// Where it is remembered that the cue has been followed to here.
    slot: u32,
    /// The cue may begin with it.
    begins: bool,
    /// The cue is found when it is.
    ends: bool,
    /// Range of `befores`: elements it may follow.
    befores: (u32, u32),
}

/// A cue found in a text.
#[derive(Debug, Clone)]
pub(super) struct Hit<'r> {
    pub rule: &'r Rule,
    pub span: Range<usize>,
    /// Whether other words stand between its parts.
    pub gapped: bool,
}

impl Cues {
    /// Compiles a file of `intents/`.
    pub fn compile(file: RuleFile<'_>, folder: &Folder) -> Result<Self, RuleError> {
        compile::file(file, folder)
    }

    /// Every cue in a folded text, in one pass.
    pub(super) fn scan<'r>(&'r self, folded: &Folded, desk: &mut Desk, into: &mut Vec<Hit<'r>>) {
        let text = folded.text.as_str();
        let Some(automaton) = &self.automaton else { return };
        desk.clear(self);
        let Desk { seen, touched, hits } = desk;
        for found in automaton.find_overlapping_iter(text) {
            let Some(uses) = self.uses.get(found.pattern().as_usize()) else { continue };
            // Most finds are `me` in `name`: nobody wants them.
            let begins = begins_word(text, found.start());
            if !begins && !uses.open_left {
                continue;
            }
            let ends = ends_word(text, found.end());
            if !ends && !uses.open_right {
                continue;
            }
            for spelling in &uses.spellings {
                if (spelling.open_left || begins)
                    && (spelling.open_right || ends)
                    && let Some(reached) = self.step(spelling, found.start()..found.end(), text, seen)
                {
                    if spelling.ends {
                        let span = reached.start as usize..grown(text, found.end(), spelling.open_right);
                        hits.add(spelling.rule, span, reached.gapped);
                    }
                    if let Some(place) = seen.get_mut(spelling.slot as usize) {
                        *place = reached;
                        touched.push(spelling.slot);
                    }
                }
            }
            if hits.found.len() >= HITS_MAX {
                break;
            }
        }
        for index in &self.pattern_set.matches(text) {
            if let Some((pattern, rule)) = self.patterns.get(index)
                && let Some(found) = pattern.find(text)
            {
                hits.add(*rule, found.range(), false);
            }
        }
        let hit = |found: Found| Some(Hit { rule: self.rules.get(found.rule as usize)?, span: found.span, gapped: found.gapped });
        into.extend(hits.found.drain(..).filter_map(hit));
    }

    /// How far a cue has come with this spelling: from the nearest element it may follow, or as a beginning.
    fn step(&self, spelling: &Use, at: Range<usize>, text: &str, seen: &[Seen]) -> Option<Seen> {
        let (first, last) = spelling.befores;
        let befores = self.befores.get(first as usize..last as usize).unwrap_or_default();
        let end = u32::try_from(at.end).ok()?;
        let follow = |&(slot, link): &(u32, Link)| {
            let before = seen.get(slot as usize).filter(|before| before.end > 0)?;
            let between = text.get(before.end as usize..at.start)?;
            cue::follows(link, between).then_some(Seen { start: before.start, end, gapped: before.gapped || link == Link::Later })
        };
        let begin = || spelling.begins.then(|| u32::try_from(at.start).ok()).flatten().map(|start| Seen { start, end, gapped: false });
        befores.iter().find_map(follow).or_else(begin)
    }
}

/// How far a cue has been followed: from where, to where. An end of 0 is nowhere yet.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    start: u32,
    end: u32,
    gapped: bool,
}

/// Working memory of a scan, used again for each text of a mail.
#[derive(Debug, Default)]
pub(super) struct Desk {
    seen: Vec<Seen>,
    /// Places of `seen` that were written to.
    touched: Vec<u32>,
    hits: Hits,
}

impl Desk {
    fn clear(&mut self, rules: &Cues) {
        for slot in self.touched.drain(..) {
            if let Some(place) = self.seen.get_mut(slot as usize) {
                *place = Seen::default();
            }
        }
        // It only grows: the next language may need less room, the one after it more.
        self.seen.resize(rules.slots.max(self.seen.len()), Seen::default());
        self.hits.counts.clear();
        self.hits.counts.resize(rules.rules.len(), 0);
    }
}

/// A hit by the number of its rule.
#[derive(Debug)]
struct Found {
    rule: u32,
    span: Range<usize>,
    gapped: bool,
}

#[derive(Debug, Default)]
struct Hits {
    found: Vec<Found>,
    counts: Vec<u8>,
}

impl Hits {
    fn add(&mut self, rule: u32, span: Range<usize>, gapped: bool) {
        if let Some(count) = self.counts.get_mut(rule as usize)
            && *count < HITS_PER_RULE_MAX
        {
            *count += 1;
            self.found.push(Found { rule, span, gapped });
        }
    }
}

/// The end of the word when a stem was found: evidence shows whole words.
fn grown(text: &str, end: usize, open_right: bool) -> usize {
    let rest = text.get(end..).filter(|_| open_right).unwrap_or("");
    end + rest.chars().take(24).take_while(|&c| c.is_alphanumeric() && !is_unspaced(c)).map(char::len_utf8).sum::<usize>()
}

/// Articles, prepositions and "and" that Arabic and Hebrew write as part of the next word (folded).
const CLITICS: [&str; 24] =
    ["و", "ف", "ب", "ل", "ك", "ال", "وال", "بال", "لل", "فال", "ول", "وب", "كال", "س", "ה", "ו", "ב", "ל", "מ", "ש", "כ", "וה", "מה", "שה"];

/// Whether a word can begin at `at`.
fn begins_word(text: &str, at: usize) -> bool {
    if let Some(joined) = ascii_joins(text, at) {
        return !joined;
    }
    let Some((before, after)) = text.split_at_checked(at) else { return false };
    let Some(next) = after.chars().next() else { return false };
    if !joins(before.chars().next_back(), next) {
        return true;
    }
    if !matches!(next, '\u{590}'..='\u{6ff}') {
        return false;
    }
    let prefix = before.char_indices().rev().take(4).take_while(|(_, c)| c.is_alphanumeric()).last();
    prefix.and_then(|(start, _)| before.get(start..)).is_some_and(|prefix| CLITICS.contains(&prefix))
}

/// Whether a word can end at `at`.
fn ends_word(text: &str, at: usize) -> bool {
    if let Some(joined) = ascii_joins(text, at) {
        return !joined;
    }
    let Some((before, after)) = text.split_at_checked(at) else { return false };
    before.chars().next_back().is_none_or(|last| !joins(after.chars().next(), last))
}

/// The same for two ASCII characters around `at`, where most boundaries lie; `None` when one of them is not ASCII.
fn ascii_joins(text: &str, at: usize) -> Option<bool> {
    let (before, after) = (*text.as_bytes().get(at.checked_sub(1)?)?, *text.as_bytes().get(at)?);
    (before.is_ascii() && after.is_ascii()).then(|| before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric())
}

/// Whether two neighbouring characters are of one word.
fn joins(neighbour: Option<char>, own: char) -> bool {
    neighbour.is_some_and(|n| is_spaced_letter(n) && is_spaced_letter(own))
}

/// A letter or digit of a script with spaces; the usual scripts first, because the full table is slow.
fn is_spaced_letter(c: char) -> bool {
    match c {
        '\0'..='\u{7f}' => c.is_ascii_alphanumeric(),
        'а'..='я' | '\u{5d0}'..='\u{5ea}' | '\u{621}'..='\u{64a}' => true,
        _ => !is_unspaced(c) && c.is_alphanumeric(),
    }
}
