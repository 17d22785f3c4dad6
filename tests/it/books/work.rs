//! Acts, drafts, leases, ids: what must happen once.

use super::{HOUR_MS, MONDAY, header_id, identity, inquiry, mailbox};
use crate::support::engines::{Engine, Place, for_each_engine};
use std::collections::BTreeSet;
use tradepost::record::acts::{ActState, Claim, ClaimedAct, NewAct, SLOTS};
use tradepost::record::drafts::{DraftState, NewDraft, Placed};
use tradepost::record::leases::Fence;
use tradepost::record::messages::NewMessage;
use tradepost::record::threads::NewThread;
use tradepost::record::{Books, BooksError, Purpose, Retry, Session, acts, drafts, leases, messages, settings, threads};
use tradepost::types::{AccountId, Moment};

async fn plan(session: &mut Session, account: AccountId, effect_key: &str, due_at: Moment) -> bool {
    let new = NewAct { effect_key, kind: "draft", message: None, thread: None, account, payload: "{}", why: "inquiry", due_at };
    acts::add(session, &new).await.expect("room")
}

fn claim(owner: &str, now: Moment) -> Claim<'_> {
    Claim { owner, account: AccountId(1), now, lease_ms: 60_000, limit: 10, slots: 0..SLOTS }
}

async fn claimed(session: &mut Session, claim: &Claim<'_>) -> Vec<ClaimedAct> {
    acts::claim_due(session, claim).await.expect("a claim")
}

#[tokio::test]
async fn an_effect_is_planned_once_and_claimed_when_due() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, _) = mailbox(&mut session).await;
        assert!(plan(&mut session, account, "draft:2", MONDAY.plus_ms(-1)).await);
        assert!(plan(&mut session, account, "draft:1", MONDAY.plus_ms(-2)).await);
        assert!(plan(&mut session, account, "draft:3", MONDAY.plus_ms(1)).await);
        assert!(!plan(&mut session, account, "draft:1", MONDAY).await, "planned before");
        assert_eq!(acts::find_next_due(&mut session, AccountId(1)).await.expect("a look"), Some(MONDAY.plus_ms(-2)));
        let first = claimed(&mut session, &Claim { limit: 1, ..claim("desk", MONDAY) }).await;
        let rest = claimed(&mut session, &claim("desk", MONDAY)).await;
        let keys: Vec<_> = first.iter().chain(&rest).map(|act| (act.effect_key.as_str(), act.attempts)).collect();
        assert_eq!(keys, [("draft:1", 1), ("draft:2", 1)]);
        let done = first.first().expect("one act");
        assert!(acts::mark_done(&mut session, done, MONDAY, "").await.expect("held"));
        assert!(!acts::mark_done(&mut session, done, MONDAY, "").await.expect("done before"));
        assert!(!plan(&mut session, account, "draft:1", MONDAY).await, "done is planned before, too");
        let (_, state) = acts::find_state(&mut session, "draft:1").await.expect("a look").expect("planned");
        assert_eq!(state, ActState::Done);
        assert_eq!(acts::count_by_state(&mut session).await.expect("a count"), [(ActState::Done, 1), (ActState::Due, 2)]);
    })
    .await;
}

#[tokio::test]
async fn of_two_daemons_the_one_that_plans_later_in_a_thread_has_the_newer_act_and_message() {
    let place = Place::new(Engine::Postgres).await;
    let first = place.open().await;
    let mut session = first.begin().await.expect("free books");
    let (account, _) = mailbox(&mut session).await;
    let thread = NewThread { contact: None, company: None, subject: "LED", subject_key: "led", owner: None, opened_at: MONDAY };
    let thread = threads::add(&mut session, &thread).await.expect("room");
    session.commit().await.expect("committed");
    // Another process, whose ids come from a later block.
    let other = Purpose::Daemon { owner: "other".to_owned() };
    let other = Books::open(&place.address, other).await.expect("free for several");
    let planned = async |books: &Books, effect_key: &str, number: u32| {
        let mut session = books.begin().await.expect("free books");
        let new =
            NewAct { thread: Some(thread), effect_key, kind: "draft", message: None, account, payload: "{}", why: "", due_at: MONDAY };
        assert!(acts::add(&mut session, &new).await.expect("room"));
        let (identity, id) = (identity(number), header_id(&format!("m{number}@x")));
        let new = NewMessage { thread: Some(thread), ..inquiry(&identity, &id) };
        let message = messages::add(&mut session, &new).await.expect("room");
        session.commit().await.expect("committed");
        (acts::find_state(&mut books.look().await.expect("a look"), effect_key).await.expect("read").expect("planned").0, message)
    };
    let by_other = planned(&other, "draft:1", 1).await;
    let by_first = planned(&first, "draft:2", 2).await;
    let by_other_again = planned(&other, "draft:3", 3).await;
    assert!(by_other.0 < by_first.0 && by_first.0 < by_other_again.0, "{by_other:?} {by_first:?} {by_other_again:?}");
    assert!(by_other.1 < by_first.1 && by_first.1 < by_other_again.1, "{by_other:?} {by_first:?} {by_other_again:?}");
    for books in [first, other] {
        books.close().await;
    }
    place.clear().await;
}

