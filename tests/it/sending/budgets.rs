//! Budgets: what leaves in an hour and a day, for whom the rest is kept, and how a new mailbox begins.

use super::{deliveries, enter, enter_to, states};
use crate::support::desk::{Desk, MONDAY_MORNING};
use crate::support::engines::for_each_engine;
use crate::support::sink::{Fate, Sink};
use std::collections::BTreeMap;
use tradepost::flow::Account;
use tradepost::record::outbox::holds::{self, HoldOf};
use tradepost::record::outbox::lists::Delivery;
use tradepost::record::outbox::uses::{self, Scope, UseKind};
use tradepost::record::outbox::{DeliveryState, MailClass};
use tradepost::record::{Books, settings};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// A desk whose two mailboxes share a server, with that budget.
async fn desk_with(books: &Books, sink: &Sink, budget: &str) -> Desk {
    let sending =
        format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n[sending.budget]\n{budget}\n\n[storage]", sink.port);
    Desk::open_with(books, &[("[storage]", &sending)]).await
}

fn taken() -> Sink {
    Sink::start(|_, _| Fate::Taken)
}

fn account(desk: &Desk, name: &str) -> Account {
    desk.office.accounts.iter().find(|account| account.config.name == name).expect("a mailbox").clone()
}

/// Buyers at companies of their own.
fn buyers(numbers: std::ops::Range<usize>) -> Vec<(usize, String)> {
    numbers.map(|number| (number, format!("buyer@customer-{number}.example"))).collect()
}

/// How many mails left in each hour from now on, looked at near its end.
async fn hours(desk: &Desk, sink: &Sink, hours: usize) -> Vec<usize> {
    let mut sent = Vec::new();
    for _ in 0..hours {
        let before = sink.mails().len();
        desk.office.clock.forward(55 * MINUTE_MS);
        desk.settle().await;
        desk.office.clock.forward(5 * MINUTE_MS);
        sent.push(sink.mails().len() - before);
    }
    sent
}

/// A mail that Li Wei sent by hand, as it lies in Sent.
fn by_hand(number: usize, to: &str) -> String {
    format!(
        "From: Li Wei <sales@bright.example>\nTo: {to}\nSubject: Samples {number}\nDate: Mon, 16 Nov 2026 09:00:00 +0800\n\
         Message-ID: <by-hand-{number}@bright.example>\n\nHere they are, {number}.\n"
    )
}

#[tokio::test]
async fn a_thousand_mails_of_a_sequence_go_a_hundred_a_day_spread_over_it() {
    for_each_engine(|books| async move {
        let sink = taken();
        let desk = desk_with(&books, &sink, "per_day = 100\npeople_reserve = 0\nramp = false").await;
        enter(&books, account(&desk, "sales").id, &buyers(0..1_000), MailClass::Bulk, MONDAY_MORNING).await;
        for day in 0..3 {
            let sent = hours(&desk, &sink, 24).await;
            assert_eq!((sent.iter().sum::<usize>(), sent.iter().all(|sent| *sent <= 13)), (100, true), "day {day}: {sent:?}");
        }
        let states = states(&books).await;
        assert_eq!(states.iter().filter(|state| **state == DeliveryState::Sent).count(), 300);
        assert!(deliveries(&books).await.iter().all(|delivery| delivery.attempts <= 1), "none was taken up and put back");
        assert!(sink.copies().values().all(|copies| *copies == 1));
    })
    .await;
}

