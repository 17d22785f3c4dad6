//! Drafts and notes on their way into a mailbox, and how they lie there later.

use super::Entry;
use crate::types::MessageId;

/// Whether a mail may lie there already, because an earlier try broke off. Looking costs a walk over the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    Never,
    Before,
}

/// A mail of ours to be put into a folder, once.
#[derive(Debug, Clone)]
pub struct NewDraft {
    /// Its file's name in a Maildir, made of what the books know.
    pub unique: String,
    /// By which it is found on a server when nobody knows whether an earlier try came through.
    pub message_id: MessageId,
    /// With CRLF line ends.
    pub bytes: Vec<u8>,
    pub tried: Tried,
}

/// Where a mail of ours was put, and as what the mailbox gives it back: some servers write it anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// 0 in a Maildir.
    pub uidvalidity: i64,
    pub place: String,
    pub size: u64,
    /// SHA-256.
    pub content_hash: [u8; 32],
}

/// A draft of ours as the books know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lying {
    pub put: Put,
    pub message_id: MessageId,
}

/// A draft of ours as it lies in the folder now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftNow {
    /// As we put it there: same bytes, not read, not flagged, not answered.
    Untouched,
    /// A person has read, flagged or changed it: it is theirs, for good.
    Touched,
    /// Sent, deleted or moved away.
    Gone,
}

/// A mail in Drafts, whoever put it there: enough to know which conversation it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftHead {
    pub entry: Entry,
    /// The header as it stands, cut at a bound.
    pub header: Vec<u8>,
}
