//! Looking into the directories of a Maildir.

use super::super::{Entry, Folder, FolderNames, roles, utf7};
use super::{SHELVES, names};
use crate::types::Moment;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Folders within folders; deeper ones are no mail folders.
const DEPTH_MAX: usize = 8;
/// Bytes of a keyword file: 26 names of an IMAP keyword's length.
const KEYWORDS_LEN_MAX: u64 = 16 * 1024;
/// Folders of one mailbox.
const FOLDERS_MAX: usize = 5_000;

/// The folders below a Maildir: Maildir++ (`.Sent`, `.Customers.DE`) and plain directories (`Sent`, `Customers/DE`).
pub(super) fn subfolders(root: &Path, given: &FolderNames, is_maildir: &dyn Fn(&Path) -> bool) -> io::Result<Vec<Folder>> {
    let mut found = Vec::new();
    let mut waiting = vec![(root.to_owned(), String::new(), 0)];
    while let Some((directory, prefix, depth)) = waiting.pop() {
        for entry in fs::read_dir(&directory)? {
            let Ok(entry) = entry else { continue };
            // A link is not followed: it may lead in a circle or out of the mailbox.
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) || found.len() >= FOLDERS_MAX {
                continue;
            }
            let Ok(name) = entry.file_name().into_string() else { continue };
            if SHELVES.contains(&name.as_str()) || name == "tmp" {
                continue;
            }
            let wire_name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            let path = entry.path();
            if is_maildir(&path) {
                let name = readable(&wire_name);
                found.push(Folder { role: roles::role(&name, given), name, wire_name: wire_name.clone() });
            }
            if depth + 1 < DEPTH_MAX {
                waiting.push((path, wire_name, depth + 1));
            }
        }
    }
    found.sort_by(|a, b| a.wire_name.cmp(&b.wire_name));
    Ok(found)
}

/// The name a person reads: Maildir++ separates by dots and codes in modified UTF-7.
pub(super) fn readable(wire_name: &str) -> String {
    match wire_name.strip_prefix('.') {
        Some(dotted) => dotted.split('.').map(utf7::decode).collect::<Vec<_>>().join("/"),
        None => wire_name.to_owned(),
    }
}

/// The Maildir++ name of a folder by the name a person reads.
pub(super) fn wire_name(name: &str) -> String {
    name.split('/').filter(|part| !part.is_empty()).map(|part| format!(".{}", utf7::encode(part))).collect()
}

/// The mails of one shelf.
pub(super) fn entries(shelf: &Path, keywords: &[String], entries: &mut Vec<Entry>) -> io::Result<()> {
    entries.extend(files(shelf)?.filter_map(|file| entry(&file.path(), keywords)));
    Ok(())
}

/// The places of one shelf.
pub(super) fn places(shelf: &Path, places: &mut Vec<String>) -> io::Result<()> {
    places.extend(files(shelf)?.filter_map(|file| Some(names::split(file.file_name().to_str()?).0.to_owned())));
    Ok(())
}

/// The file of a place on the shelf `cur`, or on `new` with flags, as some clients leave it.
pub(super) fn find(folder: &Path, place: &str) -> io::Result<Option<PathBuf>> {
    for shelf in ["cur", "new"] {
        let shelf = folder.join(shelf);
        // Most mail lies there under the commonest flags: a look at two names is cheaper than a walk.
        for info in [":2,", ":2,S", ":2,D"] {
            let usual = shelf.join(format!("{place}{info}"));
            if usual.is_file() {
                return Ok(Some(usual));
            }
        }
        let is_it = |file: &fs::DirEntry| file.file_name().to_str().is_some_and(|name| names::split(name).0 == place);
        if let Some(file) = files(&shelf)?.find(is_it) {
            return Ok(Some(file.path()));
        }
    }
    Ok(None)
}

/// What can be seen of a mail from outside; `None` when it vanished or is no file.
pub(super) fn entry(path: &Path, keywords: &[String]) -> Option<Entry> {
    let facts = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let name = path.file_name()?.to_str()?;
    let (place, flags) = names::split(name);
    let since_epoch = facts.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let arrived_at = Moment(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX));
    let keywords = names::keywords(name, keywords);
    Some(Entry { place: place.to_owned(), flags, keywords, arrived_at, size: facts.len() })
}

/// The keywords of a folder in the order of their letters, as Dovecot keeps them; none when it keeps none.
pub(super) fn keyword_names(folder: &Path) -> Vec<String> {
    let file = read(&folder.join("dovecot-keywords"), KEYWORDS_LEN_MAX).unwrap_or_default();
    names::keyword_names(&String::from_utf8_lossy(&file))
}

/// A file's bytes, at most `len_max`.
fn read(path: &Path, len_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(len_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The files of a shelf; names that are no text and hidden files (a client's own) are no mail.
fn files(shelf: &Path) -> io::Result<impl Iterator<Item = fs::DirEntry>> {
    Ok(fs::read_dir(shelf)?.filter_map(Result::ok).filter(|file| file.file_name().to_str().is_some_and(|name| !name.starts_with('.'))))
}
