//! Which parts are the text a person reads, and which are attachments.

use super::super::{Attachment, Defect, limits};
use super::parts::{Part, Tree};
use super::passage::{self, Passage, truncate};
use super::{attachments, uuencode};
use std::ops::Range;

/// What a person sees of a message.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub text: String,
    pub quotes: Vec<Range<usize>>,
    /// What its HTML does not let a reader see; the beginning of it.
    pub hidden: String,
    pub attachments: Vec<Attachment>,
    /// For each of them the part it is, unless it lies inside one.
    pub sources: Vec<Option<usize>>,
    pub defects: Vec<Defect>,
    /// The charset the shown text declares, when it has characters beyond ASCII.
    pub charset: Option<String>,
}

/// What a part is to the reader. What has no role becomes an attachment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Plain,
    /// HTML that is shown, or whose alternative is.
    Html,
}

/// Reads the text and lists the attachments.
pub(super) fn read(tree: &Tree<'_>) -> Shown {
    let mut reader = Reader { tree, roles: vec![None; tree.parts.len()], shown: Shown::default() };
    let mut passages = reader.passages(0);
    if passages.iter().all(Passage::is_empty)
        && let Some(named) = reader.first_named_text()
    {
        passages = vec![reader.show(named)];
    }
    passages.extend(reader.list_attachments(passages.iter().all(Passage::is_empty)));
    reader.join(passages);
    let mut shown = reader.shown;
    if shown.attachments.len() > limits::PARTS_MAX {
        shown.attachments.truncate(limits::PARTS_MAX);
        shown.defects.push(Defect::TooMuch);
    }
    shown
}

struct Reader<'t, 'a> {
    tree: &'t Tree<'a>,
    roles: Vec<Option<Role>>,
    shown: Shown,
}

impl<'t, 'a> Reader<'t, 'a> {
    fn part(&self, index: usize) -> Option<&'t Part<'a>> {
        self.tree.parts.get(index)
    }

    /// The texts shown of a part and its children. Depth is limited by [`limits::DEPTH_MAX`].
    fn passages(&mut self, index: usize) -> Vec<Passage> {
        let Some(part) = self.part(index) else { return Vec::new() };
        if !part.is_multipart {
            return if is_shown(part, index == 0) { vec![self.show(index)] } else { Vec::new() };
        }
        match part.media_type() {
            "multipart/alternative" => self.best_alternative(&part.children),
            "multipart/related" => self.root_of_related(part),
            _ => part.children.iter().flat_map(|child| self.passages(*child)).collect(),
        }
    }

    /// Reads a leaf that is shown.
    fn show(&mut self, index: usize) -> Passage {
        let Some(part) = self.part(index) else { return Passage::default() };
        let html = !matches!(part.media_type(), "text/plain" | "text");
        if let Some(slot) = self.roles.get_mut(index) {
            *slot = Some(if html { Role::Html } else { Role::Plain });
        }
        // Made for other devices; there is always a better alternative.
        if matches!(part.media_type(), "text/x-amp-html" | "text/watch-html" | "text/x-watch-html") {
            return Passage::default();
        }
        let passage = passage::read(part, html, &mut self.shown.defects);
        if passage.has_foreign_characters && self.shown.charset.is_none() {
            self.shown.charset = part.content_type.plain("charset").map(str::to_owned);
        }
        passage
    }

    /// The plain text when it says something, else the HTML (RFC 2046 §5.1.4 would take the last).
    fn best_alternative(&mut self, children: &[usize]) -> Vec<Passage> {
        let mut plain: Vec<Passage> = Vec::new();
        let mut html: Vec<Passage> = Vec::new();
        for child in children {
            let passages = self.passages(*child);
            if passages.iter().all(Passage::is_empty) {
                continue;
            }
            let is_plain = self.holds_plain(*child);
            if is_plain && plain.is_empty() {
                plain = passages;
            } else if !is_plain {
                html = passages;
            }
        }
        if plain.is_empty() || !html.is_empty() && only_points_to_html(&plain, &html) {
            return html;
        }
        // A reader sees the HTML; what hides in it is looked at all the same.
        if let Some(first) = plain.first_mut() {
            html.iter().for_each(|passage| first.hidden.push_str(&passage.hidden));
        }
        plain
    }

    fn holds_plain(&self, index: usize) -> bool {
        let Some(part) = self.part(index) else { return false };
        if part.is_multipart {
            return part.children.iter().any(|child| self.holds_plain(*child));
        }
        self.roles.get(index) == Some(&Some(Role::Plain))
    }

