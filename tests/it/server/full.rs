//! No room: on a disk of ours for what a large mail needs, and in a mailbox for what is to be put there.

use super::office::{at, books, drafts, inquiry, lying, with_more};
use crate::support::daemon::until;
use crate::support::mailserver::{Security, Shape, server, unusual};
use crate::support::small_disk::SmallDisk;

/// A catalogue that no memory keeps: it comes into a file first.
fn catalogue() -> String {
    let head = inquiry("large").replace(
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8",
    );
    let part = "\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n";
    [&head, part, &line.repeat(120_000), "--b--\r\n"].concat()
}

#[tokio::test]
async fn a_large_mail_waits_for_room_on_our_disk_and_keeps_no_other_waiting() {
    let li = server().user();
    let workplace = at(&li.door(Security::None));
    let config = std::fs::read_to_string(workplace.path("tradepost.toml")).expect("written");
    let config = config.replace("books = \"books.sqlite\"", "books = \"books.sqlite\"\nattachments = \"disk/files\"");
    std::fs::write(workplace.path("tradepost.toml"), config).expect("written");
    let disk = SmallDisk::mount(workplace.path("disk"));
    workplace.pass();
    let daemon = workplace.start();
    li.receive(catalogue().as_bytes());
    until("it says what to do", || daemon.said().contains("free some space"));
    li.receive(inquiry("small").as_bytes());
    until("small mail is answered", || drafts(&li).len() == 1);
    let mut books = books(&workplace).await;
    let customers = "SELECT COUNT(*) FROM message WHERE message_id LIKE '%@customer.example'";
    let open = "SELECT COUNT(*) FROM trouble WHERE kind = 'storage_full' AND over_at IS NULL";
    assert_eq!((books.number(customers).await, books.number(open).await), (1, 1));
    disk.grow();
    // News makes it look again; without any it looks by itself after half a minute.
    li.receive(inquiry("after").as_bytes());
    until("the large one too", || drafts(&li).len() == 3);
    assert_eq!((books.number(customers).await, books.number("SELECT COUNT(*) FROM quarantine").await), (3, 0));
    assert_eq!(daemon.stop().0.code(), Some(0));
}

/// Three mails, and no more.
const QUOTA: &str =
    "mail_plugins = quota\nplugin {\n  quota = count:User quota\n  quota_vsizes = yes\n  quota_rule = *:messages=3\n  quota_grace = 0\n}\n";

#[tokio::test]
async fn a_mailbox_that_is_full_is_told_of_once_and_its_drafts_wait_without_fault() {
    let server = unusual(&Shape { more: QUOTA.to_owned(), ..Shape::default() });
    let (li, boss) = (server.user(), server.user());
    let boss_box = [("boss".to_owned(), "boss@bright.example".to_owned(), boss.door(Security::None))];
    let workplace = with_more(&li.door(Security::None), &boss_box);
    for which in ["first", "second", "third"] {
        li.receive(inquiry(which).as_bytes());
    }
    workplace.pass();
    assert!(drafts(&li).is_empty());
    let mut books = books(&workplace).await;
    let faults = "SELECT COUNT(*) FROM act WHERE kind = 'draft' AND state = 'due' AND faults = 0";
    assert_eq!(books.number(faults).await, 3, "the acts wait, and none of them is to blame");
    let status = workplace.ask(&["status"]);
    assert!(status.code == Some(1) && status.out.contains("The mailbox is full"), "{status:?}");
    let alarms = || lying(&boss, "").iter().filter(|mail| mail.contains("Auto-Submitted: auto-generated")).count();
    assert_eq!(alarms(), 1, "told at once through another mailbox");

    let due = "UPDATE act SET due_at = 0 WHERE state = 'due'";
    books.run(due).await.expect("ours");
    workplace.pass();
    assert_eq!((alarms(), books.number(faults).await), (1, 3), "told once, and still waiting");
    // Looking goes well all the time, and is no sign of room.
    let open = "SELECT COUNT(*) FROM trouble WHERE kind = 'mailbox_full' AND over_at IS NULL";
    assert_eq!(books.number(open).await, 1);

    // The person makes room.
    let mut client = li.client();
    client.select("INBOX");
    client.fetch("1:*").iter().for_each(|mail| client.remove(mail.uid));
    books.run(due).await.expect("ours");
    workplace.pass();
    assert_eq!((drafts(&li).len(), books.number(open).await), (3, 0));
}
