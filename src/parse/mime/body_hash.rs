//! The hash of a body, taken piece by piece.

use sha2::{Digest, Sha256};

/// White space at the start of a line that is held until it is known whether anything follows it.
const HELD_LEN_MAX: usize = 64 * 1024;

/// SHA-256 of a body with LF line ends and without blank lines at its end: relays change those.
#[derive(Debug, Default)]
pub(super) struct BodyHash {
    sha: Sha256,
    /// Blank lines that count once something follows them.
    blank_lines: u64,
    /// The line so far, while it is white space only.
    held: Vec<u8>,
    /// The line has words, and behind them so many carriage returns.
    in_words: bool,
    returns: u64,
}

impl BodyHash {
    /// Of a whole body.
    pub(super) fn of(body: &[u8]) -> [u8; 32] {
        let mut hash = Self::default();
        body.split_inclusive(|b| *b == b'\n').for_each(|line| hash.line(line));
        hash.finish()
    }

    /// Takes a line with its end, or a piece of one. Where a line is cut into pieces makes no difference.
    pub(super) fn line(&mut self, piece: &[u8]) {
        let (text, ended) = piece.strip_suffix(b"\n").map_or((piece, false), |text| (text, true));
        let words_len = text.iter().rposition(|b| *b != b'\r').map_or(0, |at| at + 1);
        let returns = u64::try_from(text.len() - words_len).unwrap_or(u64::MAX);
        let words = text.get(..words_len).unwrap_or_default();
        if !self.in_words && text.trim_ascii().is_empty() && self.held.len() + text.len() <= HELD_LEN_MAX {
            self.held.extend_from_slice(text);
        } else if words.is_empty() && self.in_words {
            self.returns += returns;
        } else {
            if !self.in_words {
                (0..std::mem::take(&mut self.blank_lines)).for_each(|_| self.sha.update(b"\n"));
                self.sha.update(&self.held);
                self.held.clear();
            }
            (0..std::mem::take(&mut self.returns)).for_each(|_| self.sha.update(b"\r"));
            self.sha.update(words);
            (self.in_words, self.returns) = (true, returns);
        }
        if ended {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        if self.in_words {
            self.sha.update(b"\n");
        } else {
            self.blank_lines += 1;
        }
        self.held.clear();
        (self.in_words, self.returns) = (false, 0);
    }

    pub(super) fn finish(mut self) -> [u8; 32] {
        if self.in_words {
            self.end_line();
        }
        self.sha.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn where_the_pieces_end_makes_no_difference(body in "([a \t\r\n]|\r\n){0,60}", cut in 1_usize..9) {
            let mut hash = BodyHash::default();
            for line in body.as_bytes().split_inclusive(|b| *b == b'\n') {
                line.chunks(cut).for_each(|piece| hash.line(piece));
            }
            prop_assert_eq!(hash.finish(), BodyHash::of(body.as_bytes()));
        }

        #[test]
        fn relays_make_no_difference(body in "([a ]{0,3}\n){0,9}") {
            let relayed = body.replace('\n', "\r\n") + "\r\n \r\n";
            prop_assert_eq!(BodyHash::of(relayed.as_bytes()), BodyHash::of(body.as_bytes()));
        }
    }
}
