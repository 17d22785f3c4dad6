//! Colleagues and our own machines write.

use crate::support::desk::{Desk, as_seen};
use crate::support::engines::for_each_engine;
use tradepost::record::messages::Direction;
use tradepost::types::Intent;

#[tokio::test]
async fn a_forward_by_a_colleague_is_the_customers_mail_and_is_answered_to_the_customer() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(
            "From: Anna Berg <anna@bright.example>
To: sales@bright.example
Subject: WG: Anfrage Hallenstrahler
Date: Mon, 16 Nov 2026 02:20:00 +0100
Message-ID: <fwd-1@bright.example>
Content-Type: text/plain; charset=utf-8

Für dich, Li Wei.

-----Ursprüngliche Nachricht-----
Von: Jonas Weber <j.weber@weber-hallenbau.example>
Gesendet: Freitag, 13. November 2026 16:02
An: Anna Berg <anna@bright.example>
Betreff: Anfrage Hallenstrahler

Sehr geehrte Frau Berg,

bitte senden Sie uns ein Angebot über 120 Stück Hallenstrahler 150 W, DAP Kassel.

Mit freundlichen Grüßen
Jonas Weber
",
        );
        desk.settle().await;
        let mail = desk.last().await;
        assert_eq!((mail.direction, mail.intent), (Direction::In, Some(Intent::Inquiry)), "{}", mail.why);
        insta::assert_snapshot!("a_forward_is_answered_to_the_customer", as_seen(&desk.draft()));
    })
    .await;
}

#[tokio::test]
async fn a_web_form_from_our_own_domain_is_answered_to_the_buyer_never_to_staff() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(
            "From: Website <web@bright.example>
To: sales@bright.example
Subject: New contact form submission
Date: Mon, 16 Nov 2026 02:30:00 +0100
Message-ID: <form-77@bright.example>
Auto-Submitted: auto-generated
Content-Type: text/plain; charset=utf-8

A visitor filled in the contact form.

Name: Pierre Martin
Email: p.martin@eclairage-lyon.example
Company: Eclairage Lyon SARL
Country: France
Message: Bonjour, nous souhaitons recevoir un devis pour 300 projecteurs LED 50W, livraison DAP Lyon. Merci d'avance.
",
        );
        desk.settle().await;
        let mail = desk.last().await;
        assert_eq!((mail.via.as_str(), mail.intent), ("web-form", Some(Intent::Inquiry)), "{}", mail.why);
        insta::assert_snapshot!("a_web_form_is_answered_to_the_buyer", as_seen(&desk.draft()));
    })
    .await;
}

const INQUIRY: &str = "From: Tom Hall <tom@hall-lighting.example>
To: sales@bright.example
Subject: Price for flood lights 50W
Date: Mon, 16 Nov 2026 00:40:00 +0000
Message-ID: <tom-1@hall-lighting.example>

Hi, please quote 1,000 pcs flood lights 50W FOB Ningbo. Thanks, Tom
";

#[tokio::test]
async fn an_answer_sent_by_a_person_withdraws_the_draft_that_waits() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        assert_eq!(desk.drafts().len(), 1);
        desk.deliver(
            "sales/.Sent/cur",
            ":2,S",
            "From: Li Wei <sales@bright.example>
To: Tom Hall <tom@hall-lighting.example>
Subject: Re: Price for flood lights 50W
Date: Mon, 16 Nov 2026 09:30:00 +0800
Message-ID: <li-1@bright.example>
In-Reply-To: <tom-1@hall-lighting.example>

Dear Tom, USD 4.20 FOB Ningbo. Best regards, Li Wei
",
        );
        let report = desk.settle().await;
        assert_eq!(report.done.withdrawn, 1);
        assert_eq!(desk.drafts(), Vec::<String>::new());
        let recorded = desk.recorded().await;
        assert_eq!(recorded[0].thread, recorded[1].thread);
        assert_eq!(recorded[1].direction, Direction::Out);
    })
    .await;
}

#[tokio::test]
async fn an_answer_found_in_a_mailbox_that_is_only_observed_withdraws_the_draft_of_the_other() {
    for_each_engine(|books| async move {
        let observed = ("maildir = \"anna\"\nmode = \"draft\"", "maildir = \"anna\"\nmode = \"observe\"");
        let desk = Desk::open_with(&books, &[observed]).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        assert_eq!(desk.drafts().len(), 1);
        desk.deliver("anna/.Sent/cur", ":2,S", &ANSWER.replace("Li Wei <sales@", "Anna Berg <anna@"));
        let report = desk.settle().await;
        assert_eq!((report.done.withdrawn, desk.drafts()), (1, vec![]));
        assert_eq!(desk.mails("anna/new"), Vec::<String>::new(), "nothing is put into the mailbox that is only observed");
    })
    .await;
}

