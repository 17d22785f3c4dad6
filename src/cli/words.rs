//! What the command line says, in the operator's language: `templates/<language>/console.toml`.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::sync::OnceLock;

use crate::act::render;
use crate::types::{Intent, Language};
use crate::understand::Flag;

/// The file of a language, below `templates`.
const FILE: &str = "console.toml";
/// The file of words that letters and notes have too.
const LETTER_FILE: &str = "words.toml";

/// The sentences of one language.
#[derive(Debug, Clone)]
pub struct Words {
    language: Language,
    sentences: BTreeMap<String, String>,
    /// Words that letters and notes have too, by the same kind of key; read when they are first needed.
    of_letters: OnceLock<BTreeMap<String, String>>,
}

impl Words {
    /// In the language of this process's locale.
    pub fn from_env() -> Self {
        let set = |name: &str| std::env::var(name).ok();
        Self::of_locale(set("LC_ALL").as_deref(), set("LC_MESSAGES").as_deref(), set("LANG").as_deref())
    }

    /// In the language of a locale: the first of the three that says anything counts (POSIX.1-2017 XBD §8.2). A locale whose
    /// language has no words here is answered in English.
    pub fn of_locale(lc_all: Option<&str>, lc_messages: Option<&str>, lang: Option<&str>) -> Self {
        let locale = [lc_all, lc_messages, lang].into_iter().flatten().find(|value| !value.is_empty()).unwrap_or("");
        // `zh_TW.UTF-8@radical`: language and territory, then the character set and a variant.
        let name = locale.split(['.', '@']).next().unwrap_or("");
        Self::of(Language::parse(name).unwrap_or(Language::ENGLISH))
    }

    /// In that language, or English where it has no words. A script of Chinese without words is answered in the other.
    pub fn of(language: Language) -> Self {
        let other = if language.is_chinese() { Language::CHINESE_SIMPLIFIED } else { Language::ENGLISH };
        let spoken = [language, other].into_iter().find_map(|language| Some((language, text(language)?)));
        let (language, text) = spoken.unwrap_or((Language::ENGLISH, ""));
        Self { language, sentences: sentences(text), of_letters: OnceLock::new() }
    }

    /// All languages there are words for.
    pub fn languages() -> impl Iterator<Item = Language> {
        Language::all_written().filter(|language| text(*language).is_some())
    }

    /// The language spoken.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The sentence of that key with its places filled in. A key that does not exist is said as it is; a test holds that no
    /// such key is ever asked for.
    pub fn say(&self, key: &str, values: &[(&str, &dyn Display)]) -> String {
        let sentence = self.sentences.get(key).map_or(key, String::as_str);
        fill(sentence, values)
    }

    /// Whether there is a sentence of that key.
    pub fn has(&self, key: &str) -> bool {
        self.sentences.contains_key(key)
    }

    /// Why a mail should not be trusted, with both values, as the warning about such a mail says it.
    pub fn warning(&self, flag: &Flag) -> String {
        let sentence = self.of_letters().get(&format!("warnings.{}", flag.kind.key())).map_or(flag.name(), String::as_str);
        fill(sentence, &[("found", &flag.found), ("known", &flag.known)])
    }

    /// An intent by the name that commands and settings use, and what it is called where that differs.
    pub fn intent(&self, intent: Intent) -> String {
        let called = self.of_letters().get(&format!("intents.{}", intent.name()));
        match called.filter(|called| called.to_lowercase() != intent.name()) {
            Some(called) => format!("{} ({called})", intent.name()),
            None => intent.name().to_owned(),
        }
    }

    /// The intent that is called so in this language.
    pub fn intent_called(&self, name: &str) -> Option<Intent> {
        let (words, name) = (self.of_letters(), name.trim().to_lowercase());
        let is_it = |intent: &Intent| words.get(&format!("intents.{}", intent.name())).is_some_and(|called| called.to_lowercase() == name);
        Intent::ALL.into_iter().find(is_it)
    }

