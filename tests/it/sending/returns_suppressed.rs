//! The suppression list: whoever is on it gets nothing that goes by itself, from the moment it is written down.

use super::returns::{MINUTE_MS, buyer, desk_at, from, reasons, report, send, state_of, suppressed, told_of};
use super::{Books, NO_LIMITS, deliveries, enter, id_of};
use crate::support::desk::{Desk, MONDAY_MORNING};
use crate::support::engines::{for_each_engine, for_each_place};
use crate::support::sink::{Fate, Sink};
use std::os::unix::fs::PermissionsExt;
use tradepost::record::outbox::{DeliveryState, MailClass};
use tradepost::record::suppressions::{self, Grounds, KeyFit, ListKey, Reason, Scope, Whom};
use tradepost::types::{DerivedKey, EmailAddress};

const RUN: usize = 300;
const LATE: usize = 60;

async fn suppress(desk: &Desk, whom: &[Whom], reason: Reason) {
    let key = desk.office.keys.list().expect("the key");
    let mut session = desk.office.books.begin().await.expect("free books");
    for one in whom {
        assert!(suppressions::add(&mut session, &key, *one, &Grounds::of(reason, desk.office.now())).await.expect("written"));
    }
    session.commit().await.expect("committed");
}

fn person(desk: &Desk, address: &str) -> Whom {
    desk.office.keys.list().expect("the key").person(&EmailAddress::parse(address).expect("an address"))
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_entered_while_a_run_is_going_on_gets_nothing_more() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "connections = 4").await;
        let letters: Vec<(usize, String)> = (0..RUN).map(|number| (number, buyer(number))).collect();
        enter(&books, desk.office.accounts[0].id, &letters, MailClass::Bulk, MONDAY_MORNING).await;
        let late: Vec<Whom> = (RUN - LATE..RUN).map(|number| person(&desk, &buyer(number))).collect();
        let entering = async {
            while sink.copies().len() < RUN / 10 {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
            suppress(&desk, &late, Reason::Unsubscribe).await;
            // What was claimed before that moment may still go: so many as the connections hold.
            deliveries(&books).await.into_iter().filter(|delivery| delivery.state == DeliveryState::Planned).count()
        };
        let (report, planned) = tokio::join!(desk.settle(), entering);
        assert!(planned >= LATE, "they were not due yet when they were entered: {planned}");
        assert_eq!((report.sent.sent, report.sent.dropped), (RUN - LATE, LATE));
        for number in 0..RUN {
            let came = sink.copies().contains_key(&(id_of(number), buyer(number)));
            assert_eq!(came, number < RUN - LATE, "{number}");
        }
        let dropped = deliveries(&books).await.into_iter().find(|delivery| delivery.state == DeliveryState::Dropped).expect("some");
        assert!(dropped.why.starts_with("its recipient is on the suppression list since 2026-11-16: unsubscribe"), "{}", dropped.why);
        assert_eq!(dropped.attempts, 1);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_at_rcpt_is_as_good_as_a_bounce_and_a_persons_letter_goes_with_a_warning() {
    for_each_engine(|books| async move {
        let open = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let is_open = std::sync::Arc::clone(&open);
        let sink = Sink::start(move |to, _| match (to, is_open.load(std::sync::atomic::Ordering::SeqCst)) {
            ("buyer-0@firm-0.example", false) => Fate::RefusedAtRcpt("550 5.1.1 no such user".into()),
            ("buyer-1@firm-1.example", false) => Fate::RefusedAtDot("550 5.1.1 no such user".into()),
            ("buyer-2@firm-2.example", false) => Fate::RefusedAtRcpt("552 5.2.2 mailbox full".into()),
            _ => Fate::Taken,
        });
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..3, MailClass::Letter).await;
        let entries = suppressed(&desk, &buyer(0)).await;
        let [entry] = entries.as_slice() else { panic!("{entries:?}") };
        assert_eq!((entry.reason, entry.whom.scope, entry.message), (Reason::HardBounce, Scope::Person, None));
        assert!(entry.delivery.is_some(), "the mail that showed it");
        assert!(reasons(&desk, &buyer(1)).await.is_empty(), "after the whole mail a server may speak of the mail");
        assert!(reasons(&desk, &buyer(2)).await.is_empty());

        open.store(true, std::sync::atomic::Ordering::SeqCst);
        let account = desk.office.accounts[0].id;
        for (number, class) in [(10, MailClass::Bulk), (11, MailClass::Answer), (12, MailClass::Letter)] {
            enter(&books, account, &[(number, buyer(0))], class, MONDAY_MORNING).await;
        }
        desk.settle().await;
        let states = [state_of(&books, 10).await, state_of(&books, 11).await, state_of(&books, 12).await];
        assert_eq!(states, [DeliveryState::Dropped, DeliveryState::Dropped, DeliveryState::Sent]);
        let warned = deliveries(&books).await.into_iter().find(|delivery| delivery.header_id == id_of(12)).expect("it left");
        assert!(warned.warning.contains("hard_bounce") && warned.why.is_empty(), "{warned:?}");
        assert_eq!(sink.mails().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_left_the_mailings_is_answered_and_a_whole_firm_can_be_left_alone() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        let account = desk.office.accounts[0].id;
        let firm = desk.office.keys.list().expect("the key").domain("firm-9.example");
        suppress(&desk, &[person(&desk, &buyer(0))], Reason::Unsubscribe).await;
        suppress(&desk, &[firm], Reason::ByHand).await;
        let to = |number: usize| match number {
            0 | 1 => buyer(0),
            2 => "eva@eu.firm-9.example".to_owned(),
            _ => "eva@other-firm-9.example".to_owned(),
        };
        for (number, class) in
            [(0, MailClass::Answer), (1, MailClass::Bulk), (2, MailClass::Answer), (3, MailClass::Bulk), (4, MailClass::Team)]
        {
            let to = if number == 4 { "eva@firm-9.example".to_owned() } else { to(number) };
            enter(&books, account, &[(number, to)], class, MONDAY_MORNING).await;
        }
        desk.settle().await;
        let expected = [DeliveryState::Sent, DeliveryState::Dropped, DeliveryState::Dropped, DeliveryState::Sent, DeliveryState::Sent];
        for (number, state) in expected.into_iter().enumerate() {
            assert_eq!(state_of(&books, number).await, state, "{number}");
        }
        let dropped = deliveries(&books).await.into_iter().find(|delivery| delivery.header_id == id_of(2)).expect("it was planned");
        assert!(dropped.why.starts_with("its domain is on the suppression list"), "{}", dropped.why);
    })
    .await;
}

#[tokio::test]
async fn an_inquiry_from_somebody_on_the_list_is_drafted_and_not_answered() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let sending = format!(
            "[policies.intents]\ninquiry = \"answer\"\n\n[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n{NO_LIMITS}\n\n[storage]",
            sink.port
        );
        let desk = Desk::open_with(&books, &[("mode = \"draft\"", "mode = \"full\""), ("[storage]", &sending)]).await;
        suppress(&desk, &[person(&desk, "tom@hall-lighting.example")], Reason::HardBounce).await;
        let ask = "Hello, please send us your best price for 1,000 pcs LED flood lights 50W FOB Ningbo. We look forward to your quotation.";
        desk.receive(&from("tom@hall-lighting.example", "", "Price for flood lights 50W", ask));
        desk.settle().await;
        assert_eq!((sink.mails().len(), desk.drafts().len()), (0, 1), "{}", desk.last().await.why);
        assert!(desk.last().await.why.contains("on the suppression list"), "{}", desk.last().await.why);
    })
    .await;
}

