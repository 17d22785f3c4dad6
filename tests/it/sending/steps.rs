//! Steps of several deliveries that are written down together: each is its own mail's affair.

use super::returns::desk_at;
use super::{Resolution, claims, deliveries, enter, id_of};
use crate::support::desk::MONDAY_MORNING;
use crate::support::engines::for_each_engine;
use crate::support::sink::{Fate, Sink};
use std::collections::BTreeSet;
use tradepost::record::outbox::claims::{Claim, Ending, ServerReply};
use tradepost::record::outbox::steps::{self, At};
use tradepost::record::outbox::{DeliveryState, MailClass};
use tradepost::record::settings;
use tradepost::types::DeliveryId;

/// More than go into one statement, and no multiple of it.
const MANY: usize = 21;

#[tokio::test]
async fn of_many_mails_that_end_together_each_is_marked_whose_claim_holds() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        let account = desk.office.accounts[0].id;
        let letters: Vec<(usize, String)> = (0..MANY).map(|number| (number, format!("buyer-{number}@customers.example"))).collect();
        enter(&books, account, &letters, MailClass::Letter, MONDAY_MORNING).await;
        let now = desk.office.now();
        let mut session = books.begin().await.expect("free books");
        let claim = Claim { owner: "story", account, class: MailClass::Letter, now, lease_ms: 60_000, limit: 100 };
        let claimed = claims::claim_due(&mut session, &claim).await.expect("claimed");
        assert_eq!(claimed.len(), MANY);
        let all: Vec<At<'_>> = claimed.iter().enumerate().map(|(at, delivery)| (delivery, now.plus_ms(at as i64))).collect();
        let ids = |from: usize| claimed[from..].iter().map(|delivery| delivery.id).collect::<BTreeSet<DeliveryId>>();
        assert_eq!(steps::mark_sending(&mut session, &all).await.expect("written"), ids(0));
        assert!(steps::mark_sending(&mut session, &all).await.expect("written").is_empty(), "once");
        assert!(steps::mark_final_dot(&mut session, &[]).await.expect("nothing to do").is_empty());
        // Two are given up meanwhile, and one of them is claimed by somebody else.
        for delivery in &claimed[..2] {
            let ending = Ending::PutBack { until: now, why: String::new() };
            assert!(claims::mark_ended(&mut session, delivery, &ending, now).await.expect("written"));
        }
        let other = Claim { owner: "another", limit: 1, ..claim };
        assert_eq!(claims::claim_due(&mut session, &other).await.expect("claimed").first().map(|one| one.id), Some(claimed[0].id));
        // While work is paused no mail is ended.
        settings::mark_paused(&mut session, Some("stock-taking")).await.expect("paused");
        assert!(steps::mark_final_dot(&mut session, &all).await.expect("written").is_empty());
        settings::mark_paused(&mut session, None).await.expect("resumed");
        assert_eq!(steps::mark_final_dot(&mut session, &all).await.expect("written"), ids(2));
        let reply = |at: usize| ServerReply { code: 250, text: format!("2.0.0 Ok: queued as {at}") };
        let replies: Vec<ServerReply> = (0..MANY).map(reply).collect();
        let sent: Vec<_> = all.iter().zip(&replies).map(|((delivery, at), reply)| (*delivery, reply, *at)).collect();
        assert_eq!(steps::mark_sent(&mut session, &sent).await.expect("written"), ids(2));
        session.commit().await.expect("committed");
        for (at, delivery) in deliveries(&books).await.into_iter().enumerate() {
            let wanted = match at {
                0 => (DeliveryState::Claimed, String::new()),
                1 => (DeliveryState::Deferred, String::new()),
                _ => (DeliveryState::Sent, reply(at).text),
            };
            assert_eq!((delivery.header_id, (delivery.state, delivery.reply)), (id_of(at), wanted));
        }
        // A mail that turns out to be sent left with its final dot.
        let uncertain = claimed[1].id;
        let mut session = books.begin().await.expect("free books");
        assert!(claims::resolve(&mut session, uncertain, Resolution::Sent, now, "a person says so").await.expect("written"));
        session.commit().await.expect("committed");
    })
    .await;
}