#[tokio::test]
async fn letters_go_at_once_whatever_the_budget_and_before_a_sequence_that_waits() {
    for_each_engine(|books| async move {
        let sink = taken();
        let desk = desk_with(&books, &sink, "per_day = 10\nramp = false").await;
        let sales = account(&desk, "sales").id;
        enter(&books, sales, &buyers(0..500), MailClass::Bulk, MONDAY_MORNING.plus_ms(-HOUR_MS)).await;
        desk.settle().await;
        let early = sink.mails().len();
        assert!(early <= 1, "{early}");
        enter(&books, sales, &buyers(1_000..1_040), MailClass::Letter, MONDAY_MORNING).await;
        desk.settle().await;
        assert_eq!(sink.mails().len(), early + 40, "four times what a day allows");
        let later = hours(&desk, &sink, 23).await;
        assert_eq!(later.iter().sum::<usize>(), 0, "people used up what there was: {later:?}");
        let next_day = hours(&desk, &sink, 24).await;
        assert_eq!(next_day.iter().sum::<usize>(), 5, "half of ten is the people's: {next_day:?}");
    })
    .await;
}

#[tokio::test]
async fn what_people_send_themselves_shrinks_what_sequences_may() {
    for_each_engine(|books| async move {
        let sink = taken();
        let desk = desk_with(&books, &sink, "per_day = 40\nper_hour = 40\nramp = false").await;
        enter(&books, account(&desk, "sales").id, &buyers(0..100), MailClass::Bulk, MONDAY_MORNING).await;
        // Ten mails to three people each: ten recipients more than the reserve of twenty.
        for number in 0..10 {
            let to = format!("a@customer-{number}.example, b@customer-{number}.example\nCc: c@partner.example");
            desk.deliver("sales/.Sent/cur", ":2,S", &by_hand(number, &to));
        }
        let sent = hours(&desk, &sink, 24).await;
        assert_eq!(sent.iter().sum::<usize>(), 10, "forty less thirty: {sent:?}");
        let next_day = hours(&desk, &sink, 24).await;
        assert_eq!(next_day.iter().sum::<usize>(), 20, "a day without people's mail: {next_day:?}");
    })
    .await;
}

#[tokio::test]
async fn a_copy_of_what_left_through_us_does_not_count_twice() {
    for_each_engine(|books| async move {
        let sink = taken();
        let desk = desk_with(&books, &sink, "per_day = 40\nper_hour = 40\npeople_reserve = 0\nramp = false").await;
        let sales = account(&desk, "sales");
        enter(&books, sales.id, &buyers(0..100), MailClass::Bulk, MONDAY_MORNING).await;
        hours(&desk, &sink, 1).await;
        let first: Vec<String> = sink.mails().into_iter().map(|(_, mail)| String::from_utf8(mail).expect("text")).collect();
        assert!(first.len() >= 2, "{}", first.len());
        for (number, mail) in first.iter().enumerate() {
            // One under its own Message-ID, the next under one that its provider gave it.
            let mail = if number % 2 == 0 { mail.clone() } else { mail.replace("<offer-", "<tencent_offer-") };
            desk.deliver("sales/.Sent/cur", ":2,S", &mail);
        }
        let sent = hours(&desk, &sink, 23).await;
        assert_eq!(first.len() + sent.iter().sum::<usize>(), 40, "{sent:?}");
    })
    .await;
}

#[tokio::test]
async fn a_persons_mail_counts_once_for_each_who_got_it_however_often_it_lies_in_sent() {
    for_each_engine(|books| async move {
        let sink = taken();
        let desk = desk_with(&books, &sink, "per_day = 40\nper_hour = 40\npeople_reserve = 0\nramp = false").await;
        let sales = account(&desk, "sales");
        enter(&books, sales.id, &buyers(0..100), MailClass::Bulk, MONDAY_MORNING).await;
        // Three people, one of them named twice and one hidden from the others.
        let to = "Ann <ann@one.example>, bob@two.example\nCc: ANN@one.example\nBcc: Carl <carl@three.example>";
        let mail = by_hand(1, to);
        desk.deliver("sales/.Sent/cur", ":2,S", &mail);
        desk.settle().await;
        // The copy of the mail program beside the one of the provider, which gave it another Message-ID and keeps no Bcc.
        let copy = mail.replace("<by-hand-", "<tencent_by-hand-").replace("\nBcc: Carl <carl@three.example>", "");
        desk.deliver("sales/.Sent/cur", ":2,S", &copy);
        desk.deliver("sales/.Sent/cur", ":2,S", &mail);
        desk.settle().await;
        let mut session = books.look().await.expect("a look");
        let used = uses::list(&mut session, Scope::Mailbox(sales.id), 0).await.expect("counted");
        let people: i64 = used.iter().filter(|used| used.kind == UseKind::People).map(|used| used.recipients).sum();
        assert_eq!(people, 3, "{used:?}");
        drop(session);
        let sent = sink.mails().len() + hours(&desk, &sink, 23).await.iter().sum::<usize>();
        assert_eq!(sent, 37);
    })
    .await;
}

