//! A link leads exactly where its author wrote it to.

use crate::support::engines::{Engine, Place};
use crate::support::web::{below, beside_daemon};

/// As an author writes it into `href="…"`, and what a browser reads there. `None` is no link of the web.
const LINKS: [(&str, Option<&str>); 64] = [
    ("https://a.example", Some("https://a.example")),
    ("https://a.example/", Some("https://a.example/")),
    ("HTTPS://A.example/Path", Some("HTTPS://A.example/Path")),
    ("http://a.example/plain", Some("http://a.example/plain")),
    ("https://a.example/?x=1&amp;y=2", Some("https://a.example/?x=1&y=2")),
    ("https://a.example/?x=1&y=2", Some("https://a.example/?x=1&y=2")),
    ("https://a.example?x=1", Some("https://a.example?x=1")),
    ("https://a.example#top", Some("https://a.example#top")),
    ("https://a.example/a#frag/ment?x", Some("https://a.example/a#frag/ment?x")),
    ("https://a.example/o'neil", Some("https://a.example/o'neil")),
    ("https://a.example/o&#39;neil", Some("https://a.example/o'neil")),
    ("https://a.example/o&#x27;neil", Some("https://a.example/o'neil")),
    ("https://a.example/say&quot;hi&quot;", Some("https://a.example/say\"hi\"")),
    ("https://a.example/a,b,c", Some("https://a.example/a,b,c")),
    ("https://a.example/@user", Some("https://a.example/@user")),
    ("https://user@a.example/", Some("https://user@a.example/")),
    ("https://user:pass@a.example:8443/x", Some("https://user:pass@a.example:8443/x")),
    ("https://a.example/!$()*+;=:", Some("https://a.example/!$()*+;=:")),
    ("https://a.example/%2F%2f", Some("https://a.example/%2F%2f")),
    ("https://a.example/100%25", Some("https://a.example/100%25")),
    ("https://a.example/100%", Some("https://a.example/100%")),
    ("https://a.example/a%20b", Some("https://a.example/a%20b")),
    ("https://a.example/a b", Some("https://a.example/a b")),
    ("https://a.example/a+b", Some("https://a.example/a+b")),
    ("https://a.example/ä", Some("https://a.example/ä")),
    ("https://a.example/&auml;", Some("https://a.example/ä")),
    ("https://münchen.example/straße", Some("https://münchen.example/straße")),
    ("https://例え.example/カタログ", Some("https://例え.example/カタログ")),
    ("https://пример.example/каталог?год=2026", Some("https://пример.example/каталог?год=2026")),
    ("https://a.example/كتالوج", Some("https://a.example/كتالوج")),
    ("https://xn--mnchen-3ya.example/", Some("https://xn--mnchen-3ya.example/")),
    ("https://a.example/😀", Some("https://a.example/😀")),
    ("https://[2001:db8::1]:8443/x", Some("https://[2001:db8::1]:8443/x")),
    ("https://192.0.2.1/x", Some("https://192.0.2.1/x")),
    ("https://a.example:443/x", Some("https://a.example:443/x")),
    ("https://a.example/a//b/./../c", Some("https://a.example/a//b/./../c")),
    ("https://a.example/index.php?url=https://b.example/?y=1&amp;z=2", Some("https://a.example/index.php?url=https://b.example/?y=1&z=2")),
    ("https://a.example/?u=https%3A%2F%2Fb.example%2F%3Fy%3D1", Some("https://a.example/?u=https%3A%2F%2Fb.example%2F%3Fy%3D1")),
    (
        "https://a.example/?utm_source=mail&amp;utm_campaign=spring%20fair",
        Some("https://a.example/?utm_source=mail&utm_campaign=spring%20fair"),
    ),
    ("https://a.example/?a=1&copy=2", Some("https://a.example/?a=1&copy=2")),
    ("https://a.example/?a=1&copy;2", Some("https://a.example/?a=1©2")),
    ("https://a.example/?a=1&lt=2&gt=3", Some("https://a.example/?a=1&lt=2&gt=3")),
    ("https://a.example/&amp;amp;", Some("https://a.example/&amp;")),
    ("https://a.example/?a&b&c=", Some("https://a.example/?a&b&c=")),
    ("https://a.example/a;jsessionid=1?x", Some("https://a.example/a;jsessionid=1?x")),
    ("https://a.example/{{name}}", Some("https://a.example/{{name}}")),
    ("https://a.example/a|b^c`d", Some("https://a.example/a|b^c`d")),
    ("https://a.example/a\\b", Some("https://a.example/a\\b")),
    ("https://a.example/&lt;b&gt;", Some("https://a.example/<b>")),
    ("https://a.example/~li/", Some("https://a.example/~li/")),
    ("https://a.example/.", Some("https://a.example/.")),
    ("https://a.example/x.pdf", Some("https://a.example/x.pdf")),
    (" https://a.example/around ", Some("https://a.example/around")),
    ("mailto:a@b.example", None),
    ("mailto:a@b.example?subject=See%20https://a.example&amp;body=x", None),
    ("tel:+8657412345678", None),
    ("cid:logo@bright.example", None),
    ("data:text/html;base64,PGI+", None),
    ("#anchor", None),
    ("/relative/path", None),
    ("page.html?x=https://a.example", None),
    ("javascript:location='https://a.example'", None),
    ("ftp://a.example/x", None),
    ("//a.example/x", None),
];

