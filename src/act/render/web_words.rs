//! The words of the pages that readers of letters see: `page.toml` of each language.

use super::fault::Fault;
use super::sources;
use super::words::misfit;
use crate::types::Language;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What languages call themselves.
const NAMES: &str = "shared/languages.toml";

/// All words of the pages in one language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebWords {
    pub unsubscribe: Asking,
    pub unsubscribed: Left,
    pub preferences: Choosing,
    pub not_found: Message,
    pub misused: Message,
    pub trouble: Message,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asking {
    pub title: String,
    pub topic: String,
    pub all: String,
    pub button: String,
    pub preferences: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Left {
    pub title: String,
    pub topic: String,
    pub all: String,
    pub note: String,
    pub preferences: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choosing {
    pub title: String,
    pub intro: String,
    pub left: String,
    pub again: String,
    pub topics: String,
    pub pause: String,
    pub pause_none: String,
    pub pause_days: String,
    pub paused: String,
    pub language: String,
    pub language_any: String,
    pub telling: String,
    pub save: String,
    pub saved: String,
    pub leave: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    pub title: String,
    pub text: String,
}

impl WebWords {
    /// Reads a `page.toml`.
    pub(super) fn read(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let words: WebWords = toml::from_str(text).map_err(|error| vec![Fault::of_words(file, text, &error)])?;
        let misfits = words.forms().into_iter().filter_map(|(key, form, places)| match form.trim() {
            "" => Some((key, "it has no word here".to_owned())),
            form => Some((key, misfit(form, places)?)),
        });
        let faults: Vec<Fault> = misfits.map(|(key, what)| Fault::of_form(file, text, key, &what)).collect();
        if faults.is_empty() { Ok(words) } else { Err(faults) }
    }

    /// Every form with the places it must have.
    fn forms(&self) -> [(&'static str, &str, &'static [&'static str]); 31] {
        let (asking, left, choosing) = (&self.unsubscribe, &self.unsubscribed, &self.preferences);
        [
            ("unsubscribe.title", &asking.title, &[]),
            ("unsubscribe.topic", &asking.topic, &["company", "address", "topic"]),
            ("unsubscribe.all", &asking.all, &["company", "address"]),
            ("unsubscribe.button", &asking.button, &[]),
            ("unsubscribe.preferences", &asking.preferences, &[]),
            ("unsubscribed.title", &left.title, &[]),
            ("unsubscribed.topic", &left.topic, &["company", "address", "topic"]),
            ("unsubscribed.all", &left.all, &["company", "address"]),
            ("unsubscribed.note", &left.note, &[]),
            ("unsubscribed.preferences", &left.preferences, &[]),
            ("preferences.title", &choosing.title, &[]),
            ("preferences.intro", &choosing.intro, &["company", "address"]),
            ("preferences.left", &choosing.left, &[]),
            ("preferences.again", &choosing.again, &[]),
            ("preferences.topics", &choosing.topics, &[]),
            ("preferences.pause", &choosing.pause, &[]),
            ("preferences.pause_none", &choosing.pause_none, &[]),
            ("preferences.pause_days", &choosing.pause_days, &["days"]),
            ("preferences.paused", &choosing.paused, &["date"]),
            ("preferences.language", &choosing.language, &[]),
            ("preferences.language_any", &choosing.language_any, &[]),
            ("preferences.telling", &choosing.telling, &[]),
            ("preferences.save", &choosing.save, &[]),
            ("preferences.saved", &choosing.saved, &[]),
            ("preferences.leave", &choosing.leave, &[]),
            ("not_found.title", &self.not_found.title, &[]),
            ("not_found.text", &self.not_found.text, &[]),
            ("misused.title", &self.misused.title, &[]),
            ("misused.text", &self.misused.text, &[]),
            ("trouble.title", &self.trouble.title, &[]),
            ("trouble.text", &self.trouble.text, &[]),
        ]
    }
}

/// What a language calls itself; its code where nobody wrote that down.
pub(super) fn own_name(language: Language) -> String {
    let names: BTreeMap<String, String> = sources::built_in(NAMES).and_then(|text| toml::from_str(text).ok()).unwrap_or_default();
    names.get(language.code()).cloned().unwrap_or_else(|| language.code().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_lost_its_place_or_its_words_is_named_with_its_line() {
        let text = sources::built_in("en/page.toml").expect("English has pages");
        let faulty = text.replacen("{address} about", "{adress} about", 1).replacen("\"Save\"", "\" \"", 1);
        let faults = WebWords::read("en/page.toml", &faulty).expect_err("two faults");
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(said[0].contains("en/page.toml:3: unsubscribe.topic: `{adress}` means nothing here"), "{said:?}");
        assert!(said[1].contains("preferences.save"), "{said:?}");
    }

    #[test]
    fn every_language_with_pages_has_a_name_of_its_own() {
        for language in Language::all_written().filter(|language| sources::built_in(&format!("{}/page.toml", language.code())).is_some()) {
            assert_ne!(own_name(language), language.code());
        }
    }
}
