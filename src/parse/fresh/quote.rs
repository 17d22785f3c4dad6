//! Which lines are quoted: by marks, by the HTML, below an attribution, a header block or a separator.

use super::attribution::{self, Strength};
use super::headers;
use super::line::{Kind, Line, plain};
use super::words;
use crate::types::lower;

/// Longest separator, in bytes.
const SEPARATOR_LEN_MAX: usize = 200;
/// Lines a header block may stand below its separator.
const BLOCK_WITHIN: usize = 4;

/// What a line between two mails says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// "-----Original Message-----"
    Original,
    /// "---------- Forwarded message ---------", "Begin forwarded message:"
    Forwarded,
    /// "Please type your reply above this line"
    ReplyAbove,
}

/// The separator a line is, decorated or at least alone. `sure` when its look leaves no doubt.
pub(super) fn separator(body: &str) -> Option<(Separator, bool)> {
    if body.len() > SEPARATOR_LEN_MAX || body.is_empty() {
        return None;
    }
    let decoration =
        |c: char| matches!(c, '-' | '_' | '=' | '*' | '~' | '#' | '<' | '>' | '─' | '—' | '–' | '+' | '‐' | '[' | ']') || c.is_whitespace();
    let phrase = lower(&plain(body.trim_matches(decoration)));
    let announces = phrase.ends_with([':', '：']);
    let phrase = phrase.trim_end_matches([':', '：']).trim_end();
    let decorated = body.starts_with(|c: char| decoration(c)) && body.chars().take_while(|c| decoration(*c)).count() >= 2;
    let words = words::get();
    if words.forwarded_begin.contains(phrase) && (announces || decorated) {
        return Some((Separator::Forwarded, true));
    }
    if words.forwarded.contains(phrase) || decorated && words.forwarded_by.iter().any(|start| phrase.starts_with(start.as_str())) {
        return Some((Separator::Forwarded, decorated));
    }
    if words.original.contains(phrase) {
        return Some((Separator::Original, decorated));
    }
    words.reply_above.is_match(phrase).then_some((Separator::ReplyAbove, decorated || announces))
}

/// A line of dashes or underscores only, as Outlook draws one above a header block.
pub(super) fn is_rule(body: &str) -> bool {
    body.len() >= 5 && body.chars().all(|c| matches!(c, '-' | '_' | '=' | '*' | '─' | '—'))
}

/// What was found besides the quoted lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marked {
    /// Something other than the HTML's own marks says that there is a quote.
    pub(super) certain: bool,
    /// The first line below an announcement whose quote bears no marks.
    pub(super) unmarked: Option<usize>,
}

