//! Which parts are the text a person reads, and which are attachments.

use super::super::{Attachment, Defect, charset, html, limits};
use super::parts::{Part, Tree};
use super::transfer::{self, Transfer};
use super::{flowed, tnef, uuencode};
use std::borrow::Cow;
use std::ops::Range;

/// What a person sees of a message.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub text: String,
    pub quotes: Vec<Range<usize>>,
    pub attachments: Vec<Attachment>,
    pub defects: Vec<Defect>,
    /// The charset the shown text declares, when it has characters beyond ASCII.
    pub charset: Option<String>,
}

/// A text as it is shown, with the ranges that are quoted.
#[derive(Debug, Default)]
struct Passage {
    text: String,
    quotes: Vec<Range<usize>>,
}

/// What a part is to the reader.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Plain,
    Html,
    /// HTML bodies nobody needs: their alternative is shown.
    Hidden,
    Attachment,
    /// Deeper than is read.
    LeftOut,
}

/// Reads the text and lists the attachments.
pub(super) fn read(tree: &Tree<'_>) -> Shown {
    let mut reader = Reader { tree, roles: vec![None; tree.parts.len()], shown: Shown::default() };
    let mut passages = reader.passages(0);
    if passages.iter().all(|p| p.text.trim().is_empty())
        && let Some(named) = reader.first_named_text()
    {
        passages = reader.leaf_passage(named).into_iter().collect();
    }
    reader.list_attachments(&mut passages);
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
    /// Decided while the text is collected; what stays `None` becomes an attachment.
    roles: Vec<Option<Role>>,
    shown: Shown,
}

