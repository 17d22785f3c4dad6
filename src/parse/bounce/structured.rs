//! Delivery reports as fields: `message/delivery-status` (RFC 3464 §2) and `message/global-delivery-status` (RFC 6533 §4),
//! read generously: missing blank lines, lines folded without indentation, misspelt actions.

use crate::types::EmailAddress;

/// Recipients of one report that are read.
const RECIPIENTS_MAX: usize = 500;
/// Bytes of one field's value that are kept.
const VALUE_LEN_MAX: usize = 4_000;

/// What became of the mail (RFC 3464 §2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Action {
    #[default]
    Failed,
    Delayed,
    /// Delivered, relayed or expanded.
    Passed,
}

/// One recipient's fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Recipient {
    pub address: Option<EmailAddress>,
    pub action: Action,
    pub status: Option<String>,
    /// What stands beside the code in Status or Action.
    pub remark: String,
    pub diagnostic: String,
}

/// A whole report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Report {
    pub recipients: Vec<Recipient>,
    /// Google's `X-Original-Message-ID`.
    pub message_id: Option<String>,
    /// RFC 3464 §2.2.1.
    pub envelope_id: Option<String>,
}

/// The fields of one recipient as they came.
#[derive(Default)]
struct Fields {
    original: Option<String>,
    last: Option<String>,
    action: Option<String>,
    status: Option<String>,
    diagnostic: Option<String>,
}

/// Reads the fields; a text without any gives an empty report.
pub(super) fn read(text: &str) -> Report {
    let mut report = Report::default();
    let mut fields = Fields::default();
    for (name, value) in unfold(text) {
        let slot = match name.as_str() {
            "final-recipient" => &mut fields.last,
            "original-recipient" => &mut fields.original,
            "action" => &mut fields.action,
            "status" => &mut fields.status,
            "diagnostic-code" => &mut fields.diagnostic,
            "x-original-message-id" => {
                report.message_id = Some(value);
                continue;
            }
            "original-envelope-id" => {
                report.envelope_id = Some(value).filter(|id| !id.is_empty());
                continue;
            }
            // A blank line ends a recipient, unless its address is still to come.
            "" => {
                if fields.last.is_some() || fields.original.is_some() {
                    close(&mut fields, &mut report);
                }
                continue;
            }
            _ => continue,
        };
        if slot.is_some() {
            close(&mut fields, &mut report);
            set(&mut fields, &name, value);
        } else {
            *slot = Some(value);
        }
    }
    close(&mut fields, &mut report);
    report
}

fn set(fields: &mut Fields, name: &str, value: String) {
    match name {
        "final-recipient" => fields.last = Some(value),
        "original-recipient" => fields.original = Some(value),
        "action" => fields.action = Some(value),
        "status" => fields.status = Some(value),
        _ => fields.diagnostic = Some(value),
    }
}

/// Field names in lower case with their values on one line; an empty name stands for a blank line.
fn unfold(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.trim().is_empty() {
            fields.push((String::new(), String::new()));
            continue;
        }
        if let Some((name, value)) = line.split_once(':').filter(|(name, _)| is_field_name(name)) {
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        } else if let Some((name, value)) = fields.last_mut()
            && !name.is_empty()
            && value.len() < VALUE_LEN_MAX
        {
            value.push(' ');
            value.push_str(line.trim());
        }
    }
    fields
}

