//! Which words of a text told its language.

use super::script::{self, Script};
use crate::types::Language;
use crate::understand::Rules;
use crate::understand::fold::Folder;

/// So many words are looked at, and so many are named.
const LOOKED_AT_MAX: usize = 64;
const NAMED_MAX: usize = 4;
/// A listed word counts so much beside the model.
const LISTED_WEIGHT: f64 = 2.0;

/// The words of a text that speak most for a language against all others, in lower case, the strongest first. Empty where the script
/// alone tells.
pub fn telling_words(text: &str, language: Language, rules: &Rules) -> Vec<String> {
    let rules = &rules.languages;
    let words = script::words(text, super::TEXT_LEN_MAX);
    let Some((script @ (Script::Latin | Script::Cyrillic | Script::Arabic), _)) = words.scripts() else { return Vec::new() };
    let Some(own) = rules.languages.iter().position(|known| *known == language) else { return Vec::new() };
    let folder = Folder::default();
    let mut told: Vec<(f64, &str)> = Vec::new();
    for word in words.of(script).take(LOOKED_AT_MAX) {
        if told.iter().any(|(_, known)| *known == word) {
            continue;
        }
        let mut sums = rules.model.weigh(script, std::iter::once(word), rules.languages.len());
        for (seat, vote) in rules.votes_of(&folder.fold_word(word), word) {
            if let Some(sum) = sums.get_mut(seat) {
                *sum = Some(sum.unwrap_or_default() + vote * LISTED_WEIGHT);
            }
        }
        let of_own = sums.get_mut(own).and_then(Option::take).unwrap_or_default();
        let of_others = sums.into_iter().flatten().fold(0.0, f64::max);
        if of_own > of_others {
            told.push((of_own - of_others, word));
        }
    }
    told.sort_by(|a, b| b.0.total_cmp(&a.0));
    told.into_iter().take(NAMED_MAX).map(|(_, word)| word.to_owned()).collect()
}
