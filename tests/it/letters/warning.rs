//! The note about a mail that should not be trusted.

use super::{WRITTEN, assert_isolated, language, letters, own_words, person, seen, words};
use mail_parser::MessageParser;
use tradepost::act::mime::warning;
use tradepost::act::render::Rendered;
use tradepost::decide::{QuotedMail, WarningOrder};
use tradepost::types::{MessageId, Moment, NamedAddress};
use tradepost::understand::{Flag, FlagKind};

const HOSTILE: &str = "{{reasons}}</p><img src=x onerror=alert(1)><!-- signature -->\r\nBcc: all@example.com\r\n\r\n\u{202e}\u{0}\u{2066}";

pub(super) fn warned(code: &str) -> WarningOrder {
    WarningOrder {
        language: language(code),
        from: person("Tradepost", "anna@bluemill.example"),
        to: person("Anna Berg", "anna@bluemill.example"),
        is_lead: false,
        message_id: MessageId::parse("note.19@bluemill.example").expect("sound"),
        about: MessageId::parse("mail.17@acrne.example"),
        sender: person("Carlos Ruiz", "carlos@acrne.example"),
        subject: "Our bank has changed".to_owned(),
        flags: vec![
            Flag::new(FlagKind::LookAlike, "acrne.example", "acme.example"),
            Flag::new(FlagKind::BankChanged, "GB29NWBK60161331926819", "DE89370400440532013000"),
        ],
        has_draft: true,
        mailbox: "ventas".to_owned(),
        folder: "INBOX".to_owned(),
        quoted: QuotedMail {
            from: person("Carlos Ruiz", "carlos@acrne.example"),
            sent_at: Some(Moment(1_793_581_964_000)),
            date: None,
            text: "Please pay to our new account.\nCarlos".to_owned(),
        },
        at: Moment(1_793_616_000_000),
    }
}

/// Every kind of note in every language.
fn each(mut tell: impl FnMut(&str, &WarningOrder, &Rendered)) {
    for code in WRITTEN {
        let full = warned(code);
        let all = FlagKind::ALL.map(|kind| Flag::new(kind, "x.example", "y.example")).to_vec();
        let of_all_kinds = WarningOrder { flags: all, has_draft: false, ..full.clone() };
        let unknown =
            WarningOrder { sender: NamedAddress::default(), subject: String::new(), quoted: QuotedMail::default(), ..full.clone() };
        for order in [full, of_all_kinds, unknown] {
            tell(code, &order, &letters().render_warning(&order).expect("checked when it was loaded"));
        }
    }
}

#[test]
fn every_warning_says_both_values_in_every_language_and_in_red() {
    each(|code, order, Rendered { subject, text, html }| {
        assert!(subject.lines().count() == 1 && subject.trim() == subject, "{code}: {subject:?}");
        let own: String = text.lines().take_while(|line| !line.starts_with('>')).map(|line| format!("{line}\n")).collect();
        for wrong in ["{{", "}}", "null", "\n\n\n", " \n", "  ", " .", " ,", "::", "()", "“”", "「」", "«»", "„“"] {
            assert!(!own.contains(wrong) && !subject.contains(wrong), "{code} has {wrong:?}:\n{subject}\n{text}");
        }
        for flag in &order.flags {
            let told = matches!(flag.kind, FlagKind::MachineText | FlagKind::Scam) || own.contains(&flag.known);
            assert!(own.contains(&flag.found) && told, "{code} leaves out {flag:?}:\n{text}");
        }
        assert!(own.contains("ventas") && own.contains("INBOX"), "{code} says where it lies:\n{text}");
        assert!(html.contains("color:#b00020") && html.trim_end().ends_with("</html>"), "{code}:\n{html}");
        let plain: String = text.lines().map(|line| format!("{}\n", line.trim_start_matches(['>', '-']))).collect();
        assert_eq!(words(&plain), words(&seen(html)), "{code}: text and HTML say the same");
    });
}

#[test]
fn in_an_arabic_warning_every_foreign_word_is_isolated() {
    each(|code, _, rendered| {
        assert_isolated(code, own_words(rendered), code == "ar");
    });
}

#[test]
fn a_hostile_value_puts_no_tag_and_no_header_into_the_warning() {
    for code in WRITTEN {
        let order = WarningOrder {
            sender: person(HOSTILE, "eve@example.com"),
            subject: HOSTILE.repeat(1_000),
            flags: vec![Flag { kind: FlagKind::BankChanged, found: HOSTILE.repeat(100), known: HOSTILE.to_owned() }; 500],
            mailbox: HOSTILE.to_owned(),
            folder: HOSTILE.to_owned(),
            ..warned(code)
        };
        let rendered = letters().render_warning(&order).expect("values are values");
        assert!(!rendered.html.contains("<img") && !rendered.html.contains("<!--"), "{code}\n{}", rendered.html);
        assert!(rendered.subject.len() < 900 && rendered.text.len() < 12_000, "lists and lines are cut: {}", rendered.text.len());
        let bytes = warning(&order, &rendered);
        let read = MessageParser::new().parse(&bytes).expect("a message");
        assert!(read.bcc().is_none());
        assert_eq!(read.header("Auto-Submitted").and_then(|value| value.as_text()), Some("auto-generated"));
        assert_eq!(read.in_reply_to().as_text(), Some("mail.17@acrne.example"), "it stands in the conversation");
    }
}