#[tokio::test]
async fn two_mailboxes_of_a_domain_share_what_their_provider_takes() {
    for_each_engine(|books| async move {
        let sink = taken();
        let desk = desk_with(&books, &sink, "per_day = 60\npeople_reserve = 0\nramp = false").await;
        enter(&books, account(&desk, "sales").id, &buyers(0..200), MailClass::Bulk, MONDAY_MORNING).await;
        enter(&books, account(&desk, "anna").id, &buyers(500..700), MailClass::Bulk, MONDAY_MORNING).await;
        let sent = hours(&desk, &sink, 24).await;
        assert_eq!(sent.iter().sum::<usize>(), 60, "{sent:?}");
        let anna = account(&desk, "anna").id;
        let of_anna = |delivery: &&Delivery| delivery.account == anna && delivery.state == DeliveryState::Sent;
        assert_eq!(deliveries(&books).await.iter().filter(of_anna).count(), 30, "none of them starves");
    })
    .await;
}

#[tokio::test]
async fn a_mailbox_that_is_new_at_sending_begins_with_few_and_one_people_know_does_not() {
    for_each_engine(|books| async move {
        let sink = taken();
        let desk = desk_with(&books, &sink, "per_day = 100\npeople_reserve = 0").await;
        let sales = account(&desk, "sales").id;
        enter(&books, sales, &buyers(0..400), MailClass::Bulk, MONDAY_MORNING).await;
        let mut days = Vec::new();
        for _ in 0..4 {
            days.push(hours(&desk, &sink, 24).await.into_iter().sum::<usize>());
        }
        assert_eq!(days, [20, 40, 80, 100]);
    })
    .await;
    for_each_engine(|books| async move {
        let sink = taken();
        let desk = desk_with(&books, &sink, "per_day = 100\npeople_reserve = 0").await;
        desk.deliver("sales/.Sent/cur", ":2,S", &by_hand(1, "old@customer-1.example").replace("16 Nov 2026", "16 Nov 2025"));
        desk.settle().await;
        enter(&books, account(&desk, "sales").id, &buyers(0..400), MailClass::Bulk, MONDAY_MORNING).await;
        assert_eq!(hours(&desk, &sink, 24).await.into_iter().sum::<usize>(), 100, "somebody wrote from it a year ago");
    })
    .await;
}

