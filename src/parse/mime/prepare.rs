//! The bytes of a file before anything is read: what stands around the message goes, line ends become readable.

use super::super::{Defect, limits};
use std::borrow::Cow;

/// A message whose first byte is its first header's, whose lines end with LF or CRLF, and which is not too large.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub defects: Vec<Defect>,
    /// Where in the file they begin; `None` when they were rewritten.
    pub start: Option<usize>,
}

/// Drops byte order marks, blank lines and `From ` lines at the start; bare carriage returns become line feeds.
pub(super) fn prepare(raw: &[u8]) -> Prepared<'_> {
    let mut defects = Vec::new();
    let mut bytes = Cow::Borrowed(raw);
    if let Some(read) = raw.get(..limits::MESSAGE_LEN_MAX)
        && read.len() < raw.len()
    {
        defects.push(Defect::TooMuch);
        bytes = Cow::Borrowed(read);
    }
    if let Some(text) = from_utf16(&bytes) {
        defects.push(Defect::CharsetGuessed);
        bytes = Cow::Owned(text.into_bytes());
    }
    if bytes.contains(&0) {
        defects.push(Defect::NulBytes);
    }
    if !bytes.contains(&b'\n') && bytes.contains(&b'\r') {
        defects.push(Defect::BareCarriageReturns);
        bytes.to_mut().iter_mut().filter(|b| **b == b'\r').for_each(|b| *b = b'\n');
    }
    let start = bytes.len() - after_lead(&bytes).len();
    let (bytes, start) = match bytes {
        Cow::Borrowed(bytes) => (Cow::Borrowed(bytes.get(start..).unwrap_or_default()), Some(start)),
        Cow::Owned(mut bytes) => {
            bytes.drain(..start);
            (Cow::Owned(bytes), None)
        }
    };
    if bytes.iter().all(|b| b.is_ascii_whitespace() || *b == 0) {
        defects.push(Defect::Empty);
    }
    Prepared { bytes, defects, start }
}

/// Whether a message that begins so would be rewritten before it is read.
pub(super) fn is_shapeless(head: &[u8]) -> bool {
    !head.contains(&b'\n') || encoding_rs::Encoding::for_bom(head).is_some_and(|(encoding, _)| encoding != encoding_rs::UTF_8)
}

/// A whole message saved as UTF-16 text, recognised by its byte order mark.
fn from_utf16(bytes: &[u8]) -> Option<String> {
    let (encoding, mark_len) = encoding_rs::Encoding::for_bom(bytes)?;
    (encoding != encoding_rs::UTF_8).then(|| encoding.decode_without_bom_handling(bytes.get(mark_len..).unwrap_or_default()).0.into_owned())
}

/// What follows byte order marks, blank lines and `From ` lines.
pub(super) fn after_lead(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    loop {
        let line_end = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
        let Some((line, tail)) = rest.split_at_checked(line_end) else { return rest };
        let skipped = line.trim_ascii().is_empty() || line.starts_with(b"From ") || line.starts_with(b">From ");
        if !skipped || line.is_empty() {
            return rest;
        }
        rest = tail;
    }
}

/// Whether a line begins a message in an mbox file (RFC 4155): `From sender Mon Nov  2 09:12:44 2026`, perhaps with a zone; prose that
/// begins with "From" names no time of day and year. It counts only at the start of the file or after a blank line.
pub fn is_mbox_from_line(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let mut words = rest.get(..300).unwrap_or(rest).split(u8::is_ascii_whitespace).filter(|w| !w.is_empty());
    let time = words.any(|w| w.len() >= 4 && w.contains(&b':') && w.iter().all(|b| b.is_ascii_digit() || *b == b':'));
    time && words.any(|w| w.len() == 4 && w.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_header_goes() {
        assert_eq!(prepare(b"\xef\xbb\xbf\r\n\r\nFrom x Mon\r\nSubject: a\r\n").bytes.as_ref(), b"Subject: a\r\n");
        let bare = prepare(b"Subject: a\r\rText\r");
        assert_eq!((bare.bytes.as_ref(), bare.defects), (&b"Subject: a\n\nText\n"[..], vec![Defect::BareCarriageReturns]));
    }
}