#[tokio::test]
async fn a_claim_that_ran_out_is_due_again_and_its_first_holder_can_no_longer_speak_for_it() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, _) = mailbox(&mut session).await;
        plan(&mut session, account, "draft:1", MONDAY).await;
        let slow = claimed(&mut session, &claim("desk", MONDAY)).await.pop().expect("due");
        assert_eq!(claimed(&mut session, &claim("other", MONDAY.plus_ms(59_000))).await, []);
        // Even under the same name: a daemon that restarted is not the one that claimed.
        let again = claimed(&mut session, &claim("desk", MONDAY.plus_ms(60_001))).await.pop().expect("due again");
        assert_eq!((again.id, again.attempts), (slow.id, 2));
        assert!(!acts::mark_done(&mut session, &slow, MONDAY, "").await.expect("lost"));
        assert!(!acts::mark_gave_up(&mut session, &slow, MONDAY, "late").await.expect("lost"));
        assert!(acts::mark_try_later(&mut session, &again, MONDAY.plus_ms(HOUR_MS), "the server is busy").await.expect("held"));
        assert_eq!(claimed(&mut session, &claim("desk", MONDAY.plus_ms(61_000))).await, []);
        let later = claimed(&mut session, &claim("desk", MONDAY.plus_ms(HOUR_MS))).await.pop().expect("due again");
        assert_eq!((later.attempts, later.why.as_str()), (3, "the server is busy"));
        assert!(acts::mark_uncertain(&mut session, &later, MONDAY, "no answer after the final dot").await.expect("held"));
        assert_eq!(claimed(&mut session, &claim("desk", MONDAY.plus_ms(9 * HOUR_MS))).await, [], "never repeated blindly");
        assert_eq!(acts::find_next_due(&mut session, AccountId(1)).await.expect("a look"), None);
        plan(&mut session, account, "draft:2", MONDAY).await;
        let hopeless = claimed(&mut session, &claim("desk", MONDAY)).await.pop().expect("due");
        assert!(acts::mark_gave_up(&mut session, &hopeless, MONDAY, "no such folder").await.expect("held"));
        let counts = acts::count_by_state(&mut session).await.expect("a count");
        assert_eq!(counts, [(ActState::GaveUp, 1), (ActState::Uncertain, 1)]);
    })
    .await;
}

#[tokio::test]
async fn what_is_claimed_is_due_when_its_claim_has_run_out_or_is_given_up() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, _) = mailbox(&mut session).await;
        let next = async |session: &mut Session| acts::find_next_due(session, account).await.expect("a look");
        plan(&mut session, account, "draft:1", MONDAY).await;
        let held = claimed(&mut session, &claim("desk", MONDAY)).await;
        assert_eq!(held.len(), 1);
        let free_at = next(&mut session).await.expect("it is still due");
        assert_eq!(claimed(&mut session, &claim("other", free_at.plus_ms(-1))).await, [], "not before");
        plan(&mut session, account, "draft:2", MONDAY.plus_ms(HOUR_MS)).await;
        assert_eq!(next(&mut session).await, Some(free_at));
        assert_eq!(acts::mark_released(&mut session, account, "other").await.expect("a look"), 0, "somebody else's claim stays");
        assert!(acts::is_any_claimed(&mut session, account).await.expect("a look"));
        assert_eq!(acts::mark_released(&mut session, account, "desk").await.expect("free books"), 1);
        assert!(!acts::is_any_claimed(&mut session, account).await.expect("a look"));
        assert_eq!(next(&mut session).await, Some(MONDAY));
        let late = held.first().expect("one act");
        assert!(!acts::mark_done(&mut session, late, MONDAY, "").await.expect("a look"), "whoever gave it up cannot speak for it");
        // A claim that is overdue is no later than that.
        assert_eq!(claimed(&mut session, &claim("desk", free_at)).await.len(), 1);
        assert_eq!(next(&mut session).await, Some(free_at.plus_ms(60_001)));
    })
    .await;
}

