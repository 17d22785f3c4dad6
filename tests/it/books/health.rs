//! How mailboxes and daemon fare, as the books keep it.

use super::{HOUR_MS, MONDAY, header_id, identity, inquiry, mailbox};
use crate::support::engines::for_each_engine;
use tradepost::decide::TroubleKind;
use tradepost::record::closed::{self, FailedTry};
use tradepost::record::health::{self, FolderCount, Known};
use tradepost::record::placements::{self, NewPlacement};
use tradepost::record::quarantine::{self, NewQuarantine};
use tradepost::record::{RawMail, Session, messages, places};
use tradepost::types::{AccountId, FolderId, Moment};

#[tokio::test]
async fn a_trouble_is_one_from_its_beginning_to_its_end() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, _) = mailbox(&mut session).await;
        for minute in 0..3 {
            let at = MONDAY.plus_ms(minute * 60_000);
            health::mark_trouble(&mut session, account, TroubleKind::Unreachable, "timed-out", at).await.expect("marked");
        }
        health::mark_trouble(&mut session, account, TroubleKind::QuarantineGrows, "quarantine", MONDAY).await.expect("marked");
        let troubles = health::list_troubles(&mut session).await.expect("listed");
        let told: Vec<_> = troubles.iter().map(|trouble| (trouble.kind, trouble.since, trouble.times)).collect();
        assert_eq!(told, [(TroubleKind::QuarantineGrows, MONDAY, 1), (TroubleKind::Unreachable, MONDAY, 3)]);

        let well = MONDAY.plus_ms(HOUR_MS);
        assert_eq!(health::mark_well(&mut session, account, well).await.expect("well"), 1);
        assert_eq!(health::find_look(&mut session, account).await.expect("a look"), Some(well));
        let left = health::list_troubles(&mut session).await.expect("listed");
        assert_eq!(
            left.iter().map(|trouble| trouble.kind).collect::<Vec<_>>(),
            [TroubleKind::QuarantineGrows],
            "a look cures no quarantine"
        );
        let over = health::list_over(&mut session, MONDAY, well.plus_ms(1)).await.expect("listed");
        assert_eq!(
            over.iter().map(|trouble| (trouble.kind, trouble.over_at)).collect::<Vec<_>>(),
            [(TroubleKind::Unreachable, Some(well))]
        );
        assert_eq!(health::list_over(&mut session, MONDAY, well).await.expect("listed"), [], "it ended later");
        // The next time is another trouble.
        health::mark_trouble(&mut session, account, TroubleKind::Unreachable, "timed-out", well).await.expect("marked");
        assert_eq!(health::list_troubles(&mut session).await.expect("listed").len(), 2);
    })
    .await;
}

async fn place(session: &mut Session, account: AccountId, folder: FolderId, number: u32, seen_at: Moment) {
    let (identity, id) = (identity(number), header_id(&format!("{number}@andina.example")));
    let message = messages::add(session, &inquiry(&identity, &id)).await.expect("recorded");
    let place = number.to_string();
    let new = NewPlacement { account, folder, uidvalidity: 7, place: &place, message, seen_at };
    placements::add(session, &new).await.expect("placed");
}

#[tokio::test]
async fn what_came_or_went_since_the_count_neither_fills_nor_makes_a_gap() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, folder) = mailbox(&mut session).await;
        for number in 1..=3 {
            place(&mut session, account, folder, number, MONDAY).await;
        }
        let raw = RawMail::compress(b"?").expect("compressed");
        let aside = NewQuarantine { account, folder, uidvalidity: 7, place: "4", reason: "broken", at: MONDAY, raw: &raw, leaves: &[] };
        quarantine::add(&mut session, &aside).await.expect("set aside");
        let count = FolderCount { account, folder, uidvalidity: 7, listed: 5, at: MONDAY.plus_ms(1) };
        health::mark_counts(&mut session, &count).await.expect("counted");
        assert_eq!(health::list_counts(&mut session, account).await.expect("listed"), [count]);

        place(&mut session, account, folder, 9, MONDAY.plus_ms(HOUR_MS)).await;
        places::mark_gone(&mut session, account, folder, 7, &["1"], MONDAY.plus_ms(HOUR_MS)).await.expect("gone");
        let known = health::count_known(&mut session, &count).await.expect("known");
        assert_eq!(known, Known { recorded: 3, quarantined: 1, passed: 0 }, "one of five is missing");
        let other = FolderCount { uidvalidity: 8, ..count };
        assert_eq!(health::count_known(&mut session, &other).await.expect("known"), Known::default(), "a reset forgets everything");
    })
    .await;
}

#[tokio::test]
async fn the_highest_place_that_was_known_is_found_by_its_number() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, folder) = mailbox(&mut session).await;
        for (number, hours) in [(9, 0), (10, 1), (8, 2), (100, 3)] {
            place(&mut session, account, folder, number, MONDAY.plus_ms(hours * HOUR_MS)).await;
        }
        places::mark_gone(&mut session, account, folder, 7, &["10"], MONDAY.plus_ms(HOUR_MS)).await.expect("gone");
        for (hours, uidvalidity, expected) in [(0, 7, None), (1, 7, Some(9)), (3, 7, Some(10)), (4, 7, Some(100)), (4, 8, None)] {
            let before = MONDAY.plus_ms(hours * HOUR_MS);
            let found = places::find_highest_before(&mut session, account, folder, uidvalidity, before).await.expect("an answer");
            assert_eq!(found, expected, "{hours} {uidvalidity}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_folder_is_closed_from_the_first_try_until_it_can_be_read() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, folder) = mailbox(&mut session).await;
        for (hour, cuts, detail) in [(0, false, "a command was refused"), (1, true, "the connection was lost")] {
            let tried = FailedTry { account, folder, cuts, detail, at: MONDAY.plus_ms(hour * HOUR_MS) };
            closed::mark(&mut session, &tried).await.expect("marked");
        }
        let found = closed::find(&mut session, folder).await.expect("found").expect("it is closed");
        assert_eq!((found.since, found.tried_at, found.cuts), (MONDAY, MONDAY.plus_ms(HOUR_MS), true));
        assert_eq!(found.detail, "the connection was lost");
        assert_eq!(closed::list(&mut session, account).await.expect("listed"), [found]);
        assert!(closed::erase(&mut session, folder).await.expect("erased"));
        assert!(!closed::erase(&mut session, folder).await.expect("an answer"), "it was open");
        assert_eq!(closed::list(&mut session, account).await.expect("listed"), []);
    })
    .await;
}

#[tokio::test]
async fn the_lives_of_the_daemon_are_listed_with_the_one_before() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        assert_eq!(health::find_last_run(&mut session).await.expect("a look"), None);
        for day in 0..3 {
            let began = MONDAY.plus_ms(day * 24 * HOUR_MS);
            let run = health::begin_run(&mut session, began).await.expect("begun");
            health::mark_alive(&mut session, run, began.plus_ms(HOUR_MS)).await.expect("alive");
            if day == 1 {
                health::end_run(&mut session, run, began.plus_ms(2 * HOUR_MS)).await.expect("ended");
            }
        }
        let runs = health::list_runs(&mut session, MONDAY.plus_ms(40 * HOUR_MS), 10).await.expect("listed");
        let lives: Vec<_> = runs.iter().map(|run| ((run.began_at.0 - MONDAY.0) / HOUR_MS, run.ended_at.is_some())).collect();
        assert_eq!(lives, [(24, true), (48, false)]);
        assert_eq!(health::find_last_run(&mut session).await.expect("a look"), runs.last().copied());
    })
    .await;
}
