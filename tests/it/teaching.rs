//! Explain and correct, at the command line: `triage` for people, `teach`, `evaluate`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const CONFIG: &str = r#"
[team]
company = "Ningbo Bright Lighting Co., Ltd."

[[team.members]]
name = "Li Wei"
address = "li.wei@bright.example"
language = "zh-Hans"
time_zone = "Asia/Shanghai"

[[mailboxes]]
name = "sales"
address = "sales@bright.example"
owner = "li.wei@bright.example"
maildir = "mail"
first_look = "handle"
mode = "draft"

[storage]
books = "books.sqlite"
"#;

const INQUIRY: &str = "From: Tom Hall <tom@hall-lighting.example>
To: sales@bright.example
Subject: Price for flood lights 50W
Date: Mon, 16 Nov 2026 00:40:00 +0000
Message-ID: <tom-1@hall-lighting.example>

Hi, please quote 1,000 pcs flood lights 50W FOB Ningbo. Thanks, Tom
";

const COMPLAINT: &str = "From: Ann Low <ann@low.example>
To: sales@bright.example
Subject: Broken lamps
Date: Mon, 16 Nov 2026 00:50:00 +0000
Message-ID: <ann-1@low.example>

Dear Sirs, 40 of the 500 lamps arrived broken. This is a complaint: please send replacements or refund us. Ann Low
";

fn house() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    for shelf in ["cur", "new", "tmp"] {
        fs::create_dir_all(home.path().join("mail").join(shelf)).expect("a Maildir");
    }
    fs::write(home.path().join("tradepost.toml"), CONFIG).expect("written");
    home
}

fn run_in(locale: &str, home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradepost"));
    command.arg("--config").arg(home.join("tradepost.toml")).args(arguments).current_dir(home);
    command.env("LC_ALL", locale).env("USER", "li").env_remove("NO_COLOR").output().expect("it starts")
}

fn run(home: &Path, arguments: &[&str]) -> Output {
    run_in("C", home, arguments)
}

/// What it said, and with which code it left.
fn said(output: &Output) -> (String, Option<i32>) {
    let texts = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    (texts.concat(), output.status.code())
}

fn ok(home: &Path, arguments: &[&str]) -> String {
    let (said, code) = said(&run(home, arguments));
    assert_eq!(code, Some(0), "{arguments:?}: {said}");
    said
}

fn write(home: &Path, file: &str, text: &str) {
    let path = home.join(file);
    fs::create_dir_all(path.parent().expect("it has one")).expect("made");
    fs::write(path, text).expect("written");
}

