//! How a command ends: NO, BAD, cuts, silence, rubbish, and answers mixed with news.

use super::{PLAIN, assert_over, meet, noop, note};
use crate::support::scripted::Talk;
use imap_proto::Response;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tradepost::mailbox::imap::{Connection, Fetched, ImapError, SpecialUse};
use tradepost::mailbox::{Mark, UidSet};

const ITEMS: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])";

async fn fetch(connection: &mut Connection, set: &str, items: &str) -> (Vec<Fetched>, Result<(), ImapError>) {
    let mut mails = Vec::new();
    let ended = connection.uid_fetch(set, items, |mail| mails.push(mail)).await;
    (mails, ended.map(|_| ()))
}

/// Every command, in the order in which the scripts below answer.
async fn all_commands(connection: &mut Connection) -> Vec<(&'static str, Result<(), ImapError>)> {
    let set: UidSet = [1].into_iter().collect();
    let mut ended = Vec::new();
    ended.push(("EXAMINE", connection.examine("INBOX").await.map(|_| ())));
    ended.push(("SELECT", connection.select("INBOX").await.map(|_| ())));
    ended.push(("LIST", connection.list().await.map(|_| ())));
    ended.push(("FETCH", fetch(connection, "1:*", ITEMS).await.1));
    ended.push(("STORE", connection.uid_store(&set, r"+FLAGS.SILENT (\Deleted)", None).await.map(|_| ())));
    ended.push(("EXPUNGE", connection.uid_expunge(&set).await));
    ended.push(("CREATE", connection.create("Drafts").await));
    ended.push(("APPEND", connection.append("Drafts", r"\Draft", b"Subject: x\r\n\r\n").await.map(|_| ())));
    ended.push(("NOTIFY", connection.notify_set("(personal (MessageNew))", |_| Ok(())).await));
    ended.push(("NOOP", noop(connection, |_| Ok(())).await));
    ended
}

async fn refuse_everything(mut talk: Talk, with: &'static str) {
    while let Some(line) = talk.line().await {
        let tag = line.split(' ').next().expect("a line has a tag").to_owned();
        talk.say(&format!("{tag} {with}\r\n")).await;
    }
}

#[tokio::test]
async fn a_no_to_any_command_is_an_error_with_its_code_and_text() {
    let (_server, mut connection) =
        meet("IMAP4rev1 UIDPLUS MOVE NOTIFY", |talk| refuse_everything(talk, "NO [OVERQUOTA] the mailbox is full")).await;
    for (name, ended) in all_commands(&mut connection).await {
        match ended {
            Err(ImapError::No { command, code, text }) => {
                assert_eq!((command, code.as_deref(), text.as_str()), (name, Some("OVERQUOTA"), "the mailbox is full"));
            }
            other => panic!("{name} ended with {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_bad_to_any_command_is_an_error() {
    let (_server, mut connection) = meet("IMAP4rev1 UIDPLUS MOVE NOTIFY", |talk| refuse_everything(talk, "BAD what?")).await;
    for (name, ended) in all_commands(&mut connection).await {
        assert!(matches!(&ended, Err(ImapError::Bad { command, text }) if *command == name && text == "what?"), "{name}: {ended:?}");
    }
}

#[tokio::test]
async fn a_connection_cut_between_two_mails_is_lost_and_not_two_mails() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.expect("UID FETCH 1:5 (UID FLAGS)").await;
        talk.say("* 1 FETCH (UID 1 FLAGS ())\r\n* 2 FETCH (UID 2 FLAGS ())\r\n").await;
        talk.cut().await;
    })
    .await;
    let (mails, ended) = fetch(&mut connection, "1:5", "(UID FLAGS)").await;
    assert!(matches!(ended, Err(ImapError::Lost { command: "FETCH" })), "{ended:?}");
    assert_eq!(mails.len(), 2, "what came before is handed on, and the caller knows that it is not all");
    assert_over(&mut connection).await;
}

#[tokio::test]
async fn every_command_notices_that_the_connection_ended() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.line().await;
        talk.cut().await;
    })
    .await;
    let selected = connection.select("INBOX").await;
    assert!(matches!(selected, Err(ImapError::Lost { command: "SELECT" })), "{selected:?}");
    assert_over(&mut connection).await;
}

