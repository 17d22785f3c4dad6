//! The note to a member about a mail that wants the member's own words.

use super::{WRITTEN, assert_isolated, language, letters, own_words, person, seen, words};
use mail_parser::{HeaderValue, MessageParser, MimeHeaders};
use tradepost::act::mime::notice;
use tradepost::act::render::Rendered;
use tradepost::decide::{NoticeOrder, QuotedMail};
use tradepost::types::{EmailAddress, Intent, MessageId, Moment, NamedAddress};

const HOSTILE: &str =
    "{{intent}}</p></blockquote><img src=x onerror=alert(1)><!-- signature -->\r\nBcc: all@example.com\r\n\r\n\u{202e}\u{0}\u{2066}";

/// Carlos complains, with two photos.
pub(super) fn complaint(code: &str) -> NoticeOrder {
    NoticeOrder {
        language: language(code),
        from: person("Tradepost", "sales@bluemill.example"),
        to: person("李娜", "lina@bluemill.example"),
        member: EmailAddress::parse("lina@bluemill.example").expect("sound"),
        message_id: MessageId::parse("note.17@bluemill.example").expect("sound"),
        about: MessageId::parse("broken.1@acme.example"),
        intent: Intent::Complaint,
        customer: person("Carlos Ruiz", "carlos@acme.example"),
        customer_company: Some("Acme".to_owned()),
        subject: "LED panels 600x600".to_owned(),
        evidence: vec!["llegaron rotos".to_owned(), "40 paneles".to_owned()],
        mailbox: "ventas".to_owned(),
        folder: "INBOX".to_owned(),
        attachments: vec!["IMG_2041.jpg".to_owned(), "IMG_2042.jpg".to_owned()],
        quoted: QuotedMail {
            from: person("Carlos Ruiz", "carlos@acme.example"),
            sent_at: Some(Moment(1_793_581_964_000)),
            date: Some("2026-11-02T09:12:44-05:00".to_owned()),
            text: "Hola,\n\n40 paneles llegaron rotos <ver fotos>.\n> antes\nhttps://acme.example/fotos\n\nCarlos\n".to_owned(),
        },
        at: Moment(1_793_616_000_000),
    }
}

/// A payment that a model judged, so that no words are named for it.
fn payment(code: &str) -> NoticeOrder {
    NoticeOrder { intent: Intent::Payment, evidence: Vec::new(), attachments: Vec::new(), ..complaint(code) }
}

/// A mail without a subject, a name or any text.
fn nameless(code: &str) -> NoticeOrder {
    NoticeOrder {
        customer: NamedAddress { name: None, ..complaint(code).customer },
        customer_company: None,
        subject: String::new(),
        quoted: QuotedMail::default(),
        about: None,
        ..payment(code)
    }
}

/// A mail whose writer is not known at all.
fn anonymous(code: &str) -> NoticeOrder {
    let quoted = QuotedMail { from: NamedAddress::default(), ..complaint(code).quoted };
    NoticeOrder { customer: NamedAddress::default(), subject: String::new(), quoted, ..complaint(code) }
}

fn hostile(code: &str) -> NoticeOrder {
    NoticeOrder {
        customer: person(HOSTILE, "eve@example.com"),
        customer_company: Some(HOSTILE.repeat(100)),
        subject: HOSTILE.repeat(1_000),
        evidence: vec![HOSTILE.to_owned(); 500],
        mailbox: HOSTILE.to_owned(),
        folder: HOSTILE.to_owned(),
        attachments: vec![HOSTILE.to_owned(); 500],
        quoted: QuotedMail { from: person(HOSTILE, "eve@example.com"), text: HOSTILE.repeat(9), ..complaint(code).quoted },
        ..complaint(code)
    }
}

fn rendered(order: &NoticeOrder) -> Rendered {
    letters().render_notice(order).expect("checked when it was loaded")
}

/// Every harmless sample in every language.
fn each(mut tell: impl FnMut(&str, &NoticeOrder, &Rendered)) {
    for code in WRITTEN {
        for order in [complaint(code), payment(code), nameless(code), anonymous(code)] {
            tell(code, &order, &rendered(&order));
        }
        for intent in Intent::ALL {
            let order = NoticeOrder { intent, ..complaint(code) };
            tell(code, &order, &rendered(&order));
        }
    }
}

