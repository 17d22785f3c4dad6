//! One short transaction on the books, begun again when the engine asks for it (SQLSTATE 40001): the work may run more than once and
//! touches nothing but the session.

use super::inbound::InboundError;
use crate::record::{Books, Retry, Session};

/// Runs `work` in a transaction of its own and commits it.
pub(super) async fn in_books<T>(books: &Books, work: impl AsyncFn(&mut Session) -> Result<T, InboundError>) -> Result<T, InboundError> {
    let mut retry = Retry::default();
    loop {
        match once(books, &work).await {
            Err(InboundError::Books(error)) => retry.after(error).await?,
            done => return done,
        }
    }
}

async fn once<T>(books: &Books, work: &impl AsyncFn(&mut Session) -> Result<T, InboundError>) -> Result<T, InboundError> {
    tracing::trace!("A transaction that writes begins");
    let mut session = books.begin().await?;
    let value = work(&mut session).await?;
    session.commit().await?;
    Ok(value)
}
