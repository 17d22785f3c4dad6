//! The papers of `tests/mail/papers`, each named after what it shows, attached to a mail and read as the daemon reads them: in a
//! process of the program's own. What they must give stands beside them.

use base64::Engine;
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tradepost::flow::papers::PaperReaders;
use tradepost::parse::{self, Letter};
use tradepost::types::Quantity;
use tradepost::understand::{self, Reading, Rules};

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::compile(&Rules::built_in_files()).expect("sound rules"));

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/papers")
}

/// A paper of the corpus; what would be large lies there compressed.
pub(crate) fn paper(name: &str) -> (String, Vec<u8>) {
    let bytes = std::fs::read(folder().join(name)).expect("a paper of the corpus");
    match name.strip_suffix(".zst") {
        Some(real) => (real.to_owned(), zstd::decode_all(bytes.as_slice()).expect("compressed by us")),
        None => (name.to_owned(), bytes),
    }
}

/// A mail with papers attached.
pub(crate) fn mail(text: &str, papers: &[(String, Vec<u8>)]) -> String {
    let mut mail = format!(
        "From: Ana <ana@buyer.example>\nTo: sales@ours.example\nSubject: Our order\nDate: Mon, 02 Nov 2026 10:00:00 +0100\n\
         Message-ID: <papers@buyer.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=papers\n\n\
         --papers\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    );
    for (name, bytes) in papers {
        let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
        let lines: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
        mail += &format!(
            "--papers\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"{name}\"\n\
             Content-Transfer-Encoding: base64\n\n{}\n",
            lines.join("\n")
        );
    }
    mail + "--papers--\n"
}

fn readers() -> PaperReaders {
    PaperReaders::of(env!("CARGO_BIN_EXE_tradepost").into())
}

fn read(mail: &str, readers: &PaperReaders) -> (Letter, Reading) {
    let mut letter = parse::letter(mail.as_bytes());
    readers.read_into(&mut letter, mail.as_bytes(), &[], |_| Ok(io::empty()));
    let reading = understand::read(&letter, &RULES);
    (letter, reading)
}

fn list<'v>(expected: &'v Value, key: &str) -> Option<Vec<&'v str>> {
    expected.get(key)?.as_array()?.iter().map(Value::as_str).collect()
}

fn counted(quantity: &Quantity) -> String {
    format!("{} {}", quantity.value, quantity.unit.as_deref().unwrap_or("")).trim().to_owned()
}

/// What a reading says otherwise than expected.
fn differences(letter: &Letter, reading: &Reading, expected: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let text: String = letter.papers.iter().map(|paper| paper.text.as_str()).collect();
    for words in list(expected, "text").unwrap_or_default() {
        if !text.contains(words) {
            differences.push(format!("{words:?} is not in {text:?}"));
        }
    }
    for words in list(expected, "lacks").unwrap_or_default() {
        if text.contains(words) {
            differences.push(format!("{words:?} is in {text:?}"));
        }
    }
    for row in expected.get("rows").and_then(Value::as_array).into_iter().flatten() {
        let rows: Vec<Value> =
            letter.papers.iter().flat_map(|p| &p.tables).flat_map(|t| &t.rows).map(|row| serde_json::json!(row)).collect();
        if !rows.contains(row) {
            differences.push(format!("{row} is not among {rows:?}"));
        }
    }
    let facts = &reading.facts;
    if let Some(items) = list(expected, "items") {
        let item = |product: &understand::facts::Product| {
            format!("{} {}", product.quantity.as_ref().map(counted).unwrap_or_default(), product.name.as_deref().unwrap_or(""))
                .trim()
                .to_owned()
        };
        let found: Vec<String> = facts.products.iter().map(item).collect();
        if found != items {
            differences.push(format!(
                "the items are {found:?} and should be {items:?}; tables {:?}",
                letter.papers.iter().map(|p| &p.tables).collect::<Vec<_>>()
            ));
        }
    }
    let said = [
        facts.incoterm.map(|term| term.code().to_owned()),
        facts.place_code.clone(),
        facts.currency.map(|currency| currency.to_string()),
        facts.deadline.clone(),
    ];
    let said: Vec<String> = said.into_iter().flatten().chain(facts.references.iter().cloned()).collect();
    for fact in list(expected, "facts").unwrap_or_default() {
        if !said.iter().any(|known| known == fact) {
            differences.push(format!("{fact} is not among {said:?}"));
        }
    }
    let defects: Vec<&str> = letter.defects.iter().map(|defect| defect.name()).collect();
    if Some(&defects) != list(expected, "defects").as_ref() {
        differences.push(format!("the defects are {defects:?}"));
    }
    differences
}

