//! The stretches between lines that could be boundaries, and the cut inside a large one.

use super::super::fields::{self, Block, LOOK_AHEAD, RawCharset};
use super::super::limits::{DEPTH_MAX, PARTS_MAX};
use super::super::parameters::Parameterised;
use super::super::parts;
use super::super::stream::Stream;
use super::super::transfer::{self, Transfer};
use super::{Leaf, LeafWriter, Limits, len_u64};
use sha2::{Digest, Sha256};
use std::io;

/// A part's header block is looked for in so many bytes behind its boundary.
const BLOCK_LEN_MAX: usize = 64 * 1024;

/// What the header of a part says that matters here.
#[derive(Debug, Clone, Default)]
pub(super) struct Kind {
    readable: bool,
    transfer: Transfer,
    is_multipart: bool,
    boundary: Option<Vec<u8>>,
}

impl Kind {
    pub(super) fn of(block: &Block<'_>, is_message: bool) -> Self {
        let value = |name: &str| block.get(name).map(|field| RawCharset::UNKNOWN.clean(field.raw).0.into_owned());
        let content_type = value("Content-Type").map(|v| Parameterised::parse(&v)).unwrap_or_default();
        let is_attached = value("Content-Disposition").is_some_and(|v| Parameterised::parse(&v).value == "attachment");
        let name = content_type.decoded("name").unwrap_or_default();
        Self {
            readable: is_readable(&content_type.value, is_attached && !is_message) || name.eq_ignore_ascii_case("winmail.dat"),
            transfer: value("Content-Transfer-Encoding").map(|v| Transfer::parse(&v)).unwrap_or_default(),
            is_multipart: content_type.value.starts_with("multipart/"),
            boundary: parts::declared_boundary(&content_type).filter(|_| content_type.value.starts_with("multipart/")),
        }
    }
}

/// Whether the parser looks into such a part: texts, reports, returned mail, envelopes of Outlook; and what is none of its kinds.
fn is_readable(media_type: &str, is_attached: bool) -> bool {
    match media_type.split_once('/') {
        Some(("multipart" | "message", _)) => true,
        Some(("text", _)) => !is_attached,
        Some((_, "ms-tnef" | "vnd.ms-tnef")) => true,
        Some(_) => false,
        None => !is_attached,
    }
}

/// One stretch, held until it is large enough to be cut.
#[derive(Debug, Default)]
pub(super) struct Section {
    held: Vec<u8>,
    /// Where the header block behind the boundary begins; `None` once it was read.
    block_at: Option<usize>,
    /// How much is held when it is looked for again.
    look_at: usize,
    /// Where the body begins in what is held.
    body_at: usize,
    kind: Kind,
}

/// A leaf being written.
struct Open {
    at: usize,
    len: u64,
    hash: Sha256,
    /// The last piece, which stays when it is a whole line.
    last: Vec<u8>,
    last_is_line: bool,
    decoding: Stream,
    decoded: u64,
}

/// The boundaries of the multiparts that are open, as the parser of the whole would have them.
#[derive(Debug, Default)]
struct Boundaries {
    open: Vec<Vec<u8>>,
    /// The message's own, as declared, until it comes. The parser looks ahead for it; here another is taken until then.
    awaited: Option<Vec<u8>>,
    /// The message is a multipart, and neither its own boundary nor another was seen.
    none_came: bool,
}

impl Boundaries {
    fn begin(&mut self, message: &Kind) {
        self.awaited = message.boundary.clone();
        self.none_came = message.is_multipart;
    }

    fn open(&mut self, part: &Kind) {
        if let Some(boundary) = part.boundary.as_ref().filter(|_| self.open.len() < DEPTH_MAX) {
            self.open.push(boundary.clone());
        }
    }

