//! Where the block below the sender's name begins. In doubt a line stays the sender's own words.

use super::contact::{self, Trait};
use super::footer;
use super::line::{Kind, Line, plain};
use super::words;
use crate::types::lower;

/// Lines with words, from the end, among which a signature may begin.
const WINDOW: usize = 30;
/// Lines below a `--` without the space RFC 3676 §4.3 asks for: more are no signature.
const BARE_DELIMITER_MAX: usize = 15;
/// Longest closing, in bytes, and longest line of a signature, in characters.
const CLOSING_LEN_MAX: usize = 150;
const LINE_MAX: usize = 120;

/// What was found below the sender's own words.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The line with the bare name.
    pub(super) name: Option<usize>,
    /// What stands behind the closing on its own line: `Best regards, Maria Lopez`.
    pub(super) beside: Option<String>,
    /// The lines of the block.
    pub(super) block: Vec<usize>,
}

/// Finds and marks the signature of one stretch of own lines, given by their indexes; `above` when others stand before it.
pub(super) fn mark(lines: &mut [Line<'_>], own: &[usize], above: bool, from_name: Option<&str>) -> Option<Found> {
    let worded: Vec<usize> = own.iter().copied().filter(|at| lines.get(*at).is_some_and(|line| !line.is_blank())).collect();
    let found = find(lines, &worded, above, from_name)?;
    for at in &found.block {
        if let Some(line) = lines.get_mut(*at) {
            line.kind = Kind::Signature;
        }
    }
    Some(found)
}

/// `worded` are the lines with words. A stretch is no signature as a whole, unless the sender's words stand above it.
fn find(lines: &[Line<'_>], worded: &[usize], above: bool, from_name: Option<&str>) -> Option<Found> {
    let tail = worded.get(worded.len().saturating_sub(WINDOW)..)?;
    let first = worded.len() - tail.len() + usize::from(above);
    below_delimiter(lines, worded)
        .or_else(|| below_rule(lines, tail, first))
        .or_else(|| below_closing(lines, tail, from_name))
        .or_else(|| below_name(lines, tail, first, from_name))
        .or_else(|| last_paragraph(lines, tail, first))
}

fn body<'a>(lines: &[Line<'a>], at: usize) -> &'a str {
    lines.get(at).map(|line| line.body).unwrap_or_default()
}

