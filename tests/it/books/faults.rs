//! Half-finished work, full and read-only disks, erased text, and how fast it all is.

use super::{MONDAY, address, header_id, identity, inquiry, mailbox};
use crate::support::engines::{ENGINES, Engine, Place, for_each_engine, for_each_place};
use crate::support::postgres::ordinary_user;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;
use tradepost::record::acts::NewAct;
use tradepost::record::contacts::{ContactDetails, NewContact};
use tradepost::record::folders::History;
use tradepost::record::messages::{Direction, NewMessage};
use tradepost::record::placements::NewPlacement;
use tradepost::record::threads::{NewThread, Traces};
use tradepost::record::{
    Books, BooksAddress, BooksError, Purpose, RawMail, Session, acts, contacts, folders, mentions, messages, placements, raw, threads,
    tombstones,
};
use tradepost::types::{AccountId, EmailAddress, FolderId, MessageId};

/// What flow does for one mail, in its order; `steps` ends it early, as a crash would.
async fn record_mail(
    session: &mut Session,
    (account, folder): (AccountId, FolderId),
    number: u32,
    raw_mail: &RawMail,
    steps: usize,
) -> Result<(), BooksError> {
    let key = identity(number);
    let id = header_id(&format!("m{number}@andina.example"));
    let cited: Vec<MessageId> = (1..4).map(|back| header_id(&format!("m{}@andina.example", number.saturating_sub(back)))).collect();
    let ana = address(&format!("ana{}@andina.example", number % 500));
    let contact = known_or_new(session, &ana, steps).await?;
    if steps < 2 || messages::find_by_identity(session, &key).await?.is_some() || tombstones::find(session, &key).await? {
        return Ok(());
    }
    let traces = Traces {
        in_reply_to: cited.get(..1).unwrap_or_default(),
        references: &cited,
        own_id: Some(&id),
        thread_index: None,
        contact: Some(contact),
        subject_key: "cotización de válvulas",
        since: MONDAY,
    };
    let thread = match threads::list_candidates(session, &traces).await?.first() {
        Some(candidate) if !number.is_multiple_of(10) => candidate.thread,
        _ => {
            let subject_key = "cotización de válvulas";
            let new =
                NewThread { contact: Some(contact), company: None, subject: subject_key, subject_key, owner: None, opened_at: MONDAY };
            threads::add(session, &new).await?
        }
    };
    if steps < 3 {
        return Ok(());
    }
    let mail = NewMessage { thread: Some(thread), contact: Some(contact), ..inquiry(&key, &id) };
    let message = messages::add(session, &mail).await?;
    if steps < 4 {
        return Ok(());
    }
    raw::add(session, message, raw_mail).await?;
    mentions::add_all(session, message, cited.get(..1).unwrap_or_default(), &cited).await?;
    if steps < 5 {
        return Ok(());
    }
    let place = number.to_string();
    let placement = NewPlacement { account, folder, uidvalidity: 7, place: &place, message, seen_at: MONDAY };
    placements::add(session, &placement).await?;
    threads::mark_activity(session, thread, MONDAY.plus_ms(i64::from(number)), Direction::In).await?;
    contacts::mark_seen(session, contact, MONDAY.plus_ms(i64::from(number))).await?;
    if steps < 6 {
        return Ok(());
    }
    let effect_key = format!("draft:{message}");
    let act = NewAct {
        effect_key: &effect_key,
        kind: "draft",
        message: Some(message),
        thread: Some(thread),
        account,
        payload: r#"{"letter":"first_reply"}"#,
        why: "inquiry",
        due_at: MONDAY,
    };
    acts::add(session, &act).await.map(|_| ())
}

async fn known_or_new(session: &mut Session, ana: &EmailAddress, steps: usize) -> Result<tradepost::types::ContactId, BooksError> {
    match contacts::find_by_key(session, ana).await? {
        Some(known) => Ok(known.id),
        None if steps == 0 => Ok(tradepost::types::ContactId(0)),
        None => {
            let new = NewContact { address: ana, details: ContactDetails::default(), source: "mail", seen_at: MONDAY };
            contacts::add(session, &new).await
        }
    }
}

