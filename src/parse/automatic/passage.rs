//! A text in lower case with one blank for white space, in which every place is known as one of the text it was made of.

use crate::types::push_lower;

/// Bytes that are looked through; what follows is quoted.
const LEN_MAX: usize = 16 * 1024;

/// The text to search in and where it comes from.
pub(super) struct Passage<'a> {
    pub lower: String,
    pub written: &'a str,
    /// For each byte of `lower` the byte of `written` its character begins at; one more at the end.
    origins: Vec<usize>,
}

impl<'a> Passage<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let written = text.get(..text.floor_char_boundary(LEN_MAX)).unwrap_or(text);
        let mut lower = String::with_capacity(written.len());
        let mut origins = Vec::with_capacity(written.len() + 1);
        for (at, c) in written.char_indices() {
            match c {
                _ if c.is_whitespace() || c.is_control() => {
                    if !lower.ends_with(' ') {
                        lower.push(' ');
                    }
                }
                '’' => lower.push('\''),
                'İ' => lower.push('i'),
                _ => push_lower(&mut lower, c),
            }
            origins.resize(lower.len(), at);
        }
        origins.push(written.len());
        Self { lower, written, origins }
    }

    /// The place in the text as written that belongs to a byte of `lower`.
    pub(super) fn origin(&self, at: usize) -> usize {
        self.origins.get(at).copied().unwrap_or(self.written.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_known_though_letters_change_their_length() {
        let passage = Passage::of("İZMİR\n  ẞ Anna");
        let at = passage.lower.find("anna").expect("it is there");
        assert_eq!(passage.written.get(passage.origin(at)..), Some("Anna"));
        assert_eq!(passage.origin(passage.lower.len()), passage.written.len());
    }
}
