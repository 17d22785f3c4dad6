//! IDLE always comes back.

use super::{PLAIN, assert_over, meet, noop, note};
use imap_proto::{MailboxDatum, Response};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use tradepost::mailbox::imap::{Connection, ImapError};

const LONG: Duration = Duration::from_secs(8);

/// Idles until mail arrives.
async fn wait_for_mail(connection: &mut Connection, longest: Duration) -> (Vec<u32>, Result<(), ImapError>) {
    let mut counts = Vec::new();
    let ended = connection
        .idle(longest, |response| {
            let Response::MailboxData(MailboxDatum::Exists(count)) = response else { return Ok(ControlFlow::Continue(())) };
            counts.push(*count);
            Ok(ControlFlow::Break(()))
        })
        .await;
    (counts, ended)
}

#[tokio::test]
async fn news_ends_it_and_the_connection_goes_on() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        let tag = talk.expect("IDLE").await;
        talk.say("+ idling\r\n* OK Still here\r\n* 4 EXISTS\r\n").await;
        talk.expect_line("DONE").await;
        talk.say(&format!("* 5 EXISTS\r\n{tag} OK\r\n")).await;
        talk.answer("NOOP", "").await;
    })
    .await;
    let (counts, ended) = wait_for_mail(&mut connection, LONG).await;
    ended.expect("IDLE ended in order");
    assert_eq!(counts, [4, 5], "what comes on the way out is heard too");
    noop(&mut connection, |_| Ok(())).await.expect("the connection is sound");
}

#[tokio::test]
async fn news_before_the_continuation_is_news() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        let tag = talk.expect("IDLE").await;
        talk.say("* 4 EXISTS\r\n+ idling\r\n").await;
        talk.expect_line("DONE").await;
        talk.say(&format!("{tag} OK\r\n")).await;
    })
    .await;
    let (counts, ended) = wait_for_mail(&mut connection, LONG).await;
    ended.expect("IDLE ended in order");
    assert_eq!(counts, [4]);
}

#[tokio::test]
async fn a_server_that_only_says_still_here_is_left_in_time() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        let tag = talk.expect("IDLE").await;
        talk.say("+ idling\r\n").await;
        for _ in 0..20 {
            talk.say("* OK Still here\r\n").await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        talk.expect_line("DONE").await;
        talk.say(&format!("{tag} OK\r\n")).await;
    })
    .await;
    let begun = Instant::now();
    let (counts, ended) = wait_for_mail(&mut connection, Duration::from_millis(200)).await;
    ended.expect("IDLE ended in order");
    assert!(counts.is_empty() && begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_refused_idle_is_a_no() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        let tag = talk.expect("IDLE").await;
        talk.say(&format!("{tag} NO not now\r\n")).await;
        talk.answer("NOOP", "").await;
    })
    .await;
    let (_, ended) = wait_for_mail(&mut connection, LONG).await;
    assert!(matches!(ended, Err(ImapError::No { command: "IDLE", .. })), "{ended:?}");
    noop(&mut connection, |_| Ok(())).await.expect("the connection is sound");
}

#[tokio::test]
async fn a_closed_connection_is_lost_and_not_the_end_of_waiting() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.expect("IDLE").await;
        talk.say("+ idling\r\n").await;
        talk.cut().await;
    })
    .await;
    let (_, ended) = wait_for_mail(&mut connection, LONG).await;
    assert!(matches!(ended, Err(ImapError::Lost { command: "IDLE" })), "{ended:?}");
    assert_over(&mut connection).await;
}

#[tokio::test]
async fn a_bye_is_a_bye() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.expect("IDLE").await;
        talk.say("+ idling\r\n* BYE idle for too long\r\n").await;
        talk.stall().await;
    })
    .await;
    let (_, ended) = wait_for_mail(&mut connection, LONG).await;
    assert!(matches!(ended, Err(ImapError::Bye { .. })), "{ended:?}");
}

#[tokio::test]
async fn a_server_that_ends_it_by_itself_is_not_waited_for() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        let tag = talk.expect("IDLE").await;
        talk.say(&format!("+ idling\r\n{tag} OK enough\r\n")).await;
        talk.answer("NOOP", "").await;
    })
    .await;
    let begun = Instant::now();
    wait_for_mail(&mut connection, LONG).await.1.expect("the server ended it in order");
    assert!(begun.elapsed() < Duration::from_secs(2));
    noop(&mut connection, |_| Ok(())).await.expect("the connection is sound");
}

#[tokio::test]
async fn a_server_that_never_begins_or_never_ends_is_left() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.expect("IDLE").await;
        loop {
            talk.say("* OK one moment\r\n").await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let (_, ended) = wait_for_mail(&mut connection, LONG).await;
    assert!(matches!(ended, Err(ImapError::Silent { command: "IDLE", .. })), "{ended:?}");

    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        talk.expect("IDLE").await;
        talk.say("+ idling\r\n* 1 EXISTS\r\n").await;
        loop {
            talk.say("* OK Still here\r\n").await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let (_, ended) = wait_for_mail(&mut connection, LONG).await;
    assert!(matches!(ended, Err(ImapError::Silent { command: "IDLE", .. })), "{ended:?}");
}

#[tokio::test]
async fn it_may_be_dropped_at_any_time_and_nothing_is_lost() {
    let (_server, mut connection) = meet(PLAIN, |mut talk| async move {
        let tag = talk.expect("IDLE").await;
        talk.say("+ idling\r\n").await;
        talk.say("* 3 EXI").await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        talk.say("STS\r\n").await;
        talk.expect_line("DONE").await;
        talk.say(&format!("{tag} OK\r\n")).await;
        talk.answer("NOOP", "").await;
    })
    .await;
    let dropped = tokio::time::timeout(Duration::from_millis(80), wait_for_mail(&mut connection, LONG)).await;
    assert!(dropped.is_err());
    let mut heard = Vec::new();
    noop(&mut connection, note(&mut heard)).await.expect("IDLE is left first");
    assert_eq!(heard, ["MailboxData(Exists(3))"]);
}
