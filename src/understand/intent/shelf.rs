//! The cues of each language on a shelf of their own, compiled when the first mail needs them.
//!
//! A mail is read with the cues of the languages it may be written in, and with the English ones, because English business words are
//! at home everywhere. All of them together would take longer to prepare than a whole `tradepost triage` of one mail.

use super::cues::Cues;
use crate::types::{Intent, Language};
use crate::understand::LanguageGuess;
use crate::understand::fold::Folder;
use crate::understand::rules::{RuleError, RuleFile, Rules};
use std::sync::OnceLock;

/// A language that is less certain than this is not gone by: then every file is asked.
const LANGUAGE_CONFIDENCE_MIN: f64 = 0.6;

/// A sample text and the intent its file wants it read as.
#[derive(Debug)]
pub(in crate::understand) struct Example {
    pub file: String,
    pub intent: Intent,
    pub text: String,
}

/// The files below `intents/`.
#[derive(Debug, Default)]
pub(in crate::understand) struct IntentRules {
    shelves: Vec<Shelf>,
}

/// One file.
#[derive(Debug)]
struct Shelf {
    language: Language,
    /// The text that came with the program; what a team wrote is compiled at once, so that its faults are told at once.
    later: Option<RuleFile<'static>>,
    cues: OnceLock<Cues>,
}

impl IntentRules {
    /// Takes up the files below `intents/`; others are not its business.
    pub fn compile(files: &[(&str, &str)], folder: &Folder) -> Result<Self, RuleError> {
        let mut shelves = Vec::new();
        for &(name, text) in files {
            let Some(code) = name.strip_prefix("intents/").and_then(|file| file.strip_suffix(".toml")) else { continue };
            let file = RuleFile { name, text };
            let language = Language::parse(code)
                .ok_or_else(|| file.error(None, format!("`{code}` is not a language code; name the file like `es.toml` or `zh.toml`")))?;
            let later = Rules::built_in_file(name).filter(|known| known.text == text);
            let cues = match later {
                Some(_) => OnceLock::new(),
                None => OnceLock::from(Cues::compile(file, folder)?),
            };
            shelves.push(Shelf { language, later, cues });
        }
        Ok(Self { shelves })
    }

    /// The cues a mail is read with, by what language it is taken for.
    pub(super) fn cues_for(&self, guess: LanguageGuess, folder: &Folder) -> Vec<&Cues> {
        let unsure = guess.language == Language::UNKNOWN || guess.confidence < LANGUAGE_CONFIDENCE_MIN;
        let wanted = |shelf: &&Shelf| unsure || shelf.language == Language::ENGLISH || guess.may_be(shelf.language);
        self.shelves.iter().filter(wanted).map(|shelf| shelf.cues(folder)).collect()
    }

    /// The cues of every language.
    pub(super) fn all(&self, folder: &Folder) -> Vec<&Cues> {
        self.shelves.iter().map(|shelf| shelf.cues(folder)).collect()
    }

    /// The samples of all files.
    pub fn examples(&self, folder: &Folder) -> impl Iterator<Item = &Example> {
        self.shelves.iter().flat_map(move |shelf| &shelf.cues(folder).examples)
    }

    /// Compiles what is not compiled yet, and says what cannot be used.
    #[cfg(test)]
    pub fn check(&self, folder: &Folder) -> Result<(), RuleError> {
        self.shelves.iter().filter_map(|shelf| shelf.later).try_for_each(|file| Cues::compile(file, folder).map(drop))
    }
}

impl Shelf {
    fn cues(&self, folder: &Folder) -> &Cues {
        // A file that came with the program is sound: a test compiles them all.
        self.cues.get_or_init(|| self.later.and_then(|file| Cues::compile(file, folder).ok()).unwrap_or_default())
    }
}
