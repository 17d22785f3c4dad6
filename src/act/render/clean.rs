//! Makes text from outside harmless: no control characters, no characters that turn the reading direction, bounded length.

use crate::types::{HeaderValue, is_bidi_control};

/// Longest name of a person or firm, in characters.
pub(super) const NAME_LEN_MAX: usize = 80;
/// Longest product, place or reference, in characters.
pub(super) const VALUE_LEN_MAX: usize = 120;
/// Longest signature, in bytes.
pub(super) const SIGNATURE_LEN_MAX: usize = 10_000;

/// One line of at most `len_max` characters, white space folded. A cut one ends in `…`.
pub(super) fn line(text: &str, len_max: usize) -> String {
    let line = HeaderValue::new(text);
    let line = line.as_str();
    match line.char_indices().nth(len_max) {
        None => line.to_owned(),
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or("").trim_end()),
    }
}

/// Values as they may be listed in one sentence: cleaned, without empty ones.
pub(super) fn lines(values: &[String]) -> impl Iterator<Item = String> {
    values.iter().map(|value| line(value, VALUE_LEN_MAX)).filter(|value| !value.is_empty())
}

/// Several lines, ended by LF, of at most `len_max` bytes together, without blank lines at either end; and whether something was cut.
pub(super) fn block(text: &str, len_max: usize) -> (String, bool) {
    let mut kept = String::with_capacity(text.len().min(len_max));
    let mut cut = false;
    let mut before = '\n';
    for c in text.chars() {
        let pair = before == '\r' && c == '\n';
        before = c;
        let c = match c {
            _ if pair => continue,
            '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{c}' => '\n',
            '\t' => ' ',
            '\n' => '\n',
            _ if c.is_control() || is_bidi_control(c) => continue,
            _ => c,
        };
        if kept.is_empty() && c == '\n' {
            continue;
        }
        cut = kept.len() + c.len_utf8() > len_max;
        if cut {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end().len());
    (kept, cut)
}

/// Words that no person's name has: a firm or a desk is writing, and is greeted neutrally.
const FIRM_WORDS: &str = "co company corp corporation gmbh group inc industries international limited llc ltd ltda sarl sas spa srl \
    trading trade admin contact customer department dept export import imports info mail marketing office order orders procurement \
    purchase purchasing sales service shipping supply support team ооо شركة";

/// The same where words have no spaces between them.
const FIRM_ENDINGS: [&str; 8] = ["公司", "集团", "集團", "会社", "工厂", "工廠", "采购部", "営業部"];

/// A person's name as it may stand in a greeting; `None` when the text is more likely something else: an address, a link, a
/// placeholder, a firm, a desk, several names. A neutral greeting is better than a wrong one.
pub(super) fn person(text: &str) -> Option<String> {
    let name = line(text, NAME_LEN_MAX);
    let name = name.trim_matches(|c: char| matches!(c, '"' | '\'' | '“' | '”' | ' '));
    let fits = |c: char| c.is_alphabetic() || is_mark(c) || " .,-'’·・‐\u{200c}\u{200d}".contains(c);
    if !name.chars().all(fits) || !name.chars().any(char::is_alphabetic) {
        return None;
    }
    let mut words = name.split([' ', ',', '.']).map(str::to_lowercase);
    if words.any(|word| FIRM_WORDS.split(' ').any(|known| known == word)) || FIRM_ENDINGS.iter().any(|ending| name.contains(ending)) {
        return None;
    }
    match name.split_once(',') {
        None => Some(name.to_owned()),
        // Directories write "Smith, John"; more than that is not a name we can turn round.
        Some((family, given)) => {
            let (family, given) = (family.trim(), given.trim());
            let is_given = !given.is_empty() && !given.contains([',', '.']) && given.split(' ').count() <= 2;
            is_given.then(|| format!("{given} {family}"))
        }
    }
}

/// Vowel signs and accents that stand as characters of their own: Latin, Arabic, Hebrew, the scripts of India, Thai.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}')
        || matches!(c, '\u{5b0}'..='\u{5c7}' | '\u{900}'..='\u{dff}' | '\u{e31}'..='\u{e4e}')
}

/// Whether a text holds letters that run from right to left (Unicode Bidi_Class R and AL, by block).
pub(super) fn has_right_to_left(text: &str) -> bool {
    let in_plane_0 = |c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}');
    let in_plane_1 = |c| matches!(c, '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    text.chars().any(|c| in_plane_0(c) || in_plane_1(c))
}

/// Whether the first letter of a text runs from right to left (rule P2 of the Unicode Bidirectional Algorithm).
pub(super) fn begins_right_to_left(text: &str) -> bool {
    text.chars().find(|c| c.is_alphabetic()).is_some_and(|c| has_right_to_left(c.encode_utf8(&mut [0; 4])))
}

/// Text as it may stand between tags and in quoted attributes.
pub(super) fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// A rendered text as it is sent: no spaces at line ends, never two blank lines, one line end at the end.
pub(super) fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut blank = true;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            if !blank {
                tidied.push('\n');
            }
            blank = true;
        } else {
            tidied.push_str(line);
            tidied.push('\n');
            blank = false;
        }
    }
    tidied.truncate(tidied.trim_end().len());
    tidied.push('\n');
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_greeted_only_when_it_looks_like_one() {
        assert_eq!(person("  María José  O’Neill "), Some("María José O’Neill".into()));
        assert_eq!(person("Smith, John"), Some("John Smith".into()));
        assert_eq!(person("王伟"), Some("王伟".into()));
        assert_eq!(person("\"Anna Kowalska\""), Some("Anna Kowalska".into()));
        for other in [
            "",
            " ",
            "null@acme.example",
            "{{company}}",
            "<img src=x onerror=alert(1)>",
            "Acme Trading, LTD",
            "Sales 24",
            "http://x",
            "Co., Ltd.",
        ] {
            assert_eq!(person(other), None, "{other}");
        }
    }

    #[test]
    fn a_block_keeps_its_lines_and_nothing_that_acts() {
        assert_eq!(block("\r\n\na\r\n\r\nb\rc\u{2028}d\0\u{202e}e\n\n", 100), ("a\n\nb\nc\nde".to_owned(), false));
        assert_eq!(block("äöü", 3), ("ä".to_owned(), true), "cut between characters");
    }

    #[test]
    fn a_long_value_is_cut_and_says_so() {
        assert_eq!(line("steel\r\nBcc: x", 80), "steel Bcc: x");
        assert_eq!(line(&"a".repeat(200), 5), "aaaaa…");
    }

    #[test]
    fn blank_lines_never_double() {
        assert_eq!(tidy("\n\na  \n\n\n \nb\n\n"), "a\n\nb\n");
    }
}