#[tokio::test]
async fn a_cut_inside_a_literal_is_lost() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.expect("UID FETCH").await;
        talk.say("* 1 FETCH (UID 1 BODY[] {1000}\r\nSubject: half").await;
        talk.cut().await;
    })
    .await;
    let (mails, ended) = fetch(&mut connection, "1", "(UID BODY.PEEK[])").await;
    assert!(mails.is_empty() && matches!(ended, Err(ImapError::Lost { .. })), "{ended:?}");
}

#[tokio::test]
async fn a_line_that_is_no_imap_is_unreadable_and_its_words_stay_out_of_the_error() {
    for rubbish in
        ["* 1 FETCH UID secret-words\r\n", "* LIST secret-words\r\n", "* VANISHED secret-words\r\n", "secret-words\r\n", "T99 OK late\r\n"]
    {
        let (_server, mut connection) = meet(PLAIN, move |mut talk| async move {
            let tag = talk.expect("NOOP").await;
            talk.say(&format!("{rubbish}{tag} OK\r\n")).await;
            talk.stall().await;
        })
        .await;
        let ended = noop(&mut connection, |_| Ok(())).await.expect_err("nobody can read that");
        assert!(matches!(ended, ImapError::Unreadable { command: "NOOP" }), "{rubbish}: {ended:?}");
        assert!(!format!("{ended:?} {ended}").contains("secret-words"));
        assert_over(&mut connection).await;
    }
}

#[tokio::test]
async fn what_nobody_asked_for_is_passed_over() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        let untagged = "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n\r\n* ESEARCH (TAG \"T1\") UID MIN 3\r\n* LANGUAGE (EN)\r\n* 7 WHATEVER {3}\r\na\r\n\r\n\
                        * THREAD (1)(2)\r\n* OK\r\n* OK [ALERT]échéance\r\n* NO [X-NEW (a b)] {5}\r\n* 3 EXISTS\r\n";
        talk.answer("NOOP", untagged).await;
        talk.answer("NOOP", "").await;
    })
    .await;
    let mut heard = Vec::new();
    noop(&mut connection, note(&mut heard)).await.expect("the end is OK");
    assert_eq!(heard.len(), 4, "{heard:#?}");
    assert!(heard[1].contains("échéance") && heard[3].contains("Exists(3)"), "{heard:#?}");
    noop(&mut connection, |_| Ok(())).await.expect("nothing is left over");
}

#[tokio::test]
async fn a_bye_ends_the_connection_with_its_reason() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.expect("NOOP").await;
        talk.say("* BYE the server goes down\r\n").await;
        talk.cut().await;
    })
    .await;
    let ended = noop(&mut connection, |_| Ok(())).await;
    assert!(matches!(&ended, Err(ImapError::Bye { text }) if text == "the server goes down"), "{ended:?}");
    assert_over(&mut connection).await;
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.expect("UID FETCH").await;
        talk.say("* 1 FETCH (UID 1 BODY[] {1000}\r\nSubject: ").await;
        talk.stall().await;
    })
    .await;
    let (_, ended) = fetch(&mut connection, "1", ITEMS).await;
    assert!(matches!(ended, Err(ImapError::Silent { command: "FETCH", .. })), "{ended:?}");
    assert_over(&mut connection).await;
}

#[tokio::test]
async fn a_server_that_talks_without_end_is_left_too() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.expect("NOOP").await;
        loop {
            talk.say("* OK Still here\r\n").await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    let ended = noop(&mut connection, |_| Ok(())).await;
    assert!(matches!(ended, Err(ImapError::Silent { command: "NOOP", .. })), "{ended:?}");
}

#[tokio::test]
async fn a_command_dropped_half_way_does_not_leave_its_answer_to_the_next_one() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        let tag = talk.expect("UID FETCH").await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        talk.say(&format!("* 2 FETCH (UID 2 FLAGS ())\r\n{tag} OK\r\n")).await;
        talk.stall().await;
    })
    .await;
    let dropped = tokio::time::timeout(std::time::Duration::from_millis(20), fetch(&mut connection, "2", "(UID FLAGS)")).await;
    assert!(dropped.is_err(), "it was not answered in time");
    assert!(matches!(connection.examine("a\0b").await, Err(ImapError::Lost { .. })), "a fault of ours makes it no better");
    assert_over(&mut connection).await;
}

