//! What leaves is signed, and a key that cannot be used lets nothing begin.

use crate::support::daemon::Workplace;
use crate::support::desk::Desk;
use crate::support::engines::for_each_engine;
use crate::support::sink::{Fate, Sink};
use crate::support::verifier::{look, new_key};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tradepost::act::Signer;

const INQUIRY: &str = "Return-Path: <tom@hall-lighting.example>
From: Tom Hall <tom@hall-lighting.example>
To: sales@bright.example
Subject: Price for flood lights 50W
Date: Mon, 16 Nov 2026 00:40:00 +0000
Message-ID: <tom-1@hall-lighting.example>

Hello, please send us your best price for 1,000 pcs LED flood lights 50W FOB Ningbo. We look forward to your quotation. Tom Hall
";

fn write_key(file: &Path, pem: &str, mode: u32) {
    fs::write(file, pem).expect("a folder of the story");
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("ours");
}

#[tokio::test]
async fn an_answer_leaves_with_a_signature_and_goes_again_with_the_same() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, transaction| match transaction {
            0 => Fate::RefusedAtRcpt("451 4.3.0 try again later".into()),
            _ => Fate::Taken,
        });
        let (home, pem) = (tempfile::tempdir().expect("a folder"), new_key("RSA:2048"));
        let key = home.path().join("dkim.pem");
        write_key(&key, &pem, 0o600);
        let sending = format!(
            "[policies.intents]\ninquiry = \"answer\"\n\n[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n\
             [sending.dkim]\ndomain = \"bright.example\"\nselector = \"tp\"\nkey = \"{}\"\n\n[storage]",
            sink.port,
            key.display()
        );
        let desk = Desk::open_with(&books, &[("mode = \"draft\"", "mode = \"full\""), ("[storage]", &sending)]).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        assert!(sink.mails().is_empty(), "later");
        let signed_at = desk.office.now();
        desk.office.clock.forward(3_600_000);
        desk.settle().await;
        let mail = sink.mails().remove(0).1;
        let record = Signer::new("bright.example", "tp", &pem).expect("a sound key").record();
        let keys = [("tp._domainkey.bright.example".to_owned(), record)];
        let seen = look(std::slice::from_ref(&mail), &keys, desk.office.now()).remove(0);
        assert!(seen.signed && seen.defects.is_empty(), "{} {:?}", seen.why, seen.defects);
        // Where the header is folded depends on what else is signed.
        let text = String::from_utf8_lossy(&mail).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.starts_with("DKIM-Signature: ") && text.contains(&format!(" t={};", signed_at.0 / 1000)),
            "signed when it was written"
        );
        desk.office.clock.forward(61_000);
        desk.settle().await;
        assert_eq!(fs::read(&desk.paths("sales/.Sent/cur")[0]).expect("the copy"), mail, "the copy in Sent is the very mail");
    })
    .await;
}

#[test]
fn a_key_that_others_can_read_or_that_is_weak_lets_the_daemon_not_start() {
    let sending = "[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = 9\n[sending.dkim]\ndomain = \"bright.example\"\n\
                   selector = \"tp\"\nkey = \"dkim.pem\"\n\n[storage]";
    let workplace = Workplace::with(&[("[storage]", sending)]);
    let key = workplace.path("dkim.pem");
    let said = |pem: &str, mode: u32| {
        write_key(&key, pem, mode);
        let (started, checked) = (workplace.ask(&["run", "--once"]), workplace.ask(&["check"]));
        assert_eq!((started.code, checked.code), (Some(1), Some(1)), "{started:?} {checked:?}");
        (started.err, checked.out)
    };
    let (sound, weak) = (new_key("ed25519"), new_key("RSA:1024"));
    for (pem, mode, words) in [(&sound, 0o644, "can read the key file"), (&weak, 0o600, "fewer than 2048 bits")] {
        let (started, checked) = said(pem, mode);
        assert!(started.contains(words) && started.contains("sales") && checked.contains(words), "{started}\n{checked}");
        let secret = pem.lines().nth(1).expect("a line of the key");
        assert!(!started.contains(secret) && !checked.contains(secret));
    }
    let chinese = workplace.ask_in_chinese(&["run", "--once"]).err;
    assert!(chinese.contains("不足 2048 位") && chinese.contains("处理办法"), "{chinese}");
    write_key(&key, &sound, 0o600);
    workplace.pass();
    let checked = workplace.ask(&["check"]);
    assert!(checked.out.contains("It signs for bright.example"), "{checked:?}");
}

#[test]
fn the_outbox_tells_how_each_mailbox_stands() {
    let sending = "[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = 9\nbudget = { per_day = 40 }\n\n[storage]";
    let workplace = Workplace::with(&[("[storage]", sending)]);
    workplace.make_maildir("sales/.Sent");
    let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let mail = format!(
        "From: Li Wei <sales@bright.example>\r\nTo: a@x.example, b@x.example\r\nCc: c@y.example\r\nSubject: Samples\r\nDate: {date}\r\n\
         Message-ID: <by-hand@bright.example>\r\n\r\nHere they are.\r\n"
    );
    workplace.deliver("sales/.Sent", "1.story", mail.as_bytes());
    workplace.pass();
    let told = workplace.ask(&["outbox"]);
    let line = "sales: 3 of 40 recipients in the last 24 hours (people 3, answers 0, sequences 0). 20 are kept for people.";
    assert!(told.out.contains(line) && told.out.contains("is new at sending (day 1)"), "{told:?}");
    let chinese = workplace.ask_in_chinese(&["outbox"]).out;
    assert!(chinese.contains("sales：最近 24 小时已发 3 位收件人，上限 40"), "{chinese}");
    let json: serde_json::Value = serde_json::from_str(&workplace.ask(&["outbox", "--json"]).out).expect("JSON");
    let budget = &json["budgets"][0];
    assert_eq!((&budget["day"]["people"], &budget["per_day"], &budget["reserve"]), (&3.into(), &40.into(), &20.into()), "{json}");
    assert_eq!((&budget["ramp"]["per_day"], &budget["over"]), (&20.into(), &false.into()), "{json}");
}
