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

    #[test]
    fn a_uuencoded_file_comes_out_line_by_line() {
        let file = b"begin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n";
        assert_eq!(streamed(Transfer::Uuencode, file), (b"Cat".to_vec(), false));
        assert!(streamed(Transfer::Uuencode, b"no file").1);
    }
}
