//! Deliveries whose end nobody knows settle themselves: by the provider's copy in Sent, a report, an answer, a receipt.

use super::returns::{MINUTE_MS, buyer, desk_at, from, reasons, report, send, state_of, told_of};
use super::{Books, Resolution, claims, deliveries, enter, enter_one, id_of, letter};
use crate::support::desk::{Desk, MONDAY_MORNING};
use crate::support::engines::for_each_engine;
use crate::support::sink::{Fate, Sink};
use tradepost::link::{ReturnKind, ReturnedBy};
use tradepost::record::messages;
use tradepost::record::outbox::claims::{Claim, ServerReply};
use tradepost::record::outbox::returns::{self, Return};
use tradepost::record::outbox::{DeliveryState, MailClass, SentCopy, steps};

/// A desk that has sent letters whose end nobody knows.
async fn in_doubt(books: &Books, numbers: std::ops::Range<usize>) -> (Sink, Desk) {
    let sink = Sink::start(|_, _| Fate::TakenAndCut);
    let desk = desk_at(books, &sink, "").await;
    send(&desk, numbers.clone(), MailClass::Letter).await;
    for number in numbers {
        assert_eq!(state_of(books, number).await, DeliveryState::Uncertain);
    }
    (sink, desk)
}

async fn why_of(books: &Books, number: usize) -> String {
    deliveries(books).await.into_iter().find(|delivery| delivery.header_id == id_of(number)).expect("it left").why
}

#[tokio::test]
async fn whatever_comes_back_settles_a_letter_in_doubt() {
    for_each_engine(|books| async move {
        let (sink, desk) = in_doubt(&books, 0..9).await;
        let answers = |number| format!("In-Reply-To: <{}>\n", id_of(number));
        desk.receive(&from(&buyer(0), &answers(0), "Re: Offer 0", "We take it."));
        desk.receive(&report(1, "delivered", "2.0.0", "250 Ok"));
        desk.receive(&report(2, "delayed", "4.4.1", "connection timed out"));
        desk.receive(&report(3, "failed", "5.1.1", "550 5.1.1 User unknown"));
        desk.receive(&report(4, "failed", "5.7.1", "550 5.7.1 Message rejected as spam"));
        desk.receive(&from(&buyer(5), &format!("Auto-Submitted: auto-replied\n{}", answers(5)), "Automatic reply", "I am away."));
        desk.receive(&format!(
            "Return-Path: <>\nFrom: {0}\nTo: sales@bright.example\nSubject: Read\nDate: Mon, 16 Nov 2026 01:20:00 +0000\nContent-Type: \
             multipart/report; report-type=disposition-notification; boundary=m\n\n--m\nContent-Type: message/disposition-notification\n\n\
             Final-Recipient: rfc822;{0}\nOriginal-Message-ID: <{1}>\nDisposition: manual-action/MDN-sent-manually; displayed\n--m--\n",
            buyer(6),
            id_of(6)
        ));
        // A note of absence that names nothing may answer any mail, and nothing at all came of the last one.
        desk.receive(&from(&buyer(7), "Auto-Submitted: auto-replied\n", "Out of office", "I am away."));
        desk.settle().await;
        let expected = [
            DeliveryState::Sent,
            DeliveryState::Sent,
            DeliveryState::Sent,
            DeliveryState::Failed,
            DeliveryState::Failed,
            DeliveryState::Sent,
            DeliveryState::Sent,
            DeliveryState::Uncertain,
            DeliveryState::Uncertain,
        ];
        for (number, state) in expected.into_iter().enumerate() {
            assert_eq!(
                state_of(&books, number).await,
                state,
                "{number}: {:?} {}",
                told_of(&books, number).await,
                why_of(&books, number).await
            );
        }
        assert!(why_of(&books, 0).await.contains("reply") && why_of(&books, 3).await.contains("5.1.1"));
        assert_eq!((reasons(&desk, &buyer(3)).await, reasons(&desk, &buyer(4)).await), (vec!["hard_bounce"], vec![]));
        for _ in 0..3 {
            desk.office.clock.forward(60 * MINUTE_MS);
            desk.settle().await;
        }
        assert!(sink.copies().values().all(|copies| *copies == 1), "nothing was sent again");
    })
    .await;
}

