//! How long is waited: twice as long after each failure, and never all at the same moment.

use crate::flow::inbound::InboundError;
use crate::flow::{Account, Office};
use crate::mailbox::imap::ImapError;
use crate::mailbox::{Mailbox, MailboxError};
use std::time::Duration;

/// Waits between attempts grow from the first to the last of these.
pub(super) const RETRY_MS_MIN: u64 = 1_000;
pub(super) const RETRY_MS_MAX: u64 = 300_000;
/// A server that has no room for us is left alone for at least so long.
const CROWDED_MS_MIN: u64 = 60_000;
/// So many mailboxes on servers begin at once: a small team waits for nothing.
const HANDFUL: usize = 5;
/// More of them begin one after the other at this pace, and all within the longest: a provider takes thirty logins in one instant for an
/// attack.
const FIRST_LOGIN_EVERY: Duration = Duration::from_millis(200);
const FIRST_LOGINS_MAX: Duration = Duration::from_secs(10);

/// How long the mailbox at that place in the configuration waits before its first login.
pub(in crate::flow) fn before_first_login(accounts: &[Account], at: usize) -> Duration {
    let is_remote = |account: &&Account| matches!(account.mailbox, Mailbox::Imap(_));
    let before = accounts.iter().take(at).filter(is_remote).count();
    match accounts.get(at) {
        Some(account) if is_remote(&account) => spread(before, accounts.iter().filter(is_remote).count()),
        Some(_) | None => Duration::ZERO,
    }
}

fn spread(before: usize, all: usize) -> Duration {
    let (Ok(before), Ok(all)) = (u32::try_from(before), u32::try_from(all)) else { return FIRST_LOGINS_MAX };
    if all as usize <= HANDFUL { Duration::ZERO } else { (FIRST_LOGIN_EVERY * before).min(FIRST_LOGINS_MAX * before / all) }
}

/// The pause after so many failures in a row, the last of which was this.
pub(super) fn pause_after(office: &Office, failures: u32, error: Option<&MailboxError>) -> Result<Duration, InboundError> {
    let is_crowded = matches!(error, Some(MailboxError::Imap(ImapError::Crowded { .. })));
    jittered(office, pause_ms(failures).max(if is_crowded { CROWDED_MS_MIN } else { 0 }))
}

/// How long is waited between the first refused login and the second try: no less than the mailbox's deadlines say, and half as long
/// again at most.
pub(super) fn after_refusal(office: &Office, account: &Account) -> Result<Duration, InboundError> {
    let Mailbox::Imap(mailbox) = &account.mailbox else { return Ok(Duration::ZERO) };
    let least = mailbox.deadlines.after_refusal;
    let more = jittered(office, u64::try_from(least.as_millis()).unwrap_or(u64::MAX))?;
    Ok(least + more / 2)
}

/// Twice as long after each failure, within bounds.
fn pause_ms(failures: u32) -> u64 {
    let doublings = failures.clamp(1, 20) - 1;
    RETRY_MS_MIN.saturating_mul(1_u64 << doublings).min(RETRY_MS_MAX)
}

/// Between half and the whole of a pause, so that a hundred mailboxes do not come back in one instant.
pub(super) fn jittered(office: &Office, pause_ms: u64) -> Result<Duration, InboundError> {
    let chance = u64::from_le_bytes(office.ids.bytes::<8>()?);
    Ok(Duration::from_millis(pause_ms / 2 + chance % (pause_ms / 2 + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_minutes() {
        assert_eq!([1, 2, 3, 9, 40].map(pause_ms), [1_000, 2_000, 4_000, 256_000, 300_000]);
    }

    #[test]
    fn a_small_team_logs_in_at_once_and_many_mailboxes_within_seconds() {
        let last = |all: usize| spread(all - 1, all);
        assert_eq!([1, 2, HANDFUL].map(last), [Duration::ZERO; 3]);
        assert_eq!(spread(0, 100), Duration::ZERO, "the first waits for nobody");
        assert_eq!(last(30), Duration::from_millis(29 * 200));
        assert!(last(100) > Duration::from_secs(9) && last(100) < FIRST_LOGINS_MAX);
        assert!(last(5_000) < FIRST_LOGINS_MAX);
    }
}
