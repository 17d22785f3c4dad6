//! What goes wrong at a mailbox.

use super::MaildirError;
use super::imap::ImapError;

/// A mailbox could not be used.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    #[error(transparent)]
    Maildir(#[from] MaildirError),
    #[error(transparent)]
    Imap(#[from] ImapError),
}

impl MailboxError {
    /// What happened, for logs: they hold no addresses, names of folders or words of a server.
    pub fn kind(&self) -> String {
        match self {
            Self::Maildir(error) => error.kind(),
            Self::Imap(error) => error.kind().to_owned(),
        }
    }

    /// Whether the mail or draft asked for is no longer there, and all else is well.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Maildir(MaildirError::Gone { .. }) | Self::Imap(ImapError::Gone { .. }))
    }

    /// Whether there is no room for what was to be put there: the disk is full, or the mailbox has all its server allows it (RFC 5530
    /// OVERQUOTA).
    pub fn has_no_room(&self) -> bool {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        match self {
            Self::Maildir(MaildirError::Unwritable { source, .. }) => matches!(source.kind(), StorageFull | QuotaExceeded),
            Self::Imap(ImapError::No { command: "APPEND" | "CREATE", code, text }) => match code {
                Some(code) => code.eq_ignore_ascii_case("OVERQUOTA"),
                // Older servers have words only.
                None => text.to_ascii_lowercase().contains("quota"),
            },
            Self::Maildir(_) | Self::Imap(_) => false,
        }
    }

    /// Whether a mail that was to be put may lie there all the same.
    pub fn is_unclear(&self) -> bool {
        match self {
            // A file may have its name already, and only the power cut is not provided for.
            Self::Maildir(_) => true,
            Self::Imap(error) => matches!(error, ImapError::Unclear(_)),
        }
    }

    /// Whether the visit is over: the connection is lost or its state unknown, and a new one must be made.
    pub fn ends_visit(&self) -> bool {
        matches!(self, Self::Imap(error) if error.ends_connection())
    }
}
