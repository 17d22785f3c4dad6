//! The tree of parts (RFC 2046), cut in one pass over the lines.
//!
//! mail-parser looks for the boundary of the innermost multipart alone: one that is never closed swallows what follows it in the
//! outer one, and a thousand boundaries that never come cost a thousand passes. Here every open boundary is looked for at once,
//! depth and number are limited, and an attached message stays whole: it is one attachment.

use super::super::limits;
use super::carve::Leaf;
use super::fields::{self, Block, RawCharset};
use super::parameters::Parameterised;
use super::transfer::{self, Transfer};

/// RFC 2046 §5.1.1 allows 70; longer ones occur.
const BOUNDARY_LEN_MAX: usize = 300;

/// One node of the tree. Children are indices into [`Tree::parts`].
#[derive(Debug, Default)]
pub(super) struct Part<'a> {
    pub content_type: Parameterised,
    pub disposition: Parameterised,
    pub transfer: Transfer,
    pub content_id: String,
    pub children: Vec<usize>,
    pub is_multipart: bool,
    /// A leaf's bytes as they came; of a multipart without parts, what stands in it.
    pub body: &'a [u8],
    /// Where it begins in what was cut.
    pub body_at: usize,
    /// Leaves that were taken out of it.
    pub taken: &'a [Leaf],
}

impl Part<'_> {
    /// `text/plain`, in lower case.
    pub(super) fn media_type(&self) -> &str {
        &self.content_type.value
    }

    /// The file name it gives itself, decoded and harmless.
    pub(super) fn name(&self) -> Option<String> {
        let name = self.disposition.decoded("filename").or_else(|| self.content_type.decoded("name"));
        name.and_then(|n| super::parameters::file_name(&n))
    }

    pub(super) fn is_attached(&self) -> bool {
        self.disposition.value == "attachment"
    }
}

/// Leaves that were taken out of what is cut, when it is the remainder of a large mail.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Taken<'a> {
    pub leaves: &'a [Leaf],
    /// Where in the remainder that begins which is cut.
    pub base: usize,
}

impl<'a> Taken<'a> {
    /// The leaves taken out of a range.
    fn within(self, start: usize, end: usize) -> &'a [Leaf] {
        let before =
            |at: usize| self.leaves.partition_point(|leaf| usize::try_from(leaf.at).is_ok_and(|leaf_at| leaf_at <= self.base + at));
        self.leaves.get(before(start)..before(end)).unwrap_or_default()
    }
}

/// All parts of a message; the first is the message itself.
#[derive(Debug, Default)]
pub(super) struct Tree<'a> {
    pub parts: Vec<Part<'a>>,
    /// A multipart without its closing boundary, or without any part.
    pub broken: bool,
    pub too_much: bool,
    /// Header bytes of parts that were read by guess.
    pub raw_bytes: bool,
}

struct Open {
    part: usize,
    boundary: Vec<u8>,
}

/// What a line that begins with `--` is.
enum Delimiter {
    /// Begins a part of the open multipart at that height of the stack.
    Part(usize),
    Close(usize),
}

struct Cutter<'a> {
    bytes: &'a [u8],
    taken: Taken<'a>,
    tree: Tree<'a>,
    open: Vec<Open>,
    /// The leaf or preamble being read, and where it began.
    current: Option<(usize, usize)>,
}

/// Cuts `body`, whose header was read already.
pub(super) fn cut<'a>(header: &Block<'a>, body: &'a [u8], charset: RawCharset, taken: Taken<'a>) -> Tree<'a> {
    let mut cutter = Cutter { bytes: body, taken, tree: Tree::default(), open: Vec::new(), current: None };
    cutter.add(header, 0, None, charset);
    let mut at = 0;
    // Bytes up to here belong to a part's header block.
    let mut header_end = 0;
    for line in body.split_inclusive(|b| *b == b'\n') {
        let start = at;
        at += line.len();
        if start < header_end || !line.starts_with(b"--") {
            continue;
        }
        let Some(delimiter) = cutter.delimiter(line) else { continue };
        cutter.end_current(start);
        match delimiter {
            Delimiter::Close(height) => cutter.close_above(height, true),
            Delimiter::Part(height) => {
                cutter.close_above(height + 1, false);
                if cutter.tree.parts.len() >= limits::PARTS_MAX {
                    cutter.tree.too_much = true;
                    break;
                }
                let block = fields::cut(body.get(at..).unwrap_or_default());
                header_end = at + block.len;
                cutter.add(&block, header_end, cutter.open.last().map(|o| o.part), charset);
            }
        }
    }
    cutter.finish()
}

