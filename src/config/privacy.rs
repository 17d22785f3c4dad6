//! `[privacy]`: how long personal data is kept.

/// Rules for personal data. Kept for the part that erases; nothing is erased by this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Privacy {
    /// Mail of contacts with whom nothing happened for so many days may be erased; `None` keeps it.
    pub retention_days: Option<u32>,
}
