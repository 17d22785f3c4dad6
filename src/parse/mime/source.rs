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
    let source = sources.into_iter().nth(number)??;
    let body = remainder.get(source.body.clone())?;
    let start = u64::try_from(source.body.start).ok()?;
    let leaves: Vec<Leaf> = source.leaves.iter().map(|leaf| Leaf { at: leaf.at.saturating_sub(start), ..*leaf }).collect();
    let mut decoder = Decoder { stream: Stream::new(source.transfer), line: Vec::new(), decoded: Vec::new(), out };
    Some(restore(body, &leaves, open, &mut decoder).and_then(|()| Ok(decoder.end()?)))
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
