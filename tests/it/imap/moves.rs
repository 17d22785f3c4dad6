//! Mail is moved into another folder, and lies in one of the two at least.

use super::{assert_over, meet, noop};
use crate::support::scripted::Talk;
use tradepost::mailbox::UidSet;
use tradepost::mailbox::imap::{ImapError, Moved};

fn uids(uids: &[u32]) -> UidSet {
    uids.iter().copied().collect()
}

fn told(uids: &[(u32, u32)]) -> Option<Moved> {
    Some(Moved { uidvalidity: 38505, uids: uids.to_vec() })
}

#[tokio::test]
async fn a_move_tells_the_new_uids_before_the_mails_go_or_at_its_end() {
    let copyuid = "OK [COPYUID 38505 304,319:320 3956:3958] done\r\n";
    for (untagged, end) in [
        (format!("* {copyuid}* 12 EXPUNGE\r\n* 26 EXPUNGE\r\n"), "OK done\r\n".to_owned()),
        ("* VANISHED 304,319:320\r\n".to_owned(), copyuid.to_owned()),
        (format!("* {copyuid}"), "OK [HIGHESTMODSEQ 9] done\r\n".to_owned()),
    ] {
        let (_server, mut connection) = meet("IMAP4rev1 UIDPLUS MOVE", move |mut talk: Talk| {
            let (untagged, end) = (untagged.clone(), end.clone());
            async move {
                let tag = talk.expect("UID MOVE 304,319:320 \"a b&-c\"").await;
                talk.say(&format!("{untagged}{tag} {end}")).await;
            }
        })
        .await;
        let moved = connection.uid_move("a b&-c", &uids(&[304, 319, 320])).await.expect("it was moved");
        assert_eq!(moved, told(&[(304, 3956), (319, 3957), (320, 3958)]));
    }
}

#[tokio::test]
async fn without_move_only_what_was_copied_is_removed() {
    let (server, mut connection) = meet("IMAP4rev1 UIDPLUS", |mut talk| async move {
        let tag = talk.expect("UID COPY 4,6,9 \"Deals\"").await;
        // The one in the middle had gone.
        talk.say(&format!("{tag} OK [COPYUID 38505 4,9 7:8] done\r\n")).await;
        talk.answer(r"UID STORE 4,9 +FLAGS.SILENT (\Deleted)", "").await;
        talk.answer("UID EXPUNGE 4,9", "* 2 EXPUNGE\r\n* 3 EXPUNGE\r\n").await;
        // This one tells nothing.
        talk.answer("UID COPY 11 \"Deals\"", "").await;
        talk.answer(r"UID STORE 11 +FLAGS.SILENT (\Deleted)", "").await;
        talk.answer("UID EXPUNGE 11", "").await;
    })
    .await;
    assert_eq!(connection.uid_move("Deals", &uids(&[4, 6, 9])).await.expect("it was moved"), told(&[(4, 7), (9, 8)]));
    assert_eq!(connection.uid_move("Deals", &uids(&[11])).await.expect("it was moved"), None);
    assert!(server.heard().iter().all(|line| !line.starts_with("EXPUNGE")), "a plain one takes other people's mail too");
}

#[tokio::test]
async fn a_server_that_can_only_copy_is_asked_for_nothing() {
    let (server, mut connection) = meet("IMAP4rev1", |mut talk| async move {
        talk.answer("NOOP", "").await;
    })
    .await;
    let before = server.heard().len();
    let refused = connection.uid_move("Deals", &uids(&[4])).await;
    assert!(matches!(&refused, Err(error @ ImapError::NotOffered { what: ImapError::MOVE }) if !error.ends_connection()), "{refused:?}");
    assert_eq!(server.heard().len(), before);
    noop(&mut connection, |_| Ok(())).await.expect("the connection is sound");
}

#[tokio::test]
async fn a_refusal_keeps_its_reason_and_says_whether_anything_was_done() {
    let (_server, mut connection) = meet("IMAP4rev1 MOVE", |mut talk| async move {
        let tag = talk.expect("UID MOVE 4 ").await;
        talk.say(&format!("{tag} NO [TRYCREATE] no such folder\r\n")).await;
        let tag = talk.expect("UID MOVE 4:5 ").await;
        talk.say(&format!("* OK [COPYUID 38505 4 7]\r\n* 1 EXPUNGE\r\n{tag} NO [OVERQUOTA] no room for the other\r\n")).await;
        talk.answer("NOOP", "").await;
    })
    .await;
    let refused = connection.uid_move("Deals", &uids(&[4])).await;
    assert!(matches!(&refused, Err(ImapError::No { code: Some(code), .. }) if code == "TRYCREATE"), "{refused:?}");
    let half = connection.uid_move("Deals", &uids(&[4, 5])).await;
    assert!(matches!(&half, Err(error @ ImapError::HalfMoved(_)) if !error.ends_connection()), "{half:?}");
    noop(&mut connection, |_| Ok(())).await.expect("the connection is sound");

    let (server, mut connection) = meet("IMAP4rev1 UIDPLUS", |mut talk| async move {
        talk.answer("UID COPY 4 ", "").await;
        let tag = talk.expect("UID STORE 4 ").await;
        talk.say(&format!("{tag} NO read-only\r\n")).await;
    })
    .await;
    let half = connection.uid_move("Deals", &uids(&[4])).await;
    assert!(matches!(&half, Err(ImapError::HalfMoved(why)) if matches!(**why, ImapError::No { command: "STORE", .. })), "{half:?}");
    assert!(server.heard().iter().all(|line| !line.contains("EXPUNGE")), "what is not marked is not removed");
}

#[tokio::test]
async fn a_connection_that_breaks_in_a_move_leaves_it_unclear() {
    for capabilities in ["IMAP4rev1 MOVE", "IMAP4rev1 UIDPLUS"] {
        let (_server, mut connection) = meet(capabilities, |mut talk| async move {
            talk.expect("UID ").await;
            talk.cut().await;
        })
        .await;
        let broken = connection.uid_move("Deals", &uids(&[4])).await;
        assert!(matches!(&broken, Err(ImapError::Unclear(_))), "{broken:?}");
        assert_over(&mut connection).await;
    }
}

#[tokio::test]
async fn uids_that_do_not_fit_the_mails_asked_for_are_not_believed() {
    for code in ["4:5 7", "4 7:8", "6 7", "1:4294967295 1:4294967295", "4"] {
        let (_server, mut connection) = meet("IMAP4rev1 MOVE", move |mut talk: Talk| async move {
            talk.answer("UID MOVE 4:5 ", &format!("* OK [COPYUID 38505 {code}] .\r\n")).await;
        })
        .await;
        assert_eq!(connection.uid_move("Deals", &uids(&[4, 5])).await.expect("it was moved"), None, "{code}");
    }
}
