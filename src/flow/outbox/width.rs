//! How many connections a mailbox's server takes from us at a time, as far as its words taught us: half as many after it had no room for
//! one, and one more after a while in which it had room for all. It outlives a round of sending and not the process, which asks anew.

use crate::types::Moment;
use std::sync::{Mutex, PoisonError};

/// A server that had no room for a connection is not offered it again before so long.
const WIDEN_AFTER_MS: i64 = 10 * 60_000;

/// `None` while nothing keeps us from opening as many as are configured.
#[derive(Debug, Default)]
pub struct Width(Mutex<Option<Learned>>);

#[derive(Debug, Clone, Copy)]
struct Learned {
    lanes: usize,
    /// When that was learned.
    at: Moment,
}

impl Width {
    /// How many connections may be open, of so many that are configured; at least one.
    pub(super) fn lanes(&self, most: usize) -> usize {
        self.learned().map_or(most, |learned| learned.lanes.min(most)).max(1)
    }

    /// The server had no room for a connection.
    pub(super) fn narrow(&self, most: usize, now: Moment) {
        self.learn(Learned { lanes: self.lanes(most).div_ceil(2), at: now });
    }

    /// A round went well on all its connections.
    pub(super) fn widen(&self, most: usize, now: Moment) {
        if let Some(Learned { lanes, at }) = self.learned()
            && lanes < most
            && now >= at.plus_ms(WIDEN_AFTER_MS)
        {
            self.learn(Learned { lanes: lanes + 1, at: now });
        }
    }

    fn learned(&self) -> Option<Learned> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, learned: Learned) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(learned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_794_790_800_000);

    #[test]
    fn a_crowded_server_gets_half_and_later_one_more_at_a_time_up_to_what_is_configured() {
        let (width, most) = (Width::default(), 5);
        let mut lanes = vec![width.lanes(most)];
        for _ in 0..4 {
            width.narrow(most, NOW);
            lanes.push(width.lanes(most));
        }
        assert_eq!(lanes, [5, 3, 2, 1, 1]);
        width.widen(most, NOW.plus_ms(WIDEN_AFTER_MS - 1));
        assert_eq!(width.lanes(most), 1, "too early");
        let later = (1..=6).map(|time| {
            width.widen(most, NOW.plus_ms(time * WIDEN_AFTER_MS));
            width.lanes(most)
        });
        assert_eq!(later.collect::<Vec<_>>(), [2, 3, 4, 5, 5, 5]);
        assert_eq!(width.lanes(2), 2, "never above what is configured");
    }
}
