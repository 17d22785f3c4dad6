//! Where time comes from. Everything else is told what time it is.

use crate::types::Moment;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The system's clock, or one that a story winds by hand.
#[derive(Debug, Clone)]
pub enum Clock {
    System,
    ByHand(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at a moment until it is moved forward.
    pub fn by_hand(at: Moment) -> Self {
        Self::ByHand(Arc::new(AtomicI64::new(at.0)))
    }

    /// What time it is.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> Moment {
        match self {
            Clock::System => jiff::Timestamp::now().into(),
            Clock::ByHand(at) => Moment(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a clock that is wound by hand; the system's goes by itself.
    pub fn forward(&self, ms: i64) {
        if let Clock::ByHand(at) = self {
            at.fetch_add(ms, Ordering::SeqCst);
        }
    }
}
