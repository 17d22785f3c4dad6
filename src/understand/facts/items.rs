//! Item tables of attached papers: which goods, and how many of each.
//!
//! A table with headings is known by them. One without is taken when it can be nothing else: one column of words and one of counts.
//! A table that only lists prices has no column that says how many, and gives nothing.

use super::columns::Column;
use super::lists::FactRules;
use super::meanings::Unit;
use super::numbers::{self, Shape};
use super::page::{Page, fold_word, is_letter};
use super::{Product, quantities};
use crate::parse::papers::Table;
use crate::types::{Language, Quantity};
use rust_decimal::Decimal;

/// More rows are a price list or a stock list.
const ITEMS_MAX: usize = 100;
/// Rows looked at for headings.
const HEADING_ROWS_MAX: usize = 60;
/// A longer cell is a description with a name at its beginning.
const NAME_CHARS_MAX: usize = 100;
const CODE_CHARS_MAX: usize = 40;
/// A table without headings has no more columns than this.
const BARE_COLUMNS_MAX: usize = 4;

/// Which column holds what.
#[derive(Debug, Clone, Default, PartialEq)]
struct Layout {
    goods: Option<usize>,
    code: Option<usize>,
    quantity: usize,
    unit: Option<usize>,
    /// The unit the heading names: "Qty (pcs)".
    counted_in: Option<String>,
}

/// The items of all tables of a paper: goods with how many of them.
pub(super) fn find(tables: &[Table], language: Language, rules: &FactRules) -> Vec<Product> {
    let mut items = Vec::new();
    let mut before: Option<(Layout, usize)> = None;
    for table in tables {
        let width = table.rows.iter().map(Vec::len).max().unwrap_or_default();
        let headed = layout(table, language, rules);
        // A table that goes on over the page has its headings on the first one only.
        let goes_on = || before.as_ref().filter(|(_, known)| *known == width).map(|(layout, _)| (layout.clone(), 0));
        let found = headed.or_else(goes_on).or_else(|| bare(table, language, rules).map(|layout| (layout, 0)));
        let Some((layout, start)) = found else { continue };
        for row in table.rows.iter().skip(start) {
            items.extend(item(row, &layout, table.is_exact, language, rules));
            if items.len() > ITEMS_MAX {
                return Vec::new();
            }
        }
        before = Some((layout, width));
    }
    items
}

/// The layout by headings, and the row below them.
fn layout(table: &Table, language: Language, rules: &FactRules) -> Option<(Layout, usize)> {
    table.rows.iter().take(HEADING_ROWS_MAX).enumerate().find_map(|(number, headings)| {
        let kinds: Vec<Option<Column>> = headings.iter().map(|heading| rules.columns.of(heading)).collect();
        let kinds = kinds.as_slice();
        let of_kind = |kind: Column| (0..kinds.len()).filter(move |place| kinds.get(*place) == Some(&Some(kind)));
        let rows = table.rows.get(number + 1..).unwrap_or_default();
        let counts = |place: &usize| {
            rows.iter().any(|row| cell(row, *place).is_some_and(|cell| count(cell, table.is_exact, language, rules).is_some()))
        };
        let quantity = of_kind(Column::Quantity).find(counts)?;
        // "Item" above 1, 2, 3 counts the rows.
        let names =
            |place: &usize| rows.iter().any(|row| cell(row, *place).is_some_and(|cell| cell.chars().filter(|c| is_letter(*c)).count() > 1));
        let goods = of_kind(Column::Goods).find(names);
        let code = of_kind(Column::Code).find(|place| rows.iter().any(|row| cell(row, *place).is_some_and(is_code)));
        goods.or(code)?;
        let counted_in = headings.get(quantity).and_then(|heading| unit_within(heading, language, rules));
        let unit = of_kind(Column::Unit).next();
        Some((Layout { goods, code, quantity, unit, counted_in }, number + 1))
    })
}

