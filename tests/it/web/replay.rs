//! Logs of mail filters and mail programs, replayed against the listener with their times.

use crate::support::engines::for_each_engine;
use crate::support::web::{FIREFOX, Letter, Web, beside_daemon};
use tradepost::trade::tracking::{Class, EventKind};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const OLD_CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/92.0.4515.159 Safari/537.36";
const GMAIL: &str = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
const GMAIL_AHEAD: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0";
const BING: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko; BingPreview/1.0b) Chrome/103.0.5060.134 Safari/537.36";

/// What is asked for.
enum What {
    Picture,
    Link(usize),
    /// The link that no person sees.
    Trap,
    Leave,
    Choose,
}
use What::{Choose, Leave, Link, Picture, Trap};

/// A line of a log: milliseconds after the sending, method, what, User-Agent, from where, and a field more.
type Line = (i64, &'static str, What, &'static str, &'static str, Option<(&'static str, &'static str)>);

const HTML: &str = "<html><body><p>New <a href=\"https://bright.example/catalogue\">catalogue</a>, <a href=\"https://bright.example/prices\">prices</a> \
    and <a href=\"https://bright.example/fair\">fair</a>, or <a href=\"https://bright.example/video\">video</a>.</p></body></html>";

/// Sends a letter and plays a log against it.
async fn play(web: &Web, delivery: i64, lines: &[Line]) -> Letter {
    let letter = web.send(delivery, &format!("bob{delivery}@acme.example"), Some("Spring catalogue"), HTML).await;
    let (mut links, mut clock) = (letter.links(), 0);
    let trap = links.pop().expect("the link no person sees");
    for (after, method, what, agent, client, more) in lines {
        web.wait_ms(after - clock);
        clock = *after;
        let path = match what {
            Picture => letter.picture(),
            Link(number) => links[number - 1].clone(),
            Trap => trap.clone(),
            Leave => format!("/u/{}", letter.token()),
            Choose => format!("/p/{}", letter.token()),
        };
        let mut headers = vec![("User-Agent", *agent), ("X-Forwarded-For", *client)];
        headers.extend(more);
        let reply = web.ask(method, &path, &headers, "").await;
        assert!(matches!(reply.status, 200 | 204 | 302 | 405), "{method} {path}: {}", reply.status);
    }
    letter
}

async fn nobody(web: &Web, delivery: i64) {
    let events = web.events(delivery).await;
    let human: Vec<_> = events.iter().filter(|event| event.class == Class::Human).collect();
    assert!(human.is_empty(), "{delivery}: {human:?}");
    assert!(
        !events.is_empty() && events.iter().all(|event| matches!(event.kind, EventKind::Open | EventKind::Click)),
        "{delivery}: {events:?}"
    );
    assert!(!left(web, delivery).await, "{delivery}");
}

/// Whether its reader has left.
async fn left(web: &Web, delivery: i64) -> bool {
    use tradepost::record::choices::find_hold;
    use tradepost::types::EmailAddress;
    let address = EmailAddress::parse(&format!("bob{delivery}@acme.example")).expect("an address");
    let mut session = web.desk.office.books.look().await.expect("a look");
    find_hold(&mut session, &address, Some("Spring catalogue"), web.now()).await.expect("asked").is_some()
}

/// Apple Mail on delivery, and again when it is opened.
const APPLE: &[Line] = &[
    (4_000, "GET", Picture, "Mozilla/5.0", "104.28.66.12", None),
    (65_000, "GET", Picture, "Mozilla/5.0", "172.225.36.8", None),
    (7_200_000, "GET", Picture, "Mozilla/5.0", "2a02:26f7:b380:4000::5", None),
];

/// Gmail: ahead, and through its proxy when it is shown.
const GOOGLE: &[Line] = &[
    (1_200, "GET", Picture, GMAIL_AHEAD, "66.102.8.33", None),
    (400_000, "GET", Picture, GMAIL, "66.249.84.67", None),
    (400_900, "GET", Picture, GMAIL, "66.249.84.69", None),
];

/// Barracuda follows everything at once, in the guise of an old browser, from its own networks.
const BARRACUDA: &[Line] = &[
    (35_000, "GET", Picture, OLD_CHROME, "209.222.82.131", None),
    (35_100, "GET", Link(1), OLD_CHROME, "209.222.82.131", None),
    (35_150, "GET", Link(2), OLD_CHROME, "64.235.154.9", None),
    (35_200, "GET", Trap, OLD_CHROME, "64.235.154.9", None),
    (35_260, "GET", Leave, OLD_CHROME, "64.235.154.9", None),
    (35_300, "GET", Choose, OLD_CHROME, "64.235.154.9", None),
];

/// Proofpoint from a network nobody lists: only what it does gives it away. It even looks before it asks.
const PROOFPOINT: &[Line] = &[
    (41_000, "HEAD", Link(1), CHROME, "198.51.100.20", None),
    (41_050, "GET", Link(1), CHROME, "198.51.100.20", None),
    (41_700, "GET", Link(3), CHROME, "198.51.100.21", None),
    (42_300, "GET", Link(2), CHROME, "198.51.100.22", None),
    (42_900, "GET", Link(4), CHROME, "198.51.100.23", None),
    (43_000, "OPTIONS", Leave, CHROME, "198.51.100.23", None),
    (43_100, "HEAD", Leave, CHROME, "198.51.100.23", None),
    (43_200, "GET", Leave, CHROME, "198.51.100.23", None),
];

/// Mimecast: a check of each link at delivery from its own networks, a sandbox of its own, and its browser in the middle when one is
/// clicked, which asks before the reader's own browser does.
const MIMECAST: &[Line] = &[
    (6_000, "HEAD", Link(1), CHROME, "207.211.30.237", None),
    (6_200, "GET", Link(1), CHROME, "207.211.30.237", None),
    (6_900, "GET", Link(2), CHROME, "170.10.133.120", None),
    (48_000, "GET", Picture, "Mimecast Targeted Threat Protection", "198.51.100.90", None),
    (48_400, "GET", Link(3), CHROME, "195.130.217.221", None),
    (49_000, "GET", Leave, CHROME, "195.130.217.221", None),
    (49_300, "GET", Choose, CHROME, "195.130.217.221", None),
    (5_400_000, "GET", Link(4), CHROME, "205.139.111.117", None),
    (5_400_900, "GET", Picture, CHROME, "91.220.42.181", None),
];

/// A filter that asks for heads alone, the link no person sees among them, and then fetches the one link it cares for.
const HEADS: &[Line] = &[
    (60_000, "GET", Link(2), CHROME, "198.51.100.60", None),
    (64_000, "HEAD", Trap, CHROME, "198.51.100.60", None),
    (68_000, "GET", Link(1), CHROME, "198.51.100.60", None),
    (300_000, "HEAD", Link(1), CHROME, "198.51.100.60", None),
    (300_300, "GET", Link(1), CHROME, "198.51.100.60", None),
];

/// Safe Links: a check at delivery, a sandbox from Azure, and the look of the preview.
const SAFELINKS: &[Line] = &[
    (2_000, "GET", Link(1), "Mozilla/4.0 (compatible; ms-office; MSOffice 16)", "40.107.22.71", None),
    (50_000, "GET", Picture, CHROME, "20.51.7.44", None),
    (50_400, "GET", Link(1), CHROME, "20.51.7.44", None),
    (50_500, "GET", Link(2), CHROME, "20.51.7.45", None),
    (50_600, "GET", Trap, CHROME, "20.51.7.45", None),
    (90_000, "GET", Link(2), BING, "52.167.144.19", None),
];

/// Slow and thorough: a link every five seconds, none left out.
const THOROUGH: &[Line] = &[
    (60_000, "GET", Link(1), CHROME, "198.51.100.40", None),
    (65_000, "GET", Link(2), CHROME, "198.51.100.40", None),
    (70_000, "GET", Link(3), CHROME, "198.51.100.40", None),
    (75_000, "GET", Link(4), CHROME, "198.51.100.40", None),
];

/// Programs, and browsers that only look ahead.
const OTHERS: &[Line] = &[
    (3_600_000, "GET", Link(1), "curl/8.5.0", "198.51.100.50", None),
    (3_610_000, "GET", Link(1), "python-requests/2.32.3", "198.51.100.50", None),
    (3_620_000, "GET", Link(1), "", "198.51.100.50", None),
    (3_630_000, "GET", Link(1), FIREFOX, "198.51.100.50", Some(("Sec-Purpose", "prefetch;prerender"))),
    (3_640_000, "GET", Link(1), FIREFOX, "198.51.100.50", Some(("X-Moz", "prefetch"))),
    (3_650_000, "GET", Picture, FIREFOX, "198.51.100.50", Some(("Purpose", "prefetch"))),
    (3_660_000, "HEAD", Picture, FIREFOX, "198.51.100.50", None),
    (3_670_000, "GET", Leave, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "66.249.66.1", None),
    (3_680_000, "GET", Choose, FIREFOX, "198.51.100.50", Some(("Sec-Purpose", "prefetch"))),
];

#[tokio::test]
async fn filters_and_mail_programs_are_no_persons_and_unsubscribe_nobody() {
    for_each_engine(|books| async move {
        beside_daemon(&books, "", async |web| {
            let logs: [&[Line]; 9] = [APPLE, GOOGLE, BARRACUDA, PROOFPOINT, MIMECAST, HEADS, SAFELINKS, THOROUGH, OTHERS];
            for (number, log) in logs.into_iter().enumerate() {
                let delivery = i64::try_from(number).expect("few") + 1;
                play(web, delivery, log).await;
                nobody(web, delivery).await;
            }
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_person_is_seen_after_the_filter_and_what_they_do_counts_once_each_time() {
    for_each_engine(|books| async move {
        beside_daemon(&books, "", async |web| {
            let letter = play(web, 1, &[]).await;
            web.wait_ms(40_000);
            assert_eq!(web.get(&letter.links()[0]).await.text_of("location"), "https://bright.example/catalogue");
            assert_eq!(web.count(1, EventKind::Click, Class::Human).await, 1, "one plain click after forty seconds");

            let letter = play(web, 2, BARRACUDA).await;
            web.wait_ms(40_000);
            web.get(&letter.picture()).await;
            web.wait_ms(5_000);
            web.get(&letter.links()[1]).await;
            assert_eq!(web.count(2, EventKind::Open, Class::Human).await, 1, "a later plain fetch outweighs the filter's");
            assert_eq!(web.count(2, EventKind::Click, Class::Human).await, 1);
            let events = web.events(2).await;
            let reasons: Vec<&str> = events.iter().map(|event| event.reason.as_str()).collect();
            assert_eq!(reasons, ["rule:barracuda", "rule:barracuda", "rule:barracuda", "honeypot", "plain", "plain"]);

            let letter = play(web, 3, APPLE).await;
            web.ask("GET", &letter.links()[0], &[("X-Forwarded-For", "172.225.36.8")], "").await;
            assert_eq!(web.count(3, EventKind::Click, Class::Human).await, 1, "Safari comes through the same proxies, with a person");
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn looks_from_the_teams_own_networks_are_its_own_and_no_readers() {
    for_each_engine(|books| async move {
        beside_daemon(&books, "own_networks = [\"203.0.113.0/24\", \"2001:db8:7::/48\"]", async |web| {
            let letter = play(web, 1, &[]).await;
            web.wait_ms(60_000);
            // Li Wei looks at the provider's copy, also from home through the office; and follows a link.
            web.get(&letter.picture()).await;
            web.ask("GET", &letter.picture(), &[("X-Forwarded-For", "2001:db8:7::9")], "").await;
            for link in &letter.links()[..3] {
                web.get(link).await;
            }
            let told: Vec<_> = web.events(1).await.into_iter().map(|event| (event.kind, event.class, event.reason)).collect();
            assert_eq!(told.len(), 5);
            assert!(told.iter().all(|(_, class, reason)| *class == Class::Own && reason == "own-network"), "{told:?}");
            // At the same moment the reader follows one, from elsewhere.
            web.ask("GET", &letter.links()[0], &[("X-Forwarded-For", "198.51.100.8")], "").await;
            assert_eq!(web.count(1, EventKind::Click, Class::Human).await, 1);
            let reply = web.post(&format!("/u/{}", letter.token()), "List-Unsubscribe=One-Click").await;
            assert_eq!((reply.status, left(web, 1).await), (200, true), "whoever presses the button leaves");
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_of_a_request_is_no_address_and_is_bounded() {
    use crate::support::engines::{Engine, Place};
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    beside_daemon(&books, "", async |web| {
        let letter = play(web, 1, &[]).await;
        web.wait_ms(60_000);
        let long = "x".repeat(4_000);
        web.ask("GET", &letter.picture(), &[("User-Agent", long.as_str()), ("X-Forwarded-For", "6.6.6.6, 198.51.100.77")], "").await;
        for _ in 0..320 {
            web.get(&letter.picture()).await;
            web.wait_ms(1_000);
        }
        assert_eq!(web.events(1).await.len(), 300, "no letter fills the books");
    })
    .await;
    let mut door = place.backdoor().await;
    let kept = door.texts("SELECT network || ' ' || LENGTH(user_agent) FROM tracking_event ORDER BY id LIMIT 1").await;
    assert_eq!(kept, ["198.51.100.0/24 200"]);
    drop(door);
    books.close().await;
    place.clear().await;
}
