//! Is this a report at all? No sign alone is enough: people quote bounces, out-of-office notes have a null return path, a freight
//! agent's subject is "Delivery failed". Signs are weighed together.

use super::ReportParts;
use super::words::{folded, words};

/// Weight at which a message counts as a report.
const ENOUGH: u32 = 4;
/// Bytes of prose in which a report says what it is.
const OPENING_LEN_MAX: usize = 3_000;

/// Whether header and subject leave it open that this is a report: words alone make none. Most mail is done with here, before its
/// text is read.
pub(super) fn may_be_report(parts: &ReportParts<'_>) -> bool {
    machine(parts) + reported(parts) + subject(parts) > 0
}

/// Whether the message is a delivery report. `head` is its prose above the returned mail, `fields` says that delivery-status
/// fields were found.
pub(super) fn is_report(parts: &ReportParts<'_>, head: &str, fields: bool) -> bool {
    let machine = machine(parts);
    let subject = subject(parts);
    let reported = reported(parts);
    if fields {
        // A person who forwards a report brings its fields along too.
        return machine + reported + subject >= 2;
    }
    let opening = cut(head, OPENING_LEN_MAX);
    let opening: String =
        opening.lines().filter(|line| !line.trim_start().starts_with('>') || line.contains(">>>")).flat_map(|line| [line, "\n"]).collect();
    let opening = folded(&opening);
    let says_so = u32::from(words().is_report(&opening)) * 2;
    let returned = u32::from(parts.returned.is_some_and(|text| !text.trim().is_empty()) || head.len() < parts.text.len());
    let weight = machine + reported + subject + says_so + returned;
    let from_machine = machine > 0 || reported > 0;
    let about_mail = ["your message", "your mail", "your e-mail", "your email", "smtp", "mailbox", "following recipient"]
        .iter()
        .any(|word| opening.contains(word));
    let in_all_but_name = subject > 0 && says_so > 0 && (returned > 0 || about_mail) && super::plain::addresses(head).next().is_some();
    weight >= ENOUGH && (from_machine && (subject > 0 || says_so > 0) || in_all_but_name)
}

/// Whether the media type says so (RFC 6522).
fn reported(parts: &ReportParts<'_>) -> u32 {
    u32::from(parts.content_type.contains("multipart/report") && !parts.content_type.contains("disposition-notification")) * 2
}

/// How surely a mail system wrote it.
fn machine(parts: &ReportParts<'_>) -> u32 {
    let from = parts.headers.get("From").unwrap_or_default();
    let bare = parts.from.is_none() && words().is_machine(from.trim());
    let nobody = parts.from.is_none() && (from.trim().is_empty() || from.contains("<>"));
    let daemon = parts.from.is_some_and(|from| words().is_machine(from.local())) || bare;
    let named = words().is_machine_name(&from.to_lowercase());
    let returns_to_daemon = parts.headers.get("Return-Path").is_some_and(|path| path.to_ascii_lowercase().contains("mailer-daemon"));
    let mut weight = 0;
    weight += u32::from(daemon || named || nobody && parts.null_return_path) * 2;
    weight += u32::from(nobody && !daemon && !named);
    weight += u32::from(parts.null_return_path || returns_to_daemon);
    weight += u32::from(parts.headers.has("X-Failed-Recipients")) * 3;
    weight
}

/// An answer or a forward of a report is a person's.
fn subject(parts: &ReportParts<'_>) -> u32 {
    let subject = parts.subject.trim().to_lowercase();
    u32::from(words().is_report_subject(&subject)) * 2
}

/// At most `len_max` bytes, cut at a character.
pub(super) fn cut(text: &str, len_max: usize) -> &str {
    text.get(..text.floor_char_boundary(len_max)).unwrap_or(text)
}
