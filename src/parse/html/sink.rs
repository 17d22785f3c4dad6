//! Takes the tokenizer's tokens and writes the page.

use super::marks::{self, Mark, Shown};
use super::page::Page;
use crate::parse::limits::HIDDEN_LEN_MAX;
use html5ever::tokenizer::states::{Rawtext, Rcdata, ScriptData};
use html5ever::tokenizer::{CharacterTokens, EndTag, ParseError, StartTag, Tag, TagToken, Token, TokenSink, TokenSinkResult};
use html5ever::{Attribute, LocalName, local_name};
use std::cell::RefCell;
use std::ops::Range;

/// Elements that may be open at once; deeper ones are only counted.
const OPEN_MAX: usize = 4096;
/// Open elements an end tag is compared with.
const LOOK_BACK_MAX: usize = 64;
/// Descriptions of pictures that are kept, and their length in bytes.
const PICTURES_MAX: usize = 10;
const PICTURE_LEN_MAX: usize = 200;
/// Places where a quote may begin that are kept.
const PLACES_MAX: usize = 200;

/// The receiving end of the tokenizer.
#[derive(Default)]
pub(super) struct Sink(RefCell<Reader>);

impl Sink {
    /// Tokens taken so far, errors not counted.
    pub(super) fn tokens(&self) -> usize {
        self.0.borrow().tokens
    }

