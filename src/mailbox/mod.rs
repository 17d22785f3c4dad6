//! The one door to a mailbox. Behind it a mailbox is folders with mail at places, on a server ([`imap`]) or in a Maildir
//! ([`Maildir`]); a caller looks, fetches, puts drafts, takes its own drafts back, and waits for news. What is sent leaves by a door of
//! its own ([`smtp`]).
//!
//! Absent on purpose: anything that changes a mail we did not put there (design: the mailbox belongs to its owner), and any
//! memory of what was seen (the books are the only truth).

mod bell;
mod credentials;
mod door;
mod drafts;
mod error;
mod fixed;
mod http;
pub mod imap;
mod maildir;
mod names;
mod net;
pub mod oauth;
mod parcel;
mod places;
pub mod providers;
mod roles;
mod sasl;
pub mod smtp;
mod utf7;
mod watcher;

pub use bell::{Bell, Hints};
pub use credentials::{Credential, CredentialError, CredentialMark, Credentials};
pub use door::{Fresh, Glance, Look, Mailbox, Mark, Surveyed, Visit};
pub use drafts::{DraftHead, DraftNow, Floor, Landing, Lying, NewDraft, Put, Tried};
pub use error::MailboxError;
pub use fixed::FixedSecret;
pub use http::{HttpError, ProxyLogin};
pub use maildir::{Maildir, MaildirError};
pub use names::unique_name;
pub use net::{NetError, Server};
pub use parcel::Parcel;
pub use places::{Places, UidSet};
pub use roles::{FolderNames, Role, intent_folder};
pub use watcher::Watcher;

use crate::types::Moment;

/// A folder as the mailbox lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The name on the wire or the disk, the key in the books; empty for a Maildir's own inbox.
    pub wire_name: String,
    /// The name as a person reads it, `已发送/2026`.
    pub name: String,
    pub role: Role,
}

/// Where a mail lies in its folder, and what can be seen of it from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What names the mail for as long as it stays in this folder: a UID in decimal, or a Maildir's unique name.
    pub place: String,
    pub flags: Flags,
    /// What the owner's mail client tagged it with; letters of a Maildir that no keyword file names are left out.
    pub keywords: Vec<String>,
    /// When the mailbox got it (INTERNALDATE).
    pub arrived_at: Moment,
    pub size: u64,
}

/// The flags that matter to us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    pub seen: bool,
    pub answered: bool,
    pub flagged: bool,
    pub draft: bool,
    pub deleted: bool,
}

/// A folder's name as a person reads it, from its name on the wire or the disk; a Maildir's own inbox has none.
pub fn readable_name(wire_name: &str) -> String {
    match wire_name.strip_prefix('.') {
        _ if wire_name.is_empty() => "INBOX".to_owned(),
        Some(dotted) => dotted.split('.').map(utf7::decode).collect::<Vec<_>>().join("/"),
        None => utf7::decode(wire_name),
    }
}
