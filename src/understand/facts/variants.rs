//! A listed word as people type it: with its accents, and without them on a telephone.

use super::page::fold_word;
use unicode_normalization::char::decompose_canonical;

/// A shorter word without its accents is another word: "can" is no Vietnamese.
const PLAIN_LETTERS_MIN: usize = 4;

/// The folded word, and the same without accents when it is long enough to stay itself; a German umlaut also as two letters.
pub(super) fn of(word: &str) -> Vec<String> {
    of_at_least(word, PLAIN_LETTERS_MIN)
}

/// The same for names of places, which stand beside more words: Turkish "baki" is the balance of an account.
pub(super) fn of_name(word: &str) -> Vec<String> {
    of_at_least(word, PLAIN_LETTERS_MIN + 1)
}

fn of_at_least(word: &str, letters_min: usize) -> Vec<String> {
    let folded = fold_word(word);
    let mut all = Vec::with_capacity(1);
    if folded.chars().any(has_plain_form) && folded.chars().filter(|c| c.is_alphabetic()).count() >= letters_min {
        let spelled = |c: char, two: bool| match c {
            'ä' if two => "ae".to_owned(),
            'ö' if two => "oe".to_owned(),
            'ü' if two => "ue".to_owned(),
            'å' if two => "aa".to_owned(),
            'ø' if two => "oe".to_owned(),
            _ => plain(c),
        };
        for two in [false, true] {
            let form: String = folded.chars().map(|c| spelled(c, two)).collect();
            if form != folded && !all.contains(&form) {
                all.push(form);
            }
        }
    }
    all.push(folded);
    all
}

/// Latin and Greek letters with marks; other scripts do not leave theirs out.
fn has_plain_form(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{386}'..='\u{3ce}') && plain(c) != c.to_string()
}

fn plain(c: char) -> String {
    match c {
        'ß' => "ss".to_owned(),
        'æ' => "ae".to_owned(),
        'œ' => "oe".to_owned(),
        'ø' => "o".to_owned(),
        'ł' => "l".to_owned(),
        'đ' => "d".to_owned(),
        'ı' | 'İ' => "i".to_owned(),
        'ə' => "e".to_owned(),
        _ => {
            let mut base = None;
            decompose_canonical(c, |part| base = base.or(Some(part)));
            base.unwrap_or(c).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_word_is_known_without_its_accents_unless_it_is_short() {
        assert_eq!(of("Stück"), ["stuck", "stueck", "stück"]);
        assert_eq!(of("peças"), ["pecas", "peças"]);
        assert_eq!(of("cần"), ["cần"], "an English word");
        assert_eq!(of("тонн"), ["тонн"]);
        assert_eq!(of("pcs"), ["pcs"]);
    }
}
