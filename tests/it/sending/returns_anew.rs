//! `tradepost suppress` where the key of the list was away or is lost for good.

use super::returns::{buyer, complaint, from, report};
use super::{Books, BooksAddress, NO_LIMITS, Purpose, enter, id_of, sales};
use crate::support::daemon::Workplace;
use crate::support::desk::MONDAY_MORNING;
use crate::support::sink::{Fate, Sink};
use std::fs;
use tradepost::record::outbox::MailClass;

const KEY: &str = "tradepost.key";

/// Letters to so many buyers have left, and somebody stands on the list, so that its key is named.
async fn after_letters(sink: &Sink, count: usize) -> Workplace {
    let sending = format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n{NO_LIMITS}\n\n[storage]", sink.port);
    let workplace = Workplace::opened(&[("[storage]", &sending)]);
    let books = Books::open(&BooksAddress::Sqlite(workplace.path("books.sqlite")), Purpose::Command).await.expect("the books");
    let letters: Vec<(usize, String)> = (0..count).map(|number| (number, buyer(number))).collect();
    enter(&books, sales(&books).await, &letters, MailClass::Letter, MONDAY_MORNING).await;
    books.close().await;
    workplace.pass();
    assert_eq!(workplace.ask(&["suppress", "add", "@old.example"]).code, Some(0));
    workplace
}

/// Mails come in, and a pass is made.
fn receive(workplace: &Workplace, mails: &[String]) {
    for mail in mails {
        let before = fs::read_dir(workplace.path("sales/new")).expect("the inbox").count();
        workplace.deliver("sales", &format!("{before}.story"), mail.as_bytes());
    }
    workplace.pass();
}

