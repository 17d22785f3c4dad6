//! Mail that a server leaves out of an answer, and mail that goes while we look: nothing is lost for it, and nothing comes twice.

use super::model::{Model, OfGone};
use super::watch::Pace;
use super::{ImapError, ImapVisit};
use crate::mailbox::{Entry, Landing, Look, Mark, NewDraft, Parcel, Places, Tried, UidSet};
use crate::types::MessageId;
use std::time::Duration;

const INBOX: &str = "INBOX";
/// What arrives, and is below what is asked for in parts.
const TEXT: &str = "Subject: offer\r\n\r\n";
/// In three parts.
const LARGE_BYTES: usize = 2 * 1024 * 1024 + 1;
/// Just as large as two parts, so that no part is a short one.
const TWO_PARTS_BYTES: usize = 2 * 1024 * 1024;

async fn with_mails(count: usize) -> Model {
    let model = Model::start("UIDPLUS").await;
    model.shelf(INBOX, |shelf| {
        for _ in 0..count {
            shelf.add(TEXT);
        }
    });
    model
}

fn known(uids: impl IntoIterator<Item = u32>) -> Places {
    Places::Uids { uidvalidity: 7, uids: uids.into_iter().collect() }
}

/// The mark of a look that left so many mails known.
fn mark(messages: u64, uidnext: u32) -> Mark {
    Mark { uidvalidity: 7, uidnext: Some(uidnext), messages, modseq: None }
}

fn places(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.place.as_str()).collect()
}

async fn look(visit: &mut ImapVisit, known: &Places, last: Option<&Mark>) -> Look {
    visit.look(INBOX, known, last).await.expect("the model answers")
}

#[tokio::test]
async fn a_last_mail_that_is_not_shown_makes_no_other_gone() {
    let model = with_mails(4).await;
    model.shelf(INBOX, |shelf| shelf.mails.remove(&1));
    model.state().habits.tells_no_uidnext = true;
    let mut visit = model.visit().await;
    let last = Mark { uidnext: None, ..mark(4, 5) };
    model.state().habits.hidden.insert(4, 1);
    let seen = look(&mut visit, &known([2, 4]), Some(&last)).await;
    assert_eq!((places(&seen.newcomers), seen.gone), (vec!["3"], vec![]));
    model.state().habits.hidden.insert(4, 1);
    let (_, entries) = visit.heads(INBOX, &known([])).await.expect("the model answers");
    assert_eq!(places(&entries), ["2", "3", "4"], "drafts are judged by what lies there");
}

#[tokio::test]
async fn what_lay_there_before_is_counted_and_not_listed_until_it_is_wanted() {
    let model = with_mails(500).await;
    let mut visit = model.visit().await;
    let above = async |visit: &mut ImapVisit, known: &Places, above: Option<u32>| {
        let before = model.state().heard.len();
        let fresh = visit.look_above(INBOX, known, above).await.expect("the model answers");
        let fetches = model.state().heard.iter().skip(before).filter(|line| line.contains("FETCH")).cloned().collect::<Vec<_>>();
        (places(&fresh.look.newcomers).join(" "), fresh.above, fresh.older, fetches)
    };
    assert_eq!(above(&mut visit, &known([]), None).await, (String::new(), 501, 500, vec![]));
    model.shelf(INBOX, |shelf| [shelf.add(TEXT), shelf.add(TEXT)]);
    let asked = "UID FETCH 501:502 (UID FLAGS INTERNALDATE RFC822.SIZE)".to_owned();
    assert_eq!(above(&mut visit, &known([]), Some(501)).await, ("501 502".to_owned(), 501, 500, vec![asked.clone()]));
    assert_eq!(above(&mut visit, &known([501]), Some(501)).await, ("502".to_owned(), 501, 500, vec![asked]));
    model.shelf(INBOX, |shelf| shelf.uidvalidity = 8);
    assert_eq!(above(&mut visit, &known([501]), Some(501)).await, (String::new(), 503, 502, vec![]), "other UIDs");
}

#[tokio::test]
async fn a_mail_left_out_is_not_made_up_for_by_one_that_went() {
    for (went, left_out) in [(1, 4), (1, 6), (3, 4), (3, 8)] {
        let model = with_mails(8).await;
        model.shelf(INBOX, |shelf| shelf.mails.remove(&went));
        model.state().habits.hidden.insert(left_out, 1);
        let seen = look(&mut model.visit().await, &known([1, 2, 3]), Some(&mark(3, 4))).await;
        assert_eq!(places(&seen.newcomers), ["4", "5", "6", "7", "8"], "{left_out} was left out when {went} had gone");
        assert_eq!(seen.gone, [went.to_string()]);
    }
}

