//! Orders that take every branch of every letter: all known, nothing known, each thing alone, and what a hostile mail would bring.

use super::page::Page;
use super::words::Words;
use crate::decide::{DraftOrder, LetterName, Question, QuotedMail, SignatureText};
use crate::types::{Currency, EmailAddress, Incoterm, Language, MessageId, Moment, NamedAddress, Quantity};
use rust_decimal::Decimal;

/// Monday, 2 November 2026, 09:12:44 in UTC+8.
const SENT_AT: Moment = Moment(1_793_581_964_000);

/// Samples of one letter in one language.
pub(super) fn orders(letter: LetterName, language: Language) -> Vec<DraftOrder> {
    let Some(bare) = bare(letter, language) else { return Vec::new() };
    let full = full(&bare);
    let hostile = "{{company}}</p><img src=x onerror=alert(1)><!-- signature -->\r\nBcc: all@example.com\u{202e}\0".repeat(3);
    vec![
        DraftOrder { questions: Question::ALL.to_vec(), ..bare.clone() },
        DraftOrder { products: full.products.clone(), ..bare.clone() },
        DraftOrder { quantities: full.quantities.clone(), ..bare.clone() },
        DraftOrder { incoterm: full.incoterm, place: full.place.clone(), ..bare.clone() },
        DraftOrder { references_named: full.references_named.clone(), ..bare.clone() },
        DraftOrder { questions: Vec::new(), ..full.clone() },
        DraftOrder {
            customer_name: Some(hostile.clone()),
            subject: hostile.clone(),
            products: vec![hostile.clone()],
            quantities: vec![Quantity { value: Decimal::MAX, to: Some(Decimal::MIN), unit: Some(hostile.clone()) }],
            place: Some(hostile.clone()),
            references_named: vec![hostile.clone()],
            quoted: QuotedMail { text: hostile.repeat(100), date: Some(hostile), ..full.quoted.clone() },
            ..full.clone()
        },
        bare,
        full,
    ]
}

/// Every name that templates may use, as a letter with everything known has them.
pub(super) fn names() -> Vec<String> {
    let mut names = ["words", "value", "dir"].map(str::to_owned).to_vec();
    let page = bare(LetterName::FirstReply, Language::ENGLISH).map(|bare| Page::new(&full(&bare), Language::ENGLISH, &Words::default()));
    if let Ok(serde_json::Value::Object(page)) = serde_json::to_value(page) {
        for (name, value) in page {
            if let serde_json::Value::Object(inner) = value {
                names.extend(inner.keys().map(|key| format!("{name}.{key}")));
            }
            names.push(name);
        }
    }
    names
}

/// Nothing is known.
fn bare(letter: LetterName, language: Language) -> Option<DraftOrder> {
    Some(DraftOrder {
        letter,
        language,
        from: NamedAddress::default(),
        to: Vec::new(),
        cc: Vec::new(),
        message_id: MessageId::parse("sample@tradepost.example")?,
        in_reply_to: None,
        references: Vec::new(),
        thread_index: None,
        subject: String::new(),
        customer_name: None,
        company: String::new(),
        member_name: String::new(),
        signature: SignatureText::default(),
        questions: Vec::new(),
        products: Vec::new(),
        quantities: Vec::new(),
        incoterm: None,
        place: None,
        currency: None,
        references_named: Vec::new(),
        quoted: QuotedMail::default(),
        at: SENT_AT,
    })
}

/// Everything is known.
fn full(bare: &DraftOrder) -> DraftOrder {
    let address = EmailAddress::parse("anna.kowalska@importer.example").ok();
    DraftOrder {
        subject: "Steel bottles".to_owned(),
        customer_name: Some("Anna Kowalska".to_owned()),
        company: "Blue Mill Co., Ltd.".to_owned(),
        member_name: "Li Na".to_owned(),
        signature: SignatureText { text: "Li Na\nBlue Mill Co., Ltd.".to_owned(), html: Some("<b>Li Na</b>".to_owned()) },
        questions: Question::ALL.to_vec(),
        products: vec!["steel bottle 750 ml".to_owned(), "mug".to_owned()],
        quantities: vec![
            Quantity { value: Decimal::from(1_500), to: Some(Decimal::from(2_000)), unit: Some("pcs".to_owned()) },
            Quantity { value: Decimal::ONE, to: None, unit: Some("pallets".to_owned()) },
            Quantity { value: Decimal::new(25, 1), to: None, unit: None },
        ],
        incoterm: Some(Incoterm::Cif),
        place: Some("Santos".to_owned()),
        currency: Currency::parse("USD"),
        references_named: vec!["PO-4412".to_owned(), "INV 2026/17".to_owned()],
        quoted: QuotedMail {
            from: NamedAddress { name: Some("Anna Kowalska".to_owned()), address },
            sent_at: Some(SENT_AT),
            date: Some("2026-11-02T09:12:44+08:00".to_owned()),
            text: "Hello,\n\nplease quote.\n> earlier words\n\nAnna".to_owned(),
        },
        ..bare.clone()
    }
}