#[tokio::test]
async fn sixty_awkward_links_lead_exactly_where_their_author_wrote() {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    beside_daemon(&books, "", async |web| {
        let long = format!("https://a.example/?long={}", "x".repeat(2_000));
        let written: Vec<&str> = LINKS.iter().map(|(written, _)| *written).chain([long.as_str()]).collect();
        let read: Vec<&str> = LINKS.iter().filter_map(|(_, read)| *read).chain([long.as_str()]).collect();
        let letter = |addresses: &[String]| {
            let links: String =
                addresses.iter().map(|address| format!("<p class=x><a\n title='>' href=\"{address}\" >&amp;</a></p>\r\n")).collect();
            format!("<html><body bgcolor=white>\r\n{links}</body></html>\r\n")
        };
        let original = letter(&written.iter().map(|address| (*address).to_owned()).collect::<Vec<_>>());
        let sent = web.send(1, "bob@acme.example", None, &original).await;

        // The letter is the same but for those addresses, and what stands before its end.
        let mut ours = sent.links();
        let trap = ours.pop().expect("the link no person sees");
        assert_eq!(ours.len(), read.len(), "each is tracked once");
        let mut next = ours.iter();
        let wanted: Vec<String> = written
            .iter()
            .zip(LINKS.iter().map(|(_, read)| read.is_some()).chain([true]))
            .map(|(address, is_tracked)| match is_tracked {
                true => format!("{}{}", crate::support::web::PUBLIC, next.next().expect("a link")),
                false => (*address).to_owned(),
            })
            .collect();
        let expected = letter(&wanted);
        let (before, after) = expected.split_once("</body>").expect("an end");
        assert!(sent.equipped.html.starts_with(before) && sent.equipped.html.ends_with(&format!("</body>{after}")));

        for (path, read) in ours.iter().zip(&read) {
            let reply = web.get(path).await;
            assert_eq!(reply.status, 302, "{read}");
            assert_eq!(reply.header("location").as_deref(), Some(read.as_bytes()), "{read}");
            assert_eq!(reply.text_of("referrer-policy"), "no-referrer");
            assert_eq!(reply.text_of("cache-control"), "no-store, private");
            assert!(reply.body.is_empty());
        }
        assert_eq!(web.get(&trap).await.text_of("location"), "https://a.example", "a machine sees what the first link shows");
    })
    .await;
    books.close().await;
    place.clear().await;
}

#[tokio::test]
async fn a_token_nobody_gave_out_leads_nowhere_and_a_picture_is_always_the_same() {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    beside_daemon(&books, "", async |web| {
        let sent = web.send(1, "bob@acme.example", None, "<p>Hello <a href=\"https://a.example\">a</a></p>").await;
        let unknown = "a".repeat(26);
        for path in [
            format!("/c/{unknown}"),
            format!("/u/{unknown}"),
            format!("/p/{unknown}"),
            "/c/x".into(),
            "/".into(),
            "/healthz".into(),
            "/metrics".into(),
        ] {
            let reply = web.get(&path).await;
            assert_eq!((reply.status, reply.header("location")), (404, None), "{path}");
            assert!(reply.text().contains("This page does not exist"), "{path}");
        }
        let known = web.get(&sent.picture()).await;
        let other = web.get(&format!("/o/{unknown}.gif")).await;
        let nonsense = web.get("/o/..%2f..%2fetc%2fpasswd").await;
        for reply in [&other, &nonsense] {
            assert_eq!((reply.status, &reply.body, reply.text_of("content-type")), (200, &known.body, "image/gif".to_owned()));
        }
        assert!(known.body.starts_with(b"GIF89a") && known.body.len() == 43);
        assert_eq!(web.events(1).await.len(), 1, "only its own picture tells of a letter");
        let behind = format!("/letters{}", sent.links()[0]);
        assert_eq!(web.get(&behind).await.status, 302, "a web server may pass on what stands before our paths");
        assert_eq!(below("https://elsewhere.example/c/x"), None);
    })
    .await;
    books.close().await;
    place.clear().await;
}

