//! The message itself: header fields, parts, attachments.
//!
//! mail-parser reads address lists, base64 and rare charsets. The header block and the tree of parts are cut here, for what
//! hostile or merely awkward mail does to its message parser (0.11.9): raw header bytes come back as U+FFFD, a multipart that is
//! never closed swallows what follows it, and half a megabyte of boundaries that never come takes seconds.
//!
//! Invariants: every loop is linear in the message, everything kept is limited by [`super::limits`], and nothing here fails.

mod addresses;
mod attachments;
mod body_hash;
pub mod carve;
mod dates;
mod fields;
mod flowed;
mod ids;
mod parameters;
mod parts;
mod passage;
mod prepare;
mod rtf;
mod shown;
mod source;
mod stream;
mod tnef;
mod transfer;
mod uuencode;
mod words;

use super::automatic::Told;
use super::bounce::ReportParts;
use super::{Automatic, Defect, Headers, Letter, ReturnPath, automatic, bounce, charset, fresh, limits, receipt};
use crate::types::{EmailAddress, Language, NamedAddress};
use body_hash::BodyHash;
use carve::{Carved, Leaf};
use fields::{Block, RawCharset};
use parts::{Taken, Tree};
use shown::Shown;
use source::Source;

pub use prepare::is_mbox_from_line;
pub use source::{enclosure, enclosures};

/// A header value with its encoded words decoded.
pub(super) fn decoded(value: &str) -> String {
    words::decode(value).text.trim().to_owned()
}

/// Reads one message. Any bytes may come in.
pub fn letter(raw: &[u8]) -> Letter {
    read(raw, &[]).0
}

/// Reads a large message that was carved: the letter is the one of the whole.
pub fn carved_letter(carved: &Carved) -> Letter {
    let (mut letter, ..) = read(&carved.remainder, &carved.leaves);
    letter.size = usize::try_from(carved.size).unwrap_or(usize::MAX);
    letter.body_hash = carved.body_hash.unwrap_or(letter.body_hash);
    if carved.too_much {
        // Boundaries that lie in the last leaf are not missing.
        letter.defects.retain(|defect| !matches!(defect, Defect::BrokenMultipart | Defect::TooMuch));
        letter.defects.push(Defect::TooMuch);
        letter.defects.sort_unstable();
    }
    letter
}

/// The letter, and for each of its attachments where its bytes are.
fn read(raw: &[u8], leaves: &[Leaf]) -> (Letter, Vec<Option<Source>>) {
    let prepared = prepare::prepare(raw);
    let mut letter = Letter { size: raw.len(), defects: prepared.defects, ..Letter::default() };
    let bytes = prepared.bytes.as_ref();
    let mut block = fields::cut(bytes);
    if !block.is_plausible() {
        if !letter.defects.contains(&Defect::Empty) {
            letter.defects.push(Defect::NoHeaders);
        }
        block = Block::default();
    }
    let body = bytes.get(block.len..).unwrap_or_default();
    letter.body_hash = BodyHash::of(body);
    let base = prepared.start.map(|start| start + block.len);
    let taken = base.map(|base| Taken { leaves, base }).unwrap_or_default();
    let head = Head::read(&block, body, &mut letter.defects);
    head.fill(&mut letter);
    let tree = parts::cut(&block, body, head.charset, taken);
    let shown = shown::read(&tree);
    letter.defects.extend(&shown.defects);
    note(&mut letter.defects, tree.broken, Defect::BrokenMultipart);
    note(&mut letter.defects, tree.too_much, Defect::TooMuch);
    note(&mut letter.defects, tree.raw_bytes, Defect::RawHeaderBytes);
    letter.declared_language = head.language(shown.charset.as_deref());
    report(&mut letter, &head, &tree, &shown);
    let sources = shown.sources.iter().map(|part| Source::of(tree.parts.get((*part)?)?, base?)).collect();
    letter.attachments = shown.attachments;
    letter.text = shown.text;
    letter.quotes = shown.quotes;
    letter.hidden_text = shown.hidden;
    letter.fresh = fresh::split(&letter.text, &letter.quotes, letter.from.name.as_deref(), letter.subject.as_deref());
    absence(&mut letter, head.day());
    letter.defects.sort_unstable();
    letter.defects.dedup();
    (letter, sources)
}

fn note(defects: &mut Vec<Defect>, happened: bool, defect: Defect) {
    if happened {
        defects.push(defect);
    }
}

/// One header field, unfolded and in UTF-8; encoded words are still encoded.
struct Clean<'a> {
    name: &'a str,
    value: std::borrow::Cow<'a, str>,
}

