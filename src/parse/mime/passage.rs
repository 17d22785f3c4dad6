//! One text part as a person reads it.

use super::super::{Defect, charset, html, limits};
use super::flowed;
use super::parts::Part;
use std::borrow::Cow;
use std::ops::Range;

/// A text with the ranges of it that its HTML marks as quoted.
#[derive(Debug, Default)]
pub(super) struct Passage {
    pub text: String,
    pub quotes: Vec<Range<usize>>,
    /// What its HTML does not let a reader see.
    pub hidden: String,
    pub has_foreign_characters: bool,
}

impl Passage {
    pub(super) fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Text that came decoded from elsewhere.
    pub(super) fn plain(text: &str) -> Self {
        Self { text: readable(text), ..Self::default() }
    }

    /// HTML that came decoded from elsewhere.
    pub(super) fn html(source: &str) -> Self {
        let read = html::text(&readable(source));
        Self { text: read.text, quotes: read.quotes, hidden: read.hidden, has_foreign_characters: false }
    }
}

/// Reads a text part; what was wrong with it is added to `defects`.
pub(super) fn read(part: &Part<'_>, is_html: bool, defects: &mut Vec<Defect>) -> Passage {
    let text = decode(part, if is_html { limits::HTML_LEN_MAX } else { limits::TEXT_LEN_MAX }, defects);
    let has_foreign_characters = !text.is_ascii();
    if is_html {
        let read = html::text(&text);
        defects.extend(read.cut.then_some(Defect::TooMuch));
        return Passage { text: read.text, quotes: read.quotes, hidden: read.hidden, has_foreign_characters };
    }
    let is_flowed = part.content_type.plain("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed"));
    let del_sp = part.content_type.plain("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes"));
    let text = if is_flowed { flowed::unflow(&text, del_sp) } else { text };
    Passage { text, has_foreign_characters, ..Passage::default() }
}

/// Text of any other part, at most `len_max` bytes of it, for readers of reports.
pub(super) fn of_report(part: &Part<'_>, len_max: usize) -> String {
    decode(part, len_max, &mut Vec::new())
}

/// Undoes transfer encoding and charset of at most `len_max` bytes; LF line ends, no control characters.
fn decode(part: &Part<'_>, len_max: usize, defects: &mut Vec<Defect>) -> String {
    // Quoted-printable takes three bytes for one, and its line ends some more.
    let raw = part.body.get(..len_max.saturating_mul(4).min(limits::ENCODED_LEN_MAX)).unwrap_or(part.body);
    let body = part.transfer.decode(raw);
    let bytes = body.bytes.get(..len_max).unwrap_or(&body.bytes);
    let cut = bytes.len() < body.bytes.len() || raw.len() < part.body.len() || !part.taken.is_empty();
    let label = part.content_type.decoded("charset").or_else(|| charset_in_html(part, bytes));
    let decoded = charset::decode(bytes, label.as_deref());
    let mut text = readable(&decoded.text);
    truncate(&mut text, len_max);
    // The cut may lie inside a character, and inside the encoding.
    while cut && text.ends_with('\u{fffd}') {
        text.pop();
    }
    defects.extend((body.broken && !cut).then_some(Defect::BrokenEncoding));
    defects.extend(cut.then_some(Defect::TooMuch));
    defects.extend(decoded.guessed.then_some(Defect::CharsetGuessed));
    defects.extend((decoded.lost && (!cut || text.contains('\u{fffd}'))).then_some(Defect::CharactersLost));
    text
}

/// The charset an HTML body declares in its own head, when its part does not.
fn charset_in_html(part: &Part<'_>, bytes: &[u8]) -> Option<String> {
    const HEAD_LEN_MAX: usize = 2_048;
    if part.media_type() != "text/html" {
        return None;
    }
    let head = String::from_utf8_lossy(bytes.get(..HEAD_LEN_MAX).unwrap_or(bytes)).to_ascii_lowercase();
    let (_, after) = head.split_once("charset")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let label: String = value.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':')).collect();
    (!label.is_empty()).then_some(label)
}

/// LF line ends; no control characters but tab and line feed.
fn readable(text: &str) -> String {
    let text: Cow<'_, str> = if text.contains('\r') {
        Cow::Owned(text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    }
    text.to_owned()
}

/// Cuts a text at a character.
pub(super) fn truncate(text: &mut String, len_max: usize) {
    text.truncate(text.floor_char_boundary(len_max));
}
