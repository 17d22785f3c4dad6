//! Copies of the books: what a backup holds, and what is kept before a new version changes the tables.
//!
//! SQLite copies itself (`VACUUM INTO`): one state of the books, while a daemon goes on writing, without what was erased. A copy has its
//! name only when it is whole and on the disk. It is its user's alone.

use super::dialect::SQLITE_VACUUM_INTO;
use super::{Books, BooksError, migrate};
use sqlx::SqlitePool;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Copies from before a change of the tables that are kept: that of the last change, and one more.
const KEPT_BEFORE: usize = 2;

/// Copies books before their tables are changed, to `books.sqlite.before-0030` when 30 is the first of the changes; nothing when none is
/// missing. Without a copy no change is begun.
pub(super) async fn keep_before_changes(books: &Books, file: &Path) -> Result<(), BooksError> {
    let Some(readers) = books.sqlite_readers() else { return Ok(()) };
    let Some(change) = migrate::next_change(books).await? else { return Ok(()) };
    let copy = before(file, &format!("{change:04}"));
    let failed = |cause: String| BooksError::NotCopied { place: books.place().to_owned(), copy: copy.display().to_string(), cause };
    let partial = before(file, "partial");
    // Of a try that was broken off; this daemon holds the books alone.
    remove_if_there(&partial).map_err(|error| failed(error.to_string()))?;
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
