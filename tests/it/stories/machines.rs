//! Machines write: nobody answers them.

use crate::support::desk::Desk;
use crate::support::engines::for_each_engine;
use tradepost::record::Books;
use tradepost::types::Intent;

/// The mail is recorded as that, and nothing is put anywhere.
async fn is_filed(books: Books, mail: &str, intent: Intent) {
    let desk = Desk::open(&books).await;
    desk.receive(mail);
    desk.settle().await;
    let recorded = desk.last().await;
    assert_eq!(recorded.intent, Some(intent), "{}", recorded.why);
    assert_eq!((desk.drafts().len(), desk.notes().len()), (0, 0), "{}", recorded.why);
    let mut session = books.look().await.expect("a look");
    assert_eq!(tradepost::record::contacts::count(&mut session).await.expect("a count"), 0, "a machine is nobody's contact");
}

#[tokio::test]
async fn an_out_of_office_note_is_filed_and_stops_nothing() {
    let note = "From: Max Huber <m.huber@huber.example>
To: sales@bright.example
Subject: Automatische Antwort: Angebot 2026-114
Date: Mon, 16 Nov 2026 02:00:00 +0100
Message-ID: <ooo@huber.example>
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
Content-Type: text/plain; charset=utf-8

Ich bin bis einschließlich 27.11.2026 nicht im Haus. In dringenden Fällen: einkauf@huber.example
";
    for_each_engine(|books| is_filed(books, note, Intent::AutoReply)).await;
}

#[tokio::test]
async fn a_bounce_is_filed_with_its_recipient() {
    let bounce = "Return-Path: <>
From: MAILER-DAEMON@mx.bright.example (Mail Delivery System)
To: sales@bright.example
Subject: Undelivered Mail Returned to Sender
Date: Mon, 16 Nov 2026 01:00:00 +0000
Message-ID: <bounce-9@mx.bright.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
<nobody@acme.example>: host mx.acme.example said: 550 5.1.1 User unknown
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.bright.example

Final-Recipient: rfc822; nobody@acme.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown
--b--
";
    for_each_engine(|books| is_filed(books, bounce, Intent::Bounce)).await;
}

#[tokio::test]
async fn a_newsletter_is_filed() {
    let letter = "From: Lighting World News <news@lightingworld.example>
To: sales@bright.example
Subject: This week: 20% off all booths at the Frankfurt fair
Date: Mon, 16 Nov 2026 01:00:00 +0000
Message-ID: <news-9@lightingworld.example>
List-Id: <news.lightingworld.example>
List-Unsubscribe: <https://lightingworld.example/u/1>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
Precedence: bulk

Dear reader, register now and save. To unsubscribe click the link below.
";
    for_each_engine(|books| is_filed(books, letter, Intent::Bulk)).await;
}

#[tokio::test]
async fn an_inquiry_on_a_mailing_list_is_answered_to_its_writer_alone() {
    let posting = "From: Anne Bergmann <anna@berg.example>
To: Lighting traders <lighting@groups.example>
Cc: moderator@groups.example
Subject: LED panels wanted
Date: Mon, 16 Nov 2026 01:00:00 +0000
Message-ID: <posting-1@berg.example>
List-Id: <lighting.groups.example>
List-Post: <mailto:lighting@groups.example>

Dear all, please quote 500 pcs LED panel lights CIF Hamburg.

Regards, Anna
";
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(posting);
        desk.receive(
            &posting.replace("moderator@", "sales@bright.example, buyer@").replace("posting-1", "posting-2").replace("panels w", "lamps w"),
        );
        desk.settle().await;
        let drafts = desk.drafts();
        assert_eq!(drafts.len(), 2, "{}", desk.last().await.why);
        let copied = |draft: &&String| draft.lines().any(|line| line.starts_with("Cc: "));
        assert_eq!(drafts.iter().filter(copied).count(), 1, "only where the list wrote to us by name, as our own group does");
    })
    .await;
}
