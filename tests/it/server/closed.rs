//! Folders that the server does not let us look into.

use super::office::{at, books, drafts, inquiry, messages, opened_at};
use crate::support::daemon::{Workplace, until};
use crate::support::mailserver::{User, server};
use crate::support::proxy::{Fault, Habits, Plan, Proxy};
use serde_json::{Value, json};
use std::time::Duration;

const LONG_AGO: &str = "14-Nov-2023 08:00:00 +0000";

/// Somebody with a mail from long ago in each of these folders, and a proxy before the server.
fn somebody(folders: &[&str]) -> (User<'static>, Proxy) {
    let li = server().user();
    let mut client = li.client();
    for folder in folders {
        if !client.folders().iter().any(|there| there == folder) {
            client.create(folder);
        }
        client.append_dated(folder, "\\Seen", Some(LONG_AGO), inquiry(&format!("old-in-{}", folder.to_lowercase())).as_bytes());
    }
    (li, Proxy::start(server().imap(), Plan::calm(), Habits::default()))
}

/// What `status` says to a script of the one mailbox, and to a person.
fn status(workplace: &Workplace) -> (Option<i32>, Value, String) {
    let told: Value = serde_json::from_str(&workplace.ask(&["status", "--json"]).out).expect("JSON");
    let answer = workplace.ask(&["status"]);
    (answer.code, told["mailboxes"][0].clone(), answer.out)
}

#[tokio::test]
async fn a_folder_that_is_closed_to_us_is_named_and_its_mail_is_history_or_new_when_it_can_be_read() {
    let (li, proxy) = somebody(&["INBOX", "Archiv"]);
    proxy.close("Archiv", Fault::No);
    let workplace = at(&li.door_at(proxy.port()));
    workplace.pass();
    let (code, mailbox, text) = status(&workplace);
    assert_eq!(
        (code, &mailbox["state"], &mailbox["gaps"], &mailbox["server"]),
        (Some(1), &json!("well"), &Value::Null, &json!(1)),
        "{text}"
    );
    assert_eq!((&mailbox["closed_folders"][0]["folder"], mailbox["closed_folders"].as_array().map(Vec::len)), (&json!("Archiv"), Some(1)));
    for said in ["keeps the folder Archiv closed", "closed folders, of which nothing is known: 1", "private.folders"] {
        assert!(text.contains(said) && !text.contains("All is well"), "{said}: {text}");
    }

    // Another process, another mail, and still closed.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    li.client().append("Archiv", "", inquiry("new-in-archiv").as_bytes());
    workplace.pass();
    assert_eq!(status(&workplace).1["closed_folders"][0]["since"], mailbox["closed_folders"][0]["since"], "it is the same all the time");

    proxy.open("Archiv");
    workplace.pass();
    let (code, mailbox, text) = status(&workplace);
    assert_eq!((code, &mailbox["gaps"], &mailbox["closed_folders"]), (Some(0), &json!(0), &json!([])), "{text}");
    assert_eq!(messages(&mut books(&workplace).await).await, 3);
    assert_eq!(drafts(&li).into_keys().collect::<Vec<_>>(), ["<new-in-archiv@customer.example>"], "what lay there before is history");
}

#[tokio::test]
async fn a_mailbox_without_its_inbox_is_in_trouble_and_its_first_look_goes_on_when_it_can_be_read() {
    for closed in ["INBOX", "Sent"] {
        let (li, proxy) = somebody(&["INBOX", "Sent", "Archiv"]);
        proxy.close(closed, Fault::No);
        let workplace = at(&li.door_at(proxy.port()));
        assert_eq!(workplace.ask(&["run", "--once"]).code, Some(1), "{closed}");
        let (code, mailbox, text) = status(&workplace);
        assert_eq!((code, &mailbox["state"]), (Some(1), &json!("trouble")), "{text}");
        assert_eq!((&mailbox["troubles"][0]["kind"], &mailbox["closed_folders"]), (&json!("folder_closed"), &json!([])), "{text}");
        assert_eq!(messages(&mut books(&workplace).await).await, 2, "the other folders were read");

        proxy.open(closed);
        workplace.pass();
        let (code, mailbox, text) = status(&workplace);
        assert_eq!((code, &mailbox["state"], &mailbox["gaps"]), (Some(0), &json!("well"), &json!(0)), "{text}");
        assert!(drafts(&li).is_empty(), "all that was there is history");

        // Nobody knows what was answered while Sent is closed.
        li.receive(inquiry("wanted").as_bytes());
        proxy.close(closed, Fault::No);
        assert_eq!(workplace.ask(&["run", "--once"]).code, Some(1));
        assert_eq!(drafts(&li).len(), 0, "{closed}");
        proxy.open(closed);
        workplace.pass();
        assert_eq!(drafts(&li).len(), 1, "{closed}");
    }
}

#[tokio::test]
async fn a_folder_that_ends_every_connection_is_left_out_and_tried_again_after_a_while() {
    let (li, proxy) = somebody(&["INBOX", "Archiv", "Zukunft"]);
    proxy.close("Archiv", Fault::CutBefore);
    let workplace = at(&li.door_at(proxy.port()));
    workplace.pass();
    let cuts = || proxy.faults()[&Fault::CutBefore];
    assert_eq!((cuts(), messages(&mut books(&workplace).await).await), (4, 2), "the others are read");
    let (code, mailbox, text) = status(&workplace);
    assert_eq!((code, &mailbox["state"], &mailbox["gaps"]), (Some(1), &json!("well"), &Value::Null), "{text}");
    assert!(text.contains("keeps the folder Archiv closed") && text.contains("the connection was lost"), "{text}");

    li.receive(inquiry("wanted").as_bytes());
    workplace.pass();
    assert_eq!((cuts(), drafts(&li).len()), (4, 1), "nobody is cut off for its sake");

    // An hour later.
    let an_hour_later = "UPDATE closed_folder SET tried_at = tried_at - 3600000";
    books(&workplace).await.run(an_hour_later).await.expect("ours");
    workplace.pass();
    assert_eq!(cuts(), 5, "it is tried once");
    workplace.pass();
    assert_eq!(cuts(), 5);
    books(&workplace).await.run(an_hour_later).await.expect("ours");
    proxy.open("Archiv");
    workplace.pass();
    assert_eq!((status(&workplace).0, messages(&mut books(&workplace).await).await), (Some(0), 4));
    assert_eq!(drafts(&li).len(), 1, "what it held is history");
}

#[test]
fn the_daemon_goes_on_without_a_folder_that_ends_every_connection() {
    let (li, proxy) = somebody(&["Archiv"]);
    let workplace = opened_at(&li.door_at(proxy.port()));
    proxy.close("Archiv", Fault::CutBefore);
    let mut client = li.client();
    client.append("Archiv", "", inquiry("archived").as_bytes());
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    li.receive(inquiry("wanted").as_bytes());
    until("the draft", || drafts(&li).len() == 1);
    until("it is left out", || status(&workplace).1["closed_folders"][0]["folder"] == json!("Archiv"));
    until("it is well", || status(&workplace).1["state"] == json!("well"));
    assert_eq!(daemon.stop().0.code(), Some(0));
}
