//! Putting restored books where the others were: from one moment to the next, and so that the others are still there afterwards.

use crate::record::{BooksError, backup};
use crate::types::Moment;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// More books put aside in one second than anybody puts.
const NAMES_MAX: usize = 100;

/// A name beside a file or folder that nothing has: `books.sqlite.aside-20261130T110203Z`.
pub fn aside(of: &Path, at: Moment) -> PathBuf {
    let stamp = at.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string();
    let name = |number: usize| match number {
        1 => with(of, &format!(".aside-{stamp}")),
        number => with(of, &format!(".aside-{stamp}-{number}")),
    };
    (1..NAMES_MAX).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(NAMES_MAX))
}

/// The path with something behind its name.
pub fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Makes the present books one file; [`BooksError::Busy`] while another program has them open. What is left of a log and its index, by
/// books too damaged to be opened or by books that are gone, is put aside under the name that the books have there: new ones must not
/// find it.
pub async fn settle_present(books: &Path, aside: &Path) -> Result<io::Result<()>, BooksError> {
    if books.exists()
        && let Err(error @ (BooksError::Busy { .. } | BooksError::ReadOnly { .. } | BooksError::DiskFull { .. })) =
            backup::settle(books).await
    {
        return Err(error);
    }
    Ok(["-wal", "-shm"].iter().try_for_each(|ending| match fs::rename(with(books, ending), with(aside, ending)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        renamed => renamed,
    }))
}

/// Gives the present books another name and the new ones theirs. At every moment there are books under the name.
pub fn swap(books: &Path, new: &Path, aside: Option<&Path>) -> io::Result<()> {
    if let Some(aside) = aside {
        fs::hard_link(books, aside)?;
    }
    if let Err(error) = fs::rename(new, books) {
        // A second name of the same books is of no use, and a failure to remove it harms nothing.
        let _ = aside.map(fs::remove_file);
        return Err(error);
    }
    sync_folder(books)
}

/// Removes a copy that is not needed, with the journal SQLite keeps beside it.
pub fn remove(copy: &Path) -> io::Result<()> {
    ["", "-journal"].iter().try_for_each(|ending| match fs::remove_file(with(copy, ending)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    })
}

/// A new name lasts only when its folder is on the disk too.
pub fn sync_folder(file: &Path) -> io::Result<()> {
    File::open(folder_of(file))?.sync_all()
}

/// The folder a file is in.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
