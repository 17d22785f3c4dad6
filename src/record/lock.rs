//! One daemon at a time on one file of books or one configuration: a lock the system takes back however the daemon ends.

use super::BooksError;
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Held as long as the daemon lives; on PostgreSQL taken beside the configuration, because a lease cannot tell a daemon that was
/// started twice from one that was started again. The file stays behind: removing it would let two daemons lock two files of one name.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock beside a file (the books, the configuration) and writes our process id into it; refused with the id of who
    /// holds it.
    pub fn take(books: &Path, pid: u32) -> Result<Self, BooksError> {
        let cannot = |error: std::io::Error| BooksError::of_file(books, &error);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path_of(books)).map_err(cannot)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(BooksError::InUse { place: books.display().to_string(), holder: holder(&mut file) });
            }
            Err(error) => return Err(cannot(error.into())),
        }
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{pid}")).map_err(cannot)?;
        Ok(Self { _file: file })
    }

    /// Who holds the lock beside a file now, as its refusal would name them; `None` when nobody does. Takes nothing.
    pub fn holder(books: &Path) -> Option<String> {
        let mut file = File::open(path_of(books)).ok()?;
        // A shared lock, given back at once: a daemon that starts in this very instant tries again with its next start.
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Err(rustix::io::Errno::WOULDBLOCK) => Some(holder(&mut file)),
            Ok(()) | Err(_) => None,
        }
    }
}

fn path_of(books: &Path) -> PathBuf {
    let mut name = books.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    // The number is for people; a file that cannot be read changes nothing about the refusal.
    let read = file.take(20).read_to_string(&mut text);
    match (read, text.trim()) {
        (Ok(_), pid) if !pid.is_empty() => format!("process {pid}"),
        _ => "another process".to_owned(),
    }
}
