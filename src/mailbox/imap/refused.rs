//! Tokens that the server refused. A mailbox has two connections, and a refused token is renewed: without a common memory each of them
//! would show the old token and the new one.

use crate::mailbox::CredentialMark;
use std::sync::{Mutex, PoisonError};

/// So many tokens are shown in a row, and no more before somebody logs in anew.
pub(super) const REFUSED_MAX: u32 = 2;

/// What was refused since the last login that went well.
#[derive(Debug, Default)]
pub struct RefusedTokens {
    last: Mutex<Option<(CredentialMark, u32)>>,
}

impl RefusedTokens {
    /// How many were refused in a row, when this is the last of them; another one is a new beginning.
    pub(super) fn times(&self, token: CredentialMark) -> u32 {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = last.filter(|(refused, _)| *refused == token);
        last.map_or(0, |(_, times)| times)
    }

    /// One more.
    pub(super) fn note(&self, token: CredentialMark) -> u32 {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let times = last.map_or(1, |(_, times)| times + 1);
        *last = Some((token, times));
        times
    }

    /// A login went well.
    pub(super) fn forget(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
