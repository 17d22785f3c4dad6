//! `[privacy]`: how long personal data is kept.

use super::reader::Section;

/// Rules for personal data. Kept for the part that erases; nothing is erased by this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Privacy {
    /// Mail of contacts with whom nothing happened for so many days may be erased; `None` keeps it.
    pub retention_days: Option<u32>,
}

/// Less than a month would lose running business.
const RETENTION_DAYS_LEAST: i64 = 30;
const RETENTION_DAYS_MOST: i64 = 36_500;

pub(super) fn read(mut section: Section<'_>) -> Privacy {
    let retention_days = section.take("retention_days").and_then(|value| value.number(RETENTION_DAYS_LEAST, RETENTION_DAYS_MOST));
    section.close();
    Privacy { retention_days }
}
