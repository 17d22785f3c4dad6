//! How whoever looks after a mailbox is woken: by the server, by file-system events, by another mailbox's mail.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Rung when something may have happened. Ringing twice before anybody looks is as good as once: hints are no counts.
#[derive(Debug, Default)]
pub struct Bell {
    notify: Notify,
    hints: Mutex<Hints>,
}

/// Where something may have happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// Anywhere: every folder is worth a look.
    pub anywhere: bool,
    /// In these folders, by their wire names.
    pub folders: BTreeSet<String>,
    /// Something is to be done that another mailbox's mail led to.
    pub acts: bool,
}

/// More folders than this are anywhere.
const FOLDERS_MAX: usize = 1_000;

impl Bell {
    /// Something may have happened anywhere.
    pub fn ring(&self) {
        self.add(|hints| hints.anywhere = true);
    }

    /// Something may have happened in a folder.
    pub fn ring_for(&self, wire_name: &str) {
        self.add(|hints| {
            if hints.folders.len() < FOLDERS_MAX {
                hints.folders.insert(wire_name.to_owned());
            } else {
                hints.anywhere = true;
            }
        });
    }

    /// Something is to be done.
    pub fn ring_for_acts(&self) {
        self.add(|hints| hints.acts = true);
    }

    /// Waits until it is rung, at most so long; what was rung since the last time. Empty when the time ran out.
    pub async fn wait(&self, longest: Duration) -> Hints {
        let until = tokio::time::sleep(longest);
        tokio::pin!(until);
        loop {
            let taken = self.take();
            if !taken.is_empty() {
                return taken;
            }
            // A ring whose hints were taken without waiting wakes once more, for nothing.
            tokio::select! {
                () = self.notify.notified() => {}
                () = &mut until => return self.take(),
            }
        }
    }

    /// What was rung since the last time, without waiting.
    pub fn take(&self) -> Hints {
        std::mem::take(&mut *self.hints.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether somebody rang and nobody has looked yet.
    pub fn is_rung(&self) -> bool {
        !self.hints.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn add(&self, add: impl FnOnce(&mut Hints)) {
        add(&mut self.hints.lock().unwrap_or_else(PoisonError::into_inner));
        self.notify.notify_one();
    }
}

impl Hints {
    /// Whether nobody rang.
    pub fn is_empty(&self) -> bool {
        !self.anywhere && !self.acts && self.folders.is_empty()
    }
}
