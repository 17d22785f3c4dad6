//! Opening, refusing, closing.

use crate::support::engines::{Engine, Place, for_each_place};
use tradepost::record::leases::{self, Fence};
use tradepost::record::{Books, BooksAddress, BooksError, Purpose, accounts, settings};

fn daemon(owner: &str) -> Purpose {
    Purpose::Daemon { owner: owner.to_owned() }
}

async fn refusal(address: &BooksAddress, purpose: Purpose) -> BooksError {
    match Books::open(address, purpose).await {
        Ok(_) => panic!("{address} should have been refused"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn books_opened_again_hold_what_was_written() {
    for_each_place(|place| async move {
        let books = place.open().await;
        let mut session = books.begin().await.expect("free books");
        let sales = accounts::find_or_add(&mut session, "sales", &super::address("sales@nordwerk.example")).await.expect("new");
        session.commit().await.expect("room on the disk");
        books.close().await;
        for purpose in [daemon("desk"), Purpose::Command, Purpose::Look] {
            let books = Books::open(&place.address, purpose).await.expect("the books of before");
            let mut session = books.look().await.expect("a snapshot");
            assert_eq!(accounts::list(&mut session).await.expect("accounts"), std::slice::from_ref(&sales));
            drop(session);
            books.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn on_a_file_a_second_daemon_is_refused_and_told_who_has_the_books() {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    let error = refusal(&place.address, daemon("other-desk")).await;
    assert_eq!(error.kind(), "books-in-use");
    assert!(error.to_string().contains(&format!("in use by process {}", std::process::id())), "{error}");
    books.close().await;
    Books::open(&place.address, daemon("other-desk")).await.expect("the first one gave them back").close().await;
    place.clear().await;
}

#[tokio::test]
async fn commands_go_on_beside_a_daemon_and_on_a_database_server_other_daemons_too() {
    for_each_place(|place| async move {
        let books = place.open().await;
        for purpose in [Purpose::Command, Purpose::Look] {
            Books::open(&place.address, purpose).await.expect("no daemon").close().await;
        }
        if place.engine == Engine::Postgres {
            let other = Books::open(&place.address, daemon("other-desk")).await.expect("they share the books");
            books.begin().await.expect("its own lease is held");
            other.begin().await.expect("its own lease is held");
            other.close().await;
        }
        books.close().await;
    })
    .await;
}

/// Takes the lease of a mailbox for a daemon, whoever holds it.
async fn taken(books: &Books, name: &str) -> Books {
    let mut session = books.begin().await.expect("free books");
    let now = leases::now(&mut session).await.expect("the server's clock");
    let owner = books.sharer().expect("a daemon among others");
    let epoch = leases::take(&mut session, name, owner, now, now.plus_ms(60_000)).await.expect("a look").expect("it is free");
    session.commit().await.expect("taken");
    books.fenced(Fence { name: name.to_owned(), epoch })
}

#[tokio::test]
async fn a_daemon_that_slept_through_the_lease_of_a_mailbox_writes_no_more_for_that_mailbox() {
    let place = Place::new(Engine::Postgres).await;
    let sleeper = place.open().await;
    let (sales, info) = (taken(&sleeper, "mailbox:1").await, taken(&sleeper, "mailbox:2").await);
    drop(sales.begin().await.expect("still its own"));
    // The lease of one runs out, and another daemon takes it.
    place.backdoor().await.run("UPDATE lease SET until_ms = 1 WHERE name = 'mailbox:1'").await.expect("a lease");
    let successor = Books::open(&place.address, daemon("other-desk")).await.expect("they share the books");
    let taken_over = taken(&successor, "mailbox:1").await;
    assert_eq!(sales.begin().await.err().map(|error| error.kind()), Some("books-lease-lost"));
    drop(info.begin().await.expect("this one it still has"));
    sleeper.close().await;
    drop(taken_over.begin().await.expect("closing the sleeper took nothing from the successor"));
    successor.close().await;
    place.clear().await;
}

#[tokio::test]
async fn a_transaction_that_began_under_a_lease_changes_nothing_its_next_holder_has_seen() {
    let place = Place::new(Engine::Postgres).await;
    let (halted, successor) = (place.open().await, Books::open(&place.address, daemon("other-desk")).await.expect("they share the books"));
    let sales = taken(&halted, "mailbox:1").await;
    let mut late = sales.begin().await.expect("still its own");
    assert_eq!(settings::find(&mut late, "daily").await.expect("a look"), None);
    place.backdoor().await.run("UPDATE lease SET until_ms = 1 WHERE name = 'mailbox:1'").await.expect("a lease");
    let sales = taken(&successor, "mailbox:1").await;
    let mut session = sales.begin().await.expect("its own");
    assert_eq!(settings::find(&mut session, "daily").await.expect("a look"), None);
    settings::mark(&mut session, "daily", "by the successor").await.expect("room");
    session.commit().await.expect("its own");
    let written = async {
        settings::mark(&mut late, "daily", "by one who was halted").await?;
        late.commit().await
    };
    let error = written.await.expect_err("too late");
    assert_eq!(error.kind(), "books-busy", "begun again, it learns that the lease is lost: {error}");
    successor.close().await;
    halted.close().await;
    place.clear().await;
}

#[tokio::test]
async fn an_earlier_life_of_a_daemon_writes_nothing_once_the_next_has_begun() {
    let place = Place::new(Engine::Postgres).await;
    let earlier = place.open().await;
    let sales = taken(&earlier, "mailbox:1").await;
    let next = place.open().await;
    assert_eq!(earlier.begin().await.err().map(|error| error.kind()), Some("books-lease-lost"));
    let sales_now = taken(&next, "mailbox:1").await;
    assert_eq!(sales.begin().await.err().map(|error| error.kind()), Some("books-lease-lost"));
    earlier.close().await;
    drop(sales_now.begin().await.expect("closing the earlier life took nothing from the next"));
    next.close().await;
    place.clear().await;
}

#[tokio::test]
async fn tables_are_not_changed_under_daemons_at_work() {
    let place = Place::new(Engine::Postgres).await;
    let at_work = place.open().await;
    let mut backdoor = place.backdoor().await;
    let newest = tradepost::record::migrations().last().expect("there are some").number;
    let living = "UPDATE lease SET until_ms = until_ms + 60000 WHERE name = 'daemon:desk'";
    backdoor.run(format!("{living}; DELETE FROM schema_change WHERE number = {newest}")).await.expect("as an older program left it");
    let error = refusal(&place.address, daemon("newer-desk")).await;
    assert_eq!(error.kind(), "books-in-use", "{error}");
    assert!(error.to_string().contains("in use by desk"), "{error}");
    at_work.close().await;
    place.clear().await;
}

#[tokio::test]
async fn a_daemon_that_crashed_comes_back_at_once() {
    for_each_place(|place| async move {
        drop(place.open().await);
        place.open().await.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_daemons_that_start_at_once_one_makes_the_books_and_on_a_file_one_is_refused() {
    for _ in 0..4 {
        for_each_place(|place| async move {
            let start = |owner: &'static str| {
                let address = place.address.clone();
                tokio::spawn(async move { Books::open(&address, daemon(owner)).await })
            };
            let (one, other) = (start("desk-1"), start("desk-2"));
            let mut refused = Vec::new();
            for started in [one.await, other.await] {
                match started.expect("no panic") {
                    Ok(books) => drop(books.begin().await.expect("it may write")),
                    Err(error) => refused.push(error.kind()),
                }
            }
            let expected: &[&str] = if place.engine == Engine::Sqlite { &["books-in-use"] } else { &[] };
            assert_eq!(refused, expected);
        })
        .await;
    }
}

#[tokio::test]
async fn looking_never_makes_books() {
    for_each_place(|place| async move {
        for purpose in [Purpose::Look, Purpose::Command] {
            let error = refusal(&place.address, purpose).await;
            assert_eq!(error.kind(), "books-absent", "{error}");
        }
        assert!(!place.file().exists());
        let books = place.open().await;
        books.close().await;
        let looking = Books::open(&place.address, Purpose::Look).await.expect("now they exist");
        assert_eq!(looking.begin().await.err().map(|error| error.kind()), Some("books-read-only"));
        let mut session = looking.look().await.expect("a snapshot");
        let error = super::accounts::find_or_add(&mut session, "sales", &super::address("a@b.example")).await.expect_err("no writing");
        assert_eq!(error.kind(), "books-read-only", "{error}");
        drop(session);
        looking.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_edited_migration_is_refused() {
    for_each_place(|place| async move {
        place.open().await.close().await;
        place.backdoor().await.run("UPDATE schema_change SET checksum = 'abc' WHERE number = 7").await.expect("a change");
        for purpose in [daemon("desk"), Purpose::Look] {
            let error = refusal(&place.address, purpose).await;
            assert_eq!(error.kind(), "books-changed-migration");
            assert!(error.to_string().contains("`0007_message`"), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn books_of_a_newer_program_are_refused() {
    for_each_place(|place| async move {
        place.open().await.close().await;
        place.backdoor().await.run("INSERT INTO schema_change VALUES (9999, '9999_later', 'x')").await.expect("a change");
        for purpose in [daemon("desk"), Purpose::Command, Purpose::Look] {
            assert_eq!(refusal(&place.address, purpose).await.kind(), "books-newer");
        }
    })
    .await;
}

#[tokio::test]
async fn missing_changes_are_made_by_a_daemon_only() {
    for_each_place(|place| async move {
        place.open().await.close().await;
        place.backdoor().await.run("DELETE FROM schema_change WHERE number = 15; DROP TABLE setting").await.expect("a table");
        let error = refusal(&place.address, Purpose::Command).await;
        assert_eq!(error.kind(), "books-older");
        assert!(error.to_string().contains("1 changes"), "{error}");
        place.open().await.close().await;
        Books::open(&place.address, Purpose::Command).await.expect("made by the daemon").close().await;
    })
    .await;
}

#[tokio::test]
async fn a_change_that_fails_leaves_the_books_as_they_were() {
    for_each_place(|place| async move {
        place.open().await.close().await;
        // The table is still there, so making it again must fail.
        let mut door = place.backdoor().await;
        door.run("DELETE FROM schema_change WHERE number = 15").await.expect("a change");
        let error = refusal(&place.address, daemon("desk")).await;
        assert_eq!(error.kind(), "books-failed-migration");
        assert!(error.to_string().contains("`0015_setting`"), "{error}");
        assert_eq!(door.number("SELECT COUNT(*) FROM schema_change WHERE number = 15").await, 0);
    })
    .await;
}

#[tokio::test]
async fn somebody_elses_database_is_left_alone() {
    for_each_place(|place| async move {
        let mut door = place.backdoor().await;
        door.run("CREATE TABLE invoice (id INTEGER)").await.expect("an empty place");
        for purpose in [daemon("desk"), Purpose::Look] {
            assert_eq!(refusal(&place.address, purpose).await.kind(), "books-not-ours");
        }
        assert_eq!(door.number("SELECT COUNT(*) FROM invoice").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let place = Place::new(Engine::Sqlite).await;
    let letter = b"Dear Sirs, this is no database, but it is long enough to have a header of one hundred bytes or even more.".repeat(20);
    std::fs::write(place.file(), &letter).expect("a folder of our own");
    for purpose in [daemon("desk"), Purpose::Look] {
        let error = refusal(&place.address, purpose).await;
        assert_eq!(error.kind(), "books-not-ours", "{error}");
    }
    assert_eq!(std::fs::read(place.file()).expect("still there"), letter);
}

#[tokio::test]
async fn damaged_books_say_so() {
    let place = Place::new(Engine::Sqlite).await;
    place.open().await.close().await;
    let mut bytes = std::fs::read(place.file()).expect("the books");
    // The header stays, the table of tables goes.
    bytes.iter_mut().skip(100).take(20_000).for_each(|byte| *byte = 0x55);
    std::fs::write(place.file(), bytes).expect("a folder of our own");
    assert_eq!(refusal(&place.address, Purpose::Look).await.kind(), "books-corrupt");
}

#[tokio::test]
async fn a_folder_that_does_not_exist_is_named() {
    let place = Place::new(Engine::Sqlite).await;
    let address = BooksAddress::Sqlite(place.file().join("missing/books.db"));
    let error = refusal(&address, daemon("desk")).await;
    assert_eq!(error.kind(), "books-cannot-open");
    assert!(error.to_string().contains("missing/books.db"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_their_owner_may_read_the_books() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    for name in ["books.db", "books.db-wal", "books.db-shm", "books.db.lock"] {
        let mode = std::fs::metadata(place.file().with_file_name(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
    books.close().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password() {
    let server = crate::support::postgres::server();
    let missing = BooksAddress::parse(&server.url("no_such_books"));
    assert_eq!(refusal(&missing, daemon("desk")).await.kind(), "books-no-database");
    let silent = BooksAddress::parse("postgres://desk:s3cret@127.0.0.1:1/books");
    let error = refusal(&silent, daemon("desk")).await;
    assert_eq!(error.kind(), "books-unreachable", "{error}");
    assert!(error.to_string().contains("postgres://127.0.0.1:1/books"), "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    let garbled = BooksAddress::parse("postgres://desk:s3cret@[books");
    let error = refusal(&garbled, daemon("desk")).await;
    assert_eq!(error.kind(), "books-cannot-open", "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_script_is_refused() {
    let server = crate::support::postgres::server();
    let mut admin = server.connect("postgres").await;
    sqlx::raw_sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0").execute(&mut admin).await.expect("a new name");
    let error = refusal(&BooksAddress::parse(&server.url("latin")), daemon("desk")).await;
    assert_eq!(error.kind(), "books-encoding");
    assert!(error.to_string().contains("LATIN1"), "{error}");
}