/// `-- ` and all below it.
fn below_delimiter(lines: &[Line<'_>], worded: &[usize]) -> Option<Found> {
    let is_delimiter = |at: &usize| lines.get(*at).is_some_and(|line| line.raw.trim_end() == "--");
    let place = worded.iter().position(is_delimiter)?;
    let below = worded.get(place + 1..)?;
    let exact = lines.get(*worded.get(place)?).is_some_and(|line| line.raw == "-- ");
    let is_content = |at: &usize| body(lines, *at).starts_with("- ") || body(lines, *at).ends_with([':', '：']);
    if (!exact || place == 0) && (below.len() > BARE_DELIMITER_MAX || below.iter().any(is_content)) {
        return None;
    }
    let (block, _) = up_to_postscript(lines, worded.get(place..)?);
    let name = below.first().copied().filter(|at| contact::is_name(body(lines, *at), None));
    Some(Found { name, beside: None, block })
}

/// A bar of dashes or the like, when what is below it looks like a signature or is hardly anything.
fn below_rule(lines: &[Line<'_>], tail: &[usize], first: usize) -> Option<Found> {
    let is_rule = |at: &usize| {
        let body = body(lines, *at);
        let mark = body.chars().next().filter(|c| matches!(c, '-' | '_' | '=' | '*' | '~' | '#' | '+' | '—' | '–'));
        mark.is_some_and(|mark| body.chars().all(|c| c == mark)) && (body.chars().count() >= 3 || body == "—" || body == "––")
    };
    let place = tail.iter().rposition(is_rule).filter(|place| first + place > 0)?;
    let below = tail.get(place + 1..)?;
    if below.is_empty() {
        return Some(Found { name: None, beside: None, block: tail.get(place..)?.to_vec() });
    }
    let long_bar = body(lines, *tail.get(place)?).chars().count() >= 10;
    let slight = long_bar && below.len() <= 2 && below.iter().all(|at| body(lines, *at).chars().count() <= 60);
    let contacts = below.iter().filter(|at| contact::traits(body(lines, **at)).has_reach()).count();
    let is_card = contacts >= 1 && is_block(lines, below);
    if !slight && !is_card {
        return None;
    }
    Some(Found {
        name: below.first().copied().filter(|at| contact::is_name(body(lines, *at), None)),
        beside: None,
        block: tail.get(place..)?.to_vec(),
    })
}

/// The block below a closing and the name.
fn below_closing(lines: &[Line<'_>], tail: &[usize], from_name: Option<&str>) -> Option<Found> {
    let mut alone = None;
    for (place, at) in tail.iter().enumerate() {
        if !is_closing(body(lines, *at)) {
            continue;
        }
        let mut next = place + 1;
        while tail.get(next).is_some_and(|at| is_closing(body(lines, *at))) {
            next += 1;
        }
        let beside = beside(body(lines, *tail.get(next - 1)?));
        let named = |at: &usize| contact::is_name(body(lines, *at), from_name) || next + 1 == tail.len() && is_sender(body(lines, *at));
        let name = tail.get(next).copied().filter(named);
        next += usize::from(name.is_some());
        let (below, after) = up_to_postscript(lines, tail.get(next..)?);
        if below.is_empty() {
            alone = Some(Found { name, beside, block: Vec::new() }).filter(|_| after == 0);
        } else if let Some(block) = block_of(lines, &below) {
            return Some(Found { name, beside, block });
        }
    }
    alone
}

/// A company or a department that signs in the place of a name.
fn is_sender(body: &str) -> bool {
    let traits = contact::traits(body);
    (traits.company || traits.title) && !traits.has_reach() && !traits.address
}

/// What stands behind the first comma of a closing.
fn beside(closing: &str) -> Option<String> {
    let (_, rest) = closing.split_once([',', '，', '،'])?;
    let rest = rest.trim();
    (!rest.is_empty() && !is_closing(rest)).then(|| rest.to_owned())
}

/// The block below the sender's name without a closing before it.
fn below_name(lines: &[Line<'_>], tail: &[usize], first: usize, from_name: Option<&str>) -> Option<Found> {
    let from_name = from_name?;
    let place = tail.iter().rposition(|at| contact::is_own_name(body(lines, *at), from_name)).filter(|place| first + place > 0)?;
    let name = tail.get(place).copied();
    let (below, _) = up_to_postscript(lines, tail.get(place + 1..)?);
    match below.is_empty() {
        true => Some(Found { name, beside: None, block: Vec::new() }),
        false => block_of(lines, &below).map(|block| Found { name, beside: None, block }),
    }
}

/// The last paragraph, when it is unmistakably a business card that nothing announces.
fn last_paragraph(lines: &[Line<'_>], tail: &[usize], first: usize) -> Option<Found> {
    let gap = |pair: &[usize]| matches!(pair, [above, below] if below - above > 1);
    let place = tail.windows(2).rposition(gap).map(|above| above + 1).filter(|place| first + place > 0)?;
    let block = tail.get(place..)?;
    let announced = tail.get(place - 1).is_some_and(|at| body(lines, *at).ends_with([':', '：']));
    let reach: Vec<Trait> = block.iter().map(|at| contact::traits(body(lines, *at))).collect();
    let contacts = reach.iter().filter(|t| t.has_reach()).count();
    let company = reach.iter().any(|t| t.company);
    // A card begins with a name; `Company: …` answers what was asked for.
    let own_colon = block.first().is_some_and(|at| body(lines, *at).contains([':', '：']));
    let is_card = block.len() >= 2 && contacts >= 1 && (contacts >= 2 || company) && reach.iter().any(|t| t.phone || t.web);
    if announced || own_colon || !is_card || !is_block(lines, block) {
        return None;
    }
    // A bare name above the card stays with the sender's words.
    let name = block.first().copied().filter(|at| contact::is_name(body(lines, *at), None) && !contact::traits(body(lines, *at)).any());
    let block = block.get(usize::from(name.is_some())..)?.to_vec();
    Some(Found { name, beside: None, block })
}

/// The lines before a postscript, and how many follow from there.
fn up_to_postscript(lines: &[Line<'_>], below: &[usize]) -> (Vec<usize>, usize) {
    let end = below.iter().position(|at| words::get().postscript.is_match(body(lines, *at))).unwrap_or(below.len());
    (below.iter().copied().take(end).collect(), below.len() - end)
}

/// The lines of `below` that are a signature: all, or the paragraphs before the first one that reads like a letter.
fn block_of(lines: &[Line<'_>], below: &[usize]) -> Option<Vec<usize>> {
    if is_block(lines, below) {
        return Some(below.to_vec());
    }
    let prose = below.iter().position(|at| is_prose(body(lines, *at)))?;
    let start = (1..=prose).rev().find(|place| matches!(below.get(place - 1..=*place), Some([above, here]) if here - above > 1))?;
    let head = below.get(..start)?;
    let features = head.iter().filter(|at| contact::traits(body(lines, **at)).any()).count();
    (features >= 2 && is_block(lines, head)).then(|| head.to_vec())
}

/// Short lines, none that reads like a letter, at least one that says how to reach somebody or who it is.
fn is_block(lines: &[Line<'_>], below: &[usize]) -> bool {
    let features = below.iter().filter(|at| contact::traits(body(lines, **at)).any()).count();
    let prose = below.iter().filter(|at| is_prose(body(lines, **at))).count();
    let announces = below.first().is_some_and(|at| body(lines, *at).ends_with([':', '：']));
    features >= 1 && prose == 0 && !announces && below.len() <= WINDOW && features * 4 >= below.len()
}

/// Reads like a sentence: long, or with a sentence's end after many words.
fn is_prose(body: &str) -> bool {
    let length = body.chars().count();
    if length > 2 * LINE_MAX {
        return true;
    }
    let traits = contact::traits(body);
    if body.ends_with(['?', '？', '؟']) {
        return true;
    }
    let spaced = body.split_whitespace().count();
    let wide = body.chars().filter(|c| *c >= '\u{2e80}').count();
    let long = spaced >= 9 || wide >= 18 || length > LINE_MAX;
    long && !traits.any() || (spaced >= 7 || wide >= 12) && body.ends_with(['.', '!', '。', '！']) && !traits.has_reach() && !traits.company
}

/// Whether a line closes a letter: a closing, two of them, or one with the name behind a comma.
pub(super) fn is_closing(body: &str) -> bool {
    if body.len() > CLOSING_LEN_MAX || body.is_empty() {
        return false;
    }
    let words = words::get();
    let line = lower(&plain(body));
    let line = line.trim_matches(|c: char| !c.is_alphanumeric() && c != ')' && !is_combining(c));
    if words.closings.contains(line) || words.closing_ends.iter().any(|end| line.ends_with(end.as_str())) {
        return true;
    }
    let parts = line.split([',', '!', '.', '，', '！', '。', '~', '～', '/', '、', '،', ';']).map(str::trim);
    let mut parts = parts.filter(|part| !part.is_empty());
    let closes = |part: &str| words.closings.contains(part.trim_end_matches(['.', ' ']));
    let Some(first) = parts.next() else { return false };
    let rest: Vec<&str> = parts.collect();
    if rest.is_empty() {
        return ends_in_closing(first);
    }
    closes(first)
        && (rest.iter().map(|part| part.split_whitespace().count()).sum::<usize>() <= 4 && !footer::is_device(body)
            || rest.iter().all(|part| closes(part)))
}

/// `thanks & best regards`, `thank you and kind regards`: two closings joined by a word.
fn ends_in_closing(line: &str) -> bool {
    let closings = &words::get().closings;
    let joints = [" and ", " & ", " und ", " et ", " y ", " e ", " и ", " ve ", " en ", " og ", " och ", " i ", " a ", " + "];
    joints
        .iter()
        .filter_map(|joint| line.split_once(joint))
        .any(|(one, other)| closings.contains(one.trim()) && closings.contains(other.trim()))
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{94f}' | '\u{e31}'..='\u{e4e}')
}
