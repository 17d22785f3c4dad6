//! The key file of the books is missing, unreadable or another one: nothing goes by itself, nothing is forgotten, and no key is made anew.

use super::returns::{MINUTE_MS, back_of, buyer, complaint, desk_at, from, reasons, report, send, state_of};
use super::{Books, BooksAddress, Purpose, deliveries, enter, id_of};
use crate::support::daemon::Workplace;
use crate::support::desk::{Desk, MONDAY_MORNING};
use crate::support::engines::for_each_engine;
use crate::support::sink::{Fate, Sink};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use tradepost::decide::TroubleKind;
use tradepost::flow::{Ids, list_key};
use tradepost::record::outbox::{DeliveryState, MailClass};
use tradepost::record::suppressions::{self, Grounds, Reason};
use tradepost::record::{health, owed};
use tradepost::types::EmailAddress;

const KEY: &str = "tradepost.key";

/// Somebody stands on the list, so the books name its key.
async fn name_key(desk: &Desk) -> Vec<u8> {
    let key = desk.office.keys.list().expect("the key");
    let mut session = desk.office.books.begin().await.expect("free books");
    let whom = key.person(&EmailAddress::parse("somebody@else.example").expect("an address"));
    assert!(suppressions::add(&mut session, &key, whom, &Grounds::of(Reason::ByHand, desk.office.now())).await.expect("written"));
    session.commit().await.expect("committed");
    fs::read(desk.path(KEY)).expect("the key was made")
}

async fn troubles(books: &Books) -> Vec<TroubleKind> {
    let mut session = books.look().await.expect("a look");
    health::list_troubles(&mut session).await.expect("the troubles").into_iter().map(|trouble| trouble.kind).collect()
}

async fn is_any_owed(books: &Books) -> bool {
    owed::has_any(&mut books.look().await.expect("a look")).await.expect("asked")
}

fn put(desk: &Desk, key: &[u8], mode: u32) {
    fs::write(desk.path(KEY), key).expect("ours");
    fs::set_permissions(desk.path(KEY), Permissions::from_mode(mode)).expect("ours");
}

#[tokio::test]
async fn who_complains_while_the_key_is_missing_is_suppressed_when_it_is_back_and_gets_nothing_meanwhile() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|to, _| match to {
            "buyer-3@firm-3.example" => Fate::RefusedAtRcpt("550 5.1.1 no such user".into()),
            _ => Fate::Taken,
        });
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..3, MailClass::Bulk).await;
        let key = name_key(&desk).await;
        let account = desk.office.accounts[0].id;

        // Another life on a machine where the file was lost.
        let keyless = desk_at(&books, &sink, "verp = \"bounce@bright.example\"").await;
        assert_eq!(troubles(&books).await, [TroubleKind::KeyUnusable]);
        let before = (sink.envelope_ids().len(), sink.mails().len());
        keyless.receive(&complaint(0, "abuse", &format!("Message-ID: <{}>\n", id_of(0))));
        keyless.receive(&report(1, "failed", "5.1.1", "550 5.1.1 User unknown"));
        let to = |number: usize| if number == 13 { buyer(3) } else { buyer(number - 10) };
        for (number, class) in [(10, MailClass::Bulk), (11, MailClass::Answer), (12, MailClass::Letter), (13, MailClass::Letter)] {
            enter(&books, account, &[(number, to(number))], class, MONDAY_MORNING).await;
        }
        keyless.settle().await;
        let states = [state_of(&books, 10).await, state_of(&books, 11).await, state_of(&books, 12).await];
        assert_eq!(states, [DeliveryState::Deferred, DeliveryState::Deferred, DeliveryState::Sent], "what a person wrote goes");
        let waiting = deliveries(&books).await.into_iter().find(|one| one.header_id == id_of(10)).expect("it waits");
        assert!(waiting.why.contains("key file") && waiting.why.contains("is not there") && waiting.attempts == 0, "{waiting:?}");
        assert_eq!((sink.envelope_ids().len(), sink.mails().len()), (before.0, before.1 + 1), "without the key mail has no id of ours");
        assert!(sink.return_paths().iter().all(|path| !path.starts_with("bounce+")), "{:?}", sink.return_paths());
        assert!(!keyless.path(KEY).exists(), "no key is made anew");
        assert_eq!(back_of(&books, 0).await.len(), 1, "what came back is told");
        assert!(is_any_owed(&books).await);
        // A person answers who was to be entered: the ground is gone.
        keyless.receive(&from(&buyer(3), &format!("In-Reply-To: <{}>\n", id_of(13)), "Re: Offer 13", "I am here."));
        keyless.settle().await;

        put(&keyless, &key, 0o600);
        keyless.office.clock.forward(40 * MINUTE_MS);
        keyless.settle().await;
        assert_eq!((troubles(&books).await, is_any_owed(&books).await), (vec![], false));
        assert_eq!(reasons(&keyless, &buyer(0)).await, ["complaint"]);
        assert_eq!(reasons(&keyless, &buyer(1)).await, ["hard_bounce"]);
        let states = [state_of(&books, 10).await, state_of(&books, 11).await];
        assert_eq!(states, [DeliveryState::Dropped, DeliveryState::Dropped]);
        assert_eq!(sink.mails().len(), before.1 + 1, "neither got anything more");
        // From now on mail has its ids and return paths again.
        enter(&books, account, &[(14, buyer(4))], MailClass::Letter, MONDAY_MORNING).await;
        keyless.settle().await;
        assert_eq!(sink.envelope_ids().len(), before.0 + 1);
        assert!(sink.return_paths().last().is_some_and(|path| path.starts_with("bounce+")), "{:?}", sink.return_paths());
    })
    .await;
}

