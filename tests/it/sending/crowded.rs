//! Servers that have no room for us: fewer connections are opened, nobody logs in for ever, and mail that only waits is told of.

use super::{NO_LIMITS, deliveries, enter, states};
use crate::support::desk::{Desk, MONDAY_MORNING, soon};
use crate::support::engines::for_each_engine;
use crate::support::sink::{Fate, Sink};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tradepost::decide::TroubleKind;
use tradepost::record::outbox::holds::{self, Hold, HoldOf};
use tradepost::record::outbox::{DeliveryState, MailClass};
use tradepost::record::{Books, health};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

async fn desk_at(books: &Books, sink: &Sink, connections: usize) -> Desk {
    let sending = format!(
        "[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\nconnections = {connections}\n{NO_LIMITS}\n\n[storage]",
        sink.port
    );
    Desk::open_with(books, &[("[storage]", &sending)]).await
}

fn letters(numbers: Range<usize>) -> Vec<(usize, String)> {
    numbers.map(|number| (number, format!("buyer-{number}@customers.example"))).collect()
}

/// Takes every mail, slowly enough for connections to meet.
fn slow() -> Sink {
    Sink::start(|_, _| {
        std::thread::sleep(Duration::from_millis(5));
        Fate::Taken
    })
}

/// Twenty letters go now; the most connections that were open at a time.
async fn twenty(desk: &Desk, sink: &Sink, from: usize) -> usize {
    let (books, account) = (&desk.office.books, desk.office.accounts[0].id);
    enter(books, account, &letters(from..from + 20), MailClass::Letter, MONDAY_MORNING).await;
    sink.peak();
    desk.settle().await;
    // What has said goodbye is gone a moment later.
    soon("the end of all connections", async || sink.connected() == 0).await;
    sink.peak()
}

#[tokio::test]
async fn a_crowded_server_keeps_its_two_connections_in_the_next_rounds_and_gets_more_later() {
    for_each_engine(|books| async move {
        let sink = slow();
        sink.make_room(2);
        let desk = desk_at(&books, &sink, 4).await;
        assert_eq!(twenty(&desk, &sink, 0).await, 2);
        let turned_away = sink.turned_away();
        assert!((1..=2).contains(&turned_away), "the third and the fourth: {turned_away}");
        for round in 1..4 {
            desk.office.clock.forward(2 * MINUTE_MS);
            assert_eq!(twenty(&desk, &sink, 20 * round).await, 2, "round {round}");
        }
        assert_eq!(sink.turned_away(), turned_away, "nobody knocks in vain");
        sink.make_room(9);
        let mut peaks = Vec::new();
        for round in 4..8 {
            desk.office.clock.forward(10 * MINUTE_MS);
            peaks.push(twenty(&desk, &sink, 20 * round).await);
        }
        assert_eq!(peaks, [2, 3, 4, 4], "one more at a time, and no more than are configured");
        assert_eq!(states(&books).await, [DeliveryState::Sent; 160]);
        assert!(deliveries(&books).await.iter().all(|delivery| delivery.attempts == 1), "being turned away is no try");
        assert!(sink.copies().values().all(|copies| *copies == 1));
    })
    .await;
}

