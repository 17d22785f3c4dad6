//! The folder beside a backup in which its parts are gathered. It is locked as long as somebody works in it, so that what a killed backup
//! left there can be told from what another one is making.

use rustix::fs::{FlockOperation, flock};
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const LOCK: &str = "lock";
const BOOKS: &str = "books.sqlite";
const ARCHIVE: &str = "backup.tar";
/// Everything that ever lies in such a folder.
const ALL: [&str; 4] = [BOOKS, "books.sqlite-journal", ARCHIVE, LOCK];
/// What such a folder's name begins with; a number follows.
const PREFIX: &str = ".tradepost-backup-";
/// More at once than anybody makes.
const FOLDERS_MAX: usize = 100;

/// A folder of parts, gone with its last use.
#[derive(Debug)]
pub struct Partial {
    folder: PathBuf,
    _lock: File,
}

impl Partial {
    /// A new folder beside a backup, after the remains of others there are removed, whatever they were to be called.
    pub fn beside(backup: &Path) -> io::Result<Self> {
        // Whoever locks one that nobody works in removes it with its last use.
        left_behind(backup)?.into_iter().for_each(|folder| drop(Self::lock(folder)));
        let mut fault = ErrorKind::AlreadyExists.into();
        for number in 1..=FOLDERS_MAX {
            let folder = folder(backup, number);
            match DirBuilder::new().mode(0o700).create(&folder).and_then(|()| Self::lock(folder)) {
                Ok(partial) => return Ok(partial),
                // Also when another backup took ours for one that was left behind, before it was locked.
                Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound | ErrorKind::WouldBlock) => {
                    fault = error
                }
                Err(error) => return Err(error),
            }
        }
        Err(fault)
    }

    fn lock(folder: PathBuf) -> io::Result<Self> {
        let lock = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(folder.join(LOCK))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Self { folder, _lock: lock })
    }

    /// Where the copy of the books goes.
    pub fn books(&self) -> PathBuf {
        self.folder.join(BOOKS)
    }

    /// A new file for the archive, its user's alone.
    pub fn archive(&self) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.folder.join(ARCHIVE))
    }

    /// Gives the archive its name, once it is on the disk. Takes the place of another file only when it may.
    pub fn settle(self, backup: &Path, replace: bool) -> io::Result<()> {
        let archive = self.folder.join(ARCHIVE);
        match replace {
            true => fs::rename(archive, backup)?,
            false => tempfile::TempPath::try_from_path(archive)?.persist_noclobber(backup)?,
        }
        super::placing::sync_folder(backup)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Only what is ours; what cannot be removed now is by the next backup here.
        for name in ALL {
            let _ = fs::remove_file(self.folder.join(name));
        }
        let _ = fs::remove_dir(&self.folder);
    }
}

fn folder(backup: &Path, number: usize) -> PathBuf {
    backup.with_file_name(format!("{PREFIX}{number}"))
}

/// The folders beside a backup in which somebody works, or worked.
fn left_behind(backup: &Path) -> io::Result<Vec<PathBuf>> {
    let is_one = |name: &OsStr| name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.parse::<usize>().ok()).is_some();
    let mut folders = Vec::new();
    for entry in fs::read_dir(super::placing::folder_of(backup))? {
        let entry = entry?;
        if is_one(&entry.file_name()) && entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn names(home: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(home)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_left_behind_is_removed_and_what_is_being_made_is_not() {
        let home = tempfile::tempdir().expect("a folder");
        let backup = home.path().join("monday.tar");
        let being_made = Partial::beside(&backup).expect("room");
        let killed = Partial::beside(&backup).expect("room");
        fs::write(killed.books(), "half").expect("room");
        // As a kill leaves it: the lock is gone, the files are not.
        let Partial { folder, .. } = &killed;
        let left = folder.clone();
        let kept = home.path().join("kept");
        fs::rename(&left, &kept).expect("aside");
        drop(killed);
        fs::rename(&kept, &left).expect("back");
        assert_eq!(names(home.path()), [".tradepost-backup-1", ".tradepost-backup-2"]);

        let next = Partial::beside(&backup).expect("room");
        assert_eq!(names(home.path()), [".tradepost-backup-1", ".tradepost-backup-2"]);
        next.archive().expect("room").write_all(b"whole").expect("room");
        next.settle(&backup, false).expect("no other is there");
        drop(being_made);
        assert_eq!(names(home.path()), ["monday.tar"]);
        assert_eq!(fs::read(&backup).expect("there"), b"whole");
    }

    #[test]
    fn what_somebody_else_put_there_is_left_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let theirs = home.path().join(".tradepost-backup-7");
        fs::create_dir(&theirs).expect("room");
        fs::write(theirs.join("letter.txt"), "mine").expect("room");
        drop(Partial::beside(&home.path().join("monday.tar")).expect("room"));
        assert_eq!(fs::read(theirs.join("letter.txt")).expect("there"), b"mine");
    }

    #[test]
    fn another_file_is_replaced_only_when_it_may_be() {
        let home = tempfile::tempdir().expect("a folder");
        let backup = home.path().join("monday.tar");
        fs::write(&backup, "older").expect("room");
        for replace in [false, true] {
            let partial = Partial::beside(&backup).expect("room");
            partial.archive().expect("room").write_all(b"newer").expect("room");
            assert_eq!(partial.settle(&backup, replace).is_ok(), replace);
        }
        assert_eq!(fs::read(&backup).expect("there"), b"newer");
    }
}