#[tokio::test]
async fn the_providers_copy_in_sent_settles_a_letter_in_doubt_also_under_another_id() {
    for_each_engine(|books| async move {
        let (_sink, desk) = in_doubt(&books, 0..3).await;
        let copy = |number: usize| String::from_utf8(letter(number, &buyer(number))).expect("text");
        desk.deliver("sales/.Sent/cur", ":2,S", &copy(0));
        // This provider gives every mail an id of its own, and its copy says the same words to the same person at the same moment.
        let renamed = copy(1).replace(&id_of(1), "tencent_5F3A@qq.example");
        desk.deliver("sales/.Sent/cur", ":2,S", &renamed);
        // Another mail to the same person, written by hand, proves nothing.
        let by_hand = copy(2).replace(&id_of(2), "by-hand@bright.example").replace("Offer 2.", "What about our offer?");
        desk.deliver("sales/.Sent/cur", ":2,S", &by_hand);
        desk.settle().await;
        for (number, state) in [(0, DeliveryState::Sent), (1, DeliveryState::Sent), (2, DeliveryState::Uncertain)] {
            assert_eq!(state_of(&books, number).await, state, "{number}");
        }
        assert_eq!(why_of(&books, 1).await, "the provider filed a copy in Sent");
        // From now on an answer to the other id is one to our letter.
        desk.receive(&from("boss@elsewhere.example", "In-Reply-To: <tencent_5F3A@qq.example>\n", "Re: Offer 1", "We take it."));
        desk.settle().await;
        assert_eq!(told_of(&books, 1).await, [("reply", "message_id")]);
    })
    .await;
}

/// One mail to several people.
async fn enter_to_both(books: &Books, desk: &Desk, number: usize, to: &[&str]) {
    let to: Vec<String> = to.iter().map(|to| (*to).to_owned()).collect();
    enter_one(books, desk.office.accounts[0].id, number, &to, SentCopy::None).await;
}

#[tokio::test]
async fn a_copy_in_sent_proves_nothing_where_another_recipients_delivery_may_have_led_to_it() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|to, _| if to.starts_with("tom") { Fate::Taken } else { Fate::TakenAndCut });
        let desk = desk_at(&books, &sink, "").await;
        enter_to_both(&books, &desk, 1, &["tom@hall.example", "eva@werk.example"]).await;
        enter_to_both(&books, &desk, 2, &["ann@werk.example", "eva@werk.example"]).await;
        desk.settle().await;
        for number in 1..3 {
            desk.deliver("sales/.Sent/cur", ":2,S", &String::from_utf8(letter(number, "tom@hall.example")).expect("text"));
        }
        desk.settle().await;
        let states: Vec<_> = deliveries(&books).await.into_iter().map(|delivery| (delivery.recipient, delivery.state)).collect();
        let doubtful = states.iter().filter(|(_, state)| *state == DeliveryState::Uncertain).count();
        assert_eq!(doubtful, 3, "{states:?}");
        // A report names which of them it was.
        let of_eva = report(2, "failed", "5.1.1", "550 5.1.1 User unknown").replace(&buyer(2), "eva@werk.example");
        desk.office.clock.forward(30 * MINUTE_MS);
        desk.receive(&of_eva);
        desk.settle().await;
        let of_second: Vec<_> =
            deliveries(&books).await.into_iter().filter(|one| one.header_id == id_of(2)).map(|one| (one.recipient, one.state)).collect();
        assert!(of_second.contains(&("eva@werk.example".to_owned(), DeliveryState::Failed)), "{of_second:?}");
        assert!(of_second.contains(&("ann@werk.example".to_owned(), DeliveryState::Uncertain)), "{of_second:?}");
    })
    .await;
}

