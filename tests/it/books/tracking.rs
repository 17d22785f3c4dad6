//! What letters tell, and what their readers chose.

use super::{HOUR_MS, MONDAY, address};
use crate::support::engines::for_each_engine;
use tradepost::act::track::{Tracked, TrackedLink};
use tradepost::record::choices::{self, Chosen, Hold, NewWayOut, Scope, TopicChoice};
use tradepost::record::tracking::{self, EVENTS_MAX, EventCount, NewEvent, NewLetter};
use tradepost::record::{BooksError, Session};
use tradepost::trade::tracking::{Asked, Class, Consent, EventKind, Reason, Revised};
use tradepost::types::{DeliveryId, Language, Network, WebToken};

const FIRST: DeliveryId = DeliveryId(1);

fn token(number: u8) -> WebToken {
    WebToken::new([number; 16])
}

/// A letter to Bob with two links, the link no person sees, and a picture.
async fn letter(session: &mut Session, number: i64) -> Tracked {
    let (delivery, base) = (DeliveryId(number), u8::try_from(number * 10).expect("few"));
    let link = |number: u8, url: &str| TrackedLink { token: token(base + number), number: number.into(), url: url.to_owned() };
    let tracked = Tracked {
        html: String::new(),
        links: vec![link(1, "https://bright.example/?a=1&b=%2F'ü"), link(2, "https://bright.example/2")],
        honeypot: Some(token(base + 3)),
        pixel: Some(token(base + 4)),
    };
    let to = address("Bob+fair@acme.example");
    let new = NewLetter { delivery, to: &to, tracked: Ok(&tracked), made_at: MONDAY };
    tracking::add_letter(session, &new).await.expect("a new letter");
    tracked
}

fn event(delivery: DeliveryId, kind: EventKind, class: Class) -> NewEvent<'static> {
    NewEvent { delivery, kind, link: 0, at: MONDAY, class, reason: "plain", agent: None, network: None }
}

#[tokio::test]
async fn a_letters_links_lead_where_the_author_wrote_and_its_picture_is_its_own() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let tracked = letter(&mut session, 1).await;
        let found = tracking::find_link(&mut session, tracked.links[0].token).await.expect("asked").expect("a link");
        assert_eq!((found.asked, found.url.as_str()), (Asked::Link(1), "https://bright.example/?a=1&b=%2F'ü"));
        assert_eq!((found.letter.delivery, found.letter.links, found.letter.sent_at), (FIRST, 2, None));
        let trap = tracking::find_link(&mut session, token(13)).await.expect("asked").expect("a link");
        assert_eq!((trap.asked, trap.url), (Asked::Honeypot, found.url), "it shows what the first link shows");
        tracking::mark_sent(&mut session, &[FIRST], MONDAY.plus_ms(HOUR_MS)).await.expect("known");
        tracking::mark_sent(&mut session, &[FIRST], MONDAY.plus_ms(2 * HOUR_MS)).await.expect("known");
        let seen = tracking::find_by_pixel(&mut session, token(14)).await.expect("asked").expect("a letter");
        assert_eq!((seen.delivery, seen.sent_at), (FIRST, Some(MONDAY.plus_ms(HOUR_MS))), "the first time counts");
        let quiet = NewLetter { delivery: DeliveryId(2), to: &address("ana@sol.example"), tracked: Err("off"), made_at: MONDAY };
        tracking::add_letter(&mut session, &quiet).await.expect("a letter that tells nothing");
        assert_eq!(tracking::find_by_pixel(&mut session, token(99)).await.expect("asked"), None);
        assert_eq!(tracking::find_link(&mut session, token(99)).await.expect("asked"), None);
        assert!(matches!(tracking::add_letter(&mut session, &quiet).await, Err(BooksError::Failed { .. })), "a delivery is one letter");
    })
    .await;
}