#[tokio::test]
async fn news_of_other_mail_is_no_answer_to_a_fetch() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.answer(
            "UID FETCH 9",
            "* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n* 3 FETCH (FLAGS (\\Seen))\r\n\
             * 9 FETCH (UID 9 RFC822.SIZE 12 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" FLAGS (\\Draft $Forwarded) MODSEQ (77) BODY[] {12}\r\nSubject: x\r\n)\r\n\
             * 4 EXPUNGE\r\n* 8 FETCH (UID 9 FLAGS (\\Seen))\r\n* 10 FETCH (UID 10 BODY[] NIL)\r\n",
        )
        .await;
    })
    .await;
    let (mails, ended) = fetch(&mut connection, "9", ITEMS).await;
    ended.expect("the end is OK");
    let [mail] = mails.as_slice() else { panic!("one mail was asked for: {mails:?}") };
    assert_eq!((mail.uid, mail.size, mail.modseq, mail.body.as_deref()), (9, Some(12), Some(77), Some(&b"Subject: x\r\n"[..])));
    assert_eq!(mail.internal_date.map(|moment| moment.to_string()).as_deref(), Some("1996-07-17T09:44:25Z"));
    assert!(mail.flags.is_some_and(|flags| flags.draft && !flags.seen));
    assert_eq!(mail.keywords, ["$Forwarded"]);
}

#[tokio::test]
async fn odd_items_of_a_fetch_do_not_hide_the_mail() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        let tag = talk.expect("UID FETCH").await;
        talk.say_bytes(b"* 1 FETCH (FLAGS (\\Seen caf\xe9) INTERNALDATE NIL RFC822.SIZE 9999999999 EMAILID (M1) X-NEW (a (b {2}\r\n)) c)) UID 1 )\r\n").await;
        talk.say("* 2 FETCH (UID 2 BODYSTRUCTURE ((((NIL NIL) \"a)\")) NIL) FLAGS ())\r\n* 3 FETCH (UID 3 BODY[HEADER.FIELDS (FROM \"Message-ID\")] \"a\\\"b\" FLAGS ())\r\n").await;
        talk.say(&format!("* 4 FETCH (UID 4 BODY[]<1024> {{2+}}\r\nab FLAGS ())\r\n{tag} OK\r\n")).await;
    })
    .await;
    let (mails, ended) = fetch(&mut connection, "1:4", "(UID FLAGS)").await;
    ended.expect("the end is OK");
    assert_eq!(mails.iter().map(|mail| mail.uid).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(mails[0].keywords, ["caf\u{fffd}"]);
    assert_eq!((mails[0].internal_date, mails[0].size), (None, None));
    assert_eq!(mails[2].header.as_deref(), Some(&b"a\"b"[..]));
    assert_eq!(mails[3].body.as_deref(), Some(&b"ab"[..]));
}

#[tokio::test]
async fn a_literal_that_no_mail_needs_is_refused_before_it_comes() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.expect("UID FETCH").await;
        talk.say("* 1 FETCH (UID 1 BODY[] {99999999999999999999}\r\n").await;
        talk.stall().await;
    })
    .await;
    let (_, ended) = fetch(&mut connection, "1", ITEMS).await;
    assert!(matches!(ended, Err(ImapError::Unreadable { .. })), "{ended:?}");
}

#[tokio::test]
async fn the_callers_own_fault_is_told_after_the_answer_was_read_to_its_end() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.answer("NOOP", "* 1 EXISTS\r\n* 2 EXISTS\r\n").await;
        talk.answer("NOOP", "* 3 EXISTS\r\n").await;
    })
    .await;
    let mut heard = 0;
    let hear = |_: &Response<'_>| {
        heard += 1;
        Err(ImapError::Gone { place: "1".into() })
    };
    let ended = noop(&mut connection, hear).await;
    assert!(matches!(ended, Err(ImapError::Gone { .. })) && heard == 1, "{ended:?}");
    let mut heard = Vec::new();
    noop(&mut connection, note(&mut heard)).await.expect("the connection is sound");
    assert_eq!(heard, ["MailboxData(Exists(3))"]);
}