#[test]
fn every_note_is_whole_in_every_language() {
    each(|code, order, rendered| {
        let Rendered { subject, text, html } = rendered;
        assert!(!subject.is_empty() && subject.lines().count() == 1 && subject.trim() == subject, "{code}: {subject:?}");
        for wrong in ["{{", "}}", "null", "\n\n\n", " \n", "  ", " .", " ,", "::", "()", "（）", "“”", "「」", "«»", "„“"] {
            assert!(!own_words(rendered).contains(wrong) && !subject.contains(wrong), "{code} has {wrong:?}:\n{subject}\n{text}");
        }
        assert!(!html.contains("{{") && html.trim_end().ends_with("</html>"), "{code}:\n{html}");
        assert!(text.contains("ventas") && text.contains("INBOX"), "{code} says where the mail lies:\n{text}");
        let known = order.customer.address.as_ref().map_or("", EmailAddress::as_str);
        assert!(text.contains(known), "{code} says who wrote:\n{text}");
        for named in order.evidence.iter().chain(&order.attachments).chain([&order.subject]) {
            assert!(own_words(rendered).contains(named), "{code} leaves out {named:?}:\n{text}");
        }
    });
}

#[test]
fn text_and_html_of_a_note_say_the_same() {
    each(|code, _, rendered| {
        let text: String = rendered.text.lines().map(|line| format!("{}\n", line.trim_start_matches('>'))).collect();
        assert_eq!(words(&text), words(&seen(&rendered.html).replace("> antes", " antes")), "{code}");
    });
}

#[test]
fn a_note_speaks_one_language_and_each_intent_has_its_own_word() {
    let english = [" the ", " your ", " mail ", " was ", " folder ", " customer ", " this ", " from ", "reply ", " has "];
    let mut subjects = std::collections::BTreeMap::<String, usize>::new();
    each(|code, _, rendered| {
        let own = format!(" {} {} ", rendered.subject, own_words(rendered)).replace('\n', " ");
        *subjects.entry(format!("{code} {}", rendered.subject)).or_default() += 1;
        if code != "en" {
            let left: Vec<_> = english.iter().filter(|word| own.contains(**word)).collect();
            assert!(left.is_empty(), "{code} has {left:?}:\n{own}");
        }
        if ["zh", "ja", "ru", "ar"].iter().any(|other| code.starts_with(other)) {
            let values = "Carlos Ruiz carlos acme example Acme LED panels 600x600 llegaron rotos paneles ventas INBOX IMG 2041 2042 jpg";
            let latin = own.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.chars().any(|c| c.is_ascii_alphabetic()));
            let foreign: Vec<_> = latin.filter(|word| !values.split(' ').any(|value| value == *word)).collect();
            assert!(foreign.is_empty(), "{code} has {foreign:?}:\n{own}");
        }
    });
    // Complaint and payment stand in two of the samples with the same subject; everything else once.
    assert_eq!(subjects.len(), WRITTEN.len() * (Intent::ALL.len() + 2), "{subjects:#?}");
}

#[test]
fn in_an_arabic_note_every_foreign_word_is_isolated() {
    each(|code, _, rendered| {
        if code != "ar" {
            return;
        }
        assert_isolated(code, own_words(rendered), true);
        assert!(rendered.html.contains("<html lang=\"ar\" dir=\"rtl\">"));
        let bdi = |dir: &str, value: &str| rendered.html.contains(&format!("<bdi dir=\"{dir}\">{value}</bdi>"));
        assert!(!own_words(rendered).contains("Carlos Ruiz") || bdi("auto", "Carlos Ruiz") || bdi("ltr", "carlos@acme.example"));
    });
}

#[test]
fn a_complaint_with_two_photos_reads_well() {
    for code in ["en", "zh-Hans", "ar"] {
        let rendered = rendered(&complaint(code));
        insta::assert_snapshot!(format!("notice_{code}"), format!("{}\n\n{}", rendered.subject, rendered.text));
    }
}

#[test]
fn what_is_not_known_is_not_said() {
    let english = rendered(&nameless("en"));
    assert_eq!(english.subject, "Mail about payment from carlos@acme.example");
    let first = "Mail about payment: carlos@acme.example has sent a mail without a subject. \
        It lies in the folder “INBOX” of the mailbox “ventas”.";
    assert!(english.text.starts_with(&format!("{first}\n\nNo draft was written")), "{}", english.text);
    let firm = NoticeOrder { customer: person("ACME", "carlos@acme.example"), ..payment("en") };
    assert_eq!(rendered(&firm).subject, "Mail about payment from ACME: LED panels 600x600", "a firm that signs as itself is named once");
    let nobody = rendered(&anonymous("en"));
    assert_eq!(nobody.subject, "Complaint");
    assert!(nobody.text.contains("\nThe customer wrote:\n> Hola,\n"), "{}", nobody.text);
}

