//! A documentary credit as `triage` shows it to people: its terms by SWIFT's field numbers, which the trade knows in any language, and
//! its traps in words.

use crate::cli::words::Words;
use crate::trade::payments::credit::{Credit, Trap};
use rust_decimal::Decimal;

/// The terms on one line.
pub(super) fn terms(credit: &Credit) -> String {
    let expires = credit.expires.map(|day| [day.to_string(), credit.expires_at.clone().unwrap_or_default()].join(" ").trim().to_owned());
    let tolerance = credit.tolerance.map(|tolerance| format!("+{}/-{} %", plain(tolerance.more), plain(tolerance.less)));
    let parts = [
        credit.number.clone(),
        credit.amount.map(|money| format!("32B {} {}", money.currency, plain(money.amount))),
        tolerance.map(|tolerance| format!("39A {tolerance}")),
        credit.ship_by.map(|day| format!("44C {day}")),
        expires.map(|expires| format!("31D {expires}")),
        credit.presentation_days.map(|days| format!("48 {days}")),
        credit.partial_shipments.map(|permission| format!("43P {}", permission.name())),
        credit.transhipment.map(|permission| format!("43T {}", permission.name())),
        (!credit.documents.is_empty()).then(|| format!("46A {}", credit.documents.join("; "))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// One trap as a sentence.
pub(super) fn trap(trap: &Trap, words: &Words) -> String {
    match trap {
        Trap::ExpiresElsewhere { place } => words.say("credit.expires_elsewhere", &[("place", place)]),
        Trap::Expired { day } => words.say("credit.expired", &[("day", day)]),
        Trap::ShipmentPast { day } => words.say("credit.shipment_past", &[("day", day)]),
        Trap::ShipmentAfterExpiry { day, expires } => words.say("credit.shipment_after_expiry", &[("day", day), ("expires", expires)]),
        Trap::ShortPresentation { days } => words.say("credit.short_presentation", &[("days", days)]),
        Trap::FromBuyer { document } => words.say("credit.from_buyer", &[("document", document)]),
    }
}

fn plain(value: Decimal) -> String {
    value.normalize().to_string()
}
