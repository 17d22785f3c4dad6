//! Delivery reports, structured (RFC 3464, RFC 6522) and plain, and feedback reports (RFC 5965).

use super::Headers;
use crate::types::{EmailAddress, MessageId};

/// What a delivery report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    pub kind: BounceKind,
    /// The first of `recipients`.
    pub recipient: Option<EmailAddress>,
    pub recipients: Vec<EmailAddress>,
    /// Enhanced status code (RFC 3463), `5.1.1`.
    pub status: Option<String>,
    /// The remote server's words, one line.
    pub reason: Option<String>,
    /// The Message-ID of the mail that came back.
    pub message_id: Option<MessageId>,
}

/// What follows for the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BounceKind {
    /// This address will never work: user unknown, host unknown, has moved, does not accept mail.
    Hard,
    /// Did not work this time: mailbox full, server down, too large.
    Soft,
    /// Refused for what was sent or who sent it: spam, reputation, authentication. Not the recipient's fault.
    Policy,
    /// Still being tried, or delivered, relayed, expanded: nothing was refused.
    Delay,
    /// A report that does not say why; also feedback (complaint) reports.
    Unknown,
}

impl BounceKind {
    /// The name `triage --json` writes.
    pub fn name(self) -> &'static str {
        match self {
            BounceKind::Hard => "hard",
            BounceKind::Soft => "soft",
            BounceKind::Policy => "policy",
            BounceKind::Delay => "delay",
            BounceKind::Unknown => "unknown",
        }
    }
}

/// The parts of a message that a report is read from.
#[derive(Debug, Clone, Copy)]
pub struct ReportParts<'a> {
    pub headers: &'a Headers,
    pub from: Option<&'a EmailAddress>,
    pub null_return_path: bool,
    pub subject: &'a str,
    /// `multipart/report; report-type=…` or whatever the top-level media type is, in lower case with parameters.
    pub content_type: &'a str,
    /// All text shown, joined; for a message without structure its whole body.
    pub text: &'a str,
    /// The decoded `message/delivery-status` (or `message/global-delivery-status`) part.
    pub delivery_status: Option<&'a str>,
    /// The decoded `message/feedback-report` part.
    pub feedback_report: Option<&'a str>,
    /// The decoded `message/disposition-notification` part: a receipt, no bounce.
    pub disposition_notification: Option<&'a str>,
    /// The returned message or its headers (`message/rfc822`, `text/rfc822-headers`), as text.
    pub returned: Option<&'a str>,
}

/// The report, if this message is one; `None` for a person's mail, an out-of-office note, a receipt.
pub fn read(parts: &ReportParts<'_>) -> Option<Bounce> {
    let _ = parts;
    None
}