    /// The text, what of it is quoted, and what is hidden.
    pub(super) fn finish(self) -> (String, Vec<Range<usize>>, String) {
        self.0.into_inner().finish()
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut reader = self.0.borrow_mut();
        if !matches!(token, ParseError(_)) {
            reader.tokens += 1;
        }
        match token {
            CharacterTokens(text) => reader.text(&text),
            TagToken(tag) if tag.kind == StartTag => return reader.start(&tag),
            TagToken(Tag { kind: EndTag, name, .. }) => reader.end(&name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// An element that is open.
#[derive(Debug)]
struct Open {
    name: LocalName,
    shown: Shown,
    quote: bool,
    /// Newlines after it.
    after: usize,
    /// It has a background of its own that is not white.
    painted: bool,
    /// A list that has an item.
    begun: bool,
    /// The next item's number, for an ordered list.
    items: Option<usize>,
    /// Where its first cell began, for a table row.
    row: Option<Row>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Row {
    cells: usize,
    start: usize,
    line: usize,
}

#[derive(Debug, Default)]
struct Reader {
    tokens: usize,
    page: Page,
    open: Vec<Open>,
    /// Elements opened beyond [`OPEN_MAX`].
    beyond: usize,
    /// Inside a script, a style, a title.
    raw: bool,
    pre: usize,
    lists: usize,
    pictures: Vec<String>,
    rest: Option<usize>,
    perhaps_rest: Vec<usize>,
    hidden: String,
    /// Open elements with a background of their own.
    painted: usize,
}

impl Reader {
    fn shown(&self) -> Shown {
        self.open.last().map(|open| open.shown).unwrap_or_default()
    }

    fn text(&mut self, text: &str) {
        if self.raw {
            return;
        }
        let shown = self.shown();
        if matches!(shown, Shown::Yes | Shown::White) {
            self.page.push(text, self.pre > 0);
        }
        let room = HIDDEN_LEN_MAX.saturating_sub(self.hidden.len() + 1);
        if shown != Shown::Yes && room > 0 && !text.trim().is_empty() {
            self.hidden.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or(text));
            self.hidden.push(' ');
        }
    }

    fn start(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let raw = match tag.name {
            local_name!("script") => Some(ScriptData),
            local_name!("style") | local_name!("xmp") | local_name!("iframe") | local_name!("noembed") | local_name!("noframes") => {
                Some(Rawtext)
            }
            local_name!("title") | local_name!("textarea") => Some(Rcdata),
            _ => None,
        };
        if let Some(raw) = raw {
            self.raw = tag.name != local_name!("xmp") && tag.name != local_name!("textarea");
            return TokenSinkResult::RawData(raw);
        }
        match tag.name {
            local_name!("br") => self.visible(|page| page.force_break()),
            local_name!("img") => self.picture(&tag.attrs),
            local_name!("wbr")
            | local_name!("meta")
            | local_name!("link")
            | local_name!("input")
            | local_name!("base")
            | local_name!("col") => {}
            _ => self.element(tag),
        }
        TokenSinkResult::Continue
    }

    fn visible(&mut self, write: impl FnOnce(&mut Page)) {
        if self.shown() != Shown::No {
            write(&mut self.page);
        }
    }

    fn element(&mut self, tag: &Tag) {
        self.close_implied(&tag.name);
        let outer = self.shown();
        let style = marks::style(&tag.attrs);
        let skipped = matches!(&*tag.name, "template" | "object" | "svg" | "math" | "select");
        let painted = is_block(&tag.name) && marks::is_painted(&tag.attrs, &style);
        let is_white = self.painted == 0 && !painted && marks::is_white(outer, &tag.attrs, &style);
        let shown = match marks::shown(outer, &tag.attrs, &style) {
            _ if skipped => Shown::No,
            Shown::Yes | Shown::White => {
                if is_white {
                    Shown::White
                } else {
                    Shown::Yes
                }
            }
            shown => shown,
        };
        let after = if shown == Shown::No { 0 } else { self.layout(tag, &style) };
        let announced = tag.name == local_name!("blockquote") && self.page.ends_with_colon();
        let mark = (shown != Shown::No).then(|| marks::mark(&tag.name, &tag.attrs, &style, announced)).flatten();
        let start = self.page.len();
        match mark {
            Some(Mark::Rest) => self.rest = self.rest.or(Some(start)),
            Some(Mark::PerhapsRest) if self.perhaps_rest.len() < PLACES_MAX => self.perhaps_rest.push(start),
            _ => {}
        }
        let quote = mark == Some(Mark::Quote);
        // Inline elements that change nothing need not be remembered.
        if tag.name == local_name!("hr") || !(is_block(&tag.name) || quote || shown != Shown::Yes || outer != Shown::Yes) {
            return;
        }
        if self.open.len() >= OPEN_MAX {
            self.beyond += 1;
            return;
        }
        if quote {
            self.page.open_quote();
        }
        self.pre += usize::from(tag.name == local_name!("pre"));
        self.lists += usize::from(is_list(&tag.name));
        let row = (tag.name == local_name!("tr")).then(|| Row { cells: 0, start: self.page.len(), line: self.page.lines() });
        let items = (tag.name == local_name!("ol")).then(|| first_number(&tag.attrs));
        self.painted += usize::from(painted);
        self.open.push(Open { name: tag.name.clone(), shown, quote, after, painted, begun: false, items, row });
    }

    /// Breaks and bullets before an element's content; how many newlines are to follow it.
    fn layout(&mut self, tag: &Tag, style: &str) -> usize {
        let newlines = match &*tag.name {
            "p" if marks::is_tight_paragraph(&tag.attrs, style) => 1,
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "pre" | "blockquote" | "dl" => 2,
            "ul" | "ol" if self.lists == 0 => 2,
            "td" | "th" => {
                self.cell();
                return 0;
            }
            "li" => {
                self.item();
                return 1;
            }
            name if is_block(&tag.name) || name == "hr" => 1,
            _ => return 0,
        };
        self.page.break_line(newlines);
        newlines
    }

    fn item(&mut self) {
        let indent = "  ".repeat(self.lists.saturating_sub(1).min(4));
        let mut list = self.open.iter_mut().rev().take(LOOK_BACK_MAX).find(|open| is_list(&open.name));
        let first = list.as_mut().is_some_and(|list| !std::mem::replace(&mut list.begun, true));
        let bullet = match list.and_then(|list| list.items.as_mut()) {
            Some(number) => {
                let bullet = format!("{indent}{number}. ");
                *number = number.saturating_add(1);
                bullet
            }
            None => format!("{indent}- "),
        };
        self.page.begin_item(bullet, first && self.lists <= 1);
    }

    fn cell(&mut self) {
        let (len, lines) = (self.page.len(), self.page.lines());
        let Some(row) = self.open.iter_mut().rev().take(LOOK_BACK_MAX).find_map(|open| open.row.as_mut()) else {
            return self.page.break_line(1);
        };
        row.cells += 1;
        let started = len > row.start;
        if started && row.cells > 1 {
            // A row whose cells hold several lines is layout, not a table: its cells follow one another.
            match lines > row.line + 1 {
                true => self.page.break_line(1),
                false => return self.page.begin_cell(true),
            }
        }
        self.page.begin_cell(false);
    }

    /// End tags that HTML lets writers leave out (HTML §13.1.2.4).
    fn close_implied(&mut self, name: &LocalName) {
        let closes: &[&str] = match &**name {
            "li" => &["p", "li"],
            "td" | "th" => &["p", "li", "td", "th"],
            "tr" => &["p", "li", "td", "th", "tr"],
            "dt" | "dd" => &["p", "dt", "dd"],
            _ if is_block(name) => &["p"],
            _ => return,
        };
        while self.open.last().is_some_and(|open| closes.contains(&&*open.name)) {
            self.close_last();
        }
    }

    fn end(&mut self, name: &LocalName) {
        if self.raw {
            self.raw = false;
            return;
        }
        if matches!(&**name, "br" | "p") && !self.open.iter().rev().take(LOOK_BACK_MAX).any(|open| open.name == *name) {
            return self.visible(|page| page.break_line(1));
        }
        if self.beyond > 0 && is_block(name) {
            self.beyond -= 1;
            return;
        }
        let barrier = !matches!(&**name, "td" | "th" | "tr" | "table" | "tbody" | "body" | "html");
        let mut above =
            self.open.iter().rev().take(LOOK_BACK_MAX).take_while(|open| open.name == *name || !(barrier && is_cell(&open.name)));
        if let Some(depth) = above.position(|open| open.name == *name) {
            (0..=depth).for_each(|_| self.close_last());
        }
    }

    fn close_last(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if is_cell(&open.name) {
            self.page.end_cell();
        }
        if open.after > 0 {
            self.page.break_line(open.after);
        }
        self.painted -= usize::from(open.painted);
        self.pre -= usize::from(open.name == local_name!("pre")).min(self.pre);
        self.lists -= usize::from(is_list(&open.name)).min(self.lists);
        if open.quote {
            self.page.close_quote();
        }
    }

    /// A picture's description is kept for a mail that has no other words; a picture of one dot is there to count readers.
    fn picture(&mut self, attributes: &[Attribute]) {
        let dot = |name| marks::attribute(attributes, name).is_some_and(|size| matches!(size.trim_end_matches("px"), "0" | "1"));
        let shown = marks::shown(self.shown(), attributes, &marks::style(attributes));
        let alt = marks::attribute(attributes, "alt").map(str::trim).filter(|alt| !alt.is_empty() && alt.len() <= PICTURE_LEN_MAX);
        if let Some(alt) = alt
            .filter(|_| matches!(shown, Shown::Yes | Shown::White) && !dot("width") && !dot("height") && self.pictures.len() < PICTURES_MAX)
        {
            self.pictures.push(alt.to_owned());
        }
    }

    fn finish(self) -> (String, Vec<Range<usize>>, String) {
        let Reader { page, pictures, rest, perhaps_rest, hidden, .. } = self;
        let (text, quotes) = page.finish(|text| {
            let follows = |start: &usize| text.get(*start..).is_some_and(marks::begins_with_headers);
            let start = perhaps_rest.into_iter().find(follows).into_iter().chain(rest).min()?;
            let after = text.get(start..)?;
            Some(start + after.len() - after.trim_start().len())
        });
        match text.is_empty() {
            true => (pictures.join("\n"), Vec::new(), hidden),
            false => (text, quotes, hidden),
        }
    }
}

fn first_number(attributes: &[Attribute]) -> usize {
    marks::attribute(attributes, "start").and_then(|start| start.trim().parse().ok()).unwrap_or(1)
}

fn is_list(name: &LocalName) -> bool {
    matches!(&**name, "ul" | "ol" | "menu" | "dir")
}

fn is_cell(name: &LocalName) -> bool {
    matches!(&**name, "td" | "th")
}

fn is_block(name: &LocalName) -> bool {
    matches!(
        &**name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "includetail"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}
