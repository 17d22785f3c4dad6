//! From the greeting to the first command.

use super::{Purse, mailbox, noop, password, token};
use crate::support::scripted::{Scripted, Talk};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;
use tradepost::config::{SecretText, Security};
use tradepost::mailbox::imap::{Connection, ImapError};
use tradepost::mailbox::{Credential, Credentials};

async fn open(server: &Scripted, credentials: &Arc<Purse>) -> Result<Connection, ImapError> {
    let mut mailbox = mailbox(server.port);
    mailbox.credentials = Arc::clone(credentials) as Arc<dyn Credentials>;
    Connection::open(&mailbox).await
}

/// A server that greets with these capabilities and answers the login as it is told.
async fn refusing(capabilities: &'static str, command: &'static str, answer: &'static str) -> (Scripted, Result<Connection, ImapError>) {
    let server = Scripted::play(move |mut talk| async move {
        talk.say(&format!("* OK [CAPABILITY {capabilities}] hello\r\n")).await;
        let tag = talk.expect(command).await;
        talk.say(&answer.replace("TAG", &tag)).await;
        talk.stall().await;
    })
    .await;
    let opened = open(&server, &Purse::new([password("secret")])).await;
    (server, opened)
}

#[tokio::test]
async fn id_is_said_after_the_login_and_before_any_select() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("* OK Coremail System IMap Server Ready(163com)\r\n").await;
        talk.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 ID\r\n").await;
        talk.answer("LOGIN \"sales\" \"secret\"", "").await;
        talk.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 ID CONDSTORE ENABLE\r\n").await;
        let tag = talk.expect("ID (\"name\" \"Tradepost\"").await;
        talk.say(&format!("* ID (\"Name\" \"Coremail\" \"empty\" NIL)\r\n{tag} OK\r\n")).await;
        let tag = talk.expect("ENABLE CONDSTORE").await;
        talk.say(&format!("{tag} BAD unknown\r\n")).await;
        talk.answer("SELECT", "* 0 EXISTS\r\n").await;
    })
    .await;
    let mut connection = open(&server, &Purse::new([password("secret")])).await.expect("the server welcomes us");
    assert_eq!(connection.greeting(), "Coremail System IMap Server Ready(163com)");
    assert_eq!(connection.server_id().iter().collect::<Vec<_>>(), [(&"name".to_owned(), &"Coremail".to_owned())]);
    assert!(connection.offers("condstore") && !connection.offers("QRESYNC") && !connection.has_qresync());
    connection.select("INBOX").await.expect("ID was said");
}

#[tokio::test]
async fn a_refused_id_does_not_matter() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("* OK [CAPABILITY IMAP4rev2 ID] hello\r\n").await;
        let tag = talk.expect("LOGIN").await;
        talk.say(&format!("{tag} OK [CAPABILITY IMAP4rev2 ID] in\r\n")).await;
        let tag = talk.expect("ID").await;
        talk.say(&format!("{tag} NO who cares\r\n")).await;
        talk.answer("NOOP", "").await;
    })
    .await;
    let mut connection = open(&server, &Purse::new([password("secret")])).await.expect("the server welcomes us");
    noop(&mut connection, |_| Ok(())).await.expect("the connection is sound");
}

