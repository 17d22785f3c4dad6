//! A text made ready for the finders: folded once, with every listed word found in one pass. All finders read the same page and
//! point into it by byte offset.

use super::FactRules;
use super::lexicon::{Hit, Use};
use super::meanings::Unit;
use crate::types::{Language, is_caseless};
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// Invariant: `low` has the byte length and the character boundaries of `text`, so an offset is good in both.
pub(super) struct Page<'a> {
    /// The words as written; wide letters and digits narrowed, accents composed.
    pub text: Cow<'a, str>,
    /// The same in lower case.
    pub low: String,
    /// Listed words in order of their place.
    pub hits: Vec<Hit>,
    pub language: Language,
    pub rules: &'a FactRules,
    /// Where narrowing changed lengths: offsets here and in the text as it came.
    turns: Vec<(usize, usize)>,
}

impl<'a> Page<'a> {
    /// Folds a text and finds the listed words in it.
    pub fn read(text: &'a str, language: Language, rules: &'a FactRules) -> Self {
        let (text, turns) = narrow(text);
        let low = lower(&text);
        let endings = rules.endings.get(language.code()).map_or(&[][..], Vec::as_slice);
        let hits = rules.lexicon.hits(&low, endings);
        Page { text, low, hits, language, rules, turns }
    }

    /// The words as written between two offsets.
    pub fn written(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or("")
    }

    /// The same in lower case.
    pub fn folded(&self, start: usize, end: usize) -> &str {
        self.low.get(start..end).unwrap_or("")
    }

    /// An offset of the page as one of the text it was read from.
    pub fn source(&self, at: usize) -> usize {
        let turn = self.turns.partition_point(|(here, _)| *here <= at).checked_sub(1).and_then(|last| self.turns.get(last));
        turn.map_or(at, |(here, there)| there + (at - here))
    }

    /// What follows an offset, in lower case.
    pub fn rest(&self, at: usize) -> &str {
        self.low.get(at..).unwrap_or("")
    }

    /// What stands before an offset, in lower case.
    pub fn front(&self, at: usize) -> &str {
        self.low.get(..at).unwrap_or("")
    }

    /// The character at an offset.
    pub fn after(&self, at: usize) -> Option<char> {
        self.rest(at).chars().next()
    }

    /// The character that ends at an offset.
    pub fn before(&self, at: usize) -> Option<char> {
        self.front(at).chars().next_back()
    }

    /// The offset behind spaces; a line break is none.
    pub fn skip_blanks(&self, at: usize) -> usize {
        at + self.rest(at).chars().take_while(|c| is_blank(*c)).map(char::len_utf8).sum::<usize>()
    }

    /// The offset before spaces that end here.
    pub fn back_blanks(&self, at: usize) -> usize {
        at - self.front(at).chars().rev().take_while(|c| is_blank(*c)).map(char::len_utf8).sum::<usize>()
    }

    /// Where the run of letters that begins here ends; a long run is cut, for no word is that long.
    pub fn word_end(&self, at: usize) -> usize {
        at + self.rest(at).chars().take(WORD_CHARS_MAX).take_while(|c| is_letter(*c)).map(char::len_utf8).sum::<usize>()
    }

    /// Where the run of letters that ends here begins.
    pub fn word_start(&self, at: usize) -> usize {
        at - self.front(at).chars().rev().take(WORD_CHARS_MAX).take_while(|c| is_letter(*c)).map(char::len_utf8).sum::<usize>()
    }

    /// The word before an offset, spaces and an abbreviating point between.
    pub fn word_before(&self, at: usize) -> &str {
        let mut end = self.back_blanks(at);
        if self.before(end) == Some('.') {
            end -= 1;
        }
        self.folded(self.word_start(end), end)
    }

