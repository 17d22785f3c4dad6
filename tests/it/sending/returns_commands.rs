//! `tradepost suppress`, as people and scripts use it.

use super::returns::buyer;
use super::{Books, BooksAddress, Purpose, deliveries, enter, sales};
use crate::support::daemon::Workplace;
use crate::support::sink::{Fate, Sink};
use tradepost::record::outbox::{DeliveryState, MailClass};
use tradepost::types::Moment;

fn list(workplace: &Workplace) -> serde_json::Value {
    let answer = workplace.ask(&["suppress", "list", "--json"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
    serde_json::from_str(&answer.out).expect("JSON")
}

#[tokio::test]
async fn people_and_firms_are_entered_found_again_by_the_contacts_and_taken_off() {
    let sink = Sink::start(|_, _| Fate::Taken);
    let sending = format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n\n[storage]", sink.port);
    let workplace = Workplace::opened(&[("[storage]", &sending)]);
    let mail =
        "From: Eva <eva@werk.example>\nTo: sales@bright.example\nSubject: Hello\nMessage-ID: <1@werk.example>\n\nHello, who are you?\n";
    workplace.deliver("sales", "1.story", mail.as_bytes());
    workplace.pass();
    assert_eq!(workplace.ask(&["suppress", "list"]).out, "Nobody is on the suppression list.\n");
    let added = workplace.ask(&["suppress", "add", "Eva@werk.example", "--reason", "asked on the telephone"]);
    assert_eq!((added.code, added.out.contains("Eva@werk.example is on the suppression list")), (Some(0), true), "{added:?}");
    for whom in ["@firm-1.example", "nobody@gone.example"] {
        assert_eq!(workplace.ask(&["suppress", "add", whom]).code, Some(0));
    }
    let wrong = workplace.ask(&["suppress", "add", "firm.example"]);
    assert_eq!((wrong.code, wrong.err.contains("neither an e-mail address nor a domain")), (Some(1), true), "{wrong:?}");

    let listed = list(&workplace);
    let names: Vec<&serde_json::Value> = listed["entries"].as_array().expect("a list").iter().map(|entry| &entry["name"]).collect();
    assert!(names.contains(&&"eva@werk.example".into()) && names.iter().filter(|name| name.is_null()).count() == 2, "{listed}");
    let text = workplace.ask(&["suppress", "list"]).out;
    assert!(text.contains("2 by_hand (person)") && text.contains("asked on the telephone") && !text.contains("gone.example"), "{text}");
    let person = workplace.show(&["contact", "eva@werk.example"]);
    assert_eq!((&person["suppressed"][0]["reason"], &person["suppressed"][0]["scope"]), (&"by_hand".into(), &"person".into()), "{person}");
    assert!(workplace.ask(&["show", "contact", "eva@werk.example"]).out.contains("Nothing goes by itself since"));

    let books = Books::open(&BooksAddress::Sqlite(workplace.path("books.sqlite")), Purpose::Command).await.expect("the books");
    let account = sales(&books).await;
    let letters = [(0, "eva@werk.example".to_owned()), (1, buyer(1)), (2, buyer(2))];
    enter(&books, account, &letters, MailClass::Bulk, Moment(0)).await;
    workplace.pass();
    let states: Vec<_> = deliveries(&books).await.into_iter().map(|delivery| delivery.state).collect();
    assert_eq!(states, [DeliveryState::Dropped, DeliveryState::Dropped, DeliveryState::Sent]);

    let removed = workplace.ask(&["suppress", "remove", "eva@WERK.example"]);
    assert_eq!((removed.code, removed.out.contains("off the suppression list")), (Some(0), true), "{removed:?}");
    let again = workplace.ask(&["suppress", "remove", "eva@werk.example"]);
    assert_eq!((again.code, again.err.contains("is not on the suppression list")), (Some(1), true), "{again:?}");
}

#[tokio::test]
async fn a_list_comes_in_from_another_system_and_goes_to_another_house_with_the_same_key() {
    let workplace = Workplace::opened(&[]);
    let file = |name: &str, text: &str| {
        std::fs::write(workplace.path(name), text).expect("written");
        name.to_owned()
    };
    let left = file("left.csv", "Email;Since\nbob@acme.example;2024\n@spamtrap.example;2023\n;\nBOB+x@acme.example;2025\n");
    let taken = workplace.ask(&["suppress", "import", &left]);
    assert_eq!((taken.code, taken.out.contains("3 entries")), (Some(0), true), "{taken:?}");
    assert_eq!(list(&workplace)["entries"].as_array().map(Vec::len), Some(2), "Bob is one person");

    let faulty = file("faulty.csv", "address\neva@werk.example\nnot an address\n");
    let refused = workplace.ask(&["suppress", "import", &faulty]);
    assert_eq!((refused.code, refused.err.contains("neither an e-mail address")), (Some(1), true), "{refused:?}");
    assert_eq!(list(&workplace)["entries"].as_array().map(Vec::len), Some(2), "nothing was taken");
    assert_eq!(workplace.ask(&["suppress", "import", "--partial", &faulty]).code, Some(1));
    assert_eq!(list(&workplace)["entries"].as_array().map(Vec::len), Some(3));
    let nothing = file("nothing.csv", "name\nBob\n");
    assert_eq!(workplace.ask(&["suppress", "import", &nothing]).code, Some(1));

    workplace.ask(&["suppress", "add", "@dark.example", "--reason", "=cmd|' /C calc'!A0"]);
    let written = workplace.ask(&["suppress", "export", "all.csv"]);
    assert_eq!((written.code, written.out.contains("4 entries")), (Some(0), true), "{written:?}");
    let text = std::fs::read_to_string(workplace.path("all.csv")).expect("written");
    for told in ["acme", "werk", "spamtrap", "dark"] {
        assert!(!text.contains(told), "{text}");
    }
    assert!(text.contains("'=cmd"), "a spreadsheet runs nothing: {text}");
    let twice = workplace.ask(&["suppress", "export", "all.csv"]);
    assert_eq!(twice.code, Some(1), "a file that is there stays: {twice:?}");

    // Another house with the same key knows everybody; one with another key takes nothing.
    let sister = Workplace::opened(&[]);
    std::fs::copy(workplace.path("tradepost.key"), sister.path("tradepost.key")).expect("copied");
    std::fs::copy(workplace.path("all.csv"), sister.path("all.csv")).expect("copied");
    assert_eq!(sister.ask(&["suppress", "import", "all.csv"]).code, Some(0));
    assert_eq!(list(&sister)["entries"], list(&workplace)["entries"]);
    assert_eq!(sister.ask(&["suppress", "remove", "bob@acme.example"]).code, Some(0));

    let stranger = Workplace::opened(&[]);
    std::fs::copy(workplace.path("all.csv"), stranger.path("all.csv")).expect("copied");
    let refused = stranger.ask(&["suppress", "import", "all.csv"]);
    assert_eq!((refused.code, refused.err.contains("another key file")), (Some(1), true), "{refused:?}");
    // The list of one house under the key of another: said, and nothing is changed.
    std::fs::copy(stranger.path("tradepost.key"), sister.path("tradepost.key")).expect("copied");
    for arguments in [["suppress", "add", "x@y.example"], ["suppress", "remove", "@dark.example"]] {
        let answer = sister.ask(&arguments);
        assert_eq!((answer.code, answer.err.contains("another key file")), (Some(1), true), "{answer:?}");
    }
    assert_eq!(list(&sister)["can_be_asked"], false);
}
