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

use tradepost::record::outbox::claims::Resolution;
use tradepost::record::outbox::lists::{self, Delivery};
use tradepost::record::outbox::{self, DeliveryState, MailClass, NewOutgoing, SentCopy, claims};
use tradepost::record::{Books, BooksAddress, Purpose, RawMail, accounts};
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
            let raw = RawMail::compress(&letter(*number, to)).expect("small");
            let (from, to) = ("sales@bright.example", EmailAddress::parse(to).expect("an address"));
            let (from, id) = (EmailAddress::parse(from).expect("an address"), MessageId::parse(&id_of(*number)).expect("an id"));
            let new = NewOutgoing {
                effect_key: &format!("letter:{number}"),
                account,
                thread: None,
                answers: None,
                header_id: &id,
                class,
                envelope_from: Some(&from),
                subject: &format!("Offer {number}"),
                sent_copy: SentCopy::None,
                raw: &raw,
                recipients: std::slice::from_ref(&to),
                due_at,
                not_after,
                now: due_at,
            };
            outbox::add(&mut session, &new).await.expect("room").expect("it is new");
        }
        session.commit().await.expect("committed");
    }
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