    /// The unit that begins here in the language of the page, and where it ends: a listed word, or one with an ending of a
    /// language that ties them to words, as Turkish and Finnish do.
    pub fn unit(&self, at: usize) -> Option<(usize, &Unit)> {
        let fits = |length: usize, unit: &&Unit| {
            (unit.languages.is_empty() || unit.languages.contains(&self.language))
                && unit.exact.as_deref().is_none_or(|exact| exact == self.written(at, at + length))
        };
        let found = self.rules.units.longest_that(self.rest(at), |length, units| units.iter().find(|unit| fits(length, unit)));
        if let Some((length, unit)) = found {
            return Some((at + length, unit));
        }
        let endings = self.rules.endings.get(self.language.code())?;
        let end = self.word_end(at);
        let word = self.folded(at, end);
        let stems = endings.iter().filter_map(|ending| word.strip_suffix(ending.as_str())).filter(|stem| stem.chars().count() >= 2);
        let mut units = stems.filter_map(|stem| self.rules.units.get(stem)?.iter().find(|unit| fits(stem.len(), unit)));
        units.next().map(|unit| (end, unit))
    }

    /// Hits that begin at this offset or later.
    pub fn hits_from(&self, at: usize) -> impl Iterator<Item = &Hit> {
        let first = self.hits.partition_point(|hit| hit.start < at);
        self.hits.get(first..).unwrap_or_default().iter()
    }

    /// Hits that end at this offset or earlier, the nearest first.
    pub fn hits_before(&self, at: usize) -> impl Iterator<Item = &Hit> {
        let first = self.hits.partition_point(|hit| hit.end <= at);
        self.hits.get(..first).unwrap_or_default().iter().rev()
    }

    /// A hit of the wanted use that begins exactly here.
    pub fn hit_at<T>(&self, at: usize, wanted: impl Fn(Use) -> Option<T>) -> Option<(usize, T)> {
        self.hits_from(at).take_while(|hit| hit.start == at).find_map(|hit| wanted(hit.means).map(|found| (hit.end, found)))
    }

    /// Where the sentence around an offset begins, or 240 bytes back.
    pub fn sentence_start(&self, at: usize) -> usize {
        let mut next = self.after(at);
        let mut beyond = None;
        let mut position = at;
        for c in self.front(at).chars().rev() {
            if at - position > SENTENCE_BYTES_MAX || ends_sentence(c, next, beyond) {
                break;
            }
            (beyond, next) = (next, Some(c));
            position -= c.len_utf8();
        }
        position
    }

    /// Where the sentence around an offset ends, or 240 bytes on.
    pub fn sentence_end(&self, at: usize) -> usize {
        let mut chars = self.rest(at).chars().peekable();
        let mut position = at;
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            let beyond = self.rest(position).chars().nth(2);
            if position - at > SENTENCE_BYTES_MAX || ends_sentence(c, next, beyond) {
                break;
            }
            position += c.len_utf8();
        }
        position
    }

    /// Where the line around an offset begins, or 2000 bytes back.
    pub fn line_start(&self, at: usize) -> usize {
        let from = self.low.floor_char_boundary(at.saturating_sub(LINE_BYTES_MAX));
        self.folded(from, at).rfind('\n').map_or(from, |found| from + found + 1)
    }

    /// Where the line around an offset ends, or 2000 bytes on.
    pub fn line_end(&self, at: usize) -> usize {
        let until = self.low.floor_char_boundary(at.saturating_add(LINE_BYTES_MAX));
        self.folded(at, until).find('\n').map_or(until, |found| at + found)
    }
}

const WORD_CHARS_MAX: usize = 48;
const SENTENCE_BYTES_MAX: usize = 240;
/// A longer line is no row of a table.
const LINE_BYTES_MAX: usize = 2000;

/// A full stop between figures or after an abbreviation ends nothing: a letter must follow the space. A single line break is a wrapped line.
fn ends_sentence(c: char, next: Option<char>, beyond: Option<char>) -> bool {
    match c {
        '!' | '?' | '。' | '！' | '？' | '；' | ';' | '؟' | '।' | '۔' | '።' | '։' | '။' => true,
        '.' => match next {
            None | Some('\n' | '\r') => true,
            Some(' ') => beyond.is_none_or(|b| !b.is_numeric() && b != '(' && b != ':'),
            _ => false,
        },
        '\n' => matches!(next, None | Some('\n' | '\r' | '-' | '*' | '•' | '·' | '–')),
        _ => false,
    }
}