#[tokio::test]
async fn a_server_that_gives_without_end_is_left_before_it_fills_the_memory() {
    const MAIL_BYTES: usize = 60 << 20;
    let given = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&given);
    let (_server, mut connection) = meet(PLAIN, move |mut talk| {
        let count = Arc::clone(&count);
        async move {
            talk.answer("UID FETCH", "* 1 FETCH (UID 1 RFC822.SIZE 1000)\r\n").await;
            talk.expect("UID FETCH").await;
            let piece = vec![b'x'; 1 << 20];
            for uid in 1..=64 {
                talk.say(&format!("* {uid} FETCH (UID {uid} BODY[] {{{MAIL_BYTES}}}\r\n")).await;
                for _ in 0..MAIL_BYTES / piece.len() {
                    if !talk.try_say_bytes(&piece).await {
                        return;
                    }
                    count.fetch_add(piece.len(), Ordering::Relaxed);
                }
                talk.say(")\r\n").await;
            }
        }
    })
    .await;
    fetch(&mut connection, "1", "(UID RFC822.SIZE)").await.1.expect("its size");
    let (mails, ended) = fetch(&mut connection, "1:64", "(UID BODY.PEEK[])").await;
    assert!(matches!(ended, Err(ImapError::TooMuch)), "{ended:?}");
    assert_eq!(mails.len(), 1, "the first one is taken, however large it is");
    assert_over(&mut connection).await;
    drop(connection);
    assert!(given.load(Ordering::Relaxed) < 3 * MAIL_BYTES, "{given:?} bytes were taken from it");
}

#[tokio::test]
async fn a_select_that_says_nothing_of_the_folder_is_not_an_empty_folder() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.answer("SELECT", "").await;
    })
    .await;
    let selected = connection.select("INBOX").await;
    assert!(matches!(selected, Err(ImapError::Unreadable { command: "SELECT" })), "{selected:?}");
}

