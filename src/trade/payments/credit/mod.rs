//! Documentary credits as banks write them: SWIFT's MT700 (issue of a documentary credit), as the message itself or as printed.
//!
//! A text comes in, a [`Credit`] goes out with what a seller must keep to, and the [`Trap`]s in it: what makes a credit hard to use
//! though it looks like money. The fields are SWIFT's (MT700, category 7), the rules those of UCP 600.

mod fields;
mod traps;
mod values;

pub use traps::Trap;

use crate::types::Money;
use fields::Fields;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// A credit as far as the seller has to keep to it. What the text does not say is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Credit {
    /// Field 20.
    pub number: Option<String>,
    /// Field 31D: the last day for presenting documents, and where.
    pub expires: Option<Date>,
    pub expires_at: Option<String>,
    /// Field 44C.
    pub ship_by: Option<Date>,
    /// Field 48: days after shipment within which documents are presented; UCP 600 article 14(c) says 21 when it is absent.
    pub presentation_days: Option<u16>,
    /// Field 32B.
    pub amount: Option<Money>,
    /// Field 39A: percent more and less than the amount that may be drawn.
    pub tolerance: Option<Tolerance>,
    /// Field 43P.
    pub partial_shipments: Option<Permission>,
    /// Field 43T.
    pub transhipment: Option<Permission>,
    /// Fields 44E or 44A, and 44F or 44B.
    pub from: Option<String>,
    pub to: Option<String>,
    /// Field 45A, one line a line.
    pub goods: String,
    /// Field 46A, one document each.
    pub documents: Vec<String>,
    /// Field 47A, one condition each.
    pub conditions: Vec<String>,
    /// Field 50: the buyer, name and address.
    pub applicant: Vec<String>,
    /// Field 59: the seller, name and address.
    pub beneficiary: Vec<String>,
}

/// How far the amount may be over- and underdrawn, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    pub more: Decimal,
    pub less: Decimal,
}

/// Whether something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    Allowed,
    NotAllowed,
    /// Under conditions that the credit names.
    Conditional,
}

impl Permission {
    /// As banks write it.
    pub fn name(self) -> &'static str {
        match self {
            Permission::Allowed => "ALLOWED",
            Permission::NotAllowed => "NOT ALLOWED",
            Permission::Conditional => "CONDITIONAL",
        }
    }
}

/// So many fields that only a credit has must be there.
const FIELDS_MIN: usize = 3;
const TELLING: [&str; 9] = ["31D", "32B", "44C", "45A", "46A", "47A", "40A", "43P", "41D"];

/// Reads a credit; `None` when the text is none.
pub fn read(text: &str) -> Option<Credit> {
    // Most texts are told apart by one look.
    if !text.contains("31D") || !["45A", "32B", "46A"].iter().any(|tag| text.contains(tag)) {
        return None;
    }
    let fields = Fields::cut(text);
    if TELLING.iter().filter(|tag| fields.get(tag).is_some()).count() < FIELDS_MIN {
        return None;
    }
    let words = |tag: &str| fields.get(tag).map(values::one_line).filter(|value| !value.is_empty());
    let (expires, expires_at) = fields.get("31D").map(values::day_and_place).unwrap_or_default();
    Some(Credit {
        number: words("20"),
        expires,
        expires_at,
        ship_by: fields.get("44C").and_then(|value| values::day_and_place(value).0),
        presentation_days: fields.get("48").and_then(values::first_number),
        amount: fields.get("32B").and_then(values::money),
        tolerance: fields.get("39A").and_then(values::tolerance),
        partial_shipments: fields.get("43P").and_then(values::permission),
        transhipment: fields.get("43T").and_then(values::permission),
        from: words("44E").or_else(|| words("44A")),
        to: words("44F").or_else(|| words("44B")),
        goods: fields.get("45A").map(values::goods).unwrap_or_default(),
        documents: fields.get("46A").map(values::items).unwrap_or_default(),
        conditions: fields.get("47A").map(values::items).unwrap_or_default(),
        applicant: fields.get("50").map(values::lines).unwrap_or_default(),
        beneficiary: fields.get("59").map(values::party).unwrap_or_default(),
    })
}

impl Credit {
    /// The days there are for presenting documents.
    pub fn presentation(&self) -> u16 {
        self.presentation_days.unwrap_or(traps::PRESENTATION_DAYS)
    }

    /// The lowest and the highest amount that may be drawn.
    pub fn bounds(&self) -> Option<(Decimal, Decimal)> {
        let amount = self.amount?.amount;
        let tolerance = self.tolerance.unwrap_or(Tolerance { more: Decimal::ZERO, less: Decimal::ZERO });
        let share = |percent: Decimal| amount.checked_mul(percent)?.checked_div(Decimal::ONE_HUNDRED);
        Some((amount.checked_sub(share(tolerance.less)?)?, amount.checked_add(share(tolerance.more)?)?))
    }
}

#[cfg(test)]
mod tests;
