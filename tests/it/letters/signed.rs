//! Every kind of mail we write, as others read it: signed, sent through a real Postfix, its signature checked by dkimpy and its form by the
//! email package of Python.

use super::daily::{alarm, eventful};
use super::notice::complaint;
use super::superseded::outdated;
use super::warning::warned;
use super::{WRITTEN, full, letters, person};
use crate::support::client::submit;
use crate::support::daemon::{files, within};
use crate::support::mailserver::{PASSWORD, server};
use crate::support::verifier::{Seen, look, new_key};
use std::time::Duration;
use tradepost::act::render::Rendered;
use tradepost::act::track::list_unsubscribe;
use tradepost::act::{Signer, SignerFault, freeze, mime};
use tradepost::decide::daily::{Heading, Line, Mail, Section};
use tradepost::decide::{DailyOrder, DraftOrder, LetterName, NoticeOrder, QuotedMail, SupersededOrder, TroubleKind};
use tradepost::types::{EmailAddress, HeaderValue, Moment, NamedAddress, WebToken};

const NOW: Moment = Moment(1_793_616_000_000);

/// A mail with what is meant to be read in it.
struct Written {
    what: String,
    bytes: Vec<u8>,
    words: Rendered,
    from: NamedAddress,
    to: Vec<NamedAddress>,
    cc: Vec<NamedAddress>,
}

/// Every kind of mail in one language.
fn kinds(code: &str) -> Vec<Written> {
    let mut all = Vec::new();
    let mut add = |kind: &str, bytes, words: Rendered, from: &NamedAddress, to: &[NamedAddress], cc: &[NamedAddress]| {
        let (from, to, cc) = (from.clone(), to.to_vec(), cc.to_vec());
        all.push(Written { what: format!("{code}/{kind}"), bytes, words, from, to, cc });
    };
    for letter in LetterName::ALL {
        let order = DraftOrder { cc: vec![person("Büro, Einkauf", "einkauf@importer.example")], ..full(letter, code) };
        let words = letters().render(&order).expect("sound");
        add("draft", mime::draft(&order, &words), words.clone(), &order.from, &order.to, &order.cc);
        // An answer goes to the one who asked and to nobody else.
        add("answer", mime::answer(&order, &words, &[]), words.clone(), &order.from, &order.to, &[]);
        add("answer that can be left", mime::answer(&order, &words, &ways_out()), words, &order.from, &order.to, &[]);
    }
    let order = complaint(code);
    let words = letters().render_notice(&order).expect("sound");
    add("notice", mime::notice(&order, &words), words, &order.from, std::slice::from_ref(&order.to), &[]);
    let order = outdated(code);
    let words = letters().render_superseded(&order).expect("sound");
    add("superseded", mime::superseded(&order, &words), words, &order.from, std::slice::from_ref(&order.to), &[]);
    let order = warned(code);
    let words = letters().render_warning(&order).expect("sound");
    add("warning", mime::warning(&order, &words), words, &order.from, std::slice::from_ref(&order.to), &[]);
    let order = eventful(code);
    let words = letters().render_daily(&order).expect("sound");
    add("daily", mime::daily(&order, &words), words, &order.from, std::slice::from_ref(&order.to), &[]);
    let order = alarm(code, TroubleKind::Unreachable);
    let words = letters().render_alarm(&order).expect("sound");
    add("alarm", mime::alarm(&order, &words), words, &order.from, std::slice::from_ref(&order.to), &[]);
    all
}

/// The fields by which a reader can leave.
fn ways_out() -> Vec<(&'static str, String)> {
    let mailbox = EmailAddress::parse("lina@bluemill.example").expect("an address");
    list_unsubscribe(Some("https://mail.bluemill.example"), &mailbox, WebToken::new([7; 16]))
}

/// A mail with what a list's mail has besides (RFC 2369, RFC 8058, RFC 2919).
fn of_list(mail: &[u8]) -> Vec<u8> {
    let fields = "List-Unsubscribe: <mailto:stop@bluemill.example>, <https://mail.bluemill.example/u/1>\r\n\
                  List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Id: <spring.bluemill.example>\r\n\
                  Reply-To: <lina@bluemill.example>\r\n";
    [fields.as_bytes(), mail].concat()
}

fn signer(kind: &str) -> Signer {
    Signer::new("bluemill.example", "tradepost", &new_key(kind)).expect("a sound key")
}

/// What the domain publishes.
fn records(signer: &Signer) -> Vec<(String, String)> {
    vec![("tradepost._domainkey.bluemill.example".to_owned(), signer.record())]
}

