//! Whatever bytes come, every call ends and none panics.

use super::{mailbox, meet, noop};
use crate::support::scripted::{Scripted, Talk};
use proptest::prelude::*;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;
use tradepost::mailbox::imap::{Connection, Deadlines, ImapError, ImapMailbox};
use tradepost::mailbox::{Mailbox, MailboxError, Places};

/// What servers really said (Dovecot, Gmail, Exchange, Coremail), as a start for mutations. The tags are ours.
const TRANSCRIPTS: [&str; 4] = [
    "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN] Dovecot ready.\r\n\
     T1 OK [CAPABILITY IMAP4rev1 ID ENABLE IDLE CONDSTORE QRESYNC LIST-EXTENDED LIST-STATUS SPECIAL-USE UIDPLUS MOVE NOTIFY] Logged in\r\n\
     * ID (\"name\" \"Dovecot\")\r\nT2 OK ID completed.\r\n* ENABLED QRESYNC\r\nT3 OK Enabled.\r\n\
     * LIST (\\HasNoChildren \\Drafts) \"/\" Drafts\r\n* STATUS Drafts (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1795445061 HIGHESTMODSEQ 3)\r\nT4 OK List completed.\r\n\
     * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] Flags permitted.\r\n* 2 EXISTS\r\n* 0 RECENT\r\n\
     * OK [UIDVALIDITY 1795445061] UIDs valid\r\n* VANISHED (EARLIER) 1:3,7\r\nT5 OK [READ-WRITE] Select completed.\r\n\
     * 1 FETCH (UID 1 FLAGS (\\Seen) BODY[] {18}\r\nSubject: x\r\n\r\nHi\r\n)\r\nT6 OK Fetch completed.\r\n+ idling\r\n* 3 EXISTS\r\nT7 OK Idle completed.\r\n",
    "* OK Gimap ready for requests\r\n* CAPABILITY IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 SASL-IR AUTH=XOAUTH2\r\nT1 OK\r\n\
     T2 OK x@y authenticated (Success)\r\n* CAPABILITY IMAP4rev1 ID\r\nT3 OK\r\n* ID NIL\r\nT4 OK Success\r\n* LIST (\\All \\HasNoChildren) \"/\" \"[Gmail]/All Mail\"\r\n\
     T5 OK Success\r\n* 1 EXISTS\r\n* 1 FETCH (X-GM-LABELS (\"\\\\Inbox\" caf&AOk-) UID 1 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 12)\r\nT6 OK Success\r\n",
    "* OK The Microsoft Exchange IMAP4 service is ready. [UwBHADIA]\r\n* CAPABILITY IMAP4 IMAP4rev1 LOGINDISABLED STARTTLS\r\nT1 OK CAPABILITY completed.\r\n",
    "* OK Coremail System IMap Server Ready(163com[10774b260cc7a37d26d71b52404dcf5c])\r\n* CAPABILITY IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ UIDPLUS\r\nT1 OK CAPABILITY completed\r\n\
     T2 OK LOGIN completed\r\n* ID (\"name\" \"x\" NIL \"y\")\r\nT3 NO Unsafe Login. Please contact kefu@188.com for help\r\n",
];

fn hasty(port: u16) -> ImapMailbox {
    let mut mailbox = mailbox(port);
    mailbox.deadlines.read = Duration::from_millis(60);
    mailbox.deadlines.command = Duration::from_millis(300);
    mailbox.deadlines.idle_end = Duration::from_millis(60);
    mailbox.deadlines.opening = Duration::from_secs(1);
    mailbox
}

/// Opens a mailbox at a server that says just these bytes, and tries all it can.
async fn visit(bytes: Vec<u8>) {
    let server = Scripted::play(move |mut talk| {
        let bytes = bytes.clone();
        async move {
            talk.say_bytes(&bytes).await;
            talk.cut().await;
        }
    })
    .await;
    let Ok(mut connection) = Connection::open(&hasty(server.port)).await else { return };
    let _ = connection.list().await;
    let _ = connection.select("INBOX").await;
    let _ = connection.uid_fetch("1:*", "(UID FLAGS)", |_| {}).await;
    let _ = connection.idle(Duration::from_millis(50), |_| Ok(ControlFlow::Continue(()))).await;
    let _ = connection.append("Drafts", "", b"x").await;
    connection.logout().await;
}

