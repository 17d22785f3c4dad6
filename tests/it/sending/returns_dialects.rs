//! Mail that comes back, in the words of the systems that send it back. Some of them name our Message-ID, some only whom it was for.

use super::returns::{MINUTE_MS, buyer, desk_at, reasons, send, state_of, told_of};
use super::{enter, id_of};
use crate::support::desk::MONDAY_MORNING;
use crate::support::engines::for_each_engine;
use crate::support::sink::{Fate, Sink};
use tradepost::record::outbox::{DeliveryState, MailClass};

/// What Amazon's server answers to the end of a mail, and calls the mail from then on.
pub const SES_ID: &str = "0102019a8f3c7d21-5b6c7d8e-1f2a-4b3c-9d4e-5f6a7b8c9d0e-000000";

/// The header of the letter that comes back.
fn header(number: usize) -> String {
    format!(
        "From: Li Wei <sales@bright.example>\nTo: {}\nSubject: Offer {number}\nDate: Mon, 16 Nov 2026 09:00:00 +0800\nMessage-ID: <{}>\n",
        buyer(number),
        id_of(number)
    )
}

/// A report's own header; `more` are its further fields.
fn head(from: &str, subject: &str, more: &str) -> String {
    format!(
        "Return-Path: <>\nFrom: {from}\nTo: sales@bright.example\nSubject: {subject}\nDate: Mon, 16 Nov 2026 01:20:00 +0000\nMIME-Version: 1.0\n{more}"
    )
}

/// A report in parts (RFC 6522): what it says to people, its fields, what came back.
fn parts(from: &str, subject: &str, words: &str, fields: &str, (media_type, returned): (&str, &str)) -> String {
    head(from, subject, "Content-Type: multipart/report; report-type=delivery-status; boundary=\"B=_1\"\n")
        + &format!(
            "\n--B=_1\nContent-Type: text/plain; charset=utf-8\n\n{words}\n\n--B=_1\nContent-Type: message/delivery-status\n\n{fields}\n\n\
             --B=_1\nContent-Type: {media_type}\n\n{returned}\n\n--B=_1--\n"
        )
}

fn postfix(number: usize) -> String {
    let to = buyer(number);
    parts(
        "MAILER-DAEMON@mx.provider.example (Mail Delivery System)",
        "Undelivered Mail Returned to Sender",
        &format!(
            "This is the mail system at host mx.provider.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or \
             more recipients. It's attached below.\n\n                   The mail system\n\n<{to}>: host mx.firm.example[192.0.2.7] said: 550 5.1.1\n    \
             <{to}>: Recipient address rejected: User unknown in virtual mailbox table\n    (in reply to RCPT TO command)"
        ),
        &format!(
            "Reporting-MTA: dns; mx.provider.example\nX-Postfix-Queue-ID: 4Z1\nX-Postfix-Sender: rfc822; sales@bright.example\n\nFinal-Recipient: \
             rfc822; {to}\nOriginal-Recipient: rfc822;{to}\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.firm.example\nDiagnostic-Code: \
             smtp; 550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table"
        ),
        ("text/rfc822-headers", &header(number)),
    )
}

fn exim(number: usize) -> String {
    let to = buyer(number);
    head(
        "Mail Delivery System <Mailer-Daemon@exim.example>",
        "Mail delivery failed: returning message to sender",
        &format!("X-Failed-Recipients: {to}\nAuto-Submitted: auto-replied\nContent-Type: text/plain; charset=us-ascii\n"),
    ) + &format!(
        "\nThis message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more \
             of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  {to}\n    host mx.firm.example [192.0.2.7]\n    SMTP \
             error from remote mail server after RCPT TO:<{to}>:\n    550 No Such User Here\n\n------ This is a copy of the message, including all \
             the headers. ------\n\nReturn-path: <sales@bright.example>\nReceived: from [192.0.2.1]\n{}\nOffer {number}.\n",
        header(number)
    )
}

fn qmail(number: usize) -> String {
    let to = buyer(number);
    head("MAILER-DAEMON@qmail.example", "failure notice", "")
        + &format!(
            "\nHi. This is the qmail-send program at qmail.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\
             This is a permanent error; I've given up. Sorry it didn't work out.\n\n<{to}>:\n192.0.2.7 does not like recipient.\nRemote host said: \
             550 5.1.1 sorry, no mailbox here by that name\nGiving up on 192.0.2.7.\n\n--- Below this line is a copy of the message.\n\n\
             Return-Path: <sales@bright.example>\nReceived: (qmail 1 invoked by uid 0)\n{}\nOffer {number}.\n",
            header(number)
        )
}