fn frozen(mail: &[u8], signer: &Signer) -> Vec<u8> {
    freeze(mail.to_vec(), Some(signer), NOW).expect("it can be signed")
}

fn told(people: &[NamedAddress]) -> Vec<(String, String)> {
    let address = |person: &NamedAddress| person.address.as_ref().map(ToString::to_string).unwrap_or_default();
    people.iter().map(|person| (person.name.clone().unwrap_or_default(), address(person))).collect()
}

/// What holds for every mail of ours.
fn is_sound(what: &str, seen: &Seen) {
    assert_eq!(seen.defects, Vec::<String>::new(), "{what}");
    assert_eq!(seen.words, Vec::<String>::new(), "{what}");
    assert!(!seen.stray && seen.longest <= 998, "{what}: a line of {} bytes", seen.longest);
    for once in ["from", "date", "message-id", "mime-version"] {
        let count = seen.fields.iter().filter(|name| name.eq_ignore_ascii_case(once)).count();
        assert_eq!(count, 1, "{what}: {once} in {:?}", seen.fields);
    }
    for at_most_once in ["to", "cc", "subject", "references", "in-reply-to"] {
        assert!(seen.fields.iter().filter(|name| name.eq_ignore_ascii_case(at_most_once)).count() <= 1, "{what}: {at_most_once}");
    }
    assert!(!seen.fields.iter().any(|name| name.eq_ignore_ascii_case("bcc")), "{what}");
}

#[test]
fn every_mail_in_every_language_is_read_by_others_as_it_was_written() {
    let written: Vec<Written> = WRITTEN.iter().flat_map(|code| kinds(code)).collect();
    let mails: Vec<Vec<u8>> = written.iter().map(|mail| mail.bytes.clone()).collect();
    for (mail, seen) in written.iter().zip(look(&mails, &[], NOW)) {
        let what = &mail.what;
        is_sound(what, &seen);
        assert_eq!(seen.subject.as_deref(), Some(mail.words.subject.as_str()), "{what}");
        assert_eq!((seen.from, seen.to, seen.cc), (told(std::slice::from_ref(&mail.from)), told(&mail.to), told(&mail.cc)), "{what}");
        let line_ends = |text: Option<String>| text.map(|text| text.replace("\r\n", "\n"));
        assert_eq!(line_ends(seen.text).as_deref(), Some(mail.words.text.as_str()), "{what}");
        assert_eq!(line_ends(seen.html).as_deref(), Some(mail.words.html.as_str()), "{what}");
        assert!(seen.files.is_empty() && !seen.signed, "{what}");
    }
}

#[test]
fn every_kind_of_mail_bears_a_signature_that_holds_behind_postfix() {
    let signers = [signer("RSA:2048"), signer("ed25519")];
    for signer in &signers {
        let user = server().user();
        let written: Vec<Written> = ["en", "zh-Hans", "ar"].iter().flat_map(|code| kinds(code)).collect();
        let of_lists = written.iter().filter(|mail| mail.what.ends_with("/answer")).map(|mail| of_list(&mail.bytes));
        let written: Vec<Vec<u8>> = written.iter().map(|mail| mail.bytes.clone()).chain(of_lists).collect();
        for mail in &written {
            submit(user.submission(), &user.address, PASSWORD, &[&user.address], &frozen(mail, signer));
        }
        let inbox = user.maildir().join("new");
        let came = within(Duration::from_secs(60), || Some(files(&inbox)).filter(|came| came.len() == written.len()));
        let came = came.unwrap_or_else(|| panic!("{} of {} mails came", files(&inbox).len(), written.len()));
        // A Maildir keeps mail with the line ends of this machine.
        let mails: Vec<Vec<u8>> = came.iter().map(|file| crlf(&std::fs::read(file).expect("ours to read"))).collect();
        for seen in look(&mails, &records(signer), NOW) {
            let subject = seen.subject.clone().unwrap_or_default();
            assert!(seen.signed, "{subject}: {}", seen.why);
            assert!(seen.fields.iter().any(|name| name == "Received"), "{subject}: it went through Postfix");
            is_sound(&subject, &seen);
        }
    }
}

fn crlf(mail: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(mail).replace("\r\n", "\n").replace('\n', "\r\n").into_bytes()
}