#[tokio::test]
async fn nothing_is_claimed_while_the_books_are_paused() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, _) = mailbox(&mut session).await;
        plan(&mut session, account, "draft:1", MONDAY).await;
        settings::mark_paused(&mut session, Some("stock-taking")).await.expect("room");
        assert_eq!(settings::find_paused(&mut session).await.expect("a look").as_deref(), Some("stock-taking"));
        assert_eq!(claimed(&mut session, &claim("desk", MONDAY)).await, []);
        settings::mark_paused(&mut session, None).await.expect("known");
        assert_eq!(claimed(&mut session, &claim("desk", MONDAY)).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn workers_on_other_slots_never_take_the_same_act() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, _) = mailbox(&mut session).await;
        for number in 0..10 {
            plan(&mut session, account, &format!("draft:{number}"), MONDAY).await;
        }
        let mut taken = BTreeSet::new();
        for slot in 0..SLOTS {
            for act in claimed(&mut session, &Claim { slots: slot..slot + 1, ..claim("desk", MONDAY) }).await {
                assert_eq!(act.id.0.rem_euclid(SLOTS), slot);
                assert!(taken.insert(act.id));
            }
        }
        assert_eq!(taken.len(), 10);
    })
    .await;
}

/// Claims everything, one act a transaction, beginning again when two transactions met.
async fn work_off(books: Books, owner: &'static str) -> Result<Vec<ClaimedAct>, BooksError> {
    let mut mine = Vec::new();
    let mut retry = Retry::default();
    loop {
        match claim_one(&books, owner).await {
            Ok(acts) if acts.is_empty() => return Ok(mine),
            Ok(acts) => mine.extend(acts),
            Err(error) => {
                retry.after(error).await?;
                continue;
            }
        }
        retry = Retry::default();
    }
}

async fn claim_one(books: &Books, owner: &str) -> Result<Vec<ClaimedAct>, BooksError> {
    let mut session = books.begin().await?;
    let acts = acts::claim_due(&mut session, &Claim { limit: 1, ..claim(owner, MONDAY) }).await?;
    session.commit().await.map(|()| acts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_workers_at_once_claim_every_act_once() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, _) = mailbox(&mut session).await;
        for number in 0..40 {
            plan(&mut session, account, &format!("draft:{number}"), MONDAY).await;
        }
        session.commit().await.expect("room on the disk");
        let workers = ["a", "b", "c", "d"].map(|owner| tokio::spawn(work_off(books.clone(), owner)));
        let mut taken = Vec::new();
        for worker in workers {
            taken.extend(worker.await.expect("no panic").expect("begun again when they met"));
        }
        assert!(taken.iter().all(|act| act.attempts == 1));
        assert_eq!(taken.iter().map(|act| act.id).collect::<BTreeSet<_>>().len(), 40);
    })
    .await;
}

#[tokio::test]
async fn a_thread_has_one_draft_of_ours_and_a_persons_draft_stays_theirs() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, folder) = mailbox(&mut session).await;
        let new = NewThread { contact: None, company: None, subject: "", subject_key: "", owner: None, opened_at: MONDAY };
        let thread = threads::add(&mut session, &new).await.expect("new");
        let ids = [header_id("d1@nordwerk.example"), header_id("d2@nordwerk.example")];
        let draft = |number: usize| NewDraft {
            thread,
            act: None,
            account,
            folder,
            message_id: ids.get(number).expect("two drafts"),
            content_hash: &[5; 32],
            size: 900,
            says: "Sehr geehrte Frau Rojas, wir bieten an.",
            answers: None,
            placed_at: MONDAY,
        };
        assert_eq!(drafts::find_ours(&mut session, thread).await.expect("a look"), None);
        let first = drafts::add(&mut session, &draft(0)).await.expect("the first");
        let ours = drafts::find_ours(&mut session, thread).await.expect("a look").expect("placed");
        assert_eq!((ours.id, ours.state, &ours.content_hash, ours.place.as_str()), (first, DraftState::Ours, &[5; 32], ""));
        let placed = Placed { folder, uidvalidity: 7, place: "3", content_hash: &[6; 32], size: 911 };
        assert!(drafts::mark_place(&mut session, first, &placed).await.expect("known"));
        let lies = drafts::find_at(&mut session, account, folder, 7, "3").await.expect("a look").expect("it lies there");
        assert_eq!((lies.id, &lies.content_hash, lies.size), (first, &[6; 32], 911), "as the mailbox gives it back");
        assert!(drafts::mark_state(&mut session, first, DraftState::Persons, MONDAY.plus_ms(9)).await.expect("known"));
        assert!(!drafts::mark_state(&mut session, first, DraftState::Withdrawn, MONDAY).await.expect("theirs for good"));
        let theirs = drafts::find_by_header_id(&mut session, draft(0).message_id).await.expect("a look").expect("placed");
        assert_eq!((theirs.state, theirs.changed_at), (DraftState::Persons, MONDAY.plus_ms(9)));
        drafts::add(&mut session, &draft(1)).await.expect("the second");
        assert_eq!(drafts::list_open(&mut session, account).await.expect("a list").len(), 2, "ours and a person's may lie there");
        assert_eq!(drafts::list_of_thread(&mut session, thread).await.expect("a list").len(), 2);
        let counts = drafts::count_by_state(&mut session).await.expect("a count");
        assert_eq!(counts, [(DraftState::Ours, 1), (DraftState::Persons, 1)]);
        let third = header_id("d3@nordwerk.example");
        let error = drafts::add(&mut session, &NewDraft { message_id: &third, ..draft(1) }).await.expect_err("a second one of ours");
        assert_eq!(error.kind(), "books-failed");
    })
    .await;
}

