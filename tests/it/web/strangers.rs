//! Answers that met a hostile address, a cut connection, our own eyes, a reader with a wish, and time.

use super::answers::{CATALOGUE, answered, beside_answering, hold, inquiry, newest_delivery, read};
use crate::support::desk::soon;
use crate::support::engines::{ENGINES, Engine, Place, for_each_engine};
use crate::support::sink::{Fate, Sink};
use crate::support::web::{Web, beside_daemon};
use tradepost::record::outbox::DeliveryState;
use tradepost::record::tracking::{self, NewEvent};
use tradepost::record::{messages, quarantine};
use tradepost::trade::tracking::{Class, EventKind};
use tradepost::types::DeliveryId;

fn leaving(who: &str, token: &str) -> String {
    format!("From: {who}\nTo: sales@bright.example\nSubject: unsubscribe {token}\nMessage-ID: <leave-{token}@hall.com.br>\n\n")
}

async fn recorded(web: &Web) -> i64 {
    let mut session = web.desk.office.books.look().await.expect("a look");
    messages::count(&mut session).await.expect("counted")
}

#[tokio::test]
async fn a_stranger_whose_name_begins_with_a_plus_is_answered_and_leaves_alone() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        beside_answering(&books, &sink, "", async |web| {
            let mail = answered(web, &sink, "+x@hall.com.br", 1).await;
            let token = mail.way_out().trim_start_matches("/u/").to_owned();
            assert_eq!(web.get(&mail.way_out()).await.status, 200);
            web.desk.receive(&leaving("+x@hall.com.br", &token));
            soon("they have left", async || hold(web, "+X@hall.com.br").await.is_some()).await;
            assert_eq!(hold(web, "+y@hall.com.br").await, None, "somebody else");
            answered(web, &sink, "eva@lights.com.mx", 2).await;
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn neither_a_way_out_for_nobody_nor_a_row_that_cannot_be_read_ends_the_daemon() {
    for engine in ENGINES {
        let place = Place::new(engine).await;
        let books = place.open().await;
        let sink = Sink::start(|_, _| Fate::Taken);
        beside_answering(&books, &sink, "", async |web| {
            let token = "a".repeat(26);
            let mut door = place.backdoor().await;
            let row =
                format!("INSERT INTO unsubscribe_token (token, address_key, topic, made_at) VALUES ('{token}', '@hall.example', '', 1)");
            door.run(row).await.expect("as an older version wrote it");
            assert_eq!(web.get(&format!("/u/{token}")).await.status, 404);
            web.desk.receive(&leaving("x@hall.example", &token));
            soon("it is recorded", async || recorded(web).await == 1).await;

            answered(web, &sink, "tom@hall.com.br", 1).await;
            door.run("UPDATE contact SET language = '??'").await.expect("damaged");
            web.desk.receive(&inquiry("tom@hall.com.br", 2));
            soon("it is set aside", async || {
                let mut session = web.desk.office.books.look().await.expect("a look");
                quarantine::count(&mut session).await.expect("counted") == 1
            })
            .await;
            answered(web, &sink, "eva@lights.com.mx", 3).await;
        })
        .await;
        books.close().await;
        place.clear().await;
    }
}

#[tokio::test]
async fn an_answer_in_doubt_that_was_sent_after_all_tells_when_a_person_opens_it() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::TakenAndCut);
        beside_answering(&books, &sink, "opens = true\nclicks = true", async |web| {
            web.desk.receive(&inquiry("tom@hall.com.br", 1));
            soon("nobody knows whether it was sent", async || {
                !sink.mails().is_empty() && newest_delivery(web).await.state == DeliveryState::Uncertain
            })
            .await;
            let raw = sink.mails().remove(0).1;
            web.desk.deliver("sales/.Sent/cur", ":2,S", std::str::from_utf8(&raw).expect("text"));
            soon("the provider's copy tells", async || newest_delivery(web).await.state == DeliveryState::Sent).await;
            web.wait_ms(300_000);
            web.get(&read(&raw).path("o")).await;
            let told: Vec<_> = web.events(newest_delivery(web).await.id.0).await;
            assert_eq!(told.iter().map(|one| (one.kind, one.class)).collect::<Vec<_>>(), [(EventKind::Open, Class::Human)], "{told:?}");
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn the_copy_in_sent_tells_nothing_when_one_of_us_looks_at_it() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        beside_answering(&books, &sink, "opens = true\nclicks = true", async |web| {
            let mail = answered(web, &sink, "tom@hall.com.br", 1).await;
            assert!(mail.html.contains("/letters/o/") && mail.html.contains("/letters/c/"), "{}", mail.html);
            web.wait_ms(61_000);
            // Who waits for that minute waits by the machine's own time.
            web.desk.office.accounts[0].bell.ring_for_acts();
            soon("a copy is filed", async || !web.desk.paths("sales/.Sent/cur").is_empty()).await;
            let raw = std::fs::read(&web.desk.paths("sales/.Sent/cur")[0]).expect("the copy");
            let copy = read(&raw);
            for ours in ["/letters/c/", "/letters/o/"] {
                assert!(!copy.html.contains(ours), "{}", copy.html);
            }
            assert!(copy.html.replace("&amp;", "&").contains(CATALOGUE) && copy.text == mail.text, "{}", copy.html);
            let id = newest_delivery(web).await.header_id;
            assert!(String::from_utf8_lossy(&raw).contains(&format!("Message-ID: <{id}>")), "it is known as the same mail");
            soon("it is recorded", async || recorded(web).await == 2).await;
            web.wait_ms(600_000);
            answered(web, &sink, "eva@lights.com.mx", 2).await;
            assert_eq!(web.desk.paths("sales/.Sent/cur").len(), 1);
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn whoever_chose_a_language_is_answered_in_it() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        beside_answering(&books, &sink, "", async |web| {
            let mail = answered(web, &sink, "tom@hall.com.br", 1).await;
            assert!(mail.text.contains("Thank you for your inquiry"), "{}", mail.text);
            assert_eq!(web.post(&mail.path("p"), "save=1&pause=0&language=pt").await.status, 200);
            web.wait_ms(5 * 86_400_000);
            let mail = answered(web, &sink, "tom@hall.com.br", 2).await;
            assert!(mail.text.contains("Agradecemos a sua consulta"), "{}", mail.text);
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn openings_are_forgotten_after_half_a_year_and_what_readers_chose_is_not() {
    for_each_engine(|books| async move {
        const DAY_MS: i64 = 86_400_000;
        beside_daemon(&books, "", async |web| {
            web.send(1, "bob@acme.example", None, "<p>Hello</p>").await;
            let mut session = books.begin().await.expect("free books");
            for (kind, days) in [
                (EventKind::Open, 181),
                (EventKind::Click, 200),
                (EventKind::Preference, 200),
                (EventKind::Unsubscribe, 181),
                (EventKind::Open, 179),
            ] {
                let at = web.now().plus_ms(-days * DAY_MS);
                let new = NewEvent {
                    delivery: DeliveryId(1),
                    kind,
                    link: 0,
                    at,
                    class: Class::Human,
                    reason: "plain",
                    agent: None,
                    network: None,
                };
                tracking::add_event(&mut session, &new).await.expect("entered");
            }
            session.commit().await.expect("committed");
        })
        .await;
        beside_daemon(&books, "", async |web| {
            soon("the old ones are erased", async || web.events(1).await.len() == 3).await;
            let kept: Vec<_> = web.events(1).await.into_iter().map(|event| event.kind).collect();
            assert_eq!(kept, [EventKind::Preference, EventKind::Unsubscribe, EventKind::Open]);
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn of_whoever_is_not_told_on_nothing_is_kept_of_how_they_left() {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    let sink = Sink::start(|_, _| Fate::Taken);
    beside_answering(&books, &sink, "opens = true", async |web| {
        for (who, number) in [("uli@hall.de", 1), ("tom@hall.com.br", 2)] {
            let mail = answered(web, &sink, who, number).await;
            assert_eq!(web.post(&mail.way_out(), "List-Unsubscribe=One-Click").await.status, 200);
        }
    })
    .await;
    let mut door = place.backdoor().await;
    let kept = door.texts("SELECT network || ' ' || SUBSTR(user_agent, 1, 7) FROM tracking_event ORDER BY id").await;
    assert_eq!(kept, [" ", "203.0.113.0/24 Mozilla"]);
    drop(door);
    books.close().await;
    place.clear().await;
}