#[tokio::test]
async fn what_came_back_while_the_mail_was_in_hand_is_not_forgotten() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        let account = desk.office.accounts[0].id;
        let letters: Vec<(usize, String)> = (0..2).map(|number| (number, buyer(number))).collect();
        enter(&books, account, &letters, MailClass::Letter, MONDAY_MORNING).await;
        // A daemon died at the end of both mails; the server had them, and one came back at once.
        let now = desk.office.now();
        let mut session = books.begin().await.expect("free books");
        let claim = Claim { owner: "story", account, class: MailClass::Letter, now, lease_ms: 60_000, limit: 2 };
        let claimed = claims::claim_due(&mut session, &claim).await.expect("claimed");
        let dots: Vec<_> = claimed.iter().map(|delivery| (delivery, now)).collect();
        assert_eq!(steps::mark_final_dot(&mut session, &dots).await.expect("written").len(), 2);
        session.commit().await.expect("committed");
        desk.office.clock.forward(30 * MINUTE_MS);
        desk.receive(&report(0, "failed", "5.1.1", "550 5.1.1 User unknown"));
        desk.deliver("sales/.Sent/cur", ":2,S", &String::from_utf8(letter(1, &buyer(1))).expect("text"));
        desk.settle().await;
        assert_eq!((state_of(&books, 0).await, state_of(&books, 1).await), (DeliveryState::Failed, DeliveryState::Sent));
        assert_eq!(sink.mails().len(), 0, "neither goes again");

        // The server's "yes" is written down after the report was.
        enter(&books, account, &[(2, buyer(2))], MailClass::Letter, MONDAY_MORNING).await;
        let report_row = messages::list_recent(&mut books.look().await.expect("a look"), 1).await.expect("the report").remove(0).id;
        let mut session = books.begin().await.expect("free books");
        let claim = Claim { now: desk.office.now(), ..claim };
        let [delivery] = claims::claim_due(&mut session, &claim).await.expect("claimed").try_into().expect("one");
        assert_eq!(steps::mark_final_dot(&mut session, &[(&delivery, now)]).await.expect("written").len(), 1);
        let back = Return {
            delivery: delivery.id,
            message: report_row,
            kind: ReturnKind::Hard,
            at: now,
            status: "5.1.1".into(),
            reason: String::new(),
            returns_on: String::new(),
            by: ReturnedBy::MessageId,
        };
        assert!(returns::add(&mut session, &back).await.expect("written"));
        assert!(!returns::add(&mut session, &back).await.expect("written"), "once");
        assert_eq!(steps::mark_sent(&mut session, &[(&delivery, &ServerReply::default(), now)]).await.expect("written").len(), 1);
        session.commit().await.expect("committed");
        assert_eq!(state_of(&books, 2).await, DeliveryState::Failed);
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_a_person_sends_again_stays_when_the_first_turns_out_to_have_arrived() {
    for_each_engine(|books| async move {
        let (sink, desk) = in_doubt(&books, 0..1).await;
        let id = deliveries(&books).await[0].id;
        let mut session = books.begin().await.expect("free books");
        tradepost::record::settings::mark_paused(&mut session, Some("a holiday")).await.expect("written");
        assert!(claims::resolve(&mut session, id, Resolution::Resend, desk.office.now(), "a person decided").await.expect("written"));
        session.commit().await.expect("committed");
        desk.receive(&from(&buyer(0), &format!("In-Reply-To: <{}>\n", id_of(0)), "Re: Offer 0", "We take it."));
        desk.settle().await;
        assert_eq!(state_of(&books, 0).await, DeliveryState::Sent);
        let mut session = books.begin().await.expect("free books");
        tradepost::record::settings::mark_paused(&mut session, None).await.expect("written");
        session.commit().await.expect("committed");
        desk.settle().await;
        assert_eq!(sink.mails().len(), 1, "the customer answered the first; nothing goes twice");
    })
    .await;
}
