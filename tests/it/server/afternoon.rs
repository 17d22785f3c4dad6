//! What salespeople do with a draft, in the programs they have.

use super::office::{at, books, drafts, inquiry, lying, messages, opened_at, second_thought, with_more};
use crate::support::client::{Edit, Program, field, submit};
use crate::support::daemon::{until, within};
use crate::support::mailserver::{PASSWORD, Security, TEAM, server};
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_mail_is_drafted_for_edited_and_sent_in_every_program_and_the_thread_is_right() {
    for program in Program::ALL {
        println!("with {program:?}");
        let li = server().user();
        let security = if program == Program::Outlook { Security::StartTls } else { Security::Tls };
        let workplace = opened_at(&li.door(security));
        let mut daemon = workplace.start();
        daemon.wait_until_serving();
        let mut client = li.client();
        li.receive(inquiry("kx-1").as_bytes());
        until("the draft", || client.count("Drafts") == 1);
        let [draft] = client.mails("Drafts").try_into().expect("one draft");
        assert_eq!(draft.flags, ["\\Draft"], "a draft of ours is unread");
        let words = String::from_utf8(draft.bytes.clone()).expect("UTF-8");
        assert_eq!(field(&words, "In-Reply-To").as_deref(), Some("<kx-1@customer.example>"));

        let edited = program.edit(&mut client, "Drafts", draft.uid, Edit { from: "Carla", to: "Mrs Ruiz" });
        // The customer writes again; what a person has in hand stays as it is.
        li.receive(second_thought("kx-1", 1).as_bytes());
        let mut books = books(&workplace).await;
        let read = |count: i64| format!("SELECT COUNT(*) >= {count} FROM message WHERE message_id LIKE '%kx-1%@customer.example'");
        while books.number(read(2)).await == 0 {
            assert!(daemon.is_running(), "{}", daemon.said());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        client.select("Drafts");
        let now = client.fetch(&edited.uid.to_string());
        assert!(now == std::slice::from_ref(&edited), "{program:?}: the draft is the person's");

        let sent = program.send(&mut client, (&li.address, li.submission()), ("Drafts", "Sent"), edited.uid, "buyer@kx-1.example");
        let id = field(&String::from_utf8(sent).expect("UTF-8"), "Message-ID").expect("an id").trim_matches(['<', '>']).to_owned();
        let asked = Instant::now();
        while books.number(format!("SELECT COUNT(*) FROM message WHERE message_id = '{id}'")).await == 0 {
            assert!(asked.elapsed() < Duration::from_secs(30), "{program:?}: the Sent copy is not known:\n{}", daemon.said());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        println!("{program:?}: the Sent copy was known after {:?}", asked.elapsed());
        let threads = "SELECT COUNT(DISTINCT thread_id) FROM message";
        assert_eq!(
            (books.number(threads).await, books.number("SELECT COUNT(*) FROM draft WHERE state = 'ours'").await),
            (1, 0),
            "{program:?}"
        );
        let open = client.mails("Drafts").into_iter().filter(|mail| !mail.flags.contains(&"\\Deleted".to_owned())).count();
        assert_eq!(open, 0, "{program:?}: nothing is left to send");
        assert_eq!(daemon.stop().0.code(), Some(0));
    }
}

#[test]
fn a_reply_written_by_hand_in_any_client_withdraws_the_open_draft_within_ten_seconds() {
    let li = server().user();
    let workplace = opened_at(&li.door(Security::Tls));
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    li.receive(inquiry("kx-2").as_bytes());
    until("the draft", || drafts(&li).len() == 1);
    let reply = "From: Li Wei <sales@bright.example>\r\nTo: buyer@kx-2.example\r\nSubject: Re: Inquiry for LED panels kx-2\r\nDate: Mon, 16 Nov \
                 2026 10:00:00 +0100\r\nMessage-ID: <by-hand@bright.example>\r\nIn-Reply-To: <kx-2@customer.example>\r\nReferences: \
                 <kx-2@customer.example>\r\n\r\nDear Carla, 4 USD a piece. Li\r\n";
    submit(li.submission(), &li.address, PASSWORD, &["buyer@kx-2.example"], reply.as_bytes());
    let mut client = li.client();
    // Some providers file it, too: the same mail twice.
    client.append("Sent", "\\Seen", reply.as_bytes());
    client.append("Sent", "\\Seen", reply.as_bytes());
    let filed = Instant::now();
    let gone = within(Duration::from_secs(10), || drafts(&li).is_empty().then_some(()));
    assert!(gone.is_some(), "the draft still lies there:\n{}", daemon.said());
    println!("withdrawn after {:?}", filed.elapsed());
    let messages = workplace.show(&["messages"]);
    let ours: Vec<&serde_json::Value> = messages
        .as_array()
        .expect("a list")
        .iter()
        .filter(|message| message["subject"].as_str().is_some_and(|subject| subject.starts_with("Re:")))
        .collect();
    assert_eq!(ours.len(), 1, "one message, whatever lies in Sent: {messages}");
    assert_eq!(daemon.stop().0.code(), Some(0));
}

#[tokio::test]
async fn the_same_mail_in_twelve_mailboxes_is_one_message_with_one_draft() {
    let (first, second, team) = (server().user(), server().user(), server().team());
    let all: Vec<_> = [second.clone()].into_iter().chain(team).collect();
    let more: Vec<_> = (1..)
        .zip(&all)
        .map(|(number, user)| (format!("m{number}"), format!("m{number}@bright.example"), user.door(Security::None)))
        .collect();
    let workplace = with_more(&first.door(Security::Tls), &more);
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    let customer = server().user();
    submit(customer.submission(), &customer.address, PASSWORD, &[&first.address, &second.address, TEAM], inquiry("kx-3").as_bytes());
    let everywhere = || all.iter().chain([&first]).all(|user| !lying(user, "").is_empty());
    until("it lies in twelve mailboxes", everywhere);
    let mut books = books(&workplace).await;
    let began = Instant::now();
    while books.number("SELECT COUNT(*) FROM placement WHERE gone_at IS NULL").await < 13 && began.elapsed() < Duration::from_secs(60) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(daemon.stop().0.code(), Some(0));
    workplace.pass();
    assert_eq!((messages(&mut books).await, books.number("SELECT COUNT(*) FROM draft").await), (1, 1), "one message, one draft of ours");
    let customers = "SELECT COUNT(*) FROM placement JOIN message ON message.id = placement.message_id WHERE message.message_id = 'kx-3@customer.example'";
    assert_eq!(books.number(customers).await, 12);
    assert_eq!(all.iter().chain([&first]).map(|user| lying(user, "Drafts").len()).sum::<usize>(), 1);
}

#[test]
fn mail_of_a_night_without_the_daemon_is_caught_up_at_the_start() {
    let li = server().user();
    let workplace = opened_at(&li.door(Security::StartTls));
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    li.receive(inquiry("evening").as_bytes());
    until("the draft of the evening", || drafts(&li).len() == 1);
    assert_eq!(daemon.stop().0.code(), Some(0));
    let mut lmtp = server().lmtp();
    for number in 0..14 {
        lmtp.deliver(&[&li.address], inquiry(&format!("night-{number}")).as_bytes());
    }
    let mut daemon = workplace.start();
    until("the drafts of the night", || drafts(&li).len() == 15);
    daemon.wait_until_serving();
    println!("it said:\n{}", daemon.said());
    assert_eq!(daemon.stop().0.code(), Some(0));
    assert_eq!(lying(&li, "").len(), 14 + 1, "nothing else came into the inbox");
}

#[test]
fn a_password_that_is_wrong_is_not_tried_again_at_once_and_told() {
    let li = server().user_on_record();
    let workplace = at(&li.door(Security::Tls).replace(&format!("password = \"{PASSWORD}\""), "password = \"stale\""));
    let mut daemon = workplace.start();
    until("it is told", || daemon.said().contains("login") || !daemon.is_running());
    std::thread::sleep(Duration::from_secs(5));
    let refused = server().said().lines().filter(|line| line.contains(&li.address) && line.contains("auth failed")).count();
    assert_eq!(refused, 1, "{}", daemon.said());
    let status = workplace.ask(&["status"]);
    assert!(status.code == Some(1) && status.out.contains("refuses the login"), "{status:?}");
}
