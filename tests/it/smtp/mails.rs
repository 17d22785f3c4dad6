//! Mails that are taken, and what the server is told of them.

use super::*;
use std::sync::Mutex;
use tradepost::mailbox::smtp::Offers;

/// Sends these bytes to a server without any extension; what came over the wire.
async fn over_the_wire(mail: &[u8]) -> Vec<u8> {
    let came = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&came);
    let (_server, mut submission) = meet("", move |mut talk| {
        let keep = Arc::clone(&keep);
        async move {
            let body = talk.take().await;
            *keep.lock().expect("nobody stopped holding it") = body;
            talk.reply("QUIT", "221 bye").await;
        }
    })
    .await;
    send(&mut submission, &Letter::of(mail)).await.expect("the server takes it");
    submission.quit().await;
    let came = came.lock().expect("nobody stopped holding it");
    came.clone()
}

#[tokio::test]
async fn a_server_without_extensions_is_told_the_least_one_command_at_a_time() {
    let (server, mut submission) = meet("", |mut talk| async move {
        for command in ["MAIL FROM:<sales@bright.example>", "RCPT TO:<bob@acme.example>"] {
            assert_eq!(talk.hear(command).await, command);
            talk.silence().await;
            talk.say("250 ok\r\n").await;
        }
        assert_eq!(talk.hear("DATA").await, "DATA");
        talk.silence().await;
        talk.say("354 go ahead\r\n").await;
        assert_eq!(talk.body().await, [MAIL, b".\r\n"].concat());
        talk.say("250 2.0.0 Ok: queued as 4F2A\r\n").await;
        talk.reply("QUIT", "221 bye").await;
        talk.gone().await;
    })
    .await;
    assert_eq!(*submission.offers(), Offers::default());
    let taken = send(&mut submission, &Letter::to("bob@acme.example")).await.expect("the server takes it");
    assert_eq!(taken, "250 2.0.0 Ok: queued as 4F2A");
    submission.quit().await;
    assert_eq!(server.heard().last().map(String::as_str), Some("QUIT"));
}

#[tokio::test]
async fn a_pipelining_server_gets_all_three_at_once_and_may_answer_in_one_packet() {
    let (_server, mut submission) = meet("PIPELINING", |mut talk| async move {
        for number in 0..3 {
            talk.hear("MAIL FROM:").await;
            talk.hear("RCPT TO:").await;
            talk.hear("DATA").await;
            if number == 1 {
                talk.say("250-2.1.0 sender\r\n250 2.1.0 ok\r\n250 2.1.5 recipient ok\r\n").await;
                tokio::time::sleep(Duration::from_millis(30)).await;
                talk.say("354 go").await;
                tokio::time::sleep(Duration::from_millis(30)).await;
                talk.say(" ahead\r\n").await;
            } else {
                talk.say("250 2.1.0 ok\r\n250 2.1.5 recipient ok\r\n354 go ahead\r\n").await;
            }
            talk.body().await;
            talk.say("250-2.0.0 taken\r\n250 2.0.0 with thanks\r\n").await;
        }
        talk.stall().await;
    })
    .await;
    for _ in 0..3 {
        let taken = send(&mut submission, &Letter::to("bob@acme.example")).await.expect("the server takes it");
        assert_eq!(taken, "250 2.0.0 taken with thanks");
        assert!(!submission.is_over());
    }
}

#[tokio::test]
async fn nothing_of_the_final_dot_is_said_before_it_is_time() {
    let (_server, mut submission) = meet("PIPELINING", |mut talk| async move {
        for command in ["MAIL", "RCPT", "DATA"] {
            talk.hear(command).await;
        }
        talk.say("250 ok\r\n250 ok\r\n354 go ahead\r\n").await;
        let without_dot = MAIL.len() - 2;
        assert_eq!(talk.bytes(without_dot).await, MAIL[..without_dot]);
        talk.silence().await;
        // The caller is told that it is prepared, tells its books, and goes on.
        assert_eq!(talk.bytes(5).await, b"\r\n.\r\n");
        talk.say("250 taken\r\n").await;
        talk.stall().await;
    })
    .await;
    submission.prepare(&Letter::to("bob@acme.example").outgoing()).await.expect("the server listens");
    tokio::time::sleep(Duration::from_millis(150)).await;
    submission.finish().await.expect("the server takes it");
}