#[tokio::test]
async fn a_deletion_in_a_large_folder_costs_one_listing_and_an_arrival_none() {
    let model = with_mails(20_000).await;
    let mut visit = model.visit().await;
    let mut uids: UidSet = (1..=20_000).collect();
    model.shelf(INBOX, |shelf| shelf.mails.remove(&9_999));
    let seen = look(&mut visit, &known(uids.iter()), Some(&mark(20_000, 20_001))).await;
    assert_eq!((seen.newcomers, seen.gone), (vec![], vec!["9999".to_owned()]));
    assert_eq!((model.heard("FETCH"), model.heard("(UID)")), (2, 2), "each half of the folder is listed once");
    uids.remove(9_999);
    let seen = look(&mut visit, &known(uids.iter()), Some(&seen.mark)).await;
    assert_eq!((seen.newcomers, seen.gone, model.heard("FETCH")), (vec![], vec![], 2), "nothing is asked when nothing happened");
    model.shelf(INBOX, |shelf| shelf.add(TEXT));
    let seen = look(&mut visit, &known(uids.iter()), Some(&seen.mark)).await;
    assert_eq!((places(&seen.newcomers), model.heard("FETCH"), model.heard("(UID)")), (vec!["20001"], 3, 2));
}

#[tokio::test]
async fn a_deletion_in_a_large_folder_costs_a_line_where_the_server_remembers() {
    let model = Model::start("UIDPLUS ENABLE CONDSTORE QRESYNC").await;
    model.shelf(INBOX, |shelf| (0..20_000).for_each(|_| _ = shelf.add(TEXT)));
    let mut visit = model.visit().await;
    let mut uids: UidSet = (1..=20_000).collect();
    let mut last = look(&mut visit, &known(uids.iter()), Some(&mark(20_000, 20_001))).await.mark;
    // One in the middle, two with the highest of all, one when a mail arrives, the highest when a mail arrives, all but two.
    let steps: [(&[u32], u32, usize); 5] = [(&[9_999], 0, 1), (&[5, 20_000], 0, 1), (&[77], 2, 2), (&[20_002], 1, 3), (&[6, 20_003], 0, 1)];
    for (gone, arriving, commands) in steps {
        let asked = model.heard("FETCH");
        let arrived: Vec<String> = model.shelf(INBOX, |shelf| {
            gone.iter().for_each(|uid| _ = shelf.mails.remove(uid));
            (0..arriving).map(|_| shelf.add(TEXT).to_string()).collect()
        });
        let seen = look(&mut visit, &known(uids.iter()), Some(&last)).await;
        assert_eq!(seen.gone, gone.iter().map(u32::to_string).collect::<Vec<_>>());
        assert_eq!(places(&seen.newcomers), arrived);
        assert_eq!(model.heard("FETCH") - asked, commands, "{gone:?} went");
        uids = uids.without(&gone.iter().copied().collect());
        arrived.iter().for_each(|uid| _ = uids.insert(uid.parse().expect("a UID")));
        last = seen.mark;
    }
    assert_eq!(model.heard("FETCH 1:10"), 0, "nothing was listed");
}

#[tokio::test]
async fn a_server_that_remembers_wrongly_is_not_relied_on() {
    for forgets in [false, true] {
        let model = Model::start("UIDPLUS ENABLE CONDSTORE QRESYNC").await;
        model.shelf(INBOX, |shelf| (0..8).for_each(|_| _ = shelf.add(TEXT)));
        let mut visit = model.visit().await;
        let last = look(&mut visit, &known(1..=8), Some(&mark(8, 9))).await.mark;
        model.state().habits.forgets_vanished = forgets;
        model.shelf(INBOX, |shelf| {
            shelf.mails.remove(&3);
            shelf.add(TEXT);
            shelf.add(TEXT)
        });
        // A mail left out of the answer must not be made up for by one that went.
        model.state().habits.hidden.insert(9, 1);
        let seen = look(&mut visit, &known(1..=8), Some(&last)).await;
        assert_eq!((places(&seen.newcomers), seen.gone), (vec!["9", "10"], vec!["3".to_owned()]));
        // Of what was not taken over nobody asks what went: all is listed.
        let listed = model.heard("VANISHED");
        let seen = look(&mut visit, &known([1, 2, 4, 5, 6, 7, 8, 10]), Some(&seen.mark)).await;
        assert_eq!((places(&seen.newcomers), seen.gone, model.heard("VANISHED")), (vec!["9"], vec![], listed));
    }
}

