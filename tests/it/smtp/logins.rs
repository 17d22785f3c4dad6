//! AUTH, and how it is refused.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tradepost::mailbox::smtp::Cause;

/// Opens at a server that offers these mechanisms, hears this line, and gives this answer to it.
async fn refusing(offers: &'static str, line: &'static str, answer: &'static str) -> (Scripted, Arc<Purse>, SmtpError) {
    let server = play(offers, move |mut talk| async move {
        talk.reply(line, answer).await;
        talk.stall().await;
    })
    .await;
    let purse = Purse::new([password("hunter2")]);
    let opened = Submission::open(&with_login(server.port, &purse)).await;
    (server, purse, opened.expect_err("the login is refused"))
}

#[tokio::test]
async fn a_password_goes_by_plain_in_one_step() {
    let server = play("AUTH LOGIN PLAIN", |mut talk| async move {
        let secret = STANDARD.encode("\0sales\0pässwörd 密码");
        assert_eq!(talk.hear("AUTH").await, format!("AUTH PLAIN {secret}"));
        talk.say("235 2.7.0 welcome\r\n").await;
        talk.take().await;
        talk.stall().await;
    })
    .await;
    let mut submission = Submission::open(&with_login(server.port, &Purse::new([password("pässwörd 密码")]))).await.expect("it is right");
    send(&mut submission, &Letter::to("bob@acme.example")).await.expect("the server takes it");
}

#[tokio::test]
async fn a_server_that_knows_only_login_gets_user_and_password_one_after_the_other() {
    for offers in ["AUTH=LOGIN", "AUTH LOGIN CRAM-MD5"] {
        let server = play(offers, |mut talk| async move {
            assert_eq!(talk.hear("AUTH").await, "AUTH LOGIN");
            // In the words of a server that speaks another language.
            talk.say(&format!("334 {}\r\n", STANDARD.encode("用户名"))).await;
            talk.expect_line(&STANDARD.encode("sales")).await;
            talk.say("334 \r\n").await;
            talk.expect_line(&STANDARD.encode("secret")).await;
            talk.say("235 welcome\r\n").await;
            talk.stall().await;
        })
        .await;
        Submission::open(&with_login(server.port, &Purse::new([password("secret")]))).await.expect("it is right");
    }
}

#[tokio::test]
async fn a_server_that_does_not_know_plain_after_all_gets_login() {
    for (answer, more) in [("504 5.5.4 Unrecognized authentication type", None), ("334 ", Some("501 5.7.0 cancelled"))] {
        let server = play("AUTH PLAIN LOGIN", move |mut talk| async move {
            talk.reply("AUTH PLAIN ", answer).await;
            if let Some(more) = more {
                // It does not know an initial response. An `*` ends that (RFC 4954 §4).
                talk.expect_line("*").await;
                talk.say(&format!("{more}\r\n")).await;
                return talk.gone().await;
            }
            talk.reply("AUTH LOGIN", "334 VXNlcm5hbWU6").await;
            talk.reply(&STANDARD.encode("sales"), "334 UGFzc3dvcmQ6").await;
            talk.reply(&STANDARD.encode("secret"), "235 welcome").await;
            talk.stall().await;
        })
        .await;
        let opened = Submission::open(&with_login(server.port, &Purse::new([password("secret")]))).await;
        match more {
            None => drop(opened.expect("it is right")),
            Some(_) => assert!(matches!(opened, Err(SmtpError::LoginRefused { .. })), "{opened:?}"),
        }
    }
}