#[tokio::test]
async fn dots_at_the_beginning_of_a_line_are_doubled_and_a_missing_line_end_is_added() {
    for (mail, wire) in [
        (&b"A: b\r\n\r\n.\r\n..\r\n.hidden\r\nx.\r\n"[..], &b"A: b\r\n\r\n..\r\n...\r\n..hidden\r\nx.\r\n.\r\n"[..]),
        (b"A: b\r\n\r\nno end", b"A: b\r\n\r\nno end\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b"\r\n", b"\r\n.\r\n"),
        (b"A: b\r\n\r\nempty lines\r\n\r\n\r\n", b"A: b\r\n\r\nempty lines\r\n\r\n\r\n.\r\n"),
    ] {
        assert_eq!(over_the_wire(mail).await, wire, "{}", String::from_utf8_lossy(mail));
    }
}

#[tokio::test]
async fn a_large_mail_goes_whole() {
    let mail = [&b"A: b\r\n\r\n"[..], &b".0123456789 0123456789\r\n".repeat(60_000)].concat();
    let wire = over_the_wire(&mail).await;
    let expected = [&b"A: b\r\n\r\n"[..], &b"..0123456789 0123456789\r\n".repeat(60_000), b".\r\n"].concat();
    assert!(wire == expected, "{} bytes came, {} were expected", wire.len(), expected.len());
}

#[tokio::test]
async fn reports_are_asked_for_where_they_are_offered() {
    for (offers, mail, rcpt) in [
        (
            "DSN|SIZE 1000000",
            "MAIL FROM:<sales@bright.example> SIZE=56 RET=HDRS ENVID=row-1",
            "RCPT TO:<bob+x=1@acme.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;bob+2Bx+3D1@acme.example",
        ),
        ("SIZE", "MAIL FROM:<sales@bright.example> SIZE=56", "RCPT TO:<bob+x=1@acme.example>"),
    ] {
        assert_eq!(MAIL.len(), 56);
        let (_server, mut submission) = meet(offers, move |mut talk| async move {
            assert_eq!(talk.hear("MAIL").await, mail);
            talk.say("250 ok\r\n").await;
            assert_eq!(talk.hear("RCPT").await, rcpt);
            talk.say("250 ok\r\n").await;
            talk.reply("DATA", "354 go ahead").await;
            talk.body().await;
            talk.say("250 taken\r\n").await;
            talk.stall().await;
        })
        .await;
        send(&mut submission, &Letter::to("bob+x=1@acme.example")).await.expect("the server takes it");
    }
}

#[tokio::test]
async fn a_domain_beyond_ascii_goes_to_every_server_and_a_name_beyond_it_only_where_it_is_offered() {
    let (server, mut submission) = meet("8BITMIME", |mut talk| async move {
        assert_eq!(talk.hear("MAIL").await, "MAIL FROM:<sales@bright.example>");
        talk.say("250 ok\r\n").await;
        assert_eq!(talk.hear("RCPT").await, "RCPT TO:<info@xn--mller-kva.example>");
        talk.say("250 ok\r\n").await;
        talk.reply("DATA", "354 go ahead").await;
        talk.body().await;
        talk.say("250 taken\r\n").await;
        talk.take().await;
        talk.stall().await;
    })
    .await;
    send(&mut submission, &Letter::to("info@müller.example")).await.expect("the server takes it");
    let refused = submission.prepare(&Letter::to("josé@acme.example").outgoing()).await;
    assert!(matches!(refused, Err(SmtpError::NeedsSmtpUtf8)), "{refused:?}");
    send(&mut submission, &Letter::to("bob@acme.example")).await.expect("nothing was said, so nothing is to be reset");
    assert!(server.heard().iter().all(|line| line.is_ascii()), "{:?}", server.heard());

    let (_server, mut submission) = meet("8BITMIME|SMTPUTF8|DSN", |mut talk| async move {
        assert_eq!(talk.hear("MAIL").await, "MAIL FROM:<sales@bright.example> SMTPUTF8 RET=HDRS ENVID=row-1");
        talk.say("250 ok\r\n").await;
        assert_eq!(talk.hear("RCPT").await, "RCPT TO:<josé@xn--mller-kva.example> NOTIFY=FAILURE,DELAY");
        talk.say("250 ok\r\n").await;
        talk.reply("DATA", "354 go ahead").await;
        talk.body().await;
        talk.say("250 taken\r\n").await;
        talk.stall().await;
    })
    .await;
    send(&mut submission, &Letter::to("josé@müller.example")).await.expect("the server takes it");
}

#[tokio::test]
async fn what_a_server_cannot_take_is_known_before_a_word_is_said() {
    let (server, mut submission) = meet("SIZE 100", |mut talk| async move {
        talk.take().await;
        talk.stall().await;
    })
    .await;
    let heard = server.heard();
    let large = Letter::of(&b"A: b\r\n".repeat(20));
    let (umlaut, bare) = (Letter::of("A: b\r\n\r\nGrüße\r\n".as_bytes()), Letter::of(b"A: b\r\n\r\nx\n.\nMAIL FROM:<x@y>\r\n"));
    let (long, nul) = (Letter::of(&[b'x'; 999]), Letter::of(b"A: \0\r\n"));
    let route = Letter::to("@relay.example:bob@acme.example");
    let mut failed = Vec::new();
    for letter in [&large, &umlaut, &bare, &long, &nul, &route] {
        failed.push(submission.prepare(&letter.outgoing()).await.expect_err("it cannot be taken").to_string());
    }
    assert_eq!(
        failed,
        [
            "the mail has 120 bytes, and the server takes 100",
            "the server does not take mail beyond ASCII (8BITMIME)",
            "the mail is malformed: line 3 ends with something else than CRLF, or has it inside",
            "the mail is malformed: line 1 is longer than 998 bytes",
            "the mail is malformed: line 1 holds a NUL byte",
            "the address of the recipient is none that a server can be told",
        ]
    );
    assert_eq!(server.heard(), heard);
    send(&mut submission, &Letter::to("bob@acme.example")).await.expect("the connection is as it was");
}

#[tokio::test]
async fn a_mail_that_must_cause_no_report_has_no_sender() {
    let (_server, mut submission) = meet("8BITMIME", |mut talk| async move {
        assert_eq!(talk.hear("MAIL").await, "MAIL FROM:<> BODY=8BITMIME");
        talk.say("250 ok\r\n").await;
        talk.reply("RCPT", "250 ok").await;
        talk.reply("DATA", "354 go ahead").await;
        assert_eq!(talk.body().await, "A: b\r\n\r\nGrüße\r\n.\r\n".as_bytes());
        talk.say("250 taken\r\n").await;
        talk.stall().await;
    })
    .await;
    let letter = Letter::of("A: b\r\n\r\nGrüße\r\n".as_bytes());
    submission.prepare(&Outgoing { from: None, ..letter.outgoing() }).await.expect("the server listens");
    submission.finish().await.expect("the server takes it");
}

#[tokio::test]
async fn every_step_has_its_turn() {
    let (_server, mut submission) = meet("PIPELINING", |mut talk| async move {
        talk.silence().await;
        for command in ["MAIL", "RCPT", "DATA"] {
            talk.hear(command).await;
        }
        talk.say("250 ok\r\n250 ok\r\n354 go ahead\r\n").await;
        talk.bytes(MAIL.len() - 2).await;
        talk.gone().await;
    })
    .await;
    assert!(matches!(submission.finish().await, Err(SmtpError::OutOfTurn(_))));
    submission.reset().await.expect("there is nothing to be reset");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let letter = Letter::to("bob@acme.example");
    submission.prepare(&letter.outgoing()).await.expect("the server listens");
    assert!(matches!(submission.prepare(&letter.outgoing()).await, Err(SmtpError::OutOfTurn(_))));
    assert!(!submission.is_over());
    // There is no way back from DATA: the connection dies, and with it the mail.
    assert!(matches!(submission.reset().await, Err(SmtpError::Over)));
    assert!(matches!(submission.finish().await, Err(SmtpError::Over)), "no dot was written");
    assert_over(&mut submission).await;
    submission.quit().await;
}