#[tokio::test]
async fn what_a_select_says_is_of_the_new_folder_only() {
    let (_server, mut connection) = meet("IMAP4rev1 CONDSTORE QRESYNC ENABLE", |mut talk| async move {
        let tag = talk.expect(r#"EXAMINE "Sent" (CONDSTORE)"#).await;
        talk.say(&format!(
            "* 900 EXISTS\r\n* OK [UIDVALIDITY 1] of the old one\r\n* OK [CLOSED] previous mailbox closed\r\n* FLAGS (\\Seen)\r\n\
             * OK [PERMANENTFLAGS (\\Deleted \\*)] ok\r\n* 5 EXISTS\r\n* OK [UIDVALIDITY 38505] v\r\n* OK [HIGHESTMODSEQ 12]\r\n{tag} OK [READ-ONLY] done\r\n"
        ))
        .await;
    })
    .await;
    assert!(connection.has_qresync());
    let selected = connection.examine("Sent").await.expect("the folder is there");
    assert_eq!((selected.uidvalidity, selected.uidnext, selected.exists, selected.modseq), (Some(38505), None, 5, Some(12)));
}

#[tokio::test]
async fn folders_come_with_their_status_in_one_answer_where_the_server_can() {
    let (_server, mut connection) = meet("IMAP4rev1 LIST-EXTENDED LIST-STATUS SPECIAL-USE CONDSTORE", |mut talk| async move {
        talk.answer(
            r#"LIST "" "*" RETURN (SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))"#,
            "* LIST (\\HasNoChildren) \"/\" inbox\r\n* STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 9 HIGHESTMODSEQ 7 SIZE 100 MAILBOXID (F1))\r\n\
             * LIST (\\Sent) \"/\" \"&XfJT0ZAB-\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n* STATUS {9}\r\n已发送 (MESSAGES 1 UIDVALIDITY 5 )\r\n\
             * LIST (\\NonExistent) NIL Customers\r\n* LIST (\\Noselect \\Trash) \".\" Bin\r\n* STATUS Bin (MESSAGES 1)\r\n",
        )
        .await;
    })
    .await;
    let folders = connection.list().await.expect("all can be read");
    let names: Vec<_> = folders.iter().map(|folder| (folder.wire_name.as_str(), folder.delimiter)).collect();
    let expected = [("INBOX", Some('/')), ("&XfJT0ZAB-", Some('/')), ("Customers", None), ("Bin", Some('.'))];
    assert_eq!(names, expected);
    assert_eq!(folders[0].status, Some(Mark { uidvalidity: 9, uidnext: Some(4), messages: 3, modseq: Some(7) }));
    assert_eq!(folders[1].status, Some(Mark { uidvalidity: 5, uidnext: None, messages: 1, modseq: None }));
    assert_eq!(folders[3].status, None, "half a status is none");
    assert_eq!((folders[1].special_use, folders[3].special_use), (Some(SpecialUse::Sent), Some(SpecialUse::Trash)));
}

#[tokio::test]
async fn an_old_server_is_asked_in_the_old_way() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        let tag = talk.expect("LIST ").await;
        talk.say(&format!("* LIST () \"/\" INBOX\r\n{tag} OK\r\n")).await;
    })
    .await;
    assert_eq!(connection.list().await.expect("it can be read").len(), 1);
    assert!(_server.heard().contains(&r#"LIST "" "*""#.to_owned()));
}

#[tokio::test]
async fn mail_that_went_is_told_of_what_is_known_only() {
    let (_server, mut connection) = meet("IMAP4rev1 CONDSTORE QRESYNC ENABLE", |mut talk| async move {
        let told = "* VANISHED (EARLIER) 1:4294967295\r\n* 2 FETCH (UID 5 MODSEQ (9))\r\n* VANISHED 8\r\n* VANISHED (EARLIER) 9:7,4\r\n";
        talk.answer("UID FETCH 1:8 (UID) (CHANGEDSINCE 7 VANISHED)", told).await;
        talk.answer("UID FETCH 1:8 (UID) (CHANGEDSINCE 7 VANISHED)", "* VANISHED 8\r\n").await;
    })
    .await;
    let known: UidSet = [2, 3, 7, 8].into_iter().collect();
    assert_eq!(connection.uid_vanished(&known, 7).await.expect("it is OK"), known);
    assert!(connection.uid_vanished(&known, 7).await.expect("it is OK").is_empty(), "what goes now is not what went");
}

#[tokio::test]
async fn mail_that_changed_meanwhile_is_left_alone_and_named() {
    let (_server, mut connection) = meet("IMAP4rev1 CONDSTORE", |mut talk| async move {
        let tag = talk.expect(r"UID STORE 3:7 (UNCHANGEDSINCE 320162338) +FLAGS.SILENT (\Deleted)").await;
        talk.say(&format!("{tag} OK [MODIFIED 7,1:4294967295,5:6] Conditional STORE failed\r\n")).await;
        talk.answer("UID STORE", "").await;
    })
    .await;
    let set: UidSet = (3..=7).collect();
    let modified = connection.uid_store(&set, r"+FLAGS.SILENT (\Deleted)", Some(320_162_338)).await.expect("it is OK");
    assert_eq!(modified, set);
    let modified = connection.uid_store(&set, r"+FLAGS.SILENT (\Deleted)", None).await.expect("it is OK");
    assert!(modified.is_empty());
}

#[tokio::test]
async fn what_is_not_offered_is_not_sent() {
    let (server, mut connection) = meet("IMAP4rev1", |talk| talk.stall()).await;
    let set: UidSet = [1].into_iter().collect();
    for ended in [
        connection.uid_expunge(&set).await,
        connection.idle(std::time::Duration::from_secs(1), |_| Ok(std::ops::ControlFlow::Continue(()))).await,
        connection.notify_set("NONE", |_| Ok(())).await,
    ] {
        assert!(matches!(ended, Err(ImapError::NotOffered { .. })), "{ended:?}");
    }
    assert_eq!(server.heard().len(), 1, "only the login was heard: {:?}", server.heard());
}
