//! The text as it grows: white space folded as a browser does it, breaks counted, marked ranges remembered.

use std::ops::Range;

/// Newlines written in a row at most: one blank line between paragraphs.
const NEWLINES_MAX: usize = 2;
/// Spaces kept at the start of a line outside preformatted text.
const INDENT_MAX: usize = 16;

/// Plain text being written.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    /// Newlines owed before the next visible character.
    newlines: usize,
    /// A space or tab owed before the next visible character of this line.
    gap: Option<char>,
    /// Cells of a row that ended since the last visible character of this line.
    cells: usize,
    /// Nothing of a table's cell was written yet: breaks at its beginning show nothing.
    cell_begins: bool,
    /// No-break spaces owed at the start of a line.
    indent: usize,
    /// Bullet or number owed before the next visible character.
    bullet: Option<String>,
    /// Lines with words written so far.
    lines: usize,
    /// Where the quote that is open now began, once something of it was written.
    quote_start: Option<usize>,
    quote_depth: usize,
    quotes: Vec<Range<usize>>,
}

impl Page {
    /// The next text begins a new line; with two, after a blank line.
    pub(super) fn break_line(&mut self, newlines: usize) {
        if self.bullet.is_some() || self.cell_begins {
            return;
        }
        // A line holding nothing but no-break spaces is how Word writes an empty one.
        if self.indent > 0 && self.newlines > 0 {
            self.newlines += 1;
        }
        (self.indent, self.gap, self.cells) = (0, None, 0);
        self.newlines = self.newlines.max(newlines).min(NEWLINES_MAX);
    }

    /// `<br>`: ends a line, or makes an empty one.
    pub(super) fn force_break(&mut self) {
        if self.cell_begins {
            return;
        }
        (self.indent, self.gap, self.cells) = (0, None, 0);
        self.newlines = (self.newlines + 1).min(NEWLINES_MAX);
    }

    /// The next list item: one line, beginning with `bullet`.
    pub(super) fn begin_item(&mut self, bullet: String, first: bool) {
        (self.bullet, self.cell_begins) = (None, false);
        self.break_line(1);
        if !first {
            self.newlines = 1;
        }
        self.bullet = Some(bullet);
    }

    /// A table's cell begins; `same_line` when it follows another one of its row.
    pub(super) fn begin_cell(&mut self, same_line: bool) {
        if same_line {
            (self.newlines, self.indent, self.gap) = (0, 0, None);
            self.cells += 1;
        }
        self.cell_begins = true;
    }

    /// A table's cell ends.
    pub(super) fn end_cell(&mut self) {
        self.cell_begins = false;
    }

    /// Lines with words written so far, to tell whether a cell had several.
    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    /// Bytes written so far.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Adds text, folding white space; `keep` is for preformatted text.
    pub(super) fn push(&mut self, text: &str, keep: bool) {
        for c in text.chars() {
            match c {
                // Fillers that keep a preview line short, and marks that only say where a word may break.
                '\u{200b}' | '\u{feff}' | '\u{034f}' | '\u{00ad}' | '\0' | '\r' => {}
                '\n' if keep => self.keep_newline(),
                ' ' | '\t' if keep => self.keep_space(c),
                ' ' | '\t' | '\n' | '\x0c' => self.fold_space(),
                '\u{a0}' => self.keep_space(' '),
                c if c.is_control() => {}
                c => self.put(c),
            }
        }
    }

    fn keep_newline(&mut self) {
        // Blank lines of preformatted text stay as they are.
        self.flush_newlines();
        (self.indent, self.gap) = (0, None);
        self.text.push('\n');
    }

    fn keep_space(&mut self, space: char) {
        let at_start = self.newlines > 0 || self.text.is_empty() || self.text.ends_with('\n');
        match at_start {
            true => self.indent = (self.indent + if space == '\t' { 4 } else { 1 }).min(INDENT_MAX),
            false => {
                self.flush_gap();
                self.gap = Some(space);
            }
        }
    }

    fn fold_space(&mut self) {
        if self.newlines == 0 && !self.cell_begins && !self.text.is_empty() && !self.text.ends_with(['\n', ' ', '\t']) {
            self.gap = self.gap.or(Some(' '));
        }
    }

    fn put(&mut self, c: char) {
        self.cell_begins = false;
        self.flush_newlines();
        if let Some(bullet) = self.bullet.take() {
            (self.indent, self.gap) = (0, None);
            self.begin_quote();
            self.lines += 1;
            self.text.push_str(&bullet);
        }
        self.flush_gap();
        if self.text.is_empty() || self.text.ends_with('\n') {
            self.lines += 1;
            self.text.extend(std::iter::repeat_n(' ', self.indent));
        }
        self.indent = 0;
        self.begin_quote();
        self.text.push(c);
    }

    fn begin_quote(&mut self) {
        if self.quote_depth > 0 && self.quote_start.is_none() {
            self.quote_start = Some(self.text.len());
        }
    }

    fn flush_newlines(&mut self) {
        if self.newlines > 0 {
            (self.gap, self.cells) = (None, 0);
            if !self.text.is_empty() {
                self.text.extend(std::iter::repeat_n('\n', self.newlines));
            }
            self.newlines = 0;
        }
    }

    fn flush_gap(&mut self) {
        if self.cells > 0 {
            self.text.extend(std::iter::repeat_n('\t', self.cells));
            (self.cells, self.gap) = (0, None);
        }
        if let Some(gap) = self.gap.take()
            && !self.text.is_empty()
            && !self.text.ends_with('\n')
        {
            self.text.push(gap);
        }
    }

    /// What is written from here is quoted, until as many [`Self::close_quote`]s follow.
    pub(super) fn open_quote(&mut self) {
        self.quote_depth += 1;
    }

    /// Ends the innermost quote.
    pub(super) fn close_quote(&mut self) {
        self.quote_depth = self.quote_depth.saturating_sub(1);
        if self.quote_depth == 0
            && let Some(start) = self.quote_start.take()
        {
            self.quotes.push(start..self.text.len());
        }
    }

    /// Whether the last words announce what follows.
    pub(super) fn ends_with_colon(&self) -> bool {
        self.text.trim_end().ends_with([':', '：'])
    }

    /// The whole text and its quotes; everything from the byte `rest` on is quoted too.
    pub(super) fn finish(mut self, rest: impl FnOnce(&str) -> Option<usize>) -> (String, Vec<Range<usize>>) {
        self.quote_depth = 1;
        self.close_quote();
        let Page { mut text, mut quotes, .. } = self;
        text.truncate(text.trim_end().len());
        if let Some(start) = rest(&text) {
            quotes.retain(|quote| quote.start < start);
            if let Some(last) = quotes.last_mut() {
                last.end = last.end.min(start);
            }
            quotes.push(start..text.len());
        }
        for quote in &mut quotes {
            quote.end = quote.end.min(text.len());
        }
        quotes.retain(|quote| quote.start < quote.end);
        (text, quotes)
    }
}