    /// The root is the part that `start` names, else the first that has text (RFC 2387).
    fn root_of_related(&mut self, part: &Part<'_>) -> Vec<Passage> {
        let start = part.content_type.plain("start").map(|s| s.trim_matches(['<', '>', ' '])).filter(|s| !s.is_empty());
        let named = start.and_then(|id| part.children.iter().copied().find(|c| self.part(*c).is_some_and(|p| p.content_id == id)));
        let order = named.into_iter().chain(part.children.iter().copied().filter(|c| Some(*c) != named));
        for child in order {
            let passages = self.passages(child);
            if !passages.is_empty() {
                return passages;
            }
        }
        Vec::new()
    }

    /// A text with a name is a file; when it is all there is, it was meant to be read.
    fn first_named_text(&self) -> Option<usize> {
        let is_text =
            |part: &Part<'_>| !part.is_multipart && !part.is_attached() && matches!(part.media_type(), "text/plain" | "text/html");
        (0..self.tree.parts.len()).find(|index| self.roles.get(*index) == Some(&None) && self.part(*index).is_some_and(is_text))
    }

    /// Lists every leaf without a role. A `winmail.dat` gives its text when the mail has none of its own.
    fn list_attachments(&mut self, wants_text: bool) -> Option<Passage> {
        let mut text = None;
        for (index, (part, role)) in self.tree.parts.iter().zip(&self.roles).enumerate() {
            // A multipart that was left out, because it lies too deep, is no leaf either.
            if role.is_some() || part.media_type().starts_with("multipart/") {
                continue;
            }
            let inside = attachments::list(index, part, &mut self.shown);
            text = text.or(inside.filter(|_| wants_text));
        }
        text
    }

    /// Joins the passages, takes pasted files out, and keeps the whole within its limit.
    fn join(&mut self, passages: Vec<Passage>) {
        for mut passage in passages {
            if passage.quotes.is_empty()
                && let Some((text, files)) = uuencode::take_out(&passage.text)
            {
                passage.text = text;
                attachments::list_pasted(files, &mut self.shown);
            }
            self.append(&passage);
        }
        if self.shown.text.len() > limits::TEXT_LEN_MAX {
            truncate(&mut self.shown.text, limits::TEXT_LEN_MAX);
            self.shown.defects.push(Defect::TooMuch);
            let end = self.shown.text.len();
            self.shown.quotes.retain_mut(|quote| {
                quote.end = quote.end.min(end);
                quote.start < quote.end
            });
        }
    }

    fn append(&mut self, passage: &Passage) {
        if self.shown.hidden.len() < limits::HIDDEN_LEN_MAX {
            self.shown.hidden.push_str(&passage.hidden);
        }
        let text = passage.text.trim_end();
        // Some mailers send the same words twice, as text and as HTML, without calling them alternatives.
        if text.is_empty() || self.shown.text.split_whitespace().eq(text.split_whitespace()) {
            return;
        }
        if !self.shown.text.is_empty() {
            self.shown.text.push_str("\n\n");
        }
        let offset = self.shown.text.len();
        self.shown.text.push_str(text);
        let quotes = passage.quotes.iter().map(|q| q.start.min(text.len()) + offset..q.end.min(text.len()) + offset);
        self.shown.quotes.extend(quotes.filter(|q| !q.is_empty()));
    }
}

fn is_shown(part: &Part<'_>, is_whole_message: bool) -> bool {
    let name = part.name();
    match part.media_type() {
        // A mail whose only part is a text is that text, whatever it says of itself; a named one is a file.
        _ if part.is_attached() && (name.is_some() || !is_whole_message) => false,
        "text/plain" | "text/html" | "text" => is_whole_message || name.is_none_or(|name| is_for_reading(&name)),
        "text/enriched" | "text/richtext" | "text/x-amp-html" | "text/watch-html" | "text/x-watch-html" => name.is_none(),
        _ => false,
    }
}

/// A text that is not sent as an attachment is shown with the mail (RFC 2183 §2.1), unless its name says that it is data.
fn is_for_reading(name: &str) -> bool {
    name.rsplit_once('.').is_none_or(|(_, ending)| ["txt", "text", "htm", "html"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// A plain text that only says to look at the HTML one.
fn only_points_to_html(plain: &[Passage], html: &[Passage]) -> bool {
    let len = |passages: &[Passage]| passages.iter().map(|p| p.text.trim().len()).sum::<usize>();
    let says_so = plain.iter().any(|p| p.text.to_ascii_lowercase().contains("html"));
    len(plain) < 400 && says_so && len(html) > 2 * len(plain)
}