/// The layout of a table without headings: one column has words, one other has counts in every row.
fn bare(table: &Table, language: Language, rules: &FactRules) -> Option<Layout> {
    let rows: Vec<&Vec<String>> = table.rows.iter().filter(|row| !row.is_empty()).collect();
    let width = rows.iter().map(|row| row.len()).max()?;
    if rows.len() < 2 || !(2..=BARE_COLUMNS_MAX).contains(&width) || rows.iter().any(|row| row.len() < 2) {
        return None;
    }
    let all = |place: usize, holds: &dyn Fn(&str) -> bool| rows.iter().all(|row| cell(row, place).is_some_and(holds));
    let is_name = |cell: &str| cell.chars().filter(|c| is_letter(*c)).count() > 2 && count(cell, table.is_exact, language, rules).is_none();
    let is_count = |cell: &str| count(cell, table.is_exact, language, rules).is_some_and(|found| found.value.fract().is_zero());
    let is_counter =
        |place: usize| rows.iter().enumerate().all(|(number, row)| cell(row, place) == Some((number + 1).to_string().as_str()));
    let mut goods = (0..width).filter(|place| all(*place, &is_name));
    let mut counts = (0..width).filter(|place| all(*place, &is_count) && !is_counter(*place));
    let (goods, quantity) = (goods.next()?, counts.next()?);
    // A second column of numbers may as well be the count.
    counts.next().is_none().then(|| Layout { goods: Some(goods), quantity, ..Layout::default() })
}

/// The goods of one row; `None` of a row that names none, counts none or adds others up.
fn item(row: &[String], layout: &Layout, is_exact: bool, language: Language, rules: &FactRules) -> Option<Product> {
    if row.iter().find(|cell| !cell.is_empty()).is_some_and(|first| rules.columns.is_sum(first)) {
        return None;
    }
    let mut quantity = count(cell(row, layout.quantity)?, is_exact, language, rules)?;
    let unit = || layout.unit.and_then(|place| cell(row, place)).and_then(|cell| unit_of(cell, language, rules));
    quantity.unit = quantity.unit.or_else(unit).or_else(|| layout.counted_in.clone());
    let name = layout.goods.and_then(|place| cell(row, place)).filter(|name| name.chars().any(is_letter) && !rules.columns.is_sum(name));
    let sku = layout.code.and_then(|place| cell(row, place)).filter(|code| is_code(code));
    if name.is_none() && sku.is_none() {
        return None;
    }
    let name = name.map(|name| name.chars().take(NAME_CHARS_MAX).collect::<String>().trim_end().to_owned());
    Some(Product { name, sku: sku.map(str::to_owned), quantity: Some(quantity) })
}

fn cell(row: &[String], place: usize) -> Option<&str> {
    row.get(place).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
}

fn is_code(cell: &str) -> bool {
    cell.chars().count() <= CODE_CHARS_MAX && cell.chars().any(char::is_alphanumeric)
}

/// How many a cell says: a number with or without a unit, and nothing else of weight.
fn count(cell: &str, is_exact: bool, language: Language, rules: &FactRules) -> Option<Quantity> {
    if is_exact && let Ok(value) = cell.parse::<Decimal>() {
        return (value > Decimal::ZERO).then(|| Quantity { value: value.normalize(), to: None, unit: None });
    }
    let page = Page::read(cell, language, rules);
    let numbers = numbers::scan(&page);
    if let Some(wanted) = quantities::find(&page, &numbers).into_iter().next() {
        return Some(wanted.quantity);
    }
    let [number] = numbers.as_slice() else { return None };
    // A cell of words that has a number in it counts nothing.
    let letters = page.text.chars().filter(|c| is_letter(*c)).count();
    let is_count = number.shape == Shape::Plain && number.count > Decimal::ZERO && letters <= UNKNOWN_UNIT_LETTERS_MAX;
    is_count.then(|| Quantity { value: number.count.normalize(), to: number.to.map(|to| to.normalize()), unit: None })
}

/// "500 bxs": a unit nobody listed.
const UNKNOWN_UNIT_LETTERS_MAX: usize = 4;

/// The unit a cell names.
fn unit_of(cell: &str, language: Language, rules: &FactRules) -> Option<String> {
    let low = fold_word(cell);
    let is_here = |unit: &&Unit| unit.languages.is_empty() || unit.languages.contains(&language);
    let (end, unit) = rules.units.longest_that(&low, |_, units| units.iter().find(is_here))?;
    low.get(end..).is_some_and(|rest| !rest.starts_with(is_letter)).then(|| unit.name.clone())
}

/// The unit a heading names in brackets or behind a stroke: "Qty (pcs)", "数量/件", "Menge [Stk]".
fn unit_within(heading: &str, language: Language, rules: &FactRules) -> Option<String> {
    let (_, inside) = heading.split_once(['(', '（', '[', '/', ','])?;
    unit_of(inside.trim_end_matches([')', '）', ']', ' ']), language, rules)
}
