//! Which threads may go on with a letter.

use super::{HOUR_MS, MONDAY, address, header_id, identity, inquiry, mailbox};
use crate::support::engines::for_each_engine;
use tradepost::link::ThreadEvidence::{self, CitedBy, InReplyTo, OurMail, References, Subject, ThreadIndex};
use tradepost::record::contacts::{ContactDetails, NewContact};
use tradepost::record::drafts::NewDraft;
use tradepost::record::messages::{Direction, NewMessage};
use tradepost::record::threads::{CANDIDATES_MAX, NewThread, Traces, list_candidates};
use tradepost::record::{Session, contacts, drafts, mentions, messages, threads};
use tradepost::types::{ContactId, MessageId, ThreadId};

const NOTHING: Traces<'static> =
    Traces { in_reply_to: &[], references: &[], own_id: None, thread_index: None, contact: None, subject_key: "", since: MONDAY };

async fn ana(session: &mut Session) -> ContactId {
    let ana = address("ana@andina.example");
    let new = NewContact { address: &ana, details: ContactDetails::default(), source: "mail", seen_at: MONDAY };
    contacts::add(session, &new).await.expect("new")
}

async fn thread(session: &mut Session, contact: Option<ContactId>, subject_key: &str) -> ThreadId {
    let new = NewThread { contact, company: None, subject: subject_key, subject_key, owner: None, opened_at: MONDAY };
    threads::add(session, &new).await.expect("new")
}

/// Records a mail of that number in a thread; it cites what is given.
async fn mail(session: &mut Session, number: u32, id: &str, direction: Direction, thread: ThreadId, cites: &[MessageId]) {
    let (id, key) = (header_id(id), identity(number));
    let from_address = if direction == Direction::In { "Ana+web@andina.example" } else { "sales@nordwerk.example" };
    let new = NewMessage { direction, from_address, thread: Some(thread), thread_index: "01d9aa", ..inquiry(&key, &id) };
    let message = messages::add(session, &new).await.expect("new");
    mentions::add_all(session, message, cites.last().map_or(&[], std::slice::from_ref), cites).await.expect("room");
}

async fn found(session: &mut Session, traces: &Traces<'_>) -> Vec<(ThreadId, ThreadEvidence, u32)> {
    let candidates = list_candidates(session, traces).await.expect("a look");
    candidates.iter().map(|candidate| (candidate.thread, candidate.evidence, candidate.cited_in_threads)).collect()
}

#[tokio::test]
async fn a_thread_is_found_by_every_kind_of_evidence() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, folder) = mailbox(&mut session).await;
        let ana = ana(&mut session).await;
        let valves = thread(&mut session, Some(ana), "cotización de válvulas").await;
        let (asked, answered) = ([header_id("inq-1@andina.example")], [header_id("off-1@nordwerk.example")]);
        mail(&mut session, 1, "inq-1@andina.example", Direction::In, valves, &[]).await;
        mail(&mut session, 2, "off-1@nordwerk.example", Direction::Out, valves, &asked).await;
        let draft_id = header_id("draft-1@nordwerk.example");
        let draft = NewDraft {
            thread: valves,
            act: None,
            account,
            folder,
            message_id: &draft_id,
            content_hash: &identity(9),
            size: 900,
            says: "Sehr geehrte Frau Rojas, wir bieten an.",
            answers: None,
            placed_at: MONDAY,
        };
        drafts::add(&mut session, &draft).await.expect("the first draft");
        threads::mark_activity(&mut session, valves, MONDAY.plus_ms(HOUR_MS), Direction::In).await.expect("known");

        assert_eq!(found(&mut session, &NOTHING).await, []);
        let traces = Traces { in_reply_to: &asked, ..NOTHING };
        assert_eq!(found(&mut session, &traces).await, [(valves, InReplyTo, 1)]);
        let traces = Traces { references: &asked, ..NOTHING };
        assert_eq!(found(&mut session, &traces).await, [(valves, References, 1)]);
        let traces = Traces { in_reply_to: &answered, ..NOTHING };
        assert_eq!(found(&mut session, &traces).await, [(valves, InReplyTo, 0), (valves, OurMail, 0)]);
        let traces = Traces { in_reply_to: std::slice::from_ref(&draft_id), ..NOTHING };
        assert_eq!(found(&mut session, &traces).await, [(valves, OurMail, 0)]);
        let traces = Traces { own_id: asked.first(), ..NOTHING };
        assert_eq!(found(&mut session, &traces).await, [(valves, CitedBy, 1)]);
        let traces = Traces { thread_index: Some("01d9aa"), ..NOTHING };
        assert_eq!(found(&mut session, &traces).await, [(valves, ThreadIndex, 1)]);
        let traces = Traces { contact: Some(ana), subject_key: "cotización de válvulas", ..NOTHING };
        assert_eq!(found(&mut session, &traces).await, [(valves, Subject, 1)]);
        let late = Traces { since: MONDAY.plus_ms(2 * HOUR_MS), ..traces };
        assert_eq!(found(&mut session, &late).await, [], "the thread rested too long for its subject to count");
        let stranger = Traces { contact: Some(ContactId(ana.0 + 1_000)), ..traces };
        assert_eq!(found(&mut session, &stranger).await, [], "somebody else's subject");

        let candidates = list_candidates(&mut session, &traces).await.expect("a look");
        let [candidate] = candidates.as_slice() else { panic!("{candidates:?}") };
        assert_eq!((candidate.contact, candidate.company), (Some(ana), None));
        assert_eq!(candidate.participants, ["ana@andina.example"], "folded, and without our own people");
        assert_eq!(candidate.subject_key, "cotización de válvulas");
        assert_eq!(candidate.last_at, MONDAY.plus_ms(HOUR_MS));
    })
    .await;
}

