//! The copy in Sent of a mail of which nobody knew at first whether it was sent.

use super::returns::{MINUTE_MS, buyer, desk_at, from, report, state_of};
use super::{Books, Resolution, deliveries, enter_one, id_of, letter};
use crate::support::desk::Desk;
use crate::support::engines::for_each_engine;
use crate::support::sink::{Fate, Sink};
use tradepost::flow::resolve_delivery;
use tradepost::record::outbox::{self, DeliveryState, SentCopy};
use tradepost::types::MessageId;

/// A letter whose copy is wanted in Sent.
async fn write(desk: &Desk, number: usize, to: &[String]) {
    enter_one(&desk.office.books, desk.office.accounts[0].id, number, to, SentCopy::Wanted).await;
}

/// How many copies of a letter lie in Sent.
fn copies(desk: &Desk, number: usize) -> usize {
    let all = ["sales/.Sent/cur", "sales/.Sent/new"].into_iter().flat_map(|shelf| desk.mails(shelf));
    all.filter(|mail| mail.contains(&format!("Message-ID: <{}>", id_of(number)))).count()
}

async fn copy_of(books: &Books, number: usize) -> SentCopy {
    let id = MessageId::parse(&id_of(number)).expect("an id");
    let mut session = books.look().await.expect("a look");
    outbox::find_by_header_id(&mut session, &id).await.expect("asked").expect("it is there").sent_copy
}

#[tokio::test]
async fn a_mail_that_turns_out_to_be_sent_lies_in_sent_once_whoever_tells() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::TakenAndCut);
        let desk = desk_at(&books, &sink, "").await;
        for number in 0..4 {
            write(&desk, number, &[buyer(number)]).await;
        }
        write(&desk, 4, &[buyer(4), "eva@werk.example".to_owned()]).await;
        desk.settle().await;
        desk.office.clock.forward(30 * MINUTE_MS);
        desk.settle().await;
        for number in 0..5 {
            assert_eq!((state_of(&books, number).await, copies(&desk, number)), (DeliveryState::Uncertain, 0), "{number}");
        }
        // A reply, a report, a person, and the provider's own copy.
        desk.receive(&from(&buyer(0), &format!("In-Reply-To: <{}>\n", id_of(0)), "Re: Offer 0", "We take it."));
        desk.receive(&report(1, "delivered", "2.0.0", "250 Ok"));
        let mut session = books.begin().await.expect("free books");
        for delivery in deliveries(&books).await.into_iter().filter(|one| [id_of(2), id_of(4)].contains(&one.header_id)) {
            let done = resolve_delivery(&mut session, &delivery, Resolution::Sent, desk.office.now(), "a person decided").await;
            assert!(done.expect("written"));
        }
        session.commit().await.expect("committed");
        desk.deliver("sales/.Sent/cur", ":2,S", &String::from_utf8(letter(3, &buyer(3))).expect("text"));
        desk.settle().await;
        for number in 0..5 {
            assert_eq!(state_of(&books, number).await, DeliveryState::Sent, "{number}");
            assert_eq!(copies(&desk, number), usize::from(number == 3), "{number}: the provider is given a minute to file it");
        }
        for _ in 0..3 {
            desk.office.clock.forward(10 * MINUTE_MS);
            desk.settle().await;
        }
        for number in 0..5 {
            let copy = if number == 3 { SentCopy::Left } else { SentCopy::Put };
            assert_eq!((copies(&desk, number), copy_of(&books, number).await), (1, copy), "{number}");
        }
        assert!(sink.copies().values().all(|copies| *copies == 1), "nothing was sent again");
    })
    .await;
}