#[tokio::test]
async fn a_copy_in_sent_proves_that_a_draft_was_sent_whatever_the_books_said() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, folder) = mailbox(&mut session).await;
        for (number, before) in [DraftState::Ours, DraftState::Persons, DraftState::Gone, DraftState::Withdrawn].into_iter().enumerate() {
            let new = NewThread { contact: None, company: None, subject: "", subject_key: "", owner: None, opened_at: MONDAY };
            let thread = threads::add(&mut session, &new).await.expect("new");
            let message_id = &header_id(&format!("s{number}@nordwerk.example"));
            let (content_hash, placed_at) = (&[5; 32], MONDAY);
            let new =
                NewDraft { thread, act: None, account, folder, message_id, content_hash, size: 9, says: "", answers: None, placed_at };
            let id = drafts::add(&mut session, &new).await.expect("a draft");
            drafts::mark_state(&mut session, id, before, MONDAY).await.expect("known");
            assert!(drafts::mark_state(&mut session, id, DraftState::Sent, MONDAY).await.expect("known"), "{before:?}");
            assert!(!drafts::mark_state(&mut session, id, DraftState::Gone, MONDAY).await.expect("sent for good"), "{before:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_lease_is_held_by_one_until_it_ends() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let until = MONDAY.plus_ms(60_000);
        let epoch = leases::take(&mut session, "sales", "a", MONDAY, until).await.expect("a look").expect("free");
        assert_eq!(leases::take(&mut session, "sales", "b", MONDAY, until).await.expect("a look"), None);
        let held = leases::renew_all(&mut session, "a", until.plus_ms(1)).await.expect("a look");
        assert_eq!(held.iter().map(|held| (held.name.as_str(), held.epoch)).collect::<Vec<_>>(), [("sales", epoch)]);
        let after = until.plus_ms(2);
        let next = leases::take(&mut session, "sales", "b", after, after.plus_ms(60_000)).await.expect("a look").expect("ended");
        assert!(next > epoch);
        assert_eq!(leases::renew_all(&mut session, "a", after).await.expect("a look"), []);
        let held = |epoch| Fence { name: "sales".to_owned(), epoch };
        leases::release(&mut session, "a", &held(epoch)).await.expect("nothing happens");
        assert_eq!(leases::find(&mut session, "sales").await.expect("a look").expect("taken").owner, "b");
        leases::release(&mut session, "b", &held(next)).await.expect("held");
        assert_eq!(leases::renew_all(&mut session, "b", until).await.expect("a look"), [], "what was given back is not prolonged");
        let again = leases::take(&mut session, "sales", "a", after, until).await.expect("a look").expect("given back");
        assert!(again > next);
    })
    .await;
}

#[tokio::test]
async fn an_id_is_never_given_twice() {
    for_each_engine(|books| async move {
        let mut given = BTreeSet::new();
        let mut kept = 0;
        for round in 0..6_u32 {
            let mut session = books.begin().await.expect("free books");
            // More than a block of ids in one session; every second session is given up.
            for number in 0..401 {
                let key = identity(round * 1_000 + number);
                let id = header_id("same@andina.example");
                let row = messages::add(&mut session, &inquiry(&key, &id)).await.expect("a new id");
                assert!(round % 2 == 1 || given.insert(row), "{row} twice");
            }
            if round % 2 == 0 {
                session.commit().await.expect("room on the disk");
                kept += 401;
            }
        }
        let mut session = books.look().await.expect("a snapshot");
        assert_eq!(messages::count(&mut session).await.expect("a count"), kept);
    })
    .await;
}
