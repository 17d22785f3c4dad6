//! The copy before a new version changes the tables.

use crate::support::engines::{Backdoor, Engine, Place};
use crate::support::small_disk::SmallDisk;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tradepost::record::{Books, BooksAddress, BooksError, Purpose, settings};

const DAEMON: &str = "desk";

async fn open(file: &Path) -> Result<Books, BooksError> {
    Books::open(&BooksAddress::Sqlite(file.to_owned()), Purpose::Daemon { owner: DAEMON.to_owned() }).await
}

async fn backdoor(file: &Path) -> Backdoor {
    Backdoor::Sqlite(SqliteConnectOptions::new().filename(file).connect().await.expect("books"))
}

/// Books that lack a change, with something in them.
async fn older(file: &Path, change: i64) {
    let books = open(file).await.expect("books");
    let mut session = books.begin().await.expect("free books");
    settings::mark(&mut session, "daily", "something").await.expect("room");
    session.commit().await.expect("room");
    books.close().await;
    let undone = format!("DELETE FROM schema_change WHERE number = {change}; DROP INDEX IF EXISTS act_claimed");
    backdoor(file).await.run(undone).await.expect("as an older program left it");
}

fn copies(file: &Path) -> Vec<PathBuf> {
    let folder = fs::read_dir(file.parent().expect("a folder")).expect("readable");
    let mut copies: Vec<PathBuf> = folder.map(|entry| entry.expect("an entry").path()).collect();
    copies.retain(|path| path.to_string_lossy().contains(".before-"));
    copies.sort();
    copies
}

#[tokio::test]
async fn books_are_copied_before_a_change_and_the_newest_two_copies_are_kept() {
    let place = Place::new(Engine::Sqlite).await;
    let file = place.file();
    place.open().await.close().await;
    assert_eq!(copies(&file), Vec::<PathBuf>::new(), "new books are no older ones");
    older(&file, 27).await;
    for other in ["0003", "0012", "9999x"] {
        fs::write(file.with_file_name(format!("books.db.before-{other}")), "an older copy").expect("room");
    }
    fs::write(file.with_file_name("books.db.before-partial"), "of a try that was broken off").expect("room");
    place.open().await.close().await;
    let expected = ["books.db.before-0012", "books.db.before-0027", "books.db.before-9999x"].map(|name| file.with_file_name(name));
    assert_eq!(copies(&file), expected, "the newest two, and what is somebody else's");
    let copy = &expected[1];
    assert_eq!(fs::metadata(copy).expect("a copy").mode() & 0o777, 0o600);
    let mut door = backdoor(copy).await;
    assert_eq!(door.number("SELECT COUNT(*) FROM setting WHERE key = 'daily'").await, 1);
    assert_eq!(door.number("SELECT COUNT(*) FROM schema_change WHERE number = 27").await, 0, "as it was before");
    place.open().await.close().await;
    assert_eq!(copies(&file), expected, "a start without changes copies nothing");
}

#[tokio::test]
async fn on_a_full_disk_no_change_is_begun() {
    let home = tempfile::tempdir().expect("a folder");
    let disk = SmallDisk::mount(home.path().join("small"));
    let file = home.path().join("small/books.db");
    older(&file, 27).await;
    let mut door = backdoor(&file).await;
    door.run("INSERT INTO setting (key, value) VALUES ('large', hex(zeroblob(200000)))").await.expect("room");
    drop(door);
    disk.fill_but(200_000);
    let error = match open(&file).await {
        Ok(_) => panic!("there is no room for a copy"),
        Err(error) => error,
    };
    assert_eq!(error.kind(), "books-not-copied", "{error}");
    assert!(error.to_string().contains("books.db.before-0027") && error.to_string().contains("space"), "{error}");
    assert_eq!(copies(&file), Vec::<PathBuf>::new(), "nothing half copied is left");
    assert_eq!(backdoor(&file).await.number("SELECT COUNT(*) FROM schema_change WHERE number = 27").await, 0);
    disk.free();
    open(&file).await.expect("there is room now").close().await;
    assert_eq!(copies(&file).len(), 1);
}
