//! `tradepost suppress` where the key of the list was away or is lost for good.

use super::returns::buyer;
use super::{Books, BooksAddress, NO_LIMITS, Purpose, enter, sales};
use crate::support::daemon::Workplace;
use crate::support::desk::MONDAY_MORNING;
use crate::support::sink::{Fate, Sink};
use std::fs;
use tradepost::record::outbox::MailClass;

const KEY: &str = "tradepost.key";

#[tokio::test]
async fn a_key_file_that_cannot_be_made_is_told_before_it_is_needed_and_when_it_was() {
    let sink = Sink::start(|_, _| Fate::Taken);
    let sending = format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n{NO_LIMITS}\n\n[storage]", sink.port);
    let workplace = Workplace::opened(&[("[storage]", &format!("{sending}\nkey_file = \"nowhere/{KEY}\""))]);
    let checked = workplace.ask(&["check"]);
    assert_eq!((checked.code, checked.out.contains("nowhere/tradepost.key cannot be used")), (Some(1), true), "{checked:?}");
    let books = Books::open(&BooksAddress::Sqlite(workplace.path("books.sqlite")), Purpose::Command).await.expect("the books");
    enter(&books, sales(&books).await, &[(0, buyer(0))], MailClass::Letter, MONDAY_MORNING).await;
    books.close().await;
    assert!(!workplace.ask(&["status"]).out.contains("key file"), "it was not needed yet");
    for _ in 0..2 {
        workplace.pass();
        assert_eq!(sink.mails().len(), 1, "nobody is on the list");
        let status = workplace.ask(&["status"]);
        assert_eq!((status.code, status.out.contains("key file")), (Some(1), true), "{status:?}");
    }
    fs::create_dir(workplace.path("nowhere")).expect("ours");
    workplace.pass();
    assert!(!workplace.ask(&["status"]).out.contains("key file"), "it is over");
    let checked = workplace.ask(&["check"]);
    assert!(!checked.out.contains("cannot be used"), "{checked:?}");
}