#[tokio::test]
async fn a_uidnext_that_is_lower_for_once_makes_nothing_come_again() {
    let known_mails = || known(1..=100);
    for (told, times) in [(50, 1), (50, usize::MAX), (1, usize::MAX)] {
        let model = with_mails(100).await;
        let mut visit = model.visit().await;
        model.state().habits.uidnext_told = Some((told, times));
        let seen = look(&mut visit, &known_mails(), Some(&mark(100, 101))).await;
        assert_eq!((seen.is_reset, seen.newcomers, seen.gone), (false, vec![], vec![]), "it shows a mail that cannot be");
        model.shelf(INBOX, |shelf| shelf.add(TEXT));
        let seen = look(&mut visit, &known_mails(), Some(&seen.mark)).await;
        assert_eq!((places(&seen.newcomers), seen.gone), (vec!["101"], vec![]), "what comes is found all the same");
    }
}

#[tokio::test]
async fn a_server_that_lags_behind_makes_only_what_it_lacked_come_again() {
    let model = with_mails(98).await;
    let earlier = model.shelf(INBOX, |shelf| shelf.clone());
    model.shelf(INBOX, |shelf| [TEXT; 3].map(|text| shelf.add(text)));
    let mut visit = model.visit().await;
    model.state().habits.is_stale = true;
    model.state().habits.lags_behind = Some((earlier.clone(), 2));
    let seen = look(&mut visit, &known(1..=100), Some(&mark(100, 101))).await;
    assert!(!seen.is_reset);
    // They may be other mail: a copy was restored, and as many came meanwhile.
    assert_eq!((places(&seen.newcomers), seen.gone), (vec!["99", "100", "101"], vec!["99".to_owned(), "100".to_owned()]));
    model.state().habits.lags_behind = Some((earlier, usize::MAX));
    let seen = look(&mut visit, &known(1..=100), Some(&mark(100, 101))).await;
    assert!(seen.is_reset && seen.newcomers.len() == 98, "a server that does not catch up was restored from a copy");
}

#[tokio::test]
async fn a_mail_that_goes_before_its_batch_is_fetched_holds_up_no_other() {
    for of_gone in [OfGone::Text, OfGone::Nothing, OfGone::Nil, OfGone::Empty, OfGone::No, OfGone::NoAtAll] {
        let model = with_mails(4).await;
        (model.state().habits.is_stale, model.state().habits.of_gone) = (true, of_gone);
        let mut visit = model.visit().await;
        let seen = look(&mut visit, &known([]), None).await;
        model.shelf(INBOX, |shelf| shelf.mails.remove(&2));
        let parcels = visit.fetch(INBOX, &seen.newcomers).await.expect("the others");
        let given: Vec<bool> = parcels.iter().map(|parcel| matches!(parcel, Parcel::Bytes(bytes) if bytes == TEXT.as_bytes())).collect();
        assert_eq!(given, [true, of_gone == OfGone::Text, true, true], "{of_gone:?}");
        assert!(model.heard("BODY.PEEK") <= 2, "the others come together: {of_gone:?}");
        model.shelf(INBOX, |shelf| shelf.mails.clear());
        let parcels = visit.fetch(INBOX, &seen.newcomers).await.expect("a folder that was emptied is no trouble");
        let all_missing = parcels.iter().all(|parcel| matches!(parcel, Parcel::Missing));
        assert_eq!(all_missing, of_gone != OfGone::Text, "{of_gone:?}");
    }
}

