//! The bytes of a draft, read again by a parser that is not ours.

use super::{full, letters, person};
use mail_parser::{HeaderValue, MessageParser, MimeHeaders};
use tradepost::act::mime::{draft, thread_index_child};
use tradepost::decide::{DraftOrder, LetterName};
use tradepost::types::{MessageId, Moment, NamedAddress};

fn id(text: &str) -> MessageId {
    MessageId::parse(text).expect("a sound id")
}

fn bytes(order: &DraftOrder) -> Vec<u8> {
    draft(order, &letters().render(order).expect("sound"))
}

/// The message's header block.
fn head(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).expect("headers and encoded bodies are ASCII");
    text.split_once("\r\n\r\n").expect("a blank line").0.to_owned()
}

#[test]
fn a_draft_is_read_back_as_it_was_meant() {
    for code in super::WRITTEN {
        let order = DraftOrder {
            cc: vec![person("Größe, \"Max\" GmbH", "max@importer.example")],
            references: vec![id("first@importer.example"), id("inquiry.1@importer.example")],
            subject: "Цена: bottles 750 мл, срочно нужна котировка на следующий месяц".to_owned(),
            ..full(LetterName::FirstReply, code)
        };
        let rendered = letters().render(&order).expect("sound");
        let bytes = draft(&order, &rendered);
        let read = MessageParser::new().parse(&bytes).expect("a message");

        assert_eq!(read.subject(), Some(rendered.subject.as_str()));
        assert_eq!(read.message_id(), Some("draft.17@bluemill.example"));
        assert_eq!(read.in_reply_to(), &HeaderValue::Text("inquiry.1@importer.example".into()));
        assert_eq!(
            read.references().as_text_list().map(|ids| ids.join(" ")).as_deref(),
            Some("first@importer.example draft.draft.17@bluemill.example inquiry.1@importer.example")
        );
        let one = |people: Option<&mail_parser::Address>| {
            people
                .and_then(|people| people.first())
                .map(|person| (person.name().unwrap_or("").to_owned(), person.address().unwrap_or("").to_owned()))
        };
        assert_eq!(one(read.from()), Some(("李娜".into(), "lina@bluemill.example".into())));
        assert_eq!(one(read.to()), Some(("Anna Kowalska".into(), "anna@importer.example".into())));
        assert_eq!(one(read.cc()), Some(("Größe, \"Max\" GmbH".into(), "max@importer.example".into())));
        assert_eq!(read.date().map(|date| date.to_timestamp()), Some(order.at.0 / 1_000));
        assert_eq!(read.content_type().map(|kind| kind.subtype()), Some(Some("alternative")));
        assert_eq!(read.body_text(0).map(|text| text.replace("\r\n", "\n")).as_deref(), Some(rendered.text.as_str()), "{code}");
        assert_eq!(read.body_html(0).map(|html| html.replace("\r\n", "\n")).as_deref(), Some(rendered.html.as_str()), "{code}");
        assert_eq!(read.attachment_count(), 0);
    }
}

#[test]
fn a_draft_fits_every_transport() {
    for code in super::WRITTEN {
        let bytes = bytes(&full(LetterName::Order, code));
        assert!(bytes.is_ascii());
        let text = String::from_utf8(bytes).expect("ASCII");
        assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])), "{code}");
        assert!(head(text.as_bytes()).contains("\r\nX-Unsent: 1"));
        assert!(!head(text.as_bytes()).contains("X-Mailer") && !head(text.as_bytes()).contains("Bcc"));
    }
}

#[test]
fn the_same_order_gives_the_same_bytes() {
    let order = full(LetterName::Sample, "ja");
    assert_eq!(bytes(&order), bytes(&order));
    let other = DraftOrder { message_id: id("draft.18@bluemill.example"), ..order.clone() };
    let boundary = |order: &DraftOrder| head(&bytes(order)).split("boundary=").nth(1).map(str::to_owned);
    assert_ne!(boundary(&order), boundary(&other));
}

#[test]
fn a_draft_in_doubt_has_no_recipient() {
    let order = DraftOrder { to: Vec::new(), ..full(LetterName::Acknowledgement, "en") };
    assert!(!head(&bytes(&order)).contains("\r\nTo:"));
    let nobody = DraftOrder { to: vec![NamedAddress { name: Some("Anna".to_owned()), address: None }], ..order };
    assert!(!head(&bytes(&nobody)).contains("\r\nTo:"));
}

