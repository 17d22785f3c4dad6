//! A mail's lines, with what stands before their words.

use std::borrow::Cow;
use std::ops::Range;

/// What a line is to its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Typed now.
    Own,
    /// Of an earlier mail, or what announces it.
    Quoted,
    /// Of the block below the sender's name.
    Signature,
    /// Added by a device or a company's mail system.
    Footer,
}

/// One line of the text.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    /// As it stands in the mail, without its line end.
    pub(super) raw: &'a str,
    /// Without quote marks and surrounding white space.
    pub(super) body: &'a str,
    /// How many quote marks stand before it.
    pub(super) depth: usize,
    /// Whether the mail's HTML marks it as quoted.
    pub(super) marked: bool,
    pub(super) kind: Kind,
}

impl Line<'_> {
    pub(super) fn is_blank(&self) -> bool {
        self.body.is_empty()
    }

    /// Whether a quote mark or the HTML says it is quoted.
    pub(super) fn is_quote(&self) -> bool {
        self.depth > 0 || self.marked
    }
}

/// Cuts a text into lines; `quotes` are the byte ranges its HTML marks, in order.
pub(super) fn lines<'a>(text: &'a str, quotes: &[Range<usize>]) -> Vec<Line<'a>> {
    let (mut start, mut quotes) = (0, quotes.iter().peekable());
    let mut lines = Vec::new();
    for whole in text.split_inclusive('\n') {
        let raw = whole.trim_end_matches(['\n', '\r']);
        let words = start + (raw.len() - raw.trim_start().len());
        while quotes.next_if(|quote| quote.end <= words).is_some() {}
        let marked = quotes.peek().is_some_and(|quote| quote.start <= words) && !raw.trim().is_empty();
        let (depth, body) = strip_marks(raw);
        lines.push(Line { raw, body, depth, marked, kind: Kind::Own });
        start += whole.len();
    }
    unmark_comparisons(&mut lines);
    unmark_closing_brackets(&mut lines);
    unmark_announcements(&mut lines);
    mark_bars(&mut lines);
    lines
}

/// Counts the `>` before a line, `> > ` like `>>`, and gives what follows them.
fn strip_marks(raw: &str) -> (usize, &str) {
    let (mut depth, mut rest) = (0, raw.trim_start());
    while let Some(after) = rest.strip_prefix(['>', '＞']) {
        depth += 1;
        rest = after.trim_start();
    }
    // `>>> our shop <<<` is an ornament.
    match rest.trim_end().ends_with("<<") {
        true => (0, raw.trim()),
        false => (depth, rest.trim_end()),
    }
}

/// `> 1000 pcs: USD 2.10` compares and quotes nothing: a few such lines and no other marked line, each with a number after its mark.
fn unmark_comparisons(lines: &mut [Line<'_>]) {
    let marked = || lines.iter().filter(|line| line.depth > 0);
    let compares = |line: &Line<'_>| line.depth == 1 && line.body.trim_start_matches(['=', ' ']).starts_with(|c: char| c.is_ascii_digit());
    let announced = lines.windows(2).any(|pair| matches!(pair, [above, below] if below.depth > 0 && above.depth == 0 && above.body.ends_with(':') && above.body.contains(|c: char| c.is_ascii_digit() || c == '@')));
    if marked().count() <= 4 && marked().all(compares) && !announced {
        for line in lines.iter_mut().filter(|line| line.depth > 0) {
            (line.depth, line.body) = (0, line.raw.trim());
        }
    }
}

/// A `>` closes the address that the line above, or the one before that, opened with `<` and left to be wrapped.
fn unmark_closing_brackets(lines: &mut [Line<'_>]) {
    for at in 1..lines.len() {
        let opens = |line: &Line<'_>| line.depth == 0 && line.body.rsplit_once('<').is_some_and(|(_, after)| !after.contains([' ', '>']));
        let is_opened = (at.saturating_sub(2)..at).any(|above| lines.get(above).is_some_and(opens));
        if let Some(line) = lines.get_mut(at).filter(|line| line.depth == 1 && line.body.len() <= 60 && is_opened) {
            (line.depth, line.body) = (0, line.raw.trim());
        }
    }
}

/// GroupWise puts `>>>` before the line that announces a quote, and nothing before the quote.
fn unmark_announcements(lines: &mut [Line<'_>]) {
    for at in 0..lines.len() {
        let is_quote = |line: Option<&Line<'_>>| line.is_some_and(|line| line.depth > 0);
        let alone = !is_quote(lines.get(at + 1)) && !is_quote(at.checked_sub(1).and_then(|above| lines.get(above)));
        let announces = |line: &Line<'_>| line.raw.starts_with(">>>") && (line.body.ends_with(">>>") || line.body.ends_with(':'));
        if let Some(line) = lines.get_mut(at).filter(|line| alone && line.depth == 3 && announces(line)) {
            (line.depth, line.body) = (0, line.body.trim_end_matches(['>', ' ']));
        }
    }
}

/// `| text` and `JS> text` are quotes when several such lines follow one another; a table's row ends with its bar.
fn mark_bars(lines: &mut [Line<'_>]) {
    let marks: Vec<Option<(&str, &str)>> = lines.iter().map(|line| if line.depth == 0 { bar(line.raw) } else { None }).collect();
    for (at, line) in lines.iter_mut().enumerate() {
        let Some(Some((mark, body))) = marks.get(at) else { continue };
        let same = |other: Option<&Option<(&str, &str)>>| other.is_some_and(|other| other.is_some_and(|(m, _)| m == *mark));
        if same(marks.get(at + 1)) || at.checked_sub(1).is_some_and(|above| same(marks.get(above))) {
            (line.depth, line.body) = (1, body);
        }
    }
}

/// A bar or initials with an angle bracket before a line, and what follows.
fn bar(raw: &str) -> Option<(&str, &str)> {
    let raw = raw.trim();
    if let Some(body) = raw.strip_prefix('|') {
        return (!body.contains('|')).then(|| ("|", body.trim()));
    }
    let (initials, body) = raw.split_once('>')?;
    let are_initials = (1..=3).contains(&initials.len())
        && initials.chars().all(|c| c.is_ascii_alphabetic())
        && initials.starts_with(|c: char| c.is_ascii_uppercase());
    (are_initials && !body.trim_start().starts_with(|c: char| c.is_ascii_digit())).then(|| (initials, body.trim()))
}

/// A text as it is compared: marks of writing direction and of width left out, all kinds of spaces the same.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let is_mark =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{61c}');
    // Every line passes here several times, and nearly all are plain already.
    if !text.contains(|c: char| c != ' ' && (c.is_whitespace() || is_mark(c))) {
        return Cow::Borrowed(text);
    }
    let unmarked = text.chars().filter(|c| !is_mark(*c));
    Cow::Owned(unmarked.map(|c| if c.is_whitespace() { ' ' } else { c }).collect())
}
