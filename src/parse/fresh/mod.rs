//! What the sender typed now, apart from quotes, header blocks, forwarded parts, signature, disclaimers.
//!
//! Every line gets a kind and none is deleted: answers between quoted lines stay with what was typed, and where all would be gone
//! the words are shown rather than lost. The words of many languages are in `rules/quotes.toml`.

mod attribution;
mod contact;
mod footer;
mod forward;
mod headers;
mod line;
mod quote;
mod signature;
#[cfg(test)]
mod tests;
pub(in crate::parse) mod words;

use crate::types::NamedAddress;
use line::{Kind, Line};
use std::ops::Range;

/// The newest words of a mail and what stands around them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fresh {
    /// What was typed now; a closing and the bare name stay.
    pub text: String,
    pub signature: Option<Signature>,
    /// The mail was passed on: who wrote the inner one, and what.
    pub forwarded: Option<Forwarded>,
    /// Everything quoted, forwarded parts included, as it stands in the mail; for threading and for reading on when
    /// nothing was typed.
    pub quoted: String,
}

/// What a signature block tells about a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signature {
    pub name: Option<String>,
    pub company: Option<String>,
    pub phone: Option<String>,
    pub title: Option<String>,
    pub website: Option<String>,
    /// The lines of the block with the bare name above it, as they stand in the mail; at most `LINES_MAX`.
    pub lines: Vec<String>,
}

/// Lines of a signature that are kept.
const LINES_MAX: usize = 30;

/// A mail passed on inline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forwarded {
    pub from: NamedAddress,
    pub subject: Option<String>,
    /// The inner mail's text, without its header block.
    pub text: String,
}

/// Splits a mail's text. `quotes` are the byte ranges its HTML marks as quoted; `from_name` is the sender's display name,
/// `subject` tells a forward by its prefix.
pub fn split(text: &str, quotes: &[Range<usize>], from_name: Option<&str>, subject: Option<&str>) -> Fresh {
    let mut lines = line::lines(text, quotes);
    let marked = quote::mark(&mut lines);
    let forwarded = forward::read(&lines, subject);
    if forwarded.is_none() && !has_words(&lines, Kind::Own) {
        show_what_may_be_typed(&mut lines, marked);
    }
    footer::mark(&mut lines);
    let signature = mark_signatures(&mut lines, from_name);
    if !has_words(&lines, Kind::Own) && !has_words(&lines, Kind::Quoted) {
        lines.iter_mut().filter(|line| line.kind == Kind::Signature).for_each(|line| line.kind = Kind::Own);
    }
    Fresh { text: own_text(&lines), signature, forwarded, quoted: quoted_text(&lines) }
}

/// Nothing seems typed now. A page that is one blockquote and says nothing of another mail is only indented; and below an
/// announcement without marks an answer may stand that cannot be told from the quote.
fn show_what_may_be_typed(lines: &mut [Line<'_>], marked: quote::Marked) {
    let from = match marked {
        quote::Marked { certain: false, .. } => 0,
        quote::Marked { unmarked: Some(from), .. } => from,
        _ => return,
    };
    let typed = lines.iter_mut().skip(from).filter(|line| !marked.certain || !line.is_quote());
    typed.for_each(|line| line.kind = Kind::Own);
}

fn has_words(lines: &[Line<'_>], kind: Kind) -> bool {
    lines.iter().any(|line| line.kind == kind && !line.is_blank())
}

/// Marks the signature of every stretch of own lines; what the first one tells.
fn mark_signatures(lines: &mut [Line<'_>], from_name: Option<&str>) -> Option<Signature> {
    let mut stretches: Vec<Vec<usize>> = vec![Vec::new()];
    for (at, line) in lines.iter().enumerate() {
        match (line.kind, stretches.last_mut()) {
            (Kind::Own, Some(stretch)) => stretch.push(at),
            (Kind::Quoted, Some(stretch)) if !line.is_blank() && !stretch.is_empty() => stretches.push(Vec::new()),
            _ => {}
        }
    }
    let mut told = None;
    for (count, stretch) in stretches.iter().enumerate() {
        let found = signature::mark(lines, stretch, count > 0, from_name);
        if let Some(found) = found.filter(|_| told.is_none()) {
            let name = found.name.and_then(|at| lines.get(at)).map(|line| line.body);
            let block: Vec<&str> = found.block.iter().filter_map(|at| lines.get(*at)).map(|line| line.body).collect();
            told = contact::read(name, found.beside.as_deref(), &block, from_name);
            if let Some(told) = &mut told {
                told.lines = name.into_iter().chain(found.beside.as_deref()).chain(block).take(LINES_MAX).map(str::to_owned).collect();
            }
        }
    }
    told
}

/// The lines typed now. Where something was left out between them, one blank line stands.
fn own_text(lines: &[Line<'_>]) -> String {
    let mut text = String::new();
    let mut left_out = false;
    for line in lines {
        if line.kind != Kind::Own {
            left_out |= !line.is_blank();
            continue;
        }
        if left_out && line.is_blank() && (text.is_empty() || text.ends_with("\n\n")) {
            continue;
        }
        if left_out && !text.is_empty() && !text.ends_with("\n\n") && !line.is_blank() {
            text.push('\n');
        }
        left_out &= line.is_blank();
        text.push_str(line.raw.trim_end());
        text.push('\n');
    }
    let start = text.len() - text.trim_start_matches(['\n', '\r']).len();
    text.get(start..).unwrap_or_default().trim_end().to_owned()
}

fn quoted_text(lines: &[Line<'_>]) -> String {
    let mut text = String::new();
    for line in lines.iter().filter(|line| line.kind == Kind::Quoted) {
        text.push_str(line.raw);
        text.push('\n');
    }
    text.trim_end().to_owned()
}