#[test]
fn every_paper_of_the_corpus_is_read_as_expected() {
    let readers = readers();
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("the corpus is part of the repository")
        .map(|file| file.expect("readable").file_name().into_string().expect("a plain name"))
        .filter(|name| !name.ends_with(".json"))
        .collect();
    names.sort();
    assert!(names.len() > 25, "the corpus has papers");
    let mut faults = Vec::new();
    for name in names {
        let expected = std::fs::read(folder().join(format!("{name}.json"))).expect("every paper has its expectations beside it");
        let expected = serde_json::from_slice(&expected).expect("expectations are JSON");
        let (letter, reading) = read(&mail("Dear Sirs, please see attached.\n", &[paper(&name)]), &readers);
        faults.extend(differences(&letter, &reading, &expected).into_iter().map(|difference| format!("{name}: {difference}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_paper_that_breaks_its_reader_costs_no_other() {
    let papers = ["stream-that-unpacks-to-a-gigabyte.pdf", "list-without-headings.csv"].map(paper);
    let (letter, reading) = read(&mail("Dear Sirs, please see attached.\n", &papers), &readers());
    assert_eq!(letter.defects.iter().map(|defect| defect.name()).collect::<Vec<_>>(), ["paper-stopped"]);
    assert_eq!(letter.papers.iter().map(|paper| paper.attachment).collect::<Vec<_>>(), [1]);
    assert_eq!(reading.facts.products.len(), 3);
}

#[test]
fn a_program_that_reads_no_papers_is_said_and_costs_no_mail() {
    for (program, defect) in [("/bin/true", "paper-stopped"), ("/nowhere/at/all", "paper-unread")] {
        let (letter, _) = read(&mail("See attached.\n", &[paper("rows-in-gbk.csv")]), &PaperReaders::of(program.into()));
        assert_eq!(letter.defects.iter().map(|found| found.name()).collect::<Vec<_>>(), [defect]);
        assert_eq!(letter.fresh.text.trim(), "See attached.");
    }
}

#[test]
fn papers_of_machines_are_not_read() {
    let newsletter = mail("News!\n", &[paper("scanned-page.pdf")]).replacen(
        "Subject:",
        "List-Unsubscribe: <mailto:off@buyer.example>\nPrecedence: bulk\nSubject:",
        1,
    );
    let (letter, _) = read(&newsletter, &PaperReaders::of("/nowhere/at/all".into()));
    assert_eq!((letter.papers.len(), letter.defects), (0, vec![]));
}

#[test]
fn damaged_papers_cost_their_words_and_nothing_else() {
    let readers = readers();
    let mut dice = crate::corpus::Dice(0x5eed);
    for name in [
        "order-below-a-letterhead.xlsx",
        "purchase-order-with-columns.pdf",
        "order-with-a-letterhead-and-a-table.docx",
        "workbook-of-1997.xls",
        "opendocument-order.ods",
        "arabic-order-shaped.pdf",
    ] {
        let (name, whole) = paper(name);
        let damaged: Vec<(String, Vec<u8>)> = (0..5)
            .map(|_| {
                let mut bytes = whole.clone();
                for _ in 0..20 {
                    let at = 16 + dice.below(bytes.len() - 16);
                    bytes[at] ^= u8::try_from(1 + dice.below(255)).expect("a byte");
                }
                (name.clone(), bytes)
            })
            .collect();
        let (letter, _) = read(&mail("See attached.\n", &damaged), &readers);
        assert!(letter.papers.len() <= damaged.len() && letter.fresh.text.contains("See attached"), "{name}");
    }
}
