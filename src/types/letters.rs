//! Small letters, without asking the large Unicode tables about scripts that have no others.

/// Writes `c` to `out` in lower case.
pub fn push_lower(out: &mut String, c: char) {
    match c {
        '\0'..='\u{7f}' => out.push(c.to_ascii_lowercase()),
        _ if is_caseless(c) => out.push(c),
        _ => out.extend(c.to_lowercase()),
    }
}

/// The text in lower case, as [`str::to_lowercase`] writes it.
pub fn lower(text: &str) -> String {
    // Which small sigma is right depends on the letters around it, and the standard library knows.
    if text.is_ascii() || text.contains('Σ') {
        return text.to_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_lower(&mut out, c));
    out
}

/// Small Cyrillic, and blocks whose letters have no case: Hebrew to Burmese, the Chinese, Japanese and Korean ones.
pub fn is_caseless(c: char) -> bool {
    matches!(c, 'а'..='я' | '\u{590}'..='\u{109f}' | '\u{2e80}'..='\u{a63f}' | '\u{ac00}'..='\u{d7ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_becomes_what_the_standard_library_makes_of_it() {
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            assert_eq!(lower(&text), text.to_lowercase());
            assert!(!is_caseless(c) || text.to_lowercase() == text, "{c}");
        }
        assert_eq!(lower("ΟΔΟΣ ΑΘΗΝΑΣ"), "ΟΔΟΣ ΑΘΗΝΑΣ".to_lowercase());
    }
}
