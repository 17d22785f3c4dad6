//! HTML to plain text, without link targets or table drawing, remembering which of it the mail marks as quoted.
//!
//! The browser's tokenizer runs over the bytes and a flat list of open elements stands in for a tree, so that no depth of nesting
//! can exhaust the stack. Absent on purpose: style sheets (only a `style` attribute is looked at), links, pictures.

mod marks;
mod page;
mod sink;
#[cfg(test)]
mod tests;

use super::limits::HTML_LEN_MAX;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tokenizer, TokenizerOpts};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

/// The readable text of an HTML body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HtmlText {
    pub text: String,
    /// Byte ranges of `text` inside `blockquote`, `gmail_quote` and the like, in order, not overlapping.
    pub quotes: Vec<Range<usize>>,
    /// The beginning of what the page has and does not let its reader see.
    pub hidden: String,
    /// Longer than is read; the rest was left out.
    pub cut: bool,
}

/// The tokenizer is fed pieces of this size, in bytes.
const PIECE_LEN: usize = 1024;
/// Characters that may begin an attribute, within one tag; a tag with more is closed by force.
const SEPARATORS_MAX: usize = 500;
/// Ends a tag in whichever attribute the tokenizer is: in a quoted one by the quote, in any other by the angle bracket.
const TAG_CLOSER: &str = "'\">";

/// Turns HTML into text. Any characters may come in. What a browser would not show is left out.
pub fn text(html: &str) -> HtmlText {
    let (html, cut) = match html.len() > HTML_LEN_MAX {
        true => (html.get(..html.floor_char_boundary(HTML_LEN_MAX)).unwrap_or(html), true),
        false => (html, false),
    };
    let html = without_embedded_files(html);
    let tokenizer = Tokenizer::new(sink::Sink::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    let feed = |piece: &str| {
        queue.push_back(StrTendril::from_slice(piece));
        // The tokenizer hands back control after a script, which we do not run.
        while !queue.is_empty() {
            let _ = tokenizer.feed(&queue);
        }
    };
    let (mut rest, mut tokens, mut separators) = (html.as_ref(), 0, 0);
    while let Some((piece, after)) = rest.split_at_checked(rest.floor_char_boundary(PIECE_LEN)).filter(|(piece, _)| !piece.is_empty()) {
        rest = after;
        feed(piece);
        let seen = tokenizer.sink.tokens();
        separators = if seen == tokens { separators + piece.bytes().filter(|b| is_separator(*b)).count() } else { 0 };
        tokens = seen;
        // The tokenizer compares every attribute of a tag with all before it: without a limit one tag could take minutes.
        if separators > SEPARATORS_MAX {
            feed(TAG_CLOSER);
            separators = 0;
        }
    }
    tokenizer.end();
    let (text, quotes, hidden) = tokenizer.sink.finish();
    HtmlText { text, quotes, hidden, cut }
}

fn is_separator(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'/' | b'"' | b'\'')
}

/// Pictures written into the page as base64 are large, never text, and full of slashes, which count as separators.
fn without_embedded_files(html: &str) -> Cow<'_, str> {
    static EMBEDDED: LazyLock<Option<regex::Regex>> = LazyLock::new(|| regex::Regex::new("base64,[A-Za-z0-9+/=%]{64,}").ok());
    match &*EMBEDDED {
        Some(embedded) => embedded.replace_all(html, "base64,"),
        None => Cow::Borrowed(html),
    }
}
