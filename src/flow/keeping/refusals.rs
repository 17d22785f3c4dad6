//! Logins that were refused. Each further try brings a lock-out nearer, so after a few nothing is tried before what we log in with has
//! changed.

use crate::flow::{Account, Office};
use crate::mailbox::imap::ImapError;
use crate::mailbox::{CredentialError, CredentialMark, Mailbox, MailboxError};
use std::time::Duration;

/// How often a login may be refused before we stop.
pub(super) const REFUSED_MAX: u32 = 2;
/// After that, how often we look whether the password has changed.
const CHANGED_EVERY: Duration = Duration::from_secs(60);

/// Whether the server refused the login.
pub(super) fn is_refusal(error: &MailboxError) -> bool {
    matches!(error, MailboxError::Imap(ImapError::LoginRefused { .. }))
}

/// Whether only a person can help.
pub(super) fn is_final(error: &MailboxError) -> bool {
    matches!(error, MailboxError::Imap(ImapError::Credential(CredentialError::Ended { .. } | CredentialError::NoToken { .. })))
}

/// Waits until what we log in with is another than the one that was refused with this error. It may have been changed in the very
/// moment of the refusal, so the first look comes at once.
pub(super) async fn wait_for_change(office: &Office, account: &Account, error: &MailboxError) {
    let Mailbox::Imap(mailbox) = &account.mailbox else { return };
    tracing::error!(account = %account.id, "The login is not tried again before the password or token has changed");
    let refused: Option<CredentialMark> = match error {
        MailboxError::Imap(ImapError::LoginRefused { shown, .. }) => Some(*shown),
        _ => None,
    };
    loop {
        match mailbox.credentials.credential(false).await {
            Ok(now) if refused != Some(now.mark()) => return,
            Ok(_) | Err(_) => {}
        }
        tokio::select! {
            () = office.stopping.asked() => return,
            () = tokio::time::sleep(CHANGED_EVERY) => {}
        }
    }
}
