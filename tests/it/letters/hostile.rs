//! What a mail could try with the letter that answers it.

use super::{Letters, full, letters, person};
use rust_decimal::Decimal;
use tradepost::act::render::Rendered;
use tradepost::decide::{DraftOrder, LetterName, QuotedMail, SignatureText};
use tradepost::types::Quantity;

const HOSTILE: &str =
    "{{company}}</p></blockquote><img src=x onerror=alert(1)><!-- signature -->\r\nBcc: all@example.com\r\n\r\n\u{202e}\u{0}\u{2066}";

fn rendered(letters: &Letters, letter: LetterName, code: &str) -> Rendered {
    let order = DraftOrder {
        subject: HOSTILE.to_owned(),
        customer_name: Some(HOSTILE.to_owned()),
        products: vec![HOSTILE.to_owned(); 500],
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
