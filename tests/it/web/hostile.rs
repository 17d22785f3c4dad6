//! Whoever tries to lead our listener astray gets nowhere, and nobody else is led anywhere.

use crate::support::engines::{Engine, Place};
use crate::support::web::{Reply, Web, beside_daemon, exchange};
use tradepost::record::choices::find_hold;
use tradepost::types::EmailAddress;

const EVIL: &str = "evil.example";

/// Nothing of the other's stands in the head or the page, and nobody is led there.
fn is_harmless(what: &str, reply: &Reply) {
    let (head, body) = (String::from_utf8_lossy(&reply.head).into_owned(), reply.text());
    assert!(!head.contains(EVIL) && !body.contains(EVIL), "{what}: {head}\n{body}");
    assert!(!head.to_ascii_lowercase().contains("set-cookie"), "{what}: {head}");
    assert!(reply.status < 500, "{what}: {}", reply.status);
    assert_eq!(
        head.lines().filter(|line| line.to_ascii_lowercase().starts_with("location:")).count(),
        usize::from(reply.status == 302),
        "{what}"
    );
}

async fn raw(web: &Web, request: &str) -> Reply {
    exchange(web.public, request.as_bytes()).await
}

#[tokio::test]
async fn paths_hosts_and_parameters_of_others_lead_nowhere() {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    beside_daemon(&books, "", async |web| {
        let html = "<p><a href=\"https://bright.example/catalogue\">a</a></p>";
        let letter = web.send(1, "bob@acme.example", Some("Prices"), html).await;
        let (click, token) = (letter.links()[0].clone(), letter.token().to_string());
        let tricks = [
            format!("{click}?url=https://{EVIL}"),
            format!("{click}/https://{EVIL}/"),
            format!("{click}%2f..%2f..%2fetc%2fpasswd"),
            format!("{click}%00"),
            format!("{click}%0d%0aLocation:%20https://{EVIL}/"),
            format!("{click}#https://{EVIL}"),
            format!("/c/../c/{token}"),
            "/c/..%2f..%2f..%2fetc%2fpasswd".to_owned(),
            "/../../../../etc/passwd".to_owned(),
            "/%2e%2e/%2e%2e/etc/passwd".to_owned(),
            format!("//{EVIL}/c/{token}"),
            format!("/\\{EVIL}"),
            format!("/c/https://{EVIL}"),
            format!("/c/https%3A%2F%2F{EVIL}"),
            format!("/c/?url=https://{EVIL}"),
            format!("/u/{token}?next=https://{EVIL}"),
            format!("/p/{token}?return=//{EVIL}"),
            format!("/c/{token}"),
            format!("/c/{}", "'%20OR%201=1--"),
            format!("/c/{}", "a".repeat(8_000)),
            "/.git/config".to_owned(),
            "/wp-login.php".to_owned(),
            format!("/o/{click}"),
        ];
        for path in &tricks {
            for method in ["GET", "HEAD", "POST"] {
                let reply = web.ask(method, path, &[], "").await;
                is_harmless(&format!("{method} {path}"), &reply);
                if reply.status == 302 {
                    assert_eq!(reply.text_of("location"), "https://bright.example/catalogue", "{path}");
                }
            }
        }
        // The way out of one door opens no other.
        assert_eq!(web.get(&format!("/c/{token}")).await.status, 404);
        assert_eq!(web.post(&click.replace("/c/", "/u/"), "List-Unsubscribe=One-Click").await.status, 404);

        // Whoever says another host, scheme or way is answered with our own addresses.
        for lines in [
            format!("Host: {EVIL}"),
            format!("Host: mail.bright.example\r\nX-Forwarded-Host: {EVIL}\r\nForwarded: host={EVIL};for=1.2.3.4"),
            format!("Host: mail.bright.example\r\nX-Original-URL: https://{EVIL}/\r\nX-Rewrite-URL: /u/{token}"),
            format!("Host: mail.bright.example\r\nOrigin: https://{EVIL}\r\nReferer: https://{EVIL}/x"),
            format!("Host: mail.bright.example\r\nUpgrade: websocket\r\nConnection: upgrade\r\nX: {EVIL}"),
        ] {
            for path in [format!("/u/{token}"), format!("/p/{token}"), click.clone(), "/nowhere".to_owned()] {
                let reply = raw(web, &format!("GET {path} HTTP/1.1\r\n{lines}\r\nConnection: close\r\n\r\n")).await;
                is_harmless(&format!("{lines} {path}"), &reply);
            }
        }
        for request in [
            format!("GET http://{EVIL}/ HTTP/1.1\r\nHost: {EVIL}\r\nConnection: close\r\n\r\n"),
            format!("CONNECT {EVIL}:443 HTTP/1.1\r\nHost: {EVIL}:443\r\nConnection: close\r\n\r\n"),
            format!("TRACE /u/{token} HTTP/1.1\r\nHost: x\r\nCookie: {EVIL}\r\nConnection: close\r\n\r\n"),
            format!("GET /u/{token} HTTP/1.1\r\nHost: x\r\nHost: {EVIL}\r\nConnection: close\r\n\r\n"),
            format!("POST /u/{token} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /{EVIL} HTTP/1.1\r\n\r\n"),
            format!("POST /u/{token} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\nConnection: close\r\n\r\nList-Unsubscribe=One-Click"),
            format!("GET /u/{token} HTTP/9.9\r\nHost: {EVIL}\r\n\r\n"),
        ] {
            is_harmless(&request, &raw(web, &request).await);
        }
        let bob = EmailAddress::parse("bob@acme.example").expect("an address");
        let mut session = web.desk.office.books.look().await.expect("a look");
        assert_eq!(find_hold(&mut session, &bob, Some("Prices"), web.now()).await.expect("asked"), None, "nobody was unsubscribed");
        drop(session);
        assert_eq!(web.post(&format!("/u/{token}"), "List-Unsubscribe=One-Click").await.status, 200, "and it still works");
    })
    .await;
    books.close().await;
    place.clear().await;
}