/// The header as far as the letter needs it.
struct Head<'a> {
    fields: Vec<Clean<'a>>,
    charset: RawCharset,
    date: Option<dates::Sent>,
}

impl<'a> Head<'a> {
    fn read(block: &Block<'a>, body: &[u8], defects: &mut Vec<Defect>) -> Self {
        let charset = raw_charset(block, body);
        let mut guessed = false;
        let fields: Vec<Clean<'a>> = block
            .fields
            .iter()
            .map(|field| {
                let (value, by_guess) = charset.clean(field.raw);
                guessed |= by_guess;
                Clean { name: field.name, value }
            })
            .collect();
        note(defects, guessed, Defect::RawHeaderBytes);
        note(defects, block.too_much, Defect::TooMuch);
        note(defects, block.fields.iter().any(|f| f.raw.len() > limits::HEADER_LEN_MAX), Defect::LongHeader);
        let mut head = Self { fields, charset, date: None };
        if let Some(date) = head.get("Date") {
            head.date = dates::Sent::parse(date);
            note(defects, head.date.is_none(), Defect::BadDate);
        }
        head
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |f| f.name.eq_ignore_ascii_case(name)).map(|f| f.value.as_ref())
    }

    fn day(&self) -> Option<jiff::civil::Date> {
        self.date.map(dates::Sent::day)
    }

    fn addresses(&self, name: &str) -> Vec<NamedAddress> {
        self.all(name).flat_map(addresses::all).take(limits::ADDRESSES_MAX).collect()
    }

    fn fill(&self, letter: &mut Letter) {
        letter.headers = self.decoded(&mut letter.defects);
        letter.message_id = self.get("Message-ID").and_then(ids::one);
        letter.sent_at = self.date.and_then(dates::Sent::moment);
        letter.date = self.date.map(dates::Sent::rfc3339);
        letter.subject = letter.headers.get("Subject").map(str::to_owned);
        letter.return_path = self.get("Return-Path").and_then(return_path);
        letter.reply_to = self.addresses("Reply-To");
        letter.to = self.addresses("To");
        letter.cc = self.addresses("Cc");
        letter.sender = self.get("Sender").map(addresses::sender).filter(|s| *s != NamedAddress::default());
        letter.in_reply_to = self.get("In-Reply-To").map(ids::all).map(ids::shorten).unwrap_or_default();
        letter.references = self.get("References").map(ids::all).map(ids::shorten).unwrap_or_default();
        letter.thread_index = self.get("Thread-Index").and_then(thread_index);
        self.fill_sender(letter);
    }

    /// The first From; a second one is how mail is forged, so it is told and not read.
    fn fill_sender(&self, letter: &mut Letter) {
        let froms: Vec<&str> = self.all("From").collect();
        note(&mut letter.defects, froms.len() > 1, Defect::SeveralFroms);
        let senders: Vec<NamedAddress> = froms.iter().map(|from| addresses::sender(from)).collect();
        if let Some(from) = senders.iter().find(|s| s.address.is_some()) {
            letter.from = from.clone();
            return;
        }
        letter.defects.push(Defect::NoSender);
        let name = senders.into_iter().find_map(|s| s.name);
        let reply_to = letter.reply_to.iter().find(|a| a.address.is_some()).cloned();
        let returned = match &letter.return_path {
            Some(ReturnPath::Address(address)) => Some(NamedAddress { name: None, address: Some(address.clone()) }),
            _ => None,
        };
        let other = reply_to.or(returned).unwrap_or_default();
        letter.from = NamedAddress { name: name.or(other.name), address: other.address };
    }

    /// Every field decoded, each cut at [`limits::HEADER_LEN_MAX`].
    fn decoded(&self, defects: &mut Vec<Defect>) -> Headers {
        let fields = self.fields.iter().map(|field| {
            let words = words::decode(&field.value);
            note(defects, words.guessed, Defect::CharsetGuessed);
            note(defects, words.lost, Defect::CharactersLost);
            let mut value = words.text;
            if value.chars().any(char::is_control) {
                value = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            }
            passage::truncate(&mut value, limits::HEADER_LEN_MAX);
            (field.name.to_owned(), value.trim().to_owned())
        });
        Headers::new(fields.collect())
    }

    /// Content-Language, else a charset that only one language uses, in the text or in the subject.
    fn language(&self, shown_charset: Option<&str>) -> Option<Language> {
        let declared = self.get("Content-Language").and_then(|v| v.split([',', ';']).next()).and_then(Language::parse);
        let declared = declared.filter(|l| *l != Language::UNKNOWN);
        declared.or_else(|| {
            let subject = self.get("Subject").filter(|subject| !words::decode(subject).text.is_ascii()).unwrap_or("");
            shown_charset.into_iter().chain(words::labels(subject)).filter_map(charset::language_of).find_map(Language::parse)
        })
    }
}

