//! Mail that leaves: each recipient gets it once or not at all, and what nobody knows is said.

mod answers;
mod budgets;
mod copies;
mod crowded;
mod faults;
mod kills;
mod real;
mod returns;
mod returns_anew;
mod returns_commands;
mod returns_dialects;
mod returns_dovecot;
mod returns_keyless;
mod returns_machines;
mod returns_resent;
mod returns_suppressed;
mod returns_uncertain;
mod signing;
mod steps;

use crate::support::desk::MONDAY_MORNING;
use tradepost::record::outbox::claims::Resolution;
use tradepost::record::outbox::lists::{self, Delivery};
use tradepost::record::outbox::{self, DeliveryState, MailClass, NewOutgoing, SentCopy, claims};
use tradepost::record::{Books, BooksAddress, Purpose, RawMail, Session, accounts};
use tradepost::types::{AccountId, EmailAddress, MessageId, Moment};

/// A line of `[sending]` for stories that are not about budgets.
const NO_LIMITS: &str =
    "budget = { per_hour = 1000000, per_day = 1000000, per_domain_per_hour = 1000000, people_reserve = 0, ramp = false }";

/// A letter of the story's: its number stands in its Message-ID and its text.
fn letter(number: usize, to: &str) -> Vec<u8> {
    format!(
        "From: Li Wei <sales@bright.example>\r\nTo: {to}\r\nSubject: Offer {number}\r\nDate: Mon, 16 Nov 2026 09:00:00 +0800\r\n\
         Message-ID: <{}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nOffer {number}.\r\n.\r\n..two dots\r\n",
        id_of(number)
    )
    .into_bytes()
}

fn id_of(number: usize) -> String {
    format!("offer-{number}@bright.example")
}

/// Puts letters to these recipients into the outbox of the account, each its own mail.
async fn enter(books: &Books, account: AccountId, letters: &[(usize, String)], class: MailClass, due_at: Moment) {
    enter_to(books, account, letters, class, due_at, None).await;
}

/// The same with the moment after which they ask instead of going.
async fn enter_to(
    books: &Books,
    account: AccountId,
    letters: &[(usize, String)],
    class: MailClass,
    due_at: Moment,
    not_after: Option<Moment>,
) {
    for chunk in letters.chunks(500) {
        let mut session = books.begin().await.expect("free books");
        for (number, to) in chunk {
            let due = Due { account, class, due_at, not_after };
            add(&mut session, *number, std::slice::from_ref(to), SentCopy::None, due).await;
        }
        session.commit().await.expect("committed");
    }
}

/// One letter of a person's to these recipients.
async fn enter_one(books: &Books, account: AccountId, number: usize, to: &[String], sent_copy: SentCopy) {
    let mut session = books.begin().await.expect("free books");
    let due = Due { account, class: MailClass::Letter, due_at: MONDAY_MORNING, not_after: None };
    add(&mut session, number, to, sent_copy, due).await;
    session.commit().await.expect("committed");
}

/// From where a letter goes, as what and when.
#[derive(Clone, Copy)]
struct Due {
    account: AccountId,
    class: MailClass,
    due_at: Moment,
    not_after: Option<Moment>,
}

async fn add(session: &mut Session, number: usize, to: &[String], sent_copy: SentCopy, due: Due) {
    let raw = RawMail::compress(&letter(number, &to[0])).expect("small");
    let address = |text: &str| EmailAddress::parse(text).expect("an address");
    let recipients: Vec<EmailAddress> = to.iter().map(|to| address(to)).collect();
    let new = NewOutgoing {
        effect_key: &format!("letter:{number}"),
        account: due.account,
        thread: None,
        answers: None,
        header_id: &MessageId::parse(&id_of(number)).expect("an id"),
        class: due.class,
        envelope_from: Some(&address("sales@bright.example")),
        subject: &format!("Offer {number}"),
        sent_copy,
        raw: &raw,
        recipients: &recipients,
        due_at: due.due_at,
        not_after: due.not_after,
        now: due.due_at,
    };
    outbox::add(session, &new).await.expect("room").expect("it is new");
}

async fn deliveries(books: &Books) -> Vec<Delivery> {
    let mut session = books.look().await.expect("a look");
    let mut found = lists::list_recent(&mut session, 100_000).await.expect("the outbox");
    found.reverse();
    found
}

async fn states(books: &Books) -> Vec<DeliveryState> {
    deliveries(books).await.into_iter().map(|delivery| delivery.state).collect()
}

/// The account `sales` of books that a daemon has opened before.
async fn sales(books: &Books) -> AccountId {
    let mut session = books.look().await.expect("a look");
    accounts::list(&mut session).await.expect("the accounts").first().expect("a mailbox").id
}
