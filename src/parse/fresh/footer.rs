//! What nobody typed: lines of devices, of a company's mail system, of list servers.

use super::line::{Kind, Line, plain};
use super::words;
use crate::types::lower;

/// Longest line of a device, in bytes.
const DEVICE_LEN_MAX: usize = 200;
/// Where a paragraph must show what it is, in bytes.
const HEAD_LEN: usize = 120;
/// A first line of lawyers within a paragraph, in bytes.
const LAWYERS_LEN_MIN: usize = 60;
const PARAGRAPH_LEN_MAX: usize = 6000;
/// Letters of a closing and a name.
const NAME_LETTERS_MAX: usize = 40;
/// Lines below a list server's bar.
const LIST_LINES_MAX: usize = 12;

/// Marks the footers among the lines typed now.
pub(super) fn mark(lines: &mut [Line<'_>]) {
    let mut at = 0;
    // Nothing was typed above.
    let mut begins = true;
    while at < lines.len() {
        let end = paragraph_end(lines, at);
        if end == at {
            at += 1;
            continue;
        }
        // HTML often leaves no blank line between the signature and what the lawyers add.
        let typed = begins && speaks(lines.get(at..end).unwrap_or_default());
        let lawyers = |start: &usize| lines.get(*start..end).is_some_and(|rest| is_disclaimer(rest, *start > at));
        let lawyers = (at..end).find(|start| !typed && lawyers(start)).unwrap_or(end);
        for (place, line) in lines.iter_mut().enumerate().take(end).skip(at) {
            if place >= lawyers || is_device(line.body) || is_picture(line.body) {
                line.kind = Kind::Footer;
            }
        }
        begins &= lawyers == at;
        at = end;
    }
    show_the_only_words(lines);
    mark_list_server(lines);
}

/// Whether somebody asks for something: "Ai sensi del GDPR chiedo di cancellare i miei dati" begins as lawyers do.
fn speaks(paragraph: &[Line<'_>]) -> bool {
    paragraph.iter().any(|line| words::get().speaks.is_match(line.body))
}

/// What looks like a lawyers' paragraph and stands above all else is the mail where hardly a word besides was typed.
fn show_the_only_words(lines: &mut [Line<'_>]) {
    let first = lines.iter().position(|line| matches!(line.kind, Kind::Own | Kind::Footer) && !line.is_blank());
    let Some(first) = first.filter(|first| lines.get(*first).is_some_and(|line| line.kind == Kind::Footer)) else { return };
    let letters = |line: &Line<'_>| line.body.chars().filter(|c| c.is_alphanumeric()).count();
    let typed: usize = lines.iter().filter(|line| line.kind == Kind::Own).map(letters).sum();
    if typed > NAME_LETTERS_MAX {
        return;
    }
    let banner = |line: &Line<'_>| line.body.trim_start().starts_with('[') || is_device(line.body) || is_picture(line.body);
    let paragraph = lines.iter_mut().skip(first).take_while(|line| line.kind == Kind::Footer && !line.is_blank());
    paragraph.filter(|line| !banner(line)).for_each(|line| line.kind = Kind::Own);
}

/// The end of the run of own lines without a blank one that begins on line `at`.
fn paragraph_end(lines: &[Line<'_>], at: usize) -> usize {
    at + lines.iter().skip(at).take_while(|line| line.kind == Kind::Own && !line.is_blank()).count()
}

/// `Sent from my iPhone`, in many languages, in brackets or with a link.
pub(super) fn is_device(body: &str) -> bool {
    if body.len() > DEVICE_LEN_MAX {
        return false;
    }
    let words = words::get();
    let line = plain(body);
    if !words.device_name.is_match(&line) && !line.contains("avast") && !line.contains("AVG") && !line.contains("mobile") {
        return false;
    }
    let line = without_links(&line).replace(['[', ']'], "");
    let line = line.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '*' | '_' | '"' | '-' | '—' | '–' | '.' | '|' | '/' | '~')
    });
    words.device.is_match(line) && !words.sentence.is_match(line)
}

/// Without `<https://…>`, `(https://…)` and bare addresses; the words of a link stay.
fn without_links(line: &str) -> String {
    let cut = |word: &str| ["http://", "https://"].iter().filter_map(|scheme| word.find(scheme)).min().map_or(word.len(), |at| at);
    line.split(' ').map(|word| word.get(..cut(word)).unwrap_or_default().trim_end_matches(['<', '('])).collect::<Vec<_>>().join(" ")
}

/// `[cid:image001.png@01D…]`: the place of a picture.
fn is_picture(body: &str) -> bool {
    let Some(inside) = body.strip_prefix('[').and_then(|body| body.strip_suffix(']')) else { return false };
    let inside = inside.to_ascii_lowercase();
    inside.starts_with("cid:")
        || inside.starts_with("image:")
        || inside == "image"
        || [".png", ".jpg", ".jpeg", ".gif"].iter().any(|end| inside.ends_with(end))
}

/// A paragraph of the kind lawyers and virus scanners add; `within` another one its first line must be as long as theirs are.
fn is_disclaimer(paragraph: &[Line<'_>], within: bool) -> bool {
    let Some(first) = paragraph.first().filter(|first| !within || first.body.len() >= LAWYERS_LEN_MIN) else { return false };
    let head = first.body.get(..first.body.floor_char_boundary(HEAD_LEN)).unwrap_or_default();
    let head = lower(&plain(head));
    let head = head.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '[');
    let words = words::get();
    if !words.begins_disclaimer(head) {
        return false;
    }
    let mut whole = String::new();
    for line in paragraph.iter().take_while(|line| line.body.len() < PARAGRAPH_LEN_MAX) {
        if whole.len() > PARAGRAPH_LEN_MAX {
            break;
        }
        whole.push_str(line.body);
        whole.push(' ');
    }
    words.disclaimer_word.is_match(&whole)
}

/// A bar with a list's name, address or way out below it, at the text's end.
fn mark_list_server(lines: &mut [Line<'_>]) {
    let is_bar = |line: &Line<'_>| line.kind == Kind::Own && line.body.len() >= 5 && line.body.chars().all(|c| matches!(c, '_' | '-'));
    let mut bar = None;
    let mut below = 0;
    for (at, line) in lines.iter().enumerate().rev().filter(|(_, line)| line.kind == Kind::Own && !line.is_blank()) {
        below += 1;
        if below > LIST_LINES_MAX {
            break;
        }
        if is_bar(line) {
            bar = Some(at);
            break;
        }
    }
    let Some(bar) = bar else { return };
    let Some(footer) = lines.get_mut(bar..) else { return };
    if footer.iter().any(|line| line.kind == Kind::Own && words::get().list_server.is_match(line.body)) {
        footer.iter_mut().filter(|line| line.kind == Kind::Own).for_each(|line| line.kind = Kind::Footer);
    }
}
