//! The rules of the trade, one subject per folder. Pure; the subjects do not know each other and meet only in `decide`.

pub mod payments;
pub mod quotes;
pub mod tracking;
