//! Mail handed to a real server.

use super::*;
use crate::support::mailserver::{PASSWORD, User, server};
use std::time::Instant;
use tradepost::config::SecretText;
use tradepost::mailbox::Credential;
use tradepost::mailbox::smtp::Cause;

/// Postfix as this user comes to it.
fn at(user: &User<'_>, password: &str) -> SmtpAccount {
    let credential = Credential::Password { user: user.address.clone(), password: SecretText::new(password.into()) };
    let mut account = with_login(user.submission(), &Purse::new([credential]));
    account.server.security = Security::StartTls;
    account.server.host = "localhost".into();
    account.server.ca_file = Some(user.certificate());
    account.deadlines = SmtpDeadlines::default();
    account
}

/// The mails in this inbox, when there are as many.
async fn inbox(user: &User<'_>, count: usize) -> Vec<Vec<u8>> {
    let began = Instant::now();
    loop {
        let mails: Vec<Vec<u8>> = user.client().mails("INBOX").into_iter().map(|mail| mail.bytes).collect();
        if mails.len() >= count {
            return mails;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{} of {count} mails came", mails.len());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Every field above the mail is one that servers add on its way.
fn assert_only_traces(above: &[u8]) {
    let above = String::from_utf8_lossy(above);
    for line in above.lines().filter(|line| !line.starts_with([' ', '\t'])) {
        let name = line.split(':').next().unwrap_or_default();
        assert!(["Return-Path", "Delivered-To", "Received", "X-Original-To"].contains(&name), "{line}");
    }
}

#[tokio::test]
async fn a_mail_arrives_byte_for_byte_below_what_servers_add() {
    let (li, bob) = (server().user(), server().user());
    let awkward = format!(
        "From: Li Wei <{}>\r\nTo: {}\r\nSubject: =?utf-8?B?5oql5Lu3?=\r\nDate: Mon, 16 Nov 2026 08:00:00 +0100\r\n\
         Message-ID: <awkward@bright.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n.\r\n..\r\n.hidden\r\nFrom here on\r\nGrüße, 报价\r\n{}\r\n \t\r\nend.\r\n\r\n\r\n",
        li.address,
        bob.address,
        "x".repeat(998)
    );
    let plain = format!("From: {}\r\nTo: {}\r\nMessage-ID: <plain@bright.example>\r\n", li.address, bob.address);
    let plain =
        format!("{plain}Date: Mon, 16 Nov 2026 08:00:00 +0100\r\nSubject: Offer\r\n\r\n{}", "A line of a long mail.\r\n".repeat(20_000));

    let mut submission = Submission::open(&at(&li, PASSWORD)).await.expect("Postfix welcomes us");
    let offers = submission.offers();
    assert!(offers.pipelining && offers.dsn && offers.eight_bit_mime && offers.size_max == Some(104_857_600), "{offers:?}");
    for mail in [&awkward, &plain] {
        let letter = Letter { from: address(&li.address), to: address(&bob.address), bytes: mail.clone().into_bytes() };
        let taken = send(&mut submission, &letter).await.expect("Postfix takes it");
        assert!(taken.starts_with("250 2.0.0 Ok: queued as "), "{taken}");
    }
    submission.quit().await;

    let mut came = inbox(&bob, 2).await;
    came.sort_by_key(Vec::len);
    for (mail, came) in [awkward, plain].iter().zip(&came) {
        let above = came.len().checked_sub(mail.len()).expect("nothing was taken away");
        assert!(came[above..] == *mail.as_bytes(), "{}", String::from_utf8_lossy(&came[..came.len().min(2_000)]));
        assert_only_traces(&came[..above]);
    }
}

#[tokio::test]
async fn a_hundred_mails_go_over_one_connection() {
    let (li, bob) = (server().user(), server().user());
    let mut submission = Submission::open(&at(&li, PASSWORD)).await.expect("Postfix welcomes us");
    for number in 0..100 {
        let mail = format!("From: {}\r\nMessage-ID: <{number}@bright.example>\r\n\r\nNumber {number}\r\n", li.address);
        let letter = Letter { from: address(&li.address), to: address(&bob.address), bytes: mail.into_bytes() };
        send(&mut submission, &letter).await.expect("Postfix takes it");
    }
    submission.quit().await;
    let came = inbox(&bob, 100).await;
    let numbers: std::collections::BTreeSet<String> = came
        .iter()
        .filter_map(|mail| String::from_utf8_lossy(mail).lines().find(|line| line.starts_with("Number")).map(str::to_owned))
        .collect();
    assert_eq!((came.len(), numbers.len()), (100, 100));
}

#[tokio::test]
async fn a_stranger_is_refused_recipient_by_recipient_and_keeps_the_connection() {
    let bob = server().user();
    let mut account = at(&bob, PASSWORD);
    account.credentials = None;
    let mut submission = Submission::open(&account).await.expect("Postfix welcomes us");
    for _ in 0..3 {
        let letter = Letter::to(&bob.address);
        let refused = refusal(submission.prepare(&letter.outgoing()).await);
        assert_eq!((refused.phase, refused.cause, refused.reply.code), (Phase::Rcpt, Cause::Policy, 554), "{refused:?}");
        assert!(!submission.is_over());
        submission.reset().await.expect("Postfix forgets it");
    }
    submission.quit().await;
}

#[tokio::test]
async fn a_wrong_password_is_a_refused_login() {
    let li = server().user();
    let refused = Submission::open(&at(&li, "wrong")).await.expect_err("it is wrong");
    assert!(matches!(&refused, SmtpError::LoginRefused { reply, .. } if reply.code == 535), "{refused:?}");
}

#[tokio::test]
async fn a_server_nobody_vouches_for_is_not_talked_to() {
    let li = server().user();
    let mut account = at(&li, PASSWORD);
    account.server.ca_file = None;
    let refused = Submission::open(&account).await.expect_err("nobody vouches for it");
    assert!(matches!(refused, SmtpError::Untrusted { .. }), "{refused:?}");
}