#[tokio::test]
async fn an_id_cited_everywhere_says_so() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        // A template's frozen Message-ID: everybody who fills it in answers the same mail.
        let frozen = [header_id("form@portal.example")];
        let mut number = 100;
        for _ in 0..CANDIDATES_MAX + 6 {
            let other = thread(&mut session, None, "form").await;
            number += 1;
            mail(&mut session, number, &format!("m{number}@portal.example"), Direction::In, other, &frozen).await;
        }
        let valves = thread(&mut session, None, "valves").await;
        mail(&mut session, 1, "form@portal.example", Direction::In, valves, &[]).await;
        let everywhere = u32::try_from(CANDIDATES_MAX + 6).expect("few");
        let traces = Traces { in_reply_to: &frozen, ..NOTHING };
        assert_eq!(found(&mut session, &traces).await, [(valves, InReplyTo, everywhere)]);
        // The other way round there are too many to give.
        let traces = Traces { own_id: frozen.first(), ..NOTHING };
        let cited = found(&mut session, &traces).await;
        assert_eq!(cited.len(), CANDIDATES_MAX);
        assert!(cited.iter().all(|(_, evidence, count)| (*evidence, *count) == (CitedBy, everywhere)));
    })
    .await;
}

#[tokio::test]
async fn the_nearest_of_very_many_references_comes_first() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let old = thread(&mut session, None, "old").await;
        let new = thread(&mut session, None, "new").await;
        mail(&mut session, 1, "r2@x.example", Direction::In, old, &[]).await;
        mail(&mut session, 2, "r58@x.example", Direction::In, new, &[]).await;
        let mut references: Vec<MessageId> = (0..60).map(|number| header_id(&format!("r{number}@x.example"))).collect();
        let traces = Traces { references: &references, ..NOTHING };
        assert_eq!(found(&mut session, &traces).await, [(new, References, 0), (old, References, 0)]);
        // A hostile letter cites without end; the newest ids count.
        references.splice(0..0, (0..50_000).map(|number| header_id(&format!("junk{number}@x.example"))));
        let traces = Traces { references: &references, ..NOTHING };
        assert_eq!(found(&mut session, &traces).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_thread_keeps_its_first_and_last_moment_in_whatever_order_mail_comes() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let ana = ana(&mut session).await;
        let valves = thread(&mut session, None, &"válvulas ".repeat(2_000)).await;
        for (hours, direction) in [(5, Direction::In), (-3, Direction::Out), (9, Direction::Out), (1, Direction::In)] {
            threads::mark_activity(&mut session, valves, MONDAY.plus_ms(hours * HOUR_MS), direction).await.expect("known");
        }
        threads::mark_customer(&mut session, valves, Some(ana), None).await.expect("known");
        threads::mark_customer(&mut session, valves, None, None).await.expect("known");
        threads::mark_owner(&mut session, valves, &address("li@nordwerk.example")).await.expect("known");
        let found = threads::find(&mut session, valves).await.expect("a look").expect("opened");
        assert_eq!(found.opened_at, MONDAY.plus_ms(-3 * HOUR_MS));
        assert_eq!(found.last_at, MONDAY.plus_ms(9 * HOUR_MS));
        assert_eq!(found.last_inbound_at, Some(MONDAY.plus_ms(5 * HOUR_MS)));
        assert_eq!((found.contact, found.owner), (Some(ana), Some(address("li@nordwerk.example"))));
        mail(&mut session, 1, "a@x.example", Direction::In, valves, &[]).await;
        let key = identity(2);
        let id = header_id("b@x.example");
        let late = messages::add(&mut session, &inquiry(&key, &id)).await.expect("new");
        messages::mark_thread(&mut session, late, Some(valves), Some(ana)).await.expect("known");
        let listed = messages::list_of_thread(&mut session, valves, 10).await.expect("a list");
        assert_eq!(listed.iter().map(|message| message.identity).collect::<Vec<_>>(), [identity(2), identity(1)]);
    })
    .await;
}