#[tokio::test]
async fn one_domain_gets_so_many_in_an_hour_and_holds_up_no_other() {
    for_each_engine(|books| async move {
        let sink = taken();
        let budget = "per_day = 100000\nper_hour = 100000\npeople_reserve = 0\nramp = false\nper_domain_per_hour = 10";
        let desk = desk_with(&books, &sink, budget).await;
        let sales = account(&desk, "sales").id;
        // Eight hundred to one domain, in front of twenty to others; two hosts of a company are one.
        let many: Vec<(usize, String)> =
            (0..800).map(|number| (number, format!("buyer-{number}@h{}.bigmail.example", number % 2))).collect();
        enter(&books, sales, &many, MailClass::Bulk, MONDAY_MORNING.plus_ms(-HOUR_MS)).await;
        enter(&books, sales, &buyers(1_000..1_020), MailClass::Bulk, MONDAY_MORNING).await;
        let mut big = Vec::new();
        for hour in 0..6 {
            hours(&desk, &sink, 1).await;
            let mut domains = BTreeMap::<bool, usize>::new();
            sink.mails().iter().for_each(|(to, _)| *domains.entry(to.ends_with("bigmail.example")).or_default() += 1);
            assert_eq!(domains.get(&false), Some(&20), "hour {hour}: the others went at once");
            big.push(domains.get(&true).copied().unwrap_or(0));
        }
        assert_eq!(big, [10, 20, 30, 40, 50, 60]);
        let waiting: Vec<Delivery> =
            deliveries(&books).await.into_iter().filter(|delivery| delivery.state != DeliveryState::Sent).collect();
        assert!(waiting.iter().all(|delivery| delivery.attempts == 0 && delivery.why.contains("domain")), "{:?}", waiting.first());
        assert!(waiting.iter().all(|delivery| delivery.due_at.0 > MONDAY_MORNING.0), "put off, each to an hour of its own");
        let last = waiting.iter().map(|delivery| delivery.due_at.0).max().expect("they wait");
        assert!(last <= desk.office.now().0 + 25 * HOUR_MS, "and looked at again within a day");
    })
    .await;
}

#[tokio::test]
async fn answers_wait_for_the_next_hour_when_theirs_is_used_up() {
    for_each_engine(|books| async move {
        let sink = taken();
        let desk = desk_with(&books, &sink, "per_day = 1000\nper_hour = 10\nramp = false").await;
        enter(&books, account(&desk, "sales").id, &buyers(0..12), MailClass::Answer, MONDAY_MORNING).await;
        assert_eq!(hours(&desk, &sink, 3).await, [5, 5, 2], "half of ten is the people's");
    })
    .await;
}

#[tokio::test]
async fn a_providers_first_word_of_a_limit_stops_sequences_for_a_day_and_nobodys_letter() {
    for_each_engine(|books| async move {
        // The third mail of the story meets the limit, and whatever is sent after it would be taken.
        let sink = Sink::start(|_, transaction| match transaction {
            2 => Fate::RefusedAtRcpt("550 5.4.5 Daily user sending quota exceeded".into()),
            _ => Fate::Taken,
        });
        let desk = desk_with(&books, &sink, "per_day = 1000\nper_hour = 12\npeople_reserve = 0\nramp = false").await;
        let sales = account(&desk, "sales").id;
        enter(&books, sales, &buyers(0..100), MailClass::Bulk, MONDAY_MORNING).await;
        let sent = hours(&desk, &sink, 6).await;
        let before = sink.mails().len();
        // The other connection goes on until this one has heard it, and that is less than an hour's worth.
        assert!(sent.iter().sum::<usize>() == before && (2..12).contains(&before), "{sent:?} {before}");
        let refused = deliveries(&books).await.into_iter().filter(|delivery| delivery.state == DeliveryState::Failed).count();
        assert_eq!(refused, 0, "no recipient is to blame");
        enter(&books, sales, &buyers(1_000..1_010), MailClass::Letter, MONDAY_MORNING).await;
        enter(&books, sales, &buyers(2_000..2_002), MailClass::Answer, MONDAY_MORNING).await;
        desk.settle().await;
        assert_eq!(sink.mails().len(), before + 12, "people's letters and answers go on");
        let rest = hours(&desk, &sink, 18).await;
        assert_eq!(rest.iter().sum::<usize>(), 0, "not a mail of a sequence for a day: {rest:?}");
        assert_eq!(hours(&desk, &sink, 2).await.iter().sum::<usize>(), 24, "and then on, twelve an hour");
    })
    .await;
}