#[tokio::test]
async fn events_keep_their_class_until_they_are_seen_otherwise_and_their_details_for_a_while() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        letter(&mut session, 1).await;
        let agent = "ü".repeat(500);
        let network = Some(Network::around("203.0.113.77".parse().expect("an address")));
        let click = NewEvent { link: 1, agent: Some(&agent), network, ..event(FIRST, EventKind::Click, Class::Human) };
        tracking::add_event(&mut session, &click).await.expect("a click");
        let later = NewEvent { at: MONDAY.plus_ms(HOUR_MS), ..event(FIRST, EventKind::Open, Class::Unknown) };
        tracking::add_event(&mut session, &later).await.expect("an opening");
        let events = tracking::list_events(&mut session, FIRST).await.expect("two");
        assert_eq!(events.iter().map(|past| (past.kind, past.link)).collect::<Vec<_>>(), [(EventKind::Open, 0), (EventKind::Click, 1)]);
        tracking::mark_revised(&mut session, &Revised { id: events[1].id, reason: Reason::Burst }).await.expect("known");
        let events = tracking::list_events(&mut session, FIRST).await.expect("two");
        assert_eq!((events[1].class, events[1].reason.as_str()), (Class::Automatic, "burst"));
        let counts = tracking::count_events(&mut session).await.expect("counted");
        let count = |kind, class| EventCount { kind, class, count: 1 };
        assert_eq!(counts, [count(EventKind::Click, Class::Automatic), count(EventKind::Open, Class::Unknown)]);
        let forgotten = [
            tracking::forget_details(&mut session, MONDAY.plus_ms(1)).await.expect("forgotten"),
            tracking::forget_details(&mut session, MONDAY.plus_ms(1)).await.expect("forgotten"),
        ];
        assert_eq!(forgotten, [1, 0], "only the older one, and only once");
        for _ in 0..EVENTS_MAX {
            tracking::add_event(&mut session, &event(FIRST, EventKind::Open, Class::Automatic)).await.expect("an opening");
        }
        let listed = tracking::list_events(&mut session, FIRST).await.expect("many");
        assert_eq!(i64::try_from(listed.len()).expect("few"), EVENTS_MAX);
        session.commit().await.expect("committed");
        books.scrub().await.expect("erased rows give up their room");
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_of_whoever_asked_is_a_house_and_a_program_and_both_can_be_forgotten() {
    for place in [crate::support::engines::Engine::Sqlite, crate::support::engines::Engine::Postgres] {
        let place = crate::support::engines::Place::new(place).await;
        let books = place.open().await;
        let mut session = books.begin().await.expect("free books");
        letter(&mut session, 1).await;
        for (client, agent) in [("203.0.113.77", "Mozilla/5.0"), ("2001:db8:1:2:3:4:5:6", "x")] {
            let network = Some(Network::around(client.parse().expect("an address")));
            let new = NewEvent { network, agent: Some(agent), ..event(FIRST, EventKind::Open, Class::Human) };
            tracking::add_event(&mut session, &new).await.expect("an opening");
        }
        session.commit().await.expect("committed");
        let mut door = place.backdoor().await;
        let kept = "SELECT network || ' ' || user_agent FROM tracking_event ORDER BY id";
        assert_eq!(door.texts(kept).await, ["203.0.113.0/24 Mozilla/5.0", "2001:db8:1::/48 x"]);
        let mut session = books.begin().await.expect("free books");
        assert_eq!(tracking::forget_details(&mut session, MONDAY.plus_ms(1)).await.expect("forgotten"), 2);
        session.commit().await.expect("committed");
        assert_eq!(door.texts(kept).await, [" ", " "]);
        drop(door);
        books.close().await;
        place.clear().await;
    }
}