/// In German, and the returned mail whole.
fn exchange(number: usize) -> String {
    let to = buyer(number);
    parts(
        "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@firma.example>",
        &format!("Unzustellbar: Offer {number}"),
        &format!(
            "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:\n\n{to}<mailto:{to}>\nDie eingegebene E-Mail-Adresse konnte nicht \
             gefunden werden. Überprüfen Sie die E-Mail-Adresse des Empfängers, und versuchen Sie erneut, die Nachricht zu senden.\n\n\
             Diagnoseinformationen für Administratoren:\n\nGenerierender Server: EX01.firma.example\n\n{to}\nRemote Server returned '550 5.1.10 \
             RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'"
        ),
        &format!(
            "Reporting-MTA: dns;EX01.firma.example\n\nFinal-recipient: RFC822; {to}\nAction: failed\nStatus: 5.1.10\nDiagnostic-code: smtp;550 5.1.10 \
             RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"
        ),
        ("message/rfc822", &format!("{}\nOffer {number}.", header(number))),
    )
}

fn microsoft_365(number: usize) -> String {
    let to = buyer(number);
    let html = format!(
        "<html><body><p>Your message to <a href=\"mailto:{to}\">{to}</a> couldn't be delivered.</p><p><b>{to} wasn't found at the \
         domain.</b></p><table><tr><td>sales</td><td>Office 365</td><td>Recipient</td></tr><tr><td>Unknown To address</td></tr></table></body></html>"
    );
    let fields = format!(
        "Reporting-MTA: dns;DB9PR08MB1.eurprd08.prod.outlook.com\nReceived-From-MTA: dns;sink.example\n\nFinal-Recipient: rfc822;{to}\nAction: \
         failed\nStatus: 5.1.10\nDiagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {to} not found by SMTP address lookup"
    );
    parts(
        "postmaster@firm.onmicrosoft.example",
        &format!("Undeliverable: Offer {number}"),
        "",
        &fields,
        ("message/rfc822", &format!("{}\nOffer {number}.", header(number))),
    )
    .replacen("Content-Type: text/plain; charset=utf-8\n\n\n", &format!("Content-Type: text/html; charset=utf-8\n\n{html}\n"), 1)
}

/// It names the mail in a field of its own, and returns nothing.
fn gmail(number: usize) -> String {
    let to = buyer(number);
    parts(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        &format!(
            "** Address not found **\n\nYour message wasn't delivered to {to} because the address couldn't be found, or is unable to receive \
             mail.\n\nThe response from the remote server was:\n550 5.1.1 The email account that you tried to reach does not exist."
        ),
        &format!(
            "Reporting-MTA: dns; googlemail.com\nArrival-Date: Sun, 15 Nov 2026 17:00:01 -0800 (PST)\nX-Original-Message-ID: <{}>\n\n\
             Final-Recipient: rfc822; {to}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550-5.1.1 The email account that you tried to \
             reach does not exist. Please try",
            id_of(number)
        ),
        ("text/plain", ""),
    )
}

fn yahoo(number: usize) -> String {
    let to = buyer(number);
    head("MAILER-DAEMON@yahoo.example", "Failure Notice", "Content-Type: text/plain; charset=UTF-8\n")
        + &format!(
            "\nSorry, we were unable to deliver your message to the following address.\n\n<{to}>:\n554: delivery error: dd This user doesn't have \
             a yahoo.example account ({to}) [0] - mta1.mail.yahoo.example\n\n--- Below this line is a copy of the message.\n\nReceived: from \
             [192.0.2.1]\n{}\nOffer {number}.\n",
            header(number)
        )
}

/// Chinese, and only whom and what it was about.
fn qq(number: usize) -> String {
    let to = buyer(number);
    head("PostMaster@qq.com", "=?utf-8?B?57O757uf6YCA5L+h?=", "Content-Type: text/html; charset=utf-8\nX-QQ-MIME: TCMime 1.0 by Tencent\n")
        + &format!(
            "\n<div>尊敬的用户：</div><div>很抱歉您发送的邮件被退回，以下是该邮件的相关信息：</div><table><tr><td>被退回邮件</td><td>主题：Offer \
             {number}<br>时间：2026-11-16 09:00:00</td></tr><tr><td>无法发送到</td><td>{to}</td></tr><tr><td>退信原因</td><td>收件人邮箱地址不存在，\
             邮件无法送达。<br>host firm.example said: 550 Mailbox not found</td></tr><tr><td>建议解决方案</td><td>请核对收件人地址后重试。\
             </td></tr></table>\n"
        )
}

