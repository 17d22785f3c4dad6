//! Leaving and choosing: only a POST acts, and it needs nothing but its token.

use crate::support::engines::for_each_engine;
use crate::support::web::{Letter, Web, beside_daemon};
use tradepost::record::choices::{self, Chosen, Hold};
use tradepost::record::contacts::{self, ContactDetails, NewContact};
use tradepost::record::suppressions;
use tradepost::trade::tracking::{Class, Consent, EventKind};
use tradepost::types::{EmailAddress, Language};
use tradepost::watch::web::topic_key;

const BOB: &str = "bob@acme.example";

async fn hold(web: &Web, topic: Option<&str>) -> Option<Hold> {
    let mut session = web.desk.office.books.look().await.expect("a look");
    choices::find_hold(&mut session, &EmailAddress::parse(BOB).expect("an address"), topic, web.now()).await.expect("asked")
}

async fn chosen(web: &Web) -> Chosen {
    let mut session = web.desk.office.books.look().await.expect("a look");
    choices::find_chosen(&mut session, &EmailAddress::parse(BOB).expect("an address")).await.expect("asked")
}

/// Why Bob is on the suppression list.
async fn suppressed(web: &Web) -> Option<suppressions::Reason> {
    let key = web.desk.office.keys.list().expect("the key");
    let mut session = web.desk.office.books.look().await.expect("a look");
    let bob = EmailAddress::parse(BOB).expect("an address");
    suppressions::find(&mut session, &key, &bob, web.now()).await.expect("the list").first().map(|entry| entry.reason)
}

fn way_out(letter: &Letter) -> String {
    format!("/u/{}", letter.token())
}

fn preferences(letter: &Letter) -> String {
    format!("/p/{}", letter.token())
}

