//! Servers that refuse, are crowded, fall silent or cut the line.

use super::{BooksAddress, NO_LIMITS, Purpose, Resolution, claims, deliveries, enter, letter, sales, states};
use crate::support::daemon::Workplace;
use crate::support::desk::{Desk, MONDAY_MORNING};
use crate::support::engines::for_each_engine;
use crate::support::sink::{Fate, Sink};
use std::collections::BTreeMap;
use std::sync::Mutex;
use tradepost::flow::Clock;
use tradepost::record::outbox::holds::{self, Hold, HoldOf};
use tradepost::record::outbox::{DeliveryState, MailClass};
use tradepost::record::{Books, settings};
use tradepost::types::Moment;

const MINUTE_MS: i64 = 60_000;

/// A desk whose server takes all there is.
async fn desk_at(books: &Books, sink: &Sink) -> Desk {
    let sending = format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n{NO_LIMITS}\n\n[storage]", sink.port);
    Desk::open_with(books, &[("[storage]", &sending)]).await
}

fn letters(numbers: std::ops::Range<usize>) -> Vec<(usize, String)> {
    numbers.map(|number| (number, format!("buyer-{number}@customers.example"))).collect()
}

#[tokio::test]
async fn letters_go_once_and_arrive_byte_for_byte() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        enter(&books, desk.office.accounts[0].id, &letters(0..25), MailClass::Letter, MONDAY_MORNING).await;
        let report = desk.settle().await;
        assert_eq!((report.sent.sent, report.sent.failed), (25, 0));
        assert_eq!(states(&books).await, [DeliveryState::Sent; 25]);
        let mut mails = sink.mails();
        mails.sort();
        let mut wanted: Vec<_> = letters(0..25).into_iter().map(|(number, to)| (to.clone(), letter(number, &to))).collect();
        wanted.sort();
        assert!(mails == wanted, "each as it was written, dots included");
        assert!(sink.connections() <= 2, "{}", sink.connections());
        assert_eq!(deliveries(&books).await[0].reply, "Ok: queued as 4711");
        desk.settle().await;
        assert_eq!(sink.mails().len(), 25, "nothing goes twice");
    })
    .await;
}

#[tokio::test]
async fn a_recipient_nobody_knows_holds_up_no_other_and_costs_no_connection() {
    for_each_engine(|books| async move {
        let refused = |to: &str| to.starts_with("buyer-7@") || to.ends_with("0@customers.example");
        let sink = Sink::start(move |to, _| if refused(to) { Fate::RefusedAtRcpt("550 5.1.1 no such user".into()) } else { Fate::Taken });
        let desk = desk_at(&books, &sink).await;
        enter(&books, desk.office.accounts[0].id, &letters(0..60), MailClass::Letter, MONDAY_MORNING).await;
        for _ in 0..3 {
            desk.settle().await;
            desk.office.clock.forward(60 * MINUTE_MS);
        }
        let all = deliveries(&books).await;
        for delivery in &all {
            let wanted = if refused(&delivery.recipient) { DeliveryState::Failed } else { DeliveryState::Sent };
            assert_eq!((delivery.state, delivery.attempts), (wanted, 1), "{}", delivery.recipient);
        }
        let failed = all.iter().find(|delivery| delivery.state == DeliveryState::Failed).expect("one of them");
        assert_eq!((failed.reply_code, failed.why.contains("no such user")), (550, true), "{failed:?}");
        assert_eq!(sink.copies().len(), 53);
        assert!(sink.connections() <= 2, "a refusal costs no connection: {}", sink.connections());
    })
    .await;
}

#[tokio::test]
async fn a_server_that_says_later_for_half_an_hour_gets_every_mail_once() {
    for_each_engine(|books| async move {
        let open = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let is_open = std::sync::Arc::clone(&open);
        let sink = Sink::start(move |_, _| match is_open.load(std::sync::atomic::Ordering::SeqCst) {
            true => Fate::Taken,
            false => Fate::RefusedAtRcpt("451 4.3.0 try again later".into()),
        });
        let desk = desk_at(&books, &sink).await;
        enter(&books, desk.office.accounts[0].id, &letters(0..20), MailClass::Letter, MONDAY_MORNING).await;
        for _ in 0..6 {
            desk.settle().await;
            assert_eq!(states(&books).await, [DeliveryState::Deferred; 20]);
            desk.office.clock.forward(5 * MINUTE_MS);
        }
        open.store(true, std::sync::atomic::Ordering::SeqCst);
        desk.office.clock.forward(60 * MINUTE_MS);
        desk.settle().await;
        assert_eq!(states(&books).await, [DeliveryState::Sent; 20]);
        assert!(sink.copies().values().all(|copies| *copies == 1) && sink.copies().len() == 20);
        assert!(deliveries(&books).await.iter().all(|delivery| (2..=4).contains(&delivery.attempts)), "patiently");
    })
    .await;
}