#[test]
fn triage_shows_people_the_facts_where_they_stand_and_what_to_ask() {
    let home = house();
    write(home.path(), "a.eml", INQUIRY);
    let text = ok(home.path(), &["triage", "a.eml"]);
    for wanted in
        ["[1,000 pcs ←quantity]", "[FOB ←delivery term]", "[Ningbo ←place]", "  quantity         1000 pcs", "letters of text", "inquiry, "]
    {
        assert!(text.contains(wanted), "{wanted} in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "no colours in a file: {text:?}");
    let chinese = said(&run_in("zh_CN.UTF-8", home.path(), &["triage", "a.eml"])).0;
    assert!(chinese.contains("[1,000 pcs ←数量]") && chinese.contains("inquiry (询盘)"), "{chinese}");
    write(home.path(), "b.eml", &INQUIRY.replace("1,000 pcs flood lights 50W FOB Ningbo", "your lamps"));
    let text = ok(home.path(), &["triage", "b.eml"]);
    assert!(text.contains("to be asked") && text.contains("delivery term with its place"), "{text}");
}

#[test]
fn triage_says_flags_in_words_with_both_values_and_isolates_arabic() {
    let home = house();
    let mail = INQUIRY.replace("To: sales", "Reply-To: tom@elsewhere.example\nTo: sales");
    write(home.path(), "a.eml", &mail);
    let text = ok(home.path(), &["triage", "a.eml"]);
    assert!(text.contains("tom@elsewhere.example, although the mail comes from tom@hall-lighting.example"), "{text}");
    let arabic = INQUIRY.replace("Hi, please quote 1,000 pcs flood lights 50W FOB Ningbo. Thanks, Tom", "نرجو عرض سعر 500 قطعة FOB Ningbo");
    write(home.path(), "ar.eml", &arabic.replace("Date:", "Content-Type: text/plain; charset=utf-8\nDate:"));
    let text = ok(home.path(), &["triage", "ar.eml"]);
    assert!(text.contains("│ \u{2068}") && text.contains("[\u{2068}500"), "{text}");
}

#[test]
fn evaluate_prints_how_the_teams_own_mail_is_read() {
    let home = house();
    write(home.path(), "labelled/inquiry/a.eml", INQUIRY);
    write(home.path(), "labelled/inquiry/en/b.eml", INQUIRY);
    write(home.path(), "labelled/complaint/cur/1.x:2,S", COMPLAINT);
    fs::create_dir_all(home.path().join("labelled/complaint/new")).expect("made");
    // A person took an inquiry for an order.
    write(home.path(), "labelled/order.mbox", &format!("From tom@hall-lighting.example Mon Nov 16 00:40:00 2026\n{INQUIRY}"));
    let text = ok(home.path(), &["evaluate", "labelled"]);
    for wanted in ["Mails: 4; read rightly: 3 (75.0 %)", "is ↓  read as →", "order.mbox#1", "Read wrongly: 1", "100.0 %"] {
        assert!(text.contains(wanted), "{wanted} in\n{text}");
    }
    let table: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("is ↓")).take_while(|line| !line.is_empty()).collect();
    assert!(table[0].contains("inquiry") && !table[0].contains("order"), "nothing was read as an order: {table:?}");
    let json: serde_json::Value =
        serde_json::from_str(&ok(home.path(), &["evaluate", "--json", "labelled"])).expect("JSON and nothing else");
    assert_eq!((&json["mails"], &json["confusion"]["order"]["inquiry"]), (&4.into(), &1.into()));
    assert_eq!(json["wrong"][0]["wanted"], "order");
}

#[test]
fn evaluate_says_what_is_wrong_with_labels_and_reads_the_rest() {
    let home = house();
    write(home.path(), "labelled/inquiry/a.eml", INQUIRY);
    write(home.path(), "labelled/complaints/a.eml", COMPLAINT);
    let (text, code) = said(&run(home.path(), &["evaluate", "labelled"]));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("There is no intent complaints; did you mean complaint?") && text.contains("Mails: 1;"), "{text}");
    let (text, code) = said(&run(home.path(), &["evaluate", "mail"]));
    assert_eq!(code, Some(1));
    assert!(text.contains("There is no labelled mail in mail. Put mails into folders"), "{text}");
    let (text, code) = said(&run(home.path(), &["evaluate", "--json", "nowhere"]));
    assert_eq!(code, Some(1));
    assert!(
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["error"].as_str().is_some_and(|error| error.contains("nowhere"))
    );
}

#[test]
fn a_mail_of_the_books_is_taught_listed_decided_again_and_forgotten() {
    let home = house();
    write(home.path(), "mail/new/1.host", INQUIRY);
    ok(home.path(), &["run", "--once"]);
    let drafts = || fs::read_dir(home.path().join("mail/.Drafts/cur")).map_or(0, |entries| entries.count());
    assert_eq!(drafts(), 1);
    let text = ok(home.path(), &["teach", "solicitation", "--message", "<tom-1@hall-lighting.example>"]);
    assert!(text.contains("solicitation (read as inquiry, en") && text.contains("decided again: 1"), "{text}");
    ok(home.path(), &["run", "--once"]);
    assert_eq!(drafts(), 0, "the untouched draft is taken back");
    let list = ok(home.path(), &["teach", "--list"]);
    assert!(list.contains("li") && list.contains("solicitation") && list.contains("Price for flood lights"), "{list}");
    let json: serde_json::Value = serde_json::from_str(&ok(home.path(), &["teach", "--list", "--json"])).expect("JSON");
    assert_eq!((&json[0]["intent"], &json[0]["read"]["intent"]), (&"solicitation".into(), &"inquiry".into()));
    let id = json[0]["id"].to_string();
    let text = ok(home.path(), &["teach", "--forget", &id]);
    assert!(text.contains("is forgotten, and the books say"), "{text}");
    assert!(ok(home.path(), &["teach", "--list"]).contains("Nothing was taught yet."));
    let (text, code) = said(&run(home.path(), &["teach", "--forget", &id]));
    assert!(code == Some(1) && text.contains("There is no lesson"), "{text}");
}

