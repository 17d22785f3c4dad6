//! What a mail could try with the letter that answers it.

use super::{Letters, full, letters, person};
use proptest::prelude::*;
use rust_decimal::Decimal;
use tradepost::act::mime::draft;
use tradepost::act::render::Rendered;
use tradepost::decide::{DraftOrder, Goods, LetterName, QuotedMail, SignatureText};
use tradepost::types::Quantity;

const HOSTILE: &str =
    "{{company}}</p></blockquote><img src=x onerror=alert(1)><!-- signature -->\r\nBcc: all@example.com\r\n\r\n\u{202e}\u{0}\u{2066}";

fn rendered(letters: &Letters, letter: LetterName, code: &str) -> Rendered {
    let order = DraftOrder {
        subject: HOSTILE.to_owned(),
        customer_name: Some(HOSTILE.to_owned()),
        products: vec![
            Goods {
                name: HOSTILE.to_owned(),
                quantity: Some(Quantity { value: Decimal::MAX, to: Some(Decimal::MIN), unit: Some(HOSTILE.to_owned()) })
            };
            500
        ],
        quantities: vec![Quantity { value: Decimal::MAX, to: Some(Decimal::MIN), unit: Some(HOSTILE.to_owned()) }; 500],
        place: Some(HOSTILE.repeat(1_000)),
        references_named: vec![HOSTILE.to_owned(); 500],
        quoted: QuotedMail {
            from: person(HOSTILE, "eve@example.com"),
            sent_at: None,
            date: Some(HOSTILE.to_owned()),
            text: HOSTILE.repeat(9),
        },
        signature: SignatureText { text: "Li Na".to_owned(), html: Some("<b id=\"own\">Li Na</b>".to_owned()) },
        ..full(letter, code)
    };
    letters.render(&order).expect("hostile values are values")
}

#[test]
fn a_hostile_mail_puts_no_tag_and_no_second_signature_into_a_letter() {
    let letters = letters();
    for letter in LetterName::ALL {
        for code in super::WRITTEN {
            let html = rendered(letters, letter, code).html;
            assert!(!html.contains("<img") && !html.contains("<!-- signature"), "{code}\n{html}");
            assert_eq!(html.matches("<b id=\"own\">Li Na</b>").count(), 1, "the member's own HTML, once");
            assert_eq!(html.matches("<blockquote").count(), html.matches("</blockquote>").count());
            assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;"), "quoted, but as words");
        }
    }
}

#[test]
fn a_hostile_mail_neither_greets_itself_nor_turns_the_reading_direction() {
    let letters = letters();
    for code in super::WRITTEN {
        let Rendered { subject, text, html } = rendered(letters, LetterName::FirstReply, code);
        assert!(!text.lines().next().is_some_and(|greeting| greeting.contains("company")), "{text}");
        assert!(!subject.chars().any(char::is_control) && subject.len() <= 900);
        let controls = |text: &str| text.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!controls(&text) && !controls(&html));
        let opened = text.matches(['\u{2066}', '\u{2067}', '\u{2068}']).count();
        assert_eq!(opened, text.matches('\u{2069}').count(), "isolates are ours and balanced");
        assert!(text.len() < 8_000, "lists and values are cut: {}", text.len());
    }
}

/// Letters, what mail uses as punctuation, and what acts in HTML, headers, templates or text direction.
fn anything() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "<",
        ">",
        "\"",
        "'",
        "&",
        "{{",
        "}}",
        "\r\n",
        "\r",
        "\0",
        "\u{202e}",
        "\u{2066}",
        "\u{2028}",
        "=?utf-8?Q?",
        "?=",
        "@",
        ",",
        "<!--",
        "-->",
    ]);
    prop::collection::vec(prop_oneof![special.prop_map(str::to_owned), "\\PC{0,12}", "[ a-zא-ת0-9]{0,12}"], 0..12)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_a_mail_says_the_letter_keeps_its_shape(values in prop::collection::vec(anything(), 8), which in 0..super::WRITTEN.len()) {
        let [subject, name, product, unit, place, reference, quoted, date] = <[String; 8]>::try_from(values).expect("eight were made");
        let code = super::WRITTEN.get(which).copied().unwrap_or("en");
        let plain = full(LetterName::Order, code);
        let order = DraftOrder {
            subject: subject.clone(),
            customer_name: Some(name.clone()),
            to: vec![person(&name, &place), person(&name, "eve@example.com")],
            products: vec![Goods { name: product, quantity: Some(Quantity { value: Decimal::NEGATIVE_ONE, to: None, unit: Some(unit.clone()) }) }],
            quantities: vec![Quantity { value: Decimal::NEGATIVE_ONE, to: None, unit: Some(unit) }],
            place: Some(place),
            references_named: vec![reference],
            quoted: QuotedMail { from: person(&name, "eve@example.com"), sent_at: None, date: Some(date), text: format!("x{quoted}") },
            thread_index: Some(subject),
            ..plain.clone()
        };
        let shape = |html: &str| {
            let tags = html.split('<').skip(1).map(|piece| piece.split([' ', '>']).next().unwrap_or("").to_owned());
            tags.filter(|tag| !["bdi", "/bdi", "br"].contains(&tag.as_str())).collect::<Vec<_>>()
        };
        let rendered = letters().render(&order).expect("values are values");
        let expected = shape(&letters().render(&plain).expect("sound").html);
        let found = shape(&rendered.html);
        prop_assert_eq!(found, expected);

        let bytes = draft(&order, &rendered);
        let text = String::from_utf8_lossy(&bytes);
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n', '\0'])));
        let head = text.split("\r\n\r\n").next().unwrap_or("");
        let names = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).map(|line| line.split(':').next().unwrap_or(""));
        let ours = "Date Message-ID From To Subject In-Reply-To References Thread-Topic Thread-Index X-Unsent X-Tradepost-Draft \
            MIME-Version Content-Type";
        for name in names {
            prop_assert!(ours.split(' ').any(|known| known == name), "{name}");
        }
        let read = mail_parser::MessageParser::new().parse(&bytes).expect("a message");
        prop_assert_eq!(read.body_text(0).map(|text| text.replace("\r\n", "\n")), Some(rendered.text));
    }
}