/// Spaces within a line, the ideographic and the unbreakable ones included.
pub(super) fn is_blank(c: char) -> bool {
    c != '\n' && c != '\r' && (c == ' ' || c == '\t' || c.is_whitespace())
}

/// A letter or a mark that belongs to one.
pub(super) fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || (!c.is_ascii() && (c.is_alphabetic() || is_mark(c)))
}

/// Vowel signs and accents of scripts that write them apart.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}' | '\u{0591}'..='\u{05c7}' | '\u{064b}'..='\u{065f}' | '\u{0670}' | '\u{0900}'..='\u{0dff}' | '\u{0e31}'..='\u{0e4e}'
        | '\u{0eb1}'..='\u{0ecd}' | '\u{102b}'..='\u{103e}' | '\u{17b4}'..='\u{17d3}' | '\u{200c}')
        && !c.is_numeric()
        && !matches!(c, '\u{0964}' | '\u{0965}' | '\u{0970}' | '\u{0df4}')
}

/// Scripts that set no spaces between words, and Hangul, whose particles stick to the word.
pub(super) fn runs_on(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Wide letters and digits become narrow, loose accents are joined; any other text stays as it lies. With the turns at which
/// offsets change: behind each, here and in the text.
fn narrow(text: &str) -> (Cow<'_, str>, Vec<(usize, usize)>) {
    let is_wide = |c: char| matches!(c, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ');
    let is_loose = |c: char| matches!(c, '\u{0300}'..='\u{036f}');
    if text.is_ascii() || !text.chars().any(|c| is_wide(c) || is_loose(c)) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let narrowed = |c: char| if is_wide(c) { char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c) } else { c };
    let mut out = String::with_capacity(text.len());
    let mut turns = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let here = out.len();
        let mut end = at + c.len_utf8();
        while let Some((_, mark)) = chars.next_if(|(_, mark)| is_loose(*mark)) {
            end += mark.len_utf8();
        }
        match text.get(at..end) {
            Some(joined) if end > at + c.len_utf8() => out.extend(joined.nfc().map(narrowed)),
            _ => out.push(narrowed(c)),
        }
        if out.len() - here != end - at {
            turns.push((out.len(), end));
        }
    }
    (Cow::Owned(out), turns)
}

/// Lower case that keeps every offset: a character whose small form has another length stays as it is. Letters that Arabic and
/// Russian typists give for one another become one.
pub(super) fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let small = |c: char| {
        match c {
            _ if c.is_ascii() => return c.to_ascii_lowercase(),
            'أ' | 'إ' | 'آ' | 'ٱ' => return 'ا',
            'ى' | 'ی' => return 'ي',
            'ک' => return 'ك',
            'ة' | 'ہ' | 'ۀ' => return 'ه',
            'ё' | 'Ё' => return 'е',
            _ if is_caseless(c) => return c,
            _ => {}
        }
        let mut forms = c.to_lowercase();
        match (forms.next(), forms.next()) {
            (Some(one), None) if one.len_utf8() == c.len_utf8() => one,
            _ => c,
        }
    };
    text.chars().map(small).collect()
}

/// As list words are kept: composed, narrow, in lower case.
pub(super) fn fold_word(word: &str) -> String {
    lower(&narrow(word.trim()).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_keeps_every_offset() {
        for text in ["FOB Hamburg", "ＦＯＢ　寧波 ５００個", "İSTANBUL ẞ K Ⱥ", "Sa\u{0301}o Paulo ДОСТАВКА", "٥٠٠ قطعة"]
        {
            let (narrowed, _) = narrow(text);
            let low = lower(&narrowed);
            assert_eq!(low.len(), narrowed.len(), "{text}");
            assert!(narrowed.char_indices().all(|(at, _)| low.is_char_boundary(at)), "{text}");
        }
        assert_eq!(fold_word("ＦＯＢ"), "fob");
        assert_eq!(fold_word("Sa\u{0303}o"), "são");
    }
}
