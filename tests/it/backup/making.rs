//! Backups while daemons work, and what they must not do.

use super::{inquiry, large_inquiry, mails, receive, refused, said, snapshot};
use crate::support::daemon::{Daemon, Workplace, until};
use crate::support::engines::{Engine, Place};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;
use std::time::Duration;
use tradepost::record::tokens::{NewTokens, TokenKey, TokenKind};
use tradepost::record::{Books, BooksAddress, Purpose, accounts, tokens};
use tradepost::types::Moment;

/// Waits until so many mails are recorded.
fn until_recorded(workplace: &Workplace, daemon: &mut Daemon, count: usize) {
    until("the mails are recorded", || {
        assert!(daemon.is_running(), "{}", daemon.said());
        workplace.show(&["messages"]).as_array().is_some_and(|list| list.len() >= count)
    });
}

#[test]
fn a_backup_made_while_a_daemon_records_and_drafts_gives_everything_back_elsewhere() {
    let office = Workplace::opened(&[]);
    let mut daemon = office.start();
    daemon.wait_until_serving();
    let (large, drawing) = large_inquiry(500);
    office.deliver("sales", "1794790700.L1.mx", &large);
    let early = std::thread::scope(|scope| {
        scope.spawn(|| {
            (0..60).for_each(|number| {
                receive(&office, number);
                std::thread::sleep(Duration::from_millis(10));
            });
        });
        until_recorded(&office, &mut daemon, 10);
        said(&office, &["backup", "early.tar"])
    });
    assert!(early.starts_with("early.tar is whole: messages "), "{early}");
    until_recorded(&office, &mut daemon, 61);
    let late = said(&office, &["backup", "late.tar"]);
    assert!(late.starts_with("late.tar is whole: messages 61, attachments 1,"), "{late}");
    assert_eq!(fs::metadata(office.path("late.tar")).expect("a backup").mode() & 0o777, 0o600);
    assert!(daemon.is_running());
    assert_eq!(daemon.stop().0.code(), Some(0));

    let elsewhere = Workplace::new();
    let restored = said(&elsewhere, &["restore", &office.path("late.tar").display().to_string()]);
    assert!(restored.contains("messages 61, attachments 1."), "{restored}");
    let (before, after) = (mails(&office), mails(&elsewhere));
    assert!(before == after, "each mail as it came: {:?} and {:?}", before.keys(), after.keys());
    assert!(before.values().any(|mail| *mail == large) && before.values().any(|mail| *mail == inquiry(7).as_bytes()));
    let list = elsewhere.show(&["messages"]);
    let with_drawing = list.as_array().and_then(|list| list.iter().find(|mail| mail["message_id"] == "inquiry-500@acme.example"));
    let id = with_drawing.expect("recorded")["id"].to_string();
    said(&elsewhere, &["show", "message", &id, "--attachment", "1", "--to", "drawing.pdf"]);
    assert!(fs::read(elsewhere.path("drawing.pdf")).expect("taken") == drawing);

    // One state of the books, whatever was written meanwhile.
    let other = Workplace::new();
    said(&other, &["restore", &office.path("early.tar").display().to_string()]);
    let early = mails(&other);
    assert!(early.len() >= 10 && early.iter().all(|(id, mail)| before.get(id) == Some(mail)), "{}", early.len());
}

