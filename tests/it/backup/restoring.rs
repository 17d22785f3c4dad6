//! Restored books: paused, with what waits told, and with the books that were there kept.

use super::{large_inquiry, mails, receive, refused, said, snapshot};
use crate::support::daemon::Workplace;
use crate::support::engines::Backdoor;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tradepost::record::{Books, BooksAddress, Purpose, settings};

/// An office whose backup `monday.tar` holds three inquiries that wait to be answered.
fn office_with_backup() -> (Workplace, String) {
    let office = Workplace::opened(&[]);
    said(&office, &["pause"]);
    (0..3).for_each(|number| receive(&office, number));
    office.pass();
    said(&office, &["backup", "monday.tar"]);
    let backup = office.path("monday.tar").display().to_string();
    (office, backup)
}

#[tokio::test]
async fn restored_books_draft_nothing_until_somebody_lets_them() {
    let (office, backup) = office_with_backup();
    let elsewhere = Workplace::new();
    let restored = said(&elsewhere, &["restore", &backup]);
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    for wanted in [
        "elsewhere/books.sqlite now holds the books of 20".trim_start_matches("elsewhere/"),
        &format!(", made on {host}: messages 3, attachments 0."),
        "These acts were waiting when the backup was made",
        "\n  draft: 3, due from 20",
        "tradepost resume lets them go; to drop them first: tradepost restore --drop-due",
    ] {
        assert!(restored.contains(wanted), "{wanted} in\n{restored}");
    }
    assert_eq!(fs::metadata(elsewhere.path("books.sqlite")).expect("books").mode() & 0o777, 0o600);
    // Nobody knows that the mails were looked at here; the mailbox has them too.
    (0..3).for_each(|number| receive(&elsewhere, number));
    let pass = elsewhere.pass();
    assert!(pass.err.contains("Paused: the books were restored on ") && pass.err.contains(&format!("made on {host}")), "{pass:?}");
    assert_eq!(elsewhere.drafts().len(), 0);
    let books = Books::open(&BooksAddress::Sqlite(elsewhere.path("books.sqlite")), Purpose::Look).await.expect("books");
    assert!(settings::find(&mut books.look().await.expect("a look"), settings::RESTORED_AT).await.expect("a look").is_some());
    books.close().await;

    said(&elsewhere, &["resume"]);
    let pass = elsewhere.pass();
    assert!(!pass.err.contains("Paused"), "{pass:?}");
    assert_eq!(elsewhere.drafts().len(), 3);
    assert_eq!(mails(&elsewhere), mails(&office));
}

#[test]
fn what_waited_can_be_dropped_at_once_or_later() {
    let (_office, backup) = office_with_backup();
    let elsewhere = Workplace::new();
    let restored = said(&elsewhere, &["restore", &backup, "--drop-due"]);
    assert!(restored.contains("\n  draft: 3,") && restored.contains("Acts that were dropped: 3;"), "{restored}");
    let acts = said(&elsewhere, &["show", "acts"]);
    assert_eq!(acts.matches("dropped by a person after a restore").count(), 3, "{acts}");

    let other = Workplace::new();
    said(&other, &["restore", &backup]);
    assert!(said(&other, &["restore", "--drop-due"]).starts_with("Acts that were dropped: 3;"));
    assert!(said(&other, &["restore", "--drop-due"]).starts_with("Acts that were dropped: 0;"));
    said(&other, &["resume"]);
    let error = refused(&other, &["restore", "--drop-due"]);
    assert!(error.starts_with("Work is not paused"), "{error}");
    other.pass();
    assert_eq!(other.drafts().len(), 0);
    let status = other.ask(&["status"]);
    assert_eq!(status.code, Some(0), "what a person dropped is no trouble: {status:?}");
}

