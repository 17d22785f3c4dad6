//! A disk of ours that has no room for what a large mail needs.

use super::office::{at, books, drafts, inquiry};
use crate::support::daemon::until;
use crate::support::mailserver::{Security, server};
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
