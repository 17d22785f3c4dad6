//! What comes back is joined to what left: an answer, a complaint, a return path of our own, through the inbox like any other mail.

use super::{NO_LIMITS, deliveries, enter, id_of};
use crate::support::desk::{Desk, MONDAY_MORNING};
use crate::support::engines::for_each_engine;
use crate::support::sink::{Fate, Sink};
use tradepost::record::Books;
use tradepost::record::outbox::returns::{self, Return};
use tradepost::record::outbox::{DeliveryState, MailClass};
use tradepost::record::suppressions::{self, Suppression};
use tradepost::types::EmailAddress;

pub const MINUTE_MS: i64 = 60_000;

/// A desk that sends by way of the sink; `more` are lines of `[sending]`.
pub async fn desk_at(books: &Books, sink: &Sink, more: &str) -> Desk {
    let sending = format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n{NO_LIMITS}\n{more}\n[storage]", sink.port);
    Desk::open_with(books, &[("[storage]", &sending)]).await
}

/// Somebody we wrote to; the number is the letter's.
pub fn buyer(number: usize) -> String {
    format!("buyer-{number}@firm-{number}.example")
}

/// The desk sends these letters, and half an hour passes.
pub async fn send(desk: &Desk, numbers: std::ops::Range<usize>, class: MailClass) {
    let letters: Vec<(usize, String)> = numbers.map(|number| (number, buyer(number))).collect();
    enter(&desk.office.books, desk.office.accounts[0].id, &letters, class, MONDAY_MORNING).await;
    desk.settle().await;
    desk.office.clock.forward(30 * MINUTE_MS);
}

/// What came back of a letter.
pub async fn back_of(books: &Books, number: usize) -> Vec<Return> {
    let id = deliveries(books).await.into_iter().find(|delivery| delivery.header_id == id_of(number)).expect("it left").id;
    returns::list_of_delivery(&mut books.look().await.expect("a look"), id).await.expect("the returns")
}

/// How it came back and how that is known.
pub async fn told_of(books: &Books, number: usize) -> Vec<(&'static str, &'static str)> {
    back_of(books, number).await.into_iter().map(|back| (back.kind.name(), back.by.name())).collect()
}

pub async fn state_of(books: &Books, number: usize) -> DeliveryState {
    deliveries(books).await.into_iter().find(|delivery| delivery.header_id == id_of(number)).expect("it left").state
}

/// Why somebody is on the suppression list.
pub async fn suppressed(desk: &Desk, address: &str) -> Vec<Suppression> {
    let key = desk.office.keys.list().expect("the key");
    let address = EmailAddress::parse(address).expect("an address");
    let mut session = desk.office.books.look().await.expect("a look");
    suppressions::find(&mut session, &key, &address, desk.office.now()).await.expect("the list")
}

/// Their reasons by name.
pub async fn reasons(desk: &Desk, address: &str) -> Vec<&'static str> {
    suppressed(desk, address).await.into_iter().map(|entry| entry.reason.name()).collect()
}

/// A mail from somebody, an hour after our letters left.
pub fn from(address: &str, fields: &str, subject: &str, text: &str) -> String {
    format!(
        "Return-Path: <{address}>\nFrom: Buyer <{address}>\nTo: sales@bright.example\nSubject: {subject}\nDate: Mon, 16 Nov 2026 01:20:00 \
         +0000\nMessage-ID: <{}.{}@customer.example>\n{fields}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{text}\n",
        address.replace('@', "."),
        subject.len() + text.len() + fields.len()
    )
}

/// A report of the provider about a letter, with the fields that are changed.
pub fn report(number: usize, action: &str, status: &str, words: &str) -> String {
    let to = buyer(number);
    format!(
        "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.provider.example>\nTo: sales@bright.example\nSubject: Delivery Status \
         Notification\nDate: Mon, 16 Nov 2026 01:20:00 +0000\nMessage-ID: <report-{number}-{action}@mx.provider.example>\nAuto-Submitted: \
         auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\n\n--b1\n\
         Content-Type: text/plain\n\nThis is the mail system at host mx.provider.example.\n\n<{to}>: {words}\n\n--b1\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.provider.example\n\nFinal-Recipient: rfc822; {to}\n\
         Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {words}\n\n--b1\nContent-Type: text/rfc822-headers\n\n\
         From: Li Wei <sales@bright.example>\nTo: {to}\nSubject: Offer {number}\nMessage-ID: <{}>\n\n--b1--\n",
        id_of(number)
    )
}

