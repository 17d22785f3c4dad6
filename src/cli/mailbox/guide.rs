//! What to click at a provider, in the operator's language: `templates/<language>/providers.toml`.

use crate::act::render;
use crate::types::Language;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What an operator is told of a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// What the provider is called in this language, when it has a name of its own there.
    pub name: Option<String>,
    /// In the order one does them.
    pub steps: Vec<String>,
    /// What is typed at the end: `authorisation code`.
    pub secret: String,
    /// What to look at first when the login is refused.
    pub refused: String,
}

/// Serves whoever has no section of his own.
const OTHER: &str = "other";

/// The guide to a provider; English where the language has none, and what holds everywhere where the provider has none.
pub fn guide(provider: Option<&str>, language: Language) -> Guide {
    let sections = [language, Language::ENGLISH].map(|language| read(language).unwrap_or_default());
    let section = |name: &str| sections.iter().find_map(|guides| guides.get(name));
    provider.and_then(section).or_else(|| section(OTHER)).cloned().unwrap_or_default()
}

/// All guides of a language. `None` when there is no file, or one that a test would have refused.
fn read(language: Language) -> Option<BTreeMap<String, Guide>> {
    toml::from_str(render::built_in(&format!("{}/providers.toml", language.code()))?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::providers::Providers;

    #[test]
    fn every_provider_is_explained_in_every_language_that_has_a_file() {
        let languages: Vec<Language> = Language::all_written().filter(|language| read(*language).is_some()).collect();
        assert!(languages.len() >= 11, "{languages:?}");
        for language in &languages {
            let language = *language;
            let guides = read(language).expect("a file that can be read");
            for provider in Providers::built_in().iter() {
                let guide = guides.get(&provider.id).unwrap_or_else(|| panic!("{} has no section for {}", language.code(), provider.id));
                assert!(!guide.steps.is_empty() && !guide.secret.is_empty() && !guide.refused.is_empty(), "{}", provider.id);
                assert!(guide.steps.iter().all(|step| !step.contains("http")), "{}: addresses go stale", provider.id);
            }
            let known = |name: &String| name == OTHER || Providers::built_in().find(name).is_some();
            assert!(guides.keys().all(known), "a section of {} belongs to no provider", language.code());
        }
        let steps =
            |language: Language| read(language).expect("read").into_iter().map(|(id, guide)| (id, guide.steps.len())).collect::<Vec<_>>();
        for language in languages {
            assert_eq!(steps(language), steps(Language::ENGLISH), "{} explains the same steps", language.code());
        }
    }

    #[test]
    fn a_language_without_a_file_speaks_english_and_an_unknown_provider_gets_what_holds_everywhere() {
        let swahili = Language::parse("sw").expect("Swahili is known");
        assert_eq!(guide(Some("qq"), swahili), guide(Some("qq"), Language::ENGLISH));
        assert_eq!(guide(None, Language::CHINESE_SIMPLIFIED), guide(Some(OTHER), Language::CHINESE_SIMPLIFIED));
        assert!(guide(None, Language::CHINESE_SIMPLIFIED).steps[0].contains("浏览器"));
    }
}
