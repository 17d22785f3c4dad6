//! A rule file to an automaton: reading sections and lists, numbering the elements of cues.

use super::super::cue::{self, Element, Link, Piece};
use super::super::shelf::Example;
use super::{Cues, Meaning, Place, Rule, Use, Uses};
use crate::types::{Intent, Language};
use crate::understand::fold::Folder;
use crate::understand::rules::{RuleError, RuleFile};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::RegexSet;
use std::collections::HashMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// The lists of an intent's section, with what one cue of it is worth.
const LISTS: [(&str, f64, Place); 6] = [
    ("sure", 3.0, Place::Anywhere),
    ("likely", 1.8, Place::Anywhere),
    ("hint", 0.8, Place::Anywhere),
    ("against", -1.5, Place::Anywhere),
    ("subject", 2.2, Place::Subject),
    ("attachments", 1.6, Place::Attachment),
];
const KEYS: [&str; 7] = ["sure", "likely", "hint", "against", "subject", "attachments", "examples"];
const NEUTRAL: &str = "neutral";
const REQUEST: &str = "request";

/// Compiles a file; its name has been read as a language's.
pub(super) fn file(file: RuleFile<'_>, folder: &Folder) -> Result<Cues, RuleError> {
    let code = file.name.trim_start_matches("intents/").trim_end_matches(".toml");
    let mut builder = Builder { folder, rules: Cues::default(), patterns: HashMap::new(), sources: Vec::new() };
    builder.add_file(file, code)?;
    builder.finish(file)
}

struct Builder<'f> {
    folder: &'f Folder,
    rules: Cues,
    /// Literal to pattern.
    patterns: HashMap<String, usize>,
    /// Regular expressions as written, in the order of `rules.patterns`.
    sources: Vec<String>,
}

