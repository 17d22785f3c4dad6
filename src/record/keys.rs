//! Texts that indexes hold. PostgreSQL refuses an index entry of more than about 2,700 bytes, and mail is hostile.

/// Longest text an index gets to hold, in bytes.
const KEY_LEN_MAX: usize = 1000;

/// The text, cut at a character's end so that every index can hold it.
pub(super) fn bounded(text: &str) -> &str {
    let mut end = KEY_LEN_MAX.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_key_is_cut_between_characters() {
        assert_eq!(bounded("short"), "short");
        let long = format!("a{}", "é".repeat(KEY_LEN_MAX));
        assert_eq!(bounded(&long).len(), KEY_LEN_MAX - 1);
    }
}