#[test]
fn a_language_without_a_note_gets_the_english_one() {
    assert_eq!(rendered(&complaint("pl")), rendered(&complaint("en")));
}

#[test]
fn a_hostile_mail_puts_no_tag_and_no_header_into_a_note() {
    for code in WRITTEN {
        let order = hostile(code);
        let rendered = rendered(&order);
        let Rendered { subject, text, html } = &rendered;
        assert!(!html.contains("<img") && !html.contains("<!--") && !html.contains("<a "), "{code}\n{html}");
        assert_eq!(html.matches("<blockquote").count(), html.matches("</blockquote>").count());
        assert!(text.contains("{{intent}}"), "a value is no template");
        assert!(subject.len() < 900 && text.len() < 8_000, "values and lists are cut: {} and {}", subject.len(), text.len());
        let controls = |text: &str| text.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!controls(subject) && !controls(text) && !controls(html));
        assert_eq!(text.matches(['\u{2066}', '\u{2068}']).count(), text.matches('\u{2069}').count(), "isolates are ours and balanced");

        let bytes = notice(&order, &rendered);
        let read = MessageParser::new().parse(&bytes).expect("a message");
        assert!(read.bcc().is_none() && read.header("Bcc").is_none());
        assert_eq!(addresses(read.to()), ["lina@bluemill.example"]);
        let head = String::from_utf8_lossy(&bytes).split_once("\r\n\r\n").expect("a blank line").0.to_owned();
        assert!(!head.contains("eve@example.com"), "{head}");
    }
}

fn addresses<'a>(people: Option<&'a mail_parser::Address<'a>>) -> Vec<&'a str> {
    people.map(|people| people.iter().filter_map(|person| person.address()).collect()).unwrap_or_default()
}

#[test]
fn a_note_is_read_back_as_it_was_meant() {
    for code in WRITTEN {
        let order = complaint(code);
        let rendered = rendered(&order);
        let bytes = notice(&order, &rendered);
        assert_eq!(bytes, notice(&order, &rendered), "the same order gives the same bytes");
        assert!(bytes.is_ascii());
        let read = MessageParser::new().parse(&bytes).expect("a message");

        assert_eq!(read.subject(), Some(rendered.subject.as_str()), "{code}");
        assert_eq!(read.message_id(), Some("note.17@bluemill.example"));
        assert_eq!(read.in_reply_to(), &HeaderValue::Text("broken.1@acme.example".into()));
        assert_eq!(read.references(), &HeaderValue::Text("broken.1@acme.example".into()), "it stands in the customer's conversation");
        assert_eq!(read.header("Auto-Submitted").and_then(|value| value.as_text()), Some("auto-generated"));
        assert!(read.header("X-Unsent").is_none(), "it is mail that came, not a draft");
        assert_eq!(addresses(read.from()), ["sales@bluemill.example"]);
        assert_eq!(addresses(read.to()), ["lina@bluemill.example"]);
        assert!(read.cc().is_none() && read.bcc().is_none() && read.reply_to().is_none(), "it never leaves the team");
        assert_eq!(read.date().map(|date| date.to_timestamp()), Some(order.at.0 / 1_000));
        assert_eq!(read.content_type().map(|kind| kind.subtype()), Some(Some("alternative")));
        assert_eq!(read.body_text(0).map(|text| text.replace("\r\n", "\n")).as_deref(), Some(rendered.text.as_str()), "{code}");
        assert_eq!(read.body_html(0).map(|html| html.replace("\r\n", "\n")).as_deref(), Some(rendered.html.as_str()), "{code}");
    }
}

#[test]
fn a_note_about_a_mail_without_an_id_stands_alone() {
    let order = nameless("en");
    let bytes = notice(&order, &rendered(&order));
    let head = String::from_utf8(bytes).expect("ASCII").split_once("\r\n\r\n").expect("a blank line").0.to_owned();
    assert!(!head.contains("In-Reply-To") && !head.contains("References"), "{head}");
}