/// A complaint at a provider that hides whose it is (RFC 5965); `id` is the line of the mail's Message-ID.
pub fn complaint(number: usize, kind: &str, id: &str) -> String {
    format!(
        "Return-Path: <>\nFrom: Yahoo! Mail AntiSpam Feedback <feedback@arf.mail.yahoo.com>\nTo: sales@bright.example\nSubject: FW: Offer \
         {number}\nDate: Mon, 16 Nov 2026 01:20:00 +0000\nMessage-ID: <arf-{number}-{kind}@arf.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; boundary=\"r\"; report-type=feedback-report\n\n--r\nContent-Type: text/plain\n\n\
         This is an email abuse report for an email message received from bright.example.\n\n--r\n\
         Content-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: Yahoo!-Mail-Feedback/2.0\nVersion: 0.1\n\
         Original-Mail-From: <sales@bright.example>\nOriginal-Rcpt-To: redacted@yahoo.example\nReported-Domain: bright.example\n\n--r\n\
         Content-Type: message/rfc822\n\nFrom: Li Wei <sales@bright.example>\nTo: redacted@yahoo.example\n{id}Subject: Offer \
         {number}\n\nOffer {number}.\n\n--r--\n"
    )
}

#[tokio::test]
async fn a_reply_is_joined_to_the_letter_however_it_is_written() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..6, MailClass::Letter).await;
        desk.receive(&from(&buyer(0), &format!("In-Reply-To: <{}>\n", id_of(0)), "Re: Offer 0", "We take it."));
        desk.receive(&from(&buyer(1), &format!("References: <a@b.example> <{}>\n", id_of(1)), "Something else", "We take it."));
        // A colleague answers, and somebody starts a new mail instead of answering.
        desk.receive(&from("boss@mail.firm-2.example", &format!("In-Reply-To: <{}>\n", id_of(2)), "Re: Offer 2", "Too dear."));
        desk.receive(&from(&buyer(3), "", "答复: Offer 3", "可以。"));
        // These say nothing of ours: a newsletter, and a new question.
        desk.receive(&from(&buyer(4), "List-Unsubscribe: <x>\nList-Id: <n.firm-4.example>\nPrecedence: bulk\n", "Offer 4", "Spring sale"));
        desk.receive(&from(&buyer(5), "", "Question about panels", "Do you make panels?"));
        desk.settle().await;
        for (number, by) in [(0, "message_id"), (1, "message_id"), (2, "message_id"), (3, "subject")] {
            assert_eq!(told_of(&books, number).await, [("reply", by)], "{number}");
            assert_eq!(state_of(&books, number).await, DeliveryState::Sent);
        }
        assert_eq!((told_of(&books, 4).await, told_of(&books, 5).await), (vec![], vec![]));
        // The same mail in a second place says nothing new.
        desk.deliver("sales/.Sent/cur", ":2,S", &from(&buyer(0), &format!("In-Reply-To: <{}>\n", id_of(0)), "Re: Offer 0", "We take it."));
        desk.settle().await;
        assert_eq!(told_of(&books, 0).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_answer_of_ours_and_its_answer_are_one_conversation_also_by_outlooks_index_alone() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let sending = format!(
            "[policies.intents]\ninquiry = \"answer\"\n\n[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n{NO_LIMITS}\n\n[storage]",
            sink.port
        );
        let desk = Desk::open_with(&books, &[("mode = \"draft\"", "mode = \"full\""), ("[storage]", &sending)]).await;
        let index = "AQHX0a1b2c3d4e5f60718293a4b5c6d7e8";
        let ask = "Hello, please send us your best price for 1,000 pcs LED flood lights 50W FOB Ningbo. We look forward to your quotation.";
        let tom = "tom@hall-lighting.example";
        desk.receive(&from(tom, &format!("Thread-Index: {index}\n"), "Price for flood lights 50W", ask));
        desk.settle().await;
        assert_eq!(sink.mails().len(), 1, "{}", desk.last().await.why);
        desk.office.clock.forward(3_600_000);
        // Outlook in another time, with another subject and no reference at all; from the boss.
        let later = from("boss@hall-lighting.example", &format!("Thread-Index: {index}AAAAAAB\n"), "RE: your quotation", "Fine, go on.")
            .replace("01:20:00", "01:50:00");
        desk.receive(&later);
        desk.settle().await;
        let id = deliveries(&books).await[0].id;
        let back = returns::list_of_delivery(&mut books.look().await.expect("a look"), id).await.expect("the returns");
        let told: Vec<_> = back.iter().map(|one| (one.kind.name(), one.by.name())).collect();
        assert_eq!(told, [("reply", "conversation")]);
    })
    .await;
}