    /// What a language is called, where there is a name for it.
    pub fn language_name(&self, language: Language) -> Option<&str> {
        self.of_letters().get(&format!("daily.languages.{}", language.code())).map(String::as_str)
    }

    fn of_letters(&self) -> &BTreeMap<String, String> {
        let file = || render::built_in(&format!("{}/{LETTER_FILE}", self.language.code())).unwrap_or_default();
        self.of_letters.get_or_init(|| sentences(file()))
    }

    /// Several things in one sentence, put together as the language does it.
    pub fn list(&self, things: impl IntoIterator<Item = impl Display>) -> String {
        let comma = self.say("list.comma", &[]);
        let things: Vec<String> = things.into_iter().map(|thing| thing.to_string()).collect();
        things.join(&comma)
    }
}

fn text(language: Language) -> Option<&'static str> {
    render::built_in(&format!("{}/{FILE}", language.code()))
}

/// Flattens the file's tables: `[init] written` is `init.written`.
fn sentences(text: &str) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    let mut tables = vec![(String::new(), text.parse::<toml::Table>().unwrap_or_default())];
    while let Some((path, table)) = tables.pop() {
        for (key, value) in table {
            let path = if path.is_empty() { key } else { format!("{path}.{key}") };
            match value {
                toml::Value::Table(inner) => tables.push((path, inner)),
                toml::Value::String(sentence) => {
                    flat.insert(path, sentence);
                }
                _ => {}
            }
        }
    }
    flat
}

/// Puts values in the places `{name}` of a sentence. What looks like a place but names no value stays as it is, so that
/// `{ env = … }` can be written in a sentence. Values are not looked at again, and cannot steer the terminal.
fn fill(sentence: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let place = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, after))
        });
        rest = match place {
            Some((value, after)) => {
                let _ = write!(filled, "{}", harmless(&value.to_string()));
                after
            }
            None => {
                filled.push('{');
                after
            }
        };
    }
    filled.push_str(rest);
    filled
}

