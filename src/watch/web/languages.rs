//! Accept-Language (RFC 9110 §12.5.4).

use crate::types::Language;

/// Nobody reads more.
const LANGUAGES_MAX: usize = 10;

/// The languages of such a list that we can name, the best first.
pub(super) fn wanted(list: &str) -> Vec<Language> {
    let mut wanted: Vec<(u32, Language)> = list
        .split(',')
        .take(LANGUAGES_MAX)
        .filter_map(|entry| {
            let (tag, rest) = entry.split_once(';').unwrap_or((entry, ""));
            let weight = rest.trim().strip_prefix("q=").map_or(Some(1000), thousandths)?;
            let language = Language::parse(tag).filter(|language| *language != Language::UNKNOWN)?;
            (weight > 0).then_some((weight, language))
        })
        .collect();
    // Of the same weight the first one written is meant.
    wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    wanted.into_iter().map(|(_, language)| language).collect()
}

/// `0.8` is 800; more than three digits or more than one mean nothing.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let whole: u32 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    if fraction.len() > 3 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let fraction: u32 = format!("{fraction:0<3}").parse().ok()?;
    Some((whole * 1000 + fraction).min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_language_comes_first_and_what_means_nothing_is_left_out() {
        let codes = |list: &str| wanted(list).into_iter().map(Language::code).collect::<Vec<_>>();
        assert_eq!(codes("de-CH,de;q=0.9,en;q=0.8"), ["de", "de", "en"]);
        assert_eq!(codes("en;q=0.5, zh-TW ; q=0.9, *;q=0.1"), ["zh-Hant", "en"]);
        assert_eq!(codes("pt-BR, ar;q=1.000, fr;q=0"), ["pt", "ar"]);
        assert_eq!(codes(""), Vec::<&str>::new());
        assert_eq!(codes(",;q=,xx;q=0.5,en;q=7,de;q=0.12345"), Vec::<&str>::new());
    }
}
