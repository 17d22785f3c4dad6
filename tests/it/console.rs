//! The commands as a shell sees them.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

#[test]
fn a_reader_that_has_seen_enough_ends_triage_in_peace() {
    // Like `tradepost triage … | head -1`: more rows are left than a pipe holds.
    let mail = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/demo/mail");
    let mut child = Command::new(env!("CARGO_BIN_EXE_tradepost"))
        .args(["triage", "--json"])
        .args([mail; 6])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built for this test");
    let mut first = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    out.read_line(&mut first).expect("UTF-8");
    drop(out);
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("UTF-8");
    assert!(child.wait().expect("it ends").success(), "{said}");
    assert!(first.starts_with("{\"path\":"), "{first}");
    assert_eq!(said, "");
}

#[test]
fn triage_reads_with_the_teams_own_rules_before_they_are_taken_into_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let mail = folder.path().join("mail.eml");
    let text = "From: Ann <ann@buyer.example>\r\nTo: sales@bright.example\r\nSubject: Monday\r\nMessage-ID: <1@buyer.example>\r\n\r\n\
                Dear Li Wei, we wish to zonk forty pieces on Monday, as we said on the telephone last week.\r\n";
    std::fs::write(&mail, text).expect("room");
    let rules = folder.path().join("my-rules");
    std::fs::create_dir_all(rules.join("intents")).expect("room");
    let english = include_str!("../../rules/intents/en.toml");
    let with_zonk = english.replacen("[order]\nsure = [", "[order]\nsure = [\n\"wish to zonk\",", 1);
    assert_ne!(with_zonk, english, "the file has changed its form");
    std::fs::write(rules.join("intents/en.toml"), with_zonk).expect("room");
    let triage = |arguments: &[&std::ffi::OsStr]| {
        let done = Command::new(env!("CARGO_BIN_EXE_tradepost")).args(["triage", "--json"]).args(arguments).output();
        done.expect("the program was built for this test")
    };
    let intent = |done: &std::process::Output| {
        let row: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
        row["intent"]["name"].as_str().expect("an intent").to_owned()
    };
    assert_ne!(intent(&triage(&[mail.as_os_str()])), "order");
    assert_eq!(intent(&triage(&["--rules".as_ref(), rules.as_os_str(), mail.as_os_str()])), "order");
    // A slip is told with its file and line.
    std::fs::write(rules.join("intents/en.toml"), "[order]\nsure = 5\n").expect("room");
    let refused = triage(&["--rules".as_ref(), rules.as_os_str(), mail.as_os_str()]);
    let said = |done: &std::process::Output| {
        assert!(!done.status.success());
        let row: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
        row["error"].as_str().expect("a sentence").to_owned()
    };
    assert!(said(&refused).starts_with("intents/en.toml line 2: "), "{}", said(&refused));
    let missing = triage(&["--rules".as_ref(), folder.path().join("none").as_os_str(), mail.as_os_str()]);
    assert!(said(&missing).contains("none cannot be read"), "{}", said(&missing));
}
