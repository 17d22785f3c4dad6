//! `languages.toml`: frequent words and characteristic letters of each language, and the twins of the two Chinese scripts.

use super::model::Model;
use crate::types::Language;
use crate::understand::fold::Folder;
use crate::understand::rules::{RuleError, RuleFile};
use std::collections::HashMap;
use toml::de::DeTable;

const FILE: &str = "languages.toml";
const HAN: &str = "han";

/// The word lists, ready to be asked.
#[derive(Debug, Default)]
pub(in crate::understand) struct LanguageRules {
    /// Every language that is listed or in the model; its place here is its seat.
    pub(super) languages: Vec<Language>,
    /// Folded word to the languages that use it.
    words: HashMap<String, Vec<Entry>>,
    /// Letter to the languages it is characteristic of.
    letters: HashMap<char, Vec<usize>>,
    /// Simplified and traditional form of one character.
    pairs: Vec<(char, char)>,
    /// Characters only Japanese writes.
    japanese: Vec<char>,
    /// Characters Chinese hardly does without.
    chinese: Vec<char>,
    simplified: Vec<char>,
    traditional: Vec<char>,
    /// The languages the compiled-in model tells apart.
    pub(super) model: Model,
}

/// A frequent word of one language.
#[derive(Debug, Clone)]
struct Entry {
    seat: usize,
    word: String,
}

impl LanguageRules {
    /// Reads `languages.toml`; without it the model speaks alone.
    pub fn compile(files: &[(&str, &str)]) -> Result<Self, RuleError> {
        let mut rules = Self::default();
        rules.model = Model::with_seats(|language| rules.seat(language));
        let Some(file) = RuleFile::find(files, FILE) else { return Ok(rules) };
        for (key, value) in &file.parse()? {
            let code = key.get_ref().as_ref();
            let table = file.table(code, value)?;
            if code == HAN {
                rules.add_han(file, table)?;
                continue;
            }
            let language = Language::parse(code).ok_or_else(|| {
                file.error(Some(key.span()), format!("`{code}` is not a language code; write one like `es` or `zh-Hant`"))
            })?;
            rules.add_language(file, language, table)?;
        }
        Ok(rules)
    }

    /// The seat of a language, a new one if it has none.
    fn seat(&mut self, language: Language) -> usize {
        self.languages.iter().position(|known| *known == language).unwrap_or_else(|| {
            self.languages.push(language);
            self.languages.len() - 1
        })
    }

    fn add_language(&mut self, file: RuleFile<'_>, language: Language, table: &DeTable<'_>) -> Result<(), RuleError> {
        let folder = Folder::default();
        let seat = self.seat(language);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "words" => {
                    for word in file.text("words", value)?.split_whitespace() {
                        let entries = self.words.entry(folder.fold_word(word)).or_default();
                        let word = word.to_lowercase();
                        if !entries.iter().any(|known| known.seat == seat && known.word == word) {
                            entries.push(Entry { seat, word });
                        }
                    }
                }
                "letters" => {
                    for letter in file.text("letters", value)?.chars().filter(|c| !c.is_whitespace()) {
                        self.letters.entry(letter).or_default().push(seat);
                    }
                }
                other => return Err(file.unknown(other, key.span(), &["words", "letters"])),
            }
        }
        Ok(())
    }

    fn add_han(&mut self, file: RuleFile<'_>, table: &DeTable<'_>) -> Result<(), RuleError> {
        let mut shared = Vec::new();
        for (key, value) in table {
            let text = file.text(key.get_ref(), value)?;
            match key.get_ref().as_ref() {
                "pairs" => {
                    for pair in text.split_whitespace() {
                        let mut chars = pair.chars();
                        match (chars.next(), chars.next(), chars.next()) {
                            (Some(simplified), Some(traditional), None) => self.pairs.push((simplified, traditional)),
                            _ => {
                                return Err(file.error(
                                    Some(value.span()),
                                    format!("`{pair}` is no pair; write the simplified and the traditional character together"),
                                ));
                            }
                        }
                    }
                }
                "shared" => shared = text.chars().collect(),
                "japanese" => self.japanese = sorted(text.chars().filter(|c| !c.is_whitespace())),
                "chinese" => self.chinese = sorted(text.chars().filter(|c| !c.is_whitespace())),
                other => return Err(file.unknown(other, key.span(), &["pairs", "shared", "japanese", "chinese"])),
            }
        }
        self.simplified = sorted(self.pairs.iter().map(|pair| pair.0).filter(|c| !shared.contains(c)));
        self.traditional = sorted(self.pairs.iter().map(|pair| pair.1));
        Ok(())
    }

    /// Twins of the Chinese scripts, simplified first.
    pub fn han_pairs(&self) -> impl Iterator<Item = (char, char)> {
        self.pairs.iter().copied()
    }

    /// Seats a folded word speaks for, and how much: least when many share it, less when it was typed without its accents.
    pub fn votes_of<'a>(&'a self, folded: &str, typed: &'a str) -> impl Iterator<Item = (usize, f64)> + 'a {
        let entries = self.words.get(folded).map_or(&[][..], Vec::as_slice);
        let exact = entries.iter().filter(|entry| entry.word == typed).count();
        entries.iter().map(move |entry| {
            let (sharing, trust) = match () {
                () if entry.word == typed => (exact, 1.0),
                () if typed.is_ascii() => (entries.len(), 0.75),
                () => (entries.len(), 0.25),
            };
            (entry.seat, trust / (sharing as f64).sqrt())
        })
    }

    /// Seats of the languages a letter is characteristic of.
    pub fn letter(&self, letter: char) -> &[usize] {
        self.letters.get(&letter).map_or(&[], Vec::as_slice)
    }

    /// Whether only simplified Chinese writes this character; of a text without kana.
    pub fn is_simplified(&self, c: char) -> bool {
        self.simplified.binary_search(&c).is_ok()
    }

    pub fn is_traditional(&self, c: char) -> bool {
        self.traditional.binary_search(&c).is_ok()
    }

    pub fn is_chinese(&self, c: char) -> bool {
        self.chinese.binary_search(&c).is_ok()
    }

    pub fn is_japanese(&self, c: char) -> bool {
        self.japanese.binary_search(&c).is_ok()
    }
}

fn sorted(chars: impl Iterator<Item = char>) -> Vec<char> {
    let mut all: Vec<char> = chars.collect();
    all.sort_unstable();
    all.dedup();
    all
}
