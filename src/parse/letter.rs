//! A mail as a value.

use super::{Automatic, Bounce, Departure, Fresh, Paper, Receipt};
use crate::types::{Language, MessageId, Moment, NamedAddress};
use serde::{Deserialize, Serialize};

/// One message, read. Everything in it came from outside and is to be escaped wherever it is shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Letter {
    pub message_id: Option<MessageId>,
    /// The Date header as an instant.
    pub sent_at: Option<Moment>,
    /// The Date header in RFC 3339 with the sender's own offset, `2026-11-02T09:12:44+08:00`.
    pub date: Option<String>,
    /// The first From that has an address; else Reply-To, else Return-Path.
    pub from: NamedAddress,
    pub sender: Option<NamedAddress>,
    pub reply_to: Vec<NamedAddress>,
    pub to: Vec<NamedAddress>,
    pub cc: Vec<NamedAddress>,
    pub return_path: Option<ReturnPath>,
    /// Decoded; `None` when there is no Subject field.
    pub subject: Option<String>,
    pub in_reply_to: Vec<MessageId>,
    /// Oldest first, at most [`super::limits::REFERENCES_MAX`] (the first and the last ones are kept).
    pub references: Vec<MessageId>,
    /// The 22 bytes that name the conversation in Outlook's Thread-Index, in hexadecimal; and the whole value as it came.
    pub thread_index: Option<(String, String)>,
    /// Every header field, decoded, in order.
    pub headers: Headers,
    /// The shown text whole, as plain text; quotes and signature included.
    pub text: String,
    /// What the mail's HTML has and does not let its reader see: not shown, without size, white on white. The beginning of it.
    pub hidden_text: String,
    /// Byte ranges of `text` that the mail's HTML marks as quoted.
    pub quotes: Vec<std::ops::Range<usize>>,
    /// What the sender typed now, and what stands around it.
    pub fresh: Fresh,
    pub attachments: Vec<Attachment>,
    /// Attachments that were read. A letter has none until its papers are read, which takes a process of its own.
    pub papers: Vec<Paper>,
    /// By headers and structure only; out-of-office notes recognised by their words are `understand`'s.
    pub automatic: Option<Automatic>,
    /// The first day an absent person is back, when an automatic answer names it.
    pub returns: Option<jiff::civil::Date>,
    /// Whom an automatic answer says to write to meanwhile.
    pub substitute: Option<NamedAddress>,
    /// Who has gone for good, and who is to be written to instead: said by a person, an automatic answer or a bounce.
    pub departure: Option<Departure>,
    pub bounce: Option<Bounce>,
    /// What a reader's program says became of a mail of ours (RFC 8098).
    pub receipt: Option<Receipt>,
    /// What headers say about the language: Content-Language, else a charset that is used for one language only, when the text
    /// or the subject has characters beyond ASCII (Chinese mailers write English in GB 2312 too).
    pub declared_language: Option<Language>,
    pub defects: Vec<Defect>,
    /// SHA-256 of the message's body bytes as they came, line ends normalised: half of its identity.
    pub body_hash: [u8; 32],
    /// Size of the raw message in bytes.
    pub size: usize,
}

/// Where errors of this message were to be sent (RFC 5321 §4.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnPath {
    /// `<>`: a report or an automatic answer; never to be answered.
    Null,
    Address(crate::types::EmailAddress),
}

/// A leaf part other than the shown text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Decoded file name without any path; `None` when the mail gives none.
    pub name: Option<String>,
    /// Media type in lower case, `application/pdf`.
    pub media_type: String,
    /// Decoded size in bytes.
    pub size: usize,
    /// Shown within the text (Content-ID or Content-Disposition: inline).
    pub inline: bool,
}

/// Header fields in order, values unfolded and decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Takes fields as `(name, decoded value)` in the message's order.
    pub fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// The first field of that name, in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All fields of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All fields.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a field of that name is there.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// What was wrong with a message. Never a reason to drop it. Those of papers come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Defect {
    /// Nothing at all, or only white space.
    Empty,
    /// No header block; the whole is taken as text.
    NoHeaders,
    /// No From field with an address.
    NoSender,
    /// More than one From field; the first is taken.
    SeveralFroms,
    /// Header bytes that no standard allows, decoded by guess.
    RawHeaderBytes,
    /// Body bytes that do not fit their declared charset, or declare none; decoded by guess.
    CharsetGuessed,
    /// Characters that could not be decoded and were replaced.
    CharactersLost,
    /// A multipart without its closing boundary, or none of its parts.
    BrokenMultipart,
    /// Base64 or quoted-printable that breaks off or holds foreign characters.
    BrokenEncoding,
    /// Carriage returns alone as line ends.
    BareCarriageReturns,
    /// NUL bytes.
    NulBytes,
    /// Deeper, larger or with more parts than is read; the rest was left out.
    TooMuch,
    /// A header line too long to be read whole.
    LongHeader,
    /// The Date cannot be read.
    BadDate,
    /// A `winmail.dat` that could not be opened.
    BrokenTnef,
    /// An attached paper behind a password.
    PaperLocked,
    /// An attached paper that is only pictures, as scanners make them.
    PaperWithoutText,
    /// An attached paper that is not what it says it is, or breaks off.
    PaperBroken,
    /// An attached paper of which more is there than is read.
    PaperTooMuch,
    /// An attached paper that brings macros; they were not run.
    PaperWithMacros,
    /// An attached paper on which its reader broke, or took too long or too much memory, and was stopped.
    PaperStopped,
    /// An attached paper that could not be read for a reason of this machine's.
    PaperUnread,
}

impl Defect {
    /// Whether it is one of an attached paper.
    pub fn is_of_papers(self) -> bool {
        self >= Defect::PaperLocked
    }

    /// The name `triage --json` writes.
    pub fn name(self) -> &'static str {
        match self {
            Defect::Empty => "empty",
            Defect::NoHeaders => "no-headers",
            Defect::NoSender => "no-sender",
            Defect::SeveralFroms => "several-froms",
            Defect::RawHeaderBytes => "raw-header-bytes",
            Defect::CharsetGuessed => "charset-guessed",
            Defect::CharactersLost => "characters-lost",
            Defect::BrokenMultipart => "broken-multipart",
            Defect::BrokenEncoding => "broken-encoding",
            Defect::BareCarriageReturns => "bare-carriage-returns",
            Defect::NulBytes => "nul-bytes",
            Defect::TooMuch => "too-much",
            Defect::LongHeader => "long-header",
            Defect::BadDate => "bad-date",
            Defect::BrokenTnef => "broken-tnef",
            Defect::PaperLocked => "paper-locked",
            Defect::PaperWithoutText => "paper-without-text",
            Defect::PaperBroken => "paper-broken",
            Defect::PaperTooMuch => "paper-too-much",
            Defect::PaperWithMacros => "paper-with-macros",
            Defect::PaperStopped => "paper-stopped",
            Defect::PaperUnread => "paper-unread",
        }
    }
}
