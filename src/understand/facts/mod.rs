//! What a buyer names exactly: products, quantities, Incoterm and place, currency, dates.

use crate::types::{Currency, Incoterm, Quantity};
use rust_decimal::Decimal;

/// The facts of one letter; empty where it names none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    pub products: Vec<Product>,
    pub quantities: Vec<Quantity>,
    pub incoterm: Option<Incoterm>,
    /// The named place as written in the mail.
    pub place: Option<String>,
    /// Its UN/LOCODE, `DEHAM`.
    pub place_code: Option<String>,
    pub currency: Option<Currency>,
    pub target_price: Option<Decimal>,
    /// A day, or the words that name a period, as written.
    pub deadline: Option<String>,
    pub certificates: Vec<String>,
    pub payment_terms: Option<String>,
    /// Numbers of papers and shipments: ours or the buyer's.
    pub references: Vec<String>,
}

/// Goods the letter is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Product {
    pub name: Option<String>,
    pub sku: Option<String>,
}

/// The word lists facts are found with: units, number words, places, currencies, months, of all languages.
#[derive(Debug, Default)]
pub struct FactRules {}

impl FactRules {
    /// Compiles the fact lists among rule files given as `(name below rules/, text)`; other files are not its business.
    pub fn compile(files: &[(&str, &str)]) -> Result<Self, super::rules::RuleError> {
        let _ = files;
        Ok(Self::default())
    }
}

/// Finds the facts in what was typed now. `sent_on` is the day of the mail, for relative dates; `language` decides how
/// `1.000` and `3/4` are meant.
pub fn find(
    text: &str,
    subject: Option<&str>,
    language: crate::types::Language,
    sent_on: Option<jiff::civil::Date>,
    rules: &FactRules,
) -> Facts {
    let _ = (text, subject, language, sent_on, rules);
    Facts::default()
}
