//! A draft that is out of date, and is sent all the same from a window that was open.

use super::office::{books, inquiry, lying, opened_at, second_thought};
use crate::support::client::{Client, Program};
use crate::support::daemon::{until, within};
use crate::support::desk::as_seen;
use crate::support::mailserver::{Security, server};
use std::time::{Duration, Instant};

const TOLD_WITHIN: Duration = Duration::from_secs(60);

/// The one draft that lies open, as a program holds it that shows a list: nobody has opened it.
fn draft(client: &mut Client) -> String {
    let [draft] = client.mails("Drafts").try_into().expect("one draft");
    String::from_utf8(draft.bytes).expect("UTF-8")
}

#[tokio::test]
async fn who_sends_a_superseded_draft_is_told_within_a_minute_with_both_values() {
    for program in Program::ALL {
        let li = server().user();
        let workplace = opened_at(&li.door(Security::Tls));
        let mut daemon = workplace.start();
        daemon.wait_until_serving();
        let mut client = li.client();
        li.receive(inquiry("sup").as_bytes());
        until("the draft", || client.count("Drafts") == 1);
        let window = draft(&mut client);
        assert!(window.contains("500"), "{window}");
        li.receive(second_thought("sup", 1).as_bytes());
        until("the newer draft", || lying(&li, "Drafts").iter().any(|draft| draft.contains("601")));
        until("it alone", || client.count("Drafts") == 1);

        let notes = || lying(&li, "").into_iter().filter(|mail| mail.contains("Auto-Submitted: auto-generated")).collect::<Vec<_>>();
        assert!(notes().is_empty());
        let sent = Instant::now();
        program.send_from_window(&mut client, (&li.address, li.submission()), "Sent", &window, "buyer@sup.example");
        let told = within(TOLD_WITHIN, || (!notes().is_empty()).then_some(()));
        println!("{program:?}: told after {:?}", sent.elapsed());
        assert!(told.is_some(), "{program:?}: nobody is told:\n{}", daemon.said());
        let note = as_seen(&notes().remove(0));
        let (_, both) = note.split_once("您发出的内容").expect("what was sent");
        let (sent, current) = both.split_once("最新草稿的内容").expect("what is right now");
        assert!(sent.contains("500") && !sent.contains("601") && current.contains("601"), "{note}");

        // The newer draft still waits, and nobody is told twice.
        std::thread::sleep(Duration::from_secs(2));
        assert_eq!((notes().len(), lying(&li, "Drafts").len()), (1, 1), "{program:?}");
        let mut books = books(&workplace).await;
        assert_eq!(books.texts("SELECT state FROM draft ORDER BY id").await, ["sent", "ours"], "{program:?}");
        assert_eq!(daemon.stop().0.code(), Some(0));
    }
}
