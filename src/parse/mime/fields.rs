//! Header fields: where the block ends, what each value says in UTF-8.
//!
//! mail-parser reads addresses below, but the block is cut here: it gives raw eight-bit bytes back as U+FFFD, and the original
//! is needed to read them in the charset they were written in.

use super::super::{charset, limits};
use super::transfer::split_line_end;
use encoding_rs::Encoding;
use std::borrow::Cow;

/// As much of one value as is looked at; a To line with hundreds of names fits.
const VALUE_LEN_MAX: usize = 256 * 1024;
/// Longest field name (RFC 5322 §2.1.1 would allow 998).
const NAME_LEN_MAX: usize = 128;
/// How many lines that are no fields may stand between fields: long values that a relay broke without indenting them.
const STRAY_LINES_MAX: usize = 3;
/// So many bytes from where a header block may end decide whether it ends there; a line without a name that is as long ends it.
pub(super) const LOOK_AHEAD: usize = 1024;

/// One field as it stands in the message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    pub name: &'a str,
    /// Folded, with its line ends.
    pub raw: &'a [u8],
}

/// A header block and what follows it.
#[derive(Debug, Default)]
pub(super) struct Block<'a> {
    pub fields: Vec<Field<'a>>,
    /// Length of the block with the blank line that ends it.
    pub len: usize,
    /// More fields, or a longer value, than is read.
    pub too_much: bool,
}

impl<'a> Block<'a> {
    /// The first field of that name, in any case.
    pub(super) fn get(&self, name: &str) -> Option<Field<'a>> {
        self.fields.iter().find(|f| f.name.eq_ignore_ascii_case(name)).copied()
    }

    /// Whether a person or a mailer wrote this as a header: `Price: 5 USD` alone is text.
    pub(super) fn is_plausible(&self) -> bool {
        const KNOWN: [&str; 19] = [
            "from",
            "to",
            "cc",
            "bcc",
            "subject",
            "date",
            "received",
            "message-id",
            "mime-version",
            "content-type",
            "return-path",
            "delivered-to",
            "reply-to",
            "sender",
            "in-reply-to",
            "references",
            "dkim-signature",
            "authentication-results",
            "status",
        ];
        self.fields.iter().any(|f| {
            let name = f.name.to_ascii_lowercase();
            KNOWN.contains(&name.as_str()) || ["x-", "content-", "list-", "resent-", "auto-", "arc-"].iter().any(|p| name.starts_with(p))
        })
    }
}

/// Cuts the header block off the start of `bytes`. It ends at a blank line, at a boundary, or where lines stop looking like fields.
pub(super) fn cut(bytes: &[u8]) -> Block<'_> {
    let mut block = Block::default();
    // The field being collected: its name, and where its value begins.
    let mut open: Option<(&str, usize)> = None;
    let (mut at, mut stray) = (0, 0);
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let (text, _) = split_line_end(line);
        let start = at;
        let next = at + line.len();
        let indented = text.first().is_some_and(|b| matches!(b, b' ' | b'\t')) && open.is_some();
        if text.trim_ascii().is_empty() && !(indented && next_is_indented(bytes, next)) {
            at = next;
            keep(&mut block, open.take(), bytes, start);
            break;
        }
        if text.starts_with(b"--") {
            break;
        }
        match name_of(text).filter(|_| !indented) {
            Some((name, value_offset)) => {
                keep(&mut block, open.take(), bytes, start);
                open = Some((name, start + value_offset));
                stray = 0;
            }
            None if indented || text.starts_with(b"From ") || text.starts_with(b">From ") => {}
            None => {
                stray += 1;
                if stray > STRAY_LINES_MAX || !a_field_follows(bytes, start, next) {
                    break;
                }
            }
        }
        at = next;
    }
    keep(&mut block, open, bytes, at);
    block.len = at;
    block
}