fn ends(bytes: Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(8), visit(bytes)).await.expect("every call ends") });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn random_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        ends([b"* OK [CAPABILITY IMAP4rev1]\r\nT1 OK [CAPABILITY IMAP4rev1]\r\n".as_slice(), &bytes].concat());
    }

    #[test]
    fn imap_like_bytes_end(words in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..60)) {
        ends(["* OK [CAPABILITY IMAP4rev1 IDLE]\r\nT1 OK [CAPABILITY IMAP4rev1 IDLE]\r\n", &words.concat()].concat().into_bytes());
    }

    #[test]
    fn mutated_transcripts_end(which in 0..TRANSCRIPTS.len(), changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0..3_u8), 0..6)) {
        let mut bytes = TRANSCRIPTS[which].as_bytes().to_vec();
        for (place, byte, kind) in changes {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at.max(1)),
            }
        }
        ends(bytes);
    }
}

const WORDS: [&str; 36] = [
    "* ",
    "+ ",
    "T2 ",
    "OK ",
    "NO ",
    "BYE ",
    "FETCH ",
    "LIST ",
    "STATUS ",
    "SEARCH ",
    "ID ",
    "VANISHED ",
    "CAPABILITY ",
    "1 ",
    "4294967296 ",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "\\",
    "{3}\r\n",
    "{99}\r\n",
    "~{1}\r\n",
    "NIL ",
    "UID 1 ",
    "FLAGS ",
    "INTERNALDATE ",
    "BODY[] ",
    "BODY ",
    "é",
    "\0",
    "<0>",
    ",",
    ":",
    "\r\n",
];

#[tokio::test]
async fn what_makes_the_parser_below_panic_does_not_reach_it() {
    // Each of these ended the process or the task in imap-proto 0.17.
    let deep = format!("* 1 FETCH (UID 1 BODY {}NIL{})\r\n", "(".repeat(200_000), ")".repeat(200_000));
    for line in ["* 1 FETCH (UID 1 INTERNALDATE NIL)\r\n", "* OK [ALERT]échéance\r\n", "* NO [UIDNEXT 4]é\r\n", &deep] {
        let line = line.to_owned();
        let (_server, mut connection) = meet("IMAP4rev1", move |mut talk| {
            let line = line.clone();
            async move { talk.answer("NOOP", &line).await }
        })
        .await;
        noop(&mut connection, |_| Ok(())).await.expect("it can be read");
    }
}

#[tokio::test]
async fn a_line_without_end_is_left_before_it_fills_the_memory() {
    let (_server, mut connection) = meet("IMAP4rev1", |mut talk| async move {
        talk.line().await;
        talk.say("* OK ").await;
        for _ in 0..100 {
            talk.say(&"x".repeat(64 * 1024)).await;
        }
        talk.stall().await;
    })
    .await;
    let ended = noop(&mut connection, |_| Ok(())).await;
    assert!(matches!(ended, Err(tradepost::mailbox::imap::ImapError::Unreadable { .. })), "{ended:?}");
}

/// A server with one small mail, whose bytes come one by one, each well before anybody would take the server for silent.
async fn drip(mut talk: Talk) {
    const CAPABILITIES: &str = "IMAP4rev1";
    talk.welcome(CAPABILITIES).await;
    while let Some(line) = talk.line().await {
        let (tag, command) = line.split_once(' ').expect("a command");
        let untagged = match command {
            _ if command.starts_with("EXAMINE") => "* 1 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 2]\r\n",
            _ if command.contains("BODY.PEEK[") => "* 1 FETCH (UID 1 BODY[] {20000}\r\n",
            _ if command.starts_with("UID FETCH") => {
                "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"16-Nov-2026 08:00:00 +0000\" RFC822.SIZE 20000)\r\n"
            }
            _ => "",
        };
        talk.say(untagged).await;
        if command.contains("BODY.PEEK[") {
            for _ in 0..20_000 {
                talk.say("x").await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        talk.say(&format!("{tag} OK done\r\n")).await;
    }
}

#[tokio::test]
async fn a_server_that_drips_holds_a_mailbox_no_longer_than_a_slow_line_would() {
    let server = Scripted::play(drip).await;
    let patient = Deadlines { command: Duration::from_secs(600), ..mailbox(1).deadlines };
    let door = Mailbox::Imap(Arc::new(ImapMailbox { deadlines: patient, ..mailbox(server.port) }));
    let mut visit = door.enter().await.expect("the server welcomes us");
    let look = visit.look("INBOX", &Places::no_uids(0), None).await.expect("a mail");
    assert_eq!(look.newcomers.len(), 1);
    let fetched = tokio::time::timeout(Duration::from_secs(60), visit.fetch("INBOX", &look.newcomers)).await;
    let fetched = fetched.expect("it ends long before the last byte");
    assert!(matches!(fetched, Err(MailboxError::Imap(ImapError::Silent { command: "FETCH", .. }))), "{fetched:?}");
}
