//! Customers write.

use crate::support::desk::{Desk, as_seen};
use crate::support::engines::for_each_engine;
use tradepost::types::Intent;

const ANA: &str = "From: =?UTF-8?Q?Ana_Mart=C3=ADnez?= <ana.martinez@luminarias-sol.example>
To: Ventas <sales@bright.example>
Cc: Luis Ortega <compras@luminarias-sol.example>, li.wei@bright.example
Subject: Consulta paneles LED 600x600
Date: Mon, 16 Nov 2026 01:40:00 +0100
Message-ID: <inq-1@luminarias-sol.example>
Content-Type: text/plain; charset=utf-8

Buenos días:

Somos distribuidores de iluminación en Valencia. Por favor, envíennos su mejor precio
para 500 unidades de paneles LED 600x600, CIF Valencia, con certificado CE.

Un saludo,
Ana Martínez
Luminarias Sol S.L.
Tel. +34 961 234 567
";

#[tokio::test]
async fn a_strangers_spanish_inquiry_finds_an_answer_in_spanish_in_drafts() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(ANA);
        desk.settle().await;
        let mail = desk.last().await;
        assert_eq!((mail.language.code(), mail.intent), ("es", Some(Intent::Inquiry)));
        insta::assert_snapshot!("a_strangers_spanish_inquiry", as_seen(&desk.draft()));
        // The member's Spanish signature, in HTML as written.
        assert!(desk.draft().contains("multipart/alternative"));
        desk.settle().await;
        assert_eq!(desk.drafts().len(), 1, "a second pass changes nothing");
    })
    .await;
}

#[tokio::test]
async fn a_known_customer_who_writes_again_gets_one_draft_that_answers_the_newest_mail() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(ANA);
        desk.settle().await;
        desk.receive(
            "From: =?UTF-8?Q?Ana_Mart=C3=ADnez?= <ana.martinez@luminarias-sol.example>
To: sales@bright.example
Subject: Re: Consulta paneles LED 600x600
Date: Mon, 16 Nov 2026 02:10:00 +0100
Message-ID: <inq-2@luminarias-sol.example>
In-Reply-To: <inq-1@luminarias-sol.example>
References: <inq-1@luminarias-sol.example>
Content-Type: text/plain; charset=utf-8

Perdón, olvidé decirles: necesitamos también precio para 200 unidades de regletas T8. Gracias.

Ana
",
        );
        desk.settle().await;
        let recorded = desk.recorded().await;
        assert_eq!(recorded.len(), 2);
        assert_eq!(recorded[0].thread, recorded[1].thread, "{}", recorded[1].why);
        assert_eq!(recorded[0].contact, recorded[1].contact);
        let draft = desk.draft();
        assert!(draft.contains("In-Reply-To: <inq-2@luminarias-sol.example>"), "{draft}");
    })
    .await;
}

#[tokio::test]
async fn a_draft_that_a_person_edits_is_never_replaced_or_joined_by_another() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(ANA);
        desk.settle().await;
        let path = desk.paths("sales/.Drafts/cur").remove(0);
        std::fs::write(&path, "Subject: mine now\n\nAnna's words").expect("edited");
        desk.receive(&ANA.replace("inq-1", "inq-2").replace("Subject: ", "Subject: Re: ").replace("500", "800"));
        let report = desk.settle().await;
        assert_eq!(desk.drafts(), ["Subject: mine now\n\nAnna's words"]);
        assert_eq!((report.done.drafted, report.done.spared), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn two_customers_with_the_same_subject_have_two_threads_and_two_drafts() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(ANA);
        desk.receive(&ANA.replace("ana.martinez@luminarias-sol", "eva@iluminacion-norte").replace("inq-1", "other").replace("500", "900"));
        desk.settle().await;
        let recorded = desk.recorded().await;
        assert_ne!(recorded[0].thread, recorded[1].thread);
        assert_eq!(desk.drafts().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_complaint_with_photos_tells_the_owner_and_writes_nothing_to_the_customer() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(include_str!("mail/complaint-with-two-photos.eml"));
        desk.settle().await;
        let mail = desk.last().await;
        assert_eq!(mail.intent, Some(Intent::Complaint), "{}", mail.why);
        assert_eq!(desk.drafts(), Vec::<String>::new());
        let notes = desk.notes();
        assert_eq!(notes.len(), 1);
        insta::assert_snapshot!("a_complaint_tells_the_owner_in_chinese", as_seen(&notes[0]));
        assert!(!notes[0].contains("To: kunde") && !notes[0].contains("Cc:"), "the note goes to the member alone");

        // The note lies in the inbox; the next pass does not take it for a mail of somebody's.
        let report = desk.settle().await;
        assert_eq!(report.done.drafted + report.done.told, 0);
        assert_eq!(desk.notes().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_answer_in_doubt_has_nobody_in_to() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(&ANA.replace("To: Ventas", "From: Boss <boss@evil.example>\nTo: Ventas"));
        desk.settle().await;
        let draft = desk.draft();
        assert!(!draft.contains("\nTo:"), "{draft}");
        assert!(desk.last().await.why.contains("To is left empty"), "{}", desk.last().await.why);
    })
    .await;
}