/// Marks the quoted lines.
pub(super) fn mark(lines: &mut [Line<'_>]) -> Marked {
    let first = next_words(lines, 0);
    let (mut found, mut at) = (Marked::default(), 0);
    while let Some(line) = lines.get(at) {
        if line.is_quote() {
            found.certain |= line.depth > 0 || says_quote(lines, at);
            if below_marked_headers(lines, at) {
                set(lines, at, lines.len());
                break;
            }
            let start = announced_from(lines, at);
            found.certain |= start < at;
            // Blank lines between two quoted ones belong to neither side.
            set(lines, start, at + 1);
            at += 1;
            continue;
        }
        match boundary(lines, at, first == Some(at)) {
            Some((start, below)) => {
                found.certain = true;
                let start = rule_above(lines, start).unwrap_or(start);
                let end = match next_words(lines, below) {
                    // What is marked ends where the marks end; an answer may stand below.
                    Some(next) if lines.get(next).is_some_and(Line::is_quote) => next,
                    _ => {
                        found.unmarked = Some(below);
                        lines.len()
                    }
                };
                set(lines, start, end);
                at = end.max(at + 1);
            }
            None => at += 1,
        }
    }
    found
}

fn set(lines: &mut [Line<'_>], start: usize, end: usize) {
    if let Some(range) = lines.get_mut(start..end) {
        range.iter_mut().for_each(|line| line.kind = Kind::Quoted);
    }
}

fn next_words(lines: &[Line<'_>], from: usize) -> Option<usize> {
    lines.iter().enumerate().skip(from).find(|(_, line)| !line.is_blank()).map(|(at, _)| at)
}

fn words_above(lines: &[Line<'_>], at: usize) -> Option<usize> {
    (0..at).rev().take(BLOCK_WITHIN).find(|above| lines.get(*above).is_some_and(|line| !line.is_blank()))
}

/// The line of dashes above line `at`, if one stands there.
fn rule_above(lines: &[Line<'_>], at: usize) -> Option<usize> {
    words_above(lines, at).filter(|above| lines.get(*above).is_some_and(|line| is_rule(line.body) && !line.is_quote()))
}

/// Whether line `at` is the first of a stretch that the HTML marks.
fn begins_marked(lines: &[Line<'_>], at: usize) -> bool {
    let marked = |line: &Line<'_>| line.marked && line.depth == 0;
    lines.get(at).is_some_and(marked) && !at.checked_sub(1).and_then(|above| lines.get(above)).is_some_and(marked)
}

/// Whether a stretch that the HTML marks announces itself within its first lines.
fn says_quote(lines: &[Line<'_>], at: usize) -> bool {
    let announces = |at: usize| {
        let body = lines.get(at).map_or("", |line| line.body);
        separator(body).is_some()
            || attribution::ending_at(lines, at).is_some()
            || headers::block(lines, at).is_some_and(|block| block.is_mail(false))
    };
    begins_marked(lines, at) && (at..at + BLOCK_WITHIN).any(announces)
}

/// Whether the HTML marks a separator and its header block from line `at` on, and not the mail below them, as Gmail does.
fn below_marked_headers(lines: &[Line<'_>], at: usize) -> bool {
    if !begins_marked(lines, at) || !lines.get(at).is_some_and(|line| matches!(separator(line.body), Some((_, true)))) {
        return false;
    }
    let block = (at + 1..=at + BLOCK_WITHIN).find_map(|start| headers::block(lines, start).filter(|block| block.is_mail(true)));
    let next = block.and_then(|block| next_words(lines, block.end));
    next.and_then(|next| lines.get(next)).is_some_and(|line| !line.is_quote())
}

/// Where a quote that is marked from line `at` on really begins: with the line above that announces it.
fn announced_from(lines: &[Line<'_>], at: usize) -> usize {
    let is_first = at == 0 || lines.get(at - 1).is_some_and(|line| !line.is_quote());
    let above =
        words_above(lines, at).filter(|above| is_first && lines.get(*above).is_some_and(|line| line.kind == Kind::Own && !line.is_quote()));
    let Some(above) = above else { return at };
    match attribution::ending_at(lines, above) {
        Some(attribution) => attribution.start,
        None => at,
    }
}

/// The boundary between two mails that line `at` is: its first line, and the first line below it. `at_top` when no words stand above.
fn boundary(lines: &[Line<'_>], at: usize, at_top: bool) -> Option<(usize, usize)> {
    let line = lines.get(at)?;
    if line.is_blank() {
        return None;
    }
    if let Some((separator, sure)) = separator(line.body) {
        let block = (at + 1..=at + BLOCK_WITHIN).find_map(|start| headers::block(lines, start).filter(|block| block.is_mail(true)));
        if sure || separator != Separator::ReplyAbove && block.is_some() {
            return Some((at, block.map_or(at + 1, |block| block.end)));
        }
    }
    if headers::label(line.body).is_some()
        && let Some(block) = headers::block(lines, at)
    {
        let separated = rule_above(lines, at).is_some();
        // A web form's answer looks like a header block with nothing above it, but has no day.
        if block.is_mail(separated) && (!at_top || block.is_dated()) {
            return Some((at, block.end));
        }
    }
    let attribution = attribution::ending_at(lines, at)?;
    let marked_below = next_words(lines, at + 1).is_some_and(|next| lines.get(next).is_some_and(Line::is_quote));
    // `… wrote:` before words in quotation marks is the sender's own telling.
    let cites = next_words(lines, at + 1)
        .and_then(|next| lines.get(next))
        .is_some_and(|line| line.body.starts_with(['"', '“', '„', '«', '「', '”']));
    let sure = !cites && attribution.strength == Strength::Strong
        || !cites && rule_above(lines, attribution.start).is_some() && attribution.begins;
    (marked_below || sure).then_some((attribution.start, at + 1))
}
