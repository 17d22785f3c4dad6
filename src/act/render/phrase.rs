//! Words of ours with values from outside between them. In plain text a value of another direction is held by Unicode isolates
//! (UAX #9), in HTML by `<bdi>`; so the same phrase is kept in pieces until it is known where it goes.

use super::clean;
use crate::types::Language;
use serde::Serialize;

/// How a value runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// Numbers, codes, references: always from left to right.
    LeftToRight,
    /// Names, products, places, dates: as their first letter says.
    AsWritten,
}

/// A sentence or list in pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Phrase(Vec<Piece>);

/// Some words, then a value; either may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Piece {
    words: String,
    value: String,
    /// `ltr` or `auto` when the value needs a direction of its own.
    dir: Option<&'static str>,
}

impl Phrase {
    /// Adds words of ours.
    pub(super) fn say(&mut self, words: &str) {
        match self.0.last_mut() {
            Some(last) if last.value.is_empty() => last.words.push_str(words),
            _ => self.0.push(Piece { words: words.to_owned(), ..Piece::default() }),
        }
    }

    /// Adds a value as it stands in a letter of that language.
    pub(super) fn name(&mut self, value: &str, run: Run, language: Language) {
        let needs_own = language.is_right_to_left() || clean::has_right_to_left(value);
        let dir = needs_own.then_some(if run == Run::LeftToRight { "ltr" } else { "auto" });
        match self.0.last_mut() {
            Some(last) if last.value.is_empty() => (last.value, last.dir) = (value.to_owned(), dir),
            _ => self.0.push(Piece { words: String::new(), value: value.to_owned(), dir }),
        }
    }

    /// Adds another phrase.
    pub(super) fn join(&mut self, other: Phrase) {
        for piece in other.0 {
            self.say(&piece.words);
            if let Some(last) = self.0.last_mut().filter(|_| !piece.value.is_empty()) {
                (last.value, last.dir) = (piece.value, piece.dir);
            }
        }
    }

    /// A phrase of one value.
    pub(super) fn of(value: &str, run: Run, language: Language) -> Self {
        let mut phrase = Phrase::default();
        phrase.name(value, run, language);
        phrase
    }

    /// Phrases with a separator between them; `None` when there are none.
    pub(super) fn list(items: impl IntoIterator<Item = Phrase>, separator: &str) -> Option<Self> {
        let mut items = items.into_iter();
        let mut list = items.next()?;
        for item in items {
            list.say(separator);
            list.join(item);
        }
        Some(list)
    }

    /// A form of ours, `On {date}, {name} wrote:`, with phrases in its places. A place that nobody fills stays empty; which
    /// places a form may have was checked when it was read.
    pub(super) fn fill(form: &str, places: &[(&str, &Phrase)]) -> Self {
        let mut phrase = Phrase::default();
        let mut rest = form;
        while let Some((words, place)) = rest.split_once('{') {
            let Some((name, after)) = place.split_once('}') else { break };
            phrase.say(words);
            if let Some((_, value)) = places.iter().find(|(known, _)| *known == name) {
                phrase.join((*value).clone());
            }
            rest = after;
        }
        phrase.say(rest);
        phrase
    }

    /// The phrase without isolates.
    pub(super) fn plain_words(&self) -> String {
        self.0.iter().flat_map(|piece| [piece.words.as_str(), piece.value.as_str()]).collect()
    }

    /// The phrase in plain text, with isolates where they are needed.
    pub(super) fn plain(&self) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            text.push_str(&piece.words);
            match piece.dir {
                None => text.push_str(&piece.value),
                Some(dir) => {
                    text.push(if dir == "ltr" { '\u{2066}' } else { '\u{2068}' });
                    text.push_str(&piece.value);
                    text.push('\u{2069}');
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(code: &str) -> Language {
        Language::parse(code).expect("a language of ours")
    }

    #[test]
    fn a_name_of_another_direction_is_isolated_and_others_are_left_alone() {
        let greet = |name: &str, code: &str| {
            let name = Phrase::of(name, Run::AsWritten, language(code));
            Phrase::fill("Dear {name},", &[("name", &name)]).plain()
        };
        assert_eq!(greet("Anna", "en"), "Dear Anna,");
        assert_eq!(greet("سارة", "en"), "Dear \u{2068}سارة\u{2069},");
        assert_eq!(greet("Anna", "ar"), "Dear \u{2068}Anna\u{2069},");
    }

    #[test]
    fn a_value_is_never_read_as_a_form() {
        let name = Phrase::of("{date} {name}", Run::AsWritten, Language::ENGLISH);
        assert_eq!(Phrase::fill("{name} wrote:", &[("name", &name)]).plain(), "{date} {name} wrote:");
    }

    #[test]
    fn a_list_reads_from_its_first_to_its_last() {
        let items = ["A", "B", "C"].map(|item| Phrase::of(item, Run::LeftToRight, Language::ENGLISH));
        assert_eq!(Phrase::list(items, ", ").map(|list| list.plain()).as_deref(), Some("A, B, C"));
        assert_eq!(Phrase::list([], ", "), None);
    }
}