#[test]
fn no_value_from_outside_adds_a_header_or_a_recipient() {
    let order = DraftOrder {
        subject: "Offer\r\nBcc: all@example.com\r\n\r\nbody".to_owned(),
        to: vec![
            person("Eve\r\nBcc: all@example.com", "eve@example.com"),
            person("x", "a,victim@example.org"),
            person("x", "a@b;c@d.example"),
            person("x", "a@exa,mple.com"),
        ],
        ..full(LetterName::Order, "en")
    };
    let bytes = bytes(&order);
    assert!(!head(&bytes).contains("\r\nBcc"), "{}", head(&bytes));
    let read = MessageParser::new().parse(&bytes).expect("a message");
    let to: Vec<_> = read.to().map(|to| to.iter().filter_map(|person| person.address()).collect()).unwrap_or_default();
    assert_eq!(to.len(), 3, "one person each, and none where the domain is no domain: {to:?}\n{}", head(&bytes));
    assert_eq!(to.first().copied(), Some("eve@example.com"));
}

#[test]
fn a_long_thread_is_cut_in_its_middle() {
    let references: Vec<MessageId> = (0..500).map(|n| id(&format!("{n}.{}@importer.example", "x".repeat(100)))).collect();
    let order = DraftOrder { references: references.clone(), ..full(LetterName::Order, "en") };
    let bytes = bytes(&order);
    let read = MessageParser::new().parse(&bytes).expect("a message");
    let kept = read.references().as_text_list().expect("a list");
    assert_eq!(kept.len(), 20);
    assert_eq!(kept.first().map(AsRef::as_ref), references.first().map(MessageId::as_str), "the thread's beginning");
    assert_eq!(kept.get(17).map(AsRef::as_ref), references.last().map(MessageId::as_str));
    assert_eq!(kept.get(18).map(AsRef::as_ref), Some(order.message_id.draft_token().as_str()), "by which the draft is known again");
    assert_eq!(kept.last().map(AsRef::as_ref), Some("inquiry.1@importer.example"), "and the mail answered");
}

/// Scale and time of the last answer in a Thread-Index.
fn delta(index: &str) -> u32 {
    let bytes = mail_parser::decoders::base64::base64_decode(index.as_bytes()).expect("base64");
    let child = bytes.last_chunk::<5>().expect("five bytes of an answer");
    u32::from_be_bytes(*child.first_chunk().expect("four of them"))
}

#[test]
fn outlook_finds_the_answer_in_its_conversation() {
    // A conversation begun on 18 May 2020 at 12:54:02 UTC, answered once.
    let parent = "AQHWLRNo4NaOjvXU8EODe0ZotrA8B6itzaxf";
    let at = Moment(1_589_806_442_000 + 3_600_000);
    let child = thread_index_child(parent, at).expect("a sound parent");
    assert!(child.starts_with(parent) && child.len() == 44, "27 bytes become 32: {child}");
    assert_eq!(thread_index_child(parent, at).as_deref(), Some(child.as_str()), "the same answer, the same index");
    // One hour after the beginning, in units of 2^18 × 100 ns: the header keeps the time to 1.7 s only.
    let seconds = u64::from(delta(&child)) * (1 << 18) / 10_000_000;
    assert!((3_598..=3_602).contains(&seconds), "{seconds}");

    let order = DraftOrder { thread_index: Some(parent.to_owned()), ..full(LetterName::Order, "en") };
    let head = head(&super::draft::bytes(&order));
    assert!(head.contains("\r\nThread-Topic: Steel bottles for 2027\r\nThread-Index: AQHWLRNo4NaOjvXU8EODe0ZotrA8B6itzaxf"), "{head}");
}

#[test]
fn an_old_conversation_is_measured_in_larger_steps_and_nonsense_is_dropped() {
    let late = thread_index_child("AQHWLRNo4NaOjvXU8EODe0ZotrA8B6itzaxf", Moment(1_793_616_000_000)).expect("a sound parent");
    assert_eq!(delta(&late) >> 31, 1, "more than 1.7 years");
    let older_form = thread_index_child("AdYtE2jg1o6O9dTwQ4N7Rmi2sDwHqA==", Moment(1_589_810_042_000)).expect("the form of older clients");
    let seconds = u64::from(delta(&older_form)) * (1 << 18) / 10_000_000;
    assert!((3_596..=3_600).contains(&seconds), "{seconds}");
    for nonsense in ["", "AQ==", "not base64!", "AQHWLRNo4NaOjvXU8EODe0ZotrA8B6itzaw=", &"A".repeat(100_000)] {
        assert_eq!(thread_index_child(nonsense, Moment(0)), None, "{:.20}", nonsense);
    }
}
