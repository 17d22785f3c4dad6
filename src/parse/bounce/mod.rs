//! Delivery reports, structured (RFC 3464, RFC 6522) and plain, and feedback reports (RFC 5965).

mod detect;
mod diagnosis;
mod feedback;
mod plain;
mod structured;
#[cfg(test)]
mod tests;
mod words;

use super::Headers;
use crate::types::{EmailAddress, MessageId};
use diagnosis::Evidence;
use structured::Action;
use words::{folded, words};

/// Bytes of a report that are read; what is longer is the returned mail.
const REPORT_LEN_MAX: usize = 256 * 1024;
/// Bytes of the reason that are kept.
const REASON_LEN_MAX: usize = 300;

/// What a delivery report says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    pub report: ReportKind,
    /// The envelope's id that its sender gave it (RFC 3461 §4.4).
    pub envelope_id: Option<String>,
    /// The subject of the mail that came back, decoded.
    pub subject: Option<String>,
    /// Whom the envelope of the mail that came back named as its sender.
    pub mail_from: Option<EmailAddress>,
}

/// What a report tells of the mail as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReportKind {
    /// It did not reach somebody, and nobody tries any more.
    #[default]
    Failed,
    /// It is still being tried.
    Delayed,
    /// It was delivered, or passed on to a system that reports no further (RFC 3464 §2.3.3).
    Delivered,
    /// Somebody complained of it (RFC 5965).
    Complaint,
    /// Feedback that is no complaint: `not-spam` (RFC 6430), `auth-failure` (RFC 6591).
    Feedback,
}

/// What follows for the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
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
    #[default]
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
///
/// One report may name several recipients. `kind` is what holds for all of `recipients`: where they differ it is the mildest, so
/// that nobody is suppressed for another's failure, and where one failed, those that were delivered or still wait are not named.
pub fn read(parts: &ReportParts<'_>) -> Option<Bounce> {
    if parts.disposition_notification.is_some() || parts.content_type.contains("disposition-notification") {
        return None;
    }
    if let Some(complaint) = feedback::read(parts).or_else(|| feedback::read_passed_on(parts)).or_else(|| feedback::read_notice(parts)) {
        return Some(complaint);
    }
    if !detect::may_be_report(parts) {
        return None;
    }
    let (head, tail) = plain::split(detect::cut(parts.text, REPORT_LEN_MAX));
    // Where the MIME structure is broken the fields stand in the text.
    let mut report = structured::read(detect::cut(parts.delivery_status.unwrap_or_default(), REPORT_LEN_MAX));
    if report.recipients.is_empty() && has_fields(head) {
        report = structured::read(head);
    }
    if !detect::is_report(parts, head, !report.recipients.is_empty()) {
        return None;
    }
    let message_id =
        [parts.returned.and_then(plain::message_id), plain::message_id(tail), report.message_id.as_deref(), plain::message_id(head)];
    let message_id = message_id.into_iter().flatten().find_map(MessageId::parse);
    let (kind, findings) = if report.recipients.is_empty() {
        let delayed = says_delayed(parts, head);
        (if delayed { ReportKind::Delayed } else { ReportKind::Failed }, from_prose(parts, head, delayed))
    } else {
        (of_actions(&report.recipients), from_fields(parts, head, report.recipients))
    };
    let field = |name: &str| parts.returned.and_then(|text| plain::field(text, name)).or_else(|| plain::field(tail, name));
    Some(Bounce {
        report: kind,
        envelope_id: report.envelope_id,
        subject: field("Subject").or_else(|| plain::quoted_subject(head)),
        mail_from: field("Return-Path").and_then(|path| EmailAddress::parse(&path).ok()),
        ..conclude(findings, message_id)
    })
}

/// One that failed is what a report is about; one that waits says more than one that arrived.
fn of_actions(recipients: &[structured::Recipient]) -> ReportKind {
    let has = |action| recipients.iter().any(|recipient| recipient.action == action);
    match () {
        () if has(Action::Failed) => ReportKind::Failed,
        () if has(Action::Delayed) => ReportKind::Delayed,
        () => ReportKind::Delivered,
    }
}

