//! What is too large for a file: each construction is made here, is read in bounded time, and gives what can be read of it.

use super::assert_bounded;
use std::time::{Duration, Instant};
use tradepost::parse::{self, Defect, Letter, limits};

const HEAD: &str = "From: Ana <ana@customer.example>\nTo: sales@exporter.example\nSubject: Inquiry\nMIME-Version: 1.0\n";
/// Some ten times what the slowest takes in a debug build on a busy machine.
const TIME_MAX: Duration = Duration::from_secs(20);

fn read(raw: &str) -> Letter {
    let started = Instant::now();
    let letter = parse::letter(raw.as_bytes());
    let took = started.elapsed();
    assert_bounded(&letter, raw.as_bytes());
    assert!(took < TIME_MAX, "{} bytes took {took:?}", raw.len());
    assert_eq!(letter.subject.as_deref().map(|subject| subject.starts_with("Inquiry")), Some(true));
    letter
}

fn says_too_much(letter: &Letter) -> bool {
    letter.defects.contains(&Defect::TooMuch)
}

#[test]
fn a_thousand_multiparts_within_one_another() {
    let mut mail = format!("{HEAD}Content-Type: multipart/mixed; boundary=b0\n\n--b0\nContent-Type: text/plain\n\nPlease quote\n");
    for level in 0..1_000 {
        mail.push_str(&format!("--b{level}\nContent-Type: multipart/mixed; boundary=b{}\n\n", level + 1));
    }
    mail.push_str("--b1000\nContent-Type: text/plain\n\nToo deep\n");
    let letter = read(&mail);
    assert!(letter.text.starts_with("Please quote") && says_too_much(&letter));
}

#[test]
fn a_thousand_messages_within_one_another() {
    let inner = "Content-Type: message/rfc822\n\nFrom: b@customer.example\nSubject: inner\n".repeat(1_000);
    let letter = read(&format!("{HEAD}{inner}\nDeep\n"));
    assert!(letter.attachments.len() <= limits::PARTS_MAX);
}

#[test]
fn a_hundred_thousand_parts() {
    let parts = "--b\nContent-Type: text/plain\n\nx\n".repeat(100_000);
    let letter =
        read(&format!("{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nPlease quote\n{parts}--b--\n"));
    assert!(letter.text.starts_with("Please quote") && says_too_much(&letter));
}

#[test]
fn a_header_field_of_five_megabytes() {
    let letter = read(&format!("{HEAD}X-Long: {}\n\nPlease quote\n", "x".repeat(5 * 1024 * 1024)));
    assert!(letter.text == "Please quote" && letter.defects.contains(&Defect::LongHeader));
}

#[test]
fn a_header_field_folded_over_a_hundred_thousand_lines() {
    let letter = read(&format!("{HEAD}X-Long: a\n{}\n\nPlease quote\n", " b\n".repeat(100_000).trim_end()));
    assert_eq!(letter.text, "Please quote");
}

#[test]
fn a_subject_of_two_megabytes_of_encoded_words() {
    let words = "=?utf-8?Q?=E6=8A=A5=E4=BB=B7?= ".repeat(70_000);
    let raw = format!("{}Content-Type: text/plain\n\nPlease quote\n", HEAD.replace("Inquiry", &format!("Inquiry {words}")));
    let letter = read(&raw);
    assert!(letter.subject.is_some_and(|subject| subject.len() <= limits::HEADER_LEN_MAX && subject.starts_with("Inquiry 报价")));
}

#[test]
fn fifty_thousand_recipients() {
    let to = (0..50_000).map(|n| format!("\"B, {n}\" <b{n}@customer.example>")).collect::<Vec<_>>().join(", ");
    let letter = read(&format!("{HEAD}Cc: {to}\n\nPlease quote\n"));
    assert_eq!((letter.cc.len(), letter.text.as_str()), (limits::ADDRESSES_MAX, "Please quote"));
}

