//! Commands as a shell runs them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tradepost::decide::TroubleKind;
use tradepost::record::health::{self, FolderCount};
use tradepost::record::{Books, BooksAddress, Purpose, accounts, folders};
use tradepost::types::Moment;

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

[storage]
books = "books.sqlite"
"#;

fn desk() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    for shelf in ["cur", "new", "tmp"] {
        fs::create_dir_all(home.path().join("mail").join(shelf)).expect("a Maildir");
    }
    fs::write(home.path().join("tradepost.toml"), CONFIG).expect("written");
    home
}

fn tradepost(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradepost"));
    command.arg("--config").arg(home.join("tradepost.toml")).args(arguments).env("LC_ALL", "C").current_dir(home);
    command
}

fn run(home: &Path, arguments: &[&str]) -> Output {
    tradepost(home, arguments).output().expect("it starts")
}

#[test]
fn a_private_folder_that_is_not_there_is_told_at_the_start_and_by_check() {
    let home = desk();
    let file = home.path().join("tradepost.toml");
    fs::write(&file, CONFIG.replace("maildir", "private = { folders = [\"Famly\", \"Divorce\"] }\nmaildir")).expect("written");
    for shelf in ["cur", "new", "tmp"] {
        fs::create_dir_all(home.path().join("mail/.Family").join(shelf)).expect("a folder");
    }
    let said =
        |output: Output| (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned());
    let (_, told) = said(run(home.path(), &["run", "--once"]));
    let (checked, _) = said(run(home.path(), &["check"]));
    for wanted in ["names Famly", "Family is taken to be meant", "names Divorce, and there is no such folder"] {
        assert!(told.contains(wanted), "{wanted}: {told}");
        // A table breaks lines.
        let words: Vec<&str> = checked.split_whitespace().filter(|word| *word != "|").collect();
        assert!(words.join(" ").contains(wanted), "{wanted}: {checked}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let home = desk();
    let pass = run(home.path(), &["run", "--once"]);
    assert!(pass.status.success(), "{}", String::from_utf8_lossy(&pass.stderr));
    for arguments in [["show", "--json"].as_slice(), &["show"], &["run", "--once"], &["import", "contacts", "--example"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = tradepost(home.path(), arguments);
        let said = command.stdout(writer).stderr(std::process::Stdio::piped()).spawn().expect("it starts").wait_with_output();
        let said = said.expect("it ends");
        let complaint = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success() && !complaint.contains("pipe") && !complaint.contains("fault"), "{arguments:?}: {complaint}");
    }
}

#[test]
fn the_log_names_no_place_of_a_mail() {
    let home = desk();
    assert!(run(home.path(), &["run", "--once"]).status.success());
    // A name in place of a mail that cannot be opened as one.
    std::os::unix::fs::symlink("/proc/self/mem", home.path().join("mail/new/1.canary-of-anna.host")).expect("linked");
    fs::write(home.path().join("mail/new/2.host"), "Subject: canary subject\n\ncanary body\n").expect("delivered");
    let pass = tradepost(home.path(), &["run", "--once"]).env("TRADEPOST_LOG", "trace").output().expect("it starts");
    let log = String::from_utf8_lossy(&pass.stderr);
    assert!(log.contains("could not be read"), "{log}");
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn status_says_what_is_wrong_and_what_to_do_beside_a_running_daemon() {
    let home = desk();
    assert!(run(home.path(), &["run", "--once"]).status.success());
    let status = |arguments: &[&str]| {
        let said = run(home.path(), &[&["status"], arguments].concat());
        (said.status.code(), String::from_utf8(said.stdout).expect("text"))
    };
    let (code, text) = status(&[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("No daemon has run") && text.ends_with("All is well.\n"), "{text}");

    let address = BooksAddress::Sqlite(home.path().join("books.sqlite"));
    let books = Books::open(&address, Purpose::Daemon { owner: "story".to_owned() }).await.expect("opened");
    let mut session = books.begin().await.expect("free books");
    let sales = accounts::list(&mut session).await.expect("listed").remove(0);
    let inbox = folders::list(&mut session, sales.id).await.expect("listed").remove(0);
    let monday = Moment(1_794_790_800_000);
    health::begin_run(&mut session, monday).await.expect("begun");
    health::mark_trouble(&mut session, sales.id, TroubleKind::TokenEnded, "token-ended", monday).await.expect("marked");
    let count = FolderCount { account: sales.id, folder: inbox.id, uidvalidity: 0, listed: 2, at: monday };
    health::mark_counts(&mut session, &count).await.expect("counted");
    session.commit().await.expect("committed");

    let (code, text) = status(&[]);
    assert_eq!(code, Some(1), "{text}");
    for wanted in [
        "The daemon runs since 2026-11-16 09:00",
        "sales  IN TROUBLE",
        "since 2026-11-16 09:00 (seen 1×; token-ended)",
        "→ Grant it again: tradepost login sales",
        "on the server 2, recorded 0, in quarantine 0, missing 2",
        "→ What is missing lies in the mailbox and could not be read",
    ] {
        assert!(text.contains(wanted), "{wanted} in\n{text}");
    }
    let (code, json) = status(&["--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON and nothing else");
    assert_eq!(code, Some(1));
    assert_eq!((&json["well"], &json["daemon"]["state"]), (&false.into(), &"running".into()));
    let mailbox = &json["mailboxes"][0];
    assert_eq!(
        (&mailbox["state"], &mailbox["gaps"], &mailbox["troubles"][0]["kind"]),
        (&"trouble".into(), &2.into(), &"token_ended".into())
    );

    // Killed: nobody holds the books, and no end was written.
    books.close().await;
    let (code, text) = status(&[]);
    assert!(code == Some(1) && text.starts_with("The daemon ended without a word after 2026-11-16 09:00."), "{text}");
}