#[tokio::test]
async fn a_complaint_with_hidden_recipients_suppresses_whoever_got_the_letter() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..3, MailClass::Bulk).await;
        let id = |number| format!("Message-ID: <{}>\n", id_of(number));
        desk.receive(&complaint(0, "abuse", &id(0)));
        desk.receive(&complaint(1, "not-spam", &id(1)));
        desk.receive(&complaint(2, "abuse", "Message-ID: <somebody-elses@spam.example>\n"));
        desk.settle().await;
        assert_eq!(told_of(&books, 0).await, [("complaint", "message_id")]);
        assert_eq!(state_of(&books, 0).await, DeliveryState::Sent, "it arrived");
        assert_eq!(reasons(&desk, &buyer(0)).await, ["complaint"]);
        assert_eq!((told_of(&books, 1).await, reasons(&desk, &buyer(1)).await), (vec![], vec![]), "somebody liked it");
        assert_eq!((told_of(&books, 2).await, reasons(&desk, &buyer(2)).await), (vec![], vec![]), "it is not about our mail");
        // Microsoft passes the mail on as it is.
        send(&desk, 10..11, MailClass::Bulk).await;
        desk.receive(&format!(
            "Return-Path: <staff@hotmail.com>\nFrom: staff@hotmail.com\nTo: sales@bright.example\nSubject: complaint about message from \
             192.0.2.1\nDate: Mon, 16 Nov 2026 02:00:00 +0000\nMessage-ID: <jmrp-1@hotmail.com>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; \
             boundary=j\n\n--j\nContent-Type: message/rfc822\nContent-Disposition: inline\n\nX-HmXmrOriginalRecipient: {}\nFrom: \
             sales@bright.example\nTo: redacted@hotmail.example\nMessage-ID: <{}>\nSubject: Offer 10\n\nOffer 10.\n--j--\n",
            buyer(10),
            id_of(10)
        ));
        desk.settle().await;
        assert_eq!((told_of(&books, 10).await, reasons(&desk, &buyer(10)).await), (vec![("complaint", "message_id")], vec!["complaint"]));
    })
    .await;
}

#[tokio::test]
async fn a_forged_report_is_ignored() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..1, MailClass::Letter).await;
        // Somebody wrote to our customer in our name; what comes back names another id.
        desk.receive(&report(0, "failed", "5.1.1", "550 5.1.1 User unknown").replace(&id_of(0), "cheap-pills@dark.example"));
        let other = buyer(0).replace("buyer-0@", "nobody@");
        desk.receive(
            &report(0, "failed", "5.1.1", "550 5.1.1 User unknown").replace(&buyer(0), &other).replace(&id_of(0), "x@dark.example"),
        );
        desk.settle().await;
        assert_eq!((told_of(&books, 0).await, state_of(&books, 0).await), (vec![], DeliveryState::Sent));
        assert!(reasons(&desk, &buyer(0)).await.is_empty() && reasons(&desk, &other).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_report_about_somebody_we_did_not_write_to_settles_nothing() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, number| if number < 4 { Fate::TakenAndCut } else { Fate::Taken });
        let desk = desk_at(&books, &sink, "connections = 1").await;
        send(&desk, 0..6, MailClass::Letter).await;
        let doubtful: Vec<usize> = {
            let mut found = Vec::new();
            for number in 0..6 {
                if state_of(&books, number).await == DeliveryState::Uncertain {
                    found.push(number);
                }
            }
            found
        };
        assert!(!doubtful.is_empty());
        for number in 0..6 {
            // It names our id, and somebody who never got that mail.
            for action in ["failed", "delayed", "delivered"] {
                let status = if action == "failed" { "5.1.1" } else { "2.0.0" };
                let elsewhere = report(number, action, status, "550 5.1.1 User unknown").replace(&buyer(number), "boss@elsewhere.example");
                desk.receive(&elsewhere.replace(&format!("report-{number}"), &format!("elsewhere-{number}")));
            }
            // It names an id that never left, of our own domain.
            let made_up = report(number, "failed", "5.1.1", "550 5.1.1 User unknown").replace(&id_of(number), "offer-4711@bright.example");
            desk.receive(&made_up.replace(&format!("report-{number}"), &format!("made-up-{number}")));
        }
        desk.settle().await;
        for number in 0..6 {
            let expected = if doubtful.contains(&number) { DeliveryState::Uncertain } else { DeliveryState::Sent };
            assert_eq!(state_of(&books, number).await, expected, "{number}");
            assert_eq!(told_of(&books, number).await, [("bounce_elsewhere", "message_id")], "it is only told");
            assert!(reasons(&desk, &buyer(number)).await.is_empty());
        }
        assert!(reasons(&desk, "boss@elsewhere.example").await.is_empty());
    })
    .await;
}

