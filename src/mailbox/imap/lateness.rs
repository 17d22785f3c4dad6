//! Servers that are late to show what they took, that do not say where they put it, or that call it by another name.

use super::model::Model;
use super::{ImapError, ImapVisit};
use crate::mailbox::{DraftNow, Floor, Landing, Lying, NewDraft, Tried};
use crate::types::MessageId;

const DRAFTS: &str = "Drafts";
/// More often than anybody looks for a mail in one visit.
const LONG: usize = 9;

fn draft(number: usize, tried: Tried) -> NewDraft {
    let message_id = MessageId::parse(&format!("d{number}.tradepost@x")).expect("an id");
    let token = message_id.draft_token();
    let bytes = format!(
        "Message-ID: <{message_id}>\r\nReferences: <{token}> <customer{number}@y>\r\nX-Tradepost-Draft: <{token}>\r\n\r\nDear Bob {number}\r\n"
    );
    NewDraft { unique: String::new(), message_id, bytes: bytes.into_bytes(), tried }
}

/// A server that says OK and nothing else, with a person's draft in Drafts.
async fn late(shows_after: usize, renames: bool) -> Model {
    let model = Model::start("").await;
    model.shelf(DRAFTS, |shelf| shelf.add("Message-ID: <theirs@x>\r\n\r\nHello\r\n"));
    (model.state().habits.shows_after, model.state().habits.renames) = (shows_after, renames);
    model
}

async fn put(visit: &mut ImapVisit, draft: NewDraft) -> Result<Landing, ImapError> {
    visit.put_drafts(DRAFTS, vec![draft]).await.pop().expect("one answer")
}

fn count(model: &Model) -> usize {
    model.shelf(DRAFTS, |shelf| shelf.mails.len())
}

#[tokio::test]
async fn drafts_that_are_shown_a_little_later_are_waited_for_together() {
    for renames in [false, true] {
        let model = late(3, renames).await;
        let mut visit = model.visit().await;
        let drafts: Vec<NewDraft> = (0..20).map(|number| draft(number, Tried::Never)).collect();
        let landed = visit.put_drafts(DRAFTS, drafts.clone()).await;
        for (number, (landed, draft)) in landed.into_iter().zip(&drafts).enumerate() {
            let Ok(Landing::Lies(put)) = landed else { panic!("{landed:?}") };
            assert_eq!(put.place, (number + 2).to_string());
            let lies = Lying { put, message_id: draft.message_id.clone() };
            assert_eq!(visit.draft_now(DRAFTS, &lies).await.expect("an answer"), DraftNow::Untouched, "ours under whatever name");
        }
        let heads = model.heard("HEADER.FIELDS");
        assert!(heads <= 4, "they were looked for together: {heads}");
        assert_eq!((model.heard("APPEND"), count(&model)), (20, 21));
    }
}

#[tokio::test]
async fn a_draft_that_is_not_shown_is_no_failure_and_is_never_put_again() {
    for renames in [false, true] {
        let model = late(LONG, renames).await;
        let mut visit = model.visit().await;
        assert_eq!(put(&mut visit, draft(1, Tried::Never)).await.expect("it was taken"), Landing::Unseen);
        visit.survey().await.expect("the visit goes on");
        let landed = loop {
            match put(&mut visit, draft(1, Tried::Pending)).await.expect("an answer") {
                Landing::Unseen => assert_eq!(count(&model), 1),
                landed => break landed,
            }
        };
        assert!(matches!(&landed, Landing::Lies(put) if put.place == "2"), "{landed:?}");
        assert_eq!((model.heard("APPEND"), count(&model)), (1, 2), "renames: {renames}");
    }
}

