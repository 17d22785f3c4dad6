//! What must leave no trace, and what must not be lost for want of room.

use crate::support::desk::{Desk, as_seen};
use crate::support::engines::for_each_engine;
use std::fs;
use tradepost::config::Unmatched;
use tradepost::decide::TroubleKind;
use tradepost::flow::Notice;
use tradepost::record::messages::Direction;
use tradepost::record::quarantine::{self, NewQuarantine};
use tradepost::record::{RawMail, folders, health, places, tombstones};
use tradepost::types::{AccountId, Intent};
use tradepost::{link, parse};

const INQUIRY: &str = "From: Tom Hall <tom@hall-lighting.example>
To: sales@bright.example
Subject: Price for flood lights 50W
Date: Mon, 16 Nov 2026 00:40:00 +0000
Message-ID: <tom-1@hall-lighting.example>

Hi, please quote 1,000 pcs flood lights 50W FOB Ningbo. Thanks, Tom
";

/// A mail with a film that is too large for memory.
fn with_film(mail: &str) -> String {
    let (head, text) = mail.split_once("\n\n").expect("a header");
    let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\n";
    let parts = [
        head,
        "\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n",
        text,
        "\n--b\nContent-Type: video/mp4; name=film.mp4\nContent-Transfer-Encoding: base64\n\n",
        &line.repeat(120_000),
        "--b--\n",
    ];
    parts.concat()
}

fn account(desk: &Desk) -> AccountId {
    desk.office.accounts[0].id
}

/// The files of large attachments, torn ones too.
fn kept_files(desk: &Desk) -> usize {
    let shelves = |folder: &std::path::Path| {
        fs::read_dir(folder).map(|entries| entries.map(|entry| entry.expect("an entry").path()).collect()).unwrap_or_else(|_| Vec::new())
    };
    shelves(desk.office.files.folder()).iter().map(|shelf| shelves(shelf).len()).sum()
}

