//! The folder beside a backup in which its parts are gathered. It is locked as long as somebody works in it, so that what a killed backup
//! left there can be told from what another one is making.

use rustix::fs::{FlockOperation, flock};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const LOCK: &str = "lock";
const BOOKS: &str = "books.sqlite";
const ARCHIVE: &str = "backup.tar";
/// Everything that ever lies in such a folder.
const ALL: [&str; 5] = [BOOKS, "books.sqlite-wal", "books.sqlite-shm", ARCHIVE, LOCK];
/// More at once for the same file than anybody makes.
const FOLDERS_MAX: usize = 100;

/// A folder of parts, gone with its last use.
#[derive(Debug)]
pub struct Partial {
    folder: PathBuf,
    _lock: File,
}

impl Partial {
    /// A new folder for a backup of that name, after the remains of earlier ones are removed.
    pub fn beside(backup: &Path) -> io::Result<Self> {
        for number in 1..=FOLDERS_MAX {
            let folder = folder(backup, number);
            match DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => return Self::lock(folder),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    // Nobody works there any more; the next number is as good as this one.
                    if let Ok(left) = Self::lock(folder) {
                        drop(left);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
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
            // A link is made only where nothing is.
            false => fs::hard_link(archive, backup)?,
        }
        super::placing::sync_folder(backup)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Only what is ours; what cannot be removed now is by the next backup of that name.
        for name in ALL {
            let _ = fs::remove_file(self.folder.join(name));
        }
        let _ = fs::remove_dir(&self.folder);
    }
}

fn folder(backup: &Path, number: usize) -> PathBuf {
    let name = backup.file_name().unwrap_or_default().to_string_lossy();
    backup.with_file_name(format!(".{name}.partial-{number}"))
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
        assert_eq!(names(home.path()), [".monday.tar.partial-1", ".monday.tar.partial-2"]);

        let next = Partial::beside(&backup).expect("room");
        assert_eq!(names(home.path()), [".monday.tar.partial-1", ".monday.tar.partial-3"]);
        next.archive().expect("room").write_all(b"whole").expect("room");
        next.settle(&backup, false).expect("no other is there");
        drop(being_made);
        assert_eq!(names(home.path()), ["monday.tar"]);
        assert_eq!(fs::read(&backup).expect("there"), b"whole");
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
