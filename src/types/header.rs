//! The one door through which text from outside may reach a header we write.

use super::address::is_bidi_control;
use std::fmt;

/// Longest header value we write, in bytes; a longer one is cut at a character.
const HEADER_LEN_MAX: usize = 900;

/// Text that can stand in a header: no CR, LF, NUL, control or bidirectional characters, white space folded, and nothing that readers
/// would take for an encoded-word and read as something else (RFC 2047 §2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderValue(String);

impl HeaderValue {
    /// Takes any text and keeps what is harmless of it.
    pub fn new(text: &str) -> Self {
        let mut kept = String::with_capacity(text.len().min(HEADER_LEN_MAX));
        for c in text.chars() {
            if is_bidi_control(c) {
                continue;
            }
            let c = if c.is_control() || c.is_whitespace() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
            if c == ' ' && (kept.is_empty() || kept.ends_with(' ')) {
                continue;
            }
            if c == '?' && kept.ends_with('=') {
                kept.push(' ');
            }
            if kept.len() + c.len_utf8() > HEADER_LEN_MAX {
                break;
            }
            kept.push(c);
        }
        kept.truncate(kept.trim_end().len());
        Self(kept)
    }

    /// The text that may be written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing harmless was left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_cannot_smuggle_a_second_header() {
        let subject = HeaderValue::new("Offer\r\nBcc: all@example.com\0\u{202e}x");
        assert_eq!(subject.as_str(), "Offer Bcc: all@example.com x");
    }

    #[test]
    fn a_name_that_looks_encoded_is_read_as_it_stands() {
        assert_eq!(HeaderValue::new("=?utf-8?B?QmNjOiBhQGI=?= x=y ?").as_str(), "= ?utf-8?B?QmNjOiBhQGI= ?= x=y ?");
        assert_eq!(HeaderValue::new("=\u{202e}?\0?").as_str(), "= ? ?", "also when what stood between is left out");
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let value = HeaderValue::new(&"报".repeat(1_000));
        assert!(value.as_str().len() <= HEADER_LEN_MAX);
        assert!(value.as_str().chars().all(|c| c == '报'));
    }
}