/// Without control characters and without those that turn the direction of the text around.
fn harmless(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if (c.is_control() && c != '\n') || turns(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;
    use std::sync::LazyLock;

    use super::*;
    use crate::understand::FlagKind;

    static PLACE: LazyLock<regex::Regex> = LazyLock::new(|| regex::Regex::new(r"\{([a-z_]+)\}").expect("a fixed pattern"));

    fn places(sentence: &str) -> BTreeSet<&str> {
        PLACE.captures_iter(sentence).filter_map(|found| Some(found.get(1)?.as_str())).collect()
    }

    /// Every program text below `src/cli` and `src/config`: what speaks, and what names problems.
    fn sources() -> String {
        let mut text = String::new();
        let mut folders: Vec<_> = ["src/cli", "src/config"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).into();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("src is there") {
                let path = entry.expect("a readable entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    text += &std::fs::read_to_string(path).expect("a source in UTF-8");
                }
            }
        }
        text
    }

    fn english() -> BTreeMap<String, String> {
        sentences(text(Language::ENGLISH).expect("English has words"))
    }

    #[test]
    fn all_languages_say_the_same_things() {
        let english = english();
        assert!(english.len() > 100, "the words were not read");
        let written: Vec<Language> = Words::languages().collect();
        assert!(written.len() >= 11, "{written:?}");
        for language in written {
            let theirs = Words::of(language).sentences;
            let keys = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&english), keys(&theirs), "{}", language.code());
            for (key, sentence) in &english {
                assert_eq!(places(sentence), places(&theirs[key]), "{}: {key}", language.code());
                assert!(!sentence.trim().is_empty() && !theirs[key].trim().is_empty(), "{}: {key} is empty", language.code());
            }
        }
    }

    #[test]
    fn every_sentence_is_used_and_every_key_asked_for_exists() {
        let (english, sources) = (english(), sources());
        for key in english.keys() {
            let spoken = match key.split('.').collect::<Vec<_>>()[..] {
                ["problem" | "kind", name, ..] => format!("\"{name}\""),
                // `errors::books_sentence` makes the key of the kind.
                ["books_trouble", name]
                    if include_str!("../record/error.rs").contains(&format!("\"books-{}\"", name.replace('_', "-"))) =>
                {
                    continue;
                }
                _ => format!("\"{key}\""),
            };
            assert!(sources.contains(&spoken), "{key} is said nowhere");
        }
        // Whatever looks like a key of one of the tables is meant to be one.
        let literal = regex::Regex::new(r#""([a-z]+)\.[a-z_]+(?:\.[a-z_]+)?""#).expect("a fixed pattern");
        let tables: BTreeSet<&str> = english.keys().filter_map(|key| key.split('.').next()).collect();
        let of_table = |found: regex::Captures<'_>| tables.contains(&found[1]).then(|| found[0].trim_matches('"').to_owned());
        let keys: BTreeSet<String> = literal.captures_iter(&sources).filter_map(of_table).collect();
        assert!(keys.len() > 50, "the pattern finds the keys: {keys:?}");
        for key in keys {
            assert!(english.contains_key(&key), "{key} has no words");
        }
    }

    #[test]
    fn every_trouble_with_the_books_has_its_words() {
        let source = include_str!("../record/error.rs");
        let literal = regex::Regex::new(r#"=> "books-([a-z-]+)""#).expect("a fixed pattern");
        let kinds: Vec<String> = literal.captures_iter(source).map(|found| found[1].replace('-', "_")).collect();
        assert!(kinds.len() > 15, "the pattern finds the kinds: {kinds:?}");
        for kind in kinds {
            assert!(english().contains_key(&format!("books_trouble.{kind}")), "books_trouble.{kind} has no words");
        }
    }

    #[test]
    fn flags_intents_and_languages_have_names_in_every_language() {
        for language in Words::languages() {
            let words = Words::of(language);
            for kind in FlagKind::ALL {
                let said = words.warning(&Flag::new(kind, "this", "that"));
                assert!(said.contains("this") && !said.contains('{') && said != kind.name(), "{language}: {said}");
            }
            let bare = Intent::ALL.into_iter().filter(|intent| words.intent(*intent) == intent.name()).count();
            assert!(bare <= 5, "{language}");
            assert!(words.language_name(Language::ENGLISH).is_some(), "{language}");
        }
    }

    #[test]
    fn the_first_locale_that_says_anything_counts() {
        let spoken = |all, messages, lang| Words::of_locale(all, messages, lang).language().code();
        assert_eq!(spoken(None, None, Some("zh_CN.UTF-8")), "zh-Hans");
        assert_eq!(spoken(Some(""), Some("zh_TW.UTF-8"), Some("en_US.UTF-8")), "zh-Hant");
        assert_eq!(spoken(Some("C"), None, Some("zh_CN.UTF-8")), "en");
        assert_eq!(spoken(None, None, Some("de_DE@euro")), "de");
        assert_eq!(spoken(None, None, Some("pt_BR.UTF-8")), "pt");
        assert_eq!(spoken(None, None, Some("ar_EG")), "ar");
        assert_eq!(spoken(None, None, Some("is_IS.UTF-8")), "en", "nobody wrote Icelandic");
        assert_eq!(spoken(None, None, Some("POSIX")), "en");
        assert_eq!(spoken(None, None, None), "en");
    }

    #[test]
    fn a_value_is_put_in_once_and_cannot_steer_the_terminal() {
        let values: [(&str, &dyn Display); 2] = [("text", &"{why}\u{1b}[2J\u{202e}"), ("why", &"no")];
        assert_eq!(fill("`{text}` { env = … } {other}: {why}", &values), "`{why}\u{fffd}[2J\u{fffd}` { env = … } {other}: no");
        assert_eq!(fill("open {", &values), "open {");
    }
}