/// Chinese, and no more than whom it was for.
fn netease_163(number: usize) -> String {
    let to = buyer(number);
    head("Postmaster@163.com", "=?GBK?B?z7XNs83L0MU=?=", "Content-Type: text/plain; charset=utf-8\n")
        + &format!(
            "\n抱歉，您的邮件被退回来了……\n\n收件人地址：{to}\n退信原因：收件人不存在\n英文说明：SMTP error, RCPT TO: Host firm.example(192.0.2.7) \
             said 550 User not found: {to}\n\n您可以核对收件人的地址是否正确。\n"
        )
}

fn yandex(number: usize) -> String {
    let to = buyer(number);
    parts(
        "mailer-daemon@yandex.ru",
        "=?utf-8?B?0J3QtdC00L7RgdGC0LDQstC70LXQvdC90L7QtSDRgdC+0L7QsdGJ0LXQvdC40LU=?=",
        &format!(
            "Это письмо отправлено почтовым сервером yandex.ru.\n\nК сожалению, мы вынуждены сообщить Вам о том, что Ваше письмо не может\nбыть \
             доставлено одному или нескольким адресатам. Технические подробности\nможно найти ниже.\n\n<{to}>: host mx.firm.example[192.0.2.7] said: \
             550 5.1.1 Такого пользователя нет (in reply to RCPT TO command)"
        ),
        &format!(
            "Reporting-MTA: dns; forward1.mail.yandex.net\nX-Yandex-Queue-ID: A1\n\nFinal-Recipient: rfc822; {to}\nAction: failed\nStatus: \
             5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 No such user!"
        ),
        ("message/rfc822", &format!("{}\nOffer {number}.", header(number))),
    )
}

/// It names the document and the recipient, and no id.
fn domino(number: usize) -> String {
    let to = buyer(number);
    head(
        "Postmaster@notes.example",
        &format!("DELIVERY FAILURE: User {to} not listed in Domino Directory"),
        "X-Mailer: IBM Domino\nContent-Type: text/plain; charset=US-ASCII\n",
    ) + &format!(
        "\nYour message\n\n  Subject: Offer {number}\n\nwas not delivered to:\n\n  {to}\n\nbecause:\n\n  User {to} not listed in Domino \
             Directory\n"
    )
}

/// The mail bears Amazon's id, which its server told us when it took the mail.
fn ses(number: usize) -> String {
    let to = buyer(number);
    parts(
        "MAILER-DAEMON@amazonses.com",
        "Delivery Status Notification (Failure)",
        &format!("An error occurred while trying to deliver the mail to the following recipients:\n{to}"),
        &format!(
            "Reporting-MTA: dns; a1.smtp-out.amazonses.com\n\nAction: failed\nFinal-Recipient: rfc822; {to}\nDiagnostic-Code: smtp; 550 5.1.1 user \
             unknown\nStatus: 5.1.1"
        ),
        (
            "message/rfc822",
            &format!("{}\nOffer {number}.", header(number).replace(&id_of(number), &format!("{SES_ID}@email.amazonses.com"))),
        ),
    )
}

pub type Dialect = fn(usize) -> String;

/// Who, in their words, and by what the letter is known in them.
pub const DIALECTS: [(&str, Dialect, &str); 12] = [
    ("Postfix", postfix, "message_id"),
    ("Exim", exim, "message_id"),
    ("qmail", qmail, "message_id"),
    ("Exchange", exchange, "message_id"),
    ("Microsoft 365", microsoft_365, "message_id"),
    ("Gmail", gmail, "message_id"),
    ("Yahoo", yahoo, "message_id"),
    ("QQ", qq, "subject"),
    ("163", netease_163, "recipient"),
    ("Yandex", yandex, "message_id"),
    ("Domino", domino, "subject"),
    ("SES", ses, "server_id"),
];

#[tokio::test]
async fn a_bounce_in_twelve_dialects_fails_its_letter_and_suppresses_its_recipient() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|to, _| match to {
            "buyer-11@firm-11.example" => Fate::TakenAs(format!("Ok {SES_ID}")),
            _ => Fate::Taken,
        });
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..DIALECTS.len() + 1, MailClass::Letter).await;
        for (number, (_, dialect, _)) in DIALECTS.iter().enumerate() {
            desk.receive(&dialect(number));
        }
        desk.settle().await;
        for (number, (who, _, by)) in DIALECTS.iter().enumerate() {
            assert_eq!(told_of(&books, number).await, [("bounce_hard", *by)], "{who}");
            // 163 names nobody but the recipient: it may be about another mail, or made up.
            let state = if *by == "recipient" { DeliveryState::Sent } else { DeliveryState::Failed };
            assert_eq!(state_of(&books, number).await, state, "{who}");
            assert_eq!(reasons(&desk, &buyer(number)).await, ["hard_bounce"], "{who}");
        }
        let quiet = DIALECTS.len();
        assert_eq!((told_of(&books, quiet).await, state_of(&books, quiet).await), (vec![], DeliveryState::Sent), "nothing came back of it");
    })
    .await;
}

