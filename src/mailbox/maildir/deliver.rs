//! Putting a mail into a Maildir so that a reader sees it whole or not at all, also after a power cut.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Largest draft of ours that is compared; drafts we make stay far below.
pub(super) const DRAFT_LEN_MAX: u64 = 64 * 1024 * 1024;

/// Writes to `tmp`, syncs, renames into the shelf. The name itself is safe from a power cut once [`settle`] has synced the shelf,
/// which serves a whole batch.
///
/// The name in `tmp` is the mail's own, so that what a crash left there is overwritten by the next try and never piles up.
pub(super) fn deliver(folder: &Path, unique: &str, bytes: &[u8], shelf: &str, info: &str) -> io::Result<()> {
    if unique.contains('/') || unique.starts_with('.') {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a mail's name may hold no path"));
    }
    // Some clients leave `tmp` out of folders they only read.
    fs::create_dir_all(folder.join("tmp"))?;
    let staged = folder.join("tmp").join(unique);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&staged)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // A full disk must not keep half a mail; that removing it fails too changes nothing about the first error.
        let _ = fs::remove_file(&staged);
        return Err(error);
    }
    let shelf = folder.join(shelf);
    fs::rename(&staged, shelf.join(format!("{unique}{info}")))
}

/// Makes the names on a shelf safe from a power cut.
pub(super) fn settle(shelf: &Path) -> io::Result<()> {
    File::open(shelf)?.sync_all()
}
