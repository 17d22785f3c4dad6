//! Putting drafts and notes into a mailbox, and taking back what nobody touched.

use crate::mailbox::{DraftNow, Maildir, MaildirError, unique_name};
use crate::types::{ActId, Moment};
use sha2::{Digest, Sha256};

/// Where a draft was put and what it was, so that it can be known as ours later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub folder: String,
    pub place: String,
    pub content_hash: [u8; 32],
    pub size: usize,
}

/// The name, hash and folder of a draft before it lies there. The name is made of the act, so that after a crash the same draft
/// gets the same name and cannot be put there twice.
pub fn plan_draft(folder: String, act: ActId, at: Moment, bytes: &[u8]) -> Placed {
    Placed { folder, place: unique_name(at, act.0), content_hash: Sha256::digest(bytes).into(), size: bytes.len() }
}

/// Puts drafts where they were planned, all into `folder`; nothing happens to one that lies there already. Answers come in order.
pub fn put_drafts(mailbox: &Maildir, folder: &str, drafts: &[(Placed, Vec<u8>)]) -> Result<Vec<Result<(), MaildirError>>, MaildirError> {
    let mails: Vec<(&str, &[u8])> = drafts.iter().map(|(placed, bytes)| (placed.place.as_str(), bytes.as_slice())).collect();
    mailbox.put_drafts(folder, &mails)
}

/// Puts a note as new mail into the inbox; nothing happens when it lies there already.
pub fn put_note(mailbox: &Maildir, act: ActId, at: Moment, bytes: &[u8]) -> Result<(), MaildirError> {
    mailbox.put_new("", &unique_name(at, act.0), bytes)
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