#[test]
fn books_that_are_there_are_kept_with_their_attachments() {
    let (office, backup) = office_with_backup();
    let elsewhere = Workplace::opened(&[]);
    elsewhere.deliver("sales", "1794790700.L1.mx", &large_inquiry(9).0);
    elsewhere.pass();
    let (own, before) = (mails(&elsewhere), snapshot(&elsewhere.path("")));
    let error = refused(&elsewhere, &["restore", &backup]);
    assert!(error.contains("books.sqlite is already there. With --force those books are put aside"), "{error}");
    assert!(snapshot(&elsewhere.path("")) == without_lock(before, &elsewhere), "and nothing was changed");

    let restored = said(&elsewhere, &["restore", &backup, "--force"]);
    let aside = |what: &str| -> PathBuf {
        let line = restored.lines().find_map(|line| line.strip_prefix(what)).unwrap_or_else(|| panic!("{what} in\n{restored}"));
        PathBuf::from(line.trim_end_matches('.'))
    };
    let (books, files) = (aside("The books that were there are now "), aside("Their attachments are also in "));
    assert_eq!(mails(&elsewhere), mails(&office));
    // The daemon sweeps away what the restored books do not name; the others' attachments are kept all the same.
    fs::remove_file(elsewhere.path("sales/new/1794790700.L1.mx")).expect("there");
    elsewhere.pass();
    assert!(snapshot(&elsewhere.path("books.sqlite.files")).is_empty());
    let text = |path: &Path| path.display().to_string();
    let named = format!("books = \"{}\"\nattachments = \"{}\"", text(&books), text(&files));
    elsewhere.configure(&[("books = \"books.sqlite\"", &named)]);
    assert!(mails(&elsewhere) == own, "the books that were there are whole");
}

/// The lock is taken and given back, and says by whom.
fn without_lock(mut before: std::collections::BTreeMap<PathBuf, Vec<u8>>, at: &Workplace) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
    let lock = at.path("books.sqlite.lock");
    before.insert(lock.clone(), fs::read(&lock).expect("a lock"));
    before
}

#[test]
fn nothing_is_restored_under_a_running_daemon_or_an_open_reader() {
    let (office, backup) = office_with_backup();
    let mut daemon = office.start();
    daemon.wait_until_serving();
    let error = refused(&office, &["restore", &backup, "--force"]);
    assert!(error.starts_with(&format!("Tradepost works on these books (process {}).", daemon.pid())), "{error}");
    assert!(daemon.is_running());
    assert_eq!(daemon.stop().0.code(), Some(0));

    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(office.path("books.sqlite"));
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let reader = runtime.block_on(async {
        let mut reader = sqlx::ConnectOptions::connect(&options).await.expect("books");
        sqlx::query("SELECT COUNT(*) FROM message").fetch_one(&mut reader).await.expect("a look");
        reader
    });
    let error = refused(&office, &["restore", &backup, "--force"]);
    assert!(error.starts_with("Another program has ") && error.contains("nothing was changed"), "{error}");
    assert_eq!(mails(&office).len(), 3);
    runtime.block_on(sqlx::Connection::close(reader)).expect("closed");
    said(&office, &["restore", &backup, "--force"]);
}

#[test]
fn books_that_are_damaged_beyond_opening_are_put_aside_too() {
    let (office, backup) = office_with_backup();
    fs::write(office.path("books.sqlite"), "no database at all, but somebody may look into it some day. ".repeat(500)).expect("ours");
    fs::write(office.path("books.sqlite-shm"), "an index").expect("ours");
    let restored = said(&office, &["restore", &backup, "--force"]);
    let aside = restored.lines().find_map(|line| line.strip_prefix("The books that were there are now ")).expect("put aside");
    let aside = aside.trim_end_matches('.');
    assert!(fs::read_to_string(aside).expect("there").starts_with("no database"));
    assert_eq!(fs::read_to_string(format!("{aside}-shm")).expect("there"), "an index");
    assert!(!office.path("books.sqlite-shm").exists(), "the restored books begin without it");
    assert_eq!(mails(&office).len(), 3);

    // Somebody removed the books and overlooked the log of others.
    fs::copy(&backup, office.path("kept.tar")).expect("room");
    fs::remove_file(office.path("books.sqlite")).expect("there");
    let other = Workplace::opened(&[]);
    let _open = other.start();
    crate::support::daemon::until("a log is there", || other.path("books.sqlite-wal").exists());
    fs::copy(other.path("books.sqlite-wal"), office.path("books.sqlite-wal")).expect("room");
    let restored = said(&office, &["restore", "kept.tar"]);
    assert!(!restored.contains("The books that were there"), "{restored}");
    assert_eq!(mails(&office).len(), 3);
}

