//! What can be wrong with a mailbox, and when a person is told at once.

use crate::types::Moment;
use serde::{Deserialize, Serialize};

/// An unreachable server is often back within minutes.
const UNREACHABLE_MS: i64 = 15 * 60_000;
/// One refusal may be a slip of the server's; a third login would lock people out.
const REFUSALS: i64 = 2;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// The server refuses user and password.
    LoginRefused,
    /// The token ended and could not be renewed.
    TokenEnded,
    /// The server does not answer, or breaks off.
    Unreachable,
    /// The server's certificate has expired, is another's, or comes from nobody we trust.
    Untrusted,
    /// The server offers no encryption, so that no password is sent to it.
    Unencrypted,
    /// The server offers no login that we may use.
    NoLogin,
    /// The disk of the mailbox has no room.
    DiskFull,
    /// The mailbox holds all that its server allows it.
    MailboxFull,
    /// Our own disk cannot take what a large mail needs; the mail waits in the mailbox.
    StorageFull,
    /// The disk of the books was full. Concerns all mailboxes, and is told when it is over: before, nothing can be written down.
    BooksFull,
    /// A listener of ours could not be opened: what letters link to does not work. Concerns all mailboxes and keeps none from its work.
    NoListener,
    /// The mailbox's folder is not there or may not be used.
    MailboxGone,
    /// The server does not let us look into the inbox, Sent or Drafts.
    FolderClosed,
    /// Many mails were set aside because they could not be handled.
    QuarantineGrows,
    /// The submission server takes no mail of this mailbox: it refuses the login, or us.
    SendingRefused,
    /// The submission server does not answer.
    SendingUnreachable,
    /// For a day the submission server has taken no try of a mail for one; from now on its tries are counted.
    SendingWaits,
    /// The key file of the books is missing, cannot be read or is another one: nothing goes by itself. Concerns all mailboxes.
    KeyUnusable,
}

impl TroubleKind {
    /// All kinds.
    pub const ALL: [TroubleKind; 18] = [
        TroubleKind::LoginRefused,
        TroubleKind::TokenEnded,
        TroubleKind::Unreachable,
        TroubleKind::Untrusted,
        TroubleKind::Unencrypted,
        TroubleKind::NoLogin,
        TroubleKind::DiskFull,
        TroubleKind::MailboxFull,
        TroubleKind::StorageFull,
        TroubleKind::BooksFull,
        TroubleKind::NoListener,
        TroubleKind::MailboxGone,
        TroubleKind::FolderClosed,
        TroubleKind::QuarantineGrows,
        TroubleKind::SendingRefused,
        TroubleKind::SendingUnreachable,
        TroubleKind::SendingWaits,
        TroubleKind::KeyUnusable,
    ];

    /// The word books, templates and scripts use.
    pub fn name(self) -> &'static str {
        match self {
            TroubleKind::LoginRefused => "login_refused",
            TroubleKind::TokenEnded => "token_ended",
            TroubleKind::Unreachable => "unreachable",
            TroubleKind::Untrusted => "untrusted",
            TroubleKind::Unencrypted => "unencrypted",
            TroubleKind::NoLogin => "no_login",
            TroubleKind::DiskFull => "disk_full",
            TroubleKind::MailboxFull => "mailbox_full",
            TroubleKind::StorageFull => "storage_full",
            TroubleKind::BooksFull => "books_full",
            TroubleKind::NoListener => "no_listener",
            TroubleKind::MailboxGone => "mailbox_gone",
            TroubleKind::FolderClosed => "folder_closed",
            TroubleKind::QuarantineGrows => "quarantine_grows",
            TroubleKind::SendingRefused => "sending_refused",
            TroubleKind::SendingUnreachable => "sending_unreachable",
            TroubleKind::SendingWaits => "sending_waits",
            TroubleKind::KeyUnusable => "key_unusable",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether a trouble of this kind, met so often since then, is told at once.
    pub fn is_alarming(self, since: Moment, times: i64, now: Moment) -> bool {
        match self {
            TroubleKind::LoginRefused | TroubleKind::Untrusted | TroubleKind::Unencrypted | TroubleKind::NoLogin => times >= REFUSALS,
            TroubleKind::Unreachable
            | TroubleKind::NoListener
            | TroubleKind::SendingUnreachable
            | TroubleKind::MailboxGone
            | TroubleKind::FolderClosed => now >= since.plus_ms(UNREACHABLE_MS),
            TroubleKind::TokenEnded
            | TroubleKind::DiskFull
            | TroubleKind::MailboxFull
            | TroubleKind::StorageFull
            | TroubleKind::BooksFull
            | TroubleKind::SendingRefused
            | TroubleKind::SendingWaits
            | TroubleKind::KeyUnusable
            | TroubleKind::QuarantineGrows => true,
        }
    }

    /// Whether only a mail that is taken shows that it is over; looking does not.
    pub fn is_for_want_of_room(self) -> bool {
        matches!(self, TroubleKind::DiskFull | TroubleKind::MailboxFull)
    }

    /// Whether a mailbox with this trouble cannot take a note.
    pub fn keeps_out(self) -> bool {
        !matches!(
            self,
            TroubleKind::QuarantineGrows
                | TroubleKind::StorageFull
                | TroubleKind::BooksFull
                | TroubleKind::NoListener
                | TroubleKind::SendingRefused
                | TroubleKind::SendingUnreachable
                | TroubleKind::SendingWaits
                | TroubleKind::KeyUnusable
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waiting_may_cure_is_waited_for_and_the_rest_is_told_at_once() {
        let since = Moment(1_794_790_800_000);
        let told = |kind: TroubleKind, times: i64, minutes: i64| kind.is_alarming(since, times, since.plus_ms(minutes * 60_000));
        assert!(!told(TroubleKind::LoginRefused, 1, 600) && told(TroubleKind::LoginRefused, 2, 0));
        assert!(!told(TroubleKind::Unreachable, 50, 14) && told(TroubleKind::Unreachable, 2, 15));
        assert!(told(TroubleKind::TokenEnded, 1, 0) && told(TroubleKind::DiskFull, 1, 0) && told(TroubleKind::StorageFull, 1, 0));
        assert!(!told(TroubleKind::Untrusted, 1, 600) && told(TroubleKind::Untrusted, 2, 0));
    }

    #[test]
    fn each_kind_is_found_by_its_name() {
        for kind in TroubleKind::ALL {
            assert_eq!(TroubleKind::parse(kind.name()), Some(kind));
        }
    }
}