#[tokio::test]
async fn an_empty_list_asks_for_its_key_too() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..1, MailClass::Bulk).await;
        let key = fs::read(desk.path(KEY)).expect("ids were made with it");
        let account = desk.office.accounts[0].id;
        // The backup copy was put there for everybody to read, and nobody was ever entered.
        let other = desk_at(&books, &sink, "").await;
        put(&other, &key, 0o644);
        other.receive(&complaint(0, "abuse", &format!("Message-ID: <{}>\n", id_of(0))));
        for (number, class) in [(10, MailClass::Bulk), (11, MailClass::Answer), (12, MailClass::Letter)] {
            enter(&books, account, &[(number, buyer(0))], class, MONDAY_MORNING).await;
        }
        other.settle().await;
        let states = [state_of(&books, 10).await, state_of(&books, 11).await, state_of(&books, 12).await];
        assert_eq!(states, [DeliveryState::Deferred, DeliveryState::Deferred, DeliveryState::Sent]);
        assert_eq!(troubles(&books).await, [TroubleKind::KeyUnusable]);

        put(&other, &key, 0o600);
        other.office.clock.forward(40 * MINUTE_MS);
        other.settle().await;
        assert_eq!((reasons(&other, &buyer(0)).await, troubles(&books).await), (vec!["complaint"], vec![]));
        let states = [state_of(&books, 10).await, state_of(&books, 11).await];
        assert_eq!(states, [DeliveryState::Dropped, DeliveryState::Dropped]);
    })
    .await;
}

