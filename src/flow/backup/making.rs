//! Making a backup.

use super::archive::Writer;
use super::manifest::{Manifest, Part, hex};
use super::partial::Partial;
use crate::flow::disk::beside;
use crate::flow::leaves::Store;
use crate::record::backup::{self, Contents};
use crate::record::{Books, BooksError};
use crate::types::Moment;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

const BUFFER_LEN: usize = 1 << 20;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub messages: i64,
    pub attachments: usize,
    /// Attachments that the books name and that are not there, or not what they were.
    pub missing: usize,
    pub size: u64,
}

/// No backup was made.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Books(#[from] BooksError),
    #[error("{} is there already", file.display())]
    Exists { file: PathBuf },
    #[error("{} is a file of the books themselves", file.display())]
    Ours { file: PathBuf },
    #[error("{} cannot be written: {why}", file.display())]
    NotWritten { file: PathBuf, why: io::Error },
}

/// Writes a backup of the books into a file, while daemons work. Another file of that name is replaced only when it may be, and files of
/// ours never.
pub async fn make(
    books: &Books,
    files: &Store,
    to: &Path,
    replace: bool,
    ours: &[PathBuf],
    (at, host): (Moment, &str),
) -> Result<Made, BackupError> {
    let not_written = |why: io::Error| match why.kind() {
        ErrorKind::AlreadyExists => BackupError::Exists { file: to.to_owned() },
        _ => BackupError::NotWritten { file: to.to_owned(), why },
    };
    look_at_target(to, replace, ours)?;
    let partial = Partial::beside(to).map_err(not_written)?;
    let contents = backup::write(books, &partial.books()).await.map_err(|error| match error {
        // It is our copy that found no room.
        BooksError::DiskFull { .. } => not_written(ErrorKind::StorageFull.into()),
        error => error.into(),
    })?;
    let (files, to, host) = (files.clone(), to.to_owned(), host.to_owned());
    let made = beside(move || {
        let made = write(&partial, &files, &contents, at, &host)?;
        partial.settle(&to, replace).map(|()| made)
    });
    made.await.map_err(not_written)
}

fn look_at_target(to: &Path, replace: bool, ours: &[PathBuf]) -> Result<(), BackupError> {
    let is_same = |path: &PathBuf| path == to || matches!((path.canonicalize(), to.canonicalize()), (Ok(one), Ok(other)) if one == other);
    let file = to.to_owned();
    match to.symlink_metadata() {
        _ if ours.iter().any(is_same) => Err(BackupError::Ours { file }),
        Ok(there) if there.is_dir() => Err(BackupError::NotWritten { file, why: ErrorKind::IsADirectory.into() }),
        Ok(_) if !replace => Err(BackupError::Exists { file }),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn write(partial: &Partial, files: &Store, contents: &Contents, at: Moment, host: &str) -> io::Result<Made> {
    let mut writer = Writer::new(BufWriter::with_capacity(BUFFER_LEN, partial.archive()?), at);
    let books = writer.add_books(File::open(partial.books())?)?;
    let mut manifest = Manifest::new(contents, books, at, host);
    for sha256 in &contents.leaves {
        match attachment(&mut writer, files, sha256)? {
            Some(part) => manifest.attachments.push(part),
            None => manifest.missing.push(hex(sha256)),
        }
    }
    let mut archive = writer.end(&manifest)?;
    archive.flush()?;
    let archive = archive.get_ref();
    archive.sync_all()?;
    Ok(Made {
        messages: contents.messages,
        attachments: manifest.attachments.len(),
        missing: manifest.missing.len(),
        size: archive.metadata()?.len(),
    })
}

/// Adds an attachment; `None` when it cannot be read, or is not what it was.
fn attachment<W: Write>(writer: &mut Writer<W>, files: &Store, sha256: &[u8; 32]) -> io::Result<Option<Part>> {
    let Ok(file) = files.open_named(sha256) else { return Ok(None) };
    let (part, is_sound) = writer.add_attachment(sha256, file)?;
    Ok(is_sound.then_some(part))
}