    /// Whether a line is a boundary; closes what it closes.
    fn take(&mut self, line: &[u8]) -> bool {
        let line = line.strip_prefix(b"--").unwrap_or_default().trim_ascii_end();
        if self.awaited.as_ref().is_some_and(|awaited| line.strip_prefix(awaited.as_slice()).is_some_and(|end| matches!(end, b"" | b"--")))
        {
            self.open = self.awaited.take().into_iter().collect();
            self.none_came = false;
        }
        for height in (0..self.open.len()).rev() {
            match self.open.get(height).and_then(|open| line.strip_prefix(open.as_slice())) {
                Some(b"") => {
                    self.open.truncate(height + 1);
                    return true;
                }
                Some(b"--") => {
                    self.open.truncate(height);
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// Whether what is taken for parts may yet turn out to be a text with such lines.
    fn is_doubtful(&self) -> bool {
        self.awaited.is_some()
    }

    /// Takes a line for the message's boundary because a part's header field follows it.
    fn use_undeclared(&mut self, line: &[u8], next: &[u8]) -> bool {
        let boundary = line.trim_ascii_end().strip_prefix(b"--").unwrap_or_default();
        let used = self.none_came && !boundary.is_empty() && parts::begins_like_a_part(next);
        if used {
            self.open = vec![boundary.to_vec()];
            self.none_came = false;
        }
        used
    }
}

pub(super) struct Cutter<'f> {
    files: &'f mut dyn LeafWriter,
    limits: Limits,
    boundaries: Boundaries,
    remainder: Vec<u8>,
    leaves: Vec<Leaf>,
    section: Section,
    open: Option<Open>,
    /// A line that is a boundary when a part's header field follows.
    suspect: Option<Vec<u8>>,
    parts: usize,
    /// Boundaries are no longer looked for.
    too_much: bool,
    scratch: Vec<u8>,
}

impl<'f> Cutter<'f> {
    pub(super) fn new(files: &'f mut dyn LeafWriter, limits: Limits) -> Self {
        Self {
            files,
            limits,
            boundaries: Boundaries::default(),
            remainder: Vec::new(),
            leaves: Vec::new(),
            section: Section::default(),
            open: None,
            suspect: None,
            parts: 0,
            too_much: false,
            scratch: Vec::new(),
        }
    }

    /// A mail whose lines cannot be told.
    pub(super) fn begin_shapeless(&mut self) {
        self.too_much = true;
        self.section.kind.readable = true;
    }

    /// A mail with that header.
    pub(super) fn begin_message(&mut self, head: &[u8], kind: &Kind) {
        self.remainder.extend_from_slice(head);
        self.boundaries.begin(kind);
        self.section.kind = kind.clone();
    }

    /// Takes a line, or a piece of one.
    pub(super) fn take(&mut self, piece: &[u8], starts_line: bool) -> io::Result<()> {
        if let Some(suspect) = self.suspect.take() {
            if self.boundaries.use_undeclared(&suspect, piece) {
                self.begin_section(&suspect)?;
            } else {
                self.add(&suspect, true)?;
            }
        }
        if !starts_line || self.too_much || !piece.starts_with(b"--") {
            return self.add(piece, starts_line);
        }
        self.read_block();
        if self.boundaries.take(piece) {
            self.begin_section(piece)
        } else {
            self.suspect = Some(piece.to_vec());
            Ok(())
        }
    }

    fn begin_section(&mut self, line: &[u8]) -> io::Result<()> {
        self.end_section(false)?;
        self.parts += 1;
        let full = self.parts >= PARTS_MAX || self.remainder.len() >= self.limits.remainder || self.leaves.len() >= self.limits.leaves;
        self.section = Section {
            held: line.to_vec(),
            block_at: (!full).then_some(line.len()),
            look_at: 2 * LOOK_AHEAD,
            body_at: line.len(),
            kind: Kind::default(),
        };
        if full {
            self.too_much = true;
            self.begin_leaf(0)?;
        }
        Ok(())
    }

    /// Reads the header block of the section when it is there with some lines behind it: twice as much is held before each look.
    fn try_block(&mut self) {
        let Some(at) = self.section.block_at.filter(|_| self.section.held.len() > self.section.look_at) else { return };
        self.section.look_at = self.section.held.len() * 2;
        let held = self.section.held.get(at..).unwrap_or_default();
        if held.len() > BLOCK_LEN_MAX || fields::cut(held).len + LOOK_AHEAD < held.len() {
            self.read_block();
        }
    }

    /// Reads the header block of the section, as far as it is held.
    fn read_block(&mut self) {
        let Some(at) = self.section.block_at.take() else { return };
        let block = fields::cut(self.section.held.get(at..).unwrap_or_default());
        self.section.body_at = at + block.len;
        self.section.kind = Kind::of(&block, false);
        self.section.kind.readable |= self.boundaries.is_doubtful();
        self.boundaries.open(&self.section.kind);
    }

    /// How much of a part stays: the more is kept already, the less.
    fn keep(&self) -> usize {
        let (kept, all) = (self.remainder.len(), self.limits.remainder);
        match self.section.kind.readable {
            true if kept < all / 4 => self.limits.readable,
            _ if kept < all / 4 * 3 => self.limits.opaque,
            _ => self.limits.opaque / 16,
        }
    }

    /// How large a part is that stays whole.
    fn whole(&self) -> usize {
        let (kept, all) = (self.remainder.len(), self.limits.remainder);
        match kept {
            _ if kept < all / 2 => self.limits.part,
            _ if kept < all / 4 * 3 => self.limits.part / 8,
            _ => self.limits.part / 64,
        }
    }

    fn add(&mut self, piece: &[u8], starts_line: bool) -> io::Result<()> {
        if self.open.is_some() {
            return self.add_to_leaf(piece, starts_line);
        }
        self.try_block();
        let body_len = self.section.held.len().saturating_sub(self.section.body_at);
        // Less behind a header block would have it end elsewhere.
        let keep = self.keep().max(LOOK_AHEAD);
        if self.section.block_at.is_none() && body_len > self.whole().max(keep + 2 * self.limits.line) {
            let cut = self.cut_at(keep);
            self.begin_leaf(cut)?;
            return self.add_to_leaf(piece, starts_line);
        }
        self.section.held.extend_from_slice(piece);
        Ok(())
    }

    /// Where in the section the leaf begins: at the next line, so that no half line can look like a boundary.
    fn cut_at(&self, keep: usize) -> usize {
        let at = self.section.body_at + keep;
        let near = self.section.held.get(at..at + self.limits.line).unwrap_or_default();
        near.iter().position(|b| *b == b'\n').map_or(at + self.limits.line, |line_end| at + line_end + 1)
    }

    fn begin_leaf(&mut self, cut: usize) -> io::Result<()> {
        let section = std::mem::take(&mut self.section);
        let (kept, taken) = section.held.split_at_checked(cut).unwrap_or((&section.held, b""));
        self.remainder.extend_from_slice(kept);
        self.files.begin()?;
        self.files.write(taken)?;
        let mut open = Open {
            at: self.remainder.len(),
            len: len_u64(taken.len()),
            hash: Sha256::new_with_prefix(taken),
            last: Vec::new(),
            last_is_line: true,
            decoding: Stream::new(section.kind.transfer),
            decoded: 0,
        };
        for line in section.held.get(section.body_at..).unwrap_or_default().split_inclusive(|b| *b == b'\n') {
            open.decode(line, &mut self.scratch);
        }
        self.section.kind = section.kind;
        self.open = Some(open);
        Ok(())
    }

    fn add_to_leaf(&mut self, piece: &[u8], starts_line: bool) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if !open.last.is_empty() {
            open.write_last(self.files, &mut self.scratch)?;
        }
        open.last.extend_from_slice(piece);
        open.last_is_line = starts_line;
        Ok(())
    }

    /// Ends the section: its last line stays, for its end belongs to the boundary behind it.
    fn end_section(&mut self, is_last: bool) -> io::Result<()> {
        self.read_block();
        let Some(mut open) = self.open.take() else {
            self.remainder.append(&mut self.section.held);
            return Ok(());
        };
        let (text, line_end) = transfer::split_line_end(&open.last);
        let stays = if open.last_is_line { open.last.clone() } else { line_end.to_vec() };
        let text = text.to_vec();
        let decoded = if is_last { open.last.clone() } else { text.clone() };
        open.decode(&decoded, &mut self.scratch);
        if !open.last_is_line {
            open.len += len_u64(text.len());
            open.hash.update(&text);
            self.files.write(&text)?;
        }
        let sha256 = open.hash.finalize().into();
        self.files.end(&sha256)?;
        self.scratch.clear();
        let broken = open.decoding.finish(&mut self.scratch);
        let decoded = open.decoded + len_u64(self.scratch.len());
        self.leaves.push(Leaf { at: len_u64(open.at), len: open.len, sha256, decoded, broken });
        self.remainder.extend(stays);
        Ok(())
    }

    /// The remainder, the leaves, and whether structure was given up.
    pub(super) fn finish(mut self) -> io::Result<(Vec<u8>, Vec<Leaf>, bool)> {
        if let Some(suspect) = self.suspect.take() {
            self.add(&suspect, true)?;
        }
        self.end_section(true)?;
        let too_much = self.too_much && !self.leaves.is_empty();
        Ok((self.remainder, self.leaves, too_much))
    }
}

impl Open {
    fn decode(&mut self, line: &[u8], scratch: &mut Vec<u8>) {
        self.decoded += self.decoding.count(line, scratch);
    }

    fn write_last(&mut self, files: &mut dyn LeafWriter, scratch: &mut Vec<u8>) -> io::Result<()> {
        let last = std::mem::take(&mut self.last);
        files.write(&last)?;
        self.hash.update(&last);
        self.len += len_u64(last.len());
        self.decode(&last, scratch);
        self.last = last;
        self.last.clear();
        Ok(())
    }
}