/// Reports meant to cost time and memory, or to be read wrongly: each is recorded like any mail, and none is believed.
#[tokio::test]
async fn hostile_reports_end_soon_and_settle_nothing() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "verp = \"bounce@bright.example\"").await;
        send(&desk, 0..3, MailClass::Letter).await;
        let plain = |number: usize| report(number, "failed", "5.1.1", "550 5.1.1 User unknown").replace(&id_of(number), "x@dark.example");
        let many: String = (0..20_000)
            .map(|number| format!("\nFinal-Recipient: rfc822; n{number}@dark.example\nAction: failed\nStatus: 5.1.1\n"))
            .collect();
        let ids: String = (0..20_000).map(|number| format!(" <{number}@dark.example>")).collect();
        let paths: String = (0..20_000).map(|number| format!("bounce+{number}.deadbeef@bright.example, ")).collect();
        let parts: String =
            (0..2_000).map(|_| "--b1\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822;\n\n".to_owned()).collect();
        let hostile = [
            plain(0).replacen("\n--b1\nContent-Type: text/rfc822-headers", &format!("{many}\n--b1\nContent-Type: text/rfc822-headers"), 1),
            plain(1).replacen("To: sales@bright.example\n", &format!("To: sales@bright.example\nReferences:{ids}\n"), 1),
            plain(2).replacen("To: sales@bright.example\n", &format!("To: {paths}sales@bright.example\n"), 1),
            plain(0).replacen("\n--b1\n", &format!("\n{parts}--b1\n"), 1),
            plain(1).replacen("Status: 5.1.1", &format!("Status: {}", "5.".repeat(200_000)), 1),
            plain(2).replacen("Reporting-MTA: dns; mx.provider.example\n", "Original-Envelope-Id: 99999999999999999999999\n", 1),
            plain(0).replacen("Reporting-MTA: dns; mx.provider.example\n", "Original-Envelope-Id: -1\n\0\n", 1),
            plain(1).replace("rfc822; buyer-1@firm-1.example", "rfc822; buyer-1@firm-1.example\u{202e}\r, <script>@x"),
        ];
        let began = std::time::Instant::now();
        for (number, mail) in hostile.iter().enumerate() {
            desk.receive(&mail.replace("Message-ID: <report-", &format!("Message-ID: <hostile-{number}-")));
        }
        desk.settle().await;
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
        assert_eq!(desk.recorded().await.len(), hostile.len(), "each is in the books");
        for number in 0..3 {
            assert_eq!((told_of(&books, number).await, state_of(&books, number).await), (vec![], DeliveryState::Sent), "{number}");
            assert!(reasons(&desk, &buyer(number)).await.is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn what_comes_to_a_return_path_of_our_own_needs_to_say_nothing() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        // One connection: the paths come in the order of the mails.
        let desk = desk_at(&books, &sink, "connections = 1\nverp = \"bounce@bright.example\"").await;
        send(&desk, 0..2, MailClass::Letter).await;
        let paths = sink.return_paths();
        let [first, second] = paths.as_slice() else { panic!("{paths:?}") };
        assert!(first != second && first.starts_with("bounce+") && first.ends_with("@bright.example"), "{paths:?}");
        let bare = |to: &str| {
            format!(
                "Return-Path: <>\nDelivered-To: {to}\nFrom: MAILER-DAEMON@old.example\nTo: undisclosed\nSubject: failure notice\nDate: Mon, 16 Nov \
                 2026 01:20:00 +0000\n\nYour message could not be delivered. 550 5.1.1 User unknown. No more is known.\n"
            )
        };
        let numbers: Vec<usize> = sink.mails().iter().map(|(to, _)| usize::from(*to == buyer(1))).collect();
        desk.receive(&bare(first));
        // Changed by one digit, it is nobody's.
        let digit = if second.ends_with("0@bright.example") { "1@" } else { "0@" };
        let mut made_up = second.split('@').next().expect("an address").to_owned();
        made_up.pop();
        desk.receive(&bare(&format!("{made_up}{digit}bright.example")));
        desk.settle().await;
        assert!(matches!(told_of(&books, numbers[0]).await.as_slice(), [(_, "return_path")]), "{:?}", told_of(&books, numbers[0]).await);
        assert_eq!(state_of(&books, numbers[0]).await, DeliveryState::Failed);
        assert_eq!(told_of(&books, numbers[1]).await, []);
    })
    .await;
}
