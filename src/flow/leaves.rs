//! The files that hold what was carved out of large mail.
//!
//! A file is named by the SHA-256 of its bytes, so the catalogue that went to a hundred customers lies there once. It is written
//! under another name, synced and renamed before the transaction that names it begins: what the books name is there. What the books
//! do not name, after a crash or after a mail was erased, [`sweep`] removes at the next start, when nobody writes; where several daemons
//! share the folder, what is young is spared.

use crate::parse::carve::{Leaf, LeafWriter};
use crate::record::{Books, BooksError, leaves};
use crate::types::Moment;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW};
use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The moment at which the system sets a file's times (utimensat(2)).
const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
/// Where files lie before they are whole.
const STAGE: &str = "tmp";

/// A folder of leaves. Made when the first one is written.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    written: Arc<AtomicU64>,
}

impl Store {
    /// The store in that folder; nothing is opened yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, written: Arc::default() }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The bytes of a leaf, to be read.
    pub fn open(&self, leaf: &Leaf) -> io::Result<File> {
        File::open(self.path(&leaf.sha256))
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
        // The same bytes lie there already, and safely: nothing is there before it is synced.
        if fs::metadata(&path).is_ok_and(|there| file.get_ref().metadata().is_ok_and(|ours| ours.len() == there.len())) {
            // Young again, so that no other daemon's sweep takes it before a mail names it.
            let now = Timestamps { last_access: NOW, last_modification: NOW };
            rustix::fs::utimensat(rustix::fs::CWD, &path, &now, rustix::fs::AtFlags::empty())?;
            return fs::remove_file(staged).map(|()| self.staged = None);
        }
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

/// Removes the files that no mail names; how many. To be called at start, before anything is written. Where others may be writing, only
/// what was changed before `spared_from`.
pub async fn sweep(store: &Store, books: &Books, spared_from: Option<Moment>) -> Result<io::Result<usize>, BooksError> {
    if !store.folder.is_dir() {
        return Ok(Ok(0));
    }
    let mut session = books.look().await?;
    let named = leaves::list_named(&mut session).await?;
    drop(session);
    let named = named.iter().map(|sha256| store.path(sha256)).collect();
    let store = store.clone();
    Ok(super::disk::beside(move || remove_others(&store, &named, spared_from)).await)
}

fn remove_others(store: &Store, named: &HashSet<PathBuf>, spared_from: Option<Moment>) -> io::Result<usize> {
    let is_spared = |path: &Path| spared_from.is_some_and(|from| fs::metadata(path).is_ok_and(|file| changed_at(&file) >= from));
    let mut removed = 0;
    for shelf in fs::read_dir(&store.folder)? {
        let shelf = shelf?;
        // Only folders of ours: whatever else a person put here stays.
        let is_ours = shelf.file_name().to_str().is_some_and(|name| name == STAGE || name.len() == 2 && is_hexadecimal(name));
        if !is_ours || !shelf.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(shelf.path())? {
            let path = file?.path();
            if !named.contains(&path) && path.is_file() && !is_spared(&path) {
                fs::remove_file(path)?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}

fn changed_at(file: &fs::Metadata) -> Moment {
    Moment(file.mtime().saturating_mul(1000))
}

fn is_hexadecimal(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_hexdigit())
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
        assert_eq!(remove_others(&store, &HashSet::from([kept.clone()]), None).expect("ours"), 2);
        assert_eq!((kept.exists(), orphan.exists(), home.path().join("notes.txt").exists()), (true, false, true));
    }

    #[test]
    fn what_another_daemon_may_be_about_to_name_is_spared_also_when_it_lay_there_before() {
        let home = tempfile::tempdir().expect("a folder");
        let store = Store::new(home.path().to_owned());
        let (adopted, old) = (write(&store, b"adopted"), write(&store, b"old"));
        let long_ago = Timespec { tv_sec: 1_700_000_000, tv_nsec: 0 };
        for path in [&adopted, &old] {
            let times = Timestamps { last_access: long_ago, last_modification: long_ago };
            rustix::fs::utimensat(rustix::fs::CWD, path, &times, rustix::fs::AtFlags::empty()).expect("our own file");
        }
        write(&store, b"adopted");
        assert_eq!(remove_others(&store, &HashSet::new(), Some(Moment(1_700_000_001_000))).expect("ours"), 1);
        assert_eq!((adopted.exists(), old.exists()), (true, false));
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
