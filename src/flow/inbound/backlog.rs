//! In which order mail that waits is read: what is new before what is history, small before large, and what made trouble last.

use super::Found;
use crate::mailbox::{Entry, Role};
use crate::types::FolderId;
use std::collections::VecDeque;
use std::sync::Arc;

/// Messages that share one transaction.
const BATCH_LEN: usize = 64;
/// Bytes of new mail that are fetched together. Every mailbox may be at it at the same time, also a hundred whose server has fallen
/// silent, so it is no more than each of them can be given; a longer mail comes in parts by way of the disk.
const BATCH_BYTES_MAX: u64 = 512 * 1024;
/// The same of history and of long backlogs, which few mailboxes read at a time.
const IN_TURN_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// A mail longer than that is a batch of its own, and small mail does not wait behind it.
pub(super) const LARGE_BYTES: u64 = 8 * 1024 * 1024;

/// A mail that was found and is not recorded yet.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub entry: Entry,
    /// It was there before we were: it is only read.
    pub historical: bool,
}

/// Mail of one folder that is read and recorded together.
#[derive(Debug)]
pub(super) struct Batch {
    pub found: Arc<Found>,
    pub waiting: Vec<Waiting>,
}

/// What waits to be read in one mailbox.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// New mail, in the order of arrival.
    fresh: VecDeque<(Arc<Found>, Waiting)>,
    /// New mail that takes long.
    large: VecDeque<(Arc<Found>, Waiting)>,
    /// History, the newest first: what a salesperson asks about is seldom old.
    history: VecDeque<(Arc<Found>, Waiting)>,
    /// Mail that broke a connection before; tried alone, so that it breaks nothing else.
    careful: VecDeque<(Arc<Found>, Waiting)>,
}

impl Batch {
    /// How much room its mail takes while it is read; of a large mail only a part is in memory.
    pub fn bytes(&self) -> u64 {
        self.waiting.iter().map(|one| one.entry.size.min(LARGE_BYTES)).sum()
    }
}

impl Backlog {
    /// Adds what was found in a folder, in the order of arrival. `is_suspect` tells what made trouble before.
    pub fn add(&mut self, found: &Arc<Found>, waiting: Vec<Waiting>, is_suspect: impl Fn(&Entry) -> bool) {
        for one in waiting.iter().rev().filter(|one| one.historical && !is_suspect(&one.entry)) {
            self.history.push_back((Arc::clone(found), one.clone()));
        }
        for one in waiting {
            if is_suspect(&one.entry) {
                self.careful.push_back((Arc::clone(found), one));
            } else if !one.historical && one.entry.size > LARGE_BYTES {
                self.large.push_back((Arc::clone(found), one));
            } else if !one.historical {
                self.fresh.push_back((Arc::clone(found), one));
            }
        }
    }

    /// The next batch, if it is wanted; asked with whether whatever comes in meanwhile goes first. `has_turn`: few mailboxes read so much
    /// now, so each may take more at a time.
    pub fn next_if(&mut self, has_turn: bool, is_wanted: impl Fn(bool) -> bool) -> Option<Batch> {
        let bytes_max = if has_turn { IN_TURN_BYTES_MAX } else { BATCH_BYTES_MAX };
        let queues = [
            (&mut self.fresh, BATCH_LEN, bytes_max, false),
            (&mut self.large, 1, 0, true),
            (&mut self.history, BATCH_LEN, bytes_max, true),
        ];
        for (queue, len_max, bytes_max, can_wait) in queues {
            if !queue.is_empty() {
                return is_wanted(can_wait).then(|| take(queue, len_max, bytes_max)).flatten();
            }
        }
        is_wanted(true).then(|| take(&mut self.careful, 1, 0)).flatten()
    }

    /// Whether mail that we sent waits, and waits for no more than its turn: it may be the answer to what is about to be drafted. What
    /// takes long is not waited for.
    pub fn holds_sent(&self) -> bool {
        self.fresh.iter().any(|(found, _)| found.role == Role::Sent)
    }

    /// Whether more new mail waits than is read together.
    pub fn is_long(&self) -> bool {
        self.fresh.len() > BATCH_LEN
    }

