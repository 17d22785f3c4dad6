//! `tradepost resume` is another process and speaks to the books only. So one task of the daemon asks them, for all mailboxes, and rings
//! when work goes on.

use super::Office;
use super::inbound::InboundError;
use super::supervise::may_pass;
use crate::record::{BooksError, settings};
use std::convert::Infallible;
use std::time::Duration;

/// Whoever resumes sees within this time that it was heard. A pause needs no watching: it is asked for at every claim.
const ASK_EVERY: Duration = Duration::from_secs(3);

/// Rings every mailbox after a pause; ends only with trouble that waiting does not cure.
pub(super) async fn ring_after_pause(office: &Office) -> Result<Infallible, InboundError> {
    let mut was_paused = false;
    loop {
        tokio::time::sleep(ASK_EVERY).await;
        let is_paused = match is_paused(office).await {
            Ok(is_paused) => is_paused,
            // Whoever writes meets the same trouble and tells of it.
            Err(error) if may_pass(&error) => continue,
            Err(error) => return Err(error.into()),
        };
        if was_paused && !is_paused {
            tracing::info!("The pause is over");
            office.accounts.iter().for_each(|account| account.bell.ring_for_acts());
        }
        was_paused = is_paused;
    }
}

async fn is_paused(office: &Office) -> Result<bool, BooksError> {
    let mut session = office.books.look().await?;
    Ok(settings::find_paused(&mut session).await?.is_some())
}
