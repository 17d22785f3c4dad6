//! Commands as a shell runs them.

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
