//! Where the bytes of an attachment are, so that it can be had again.

use super::carve::{Leaf, Missing, restore};
use super::parts::Part;
use super::stream::Stream;
use super::transfer::Transfer;
use std::io::{self, Read, Write};
use std::ops::Range;

/// The body of an attachment, in a mail or in the remainder of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    body: Range<usize>,
    leaves: Vec<Leaf>,
    transfer: Transfer,
}

impl Source {
    /// Of a part of what begins at `base`.
    pub(super) fn of(part: &Part<'_>, base: usize) -> Option<Self> {
        let start = base + part.body_at;
        Some(Self { body: start..start + part.body.len(), leaves: part.taken.to_vec(), transfer: part.transfer })
    }

    /// Writes the decoded bytes.
    fn write<R: Read>(
        &self,
        remainder: &[u8],
        open: impl FnMut(&Leaf) -> io::Result<R>,
        out: &mut dyn Write,
    ) -> Option<Result<(), Missing>> {
        let body = remainder.get(self.body.clone())?;
        let start = u64::try_from(self.body.start).ok()?;
        let leaves: Vec<Leaf> = self.leaves.iter().map(|leaf| Leaf { at: leaf.at.saturating_sub(start), ..*leaf }).collect();
        let mut decoder = Decoder { stream: Stream::new(self.transfer), line: Vec::new(), decoded: Vec::new(), out };
        Some(restore(body, &leaves, open, &mut decoder).and_then(|()| Ok(decoder.end()?)))
    }
}

/// Writes the decoded bytes of a letter's attachment, counted from 0; `None` when it has none of its own in the mail, because it
/// lies inside a `winmail.dat` or a text. `open` gives the bytes of a leaf.
pub fn enclosure<R: Read>(
    remainder: &[u8],
    leaves: &[Leaf],
    number: usize,
    open: impl FnMut(&Leaf) -> io::Result<R>,
    out: &mut dyn Write,
) -> Option<Result<(), Missing>> {
    let (_, sources) = super::read(remainder, leaves);
    sources.into_iter().nth(number)??.write(remainder, open, out)
}

/// The decoded bytes of several of a letter's attachments, counted from 0, which are small enough for memory: each with its number.
/// Those that have none of their own, or whose leaves are gone, are left out.
pub fn enclosures<R: Read>(
    remainder: &[u8],
    leaves: &[Leaf],
    numbers: &[usize],
    mut open: impl FnMut(&Leaf) -> io::Result<R>,
) -> Vec<(usize, Vec<u8>)> {
    let (_, sources) = super::read(remainder, leaves);
    let bytes = |number: &usize| {
        let mut bytes = Vec::new();
        let written = sources.get(*number)?.as_ref()?.write(remainder, &mut open, &mut bytes)?;
        written.is_ok().then_some((*number, bytes))
    };
    numbers.iter().filter_map(bytes).collect()
}

/// Undoes a transfer encoding on the way out.
struct Decoder<'o> {
    stream: Stream,
    /// The line that is not complete yet.
    line: Vec<u8>,
    decoded: Vec<u8>,
    out: &'o mut dyn Write,
}

/// A longer line is decoded in pieces.
const LINE_LEN_MAX: usize = 64 * 1024;

impl Decoder<'_> {
    fn take_line(&mut self) -> io::Result<()> {
        self.decoded.clear();
        self.stream.line(&self.line, &mut self.decoded);
        self.line.clear();
        self.out.write_all(&self.decoded)
    }

    fn end(mut self) -> io::Result<()> {
        self.take_line()?;
        self.decoded.clear();
        self.stream.finish(&mut self.decoded);
        self.out.write_all(&self.decoded)
    }
}

impl Write for Decoder<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|b| *b == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() >= LINE_LEN_MAX {
                self.take_line()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