fn keep<'a>(block: &mut Block<'a>, open: Option<(&'a str, usize)>, bytes: &'a [u8], end: usize) {
    let Some((name, start)) = open else { return };
    if block.fields.len() >= limits::HEADER_FIELDS_MAX {
        block.too_much = true;
        return;
    }
    let raw = bytes.get(start..end).unwrap_or_default();
    block.too_much |= raw.len() > VALUE_LEN_MAX;
    block.fields.push(Field { name, raw: raw.get(..VALUE_LEN_MAX).unwrap_or(raw) });
}

/// A line of spaces inside a folded value is no end of the header when the next line is folded too.
fn next_is_indented(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.first().is_some_and(|b| matches!(b, b' ' | b'\t'))
        && !rest.iter().take(200).take_while(|b| **b != b'\n').all(u8::is_ascii_whitespace)
}

/// Whether a field comes soon behind a stray line, which begins at `stray_at` and ends at `at`.
fn a_field_follows(bytes: &[u8], stray_at: usize, at: usize) -> bool {
    let near = bytes.get(..stray_at.saturating_add(LOOK_AHEAD)).unwrap_or(bytes);
    let rest = near.get(at..).unwrap_or_default();
    for line in rest.split(|b| *b == b'\n').take(STRAY_LINES_MAX) {
        if line.trim_ascii().is_empty() || line.starts_with(b"--") {
            return false;
        }
        if name_of(line).is_some_and(|(name, _)| name.len() > 1 && !name.contains('/')) {
            return true;
        }
    }
    false
}

/// The name a line begins with and the offset of its value.
fn name_of(line: &[u8]) -> Option<(&str, usize)> {
    let colon = line.iter().take(NAME_LEN_MAX).position(|b| *b == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    let plain = !name.is_empty() && name.iter().all(|b| b.is_ascii_graphic());
    Some((std::str::from_utf8(name).ok().filter(|_| plain)?, colon + 1))
}

/// The charset of raw eight-bit bytes in header values, found once for a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawCharset(Option<&'static Encoding>);

impl RawCharset {
    /// Nothing is known: each value speaks for itself.
    pub(super) const UNKNOWN: Self = Self(None);

    /// `declared` is the body's charset, `domain` the sender's, `body` undeclared text of the same message.
    pub(super) fn find<'a>(values: impl Iterator<Item = &'a [u8]>, declared: Option<&str>, domain: Option<&str>, body: &[u8]) -> Self {
        let mut sample = Vec::new();
        for value in values.filter(|v| std::str::from_utf8(v).is_err()) {
            collect_high_words(value, &mut sample);
        }
        if sample.is_empty() {
            return Self(None);
        }
        let declared = declared.and_then(charset::encoding).filter(|e| *e != encoding_rs::UTF_8);
        if let Some(encoding) = declared
            && encoding != encoding_rs::WINDOWS_1252
            && !encoding.decode_without_bom_handling(&sample).1
        {
            return Self(Some(encoding));
        }
        if std::str::from_utf8(body).is_err() {
            collect_high_words(body, &mut sample);
        }
        Self(Some(charset::guess(&sample, domain)))
    }

    /// Unfolds a value and brings it to UTF-8; whether bytes had to be read by guess. NUL bytes are dropped.
    pub(super) fn clean<'a>(self, raw: &'a [u8]) -> (Cow<'a, str>, bool) {
        let value = unfold(raw);
        let value = match value {
            Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => return (Cow::Borrowed(text), false),
                Err(_) => Cow::Borrowed(bytes),
            },
            Cow::Owned(bytes) => match String::from_utf8(bytes) {
                Ok(text) => return (Cow::Owned(text), false),
                Err(error) => Cow::Owned(error.into_bytes()),
            },
        };
        // A relay may have folded inside a character.
        let joined = match String::from_utf8(join_folds(raw)) {
            Ok(text) => return (Cow::Owned(text), false),
            Err(error) => error.into_bytes(),
        };
        for bytes in [&*value, &joined] {
            if let Some(encoding) = self.0
                && let (text, false) = encoding.decode_without_bom_handling(bytes)
            {
                return (Cow::Owned(text.into_owned()), true);
            }
        }
        let mut sample = Vec::new();
        collect_high_words(&joined, &mut sample);
        let (text, _) = charset::guess(&sample, None).decode_without_bom_handling(&joined);
        (Cow::Owned(text.into_owned()), true)
    }
}

