//! The rows of `rules/facts/*.toml`, one structure a file; a key nobody knows is refused. What each list is for stands at its head.

use super::lists::UnitKind;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitList {
    pub unit: Vec<UnitRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitRow {
    pub name: String,
    pub kind: UnitKind,
    pub words: Vec<String>,
    #[serde(default)]
    pub exact: Vec<String>,
    #[serde(default)]
    pub languages: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct NumberList {
    pub point_groups_thousands: Vec<String>,
    pub space_groups_thousands: Vec<String>,
    pub number_after_goods: Vec<String>,
    pub range: Vec<String>,
    pub range_and: Vec<String>,
    pub between: Vec<String>,
    pub word: Vec<NumberRow>,
    pub multiplier: Vec<MultiplierRow>,
    pub counted: Vec<CountedRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumberRow {
    pub value: u32,
    #[serde(default)]
    pub languages: Vec<String>,
    pub words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MultiplierRow {
    pub value: u32,
    #[serde(default)]
    pub languages: Vec<String>,
    pub words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CountedRow {
    pub value: u32,
    pub unit: String,
    pub words: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PlaceList {
    pub destination: Vec<String>,
    pub fillers: Vec<String>,
    pub owners: Vec<String>,
    pub not_places: Vec<String>,
    pub joints: Vec<String>,
    pub delivering: Vec<String>,
    pub towards: Vec<String>,
    pub towards_or_in: Vec<String>,
    pub towards_after: Vec<String>,
    pub within_after: Vec<String>,
    pub from: Vec<String>,
    pub from_after: Vec<String>,
    pub towns: Vec<String>,
    pub endings: BTreeMap<String, String>,
    pub endings_to: BTreeMap<String, String>,
    pub places: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CurrencyList {
    pub target: Vec<String>,
    pub currencies: BTreeMap<String, CurrencyRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CurrencyRow {
    pub minor: u8,
    #[serde(default)]
    pub sure: bool,
    #[serde(default)]
    pub names_only: bool,
    #[serde(default)]
    pub words: Vec<String>,
    #[serde(default)]
    pub signs: Vec<String>,
    #[serde(default)]
    pub shared: Vec<String>,
    #[serde(default)]
    pub elsewhere: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MonthList {
    pub months: BTreeMap<String, Vec<String>>,
    pub persian: BTreeMap<String, Vec<String>>,
    pub weekdays: BTreeMap<String, Vec<String>>,
    pub today: Vec<String>,
    pub tomorrow: Vec<String>,
    pub periods: Vec<String>,
    pub time_units: Vec<String>,
    pub within: Vec<String>,
    pub until: Vec<String>,
    pub until_after: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TermList {
    pub incoterms: BTreeMap<String, IncotermRow>,
    pub certificates: BTreeMap<String, Vec<String>>,
    pub payment: Vec<String>,
    pub payment_tails: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct IncotermRow {
    pub words: Vec<String>,
    pub with_place: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CueList {
    pub buying: Vec<String>,
    pub quantity_labels: Vec<String>,
    pub minimum: Vec<String>,
    pub asking_for: Vec<String>,
    pub model: Vec<String>,
    pub references: Vec<String>,
    pub per: Vec<String>,
    pub per_before: Vec<String>,
    pub each: Vec<String>,
    pub papers: Vec<String>,
    pub not_goods: Vec<String>,
    pub not_before: Vec<String>,
    pub of: Vec<String>,
    pub out_of: Vec<String>,
    pub paper_stems: Vec<String>,
    pub articles: Vec<String>,
    pub stops: Vec<String>,
    pub not_products: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ColumnList {
    pub goods: Vec<String>,
    pub code: Vec<String>,
    pub quantity: Vec<String>,
    pub unit: Vec<String>,
    pub other: Vec<String>,
    pub sums: Vec<String>,
}