#[tokio::test]
async fn whoever_leaves_a_topic_or_everything_is_not_written_to() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (bob, ana) = (address("Bob@acme.example"), address("ana@sol.example"));
        for (number, topic) in [(1, Some("Spring catalogue")), (2, Some("Prices")), (3, None), (4, Some("Prices"))] {
            let new = NewWayOut { token: token(number), address: &bob, topic, delivery: Some(DeliveryId(7)), made_at: MONDAY };
            choices::add_way_out(&mut session, &new).await.expect("a way out");
        }
        let out = choices::find_way_out(&mut session, token(1)).await.expect("asked").expect("a way out");
        assert_eq!(
            (out.address.as_str(), out.topic.as_deref(), out.delivery),
            ("bob@acme.example", Some("Spring catalogue"), Some(DeliveryId(7)))
        );
        assert_eq!(choices::find_way_out(&mut session, token(9)).await.expect("asked"), None);

        let hold = async |session: &mut Session, who, topic| choices::find_hold(session, who, topic, MONDAY).await.expect("asked");
        assert_eq!(hold(&mut session, &bob, Some("Prices")).await, None);
        choices::mark_unsubscribed(&mut session, &address("BOB+x@acme.example"), Scope::Topic("Prices"), "one-click", MONDAY)
            .await
            .expect("left");
        choices::mark_unsubscribed(&mut session, &bob, Scope::Topic("Prices"), "form", MONDAY.plus_ms(5)).await.expect("left again");
        assert_eq!(hold(&mut session, &bob, Some("Prices")).await, Some(Hold::Left { at: MONDAY }), "the first time counts");
        assert_eq!(hold(&mut session, &bob, Some("Spring catalogue")).await, None);
        let chosen = choices::find_chosen(&mut session, &bob).await.expect("asked");
        let topic = |name: &str, wanted| TopicChoice { name: name.to_owned(), wanted };
        assert_eq!(chosen.topics, [topic("Prices", false), topic("Spring catalogue", true)], "each topic once");

        choices::mark_unsubscribed(&mut session, &bob, Scope::Everything, "one-click", MONDAY).await.expect("left");
        assert_eq!(hold(&mut session, &bob, Some("Spring catalogue")).await, Some(Hold::Left { at: MONDAY }));
        assert_eq!(hold(&mut session, &bob, None).await, Some(Hold::Left { at: MONDAY }));
        assert_eq!(hold(&mut session, &ana, None).await, None, "nobody else");
        assert_eq!(choices::count_left(&mut session).await.expect("counted"), 1);
    })
    .await;
}

#[tokio::test]
async fn what_somebody_chooses_holds_until_they_choose_again() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let bob = address("bob@acme.example");
        let way_out = NewWayOut { token: token(1), address: &bob, topic: Some("Prices"), delivery: None, made_at: MONDAY };
        choices::add_way_out(&mut session, &way_out).await.expect("a way out");
        choices::mark_unsubscribed(&mut session, &bob, Scope::Everything, "form", MONDAY).await.expect("left");
        let nothing = choices::find_chosen(&mut session, &bob).await.expect("asked");
        assert_eq!((nothing.left_at, nothing.topics[0].wanted), (Some(MONDAY), false));
        choices::mark_chosen(&mut session, &bob, &nothing, MONDAY).await.expect("saved");
        let hold = choices::find_hold(&mut session, &bob, Some("Prices"), MONDAY).await.expect("asked");
        assert_eq!(hold, Some(Hold::Left { at: MONDAY }), "saving nothing brings nobody back");

        let until = MONDAY.plus_ms(30 * 24 * HOUR_MS);
        let topics = vec![TopicChoice { name: "Prices".to_owned(), wanted: true }];
        let chosen = Chosen {
            topics,
            language: Some(Language::CHINESE_TRADITIONAL),
            paused_until: Some(until),
            telling: Some(Consent::Given { on: MONDAY }),
            left_at: None,
        };
        choices::mark_chosen(&mut session, &bob, &chosen, MONDAY).await.expect("saved");
        assert_eq!(choices::find_chosen(&mut session, &bob).await.expect("asked"), chosen, "a topic wanted again brings them back");
        let hold = async |session: &mut Session, now| choices::find_hold(session, &bob, Some("Prices"), now).await.expect("asked");
        assert_eq!(hold(&mut session, MONDAY).await, Some(Hold::Paused { until }));
        assert_eq!(hold(&mut session, until).await, None);

        letter(&mut session, 1).await;
        tracking::add_event(&mut session, &event(FIRST, EventKind::Open, Class::Human)).await.expect("an opening");
        choices::mark_unsubscribed(&mut session, &bob, Scope::Everything, "form", MONDAY).await.expect("left");
        assert_eq!(tracking::erase_of(&mut session, &bob).await.expect("erased"), 1);
        choices::erase_of(&mut session, &bob).await.expect("erased");
        assert_eq!(tracking::count_events(&mut session).await.expect("counted"), [], "events go with their letter");
        assert_eq!(tracking::find_link(&mut session, token(11)).await.expect("asked"), None);
        let rest = choices::find_chosen(&mut session, &bob).await.expect("asked");
        assert_eq!(rest, Chosen { left_at: Some(MONDAY), ..Chosen::default() }, "that they left is remembered");
    })
    .await;
}
