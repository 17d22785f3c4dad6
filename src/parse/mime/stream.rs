//! Transfer encodings undone line by line: for bodies too large to be held.

use super::transfer::{self, Transfer};
use super::uuencode;

/// Undoes one body's encoding. What comes out in all, and whether it was broken, is what [`Transfer::decode`] says of the whole;
/// only lines that come in pieces may differ.
#[derive(Debug)]
pub(super) struct Stream {
    transfer: Transfer,
    base64: Base64,
    broken: bool,
    /// Within the one file of a uuencoded body.
    began: bool,
    ended: bool,
}

#[derive(Debug, Default)]
struct Base64 {
    group: u32,
    in_group: u8,
    /// Symbols and padding so far, and how many of them up to the last symbol.
    len: u64,
    symbols: u64,
    padded: bool,
    /// Padding stands before a symbol: several pieces in one body.
    pieces: bool,
    foreign: bool,
    stopped: bool,
}

impl Stream {
    pub(super) fn new(transfer: Transfer) -> Self {
        Self { transfer, base64: Base64::default(), broken: false, began: false, ended: false }
    }

    /// Takes a line with its end, and adds what it holds to `out`.
    pub(super) fn line(&mut self, line: &[u8], out: &mut Vec<u8>) {
        match self.transfer {
            Transfer::Identity => out.extend_from_slice(line),
            Transfer::Base64 => self.base64.line(line, out),
            Transfer::QuotedPrintable => self.broken |= transfer::quoted_printable_line(line, out),
            Transfer::Uuencode => self.uuencoded(line, out),
        }
    }

    /// How many bytes a line holds. A stream counts or gives, never both.
    pub(super) fn count(&mut self, line: &[u8], scratch: &mut Vec<u8>) -> u64 {
        if self.transfer == Transfer::Base64
            && let Some(count) = self.base64.count(line)
        {
            return count;
        }
        scratch.clear();
        self.line(line, scratch);
        u64::try_from(scratch.len()).unwrap_or(u64::MAX)
    }

    /// Adds what is left; whether the encoding breaks off or held foreign characters.
    pub(super) fn finish(mut self, out: &mut Vec<u8>) -> bool {
        match self.transfer {
            Transfer::Identity => false,
            Transfer::Base64 => self.base64.finish(out),
            Transfer::QuotedPrintable => self.broken,
            Transfer::Uuencode => !self.began,
        }
    }

    fn uuencoded(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !self.began {
            self.began = line.starts_with(b"begin ");
        } else if !self.ended {
            self.ended = line == b"end";
            if !self.ended {
                uuencode::data(line, out);
            }
        }
    }
}

impl Base64 {
    /// The size of a line that is nothing but symbols, as nearly all are.
    fn count(&mut self, line: &[u8]) -> Option<u64> {
        let line = line.trim_ascii_end();
        if self.padded || !line.iter().all(|byte| SYMBOLS.get(usize::from(*byte)).is_some_and(|is_symbol| *is_symbol)) {
            return None;
        }
        let len = u64::try_from(line.len()).unwrap_or(u64::MAX);
        self.len += len;
        self.symbols = if len == 0 { self.symbols } else { self.len };
        let in_groups = u64::from(self.in_group) + len;
        self.in_group = u8::try_from(in_groups % 4).unwrap_or(0);
        Some(in_groups / 4 * 3)
    }

    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let line = line.trim_ascii();
        let odd = line.iter().any(|b| value(*b).is_none() && *b != b'=');
        self.foreign |= odd;
        self.stopped |= odd && self.padded;
        if self.stopped {
            return;
        }
        let padded_before = self.padded;
        self.padded |= line.ends_with(b"=");
        let mut pads = padded_before;
        for byte in line {
            match value(*byte) {
                Some(value) => {
                    self.len += 1;
                    self.symbols = self.len;
                    self.pieces |= pads;
                    self.push(value, out);
                }
                None if *byte == b'=' => {
                    self.len += 1;
                    pads = true;
                    self.flush(out);
                }
                None => {}
            }
        }
    }

    fn push(&mut self, value: u8, out: &mut Vec<u8>) {
        self.group = self.group << 6 | u32::from(value);
        self.in_group += 1;
        if self.in_group == 4 {
            let [_, bytes @ ..] = self.group.to_be_bytes();
            out.extend_from_slice(&bytes);
            (self.group, self.in_group) = (0, 0);
        }
    }

    /// Two symbols hold one byte, three hold two; one holds none.
    fn flush(&mut self, out: &mut Vec<u8>) {
        let [_, first, second, _] = (self.group << (6 * (4 - u32::from(self.in_group)))).to_be_bytes();
        match self.in_group {
            2 => out.push(first),
            3 => out.extend([first, second]),
            _ => {}
        }
        (self.group, self.in_group) = (0, 0);
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        self.flush(out);
        let lone = self.symbols % 4 == 1 && !self.pieces;
        self.foreign || lone || (!self.symbols.is_multiple_of(4) && self.len == self.symbols)
    }
}

/// Which bytes are symbols: asked of every byte of every large attachment.
const SYMBOLS: [bool; 256] = {
    let mut symbols = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        // A constant has no iterators, and its index is below 128.
        #[expect(clippy::indexing_slicing, reason = "a constant that did panic would not compile")]
        {
            symbols[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        }
        byte += 1;
    }
    symbols
};

fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn streamed(transfer: Transfer, bytes: &[u8]) -> (Vec<u8>, bool) {
        let (mut stream, mut out) = (Stream::new(transfer), Vec::new());
        bytes.split_inclusive(|b| *b == b'\n').for_each(|line| stream.line(line, &mut out));
        let broken = stream.finish(&mut out);
        (out, broken)
    }

    proptest! {
        #[test]
        fn line_by_line_is_as_good_as_at_once(bytes in "[A-Za-z0-9+/=]{0,9}(\r?\n[A-Za-d0-9+/]{0,8}[= !-]{0,2}){0,6}\n?") {
            for transfer in [Transfer::Identity, Transfer::Base64, Transfer::QuotedPrintable] {
                let whole = transfer.decode(bytes.as_bytes());
                prop_assert_eq!((whole.bytes.to_vec(), whole.broken), streamed(transfer, bytes.as_bytes()));
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_counted_is_what_would_be_given(bytes in "([A-Za-d0-9+/]{0,9}=?=?(\r?\n[A-Za-d0-9+/]{0,8}[= !-]{0,2}){0,6}){1,2}\n?") {
            for transfer in [Transfer::Base64, Transfer::QuotedPrintable] {
                let (mut stream, mut scratch) = (Stream::new(transfer), Vec::new());
                let lines = bytes.as_bytes().split_inclusive(|b| *b == b'\n');
                let counted: u64 = lines.map(|line| stream.count(line, &mut scratch)).sum();
                scratch.clear();
                let broken = stream.finish(&mut scratch);
                let (given, was_broken) = streamed(transfer, bytes.as_bytes());
                prop_assert_eq!((counted + scratch.len() as u64, broken), (given.len() as u64, was_broken));
            }
        }
    }

    #[test]
    fn a_uuencoded_file_comes_out_line_by_line() {
        let file = b"begin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n";
        assert_eq!(streamed(Transfer::Uuencode, file), (b"Cat".to_vec(), false));
        assert!(streamed(Transfer::Uuencode, b"no file").1);
    }
}
