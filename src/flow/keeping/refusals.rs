//! Logins that were refused. Each further try brings a lock-out nearer, so the second one comes minutes later, when a slip of the
//! provider's is over, and after it nothing is tried before what we log in with has changed.

use super::pace;
use crate::flow::inbound::InboundError;
use crate::flow::{Account, Office};
use crate::mailbox::imap::ImapError;
use crate::mailbox::{CredentialError, CredentialMark, Mailbox, MailboxError};
use std::time::Duration;

/// How often a login may be refused before we stop.
pub(super) const REFUSED_MAX: u32 = 2;
/// How often we look whether the password has changed.
const CHANGED_EVERY: Duration = Duration::from_secs(60);

/// How often in a row the server has refused the login, as far as whoever tried it knows; `None` for other troubles.
pub(in crate::flow) fn refused_times(error: &MailboxError) -> Option<u32> {
    match error {
        MailboxError::Imap(ImapError::LoginRefused { times, .. }) => Some(*times),
        _ => None,
    }
}

/// Whether only a person can help.
pub(super) fn is_final(error: &MailboxError) -> bool {
    matches!(error, MailboxError::Imap(ImapError::Credential(CredentialError::Ended { .. } | CredentialError::NoToken { .. })))
}

/// Waits until what we log in with is another than the one that was refused with this error, or until the second try may come; whether
/// it has changed. It may have been changed in the very moment of the refusal, so the first look comes at once.
pub(super) async fn wait_for_change(office: &Office, account: &Account, error: &MailboxError, is_last: bool) -> Result<bool, InboundError> {
    let Mailbox::Imap(mailbox) = &account.mailbox else { return Ok(false) };
    let refused: Option<CredentialMark> = match error {
        MailboxError::Imap(ImapError::LoginRefused { shown, .. }) => Some(*shown),
        _ => None,
    };
    let changed = async {
        loop {
            match mailbox.credentials.credential(false).await {
                Ok(now) if refused != Some(now.mark()) => return,
                Ok(_) | Err(_) => {}
            }
            tokio::time::sleep(CHANGED_EVERY).await;
        }
    };
    let second_try = pace::after_refusal(office, account)?;
    if is_last {
        tracing::error!(account = %account.id, "The login is not tried again before the password or token has changed");
    } else {
        tracing::warn!(account = %account.id, seconds = second_try.as_secs(), "The login was refused; it is tried once more after a while");
    }
    Ok(tokio::select! {
        () = changed => true,
        () = tokio::time::sleep(second_try), if !is_last => false,
        () = office.stopping.asked() => false,
    })
}
