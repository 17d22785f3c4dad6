//! A definite no: what is told of it, and what becomes of the connection.

use super::*;
use tradepost::mailbox::smtp::Cause;

/// The three replies of a refused mail, as a server that takes all at once and one that does not would give them; then a mail that is
/// taken on the same connection.
async fn refused_then_taken(offers: &'static str, replies: &'static [&'static str]) -> (Refusal, Vec<String>) {
    let (server, mut submission) = meet(offers, move |mut talk| async move {
        let commands = ["MAIL", "RCPT", "DATA"];
        if offers.contains("PIPELINING") {
            for command in commands {
                talk.hear(command).await;
            }
            talk.say(&format!("{}\r\n", replies.join("\r\n"))).await;
        } else {
            for (command, reply) in commands.iter().zip(replies) {
                talk.reply(command, reply).await;
            }
        }
        talk.reply("RSET", "250 2.0.0 forgotten").await;
        talk.take().await;
        talk.stall().await;
    })
    .await;
    let refused = refusal(submission.prepare(&Letter::to("bob@acme.example").outgoing()).await);
    assert!(!submission.is_over(), "{refused:?}");
    let early = submission.prepare(&Letter::to("carol@acme.example").outgoing()).await;
    assert!(matches!(early, Err(SmtpError::OutOfTurn(_))), "a reset comes first: {early:?}");
    submission.reset().await.expect("the server forgets it");
    send(&mut submission, &Letter::to("carol@acme.example")).await.expect("the server takes it");
    (refused, server.heard())
}

#[tokio::test]
async fn a_refused_recipient_costs_no_new_connection() {
    let replies = &["250 ok", "550-5.1.1 <bob@acme.example>: Recipient address rejected:\r\n550 5.1.1 User unknown"];
    let (refused, heard) = refused_then_taken("", replies).await;
    assert_eq!((refused.phase, refused.cause, refused.reply.code), (Phase::Rcpt, Cause::NoSuchRecipient, 550));
    assert_eq!(refused.reply.status.map(|status| status.to_string()).as_deref(), Some("5.1.1"));
    assert_eq!(refused.reply.text, "<bob@acme.example>: Recipient address rejected: User unknown");
    assert!(refused.reply.is_permanent() && !refused.reply.is_temporary() && !refused.reply.is_closing());
    assert!(!heard[..heard.len() - 3].contains(&"DATA".to_owned()), "{heard:?}");
}

#[tokio::test]
async fn the_replies_of_a_pipeline_belong_to_their_commands() {
    for (replies, phase, code) in [
        (&["550 5.7.1 not from you", "503 5.5.1 MAIL first", "503 5.5.1 RCPT first"][..], Phase::Mail, 550),
        (&["452 4.3.1 no room", "250 ok", "554 5.5.1 no valid recipients"][..], Phase::Mail, 452),
        (&["250 ok", "450 4.2.0 later", "554 5.5.1 no valid recipients"][..], Phase::Rcpt, 450),
        (&["250 ok", "550 5.1.1 who?", "503 5.5.1 RCPT first"][..], Phase::Rcpt, 550),
        (&["250 ok", "250 ok", "451 4.3.0 not now"][..], Phase::Data, 451),
    ] {
        let (refused, _) = refused_then_taken("PIPELINING", replies).await;
        assert_eq!((refused.phase, refused.reply.code), (phase, code), "{replies:?}");
    }
}

#[tokio::test]
async fn a_server_that_takes_data_without_a_recipient_is_left_and_gets_no_dot() {
    for replies in
        ["250 ok\r\n550 5.1.1 who?\r\n354 go ahead\r\n", "550 no\r\n503 no\r\n354 go ahead\r\n", "550 no\r\n250 ok\r\n354 go ahead\r\n"]
    {
        let (_server, mut submission) = meet("PIPELINING", move |mut talk| async move {
            for command in ["MAIL", "RCPT", "DATA"] {
                talk.hear(command).await;
            }
            talk.say(replies).await;
            talk.gone().await;
        })
        .await;
        let refused = refusal(submission.prepare(&Letter::to("bob@acme.example").outgoing()).await);
        assert_eq!(refused.reply.code, 550, "the mail's own answer stays the first refusal");
        assert_over(&mut submission).await;
        submission.quit().await;
    }
}

#[tokio::test]
async fn a_refused_mail_does_not_wait_for_replies_that_never_come() {
    let (_server, mut submission) = meet_hastily("PIPELINING", |mut talk| async move {
        for command in ["MAIL", "RCPT", "DATA"] {
            talk.hear(command).await;
        }
        talk.say("250 ok\r\n550 5.1.1 who?\r\n").await;
        talk.stall().await;
    })
    .await;
    let refused = refusal(submission.prepare(&Letter::to("bob@acme.example").outgoing()).await);
    assert_eq!(refused.phase, Phase::Rcpt);
    assert_over(&mut submission).await;
}

#[tokio::test]
async fn a_recipient_may_be_taken_with_other_words_of_consent() {
    for reply in ["250 ok", "251 User not local; will forward", "252 Cannot VRFY user, but will take it"] {
        for offers in ["", "PIPELINING"] {
            let (_server, mut submission) = meet(offers, move |mut talk| async move {
                talk.hear("MAIL").await;
                talk.say("250 ok\r\n").await;
                talk.reply("RCPT", reply).await;
                talk.reply("DATA", "354 go ahead").await;
                talk.body().await;
                talk.say("250 taken\r\n").await;
                talk.stall().await;
            })
            .await;
            send(&mut submission, &Letter::to("bob@acme.example")).await.expect("the server takes it");
        }
    }
}

#[tokio::test]
async fn a_consent_that_belongs_to_another_command_is_none() {
    for (replies, phase) in [
        ("250 ok\r\n250 ok\r\n250 ok\r\n", Phase::Data),
        ("354 go ahead\r\n250 ok\r\n250 ok\r\n", Phase::Mail),
        ("250 ok\r\n354 go ahead\r\n250 ok\r\n", Phase::Rcpt),
        ("250 ok\r\n221 bye\r\n", Phase::Rcpt),
        ("251 forwarded\r\n250 ok\r\n354 go ahead\r\n", Phase::Mail),
    ] {
        let (_server, mut submission) = meet("PIPELINING", move |mut talk| async move {
            for command in ["MAIL", "RCPT", "DATA"] {
                talk.hear(command).await;
            }
            talk.say(replies).await;
            talk.gone().await;
        })
        .await;
        let ended = submission.prepare(&Letter::to("bob@acme.example").outgoing()).await;
        assert!(matches!(&ended, Err(SmtpError::Unexpected { phase: at, .. }) if *at == phase), "{replies}: {ended:?}");
        assert_over(&mut submission).await;
    }
}

#[tokio::test]
async fn a_refusal_after_the_dot_is_definite_and_the_connection_goes_on() {
    let (_server, mut submission) = meet("", |mut talk| async move {
        for reply in ["554 5.7.1 Message rejected as spam", "452 4.3.1 Insufficient system storage", "552 5.3.4 too large for us"] {
            talk.reply("MAIL", "250 ok").await;
            talk.reply("RCPT", "250 ok").await;
            talk.reply("DATA", "354 go ahead").await;
            talk.body().await;
            talk.say(&format!("{reply}\r\n")).await;
        }
        talk.take().await;
        talk.stall().await;
    })
    .await;
    let letter = Letter::to("bob@acme.example");
    for (code, cause) in [(554, Cause::Policy), (452, Cause::Other), (552, Cause::TooLarge)] {
        let refused = refusal(send(&mut submission, &letter).await);
        assert_eq!((refused.phase, refused.reply.code, refused.cause), (Phase::Dot, code, cause));
        submission.reset().await.expect("it is ready already");
    }
    send(&mut submission, &letter).await.expect("the server takes it");
}

#[tokio::test]
async fn a_server_that_closes_says_so_at_every_step_and_is_left() {
    const CLOSING: &str = "421 4.3.2 mail.test shutting down";
    for at in [Phase::Mail, Phase::Rcpt, Phase::Data, Phase::Dot] {
        for offers in ["", "PIPELINING"] {
            let (_server, mut submission) = meet(offers, move |mut talk| async move {
                for (phase, command, consent) in
                    [(Phase::Mail, "MAIL", "250 ok"), (Phase::Rcpt, "RCPT", "250 ok"), (Phase::Data, "DATA", "354 go ahead")]
                {
                    talk.reply(command, if phase == at { CLOSING } else { consent }).await;
                    if phase == at {
                        return talk.cut().await;
                    }
                }
                talk.body().await;
                talk.say(&format!("{CLOSING}\r\n")).await;
                talk.cut().await;
            })
            .await;
            let refused = refusal(send(&mut submission, &Letter::to("bob@acme.example")).await);
            assert_eq!((refused.phase, refused.cause), (at, Cause::Crowded), "{offers}");
            assert!(refused.reply.is_closing() && refused.reply.is_temporary());
            assert_over(&mut submission).await;
        }
    }
}

#[tokio::test]
async fn a_farewell_between_two_mails_is_heard_before_a_word_is_said() {
    let (server, mut submission) = meet("PIPELINING", |mut talk| async move {
        for command in ["MAIL", "RCPT", "DATA"] {
            talk.hear(command).await;
        }
        talk.say("250 ok\r\n250 ok\r\n354 go ahead\r\n").await;
        talk.body().await;
        talk.say("250 taken\r\n421 4.7.0 mail.test too many messages, closing connection\r\n").await;
        talk.cut().await;
    })
    .await;
    let letter = Letter::to("bob@acme.example");
    send(&mut submission, &letter).await.expect("the server takes it");
    let refused = refusal(submission.prepare(&letter.outgoing()).await);
    assert_eq!((refused.phase, refused.cause), (Phase::Mail, Cause::SenderLimit));
    assert_over(&mut submission).await;
    assert_eq!(server.heard().iter().filter(|line| line.starts_with("MAIL")).count(), 1);
}

#[tokio::test]
async fn a_reset_that_is_refused_ends_the_connection() {
    for reply in ["502 what?", "354 go ahead", "421 closing"] {
        let (_server, mut submission) = meet("", move |mut talk| async move {
            talk.reply("MAIL", "451 not now").await;
            talk.reply("RSET", reply).await;
            talk.gone().await;
        })
        .await;
        refusal(submission.prepare(&Letter::to("bob@acme.example").outgoing()).await);
        let reset = submission.reset().await.expect_err("it was refused");
        assert_eq!(reset.phase(), Some(Phase::Reset), "{reset:?}");
        assert_over(&mut submission).await;
    }
}

#[tokio::test]
async fn a_body_that_is_refused_before_its_end_is_refused_for_sure() {
    let (_server, mut submission) = meet("", |mut talk| async move {
        talk.reply("MAIL", "250 ok").await;
        talk.reply("RCPT", "250 ok").await;
        talk.reply("DATA", "354 go ahead").await;
        talk.bytes(MAIL.len() - 2).await;
        talk.say("552 5.3.4 Message size exceeds fixed limit\r\n").await;
        talk.gone().await;
    })
    .await;
    submission.prepare(&Letter::to("bob@acme.example").outgoing()).await.expect("the server listens");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let refused = refusal(submission.finish().await);
    assert_eq!((refused.phase, refused.cause), (Phase::Body, Cause::TooLarge));
    assert_over(&mut submission).await;
}
