//! Putting a mail into a Maildir so that a reader sees it whole or not at all, also after a power cut.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;

/// Largest draft of ours that is compared; drafts we make stay far below.
pub(super) const DRAFT_LEN_MAX: u64 = 64 * 1024 * 1024;

/// A mail and its unique name.
pub(super) type Named<'a> = (&'a str, &'a [u8]);

/// Mails written at the same time: a disk makes several files durable in little more time than one.
const WRITERS_MAX: usize = 8;

/// Writes to `tmp`, syncs, renames into the shelf; the shelf is synced once, after all. Answers come in the order of the mails.
pub(super) fn deliver(folder: &Path, mails: &[Named<'_>], shelf: &str, info: &str) -> Vec<io::Result<()>> {
    let shelf = folder.join(shelf);
    let put = |(unique, bytes): &Named<'_>| {
        let staged = stage(folder, unique, bytes)?;
        fs::rename(staged, shelf.join(format!("{unique}{info}")))
    };
    let mut answers = in_parallel(mails, put);
    if let Err(error) = File::open(&shelf).and_then(|shelf| shelf.sync_all()) {
        // No mail is sure to be there after a power cut. What lies there is found by the next try.
        for answer in answers.iter_mut().filter(|answer| answer.is_ok()) {
            *answer = Err(io::Error::new(error.kind(), error.to_string()));
        }
    }
    answers
}

fn in_parallel(mails: &[Named<'_>], put: impl Fn(&Named<'_>) -> io::Result<()> + Sync) -> Vec<io::Result<()>> {
    let part_len = mails.len().div_ceil(WRITERS_MAX).max(1);
    if mails.len() <= 1 {
        return mails.iter().map(put).collect();
    }
    let put = &put;
    thread::scope(|scope| {
        let parts: Vec<_> = mails.chunks(part_len).map(|part| scope.spawn(move || part.iter().map(put).collect::<Vec<_>>())).collect();
        let joined = parts.into_iter().map(|part| part.join().unwrap_or_else(|broken| std::panic::resume_unwind(broken)));
        joined.flatten().collect()
    })
}

/// Writes a mail to `tmp` and makes it durable.
///
/// The name in `tmp` is the mail's own, so that what a crash left there is overwritten by the next try and never piles up.
fn stage(folder: &Path, unique: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    if unique.contains('/') || unique.starts_with('.') {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a mail's name may hold no path"));
    }
    let staged = folder.join("tmp").join(unique);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&staged)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // A full disk must not keep half a mail; that removing it fails too changes nothing about the first error.
        let _ = fs::remove_file(&staged);
        return Err(error);
    }
    Ok(staged)
}
