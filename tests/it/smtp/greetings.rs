//! From nothing to a server that knows our name: greeting, EHLO, STARTTLS, certificates, proxies.

use super::*;
use crate::support::scripted::Identity;
use tempfile::TempDir;
use tradepost::config::{Proxy, ProxyKind};
use tradepost::mailbox::smtp::Cause;

#[tokio::test]
async fn an_old_server_is_greeted_the_old_way_and_offers_nothing() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("220-mail.test welcomes you\r\n220 and has no extensions\r\n").await;
        talk.reply("EHLO office.bright.example", "502 5.5.1 what?").await;
        talk.reply("HELO office.bright.example", "250 mail.test").await;
        talk.take().await;
        talk.stall().await;
    })
    .await;
    let mut submission = Submission::open(&account(server.port)).await.expect("the server welcomes us");
    send(&mut submission, &Letter::to("bob@acme.example")).await.expect("the server takes it");

    // A login needs EHLO, and so does protection.
    let server = Scripted::play(|mut talk| async move {
        talk.say("220 mail.test\r\n").await;
        talk.reply("EHLO", "500 what?").await;
        talk.reply("HELO", "250 mail.test").await;
        talk.gone().await;
    })
    .await;
    let opened = Submission::open(&with_login(server.port, &Purse::new([password("secret")]))).await;
    assert!(matches!(opened, Err(SmtpError::NotOffered { what: SmtpError::LOGIN_BY_PASSWORD })), "{opened:?}");
    let mut account = account(server.port);
    account.server.security = Security::StartTls;
    let opened = Submission::open(&account).await;
    assert!(matches!(opened, Err(SmtpError::NotOffered { what: SmtpError::STARTTLS })), "{opened:?}");
}

#[tokio::test]
async fn our_own_name_can_end_no_command() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("220 mail.test\r\n").await;
        assert_eq!(talk.hear("EHLO").await, if talk.number == 1 { "EHLO [127.0.0.1]" } else { "EHLO xn--bro-hoa.bright.example" });
        talk.say("250 mail.test\r\n").await;
        talk.stall().await;
    })
    .await;
    for helo in ["x\r\nMAIL FROM:<a@b>", "büro.bright.example"] {
        let account = SmtpAccount { helo: helo.into(), ..account(server.port) };
        Submission::open(&account).await.expect("the server welcomes us");
    }
}

#[tokio::test]
async fn a_server_that_will_not_have_us_says_so_before_anything_else() {
    for (greeting, cause) in [
        ("421 4.3.2 too busy", Cause::Crowded),
        ("421 4.7.0 Try again later, closing connection", Cause::Crowded),
        ("554 5.7.1 No mail from there", Cause::Policy),
        ("554 too many connections", Cause::Crowded),
    ] {
        let server = Scripted::play(move |mut talk| async move {
            talk.say(&format!("{greeting}\r\n")).await;
            talk.gone().await;
        })
        .await;
        let refused = refusal(Submission::open(&account(server.port)).await);
        assert_eq!((refused.phase, refused.cause), (Phase::Greeting, cause), "{greeting}");
    }
    for (reply, cause) in [("421 closing", Cause::Crowded), ("451 not now", Cause::Crowded), ("550 bad name", Cause::Policy)] {
        let server = Scripted::play(move |mut talk| async move {
            talk.say("220 mail.test\r\n").await;
            talk.reply("EHLO", reply).await;
            talk.gone().await;
        })
        .await;
        let refused = refusal(Submission::open(&account(server.port)).await);
        assert_eq!((refused.phase, refused.cause), (Phase::Ehlo, cause), "{reply}");
    }
}

#[tokio::test]
async fn what_is_no_submission_server_is_told_so() {
    for greeting in ["* OK IMAP ready", "+OK POP3 ready", "SSH-2.0-OpenSSH", "HTTP/1.1 400 Bad Request", "\u{16}\u{3}\u{1}"] {
        let server = Scripted::play(move |mut talk| async move {
            talk.say(&format!("{greeting}\r\n")).await;
            talk.gone().await;
        })
        .await;
        let opened = Submission::open(&account(server.port)).await;
        assert!(matches!(opened, Err(SmtpError::Unreadable { phase: Phase::Greeting })), "{greeting}: {opened:?}");
    }
    let server = Scripted::play(|mut talk| async move {
        talk.say("250 hello\r\n").await;
        talk.gone().await;
    })
    .await;
    let opened = Submission::open(&account(server.port)).await;
    assert!(matches!(opened, Err(SmtpError::Unexpected { phase: Phase::Greeting, .. })), "{opened:?}");
}