#[tokio::test]
async fn one_draft_of_a_visit_is_waited_for_in_vain_and_the_others_are_not() {
    let model = late(usize::MAX, false).await;
    let mut visit = model.visit().await;
    // Beside the look before it is put.
    for (number, looks) in [(1, 4), (2, 1), (3, 1)] {
        let before = model.heard("EXAMINE");
        assert_eq!(put(&mut visit, draft(number, Tried::Never)).await.expect("it was taken"), Landing::Unseen);
        assert_eq!(model.heard("EXAMINE") - before, 1 + looks, "draft {number}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_server_took_a_draft_leaves_it_taken() {
    let model = late(LONG, false).await;
    let mut visit = model.visit().await;
    model.state().habits.cuts_after_append = true;
    assert_eq!(put(&mut visit, draft(1, Tried::Never)).await.expect("it was taken"), Landing::Unseen);
    assert!(visit.survey().await.is_err_and(|error| error.ends_connection()), "the next command finds out");
}

#[tokio::test]
async fn a_try_that_broke_off_is_looked_for_first_and_again_only_while_it_may_come() {
    let model = late(2, false).await;
    model.state().habits.cuts_append = true;
    let cut = put(&mut model.visit().await, draft(1, Tried::Never)).await;
    assert!(matches!(cut, Err(ImapError::Unclear(_))), "{cut:?}");
    model.state().habits.cuts_append = false;
    let mut visit = model.visit().await;
    assert_eq!(put(&mut visit, draft(1, Tried::Pending)).await.expect("an answer"), Landing::Unseen, "not there yet, and not put");
    let landed = put(&mut visit, draft(1, Tried::Before)).await.expect("an answer");
    assert!(matches!(&landed, Landing::Lies(put) if put.place == "2"), "{landed:?}");
    assert_eq!((model.heard("APPEND"), count(&model)), (1, 2));
}

#[tokio::test]
async fn a_draft_that_a_person_edited_before_we_saw_it_is_the_persons() {
    let model = late(0, false).await;
    let edited = String::from_utf8(draft(1, Tried::Never).bytes).expect("text").replacen("<d1.", "<edited.", 1);
    model.shelf(DRAFTS, |shelf| shelf.add(&edited.replace("Dear Bob", "Dear Mr Hall,")));
    for tried in [Tried::Before, Tried::Pending] {
        let landed = put(&mut model.visit().await, draft(1, tried)).await.expect("an answer");
        assert_eq!(landed, Landing::Edited { uidvalidity: 7, place: "2".into() });
    }
    assert_eq!(model.heard("APPEND"), 0, "none is put beside it");
}

#[tokio::test]
async fn a_note_that_was_taken_is_put_and_one_that_broke_off_is_waited_for() {
    let model = late(3, false).await;
    let mut visit = model.visit().await;
    visit.put_note(draft(1, Tried::Never), None).await.expect("it was taken");
    assert_eq!(model.heard("FETCH"), 0, "where it lies is nobody's concern");
    visit.put_note(draft(1, Tried::Before), None).await.expect("it shows after a while");
    assert_eq!((model.heard("APPEND"), model.shelf("INBOX", |shelf| shelf.mails.len())), (1, 1));
    // One that does not come is put again.
    visit.put_note(draft(2, Tried::Before), None).await.expect("it was taken");
    assert_eq!(model.heard("APPEND"), 2);
}

#[tokio::test]
async fn a_note_of_an_earlier_try_is_looked_for_only_above_what_lay_there_before_it() {
    let model = late(0, false).await;
    let note = draft(1, Tried::Before);
    model.shelf("INBOX", |shelf| {
        (0..3_000).for_each(|number| _ = shelf.add(&format!("Message-ID: <m{number}@x>\r\n\r\nHello\r\n")));
        shelf.add(std::str::from_utf8(&note.bytes).expect("text"));
        (0..5).for_each(|number| _ = shelf.add(&format!("Message-ID: <n{number}@x>\r\n\r\nHello\r\n")));
    });
    let looked = async |floor: Option<Floor>| {
        let before = model.state().heard.len();
        model.visit().await.put_note(note.clone(), floor).await.expect("it lies there");
        let state = model.state();
        let fetches = state.heard.iter().skip(before).filter(|line| line.starts_with("UID FETCH"));
        fetches.filter_map(|line| Some(line.split(' ').nth(2)?.to_owned())).collect::<Vec<_>>()
    };
    let floor = |uidvalidity, uid| Some(Floor { uidvalidity, uid });
    assert_eq!(looked(floor(7, 2_990)).await, ["2991:3006"]);
    // A head that the server leaves out once is asked for again: a note that is overlooked is put twice.
    model.state().habits.hidden.insert(3_001, 1);
    assert_eq!(looked(floor(7, 2_990)).await, ["2991:3006", "2991:3006"]);
    // Other UIDs, and UIDs that were given anew, tell nothing.
    for other in [floor(8, 2_990), floor(7, 9_999), None] {
        assert_eq!(looked(other).await, ["1:3006"], "{other:?}");
    }
    assert_eq!((model.heard("APPEND"), model.shelf("INBOX", |shelf| shelf.mails.len())), (0, 3_006));
}