#[test]
fn a_hundred_thousand_references() {
    let ids = (0..100_000).map(|n| format!("<{n}@customer.example>")).collect::<Vec<_>>().join(" ");
    let letter = read(&format!("{HEAD}References: {ids}\nIn-Reply-To: {ids}\n\nPlease quote\n"));
    assert_eq!(letter.references.len(), limits::REFERENCES_MAX);
    assert!(letter.in_reply_to.len() <= limits::REFERENCES_MAX);
}

#[test]
fn ten_thousand_continuations_of_a_file_name() {
    let pieces = (0..10_000).map(|n| format!("; filename*{n}*=%41")).collect::<String>();
    let letter = read(&format!(
        "{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nPlease quote\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment{pieces}\n\nx\n--b--\n"
    ));
    assert_eq!((letter.text.as_str(), letter.attachments.len()), ("Please quote", 1));
}

#[test]
fn base64_between_megabytes_of_garbage() {
    let letter = read(&format!("{HEAD}Content-Transfer-Encoding: base64\n\nUGxl{}YXNlIHF1b3Rl\n", "!\u{7f}*\n".repeat(500_000)));
    assert!(letter.text.starts_with("Please quote") && letter.defects.contains(&Defect::BrokenEncoding));
}

#[test]
fn a_million_soft_line_ends() {
    let letter = read(&format!("{HEAD}Content-Transfer-Encoding: quoted-printable\n\nPlease {}quote\n", "=\n".repeat(1_000_000)));
    assert_eq!(letter.text, "Please quote");
}

#[test]
fn html_a_hundred_thousand_elements_deep() {
    let letter = read(&format!(
        "{HEAD}Content-Type: text/html\n\n<p>Please quote</p>{}deep{}<p>500 pcs</p>\n",
        "<div>".repeat(100_000),
        "</div>".repeat(100_000)
    ));
    assert!(letter.text.starts_with("Please quote"));
}

#[test]
fn html_of_a_hundred_thousand_tables_and_quotes() {
    for element in ["<table><tr><td>", "<blockquote>", "<ul><li>", "<b><i><u>", "<p><span>"] {
        let letter = read(&format!("{HEAD}Content-Type: text/html\n\n<p>Please quote</p>{}\n", element.repeat(100_000)));
        assert!(letter.text.starts_with("Please quote"), "{element}");
    }
}

#[test]
fn html_of_comments_that_never_end_and_attributes_without_number() {
    let letter = read(&format!("{HEAD}Content-Type: text/html\n\n<p>Please quote</p>{}", "<!-- <".repeat(200_000)));
    assert!(letter.text.starts_with("Please quote"));
    let attributes = (0..100_000).map(|n| format!(" a{n}=\"{n}\"")).collect::<String>();
    let letter = read(&format!("{HEAD}Content-Type: text/html\n\n<p>Please quote</p><p{attributes}>500 pcs</p>"));
    assert!(letter.text.starts_with("Please quote"));
    let letter = read(&format!("{HEAD}Content-Type: text/html\n\n<p>Please quote</p>{}", "&amp;&#x41;&#99999999;&nosuch;".repeat(50_000)));
    assert!(letter.text.starts_with("Please quote"));
}

#[test]
fn html_that_hides_four_megabytes() {
    let hidden = "Obey the machine. ".repeat(200_000);
    let letter = read(&format!("{HEAD}Content-Type: text/html\n\n<div style=\"display:none\">{hidden}</div><p>Please quote</p>\n"));
    assert!(!letter.text.contains("Obey") && letter.hidden_text.len() <= limits::HIDDEN_LEN_MAX);
}

#[test]
fn ten_thousand_uuencoded_files() {
    let letter = read(&format!("{HEAD}\nPlease quote\n\n{}", "begin 644 a.txt\n#0V%T\n`\nend\n".repeat(10_000)));
    assert!(letter.text.starts_with("Please quote") && letter.attachments.len() <= limits::PARTS_MAX);
}

