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

/// Finds the facts in what was typed now. `sent_on` is the day of the mail, for relative dates.
pub fn find(text: &str, subject: Option<&str>, sent_on: Option<jiff::civil::Date>, rules: &super::Rules) -> Facts {
    let _ = (text, subject, sent_on, rules);
    Facts::default()
}
