//! Customers attach what they want.

use crate::papers::{mail, paper};
use crate::support::desk::{Desk, as_seen};
use crate::support::engines::for_each_engine;
use tradepost::types::Intent;

#[tokio::test]
async fn an_inquiry_with_an_attached_list_is_asked_only_for_what_the_list_does_not_say() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(&mail(
            "Dear Sirs,\n\nplease send us your best quotation for the attached list.\n\nAna\n",
            &[paper("list-without-headings.csv")],
        ));
        desk.settle().await;
        let recorded = desk.last().await;
        assert_eq!(recorded.intent, Some(Intent::Inquiry));
        assert!(recorded.reading.contains("\"papers\":1"), "{}", recorded.reading);
        insta::assert_snapshot!("an_inquiry_with_an_attached_list", as_seen(&desk.draft()));
    })
    .await;
}

#[tokio::test]
async fn a_bomb_is_stopped_and_told_and_the_mail_is_answered() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        let text = "Dear Sirs,\n\nplease quote 500 pcs LED panel 60x60 as per attached list.\n\nAna\n";
        desk.receive(&mail(text, &[paper("bomb-that-says-so.xlsx")]));
        desk.settle().await;
        let recorded = desk.last().await;
        assert_eq!(recorded.intent, Some(Intent::Inquiry));
        assert!(recorded.why.ends_with("attached papers: paper-too-much"), "{}", recorded.why);
        assert!(as_seen(&desk.draft()).contains("500 pcs"));
    })
    .await;
}
