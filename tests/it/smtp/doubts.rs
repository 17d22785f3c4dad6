//! Silence, cuts and calls that were dropped: what is certain stays certain, and what is not is said to be so.

use super::*;

/// How a server leaves us.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Leaving {
    Silent,
    Cut,
}

impl Leaving {
    async fn play(self, talk: Talk) {
        match self {
            Self::Silent => talk.stall().await,
            Self::Cut => talk.cut().await,
        }
    }

    fn is(self, error: &SmtpError, at: Phase) -> bool {
        match (self, error) {
            (Self::Silent, SmtpError::Silent { phase, .. }) | (Self::Cut, SmtpError::Lost { phase }) => *phase == at,
            _ => false,
        }
    }
}

#[tokio::test]
async fn a_server_that_leaves_before_the_dot_does_not_have_the_mail() {
    for leaving in [Leaving::Silent, Leaving::Cut] {
        for at in [Phase::Mail, Phase::Rcpt, Phase::Data] {
            for offers in ["", "PIPELINING"] {
                let (_server, mut submission) = meet_hastily(offers, move |mut talk| async move {
                    for (phase, command, consent) in
                        [(Phase::Mail, "MAIL", "250 ok"), (Phase::Rcpt, "RCPT", "250 ok"), (Phase::Data, "DATA", "354 go ahead")]
                    {
                        talk.hear(command).await;
                        if phase == at {
                            return leaving.play(talk).await;
                        }
                        talk.say(&format!("{consent}\r\n")).await;
                    }
                })
                .await;
                let ended = send(&mut submission, &Letter::to("bob@acme.example")).await.expect_err("the server left");
                assert!(leaving.is(&ended, at), "{leaving:?} {at} {offers}: {ended:?}");
                assert_over(&mut submission).await;
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_is_gone_when_the_dot_is_due_does_not_have_the_mail() {
    let (_server, mut submission) = meet("", |mut talk| async move {
        talk.reply("MAIL", "250 ok").await;
        talk.reply("RCPT", "250 ok").await;
        talk.reply("DATA", "354 go ahead").await;
        talk.bytes(MAIL.len() - 2).await;
        talk.cut().await;
    })
    .await;
    submission.prepare(&Letter::to("bob@acme.example").outgoing()).await.expect("the server listens");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let ended = submission.finish().await.expect_err("the server is gone");
    assert!(matches!(ended, SmtpError::Lost { phase: Phase::Body }), "{ended:?}");
    assert_over(&mut submission).await;
}

#[tokio::test]
async fn a_server_that_stops_reading_is_left_before_the_dot() {
    let (_server, mut submission) = meet_hastily("", |mut talk| async move {
        talk.reply("MAIL", "250 ok").await;
        talk.reply("RCPT", "250 ok").await;
        talk.reply("DATA", "354 go ahead").await;
        tokio::time::sleep(Duration::from_secs(3)).await;
    })
    .await;
    let large = Letter::of(&b"0123456789\r\n".repeat(3_000_000));
    let ended = submission.prepare(&large.outgoing()).await.expect_err("the server is full");
    assert!(matches!(ended, SmtpError::Silent { phase: Phase::Body, .. }), "{ended:?}");
    assert_over(&mut submission).await;
}

#[tokio::test]
async fn after_the_dot_nothing_but_a_definite_answer_is_clear() {
    for (reply, is_cut) in [
        ("", false),
        ("", true),
        ("250 taken", true),
        ("250-taken\r\n", true),
        ("250 taken\rand more\r", true),
        ("251 forwarded\r\n", false),
        ("252 perhaps\r\n", false),
        ("200 ok\r\n", false),
        ("354 go ahead\r\n", false),
        ("221 bye\r\n", false),
        ("ok\r\n", false),
        ("+OK taken\r\n", false),
        ("250-taken\r\n550 or not\r\n", false),
        ("\0\0\0\r\n", false),
    ] {
        let (_server, mut submission) = meet_hastily("PIPELINING", move |mut talk| async move {
            for command in ["MAIL", "RCPT", "DATA"] {
                talk.hear(command).await;
            }
            talk.say("250 ok\r\n250 ok\r\n354 go ahead\r\n").await;
            talk.body().await;
            talk.say(reply).await;
            if is_cut { talk.cut().await } else { talk.stall().await }
        })
        .await;
        let why = unclear(send(&mut submission, &Letter::to("bob@acme.example")).await);
        assert_eq!(why.phase(), Some(Phase::Dot), "{reply:?}: {why:?}");
        assert!(why.reply().is_none(), "what does not fit is no definite answer: {why:?}");
        assert_over(&mut submission).await;
        assert!(matches!(submission.finish().await, Err(SmtpError::Over)), "it was said once");
    }
}

#[tokio::test]
async fn a_reply_that_came_before_the_dot_is_not_taken_for_the_answer_to_it() {
    for early in ["250 taken", "554 5.7.1 no"] {
        let (_server, mut submission) = meet("", move |mut talk| async move {
            talk.reply("MAIL", "250 ok").await;
            talk.reply("RCPT", "250 ok").await;
            talk.reply("DATA", &format!("354 go ahead\r\n{early}")).await;
            talk.bytes(MAIL.len() - 2).await;
            talk.gone().await;
        })
        .await;
        submission.prepare(&Letter::to("bob@acme.example").outgoing()).await.expect("the server listens");
        let ended = submission.finish().await.expect_err("nobody asked for that");
        match early {
            "250 taken" => assert!(matches!(ended, SmtpError::Unexpected { phase: Phase::Body, .. }), "{ended:?}"),
            _ => assert!(matches!(&ended, SmtpError::Refused(refusal) if refusal.phase == Phase::Body), "{ended:?}"),
        }
        assert_over(&mut submission).await;
    }
}

#[tokio::test]
async fn a_reply_too_many_is_not_taken_for_the_answer_to_the_next_mail() {
    let (server, mut submission) = meet("PIPELINING", |mut talk| async move {
        for command in ["MAIL", "RCPT", "DATA"] {
            talk.hear(command).await;
        }
        talk.say("250 ok\r\n250 ok\r\n354 go ahead\r\n").await;
        talk.body().await;
        talk.say("250 taken\r\n250 taken\r\n").await;
        talk.gone().await;
    })
    .await;
    let letter = Letter::to("bob@acme.example");
    send(&mut submission, &letter).await.expect("the server takes it");
    let ended = submission.prepare(&letter.outgoing()).await;
    assert!(matches!(ended, Err(SmtpError::Unexpected { phase: Phase::Mail, .. })), "{ended:?}");
    assert_over(&mut submission).await;
    assert_eq!(server.heard().iter().filter(|line| line.starts_with("MAIL")).count(), 1);
}

#[tokio::test]
async fn a_call_dropped_half_way_ends_the_connection() {
    // Each script is slow at one step, and the client loses patience there.
    const IMPATIENT: Duration = Duration::from_millis(100);
    for slow in [Phase::Mail, Phase::Data] {
        let (_server, mut submission) = meet("PIPELINING", move |mut talk| async move {
            for command in ["MAIL", "RCPT", "DATA"] {
                talk.hear(command).await;
            }
            if slow == Phase::Data {
                talk.say("250 ok\r\n250 ok\r\n").await;
            }
            tokio::time::sleep(3 * IMPATIENT).await;
            talk.say("250 ok\r\n250 ok\r\n354 go ahead\r\n").await;
            talk.stall().await;
        })
        .await;
        let letter = Letter::to("bob@acme.example");
        let late = tokio::time::timeout(IMPATIENT, submission.prepare(&letter.outgoing())).await;
        assert!(late.is_err(), "{late:?}");
        tokio::time::sleep(4 * IMPATIENT).await;
        assert!(matches!(submission.finish().await, Err(SmtpError::Over)), "no dot was written");
        assert_over(&mut submission).await;
        submission.quit().await;
    }
}

#[tokio::test]
async fn a_dropped_wait_for_the_answer_to_the_dot_stays_unclear() {
    let (server, mut submission) = meet("", |mut talk| async move {
        talk.reply("MAIL", "250 ok").await;
        talk.reply("RCPT", "250 ok").await;
        talk.reply("DATA", "354 go ahead").await;
        talk.body().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        talk.say("250 taken after all\r\n").await;
        talk.stall().await;
    })
    .await;
    let letter = Letter::to("bob@acme.example");
    submission.prepare(&letter.outgoing()).await.expect("the server listens");
    assert!(tokio::time::timeout(Duration::from_millis(100), submission.finish()).await.is_err());
    tokio::time::sleep(Duration::from_millis(400)).await;
    for _ in 0..2 {
        assert!(matches!(unclear(submission.finish().await), SmtpError::Over));
    }
    assert_over(&mut submission).await;
    assert_eq!(server.heard().iter().filter(|line| line.starts_with("MAIL")).count(), 1);
}

#[tokio::test]
async fn a_server_that_drips_is_as_late_as_one_that_is_silent() {
    let (_server, mut submission) = meet_hastily("", |mut talk| async move {
        talk.hear("MAIL").await;
        for byte in "250-word by word\r\n".repeat(50).bytes() {
            if !talk.try_say_bytes(&[byte]).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let ended = submission.prepare(&Letter::to("bob@acme.example").outgoing()).await;
    assert!(matches!(ended, Err(SmtpError::Silent { phase: Phase::Mail, .. })), "{ended:?}");
}

#[tokio::test]
async fn a_goodbye_waits_for_nobody_long() {
    let (_server, submission) = meet("", |mut talk| async move {
        talk.hear("QUIT").await;
        talk.stall().await;
    })
    .await;
    tokio::time::timeout(Duration::from_secs(5), submission.quit()).await.expect("it ends by itself");
}