#[tokio::test]
async fn looking_changes_nothing_and_one_post_unsubscribes_at_once() {
    for_each_engine(|books| async move {
        beside_daemon(&books, "", async |web| {
            let letter = web.send(1, BOB, Some("Prices"), "<p>Hello</p>").await;
            let path = way_out(&letter);
            for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] {
                for more in [&[][..], &[("Sec-Purpose", "prefetch")], &[("Content-Type", "application/x-www-form-urlencoded")]] {
                    let reply = web.ask(method, &path, more, if method == "PUT" { "List-Unsubscribe=One-Click" } else { "" }).await;
                    let expected = match method {
                        "GET" | "HEAD" => 200,
                        "OPTIONS" => 204,
                        _ => 405,
                    };
                    assert_eq!(reply.status, expected, "{method}");
                    assert_eq!((hold(web, Some("Prices")).await, web.events(1).await), (None, Vec::new()), "{method}");
                }
            }
            assert_eq!(web.ask("HEAD", &path, &[], "").await.body, b"");
            assert_eq!(web.post(&path, "x=1").await.status, 400);
            assert_eq!(hold(web, Some("Prices")).await, None, "a post that says nothing");

            let reply = web
                .ask(
                    "POST",
                    &path,
                    &[("User-Agent", ""), ("Content-Type", "application/x-www-form-urlencoded")],
                    "List-Unsubscribe=One-Click",
                )
                .await;
            assert_eq!(
                (reply.status, reply.header("location"), reply.header("set-cookie")),
                (200, None, None),
                "no redirect, no cookie, no login"
            );
            assert_eq!(hold(web, Some("Prices")).await, Some(Hold::Left { at: web.now() }));
            assert_eq!(hold(web, Some("Catalogue")).await, None, "only that topic");
            let events = web.events(1).await;
            assert_eq!((events[0].kind, events[0].class, events[0].reason.as_str()), (EventKind::Unsubscribe, Class::Human, "one-click"));
            assert_eq!(web.post(&path, "List-Unsubscribe=One-Click").await.status, 200, "again is no fault");

            // Another program sends the same as a form of several parts.
            let second = web.send(2, BOB, None, "<p>Hello</p>").await;
            let body = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
            let reply = web.ask("POST", &way_out(&second), &[("Content-Type", "multipart/form-data; boundary=b")], body).await;
            assert_eq!(reply.status, 200);
            assert!(matches!(hold(web, None).await, Some(Hold::Left { .. })), "a letter without a topic leads out of everything");
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn the_page_asks_and_its_button_acts_and_says_so() {
    for_each_engine(|books| async move {
        beside_daemon(&books, "", async |web| {
            let letter = web.send(1, BOB, Some("Spring & Summer <b>"), "<p>Hello</p>").await;
            let path = way_out(&letter);
            let page = web.get(&path).await;
            assert_eq!((page.status, page.text_of("content-type").as_str()), (200, "text/html; charset=utf-8"));
            let text = page.text();
            assert!(
                text.contains("Ningbo Bright Lighting Co., Ltd. writes to b•••@acme.example about “Spring &amp; Summer &lt;b&gt;”."),
                "{text}"
            );
            let policy = page.text_of("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("frame-ancestors 'none'"), "{policy}");
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cache-control", "no-store, private"),
                ("x-frame-options", "DENY"),
            ] {
                assert_eq!(page.text_of(name), value);
            }
            let done = web.post(&path, "unsubscribe=yes").await;
            assert!(done.status == 200 && done.text().contains("<h1>You are unsubscribed</h1>"), "{}", done.text());
            assert!(done.text().contains(&format!("https://mail.bright.example/letters{}", preferences(&letter))));
            assert!(matches!(hold(web, Some("Spring & Summer <b>")).await, Some(Hold::Left { .. })));
            assert_eq!(web.events(1).await[0].reason, "form");
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_page_is_in_the_readers_language() {
    for_each_engine(|books| async move {
        beside_daemon(&books, "", async |web| {
            let mut session = web.desk.office.books.begin().await.expect("free books");
            let (bob, french) = (EmailAddress::parse(BOB).expect("an address"), Language::parse("fr"));
            let details = ContactDetails { language: french, ..ContactDetails::default() };
            let new = NewContact { address: &bob, details, source: "import", seen_at: web.now() };
            contacts::add(&mut session, &new).await.expect("a new contact");
            session.commit().await.expect("committed");
            let letter = web.send(1, BOB, Some("Prices"), "<p>Hello</p>").await;
            let other = web.send(2, "ana@sol.example", Some("Prices"), "<p>Hello</p>").await;
            let html = async |path: &str, languages: &str| {
                let text = web.ask("GET", path, &[("Accept-Language", languages)], "").await.text();
                text.split_once("<html ").and_then(|(_, rest)| rest.split_once('>')).map(|(tag, _)| tag.to_owned()).expect("a page")
            };
            assert_eq!(html(&way_out(&letter), "").await, "lang=\"fr\" dir=\"ltr\"", "the correspondence is French");
            assert_eq!(html(&way_out(&letter), "ar-EG,ar;q=0.9,en;q=0.5").await, "lang=\"ar\" dir=\"rtl\"");
            assert_eq!(html(&way_out(&letter), "fi,sv;q=0.9").await, "lang=\"fr\" dir=\"ltr\"");
            assert_eq!(html(&way_out(&other), "").await, "lang=\"en\" dir=\"ltr\"");
            assert_eq!(html("/u/nowhere", "ja").await, "lang=\"ja\" dir=\"ltr\"");
            web.post(&preferences(&letter), "save=1&pause=0&language=zh-Hant").await;
            assert_eq!(html(&way_out(&letter), "de").await, "lang=\"zh-Hant\" dir=\"ltr\"", "what they chose themselves");
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn what_is_chosen_is_written_down_and_shown_again() {
    for_each_engine(|books| async move {
        beside_daemon(&books, "", async |web| {
            let letter = web.send(1, BOB, Some("Prices"), "<p>Hello</p>").await;
            web.send(2, BOB, Some("Spring & Summer"), "<p>Hello</p>").await;
            let path = preferences(&letter);
            let page = web.get(&path).await.text();
            let (prices, spring) = (topic_key("Prices"), topic_key("Spring & Summer"));
            let ticked = |key: &str| format!("name=\"topic\" value=\"{key}\" checked>");
            assert!(page.contains(&ticked(&prices)) && page.contains(&ticked(&spring)), "{page}");
            let shown = format!("save=1&shown={prices}&shown={spring}");
            let saved =
                web.post(&path, &format!("{shown}&topic={spring}&topic={}&pause=90&language=de", topic_key("Invented"))).await.text();
            assert!(saved.contains("<html lang=\"de\" dir=\"ltr\">") && saved.contains("Ihre Auswahl ist gespeichert."), "{saved}");
            assert!(saved.contains("Wie bisher: bis zum 14. Februar 2027</option>"), "{saved}");
            let now = chosen(web).await;
            let wanted: Vec<(&str, bool)> = now.topics.iter().map(|topic| (topic.name.as_str(), topic.wanted)).collect();
            assert_eq!(wanted, [("Prices", false), ("Spring & Summer", true)], "a topic nobody wrote about is none");
            assert_eq!((now.language, now.paused_until), (Language::parse("de"), Some(web.now().plus_ms(90 * 24 * 3_600_000))));
            assert!(matches!(hold(web, Some("Spring & Summer")).await, Some(Hold::Paused { .. })));
            assert_eq!(web.events(1).await[0].kind, EventKind::Preference);

            web.post(&path, &format!("{shown}&topic={spring}&pause=&language=")).await;
            assert_eq!(chosen(web).await.paused_until, now.paused_until, "left as it is");
            let left = web.post(&path, &format!("{shown}&topic={prices}&pause=0&language=&everything=yes")).await.text();
            assert!(left.contains("You have unsubscribed from all emails."), "{left}");
            assert!(matches!(hold(web, None).await, Some(Hold::Left { .. })));
            web.post(&path, &format!("{shown}&topic={prices}&pause=0&language=")).await;
            assert_eq!(hold(web, Some("Prices")).await, None, "they came back by their own choice");
            assert!(matches!(hold(web, Some("Spring & Summer")).await, Some(Hold::Left { .. })), "to that alone");
            assert_eq!(web.post(&path, "topic=Prices").await.status, 400, "not our form");
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn whoever_takes_their_consent_back_is_told_on_no_more_not_even_by_older_letters() {
    for_each_engine(|books| async move {
        beside_daemon(&books, "", async |web| {
            let letter = web.send(1, BOB, Some("Prices"), "<p><a href=\"https://bright.example/\">a</a></p>").await;
            web.wait_ms(60_000);
            assert_eq!(web.get(&letter.links()[0]).await.status, 302);
            assert_eq!(web.count(1, EventKind::Click, Class::Human).await, 1);
            let path = preferences(&letter);
            let page = web.get(&path).await.text();
            assert!(page.contains("name=\"telling_asked\" value=\"yes\">"), "{page}");
            let said = web.now();
            let saved = web.post(&path, "save=1&pause=0&language=&telling_asked=yes").await.text();
            assert!(saved.contains("name=\"telling_asked\" value=\"no\">"), "{saved}");
            web.wait_ms(60_000);
            let reply = web.get(&letter.links()[0]).await;
            assert_eq!((reply.status, reply.text_of("location").as_str()), (302, "https://bright.example/"), "the link still leads on");
            assert_eq!(web.get(&letter.picture()).await.status, 200);
            assert_eq!(web.count(1, EventKind::Click, Class::Human).await, 1, "and nothing is written down");
            assert_eq!(web.count(1, EventKind::Open, Class::Human).await, 0);

            // Another window still shows the box ticked; what is sent from there is about something else.
            web.post(&path, "save=1&pause=0&language=de&telling_asked=yes&telling=yes").await;
            assert_eq!(chosen(web).await.telling, Some(Consent::Withdrawn { on: said }), "an old page is no consent");
            web.post(&path, "save=1&pause=0&language=de&telling_asked=yes").await;
            assert_eq!(chosen(web).await.telling, Some(Consent::Withdrawn { on: said }), "the first time counts");
            web.post(&path, "save=1&pause=0&language=de&telling_asked=no&telling=yes").await;
            assert_eq!(chosen(web).await.telling, Some(Consent::Given { on: web.now() }));
            web.get(&letter.links()[0]).await;
            assert_eq!(web.count(1, EventKind::Click, Class::Human).await, 2);
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn whoever_left_everything_comes_back_without_a_topic() {
    for_each_engine(|books| async move {
        beside_daemon(&books, "", async |web| {
            let letter = web.send(1, BOB, None, "<p>Hello</p>").await;
            let path = preferences(&letter);
            assert!(!web.get(&path).await.text().contains("name=\"again\""), "who gets letters need not come back");
            let left = web.post(&path, "save=1&everything=yes").await.text();
            assert!(left.contains("name=\"again\" value=\"yes\"><span>I would like to get these emails again</span>"), "{left}");
            web.post(&path, "save=1&pause=0&language=").await;
            assert!(matches!(hold(web, None).await, Some(Hold::Left { .. })), "what else is chosen brings nobody back");
            assert_eq!(suppressed(web).await, Some(suppressions::Reason::Unsubscribe));
            let back = web.post(&path, "save=1&pause=0&language=&again=yes").await.text();
            assert!(!back.contains("name=\"again\""), "{back}");
            assert_eq!((hold(web, None).await, suppressed(web).await), (None, None), "back, and nothing holds their letters up");
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn many_long_topics_are_chosen_among_and_what_came_up_since_is_not_touched() {
    for_each_engine(|books| async move {
        beside_daemon(&books, "", async |web| {
            let long = |number: i64| format!("{number:02} {}", "新产品与报价".repeat(50));
            let mut first = None;
            for number in 1..=49 {
                let letter = web.send(number, BOB, Some(&long(number)), "<p>Hello</p>").await;
                first.get_or_insert(letter);
            }
            let path = preferences(&first.expect("a letter"));
            let page = web.get(&path).await.text();
            let keys: Vec<&str> = page.split("name=\"shown\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            assert_eq!(keys.len(), 49);
            // A letter about another topic goes out while the page is looked at.
            web.send(50, BOB, Some("99 Trade fair"), "<p>Hello</p>").await;
            let boxes: String = keys.iter().map(|key| format!("&shown={key}")).collect();
            let ticked: String = keys.iter().skip(1).map(|key| format!("&topic={key}")).collect();
            let saved = web.post(&path, &format!("save=1{boxes}{ticked}&pause=0&language=&telling_asked=yes&telling=yes")).await;
            assert_eq!(saved.status, 200, "{}", saved.text());
            let unwanted: Vec<String> =
                chosen(web).await.topics.into_iter().filter(|topic| !topic.wanted).map(|topic| topic.name).collect();
            assert_eq!(unwanted.len(), 1, "only the one that was unticked: {unwanted:?}");
            assert!(unwanted[0].starts_with("01 "), "{unwanted:?}");
            assert_eq!(hold(web, Some("99 Trade fair")).await, None);
            let left = web.post(&path, "save=1&everything=yes").await.text();
            assert!(left.contains("You have unsubscribed from all emails."), "the button's own form: {left}");
        })
        .await;
    })
    .await;
}
