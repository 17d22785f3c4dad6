//! A pause, and its end. Both are said by another process, which speaks to the books only: a pause is asked for at every claim, and for its
//! end one task of the daemon asks the books, for all mailboxes, and rings when work goes on.

use super::inbound::InboundError;
use super::installation::{self, InstallationError, Site};
use super::supervise::may_pass;
use super::transaction::in_books;
use super::{Ids, Office};
use crate::record::outbox::holds;
use crate::record::settings::{self, Pause};
use crate::record::{Books, BooksError, waiting};
use crate::types::Moment;
use std::convert::Infallible;
use std::time::Duration;

/// Whoever resumes sees within this time that it was heard. A pause needs no watching: it is asked for at every claim.
const ASK_EVERY: Duration = Duration::from_secs(3);

/// Pauses; what it was paused for already, if it was. A person's reason takes the place of a person's; one that we found stays, because
/// it asks for an answer.
pub async fn pause(books: &Books, why: &str) -> Result<Option<Pause>, InboundError> {
    in_books(books, async |session| {
        let before = settings::find_pause(session).await?;
        let is_better = match &before {
            None => true,
            Some(Pause::Asked(_)) => !why.is_empty(),
            Some(Pause::Found(_)) => false,
        };
        if is_better {
            settings::mark_paused(session, Some(why)).await?;
        }
        Ok(before)
    })
    .await
}

/// What ended with a pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// Why nothing was done; `None` when there was no pause.
    pub was: Option<Pause>,
    /// Acts and mails that wait, due now or later.
    pub waiting: i64,
    /// Mailboxes whose server had refused them, and that send again.
    pub lifted: usize,
    /// The books were another installation's and are this one's now.
    pub is_adopted: bool,
}

/// Ends a pause, whoever began it, and lets mailboxes send again that were held because their server refused them. Books of another installation become this one's: that is what was asked.
pub async fn resume(books: &Books, site: &Site<'_>, ids: &Ids, now: Moment) -> Result<Resumed, InstallationError> {
    let is_adopted = installation::adopt_foreign(books, site, ids).await?;
    let resumed = in_books(books, async |session| {
        let was = settings::find_pause(session).await?;
        if was.is_some() {
            settings::mark_paused(session, None).await?;
        }
        let mut lifted = 0_usize;
        for hold in holds::list(session, now).await? {
            lifted += usize::from(holds::erase(session, hold.account).await?);
        }
        let waiting = waiting::list(session).await?.iter().map(|kind| kind.count).sum();
        Ok(Resumed { was, waiting, lifted, is_adopted })
    });
    Ok(resumed.await?)
}

/// Why nothing is done now.
pub async fn find_pause(books: &Books) -> Result<Option<Pause>, BooksError> {
    let mut session = books.look().await?;
    settings::find_pause(&mut session).await
}

/// Rings every mailbox after a pause; ends only with trouble that waiting does not cure.
pub(super) async fn ring_after_pause(office: &Office) -> Result<Infallible, InboundError> {
    let mut was_paused = false;
    loop {
        match find_pause(&office.books).await {
            Ok(pause) => {
                if was_paused && pause.is_none() {
                    tracing::info!("The pause is over");
                    office.accounts.iter().for_each(|account| account.bell.ring_for_acts());
                }
                was_paused = pause.is_some();
            }
            // Whoever writes meets the same trouble and tells of it.
            Err(error) if may_pass(&error) => {}
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}
