//! The pieces of a mail that [`super::Usage`] weighs: words, their beginnings (which stand for a stem in languages that bend their
//! words), and groups of characters where a script writes no spaces.

use std::ops::Range;

/// Before the weights stands the digest of the texts they were made from, in bytes.
pub(super) const DIGEST_LEN: usize = 16;
/// Weights of a row: one for each intent, and one that makes it sixteen bytes.
pub(super) const WIDTH: usize = 16;
/// What one step of a weight counts.
pub(super) const STEP: f32 = 0.125;
/// So much of a text is weighed, in bytes of the folded text; whoever wants something has begun to say it by then.
pub(super) const TEXT_LEN_MAX: usize = 2_048;
/// So much of a subject, with the names of what is attached.
const SUBJECT_LEN_MAX: usize = 400;
/// How long the beginnings of a word are, in characters.
const BEGINNINGS: [usize; 5] = [3, 4, 5, 6, 8];
/// How long groups of characters are where no spaces are written.
const GROUP_LEN_MAX: usize = 4;
/// What a subject's pieces count as the subject's, and as the text's.
const OF_SUBJECT: f32 = 0.7;
const OF_TEXT: f32 = 0.5;
/// What every mail has, so that the frequent intents are likelier before anything is read.
const ALWAYS: f32 = 0.3;

/// Where a piece stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Text,
    Subject,
}

/// One row of the table, and how much it counts. Pieces that share a row do little harm.
pub(super) type Feature = (u16, f32);

/// A folded mail as rows of the table; the squares of what they count add up to about one.
pub(super) fn features(subject: &str, text: &str) -> Vec<Feature> {
    let mut found: Vec<Feature> = Vec::with_capacity(512);
    each(cut(text, TEXT_LEN_MAX), Part::Text, |row, _| found.push((row, 1.0)));
    let subject = cut(subject, SUBJECT_LEN_MAX);
    each(subject, Part::Subject, |row, _| found.push((row, OF_SUBJECT)));
    each(subject, Part::Text, |row, _| found.push((row, OF_TEXT)));
    found.sort_unstable_by_key(|&(row, _)| row);
    found.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    found.iter_mut().for_each(|(_, count)| *count = count.ln_1p());
    let length = found.iter().map(|(_, count)| count * count).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    found.iter_mut().for_each(|(_, count)| *count /= length);
    found.push((Hash::new(b'=', Part::Text).row(), ALWAYS));
    found
}

/// Calls back with each piece's row and where the word it belongs to stands in the folded text.
pub(super) fn each(folded: &str, part: Part, mut found: impl FnMut(u16, Range<usize>)) {
    for (start, word) in words(folded) {
        let span = start..start + word.len();
        if word.starts_with(char::is_numeric) {
            found(Hash::new(b'#', part).row(), span);
        } else if word.starts_with(is_grouped) {
            groups(word, part, |row, at| found(row, start + at.start..start + at.end));
        } else {
            let mut hash = Hash::new(b'p', part);
            for (count, c) in word.chars().enumerate() {
                if BEGINNINGS.contains(&count) {
                    found(hash.row(), span.clone());
                }
                hash = hash.with(c);
            }
            found(hash.whole().row(), span);
        }
    }
}

/// Groups of one to four characters.
fn groups(word: &str, part: Part, mut found: impl FnMut(u16, Range<usize>)) {
    for (at, _) in word.char_indices() {
        let mut hash = Hash::new(b'c', part);
        for (next, c) in word.get(at..).unwrap_or_default().char_indices().take(GROUP_LEN_MAX) {
            hash = hash.with(c);
            found(hash.row(), at..at + next + c.len_utf8());
        }
    }
}

/// Runs of letters and digits, cut where the way of writing changes, with where they begin.
fn words(folded: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = folded;
    let mut at = 0;
    std::iter::from_fn(move || {
        let skipped = rest.find(char::is_alphanumeric)?;
        at += skipped;
        rest = rest.get(skipped..)?;
        let first = rest.chars().next().map(is_grouped)?;
        let end = rest.find(|c: char| !(c.is_alphanumeric() || is_mark(c)) || is_grouped(c) != first).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end)?;
        let start = at;
        at += end;
        rest = after;
        Some((start, word))
    })
}

/// Written without spaces, or (Hangul) with endings that hang on to every word.
fn is_grouped(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3041}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{3005}')
}

/// Vowel signs of the Indic scripts: they belong to the word and are no letters by themselves.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{dff}')
}

fn cut(text: &str, len_max: usize) -> &str {
    text.get(..text.floor_char_boundary(len_max)).unwrap_or(text)
}

/// FNV-1a over characters: the same on every machine.
#[derive(Clone, Copy)]
struct Hash(u32);

impl Hash {
    fn new(kind: u8, part: Part) -> Self {
        let hash = Self(0x811c_9dc5).byte(kind);
        if part == Part::Subject { hash.byte(b'S') } else { hash }
    }

    fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }

    fn with(self, c: char) -> Self {
        let [a, b, c, _] = u32::from(c).to_le_bytes();
        if b == 0 && c == 0 { self.byte(a) } else { self.byte(a).byte(b).byte(c) }
    }

    fn whole(self) -> Self {
        self.byte(b'$')
    }

    fn row(self) -> u16 {
        let [a, b, c, d] = self.0.to_le_bytes();
        u16::from_le_bytes([a ^ c, b ^ d])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_where_the_way_of_writing_changes() {
        let found: Vec<_> = words("ok,请报价300pcs กขค नमस्ते!").map(|(_, word)| word).collect();
        assert_eq!(found, ["ok", "请报价", "300pcs", "กขค", "नमस्ते"]);
    }

    #[test]
    fn a_mail_counts_as_one_whatever_its_length() {
        for text in ["short", &"many words of a long mail ".repeat(40)] {
            let sum: f32 = features("about it", text).iter().map(|(_, count)| count * count).sum();
            assert!((sum - 1.0 - ALWAYS * ALWAYS).abs() < 0.01, "{sum}");
        }
        assert_eq!(features("", "").len(), 1);
    }
}
