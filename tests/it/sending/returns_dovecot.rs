//! What comes back to a mailbox on a real server: bounces in twelve dialects, a complaint, a note of absence, a receipt and an answer come
//! in through Dovecot and are joined to what left.

use super::returns::{back_of, buyer, complaint, from, report, state_of, told_of};
use super::returns_dialects::{DIALECTS, SES_ID};
use super::{Books, BooksAddress, NO_LIMITS, Purpose, enter, id_of, sales};
use crate::support::daemon::Workplace;
use crate::support::mailserver::{Security, User, server};
use crate::support::sink::{Fate, Sink};
use tradepost::record::outbox::{DeliveryState, MailClass};
use tradepost::types::Moment;

/// The program on the user's mailbox, its books, and where its mail goes.
struct Desk<'s> {
    li: User<'s>,
    sink: Sink,
    workplace: Workplace,
    books: Books,
}

impl Desk<'_> {
    /// Letters of these numbers leave.
    async fn send(&self, numbers: std::ops::Range<usize>, class: MailClass) {
        let letters: Vec<(usize, String)> = numbers.map(|number| (number, buyer(number))).collect();
        enter(&self.books, sales(&self.books).await, &letters, class, Moment(0)).await;
        self.workplace.pass();
    }

    /// A mail comes in by LMTP. The clock of this program is the world's, so the mail bears no date of the story.
    fn receive(&self, mail: &str) {
        let today = mail.replacen("Date: Mon, 16 Nov 2026 01:20:00 +0000\n", "", 1);
        self.li.receive(today.replace("\r\n", "\n").replace('\n', "\r\n").as_bytes());
    }

    /// Why somebody is on the suppression list.
    fn reasons(&self, address: &str) -> Vec<String> {
        let told = self.workplace.show(&["contact", address]);
        let entries = told["suppressed"].as_array().expect("a list");
        entries.iter().map(|entry| entry["reason"].as_str().expect("a word").to_owned()).collect()
    }
}

