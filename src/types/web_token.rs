//! What stands in a web address of ours instead of a name: it opens one thing and tells nothing.

use std::fmt;

/// The letters of a token: RFC 4648 §6 in lower case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// 128 bits in letters of five.
const LETTERS: usize = 26;

/// 128 bits nobody can guess, written in 26 lower-case letters and digits. They are made elsewhere and passed in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WebToken([u8; 16]);

impl WebToken {
    /// The token of those bits.
    pub fn new(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// Reads a token as it stands in an address. Mail programs and people may have made its letters large.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != LETTERS {
            return None;
        }
        let mut bits: u128 = 0;
        for (place, letter) in text.bytes().enumerate() {
            let value = ALPHABET.iter().position(|known| *known == letter.to_ascii_lowercase())?;
            let value = u128::try_from(value).ok()?;
            // The last letter carries three bits, the two below them are nothing, so that every token has one spelling.
            bits = match place {
                25 if value & 0b11 != 0 => return None,
                25 => bits << 3 | value >> 2,
                _ => bits << 5 | value,
            };
        }
        Some(Self(bits.to_be_bytes()))
    }
}

impl fmt::Display for WebToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u128::from_be_bytes(self.0);
        let text: String = (0..LETTERS)
            .filter_map(|place| {
                let value = if place == LETTERS - 1 { bits << 2 & 0b11111 } else { bits >> (123 - 5 * place) & 0b11111 };
                ALPHABET.get(usize::try_from(value).ok()?).map(|letter| char::from(*letter))
            })
            .collect();
        f.write_str(&text)
    }
}

/// Whoever has a token can do what it opens, so none is written into a log.
impl fmt::Debug for WebToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(token)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_token_has_one_spelling_but_for_the_size_of_its_letters() {
        let token = WebToken::new([0xff; 16]);
        assert_eq!(token.to_string(), "7777777777777777777777777".to_owned() + "4");
        assert_eq!(WebToken::new([0; 16]).to_string(), "a".repeat(26));
        assert_eq!(WebToken::parse(&token.to_string().to_uppercase()), Some(token));
        let mut other = "7".repeat(25);
        other.push('5');
        for text in ["", "a", &"a".repeat(25), &"a".repeat(27), &"1".repeat(26), &"ä".repeat(13), &other] {
            assert_eq!(WebToken::parse(text), None, "{text}");
        }
        assert_eq!(format!("{token:?}"), "(token)", "no log gives one away");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(bits in any::<[u8; 16]>()) {
            let token = WebToken::new(bits);
            prop_assert_eq!(WebToken::parse(&token.to_string()), Some(token));
        }

        #[test]
        fn nothing_that_is_read_is_written_otherwise(text in "[a-zA-Z0-7=]{20,30}") {
            if let Some(token) = WebToken::parse(&text) {
                prop_assert_eq!(token.to_string(), text.to_ascii_lowercase());
            }
        }
    }
}
