//! Room for the books. A full disk keeps everything from being written down, also that it is full: so it is told to whoever reads the log
//! and to systemd at once, and to people when there is room again, with when it began and when it ended.
//!
//! What is absent on purpose: a note past the books. It could not be kept from being put again with every try.

use super::inbound::InboundError;
use super::supervise::tell_systemd;
use super::{Office, due};
use crate::record::BooksError;
use crate::types::Moment;
use sd_notify::NotifyState;
use std::sync::{Mutex, PoisonError};

/// Since when the books have no room.
#[derive(Debug, Default)]
pub struct Room {
    full_since: Mutex<Option<Moment>>,
}

impl Room {
    /// Whether this is the first that is heard of it.
    fn is_full(&self, now: Moment) -> bool {
        let mut since = self.full_since.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = since.is_none();
        since.get_or_insert(now);
        is_news
    }

    /// There is room again; since when there was none.
    fn take(&self) -> Option<Moment> {
        self.full_since.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The books could not be written, for a reason that may pass. That they are full is told once: all mailboxes meet it again and again.
pub(super) fn note(office: &Office, error: &BooksError) {
    match error {
        BooksError::DiskFull { .. } if !office.room_in_books.is_full(office.now()) => {
            tracing::debug!(kind = error.kind(), "The books are still full");
        }
        BooksError::DiskFull { .. } => {
            tracing::error!(kind = error.kind(), "{error}");
            tell_systemd(&[NotifyState::Status(&error.to_string())]);
        }
        error => tracing::error!(kind = error.kind(), "{error}"),
    }
}

/// To be called when something was written: people are told that the books were full, if they were.
pub(super) async fn tell_if_over(office: &Office) -> Result<(), InboundError> {
    let Some(since) = office.room_in_books.take() else { return Ok(()) };
    let now = office.now();
    match due::tell_books_full(office, since, now).await {
        Ok(through) => {
            tracing::info!(ms = now.0 - since.0, "The books can be written again");
            tell_systemd(&[NotifyState::Status("The books can be written again.")]);
            if let Some(account) = through.and_then(|account| office.account(account)) {
                account.bell.ring_for_acts();
            }
            Ok(())
        }
        Err(error) => {
            office.room_in_books.is_full(since);
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_full_since_the_first_time_that_was_heard() {
        let room = Room::default();
        assert_eq!([room.is_full(Moment(5)), room.is_full(Moment(9))], [true, false]);
        assert_eq!([room.take(), room.take()], [Some(Moment(5)), None]);
    }
}
