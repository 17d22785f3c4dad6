//! Complaints: feedback reports (RFC 5965, ARF) and the notices Amazon's service posts as JSON. A complaint is never a bounce
//! of an address; it is reported as [`BounceKind::Unknown`].

use super::{Bounce, BounceKind, ReportKind, ReportParts, diagnosis, plain};
use crate::types::{EmailAddress, MessageId};
use serde::Deserialize;

/// Feedback about mail that nobody complains of (RFC 6430, RFC 6591, RFC 7489 §7.3).
const NO_COMPLAINTS: [&str; 4] = ["not-spam", "auth-failure", "dmarc", "dkim"];

/// Whose staff passes complaints on.
const PASSED_ON_BY: [&str; 2] = ["hotmail.com", "outlook.com"];

/// The complaint, if this is one.
pub(super) fn read(parts: &ReportParts<'_>) -> Option<Bounce> {
    let declared = parts.content_type.contains("feedback-report");
    let fields = parts.feedback_report.or_else(|| declared.then_some(""))?;
    let named = |name: &str| {
        fields
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter(move |(field, _)| field.trim().eq_ignore_ascii_case(name.trim()))
            .map(|(_, value)| value.trim().to_owned())
            .next()
    };
    let recipients: Vec<EmailAddress> = ["Original-Rcpt-To", "Removal-Recipient"]
        .iter()
        .filter_map(|name| named(name))
        .filter_map(|value| plain::addresses(&value).next())
        .take(1)
        .collect();
    let reason = named("Feedback-Type").map(|kind| format!("feedback report: {kind}"));
    let message_id = parts.returned.and_then(plain::message_id).and_then(MessageId::parse);
    let is_complaint = !named("Feedback-Type").is_some_and(|kind| NO_COMPLAINTS.iter().any(|known| kind.eq_ignore_ascii_case(known)));
    Some(Bounce {
        recipient: recipients.first().cloned(),
        recipients,
        reason,
        message_id,
        report: if is_complaint { ReportKind::Complaint } else { ReportKind::Feedback },
        envelope_id: named("Original-Envelope-Id").filter(|id| !id.is_empty()),
        subject: parts.returned.and_then(|text| plain::field(text, "Subject")),
        mail_from: named("Original-Mail-From").and_then(|path| EmailAddress::parse(&path).ok()),
        ..Bounce::default()
    })
}

/// Microsoft passes a complaint on as the mail itself (its Junk Mail Reporting Program), without the fields of RFC 5965. The recipient
/// stands in a field of its own, where it is told at all.
pub(super) fn read_passed_on(parts: &ReportParts<'_>) -> Option<Bounce> {
    let is_machine = parts.from.is_some_and(|from| from.local().eq_ignore_ascii_case("staff") && PASSED_ON_BY.contains(&from.domain()));
    let subject = parts.subject.trim().to_ascii_lowercase();
    let returned = parts.returned.filter(|_| is_machine && subject.starts_with("complaint about message from"))?;
    let recipients: Vec<EmailAddress> =
        plain::field(returned, "X-HmXmrOriginalRecipient").and_then(|to| EmailAddress::parse(&to).ok()).into_iter().collect();
    Some(Bounce {
        recipient: recipients.first().cloned(),
        recipients,
        reason: Some("a reader called it junk".to_owned()),
        message_id: plain::message_id(returned).and_then(MessageId::parse),
        report: ReportKind::Complaint,
        subject: plain::field(returned, "Subject"),
        ..Bounce::default()
    })
}

/// A notice of Amazon SES as it comes through its notification service.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notice {
    notification_type: String,
    bounce: Option<NoticeBounce>,
    complaint: Option<NoticeComplaint>,
    mail: Option<NoticeMail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NoticeBounce {
    bounce_type: Option<String>,
    #[serde(default)]
    bounced_recipients: Vec<NoticeRecipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NoticeComplaint {
    #[serde(default)]
    complained_recipients: Vec<NoticeRecipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NoticeRecipient {
    email_address: String,
    status: Option<String>,
    diagnostic_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NoticeMail {
    #[serde(default)]
    headers: Vec<NoticeHeader>,
}

#[derive(Deserialize)]
struct NoticeHeader {
    name: String,
    value: String,
}

/// A bounce or complaint posted as JSON by Amazon's notification service.
pub(super) fn read_notice(parts: &ReportParts<'_>) -> Option<Bounce> {
    let sender = parts.from?.domain();
    if !(sender == "amazonaws.com" || sender.ends_with(".amazonaws.com")) {
        return None;
    }
    // Mail folds the one long line; no line end in it is meant.
    let json: String = parts.text.get(parts.text.find('{')?..)?.lines().collect();
    let notice = serde_json::Deserializer::from_str(&json).into_iter::<Notice>().next()?.ok()?;
    let message_id = notice.mail.iter().flat_map(|mail| &mail.headers).find(|header| header.name.eq_ignore_ascii_case("message-id"));
    let message_id = message_id.and_then(|header| MessageId::parse(&header.value));
    let (report, kind, listed) = match notice.notification_type.as_str() {
        "Bounce" => {
            let bounce = notice.bounce?;
            (ReportKind::Failed, bounce_kind(&bounce), bounce.bounced_recipients)
        }
        "Complaint" => (ReportKind::Complaint, BounceKind::Unknown, notice.complaint?.complained_recipients),
        _ => return None,
    };
    let recipients: Vec<EmailAddress> = listed.iter().take(500).filter_map(|r| EmailAddress::parse(&r.email_address).ok()).collect();
    let (status, reason) = listed.into_iter().next().map(|first| (first.status, first.diagnostic_code)).unwrap_or_default();
    let reason = reason.and_then(|words| super::one_line(&words));
    Some(Bounce { kind, recipient: recipients.first().cloned(), recipients, status, reason, message_id, report, ..Bounce::default() })
}

fn bounce_kind(bounce: &NoticeBounce) -> BounceKind {
    if bounce.bounce_type.as_deref() == Some("Transient") {
        return BounceKind::Soft;
    }
    let kinds = bounce.bounced_recipients.iter().map(|recipient| {
        let words = recipient.diagnostic_code.as_deref().unwrap_or_default();
        let evidence = diagnosis::Evidence { words, status: recipient.status.as_deref(), after_data: false };
        diagnosis::by_words(evidence).or_else(|| diagnosis::by_status(recipient.status.as_deref()?)).unwrap_or(BounceKind::Unknown)
    });
    super::common(kinds)
}
