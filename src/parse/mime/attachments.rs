//! Attachments as they are listed: name, type, size. Their bytes are counted, not kept.

use super::super::{Attachment, Defect};
use super::carve::Leaf;
use super::parameters::file_name;
use super::parts::Part;
use super::passage::Passage;
use super::shown::Shown;
use super::transfer::{self, Transfer};
use super::{tnef, uuencode};

/// Lists a part, or what is inside it when it is a `winmail.dat`, whose text is returned.
pub(super) fn list(index: usize, part: &Part<'_>, shown: &mut Shown) -> Option<Passage> {
    if is_tnef(part) {
        match tnef::read(&part.transfer.decode(part.body).bytes) {
            // One that gives nothing at all is at least named.
            Some(inside) if inside.broken && inside.attachments.is_empty() && inside.body.is_none() => {
                shown.defects.push(Defect::BrokenTnef);
            }
            Some(inside) => {
                // An envelope whose end was taken out breaks off, and is not broken for that.
                let broken = if part.taken.is_empty() { Defect::BrokenTnef } else { Defect::TooMuch };
                shown.defects.extend(inside.broken.then_some(broken));
                shown.defects.extend(inside.too_much.then_some(Defect::TooMuch));
                shown.attachments.extend(inside.attachments);
                shown.sources.resize(shown.attachments.len(), None);
                return inside.body.map(|body| match body {
                    tnef::Text::Plain(text) => Passage::plain(&text),
                    tnef::Text::Html(source) => Passage::html(&source),
                });
            }
            None => shown.defects.push(Defect::BrokenTnef),
        }
    }
    let (size, broken) = size_of(part);
    shown.defects.extend(broken.then_some(Defect::BrokenEncoding));
    shown.sources.push(Some(index));
    shown.attachments.push(Attachment {
        name: part.name(),
        media_type: part.media_type().to_owned(),
        size,
        inline: part.disposition.value == "inline" || !part.content_id.is_empty() && !part.is_attached(),
    });
    None
}

/// Lists files that were pasted into a text.
pub(super) fn list_pasted(files: Vec<uuencode::Pasted>, shown: &mut Shown) {
    for file in files {
        shown.defects.extend(file.broken.then_some(Defect::BrokenEncoding));
        shown.sources.push(None);
        shown.attachments.push(Attachment {
            name: file_name(&file.name),
            media_type: "application/octet-stream".to_owned(),
            size: file.size,
            inline: false,
        });
    }
}

fn is_tnef(part: &Part<'_>) -> bool {
    matches!(part.media_type(), "application/ms-tnef" | "application/vnd.ms-tnef")
        || part.name().is_some_and(|n| n.eq_ignore_ascii_case("winmail.dat"))
}

fn size_of(part: &Part<'_>) -> (usize, bool) {
    if let Some(last) = part.taken.last() {
        return size_with_leaves(part, last);
    }
    match part.transfer {
        Transfer::Identity => (part.body.len(), false),
        Transfer::Base64 => transfer::base64_len(part.body),
        Transfer::QuotedPrintable | Transfer::Uuencode => {
            let body = part.transfer.decode(part.body);
            (body.bytes.len(), body.broken)
        }
    }
}

/// The size of a part whose midst was taken out: it was counted then.
fn size_with_leaves(part: &Part<'_>, last: &Leaf) -> (usize, bool) {
    let size = match part.transfer {
        Transfer::Identity => part.taken.iter().fold(part.body.len() as u64, |sum, leaf| sum.saturating_add(leaf.len)),
        _ => last.decoded,
    };
    (usize::try_from(size).unwrap_or(usize::MAX), last.broken)
}
