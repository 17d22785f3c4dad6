//! What trade mail says, language by language: the mails of `tests/mail/intents`, read by the program as a salesperson would run it.

mod making;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Intents a language of the corpus shows at least.
const INTENTS_MIN: usize = 5;

/// The mails of one language, one JSON object a line.
fn languages() -> BTreeMap<String, Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/intents");
    let mut languages = BTreeMap::new();
    for file in std::fs::read_dir(folder).expect("the corpus is part of the repository") {
        let path = file.expect("a readable folder").path();
        let text = std::fs::read_to_string(&path).expect("UTF-8");
        let mails = text.lines().filter(|line| !line.trim().is_empty());
        let mails = mails.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}: {line}", path.display())));
        languages.insert(path.file_stem().expect("a name").to_string_lossy().into_owned(), mails.collect());
    }
    languages
}

fn raw(mail: &Value) -> String {
    let text = |key: &str| mail[key].as_str().unwrap_or_default();
    format!(
        "From: Buyer <buyer@customer.example>\r\nTo: sales@bright.example\r\nSubject: {}\r\nDate: Mon, 16 Nov 2026 09:00:00 +0000\r\n\
         Message-ID: <1@customer.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
        text("subject"),
        text("body").replace('\n', "\r\n")
    )
}

/// What is read of the mails, in their order.
fn read(mails: &[&Value]) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let paths: Vec<_> = (0..mails.len()).map(|number| folder.path().join(format!("{number:04}.eml"))).collect();
    for (mail, path) in mails.iter().zip(&paths) {
        std::fs::write(path, raw(mail)).expect("room");
    }
    let done = Command::new(env!("CARGO_BIN_EXE_tradepost")).args(["triage", "--json"]).args(&paths).output();
    let done = done.expect("the program was built for this test");
    let rows = String::from_utf8(done.stdout).expect("UTF-8");
    rows.lines().map(|row| serde_json::from_str(row).expect("JSON")).collect()
}

/// What of a mail was read otherwise than it says, in words.
fn misread(mail: &Value, row: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut compare = |what: &str, wanted: &Value, found: &Value| {
        if wanted != found {
            faults.push(format!("{what} is {wanted}, read as {found}"));
        }
    };
    compare("the language", &mail["language"], &row["language"]["code"]);
    let also = mail["alt"].as_array().is_some_and(|also| also.contains(&row["intent"]["name"]));
    if !also {
        compare("the intent", &mail["intent"], &row["intent"]["name"]);
    }
    let facts = mail["facts"].as_object().into_iter().flatten();
    for (key, wanted) in facts {
        if key == "quantities" {
            let pair = |one: &Value| json!([one["value"], one["unit"].as_str().unwrap_or_default()]);
            let found: Vec<Value> = row["facts"][key].as_array().into_iter().flatten().map(pair).collect();
            let lacking = wanted.as_array().into_iter().flatten().map(pair).filter(|one| !found.contains(one));
            faults.extend(lacking.map(|one| format!("the quantity {one} is missing in {found:?}")));
        } else {
            let folded = |value: &Value| value.as_str().map(str::to_lowercase);
            if folded(wanted) != folded(&row["facts"][key]) {
                faults.push(format!("{key} is {wanted}, read as {}", row["facts"][key]));
            }
        }
    }
    faults
}

#[test]
fn mails_of_every_language_say_what_they_want() {
    let languages = languages();
    let all: Vec<(&String, &Value)> = languages.iter().flat_map(|(code, mails)| mails.iter().map(move |mail| (code, mail))).collect();
    let rows = read(&all.iter().map(|(_, mail)| *mail).collect::<Vec<_>>());
    assert_eq!(rows.len(), all.len(), "every mail has a row");
    let mut faults = Vec::new();
    for ((code, mail), row) in all.iter().zip(&rows) {
        faults.extend(misread(mail, row).into_iter().map(|fault| format!("{code}, {}: {fault}", mail["name"])));
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), all.len(), faults.join("\n"));
    for (code, mails) in &languages {
        let intents: BTreeSet<&str> = mails.iter().filter_map(|mail| mail["intent"].as_str()).collect();
        assert!(intents.len() >= INTENTS_MIN, "{code} shows {intents:?} only");
    }
}