    /// Whether new mail waits that does not take long.
    pub fn has_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        [&self.fresh, &self.large, &self.history, &self.careful].iter().all(|queue| queue.is_empty())
    }

    /// Forgets the mail of a folder: its places mean other mail now, or it is gone.
    pub fn forget(&mut self, folder: FolderId) {
        for queue in [&mut self.fresh, &mut self.large, &mut self.history, &mut self.careful] {
            queue.retain(|(found, _)| found.row.id != folder);
        }
    }

    /// Forgets everything; the next look finds it again.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Mail of one folder from the front of a queue, short enough and small enough.
fn take(queue: &mut VecDeque<(Arc<Found>, Waiting)>, len_max: usize, bytes_max: u64) -> Option<Batch> {
    let (found, first) = queue.pop_front()?;
    let mut bytes = first.entry.size;
    let mut waiting = vec![first];
    while waiting.len() < len_max {
        let fits = |next: &(Arc<Found>, Waiting)| Arc::ptr_eq(&next.0, &found) && bytes.saturating_add(next.1.entry.size) <= bytes_max;
        let Some((_, next)) = queue.pop_front_if(|next| fits(next)) else { break };
        bytes = bytes.saturating_add(next.entry.size);
        waiting.push(next);
    }
    Some(Batch { found, waiting })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::Flags;
    use crate::record::folders::{Folder, FolderRole, History};
    use crate::types::{AccountId, Moment};

    fn found() -> Arc<Found> {
        let row = Folder {
            id: FolderId(1),
            account: AccountId(1),
            wire_name: "INBOX".into(),
            role: FolderRole::Inbox,
            uidvalidity: 1,
            history: History::NONE,
        };
        Arc::new(Found { row, name: "INBOX".into(), role: Role::Inbox, uidvalidity: 1 })
    }

    fn waiting(place: usize, size: u64, historical: bool) -> Waiting {
        let entry = Entry { place: place.to_string(), flags: Flags::default(), keywords: Vec::new(), arrived_at: Moment(0), size };
        Waiting { entry, historical }
    }

    fn order(mail: Vec<Waiting>, suspect: &str) -> Vec<Vec<String>> {
        let mut backlog = Backlog::default();
        backlog.add(&found(), mail, |entry| entry.place == suspect);
        let places = |batch: Batch| batch.waiting.into_iter().map(|one| one.entry.place).collect();
        std::iter::from_fn(|| backlog.next_if(true, |_| true)).map(places).collect()
    }

    #[test]
    fn large_mails_are_not_read_together() {
        let lens = |sizes: &[u64]| {
            let mail = sizes.iter().enumerate().map(|(place, size)| waiting(place, *size, false)).collect();
            let mut backlog = Backlog::default();
            backlog.add(&found(), mail, |_| false);
            std::iter::from_fn(|| backlog.next_if(false, |_| true)).map(|batch| batch.waiting.len()).collect::<Vec<_>>()
        };
        assert_eq!(lens(&[]), Vec::<usize>::new());
        assert_eq!(lens(&[5_000; 130]), [64, 64, 2]);
        assert_eq!(lens(&[80 << 20, 80 << 20, 5_000, 5_000]), [2, 1, 1], "small mail does not wait behind large mail");
        assert_eq!(lens(&[300 << 10, 200 << 10, 100 << 10, 6 << 20, 2 << 20]), [2, 1, 1, 1]);
        let history = |has_turn: bool| {
            let mut backlog = Backlog::default();
            backlog.add(&found(), (0..9).map(|place| waiting(place, 1 << 20, true)).collect(), |_| false);
            std::iter::from_fn(|| backlog.next_if(has_turn, |_| true)).map(|batch| batch.waiting.len()).collect::<Vec<_>>()
        };
        assert_eq!((history(true), history(false)), (vec![2, 2, 2, 2, 1], vec![1; 9]));
    }

    #[test]
    fn new_mail_comes_before_history_and_history_begins_with_the_newest() {
        let mail = vec![waiting(1, 9, true), waiting(2, 9, true), waiting(3, 9, true), waiting(4, 9, false), waiting(5, 9, false)];
        assert_eq!(order(mail, "2"), [vec!["4", "5"], vec!["3", "1"], vec!["2"]]);
    }
}