#[test]
fn nothing_that_was_signed_can_be_changed_added_or_taken_out() {
    let signer = signer("RSA:2048");
    let written = kinds("en").into_iter().find(|mail| mail.what == "en/answer").expect("one of them");
    let mail = of_list(&written.bytes);
    let mail = String::from_utf8(frozen(&mail, &signer)).expect("headers of ours are ASCII");
    let (signature, signed) = mail.split_at(mail.find("\r\nList-Unsubscribe:").expect("the signature comes first") + 2);
    assert!(signature.starts_with("DKIM-Signature: v=1; a=rsa-sha256; s=tradepost; d=bluemill.example; c=relaxed/relaxed;"), "{signature}");
    assert!(signature.contains(&format!(" t={};", NOW.0 / 1000)) && !signature.contains(" l="), "{signature}");
    let mut attacks: Vec<(String, String)> = vec![("nothing".into(), mail.clone())];
    for field in ["From", "To", "Subject", "Date"] {
        attacks.push((format!("a second {field} before"), format!("{field}: eve@evil.example\r\n{mail}")));
        attacks.push((format!("a second {field} behind"), format!("{signature}{field}: eve@evil.example\r\n{signed}")));
    }
    for field in [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Reply-To",
        "In-Reply-To",
        "References",
        "MIME-Version",
        "Content-Type",
        "Auto-Submitted",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "List-Id",
    ] {
        let name = format!("\r\n{field}: ");
        let at = signed.find(&name).map_or_else(|| usize::from(!signed.starts_with(name.trim_start())) * usize::MAX, |at| at + 2);
        assert!(at < signed.len(), "{field} is there");
        let (before, found) = signed.split_at(at);
        let value = found.split_at(field.len() + 2).1;
        attacks.push((format!("another {field}"), format!("{signature}{before}{field}: x{value}")));
        attacks.push((format!("no {field}"), format!("{signature}{before}X-{found}")));
    }
    attacks.push(("another word".into(), mail.replacen("Thank", "Blame", 1)));
    attacks.push(("more below".into(), format!("{mail}Buy now.\r\n")));
    let mails: Vec<Vec<u8>> = attacks.iter().map(|(_, mail)| mail.clone().into_bytes()).collect();
    for ((what, _), seen) in attacks.iter().zip(look(&mails, &records(&signer), NOW)) {
        assert_eq!(seen.signed, what == "nothing", "{what}: {}", seen.why);
    }
}

#[test]
fn one_mail_is_signed_alike_every_time_and_without_a_key_it_stays_as_it_is() {
    let mail = kinds("de").remove(0).bytes;
    assert_eq!(freeze(mail.clone(), None, NOW).expect("nothing to do"), mail);
    for kind in ["RSA:3072", "ed25519"] {
        let signer = signer(kind);
        assert_eq!(frozen(&mail, &signer), frozen(&mail, &signer));
        assert!(frozen(&mail, &signer).ends_with(&mail));
    }
}