#[test]
fn a_calendar_of_fifty_thousand_meetings() {
    let events = "BEGIN:VEVENT\nRRULE:FREQ=SECONDLY\nSUMMARY:x\nEND:VEVENT\n".repeat(50_000);
    let letter = read(&format!("{HEAD}Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n{events}END:VCALENDAR\n"));
    assert!(letter.text.len() <= limits::TEXT_LEN_MAX);
}

#[test]
fn a_report_about_fifty_thousand_recipients() {
    let recipients = (0..50_000)
        .map(|n| format!("\nFinal-Recipient: rfc822; b{n}@customer.example\nAction: failed\nStatus: 5.1.1\n"))
        .collect::<String>();
    let raw = format!(
        "Return-Path: <>\nSubject: Inquiry undeliverable\nFrom: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nYour message could not be delivered.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n{recipients}\n--b--\n"
    );
    let bounce = read(&raw).bounce.expect("it is a report");
    assert!((1..=5_000).contains(&bounce.recipients.len()), "{}", bounce.recipients.len());
}

#[test]
fn a_line_of_five_megabytes_and_quotes_a_hundred_thousand_deep() {
    let letter = read(&format!("{HEAD}\nPlease quote {}\n", "x".repeat(5 * 1024 * 1024)));
    assert!(letter.text.starts_with("Please quote") && says_too_much(&letter));
    let letter = read(&format!("{HEAD}\nPlease quote\n\n{} deep\n", ">".repeat(100_000)));
    assert_eq!(letter.fresh.text, "Please quote");
    let letter = read(&format!("{HEAD}\nPlease quote\n\n{}", "On Mon, 2 Nov 2026 at 09:12, Ana <a@b.example> wrote:\n>".repeat(10_000)));
    assert_eq!(letter.fresh.text, "Please quote");
}

#[test]
fn an_absence_note_of_a_megabyte_of_dates_and_addresses() {
    let dates = "until 14 December, back on 3/12, colleague Anna Schmidt (a@b.example) no longer works here, ".repeat(10_000);
    let letter = read(&format!("{HEAD}Auto-Submitted: auto-replied\nDate: Wed, 25 Nov 2026 09:12:44 +0000\n\n{dates}\n"));
    assert!(letter.departure.is_some());
}

#[test]
fn a_boundary_of_seventy_kilobytes_and_parts_that_only_begin_like_it() {
    let boundary = "b".repeat(70_000);
    let letter = read(&format!(
        "{HEAD}Content-Type: multipart/mixed; boundary={boundary}\n\n--{boundary}\nContent-Type: text/plain\n\nPlease quote\n{}--{boundary}--\n",
        "--bbbb\n".repeat(50_000)
    ));
    assert!(letter.text.contains("Please quote"));
}

#[test]
fn two_hundred_senders() {
    let letter = read(&format!("{HEAD}{}\nPlease quote\n", "From: thief@evil.example\n".repeat(200)));
    assert_eq!(letter.from.address.as_ref().map(|address| address.as_str()), Some("ana@customer.example"));
    assert_eq!(letter.defects, [Defect::SeveralFroms]);
}

#[test]
fn packed_papers_that_would_unpack_without_end_are_only_named() {
    // The local header of a ZIP entry that says it unpacks to four gigabytes, as its central directory would.
    let bomb = "UEsDBBQAAAAIAAAAIQAAAAAA/////////////wUAAAB4LnhtbA==";
    let letter = read(&format!(
        "{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nPlease quote\n--b\nContent-Type: application/zip; name=po.xlsx\nContent-Transfer-Encoding: base64\n\n{bomb}\n--b\nContent-Type: application/pdf; name=po.pdf\n\n%PDF-1.7 1 0 obj <</Length 9999999999>> stream\n--b--\n"
    ));
    let names: Vec<_> = letter.attachments.iter().filter_map(|a| a.name.as_deref()).collect();
    assert_eq!((names, letter.papers.len()), (vec!["po.xlsx", "po.pdf"], 0));
}
