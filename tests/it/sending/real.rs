//! Answers on real servers: they come in through Dovecot, leave through Postfix, and lie in Sent once.

use crate::server::office::{at, inquiry, lying};
use crate::support::daemon::{files, until};
use crate::support::mailserver::{PASSWORD, Security, User, server};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The program on the user's mailbox, which logs in to send as it does to read.
fn answering(li: &User<'_>, security: Security) -> crate::support::daemon::Workplace {
    let (port, certificate) = (li.submission(), li.certificate());
    let smtp =
        format!("smtp = {{ host = \"localhost\", port = {port}, security = \"starttls\", ca_file = \"{}\" }}", certificate.display());
    let workplace = at(&format!("{}\n{smtp}\nsend_as = \"{}\"", li.door(security), li.address));
    let config = std::fs::read_to_string(workplace.path("tradepost.toml")).expect("a configuration");
    let config = config.replace("mode = \"draft\"", "mode = \"full\"") + "\n[policies.intents]\ninquiry = \"answer\"\n";
    std::fs::write(workplace.path("tradepost.toml"), config).expect("written");
    workplace.pass();
    workplace
}

/// A customer's mail that is handed in under the address it is from.
fn asked(which: &str) -> String {
    inquiry(which).replace(&format!("buyer@{which}.example"), "buyer@customer.example")
}

/// What came to customers in answer to it.
fn answers(which: &str) -> Vec<String> {
    let world = server().world();
    let all = files(&world.join("new")).into_iter().chain(files(&world.join("cur")));
    let texts = all.filter_map(|path| std::fs::read_to_string(path).ok());
    texts.filter(|text| text.contains(&format!("In-Reply-To: <{which}@customer.example>"))).collect()
}

#[tokio::test]
async fn an_inquiry_is_answered_within_seconds_and_the_answer_lies_in_sent_once() {
    let li = server().user();
    let workplace = answering(&li, Security::Tls);
    let daemon = workplace.start();
    li.receive(asked("answer-1").as_bytes());
    until("the answer comes to the customer", || answers("answer-1").len() == 1);
    let answer = answers("answer-1").remove(0);
    assert!(answer.contains("Auto-Submitted: auto-replied") && answer.contains("In-Reply-To: <answer-1@customer.example>"), "{answer}");
    until("its copy lies in Sent", || lying(&li, "Sent").len() == 1);
    assert!(lying(&li, "Drafts").is_empty(), "no draft waits beside it");
    let id = answer.lines().find(|line| line.starts_with("Message-ID: ")).expect("an id").to_owned();
    assert!(lying(&li, "Sent")[0].contains(&id), "the very mail");
    assert_eq!(daemon.stop().0.code(), Some(0));
    let listed = workplace.ask(&["outbox", "--all", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed.out).expect("one JSON value");
    assert_eq!((&listed["deliveries"][0]["state"], &listed["deliveries"][0]["reply_code"]), (&"sent".into(), &250.into()), "{listed}");
}

#[tokio::test]
async fn a_log_of_everything_holds_no_password_no_address_and_no_word_of_a_mail() {
    let li = server().user();
    let workplace = answering(&li, Security::StartTls);
    li.receive(asked("quiet-canary").as_bytes());
    let mut command = workplace.command(&["run", "--once"]);
    command.env("TRADEPOST_LOG", "trace");
    let output = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    until("the answer leaves", || answers("quiet-canary").len() == 1);
    let plain = BASE64_STANDARD.encode(format!("\0{}\0{PASSWORD}", li.address));
    for canary in ["canary", "Carla", "CIF Hamburg", "LED panel", plain.as_str(), "@mail.test"] {
        assert!(!said.contains(canary), "{canary} in the log");
    }
    assert!(said.contains("A mail is handed over"), "it was a log of everything");
}

#[tokio::test]
async fn a_wrong_password_for_sending_stops_sending_and_is_told_while_reading_goes_on() {
    let li = server().user();
    let workplace = answering(&li, Security::Tls);
    let config = std::fs::read_to_string(workplace.path("tradepost.toml")).expect("a configuration");
    let wrong = format!("user = \"{}\", password = \"not-it\", security = \"starttls\", ca_file", li.address);
    std::fs::write(workplace.path("tradepost.toml"), config.replace("security = \"starttls\", ca_file", &wrong)).expect("written");
    li.receive(asked("refused-1").as_bytes());
    workplace.pass();
    workplace.pass();
    assert_eq!(answers("refused-1").len(), 0);
    let status = workplace.ask(&["status"]);
    assert!(status.code == Some(1) && status.out.contains("The server that sends its mail refuses it"), "{status:?}");
    let outbox = workplace.ask(&["outbox"]).out;
    assert!(outbox.contains("sales sends nothing before") && outbox.contains("1 deferred"), "{outbox}");
    let check = workplace.ask(&["check"]);
    assert!(check.code == Some(1) && check.out.contains("Mail cannot leave through localhost"), "{check:?}");
}