impl<'a> Reader<'_, 'a> {
    fn part(&self, index: usize) -> Option<&Part<'a>> {
        self.tree.parts.get(index)
    }

    fn set_role(&mut self, index: usize, role: Role) {
        if let Some(slot) = self.roles.get_mut(index) {
            *slot = Some(role);
        }
    }

    /// The texts shown of a part and its children. Depth is limited by [`limits::DEPTH_MAX`].
    fn passages(&mut self, index: usize) -> Vec<Passage> {
        let Some(part) = self.tree.parts.get(index) else { return Vec::new() };
        if !part.is_multipart {
            return self.leaf_passage_if_shown(index).into_iter().collect();
        }
        match part.media_type() {
            "multipart/alternative" => self.best_alternative(&part.children),
            "multipart/related" => self.root_of_related(part),
            _ => part.children.iter().flat_map(|child| self.passages(*child)).collect(),
        }
    }

    /// The plain text when it says something, else the HTML (RFC 2046 §5.1.4 would take the last).
    fn best_alternative(&mut self, children: &[usize]) -> Vec<Passage> {
        let mut best: Option<(Vec<Passage>, bool)> = None;
        for child in children {
            let passages = self.passages(*child);
            if passages.iter().all(|p| p.text.trim().is_empty()) {
                continue;
            }
            let is_plain = self.holds_plain(*child);
            let better = match &best {
                None => true,
                Some((known, known_is_plain)) => {
                    (is_plain && !known_is_plain && !only_points_to_html(&passages, known))
                        || (!is_plain && (!known_is_plain || only_points_to_html(known, &passages)))
                }
            };
            if better {
                best = Some((passages, is_plain));
            }
        }
        best.map(|(passages, _)| passages).unwrap_or_default()
    }

    fn holds_plain(&self, index: usize) -> bool {
        let Some(part) = self.part(index) else { return false };
        if part.is_multipart {
            part.children.iter().any(|c| self.holds_plain(*c))
        } else {
            self.roles.get(index) == Some(&Some(Role::Plain))
        }
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

    fn leaf_passage_if_shown(&mut self, index: usize) -> Option<Passage> {
        let part = self.tree.parts.get(index)?;
        let is_whole_message = index == 0;
        let name = part.name();
        let shown = match part.media_type() {
            // A mail whose only part is a text is that text, whatever it says of itself; a named one is a file.
            _ if part.is_attached() && (name.is_some() || !is_whole_message) => false,
            "text/plain" | "text/html" | "text" => is_whole_message || name.is_none_or(|name| is_for_reading(&name)),
            "text/enriched" | "text/richtext" | "text/x-amp-html" | "text/watch-html" | "text/x-watch-html" => name.is_none(),
            _ => false,
        };
        if shown { self.leaf_passage(index) } else { None }
    }

    /// A text with a name is a file; when it is all there is, it was meant to be read.
    fn first_named_text(&self) -> Option<usize> {
        (0..self.tree.parts.len()).find(|index| {
            self.part(*index).is_some_and(|part| {
                !part.is_multipart
                    && !part.is_attached()
                    && matches!(part.media_type(), "text/plain" | "text/html")
                    && self.roles.get(*index) == Some(&None)
            })
        })
    }

    fn leaf_passage(&mut self, index: usize) -> Option<Passage> {
        let part = self.tree.parts.get(index)?;
        let html = part.media_type() != "text/plain" && part.media_type() != "text";
        let hidden = part.media_type().contains("amp-html") || part.media_type().contains("watch-html");
        self.set_role(
            index,
            if hidden {
                Role::Hidden
            } else if html {
                Role::Html
            } else {
                Role::Plain
            },
        );
        if hidden {
            return None;
        }
        let cut_at = if html { limits::HTML_LEN_MAX } else { limits::TEXT_LEN_MAX };
        let (text, decoded) = self.decode_text(part, cut_at);
        self.note(decoded.guessed, Defect::CharsetGuessed);
        self.note(decoded.lost, Defect::CharactersLost);
        if !text.is_ascii() && self.shown.charset.is_none() {
            self.shown.charset = part.content_type.plain("charset").map(str::to_owned);
        }
        if html {
            let read = html::text(&text);
            self.note(read.cut, Defect::TooMuch);
            return Some(Passage { text: read.text, quotes: read.quotes });
        }
        let is_flowed = part.content_type.plain("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed"));
        let del_sp = part.content_type.plain("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes"));
        let text = if is_flowed { flowed::unflow(&text, del_sp) } else { text };
        Some(Passage { text, quotes: Vec::new() })
    }

    /// Decodes a text part, at most `len_max` bytes of it, with LF line ends and without control characters.
    fn decode_text(&mut self, part: &Part<'_>, len_max: usize) -> (String, charset::Decoded) {
        // Quoted-printable takes three bytes for one; more than that cannot be needed.
        let raw = part.body.get(..len_max.saturating_mul(4)).unwrap_or(part.body);
        let body = part.transfer.decode(raw);
        self.note(body.broken, Defect::BrokenEncoding);
        let bytes = body.bytes.get(..len_max).unwrap_or(&body.bytes);
        let cut = bytes.len() < body.bytes.len() || raw.len() < part.body.len();
        self.note(cut, Defect::TooMuch);
        let label = part.content_type.decoded("charset").or_else(|| charset_in_html(part, bytes));
        let mut decoded = charset::decode(bytes, label.as_deref());
        let mut text = readable(&decoded.text);
        truncate(&mut text, len_max);
        if cut {
            // The cut may lie inside a character.
            while text.ends_with('\u{fffd}') {
                text.pop();
            }
            decoded.lost = text.contains('\u{fffd}');
        }
        (text, charset::Decoded { text: String::new(), ..decoded })
    }

    fn note(&mut self, happened: bool, defect: Defect) {
        if happened {
            self.shown.defects.push(defect);
        }
    }

    fn list_attachments(&mut self, passages: &mut Vec<Passage>) {
        for index in 0..self.tree.parts.len() {
            let Some(part) = self.tree.parts.get(index) else { continue };
            if part.is_multipart {
                continue;
            }
            let role = match self.roles.get(index).copied().flatten() {
                Some(role) => role,
                None if part.media_type().starts_with("multipart/") => Role::LeftOut,
                None => Role::Attachment,
            };
            if role != Role::Attachment {
                continue;
            }
            if is_tnef(part) && self.open_tnef(part, passages) {
                continue;
            }
            let (size, broken) = size_of(part);
            self.note(broken, Defect::BrokenEncoding);
            self.shown.attachments.push(Attachment {
                name: part.name(),
                media_type: part.media_type().to_owned(),
                size,
                inline: part.disposition.value == "inline" || part.has_content_id && !part.is_attached(),
            });
        }
    }

    /// Lists what is inside a `winmail.dat`; its text is shown when the mail has none. False when it cannot be opened.
    fn open_tnef(&mut self, part: &Part<'_>, passages: &mut Vec<Passage>) -> bool {
        let body = part.transfer.decode(part.body);
        let Some(inside) = tnef::read(&body.bytes) else {
            self.note(true, Defect::BrokenTnef);
            return false;
        };
        self.note(inside.broken, Defect::BrokenTnef);
        self.note(inside.too_much, Defect::TooMuch);
        self.shown.attachments.extend(inside.attachments);
        if passages.iter().all(|p| p.text.trim().is_empty()) {
            let passage = match inside.body {
                Some(tnef::Text::Plain(text)) => Some(Passage { text: readable(&text), quotes: Vec::new() }),
                Some(tnef::Text::Html(text)) => {
                    let read = html::text(&readable(&text));
                    Some(Passage { text: read.text, quotes: read.quotes })
                }
                None => None,
            };
            passages.extend(passage);
        }
        true
    }

    /// Joins the passages, takes pasted files out, and keeps the whole within its limit.
    fn join(&mut self, passages: Vec<Passage>) {
        for mut passage in passages {
            if let Some((text, files)) = passage.quotes.is_empty().then(|| uuencode::take_out(&passage.text)).flatten() {
                passage.text = text;
                for file in files {
                    self.note(file.broken, Defect::BrokenEncoding);
                    let name = super::parameters::file_name(&file.name);
                    self.shown.attachments.push(Attachment {
                        name,
                        media_type: "application/octet-stream".to_owned(),
                        size: file.size,
                        inline: false,
                    });
                }
            }
            self.append(&passage);
        }
        if self.shown.text.len() > limits::TEXT_LEN_MAX {
            truncate(&mut self.shown.text, limits::TEXT_LEN_MAX);
            self.note(true, Defect::TooMuch);
            let end = self.shown.text.len();
            self.shown.quotes.retain_mut(|quote| {
                quote.end = quote.end.min(end);
                quote.start < quote.end
            });
        }
    }

    fn append(&mut self, passage: &Passage) {
        let text = passage.text.trim_end();
        if text.is_empty() {
            return;
        }
        // Some mailers send the same words twice, as text and as HTML, without calling them alternatives.
        if !self.shown.text.is_empty() && same_words(&self.shown.text, text) {
            return;
        }
        if !self.shown.text.is_empty() {
            self.shown.text.push_str("\n\n");
        }
        let offset = self.shown.text.len();
        self.shown.text.push_str(text);
        self.shown.quotes.extend(
            passage.quotes.iter().map(|q| q.start.min(text.len()) + offset..q.end.min(text.len()) + offset).filter(|q| !q.is_empty()),
        );
    }
}

