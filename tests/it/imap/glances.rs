//! A look at a mailbox for somebody who waits: `mailbox add` and `check`.

use super::mailbox;
use crate::support::scripted::{Scripted, Talk};
use std::sync::Arc;
use tradepost::cli::mailbox::seen::{Seen, see};
use tradepost::mailbox::{Mailbox, MailboxError};

const FOLDERS: &str = "* LIST () \"/\" INBOX\r\n* LIST (\\Sent) \"/\" Sent\r\n* LIST () \"/\" Archive\r\n";

/// Half a million mails ever, of which the last two hundred thousand are there.
const LARGE: &str = "* 200000 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 500001] .\r\n";
const SMALL: &str = "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 3] .\r\n";

fn date(uid: u32, day: u32) -> String {
    format!("* 1 FETCH (UID {uid} INTERNALDATE \"{day}-Nov-2026 08:00:00 +0000\")\r\n")
}

async fn seen(server: &Scripted) -> Result<Seen, MailboxError> {
    see(&Mailbox::Imap(Arc::new(mailbox(server.port)))).await
}

fn day(moment: Option<tradepost::types::Moment>) -> Option<String> {
    moment.map(|moment| moment.timestamp().strftime("%Y-%m-%d").to_string())
}

#[tokio::test]
async fn a_large_mailbox_is_asked_for_its_counts_and_its_first_and_last_dates() {
    let server = Scripted::play(|mut talk: Talk| async move {
        talk.welcome("IMAP4rev1").await;
        talk.answer("LIST ", FOLDERS).await;
        talk.answer("EXAMINE \"INBOX\"", LARGE).await;
        talk.answer("UID FETCH 499937:500000 (UID INTERNALDATE)", &date(500_000, 24)).await;
        // Nothing lies at the lowest UIDs any more.
        loop {
            let line = talk.line().await.expect("it goes on");
            let (tag, command) = line.split_once(' ').expect("a tag");
            let set = command.strip_prefix("UID FETCH ").and_then(|rest| rest.split_once(' ')).expect("a FETCH").0;
            let (first, last) = set.split_once(':').expect("a span");
            let (first, last): (u32, u32) = (first.parse().expect("a UID"), last.parse().expect("a UID"));
            assert!(last - first < 16_384, "{set}");
            if last > 300_000 {
                talk.say(&format!("{}{}{tag} OK\r\n", date(300_001, 12), date(300_002, 11))).await;
                break;
            }
            talk.say(&format!("{tag} OK\r\n")).await;
        }
        for folder in ["EXAMINE \"Sent\"", "EXAMINE \"Archive\""] {
            talk.answer(folder, SMALL).await;
            talk.answer("UID FETCH 1:2", &date(2, 20)).await;
            talk.answer("UID FETCH 1:2", &date(1, 10)).await;
        }
        talk.answer("LOGOUT", "* BYE\r\n").await;
    })
    .await;
    let seen = seen(&server).await.expect("it is seen");
    assert_eq!((seen.mails, seen.inbox_mails, seen.sent_mails, seen.is_partial), (200_004, 200_000, Some(2), false));
    assert_eq!((day(seen.first), day(seen.last)), (Some("2026-11-10".into()), Some("2026-11-24".into())));
    assert!(server.heard().len() < 40, "{}", server.heard().len());
}

#[tokio::test]
async fn a_server_that_is_too_slow_for_some_of_it_is_seen_as_far_as_it_answers() {
    let server = Scripted::play(|mut talk: Talk| async move {
        talk.welcome("IMAP4rev1").await;
        talk.answer("LIST ", FOLDERS).await;
        talk.answer("EXAMINE \"INBOX\"", LARGE).await;
        talk.answer("UID FETCH 499937:500000", &date(500_000, 24)).await;
        talk.stall().await;
    })
    .await;
    let seen = seen(&server).await.expect("it lets us in, and that is what counts");
    assert_eq!((seen.inbox_mails, seen.sent_mails, seen.is_partial), (200_000, None, true));
    assert_eq!((day(seen.first), day(seen.last), seen.sent.as_deref()), (None, Some("2026-11-24".into()), Some("Sent")));
}

#[tokio::test]
async fn a_folder_that_is_refused_is_left_out_but_for_the_inbox() {
    for refused in ["Sent", "INBOX"] {
        let server = Scripted::play(move |mut talk: Talk| async move {
            talk.welcome("IMAP4rev1").await;
            talk.answer("LIST ", FOLDERS).await;
            while let Some(line) = talk.line().await {
                let (tag, command) = line.split_once(' ').expect("a tag");
                let said = match command {
                    _ if command.starts_with("EXAMINE") && command.contains(refused) => format!("{tag} NO not yours\r\n"),
                    _ if command.starts_with("EXAMINE") => format!("{SMALL}{tag} OK\r\n"),
                    _ => format!("{}{tag} OK\r\n", date(1, 10)),
                };
                talk.say(&said).await;
            }
        })
        .await;
        let seen = seen(&server).await;
        match refused {
            "INBOX" => assert!(seen.is_err_and(|error| !error.ends_visit())),
            _ => assert_eq!(seen.map(|seen| (seen.mails, seen.sent_mails, seen.is_partial)).expect("seen"), (4, None, true)),
        }
    }
}