#[tokio::test]
async fn a_limit_that_one_mailbox_met_rests_the_sequences_of_all_that_share_it_and_nobodys_letter() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, transaction| match transaction {
            0 => Fate::RefusedAtRcpt("550 5.4.5 Daily user sending quota exceeded".into()),
            _ => Fate::Taken,
        });
        let budget = "per_day = 100000\nper_hour = 100000\npeople_reserve = 0\nramp = false";
        let desk = desk_with(&books, &sink, budget).await;
        let (sales, anna) = (account(&desk, "sales").id, account(&desk, "anna").id);
        enter(&books, sales, &buyers(0..1), MailClass::Bulk, MONDAY_MORNING).await;
        enter(&books, anna, &buyers(100..140), MailClass::Bulk, MONDAY_MORNING).await;
        enter(&books, anna, &buyers(200..205), MailClass::Letter, MONDAY_MORNING).await;
        enter(&books, anna, &buyers(300..305), MailClass::Answer, MONDAY_MORNING).await;
        let sent = hours(&desk, &sink, 20).await;
        assert_eq!(sent.iter().sum::<usize>(), 10, "letters and answers alone: {sent:?}");
        let held = holds::list(&mut books.look().await.expect("a look"), desk.office.now()).await.expect("the holds");
        let told: Vec<_> = held.iter().map(|hold| (hold.account, hold.of, hold.why.starts_with("sales was told: 550"))).collect();
        assert_eq!(told, [(sales, HoldOf::Bulk, false), (anna, HoldOf::Bulk, true)]);
        hours(&desk, &sink, 8).await;
        assert_eq!(states(&books).await, [DeliveryState::Sent; 51], "a day later it goes on");
    })
    .await;
}

#[tokio::test]
async fn a_sequence_that_runs_leaves_automatic_answers_their_share_of_the_day() {
    for_each_engine(|books| async move {
        let sink = taken();
        let sending = format!(
            "[policies.intents]\ninquiry = \"answer\"\n\n[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n\
             [sending.budget]\nper_day = 100\nper_hour = 100\nramp = false\n\n[storage]",
            sink.port
        );
        let desk = Desk::open_with(&books, &[("mode = \"draft\"", "mode = \"full\""), ("[storage]", &sending)]).await;
        let sales = account(&desk, "sales").id;
        enter(&books, sales, &buyers(0..500), MailClass::Bulk, MONDAY_MORNING).await;
        let sent = hours(&desk, &sink, 20).await;
        assert_eq!(sent.iter().sum::<usize>(), 40, "half is the people's, and a fifth of the rest is kept for answers: {sent:?}");
        enter(&books, sales, &buyers(1_000..1_012), MailClass::Answer, MONDAY_MORNING).await;
        desk.settle().await;
        assert_eq!(sink.mails().len(), 50, "ten of the answers go at once");
    })
    .await;
}

#[tokio::test]
async fn a_pause_and_what_is_too_late_count_for_every_class() {
    for_each_engine(|books| async move {
        let sink = taken();
        let desk = desk_with(&books, &sink, "per_day = 1000\nramp = false").await;
        let sales = account(&desk, "sales").id;
        for (class, first) in [(MailClass::Bulk, 0), (MailClass::Answer, 100), (MailClass::Letter, 200), (MailClass::Team, 300)] {
            enter_to(&books, sales, &buyers(first..first + 2), class, MONDAY_MORNING, Some(MONDAY_MORNING.plus_ms(HOUR_MS))).await;
        }
        let mut session = books.begin().await.expect("free books");
        settings::mark_paused(&mut session, Some("a holiday")).await.expect("written");
        session.commit().await.expect("committed");
        desk.settle().await;
        assert_eq!((sink.mails().len(), states(&books).await), (0, vec![DeliveryState::Planned; 8]));
        desk.office.clock.forward(2 * HOUR_MS);
        let mut session = books.begin().await.expect("free books");
        settings::mark_paused(&mut session, None).await.expect("written");
        session.commit().await.expect("committed");
        desk.settle().await;
        assert_eq!((sink.mails().len(), states(&books).await), (0, vec![DeliveryState::Missed; 8]));
    })
    .await;
}
