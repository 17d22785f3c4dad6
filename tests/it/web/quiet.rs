//! A log of everything, of a whole life: what is sent, told, left, complained about, backed up and restored says nothing of anybody.

use super::answers::{inquiry, read};
use crate::support::daemon::{Workplace, until};
use crate::support::sink::{Fate, Sink};
use crate::support::web::{exchange, free_port};
use std::net::{Ipv4Addr, SocketAddr};

const PASSWORD: &str = "canary-Geheim4711";
const AGENT: &str = "CanaryBrowser/7.0";
const WHO: &str = "tom@hall.com.br";

/// A workplace whose letters tell, and whose server wants a password.
fn workplace(sink: &Sink, public: SocketAddr) -> Workplace {
    let sections = format!(
        "[policies.intents]\ninquiry = \"answer\"\n\n[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\nuser = \"canary-user\"\n\
         password = \"{PASSWORD}\"\nverp = \"bounce@bright.example\"\n\n\
         [tracking]\npublic_address = \"https://mail.bright.example/letters\"\nlisten = \"{public}\"\nopens = true\nclicks = true\n\n[storage]",
        sink.port
    );
    let signature = "time_zone = \"Asia/Shanghai\"\n[team.members.signatures]\ndefault = { text = \"Li Wei\", html = \"<p>Li Wei \
                     <a href='https://bright.example/canary-catalogue'>Catalogue</a></p>\" }";
    Workplace::opened(&[
        ("mode = \"draft\"", "mode = \"full\"\nowner = \"li.wei@bright.example\""),
        ("time_zone = \"Asia/Shanghai\"", signature),
        ("[storage]", &sections),
    ])
}

/// Somebody asks for something of a letter.
async fn ask(public: SocketAddr, method: &str, path: &str, body: &str) -> u16 {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: mail.bright.example\r\nUser-Agent: {AGENT}\r\nX-Forwarded-For: 203.0.113.77\r\nCookie: canary\r\n\
         {form}{length}Connection: close\r\n\r\n{body}"
    );
    exchange(public, request.as_bytes()).await.status
}

/// What comes back of the letter of that Message-ID.
fn came_back(id: &str) -> [String; 2] {
    let head = |name: &str, kind: &str| {
        format!(
            "Return-Path: <>\nFrom: Mail System <MAILER-DAEMON@canary.example>\nTo: sales@bright.example\nSubject: canary {name}\nMessage-ID: \
             <{name}@canary.example>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type={kind}; boundary=b\n\n--b\nContent-Type: \
             text/plain\n\nThe canary sang.\n\n--b\n"
        )
    };
    let letter = format!("\n\n--b\nContent-Type: text/rfc822-headers\n\nTo: {WHO}\nMessage-ID: <{id}>\nSubject: canary\n\n--b--\n");
    [
        format!(
            "{}Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.canary.example\n\nFinal-Recipient: rfc822; {WHO}\nAction: \
             failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 canary unknown{letter}",
            head("bounce", "delivery-status")
        ),
        format!(
            "{}Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: canary/1\nVersion: 1\nOriginal-Rcpt-To: {WHO}{letter}",
            head("complaint", "feedback-report")
        ),
    ]
}

/// What a command writes into its log when it writes everything.
fn logged(workplace: &Workplace, arguments: &[&str]) -> String {
    let output = workplace.command(arguments).env("TRADEPOST_LOG", "trace").output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_everything_that_is_told_left_returned_and_restored_names_nobody() {
    let sink = Sink::start(|_, _| Fate::Taken);
    let public = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let workplace = workplace(&sink, public);
    let daemon = workplace.start_with(&[("TRADEPOST_LOG", "trace")]);
    until("the listener is open", || std::net::TcpStream::connect(public).is_ok());
    workplace.deliver("sales", "1.story", inquiry(WHO, 1).as_bytes());
    until("the answer is sent", || !sink.mails().is_empty());
    let (_, raw) = sink.mails().remove(0);
    let mail = read(&raw);
    let paths = [mail.path("o"), mail.path("c"), mail.path("p"), mail.way_out()];
    assert_eq!(ask(public, "GET", &paths[0], "").await, 200);
    assert_eq!(ask(public, "GET", &paths[1], "").await, 302);
    assert_eq!(ask(public, "GET", &paths[2], "").await, 200);
    assert_eq!(ask(public, "POST", &paths[3], "List-Unsubscribe=One-Click").await, 200);
    assert_eq!(ask(public, "GET", "/c/canaryAAAAAAAAAAAAAAAA", "").await, 404);
    let id = String::from_utf8_lossy(&raw).lines().find_map(|line| line.strip_prefix("Message-ID: ").map(str::to_owned)).expect("an id");
    for (number, mail) in came_back(id.trim_matches(['<', '>'])).iter().enumerate() {
        workplace.deliver("sales", &format!("{}.story", number + 2), mail.as_bytes());
    }
    let told = || workplace.show(&["contact", WHO]);
    until("all of it is in the books", || {
        let told = told();
        told["deliveries"][0]["returned"].as_array().is_some_and(|back| back.len() == 2) && told["unsubscribed"].is_string()
    });
    let story = told();
    assert_eq!(story["letters"][0]["events"].as_array().map(Vec::len), Some(3), "{story}");
    assert_eq!(story["suppressed"].as_array().map(Vec::len), Some(3), "{story}");
    let mut said = daemon.said();
    assert!(daemon.stop().0.success());

    // The books go to another machine, with the key file and without it.
    said += &logged(&workplace, &["backup", "monday.tar"]);
    let elsewhere = Workplace::new();
    std::fs::copy(workplace.path("tradepost.toml"), elsewhere.path("tradepost.toml")).expect("a copy");
    said += &logged(&elsewhere, &["restore", &workplace.path("monday.tar").display().to_string()]);
    said += &logged(&elsewhere, &["resume"]);
    elsewhere.deliver("sales", "9.story", inquiry("eva@canary.example", 9).as_bytes());
    said += &logged(&elsewhere, &["run", "--once"]);
    assert_eq!(sink.mails().len(), 1, "without the key nothing goes by itself");
    std::fs::copy(workplace.path("tradepost.key"), elsewhere.path("tradepost.key")).expect("put back");
    said += &logged(&elsewhere, &["run", "--once"]);

    let key = std::fs::read_to_string(workplace.path("tradepost.key")).expect("the key");
    let login = <base64::engine::GeneralPurpose as base64::Engine>::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("\0canary-user\0{PASSWORD}"),
    );
    let tokens = paths.iter().map(|path| path.rsplit('/').next().expect("a token"));
    let canaries = ["canary", "Canary", "Geheim", "203.0.113", WHO, "@bright.example", "flood lights", "Catalogue", "sang", "Tom Hall"];
    for secret in canaries.into_iter().chain(tokens).chain([key.trim(), login.as_str()]) {
        let line = said.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} in the log: {line:?}");
    }
    for part in ["TRACE", "A mail is handed over", "A letter was asked about", "Something came back"] {
        assert!(said.contains(part), "it was a log of everything: {part}");
    }
}