#[tokio::test]
async fn the_list_survives_that_everything_of_a_person_is_erased() {
    for_each_place(|place| async move {
        let books = place.open().await;
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        // They wrote to us once, so they are a contact; then our letter came back.
        desk.receive(&from(&buyer(0), "", "Hello", "Do you make panels?"));
        desk.settle().await;
        send(&desk, 0..1, MailClass::Letter).await;
        desk.receive(&report(0, "failed", "5.1.1", "550 5.1.1 User unknown"));
        desk.settle().await;
        assert_eq!(told_of(&books, 0).await.len(), 1);
        let entry = suppressed(&desk, &buyer(0)).await.remove(0);
        assert!(entry.message.is_some() && entry.delivery.is_some(), "{entry:?}");

        let mut door = place.backdoor().await;
        for table in ["returned", "delivery", "outgoing", "message", "thread", "contact", "company"] {
            door.run(format!("DELETE FROM {table}")).await.unwrap_or_else(|error| panic!("{table}: {error}"));
        }
        let entry = suppressed(&desk, &buyer(0)).await.remove(0);
        assert_eq!((entry.reason, entry.message, entry.delivery), (Reason::HardBounce, None, None));
        for column in ["note", "reason", "scope"] {
            let words = door.texts(format!("SELECT {column} FROM suppression")).await.join(" ");
            assert!(!words.contains("buyer") && !words.contains("firm"), "{words}");
        }
        enter(&books, desk.office.accounts[0].id, &[(1, buyer(0).to_uppercase())], MailClass::Bulk, MONDAY_MORNING).await;
        desk.settle().await;
        assert_eq!(state_of(&books, 1).await, DeliveryState::Dropped);
        drop(door);
        drop(desk);
        books.close().await;
    })
    .await;
}