#[tokio::test]
async fn private_mail_of_any_size_leaves_nothing_but_that_it_lies_there() {
    for_each_engine(|books| async move {
        let private = "mode = \"draft\"\nprivate = { addresses = [\"mum@home.example\"], folders = [\"Family\"] }";
        let desk = Desk::open_with(&books, &[("mode = \"draft\"", private)]).await;
        let from_mum = INQUIRY.replace("tom@hall-lighting.example>\nTo", "mum@home.example>\nTo");
        let to_mum =
            "From: Li Wei <sales@bright.example>\nTo: sales@bright.example\nBcc: Mum <mum@home.example>\nSubject: Film\n\nFrom us.\n";
        desk.receive(&with_film(&from_mum));
        desk.receive(&from_mum.replace("Hi, please", "Hello, please"));
        desk.deliver("sales/.Sent/cur", ":2,S", &with_film(to_mum));
        desk.folder("sales/.Family");
        desk.deliver("sales/.Family/cur", ":2,S", &INQUIRY.replace("tom", "ann"));
        let report = desk.settle().await;
        assert_eq!(report.mailboxes[0].tally, Default::default(), "not even as a number");
        assert_eq!((desk.recorded().await.len(), desk.drafts().len(), kept_files(&desk)), (0, 0, 0));
        let mut session = books.look().await.expect("a look");
        let proof = tradepost::flow::due::proof(&mut session, account(&desk)).await.expect("read").expect("counted");
        assert_eq!((proof.server, proof.recorded, proof.quarantined, proof.gaps), (0, 0, 0, 0));
        let names: Vec<String> =
            folders::list(&mut session, account(&desk)).await.expect("read").into_iter().map(|folder| folder.wire_name).collect();
        assert!(!names.iter().any(|name| name.contains("Family")), "{names:?}");
        assert_eq!((quarantine::count(&mut session).await.expect("a count"), health::list_troubles(&mut session).await), (0, Ok(vec![])));
        drop(session);
        // A customer's large mail is kept.
        desk.receive(&with_film(INQUIRY));
        desk.settle().await;
        assert_eq!((desk.recorded().await.len(), kept_files(&desk)), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_folder_is_private_however_it_is_written_and_a_slip_is_told() {
    for_each_engine(|books| async move {
        let private = "mode = \"draft\"\nprivate = { folders = [\"family\", \"INBOX.HEALTH.2026\", \"Churhc\", \"Divorce\"] }";
        let desk = Desk::before_first_look(&books, &[("mode = \"draft\"", private)]).await;
        // The files carry today's date, and are history.
        desk.office.clock.forward(400 * 86_400_000);
        for (number, folder) in ["Family", "Health.2026", "Church.Choir", "Customers"].into_iter().enumerate() {
            desk.folder(&format!("sales/.{folder}"));
            desk.deliver(&format!("sales/.{folder}/cur"), ":2,S", &INQUIRY.replace("tom-1", &format!("tom-{number}")));
        }
        desk.settle().await;
        let mut session = books.look().await.expect("a look");
        let recorded = folders::list(&mut session, account(&desk)).await.expect("read");
        let names: Vec<&str> = recorded.iter().map(|folder| folder.wire_name.as_str()).collect();
        assert_eq!((names, desk.recorded().await.len()), (vec!["", ".Customers", ".Sent"], 1));
        let slip = |entry: &str, meant: Option<&str>| Notice::NoSuchFolder {
            mailbox: "sales".to_owned(),
            unmatched: Unmatched { entry: entry.to_owned(), meant: meant.map(str::to_owned) },
        };
        assert_eq!(desk.office.notices.take(), [slip("Churhc", Some("Church")), slip("Divorce", None)]);
    })
    .await;
}

#[tokio::test]
async fn a_large_mail_that_was_erased_is_not_written_again() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        let mail = with_film(INQUIRY);
        let mut session = books.begin().await.expect("a session");
        let identity = link::identity(&parse::letter(mail.as_bytes()));
        tombstones::add(&mut session, &identity, "message", desk.office.now()).await.expect("erased");
        session.commit().await.expect("committed");
        desk.receive(&mail);
        desk.receive(&with_film(&INQUIRY.replace("tom-1", "tom-2")));
        desk.settle().await;
        assert_eq!((desk.recorded().await.len(), kept_files(&desk)), (1, 1), "another mail with the same film is kept");
        let mut session = books.look().await.expect("a look");
        let inbox = folders::list(&mut session, account(&desk)).await.expect("read");
        let inbox = inbox.iter().find(|folder| folder.role == folders::FolderRole::Inbox).expect("watched");
        assert_eq!(places::list(&mut session, account(&desk), inbox.id, 0).await.expect("read").len(), 2, "it is known to lie there");
    })
    .await;
}

#[tokio::test]
async fn without_room_for_attachments_small_mail_goes_on_a_person_is_told_and_the_large_one_comes_later() {
    for_each_engine(|books| async move {
        let desk = Desk::open_with(
            &books,
            &[
                ("address = \"li.wei@bright.example\"", "address = \"sales@bright.example\""),
                ("owner = \"li.wei@bright.example\"", "owner = \"sales@bright.example\""),
            ],
        )
        .await;
        // Nobody can write into a file as if it were a folder, root neither.
        fs::write(desk.office.files.folder(), "").expect("written");
        desk.receive(&with_film(INQUIRY));
        desk.receive(&INQUIRY.replace("tom", "ann"));
        for _ in 0..8 {
            desk.settle().await;
        }
        let customers = async || {
            let recorded =
                desk.recorded().await.into_iter().filter(|mail| mail.direction == Direction::In && mail.intent == Some(Intent::Inquiry));
            recorded.map(|mail| mail.from_address).collect::<Vec<_>>()
        };
        assert_eq!(customers().await, ["ann@hall-lighting.example"]);
        let troubles = async || {
            let mut session = desk.office.books.look().await.expect("a look");
            let troubles = health::list_troubles(&mut session).await.expect("read");
            (quarantine::count(&mut session).await.expect("a count"), troubles.into_iter().map(|one| one.kind).collect::<Vec<_>>())
        };
        assert_eq!(troubles().await, (0, vec![TroubleKind::StorageFull]));
        let notes = desk.notes();
        assert_eq!(notes.len(), 1, "told once a day, through the mailbox that works: {notes:?}");
        assert!(as_seen(&notes[0]).contains("大邮件无法保存"), "{}", as_seen(&notes[0]));

        fs::remove_file(desk.office.files.folder()).expect("removed");
        desk.settle().await;
        assert_eq!((customers().await.len(), kept_files(&desk)), (2, 1));
        assert_eq!(troubles().await, (0, vec![]));
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_could_not_be_fetched_is_fetched_again_at_the_next_start() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        let path = desk.paths("sales/new").pop().expect("delivered");
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let mut session = books.begin().await.expect("a session");
        let inbox = folders::list(&mut session, account(&desk)).await.expect("read");
        let inbox = inbox.iter().find(|folder| folder.role == folders::FolderRole::Inbox).expect("watched").id;
        let set_aside = |place, raw| NewQuarantine {
            account: account(&desk),
            folder: inbox,
            uidvalidity: 0,
            place,
            reason: "it cannot be fetched",
            at: desk.office.now(),
            raw,
            leaves: &[],
        };
        let (nothing, broken) = (RawMail::compress(b"").expect("small"), RawMail::compress(b"broken").expect("small"));
        quarantine::add(&mut session, &set_aside(&name, &nothing)).await.expect("set aside");
        quarantine::add(&mut session, &set_aside("came-broken", &nothing)).await.expect("set aside");
        assert!(quarantine::add(&mut session, &set_aside("came-broken", &broken)).await.expect("set aside"), "its bytes take the place");
        session.commit().await.expect("committed");
        let report = desk.settle().await;
        assert_eq!((report.mailboxes[0].tally.recorded, desk.drafts().len()), (1, 1));
        let mut session = books.look().await.expect("a look");
        let left = quarantine::list(&mut session, 10).await.expect("read");
        assert_eq!(left.iter().map(|aside| (aside.place.as_str(), aside.size)).collect::<Vec<_>>(), [("came-broken", 6)]);
    })
    .await;
}
