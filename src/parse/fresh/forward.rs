//! A mail passed on inline: who wrote the inner one, and what.

use super::attribution;
use super::line::{Kind, Line, plain};
use super::quote::{Separator, is_rule, separator};
use super::words::{self, Field};
use super::{Forwarded, headers};
use crate::types::NamedAddress;

/// Lines with words within which the inner mail's header block must begin.
const LINES_MAX: usize = 15;

/// The mail passed on, if this one is a forward: by its subject, by a marker, or because nothing but a header block with its mail
/// is there.
pub(super) fn read(lines: &[Line<'_>], subject: Option<&str>) -> Option<Forwarded> {
    let quoted: Vec<(usize, &Line<'_>)> =
        lines.iter().enumerate().filter(|(_, line)| line.kind == Kind::Quoted && !line.is_blank()).take(LINES_MAX).collect();
    let (first, _) = *quoted.first()?;
    // A marker further down belongs to an older mail.
    let marker = quoted
        .iter()
        .find(|(_, line)| !is_rule(line.body))
        .filter(|(_, line)| matches!(separator(line.body), Some((Separator::Forwarded, _))));
    let marker = marker.map(|(at, _)| *at);
    let bare = |at: usize| headers::block(lines, at).filter(|block| block.is_mail(false));
    let is_reply = subject.is_some_and(is_reply);
    let nothing_typed = lines.iter().take(first).all(Line::is_blank);
    let is_forward = marker.is_some() || subject.is_some_and(is_forward) || nothing_typed && !is_reply && bare(first).is_some();
    if !is_forward {
        return None;
    }
    let from = marker.unwrap_or(first);
    let candidates = || quoted.iter().map(|(at, _)| *at).filter(|at| *at >= from);
    let block = candidates().find_map(|at| {
        headers::block(lines, at).filter(|block| block.is_mail(marker.is_some()) || marker.is_some() && block.writer().address.is_some())
    });
    if let Some(block) = block {
        let subject = block.get(Field::Subject).filter(|subject| !subject.is_empty()).map(str::to_owned);
        return Some(Forwarded { from: block.writer(), subject, text: inner(lines, block.end, first) });
    }
    let attributed = candidates().find_map(|at| attribution::ending_at(lines, at).map(|found| (at, found.writer)));
    match (attributed, marker) {
        (Some((at, from)), _) => Some(Forwarded { from, subject: None, text: inner(lines, at + 1, first) }),
        (None, Some(marker)) => Some(Forwarded { from: NamedAddress::default(), subject: None, text: inner(lines, marker + 1, first) }),
        (None, None) => None,
    }
}

/// The inner mail's text from line `start`, without the marks that the forward itself put before every line.
fn inner(lines: &[Line<'_>], start: usize, first: usize) -> String {
    let depth = lines.get(first).map_or(0, |line| line.depth);
    let mut text = String::new();
    for line in lines.iter().skip(start) {
        if is_end(line.body) {
            break;
        }
        text.push_str(unmarked(line.raw, depth));
        text.push('\n');
    }
    text.trim_matches(['\n', '\r']).trim_end().to_owned()
}

fn is_end(body: &str) -> bool {
    body.starts_with('-')
        && body.len() < 150
        && words::get().forwarded_end.contains(plain(body).trim_matches(['-', ' ']).to_lowercase().as_str())
}

/// Without the first `depth` quote marks.
fn unmarked(raw: &str, depth: usize) -> &str {
    let mut rest = raw;
    for _ in 0..depth {
        let Some(after) = rest.trim_start().strip_prefix('>') else { break };
        rest = after;
    }
    if depth > 0 { rest.strip_prefix(' ').unwrap_or(rest) } else { rest }
}

/// Whether the subject's first prefix says it was passed on.
fn is_forward(subject: &str) -> bool {
    first_prefix(subject).is_some_and(|prefix| words::get().forward_prefixes.contains(&prefix))
}

/// Whether the subject's first prefix says it is a reply: the two or three letters before a colon, and no forward's.
fn is_reply(subject: &str) -> bool {
    first_prefix(subject).is_some_and(|prefix| prefix.chars().count() <= 4 && !words::get().forward_prefixes.contains(&prefix))
}

/// What stands before the first colon, in lower case, without a counter: `FW[2]: x` gives `fw`.
fn first_prefix(subject: &str) -> Option<String> {
    let subject = subject.trim_start().trim_start_matches('[');
    let (prefix, _) = subject.split_once([':', '：'])?;
    let prefix = prefix.split(['[', '(']).next().unwrap_or_default().trim();
    (!prefix.is_empty() && prefix.chars().count() <= 20).then(|| prefix.to_lowercase())
}
