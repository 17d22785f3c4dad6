//! What listed words mean: units, numbers, money, and words that tell something only beside a number, a name or a place.

use crate::types::{Currency, Language};
use rust_decimal::Decimal;
use serde::Deserialize;

/// What a unit counts, which decides when a number with it is how much somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum UnitKind {
    /// Pieces, sets, pairs.
    Count,
    /// Cartons, bags, pallets: also what other goods are packed in.
    Pack,
    /// Kilograms, metres, litres: also a property of one piece.
    Measure,
    /// Tonnes and containers: no property of one piece.
    Bulk,
}

/// A unit by its normalised name.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub name: String,
    pub kind: UnitKind,
    /// The word as it must stand when capitals would make it another (`g`, `m`).
    pub exact: Option<String>,
    /// Where the word means something else elsewhere, the languages in which it is this unit.
    pub languages: Vec<Language>,
}

/// A spelled number, only in some languages where the word means something else elsewhere.
#[derive(Debug)]
pub(super) struct NumberWord {
    pub value: u32,
    pub languages: Vec<Language>,
}

/// "million", "тыс.": the number before it times this; only in some languages where the word means something else elsewhere.
#[derive(Debug, Clone)]
pub(super) struct Multiplier {
    pub value: Decimal,
    pub languages: Vec<Language>,
}

/// Who writes `1.000` and `1 000` for a thousand, where all others write `1,000`, and on which side of the goods.
#[derive(Debug, Default)]
pub(super) struct Separators {
    pub point: Vec<Language>,
    pub space: Vec<Language>,
    /// Who writes how many behind the goods.
    pub after_goods: Vec<Language>,
}

/// Money by a name or sign, which may mean another currency in another language.
#[derive(Debug)]
pub(super) struct Money {
    pub currency: Currency,
    pub elsewhere: Vec<(Language, Currency)>,
}

/// What a word means beside a number or a name; looked up there only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Local {
    /// Between two numbers of a range.
    Range,
    /// "and", a range only behind "between".
    RangeAnd,
    Between,
    /// "per", "each": the number is for one of something.
    Per,
    /// "per" before a number: what a price is for.
    PerBefore,
    /// "each" behind a weight: what one piece has.
    Each,
    /// Copies and originals: papers rather than goods.
    Papers,
    /// After a number that counts no goods: days, watts, employees.
    NotGoods,
    /// Before a number that names rather than counts: model, size, page.
    NotBefore,
    /// Days, weeks, months.
    TimeUnit,
    /// "within", "in": so long from now.
    Within,
    /// "by", "until": no later than.
    Until,
    /// The same behind the date, as Chinese and Turkish write.
    UntilAfter,
    /// Between the trade term and its place: port, price, to.
    PlaceFiller,
    /// "our warehouse": a place of the writer's own.
    Owner,
    /// Capitalised words that are no place.
    NotPlace,
    /// Within the name of a place: de, of, la.
    PlaceJoint,
    /// Between unit and goods: of, de, von.
    Of,
    /// Before the goods and no part of their name: the, your, some.
    Article,
    /// Where the name of goods ends: for, with, please.
    Stop,
    /// Words that are no goods: information, you, price.
    NotProduct,
    /// After a payment term and part of it: at sight, before shipment.
    PaymentTail,
    /// Between a number and those it is taken from: 3 *of* 40, 5 *von den* blauen.
    OutOf,
    /// How papers are called, whatever ending follows: a number behind is theirs.
    PaperStem,
    /// Before a place that is to be reached: to, nach, до.
    Towards,
    /// Before a place, and either "to" or "in": в, στη.
    TowardsOrIn,
    /// "To" behind the place, as Hindi and Japanese write: tak, まで.
    TowardsAfter,
    /// "in" behind a place: mein, में.
    WithinAfter,
    /// Before a place that is left: from, aus, из.
    From,
    /// The same behind the place: se, から.
    FromAfter,
}
