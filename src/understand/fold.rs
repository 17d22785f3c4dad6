//! Text as rules are matched against: NFKC, lower case, diacritics and Chinese script folded, white space joined; every byte of it
//! remembers where in the source it came from, so that evidence can be shown as it stands in the mail.

use std::ops::Range;
use unicode_normalization::char::decompose_compatible;

/// First and last code point of the Han block that the script table covers (CJK Unified Ideographs).
const HAN_FIRST: u32 = 0x4e00;
const HAN_LAST: u32 = 0x9fff;

/// How to fold: the same for rules and for mails, or nothing would match.
#[derive(Debug, Default, Clone)]
pub(super) struct Folder {
    /// For each ideograph from [`HAN_FIRST`] on, its simplified form; empty when no table was given.
    simplified: Vec<char>,
}

/// A folded text and the way back.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub text: String,
    /// For each byte of `text`, where the character it came from begins in the source.
    starts: Vec<u32>,
}

impl Folder {
    /// A folder that reads traditional characters as their simplified twins.
    pub fn with_pairs(pairs: impl Iterator<Item = (char, char)>) -> Self {
        let mut simplified: Vec<char> = (HAN_FIRST..=HAN_LAST).filter_map(char::from_u32).collect();
        for (simple, traditional) in pairs {
            if let Some(entry) = han_index(traditional).and_then(|i| simplified.get_mut(i)) {
                *entry = simple;
            }
        }
        Self { simplified }
    }

    /// Folds at most `len_max` bytes of a text.
    pub fn fold(&self, source: &str, len_max: usize) -> Folded {
        let mut out = Folded { text: String::with_capacity(source.len().min(len_max)), starts: Vec::new() };
        out.starts.reserve(source.len().min(len_max));
        let mut gap = Gap::default();
        for (at, c) in source.char_indices() {
            if at >= len_max {
                break;
            }
            if c.is_ascii_graphic() {
                out.close_gap(&mut gap, c);
                out.push(c.to_ascii_lowercase(), at);
                continue;
            }
            if c.is_whitespace() {
                gap.add(c, at);
                continue;
            }
            if is_invisible(c) {
                continue;
            }
            out.close_gap(&mut gap, c);
            self.fold_char(c, |folded| out.push(folded, at));
        }
        out
    }

    /// Folds a short text without keeping the way back.
    pub fn fold_word(&self, source: &str) -> String {
        self.fold(source, usize::MAX).text
    }

    fn fold_char(&self, c: char, mut push: impl FnMut(char)) {
        match c {
            '\0'..='\u{7f}' => push(c.to_ascii_lowercase()),
            'а'..='я' if c != 'й' => push(c),
            'А'..='Я' if c != 'Й' => c.to_lowercase().for_each(push),
            // Kana and Hangul have no case and their marks tell words apart.
            '\u{3041}'..='\u{30ff}' | '\u{ac00}'..='\u{d7a3}' => push(c),
            '\u{4e00}'..='\u{9fff}' => push(han_index(c).and_then(|i| self.simplified.get(i).copied()).unwrap_or(c)),
            _ => decompose_compatible(c, |part| fold_part(part, &mut push)),
        }
    }
}

/// One character of a compatibility decomposition, folded.
fn fold_part(c: char, push: &mut impl FnMut(char)) {
    match c {
        // Combining accents, Hebrew points, Arabic vowel signs and the tatweel are left out by those who type in a hurry.
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}' => {}
        '’' | '‘' | '`' | '´' | 'ʼ' | 'ʻ' => push('\''),
        '“' | '”' | '„' | '«' | '»' => push('"'),
        '‐' | '‑' | '‒' | '–' | '—' | '−' => push('-'),
        'ß' | 'ẞ' => "ss".chars().for_each(push),
        'æ' | 'Æ' => "ae".chars().for_each(push),
        'œ' | 'Œ' => "oe".chars().for_each(push),
        'ø' | 'Ø' => push('o'),
        'ł' | 'Ł' => push('l'),
        'đ' | 'Đ' => push('d'),
        'ı' => push('i'),
        // Arabic letters that are typed one for another.
        'أ' | 'إ' | 'آ' | 'ٱ' => push('ا'),
        'ى' | 'ی' => push('ي'),
        'ة' => push('ه'),
        'ک' => push('ك'),
        ' ' => push(' '),
        _ => c.to_lowercase().filter(|l| !matches!(l, '\u{300}'..='\u{36f}')).for_each(push),
    }
}

impl Folded {
    fn push(&mut self, c: char, at: usize) {
        self.text.push(c);
        // `fold` is never given more than 4 GB.
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        if c.is_ascii() {
            self.starts.push(at);
        } else {
            self.starts.resize(self.text.len(), at);
        }
    }

    /// Writes the white space before `next` as one space, as a paragraph mark, or not at all between characters of a script
    /// without spaces, where it is only a wrapped line.
    fn close_gap(&mut self, gap: &mut Gap, next: char) {
        let Some(at) = gap.from.take() else { return };
        let lines = std::mem::take(&mut gap.lines);
        let Some(last) = self.text.chars().next_back() else { return };
        if lines >= 2 {
            self.push('\n', at);
        } else if !(is_unspaced(last) && is_unspaced(next)) {
            self.push(' ', at);
        }
    }

    /// The part of the source that a range of the folded text came from.
    pub fn source_of<'s>(&self, source: &'s str, range: &Range<usize>) -> Option<&'s str> {
        let start = *self.starts.get(range.start)? as usize;
        let last = *self.starts.get(range.end.checked_sub(1)?)? as usize;
        let end = last + source.get(last..)?.chars().next()?.len_utf8();
        source.get(start..end)
    }
}

/// White space passed over.
#[derive(Default)]
struct Gap {
    from: Option<usize>,
    lines: usize,
}

impl Gap {
    fn add(&mut self, c: char, at: usize) {
        self.from.get_or_insert(at);
        self.lines += usize::from(c == '\n');
    }
}

fn han_index(c: char) -> Option<usize> {
    u32::from(c).checked_sub(HAN_FIRST).map(|i| i as usize)
}

/// Zero-width and direction marks: they hide in pasted text and belong to no word.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe0f}' | '\u{61c}')
}

/// Scripts written without spaces between words: Han, kana, Thai, Lao, Khmer, Burmese.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{3005}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_leads_back_to_the_words_as_they_stand() {
        let source = "Ｐlease  send\r\nCOTIZACIÓN ﬁnal…";
        let folded = Folder::default().fold(source, usize::MAX);
        assert_eq!(folded.text, "please send cotizacion final...");
        let at = folded.text.find("cotizacion final").expect("the folded words");
        assert_eq!(folded.source_of(source, &(at..at + "cotizacion final".len())), Some("COTIZACIÓN ﬁnal"));
    }

    #[test]
    fn a_wrapped_chinese_line_is_one_text_and_its_script_does_not_matter() {
        let folder = Folder::with_pairs([('报', '報'), ('价', '價')].into_iter());
        assert_eq!(folder.fold_word("請報\n價"), "請报价");
        assert_eq!(folder.fold_word("询价。\n\n你好"), "询价。\n你好");
    }

    #[test]
    fn the_accents_people_leave_out_do_not_matter() {
        let folder = Folder::default();
        assert_eq!(folder.fold_word("Größe L’ACHAT İstanbul żółty"), "grosse l'achat istanbul zolty");
        assert_eq!(folder.fold_word("أَسعارٌ"), folder.fold_word("اسعار"));
    }
}