#[tokio::test]
async fn a_refused_password_is_not_tried_again_and_not_repeated_to_anybody() {
    let plain = STANDARD.encode("\0sales\0hunter2");
    let echo = format!("535-5.7.8 AUTH PLAIN {plain} of sales:hunter2\r\n535 5.7.8 or {} is wrong", STANDARD.encode("hunter2"));
    let server = play("AUTH PLAIN LOGIN", move |mut talk| {
        let echo = echo.clone();
        async move {
            talk.reply("AUTH PLAIN ", &echo).await;
            talk.gone().await;
        }
    })
    .await;
    let purse = Purse::new([password("hunter2")]);
    let refused = Submission::open(&with_login(server.port, &purse)).await.expect_err("it is wrong");
    let SmtpError::LoginRefused { reply, shown } = &refused else { panic!("{refused:?}") };
    assert_eq!(reply.to_string(), "535 5.7.8 AUTH PLAIN (secret) of sales:(secret) or (secret) is wrong");
    assert_eq!(*shown, password("hunter2").mark());
    let printed = format!("{refused:?} {refused}");
    assert!(!printed.contains("hunter2") && !printed.contains(&plain), "{printed}");
    assert_eq!((purse.asked(), server.heard().len()), (vec![false], 2));
}

#[tokio::test]
async fn a_refused_login_is_told_from_a_crowded_server() {
    for (answer, is_refusal) in [
        ("535 5.7.8 Error: authentication failed: temporary failure", true),
        ("535-5.7.8 Username and Password not accepted. For more information, go to\r\n535 5.7.8 https://support.google.com", true),
        ("534-5.7.9 Application-specific password required.\r\n534 5.7.9 x - gsmtp", true),
        ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant", true),
        (
            "535 Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy.",
            true,
        ),
        ("535 Error: authentication failed", true),
        ("550 User has no permission", true),
        ("432 4.7.12 A password transition is needed", true),
        ("454 4.7.0 Temporary authentication failure", false),
        ("454 4.7.0 Too many login attempts, please try again later", false),
        ("421 4.7.0 closing", false),
        ("451 Requested mail action not taken: too much fail authentication", false),
        ("535 Error: authentication failed, system busy", false),
        ("535 登录过于频繁", false),
    ] {
        let (server, purse, error) = refusing("AUTH PLAIN", "AUTH PLAIN ", answer).await;
        match &error {
            SmtpError::LoginRefused { .. } => assert!(is_refusal, "{answer}"),
            SmtpError::Refused(refusal) => assert!(!is_refusal && refusal.cause == Cause::Crowded, "{answer}: {refusal:?}"),
            other => panic!("{answer}: {other:?}"),
        }
        assert_eq!(error.phase(), Some(Phase::Auth));
        assert!(error.reply().is_some() && purse.asked() == [false] && server.heard().len() == 2, "{answer}");
    }
}