/// What raw header bytes are to be read in: the body's charset, else what all such bytes together look like.
fn raw_charset(block: &Block<'_>, body: &[u8]) -> RawCharset {
    const SAMPLE_LEN_MAX: usize = 8 * 1024;
    if block.fields.iter().all(|f| std::str::from_utf8(f.raw).is_ok()) {
        return RawCharset::UNKNOWN;
    }
    // Neither a media type nor an address needs the charset that is being looked for.
    let ascii = |name: &str| block.get(name).map(|f| RawCharset::UNKNOWN.clean(f.raw).0.into_owned()).unwrap_or_default();
    let content_type = parameters::Parameterised::parse(&ascii("Content-Type"));
    let from = addresses::sender(&ascii("From"));
    let sample = if content_type.value.starts_with("multipart/") { &[] } else { body.get(..SAMPLE_LEN_MAX).unwrap_or(body) };
    let declared = content_type.plain("charset").map(str::to_owned).or_else(|| charset_of_a_part(body));
    let values = block.fields.iter().map(|f| f.raw);
    RawCharset::find(values, declared.as_deref(), from.address.as_ref().map(EmailAddress::domain), sample)
}

/// The first charset a part of a multipart declares.
fn charset_of_a_part(body: &[u8]) -> Option<String> {
    const LOOK_LEN_MAX: usize = 16 * 1024;
    let text = String::from_utf8_lossy(body.get(..LOOK_LEN_MAX).unwrap_or(body)).to_ascii_lowercase();
    let (_, after) = text.split_once("charset=")?;
    let label: String =
        after.trim_start_matches('"').chars().take_while(|c| c.is_ascii_graphic() && !matches!(c, '"' | ';' | '>')).collect();
    (!label.is_empty()).then_some(label)
}

fn return_path(value: &str) -> Option<ReturnPath> {
    let value = value.trim();
    if value.is_empty() || value.split_whitespace().collect::<String>().starts_with("<>") {
        return Some(ReturnPath::Null);
    }
    let sender = addresses::sender(value);
    sender.address.map(ReturnPath::Address)
}

/// Outlook's Thread-Index: 22 bytes name the conversation, five more stand for each reply ([MS-OXOMSG] §2.2.1.3).
fn thread_index(value: &str) -> Option<(String, String)> {
    const NAME_LEN: usize = 22;
    let whole: String = value.split_whitespace().collect();
    let bytes = transfer::base64(whole.as_bytes()).bytes;
    let name = bytes.get(..NAME_LEN)?;
    Some((name.iter().map(|b| format!("{b:02x}")).collect(), whole))
}

/// Asks whether the message is a report, and otherwise whether a machine wrote it.
fn report(letter: &mut Letter, head: &Head<'_>, tree: &Tree<'_>, shown: &Shown) {
    const PART_LEN_MAX: usize = 256 * 1024;
    let part = |types: &[&str]| tree.parts.iter().find(|p| types.contains(&p.media_type())).map(|p| passage::of_report(p, PART_LEN_MAX));
    let delivery_status = part(&["message/delivery-status", "message/global-delivery-status"]);
    let feedback_report = part(&["message/feedback-report"]);
    let disposition_notification = part(&["message/disposition-notification", "message/global-disposition-notification"]);
    let returned = part(&["message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers"]);
    // As declared: a report that lost its boundaries is one all the same.
    let content_type = head.get("Content-Type").map(|value| parameters::Parameterised::parse(value).written()).unwrap_or_default();
    let parts = ReportParts {
        headers: &letter.headers,
        from: letter.from.address.as_ref(),
        null_return_path: letter.return_path == Some(ReturnPath::Null),
        subject: letter.subject.as_deref().unwrap_or(""),
        content_type: &content_type,
        text: &shown.text,
        delivery_status: delivery_status.as_deref(),
        feedback_report: feedback_report.as_deref(),
        disposition_notification: disposition_notification.as_deref(),
        returned: returned.as_deref(),
    };
    letter.bounce = bounce::read(&parts);
    letter.receipt = receipt::read(&parts);
    letter.automatic = if letter.bounce.is_some() {
        Some(Automatic::Bounce)
    } else {
        automatic::recognise(&letter.headers, letter.return_path.as_ref(), letter.subject.as_deref())
    };
}