#[tokio::test]
async fn a_cut_after_the_final_dot_is_uncertain_and_is_never_sent_again_by_itself() {
    for_each_engine(|books| async move {
        let tries: Mutex<BTreeMap<String, usize>> = Mutex::default();
        let sink = Sink::start(move |to, _| {
            let mut tries = tries.lock().expect("nobody fails in here");
            let tried = tries.entry(to.to_owned()).or_default();
            *tried += 1;
            match (to, *tried) {
                ("buyer-1@customers.example", _) => Fate::TakenAndCut,
                ("buyer-2@customers.example", 1) => Fate::LostAndCut,
                ("buyer-3@customers.example", 1) => Fate::CutInBody,
                _ => Fate::Taken,
            }
        });
        let desk = desk_at(&books, &sink).await;
        enter(&books, desk.office.accounts[0].id, &letters(0..5), MailClass::Letter, MONDAY_MORNING).await;
        for _ in 0..24 {
            desk.settle().await;
            desk.office.clock.forward(60 * MINUTE_MS);
        }
        let all = deliveries(&books).await;
        let [first, taken, lost, cut, last] = all.as_slice() else { panic!("five: {all:?}") };
        assert_eq!([first.state, cut.state, last.state], [DeliveryState::Sent; 3], "a cut before the end is tried again: {all:?}");
        assert_eq!([taken.state, lost.state], [DeliveryState::Uncertain; 2], "{all:?}");
        assert_eq!((taken.attempts, lost.attempts), (1, 1), "nobody tried again in a day");
        // A person looks, and says what is to be done.
        let mut session = books.begin().await.expect("free books");
        for (delivery, how) in [(taken, Resolution::Sent), (lost, Resolution::Resend)] {
            assert!(claims::resolve(&mut session, delivery.id, how, desk.office.now(), "looked").await.expect("written"));
        }
        assert!(!claims::resolve(&mut session, first.id, Resolution::Resend, desk.office.now(), "").await.expect("a look"), "it was sent");
        session.commit().await.expect("committed");
        desk.settle().await;
        assert_eq!(states(&books).await, [DeliveryState::Sent; 5]);
        assert!(sink.copies().values().all(|copies| *copies == 1) && sink.copies().len() == 5, "{:?}", sink.copies());
    })
    .await;
}

#[tokio::test]
async fn what_a_server_says_of_us_holds_the_mailbox_and_blames_no_recipient() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, transaction| match transaction {
            0 => Fate::RefusedAtDot("550 5.7.1 this account is blocked for suspicious sending".into()),
            _ => Fate::Taken,
        });
        let desk = desk_at(&books, &sink).await;
        enter(&books, desk.office.accounts[0].id, &letters(0..30), MailClass::Letter, MONDAY_MORNING).await;
        desk.settle().await;
        let early = sink.copies().len();
        assert!(early < 10, "what the other connection carried before that was said: {early}");
        desk.settle().await;
        assert_eq!(sink.copies().len(), early, "and then nothing more");
        assert!(states(&books).await.iter().all(|state| *state != DeliveryState::Failed));
        desk.office.clock.forward(80 * MINUTE_MS);
        desk.settle().await;
        assert_eq!(states(&books).await, [DeliveryState::Sent; 30], "an hour later it goes on");
        assert!(sink.copies().values().all(|copies| *copies == 1));
    })
    .await;
}

#[tokio::test]
async fn the_first_word_of_a_limit_stops_sequences_for_the_day_and_no_persons_mail() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, transaction| match transaction {
            0 => Fate::RefusedAtDot("550 5.4.5 Daily user sending limit exceeded".into()),
            _ => Fate::Taken,
        });
        let desk = desk_at(&books, &sink).await;
        let account = desk.office.accounts[0].id;
        enter(&books, account, &letters(0..10), MailClass::Bulk, MONDAY_MORNING).await;
        desk.settle().await;
        let early = sink.copies().len();
        enter(&books, account, &letters(100..103), MailClass::Letter, MONDAY_MORNING).await;
        desk.settle().await;
        let gone: Vec<String> = sink.mails().into_iter().map(|(to, _)| to).filter(|to| to.starts_with("buyer-10")).collect();
        assert_eq!((gone.len(), sink.copies().len()), (3, early + 3), "the letters went, the sequence waits");
        desk.office.clock.forward(25 * 60 * MINUTE_MS);
        desk.settle().await;
        assert_eq!(states(&books).await, [DeliveryState::Sent; 13]);
        assert!(sink.copies().values().all(|copies| *copies == 1));
    })
    .await;
}

