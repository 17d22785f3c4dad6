//! What can be wrong around the program: each fault has its sentence, in the operator's language, and its exit code; the rest goes on.

use crate::support::daemon::{Answer, Workplace, answer, files, until};
use crate::support::desk::as_seen;
use crate::support::engines::{Engine, Place};
use crate::support::postgres::ordinary_user;
use crate::support::small_disk::SmallDisk;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SECTIONS: &str = "[storage]\n";

fn inquiry(number: usize) -> String {
    format!(
        "From: buyer{number}@customer-{number}.example\nTo: sales@bright.example\nSubject: Inquiry for pumps BX-{number}\n\
         Message-ID: <fault-{number}@customer.example>\nDate: Mon, 16 Nov 2026 08:00:00 +0800\n\n\
         Please quote 500 pcs of the pump BX-{number}, CIF Hamburg, and tell us your delivery time.\n"
    )
}

/// The answer failed with these words, and with nothing that looks like a fault of the program itself.
#[track_caller]
fn said(answer: &Answer, code: i32, words: &[&str]) {
    assert_eq!(answer.code, Some(code), "{answer:?}");
    let all = format!("{}{}", answer.out, answer.err);
    for word in words {
        assert!(all.contains(word), "`{word}` is missing in:\n{all}");
    }
    assert!(!all.contains("panicked") && !all.contains("RUST_BACKTRACE"), "{all}");
}