#[tokio::test]
async fn a_server_that_spends_each_connection_on_nothing_is_asked_a_few_times_only() {
    for_each_engine(|books| async move {
        let is_well = Arc::new(AtomicBool::new(false));
        let well = Arc::clone(&is_well);
        let sink = Sink::start(move |_, _| match well.load(Ordering::SeqCst) {
            true => Fate::Taken,
            false => Fate::RefusedAtRcpt("452 4.5.3 Too many recipients".into()),
        });
        let desk = desk_at(&books, &sink, 2).await;
        enter(&books, desk.office.accounts[0].id, &letters(0..10), MailClass::Letter, MONDAY_MORNING).await;
        desk.at_work(async {
            soon("the server is asked", async || sink.connections() > 0).await;
            tokio::time::sleep(Duration::from_secs(3)).await;
        })
        .await;
        assert!((1..=4).contains(&sink.connections()), "it is left alone for longer and longer: {}", sink.connections());
        for _ in 0..5 {
            let before = sink.connections();
            desk.office.clock.forward(30 * MINUTE_MS);
            desk.settle().await;
            assert_eq!(sink.connections() - before, 1, "one is enough to know");
        }
        let waiting = deliveries(&books).await;
        assert!(waiting.iter().all(|one| one.attempts == 0 && one.state != DeliveryState::Failed), "{waiting:?}");
        is_well.store(true, Ordering::SeqCst);
        desk.office.clock.forward(2 * MINUTE_MS);
        desk.settle().await;
        assert_eq!(states(&books).await, [DeliveryState::Sent; 10]);
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_is_spent_after_some_mails_is_followed_by_another_at_once() {
    for_each_engine(|books| async move {
        // Each third transaction is one too many for its connection.
        let sink = Sink::start(|_, transaction| match transaction % 3 {
            2 => Fate::RefusedAtRcpt("452 4.5.3 Too many recipients".into()),
            _ => Fate::Taken,
        });
        let desk = desk_at(&books, &sink, 1).await;
        enter(&books, desk.office.accounts[0].id, &letters(0..20), MailClass::Letter, MONDAY_MORNING).await;
        desk.settle().await;
        assert_eq!(states(&books).await, [DeliveryState::Sent; 20], "in one round");
        assert_eq!(sink.connections(), 10);
    })
    .await;
}

async fn troubles(desk: &Desk) -> Vec<TroubleKind> {
    let mut session = desk.office.books.look().await.expect("a look");
    health::list_troubles(&mut session).await.expect("the troubles").into_iter().map(|trouble| trouble.kind).collect()
}

#[tokio::test]
async fn mail_that_is_only_put_back_for_a_day_is_told_of_and_from_then_on_its_tries_count() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        sink.make_room(0);
        let desk = desk_at(&books, &sink, 1).await;
        let account = desk.office.accounts[0].id;
        enter(&books, account, &letters(0..1), MailClass::Letter, MONDAY_MORNING).await;
        for hour in 0..24 {
            desk.settle().await;
            assert_eq!((deliveries(&books).await[0].attempts, troubles(&desk).await), (0, vec![TroubleKind::SendingUnreachable]), "{hour}");
            desk.office.clock.forward(HOUR_MS);
        }
        desk.settle().await;
        assert_eq!(deliveries(&books).await[0].attempts, 1);
        assert!(troubles(&desk).await.contains(&TroubleKind::SendingWaits), "{:?}", troubles(&desk).await);
        desk.settle().await;
        let told = |mail: &String| mail_parser::MessageParser::default().parse(mail).and_then(|mail| Some(mail.body_text(0)?.into_owned()));
        let notes: Vec<String> = desk.mails("sales/new").iter().chain(&desk.mails("anna/new")).filter_map(told).collect();
        assert!(notes.iter().any(|note| note.contains("有邮件等待发送已超过一天")), "Li Wei is told: {notes:?}");
        // Another letter that is new has a day of its own; the old one is given up in the end.
        enter(&books, account, &letters(1..2), MailClass::Letter, desk.office.now()).await;
        desk.settle().await;
        let attempts: Vec<i64> = deliveries(&books).await.iter().map(|one| one.attempts).collect();
        assert_eq!(attempts, [1, 0]);
        for _ in 0..40 {
            desk.office.clock.forward(15 * HOUR_MS);
            desk.settle().await;
        }
        let old = deliveries(&books).await.swap_remove(0);
        assert!(old.state == DeliveryState::Failed && old.why.contains("after 16 tries"), "{old:?}");
        // The server is back: what is new goes, and all is well.
        sink.make_room(9);
        enter(&books, account, &letters(2..3), MailClass::Letter, desk.office.now()).await;
        desk.settle().await;
        assert_eq!((sink.copies().is_empty(), troubles(&desk).await), (false, Vec::new()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_another_daemon_met_stops_also_what_was_claimed_before_it() {
    for (of, class) in [(HoldOf::Everything, MailClass::Letter), (HoldOf::Bulk, MailClass::Bulk)] {
        for_each_engine(|books| async move {
            const RUN: usize = 300;
            let sink = Sink::start(|_, _| Fate::Taken);
            let desk = desk_at(&books, &sink, 2).await;
            let account = desk.office.accounts[0].id;
            enter(&books, account, &letters(0..RUN), class, MONDAY_MORNING).await;
            // The other daemon writes it into the books, and that is all that this one can know of it.
            let holding = async {
                while sink.copies().len() < RUN / 10 {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                let (since, why) = (MONDAY_MORNING, "550 5.7.1 blocked for suspicious sending".to_owned());
                let mut session = books.begin().await.expect("free books");
                let hold = Hold { account, of, until: since.plus_ms(HOUR_MS), why, since };
                holds::add(&mut session, &hold).await.expect("written");
                session.commit().await.expect("committed");
                sink.copies().len()
            };
            let (_, gone) = tokio::join!(desk.settle(), holding);
            let left = sink.copies().len();
            assert!(left <= gone + 2, "only what was at its end already, on two connections: {gone}, then {left}");
            assert!(left < RUN / 2 && sink.connections() <= 6, "{left} mails, {} connections", sink.connections());
            let all = deliveries(&books).await;
            let waiting: Vec<_> = all.iter().filter(|one| one.state != DeliveryState::Sent).collect();
            assert_eq!(waiting.len(), RUN - left);
            let is_back = |state| matches!(state, DeliveryState::Planned | DeliveryState::Deferred);
            assert!(waiting.iter().all(|one| is_back(one.state) && one.attempts == 0), "none stays in hand or has lost a try");
            // A letter is no matter of what holds sequences.
            enter(&books, account, &letters(RUN..RUN + 1), MailClass::Letter, MONDAY_MORNING).await;
            desk.settle().await;
            assert_eq!(sink.copies().len() - left, usize::from(of == HoldOf::Bulk));
            desk.office.clock.forward(2 * HOUR_MS);
            desk.settle().await;
            assert_eq!(states(&books).await, [DeliveryState::Sent; RUN + 1]);
            assert!(sink.copies().values().all(|copies| *copies == 1));
        })
        .await;
    }
}