#[tokio::test]
async fn the_same_dialects_about_somebody_elses_mail_are_ignored() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..DIALECTS.len(), MailClass::Letter).await;
        for (number, (_, dialect, _)) in DIALECTS.iter().enumerate() {
            let forged = dialect(number).replace(&id_of(number), &format!("forged-{number}@dark.example"));
            desk.receive(&forged.replace(&format!("Offer {number}"), "Cheap watches"));
        }
        desk.settle().await;
        for (number, (who, ..)) in DIALECTS.iter().enumerate() {
            // 163 names nothing but the recipient, and we did write to them.
            let expected: &[(&str, &str)] = if *who == "163" { &[("bounce_hard", "recipient")] } else { &[] };
            assert_eq!(told_of(&books, number).await, expected, "{who}");
            assert_eq!(state_of(&books, number).await, DeliveryState::Sent, "{who}");
        }
    })
    .await;
}

#[tokio::test]
async fn delays_and_deliveries_suppress_nobody_and_policy_blames_nobody() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..4, MailClass::Bulk).await;
        for (number, action, status, words) in [
            (0, "delayed", "4.4.1", "connection timed out"),
            (1, "delivered", "2.1.5", "250 2.1.5 OK"),
            (2, "relayed", "2.0.0", "250 2.0.0 relayed"),
            (3, "failed", "5.7.1", "550 5.7.1 Message rejected due to spam content"),
        ] {
            desk.receive(&super::returns::report(number, action, status, words));
        }
        desk.settle().await;
        for (number, kind, state) in [
            (0, "delayed", DeliveryState::Sent),
            (1, "delivered", DeliveryState::Sent),
            (2, "delivered", DeliveryState::Sent),
            (3, "bounce_policy", DeliveryState::Failed),
        ] {
            assert_eq!((told_of(&books, number).await, state_of(&books, number).await), (vec![(kind, "message_id")], state));
            assert!(reasons(&desk, &buyer(number)).await.is_empty(), "{kind}");
        }
        // First delayed, then given up: both are told, and the end counts.
        desk.receive(&super::returns::report(0, "failed", "5.4.1", "550 5.1.1 User unknown"));
        desk.settle().await;
        assert_eq!(told_of(&books, 0).await.len(), 2);
        assert_eq!(state_of(&books, 0).await, DeliveryState::Failed);
    })
    .await;
}

#[tokio::test]
async fn a_full_mailbox_three_times_of_five_gets_no_more_mailings_until_somebody_answers() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        let account = desk.office.accounts[0].id;
        let to = "eva@full.example";
        let full = |number: usize| {
            super::returns::report(number, "failed", "5.2.2", "552 5.2.2 Mailbox full")
                .replace(&buyer(number), to)
                .replace("01:20:00", "01:40:00")
        };
        for number in 0..3 {
            enter(&books, account, &[(number, to.to_owned())], MailClass::Bulk, MONDAY_MORNING).await;
            desk.settle().await;
            desk.office.clock.forward(20 * MINUTE_MS);
            let so_far = reasons(&desk, to).await;
            assert!(so_far.is_empty(), "{number}: {so_far:?}");
            desk.receive(&full(number));
            desk.settle().await;
            assert_eq!(told_of(&books, number).await, [("bounce_soft", "message_id")]);
        }
        assert_eq!(reasons(&desk, to).await, ["soft_bounces"]);
        enter(&books, account, &[(3, to.to_owned())], MailClass::Bulk, MONDAY_MORNING).await;
        enter(&books, account, &[(4, to.to_owned())], MailClass::Answer, MONDAY_MORNING).await;
        desk.settle().await;
        assert_eq!(
            (state_of(&books, 3).await, state_of(&books, 4).await),
            (DeliveryState::Dropped, DeliveryState::Sent),
            "an answer may go"
        );
        desk.office.clock.forward(20 * MINUTE_MS);
        let reply = super::returns::from(to, &format!("In-Reply-To: <{}>\n", id_of(4)), "Re: Offer 4", "Here I am again.");
        desk.receive(&reply.replace("01:20:00", "02:30:00"));
        desk.settle().await;
        assert!(reasons(&desk, to).await.is_empty(), "she reads again");
    })
    .await;
}