#[tokio::test]
async fn mail_of_the_outbox_is_told_and_what_was_on_its_way_is_never_sent_blindly() {
    let office = Workplace::opened(&[]);
    let door = async |workplace: &Workplace| {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(workplace.path("books.sqlite"));
        Backdoor::Sqlite(sqlx::ConnectOptions::connect(&options).await.expect("books"))
    };
    let outgoing = "INSERT INTO outgoing (id, effect_key, account_id, header_id, class, created_at, size, zstd)
                    SELECT 9001, 'answer:1', id, 'a1@bright.example', 'letter', 1, 1, X'00' FROM account";
    let mut books = door(&office).await;
    books.run(outgoing).await.expect("room");
    for (number, state) in ["planned", "deferred", "claimed", "sending", "final_dot", "sent"].iter().enumerate() {
        let row = format!(
            "INSERT INTO delivery (id, outgoing_id, account_id, class, recipient, recipient_key, recipient_domain, state, due_at, claimed_until,
                    changed_at)
             SELECT {}, 9001, id, 'letter', 'p{number}@acme.example', 'p{number}@acme.example', 'acme.example', '{state}',
                    1794790800000, CASE WHEN '{state}' IN ('claimed', 'sending', 'final_dot') THEN 1 END, 1 FROM account",
            9002 + number
        );
        books.run(row).await.expect("room");
    }
    drop(books);
    said(&office, &["backup", "monday.tar"]);
    let elsewhere = Workplace::new();
    let restored = said(&elsewhere, &["restore", &office.path("monday.tar").display().to_string()]);
    assert!(restored.contains("\n  mail: 2, due from 2026-11-16 09:00 to 2026-11-16 09:00"), "{restored}");
    let states = "SELECT state || ' ' || why FROM delivery ORDER BY id";
    let on_its_way = "uncertain it was on its way when the backup was made";
    assert_eq!(door(&elsewhere).await.texts(states).await, ["planned ", "deferred ", on_its_way, on_its_way, on_its_way, "sent "]);
    let resumed = said(&elsewhere, &["resume"]);
    assert!(resumed.contains("Acts that wait: 2;"), "{resumed}");
}

#[test]
fn what_was_drafted_after_the_backup_is_not_drafted_twice() {
    let office = Workplace::opened(&[]);
    receive(&office, 0);
    office.pass();
    said(&office, &["backup", "monday.tar"]);
    receive(&office, 1);
    office.pass();
    let drafts = office.drafts();
    assert_eq!(drafts.len(), 2);
    said(&office, &["restore", "monday.tar", "--force"]);
    office.pass();
    assert_eq!(mails(&office).len(), 2, "what came after the backup is recorded again");
    said(&office, &["resume"]);
    (0..2).for_each(|_| _ = office.pass());
    assert!(office.drafts() == drafts, "{:?}", office.drafts());
}

#[test]
fn a_restore_that_is_killed_leaves_the_books_as_they_were_or_as_they_are_to_be() {
    let (office, _) = office_with_backup();
    office.deliver("sales", "1794790700.L1.mx", &large_inquiry(9).0);
    office.pass();
    said(&office, &["backup", "large.tar"]);
    let backup = office.path("large.tar").display().to_string();
    let elsewhere = Workplace::opened(&[]);
    receive(&elsewhere, 50);
    elsewhere.pass();
    let (own, restored) = (mails(&elsewhere), mails(&office));
    let mut killed = 0;
    for wait_ms in (0..2_000).step_by(8) {
        let mut command = elsewhere.command(&["restore", &backup, "--force"]);
        let mut child = command.stdout(std::process::Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(std::time::Duration::from_millis(wait_ms));
        let ended = child.try_wait().expect("ours").is_some();
        // It may end in this very instant.
        let _ = child.kill();
        child.wait().expect("ours");
        let now = mails(&elsewhere);
        assert!(now == own || now == restored, "{:?}", now.keys());
        if now == restored {
            break;
        }
        assert!(!ended);
        killed += 1;
    }
    println!("{killed} were killed in time");
    assert!(killed > 3, "{killed}");
    said(&elsewhere, &["restore", &backup, "--force"]);
    assert_eq!(mails(&elsewhere), restored);
    assert!(!elsewhere.path("books.sqlite.restoring").exists());
}