fn is_field_name(name: &str) -> bool {
    name.len() < 60 && name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn close(fields: &mut Fields, report: &mut Report) {
    let Fields { original, last, action, status, diagnostic } = std::mem::take(fields);
    let named = original.is_some() || last.is_some();
    if report.recipients.len() >= RECIPIENTS_MAX || !named {
        return;
    }
    // The original recipient is the address we wrote to; the final one may be an alias we have never seen.
    let address = original.as_deref().and_then(address).or_else(|| last.as_deref().and_then(address));
    let (status, status_remark) = status.as_deref().map(status_of).unwrap_or_default();
    let (action, action_remark) = action.as_deref().map(action_of).unwrap_or_default();
    let diagnostic = diagnostic.map(|value| without_type(&value).to_owned()).unwrap_or_default();
    report.recipients.push(Recipient { address, action, status, remark: format!("{status_remark} {action_remark}"), diagnostic });
}

/// `rfc822; <a@b>`, `utf-8; a@b`, a route before the address, X.400 with the address within.
fn address(value: &str) -> Option<EmailAddress> {
    let value = without_type(value);
    if let Some((_, rest)) = value.to_ascii_lowercase().split_once("rfc-822=") {
        return EmailAddress::parse(&rest.split(['/', ';']).next()?.replace("(a)", "@")).ok();
    }
    let value = value.trim().trim_start_matches('<').trim_end_matches('>');
    let value = if value.starts_with('@') { value.split_once(':').map_or(value, |(_, rest)| rest) } else { value };
    let value = value.split_once(" (").map_or(value, |(address, _)| address);
    EmailAddress::parse(value).ok()
}

/// The value behind its `type;`.
fn without_type(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if kind.trim().len() <= 40 && !kind.trim().contains(char::is_whitespace) && !kind.contains('@') => rest.trim(),
        _ => value.trim(),
    }
}

fn status_of(value: &str) -> (Option<String>, String) {
    let code = value.split_whitespace().next().filter(|code| super::diagnosis::is_enhanced_code(code));
    let remark = code.and_then(|code| value.trim().strip_prefix(code)).unwrap_or(value);
    (code.map(str::to_owned), remark.trim().to_owned())
}

fn action_of(value: &str) -> (Action, String) {
    let lower = value.trim().to_ascii_lowercase();
    let (word, remark) = lower.split_once(char::is_whitespace).unwrap_or((&lower, ""));
    let action = if word.starts_with("delay") {
        Action::Delayed
    } else if ["deliver", "relay", "expand"].iter().any(|passed| word.starts_with(passed)) {
        Action::Passed
    } else {
        Action::Failed
    };
    (action, remark.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipient_keeps_its_own_words() {
        let report = read(
            "Reporting-MTA: dns; mx.exporter.example\nX-Original-Message-ID: <offer-7@exporter.example>\n\nFinal-Recipient: RFC822; <omar@souk.example>\nAction: failed\nStatus: 5.2.2 (over quota)\nDiagnostic-Code: smtp; 552 5.2.2\n mailbox is full\n\nOriginal-Recipient: rfc822;lena@werk.example\nFinal-Recipient: rfc822;@relay.example:l@inner.example\nAction: relayed\nStatus: 2.0.0\n",
        );
        assert_eq!(report.message_id.as_deref(), Some("<offer-7@exporter.example>"));
        let seen: Vec<_> =
            report.recipients.iter().map(|r| (r.address.as_ref().map(|a| a.as_str()), r.action, r.status.as_deref())).collect();
        assert_eq!(
            seen,
            [(Some("omar@souk.example"), Action::Failed, Some("5.2.2")), (Some("lena@werk.example"), Action::Passed, Some("2.0.0")),]
        );
        assert_eq!(report.recipients.first().map(|r| r.diagnostic.as_str()), Some("552 5.2.2 mailbox is full"));
    }

    #[test]
    fn fields_before_the_address_and_lines_without_indentation_are_read() {
        let report = read(
            "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550-please log in\n550-mail.example [192.0.2.1]:25 may not\n550 relay here\n\nFinal-Recipient: rfc822; eva@firma.example\n",
        );
        let recipient = report.recipients.first().expect("one recipient is named");
        assert_eq!(recipient.address.as_ref().map(|a| a.as_str()), Some("eva@firma.example"));
        assert!(recipient.diagnostic.ends_with("550 relay here"), "{}", recipient.diagnostic);
    }

    #[test]
    fn an_x400_gateway_hides_the_address_in_a_name() {
        assert_eq!(
            address("x400; /RFC-822=jan(a)firma.example/ADMD=atlas/C=DE/").map(|a| a.as_str().to_owned()).as_deref(),
            Some("jan@firma.example")
        );
        assert_eq!(address("x400; /S=jan/ADMD=atlas/C=DE/"), None);
    }
}
