//! The letters we send: every letter in every language, with everything known, with nothing known, and with what hostile mail brings.

mod daily;
mod draft;
mod hostile;
mod notice;
mod overrides;
mod signed;
mod superseded;
mod warning;

use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tradepost::act::render::{Letters, Rendered};
use tradepost::decide::{DraftOrder, Goods, LetterName, Question, QuotedMail, SignatureText};
use tradepost::types::{Currency, EmailAddress, Incoterm, Language, MessageId, Moment, NamedAddress, Quantity};

/// The languages whose letters are compiled in.
const WRITTEN: [&str; 11] = ["en", "zh-Hans", "zh-Hant", "es", "fr", "de", "pt", "ru", "ar", "ja", "it"];

/// Our own letters, loaded once for all tests.
fn letters() -> &'static Letters {
    static LETTERS: LazyLock<Letters> =
        LazyLock::new(|| Letters::load(&[]).unwrap_or_else(|faults| panic!("our own templates are faulty: {faults:#?}")));
    &LETTERS
}

fn language(code: &str) -> Language {
    Language::parse(code).expect("a language of ours")
}

fn person(name: &str, address: &str) -> NamedAddress {
    NamedAddress { name: Some(name.to_owned()), address: EmailAddress::parse(address).ok() }
}

/// Every isolate is closed; where the words are written from right to left, every foreign word and number stands in one.
fn assert_isolated(name: &str, text: &str, is_right_to_left: bool) {
    let mut depth = 0_i32;
    for c in text.chars() {
        match c {
            '\u{2066}' | '\u{2068}' => depth += 1,
            '\u{2069}' => depth -= 1,
            _ => {}
        }
        assert!(depth > 0 || !is_right_to_left || !c.is_ascii_alphanumeric(), "{name}: {c:?} stands free in\n{text}");
    }
    assert_eq!(depth, 0, "{name}: every isolate is closed");
}

/// A draft for a mail that told nothing but that it wants an answer.
fn bare(letter: LetterName, code: &str) -> DraftOrder {
    DraftOrder {
        letter,
        language: language(code),
        from: person("李娜", "lina@bluemill.example"),
        to: vec![person("Anna Kowalska", "anna@importer.example")],
        cc: Vec::new(),
        message_id: MessageId::parse("draft.17@bluemill.example").expect("a sound id"),
        in_reply_to: MessageId::parse("inquiry.1@importer.example"),
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
        at: Moment(1_793_616_000_000),
    }
}

/// A draft for a mail that told much; its values are Latin whatever the language, as in trade.
fn full(letter: LetterName, code: &str) -> DraftOrder {
    DraftOrder {
        subject: "Steel bottles for 2027".to_owned(),
        customer_name: Some("Anna Kowalska".to_owned()),
        company: "Blue Mill Co., Ltd.".to_owned(),
        member_name: "Li Na".to_owned(),
        signature: SignatureText { text: "Li Na\nBlue Mill Co., Ltd.\n+86 574 5550 0101".to_owned(), html: None },
        questions: vec![Question::Destination, Question::DeliveryAddress],
        products: vec![
            Goods {
                name: "Bottle BX-750".to_owned(),
                quantity: Some(Quantity { value: Decimal::from(15_000), to: Some(Decimal::from(20_000)), unit: Some("pcs".to_owned()) }),
            },
            Goods {
                name: "Mug M2".to_owned(),
                quantity: Some(Quantity { value: Decimal::from(2), to: None, unit: Some("40HQ".to_owned()) }),
            },
        ],
        quantities: vec![
            Quantity { value: Decimal::from(15_000), to: Some(Decimal::from(20_000)), unit: Some("pcs".to_owned()) },
            Quantity { value: Decimal::from(2), to: None, unit: Some("40HQ".to_owned()) },
        ],
        incoterm: Some(Incoterm::Fob),
        place: Some("Santos".to_owned()),
        currency: Currency::parse("USD"),
        references_named: vec!["PO-4412".to_owned()],
        quoted: QuotedMail {
            from: person("Anna Kowalska", "anna@importer.example"),
            sent_at: Some(Moment(1_793_581_964_000)),
            date: Some("2026-11-02T09:12:44+08:00".to_owned()),
            text: "Hello,\n\n> earlier words\nwe need bottles & mugs <soon>.\n  - BX-750\n\nAnna\n".to_owned(),
        },
        ..bare(letter, code)
    }
}

/// Every letter in every language with each of these orders.
fn each(mut tell: impl FnMut(&str, &DraftOrder, &Rendered)) {
    let letters = letters();
    for code in WRITTEN {
        for letter in LetterName::ALL {
            let full = full(letter, code);
            let bare = bare(letter, code);
            let orders = [
                DraftOrder { questions: Question::ALL.to_vec(), ..bare.clone() },
                DraftOrder { quantities: full.quantities.clone(), ..bare.clone() },
                DraftOrder { incoterm: full.incoterm, ..bare.clone() },
                DraftOrder { questions: Vec::new(), ..full.clone() },
                bare,
                full,
            ];
            for order in orders {
                let rendered = letters.render(&order).expect("checked when it was loaded");
                tell(&format!("{code}/{}", letter.file()), &order, &rendered);
            }
        }
    }
}

