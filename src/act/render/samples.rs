//! Orders that take every branch of every letter and of the note: all known, nothing known, each thing alone, and what a hostile mail would bring.

use super::note::Note;
use super::page::Page;
use super::report::{Alarm, Daily};
use super::report_samples as reports;
use super::superseded::Outdated;
use super::warning::Warning;
use super::words::Words;
use crate::decide::{DraftOrder, Goods, LetterName, NoticeOrder, Question, QuotedMail, SignatureText, SupersededOrder, WarningOrder};
use crate::types::{Currency, EmailAddress, Incoterm, Intent, Language, MessageId, Moment, NamedAddress, Quantity};
use crate::understand::{Flag, FlagKind};
use rust_decimal::Decimal;
use serde::Serialize;

/// Monday, 2 November 2026, 09:12:44 in UTC+8.
pub(super) const SENT_AT: Moment = Moment(1_793_581_964_000);

/// What a mail may bring to do harm.
pub(super) const HOSTILE: &str = "{{company}}</p><img src=x onerror=alert(1)><!-- signature -->\r\nBcc: all@example.com\u{202e}\0";

/// Samples of one letter in one language.
pub(super) fn orders(letter: LetterName, language: Language) -> Vec<DraftOrder> {
    let Some(bare) = bare(letter, language) else { return Vec::new() };
    let full = full(&bare);
    let hostile = HOSTILE.repeat(3);
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
            products: vec![Goods { name: hostile.clone(), quantity: None }],
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

/// Samples of the note in one language.
pub(super) fn notices(language: Language) -> Vec<NoticeOrder> {
    let Some(bare) = bare_notice(language) else { return Vec::new() };
    let full = full_notice(&bare);
    let of_each_intent = Intent::ALL.map(|intent| NoticeOrder { intent, ..full.clone() });
    let hostile = HOSTILE.repeat(3);
    let hostile = NoticeOrder {
        customer: NamedAddress { name: Some(hostile.clone()), ..full.customer.clone() },
        customer_company: Some(hostile.clone()),
        subject: hostile.clone(),
        evidence: vec![hostile.clone()],
        mailbox: hostile.clone(),
        folder: hostile.clone(),
        attachments: vec![hostile.clone()],
        quoted: QuotedMail { text: hostile.repeat(100), date: Some(hostile), ..full.quoted.clone() },
        ..full.clone()
    };
    let unknown = NoticeOrder { customer: NamedAddress::default(), ..full };
    of_each_intent.into_iter().chain([hostile, unknown, bare]).collect()
}

/// Samples of the note about an outdated draft in one language.
pub(super) fn superseded(language: Language) -> Vec<SupersededOrder> {
    let Some(full) = full_superseded(language) else { return Vec::new() };
    let hostile = HOSTILE.repeat(3);
    let unknown = SupersededOrder {
        customer: NamedAddress::default(),
        subject: String::new(),
        newer_mail: false,
        sent: Vec::new(),
        current: None,
        shortened: false,
        quoted: QuotedMail::default(),
        ..full.clone()
    };
    vec![
        SupersededOrder { sent: Vec::new(), current: Some(Vec::new()), shortened: false, ..full.clone() },
        SupersededOrder { current: None, ..full.clone() },
        SupersededOrder { newer_mail: false, ..full.clone() },
        SupersededOrder {
            customer: NamedAddress { name: Some(hostile.clone()), ..full.customer.clone() },
            subject: hostile.clone(),
            sent: vec![hostile.clone()],
            current: Some(vec![hostile.clone()]),
            mailbox: hostile,
            ..full.clone()
        },
        unknown,
        full,
    ]
}

/// Every name that the templates of the note about an outdated draft may use.
pub(super) fn names_of_superseded() -> Vec<String> {
    names(full_superseded(Language::ENGLISH).map(|full| Outdated::new(&full, Language::ENGLISH, &Words::default())))
}

/// Samples of the warning in one language.
pub(super) fn warnings(language: Language) -> Vec<WarningOrder> {
    let Some(full) = full_warning(language) else { return Vec::new() };
    let hostile = HOSTILE.repeat(3);
    let unknown = WarningOrder {
        sender: NamedAddress::default(),
        subject: String::new(),
        flags: Vec::new(),
        has_draft: false,
        quoted: QuotedMail::default(),
        ..full.clone()
    };
    let of_each_kind = FlagKind::ALL.map(|kind| WarningOrder { flags: vec![Flag::new(kind, "a.example", "b.example")], ..full.clone() });
    let hostile = WarningOrder {
        sender: NamedAddress { name: Some(hostile.clone()), ..full.sender.clone() },
        subject: hostile.clone(),
        flags: vec![Flag { kind: FlagKind::BankChanged, found: hostile.clone(), known: hostile.clone() }; 50],
        mailbox: hostile.clone(),
        folder: hostile,
        ..full.clone()
    };
    of_each_kind.into_iter().chain([unknown, hostile, full]).collect()
}

/// Every name that the templates of a warning may use.
pub(super) fn names_of_warnings() -> Vec<String> {
    names(full_warning(Language::ENGLISH).map(|full| Warning::new(&full, Language::ENGLISH, &Words::default())))
}

fn full_warning(language: Language) -> Option<WarningOrder> {
    Some(WarningOrder {
        language,
        from: NamedAddress::default(),
        to: NamedAddress::default(),
        is_lead: false,
        message_id: MessageId::parse("sample@tradepost.example")?,
        about: None,
        sender: customer(),
        subject: "Our bank has changed".to_owned(),
        flags: vec![Flag::new(FlagKind::BankChanged, "DE89370400440532013000", "GB29NWBK60161331926819")],
        has_draft: true,
        mailbox: "sales".to_owned(),
        folder: "INBOX".to_owned(),
        quoted: quoted(),
        at: SENT_AT,
    })
}

/// Every name that a letter's templates may use.
pub(super) fn names_of_letters() -> Vec<String> {
    let bare = bare(LetterName::FirstReply, Language::ENGLISH);
    names(bare.map(|bare| Page::new(&full(&bare), Language::ENGLISH, &Words::default())))
}

/// Every name that a note's templates may use.
pub(super) fn names_of_notes() -> Vec<String> {
    names(bare_notice(Language::ENGLISH).map(|bare| Note::new(&full_notice(&bare), Language::ENGLISH, &Words::default())))
}

/// Every name that templates of the daily mail may use.
pub(super) fn names_of_daily() -> Vec<String> {
    let daily = reports::dailies(Language::ENGLISH).pop();
    names(daily.map(|daily| Daily::new(&daily, Language::ENGLISH, &Words::default())))
}

/// Every name that templates of an alarm may use.
pub(super) fn names_of_alarms() -> Vec<String> {
    let alarm = reports::alarms(Language::ENGLISH).pop();
    names(alarm.map(|alarm| Alarm::new(&alarm, Language::ENGLISH, &Words::default())))
}

/// The names in a page on which everything is known, and those of the pieces of its phrases.
pub(super) fn names(page: Option<impl Serialize>) -> Vec<String> {
    let mut names = ["words", "value", "dir"].map(str::to_owned).to_vec();
    if let Ok(serde_json::Value::Object(page)) = serde_json::to_value(page) {
        for (name, value) in page {
            match value {
                serde_json::Value::Object(inner) => names.extend(inner.keys().map(|key| format!("{name}.{key}"))),
                // Within `each` the names of an item stand alone.
                serde_json::Value::Array(items) => {
                    names.extend(items.first().and_then(|item| item.as_object()).into_iter().flat_map(|item| item.keys().cloned()));
                }
                _ => {}
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
    DraftOrder {
        subject: "Steel bottles".to_owned(),
        customer_name: Some("Anna Kowalska".to_owned()),
        company: "Blue Mill Co., Ltd.".to_owned(),
        member_name: "Li Na".to_owned(),
        signature: SignatureText { text: "Li Na\nBlue Mill Co., Ltd.".to_owned(), html: Some("<b>Li Na</b>".to_owned()) },
        questions: Question::ALL.to_vec(),
        products: vec![
            Goods {
                name: "steel bottle 750 ml".to_owned(),
                quantity: Some(Quantity { value: Decimal::from(1_500), to: Some(Decimal::from(2_000)), unit: Some("pcs".to_owned()) }),
            },
            Goods { name: "mug".to_owned(), quantity: None },
        ],
        quantities: vec![
            Quantity { value: Decimal::from(1_500), to: Some(Decimal::from(2_000)), unit: Some("pcs".to_owned()) },
            Quantity { value: Decimal::ONE, to: None, unit: Some("pallets".to_owned()) },
            Quantity { value: Decimal::new(25, 1), to: None, unit: None },
        ],
        incoterm: Some(Incoterm::Cif),
        place: Some("Santos".to_owned()),
        currency: Currency::parse("USD"),
        references_named: vec!["PO-4412".to_owned(), "INV 2026/17".to_owned()],
        quoted: quoted(),
        ..bare.clone()
    }
}

/// Nothing is known.
fn bare_notice(language: Language) -> Option<NoticeOrder> {
    Some(NoticeOrder {
        language,
        from: NamedAddress::default(),
        to: NamedAddress::default(),
        member: EmailAddress::parse("lina@tradepost.example").ok()?,
        message_id: MessageId::parse("sample@tradepost.example")?,
        about: None,
        intent: Intent::Other,
        customer: NamedAddress::default(),
        customer_company: None,
        subject: String::new(),
        evidence: Vec::new(),
        mailbox: "sales".to_owned(),
        folder: "INBOX".to_owned(),
        attachments: Vec::new(),
        quoted: QuotedMail::default(),
        at: SENT_AT,
    })
}

/// Everything is known.
fn full_notice(bare: &NoticeOrder) -> NoticeOrder {
    NoticeOrder {
        intent: Intent::Complaint,
        customer: customer(),
        customer_company: Some("Importer Ltd".to_owned()),
        subject: "Steel bottles".to_owned(),
        evidence: vec!["arrived broken".to_owned(), "refund".to_owned()],
        attachments: vec!["photo 1.jpg".to_owned(), "photo 2.jpg".to_owned()],
        quoted: quoted(),
        ..bare.clone()
    }
}

/// Everything is known.
fn full_superseded(language: Language) -> Option<SupersededOrder> {
    Some(SupersededOrder {
        language,
        from: NamedAddress::default(),
        to: NamedAddress::default(),
        message_id: MessageId::parse("sample@tradepost.example")?,
        about: None,
        subject: "Steel bottles".to_owned(),
        customer: customer(),
        newer_mail: true,
        sent: vec!["1,000 pcs".to_owned()],
        current: Some(vec!["3,000 pcs".to_owned(), "FOB Santos".to_owned()]),
        shortened: true,
        mailbox: "sales".to_owned(),
        quoted: quoted(),
        at: SENT_AT,
    })
}

pub(super) fn customer() -> NamedAddress {
    NamedAddress { name: Some("Anna Kowalska".to_owned()), address: EmailAddress::parse("anna.kowalska@importer.example").ok() }
}

fn quoted() -> QuotedMail {
    QuotedMail {
        from: customer(),
        sent_at: Some(SENT_AT),
        date: Some("2026-11-02T09:12:44+08:00".to_owned()),
        text: "Hello,\n\nplease quote.\n> earlier words\n\nAnna".to_owned(),
    }
}