#[tokio::test]
async fn a_mail_to_two_of_our_mailboxes_is_one_message_with_two_places_and_one_draft() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        let both = INQUIRY.replace("To: sales@bright.example", "To: sales@bright.example, anna@bright.example");
        desk.deliver("sales/new", "", &format!("Received: from a\n{both}"));
        desk.deliver("anna/new", "", &format!("Received: from b\n{both}"));
        desk.settle().await;
        assert_eq!(desk.recorded().await.len(), 1);
        let message = desk.last().await;
        let mut session = desk.office.books.look().await.expect("a look");
        let places = tradepost::record::placements::list_of_message(&mut session, message.id).await.expect("the places");
        assert_eq!(places.len(), 2);
        assert_eq!(desk.drafts().len() + desk.drafts_of("anna").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_draft_waits_in_the_mailbox_of_whoever_looks_after_the_customer() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        let mut session = books.begin().await.expect("a session");
        let tom = tradepost::types::EmailAddress::parse("tom@hall-lighting.example").expect("an address");
        let anna = tradepost::types::EmailAddress::parse("anna@bright.example").expect("an address");
        let details = tradepost::record::contacts::ContactDetails {
            name: Some("Tom Hall"),
            company: None,
            country: None,
            language: None,
            owner: Some(&anna),
        };
        let new = tradepost::record::contacts::NewContact { address: &tom, details, source: "import", seen_at: desk.office.now() };
        tradepost::record::contacts::add(&mut session, &new).await.expect("entered");
        session.commit().await.expect("committed");
        desk.receive(INQUIRY);
        desk.settle().await;
        assert_eq!((desk.drafts().len(), desk.drafts_of("anna").len()), (0, 1));
        assert!(desk.drafts_of("anna")[0].contains("From: \"Anna Berg\" <anna@bright.example>"), "{}", desk.drafts_of("anna")[0]);
    })
    .await;
}

const ANSWER: &str = "From: Li Wei <sales@bright.example>
To: Tom Hall <tom@hall-lighting.example>
Subject: Re: Price for flood lights 50W
Date: Mon, 16 Nov 2026 08:50:00 +0800
Message-ID: <li-1@bright.example>
In-Reply-To: <tom-1@hall-lighting.example>

Dear Tom, USD 4.20 FOB Ningbo. Best regards, Li Wei
";

#[tokio::test]
async fn a_mail_that_was_answered_while_the_daemon_was_away_gets_no_draft() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.deliver("sales/.Sent/cur", ":2,S", ANSWER);
        // The second one's answer went out from another program; only the mailbox knows that there was one.
        desk.deliver("sales/cur", ":2,RS", &INQUIRY.replace("tom", "ann"));
        desk.settle().await;
        assert_eq!(desk.drafts(), Vec::<String>::new());
        let answered = desk.recorded().await.into_iter().filter(|mail| mail.why.contains("answered it before it was read")).count();
        assert_eq!(answered, 2);
    })
    .await;
}

#[tokio::test]
async fn a_mail_passed_on_to_a_factory_leaves_the_customers_draft_alone() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let to_the_factory =
            ANSWER.replace("Tom Hall <tom@hall-lighting.example>", "Mrs Chen <chen@lamp-works.example>").replace("Re: Price", "Fwd: Price");
        desk.deliver("sales/.Sent/cur", ":2,S", &to_the_factory);
        let report = desk.settle().await;
        assert_eq!((report.done.withdrawn, desk.drafts().len()), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_mailbox_that_is_only_observed_does_not_keep_the_other_from_drafting() {
    for_each_engine(|books| async move {
        // `sales` is looked at first.
        let desk = Desk::open_with(&books, &[("mode = \"draft\"", "mode = \"observe\"")]).await;
        let both = INQUIRY.replace("To: sales@bright.example", "To: sales@bright.example, anna@bright.example");
        desk.deliver("sales/new", "", &both);
        desk.deliver("anna/new", "", &both);
        desk.settle().await;
        assert_eq!(desk.recorded().await.len(), 1);
        assert_eq!((desk.drafts().len(), desk.drafts_of("anna").len()), (0, 1));
        let why = desk.last().await.why;
        assert!(why.contains("a further copy") && !why.contains("observe"), "{why}");
    })
    .await;
}

#[tokio::test]
async fn a_forward_that_is_first_met_in_the_colleagues_sent_mail_is_the_customers_mail_too() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        let forward = "From: Li Wei <li.wei@bright.example>
To: anna@bright.example
Subject: Fwd: Price for flood lights 50W
Date: Mon, 16 Nov 2026 08:55:00 +0800
Message-ID: <fwd-2@bright.example>

---------- Forwarded message ---------
From: Tom Hall <tom@hall-lighting.example>
Date: Mon, 16 Nov 2026 at 00:40
Subject: Price for flood lights 50W
To: Li Wei <li.wei@bright.example>

Hi, please quote 1,000 pcs flood lights 50W FOB Ningbo. Thanks, Tom
";
        // `sales` is looked at first, and of its folders Sent.
        desk.deliver("sales/.Sent/cur", ":2,S", forward);
        desk.deliver("anna/new", "", forward);
        desk.settle().await;
        let mail = desk.last().await;
        assert_eq!((mail.direction, mail.intent), (Direction::In, Some(Intent::Inquiry)), "{}", mail.why);
        assert_eq!(desk.drafts_of("anna").len(), 1);
        assert!(desk.drafts_of("anna")[0].contains("tom@hall-lighting.example"), "{}", desk.drafts_of("anna")[0]);
    })
    .await;
}