/// The words of a value that hold raw bytes: only they say something about the charset.
fn collect_high_words(value: &[u8], sample: &mut Vec<u8>) {
    const SAMPLE_LEN_MAX: usize = 16 * 1024;
    for word in value.split(u8::is_ascii_whitespace).filter(|w| !w.is_ascii()) {
        if sample.len() + word.len() > SAMPLE_LEN_MAX {
            break;
        }
        sample.extend_from_slice(word);
        sample.push(b' ');
    }
}

/// Undoes folding (RFC 5322 §2.2.3): a line end with the white space after it becomes one space.
fn unfold(raw: &[u8]) -> Cow<'_, [u8]> {
    let raw = raw.trim_ascii();
    if !raw.iter().any(|b| matches!(b, b'\n' | b'\r' | 0)) {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len());
    for line in raw.split(|b| *b == b'\n') {
        let line = line.trim_ascii();
        if !out.is_empty() && !line.is_empty() {
            out.push(b' ');
        }
        out.extend(line.iter().copied().filter(|b| !matches!(b, 0 | b'\r')));
    }
    Cow::Owned(out)
}

/// As [`unfold`], but without a space where eight-bit bytes stand on both sides of the fold.
fn join_folds(raw: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(raw.len());
    for line in raw.trim_ascii().split(|b| *b == b'\n') {
        let line = line.trim_ascii();
        let inside = out.last().is_some_and(|b| !b.is_ascii()) && line.first().is_some_and(|b| !b.is_ascii());
        if !out.is_empty() && !line.is_empty() && !inside {
            out.push(b' ');
        }
        out.extend(line.iter().copied().filter(|b| !matches!(b, 0 | b'\r')));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(block: &Block<'_>) -> Vec<String> {
        block.fields.iter().map(|f| f.name.to_owned()).collect()
    }

    #[test]
    fn a_block_ends_at_its_blank_line() {
        let bytes = b"Subject: a\r\n b\r\nTo : x@y\r\n\r\nBody: no";
        let block = cut(bytes);
        assert_eq!(names(&block), ["Subject", "To"]);
        assert_eq!(bytes.get(block.len..), Some(&b"Body: no"[..]));
        assert_eq!(RawCharset::UNKNOWN.clean(block.fields.first().expect("two fields").raw).0, "a b");
    }

    #[test]
    fn a_value_broken_without_indentation_stays_together() {
        let block = cut(b"Subject: a long\nbroken subject\nFrom: x@y\n\n");
        assert_eq!(names(&block), ["Subject", "From"]);
        assert_eq!(RawCharset::UNKNOWN.clean(block.fields.first().expect("two fields").raw).0, "a long broken subject");
    }

    #[test]
    fn a_body_without_a_blank_line_before_it_is_no_header() {
        let bytes = b"Subject: a\nDear Sirs\nwe need\npumps.\n\nPrice: 5\n";
        assert_eq!(bytes.get(cut(bytes).len..), Some(&b"Dear Sirs\nwe need\npumps.\n\nPrice: 5\n"[..]));
        assert!(!cut(b"Price: 5 USD\n\nHello").is_plausible());
    }

    #[test]
    fn raw_bytes_are_read_in_the_charset_of_the_body() {
        let (bytes, _, _) = encoding_rs::GBK.encode("报价单");
        let charset = RawCharset::find([&bytes[..]].into_iter(), Some("gb2312"), None, b"");
        assert_eq!(charset.clean(&bytes), (Cow::Borrowed("报价单"), true));
    }

    #[test]
    fn a_fold_inside_a_character_is_healed() {
        let mut raw = "报价单".as_bytes().to_vec();
        raw.splice(4..4, *b"\r\n ");
        assert_eq!(RawCharset::UNKNOWN.clean(&raw).0, "报价单");
    }
}
