//! A Maildir (maildir(5), Maildir++ folders, and folders as plain directories).
//!
//! Everything here blocks on the disk for a moment; callers that do much of it move to a blocking thread.

mod deliver;
mod listing;
mod visitor;

pub use visitor::Visitor;
pub(super) use visitor::watch;

use super::names;

use super::{DraftNow, Entry, Folder, FolderNames, Role, Tried};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The two folders of a Maildir where mail lies.
const SHELVES: [&str; 2] = ["new", "cur"];

/// A Maildir that may not be there.
#[derive(Debug, Clone)]
pub struct Maildir {
    root: PathBuf,
    names: FolderNames,
}

/// What went wrong at a mailbox, with what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum MaildirError {
    #[error("there is no Maildir at {0}; name the folder that holds `cur`, `new` and `tmp`")]
    Missing(PathBuf),
    #[error("{path} cannot be read ({source}); give the user that runs Tradepost access to it")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path} cannot be written ({source}); free space or give the user that runs Tradepost write access")]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("the mail {place} is no longer in the folder")]
    Gone { place: String },
}

impl MaildirError {
    /// What happened, for logs: they hold no paths, which name people and mails.
    pub fn kind(&self) -> String {
        match self {
            Self::Missing(_) => "no Maildir is there".to_owned(),
            Self::Unreadable { source, .. } => format!("cannot be read: {}", source.kind()),
            Self::Unwritable { source, .. } => format!("cannot be written: {}", source.kind()),
            Self::Gone { .. } => "it is no longer there".to_owned(),
        }
    }
}

impl Maildir {
    /// The Maildir at a path; nothing is opened yet.
    pub fn new(root: PathBuf, names: FolderNames) -> Self {
        Self { root, names }
    }

    /// Where it lies.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All folders, inbox first, then by name. A directory counts as a folder when it holds `cur` and `new`.
    pub fn folders(&self) -> Result<Vec<Folder>, MaildirError> {
        let is_maildir = |path: &Path| SHELVES.iter().all(|shelf| path.join(shelf).is_dir());
        if !is_maildir(&self.root) {
            // A look tells a missing mailbox from a forbidden one.
            return Err(match fs::read_dir(&self.root) {
                Err(source) if source.kind() == io::ErrorKind::PermissionDenied => self.unreadable(&self.root, source),
                _ => MaildirError::Missing(self.root.clone()),
            });
        }
        let mut folders = vec![Folder { wire_name: String::new(), name: "INBOX".into(), role: Role::Inbox }];
        folders.extend(listing::subfolders(&self.root, &self.names, &is_maildir).map_err(|source| self.unreadable(&self.root, source))?);
        Ok(folders)
    }

    /// The folder of that role; of several the first by name.
    pub fn folder(&self, role: Role) -> Result<Option<Folder>, MaildirError> {
        Ok(self.folders()?.into_iter().find(|folder| folder.role == role))
    }

    /// The Drafts folder, made as `.Drafts` when the mailbox has none.
    pub fn drafts(&self) -> Result<Folder, MaildirError> {
        self.folder_of_ours(Role::Drafts, self.names.drafts.as_deref().unwrap_or("Drafts"))
    }

    /// The Sent folder, made as `.Sent` when the mailbox has none.
    pub fn sent(&self) -> Result<Folder, MaildirError> {
        self.folder_of_ours(Role::Sent, self.names.sent.as_deref().unwrap_or("Sent"))
    }

    fn folder_of_ours(&self, role: Role, name: &str) -> Result<Folder, MaildirError> {
        if let Some(folder) = self.folder(role)? {
            return Ok(folder);
        }
        let wire_name = listing::wire_name(name);
        let path = self.path_of(&wire_name);
        for shelf in ["tmp", "new", "cur"] {
            fs::create_dir_all(path.join(shelf)).map_err(|source| self.unwritable(&path, source))?;
        }
        // Courier and Dovecot look for this mark in Maildir++ folders (README.maildirquota).
        fs::write(path.join("maildirfolder"), b"").map_err(|source| self.unwritable(&path, source))?;
        Ok(Folder { name: listing::readable(&wire_name), wire_name, role })
    }

