//! What comes back is believed as far as it proves something: of an earlier attempt, of another mail, of nobody's making.

use super::returns::{MINUTE_MS, buyer, desk_at, from, reasons, report, send, state_of, suppressed, told_of};
use super::returns_dialects::DIALECTS;
use super::{Resolution, claims, deliveries, enter, id_of};
use crate::support::desk::{Desk, MONDAY_MORNING};
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

#[tokio::test]
async fn a_report_that_names_nobody_but_the_person_settles_nothing_and_counts_for_a_time() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::TakenAndCut);
        let desk = desk_at(&books, &sink, "").await;
        let (number, (_, netease, _)) = (8, DIALECTS[8]);
        send(&desk, number..number + 1, MailClass::Letter).await;
        desk.receive(&netease(number));
        desk.settle().await;
        assert_eq!(told_of(&books, number).await, [("bounce_hard", "recipient")]);
        assert_eq!(state_of(&books, number).await, DeliveryState::Uncertain);
        let entries = suppressed(&desk, &buyer(number)).await;
        assert!(matches!(entries.as_slice(), [entry] if entry.until.is_some()), "{entries:?}");
        // A colleague's word is none about this address; the person's own is.
        let answers = format!("In-Reply-To: <{}>\n", id_of(number));
        desk.receive(&from("boss@firm-8.example", &answers, "Re: Offer 8", "We take it."));
        desk.settle().await;
        assert_eq!(reasons(&desk, &buyer(number)).await, ["hard_bounce"]);
        desk.receive(&from(&buyer(number), &answers, "Re: Offer 8", "I am here."));
        desk.settle().await;
        assert!(reasons(&desk, &buyer(number)).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn no_report_cancels_a_letter_that_never_left() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, nth| match nth {
            0 => Fate::RefusedAtRcpt("451 4.3.0 try again later".into()),
            _ => Fate::Taken,
        });
        let desk = desk_at(&books, &sink, "").await;
        enter(&books, desk.office.accounts[0].id, &[(0, buyer(0))], MailClass::Letter, MONDAY_MORNING).await;
        desk.settle().await;
        let row = deliveries(&books).await.remove(0);
        let [id] = sink.envelope_ids().try_into().expect("one transaction");
        assert!(id.starts_with(&format!("{}.", row.id)), "{id}");
        let named = |name: &str, id: &str| {
            report(0, "delayed", "4.4.1", "connection timed out")
                .replace(&format!("Message-ID: <{}>\n", id_of(0)), "")
                .replace("Reporting-MTA:", &format!("Original-Envelope-Id: {id}\nReporting-MTA:"))
                .replace("<report-", &format!("<{name}-"))
        };
        desk.receive(&named("guessed", &row.id.to_string()));
        desk.settle().await;
        assert_eq!(told_of(&books, 0).await, [], "anybody can count");
        desk.receive(&named("true", &id));
        desk.receive(&report(0, "delivered", "2.0.0", "250 Ok"));
        desk.settle().await;
        let told = told_of(&books, 0).await;
        assert!(told.contains(&("delayed", "envelope_id")) && told.contains(&("delivered", "message_id")), "{told:?}");
        assert_eq!(state_of(&books, 0).await, DeliveryState::Deferred, "no server ever had it");
        desk.office.clock.forward(60 * MINUTE_MS);
        desk.settle().await;
        assert_eq!((state_of(&books, 0).await, sink.mails().len()), (DeliveryState::Sent, 1));
    })
    .await;
}

#[tokio::test]
async fn a_letter_sent_once_more_has_all_its_tries_and_a_crash_costs_none() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, nth| match nth {
            0..3 => Fate::RefusedAtRcpt("451 4.3.0 try again later".into()),
            3 => Fate::RefusedAtRcpt("550 5.2.1 mailbox disabled".into()),
            _ => Fate::Taken,
        });
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..1, MailClass::Letter).await;
        for _ in 0..3 {
            desk.office.clock.forward(60 * MINUTE_MS);
            desk.settle().await;
        }
        let failed = deliveries(&books).await.remove(0);
        assert_eq!((failed.state, failed.attempts), (DeliveryState::Failed, 4));
        send_again(&desk, 0).await;
        assert_eq!(deliveries(&books).await[0].attempts, 1, "that it was tried is known");
        // The daemon dies with the letter claimed, and no server has heard of it.
        let (account, now) = (desk.office.accounts[0].id, desk.office.now());
        let mut session = books.begin().await.expect("free books");
        let claim = claims::Claim { owner: "story", account, class: MailClass::Letter, now, lease_ms: 60_000, limit: 1 };
        assert_eq!(claims::claim_due(&mut session, &claim).await.expect("claimed").len(), 1);
        session.commit().await.expect("committed");
        desk.settle().await;
        let sent = deliveries(&books).await.remove(0);
        assert_eq!((sent.state, sent.attempts), (DeliveryState::Sent, 2));
    })
    .await;
}
