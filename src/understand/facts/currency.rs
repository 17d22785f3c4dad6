//! The currency a mail speaks in, and what its writer would pay.

use super::Found;
use super::lexicon::Use;
use super::numbers::{Number, Shape, money};
use super::page::Page;
use crate::types::Currency;
use rust_decimal::Decimal;

/// Bytes between "target price" and its figure.
const TARGET_GAP_MAX: usize = 60;

/// The currency and the target price. A currency beside the target goes before one beside another amount, and that before one
/// merely named; of a range of target prices the upper end counts, for that is what the buyer can pay.
pub(super) fn find(page: &Page, numbers: &[Number]) -> (Option<Found<Currency>>, Option<Found<Decimal>>) {
    let target = target(page, numbers);
    let priced = || {
        numbers.iter().find_map(|number| match number.shape {
            Shape::Price(currency) => Some(Found { what: currency, start: number.start, end: number.end }),
            _ => None,
        })
    };
    let beside_target =
        target.as_ref().and_then(|(currency, price)| currency.map(|currency| Found { what: currency, start: price.start, end: price.end }));
    (beside_target.or_else(priced).or_else(|| named(page)), target.map(|(_, price)| price))
}

fn target(page: &Page, numbers: &[Number]) -> Option<(Option<Currency>, Found<Decimal>)> {
    page.hits.iter().filter(|hit| hit.means == Use::Target).take(20).find_map(|hit| {
        let limit = page.sentence_end(hit.end).min(hit.end + TARGET_GAP_MAX);
        let from = numbers.partition_point(|number| number.start < hit.end);
        let near = numbers.get(from..)?.iter().take_while(|number| number.start <= limit).take(4);
        let price = |number: &Number| Found { what: upper(number), start: number.start, end: number.end };
        let mut plain = None;
        for number in near {
            match number.shape {
                Shape::Price(currency) => {
                    let top = numbers.get(from..)?.iter().find(|next| next.start > number.end).filter(|next| is_upper(page, number, next));
                    return Some((Some(currency), price(top.unwrap_or(number))));
                }
                Shape::Plain if !number.spelled && plain.is_none() && is_bare(page, hit.end, number) => plain = Some((None, price(number))),
                _ => {}
            }
        }
        plain
    })
}

fn upper(number: &Number) -> Decimal {
    number.to.unwrap_or(number.value).normalize()
}

/// "$850-$1200": a dash and a sign between.
fn is_upper(page: &Page, number: &Number, next: &Number) -> bool {
    let between = page.folded(number.end, next.start);
    matches!(next.shape, Shape::Price(_)) && between.len() <= 8 && between.contains(['-', '–', '—', '~']) && next.value > number.value
}

/// A figure without a sign is a price only when nothing else follows the word: "target price: 4.50".
fn is_bare(page: &Page, end: usize, number: &Number) -> bool {
    let between =
        page.folded(end, number.start).trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '：' | '=' | '为' | '是' | '~'));
    let behind = page.skip_blanks(number.end);
    let ends = page.word_end(behind) == behind;
    // Things are counted in whole numbers: 6.80 behind such a word is a price whatever follows.
    let is_amount = !number.value.fract().is_zero() && number.value == number.count && page.unit(behind).is_none();
    (ends || is_amount) && matches!(between, "" | "is" | "of" | "ist" | "es" | "est" | "é" | "è" | "около" | "about" | "around")
}

/// A currency named without an amount.
fn named(page: &Page) -> Option<Found<Currency>> {
    page.hits.iter().find_map(|hit| {
        let Use::Money { sure, .. } = hit.means else { return None };
        let currency = money(page, hit.means)?;
        let written = page.written(hit.start, hit.end);
        let is_code = written.eq_ignore_ascii_case(currency.code());
        let is_small = written.chars().any(char::is_lowercase);
        // "pris i kr", "price in CAD": what is no sure name counts behind "in".
        let is_in =
            || matches!(page.word_before(hit.start), "i" | "in" | "en" | "em" | "w" | "v" | "в" | "u" | "у" | "во" | "sa" | "dalam" | "σε");
        let is_meant = if is_code { (sure || is_in()) && (!is_small || is_everyday(written)) } else { sure || is_in() };
        is_meant.then_some(Found { what: currency, start: hit.start, end: hit.end })
    })
}

/// Codes people write in small letters and that are no words.
fn is_everyday(code: &str) -> bool {
    ["usd", "eur", "rmb", "cny", "gbp", "aed", "inr", "jpy"].iter().any(|known| known.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{facts, rules};
    use crate::types::Currency;
    use rust_decimal::Decimal;

    #[test]
    fn the_currency_is_read_from_codes_signs_and_words() {
        let rows = [
            ("en", "Your offer of $4.20 is fine", Some("USD")),
            ("en", "A$ 300 or AU$300 in Sydney", Some("AUD")),
            ("pt", "Pagamos R$ 1.500 por peça", Some("BRL")),
            ("ja", "単価は￥1,200です", Some("JPY")),
            ("zh-Hans", "单价￥12", Some("CNY")),
            ("zh-Hans", "每件12美元", Some("USD")),
            ("de", "Preis bitte in Euro", Some("EUR")),
            ("ru", "цена 1500 руб. за штуку", Some("RUB")),
            ("ar", "السعر 500 دولار", Some("USD")),
            ("hi", "कीमत ₹500", Some("INR")),
            ("tr", "fiyat 500 ₺", Some("TRY")),
            ("en", "quote in USD", Some("USD")),
            ("en", "send all CAD drawings and try the top one", None),
            ("en", "CAD 300 per set", Some("CAD")),
            ("en", "price in CAD please", Some("CAD")),
            ("ro", "pret in lei va rog", Some("RON")),
        ];
        for (language, text, code) in rows {
            assert_eq!(facts(language, text).currency, code.and_then(Currency::parse), "{text}");
        }
    }

    #[test]
    fn a_target_price_needs_words_that_say_so() {
        let rows = [
            ("en", "Our target price is USD 3.85 FOB.", Some("3.85")),
            ("en", "Budget: $640-$700 per set", Some("700")),
            ("en", "Your price is too high, we can pay 4.10 EUR.", Some("4.10")),
            ("zh-Hans", "目标价12.5美元", Some("12.5")),
            ("zh-Hans", "预算3万元", Some("30000")),
            ("de", "Unser Zielpreis liegt bei 1,25 €.", Some("1.25")),
            ("es", "Nuestro precio objetivo es de 2,40 dólares.", Some("2.40")),
            ("en", "The invoice amounts to $2,350.", None),
            ("en", "Our budget is fixed for 2027; we need 300 pcs.", None),
        ];
        for (language, text, price) in rows {
            let want = price.map(|price| price.parse::<Decimal>().expect("a figure").normalize());
            assert_eq!(facts(language, text).target_price, want, "{text}");
        }
    }

    #[test]
    fn minor_units_follow_iso_4217() {
        let minor = |code| rules().minor_units(Currency::parse(code).expect("an active code"));
        for (code, units) in [
            ("USD", 2),
            ("EUR", 2),
            ("JPY", 0),
            ("KRW", 0),
            ("VND", 0),
            ("CLP", 0),
            ("KWD", 3),
            ("BHD", 3),
            ("OMR", 3),
            ("TND", 3),
            ("JOD", 3),
            ("IQD", 3),
            ("LYD", 3),
        ] {
            assert_eq!(minor(code), Some(units), "{code}");
        }
    }
}
