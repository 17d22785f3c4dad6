//! Drafts and notes on their way into a mailbox, and how they lie there later.

use super::Entry;
use crate::types::MessageId;

/// Whether a mail may lie there already, because it was put there before. Looking costs a walk over the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// Nobody was ever asked to take it: put it.
    Never,
    /// An earlier try broke off, and nobody knows how far it came: look, and put it when it is not there.
    Before,
    /// It was taken, or may be on its way still, and is not shown yet: look, and never put it.
    Pending,
}

/// A mail that lay in a folder before ours was put there for the first time. UIDs ascend, so ours lies above it as long as they keep their
/// meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor {
    pub uidvalidity: i64,
    pub uid: u32,
}

/// A mail of ours to be put into a folder, once.
#[derive(Debug, Clone)]
pub struct NewDraft {
    /// Its file's name in a Maildir, made of what the books know.
    pub unique: String,
    /// By which it is found on a server when nobody knows whether an earlier try came through; where the server gave it another one, by
    /// its [token](MessageId::draft_token).
    pub message_id: MessageId,
    /// With CRLF line ends.
    pub bytes: Vec<u8>,
    pub tried: Tried,
}

/// What became of a draft that was to be put into a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landing {
    Lies(Put),
    /// It is not shown: the mailbox took it just now and did not say where, or it was only looked for.
    Unseen,
    /// It lies there in other words: a person has edited it.
    Edited {
        uidvalidity: i64,
        place: String,
    },
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