impl Builder<'_> {
    fn add_file(&mut self, file: RuleFile<'_>, code: &str) -> Result<(), RuleError> {
        let language = Language::parse(code).unwrap_or(Language::UNKNOWN);
        for (section, value) in &file.parse()? {
            let name = section.get_ref().as_ref();
            let meaning = match name {
                NEUTRAL => Meaning::Neutral,
                REQUEST => Meaning::Request,
                _ => Meaning::Intent(Intent::parse(name).ok_or_else(|| {
                    let mut known: Vec<&str> = Intent::ALL.iter().map(|intent| intent.name()).collect();
                    known.extend([NEUTRAL, REQUEST]);
                    file.unknown(name, section.span(), &known)
                })?),
            };
            let source = Source { file, code, language, section: name, meaning };
            for (key, list) in file.table(name, value)? {
                self.add_list(&source, key.get_ref(), key.span(), list)?;
            }
        }
        Ok(())
    }

    fn add_list(&mut self, source: &Source<'_>, key: &str, at: Range<usize>, list: &Spanned<DeValue<'_>>) -> Result<(), RuleError> {
        let (weight, place) = match (source.meaning, key) {
            (Meaning::Intent(intent), "examples") => {
                for (text, _) in source.file.texts(key, list)? {
                    self.rules.examples.push(Example { file: source.file.name.to_owned(), intent, text: text.to_owned() });
                }
                return Ok(());
            }
            (Meaning::Intent(_), _) => match LISTS.iter().find(|(name, ..)| *name == key) {
                Some(&(_, weight, place)) => (weight, place),
                None => return Err(source.file.unknown(key, at, &KEYS)),
            },
            (_, "words") => (0.0, Place::Anywhere),
            _ => return Err(source.file.unknown(key, at, &["words"])),
        };
        for (text, at) in source.file.texts(key, list)? {
            let id = format!("{}.{}: {text}", source.code, source.section);
            let rule = Rule { id, meaning: source.meaning, weight, place, language: source.language, lone: is_lone(text, self.folder) };
            self.add_cue(text, rule, source.code == "de").map_err(|why| source.file.error(Some(at), format!("`{text}`: {why}")))?;
        }
        Ok(())
    }

    fn add_cue(&mut self, text: &str, rule: Rule, umlauts: bool) -> Result<(), String> {
        let index = u32::try_from(self.rules.rules.len()).map_err(|_| "too many cues".to_owned())?;
        self.rules.rules.push(rule);
        if let Some(pattern) = text.strip_prefix('/').and_then(|t| t.strip_suffix('/')) {
            // A Unicode word boundary would make the whole set crawl; in folded text an ASCII one does.
            let pattern = regex::RegexBuilder::new(&pattern.replace(r"\b", r"(?-u:\b)")).size_limit(1 << 18).build();
            let pattern = pattern.map_err(|why| format!("cannot be read as a pattern: {why}"))?;
            self.sources.push(pattern.as_str().to_owned());
            self.rules.patterns.push((pattern, index));
            return Ok(());
        }
        for elements in cue::parse(text, self.folder, umlauts)? {
            self.add_elements(index, &elements);
        }
        Ok(())
    }

    fn add_elements(&mut self, rule: u32, elements: &[Element]) {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let base = self.rules.slots;
        // What nothing can follow need not be remembered.
        let followed = elements.len().saturating_sub(1);
        self.rules.slots += followed;
        let slot_of = |position: usize| if position < followed { number(base + position) } else { u32::MAX };
        for (position, element) in elements.iter().enumerate() {
            let first = self.rules.befores.len();
            let mut link = element.link;
            let mut begins = true;
            for (back, before) in elements.iter().enumerate().take(position).rev() {
                self.rules.befores.push((number(base + back), link));
                if !before.optional {
                    begins = false;
                    break;
                }
                link = link.max(before.link);
            }
            let befores = (number(first), number(self.rules.befores.len()));
            let ends = elements.iter().skip(position + 1).all(|later| later.optional);
            for spelling in &element.spellings {
                let last = spelling.len().saturating_sub(1);
                let mut used = Use { rule, open_left: false, open_right: false, slot: slot_of(position), begins, ends, befores };
                for (count, piece) in spelling.iter().enumerate() {
                    if count > 0 {
                        let from = self.rules.befores.len();
                        self.rules.befores.push((used.slot, Link::Next));
                        used = Use { begins: false, befores: (number(from), number(from + 1)), ..used };
                    }
                    (used.slot, used.ends) = if count == last { (slot_of(position), ends) } else { (self.new_slot(), false) };
                    self.add_use(piece, used);
                }
            }
        }
    }

    fn new_slot(&mut self) -> u32 {
        self.rules.slots += 1;
        u32::try_from(self.rules.slots - 1).unwrap_or(u32::MAX)
    }

    fn add_use(&mut self, piece: &Piece, used: Use) {
        let pattern = *self.patterns.entry(piece.literal.clone()).or_insert_with(|| {
            self.rules.uses.push(Uses::default());
            self.rules.uses.len() - 1
        });
        if let Some(uses) = self.rules.uses.get_mut(pattern) {
            uses.open_left |= piece.open_left;
            uses.open_right |= piece.open_right;
            uses.spellings.push(Use { open_left: piece.open_left, open_right: piece.open_right, ..used });
        }
    }

    fn finish(mut self, file: RuleFile<'_>) -> Result<Cues, RuleError> {
        let all = |why: String| file.error(None, why);
        let mut literals: Vec<(String, usize)> = self.patterns.into_iter().collect();
        literals.sort_unstable_by_key(|(_, pattern)| *pattern);
        if !literals.is_empty() {
            let automaton = AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .prefilter(false)
                .build(literals.iter().map(|(literal, _)| literal));
            self.rules.automaton = Some(automaton.map_err(|why| all(format!("the cues are too many to search at once: {why}")))?);
        }
        self.rules.pattern_set = RegexSet::new(&self.sources).map_err(|why| all(format!("the patterns are too large together: {why}")))?;
        Ok(self.rules)
    }
}

fn is_lone(cue: &str, folder: &Folder) -> bool {
    let folded = folder.fold_word(cue);
    folded.is_ascii() && !folded.contains([' ', '/'])
}

/// The section a cue stands in.
struct Source<'a> {
    file: RuleFile<'a>,
    code: &'a str,
    language: Language,
    section: &'a str,
    meaning: Meaning,
}
