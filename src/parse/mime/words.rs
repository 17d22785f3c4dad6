//! Encoded words (RFC 2047), as mailers really write them: split inside a character, in quotes, unclosed.

use super::super::charset;
use super::transfer;

/// A header's text after decoding.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub text: String,
    /// The charset was unknown or wrong.
    pub guessed: bool,
    /// Some characters were replaced.
    pub lost: bool,
}

enum Piece<'a> {
    Plain(&'a str),
    /// Neighbouring words of one charset, decoded together: their cut may lie inside a character.
    Decoded(charset::Decoded),
}

/// Decodes every encoded word of an unfolded header value.
pub(super) fn decode(text: &str) -> Words {
    if !text.contains("=?") {
        return Words { text: text.to_owned(), guessed: false, lost: false };
    }
    let mut words = Words::default();
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) => words.text.push_str(plain),
            Piece::Decoded(decoded) => {
                words.guessed |= decoded.guessed;
                words.lost |= decoded.lost;
                words.text.push_str(&decoded.text);
            }
        }
    }
    words
}

/// Writes every run of encoded words as one that mail-parser reads whole: UTF-8, in Q. What only looks like a word is made
/// harmless: mail-parser would search for its end again and again.
pub(super) fn unify(text: &str) -> String {
    let mut unified = String::with_capacity(text.len() * 2);
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) => unified.push_str(&plain.replace("=?", "?")),
            Piece::Decoded(decoded) if decoded.text.is_empty() => {}
            Piece::Decoded(decoded) => {
                unified.push_str("=?utf-8?Q?");
                for byte in decoded.text.bytes() {
                    unified.extend(['=', hex_digit(byte >> 4), hex_digit(byte & 15)]);
                }
                unified.push_str("?=");
            }
        }
    }
    unified
}

/// The charset labels that encoded words name, in order.
pub(super) fn labels(text: &str) -> impl Iterator<Item = &str> {
    text.split("=?").skip(1).filter_map(|word| word.split_once('?')).map(|(label, _)| label)
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase()
}

struct Word<'a> {
    charset: &'a str,
    base64: bool,
    data: &'a str,
    /// What follows the word.
    rest: &'a str,
}

/// Bytes of neighbouring words that belong to one charset.
#[derive(Default)]
struct Run<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
    /// Base64 not yet decoded: some mailers cut one stream of it into words at any place.
    pending: String,
}

impl<'a> Run<'a> {
    fn add(&mut self, word: &Word<'a>) {
        if word.base64 {
            self.pending.push_str(word.data);
            if self.pending.len().is_multiple_of(4) || self.pending.ends_with('=') {
                self.settle();
            }
        } else {
            self.settle();
            transfer::unquote(word.data.replace('_', " ").as_bytes(), &mut self.bytes);
        }
    }

    fn settle(&mut self) {
        self.bytes.extend_from_slice(&transfer::base64(self.pending.as_bytes()).bytes);
        self.pending.clear();
    }

    fn finish(mut self) -> Piece<'a> {
        self.settle();
        Piece::Decoded(charset::decode(&self.bytes, Some(self.charset)))
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut run: Option<Run<'_>> = None;
    let (mut plain_from, mut at) = (text, text);
    // Where the last `?=` search ended: searches never go over the same text twice.
    let mut no_end_after = None;
    while let Some(found) = at.find("=?") {
        let Some((_, candidate)) = at.split_at_checked(found) else { break };
        let plain_len = plain_from.len() - candidate.len();
        let Some(word) = word(candidate, &mut no_end_after) else {
            at = candidate.get(2..).unwrap_or("");
            continue;
        };
        let (plain, _) = plain_from.split_at_checked(plain_len).unwrap_or((plain_from, ""));
        let glued = run.as_ref().is_some_and(|r| plain.trim().is_empty() && r.charset.eq_ignore_ascii_case(word.charset));
        if !glued {
            // White space between two encoded words is not shown (RFC 2047 §6.2).
            let shown = if run.is_some() { plain.trim().len() } else { plain.len() } > 0;
            pieces.extend(run.take().map(Run::finish));
            pieces.extend(shown.then_some(Piece::Plain(plain)));
        }
        run.get_or_insert_with(|| Run { charset: word.charset, ..Run::default() }).add(&word);
        (plain_from, at) = (word.rest, word.rest);
    }
    pieces.extend(run.map(Run::finish));
    if !plain_from.is_empty() {
        pieces.push(Piece::Plain(plain_from));
    }
    pieces
}