#[test]
fn a_key_that_is_weak_locked_or_none_is_refused_and_nothing_of_it_is_shown() {
    let fault = |pem: &str| Signer::new("bluemill.example", "tradepost", pem).expect_err("it cannot be used");
    assert!(matches!(fault(&new_key("RSA:1024")), SignerFault::Weak));
    assert!(matches!(fault(""), SignerFault::NoKey));
    assert!(matches!(fault("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), SignerFault::Unusable(_)));
    assert!(matches!(fault("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), SignerFault::Locked));
    let pem = new_key("RSA:1024");
    let secret = pem.lines().nth(3).expect("a line of the key");
    assert!(!format!("{:?} {}", fault(&pem), fault(&pem)).contains(secret));
    let cut: String = new_key("RSA:2048").replacen("MII", "AAA", 1);
    assert!(matches!(fault(&cut), SignerFault::Unusable(_)));
    let signer = signer("ed25519");
    assert_eq!(format!("{signer:?}"), "Signer(tradepost of bluemill.example)");
}

/// Names that somebody might give themselves.
fn hostile_names() -> Vec<String> {
    let cjk: String = "关于二〇二六年第四季度户外照明灯具采购框架协议的询价与样品确认".chars().cycle().take(200).collect();
    [
        "O'Neil & Söhne <b>\"x\"</b>\r\nBcc: a@b",
        "O'Neil & Sons <b>\"x\"</b>\nBcc: a@b\n\n<script>alert(1)</script>",
        "\u{202e}moc.elpmaxe@eve\u{202c} \u{2066}Eve\u{2069}",
        "Nul\0Nul \u{7} \u{1b}[31m \u{85}\u{2028}Bcc: a@b",
        "👩‍👩‍👧‍👦👨🏽‍🚀🏳️‍🌈 Families & Co",
        "=?utf-8?B?QmNjOiBhQGI=?=",
        "a =?utf-8?Q?b?= c",
        "\\\"@[];:,.<>()",
        "\"\"",
        "Dr. Ünal, Ayşe (Satınalma)",
        "شركة النور للتجارة",
        "<eve@evil.example>",
        "boss@bluemill.example",
        " \t ",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain([
        cjk,
        "x".repeat(10_000),
        "é".repeat(10_000),
        "very long words ".repeat(700),
        "👩‍👩‍👧‍👦".repeat(500),
        format!("{}\"\\", "a".repeat(66)),
    ])
    .collect()
}

#[test]
fn a_hostile_name_stays_a_name_in_every_kind_of_mail() {
    let (mut written, mut recipients) = (Vec::new(), Vec::new());
    for name in hostile_names() {
        let safe = HeaderValue::new(&name).to_string();
        let eve = person(&name, "eve@evil.example");
        let order = DraftOrder {
            subject: name.clone(),
            customer_name: Some(name.clone()),
            company: name.clone(),
            from: person(&name, "lina@bluemill.example"),
            to: vec![eve.clone(), person("Anna", "anna@importer.example"), eve.clone()],
            place: Some(name.clone()),
            quoted: QuotedMail { from: eve.clone(), sent_at: None, date: None, text: name.clone() },
            ..full(LetterName::FirstReply, "en")
        };
        let words = letters().render(&order).expect("a name is a value");
        let to = vec![(safe.clone(), "eve@evil.example".to_owned()); 2];
        let to = [&to[..1], &[("Anna".to_owned(), "anna@importer.example".to_owned())], &to[1..]].concat();
        written.push((name.clone(), mime::answer(&order, &words, &[]), words.subject.clone()));
        written.push((name.clone(), mime::draft(&order, &words), words.subject));
        recipients.extend([Some(to.clone()), Some(to)]);
        let order = NoticeOrder { customer: eve.clone(), subject: name.clone(), customer_company: Some(name.clone()), ..complaint("en") };
        let words = letters().render_notice(&order).expect("a name is a value");
        written.push((name.clone(), mime::notice(&order, &words), words.subject));
        recipients.push(None);
        let order = SupersededOrder { customer: eve.clone(), subject: name.clone(), sent: vec![name.clone()], ..outdated("en") };
        let words = letters().render_superseded(&order).expect("a name is a value");
        written.push((name.clone(), mime::superseded(&order, &words), words.subject));
        recipients.push(None);
        let mail = Mail { who: eve.clone(), subject: name.clone(), company: Some(name.clone()), ..Mail::default() };
        let sections = vec![Section { heading: Heading::Came, lines: vec![Line::Mail { mail }], more: 0 }];
        let order = DailyOrder { sections, from: person(&name, "sales@bluemill.example"), ..eventful("en") };
        let words = letters().render_daily(&order).expect("a name is a value");
        written.push((name, mime::daily(&order, &words), words.subject));
        recipients.push(None);
    }
    let mails: Vec<Vec<u8>> = written.iter().map(|(_, mail, _)| mail.clone()).collect();
    for (((name, mail, subject), to), seen) in written.iter().zip(&recipients).zip(look(&mails, &[], NOW)) {
        let what = format!("{:?}\n{}", name.chars().take(60).collect::<String>(), String::from_utf8_lossy(&mail[..mail.len().min(3_000)]));
        is_sound(&what, &seen);
        assert_eq!(seen.subject.as_deref(), Some(subject.as_str()), "{what}");
        if let Some(to) = to {
            assert_eq!(&seen.to, to, "{what}");
        }
        let ours = "Date Message-ID From To Subject In-Reply-To References X-Unsent X-Tradepost-Draft MIME-Version Content-Type \
                    Auto-Submitted X-Auto-Response-Suppress";
        assert!(seen.fields.iter().all(|field| ours.split(' ').any(|known| known == field)), "{what}\n{:?}", seen.fields);
        let (text, html) = (seen.text.unwrap_or_default(), seen.html.unwrap_or_default());
        assert!(!html.contains("href") && !html.contains("src="), "nothing in it leads anywhere: {what}\n{html}");
        assert!(!html.contains("<b>\"") && !html.contains("<script") && !html.contains("<eve@"), "{what}\n{html}");
        let is_steering = |c: char| (c.is_control() && !"\r\n\t".contains(c)) || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(is_steering) && !html.contains(is_steering), "{what}\n{text}");
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{what}\n{text}");
    }
}
