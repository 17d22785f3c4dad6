//! The messages of an mbox file (RFC 4155), one after another: an archive may be larger than memory.

use crate::parse::is_mbox_from_line;
use crate::parse::limits::MESSAGE_LEN_MAX;
use std::io::{self, BufRead, Read};

/// Bytes read at once; a longer line comes in pieces.
const PIECE_LEN_MAX: u64 = 64 * 1024;

/// The messages, in order. Of a message larger than is read the rest is passed over.
pub(super) struct Messages<R> {
    source: R,
    message: Vec<u8>,
    after_blank: bool,
    at_line_start: bool,
    ended: bool,
}

impl<R: BufRead> Messages<R> {
    pub fn new(source: R) -> Self {
        Self { source, message: Vec::new(), after_blank: true, at_line_start: true, ended: false }
    }

    /// Takes a piece in; the message before it when it begins the next one.
    fn take(&mut self, piece: &[u8]) -> Option<Vec<u8>> {
        let begins = self.at_line_start && self.after_blank && is_mbox_from_line(piece);
        let before = begins.then(|| std::mem::take(&mut self.message)).filter(|message| !message.trim_ascii().is_empty());
        if self.at_line_start {
            self.after_blank = piece.trim_ascii().is_empty();
        }
        self.at_line_start = piece.ends_with(b"\n");
        let room = (MESSAGE_LEN_MAX + 1).saturating_sub(self.message.len());
        self.message.extend_from_slice(piece.get(..room).unwrap_or(piece));
        before
    }
}

impl<R: BufRead> Iterator for Messages<R> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut piece = Vec::new();
        while !self.ended {
            piece.clear();
            match (&mut self.source).take(PIECE_LEN_MAX).read_until(b'\n', &mut piece) {
                Ok(0) => self.ended = true,
                Ok(_) => {
                    if let Some(message) = self.take(&piece) {
                        return Some(Ok(message));
                    }
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        let last = std::mem::take(&mut self.message);
        (!last.trim_ascii().is_empty()).then_some(Ok(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(file: &[u8]) -> Vec<Vec<u8>> {
        Messages::new(file).map(|message| message.expect("memory can be read")).collect()
    }

    #[test]
    fn an_mbox_is_cut_at_from_lines_and_not_at_prose() {
        let file = b"From a@b Mon Nov  2 09:12:44 2026\nSubject: one\n\nHello\n\nFrom the desk of Bob\n\nFrom c@d Mon Nov  2 09:12:44 2026 +0800\nSubject: two\n\nBye\n";
        let found = messages(file);
        assert_eq!(found.len(), 2);
        assert_eq!(found.concat(), file);
        assert!(messages(b"").is_empty());
    }

    #[test]
    fn a_message_that_is_too_large_does_not_swallow_the_next() {
        let mut file = b"From a@b Mon Nov  2 09:12:44 2026\nSubject: big\n\n".to_vec();
        file.resize(file.len() + MESSAGE_LEN_MAX + 1_000_000, b'x');
        file.extend_from_slice(b"\n\nFrom c@d Mon Nov  2 09:12:44 2026\nSubject: two\n\nBye\n");
        let found = messages(&file);
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [MESSAGE_LEN_MAX + 1, 52]);
    }
}
