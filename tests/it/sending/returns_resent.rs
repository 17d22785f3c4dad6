//! What comes back is believed as far as it proves something: of an earlier attempt, of another mail, of nobody's making.

use super::returns::{MINUTE_MS, buyer, desk_at, from, report, send, state_of, told_of};
use super::{Resolution, claims, deliveries, id_of};
use crate::support::desk::Desk;
use crate::support::engines::for_each_engine;
use crate::support::sink::{Fate, Sink};
use tradepost::record::outbox::{DeliveryState, MailClass};

async fn send_again(desk: &Desk, number: usize) {
    let books = &desk.office.books;
    let id = deliveries(books).await.into_iter().find(|delivery| delivery.header_id == id_of(number)).expect("it left").id;
    let mut session = books.begin().await.expect("free books");
    assert!(claims::resolve(&mut session, id, Resolution::Resend, desk.office.now(), "a person decided").await.expect("written"));
    session.commit().await.expect("committed");
}

#[tokio::test]
async fn an_old_bounce_fails_no_letter_that_a_person_sent_once_more() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|to, nth| if nth >= 2 && to == buyer(1) { Fate::TakenAndCut } else { Fate::Taken });
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..2, MailClass::Letter).await;
        for number in 0..2 {
            desk.receive(&report(number, "failed", "4.2.2", "452 4.2.2 mailbox full"));
        }
        desk.settle().await;
        assert_eq!((state_of(&books, 0).await, state_of(&books, 1).await), (DeliveryState::Failed, DeliveryState::Failed));
        desk.office.clock.forward(60 * MINUTE_MS);
        for number in 0..2 {
            send_again(&desk, number).await;
        }
        desk.settle().await;
        assert_eq!((state_of(&books, 0).await, state_of(&books, 1).await), (DeliveryState::Sent, DeliveryState::Uncertain));
        // Another report of the first attempt was long under way.
        let late = |number: usize| report(number, "failed", "4.2.2", "452 4.2.2 mailbox full").replace("<report-", "<late-");
        desk.receive(&late(0));
        desk.receive(&late(1));
        desk.settle().await;
        assert_eq!((state_of(&books, 0).await, state_of(&books, 1).await), (DeliveryState::Sent, DeliveryState::Uncertain));
        assert_eq!(told_of(&books, 0).await.len(), 2, "it is told all the same");
        // This one is of the second.
        desk.office.clock.forward(30 * MINUTE_MS);
        for number in 0..2 {
            desk.receive(&late(number).replace("<late-", "<second-").replace("01:20:00", "02:45:00"));
        }
        desk.settle().await;
        assert_eq!((state_of(&books, 0).await, state_of(&books, 1).await), (DeliveryState::Failed, DeliveryState::Failed));
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_names_no_letter_of_ours_settles_none() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::TakenAndCut);
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..2, MailClass::Letter).await;
        // Li Wei asked by hand why nothing came; the answers are to that.
        let asked = from("sales@bright.example", "", "Offer 1", "Did you get our offer?")
            .replace("To: sales@bright.example", "To: buyer-1@firm-1.example");
        desk.deliver("sales/.Sent/cur", ":2,S", &asked);
        desk.settle().await;
        let id = asked.split("Message-ID: <").nth(1).and_then(|rest| rest.split('>').next()).expect("an id").to_owned();
        desk.receive(&from(&buyer(0), "", "Re: Offer 0", "Which offer?"));
        desk.receive(&from(&buyer(1), &format!("References: <{id}>\n"), "Re: Offer 1", "We have got nothing."));
        desk.settle().await;
        assert_eq!((state_of(&books, 0).await, state_of(&books, 1).await), (DeliveryState::Uncertain, DeliveryState::Uncertain));
        assert_eq!(told_of(&books, 0).await, [("reply", "subject")], "it is told");
        assert_eq!(told_of(&books, 1).await, [], "it answers another mail");
    })
    .await;
}