#[tokio::test]
async fn a_crash_between_any_two_statements_leaves_nothing_half_done() {
    for_each_place(|place| async move {
        let raw_mail = RawMail::compress(b"From: ana@andina.example\r\n\r\nHola\r\n").expect("small");
        let books = place.open().await;
        let mut session = books.begin().await.expect("free books");
        let mailbox = mailbox(&mut session).await;
        session.commit().await.expect("room on the disk");
        for steps in 0..=6 {
            let mut session = books.begin().await.expect("the books are free again at once");
            record_mail(&mut session, mailbox, 1, &raw_mail, steps).await.expect("the story");
            folders::mark_uidvalidity(&mut session, mailbox.1, 7, History::NONE).await.expect("known");
            drop(session);
            let mut door = place.backdoor().await;
            for table in ["contact", "thread", "message", "raw_mail", "mention", "placement", "act"] {
                assert_eq!(door.number(format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table} after {steps} steps");
            }
            assert_eq!(door.number("SELECT uidvalidity FROM folder").await, 0);
        }
        let mut session = books.begin().await.expect("free books");
        record_mail(&mut session, mailbox, 1, &raw_mail, 6).await.expect("the story");
        session.commit().await.expect("room on the disk");
        let mut door = place.backdoor().await;
        assert_eq!(door.number("SELECT COUNT(*) FROM act").await, 1);
        books.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_task_stopped_in_the_middle_of_a_statement_frees_the_books() {
    for_each_engine(|books| async move {
        for number in 0..20 {
            let books = books.clone();
            let task = tokio::spawn(async move {
                let mut session = books.begin().await?;
                for round in 0..1_000 {
                    let key = identity(number * 10_000 + round);
                    messages::add(&mut session, &inquiry(&key, &header_id("m@andina.example"))).await?;
                }
                session.commit().await
            });
            for _ in 0..number {
                tokio::task::yield_now().await;
            }
            task.abort();
            let ended = task.await;
            assert!(ended.is_err_and(|error| error.is_cancelled()), "it had no time to end by itself");
        }
        let mut session = books.begin().await.expect("nobody holds them");
        assert_eq!(messages::count(&mut session).await.expect("a count"), 0);
    })
    .await;
}

#[tokio::test]
async fn a_reader_sees_one_state_while_a_writer_goes_on() {
    for_each_engine(|books| async move {
        let mut reader = books.look().await.expect("a snapshot");
        assert_eq!(messages::count(&mut reader).await.expect("a count"), 0);
        let mut writer = books.begin().await.expect("readers hold back nobody");
        messages::add(&mut writer, &inquiry(&identity(1), &header_id("m@andina.example"))).await.expect("new");
        writer.commit().await.expect("readers hold back nobody");
        assert_eq!(messages::count(&mut reader).await.expect("a count"), 0);
        drop(reader);
        let mut reader = books.look().await.expect("a snapshot");
        assert_eq!(messages::count(&mut reader).await.expect("a count"), 1);
    })
    .await;
}

#[tokio::test]
async fn erased_text_is_gone_from_the_file_and_its_log() {
    const CANARY: &str = "Zebrafink-4711";
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    let (canary_id, other_id) = (header_id("Zebrafink-4711@andina.example"), header_id("other@andina.example"));
    let mut session = books.begin().await.expect("free books");
    let mut rows = Vec::new();
    for number in 0..60 {
        let key = identity(number);
        let text = format!("{CANARY} asks. {}", "filler ".repeat(usize::try_from(number).expect("small") * 40));
        let mail = NewMessage { fresh_text: &text, subject: CANARY, ..inquiry(&key, &canary_id) };
        let row = messages::add(&mut session, &mail).await.expect("new");
        mentions::add_all(&mut session, row, &[], std::slice::from_ref(&canary_id)).await.expect("room");
        rows.push(row);
        messages::add(&mut session, &inquiry(&identity(1_000 + number), &other_id)).await.expect("new");
    }
    session.commit().await.expect("room on the disk");
    let copies = || {
        ["books.db", "books.db-wal"]
            .iter()
            .map(|name| std::fs::read(place.file().with_file_name(name)).unwrap_or_default())
            .map(|bytes| bytes.windows(CANARY.len()).filter(|window| *window == CANARY.as_bytes()).count())
            .sum::<usize>()
    };
    assert!(copies() > 60, "the canary can be found");
    let mut session = books.begin().await.expect("free books");
    for row in rows {
        assert!(messages::erase(&mut session, row).await.expect("known"));
    }
    session.commit().await.expect("room on the disk");
    // A reader from before keeps the log alive; it is told, not waited for.
    books.scrub().await.expect("nobody reads");
    assert_eq!(copies(), 0);
    let mut session = books.look().await.expect("a snapshot");
    assert_eq!(messages::count(&mut session).await.expect("a count"), 60);
    drop(session);
    books.close().await;
}

/// Tells the stories `first` and `second` of this file on a disk of 2 MB, with the shell command `between` them (`$1` is the disk).
///
/// The disk is a file system of its own where one may be mounted. Elsewhere files may not grow beyond 2 MB, and `rights` are taken
/// away instead of doing `between`; the operating system then reports a failing disk instead of a full one.
fn on_a_small_disk(first: &str, between: &str, rights: &str, second: &str) {
    let may_mount = Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    let may_mount = may_mount.is_ok_and(|output| output.status.success());
    let (mut shell, begin, between, full) = if may_mount {
        let mut shell = Command::new("unshare");
        shell.args(["-rm", "sh"]);
        (shell, "mount -t tmpfs -o size=2m none \"$1\"", between, "books-disk-full")
    } else {
        (Command::new("sh"), "trap '' XFSZ; ulimit -f 4096", rights, "books-disk")
    };
    let folder = tempfile::tempdir().expect("a folder for the story");
    let mut program = std::env::current_exe().expect("this test");
    let owner = std::fs::metadata(folder.path()).expect("just made").uid();
    let program_folder = tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir().expect("another folder");
    if !may_mount && owner == 0 {
        // Rights mean nothing to root.
        let (uid, gid) = ordinary_user().expect("a user `postgres` or `nobody`");
        chown(folder.path(), Some(uid), Some(gid)).expect("root may");
        let copy = program_folder.path().join("it");
        std::fs::copy(&program, &copy).expect("room for a copy that this user can read");
        program = copy;
        shell.uid(uid).gid(gid).current_dir("/");
    }
    let story = |name: &str| format!("\"$2\" --exact books::faults::{name} --ignored --nocapture");
    let script = format!("{begin} && {} && {between} && {}; told=$?; chmod -R u+w \"$1\"; exit $told", story(first), story(second));
    let output = shell
        .args(["-c", &script, "sh"])
        .arg(folder.path())
        .arg(program)
        .env("TRADEPOST_TEST_DISK", folder.path())
        .env("TRADEPOST_TEST_FULL", full)
        .output()
        .expect("there is a shell");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("1 passed").count(), 2, "both stories were told: {said}");
}

fn books_on_the_small_disk() -> BooksAddress {
    let folder = std::env::var_os("TRADEPOST_TEST_DISK").expect("set by the story that calls this one");
    BooksAddress::Sqlite(PathBuf::from(folder).join("books.db"))
}

async fn open(purpose: Purpose) -> Result<Books, BooksError> {
    Books::open(&books_on_the_small_disk(), purpose).await
}

fn daemon() -> Purpose {
    Purpose::Daemon { owner: "desk".to_owned() }
}

#[tokio::test]
#[ignore = "told on a small disk by the two stories below"]
async fn books_are_made() {
    open(daemon()).await.expect("room for empty books").close().await;
}

#[tokio::test]
#[ignore = "told on a small disk by the story below"]
async fn books_cannot_be_written() {
    let error = open(daemon()).await.expect_err("a read-only disk");
    assert_eq!(error.kind(), "books-read-only", "{error}");
    let error = open(Purpose::Command).await.expect_err("a read-only disk");
    assert_eq!(error.kind(), "books-read-only", "{error}");
    let books = open(Purpose::Look).await.expect("looking needs no writing");
    let mut session = books.look().await.expect("a snapshot");
    assert_eq!(messages::count(&mut session).await.expect("a count"), 0);
}

#[test]
fn read_only_books_say_so_and_can_be_looked_at() {
    on_a_small_disk("books_are_made", "mount -o remount,ro \"$1\"", "chmod -R a-w \"$1\"", "books_cannot_be_written");
}

#[tokio::test]
#[ignore = "told on a small disk by the story below"]
async fn books_fill_the_disk() {
    let books = open(daemon()).await.expect("the books of before");
    let long = "válvula ".repeat(10_000);
    let id = header_id("m@andina.example");
    let mut kept = 0;
    let error = loop {
        let key = identity(kept);
        let attempt = async {
            let mut session = books.begin().await?;
            let mail = NewMessage { fresh_text: &long, ..inquiry(&key, &id) };
            messages::add(&mut session, &mail).await?;
            session.commit().await
        };
        match attempt.await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 1_000, "2 MB hold less");
    };
    let full = std::env::var("TRADEPOST_TEST_FULL").expect("set by the story that calls this one");
    assert_eq!(error.kind(), full, "{error}");
    let mut session = books.look().await.expect("a snapshot");
    assert_eq!(messages::count(&mut session).await.expect("a count"), i64::from(kept), "what was committed is there");
    drop(session);
    books.close().await;
}

#[test]
fn a_full_disk_says_so_and_loses_nothing() {
    on_a_small_disk("books_are_made", "true", "true", "books_fill_the_disk");
}

#[tokio::test]
async fn plans_made_for_empty_tables_do_not_slow_the_first_look_at_a_large_mailbox() {
    const MAILS: u32 = 600;
    let place = Place::new(Engine::Postgres).await;
    let books = place.open().await;
    let mut session = books.begin().await.expect("free books");
    let mailbox = mailbox(&mut session).await;
    session.commit().await.expect("room on the disk");
    let raw_mail = RawMail::compress(b"Hola").expect("small");
    for batch in 0..MAILS / 50 {
        let mut session = books.begin().await.expect("free books");
        for number in 0..50 {
            record_mail(&mut session, mailbox, batch * 50 + number, &raw_mail, 6).await.expect("room");
        }
        session.commit().await.expect("room on the disk");
    }
    books.close().await;
    let mut door = place.backdoor().await;
    let mut read = 0;
    // A connection reports what it read when it ends, a moment after it was closed.
    for _ in 0..100 {
        let sql = "SELECT CAST(SUM(idx_tup_read) AS BIGINT) + (SELECT CAST(SUM(seq_tup_read) AS BIGINT) FROM pg_stat_user_tables)
                     FROM pg_stat_user_indexes WHERE relname IN ('message', 'mention', 'draft', 'thread')";
        read = door.number(sql).await;
        if read > i64::from(MAILS) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(read > i64::from(MAILS), "nothing was reported");
    assert!(read / i64::from(MAILS) < 100, "{} rows read for each mail", read / i64::from(MAILS));
    drop(door);
    place.clear().await;
}

#[tokio::test]
#[ignore = "a measurement: cargo test --test it measure_books -- --ignored --nocapture"]
async fn measure_books() {
    const BATCHES: u32 = 40;
    const MAILS_PER_BATCH: u32 = 100;
    for engine in ENGINES {
        let place = Place::new(engine).await;
        let books = place.open().await;
        let mut session = books.begin().await.expect("free books");
        let mailbox = mailbox(&mut session).await;
        session.commit().await.expect("room on the disk");
        let letter = "Solicitamos cotización de 500 válvulas CIF Callao.\r\n".repeat(80);
        let raw_mail = RawMail::compress(letter.as_bytes()).expect("small");
        let begun = Instant::now();
        for batch in 0..BATCHES {
            let mut session = books.begin().await.expect("free books");
            for number in 0..MAILS_PER_BATCH {
                record_mail(&mut session, mailbox, batch * MAILS_PER_BATCH + number, &raw_mail, 6).await.expect("room");
            }
            session.commit().await.expect("room on the disk");
        }
        let seconds = begun.elapsed().as_secs_f64();
        println!("{engine:?}: {:.0} mails/s", f64::from(BATCHES * MAILS_PER_BATCH) / seconds);
        books.close().await;
        place.clear().await;
    }
}