/// Reads the word at the start of `text`. `no_end_after` remembers how long the rest was when no `?=` was found in it.
fn word<'a>(text: &'a str, no_end_after: &mut Option<usize>) -> Option<Word<'a>> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?').filter(|(c, _)| is_label(c))?;
    let (encoding, rest) = rest.split_once('?').filter(|(e, _)| e.len() == 1)?;
    let base64 = match encoding {
        "B" | "b" => true,
        "Q" | "q" => false,
        _ => return None,
    };
    if no_end_after.is_some_and(|len| rest.len() <= len) {
        return unclosed(charset, base64, rest);
    }
    let Some(mut end) = rest.find("?=") else {
        *no_end_after = Some(rest.len());
        return unclosed(charset, base64, rest);
    };
    // `What?=3D` in Q: a question mark that should have been encoded, not the end.
    for _ in 0..4 {
        let after = rest.get(end + 2..).unwrap_or("");
        if base64 || after.bytes().take(2).filter(u8::is_ascii_hexdigit).count() < 2 {
            break;
        }
        match after.find("?=") {
            Some(next) if !after.get(..next).is_some_and(|text| text.contains("=?") || text.contains(' ')) => end += 2 + next,
            _ => break,
        }
    }
    let (data, tail) = rest.split_at_checked(end)?;
    Some(Word { charset, base64, data, rest: tail.get(2..).unwrap_or("") })
}

/// A word at the very end whose `?=` was cut off.
fn unclosed<'a>(charset: &'a str, base64: bool, rest: &'a str) -> Option<Word<'a>> {
    let data = rest.trim_end_matches(['?', '"']);
    let closed = !data.is_empty() && data.len() <= 1_000 && !data.contains([' ', '<', '?']);
    closed.then_some(Word { charset, base64, data, rest: "" })
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && label.len() <= 60 && label.bytes().all(|b| b.is_ascii_graphic() && b != b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cut_inside_a_character_are_joined() {
        assert_eq!(decode("=?utf-8?B?5oql5Lu3?= =?UTF-8?B?5Y0=?= =?utf-8?B?lQ==?=").text, "报价单");
        assert_eq!(decode("=?utf-8?Q?=E6=8A?= =?utf-8?Q?=A5_x?=").text, "报 x");
        assert_eq!(decode("=?utf-8?B?5oql5?= =?utf-8?B?Lu3?=").text, "报价");
    }

    #[test]
    fn plain_text_around_words_stays() {
        assert_eq!(decode("Re: =?iso-8859-1?Q?Gr=F6=DFe?= und =?bogus").text, "Re: Größe und =?bogus");
        assert_eq!(decode("a =?utf-8?Q?=3F?= =?iso-8859-1?Q?=E9?= b").text, "a ?é b");
    }

    #[test]
    fn a_word_that_breaks_off_is_read_as_far_as_it_goes() {
        assert_eq!(decode("=?utf-8?Q?Anfrage_f=C3=BCr").text, "Anfrage für");
        assert_eq!(decode("=?utf-8?Q?Why?=3D_so?=").text, "Why?= so");
    }

    #[test]
    fn a_megabyte_of_unclosed_words_takes_no_time() {
        let hostile = "=?a?Q?b ".repeat(120_000);
        assert_eq!(decode(&hostile).text, hostile);
    }
}