#[tokio::test]
async fn a_pause_stops_at_once_and_what_is_too_late_asks() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        enter(&books, desk.office.accounts[0].id, &letters(0..10), MailClass::Letter, MONDAY_MORNING).await;
        let mut session = books.begin().await.expect("free books");
        settings::mark_paused(&mut session, Some("a holiday")).await.expect("written");
        session.commit().await.expect("committed");
        desk.settle().await;
        assert_eq!(states(&books).await, [DeliveryState::Planned; 10]);
        let mut session = books.begin().await.expect("free books");
        settings::mark_paused(&mut session, None).await.expect("written");
        session.commit().await.expect("committed");
        desk.settle().await;
        assert_eq!(states(&books).await, [DeliveryState::Sent; 10]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_stops_also_what_was_claimed_before_it() {
    for_each_engine(|books| async move {
        const RUN: usize = 300;
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        enter(&books, desk.office.accounts[0].id, &letters(0..RUN), MailClass::Letter, MONDAY_MORNING).await;
        let pausing = async {
            while sink.copies().len() < RUN / 10 {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
            let mut session = books.begin().await.expect("free books");
            settings::mark_paused(&mut session, Some("a holiday")).await.expect("written");
            session.commit().await.expect("committed");
            sink.copies().len()
        };
        let (_, gone) = tokio::join!(desk.settle(), pausing);
        let left = sink.copies().len();
        assert!(left <= gone + 2, "only what was at its end already, on two connections: {gone}, then {left}");
        assert!(left < RUN / 2, "{left}");
        let all = deliveries(&books).await;
        let waiting = all.iter().filter(|one| matches!(one.state, DeliveryState::Planned | DeliveryState::Deferred));
        assert_eq!(waiting.clone().count(), RUN - left, "nothing stays in hand");
        assert!(waiting.clone().all(|one| one.attempts == 0), "and none has lost a try");
        desk.settle().await;
        assert_eq!(sink.copies().len(), left);
        let mut session = books.begin().await.expect("free books");
        settings::mark_paused(&mut session, None).await.expect("written");
        session.commit().await.expect("committed");
        desk.settle().await;
        assert_eq!(states(&books).await, [DeliveryState::Sent; RUN]);
        assert!(sink.copies().values().all(|copies| *copies == 1) && sink.copies().len() == RUN);
    })
    .await;
}

#[tokio::test]
async fn of_two_holds_the_longer_one_stands_and_resuming_lifts_them() {
    let sink = Sink::start(|_, _| Fate::Taken);
    let sending = format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n{NO_LIMITS}\n\n[storage]", sink.port);
    let workplace = Workplace::opened(&[("[storage]", &sending)]);
    workplace.pass();
    let books = Books::open(&BooksAddress::Sqlite(workplace.path("books.sqlite")), Purpose::Command).await.expect("the books");
    let (account, now) = (sales(&books).await, Clock::System.now());
    let mut session = books.begin().await.expect("free books");
    for (since, hours, why) in [(now.plus_ms(-7_200_000), 1, "long over"), (now, 24, "blocked"), (now, 1, "try later")] {
        let hold = Hold { account, of: HoldOf::Everything, until: since.plus_ms(hours * 3_600_000), why: why.to_owned(), since };
        holds::add(&mut session, &hold).await.expect("written");
    }
    session.commit().await.expect("committed");
    let stands = holds::list(&mut books.look().await.expect("a look"), now).await.expect("the holds");
    assert!(matches!(stands.as_slice(), [one] if one.why == "blocked" && one.since == now && one.until == now.plus_ms(24 * 3_600_000)));
    enter(&books, account, &letters(0..1), MailClass::Letter, Moment(0)).await;
    workplace.pass();
    assert_eq!(states(&books).await, [DeliveryState::Planned]);
    let resumed = workplace.ask(&["resume"]);
    assert!(resumed.out.contains("Mailboxes that send again although their server had refused them: 1."), "{resumed:?}");
    assert!(!workplace.ask(&["resume"]).out.contains("send again"), "once");
    workplace.pass();
    assert_eq!(states(&books).await, [DeliveryState::Sent]);
}
