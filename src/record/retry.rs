//! Beginning a transaction again when it met another one (SQLSTATE 40001, SQLITE_BUSY).

use super::{BooksError, is_retryable};
use std::time::Duration;

const ATTEMPTS_MAX: u32 = 10;
const WAIT_PER_ATTEMPT: Duration = Duration::from_millis(3);

/// The attempts at one transaction.
///
/// ```no_run
/// # use tradepost::record::{Books, BooksError, Retry, settings};
/// # async fn pause(books: &Books) -> Result<(), BooksError> {
/// # async fn pause_once(books: &Books) -> Result<(), BooksError> {
/// #     let mut session = books.begin().await?;
/// #     settings::mark_paused(&mut session, Some("stock-taking")).await?;
/// #     session.commit().await
/// # }
/// let mut retry = Retry::default();
/// loop {
///     match pause_once(books).await {
///         Err(error) => retry.after(error).await?,
///         done => return done,
///     }
/// }
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Retry {
    attempts: u32,
}

impl Retry {
    /// Waits a little and lets the transaction begin again; or gives the error back when waiting cannot help any more.
    pub async fn after(&mut self, error: BooksError) -> Result<(), BooksError> {
        self.attempts += 1;
        if !is_retryable(&error) || self.attempts >= ATTEMPTS_MAX {
            return Err(error);
        }
        tokio::time::sleep(WAIT_PER_ATTEMPT * self.attempts).await;
        Ok(())
    }
}
