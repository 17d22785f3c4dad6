//! Keeping the bell of a mailbox ringing: on a server a second connection, which may fare worse than the first.

use super::pace::{self, RETRY_MS_MAX};
use super::refusals::{REFUSED_MAX, is_final, refused_times};
use crate::flow::inbound::InboundError;
use crate::flow::{Account, Office};
use std::cell::Cell;
use std::convert::Infallible;
use std::time::Duration;

/// A look without a reason: finds what no bell told of.
const LOOK_EVERY: Duration = Duration::from_secs(10 * 60);
/// The same while nobody watches: the watching connection is down.
pub(super) const LOOK_EVERY_UNWATCHED: Duration = Duration::from_secs(30);
/// A server that refuses the second login, and only that, is asked for it so seldom that nobody is locked out.
const REFUSED_PAUSE_MS: u64 = 3_600_000;

/// How the watching fares. It outlives visits: a refusal is none the less one because a connection was cut meanwhile.
#[derive(Debug, Default)]
pub(super) struct Watch {
    is_down: Cell<bool>,
    failures: Cell<u32>,
    refusals: Cell<u32>,
}

impl Watch {
    /// How long everything may go without a look.
    pub fn look_every(&self) -> Duration {
        if self.is_down.get() { LOOK_EVERY_UNWATCHED } else { LOOK_EVERY }
    }

    /// Keeps the bell ringing. What breaks it is mended here, but for a token that ended, which concerns the whole mailbox.
    pub async fn keep(&self, office: &Office, account: &Account) -> Result<Infallible, InboundError> {
        if self.refusals.get() >= REFUSED_MAX {
            self.rest(office, account).await?;
        }
        loop {
            self.is_down.set(false);
            let began = office.now();
            let Err(error) = account.mailbox.watch(&account.bell).await;
            self.is_down.set(true);
            // Whatever came meanwhile was told to nobody.
            account.bell.ring();
            if is_final(&error) {
                return Err(error.into());
            }
            // The visit's own login went well, so this is the server's rule for a second one; asking again would lock people out.
            let refusals = refused_times(&error).map_or(0, |times| times.max(self.refusals.get() + 1));
            self.refusals.set(refusals);
            if refusals >= REFUSED_MAX {
                tracing::warn!(account = %account.id, "A second login is refused; the mailbox is looked at every half minute");
                self.rest(office, account).await?;
                continue;
            }
            if refusals > 0 {
                tokio::time::sleep(pace::after_refusal(office, account)?).await;
                account.bell.ring();
                continue;
            }
            let lasted_ms = office.now().0 - began.0;
            let was_well = lasted_ms > i64::try_from(RETRY_MS_MAX).unwrap_or(i64::MAX);
            self.failures.set(if was_well { 1 } else { self.failures.get().saturating_add(1) });
            tracing::debug!(account = %account.id, reason = error.kind(), failures = self.failures.get(), "Nobody watches the mailbox for a while");
            tokio::time::sleep(pace::pause_after(office, self.failures.get(), Some(&error))?).await;
            account.bell.ring();
        }
    }

    async fn rest(&self, office: &Office, account: &Account) -> Result<(), InboundError> {
        self.is_down.set(true);
        tokio::time::sleep(pace::jittered(office, REFUSED_PAUSE_MS)?).await;
        account.bell.ring();
        Ok(())
    }
}