#[tokio::test]
async fn silence_and_cuts_during_a_login_are_no_refusal() {
    for is_cut in [false, true] {
        let server = play("AUTH PLAIN", move |mut talk| async move {
            talk.hear("AUTH PLAIN ").await;
            if is_cut { talk.cut().await } else { talk.stall().await }
        })
        .await;
        let account = SmtpAccount { deadlines: deadlines(HASTY), ..with_login(server.port, &Purse::new([password("secret")])) };
        let opened = Submission::open(&account).await;
        match opened {
            Err(SmtpError::Lost { phase: Phase::Auth }) => assert!(is_cut),
            Err(SmtpError::Silent { phase: Phase::Auth, .. }) => assert!(!is_cut),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_never_has_enough_of_a_login_is_left() {
    let server = play("AUTH PLAIN", |mut talk| async move {
        while talk.line().await.is_some() {
            talk.say("334 bW9yZQ==\r\n").await;
        }
    })
    .await;
    let opened = Submission::open(&with_login(server.port, &Purse::new([password("secret")]))).await;
    assert!(matches!(opened, Err(SmtpError::Unreadable { phase: Phase::Auth })), "{opened:?}");
    assert!(server.heard().len() < 10);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_tried_again() {
    let server = play("AUTH XOAUTH2 PLAIN", |mut talk| async move {
        let (word, number) = if talk.number == 1 { ("stale", 1) } else { ("fresh", 2) };
        let said = STANDARD.encode(format!("user=sales@bright.example\u{1}auth=Bearer {word}\u{1}\u{1}"));
        assert_eq!(talk.hear("AUTH").await, format!("AUTH XOAUTH2 {said}"));
        if number == 2 {
            talk.say("235 2.7.0 Accepted\r\n").await;
            return talk.stall().await;
        }
        // In the way of Google and Microsoft: with a challenge that must be answered first.
        talk.say(&format!("334 {}\r\n", STANDARD.encode(r#"{"status":"401"}"#))).await;
        talk.expect_line("").await;
        talk.say("535-5.7.8 Username and Password not accepted.\r\n535 5.7.8 x - gsmtp\r\n").await;
        talk.gone().await;
    })
    .await;
    let purse = Purse::new([token("stale"), token("fresh")]);
    Submission::open(&with_login(server.port, &purse)).await.expect("the fresh token is good");
    assert_eq!(purse.asked(), [false, true]);
}

#[tokio::test]
async fn a_token_refused_twice_or_not_renewed_is_a_refused_login() {
    for (tokens, logins) in [(vec![token("stale"), token("just-as-stale")], 2), (vec![token("stale")], 1)] {
        let server = play("AUTH OAUTHBEARER XOAUTH2", |mut talk| async move {
            let line = talk.hear("AUTH OAUTHBEARER ").await;
            let said = STANDARD.decode(line.trim_start_matches("AUTH OAUTHBEARER ")).expect("it is base64");
            assert!(said.starts_with(b"n,a=sales@bright.example,\x01auth=Bearer "), "{said:?}");
            talk.say("334 eyJzdGF0dXMiOiI0MDEifQ==\r\n").await;
            talk.expect_line("AQ==").await;
            talk.say("535 5.7.8 invalid token\r\n").await;
            talk.gone().await;
        })
        .await;
        let purse = Purse::new(tokens);
        let opened = Submission::open(&with_login(server.port, &purse)).await;
        assert!(matches!(opened, Err(SmtpError::LoginRefused { .. })), "{opened:?}");
        assert_eq!(purse.asked(), [false, true]);
        assert_eq!(server.heard().iter().filter(|line| line.starts_with("AUTH")).count(), logins);
    }
}

#[tokio::test]
async fn a_token_longer_than_a_line_goes_after_the_command() {
    let long = "x".repeat(2_000);
    let server = play("AUTH XOAUTH2", |mut talk| async move {
        assert_eq!(talk.hear("AUTH").await, "AUTH XOAUTH2");
        talk.say("334 \r\n").await;
        let said = talk.hear("").await;
        assert!(STANDARD.decode(said).expect("it is base64").ends_with(b"xxx\x01\x01"));
        talk.say("235 Accepted\r\n").await;
        talk.stall().await;
    })
    .await;
    Submission::open(&with_login(server.port, &Purse::new([token(&long)]))).await.expect("the token is good");
}

#[tokio::test]
async fn a_login_needs_a_mechanism_and_is_not_tried_without() {
    for (offers, credential, missing) in [
        ("AUTH XOAUTH2 CRAM-MD5", password("secret"), SmtpError::LOGIN_BY_PASSWORD),
        ("SIZE", password("secret"), SmtpError::LOGIN_BY_PASSWORD),
        ("AUTH PLAIN LOGIN", token("good"), SmtpError::LOGIN_BY_TOKEN),
    ] {
        let server = play(offers, |mut talk| async move { talk.gone().await }).await;
        let opened = Submission::open(&with_login(server.port, &Purse::new([credential]))).await;
        assert!(matches!(opened, Err(SmtpError::NotOffered { what }) if what == missing), "{offers}: {opened:?}");
    }
    let server = play("AUTH PLAIN", |mut talk| async move { talk.gone().await }).await;
    let opened = Submission::open(&with_login(server.port, &Purse::new([password("a\0b")]))).await;
    assert!(matches!(opened, Err(SmtpError::Credential(_))), "{opened:?}");
}

#[tokio::test]
async fn no_secret_shows_when_a_connection_is_printed() {
    let server = play("AUTH PLAIN", |mut talk| async move {
        talk.reply("AUTH PLAIN ", "235 hello hunter2\r\n250 quite private").await;
        talk.stall().await;
    })
    .await;
    let account = with_login(server.port, &Purse::new([password("hunter2")]));
    let submission = Submission::open(&account).await.expect("it is right");
    let printed = format!("{submission:?}");
    assert!(!printed.contains("hunter2") && !printed.contains("private"), "{printed}");
}
