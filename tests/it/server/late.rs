//! A server that says OK to a draft, not where it put it, and shows it a good while later.

use super::office::{books, inquiry, lying, opened_at, second_thought};
use crate::support::client::Client;
use crate::support::daemon::until;
use crate::support::desk::Desk;
use crate::support::engines::{Backdoor, for_each_engine};
use crate::support::mailserver::{User, server};
use crate::support::proxy::{Fault, HELD, Habits, Plan, Proxy};
use std::time::{Duration, Instant};
use tradepost::record::acts::{self, ActState};
use tradepost::record::{daily, drafts};

const MINUTE_MS: i64 = 60_000;

/// Such a server before a mailbox, and the door to it. The folder in which drafts wait is nobody's business.
fn before(li: &User<'_>) -> (Proxy, Client, String) {
    let habits = Habits { no_uidplus: true, holds_drafts_back: true, ..Habits::default() };
    let proxy = Proxy::start(server().imap(), Plan::calm(), habits);
    let mut client = li.client();
    client.create(HELD);
    let door = format!("{}\nprivate = {{ folders = [\"{HELD}\"] }}", li.door_at(proxy.port()));
    (proxy, client, door)
}

/// The server shows at last what it took.
fn show(client: &mut Client) {
    client.select(HELD);
    client.move_to("1:*", "Drafts");
}

/// Drafts that are not marked as deleted: without UIDPLUS nothing is expunged.
fn open(client: &mut Client) -> Vec<String> {
    let open = client.mails("Drafts").into_iter().filter(|mail| !mail.flags.contains(&"\\Deleted".to_owned()));
    open.map(|mail| String::from_utf8_lossy(&mail.bytes).into_owned()).collect()
}

