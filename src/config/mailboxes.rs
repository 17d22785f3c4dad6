//! `[[mailboxes]]`: what is watched.

use std::path::PathBuf;

use crate::types::EmailAddress;

use super::policies::Mode;

/// A watched mailbox.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// Short and unique; the books know the mailbox by it.
    pub name: String,
    pub address: EmailAddress,
    /// The member to whom mail goes that has no other owner: the member's main address, also when an alias was written.
    pub owner: EmailAddress,
    /// Absolute, unless the configuration's own path was relative.
    pub maildir: PathBuf,
    /// Whom drafts in this mailbox are from.
    pub send_as: Identity,
    /// The mailbox's own mode, or that of `[policies]`.
    pub mode: Mode,
    pub first_look: FirstLook,
    pub folders: FolderNames,
}

/// A name and address in From.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The owner's name when none is written.
    pub name: String,
    pub address: EmailAddress,
}

/// What becomes of mail that lies in a mailbox when it is seen for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstLook {
    /// It is only read, to learn contacts and threads: no draft, no timer.
    #[default]
    History,
    /// It is handled like new mail.
    Handle,
}

/// Names of folders that are not recognised by themselves; `None` means: find it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderNames {
    pub drafts: Option<String>,
    pub sent: Option<String>,
    pub junk: Option<String>,
}
