//! Mailboxes that only a proxy reaches.

use super::{mailbox, noop};
use crate::support::scripted::{Scripted, Talk};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tradepost::config::{Proxy, ProxyKind, Secret, SecretText};
use tradepost::mailbox::imap::{Connection, ImapError, ImapMailbox};

async fn mail_server() -> Scripted {
    Scripted::play(|mut talk| async move {
        talk.welcome("IMAP4rev1").await;
        talk.answer("NOOP", "").await;
    })
    .await
}

/// A mailbox whose name only the proxy can look up.
fn behind(kind: ProxyKind, port: u16, user: Option<&str>) -> ImapMailbox {
    let mut mailbox = mailbox(993);
    mailbox.server.host = "imap.only-the-proxy-knows.example".into();
    let password = user.map(|_| Secret::Value(SecretText::new("pröxy:secret".into())).into());
    mailbox.server.proxy = Some(Proxy { kind, host: "127.0.0.1".into(), port, user: user.map(str::to_owned), password });
    mailbox
}

/// A SOCKS5 proxy (RFC 1928): checks the login where it wants one, and the name that is asked for.
async fn socks5(mut talk: Talk, wants_login: bool, answer: u8, port: u16) {
    let [_, methods] = talk.bytes(2).await[..] else { panic!("two bytes were read") };
    let methods = talk.bytes(usize::from(methods)).await;
    let method = if wants_login { 2 } else { 0 };
    assert!(methods.contains(&method), "{methods:?}");
    talk.say_bytes(&[5, method]).await;
    if wants_login {
        assert_eq!(talk.bytes(2 + 4 + 1 + 13).await, [&b"\x01\x04anna\x0d"[..], "pröxy:secret".as_bytes()].concat());
        talk.say_bytes(&[1, 0]).await;
    }
    let name = b"imap.only-the-proxy-knows.example";
    let asked = talk.bytes(5 + name.len() + 2).await;
    assert_eq!(asked, [&[5, 1, 0, 3, 33][..], name, &993_u16.to_be_bytes()].concat());
    talk.say_bytes(&[5, answer, 0, 1, 127, 0, 0, 1, 0, 0]).await;
    if answer == 0 {
        talk.join(port).await;
    }
}

#[tokio::test]
async fn socks5_looks_the_name_up_with_and_without_login() {
    for user in [None, Some("anna")] {
        let server = mail_server().await;
        let port = server.port;
        let proxy = Scripted::play(move |talk| socks5(talk, user.is_some(), 0, port)).await;
        let opened = Connection::open(&behind(ProxyKind::Socks5, proxy.port, user)).await;
        noop(&mut opened.expect("the proxy connects us"), |_| Ok(())).await.expect("the server answers");
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_and_so_is_why() {
    let proxy = Scripted::play(|talk| socks5(talk, false, 2, 0)).await;
    let opened = Connection::open(&behind(ProxyKind::Socks5, proxy.port, None)).await;
    assert!(matches!(&opened, Err(ImapError::Unreachable { why, .. }) if why.contains("proxy") && why.contains("ruleset")), "{opened:?}");

    let proxy = Scripted::play(|mut talk| async move {
        while talk.line().await.is_some_and(|line| !line.is_empty()) {}
        talk.say("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    })
    .await;
    let opened = Connection::open(&behind(ProxyKind::Http, proxy.port, None)).await;
    assert!(matches!(&opened, Err(ImapError::Unreachable { why, .. }) if why.contains("407")), "{opened:?}");
}

#[tokio::test]
async fn http_connects_with_and_without_login() {
    for user in [None, Some("anna")] {
        let server = mail_server().await;
        let port = server.port;
        let proxy = Scripted::play(move |mut talk| async move {
            talk.expect_line("CONNECT imap.only-the-proxy-knows.example:993 HTTP/1.1").await;
            talk.expect_line("Host: imap.only-the-proxy-knows.example:993").await;
            if user.is_some() {
                talk.expect_line(&format!("Proxy-Authorization: Basic {}", STANDARD.encode("anna:pröxy:secret"))).await;
            }
            talk.expect_line("").await;
            talk.say("HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n").await;
            talk.join(port).await;
        })
        .await;
        let opened = Connection::open(&behind(ProxyKind::Http, proxy.port, user)).await;
        noop(&mut opened.expect("the proxy connects us"), |_| Ok(())).await.expect("the server answers");
    }
}

#[tokio::test]
async fn a_proxy_that_floods_or_falls_silent_is_left() {
    let proxy =
        Scripted::play(|mut talk| async move { talk.say(&format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(10_000))).await }).await;
    let opened = Connection::open(&behind(ProxyKind::Http, proxy.port, None)).await;
    assert!(matches!(&opened, Err(ImapError::Unreachable { why, .. }) if why.contains("too long")), "{opened:?}");
    for kind in [ProxyKind::Http, ProxyKind::Socks5] {
        let proxy = Scripted::play(|talk| talk.stall()).await;
        let opened = Connection::open(&behind(kind, proxy.port, None)).await;
        assert!(matches!(opened, Err(ImapError::Unreachable { .. })), "{opened:?}");
    }
}
