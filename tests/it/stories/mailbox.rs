//! The mailbox belongs to its owner.

use crate::support::desk::Desk;
use crate::support::engines::for_each_engine;
use std::collections::BTreeMap;
use std::path::PathBuf;

const INQUIRY: &str = "From: Tom Hall <tom@hall-lighting.example>
To: sales@bright.example
Subject: Price for flood lights 50W
Date: Mon, 16 Nov 2026 00:40:00 +0000
Message-ID: <tom-1@hall-lighting.example>

Hi, please quote 1,000 pcs flood lights 50W FOB Ningbo. Thanks, Tom
";

fn files(desk: &Desk) -> BTreeMap<PathBuf, String> {
    let shelves = ["sales/cur", "sales/new", "sales/.Sent/cur", "sales/.Drafts/cur"];
    let files = shelves.iter().flat_map(|shelf| desk.paths(shelf));
    files.map(|path| (path.clone(), std::fs::read_to_string(&path).expect("readable"))).collect()
}

#[tokio::test]
async fn the_first_look_is_read_only_history_that_fills_the_contacts() {
    for_each_engine(|books| async move {
        let desk = Desk::before_first_look(&books, &[]).await;
        // The clock of the story stands in 2026; the files carry today's date, which the first look must not outrun.
        desk.office.clock.forward(400 * 86_400_000);
        desk.deliver("sales/cur", ":2,S", INQUIRY);
        desk.deliver("sales/new", "", &INQUIRY.replace("tom", "ann"));
        let before = files(&desk);
        let report = desk.settle().await;
        assert_eq!(files(&desk), before, "no flag changed, nothing moved, nothing put there");
        assert_eq!((report.mailboxes[0].tally.recorded, report.mailboxes[0].tally.historical), (2, 2));
        let mut session = books.look().await.expect("a look");
        assert_eq!(tradepost::record::contacts::count(&mut session).await.expect("a count"), 2);
        drop(session);

        desk.receive(&INQUIRY.replace("tom-1", "tom-2").replace("1,000", "3,000"));
        desk.settle().await;
        assert_eq!(desk.drafts().len(), 1, "what comes after the first look is work");
    })
    .await;
}

#[tokio::test]
async fn a_mailbox_in_observe_mode_is_read_and_what_would_be_done_is_noted() {
    for_each_engine(|books| async move {
        let desk = Desk::open_with(&books, &[("mode = \"draft\"", "mode = \"observe\"")]).await;
        desk.receive(INQUIRY);
        let before = files(&desk);
        desk.settle().await;
        assert_eq!(files(&desk), before);
        let why = desk.last().await.why;
        assert!(why.contains("draft `first_reply` in en") && why.contains("observe mode"), "{why}");
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_a_person_moves_or_reads_stays_the_same_message() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        let path = desk.deliver("sales/new", "", INQUIRY);
        desk.settle().await;
        let archived = path.to_string_lossy().replace("/new/", "/.Sent/cur/") + ":2,S";
        std::fs::rename(&path, archived).expect("moved");
        let report = desk.settle().await;
        assert_eq!(report.mailboxes[0].tally.recorded, 0);
        assert_eq!((report.mailboxes[0].tally.copies, report.mailboxes[0].tally.gone), (1, 1));
        assert_eq!(desk.drafts().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn mail_in_junk_is_read_and_left_there() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        for shelf in ["cur", "new", "tmp"] {
            let inbox = desk.paths("sales").into_iter().next().expect("a shelf");
            std::fs::create_dir_all(inbox.with_file_name(".Junk").join(shelf)).expect("a folder");
        }
        desk.deliver("sales/.Junk/new", "", INQUIRY);
        desk.settle().await;
        assert_eq!(desk.drafts(), Vec::<String>::new());
        assert!(desk.last().await.why.contains("Junk"), "{}", desk.last().await.why);

        // A person takes it out of Junk, and later files it away.
        let junk = desk.paths("sales/.Junk/new").pop().expect("it lies there");
        let inbox = junk.to_string_lossy().replace("/.Junk/new/", "/cur/") + ":2,S";
        std::fs::rename(junk, &inbox).expect("moved");
        desk.settle().await;
        assert_eq!(desk.drafts().len(), 1, "what is no junk is handled");
        let draft = desk.paths("sales/.Drafts/cur").pop().expect("a draft");
        std::fs::remove_file(draft).expect("a person throws it away");
        std::fs::rename(&inbox, inbox.replace("/cur/", "/.Sent/cur/")).expect("moved");
        desk.settle().await;
        assert_eq!(desk.drafts(), Vec::<String>::new(), "filing a mail away begins nothing");
    })
    .await;
}

#[tokio::test]
async fn mail_without_sender_id_or_words_is_recorded_too() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        for mail in ["", "\n\n\n", "\0\0\0", "Subject: only\n", "just words without any header", "From: x\nTo: y\n\nz"] {
            desk.receive(mail);
        }
        let report = desk.settle().await;
        assert_eq!(report.mailboxes[0].tally.recorded + report.mailboxes[0].tally.copies, 6);
        assert_eq!(report.mailboxes[0].tally.quarantined, 0);
    })
    .await;
}