    /// What lies in a folder now, oldest first. Files that vanish while we look are left out; they are found elsewhere or gone.
    pub fn look(&self, wire_name: &str) -> Result<Vec<Entry>, MaildirError> {
        let folder = self.path_of(wire_name);
        let mut entries = Vec::new();
        let keywords = listing::keyword_names(&folder);
        for shelf in SHELVES {
            listing::entries(&folder.join(shelf), &keywords, &mut entries).map_err(|source| self.unreadable(&folder, source))?;
        }
        // A mail that moved from new to cur between the two looks was seen twice.
        entries.sort_by(|a, b| (a.arrived_at, &a.place).cmp(&(b.arrived_at, &b.place)));
        entries.dedup_by(|a, b| a.place == b.place);
        Ok(entries)
    }

    /// The places in a folder without looking at each file: cheap enough to ask at every event.
    pub fn places(&self, wire_name: &str) -> Result<Vec<String>, MaildirError> {
        let folder = self.path_of(wire_name);
        let mut places = Vec::new();
        for shelf in SHELVES {
            listing::places(&folder.join(shelf), &mut places).map_err(|source| self.unreadable(&folder, source))?;
        }
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }

    /// One entry by its place.
    pub fn entry(&self, wire_name: &str, place: &str) -> Result<Entry, MaildirError> {
        let path = self.find(wire_name, place)?;
        listing::entry(&path, &listing::keyword_names(&self.path_of(wire_name)))
            .ok_or_else(|| MaildirError::Gone { place: place.to_owned() })
    }

    /// The bytes of a mail, at most `len_max` of them.
    pub fn fetch(&self, wire_name: &str, place: &str, len_max: u64) -> Result<Vec<u8>, MaildirError> {
        let mut bytes = Vec::new();
        let read = self.open(wire_name, place)?.take(len_max).read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(|source| self.unreadable(&self.path_of(wire_name), source))
    }