/// Who is away until when, or for good.
fn absence(letter: &mut Letter, sent_on: Option<jiff::civil::Date>) {
    let answering = letter.automatic == Some(Automatic::AutoReply);
    if matches!(letter.automatic, Some(Automatic::Bulk | Automatic::List)) {
        return;
    }
    let words = absence_words(letter, answering);
    letter.departure = automatic::departure(&Told {
        text: &words,
        quoted: &letter.fresh.quoted,
        from: &letter.from,
        to: &letter.to,
        answering,
        failed: letter.bounce.as_ref().and_then(|bounce| bounce.recipient.as_ref()),
    });
    if answering && letter.departure.is_none() {
        (letter.returns, letter.substitute) = absence_told(letter, sent_on);
    }
}

/// The first day back and whom to write to meanwhile, as a machine's answer tells them; `sent_on` is the day of the mail.
pub fn absence_told(letter: &Letter, sent_on: Option<jiff::civil::Date>) -> (Option<jiff::civil::Date>, Option<NamedAddress>) {
    let returns = automatic::returns(&letter.fresh.text, sent_on);
    let parties = letter.to.iter().chain(&letter.reply_to).chain([&letter.from]);
    let own: Vec<EmailAddress> = parties.filter_map(|party| party.address.clone()).collect();
    (returns, automatic::substitute(&absence_words(letter, true), &own, returns.is_some()))
}

/// What was typed, and in a machine's answer what lies below: a substitute's name and address may look like a signature.
fn absence_words(letter: &Letter, answering: bool) -> String {
    let below = letter.fresh.signature.iter().flat_map(|signature| &signature.lines).filter(|_| answering);
    std::iter::once(&letter.fresh.text).chain(below).map(String::as_str).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defects(raw: &str) -> Vec<Defect> {
        letter(raw.as_bytes()).defects
    }

    #[test]
    fn what_relays_change_does_not_make_another_body() {
        let sent = letter(b"From: a@b.example\nSubject: x\n\nHello\n\nBob\n");
        let received = letter(b"Received: by relay\r\nX-Scanned: yes\r\nFrom: a@b.example\r\n\r\nHello\r\n\r\nBob\r\n\r\n \r\n");
        assert_eq!(sent.body_hash, received.body_hash);
        assert_ne!(sent.body_hash, letter(b"From: a@b.example\n\nHello\nBob\n").body_hash);
    }

    #[test]
    fn parts_beyond_the_limit_are_left_out_and_said_to_be() {
        let parts = "--b\nContent-Type: application/pdf\n\nx\n".repeat(limits::PARTS_MAX + 5);
        let raw = format!("From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n");
        let letter = letter(raw.as_bytes());
        assert_eq!((letter.attachments.len(), letter.defects), (limits::PARTS_MAX - 1, vec![Defect::TooMuch]));
    }

    #[test]
    fn a_text_is_cut_at_a_character() {
        let raw = format!("From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n{}", "报".repeat(limits::TEXT_LEN_MAX / 2));
        let letter = letter(raw.as_bytes());
        assert_eq!((letter.text.len(), letter.defects), (limits::TEXT_LEN_MAX / 3 * 3, vec![Defect::TooMuch]));
        assert!(letter.text.chars().all(|c| c == '报'));
    }

    #[test]
    fn header_fields_and_values_beyond_their_limits_are_said_to_be() {
        assert_eq!(defects(&format!("From: a@b.example\n{}\n", "X-A: b\n".repeat(limits::HEADER_FIELDS_MAX))), [Defect::TooMuch]);
        assert_eq!(defects(&format!("From: a@b.example\nX-A: {}\n\n", "b".repeat(limits::HEADER_LEN_MAX + 1))), [Defect::LongHeader]);
    }

    #[test]
    fn a_report_without_boundaries_is_still_declared_as_one() {
        let raw = "From: a@b.example\nContent-Type: Multipart/Report; Report-Type=delivery-status; boundary=x\n\nNo such user\n";
        let block = fields::cut(raw.as_bytes());
        let head = Head::read(&block, b"", &mut Vec::new());
        let declared = head.get("Content-Type").map(|v| parameters::Parameterised::parse(v).written());
        assert_eq!(declared.as_deref(), Some("multipart/report; report-type=delivery-status; boundary=x"));
        assert_eq!(letter(raw.as_bytes()).text, "No such user");
    }
}