#[test]
fn a_wrong_key_is_named_with_its_line_and_what_was_meant() {
    let workplace = Workplace::with(&[("maildir = \"sales\"", "maildri = \"sales\"")]);
    let line = fs::read_to_string(workplace.path("tradepost.toml")).expect("there").lines().position(|line| line.starts_with("maildri"));
    let line = format!("line {}", line.expect("it is there") + 1);
    for command in [&["run", "--once"][..], &["run"], &["check"], &["show"]] {
        said(&workplace.ask(command), 1, &["mailboxes[1].maildri", &line, "Did you mean maildir?"]);
    }
    let line = line.replace("line ", "第 ") + " 行";
    said(&workplace.ask_in_chinese(&["run", "--once"]), 1, &["mailboxes[1].maildri", &line, "您要写的是 maildir 吗"]);
    let told = workplace.ask(&["show", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&told.out).expect("nothing but JSON");
    assert!(json["error"].as_str().is_some_and(|error| error.contains("Did you mean maildir?")), "{json}");
    assert_eq!(told.err, "");
    assert!(!workplace.path("books.sqlite").exists(), "nothing was begun");
}

/// A second mailbox, `anna`.
const WITH_ANNA: (&str, &str) = (
    SECTIONS,
    "[[mailboxes]]\nname = \"anna\"\naddress = \"anna@bright.example\"\nowner = \"li.wei@bright.example\"\nmaildir = \"anna\"\n[storage]\n",
);

#[test]
fn a_mailbox_that_is_none_is_told_and_the_others_are_handled() {
    let workplace = Workplace::opened(&[]);
    workplace.configure(&[("maildir", "owner = \"li.wei@bright.example\"\nmaildir"), WITH_ANNA]);
    fs::write(workplace.path("anna"), "a file where a folder should be").expect("written");
    workplace.deliver("sales", "1.mail", inquiry(1).as_bytes());
    said(
        &workplace.ask(&["run", "--once"]),
        1,
        &["sales: 1 new messages", "anna: not looked at. There is no Maildir at", "cur, new and tmp"],
    );
    said(&workplace.ask_in_chinese(&["run", "--once"]), 1, &["anna：未查看", "处没有 Maildir"]);
    said(&workplace.ask(&["check"]), 1, &["anna is no Maildir", "Write the folder that holds cur, new and tmp"]);
    assert_eq!(workplace.drafts().len(), 1);

    // A daemon goes on too, and finds the mailbox when it is there.
    let daemon = workplace.start();
    workplace.deliver("sales", "2.mail", inquiry(2).as_bytes());
    until("the draft", || workplace.drafts().len() == 2);
    fs::remove_file(workplace.path("anna")).expect("removed");
    workplace.make_maildir("anna");
    workplace.deliver("sales", "3.mail", inquiry(3).as_bytes());
    until("the draft", || workplace.drafts().len() == 3);
    assert_eq!(daemon.stop().0.code(), Some(0));
    workplace.pass();
}

#[test]
fn a_mailbox_that_may_not_be_read_is_told_and_the_others_are_handled() {
    let workplace = Workplace::with(&[("maildir", "owner = \"li.wei@bright.example\"\nmaildir"), WITH_ANNA]);
    workplace.make_maildir("anna");
    let give = "chown -R \"$1\" . && chmod 000 anna";
    let command = as_ordinary_user(&workplace, give, &["run", "--once"]);
    said(&answer(command), 1, &["sales: 0 new messages", "anna: not looked at.", "anna cannot be read: this user may not", "access to it"]);
    // The folder can be cleared away again.
    said_ok(Command::new("chmod").arg("700").arg(workplace.path("anna")));
}

/// The command as a user without rights, to whom `give` (run as we are, with the user's number as `$1`) gives what is needed. Root
/// may read and write everything, so a story about rights cannot be told as root.
fn as_ordinary_user(workplace: &Workplace, give: &str, arguments: &[&str]) -> Command {
    let is_root = rustix::process::geteuid().is_root();
    let user = match is_root {
        true => ordinary_user().expect("an account without rights, `postgres` or `nobody`").0,
        false => rustix::process::geteuid().as_raw(),
    };
    said_ok(Command::new("sh").args(["-c", give, "give", &user.to_string()]).current_dir(workplace.path("")));
    if !is_root {
        return workplace.command(arguments);
    }
    // The program may lie where only root goes.
    let program = workplace.path("tradepost");
    fs::copy(env!("CARGO_BIN_EXE_tradepost"), &program).expect("copied");
    let mut command = Command::new("setpriv");
    command.args(["--reuid", &user.to_string(), "--clear-groups", "--"]).arg(program).args(arguments);
    command.current_dir(workplace.path("")).stdin(Stdio::null()).env("LANG", "C").env_remove("LC_ALL");
    command
}

#[track_caller]
fn said_ok(command: &mut Command) {
    let output = command.output().expect("it is installed on Debian and Ubuntu");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_broken_template_or_rule_of_the_teams_own_is_named_with_its_line() {
    let workplace = Workplace::with(&[(SECTIONS, "[rules]\nfolder = \"own-rules\"\n[templates]\nfolder = \"own-letters\"\n[storage]\n")]);
    for (folder, file, text, words) in [
        (
            "own-letters/en",
            "order.text.hbs",
            "{{#> layout}}\nThank you, {{detials}}.\n{{/layout}}\n",
            &["en/order.text.hbs:2:", "`detials` is not known here; did you mean `details`?"][..],
        ),
        (
            "own-letters/es",
            "order.text.hbs",
            "{{#if products}}\n{{/unless}}\n",
            &["es/order.text.hbs:2:", "every `{{#if …}}` needs its `{{/if}}`"],
        ),
        (
            "own-rules/intents",
            "en.toml",
            "[inquiry]\nsuer = [\"x\"]\n",
            &["intents/en.toml line 2", "`suer` is not known here; write one of sure,"],
        ),
        ("own-rules/intents", "en.toml", "[inquiry\n", &["intents/en.toml line 1"]),
    ] {
        fs::create_dir_all(workplace.path("own-rules")).expect("made");
        fs::create_dir_all(workplace.path("own-letters")).expect("made");
        fs::create_dir_all(workplace.path(folder)).expect("made");
        let path = workplace.path(folder).join(file);
        fs::write(&path, text).expect("written");
        said(&workplace.ask(&["run", "--once"]), 1, words);
        said(&workplace.ask(&["run"]), 1, words);
        said(&workplace.ask(&["check"]), 1, words);
        said(&workplace.ask_in_chinese(&["check"]), 1, &["错误", words[0]]);
        fs::remove_file(path).expect("removed");
    }
    assert!(!workplace.path("books.sqlite").exists(), "nothing was begun");
    workplace.pass();
}

#[test]
fn a_full_disk_loses_nothing_and_work_goes_on_when_there_is_space() {
    // The mailbox is a member's own, through which the member can be told.
    let workplace = Workplace::with(&[("books.sqlite", "disk/books.sqlite"), ("sales@bright", "li.wei@bright")]);
    let disk = SmallDisk::mount(workplace.path("disk"));
    workplace.pass();
    disk.fill();
    for number in 0..40 {
        workplace.deliver("sales", &format!("{number}.mail"), inquiry(number).as_bytes());
    }
    let sentence = "is full. Free some space; nothing was half written, and work goes on by itself.";
    said(&workplace.ask(&["run", "--once"]), 1, &["The disk that holds the books", sentence]);
    said(&workplace.ask_in_chinese(&["run", "--once"]), 1, &["所在的磁盘已满。请腾出空间"]);
    disk.free();

    // A daemon that meets it in the middle waits.
    let mut daemon = workplace.start();
    until("the first drafts", || workplace.drafts().len() == 40);
    disk.fill();
    for number in 40..80 {
        workplace.deliver("sales", &format!("{number}.mail"), inquiry(number).as_bytes());
    }
    until("it says that the disk is full", || daemon.said().contains(sentence));
    assert!(daemon.is_running(), "{}", daemon.said());
    disk.free();
    // News makes it look again; without any it looks by itself after half a minute.
    workplace.deliver("sales", "80.mail", inquiry(80).as_bytes());
    until("all drafts", || workplace.drafts().len() == 81);
    let told = || -> Vec<String> {
        let mails = files(&workplace.path("sales/new")).into_iter().map(|path| fs::read_to_string(path).expect("readable"));
        mails.filter(|mail| mail.contains("Auto-Submitted: auto-generated")).map(|mail| as_seen(&mail)).collect()
    };
    until("the member is told", || !told().is_empty());
    assert!(told().iter().all(|note| note.contains("存放账本的磁盘曾写满") && note.contains("没有任何丢失")), "{:?}", told());
    assert_eq!(daemon.said().matches(sentence).count(), 1, "all tasks meet it, and the log says it once:\n{}", daemon.said());
    assert_eq!(daemon.stop().0.code(), Some(0));
    assert_eq!(told().len(), 1);
    let shown = workplace.show(&[]);
    assert_eq!(
        (shown["messages"].as_i64(), shown["quarantined"].as_i64(), shown["drafts"]["ours"].as_i64()),
        (Some(81), Some(0), Some(81))
    );
    assert_eq!(files(&workplace.path("sales/.Drafts/tmp")), Vec::<PathBuf>::new());
}

#[test]
fn books_that_may_not_be_written_are_told_and_nothing_is_begun() {
    let workplace = Workplace::with(&[("books.sqlite", "kept/books.sqlite")]);
    fs::create_dir(workplace.path("kept")).expect("made");
    workplace.pass();
    workplace.deliver("sales", "1.mail", inquiry(1).as_bytes());
    let give = "chown -R \"$1\" sales tradepost.toml . && chmod 500 kept && chmod 400 kept/*";
    said(
        &answer(as_ordinary_user(&workplace, give, &["run", "--once"])),
        1,
        &["cannot be written. Give this user the right to write the file and its folder"],
    );
    let mut in_chinese = as_ordinary_user(&workplace, "true", &["run"]);
    in_chinese.env("LANG", "zh_CN.UTF-8");
    said(&answer(in_chinese), 1, &["不可写。请给当前用户该文件及其目录的写权限"]);
    // Looking needs no right to write.
    let looked = answer(as_ordinary_user(&workplace, "true", &["show", "--json"]));
    said(&looked, 0, &["\"messages\":0"]);
    assert_eq!(workplace.drafts(), []);
    said_ok(Command::new("chmod").args(["-R", "u+rwX"]).arg(workplace.path("kept")));
    workplace.pass();
    assert_eq!(workplace.drafts().len(), 1);
}

#[test]
fn a_second_daemon_on_the_same_books_is_told_who_holds_them() {
    let workplace = Workplace::opened(&[]);
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    let holder = format!("process {}", daemon.pid());
    for command in [&["run"][..], &["run", "--once"]] {
        said(&workplace.ask(command), 1, &["are in use by", &holder, "Stop that one first"]);
    }
    said(&workplace.ask_in_chinese(&["run"]), 1, &["正被", &holder, "请先停止它"]);
    assert!(daemon.is_running());
    workplace.deliver("sales", "1.mail", inquiry(1).as_bytes());
    until("the draft of the first daemon", || workplace.drafts().len() == 1);
    daemon.kill();
    // Killed, it holds them no longer.
    workplace.pass();
}

#[tokio::test]
async fn a_daemon_started_twice_on_a_database_is_refused_and_one_started_again_is_not() {
    let place = Place::new(Engine::Postgres).await;
    let workplace = Workplace::opened(&[("books.sqlite", &place.address_text())]);
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    let holder = format!("process {}", daemon.pid());
    said(&workplace.ask(&["run", "--once"]), 1, &["are in use by", &holder, "Stop that one first"]);
    assert!(daemon.is_running());
    workplace.deliver("sales", "1.mail", inquiry(1).as_bytes());
    until("the draft of the first daemon", || workplace.drafts().len() == 1);
    daemon.kill();
    // Killed, it is started again at once and need not wait for its own lease.
    workplace.pass();
    place.clear().await;
}

#[test]
fn triage_of_a_path_that_cannot_be_read_goes_on_with_the_others() {
    let workplace = Workplace::new();
    fs::write(workplace.path("one.eml"), inquiry(1)).expect("written");
    fs::write(workplace.path("two.eml"), inquiry(2)).expect("written");
    let paths = ["one.eml", "nowhere.eml", "two.eml"];
    let told = workplace.ask(&[&["triage", "--json"], &paths[..]].concat());
    assert_eq!((told.code, told.err.as_str()), (Some(1), ""));
    let rows: Vec<serde_json::Value> = told.out.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect();
    assert_eq!(rows.iter().map(|row| row["path"].as_str()).collect::<Vec<_>>(), [Some("one.eml"), None, Some("two.eml")]);
    assert!(rows[1]["error"].as_str().is_some_and(|error| error.starts_with("nowhere.eml cannot be read: ")), "{}", rows[1]);
    assert_eq!((rows[0]["intent"]["name"].as_str(), rows[2]["intent"]["name"].as_str()), (Some("inquiry"), Some("inquiry")));
    said(
        &workplace.ask(&[&["triage"], &paths[..]].concat()),
        1,
        &["nowhere.eml cannot be read", "Name a file, a folder, or - for standard input", "one.eml", "two.eml"],
    );
    said(&workplace.ask_in_chinese(&[&["triage"], &paths[..]].concat()), 1, &["无法读取 nowhere.eml"]);
    assert!(!workplace.path("books.sqlite").exists() && files(&workplace.path("sales/new")).is_empty(), "triage touches nothing");
}

#[test]
fn wrong_usage_exits_with_2_and_says_how_it_is_meant() {
    let workplace = Workplace::new();
    for wrong in [
        &[][..],
        &["triage"],
        &["triage", "--json"],
        &["rnu"],
        &["run", "--twice"],
        &["show", "message"],
        &["show", "message", "x"],
        &["import"],
    ] {
        let told = workplace.ask(wrong);
        assert_eq!((told.code, told.out.as_str()), (Some(2), ""), "{wrong:?}: {told:?}");
        assert!(told.err.contains("Usage: tradepost") || told.err.contains("--help"), "{told:?}");
    }
}

#[test]
fn what_is_asked_of_books_that_do_not_hold_it_is_an_error_for_scripts_too() {
    let workplace = Workplace::new();
    let error = |arguments: &[&str]| {
        let told = workplace.ask(arguments);
        assert_eq!((told.code, told.err.as_str()), (Some(1), ""), "{told:?}");
        let json: serde_json::Value = serde_json::from_str(&told.out).expect("nothing but JSON");
        json["error"].as_str().expect("an error").to_owned()
    };
    assert!(error(&["show", "--json"]).contains("do not exist. Start tradepost run once, which makes them"));
    assert!(error(&["show", "--json", "--config", "nowhere.toml"]).contains("nowhere.toml is not there"));
    workplace.pass();
    assert!(error(&["show", "--json", "message", "7"]).contains("There is no message 7."));
    assert!(error(&["show", "--json", "contact", "nobody@nowhere.example"]).contains("nobody@nowhere.example is not in the books"));
    assert!(Path::new(&workplace.path("books.sqlite")).is_file());
}