    /// The file of a mail, to be read.
    pub fn open(&self, wire_name: &str, place: &str) -> Result<fs::File, MaildirError> {
        // A client may rename the file (a flag changed) between finding and opening it; a second look finds it again.
        for _ in 0..3 {
            let path = self.find(wire_name, place)?;
            match fs::File::open(&path) {
                Ok(file) => return Ok(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(self.unreadable(&path, source)),
            }
        }
        Err(MaildirError::Gone { place: place.to_owned() })
    }

    /// Puts a mail into a folder as a draft, whole or not at all, and only once: a mail of that unique name that is already
    /// there, under whatever flags, is left alone. `false` when it was only to be looked for, and is not there.
    pub fn put_draft(&self, wire_name: &str, unique: &str, bytes: &[u8], tried: Tried) -> Result<bool, MaildirError> {
        self.put(wire_name, unique, bytes, "cur", ":2,D", tried)
    }

    /// Puts a mail into a folder as new mail, whole or not at all, and only once.
    pub fn put_new(&self, wire_name: &str, unique: &str, bytes: &[u8], tried: Tried) -> Result<bool, MaildirError> {
        self.put(wire_name, unique, bytes, "new", "", tried)
    }

    /// Puts the copy of a mail that was sent into a folder, read, whole or not at all, and only once.
    pub fn put_sent(&self, wire_name: &str, unique: &str, bytes: &[u8], tried: Tried) -> Result<bool, MaildirError> {
        self.put(wire_name, unique, bytes, "cur", ":2,S", tried)
    }

    /// Makes what was put into a folder safe from a power cut; once for a batch. Until then it counts as not put there.
    pub fn settle(&self, wire_name: &str) -> Result<(), MaildirError> {
        let folder = self.path_of(wire_name);
        SHELVES.iter().try_for_each(|shelf| deliver::settle(&folder.join(shelf))).map_err(|source| self.unwritable(&folder, source))
    }

    /// Removes mails of ours from every `tmp` that a killed process left there. What the books still want is written again; a
    /// draft that a later mail of its thread made needless never would be. Other programs' files are theirs to clear (maildir(5)).
    pub fn clear_leftovers(&self) {
        // A mailbox that is missing or cannot be read is told by the first look at it.
        for folder in self.folders().unwrap_or_default() {
            let left = fs::read_dir(self.path_of(&folder.wire_name).join("tmp")).into_iter().flatten().flatten();
            for file in left.filter(|file| file.file_name().to_str().is_some_and(names::is_ours)) {
                // One that stays takes a little room and does no harm.
                let _ = fs::remove_file(file.path());
            }
        }
    }

    fn put(&self, wire_name: &str, unique: &str, bytes: &[u8], shelf: &str, info: &str, tried: Tried) -> Result<bool, MaildirError> {
        if tried != Tried::Never && self.find(wire_name, unique).is_ok() {
            return Ok(true);
        }
        if tried == Tried::Pending {
            return Ok(false);
        }
        let folder = self.path_of(wire_name);
        deliver::deliver(&folder, unique, bytes, shelf, info).map_err(|source| self.unwritable(&folder, source))?;
        Ok(true)
    }

    /// How a draft of ours lies there now. `is_ours` is asked with the bytes of the file.
    pub fn draft_now(&self, wire_name: &str, unique: &str, is_ours: impl Fn(&[u8]) -> bool) -> Result<DraftNow, MaildirError> {
        let entry = match self.entry(wire_name, unique) {
            Ok(entry) => entry,
            Err(MaildirError::Gone { .. }) => return Ok(DraftNow::Gone),
            Err(error) => return Err(error),
        };
        if entry.flags.seen || entry.flags.flagged || entry.flags.answered || entry.flags.deleted {
            return Ok(DraftNow::Touched);
        }
        match self.fetch(wire_name, unique, crate::mailbox::maildir::deliver::DRAFT_LEN_MAX) {
            Ok(bytes) if is_ours(&bytes) => Ok(DraftNow::Untouched),
            Ok(_) => Ok(DraftNow::Touched),
            Err(MaildirError::Gone { .. }) => Ok(DraftNow::Gone),
            Err(error) => Err(error),
        }
    }

    /// Takes a draft of ours away again; gone already is as good.
    pub fn take_back(&self, wire_name: &str, unique: &str) -> Result<(), MaildirError> {
        let path = match self.find(wire_name, unique) {
            Ok(path) => path,
            Err(MaildirError::Gone { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(self.unwritable(&path, source)),
            _ => Ok(()),
        }
    }

    /// The directories to watch for news of a folder.
    pub fn watched_paths(&self, wire_name: &str) -> Vec<PathBuf> {
        let folder = self.path_of(wire_name);
        SHELVES.iter().map(|shelf| folder.join(shelf)).collect()
    }

    fn path_of(&self, wire_name: &str) -> PathBuf {
        if wire_name.is_empty() { self.root.clone() } else { self.root.join(wire_name) }
    }

    /// The file that holds a mail now, whatever its flags and shelf.
    fn find(&self, wire_name: &str, place: &str) -> Result<PathBuf, MaildirError> {
        let folder = self.path_of(wire_name);
        let fresh = folder.join("new").join(place);
        if fresh.is_file() {
            return Ok(fresh);
        }
        listing::find(&folder, place)
            .map_err(|source| self.unreadable(&folder, source))?
            .ok_or_else(|| MaildirError::Gone { place: place.to_owned() })
    }

    fn unreadable(&self, path: &Path, source: io::Error) -> MaildirError {
        MaildirError::Unreadable { path: path.to_owned(), source }
    }

    fn unwritable(&self, path: &Path, source: io::Error) -> MaildirError {
        MaildirError::Unwritable { path: path.to_owned(), source }
    }
}

#[cfg(test)]
mod tests;