#[tokio::test]
async fn a_password_beyond_ascii_goes_by_plain_in_one_step_where_it_can() {
    let expected = STANDARD.encode("\0sales\0pässwörd 密码");
    let server = Scripted::play(move |mut talk| {
        let expected = expected.clone();
        async move {
            let capabilities =
                if talk.number == 1 { "IMAP4rev1 AUTH=PLAIN SASL-IR LOGINDISABLED" } else { "IMAP4rev1 AUTH=PLAIN LOGINDISABLED" };
            talk.say(&format!("* OK [CAPABILITY {capabilities}] hello\r\n")).await;
            let tag = if talk.number == 1 {
                talk.expect(&format!("AUTHENTICATE PLAIN {expected}")).await
            } else {
                let tag = talk.expect("AUTHENTICATE PLAIN").await;
                talk.say("+ \r\n").await;
                talk.expect_line(&expected).await;
                tag
            };
            talk.say(&format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n")).await;
            talk.stall().await;
        }
    })
    .await;
    let credentials = Purse::new([password("pässwörd 密码")]);
    open(&server, &credentials).await.expect("the server welcomes us");
    open(&server, &credentials).await.expect("the server welcomes us");
}

#[tokio::test]
async fn a_server_that_does_not_know_plain_after_all_gets_login() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n").await;
        let tag = talk.expect("AUTHENTICATE PLAIN").await;
        talk.say(&format!("{tag} BAD unknown\r\n")).await;
        let tag = talk.expect(r#"LOGIN "sales" "q\"x\\y""#).await;
        talk.say(&format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n")).await;
        talk.stall().await;
    })
    .await;
    open(&server, &Purse::new([password(r#"q"x\y"#)])).await.expect("the server welcomes us");
}

#[tokio::test]
async fn a_password_is_not_shown_to_a_server_that_forbids_it() {
    let (server, opened) = {
        let server = Scripted::play(|mut talk| async move {
            talk.say("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED STARTTLS] hello\r\n").await;
            talk.stall().await;
        })
        .await;
        let opened = open(&server, &Purse::new([password("secret")])).await;
        (server, opened)
    };
    assert!(matches!(opened, Err(ImapError::NotOffered { .. })), "{opened:?}");
    assert!(server.heard().is_empty(), "{:?}", server.heard());
}

#[tokio::test]
async fn a_refused_login_is_told_from_a_crowded_server() {
    for (answer, is_refusal) in [
        ("TAG NO [AUTHENTICATIONFAILED] Too many failures\r\n", true),
        ("TAG NO [AUTHORIZATIONFAILED] no\r\n", true),
        ("TAG NO LOGIN Login error or password error\r\n", true),
        ("TAG NO [ALERT] Invalid credentials (Failure)\r\n", true),
        ("TAG NO [CONTACTADMIN] locked\r\n", true),
        ("TAG NO Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited\r\n", true),
        ("TAG NO [LIMIT] Maximum number of connections\r\n", false),
        ("TAG NO [INUSE] no\r\n", false),
        ("TAG NO [UNAVAILABLE] Temporary authentication failure\r\n", false),
        ("TAG NO [ALERT] Too many simultaneous connections. (Failure)\r\n", false),
        ("TAG NO 登录过于频繁\r\n", false),
        ("* BYE [UNAVAILABLE] later\r\n", false),
        ("* BYE Too many login failures, try again later\r\n", false),
        ("* BYE Authentication failed\r\n", true),
        ("* BYE [ALERT] disabled\r\n", true),
        ("TAG BAD login or password error\r\n", true),
        ("TAG BAD [CLIENTBUG] no\r\n", true),
    ] {
        let (_server, opened) = refusing("IMAP4rev1", "LOGIN", answer).await;
        match opened {
            Err(ImapError::LoginRefused { .. }) => assert!(is_refusal, "{answer}"),
            Err(ImapError::Crowded { .. }) => assert!(!is_refusal, "{answer}"),
            other => panic!("{answer}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_goes_away_during_the_login_has_not_refused_it() {
    for answer in ["* BYE Server shutting down.\r\n", "* BYE Disconnected: Timeout\r\n", "TAG BAD Internal error\r\n"] {
        let (_server, opened) = refusing("IMAP4rev1", "LOGIN", answer).await;
        assert!(matches!(opened, Err(ImapError::Bye { .. } | ImapError::Bad { .. })), "{answer}: {opened:?}");
    }
}

#[tokio::test]
async fn a_refusal_says_which_credential_was_refused() {
    let (_server, opened) = refusing("IMAP4rev1", "LOGIN", "TAG NO no\r\n").await;
    let Err(ImapError::LoginRefused { shown, .. }) = opened else { panic!("{opened:?}") };
    assert_eq!(shown, password("secret").mark());
    let others =
        [password("secre"), token("secret"), Credential::Password { user: "sale".into(), password: SecretText::new("ssecret".into()) }];
    assert!(others.iter().all(|other| other.mark() != shown));
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_yet_is_not_shown_again() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] hello\r\n").await;
        refuse_token(talk, "AUTHENTICATE XOAUTH2 ", "").await;
    })
    .await;
    let credentials = Purse::new([token("new")]);
    let opened = open(&server, &credentials).await;
    assert!(matches!(opened, Err(ImapError::LoginRefused { .. })), "{opened:?}");
    assert_eq!(credentials.asked(), [false, true]);
    assert_eq!(server.heard().iter().filter(|line| line.starts_with("AUTHENTICATE")).count(), 1);
}

#[tokio::test]
async fn a_server_without_room_says_so_in_its_greeting() {
    let server = Scripted::play(|mut talk| async move { talk.say("* BYE Too many connections from your host\r\n").await }).await;
    let opened = open(&server, &Purse::new([password("secret")])).await;
    assert!(matches!(opened, Err(ImapError::Crowded { .. })), "{opened:?}");
    let server = Scripted::play(|mut talk| async move { talk.say("* BYE moved\r\n").await }).await;
    let opened = open(&server, &Purse::new([password("secret")])).await;
    assert!(matches!(&opened, Err(ImapError::Bye { text }) if text == "moved"), "{opened:?}");
}

#[tokio::test]
async fn what_is_no_mail_server_is_unreadable() {
    for greeting in ["HTTP/1.1 400 Bad Request\r\n", "220 smtp ready\r\n", "* NO\r\n", "+OK POP3 ready\r\n"] {
        let server = Scripted::play(move |mut talk| async move {
            talk.say(greeting).await;
            talk.stall().await;
        })
        .await;
        let opened = open(&server, &Purse::new([password("secret")])).await;
        assert!(matches!(opened, Err(ImapError::Unreadable { command: "GREETING" })), "{greeting}: {opened:?}");
        assert!(server.heard().is_empty());
    }
}

#[tokio::test]
async fn who_is_known_already_does_not_log_in() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n").await;
        talk.answer("NOOP", "").await;
    })
    .await;
    let mut connection = open(&server, &Purse::new([password("secret")])).await.expect("the server knows us");
    noop(&mut connection, |_| Ok(())).await.expect("it is sound");
}

/// Refuses each token in the way of Google and Microsoft: with a challenge that must be answered first.
async fn refuse_token(mut talk: Talk, mechanism: &str, answer: &str) {
    let tag = talk.expect(mechanism).await;
    talk.say(&format!("+ {}\r\n", STANDARD.encode(r#"{"status":"401"}"#))).await;
    talk.expect_line(answer).await;
    talk.say(&format!("{tag} NO AUTHENTICATE failed.\r\n")).await;
    talk.stall().await;
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_tried_again() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] hello\r\n").await;
        if talk.number == 1 {
            return refuse_token(talk, "AUTHENTICATE XOAUTH2 ", "").await;
        }
        let fresh = STANDARD.encode("user=sales@bright.example\u{1}auth=Bearer fresh\u{1}\u{1}");
        let tag = talk.expect(&format!("AUTHENTICATE XOAUTH2 {fresh}")).await;
        talk.say(&format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n")).await;
        talk.stall().await;
    })
    .await;
    let credentials = Purse::new([token("stale"), token("fresh")]);
    open(&server, &credentials).await.expect("the fresh token is good");
    assert_eq!(credentials.asked(), [false, true]);
}

#[tokio::test]
async fn a_token_refused_twice_is_a_refused_login() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER AUTH=XOAUTH2] hello\r\n").await;
        let tag = talk.expect("AUTHENTICATE OAUTHBEARER").await;
        talk.say("+\r\n").await;
        let said = talk.line().await.expect("the client answers");
        let said = STANDARD.decode(said).expect("it is base64");
        assert!(said.starts_with(b"n,a=sales@bright.example,\x01auth=Bearer "), "{said:?}");
        talk.say("+ eyJzdGF0dXMiOiI0MDEifQ==\r\n").await;
        talk.expect_line("AQ==").await;
        talk.say(&format!("{tag} NO [AUTHENTICATIONFAILED] invalid token\r\n")).await;
        talk.stall().await;
    })
    .await;
    let credentials = Purse::new([token("stale"), token("just-as-stale")]);
    let opened = open(&server, &credentials).await;
    assert!(matches!(opened, Err(ImapError::LoginRefused { times: 2, .. })), "{opened:?}");
    assert_eq!(credentials.asked(), [false, true], "it is asked once more and no more");
}