#[tokio::test]
async fn a_large_mail_that_goes_half_way_or_cannot_be_read_is_missing_alone() {
    let cases = [(LARGE_BYTES, false, OfGone::Nothing), (LARGE_BYTES, false, OfGone::Empty), (LARGE_BYTES, false, OfGone::Nil)];
    let untold = [(LARGE_BYTES, true, OfGone::Text), (TWO_PARTS_BYTES, true, OfGone::Text), (TWO_PARTS_BYTES, true, OfGone::Empty)];
    for (bytes, tells_no_size, of_gone) in cases.into_iter().chain(untold) {
        for parts in [1, 2] {
            let model = with_mails(1).await;
            model.shelf(INBOX, |shelf| shelf.add(&"x".repeat(bytes)));
            (model.state().habits.tells_no_size, model.state().habits.of_gone) = (tells_no_size, of_gone);
            // Else a mail that went is no longer shown to be asked for.
            model.state().habits.is_stale = of_gone != OfGone::Text;
            let mut visit = model.visit().await;
            let mut seen = look(&mut visit, &known([]), None).await;
            // As if it were larger than small mails are.
            seen.newcomers.iter_mut().filter(|entry| entry.place == "2").for_each(|entry| entry.size = entry.size.max(9 * 1024 * 1024));
            model.state().habits.going.insert(2, parts);
            let parcels = visit.fetch(INBOX, &seen.newcomers).await.expect("the other");
            let missing: Vec<bool> = parcels.iter().map(|parcel| matches!(parcel, Parcel::Missing)).collect();
            assert_eq!(missing, [false, true], "{bytes} bytes, gone after {parts} parts, then {of_gone:?}");
        }
    }
    let model = with_mails(1).await;
    model.state().habits.unreadable.insert(2);
    model.shelf(INBOX, |shelf| shelf.add(&"x".repeat(9 * 1024 * 1024)));
    let mut visit = model.visit().await;
    let seen = look(&mut visit, &known([]), None).await;
    let parcels = visit.fetch(INBOX, &seen.newcomers).await.expect("the other");
    assert!(matches!(parcels.as_slice(), [Parcel::Bytes(_), Parcel::Missing]), "{parcels:?}");
    let large = seen.newcomers.get(1..).expect("two mails");
    assert!(visit.fetch(INBOX, large).await.is_err(), "a server that refuses all is out of order");
}

#[tokio::test]
async fn mails_far_larger_than_the_server_said_come_one_by_one() {
    let model = with_mails(1).await;
    model.shelf(INBOX, |shelf| (0..3).for_each(|_| _ = shelf.add(&"x".repeat(20 * 1024 * 1024))));
    model.state().habits.claims = Some(1_000);
    let mut visit = model.visit().await;
    let seen = look(&mut visit, &known([]), None).await;
    let error = visit.fetch(INBOX, &seen.newcomers).await.expect_err("they do not fit into memory together");
    assert!(matches!(error, ImapError::TooMuch) && error.ends_connection(), "{error}");
    let mut visit = model.visit().await;
    look(&mut visit, &known([]), None).await;
    for (entry, len) in seen.newcomers.iter().zip([TEXT.len(), 20 << 20, 20 << 20, 20 << 20]) {
        let parcels = visit.fetch(INBOX, std::slice::from_ref(entry)).await.expect("each fits in alone");
        let bytes = parcels.into_iter().next().map(|parcel| parcel.open(u64::MAX).expect("readable").len());
        assert_eq!(bytes, Some(len));
    }
}

#[tokio::test]
async fn a_draft_that_the_server_does_not_show_at_once_is_not_put_twice() {
    for (hidden, tells_no_uidnext) in [(1, false), (2, false), (2, true)] {
        let model = Model::start("UIDPLUS").await;
        let text = |id: &str| format!("Message-ID: <{id}@x>\r\n\r\nDear Bob\r\n");
        let last = if hidden == 1 { ["ours", "theirs"] } else { ["theirs", "ours"] };
        model.shelf("Drafts", |shelf| last.map(|id| shelf.add(&text(id))));
        model.state().habits.tells_no_uidnext = tells_no_uidnext;
        model.state().habits.hidden.insert(hidden, 1);
        let message_id = MessageId::parse("ours@x").expect("an id");
        let draft = NewDraft { unique: String::new(), message_id, bytes: text("ours").into_bytes(), tried: Tried::Before };
        let mut visit = model.visit().await;
        let landed = visit.put_drafts("Drafts", vec![draft]).await.pop().expect("one answer").expect("an answer");
        let Landing::Lies(put) = landed else { panic!("{landed:?}") };
        assert_eq!((put.place, model.heard("APPEND")), (hidden.to_string(), 0));
    }
}

#[tokio::test]
async fn the_bell_rings_while_idle_goes_on() {
    let model = Model::start("IDLE").await;
    model.shelf("Sent", |_| ());
    let (bell, watching) = model.watched(Pace::default());
    let soon = Duration::from_secs(4);
    assert!(bell.wait(soon).await.anywhere, "what came before");
    let asked = model.heard("STATUS");
    model.tell("* 5 EXISTS\r\n");
    let rung = bell.wait(soon).await;
    assert_eq!(rung.folders.into_iter().collect::<Vec<_>>(), [INBOX]);
    assert!(soon < Pace::default().special && model.heard("STATUS") == asked, "neither the end of IDLE nor a sweep was waited for");
    watching.abort();
}
