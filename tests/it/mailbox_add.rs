//! `tradepost mailbox add` and `tradepost check`, as an administrator runs them, on a real server.

use crate::support::mailserver::{self, PASSWORD, User};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use tradepost::cli::open;
use tradepost::config::Config;
use tradepost::flow::{Clock, Ids};

/// Written by hand, with what an editor leaves: comments, odd spacing, no line end at the end.
const CONFIG: &str = "# Unsere Postfächer\n[team]\ncompany   = \"Ningbo Bright Lighting Co., Ltd.\"\n\n[[team.members]]\nname = \"Li Wei\"\naddress = \"li.wei@bright.example\"\nlanguage = \"zh-Hans\"\ntime_zone = \"Asia/Shanghai\"\n\n[storage]\nbooks = \"books.sqlite\" # 账本";

fn desk() -> TempDir {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("tradepost.toml"), CONFIG).expect("written");
    home
}

fn config(home: &TempDir) -> String {
    fs::read_to_string(home.path().join("tradepost.toml")).expect("readable")
}

fn tradepost(home: &TempDir, locale: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradepost"));
    command.args(arguments).current_dir(home.path()).env("LC_ALL", locale).env("MAIL_PASSWORD", PASSWORD).stdin(Stdio::null());
    command
}

/// What was said on both ways, and whether all went well.
fn said(output: &Output) -> (String, bool) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains(&format!("{PASSWORD}\n")), "a password is never shown: {text}");
    (text, output.status.success())
}

fn run(home: &TempDir, locale: &str, arguments: &[&str]) -> (String, bool) {
    said(&tradepost(home, locale, arguments).output().expect("it starts"))
}

/// What the operator gives for a mailbox on the server of this run.
fn at_server(user: &User<'_>) -> Vec<String> {
    let server = mailserver::server();
    let words = ["mailbox", "add", &user.address, "--host", "localhost", "--port", &server.imaps().to_string(), "--ca-file"];
    words.into_iter().map(str::to_owned).chain([server.certificate().display().to_string()]).collect()
}

fn add(home: &TempDir, locale: &str, user: &User<'_>, more: &[&str]) -> (String, bool) {
    let words = at_server(user);
    let words: Vec<&str> = words.iter().map(String::as_str).chain(more.iter().copied()).collect();
    run(home, locale, &words)
}

fn buyer(subject: &str) -> Vec<u8> {
    format!("From: Ana <ana@buyer.example>\r\nTo: sales@bright.example\r\nSubject: {subject}\r\n\r\nPlease quote 500 pcs.\r\n").into_bytes()
}

#[test]
fn a_mailbox_is_tried_shown_and_written_behind_the_untouched_configuration() {
    let (home, user) = (desk(), mailserver::server().user());
    user.receive(&buyer("LED panels"));
    let (said, is_well) = add(&home, "zh_CN.UTF-8", &user, &["--password-env", "MAIL_PASSWORD", "--name", "sales"]);
    assert!(is_well, "{said}");
    assert!(said.contains("邮件共 1 封") && said.contains("tradepost check"), "{said}");
    let now = config(&home);
    let block = now.strip_prefix(CONFIG).expect("not a byte of what was there is touched");
    assert!(block.starts_with("\n\n[[mailboxes]]\nname = \"sales\"\n"), "{block}");
    assert!(block.contains("password = { env = \"MAIL_PASSWORD\" }") && !block.contains("\"pw\""), "{block}");

    let (said, _) = run(&home, "zh_CN.UTF-8", &["check"]);
    assert!(said.contains("登录正常") && said.contains("邮件共 1 封"), "{said}");

    let (said, is_well) = add(&home, "C", &user, &["--password-env", "MAIL_PASSWORD"]);
    assert!(!is_well && said.contains("is already in") && said.contains("as mailbox sales"), "{said}");
    assert_eq!(config(&home), now);
}