#[tokio::test]
async fn two_tokens_are_refused_on_the_wire_and_no_more_however_many_connections_ask() {
    for (given, shown_at_once) in [(["stale", "just-as-stale"], 2), (["new", "new"], 1)] {
        let server = Scripted::play(|mut talk| async move {
            talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] hello\r\n").await;
            let good = STANDARD.encode("user=sales@bright.example\u{1}auth=Bearer of-a-person\u{1}\u{1}");
            let line = talk.line().await.expect("a login");
            let tag = line.split(' ').next().expect("a tag").to_owned();
            let is_good = line.contains(&good);
            talk.say(&if is_good { format!("{tag} OK [CAPABILITY IMAP4rev1] in\r\n") } else { format!("{tag} NO refused\r\n") }).await;
            talk.stall().await;
        })
        .await;
        let credentials = Purse::new(given.map(token));
        let mut mailbox = mailbox(server.port);
        mailbox.credentials = Arc::clone(&credentials) as Arc<dyn Credentials>;
        let shown = || server.heard().iter().filter(|line| line.starts_with("AUTHENTICATE")).count();
        let opened = Connection::open(&mailbox).await;
        assert!(matches!(opened, Err(ImapError::LoginRefused { times, .. }) if times as usize == shown_at_once), "{opened:?}");
        for _ in 0..3 {
            let opened = Connection::open(&mailbox).await;
            assert!(matches!(opened, Err(ImapError::LoginRefused { times: 2, .. })), "{opened:?}");
        }
        assert_eq!(shown(), 2, "{given:?}");
        credentials.put(token("of-a-person"));
        for _ in 0..2 {
            Connection::open(&mailbox).await.expect("somebody has logged in");
        }
    }
}

