//! APPEND: exactly once, or known not to be known.

use super::{assert_over, meet, noop};
use crate::support::scripted::Talk;
use tradepost::mailbox::imap::ImapError;

const MAIL: &[u8] = b"Subject: Offer\r\n\r\nDear Ms. Okafor\r\n";

/// Takes the literal of an APPEND that begins so, after saying `before` and `+`.
async fn take(talk: &mut Talk, command: &str, before: &str) -> String {
    let tag = talk.expect(command).await;
    talk.say(&format!("{before}+ go on\r\n")).await;
    assert_eq!(talk.bytes(MAIL.len() + 2).await, [MAIL, b"\r\n"].concat());
    tag
}

#[tokio::test]
async fn a_mail_is_put_with_flags_and_its_uid_is_learnt() {
    let (_server, mut connection) = meet("IMAP4rev1 UIDPLUS", |mut talk| async move {
        let head = format!(r#"APPEND "Drafts" (\Draft) {{{}}}"#, MAIL.len());
        let tag = take(&mut talk, &head, "").await;
        talk.say(&format!("{tag} OK [APPENDUID 38505 3955] done\r\n")).await;
    })
    .await;
    let put = connection.append("Drafts", r"\Draft", MAIL).await;
    assert_eq!(put.expect("the server took it"), Some((38505, 3955)));
}

#[tokio::test]
async fn a_server_without_uidplus_takes_it_too() {
    let (_server, mut connection) = meet("IMAP4rev1", |mut talk| async move {
        let tag = take(&mut talk, "APPEND ", "").await;
        talk.say(&format!("{tag} OK\r\n")).await;
    })
    .await;
    assert_eq!(connection.append("Drafts", "", MAIL).await.expect("the server took it"), None);
}

#[tokio::test]
async fn mail_that_arrives_before_the_continuation_does_not_break_it() {
    let (_server, mut connection) = meet("IMAP4rev1 UIDPLUS", |mut talk| async move {
        let tag = take(&mut talk, "APPEND ", "* 6 EXISTS\r\n* 1 RECENT\r\n").await;
        talk.say(&format!("* 7 EXISTS\r\n{tag} OK [APPENDUID 1 2] done\r\n")).await;
        talk.answer("NOOP", "").await;
    })
    .await;
    assert_eq!(connection.append("Drafts", r"\Draft", MAIL).await.expect("the server took it"), Some((1, 2)));
    noop(&mut connection, |_| Ok(())).await.expect("nothing of the mail was taken for a command");
}

#[tokio::test]
async fn a_refusal_before_the_continuation_keeps_its_reason_and_nothing_was_sent() {
    let (server, mut connection) = meet("IMAP4rev1", |mut talk| async move {
        let tag = talk.expect("APPEND ").await;
        talk.say(&format!("{tag} NO [TRYCREATE] no such folder\r\n")).await;
        talk.answer("NOOP", "").await;
    })
    .await;
    let put = connection.append("Drafts", r"\Draft", MAIL).await;
    assert!(
        matches!(&put, Err(ImapError::No { code: Some(code), text, .. }) if code == "TRYCREATE" && text == "no such folder"),
        "{put:?}"
    );
    noop(&mut connection, |_| Ok(())).await.expect("the connection is sound");
    assert!(!server.heard().iter().any(|line| line.contains("Okafor")));
}

#[tokio::test]
async fn several_mails_go_in_one_command_and_each_gets_its_uid() {
    let (_server, mut connection) = meet("IMAP4rev1 UIDPLUS MULTIAPPEND", |mut talk| async move {
        for uids in ["38505 7:8", "38505 7,9", "38505 7", "38505 7:900000000"] {
            let tag = talk.expect(&format!(r#"APPEND "Drafts" (\Draft) {{{}}}"#, MAIL.len())).await;
            talk.say("+ go on\r\n").await;
            assert_eq!(talk.bytes(MAIL.len()).await, MAIL);
            assert_eq!(talk.line().await.expect("the next"), format!(r" (\Draft) {{{}}}", MAIL.len()));
            talk.say("+ go on\r\n").await;
            assert_eq!(talk.bytes(MAIL.len() + 2).await, [MAIL, b"\r\n"].concat());
            talk.say(&format!("{tag} OK [APPENDUID {uids}] done\r\n")).await;
        }
    })
    .await;
    let wanted = [Some((38505, vec![7, 8])), Some((38505, vec![7, 9])), None, None];
    for wanted in wanted {
        assert_eq!(connection.append_all("Drafts", r"\Draft", &[MAIL, MAIL]).await.expect("the server took them"), wanted);
    }
}

#[tokio::test]
async fn of_several_mails_none_lies_there_when_one_is_refused_and_after_a_cut_nobody_knows() {
    let (_server, mut connection) = meet("IMAP4rev1 UIDPLUS MULTIAPPEND", |mut talk| async move {
        let tag = talk.expect("APPEND ").await;
        talk.say("+ go on\r\n").await;
        talk.bytes(MAIL.len()).await;
        talk.line().await.expect("the next");
        talk.say(&format!("{tag} NO [TOOBIG] that one is too long\r\n")).await;
        talk.answer("NOOP", "").await;
        talk.expect("APPEND ").await;
        talk.say("+ go on\r\n").await;
        talk.bytes(MAIL.len()).await;
    })
    .await;
    let put = connection.append_all("Drafts", "", &[MAIL, MAIL]).await;
    assert!(matches!(&put, Err(ImapError::No { code: Some(code), .. }) if code == "TOOBIG"), "{put:?}");
    noop(&mut connection, |_| Ok(())).await.expect("the connection is sound");
    let put = connection.append_all("Drafts", "", &[MAIL, MAIL]).await;
    assert!(matches!(&put, Err(ImapError::Unclear(_))), "{put:?}");
}

#[tokio::test]
async fn with_literal_plus_the_mail_follows_at_once() {
    let (_server, mut connection) = meet("IMAP4rev1 LITERAL+ UIDPLUS", |mut talk| async move {
        let tag = talk.expect(&format!(r#"APPEND "Drafts" () {{{}+}}"#, MAIL.len())).await;
        assert_eq!(talk.bytes(MAIL.len() + 2).await, [MAIL, b"\r\n"].concat());
        talk.say(&format!("{tag} NO [OVERQUOTA] full\r\n")).await;
    })
    .await;
    let put = connection.append("Drafts", "", MAIL).await;
    assert!(matches!(&put, Err(ImapError::No { code: Some(code), .. }) if code == "OVERQUOTA"), "{put:?}");
}

#[tokio::test]
async fn literal_minus_is_for_small_mail_only() {
    let (_server, mut connection) = meet("IMAP4rev1 LITERAL-", |mut talk| async move {
        let tag = talk.expect(r#"APPEND "Drafts" () {4097}"#).await;
        talk.say(&format!("{tag} NO too large\r\n")).await;
        let tag = talk.expect(r#"APPEND "Drafts" () {4096+}"#).await;
        talk.bytes(4098).await;
        talk.say(&format!("{tag} OK\r\n")).await;
    })
    .await;
    let put = connection.append("Drafts", "", &[b'x'; 4097]).await;
    assert!(matches!(put, Err(ImapError::No { .. })), "{put:?}");
    connection.append("Drafts", "", &[b'x'; 4096]).await.expect("the server took it");
}

#[tokio::test]
async fn a_cut_after_the_first_byte_leaves_it_unclear_and_a_cut_before_does_not() {
    let (_server, mut connection) = meet("IMAP4rev1", |mut talk| async move {
        take(&mut talk, "APPEND ", "").await;
        talk.cut().await;
    })
    .await;
    let put = connection.append("Drafts", "", MAIL).await;
    assert!(matches!(&put, Err(ImapError::Unclear(why)) if matches!(**why, ImapError::Lost { .. })), "{put:?}");
    assert_over(&mut connection).await;

    let (_server, mut connection) = meet("IMAP4rev1", |mut talk| async move {
        talk.expect("APPEND ").await;
        talk.cut().await;
    })
    .await;
    let put = connection.append("Drafts", "", MAIL).await;
    assert!(matches!(put, Err(ImapError::Lost { command: "APPEND" })), "{put:?}");
}

#[tokio::test]
async fn silence_after_the_mail_leaves_it_unclear() {
    let (_server, mut connection) = meet("IMAP4rev1 LITERAL+", |mut talk| async move {
        talk.expect("APPEND ").await;
        talk.stall().await;
    })
    .await;
    let put = connection.append("Drafts", "", MAIL).await;
    assert!(matches!(&put, Err(ImapError::Unclear(why)) if matches!(**why, ImapError::Silent { .. })), "{put:?}");
}

#[tokio::test]
async fn flags_cannot_smuggle_a_second_command() {
    let (server, mut connection) = meet("IMAP4rev1", |talk| talk.stall()).await;
    let put = connection.append("Drafts", "\\Draft) {0}\r\nT9 DELETE INBOX\r\n(", MAIL).await;
    assert!(matches!(put, Err(ImapError::Bad { command: "APPEND", .. })), "{put:?}");
    assert_eq!(server.heard().len(), 1, "nothing was sent: {:?}", server.heard());
}
