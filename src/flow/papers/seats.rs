//! So many at a time, for threads.

use std::sync::{Condvar, Mutex, PoisonError};

/// Seats that are taken and given back.
#[derive(Debug)]
pub(super) struct Seats {
    free: Mutex<usize>,
    given_back: Condvar,
}

/// A seat, until it is dropped.
pub(super) struct Seat<'s>(&'s Seats);

impl Seats {
    pub fn new(count: usize) -> Self {
        Self { free: Mutex::new(count), given_back: Condvar::new() }
    }

    /// Waits for a seat.
    pub fn take(&self) -> Seat<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.given_back.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free = free.saturating_sub(1);
        Seat(self)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.given_back.notify_one();
    }
}
