//! A daemon that is killed again and again while it sends.

use super::{Books, BooksAddress, Purpose, deliveries, enter, id_of, sales, states};
use crate::corpus::Dice;
use crate::support::daemon::{PATIENCE, Workplace, within};
use crate::support::engines::{Engine, Place};
use crate::support::sink::{Fate, Sink};
use std::collections::BTreeMap;
use std::time::Duration;
use tradepost::record::outbox::{DeliveryState, MailClass};
use tradepost::types::Moment;

const MAILS: usize = 2_000;
const KILLS: usize = 20;
const CUTS: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_mails_twenty_kills_and_fifty_cuts_leave_no_mail_twice_and_none_unaccounted_for() {
    // Every fortieth transaction is cut after the final dot; half of those mails were kept.
    let sink = Sink::start(|_, transaction| match transaction % (2 * MAILS / CUTS) {
        7 => Fate::TakenAndCut,
        47 => Fate::LostAndCut,
        _ => Fate::Taken,
    });
    let sending = format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\nconnections = 8\n\n[storage]", sink.port);
    let workplace = Workplace::opened(&[("[storage]", &sending)]);
    let letters: Vec<(usize, String)> = (0..MAILS).map(|number| (number, format!("buyer-{number}@customers.example"))).collect();
    let address = BooksAddress::Sqlite(workplace.path("books.sqlite"));
    let books = Books::open(&address, Purpose::Command).await.expect("the books");
    let account = sales(&books).await;
    enter(&books, account, &letters, MailClass::Letter, Moment(0)).await;

    let mut dice = Dice(0x5e4d_0001);
    for round in 1..=KILLS {
        let wanted = MAILS * round / (KILLS + 1);
        let mut daemon = workplace.start();
        let awaited = wanted.saturating_sub(dice.below(60));
        within(Duration::from_secs(30), || (sink.copies().len() >= awaited).then_some(()));
        std::thread::sleep(Duration::from_micros(dice.below(20_000) as u64));
        assert!(daemon.is_running(), "it ended by itself:\n{}", daemon.said());
        daemon.kill();
    }
    let daemon = workplace.start();
    let settled = within(PATIENCE, || {
        let counts = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(states(&books)));
        counts.iter().all(|state| matches!(state, DeliveryState::Sent | DeliveryState::Uncertain)).then_some(())
    });
    let said = daemon.said();
    assert_eq!(daemon.stop().0.code(), Some(0));
    assert!(settled.is_some(), "{:?}\n{said}", tally(&states(&books).await));

    let copies = sink.copies();
    assert!(copies.values().all(|count| *count == 1), "none came twice");
    let mut lost = 0;
    for delivery in deliveries(&books).await {
        let number: usize = delivery.subject.trim_start_matches("Offer ").parse().expect("its number");
        let came = copies.contains_key(&(id_of(number), delivery.recipient.clone()));
        match delivery.state {
            DeliveryState::Sent => assert!(came, "{number} counts as sent and never came"),
            _ => lost += usize::from(!came),
        }
    }
    let counts = tally(&states(&books).await);
    println!("{counts:?}, {lost} of the uncertain never came, {} connections", sink.connections());
    let uncertain = counts.get("uncertain").copied().unwrap_or(0);
    assert!((CUTS / 2..=CUTS * 2 + 8 * KILLS).contains(&uncertain), "the cuts are uncertain, and of a kill no more than what was in hand");
}

fn tally(states: &[DeliveryState]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    states.iter().for_each(|state| *counts.entry(state.name()).or_default() += 1);
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_on_the_same_books_sends_nothing() {
    let sink = Sink::start(|_, _| Fate::Taken);
    let sending = format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n\n[storage]", sink.port);
    let workplace = Workplace::opened(&[("[storage]", &sending)]);
    let books = Books::open(&BooksAddress::Sqlite(workplace.path("books.sqlite")), Purpose::Command).await.expect("the books");
    let account = sales(&books).await;
    let mut first = workplace.start();
    first.wait_until_serving();
    let refused = workplace.ask(&["run", "--once"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let letters: Vec<(usize, String)> = (0..200).map(|number| (number, format!("buyer-{number}@customers.example"))).collect();
    enter(&books, account, &letters, MailClass::Letter, Moment(0)).await;
    within(PATIENCE, || (sink.copies().len() == 200).then_some(())).expect("all of them went");
    assert_eq!(first.stop().0.code(), Some(0));
    assert!(sink.copies().values().all(|count| *count == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_daemons_that_share_the_books_the_one_that_is_halted_sends_nothing_that_the_other_took_over() {
    let place = Place::new(Engine::Postgres).await;
    // Each answer takes a while, so that the halt comes in the middle of mails.
    let sink = Sink::start(|_, _| {
        std::thread::sleep(Duration::from_millis(20));
        Fate::Taken
    });
    let sending = format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\nconnections = 4\n\n[storage]", sink.port);
    let storage = format!("\"{}\"\nlease_seconds = 5", place.address_text());
    let workplace = Workplace::opened(&[("[storage]", &sending), ("\"books.sqlite\"", &storage)]);
    let books = Books::open(&place.address, Purpose::Command).await.expect("the books");
    let account = sales(&books).await;
    let letters: Vec<(usize, String)> = (0..600).map(|number| (number, format!("buyer-{number}@customers.example"))).collect();
    enter(&books, account, &letters, MailClass::Letter, Moment(0)).await;
    let [first, second] = ["one", "two"].map(|name| workplace.start_as(name));
    let came = |wanted: usize| within(PATIENCE, || (sink.copies().len() >= wanted).then_some(())).is_some();
    assert!(came(100), "somebody sends: {}{}", first.said(), second.said());
    // Whoever holds the mailbox is halted for longer than its lease lasts.
    let holder = place.backdoor().await.texts("SELECT owner FROM lease WHERE name LIKE 'mailbox:%'").await.pop().expect("a holder");
    let (mut halted, mut other) = if holder.contains("one.toml") { (first, second) } else { (second, first) };
    halted.halt();
    assert!(came(600 - 8), "the other goes on: {} came\n{}", sink.copies().len(), other.said());
    halted.go_on();
    std::thread::sleep(Duration::from_secs(2));
    assert!(halted.is_running() && other.is_running(), "{}{}", halted.said(), other.said());
    for daemon in [halted, other] {
        assert_eq!(daemon.stop().0.code(), Some(0));
    }
    let copies = sink.copies();
    assert!(copies.values().all(|count| *count == 1), "none came twice");
    for delivery in deliveries(&books).await {
        let number: usize = delivery.subject.trim_start_matches("Offer ").parse().expect("its number");
        let came = copies.contains_key(&(id_of(number), delivery.recipient.clone()));
        assert!(came || delivery.state == DeliveryState::Uncertain, "{number} is {:?} and never came", delivery.state);
        assert!(matches!(delivery.state, DeliveryState::Sent | DeliveryState::Uncertain), "{number} is {:?}", delivery.state);
    }
    let uncertain = states(&books).await.iter().filter(|state| **state == DeliveryState::Uncertain).count();
    assert!(uncertain <= 8, "no more than what was in hand: {uncertain}");
    books.close().await;
    place.clear().await;
}