#[tokio::test]
async fn without_consent_or_a_public_address_a_letter_tells_nothing() {
    use tradepost::flow::web::{Outgoing, equip, way_out};
    use tradepost::record::choices::{Chosen, mark_chosen};
    use tradepost::record::contacts::{self, ContactDetails, NewContact};
    use tradepost::trade::tracking::Consent;
    use tradepost::types::{Country, EmailAddress};
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    let html = "<p><a href=\"https://a.example\">a</a></p>";
    let mailbox = EmailAddress::parse("sales@bright.example").expect("an address");
    beside_daemon(&books, "", async |web| {
        let office = &web.desk.office;
        let ready = async |who: &str, country: Option<&str>, telling: Option<Consent>| {
            let to = EmailAddress::parse(&format!("{who}@acme.example")).expect("an address");
            let way_out = way_out(office).expect("tokens");
            let mut session = office.books.begin().await.expect("free books");
            let details = ContactDetails { country: country.and_then(Country::parse), ..ContactDetails::default() };
            let new = NewContact { address: &to, details, source: "import", seen_at: web.now() };
            contacts::add(&mut session, &new).await.expect("a new contact");
            if telling.is_some() {
                mark_chosen(&mut session, &to, &Chosen { telling, ..Chosen::default() }, web.now()).await.expect("said");
            }
            let outgoing = Outgoing { to: &to, mailbox: &mailbox };
            let equipped = equip(office, &mut session, &outgoing, &way_out, html).await.expect("ready");
            session.commit().await.expect("committed");
            equipped
        };
        let german = ready("uli", Some("DE"), None).await;
        assert_eq!((german.html.as_str(), german.untracked()), (html, Some("consent:DE")), "and it says why");
        assert!(german.headers[0].1.contains("https://mail.bright.example/letters/u/"), "leaving needs no consent: {:?}", german.headers);
        assert_eq!(ready("eva", None, None).await.untracked(), Some("no-country"), "a country nobody knows");
        for (who, country) in [("ida", "NO"), ("tom", "GB"), ("urs", "CH"), ("jan", "PL")] {
            assert_eq!(ready(who, Some(country), None).await.untracked(), Some(format!("consent:{country}").as_str()));
        }
        let american = ready("bob", Some("US"), None).await;
        assert!(american.html != html && american.untracked().is_none());
        assert_ne!(ready("ute", Some("DE"), Some(Consent::Given { on: web.now() })).await.html, html);
        let refused = ready("ben", Some("US"), Some(Consent::Withdrawn { on: web.now() })).await;
        assert_eq!((refused.html.as_str(), refused.untracked()), (html, Some("withdrawn")));
    })
    .await;

    books.close().await;
    place.clear().await;

    // An office without a public address: nobody listens, and no address of ours is in a letter.
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    let desk = crate::support::desk::Desk::before_first_look(&books, &[]).await;
    let way = way_out(&desk.office).expect("tokens");
    assert_eq!((way.page.as_ref(), way.preferences.as_ref()), (None, None));
    let to = EmailAddress::parse("bob@acme.example").expect("an address");
    let outgoing = Outgoing { to: &to, mailbox: &mailbox };
    let mut session = books.begin().await.expect("free books");
    let equipped = equip(&desk.office, &mut session, &outgoing, &way, html).await.expect("ready");
    let [(name, value)] = equipped.headers.as_slice() else { panic!("{:?}", equipped.headers) };
    assert!(*name == "List-Unsubscribe" && value.starts_with("<mailto:sales@bright.example?") && !value.contains("http"), "{value}");
    assert_eq!((equipped.html.as_str(), equipped.untracked()), (html, Some("off")));
    assert!(!value.contains("127.0.0.1") && !value.contains("localhost"));
    drop(session);
    books.close().await;
    place.clear().await;
}
