//! Which language the person writes in.
//!
//! Most scripts name their language. Where one script serves many, three witnesses are added up: a small model of groups of letters,
//! made from letters in our own words (see `model.rs`), the frequent words of each language (a word that few languages share counts
//! more), and its characteristic letters. What they say together is a likelihood, and that is the confidence; it was compared with
//! mails that nothing was made from: of those given 0.9 and more, over 98 in 100 are right. whatlang is heard where none of the
//! languages listed here is likely. Product codes, addresses, links and numbers are not asked. A word or two are no proof: the answer
//! is then quiet, or `und`.

mod evidence;
mod grams;
mod model;
mod rules;
mod script;
mod telling;

pub(super) use rules::LanguageRules;
pub use telling::telling_words;

use super::LanguageGuess;
use crate::types::Language;
use script::Script;

/// So much of a text is looked at; the language does not change by reading on.
const TEXT_LEN_MAX: usize = 6_000;
/// Fewer letters than this (in words of five) say too little: the subject, then the quoted text are asked too.
const WORDS_ENOUGH: f64 = 4.0;

/// What there is to judge by, best first.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sources<'a> {
    /// What was typed now.
    pub fresh: &'a str,
    pub subject: Option<&'a str>,
    /// What is quoted or forwarded below.
    pub quoted: &'a str,
    /// What the headers declare: a hint, mailers are often wrong.
    pub declared: Option<Language>,
}

/// Names the language of a letter.
pub(super) fn guess(sources: &Sources<'_>, rules: &LanguageRules) -> LanguageGuess {
    let fresh = script::words(sources.fresh, TEXT_LEN_MAX);
    if fresh.mass() >= WORDS_ENOUGH {
        return judge(&fresh, sources.declared, rules);
    }
    let with_subject = format!("{}\n{}", sources.fresh, sources.subject.unwrap_or_default());
    let with_subject = script::words(&with_subject, TEXT_LEN_MAX);
    if with_subject.mass() >= 2.0 || sources.quoted.trim().is_empty() {
        return quieter(judge(&with_subject, sources.declared, rules), &fresh, rules);
    }
    // The quoted words may be our own: they can only hint.
    let mut guess = judge(&script::words(sources.quoted, TEXT_LEN_MAX), sources.declared, rules);
    guess.confidence = guess.confidence.min(0.5);
    quieter(guess, &fresh, rules)
}

/// What was typed decides where it contradicts the subject; a bare subject is no loud proof.
fn quieter(guess: LanguageGuess, fresh: &script::Words, rules: &LanguageRules) -> LanguageGuess {
    let own = judge(fresh, None, rules);
    if own.language != Language::UNKNOWN && own.language != guess.language && own.confidence >= 0.6 {
        return LanguageGuess { second: Some(guess.language).filter(|&l| l != Language::UNKNOWN), ..own };
    }
    if own.language == guess.language && own.confidence > guess.confidence {
        return own;
    }
    guess
}

/// Judges words.
fn judge(words: &script::Words, declared: Option<Language>, rules: &LanguageRules) -> LanguageGuess {
    let Some((main, other)) = words.scripts() else { return unknown(declared) };
    let mut guess = of_script(words, main, declared, rules);
    if guess.second.is_none()
        && let Some(other) = other
    {
        let beside = of_script(words, other, None, rules);
        guess.second = Some(beside.language).filter(|&l| l != Language::UNKNOWN && l != guess.language && beside.confidence >= 0.5);
    }
    guess
}

/// The language of the words of one script.
fn of_script(words: &script::Words, script: Script, declared: Option<Language>, rules: &LanguageRules) -> LanguageGuess {
    match script {
        Script::Han => evidence::han(words, declared, rules),
        Script::Latin | Script::Cyrillic | Script::Arabic | Script::Devanagari | Script::Hebrew => {
            evidence::weigh(words, script, declared, rules)
        }
        Script::Only(code) => {
            let confidence = if words.mass_of(script) >= 1.5 { 0.99 } else { 0.8 };
            LanguageGuess::new(Language::parse(code).unwrap_or(Language::UNKNOWN), confidence)
        }
    }
}

/// No words to go by.
fn unknown(declared: Option<Language>) -> LanguageGuess {
    match declared {
        Some(language) => LanguageGuess::new(language, 0.3),
        None => LanguageGuess::new(Language::UNKNOWN, 0.0),
    }
}