#[test]
fn mails_of_files_are_taught_and_the_same_mail_twice_is_one_lesson() {
    let home = house();
    write(home.path(), "a.eml", INQUIRY);
    write(home.path(), "copy/b.eml", INQUIRY);
    let text = ok(home.path(), &["teach", "Reklamation", "a.eml"]);
    assert!(
        text.contains("a.eml: complaint (read as inquiry, en") && text.contains("Taught: 1; known already: 0. Lessons in the books: 1."),
        "{text}"
    );
    let text = ok(home.path(), &["teach", "complaint", "copy"]);
    assert!(text.contains("the same was taught before") && text.contains("Lessons in the books: 1."), "{text}");
    let text = ok(home.path(), &["teach", "order", "copy"]);
    assert!(text.contains("order (read as inquiry, en") && text.contains("Lessons in the books: 1."), "{text}");
    let text = ok(home.path(), &["teach", "--language", "gl", "a.eml"]);
    assert!(text.contains("a.eml: gl (read as"), "{text}");
    for (arguments, wanted) in [
        (&["teach", "odrer", "a.eml"][..], "did you mean order?"),
        (&["teach", "order"], "Say which mails"),
        (&["teach", "order", "nowhere.eml"], "nowhere.eml cannot be read"),
        (&["teach", "order", "--message", "4711"], "There is no mail 4711 in the books"),
    ] {
        let (text, code) = said(&run(home.path(), arguments));
        assert!(code == Some(1) && text.contains(wanted), "{arguments:?}: {text}");
    }
}

#[test]
fn what_was_taught_counts_for_mail_like_it_where_the_books_are_named_and_until_it_is_forgotten() {
    let home = house();
    let call_off = "From: Jo <jo@maes.example>\nSubject: Lot\n\nHello, please release the next lot of frame contract 17 to our Antwerp warehouse, 4 pallets. Jo\n";
    write(home.path(), "a.eml", call_off);
    write(home.path(), "like.eml", &call_off.replace("next lot", "following lot").replace("17 to our Antwerp", "22 to our Ghent"));
    let intent = |arguments: &[&str]| {
        let row: serde_json::Value = serde_json::from_str(&ok(home.path(), arguments)).expect("one row");
        row["intent"]["name"].as_str().expect("a name").to_owned()
    };
    let like = ["triage", "--json", "like.eml"];
    let read = intent(&like);
    let is = if read == "negotiation" { "complaint" } else { "negotiation" };
    ok(home.path(), &["teach", is, "a.eml"]);
    assert_eq!(intent(&like), is);
    let shown = ok(home.path(), &["triage", "like.eml"]);
    assert!(shown.contains(&format!("(learned: {is} rather than {read})")), "{shown}");
    write(home.path(), &format!("labelled/{is}/like.eml"), &fs::read_to_string(home.path().join("like.eml")).expect("readable"));
    assert!(ok(home.path(), &["evaluate", "labelled"]).contains("read rightly: 1 (100.0 %)"));
    // Without the books the rules alone read.
    let bare = Command::new(env!("CARGO_BIN_EXE_tradepost")).args(like).current_dir(home.path()).output().expect("it starts");
    let row: serde_json::Value = serde_json::from_slice(&bare.stdout).expect("one row");
    assert_eq!(row["intent"]["name"], read.as_str());
    let list: serde_json::Value = serde_json::from_str(&ok(home.path(), &["teach", "--list", "--json"])).expect("JSON");
    ok(home.path(), &["teach", "--forget", &list[0]["id"].to_string()]);
    assert_eq!(intent(&like), read);
}