/// A plain text that only says to look at the HTML one.
fn only_points_to_html(plain: &[Passage], html: &[Passage]) -> bool {
    let len = |passages: &[Passage]| passages.iter().map(|p| p.text.trim().len()).sum::<usize>();
    let says_so = plain.iter().any(|p| p.text.to_ascii_lowercase().contains("html"));
    says_so && len(plain) < 400 && len(html) > 2 * len(plain)
}

fn same_words(known: &str, text: &str) -> bool {
    let mut known = known.split_whitespace();
    let mut text = text.split_whitespace();
    loop {
        match (known.next(), text.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b => {}
            _ => return false,
        }
    }
}

/// A text that is not sent as an attachment is shown with the mail (RFC 2183 §2.1), unless its name says that it is data.
fn is_for_reading(name: &str) -> bool {
    name.rsplit_once('.').is_none_or(|(_, ending)| ["txt", "text", "htm", "html"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

fn is_tnef(part: &Part<'_>) -> bool {
    matches!(part.media_type(), "application/ms-tnef" | "application/vnd.ms-tnef")
        || part.name().is_some_and(|n| n.eq_ignore_ascii_case("winmail.dat"))
}

fn size_of(part: &Part<'_>) -> (usize, bool) {
    match part.transfer {
        Transfer::Identity => (part.body.len(), false),
        Transfer::Base64 => transfer::base64_len(part.body),
        Transfer::QuotedPrintable | Transfer::Uuencode => {
            let body = part.transfer.decode(part.body);
            (body.bytes.len(), body.broken)
        }
    }
}

/// The charset an HTML body declares in its own head, when its part does not.
fn charset_in_html(part: &Part<'_>, bytes: &[u8]) -> Option<String> {
    const HEAD_LEN_MAX: usize = 2_048;
    if part.media_type() != "text/html" {
        return None;
    }
    let head = String::from_utf8_lossy(bytes.get(..HEAD_LEN_MAX).unwrap_or(bytes)).to_ascii_lowercase();
    let (_, after) = head.split_once("charset")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let label: String = value.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':')).collect();
    (!label.is_empty()).then_some(label)
}

/// Text of any other part, for readers of reports.
pub(super) fn part_text(part: &Part<'_>, len_max: usize) -> String {
    let raw = part.body.get(..len_max.saturating_mul(4)).unwrap_or(part.body);
    let body = part.transfer.decode(raw);
    let bytes = body.bytes.get(..len_max).unwrap_or(&body.bytes);
    readable(&charset::decode(bytes, part.content_type.decoded("charset").as_deref()).text)
}

/// LF line ends; no control characters but tab and line feed.
fn readable(text: &str) -> String {
    let text: Cow<'_, str> = if text.contains('\r') {
        Cow::Owned(text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    }
    text.to_owned()
}

/// Cuts a text at a character.
pub(super) fn truncate(text: &mut String, len_max: usize) {
    text.truncate(text.floor_char_boundary(len_max));
}