fn says_delayed(parts: &ReportParts<'_>, head: &str) -> bool {
    words().is_delay_subject(&parts.subject.trim().to_lowercase()) || words().says_delay(&folded(head))
}

/// What is known about one recipient.
struct Finding {
    address: Option<EmailAddress>,
    kind: BounceKind,
    status: Option<String>,
    reason: Option<String>,
}

fn has_fields(head: &str) -> bool {
    head.lines().any(|line| line.get(..16).is_some_and(|name| name.eq_ignore_ascii_case("Final-Recipient:")))
}

fn from_fields(parts: &ReportParts<'_>, head: &str, mut recipients: Vec<structured::Recipient>) -> Vec<Finding> {
    // Delivered, relayed, expanded, or still waiting: those say nothing about the ones that failed.
    if recipients.iter().any(|recipient| recipient.action == Action::Failed) {
        recipients.retain(|recipient| recipient.action == Action::Failed);
    }
    let prose = prose(head);
    let refused_late = refused_after_data(head);
    let alone = recipients.len() == 1;
    let failed = failed_recipients(parts);
    let blocks = if alone { Vec::new() } else { plain::blocks(head, &[]) };
    let about = |address: Option<&EmailAddress>| {
        blocks.iter().find(|block| Some(&block.address) == address).map(|block| block.words.clone()).unwrap_or_default()
    };
    let finding = |recipient: structured::Recipient| {
        let evidence = |words| Evidence { words, status: recipient.status.as_deref(), after_data: refused_late };
        let about = if alone { prose.clone() } else { about(recipient.address.as_ref()) };
        let kind = match recipient.action {
            Action::Failed => [recipient.diagnostic.as_str(), recipient.remark.as_str(), about.as_str()]
                .into_iter()
                .find_map(|words| diagnosis::by_words(evidence(words)))
                .or_else(|| diagnosis::by_status(diagnosis::enhanced_code(&recipient.diagnostic)?))
                .or_else(|| diagnosis::by_status(recipient.status.as_deref()?))
                .unwrap_or(BounceKind::Unknown),
            Action::Delayed | Action::Passed => BounceKind::Delay,
        };
        let said = [&recipient.diagnostic, &recipient.remark, &about].into_iter().find_map(|words| one_line(words));
        Finding {
            kind,
            status: status(recipient.status.as_deref(), &recipient.diagnostic),
            reason: said,
            address: recipient.address.or_else(|| failed.first().filter(|_| alone).cloned()),
        }
    };
    recipients.into_iter().map(finding).collect()
}

fn from_prose(parts: &ReportParts<'_>, head: &str, delayed: bool) -> Vec<Finding> {
    let mut own: Vec<EmailAddress> = ["To", "From", "Delivered-To", "X-Original-To"]
        .iter()
        .filter_map(|name| parts.headers.get(name))
        .flat_map(plain::addresses)
        .collect();
    own.extend(parts.from.cloned());
    let failed = failed_recipients(parts);
    let mut blocks = plain::blocks(head, &own);
    if !failed.is_empty() {
        blocks.retain(|block| failed.contains(&block.address));
        let missing: Vec<_> = failed.into_iter().filter(|address| !blocks.iter().any(|block| block.address == *address)).collect();
        blocks.extend(missing.into_iter().map(|address| plain::Block { address, words: String::new() }));
    }
    let refused_late = refused_after_data(head);
    let whole = prose(head);
    let judge = |words: &str| {
        let evidence = Evidence { words, status: None, after_data: refused_late };
        diagnosis::by_words(evidence).or_else(|| diagnosis::by_status(diagnosis::enhanced_code(words)?))
    };
    let finding = |address: Option<EmailAddress>, words: &str| {
        let judged = judge(words).map(|kind| (kind, words)).or_else(|| judge(&whole).map(|kind| (kind, whole.as_str())));
        let (kind, said) = judged.unwrap_or((BounceKind::Unknown, if words.is_empty() { &whole } else { words }));
        Finding {
            address,
            kind: if delayed { BounceKind::Delay } else { kind },
            status: status(None, said),
            reason: one_line(without_address(said)),
        }
    };
    if blocks.is_empty() {
        let address = returned_to(parts, &own);
        return vec![finding(address, "")];
    }
    blocks.iter().map(|block| finding(Some(block.address.clone()), &block.words)).collect()
}

