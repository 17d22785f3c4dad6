//! Large mail, read as a stream: the body of each large part goes to a file of its own, a *leaf*; what is left, the *remainder*, is
//! small enough for memory and for the books. Remainder and leaves together are the mail, byte for byte ([`restore`]).
//!
//! Wanted: [`super::carved_letter`] says of the remainder what [`super::letter`] says of the mail: text, attachments with their true
//! sizes, defects, identity. So a leaf is cut out of the midst of a part. Its header and the first bytes of its body stay (of a text
//! as much as is ever read), and so does its last line, whose end belongs to the boundary behind it. Nothing is put in place of the
//! leaf: where it belongs is told by [`Leaf::at`], beside the mail and never inside it, where any sender could write it too.
//!
//! The tree of parts is not known while the mail streams by. What is known is which lines could be boundaries: those that some
//! open header declared, and, when the message declares none, the first that has a part's header field behind it. The parser finds no
//! other, so a stretch between two of them, a `section::Section`, lies in one part, and a cut inside it changes no tree.
//!
//! Memory is bounded by [`Limits`], whatever comes: lines are read in pieces, sections are held until they are large enough to be
//! cut, and the more is kept already the less of each further part is kept. Beyond all limits the rest of the mail becomes one
//! leaf, and the letter says [`super::Defect::TooMuch`].
//!
//! Accepted: header blocks over [`Limits::head`], mail saved as UTF-16 and mail without a line feed in its first part are not
//! understood, only kept; their letters are those of their beginning.

mod restore;
mod section;

pub use restore::{Missing, restore};

use super::body_hash::BodyHash;
use super::prepare;
use super::{fields, fields::Block};
use section::{Cutter, Kind};
use std::io::{self, BufRead, BufReader, Read};

/// A line is read in pieces of at most this.
const PIECE_LEN_MAX: u64 = 64 * 1024;

/// Bytes that were taken out of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Leaf {
    /// Where in the remainder they belong.
    pub at: u64,
    /// How many there are, encoded as they came.
    pub len: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// Decoded size of the whole body they were taken from, and whether its encoding was broken.
    pub decoded: u64,
    pub broken: bool,
}

/// A mail in pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carved {
    pub remainder: Vec<u8>,
    /// By where they belong.
    pub leaves: Vec<Leaf>,
    /// Bytes of the whole mail.
    pub size: u64,
    /// [`super::Letter::body_hash`] of the whole mail; `None` when nothing was taken out.
    pub body_hash: Option<[u8; 32]>,
    /// Some of its structure lies in the last leaf.
    pub too_much: bool,
}

/// Where leaves are put. A leaf is begun, written and ended before the next one.
pub trait LeafWriter {
    fn begin(&mut self) -> io::Result<()>;
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// The leaf is whole, and this is its hash.
    fn end(&mut self, sha256: &[u8; 32]) -> io::Result<()>;
}

/// How much stays, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of the whole mail.
    pub remainder: usize,
    /// A part smaller than this stays whole.
    pub part: usize,
    /// Of a part that is shown or opened by the parser.
    pub readable: usize,
    /// Of any other part.
    pub opaque: usize,
    /// The cut is made at the start of a line when one is so near; more than a boundary's length.
    pub line: usize,
    /// Of the beginning, which is looked at whole for the header; a shorter mail is not carved.
    pub head: usize,
    pub leaves: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            remainder: 8 * 1024 * 1024,
            part: 256 * 1024,
            readable: super::limits::ENCODED_LEN_MAX + 4 * 1024,
            opaque: 16 * 1024,
            line: 2 * 1024,
            head: 8 * 1024 * 1024,
            leaves: super::limits::PARTS_MAX,
        }
    }
}

/// Reads a mail to its end and takes its large parts out.
pub fn carve(mail: &mut dyn Read, files: &mut dyn LeafWriter, limits: &Limits) -> io::Result<Carved> {
    let mut head = Vec::new();
    (&mut *mail).take(len_u64(limits.head)).read_to_end(&mut head)?;
    if head.len() < limits.head {
        return Ok(Carved { size: len_u64(head.len()), remainder: head, ..Carved::default() });
    }
    let mut cutter = Cutter::new(files, *limits);
    let body_at = begin(&mut cutter, &head);
    let rest = head.get(body_at..).unwrap_or_default();
    let mut lines = Lines { input: BufReader::with_capacity(256 * 1024, rest.chain(mail)), piece: Vec::new(), in_line: false };
    let (mut hash, mut size) = (BodyHash::default(), len_u64(body_at));
    while let Some(starts_line) = lines.next()? {
        size += len_u64(lines.piece.len());
        hash.line(&lines.piece);
        cutter.take(&lines.piece, starts_line)?;
    }
    let (remainder, leaves, too_much) = cutter.finish()?;
    let body_hash = (!leaves.is_empty()).then(|| hash.finish());
    Ok(Carved { remainder, leaves, size, body_hash, too_much })
}

/// Begins with the mail's header; where its body is.
fn begin(cutter: &mut Cutter<'_>, head: &[u8]) -> usize {
    let Some((block, body_at)) = header_block(head) else {
        cutter.begin_shapeless();
        return 0;
    };
    cutter.begin_message(head.get(..body_at).unwrap_or_default(), &Kind::of(&block, true));
    body_at
}

/// The header of a mail that begins so, and where its body is; `None` when its lines cannot be told.
fn header_block(head: &[u8]) -> Option<(Block<'_>, usize)> {
    if prepare::is_shapeless(head) {
        return None;
    }
    let lead_len = head.len() - prepare::after_lead(head).len();
    let message = head.get(lead_len..).unwrap_or_default();
    let block = Some(fields::cut(message)).filter(Block::is_plausible).unwrap_or_default();
    let body_at = lead_len + block.len;
    Some((block, body_at))
}

/// The header of a mail that begins so, for whoever is to read no more of it; all of it when its lines cannot be told.
pub fn header(head: &[u8]) -> &[u8] {
    header_block(head).and_then(|(_, body_at)| head.get(..body_at)).unwrap_or(head)
}

/// A stream in lines with their ends; one that is too long in pieces.
struct Lines<R> {
    input: R,
    piece: Vec<u8>,
    in_line: bool,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next piece; whether it begins a line. `None` at the end.
    fn next(&mut self) -> io::Result<Option<bool>> {
        self.piece.clear();
        (&mut self.input).take(PIECE_LEN_MAX).read_until(b'\n', &mut self.piece)?;
        let starts_line = !self.in_line;
        self.in_line = !self.piece.ends_with(b"\n");
        Ok((!self.piece.is_empty()).then_some(starts_line))
    }
}

fn len_u64(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