#[test]
fn a_password_that_is_handed_over_goes_to_a_file_of_its_own() {
    let (home, user) = (desk(), mailserver::server().user());
    let words = at_server(&user);
    let words: Vec<&str> = words.iter().map(String::as_str).chain(["--name", "sales"]).collect();
    let mut child = tradepost(&home, "C", &words);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), format!("{PASSWORD}\n").as_bytes()).expect("it reads");
    let (said, is_well) = said(&child.wait_with_output().expect("it ends"));
    assert!(is_well, "{said}");
    let kept = home.path().join("sales.password");
    assert_eq!(fs::read_to_string(&kept).expect("kept").trim(), PASSWORD);
    assert_eq!(fs::metadata(&kept).expect("there").permissions().mode() & 0o777, 0o600);
    assert!(config(&home).contains("password = { file = \"sales.password\" }"));
    // Where it was written it is found, from any folder.
    let checked = tradepost(&home, "C", &["check", "--config", &home.path().join("tradepost.toml").display().to_string()])
        .current_dir("/")
        .output()
        .expect("it starts");
    assert!(String::from_utf8_lossy(&checked.stdout).contains("works"), "{checked:?}");
}

#[test]
fn a_dry_run_does_all_but_write() {
    let (home, user) = (desk(), mailserver::server().user());
    let (said, is_well) = add(&home, "C", &user, &["--password-env", "MAIL_PASSWORD", "--dry-run"]);
    assert!(is_well && said.contains("Nothing was written") && said.contains("[[mailboxes]]"), "{said}");
    assert_eq!(config(&home), CONFIG);
}

#[test]
fn each_trouble_is_told_with_its_next_step_and_nothing_is_written() {
    let (home, user) = (desk(), mailserver::server().user());
    let server = mailserver::server();
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound").port().to_string();
    let imaps = server.imaps().to_string();
    let address = user.address.as_str();
    let env = ["--password-env", "MAIL_PASSWORD"];
    let troubles: [(Vec<&str>, &str, &str); 4] = [
        (vec!["--host", "no-such-host.invalid"], "没有应答", "请检查服务器名称"),
        (vec!["--host", "localhost", "--port", &nobody], "没有应答", "防火墙"),
        (vec!["--host", "localhost", "--port", &imaps], "证书不可信", "密码没有发出"),
        (vec!["--host", "imap.gmail.com.invalid"], "没有应答", "代理"),
    ];
    for (host, what, advice) in troubles {
        let words: Vec<&str> = ["mailbox", "add", address].into_iter().chain(host).chain(env).collect();
        let (said, is_well) = run(&home, "zh_CN.UTF-8", &words);
        assert!(!is_well && said.contains(what) && said.contains(advice), "{words:?}: {said}");
    }
    let mut wrong = tradepost(&home, "zh_CN.UTF-8", &[]);
    let (said, is_well) = said(&wrong.args(at_server(&user)).args(env).env("MAIL_PASSWORD", "not it").output().expect("it starts"));
    assert!(!is_well && said.contains("拒绝登录") && said.contains("请勿反复尝试"), "{said}");
    assert_eq!(config(&home), CONFIG);
}

#[test]
fn a_maildir_is_added_when_it_is_one() {
    let home = desk();
    let maildir = home.path().join("Maildir");
    let words = ["mailbox", "add", "sales@bright.example", "--maildir", "Maildir"];
    let (said, is_well) = run(&home, "C", &words);
    assert!(!is_well && said.contains("There is no Maildir"), "{said}");
    for shelf in ["cur", "new", "tmp", ".Sent/cur", ".Sent/new", ".Sent/tmp"] {
        fs::create_dir_all(maildir.join(shelf)).expect("made");
    }
    fs::write(maildir.join("new/1.host"), buyer("LED panels")).expect("delivered");
    let before = fs::metadata(maildir.join("new/1.host")).expect("there").ino();
    let (said, is_well) = run(&home, "C", &words);
    assert!(is_well && said.contains("Sent: Sent") && said.contains("Mails: 1"), "{said}");
    assert!(said.contains("Sent is empty"), "{said}");
    assert_eq!(fs::metadata(maildir.join("new/1.host")).expect("still there").ino(), before, "looking changes nothing");
    assert!(config(&home).contains(&format!("maildir = \"{}\"", absolute(&maildir))));
}

fn absolute(path: &Path) -> String {
    path.canonicalize().expect("there").display().to_string()
}

