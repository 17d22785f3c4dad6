//! A daemon that is killed again and again while mail pours in.

use super::mails::{Mix, Season, season};
use crate::corpus::Dice;
use crate::support::daemon::{Workplace, deliver, files, within};
use crate::support::engines::{Backdoor, Engine, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

/// What is waited for at most before a kill: on a slow machine it comes at another moment, which is as good.
const AWAITED_MAX: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_thousand_mails_and_thirty_kills_leave_each_mail_recorded_once_and_one_draft_per_thread() {
    let mix = Mix { customers: 400, second_matters: 200, second_thoughts: 150, copies: 100, automatic: 100, complaints: 50 };
    let season = season(mix, 0x0dd5_eed5_7074_1e57);
    assert_eq!((season.mails.len(), season.wanting().len()), (1_000, 600));
    survive(Engine::Sqlite, &season, 30).await;
}

#[tokio::test]
async fn the_same_holds_on_a_database_server() {
    let mix = Mix { customers: 60, second_matters: 25, second_thoughts: 25, copies: 20, automatic: 10, complaints: 10 };
    let season = season(mix, 0x5eed_0f57_0a3a_1055);
    assert_eq!((season.mails.len(), season.wanting().len()), (150, 85));
    survive(Engine::Postgres, &season, 10).await;
}

/// Lets the season pour in under kills, then lets one undisturbed pass finish, and counts.
async fn survive(engine: Engine, season: &Season, kills: usize) {
    let place = Place::new(engine).await;
    let books = place.address_text();
    let workplace = Workplace::opened(&[("books.sqlite", &books)]);
    let log = PathBuf::from(format!("{books}-wal"));
    pour_and_kill(&workplace, season, kills, &log);
    let finished = workplace.pass();
    println!("the last pass:\n{}", finished.out);

    untouched(&workplace, season);
    drafted_once(&workplace, season);
    let mut backdoor = place.backdoor().await;
    counted(&mut backdoor, season).await;
    // The notes it wrote last are mail in the inbox too; the next pass finds them.
    workplace.pass();
    let shown = workplace.show(&[]);
    assert_eq!((&shown["messages"], &shown["quarantined"]), (&(season.distinct + season.complaints).into(), &0.into()));
    assert_eq!(shown["drafts"]["ours"], season.wanting().len());
    assert_eq!(files(&workplace.path("sales/.Drafts/tmp")), Vec::<PathBuf>::new(), "nothing half written is left behind");
    assert_eq!(files(&workplace.path("sales/tmp")), Vec::<PathBuf>::new());

    let drafts = workplace.drafts();
    workplace.pass();
    assert!(workplace.drafts() == drafts, "a further pass changes no draft");
    assert_eq!(workplace.show(&[]), shown);
    drop(backdoor);
    place.clear().await;
}

/// A writer drops mail, a share of it in each round; each round ends with a kill.
fn pour_and_kill(workplace: &Workplace, season: &Season, kills: usize, log: &std::path::Path) {
    let (rounds, share) = (mpsc::channel::<()>(), season.mails.len().div_ceil(kills));
    std::thread::scope(|scope| {
        let (begin, rounds) = rounds;
        scope.spawn(move || {
            let mut dice = Dice(0x3a1d_a0b0_3a1d_a0b1);
            for mails in season.mails.chunks(share) {
                if rounds.recv().is_err() {
                    return;
                }
                for mail in mails {
                    deliver(&workplace.path("sales"), &mail.name, &mail.bytes);
                    std::thread::sleep(ms(dice.below(8)));
                }
            }
        });
        let mut dice = Dice(0x4b1d_a0b0_3a1d_a0b7);
        for round in 0..kills {
            // The writer has dropped everything when nobody listens any more.
            let _ = begin.send(());
            let mut daemon = workplace.start();
            let wait = ms(20 + dice.below(381));
            match round % 4 {
                // Also while it opens its books.
                0 => std::thread::sleep(wait),
                1 => {
                    daemon.wait_until_serving();
                    std::thread::sleep(wait);
                }
                2 => {
                    // Right after a draft, the first or a later one, was put there.
                    let awaited = workplace.drafts().len() + 1 + dice.below(30);
                    within(AWAITED_MAX, || (files(&workplace.path("sales/.Drafts/cur")).len() >= awaited).then_some(()));
                }
                _ => {
                    daemon.wait_until_serving();
                    // Right after a transaction, the first or a later one; a server's log is out of sight.
                    for _ in 0..=dice.below(12) {
                        let before = stamp(log);
                        within(AWAITED_MAX, || (stamp(log) != before || !log.exists()).then_some(()));
                    }
                }
            }
            assert!(daemon.is_running(), "it ended by itself:\n{}", daemon.said());
            daemon.kill();
            answered(workplace, season);
        }
    });
}

fn ms(number: usize) -> Duration {
    Duration::from_millis(number as u64)
}

/// Length and time of change of a file.
fn stamp(file: &std::path::Path) -> Option<(u64, SystemTime)> {
    let facts = fs::metadata(file).ok()?;
    Some((facts.len(), facts.modified().ok()?))
}

/// The conversations that have a draft. At no moment has one two.
fn answered(workplace: &Workplace, season: &Season) -> BTreeSet<usize> {
    let mut answered = BTreeMap::new();
    for (path, draft) in workplace.drafts() {
        let id = draft.lines().find_map(|line| line.strip_prefix("In-Reply-To: <")?.strip_suffix('>')).expect("a draft answers a mail");
        let conversation = season.conversations.get(id).unwrap_or_else(|| panic!("{id} wants no draft: {draft}"));
        if let Some(other) = answered.insert(*conversation, path.clone()) {
            panic!("conversation {conversation} has two drafts, {} and {}", other.display(), path.display());
        }
    }
    answered.into_keys().collect()
}

/// Exactly one draft for each conversation that wants one, to its customer.
fn drafted_once(workplace: &Workplace, season: &Season) {
    let (answered, wanting) = (answered(workplace, season), season.wanting());
    assert_eq!(answered, wanting, "missing: {:?}", wanting.difference(&answered).collect::<Vec<_>>());
    assert!(workplace.drafts().iter().all(|(_, draft)| draft.contains("\nTo: <buyer@customer-")), "every draft goes to its customer");
}

/// The mail that was dropped lies there as it was dropped; beside it lies one note for each complaint, and nothing else.
fn untouched(workplace: &Workplace, season: &Season) {
    assert_eq!(files(&workplace.path("sales/cur")), Vec::<PathBuf>::new(), "no mail got flags");
    let mut dropped: BTreeMap<&str, &[u8]> = season.mails.iter().map(|mail| (mail.name.as_str(), mail.bytes.as_slice())).collect();
    let mut told = BTreeSet::new();
    for path in files(&workplace.path("sales/new")) {
        let (name, bytes) = (path.file_name().expect("a file").to_string_lossy(), fs::read(&path).expect("readable"));
        if let Some(was) = dropped.remove(name.as_ref()) {
            assert_eq!(bytes, was, "{name} was changed");
            continue;
        }
        let note = String::from_utf8(bytes).expect("a note of ours");
        let about = note.lines().find_map(|line| line.strip_prefix("In-Reply-To: ")).expect("a note is about a mail");
        assert!(about.starts_with("<complaint-"), "{note}");
        assert!(told.insert(about.to_owned()), "{about} is told twice");
    }
    assert!(dropped.is_empty(), "vanished: {:?}", dropped.keys().collect::<Vec<_>>());
    assert_eq!(told.len(), season.complaints, "each complaint is told once");
}

/// What the books hold of the mail that was dropped, seen past the program.
async fn counted(books: &mut Backdoor, season: &Season) {
    // Notes of ours lie in the inbox too, under names of ours.
    const DROPPED: &str = "FROM placement JOIN message ON message.id = placement.message_id WHERE placement.place NOT LIKE '%.tradepost'";
    for (what, expected, sql) in [
        ("messages", season.distinct, format!("SELECT COUNT(DISTINCT message.id) {DROPPED}")),
        ("Message-IDs", season.distinct, format!("SELECT COUNT(DISTINCT message.message_id) {DROPPED}")),
        ("placements", season.mails.len(), format!("SELECT COUNT(*) {DROPPED} AND placement.gone_at IS NULL")),
        ("places", season.mails.len(), format!("SELECT COUNT(DISTINCT placement.place) {DROPPED}")),
        ("mail without its bytes", 0, "SELECT COUNT(*) FROM message WHERE id NOT IN (SELECT message_id FROM raw_mail)".to_owned()),
        ("mail nowhere", 0, "SELECT COUNT(*) FROM message WHERE id NOT IN (SELECT message_id FROM placement)".to_owned()),
        ("drafts of ours", season.wanting().len(), "SELECT COUNT(*) FROM draft WHERE state = 'ours'".to_owned()),
        ("threads with one", season.wanting().len(), "SELECT COUNT(DISTINCT thread_id) FROM draft WHERE state = 'ours'".to_owned()),
        ("drafts lost or taken for a person's", 0, "SELECT COUNT(*) FROM draft WHERE state IN ('gone', 'persons')".to_owned()),
        ("acts not done", 0, "SELECT COUNT(*) FROM act WHERE state <> 'done'".to_owned()),
        ("acts to draft", season.conversations.len(), "SELECT COUNT(*) FROM act WHERE kind = 'draft'".to_owned()),
        ("notes", season.complaints, "SELECT COUNT(*) FROM act WHERE kind = 'tell'".to_owned()),
        ("quarantined", 0, "SELECT COUNT(*) FROM quarantine".to_owned()),
    ] {
        assert_eq!(books.number(sql).await, i64::try_from(expected).expect("a small number"), "{what}");
    }
}
