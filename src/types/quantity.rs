//! How much of something.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A number, or a range of numbers, with its unit as the trade abbreviates it (`pcs`, `sets`, `kg`, `t`, `m2`, `40HQ`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// The number, or the lower end of a range.
    pub value: Decimal,
    /// The upper end of a range.
    pub to: Option<Decimal>,
    /// The normalised unit; `None` when the mail names none.
    pub unit: Option<String>,
}