#[test]
fn a_faulty_configuration_is_told_before_a_password_is_asked_for() {
    let home = desk();
    fs::write(home.path().join("tradepost.toml"), CONFIG.replace("company ", "compny ")).expect("written");
    let (said, is_well) = run(&home, "C", &["mailbox", "add", "sales@bright.example", "--host", "imap.exmail.qq.com"]);
    assert!(!is_well && said.contains("Did you mean company"), "{said}");
}

#[test]
fn microsoft_takes_no_password_and_its_steps_are_told() {
    let home = desk();
    let host = ["mailbox", "add", "sales@bright.example", "--host", "outlook.office365.com"];
    let (said, is_well) = run(&home, "zh_CN.UTF-8", &host);
    assert!(!is_well && said.contains("管理员同意") && said.contains("--client-id"), "{said}");
    let with_id: Vec<&str> = host.into_iter().chain(["--client-id", "1234", "--name", "sales"]).collect();
    let (said, is_well) = run(&home, "zh_CN.UTF-8", &with_id);
    assert!(is_well && said.contains("tradepost login sales"), "{said}");
    assert!(config(&home).contains("oauth = { issuer = \"microsoft\", client_id = \"1234\" }"));
}

#[test]
fn one_silent_server_does_not_hold_the_others_up() {
    let (home, user) = (desk(), mailserver::server().user());
    // Accepts, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = silent.local_addr().expect("bound").port();
    let (said, is_well) = add(&home, "C", &user, &["--password-env", "MAIL_PASSWORD", "--name", "sales"]);
    assert!(is_well, "{said}");
    let mut text = config(&home);
    for number in 0..5 {
        text += &format!(
            "\n[[mailboxes]]\nname = \"silent{number}\"\naddress = \"s{number}@bright.example\"\nimap = {{ host = \"127.0.0.1\", port = {port}, security = \"none\", password = {{ env = \"MAIL_PASSWORD\" }} }}\n"
        );
    }
    fs::write(home.path().join("tradepost.toml"), text).expect("written");
    let began = std::time::Instant::now();
    let (said, is_well) = run(&home, "C", &["check"]);
    assert!(!is_well && said.matches("does not answer").count() == 5 && said.contains("works"), "{said}");
    assert!(began.elapsed().as_secs() < 50, "they are asked side by side: {:?}", began.elapsed());
}

/// What the operator found out about the server of this run; it is known by what it says.
const OWN_RULES: &str = r#"
[house]
name = "Hauspost"
login = ["password"]
files_sent = "learn"
quirks = ["no-uidplus", "reselect"]
habits = ["eats-stamps"]
keywords = true
folders = { drafts = "Drafts", sent = "Sent", junk = "Junk" }
greetings = ["dovecot"]
since = "2026-11"
note = "found out"
"#;

#[test]
fn the_operators_own_rules_reach_adding_checking_and_the_daemon_alike() {
    let (home, user) = (desk(), mailserver::server().user());
    fs::create_dir(home.path().join("rules")).expect("made");
    fs::write(home.path().join("rules/providers.toml"), OWN_RULES).expect("written");
    let text = format!("{CONFIG}\n[rules]\nfolder = \"rules\"\n");
    fs::write(home.path().join("tradepost.toml"), &text).expect("written");
    let (said, is_well) = add(&home, "C", &user, &["--password-env", "MAIL_PASSWORD", "--name", "sales"]);
    assert!(is_well && said.contains("it is kept by Hauspost"), "{said}");
    // The daemon of this test has no environment of its own.
    let written = config(&home).replace("{ env = \"MAIL_PASSWORD\" }", &format!("\"{PASSWORD}\""));
    fs::write(home.path().join("tradepost.toml"), written).expect("written");
    fs::set_permissions(home.path().join("tradepost.toml"), fs::Permissions::from_mode(0o600)).expect("ours");

    let (said, _) = run(&home, "C", &["check"]);
    assert!(said.contains("(Hauspost)") && said.contains("UIDPLUS") && said.contains("eats-stamps"), "{said}");
    let config = Config::load(&home.path().join("tradepost.toml")).expect("sound");
    let can_expunge = open::runtime().expect("threads").block_on(async {
        let office = open::office(config, Clock::System, Ids::Random).await.expect("an office");
        let visit = office.accounts[0].mailbox.enter().await.expect("entered");
        visit.can_expunge()
    });
    assert!(!can_expunge, "what Dovecot promises is not believed");
}
