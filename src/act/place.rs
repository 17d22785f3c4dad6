//! Putting drafts and notes into a mailbox, and taking back what nobody touched.

use crate::mailbox::{DraftNow, Maildir, MaildirError, Tried, unique_name};
use crate::types::{ActId, Moment};
use sha2::{Digest, Sha256};

/// A Maildir's own folder has no name.
const INBOX: &str = "";

/// Where a draft was put and what it was, so that it can be known as ours later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub folder: String,
    pub place: String,
    pub content_hash: [u8; 32],
    pub size: usize,
}

/// The name and hash of a draft before it lies in that folder. The name is made of the act, so that after a crash the same draft
/// gets the same name and cannot be put there twice.
pub fn plan_draft(folder: &str, act: ActId, at: Moment, bytes: &[u8]) -> Placed {
    Placed { folder: folder.to_owned(), place: unique_name(at, act.0), content_hash: Sha256::digest(bytes).into(), size: bytes.len() }
}

/// Puts the draft where it was planned; nothing happens when an earlier try has put it there. A batch is ended with
/// [`Maildir::settle`].
pub fn put_draft(mailbox: &Maildir, placed: &Placed, bytes: &[u8], tried: Tried) -> Result<(), MaildirError> {
    mailbox.put_draft(&placed.folder, &placed.place, bytes, tried)
}

/// Puts a note as new mail into the inbox; nothing happens when an earlier try has put it there.
pub fn put_note(mailbox: &Maildir, act: ActId, at: Moment, bytes: &[u8], tried: Tried) -> Result<(), MaildirError> {
    mailbox.put_new(INBOX, &unique_name(at, act.0), bytes, tried)?;
    mailbox.settle(INBOX)
}

/// How a draft of ours lies there now: untouched only while it has the same bytes, unread and unflagged.
pub fn draft_now(mailbox: &Maildir, placed: &Placed) -> Result<DraftNow, MaildirError> {
    let is_ours = |bytes: &[u8]| bytes.len() == placed.size && <[u8; 32]>::from(Sha256::digest(bytes)) == placed.content_hash;
    mailbox.draft_now(&placed.folder, &placed.place, is_ours)
}

/// Takes an untouched draft back. What a person touched stays for good.
pub fn take_back(mailbox: &Maildir, placed: &Placed) -> Result<DraftNow, MaildirError> {
    let now = draft_now(mailbox, placed)?;
    if now == DraftNow::Untouched {
        mailbox.take_back(&placed.folder, &placed.place)?;
    }
    Ok(now)
}