#[tokio::test]
async fn silence_and_cuts_have_their_place() {
    let opened = Submission::open(&hasty(1)).await;
    assert!(matches!(opened, Err(SmtpError::Unreachable { .. })), "{opened:?}");
    for is_cut in [false, true] {
        for at in [Phase::Greeting, Phase::Ehlo, Phase::StartTls] {
            let server = Scripted::play(move |mut talk| async move {
                if at > Phase::Greeting {
                    talk.say("220 mail.test\r\n").await;
                }
                if at > Phase::Ehlo {
                    talk.offer("STARTTLS").await;
                    talk.hear("STARTTLS").await;
                } else if at == Phase::Ehlo {
                    talk.hear("EHLO").await;
                }
                if is_cut { talk.cut().await } else { talk.stall().await }
            })
            .await;
            let mut account = hasty(server.port);
            account.server.security = Security::StartTls;
            let opened = Submission::open(&account).await.expect_err("the server left");
            let is_it = if is_cut { matches!(opened, SmtpError::Lost { .. }) } else { matches!(opened, SmtpError::Silent { .. }) };
            assert!(is_it && opened.phase() == Some(at), "{at} {is_cut}: {opened:?}");
        }
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_left() {
    let server = Scripted::play(|talk| async move { talk.stall().await }).await;
    let mut account = account(server.port);
    account.server.security = Security::Tls;
    account.deadlines.tls = HASTY;
    let opened = Submission::open(&account).await;
    assert!(matches!(opened, Err(SmtpError::Silent { phase: Phase::Connect, .. })), "{opened:?}");
}

#[tokio::test]
async fn protection_that_is_missing_or_refused_ends_it_and_nothing_is_said_in_clear() {
    for (offers, reply) in [("PIPELINING|AUTH PLAIN", ""), ("STARTTLS|AUTH PLAIN", "502 not today"), ("STARTTLS|AUTH PLAIN", "454 no key")]
    {
        let server = Scripted::play(move |mut talk| async move {
            talk.greet(offers).await;
            if !reply.is_empty() {
                talk.reply("STARTTLS", reply).await;
            }
            talk.gone().await;
        })
        .await;
        let mut account = with_login(server.port, &Purse::new([password("secret")]));
        account.server.security = Security::StartTls;
        let opened = Submission::open(&account).await.expect_err("there is no protection");
        match reply {
            "454 no key" => assert!(matches!(&opened, SmtpError::Refused(refusal) if refusal.phase == Phase::StartTls), "{opened:?}"),
            _ => assert!(matches!(opened, SmtpError::NotOffered { what: SmtpError::STARTTLS }), "{opened:?}"),
        }
        assert!(server.heard().iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"), "{:?}", server.heard());
    }
}

#[tokio::test]
async fn what_is_said_before_starttls_counts_for_nothing_after_it() {
    let folder = TempDir::new().expect("a folder");
    let identity = Arc::new(Identity::make(folder.path(), "IP:127.0.0.1"));
    let server = Scripted::play(move |mut talk| {
        let identity = Arc::clone(&identity);
        async move {
            talk.greet("STARTTLS|AUTH PLAIN|DSN|SIZE 1").await;
            talk.hear("STARTTLS").await;
            // Someone in between adds answers to the commands to come.
            talk.say("220 go ahead\r\n250-forged\r\n250-AUTH PLAIN\r\n250 CHUNKING\r\n235 welcome\r\n").await;
            let mut talk = talk.protect(&identity).await.expect("the client trusts us");
            talk.offer("AUTH PLAIN|SIZE 1000").await;
            talk.reply("AUTH PLAIN ", "235 welcome").await;
            talk.take().await;
            talk.stall().await;
        }
    })
    .await;
    let mut account = with_login(server.port, &Purse::new([password("secret")]));
    account.server.security = Security::StartTls;
    account.server.ca_file = Some(folder.path().join("ca.pem"));
    let mut submission = Submission::open(&account).await.expect("the server welcomes us");
    assert_eq!(submission.offers().size_max, Some(1_000));
    assert!(!submission.offers().chunking && !submission.offers().dsn && !submission.offers().start_tls);
    send(&mut submission, &Letter::to("bob@acme.example")).await.expect("the server takes it");
}

#[tokio::test]
async fn a_certificate_is_always_checked() {
    let folder = TempDir::new().expect("a folder");
    for (certificate_for, host, knows_ca, is_trusted) in [
        ("DNS:localhost", "localhost", true, true),
        ("DNS:localhost", "localhost", false, false),
        ("DNS:mail.example", "localhost", true, false),
    ] {
        let identity = Arc::new(Identity::make(folder.path(), certificate_for));
        let server = Scripted::play(move |talk| {
            let identity = Arc::clone(&identity);
            async move {
                if let Some(mut talk) = talk.protect(&identity).await {
                    talk.greet("").await;
                    talk.stall().await;
                }
            }
        })
        .await;
        let mut account = account(server.port);
        account.server.security = Security::Tls;
        account.server.host = host.into();
        account.server.ca_file = knows_ca.then(|| folder.path().join("ca.pem"));
        match Submission::open(&account).await {
            Ok(_) => assert!(is_trusted, "{certificate_for}"),
            Err(SmtpError::Untrusted { .. }) => assert!(!is_trusted, "{certificate_for}"),
            Err(other) => panic!("{certificate_for}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_behind_a_proxy_is_reached_by_its_name() {
    let server = play("", |mut talk| async move {
        talk.take().await;
        talk.stall().await;
    })
    .await;
    let port = server.port;
    let proxy = Scripted::play(move |mut talk| async move {
        talk.expect_line("CONNECT smtp.only-the-proxy-knows.example:465 HTTP/1.1").await;
        while talk.line().await.is_some_and(|line| !line.is_empty()) {}
        talk.say("HTTP/1.1 200 Connection established\r\n\r\n").await;
        talk.join(port).await;
    })
    .await;
    let mut account = account(465);
    account.server.host = "smtp.only-the-proxy-knows.example".into();
    account.server.proxy = Some(Proxy { kind: ProxyKind::Http, host: "127.0.0.1".into(), port: proxy.port, user: None, password: None });
    let mut submission = Submission::open(&account).await.expect("the proxy connects us");
    send(&mut submission, &Letter::to("bob@acme.example")).await.expect("the server takes it");
}
