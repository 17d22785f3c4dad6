//! Copies of the books: what a backup holds, and what is kept before a new version changes the tables.
//!
//! A copy is always a file of SQLite. Books in a file copy themselves (`VACUUM INTO`): one state of the books, while a daemon goes on
//! writing, without what was erased. Books on PostgreSQL are read through one serializable snapshot, table by table; the tables are the
//! same. A copy is its user's alone.

use super::dialect::{SQLITE_ONE_FILE, SQLITE_QUICK_CHECK, SQLITE_VACUUM_INTO};
use super::{Books, BooksAddress, BooksError, Purpose, Session, accounts, leaves, messages, migrate, tables, tokens};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row as _, SqlitePool};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Commands that only look are over soon.
const SETTLE_WAIT: Duration = Duration::from_secs(5);
/// Copies from before a change of the tables that are kept: that of the last change, and one more.
const KEPT_BEFORE: usize = 2;

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The last change of its tables.
    pub change: i64,
    pub messages: i64,
    /// The attachments that are kept in files, by their SHA-256 and in its order.
    pub leaves: Vec<[u8; 32]>,
}

/// Writes a sound copy of the books into a file that is not there yet, without the tokens of mailboxes. It need not be on the disk yet, and
/// a failure may leave a part of it.
pub async fn write(books: &Books, to: &Path) -> Result<Contents, BooksError> {
    if let Some(readers) = books.sqlite_readers() {
        vacuum(books, readers, to).await?;
    }
    let copy = Books::open(&BooksAddress::Sqlite(to.to_owned()), Purpose::Copy).await?;
    let written = async {
        if books.sqlite_readers().is_none() {
            tables::copy_in_batches(&mut books.begin_copy().await?, &copy).await?;
        }
        let mut session = copy.begin().await?;
        erase_tokens(&mut session).await?;
        session.commit().await?;
        // What is wrong with the copy was wrong with the books.
        check(&copy).await.map_err(|error| match error {
            BooksError::Corrupt { cause, .. } => BooksError::Corrupt { place: books.place().to_owned(), cause },
            error => error,
        })?;
        contents(&copy).await
    };
    let written = written.await;
    copy.close().await;
    written
}

/// Forgets the tokens of all mailboxes.
pub async fn erase_tokens(session: &mut Session) -> Result<(), BooksError> {
    for account in accounts::list(session).await? {
        tokens::erase(session, account.id).await?;
    }
    Ok(())
}

/// What books hold.
pub async fn contents(books: &Books) -> Result<Contents, BooksError> {
    let mut session = books.look().await?;
    let (change, messages) = (migrate::last_change(&mut session).await?, messages::count(&mut session).await?);
    let mut leaves: Vec<[u8; 32]> = leaves::list_named(&mut session).await?.into_iter().collect();
    leaves.sort_unstable();
    Ok(Contents { change, messages, leaves })
}

/// Whether a file holds together; PostgreSQL looks after itself.
pub async fn check(books: &Books) -> Result<(), BooksError> {
    let Some(readers) = books.sqlite_readers() else { return Ok(()) };
    let found = sqlx::query(SQLITE_QUICK_CHECK).fetch_one(readers).await.and_then(|row| row.try_get::<String, _>(0));
    let found = found.map_err(|error| BooksError::of_statement(books.place(), "check", &error))?;
    if found == "ok" { Ok(()) } else { Err(BooksError::Corrupt { place: books.place().to_owned(), cause: found }) }
}

/// Fills fresh books with everything that others hold, or with nothing.
pub async fn fill(from: &Books, to: &Books) -> Result<(), BooksError> {
    let mut session = to.begin().await?;
    tables::copy_all(&mut from.begin_copy().await?, &mut session).await?;
    session.commit().await
}

