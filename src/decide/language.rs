//! Which language a draft is written in.

use crate::types::Language;
use crate::understand::LanguageGuess;

/// Below this the mail is too short or too mixed to say; what is known of the customer counts more.
const SURE: f64 = 0.6;

/// The language the customer chose for our letters; else the one the mail was written in when that is certain and we write it; else the one the customer is known to read; else the
/// mail's likely or second language; else English.
pub(super) fn answer_language(chosen: Option<Language>, guess: LanguageGuess, known: Option<Language>, written: &[Language]) -> Language {
    let of_mail = Some(guess.language).filter(|_| guess.confidence >= SURE);
    let likely = Some(guess.language);
    [chosen, of_mail, known, likely, guess.second]
        .into_iter()
        .flatten()
        .find(|language| written.contains(language))
        .unwrap_or(Language::ENGLISH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(code: &str) -> Language {
        Language::parse(code).expect("a code of ours")
    }

    fn answered(code: &str, confidence: f64, second: Option<&str>, known: Option<&str>) -> &'static str {
        answered_as_chosen(None, code, confidence, second, known)
    }

    fn answered_as_chosen(chosen: Option<&str>, code: &str, confidence: f64, second: Option<&str>, known: Option<&str>) -> &'static str {
        let guess = LanguageGuess { second: second.map(language), ..LanguageGuess::new(language(code), confidence) };
        answer_language(chosen.map(language), guess, known.map(language), &Language::all_written().collect::<Vec<_>>()).code()
    }

    #[test]
    fn a_language_that_the_customer_chose_comes_before_all_others() {
        assert_eq!(answered_as_chosen(Some("pt"), "es", 0.98, None, Some("en")), "pt");
        assert_eq!(answered_as_chosen(Some("kk"), "es", 0.98, None, Some("en")), "es", "we do not write it");
    }

    #[test]
    fn a_customer_is_answered_in_the_language_of_the_mail() {
        assert_eq!(answered("es", 0.98, None, Some("en")), "es");
    }

    #[test]
    fn a_bare_ok_is_answered_in_the_language_the_customer_is_known_to_read() {
        assert_eq!(answered("und", 0.0, None, Some("ru")), "ru");
        assert_eq!(answered("es", 0.3, None, Some("pt")), "pt");
        assert_eq!(answered("und", 0.0, None, None), "en");
    }

    #[test]
    fn a_language_we_do_not_write_is_answered_in_the_second_or_in_english() {
        assert_eq!(answered("kk", 0.97, Some("ru"), None), "ru");
        assert_eq!(answered("sw", 0.97, None, None), "en");
    }
}
