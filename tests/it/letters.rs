//! The letters we send, in every language.

use tradepost::act::render::Letters;

#[test]
fn try_it() {
    let letters = Letters::load(&[]);
    match letters {
        Ok(_) => {}
        Err(faults) => {
            for fault in &faults {
                println!("{fault}");
            }
            panic!("{} faults", faults.len());
        }
    }
}

#[test]
fn show() {
    use tradepost::decide::*;
    use tradepost::types::*;
    let letters = Letters::load(&[]).ok().expect("sound");
    let order = DraftOrder {
        letter: LetterName::FirstReply,
        language: Language::ENGLISH,
        from: NamedAddress { name: Some("Li Na".into()), address: EmailAddress::parse("li@bluemill.example").ok() },
        to: vec![NamedAddress { name: Some("José, Ana".into()), address: EmailAddress::parse("a,b@x.example").ok() }],
        cc: vec![],
        message_id: MessageId::parse("ours.1@bluemill.example").expect("id"),
        in_reply_to: MessageId::parse("theirs@x.example"),
        references: vec![],
        thread_index: Some("AQHWLRNo4NaOjvXU8EODe0ZotrA8B6itzaxf".into()),
        subject: "Цена — bottles".into(),
        customer_name: Some("Ana José".into()),
        company: "Blue Mill".into(),
        member_name: "Li Na".into(),
        signature: SignatureText { text: "Li Na\nBlue Mill".into(), html: None },
        questions: Question::ALL.to_vec(),
        products: vec!["steel bottle".into()],
        quantities: vec![],
        incoterm: Incoterm::parse("FOB"),
        place: Some("Santos".into()),
        currency: None,
        references_named: vec![],
        quoted: QuotedMail {
            from: NamedAddress { name: Some("Ana José".into()), address: None },
            sent_at: None,
            date: Some("2026-11-02T09:12:44-03:00".into()),
            text: "Hello\n\n> old\n  - item <b>\nAna".into(),
        },
        at: Moment(1_793_581_964_000),
    };
    let rendered = letters.render(&order).expect("renders");
    println!("{}\n{}\n{}", rendered.subject, rendered.text, rendered.html);
    println!("{}", String::from_utf8_lossy(&tradepost::act::mime::draft(&order, &rendered)));
}
