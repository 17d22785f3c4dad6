//! The block of labels above a quoted or forwarded mail: From, Sent, To, Subject, in the words of many languages.

use super::attribution::{has_address, has_time};
use super::line::{Line, plain};
use super::words::{self, Field, without_spaces};
use crate::types::{EmailAddress, NamedAddress};

/// Longest label, in characters.
const LABEL_MAX: usize = 30;
/// Lines of one block, and lines one value is wrapped over.
const BLOCK_MAX: usize = 80;
const VALUE_MAX: usize = 30;
/// Longest value that is looked at, in bytes.
const VALUE_LEN_MAX: usize = 2000;

/// A block of labels that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// The line after its last one.
    pub(super) end: usize,
    fields: Vec<(Field, String)>,
}

impl Block {
    /// The first value of a field.
    pub(super) fn get(&self, field: Field) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str())
    }

    /// Who wrote the mail below it.
    pub(super) fn writer(&self) -> NamedAddress {
        self.get(Field::From).map(mailbox).unwrap_or_default()
    }

    /// Whether it stands above a mail. With a separator before it two labels are enough; ports a cargo goes between are no senders.
    pub(super) fn is_mail(&self, separated: bool) -> bool {
        let kinds =
            [Field::From, Field::Date, Field::To, Field::Subject, Field::Cc].iter().filter(|kind| self.get(**kind).is_some()).count();
        let addressed = [Field::From, Field::To].iter().any(|field| self.get(*field).is_some_and(has_address));
        let timed = self.get(Field::Date).is_some_and(has_time);
        match kinds {
            _ if self.get(Field::From).is_none() => false,
            0 | 1 => false,
            2 => separated || addressed && timed,
            _ => separated || addressed || timed,
        }
    }

    /// Whether it names the day: a web form's answer has a sender and a subject, but no day.
    pub(super) fn is_dated(&self) -> bool {
        self.get(Field::Date).is_some()
    }
}

/// The label a line begins with, and its value.
pub(super) fn label(body: &str) -> Option<(Field, &str)> {
    let body = body.trim_matches(['*', '_', '•', '|', ' ', '\t', '\u{a0}', '\u{200e}', '\u{200f}']);
    let (at, separator) = body.char_indices().take(LABEL_MAX).find(|(_, c)| matches!(c, ':' | '：' | '\t'))?;
    let (name, value) = body.split_at_checked(at)?;
    let value = value.strip_prefix(separator)?.trim_matches(['*', '_', ' ', '\t', '\u{a0}']);
    let name = without_spaces(&plain(name.trim_matches(['*', '_', ' ', '\u{a0}']))).to_lowercase();
    words::get().labels.get(&name).map(|field| (*field, value))
}

/// The block that begins on line `start`. Its lines carry the same number of quote marks.
pub(super) fn block(lines: &[Line<'_>], start: usize) -> Option<Block> {
    let first = lines.get(start)?;
    label(first.body)?;
    let mut fields: Vec<(Field, String)> = Vec::new();
    let (mut at, mut end, mut continued, mut blanks) = (start, start, 0, 0);
    while let Some(line) = lines.get(at).filter(|line| at - start < BLOCK_MAX && line.depth == first.depth) {
        match label(line.body).filter(|_| line.raw.len() <= VALUE_LEN_MAX) {
            Some((field, value)) => {
                // The same label again begins another block.
                if field != Field::Other && fields.iter().any(|(known, _)| *known == field) {
                    break;
                }
                fields.push((field, value.to_owned()));
                (end, continued, blanks) = (at + 1, 0, 0);
            }
            // HTML turned to text may leave a blank line between the labels.
            None if line.is_blank() => {
                blanks += 1;
                if blanks > 1 {
                    break;
                }
            }
            None => {
                let Some((field, value)) = fields.last_mut() else { break };
                let lacks_value = value.is_empty() && continued == 0;
                let goes_on = lacks_value || blanks == 0 && goes_on(*field, value, line);
                continued += 1;
                if !goes_on || continued > VALUE_MAX || value.len() + line.body.len() > VALUE_LEN_MAX {
                    break;
                }
                if !value.is_empty() {
                    value.push(' ');
                }
                value.push_str(line.body);
                (end, blanks) = (at + 1, 0);
            }
        }
        at += 1;
    }
    Some(Block { end, fields })
}

/// Whether a line without label continues the value above it: more addresses, or what a mailer wrapped.
fn goes_on(field: Field, value: &str, line: &Line<'_>) -> bool {
    let indented = line.raw.starts_with([' ', '\t']) && !value.is_empty();
    let listed = matches!(field, Field::To | Field::Cc | Field::From)
        && (value.ends_with([',', ';', '，', '；']) || has_address(line.body) && line.body.len() < 200);
    let clock = field == Field::Date && matches!(line.body.to_ascii_lowercase().as_str(), "am" | "pm" | "a.m." | "p.m.");
    indented || listed || clock || field == Field::Subject && line.raw.starts_with('\t')
}

/// Name and address of a `From` value: `Maria <m@x.com>`, `Maria [mailto:m@x.com]`, `"Maria" m@x.com`, `Maria`.
fn mailbox(value: &str) -> NamedAddress {
    let value = plain(value);
    let separators = ['<', '>', '[', ']', '(', ')', '"', '\'', ' ', ',', ';', '&'];
    let address = value.split(separators).map(|word| word.trim_start_matches("mailto:").trim_end_matches("mailto")).find_map(|word| {
        let word = word.split_once("mailto:").map_or(word, |(before, after)| if before.contains('@') { before } else { after });
        EmailAddress::parse(word).ok()
    });
    let cut = value.find(['<', '[']).unwrap_or_else(|| match &address {
        Some(address) => value.find(address.local()).unwrap_or(value.len()),
        None => value.len(),
    });
    let name = value.get(..cut).unwrap_or_default().trim_end_matches("mailto:").trim_matches(['"', '\'', ' ', '(', '“', '”']).trim();
    let name = (!name.is_empty() && !name.contains('@')).then(|| name.to_owned());
    NamedAddress { name, address }
}