/// The letter without the mail quoted below it.
fn own_words(rendered: &Rendered) -> &str {
    let lines_before_quote = rendered.text.lines().take_while(|line| !line.starts_with('>')).map(|line| line.len() + 1).sum::<usize>();
    rendered.text.get(..lines_before_quote).expect("whole lines")
}

/// What a reader of the HTML sees, in words.
fn seen(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let mut text = String::new();
    for piece in body.split('<').skip(1) {
        let (tag, words) = piece.split_once('>').expect("every tag is closed");
        let inside_line = tag.starts_with("bdi") || tag.starts_with("/bdi");
        text.push_str(if inside_line { "" } else { " " });
        text.push_str(words);
    }
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    plain.iter().fold(text, |text, (escaped, character)| text.replace(escaped, character))
}

fn words(text: &str) -> String {
    let isolates = ['\u{2066}', '\u{2068}', '\u{2069}'];
    text.replace(isolates, "").replace('\u{a0}', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_letter_is_whole_in_every_language() {
    each(|name, _, rendered| {
        let Rendered { subject, text, html } = rendered;
        assert!(!subject.is_empty() && subject.lines().count() == 1 && subject.trim() == subject, "{name}: {subject:?}");
        for wrong in ["{{", "}}", "null", "\n\n\n", " \n", "  .", " ,", "::", "()", "（）"] {
            assert!(!own_words(rendered).contains(wrong), "{name} has {wrong:?}:\n{text}");
        }
        assert!(!html.contains("{{") && !html.contains("<!-- signature") && html.trim_end().ends_with("</html>"), "{name}:\n{html}");
        assert!(text.chars().filter(|c| !c.is_whitespace()).count() > 50, "{name} says something:\n{text}");
    });
}

#[test]
fn text_and_html_say_the_same() {
    each(|name, _, rendered| {
        let text: String =
            rendered.text.lines().map(|line| format!("{}\n", line.trim_start_matches('>').trim_start_matches("- "))).collect();
        let html = seen(&rendered.html).replace("> earlier", " earlier").replace("- BX", " BX");
        assert_eq!(words(&text).replace("- BX", "BX"), words(&html), "{name}");
    });
}

#[test]
fn no_letter_speaks_two_languages() {
    // Words that stand in nearly every English letter and in no other of our languages.
    let english = [" the ", " your ", " you ", "Thank", " please", "Dear ", " with ", "regards", " wrote", " our "];
    each(|name, _, rendered| {
        let own = format!(" {} {} ", rendered.subject, own_words(rendered)).replace('\n', " ");
        if !name.starts_with("en/") {
            let left: Vec<_> = english.iter().filter(|word| own.contains(**word)).collect();
            assert!(left.is_empty(), "{name} has {left:?}:\n{own}");
        }
        if ["zh", "ja", "ru", "ar"].iter().any(|code| name.starts_with(code)) {
            let latin = own.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.chars().any(|c| c.is_ascii_alphabetic()));
            let values = "FOB CIF B L Re Steel bottles for Anna Kowalska Bottle BX 750 Mug M2 40HQ Santos PO Li Na Blue Mill Co Ltd";
            let foreign: Vec<_> = latin.filter(|word| !values.split(' ').any(|value| value == *word)).collect();
            assert!(foreign.is_empty(), "{name} has {foreign:?}:\n{own}");
        }
    });
}

#[test]
fn nothing_is_promised_that_nobody_decided() {
    each(|name, order, rendered| {
        let bare = order.products.is_empty() && order.quantities.is_empty();
        let digits = own_words(rendered).chars().filter(char::is_ascii_digit).count();
        assert!(!bare || digits == 0, "{name} names a number of its own:\n{}", rendered.text);
    });
}

#[test]
fn in_arabic_every_foreign_word_and_number_is_isolated() {
    each(|name, _, rendered| {
        if !name.starts_with("ar/") {
            return;
        }
        assert_isolated(name, own_words(rendered), true);
        assert!(rendered.html.contains("<html lang=\"ar\" dir=\"rtl\">"));
        assert!(!rendered.text.contains("Anna") || rendered.html.contains("<bdi dir=\"auto\">Anna Kowalska</bdi>"), "{name}");
        assert!(!rendered.text.contains("PO-4412") || rendered.html.contains("<bdi dir=\"ltr\">PO-4412</bdi>"), "{name}");
    });
}

#[test]
fn a_customer_without_a_name_is_greeted_neutrally() {
    let letters = letters();
    let greeting = |code: &str, name: Option<&str>| {
        let order = DraftOrder { customer_name: name.map(str::to_owned), ..bare(LetterName::Order, code) };
        let rendered = letters.render(&order).expect("sound");
        rendered.text.lines().next().unwrap_or("").to_owned()
    };
    assert_eq!(greeting("de", Some("Max Muster")), "Guten Tag Max Muster,");
    assert_eq!(greeting("de", None), "Guten Tag,");
    assert_eq!(greeting("ja", Some("田中 太郎")), "田中 太郎 様");
    assert_eq!(greeting("ja", None), "ご担当者様");
    assert_eq!(greeting("ru", Some("Иван Петров")), "Здравствуйте, Иван Петров!");
    assert_eq!(greeting("en", Some("info@acme.example")), "Dear Sir or Madam,");
    assert_eq!(greeting("en", Some("Petrov, Ivan")), "Dear Ivan Petrov,");
}

#[test]
fn the_customers_subject_stays_theirs_and_a_missing_one_is_ours() {
    let letters = letters();
    let subject = |order: DraftOrder| letters.render(&order).expect("sound").subject;
    assert_eq!(subject(full(LetterName::Order, "fr")), "Re: Steel bottles for 2027");
    let order = DraftOrder { subject: String::new(), ..full(LetterName::Order, "fr") };
    assert_eq!(subject(order), "Votre commande PO-4412");
}

#[test]
fn a_language_we_do_not_write_is_answered_in_english_and_each_chinese_in_its_script() {
    let letters = letters();
    let really = |code: &str| letters.language_for(LetterName::Sample, language(code)).code();
    assert_eq!([really("pl"), really("und"), really("zh-TW"), really("zh"), really("pt-BR")], ["en", "en", "zh-Hant", "zh-Hans", "pt"]);
    let polish = letters.render(&bare(LetterName::Sample, "pl")).expect("sound");
    assert!(polish.text.starts_with("Dear Sir or Madam,\n\nThank you"), "greeting and letter are of one language");
}

#[test]
fn a_long_mail_is_quoted_in_part_and_the_letter_says_so() {
    let long = QuotedMail { text: "A long line about bottles.\n".repeat(4_000), ..full(LetterName::Shipping, "it").quoted };
    let order = DraftOrder { quoted: long, ..full(LetterName::Shipping, "it") };
    let rendered = letters().render(&order).expect("sound");
    assert!(rendered.text.len() < 30_000 && rendered.html.len() < 40_000);
    assert!(rendered.text.ends_with("> [Il resto di questo messaggio è stato omesso.]\n"));
    assert!(rendered.html.contains("[Il resto di questo messaggio è stato omesso.]"));
}

#[test]
fn a_first_reply_reads_well_in_every_language() {
    let letters = letters();
    for code in WRITTEN {
        let rendered = letters.render(&full(LetterName::FirstReply, code)).expect("sound");
        insta::assert_snapshot!(format!("first_reply_{code}"), format!("{}\n\n{}", rendered.subject, rendered.text));
    }
}

#[test]
fn html_is_what_it_was() {
    let letters = letters();
    for (letter, code) in [(LetterName::FirstReply, "en"), (LetterName::Order, "ar"), (LetterName::Sample, "ja")] {
        let rendered = letters.render(&full(letter, code)).expect("sound");
        insta::assert_snapshot!(format!("{}_html_{code}", letter.file()), rendered.html);
    }
}

#[test]
fn every_language_has_the_same_files_and_the_same_words() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut files = BTreeMap::new();
    let mut keys = BTreeMap::new();
    for code in WRITTEN {
        let folder = std::fs::read_dir(root.join(code)).expect("a folder for each language");
        let names: Vec<String> = folder.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
        let mut letters: Vec<String> = names.into_iter().filter(|name| name.ends_with(".hbs") || name == "words.toml").collect();
        letters.sort();
        files.entry(letters).or_insert_with(Vec::new).push(code);
        let words: toml::Table = std::fs::read_to_string(root.join(code).join("words.toml")).expect("words").parse().expect("TOML");
        keys.entry(names_of(&words)).or_insert_with(Vec::new).push(code);
    }
    assert_eq!(files.len(), 1, "{files:#?}");
    assert_eq!(keys.len(), 1, "{keys:#?}");
}

/// All keys with their tables; a unit's plural forms differ between languages and do not count.
fn names_of(table: &toml::Table) -> Vec<String> {
    let inner = |name: &String, value: &toml::Value| match value.as_table().filter(|_| !["one", "few", "other"].contains(&name.as_str())) {
        Some(table) if !table.contains_key("other") => names_of(table).into_iter().map(|key| format!("{name}.{key}")).collect(),
        _ => vec![name.clone()],
    };
    let mut names: Vec<String> = table.iter().flat_map(|(name, value)| inner(name, value)).collect();
    names.sort();
    names
}