#[tokio::test]
async fn without_its_key_file_the_list_can_be_begun_anew_from_what_came_back() {
    let sink = Sink::start(|_, _| Fate::Taken);
    let sending = format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n{}\n\n[storage]", sink.port, super::NO_LIMITS);
    let workplace = Workplace::opened(&[("[storage]", &sending)]);
    assert_eq!(workplace.ask(&["suppress", "add", "@old.example"]).code, Some(0));
    let fits = workplace.ask(&["suppress", "begin-anew"]);
    assert_eq!((fits.code, fits.err.contains("nothing to begin anew")), (Some(1), true), "{fits:?}");

    let books = Books::open(&BooksAddress::Sqlite(workplace.path("books.sqlite")), Purpose::Command).await.expect("the books");
    let account = super::sales(&books).await;
    enter(&books, account, &[(0, buyer(0))], MailClass::Letter, MONDAY_MORNING).await;
    workplace.pass();
    workplace.deliver("sales", "1.story", report(0, "failed", "5.1.1", "550 5.1.1 User unknown").as_bytes());
    workplace.pass();
    fs::remove_file(workplace.path(KEY)).expect("it was there");

    for arguments in
        [&["suppress", "add", "eva@werk.example"][..], &["suppress", "remove", "eva@werk.example"], &["suppress", "export", "x.csv"]]
    {
        let refused = workplace.ask(arguments);
        assert_eq!((refused.code, refused.err.contains("tradepost.key is missing")), (Some(1), true), "{arguments:?}: {refused:?}");
        assert!(refused.err.contains("Put the key file back from your backup copy"), "{refused:?}");
        assert!(!workplace.path(KEY).exists(), "{arguments:?}");
    }
    let listed = workplace.ask(&["suppress", "list"]);
    assert!(listed.out.contains("is missing") && listed.out.contains("hard_bounce"), "{listed:?}");
    let told = workplace.ask(&["show", "contact", &buyer(0)]);
    assert!(told.out.contains("cannot be told") && told.out.contains("is missing"), "{told:?}");
    let checked = workplace.ask(&["check"]);
    assert_eq!((checked.code, checked.out.contains("is missing, though the books were kept with one")), (Some(1), true), "{checked:?}");
    workplace.pass();
    let status = workplace.ask(&["status"]);
    assert!(status.code == Some(1) && status.out.contains("nothing goes by itself meanwhile"), "{status:?}");
    let chinese = workplace.ask_in_chinese(&["status"]);
    assert!(chinese.out.contains("密钥文件") && chinese.out.contains("tradepost suppress begin-anew"), "{chinese:?}");
    assert!(!workplace.path(KEY).exists());

    let anew = workplace.ask(&["suppress", "begin-anew"]);
    assert_eq!((anew.code, anew.out.contains("2 entries") && anew.out.contains("1 were entered again")), (Some(0), true), "{anew:?}");
    let listed = workplace.ask(&["suppress", "list"]);
    assert_eq!(listed.out.lines().next(), Some("On the suppression list: 1 hard_bounce (person)."), "{listed:?}");
    workplace.pass();
    assert!(!workplace.ask(&["status"]).out.contains("key file"), "it is over");
    enter(&books, account, &[(1, buyer(0))], MailClass::Bulk, MONDAY_MORNING).await;
    workplace.pass();
    assert_eq!(state_of(&books, 1).await, DeliveryState::Dropped);
    books.close().await;
}

#[tokio::test]
async fn where_no_key_file_can_be_made_mail_goes_until_somebody_is_to_be_entered_and_it_is_told() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let sending = format!(
            "[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n{}\n[storage]\nkey_file = \"nowhere/{KEY}\"",
            sink.port,
            super::NO_LIMITS
        );
        let desk = Desk::open_with(&books, &[("[storage]", &sending)]).await;
        let account = desk.office.accounts[0].id;
        assert_eq!(troubles(&books).await, [], "nobody needed it");
        for (number, class) in [(0, MailClass::Bulk), (1, MailClass::Answer), (2, MailClass::Letter)] {
            enter(&books, account, &[(number, buyer(number))], class, MONDAY_MORNING).await;
        }
        desk.settle().await;
        for number in 0..3 {
            assert_eq!(state_of(&books, number).await, DeliveryState::Sent, "nobody is on the list: {number}");
        }
        desk.settle().await;
        assert_eq!(troubles(&books).await, [TroubleKind::KeyUnusable]);
        // Another life knows it from its first pass on.
        let later = Desk::open_with(&books, &[("[storage]", &sending)]).await;
        assert_eq!(troubles(&books).await, [TroubleKind::KeyUnusable]);

        later.office.clock.forward(30 * MINUTE_MS);
        later.receive(&complaint(0, "abuse", &format!("Message-ID: <{}>\n", id_of(0))));
        later.settle().await;
        for (number, class) in [(10, MailClass::Bulk), (11, MailClass::Letter)] {
            enter(&books, account, &[(number, buyer(0))], class, MONDAY_MORNING).await;
        }
        later.settle().await;
        let states = [state_of(&books, 10).await, state_of(&books, 11).await];
        assert_eq!(states, [DeliveryState::Deferred, DeliveryState::Sent], "now somebody is to be entered");

        fs::create_dir(later.path("nowhere")).expect("ours");
        later.office.clock.forward(40 * MINUTE_MS);
        later.settle().await;
        later.settle().await;
        assert_eq!((troubles(&books).await, is_any_owed(&books).await), (vec![], false));
        assert_eq!((reasons(&later, &buyer(0)).await, state_of(&books, 10).await), (vec!["complaint"], DeliveryState::Dropped));
    })
    .await;
}