async fn until_books(books: &mut Backdoor, what: &str, sql: &str) {
    let began = Instant::now();
    while books.number(format!("SELECT COUNT(*) FROM {sql}")).await == 0 {
        assert!(began.elapsed() < Duration::from_secs(120), "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_draft_that_shows_late_lies_there_once_however_often_the_connection_breaks() {
    let li = server().user();
    let (proxy, mut client, door) = before(&li);
    let workplace = opened_at(&door);
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    li.receive(inquiry("late").as_bytes());
    let mut books = books(&workplace).await;
    until_books(&mut books, "the books know that it was taken", "draft WHERE taken = 1 AND place = ''").await;
    for _ in 0..3 {
        proxy.cut();
        until("it has come back", || proxy.connections().0 == 2);
    }
    assert_eq!((proxy.commands("APPEND"), client.count(HELD), client.count("Drafts")), (1, 1, 0));
    assert_eq!(books.number("SELECT COUNT(*) FROM trouble WHERE over_at IS NULL AND times > 3").await, 0, "the mailbox is well");
    show(&mut client);
    let found = "draft JOIN act ON act.id = draft.act_id WHERE draft.place <> '' AND draft.taken = 0 AND act.state = 'done'";
    until_books(&mut books, "the draft was found", found).await;
    assert_eq!((proxy.commands("APPEND"), open(&mut client).len()), (1, 1));
    assert_eq!(daemon.stop().0.code(), Some(0));
}

/// How the acts with drafts stand, oldest first.
async fn states(desk: &Desk) -> Vec<ActState> {
    let mut session = desk.office.books.look().await.expect("a look");
    let mut found = acts::list_recent(&mut session, 100).await.expect("the acts");
    found.retain(|act| act.kind == "draft");
    found.iter().rev().map(|act| act.state).collect()
}

async fn given_up(desk: &Desk) -> i64 {
    let mut session = desk.office.books.look().await.expect("a look");
    daily::count_given_up(&mut session).await.expect("a count")
}

#[tokio::test]
async fn after_an_hour_a_person_is_told_and_when_the_draft_turns_up_all_is_well() {
    for_each_engine(|books| async move {
        let li = server().user();
        let (proxy, mut client, door) = before(&li);
        let desk = Desk::open_with(&books, &[("maildir = \"sales\"", &door)]).await;
        li.receive(inquiry("never").as_bytes());
        desk.settle().await;
        assert_eq!(states(&desk).await, [ActState::Due]);
        for _ in 0..7 {
            desk.office.clock.forward(10 * MINUTE_MS);
            desk.settle().await;
        }
        assert_eq!((states(&desk).await, given_up(&desk).await), (vec![ActState::Uncertain], 1));
        let mut session = desk.office.books.look().await.expect("a look");
        let waiting = daily::list_waiting(&mut session, desk.office.accounts[0].id).await.expect("a list");
        assert_eq!(waiting, [], "nobody is told that a draft waits which nobody has seen");
        drop(session);
        show(&mut client);
        desk.settle().await;
        assert_eq!((states(&desk).await, given_up(&desk).await), (vec![ActState::Done], 0));
        assert_eq!((proxy.commands("APPEND"), open(&mut client).len()), (1, 1));
        let mut session = desk.office.books.look().await.expect("a look");
        let known = drafts::list_recent(&mut session, 9).await.expect("the drafts").remove(0);
        assert!(!known.place.is_empty() && !known.is_taken, "{known:?}");
    })
    .await;
}

#[tokio::test]
async fn a_draft_that_shows_after_the_customer_wrote_again_makes_way_for_the_newer_one() {
    for_each_engine(|books| async move {
        let li = server().user();
        let (proxy, mut client, door) = before(&li);
        let desk = Desk::open_with(&books, &[("maildir = \"sales\"", &door)]).await;
        li.receive(inquiry("again").as_bytes());
        desk.settle().await;
        li.receive(second_thought("again", 1).as_bytes());
        desk.settle().await;
        assert_eq!((proxy.commands("APPEND"), client.count(HELD)), (2, 2));
        show(&mut client);
        // Longer than anybody waits for either of them.
        desk.office.clock.forward(2 * MINUTE_MS);
        desk.settle().await;
        let open = open(&mut client);
        assert!(matches!(open.as_slice(), [one] if one.contains("601 pcs")), "{open:?}");
        assert_eq!((proxy.commands("APPEND"), states(&desk).await), (2, vec![ActState::Done, ActState::Done]));
    })
    .await;
}

#[tokio::test]
async fn a_note_that_is_tried_again_is_looked_for_among_the_latest_mail_only() {
    let li = server().user_on_record();
    let mut client = li.client();
    for number in 0..300 {
        client.append("INBOX", "\\Seen", inquiry(&format!("old-{number}")).as_bytes());
    }
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits::default());
    let workplace = opened_at(&li.door_at(proxy.port()));
    let mut books = books(&workplace).await;
    books.run("UPDATE placement SET seen_at = seen_at - 172800000").await.expect("they were seen two days ago");
    let complaint = "From: claims@claimant.example\r\nTo: sales@bright.example\r\nSubject: Complaint about broken lamps\r\nMessage-ID: \
                     <broken@claimant.example>\r\n\r\nDear Mr Li,\r\n\r\nThe goods arrived damaged: 40 of 500 lamps are broken and the cartons \
                     were wet.\r\nWe are very disappointed and want to claim compensation for the defective goods.\r\n\r\nRegards\r\n";
    li.receive(complaint.as_bytes());
    // The first try breaks off after the server has taken the note.
    proxy.change(Plan { commands: &["APPEND"], faults: &[Fault::CutBeforeDone], ..Plan::storm(1, 1) });
    workplace.ask(&["run", "--once"]);
    assert!(proxy.commands("APPEND") >= 1, "somebody is to be told");
    proxy.change(Plan::calm());
    books.run("UPDATE act SET due_at = 0 WHERE state = 'due'").await.expect("ours");
    let tried = proxy.commands("APPEND");
    workplace.pass();
    let notes = lying(&li, "").iter().filter(|mail| mail.contains("Auto-Submitted: auto-generated")).count();
    assert_eq!((notes, proxy.commands("APPEND") - tried), (1, 0), "it was found");
    let said = li.said_to_server();
    let heads: Vec<&str> = said.lines().filter(|line| line.contains("HEADER.FIELDS")).collect();
    assert!(!heads.is_empty() && heads.iter().all(|line| line.contains("UID FETCH 301")), "{heads:?}");
}