fn list(workplace: &Workplace) -> serde_json::Value {
    let answer = workplace.ask(&["suppress", "list", "--json"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    serde_json::from_str(&answer.out).expect("JSON")
}

/// The reasons of all entries, sorted.
fn reasons(workplace: &Workplace) -> Vec<String> {
    let listed = list(workplace);
    let entries = listed["entries"].as_array().expect("a list").iter();
    let mut all: Vec<String> = entries.map(|entry| entry["reason"].as_str().expect("a reason").to_owned()).collect();
    all.sort();
    all
}

fn complaint_of(number: usize) -> String {
    complaint(number, "abuse", &format!("Message-ID: <{}>\n", id_of(number)))
}

#[tokio::test]
async fn a_damaged_key_file_is_set_aside_when_the_list_is_begun_anew() {
    let sink = Sink::start(|_, _| Fate::Taken);
    let workplace = after_letters(&sink, 0).await;
    let whole = fs::read(workplace.path(KEY)).expect("the key");
    // Cut off by a full disk; and bytes that are not even text.
    for (damaged, aside) in [(&whole[..10], "tradepost.key.damaged"), (&[0xff; 44][..], "tradepost.key.damaged-2")] {
        fs::write(workplace.path(KEY), damaged).expect("ours");
        let refused = workplace.ask(&["suppress", "add", "eva@werk.example"]);
        assert_eq!((refused.code, refused.err.contains("holds no key")), (Some(1), true), "{refused:?}");
        assert!(refused.err.contains("tradepost suppress begin-anew"), "{refused:?}");
        let anew = workplace.ask(&["suppress", "begin-anew"]);
        assert_eq!((anew.code, anew.out.contains("1 entries")), (Some(0), true), "{anew:?}");
        assert!(anew.out.lines().next().is_some_and(|line| line.contains("holds no key") && line.contains(aside)), "{anew:?}");
        assert_eq!(fs::read(workplace.path(aside)).expect("it is kept"), damaged);
        assert_eq!(workplace.ask(&["suppress", "add", "eva@werk.example"]).code, Some(0));
        assert_eq!(reasons(&workplace), ["by_hand"]);
    }
    assert_eq!(workplace.ask(&["suppress", "begin-anew"]).code, Some(1), "now it fits");
}

#[tokio::test]
async fn whom_an_answer_has_freed_is_not_entered_again() {
    let sink = Sink::start(|_, _| Fate::Taken);
    let workplace = after_letters(&sink, 3).await;
    let hard = |number| report(number, "failed", "5.1.1", "550 5.1.1 User unknown");
    let answer = |number: usize, who: &str| from(who, &format!("In-Reply-To: <{}>\n", id_of(number)), "Re: Offer", "I am here.");
    // The third has answered before mail came back, and answers no more.
    receive(&workplace, &[answer(2, &buyer(2))]);
    receive(&workplace, &[hard(0), hard(1), hard(2)]);
    // The first answers from the address itself, for the second a colleague does.
    receive(&workplace, &[answer(0, &buyer(0)), answer(1, "boss@firm-1.example")]);
    assert_eq!(reasons(&workplace), ["by_hand", "hard_bounce", "hard_bounce"]);

    fs::remove_file(workplace.path(KEY)).expect("it was there");
    let anew = workplace.ask(&["suppress", "begin-anew"]);
    assert_eq!((anew.code, anew.out.contains("2 were entered again")), (Some(0), true), "{anew:?}");
    let listed = list(&workplace);
    let about: Vec<i64> = listed["entries"].as_array().expect("a list").iter().filter_map(|entry| entry["delivery"].as_i64()).collect();
    let of = |number: usize| workplace.show(&["contact", &buyer(number)])["suppressed"].as_array().map(Vec::len);
    assert_eq!((about.len(), of(0)), (2, Some(0)), "{listed}");
}

#[tokio::test]
async fn who_waits_to_be_entered_is_listed_exported_and_taken_off() {
    let sink = Sink::start(|_, _| Fate::Taken);
    let workplace = after_letters(&sink, 3).await;
    let away = || fs::rename(workplace.path(KEY), workplace.path("away")).expect("ours");
    let back = || fs::rename(workplace.path("away"), workplace.path(KEY)).expect("ours");
    away();
    receive(&workplace, &[complaint_of(0), complaint_of(1)]);
    let listed = list(&workplace);
    assert_eq!((&listed["owed"][0]["reason"], &listed["owed"][0]["count"]), (&"complaint".into(), &2.into()), "{listed}");
    let text = workplace.ask(&["suppress", "list"]).out;
    assert!(text.contains("Waiting to be entered") && text.contains("2 complaint") && text.contains("is missing"), "{text}");

    // The daemon stands still, so nobody has entered them yet.
    back();
    let removed = workplace.ask(&["suppress", "remove", &buyer(0)]);
    assert_eq!((removed.code, removed.out.contains("off the suppression list")), (Some(0), true), "{removed:?}");
    assert_eq!(
        (list(&workplace)["owed"].as_array().map(Vec::len), reasons(&workplace)),
        (Some(0), vec!["by_hand".into(), "complaint".into()])
    );
    workplace.pass();
    assert_eq!(reasons(&workplace), ["by_hand", "complaint"], "nobody is entered afterwards");

    away();
    receive(&workplace, &[complaint_of(2)]);
    back();
    let written = workplace.ask(&["suppress", "export", "all.csv"]);
    assert_eq!((written.code, written.out.contains("3 entries")), (Some(0), true), "{written:?}");
    assert!(!fs::read_to_string(workplace.path("all.csv")).expect("written").contains("firm-"), "tags only");
}

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

#[tokio::test]
async fn a_list_of_which_everybody_waits_is_not_called_empty() {
    let sink = Sink::start(|_, _| Fate::Taken);
    let workplace = after_letters(&sink, 1).await;
    assert_eq!(workplace.ask(&["suppress", "remove", "@old.example"]).code, Some(0));
    assert_eq!(workplace.ask(&["suppress", "list"]).out, "Nobody is on the suppression list.\n");
    fs::rename(workplace.path(KEY), workplace.path("away")).expect("ours");
    receive(&workplace, &[complaint_of(0)]);
    let text = workplace.ask(&["suppress", "list"]).out;
    assert!(text.contains("Waiting to be entered: 1 complaint") && text.contains("is missing") && !text.contains("Nobody"), "{text}");
    fs::rename(workplace.path("away"), workplace.path(KEY)).expect("ours");
    assert_eq!(workplace.ask(&["suppress", "add", "eva@werk.example"]).code, Some(0));
    assert_eq!(reasons(&workplace), ["by_hand", "complaint"]);
}