/// Exim, Gmail and others name the recipients in a field of the header.
fn failed_recipients(parts: &ReportParts<'_>) -> Vec<EmailAddress> {
    parts.headers.all("X-Failed-Recipients").flat_map(plain::addresses).take(500).collect()
}

/// The one address the returned mail went to. With several nobody can say which one failed.
fn returned_to(parts: &ReportParts<'_>, own: &[EmailAddress]) -> Option<EmailAddress> {
    let to = parts
        .returned?
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .find(|line| line.get(..3).is_some_and(|name| name.eq_ignore_ascii_case("to:")))?;
    let mut addresses = plain::addresses(to);
    let first = addresses.next().filter(|address| !own.contains(address))?;
    addresses.next().is_none().then_some(first)
}

/// The prose without delivery-status fields, on one line.
fn prose(head: &str) -> String {
    head.lines().take_while(|line| !line.to_ascii_lowercase().starts_with("reporting-mta:")).map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Whether a server took the recipient and refused the mail afterwards: Postfix says so, IronPort has a phrase for it, and in
/// Sendmail's transcript a refusal follows `>>> DATA`. A server that takes commands in a row may refuse the recipient there too;
/// Sendmail then adds `User unknown` in its own name.
fn refused_after_data(head: &str) -> bool {
    let told = folded(head);
    if told.contains("(in reply to end of data") || told.contains("other mail system problem 5") {
        return true;
    }
    let mut lines = head.lines().map(str::trim);
    lines.by_ref().any(|line| line.eq_ignore_ascii_case(">>> DATA"))
        && lines.next().is_some_and(|line| line.starts_with("<<< 5"))
        && !lines.any(|line| line.starts_with("550 5.1.1 "))
}

fn status(field: Option<&str>, said: &str) -> Option<String> {
    let vague = |code: &&str| !code.ends_with(".0.0");
    field.filter(vague).or_else(|| diagnosis::enhanced_code(said)).or(field).map(str::to_owned)
}

/// The remote server's words on one line of moderate length; `None` when there are none.
fn one_line(words: &str) -> Option<String> {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = words.strip_prefix("smtp; ").unwrap_or(&words);
    let cut = detect::cut(words, REASON_LEN_MAX).trim();
    (!cut.is_empty()).then(|| cut.to_owned())
}

/// Prose begins with the address it is about: `<a@b>: Sorry, no mailbox here`.
fn without_address(words: &str) -> &str {
    let words = words.trim();
    match words.split_once(char::is_whitespace) {
        Some((first, rest)) if first.contains('@') => rest,
        _ => words,
    }
}

/// What holds for all: the common kind, else the mildest that was seen.
fn common(kinds: impl Iterator<Item = BounceKind>) -> BounceKind {
    let mildness = |kind: BounceKind| match kind {
        BounceKind::Delay => 0,
        BounceKind::Soft => 1,
        BounceKind::Policy => 2,
        BounceKind::Unknown => 3,
        BounceKind::Hard => 4,
    };
    kinds.min_by_key(|kind| mildness(*kind)).unwrap_or(BounceKind::Unknown)
}

fn conclude(mut findings: Vec<Finding>, message_id: Option<MessageId>) -> Bounce {
    let mut kind = common(findings.iter().map(|finding| finding.kind));
    // Status and reason are to explain the kind.
    findings.sort_by_key(|finding| finding.kind != kind);
    let mut recipients: Vec<EmailAddress> = Vec::new();
    for address in findings.iter().filter_map(|finding| finding.address.as_ref()) {
        if !recipients.contains(address) {
            recipients.push(address.clone());
        }
    }
    // Without a name nobody can be suppressed.
    if recipients.is_empty() && kind == BounceKind::Hard {
        kind = BounceKind::Unknown;
    }
    let (status, reason) = findings.into_iter().next().map(|first| (first.status, first.reason)).unwrap_or_default();
    Bounce { kind, recipient: recipients.first().cloned(), recipients, status, reason, message_id, ..Bounce::default() }
}
