//! The note to a member who sent an outdated draft.

use super::{WRITTEN, assert_isolated, language, letters, own_words, person, seen, words};
use mail_parser::MessageParser;
use tradepost::act::mime::superseded;
use tradepost::act::render::Rendered;
use tradepost::decide::{QuotedMail, SupersededOrder};
use tradepost::types::{MessageId, Moment, NamedAddress};

const HOSTILE: &str = "{{sent}}</p><img src=x onerror=alert(1)><!-- signature -->\r\nBcc: all@example.com\r\n\r\n\u{202e}\u{0}\u{2066}";

pub(super) fn outdated(code: &str) -> SupersededOrder {
    SupersededOrder {
        language: language(code),
        from: person("Tradepost", "anna@bluemill.example"),
        to: person("Anna Berg", "anna@bluemill.example"),
        message_id: MessageId::parse("note.18@bluemill.example").expect("sound"),
        about: MessageId::parse("draft.17@bluemill.example"),
        subject: "LED panels 600x600".to_owned(),
        customer: person("Carlos Ruiz", "carlos@acme.example"),
        newer_mail: true,
        sent: vec!["1.000 paneles, FOB Ningbo".to_owned()],
        current: Some(vec!["3.000 paneles, FOB Ningbo".to_owned(), "más 2 % de repuestos".to_owned()]),
        shortened: false,
        mailbox: "ventas".to_owned(),
        quoted: QuotedMail {
            from: person("Carlos Ruiz", "carlos@acme.example"),
            sent_at: Some(Moment(1_793_581_964_000)),
            date: None,
            text: "Mejor 3.000 paneles.\nCarlos".to_owned(),
        },
        at: Moment(1_793_616_000_000),
    }
}

/// Every kind of note in every language.
fn each(mut tell: impl FnMut(&str, &SupersededOrder, &Rendered)) {
    for code in WRITTEN {
        let full = outdated(code);
        let without = SupersededOrder { current: None, ..full.clone() };
        let same = SupersededOrder { sent: Vec::new(), current: Some(Vec::new()), ..full.clone() };
        let withdrawn = SupersededOrder { newer_mail: false, current: None, quoted: QuotedMail::default(), ..full.clone() };
        let unknown = SupersededOrder { customer: NamedAddress::default(), subject: String::new(), shortened: true, ..full.clone() };
        for order in [full, without, same, withdrawn, unknown] {
            tell(code, &order, &letters().render_superseded(&order).expect("checked when it was loaded"));
        }
    }
}

#[test]
fn every_note_on_an_outdated_draft_says_both_values_in_every_language() {
    let mut subjects = std::collections::BTreeSet::new();
    each(|code, order, Rendered { subject, text, html }| {
        assert!(subject.lines().count() == 1 && subject.trim() == subject, "{code}: {subject:?}");
        let own: String = text.lines().take_while(|line| !line.starts_with('>')).map(|line| format!("{line}\n")).collect();
        for wrong in ["{{", "}}", "null", "\n\n\n", " \n", "  ", " .", " ,", "::", "()", "“”", "「」", "«»", "„“"] {
            assert!(!own.contains(wrong) && !subject.contains(wrong), "{code} has {wrong:?}:\n{subject}\n{text}");
        }
        for line in order.sent.iter().chain(order.current.iter().flatten()) {
            assert!(own.contains(line), "{code} leaves out {line:?}:\n{text}");
        }
        assert!(own.contains("ventas") == order.current.is_some(), "{code} says where the current draft lies:\n{text}");
        assert!(html.trim_end().ends_with("</html>"), "{code}:\n{html}");
        let plain: String = text.lines().map(|line| format!("{}\n", line.trim_start_matches(['>', '-']))).collect();
        assert_eq!(words(&plain), words(&seen(html)), "{code}: text and HTML say the same");
        subjects.insert(format!("{code} {subject}"));
    });
    assert_eq!(subjects.len(), WRITTEN.len() * 2, "with and without a customer: {subjects:#?}");
}

#[test]
fn in_an_arabic_note_on_an_outdated_draft_every_foreign_word_is_isolated() {
    each(|code, _, rendered| {
        assert_isolated(code, own_words(rendered), code == "ar");
    });
}

#[test]
fn an_outdated_draft_reads_well() {
    for code in ["en", "de", "zh-Hans"] {
        let rendered = letters().render_superseded(&outdated(code)).expect("sound");
        insta::assert_snapshot!(format!("superseded_{code}"), format!("{}\n\n{}", rendered.subject, rendered.text));
    }
}

#[test]
fn a_hostile_line_puts_no_tag_and_no_header_into_the_note() {
    for code in WRITTEN {
        let order = SupersededOrder {
            customer: person(HOSTILE, "eve@example.com"),
            subject: HOSTILE.repeat(1_000),
            sent: vec![HOSTILE.repeat(100); 500],
            current: Some(vec![HOSTILE.to_owned(); 500]),
            mailbox: HOSTILE.to_owned(),
            ..outdated(code)
        };
        let rendered = letters().render_superseded(&order).expect("values are values");
        assert!(!rendered.html.contains("<img") && !rendered.html.contains("<!--"), "{code}\n{}", rendered.html);
        assert!(rendered.subject.len() < 900 && rendered.text.len() < 12_000, "lists and lines are cut: {}", rendered.text.len());
        let bytes = superseded(&order, &rendered);
        let read = MessageParser::new().parse(&bytes).expect("a message");
        assert!(read.bcc().is_none());
        assert_eq!(read.header("Auto-Submitted").and_then(|value| value.as_text()), Some("auto-generated"));
        assert_eq!(read.in_reply_to().as_text(), Some("draft.17@bluemill.example"), "it stands in the conversation");
    }
}