/// Makes books in a file one file, without a log beside it; [`BooksError::Busy`] while another program has them open.
pub async fn settle(file: &Path) -> Result<(), BooksError> {
    let place = file.display().to_string();
    let failed = |error: sqlx::Error| BooksError::of_statement(&place, "settle", &error);
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(false).busy_timeout(SETTLE_WAIT).disable_statement_logging();
    let mut connection = options.connect().await.map_err(failed)?;
    let settled = sqlx::query(SQLITE_ONE_FILE).fetch_one(&mut connection).await.map(|_| ());
    connection.close().await.map_err(failed)?;
    settled.map_err(failed)
}

/// Copies books before their tables are changed, to `books.sqlite.before-0030` when 30 is the first of the changes; nothing when none is
/// missing. Without a copy no change is begun.
pub(super) async fn keep_before_changes(books: &Books, file: &Path) -> Result<(), BooksError> {
    let Some(readers) = books.sqlite_readers() else { return Ok(()) };
    let Some(change) = migrate::next_change(books).await? else { return Ok(()) };
    let copy = before(file, &format!("{change:04}"));
    let failed = |cause: String| BooksError::NotCopied { place: books.place().to_owned(), copy: copy.display().to_string(), cause };
    let partial = before(file, "partial");
    // Of a try that was broken off; this daemon holds the books alone.
    for left in [&partial, &before(file, "partial-journal")] {
        remove_if_there(left).map_err(|error| failed(error.to_string()))?;
    }
    if let Err(error) = vacuum(books, readers, &partial).await {
        return Err(failed(match error {
            BooksError::DiskFull { .. } => io::Error::from(ErrorKind::StorageFull).to_string(),
            error => error.to_string(),
        }));
    }
    let settled = std::fs::rename(&partial, &copy).and_then(|()| sync_folder(&copy));
    settled.map_err(|error| failed(error.to_string()))?;
    tracing::info!(change, "The books were copied before their tables are changed");
    // Older copies take room and do no harm.
    if let Err(error) = remove_older(file) {
        tracing::warn!(kind = %error.kind(), "An older copy of the books could not be removed");
    }
    Ok(())
}

fn before(books: &Path, what: &str) -> PathBuf {
    let mut name = books.as_os_str().to_owned();
    name.push(".before-");
    name.push(what);
    PathBuf::from(name)
}

fn remove_older(books: &Path) -> io::Result<()> {
    let first = before(books, "");
    let Some(first) = first.file_name().and_then(|name| name.to_str()) else { return Ok(()) };
    let mut copies = Vec::new();
    for entry in std::fs::read_dir(folder_of(books))? {
        let path = entry?.path();
        let number = path.file_name().and_then(|name| name.to_str()?.strip_prefix(first)?.parse::<u32>().ok());
        copies.extend(number.map(|number| (number, path)));
    }
    copies.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
    copies.into_iter().skip(KEPT_BEFORE).try_for_each(|(_, copy)| std::fs::remove_file(copy))
}

/// Writes one state of the books into a file that is not there yet, and onto the disk. A failure leaves no file.
async fn vacuum(books: &Books, readers: &SqlitePool, to: &Path) -> Result<(), BooksError> {
    // Made by us, so that nobody else may read it, not even while it grows.
    let new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    let new = new.map_err(|error| BooksError::of_file(to, &error))?;
    let copied = async {
        let name = to.to_str().ok_or_else(|| BooksError::CannotOpen {
            place: to.display().to_string(),
            cause: "SQLite takes no name that is not UTF-8".to_owned(),
        })?;
        let copied = sqlx::query(SQLITE_VACUUM_INTO).bind(name).execute(readers).await;
        copied.map_err(|error| BooksError::of_statement(books.place(), "copy", &error))?;
        new.sync_all().map_err(|error| BooksError::of_file(to, &error))
    };
    let copied = copied.await;
    if copied.is_err() {
        // What cannot be removed is written over by the next try.
        let _ = std::fs::remove_file(to);
    }
    copied
}

fn remove_if_there(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// A new name lasts only when its folder is on the disk too.
fn sync_folder(file: &Path) -> io::Result<()> {
    File::open(folder_of(file))?.sync_all()
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
