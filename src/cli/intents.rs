//! The intent a person names at the command line or by a folder.

use super::words::Words;
use crate::config::nearest;
use crate::types::Intent;

/// The intent of that name: the one settings use, or what it is called in any of our languages.
pub fn find(text: &str) -> Option<Intent> {
    let name = text.trim().to_lowercase().replace(['-', ' '], "_");
    Intent::parse(&name).or_else(|| Words::languages().find_map(|language| Words::of(language).intent_called(text)))
}

/// The same; else the sentence that there is none, with the one that was probably meant.
pub fn find_or_say(text: &str, words: &Words) -> Result<Intent, String> {
    find(text).ok_or_else(|| match nearest(text, Intent::ALL.map(Intent::name)) {
        Some(meant) => words.say("intents.unknown_meant", &[("text", &text), ("meant", &meant)]),
        None => words.say("intents.unknown", &[("text", &text), ("known", &words.list(Intent::ALL))]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Language;

    #[test]
    fn an_intent_is_named_as_settings_do_or_in_any_language() {
        for (text, intent) in [
            ("inquiry", Intent::Inquiry),
            (" Auto-Reply ", Intent::AutoReply),
            ("auto reply", Intent::AutoReply),
            ("Reklamation", Intent::Complaint),
        ] {
            assert_eq!(find(text), Some(intent), "{text}");
        }
        assert_eq!(find("customers"), None);
        let words = Words::of(Language::ENGLISH);
        let said = find_or_say("inquriy", &words).expect_err("no such intent");
        assert!(said.contains("inquiry"), "{said}");
        let said = find_or_say("Kunden", &words).expect_err("no such intent");
        assert!(said.contains("negotiation"), "{said}");
    }
}