#[tokio::test]
async fn under_another_key_nothing_goes_by_itself_until_the_right_one_is_back() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        let account = desk.office.accounts[0].id;
        let whom = [person(&desk, &buyer(0)), person(&desk, &buyer(1))];
        suppress(&desk, &whom, Reason::HardBounce).await;
        let file = desk.path("tradepost.key");
        let right = std::fs::read(&file).expect("the key was made");
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);

        // A machine that lost the file has another one now; 32 bytes of nines.
        std::fs::write(&file, "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n").expect("ours");
        let other = desk_in(&books, &desk, &sink).await;
        for (number, class) in [(0, MailClass::Bulk), (1, MailClass::Answer), (2, MailClass::Letter)] {
            enter(&books, account, &[(number, buyer(number))], class, MONDAY_MORNING).await;
        }
        other.settle().await;
        let states = [state_of(&books, 0).await, state_of(&books, 1).await, state_of(&books, 2).await];
        assert_eq!(states, [DeliveryState::Deferred, DeliveryState::Deferred, DeliveryState::Sent], "what a person wrote goes");
        let waiting = deliveries(&books).await.into_iter().next().expect("the first");
        assert!(waiting.why.contains("another key file") && waiting.attempts == 0, "{waiting:?}");
        // Nobody can be entered meanwhile, so that the list stays whole.
        let strange = ListKey::new(DerivedKey::derive(&[9; 32], suppressions::PURPOSE).expect("a key"));
        let mut session = books.begin().await.expect("free books");
        assert_eq!(suppressions::find_key_fit(&mut session, &strange).await.expect("a look"), KeyFit::Another);
        let address = EmailAddress::parse("x@y.example").expect("an address");
        let grounds = Grounds::of(Reason::ByHand, MONDAY_MORNING);
        assert!(!suppressions::add(&mut session, &strange, strange.person(&address), &grounds).await.expect("a look"));
        drop(session);

        std::fs::write(other.path("tradepost.key"), &right).expect("the right one is back");
        other.office.clock.forward(20 * MINUTE_MS);
        other.settle().await;
        let states = [state_of(&books, 0).await, state_of(&books, 1).await];
        assert_eq!(states, [DeliveryState::Dropped, DeliveryState::Dropped]);
    })
    .await;
}

/// The same office in another life, with the key file that lies beside the other's configuration, if any.
async fn desk_in(books: &Books, other: &Desk, sink: &Sink) -> Desk {
    let desk = desk_at(books, sink, "").await;
    if let Ok(key) = std::fs::read(other.path("tradepost.key")) {
        std::fs::write(desk.path("tradepost.key"), key).expect("written");
        std::fs::set_permissions(desk.path("tradepost.key"), std::fs::Permissions::from_mode(0o600)).expect("ours");
    }
    desk
}

#[tokio::test]
async fn of_one_person_every_reason_is_kept_and_the_longer_time_counts() {
    for_each_engine(|books| async move {
        let key = ListKey::new(DerivedKey::derive(&[1; 32], suppressions::PURPOSE).expect("a key"));
        let bob = EmailAddress::parse("Bob@acme.example").expect("an address");
        let now = MONDAY_MORNING;
        let mut session = books.begin().await.expect("free books");
        assert!(!suppressions::has_any(&mut session).await.expect("a look"));
        let until = |ms| Grounds { until: Some(now.plus_ms(ms)), ..Grounds::of(Reason::SoftBounces, now) };
        for grounds in [until(1_000), until(5_000), until(2_000), Grounds { note: "he rang", ..Grounds::of(Reason::ByHand, now) }] {
            assert!(suppressions::add(&mut session, &key, key.person(&bob), &grounds).await.expect("written"));
        }
        let found = suppressions::find(&mut session, &key, &bob, now).await.expect("the list");
        let told: Vec<_> =
            found.iter().map(|entry| (entry.reason, entry.until.map(|until| until.0 - now.0), entry.note.as_str())).collect();
        assert_eq!(told, [(Reason::ByHand, None, "he rang"), (Reason::SoftBounces, Some(5_000), "")]);
        assert_eq!(suppressions::find(&mut session, &key, &bob, now.plus_ms(5_000)).await.expect("the list").len(), 1, "that time is over");
        assert_eq!(suppressions::count(&mut session).await.expect("counted").len(), 2);
        assert!(suppressions::erase_reason(&mut session, key.person(&bob), Reason::SoftBounces).await.expect("written"));
        assert!(suppressions::erase(&mut session, key.person(&bob)).await.expect("written"));
        assert!(!suppressions::erase(&mut session, key.person(&bob)).await.expect("written"), "he is gone");
    })
    .await;
}