#[tokio::test]
async fn a_refused_password_is_not_tried_again() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("* OK [CAPABILITY IMAP4rev1] hello\r\n").await;
        let tag = talk.expect("LOGIN").await;
        talk.say(&format!("{tag} NO LOGIN \"sales\" \"hunter2\" failed\r\n")).await;
        talk.stall().await;
    })
    .await;
    let credentials = Purse::new([password("hunter2")]);
    let opened = open(&server, &credentials).await.expect_err("the password is wrong");
    assert!(matches!(opened, ImapError::LoginRefused { .. }), "{opened:?}");
    assert!(!format!("{opened:?} {opened}").contains("hunter2"), "a server that repeats the password does not spread it");
    assert_eq!((credentials.asked().len(), server.heard().len()), (1, 1));
}

#[tokio::test]
async fn a_token_needs_a_mechanism() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n").await;
        talk.stall().await;
    })
    .await;
    let opened = open(&server, &Purse::new([token("good")])).await;
    assert!(matches!(opened, Err(ImapError::NotOffered { .. })), "{opened:?}");
}

#[tokio::test]
async fn a_login_that_never_ends_is_left_and_nobody_home_is_unreachable() {
    let server = Scripted::play(|mut talk| async move {
        loop {
            talk.say("* OK [CAPABILITY IMAP4rev1] hello\r\n").await;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
    let opened = open(&server, &Purse::new([password("secret")])).await;
    assert!(matches!(opened, Err(ImapError::Silent { .. })), "{opened:?}");
    let gone = mailbox(1);
    let opened = Connection::open(&gone).await;
    assert!(matches!(opened, Err(ImapError::Unreachable { .. })), "{opened:?}");
}

#[tokio::test]
async fn no_secret_shows_when_a_connection_is_printed() {
    let server = Scripted::play(|mut talk| async move {
        talk.welcome("IMAP4rev1").await;
        talk.say("* OK quite private\r\n").await;
        talk.stall().await;
    })
    .await;
    let connection = open(&server, &Purse::new([password("hunter2")])).await.expect("the server welcomes us");
    let printed = format!("{connection:?}");
    assert!(!printed.contains("hunter2") && !printed.contains("private"), "{printed}");
}

#[tokio::test]
async fn a_value_with_a_line_break_is_a_literal_and_no_command() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("* OK [CAPABILITY IMAP4rev1] hello\r\n").await;
        let tag = talk.expect("LOGIN {22}").await;
        talk.say("+ go on\r\n").await;
        assert_eq!(talk.bytes(22).await, b"sales\r\nT9 DELETE INBOX");
        talk.expect_line(r#" "x""#).await;
        talk.say(&format!("{tag} NO who?\r\n")).await;
        talk.stall().await;
    })
    .await;
    let credential = Credential::Password { user: "sales\r\nT9 DELETE INBOX".into(), password: SecretText::new("x".into()) };
    let opened = open(&server, &Purse::new([credential])).await;
    assert!(matches!(opened, Err(ImapError::LoginRefused { .. })), "{opened:?}");
}

#[tokio::test]
async fn starttls_that_is_missing_or_refused_ends_it_and_nothing_is_said_in_clear() {
    for greeting in [
        "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n",
        "* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n",
        "* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n",
    ] {
        let server = Scripted::play(move |mut talk| async move {
            talk.say(greeting).await;
            while let Some(line) = talk.line().await {
                let tag = line.split(' ').next().unwrap_or_default().to_owned();
                talk.say(&format!("{tag} NO not today\r\n")).await;
            }
        })
        .await;
        let mut mailbox = mailbox(server.port);
        mailbox.server.security = Security::StartTls;
        let opened = Connection::open(&mailbox).await;
        assert!(matches!(opened, Err(ImapError::NotOffered { what: "STARTTLS" })), "{greeting}: {opened:?}");
        assert!(server.heard().iter().all(|line| line == "STARTTLS"), "{:?}", server.heard());
    }
}
