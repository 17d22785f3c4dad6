//! Folders with names from everywhere.

use super::office::{books, inquiry, opened_at, second_thought};
use crate::support::client::field;
use crate::support::daemon::{Workplace, until};
use crate::support::mailserver::{Security, Shape, server, unusual};
use std::time::Duration;

const NAMES: [&str; 7] =
    ["已发送", "Отправленные", "Gesendete Objekte", "a b&c", "q\"x", "back\\slash", "Kunden/Europa/España/Málaga & Cía/«2026»"];

#[tokio::test]
async fn mail_in_a_folder_of_any_name_is_recorded_also_while_it_is_watched() {
    let li = server().user();
    let mut client = li.client();
    for (number, name) in (0..).zip(NAMES) {
        client.create(name);
        client.append(name, "", inquiry(&format!("old-{number}")).as_bytes());
    }
    let workplace = opened_at(&li.door(Security::Tls));
    let mut books = books(&workplace).await;
    let count = |which: &str| {
        format!(
            "SELECT COUNT(DISTINCT folder_id) FROM placement JOIN message ON message.id = placement.message_id WHERE message.message_id LIKE '{which}-%'"
        )
    };
    assert_eq!(books.number(count("old")).await, NAMES.len() as i64, "history of every folder");
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    for (number, name) in (0..).zip(NAMES) {
        client.append(name, "", inquiry(&format!("live-{number}")).as_bytes());
    }
    client.create("已发送/später");
    client.append("已发送/später", "", inquiry("live-late").as_bytes());
    let began = std::time::Instant::now();
    while books.number(count("live")).await < NAMES.len() as i64 + 1 {
        assert!(began.elapsed() < Duration::from_secs(100), "{} of them:\n{}", books.number(count("live")).await, daemon.said());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(daemon.stop().0.code(), Some(0));
}

#[test]
fn drafts_and_sent_may_have_any_name() {
    for separator in ['/', '.'] {
        let server = unusual(&Shape { separator: Some(separator), ..Shape::default() });
        for (drafts, sent) in NAMES.iter().zip(NAMES.iter().cycle().skip(1)) {
            // A person writes folders with a slash, whatever the server puts between them.
            let folders = format!("mode = \"draft\"\n[mailboxes.folders]\ndrafts = {drafts:?}\nsent = {sent:?}\n");
            let (drafts, sent) = (drafts.replace('/', &separator.to_string()), sent.replace('/', &separator.to_string()));
            println!("{drafts} and {sent}");
            let li = server.user();
            let mut client = li.client();
            client.create(&drafts);
            client.create(&sent);
            let workplace = Workplace::opened(&[("maildir = \"sales\"", &li.door(Security::None)), ("mode = \"draft\"", &folders)]);
            li.receive(inquiry("named").as_bytes());
            workplace.pass();
            let [draft] = client.mails(&drafts).try_into().unwrap_or_else(|found| panic!("{drafts}: {found:?}"));
            let text = String::from_utf8(draft.bytes).expect("UTF-8");
            assert_eq!(field(&text, "In-Reply-To").as_deref(), Some("<named@customer.example>"), "{drafts}");
            assert_eq!(client.count("Drafts"), 0);
            // The reply that somebody wrote by hand lies in Sent.
            let reply = "From: sales@bright.example\r\nTo: buyer@named.example\r\nSubject: Re: Inquiry\r\nMessage-ID: \
                         <hand@bright.example>\r\nIn-Reply-To: <named@customer.example>\r\n\r\n4 USD.\r\n";
            client.append(&sent, "\\Seen", reply.as_bytes());
            workplace.pass();
            assert_eq!(li.client().count(&drafts), 0, "the draft in {drafts} is withdrawn, because {sent} has the reply");
        }
    }
}

#[test]
fn a_folder_that_is_renamed_and_one_that_goes_are_followed() {
    let li = server().user();
    let mut client = li.client();
    client.create("Kunden");
    client.append("Kunden", "", inquiry("filed").as_bytes());
    let workplace = opened_at(&li.door(Security::Tls));
    let before = workplace.show(&["messages"]);
    client.rename("Kunden", "Клиенты");
    workplace.pass();
    assert_eq!(workplace.show(&["messages"]).as_array().map(Vec::len), before.as_array().map(Vec::len), "no mail is taken for new");
    client.delete_folder("Клиенты");
    workplace.pass();
    until("nothing is drafted", || client.count("Drafts") == 0);
}

#[test]
fn a_draft_whose_folder_was_deleted_makes_way_at_once() {
    let li = server().user();
    li.client().create("Offers");
    let folders = "mode = \"draft\"\n[mailboxes.folders]\ndrafts = \"Offers\"\n";
    let workplace = Workplace::opened(&[("maildir = \"sales\"", &li.door(Security::None)), ("mode = \"draft\"", folders)]);
    li.receive(inquiry("gone").as_bytes());
    workplace.pass();
    assert_eq!(li.client().count("Offers"), 1);
    li.client().delete_folder("Offers");
    li.receive(second_thought("gone", 1).as_bytes());
    workplace.pass();
    let [draft] = li.client().mails("Offers").try_into().unwrap_or_else(|found| panic!("{found:?}"));
    assert!(String::from_utf8_lossy(&draft.bytes).contains("601 pcs"), "the new draft waits for nobody");
    let states: Vec<String> =
        workplace.show(&["drafts"]).as_array().expect("a list").iter().map(|draft| draft["state"].to_string()).collect();
    assert_eq!(states, ["\"ours\"", "\"gone\""]);
}