#[test]
fn a_file_that_is_there_stays_and_files_of_ours_are_never_replaced() {
    let office = Workplace::opened(&[]);
    fs::write(office.path("monday.tar"), "something else").expect("room");
    let error = refused(&office, &["backup", "monday.tar"]);
    assert!(error.starts_with("monday.tar is already there and was left as it is."), "{error}");
    assert_eq!(fs::read(office.path("monday.tar")).expect("there"), b"something else");
    said(&office, &["backup", "monday.tar", "--force"]);
    assert!(fs::metadata(office.path("monday.tar")).expect("there").len() > 10_000);

    fs::write(office.path("tradepost.key"), "a key").expect("room");
    std::os::unix::fs::symlink("books.sqlite", office.path("link")).expect("linked");
    let before = snapshot(&office.path(""));
    let absolute = office.path("books.sqlite").display().to_string();
    for name in [
        "books.sqlite",
        "./books.sqlite",
        &absolute,
        "link",
        "books.sqlite.lock",
        "books.sqlite.installation",
        "tradepost.toml",
        "tradepost.key",
    ] {
        let error = refused(&office, &["backup", name, "--force"]);
        assert!(error.contains("is one of the files Tradepost works with."), "{name}: {error}");
    }
    for (name, why) in
        [("sales", "it is a folder"), ("missing/monday.tar", "it is not there"), ("/dev/full/x", "a part of the path is no folder")]
    {
        let error = refused(&office, &["backup", name, "--force"]);
        assert!(error.starts_with(&format!("{name} could not be written")) && error.contains(why), "{name}: {error}");
    }
    assert!(snapshot(&office.path("")) == before, "nothing was touched");
}

#[test]
fn a_disk_that_fills_up_leaves_no_backup_and_says_so() {
    let office = Workplace::opened(&[]);
    (0..20).for_each(|number| receive(&office, number));
    office.pass();
    let disk = crate::support::small_disk::SmallDisk::mount(office.path("small"));
    disk.fill_but(100_000);
    let error = refused(&office, &["backup", "small/monday.tar"]);
    assert!(error.starts_with("small/monday.tar could not be written: the disk is full"), "{error}");
    let left: Vec<_> = fs::read_dir(office.path("small")).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(left, ["ballast"]);
    disk.free();
    said(&office, &["backup", "small/monday.tar"]);
}