impl<'a> Cutter<'a> {
    fn add(&mut self, block: &Block<'a>, body_at: usize, parent: Option<usize>, charset: RawCharset) {
        let mut raw_bytes = false;
        let mut value = |name: &str| {
            let (text, by_guess) = charset.clean(block.get(name)?.raw);
            raw_bytes |= by_guess;
            Some(text.into_owned())
        };
        let in_digest = parent.and_then(|p| self.tree.parts.get(p)).is_some_and(|p| p.media_type() == "multipart/digest");
        let mut part = Part {
            content_type: value("Content-Type").map(|v| Parameterised::parse(&v)).unwrap_or_default(),
            disposition: value("Content-Disposition").map(|v| Parameterised::parse(&v)).unwrap_or_default(),
            transfer: value("Content-Transfer-Encoding").map(|v| Transfer::parse(&v)).unwrap_or_default(),
            content_id: value("Content-ID").map(|v| v.trim_matches(['<', '>', ' ']).to_owned()).unwrap_or_default(),
            ..Part::default()
        };
        if !part.media_type().contains('/') {
            let is_html = part.media_type().is_empty() && looks_like_html(self.bytes.get(body_at..).unwrap_or_default());
            let default = if in_digest { "message/rfc822" } else { "text/plain" };
            part.content_type.value = if is_html { "text/html" } else { default }.to_owned();
        }
        self.tree.too_much |= block.too_much;
        self.tree.raw_bytes |= raw_bytes;
        let index = self.tree.parts.len();
        if part.media_type().starts_with("multipart/")
            && let Some((boundary, declared)) = self.boundary_of(&part, body_at)
        {
            self.tree.broken |= !declared;
            if self.open.len() < limits::DEPTH_MAX {
                part.is_multipart = true;
                self.open.push(Open { part: index, boundary });
            } else {
                self.tree.too_much = true;
            }
        } else if part.media_type().starts_with("multipart/") {
            self.tree.broken = true;
            part.content_type.value = "text/plain".to_owned();
        }
        self.tree.parts.push(part);
        if let Some(parent) = parent.and_then(|p| self.tree.parts.get_mut(p)) {
            parent.children.push(index);
        }
        self.current = Some((index, body_at));
    }

    /// The boundary it declares, and true; for the message itself the one that is used, when it declares another or none.
    fn boundary_of(&self, part: &Part<'_>, body_at: usize) -> Option<(Vec<u8>, bool)> {
        let rest = self.bytes.get(body_at..).unwrap_or_default();
        if let Some(declared) = declared_boundary(&part.content_type) {
            // Looked for in the message only: to search for every part's own boundary would take a pass for each.
            if !self.tree.parts.is_empty() || comes(&declared, rest) {
                return Some((declared, true));
            }
        }
        if self.tree.parts.is_empty() { used_boundary(rest).map(|used| (used, false)) } else { None }
    }

    fn delimiter(&self, line: &[u8]) -> Option<Delimiter> {
        let line = line.strip_prefix(b"--")?.trim_ascii_end();
        self.open.iter().enumerate().rev().find_map(|(height, open)| match line.strip_prefix(open.boundary.as_slice())? {
            b"" => Some(Delimiter::Part(height)),
            b"--" => Some(Delimiter::Close(height)),
            _ => None,
        })
    }

    /// Ends the leaf or preamble that is being read; the line end before a boundary belongs to the boundary.
    fn end_current(&mut self, end: usize) {
        let Some((index, start)) = self.current.take() else { return };
        let body = self.bytes.get(start..end).unwrap_or_default();
        let body = if end < self.bytes.len() { strip_last_line_end(body) } else { body };
        if let Some(part) = self.tree.parts.get_mut(index) {
            part.body = body;
            part.body_at = start;
            part.taken = self.taken.within(start, end);
        }
    }

    /// Closes the multiparts from that height on; all but a lowest one that is closed by its own boundary were left open.
    fn close_above(&mut self, height: usize, properly: bool) {
        let left_open = self.open.len().saturating_sub(height + usize::from(properly));
        self.tree.broken |= left_open > 0;
        self.open.truncate(height);
    }

    fn finish(mut self) -> Tree<'a> {
        self.tree.broken |= !self.open.is_empty() && !self.tree.too_much;
        self.end_current(self.bytes.len());
        for part in &mut self.tree.parts {
            if part.is_multipart && part.children.is_empty() {
                // None of its parts came: what stands there is all there is to read.
                part.is_multipart = false;
                part.content_type.value = "text/plain".to_owned();
                self.tree.broken = true;
            }
        }
        self.tree
    }
}

/// The boundary a multipart declares.
pub(super) fn declared_boundary(content_type: &Parameterised) -> Option<Vec<u8>> {
    let declared = content_type.decoded("boundary").map(|b| b.trim_end().as_bytes().to_vec());
    declared.filter(|b| !b.is_empty() && b.len() <= BOUNDARY_LEN_MAX)
}

/// Whether a line begins with a part's header field.
pub(super) fn begins_like_a_part(line: &[u8]) -> bool {
    line.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"Content-"))
}

/// HTML without a header that says so.
fn looks_like_html(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    ["<!doctype html", "<html"].iter().any(|tag| start.get(..tag.len()).is_some_and(|s| s.eq_ignore_ascii_case(tag.as_bytes())))
}

/// Whether a boundary stands at the start of some line.
fn comes(boundary: &[u8], body: &[u8]) -> bool {
    body.split(|b| *b == b'\n').any(|line| line.strip_prefix(b"--").is_some_and(|rest| rest.starts_with(boundary)))
}

/// The first line that begins with two hyphens and has a part's header field after it.
fn used_boundary(body: &[u8]) -> Option<Vec<u8>> {
    let mut lines = body.split(|b| *b == b'\n').peekable();
    while let Some(line) = lines.next() {
        let boundary = line.trim_ascii_end().strip_prefix(b"--").filter(|b| !b.is_empty() && b.len() <= BOUNDARY_LEN_MAX);
        let has_part = lines.peek().is_some_and(|next| begins_like_a_part(next));
        if let Some(boundary) = boundary.filter(|_| has_part) {
            return Some(boundary.to_vec());
        }
    }
    None
}

fn strip_last_line_end(body: &[u8]) -> &[u8] {
    let last_line = body.iter().rev().skip(1).position(|b| *b == b'\n').map_or(0, |back| body.len() - 1 - back);
    let (before, line) = body.split_at_checked(last_line).unwrap_or((body, b""));
    let (text, _) = transfer::split_line_end(line);
    body.get(..before.len() + text.len()).unwrap_or(body)
}
