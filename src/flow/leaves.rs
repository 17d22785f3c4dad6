//! The files that hold what was carved out of large mail.
//!
//! A file is named by the SHA-256 of its bytes, so the catalogue that went to a hundred customers lies there once. It is written
//! under another name, synced and renamed before the transaction that names it begins: what the books name is there. What the books
//! do not name, after a crash or after a mail was erased, [`sweep`] removes at the next start, when nobody writes, and once a day; then
//! only what is old, because a new file may belong to a mail that is being recorded.

use crate::parse::carve::{Leaf, LeafWriter};
use crate::record::{Books, BooksError, leaves};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Where files lie before they are whole.
const STAGE: &str = "tmp";

/// A folder of leaves. Made when the first one is written.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    written: Arc<AtomicU64>,
    /// Held while it is looked whether a file is there or is old, so that none is removed that is just found to be there.
    settling: Arc<Mutex<()>>,
}

impl Store {
    /// The store in that folder; nothing is opened yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, written: Arc::default(), settling: Arc::default() }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The bytes of a leaf, to be read.
    pub fn open(&self, leaf: &Leaf) -> io::Result<File> {
        self.open_named(&leaf.sha256)
    }

    /// The bytes of that hash, to be read.
    pub fn open_named(&self, sha256: &[u8; 32]) -> io::Result<File> {
        File::open(self.path(sha256))
    }

    /// Gives every file a second name in another folder on the same disk, where no sweeping finds it; whether there were any.
    pub(super) fn keep_in(&self, folder: &Path) -> io::Result<bool> {
        let mut is_any = false;
        let shelves = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            shelves => shelves?,
        };
        for shelf in shelves {
            let shelf = shelf?;
            if !is_shelf(&shelf.file_name()) || !shelf.file_type()?.is_dir() {
                continue;
            }
            let kept = folder.join(shelf.file_name());
            for file in fs::read_dir(shelf.path())? {
                let file = file?;
                private_folder(&kept)?;
                fs::hard_link(file.path(), kept.join(file.file_name()))?;
                is_any = true;
            }
        }
        Ok(is_any)
    }

    /// Writes the leaves of one mail.
    pub fn writer(&self) -> StoreWriter<'_> {
        StoreWriter { store: self, staged: None, fault: None }
    }

    /// Two letters of the hash are a folder, as Git does it: some file systems are slow with a hundred thousand names in one.
    fn path(&self, sha256: &[u8; 32]) -> PathBuf {
        let name: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        let shelf = name.get(..2).unwrap_or_default();
        self.folder.join(shelf).join(&name)
    }
}

/// Writes leaves, one after the other. A leaf that was begun and not ended leaves nothing behind.
#[derive(Debug)]
pub struct StoreWriter<'s> {
    store: &'s Store,
    staged: Option<(PathBuf, BufWriter<File>)>,
    fault: Option<io::Error>,
}

impl StoreWriter<'_> {
    /// What went wrong while writing, rather than while reading the mail.
    pub fn into_fault(mut self) -> Option<io::Error> {
        self.fault.take()
    }

    /// Keeps the fault for whoever asks, and stops the carving.
    fn noted<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        done.map_err(|error| {
            let stop = io::Error::from(error.kind());
            self.fault = Some(error);
            stop
        })
    }

    fn stage(&mut self) -> io::Result<()> {
        let stage = self.store.folder.join(STAGE);
        private_folder(&stage)?;
        let path = stage.join(format!("{}-{}", std::process::id(), self.store.written.fetch_add(1, Ordering::Relaxed)));
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        self.staged = Some((path, BufWriter::with_capacity(256 * 1024, file)));
        Ok(())
    }

    fn settle(&mut self, sha256: &[u8; 32]) -> io::Result<()> {
        let Some((staged, file)) = &mut self.staged else { return Ok(()) };
        let path = self.store.path(sha256);
        file.flush()?;
        let held = self.store.settling.lock().unwrap_or_else(PoisonError::into_inner);
        // The same bytes lie there already, and safely: nothing is there before it is synced. They are as good as new.
        let ours = file.get_ref().metadata()?;
        if fs::metadata(&path).is_ok_and(|there| there.len() == ours.len()) {
            File::options().write(true).open(&path)?.set_modified(ours.modified()?)?;
            return fs::remove_file(staged).map(|()| self.staged = None);
        }
        drop(held);
        file.get_ref().sync_all()?;
        let shelf = path.parent().unwrap_or(&self.store.folder);
        private_folder(shelf)?;
        fs::rename(staged, &path)?;
        self.staged = None;
        for folder in [shelf, &self.store.folder] {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

impl LeafWriter for StoreWriter<'_> {
    fn begin(&mut self) -> io::Result<()> {
        let staged = self.stage();
        self.noted(staged)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.staged.as_mut().map_or(Ok(()), |(_, file)| file.write_all(bytes));
        self.noted(written)
    }

    fn end(&mut self, sha256: &[u8; 32]) -> io::Result<()> {
        let settled = self.settle(sha256);
        self.noted(settled)
    }
}

impl Drop for StoreWriter<'_> {
    fn drop(&mut self) {
        if let Some((path, _)) = self.staged.take() {
            // What cannot be removed now is swept at the next start.
            let _ = fs::remove_file(path);
        }
    }
}

fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Removes the files that no mail names and that are at least so old; how many. While others write, a mail takes less time than that
/// from its file to the books.
pub async fn sweep(store: &Store, books: &Books, age: Duration) -> Result<io::Result<usize>, BooksError> {
    if !store.folder.is_dir() {
        return Ok(Ok(0));
    }
    let mut session = books.look().await?;
    let named = leaves::list_named(&mut session).await?;
    drop(session);
    let named = named.iter().map(|sha256| store.path(sha256)).collect();
    let store = store.clone();
    Ok(super::disk::beside(move || remove_others(&store, &named, age)).await)
}

fn remove_others(store: &Store, named: &HashSet<PathBuf>, age: Duration) -> io::Result<usize> {
    let mut removed = 0;
    // Ages are told by the clock of the disk they lie on.
    let now = tempfile::tempfile_in(&store.folder)?.metadata()?.modified()?;
    let is_old = |path: &Path| -> io::Result<bool> { Ok(is_older(fs::metadata(path)?.modified()?, now, age)) };
    for shelf in fs::read_dir(&store.folder)? {
        let shelf = shelf?;
        // Only folders of ours: whatever else a person put here stays.
        let is_ours = is_shelf(&shelf.file_name()) || shelf.file_name() == STAGE;
        if !is_ours || !shelf.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(shelf.path())? {
            let path = file?.path();
            let _held = store.settling.lock().unwrap_or_else(PoisonError::into_inner);
            if !named.contains(&path) && path.is_file() && is_old(&path)? {
                fs::remove_file(path)?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}

/// Whether a file is at least of that age; one from the future, after a clock was put right, is.
fn is_older(modified: SystemTime, now: SystemTime, age: Duration) -> bool {
    now.duration_since(modified).map_or(true, |lain| lain >= age)
}

/// A folder of files that are whole.
fn is_shelf(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.len() == 2 && name.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn write(store: &Store, bytes: &[u8]) -> PathBuf {
        let sha256 = Sha256::digest(bytes).into();
        let mut writer = store.writer();
        writer.begin().expect("room");
        writer.write(bytes).expect("room");
        writer.end(&sha256).expect("room");
        store.path(&sha256)
    }

    #[test]
    fn the_same_bytes_lie_there_once_and_half_a_leaf_leaves_nothing() {
        let home = tempfile::tempdir().expect("a folder");
        let store = Store::new(home.path().join("files"));
        assert_eq!(write(&store, b"catalogue"), write(&store, b"catalogue"));
        let mut half = store.writer();
        half.begin().expect("room");
        half.write(b"cata").expect("room");
        drop(half);
        assert_eq!(fs::read_dir(store.folder().join(STAGE)).expect("a folder").count(), 0);
    }

    #[test]
    fn what_nobody_names_is_removed_and_a_persons_files_stay() {
        let home = tempfile::tempdir().expect("a folder");
        let store = Store::new(home.path().to_owned());
        let (kept, orphan) = (write(&store, b"kept"), write(&store, b"orphan"));
        fs::write(home.path().join("notes.txt"), "mine").expect("room");
        fs::write(home.path().join(STAGE).join("1-1"), "torn").expect("room");
        let named = HashSet::from([kept.clone()]);
        assert_eq!(remove_others(&store, &named, Duration::from_secs(3_600)).expect("ours"), 0, "they may belong to a mail on its way");
        assert_eq!(remove_others(&store, &named, Duration::ZERO).expect("ours"), 2);
        assert_eq!((kept.exists(), orphan.exists(), home.path().join("notes.txt").exists()), (true, false, true));
    }

    #[test]
    fn an_old_file_that_comes_again_is_as_good_as_new() {
        let home = tempfile::tempdir().expect("a folder");
        let store = Store::new(home.path().to_owned());
        let (orphan, again) = (write(&store, b"orphan"), write(&store, b"again"));
        let hour = Duration::from_secs(3_600);
        for path in [&orphan, &again] {
            let file = File::options().write(true).open(path).expect("ours");
            let written = file.metadata().and_then(|data| data.modified()).expect("a time");
            file.set_modified(written - 2 * hour).expect("ours");
        }
        write(&store, b"again");
        assert_eq!(remove_others(&store, &HashSet::new(), hour).expect("ours"), 1);
        assert_eq!((orphan.exists(), again.exists()), (false, true));
    }

    #[test]
    fn a_store_that_cannot_be_written_says_so_apart_from_the_mail() {
        let home = tempfile::tempdir().expect("a folder");
        fs::write(home.path().join("file"), "").expect("room");
        let store = Store::new(home.path().join("file"));
        let mut writer = store.writer();
        assert!(writer.begin().is_err());
        assert!(writer.into_fault().is_some());
    }
}