#[test]
fn a_killed_backup_leaves_nothing_under_its_name_and_the_next_one_clears_away_after_it() {
    let office = Workplace::opened(&[]);
    office.deliver("sales", "1794790700.L1.mx", &large_inquiry(1).0);
    (2..200).for_each(|number| receive(&office, number));
    office.pass();
    let partials = || {
        let names = fs::read_dir(office.path("")).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        names.filter(|name| name.to_string_lossy().starts_with(".tradepost-backup-")).count()
    };
    let (mut killed, mut left) = (0, 0);
    for wait_ms in (0..400).step_by(8) {
        let mut command = office.command(&["backup", "monday.tar"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(Duration::from_millis(wait_ms));
        let ended = child.try_wait().expect("ours").is_some();
        // It may end in this very instant.
        let _ = kill_process(Pid::from_child(&child), Signal::KILL);
        child.wait().expect("ours");
        left += partials();
        let elsewhere = Workplace::new();
        match office.path("monday.tar").exists() {
            false => killed += usize::from(!ended),
            true => {
                let restored = said(&elsewhere, &["restore", &office.path("monday.tar").display().to_string()]);
                assert!(restored.contains("messages 199, attachments 1."), "what has the name is whole: {restored}");
                fs::remove_file(office.path("monday.tar")).expect("there");
                if ended {
                    break;
                }
            }
        }
    }
    println!("{killed} were killed in time, {left} left something");
    assert!(killed > 3 && left > 0, "{killed} {left}");
    said(&office, &["backup", "monday.tar"]);
    assert_eq!(partials(), 0, "nothing is left of those that were killed");
}

#[test]
fn a_lost_attachment_is_told_and_everything_else_is_kept() {
    let office = Workplace::opened(&[]);
    for number in 0..3 {
        office.deliver("sales", &format!("{}.L.mx", 1_794_790_700 + number), &large_inquiry(number).0);
    }
    office.pass();
    let files: Vec<_> = snapshot(&office.path("books.sqlite.files")).into_keys().collect();
    let [spoilt, lost, _] = files.as_slice() else { panic!("three attachments: {files:?}") };
    fs::write(spoilt, "not what it was").expect("ours");
    fs::remove_file(lost).expect("ours");
    let answer = office.ask(&["backup", "monday.tar"]);
    assert_eq!(answer.code, Some(1), "{answer:?}");
    assert!(answer.out.contains("messages 3, attachments 1,") && answer.err.starts_with("2 attachments are missing in "), "{answer:?}");
    let elsewhere = Workplace::new();
    let restored = said(&elsewhere, &["restore", &office.path("monday.tar").display().to_string()]);
    assert!(restored.contains("attachments 1.") && restored.contains("2 attachments were missing already"), "{restored}");
    assert_eq!(snapshot(&elsewhere.path("books.sqlite.files")).len(), 1);
}

#[tokio::test]
async fn no_backup_holds_a_token() {
    let office = Workplace::opened(&[]);
    let books = Books::open(&BooksAddress::Sqlite(office.path("books.sqlite")), Purpose::Command).await.expect("books");
    let sales = accounts::list(&mut books.look().await.expect("a look")).await.expect("accounts").remove(0);
    let key = TokenKey::new(&[7; 32]).expect("a key");
    let seal = |kind| key.seal([1; 12], sales.id, kind, "let me in, let me in, let me in").expect("sealed");
    let (refresh, access) = (seal(TokenKind::Refresh), seal(TokenKind::Access));
    let mut session = books.begin().await.expect("free books");
    tokens::add(&mut session, sales.id, &NewTokens { refresh, access, issued_at: Moment(1), until: Moment(2) }).await.expect("room");
    session.commit().await.expect("room");
    books.close().await;
    let sealed = {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(office.path("books.sqlite"));
        let mut door = sqlx::ConnectOptions::connect(&options).await.expect("books");
        sqlx::query_scalar::<_, Vec<u8>>("SELECT refresh_sealed FROM token").fetch_one(&mut door).await.expect("a token")
    };
    let holds = |name: &str| fs::read(office.path(name)).expect("there").windows(sealed.len()).any(|window| window == sealed);
    said(&office, &["backup", "monday.tar"]);
    assert!(holds("books.sqlite") && !holds("monday.tar"));
}

/// Prints time and memory. A release build takes seconds, a debug build minutes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes some gigabytes; run it to measure"]
async fn a_large_office_is_backed_up_and_restored_in_little_memory() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (place, other) = (Place::new(engine).await, Place::new(engine).await);
        let office = Workplace::opened(&[("books.sqlite", &place.address_text())]);
        let mut drawing = large_inquiry(0).0;
        for number in 0..60 {
            // Small enough to lie in the books, and large enough not to.
            let mut mail = inquiry(number).into_bytes();
            mail.extend_from_slice(drawing.get(1_000 + number..if number % 2 == 0 { 6 << 20 } else { 12 << 20 }).expect("inside"));
            office.deliver("sales", &format!("{}.M.mx", 1_794_790_700 + number), &mail);
        }
        drawing = large_inquiry(1).0;
        for number in 100..130 {
            let (head, body) = drawing.split_at(drawing.len() - 20);
            let mail = [String::from_utf8_lossy(head).replace("inquiry-1@", &format!("inquiry-{number}@")).as_bytes(), body].concat();
            office.deliver("sales", &format!("{}.L.mx", 1_794_790_800 + number), &mail);
        }
        office.pass();
        let elsewhere = Workplace::with(&[("books.sqlite", &other.address_text())]);
        let backup = office.path("monday.tar").display().to_string();
        for (workplace, arguments) in [(&office, ["backup", &backup]), (&elsewhere, ["restore", &backup])] {
            let began = std::time::Instant::now();
            let mut child = workplace.command(&arguments).stdout(Stdio::null()).spawn().expect("it starts");
            let mut peak_kb = 0;
            while child.try_wait().expect("ours").is_none() {
                let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
                let held = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().trim_end_matches(" kB").parse().ok());
                peak_kb = peak_kb.max(held.unwrap_or(0));
                std::thread::sleep(Duration::from_millis(5));
            }
            let size = fs::metadata(&backup).expect("a backup").len();
            println!("{engine:?} {}: {size} bytes in {:?}, peak {peak_kb} kB", arguments[0], began.elapsed());
            assert!(peak_kb < 250_000, "{peak_kb} kB");
        }
        assert!(elsewhere.ask(&["show"]).out.contains("messages"));
        place.clear().await;
        other.clear().await;
    }
}