#[tokio::test]
async fn a_list_that_is_begun_anew_beside_a_daemon_is_kept_under_the_key_that_lies_there() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..1, MailClass::Bulk).await;
        name_key(&desk).await;
        // The daemon has the old key in its memory; nobody is entered into the new list.
        fs::remove_file(desk.path(KEY)).expect("it was there");
        let anew = list_key(&desk.path(KEY), &Ids::Random, None).expect("another key");
        let mut session = books.begin().await.expect("free books");
        suppressions::begin_anew(&mut session, &anew).await.expect("written");
        session.commit().await.expect("committed");
        desk.receive(&complaint(0, "abuse", &format!("Message-ID: <{}>\n", id_of(0))));
        desk.settle().await;
        let mut session = books.look().await.expect("a look");
        assert_eq!(suppressions::find_mark(&mut session).await.expect("asked"), Some(anew.mark()));
        let whom = EmailAddress::parse(&buyer(0)).expect("an address");
        let found = suppressions::find(&mut session, &anew, &whom, desk.office.now()).await.expect("asked");
        assert_eq!(found.iter().map(|entry| entry.reason).collect::<Vec<_>>(), [Reason::Complaint]);
    })
    .await;
}

#[tokio::test]
async fn who_answers_while_the_key_is_missing_is_off_the_list_when_it_is_back() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..3, MailClass::Bulk).await;
        let key = name_key(&desk).await;
        let list = desk.office.keys.list().expect("the key");
        let mut session = books.begin().await.expect("free books");
        for (number, reason) in [(0, Reason::HardBounce), (1, Reason::HardBounce), (2, Reason::Unsubscribe)] {
            let whom = list.person(&EmailAddress::parse(&buyer(number)).expect("an address"));
            let grounds = Grounds::of(reason, desk.office.now());
            assert!(suppressions::add(&mut session, &list, whom, &grounds).await.expect("written"));
        }
        session.commit().await.expect("committed");

        let keyless = desk_at(&books, &sink, "").await;
        for number in 0..3 {
            keyless.receive(&from(&buyer(number), &format!("In-Reply-To: <{}>\n", id_of(number)), "Re: Offer", "I am here."));
        }
        keyless.settle().await;
        assert!(is_any_owed(&books).await, "it is kept that they are to be taken off");
        // After that, mail to one of them comes back again.
        keyless.receive(&report(1, "failed", "5.1.1", "550 5.1.1 User unknown"));
        keyless.settle().await;

        put(&keyless, &key, 0o600);
        keyless.settle().await;
        assert_eq!((troubles(&books).await, is_any_owed(&books).await), (vec![], false));
        let all = [reasons(&keyless, &buyer(0)).await, reasons(&keyless, &buyer(1)).await, reasons(&keyless, &buyer(2)).await];
        assert_eq!(all, [vec![], vec!["hard_bounce"], vec!["unsubscribe"]], "an answer is no wish for mailings");
    })
    .await;
}