async fn desk(decide: impl Fn(&str, usize) -> Fate + Send + Sync + 'static) -> Desk<'static> {
    let (li, sink) = (server().user(), Sink::start(decide));
    let sending = format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n{NO_LIMITS}\n\n[storage]", sink.port);
    let workplace = Workplace::opened(&[("maildir = \"sales\"", &li.door(Security::Tls)), ("[storage]", &sending)]);
    let books = Books::open(&BooksAddress::Sqlite(workplace.path("books.sqlite")), Purpose::Command).await.expect("the books");
    Desk { li, sink, workplace, books }
}

#[tokio::test]
async fn bounces_in_twelve_dialects_come_back_through_dovecot() {
    let amazons = buyer(11);
    let desk = desk(move |to, _| if to == amazons { Fate::TakenAs(format!("Ok {SES_ID}")) } else { Fate::Taken }).await;
    desk.send(0..DIALECTS.len() + 1, MailClass::Bulk).await;
    assert_eq!(desk.sink.mails().len(), DIALECTS.len() + 1);
    for (number, (_, dialect, _)) in DIALECTS.iter().enumerate() {
        desk.receive(&dialect(number));
    }
    desk.workplace.pass();
    for (number, (who, _, by)) in DIALECTS.iter().enumerate() {
        assert_eq!(told_of(&desk.books, number).await, [("bounce_hard", *by)], "{who}");
        // 163 names nobody but the recipient.
        let state = if *by == "recipient" { DeliveryState::Sent } else { DeliveryState::Failed };
        assert_eq!(state_of(&desk.books, number).await, state, "{who}");
    }
    let quiet = DIALECTS.len();
    assert_eq!((told_of(&desk.books, quiet).await, state_of(&desk.books, quiet).await), (vec![], DeliveryState::Sent));

    // Whoever has no mailbox gets no mailing and no answer any more; what a person writes goes.
    let account = sales(&desk.books).await;
    for (number, class) in [(100, MailClass::Bulk), (101, MailClass::Answer), (102, MailClass::Letter)] {
        enter(&desk.books, account, &[(number, buyer(0))], class, Moment(0)).await;
    }
    enter(&desk.books, account, &[(103, buyer(quiet))], MailClass::Bulk, Moment(0)).await;
    desk.workplace.pass();
    let states = [100, 101, 102, 103].map(|number| state_of(&desk.books, number));
    let [mailing, answer, letter, other] = states;
    assert_eq!((mailing.await, answer.await), (DeliveryState::Dropped, DeliveryState::Dropped));
    assert_eq!((letter.await, other.await), (DeliveryState::Sent, DeliveryState::Sent));
}

#[tokio::test]
async fn an_answer_a_complaint_and_a_note_of_absence_come_back_through_dovecot() {
    let desk = desk(|_, _| Fate::Taken).await;
    desk.send(0..5, MailClass::Bulk).await;
    desk.receive(&report(0, "failed", "5.1.1", "550 5.1.1 No such user"));
    desk.receive(&from(&buyer(1), &format!("In-Reply-To: <{}>\n", id_of(1)), "Re: Offer 1", "We take it."));
    desk.receive(&from(&buyer(2), "Auto-Submitted: auto-replied\n", "Automatic reply: Offer 2", "I am back on 14 December."));
    desk.receive(&complaint(3, "abuse", &format!("Message-ID: <{}>\n", id_of(3))));
    desk.receive(&report(4, "delayed", "4.4.1", "connection timed out"));
    desk.workplace.pass();
    for (number, told, state) in [
        (0, ("bounce_hard", "message_id"), DeliveryState::Failed),
        (1, ("reply", "message_id"), DeliveryState::Sent),
        (2, ("auto_reply", "subject"), DeliveryState::Sent),
        (3, ("complaint", "message_id"), DeliveryState::Sent),
        (4, ("delayed", "message_id"), DeliveryState::Sent),
    ] {
        assert_eq!((told_of(&desk.books, number).await, state_of(&desk.books, number).await), (vec![told], state), "{number}");
    }

    // `show` tells the story of the person and of the mail.
    let person = desk.workplace.show(&["contact", &buyer(1)]);
    let left = &person["deliveries"][0];
    assert_eq!((left["state"].as_str(), left["returned"][0]["kind"].as_str()), (Some("sent"), Some("reply")), "{person}");
    assert_eq!(person["suppressed"], serde_json::json!([]));
    let number = back_of(&desk.books, 0).await[0].message.to_string();
    let mail = desk.workplace.show(&["message", &number]);
    assert_eq!((&mail["about"][0]["state"], &mail["about"][0]["recipient"]), (&"failed".into(), &buyer(0).into()), "{mail}");
    let answer = desk.workplace.ask(&["show", "message", &number]);
    for wanted in ["It is about mail that left:", "came back: nobody has this address", "550 5.1.1 No such user"] {
        assert!(answer.out.contains(wanted), "{wanted} in\n{}", answer.out);
    }

    // Of the one who never wrote, too; and of the one to whom nothing left, nothing.
    let stranger = desk.workplace.ask(&["show", "contact", &buyer(0)]);
    for wanted in ["buyer-0@firm-0.example", "Offer 0", "came back: nobody has this address", "Nothing goes by itself since"] {
        assert!(stranger.out.contains(wanted), "{wanted} in\n{}", stranger.out);
    }
    let nobody = desk.workplace.ask(&["show", "contact", "nobody@firm-0.example"]);
    assert_eq!((nobody.code, nobody.err.contains("is not in the books")), (Some(1), true), "{nobody:?}");

    // Whoever complained hears no more of us by itself, but a person may write.
    assert_eq!(desk.reasons(&buyer(3)), ["complaint"]);
    let account = sales(&desk.books).await;
    for (number, class) in [(100, MailClass::Bulk), (101, MailClass::Answer), (102, MailClass::Letter)] {
        enter(&desk.books, account, &[(number, buyer(3))], class, Moment(0)).await;
    }
    desk.workplace.pass();
    for (number, state) in [(100, DeliveryState::Dropped), (101, DeliveryState::Dropped), (102, DeliveryState::Sent)] {
        assert_eq!(state_of(&desk.books, number).await, state, "{number}");
    }
}

#[tokio::test]
async fn letters_in_doubt_settle_themselves_through_dovecot() {
    let desk = desk(|_, _| Fate::TakenAndCut).await;
    desk.send(0..5, MailClass::Letter).await;
    for number in 0..5 {
        assert_eq!(state_of(&desk.books, number).await, DeliveryState::Uncertain);
    }
    // The provider's own copy in Sent, a report of each kind, an answer; of the last nothing is heard.
    let copy = String::from_utf8(super::letter(0, &buyer(0))).expect("text");
    desk.li.client().append("Sent", "\\Seen", copy.as_bytes());
    desk.receive(&report(1, "delivered", "2.0.0", "250 Ok"));
    desk.receive(&report(2, "failed", "5.1.1", "550 5.1.1 User unknown"));
    desk.receive(&from(&buyer(3), &format!("In-Reply-To: <{}>\n", id_of(3)), "Re: Offer 3", "We take it."));
    desk.workplace.pass();
    let expected = [DeliveryState::Sent, DeliveryState::Sent, DeliveryState::Failed, DeliveryState::Sent, DeliveryState::Uncertain];
    for (number, state) in expected.into_iter().enumerate() {
        assert_eq!(state_of(&desk.books, number).await, state, "{number}");
    }
    desk.workplace.pass();
    assert!(desk.sink.copies().values().all(|copies| *copies == 1), "nothing was sent again");
}
