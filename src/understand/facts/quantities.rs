//! How much is wanted: a number with a unit of the trade, a number under a label such as "Qty", or a bare number before goods where
//! somebody plainly buys. Sizes, prices, dates, codes and what one piece weighs are no quantities.

use super::containers;
use super::figures::digit;
use super::lexicon::Use;
use super::lists::{Local, UnitKind};
use super::numbers::{Number, Shape};
use super::page::{Page, is_letter, runs_on};
use crate::types::Quantity;
use rust_decimal::Decimal;

/// A quantity and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub start: usize,
    pub end: usize,
    pub quantity: Quantity,
    kind: Option<UnitKind>,
    /// It stands under "MOQ".
    minimum: bool,
}

/// More are a price list rather than a wish.
const QUANTITIES_MAX: usize = 60;

/// Finds the quantities of a page in order.
pub(super) fn find(page: &Page, numbers: &[Number]) -> Vec<Wanted> {
    let mut found: Vec<Wanted> = counted_words(page);
    let mut behind = 0;
    let mut listed_until = 0;
    for (index, number) in numbers.iter().enumerate() {
        if number.start < behind || found.len() >= QUANTITIES_MAX {
            continue;
        }
        let next = numbers.get(index + 1);
        let wanted =
            in_containers(page, number).or_else(|| with_unit(page, number, next)).or_else(|| bare(page, number, &mut listed_until));
        if let Some(wanted) = wanted {
            behind = wanted.end;
            found.push(wanted);
        }
    }
    found.sort_by_key(|wanted| wanted.start);
    drop_properties(page, &mut found);
    found
}

/// The quantities themselves, each once.
pub(super) fn listed(wanted: Vec<Wanted>) -> Vec<Quantity> {
    let mut quantities: Vec<Quantity> = Vec::new();
    for Wanted { quantity, .. } in wanted {
        let same = |known: &Quantity| {
            known.value == quantity.value && known.to == quantity.to && (known.unit == quantity.unit || quantity.unit.is_none())
        };
        if !quantities.iter().any(same) {
            quantities.push(quantity);
        }
    }
    quantities
}

fn quantity(value: Decimal, to: Option<Decimal>, unit: Option<String>) -> Quantity {
    Quantity { value: value.normalize(), to: to.map(|to| to.normalize()), unit }
}

/// Arabic says "two containers" in one word.
fn counted_words(page: &Page) -> Vec<Wanted> {
    let rows = page.hits.iter().filter_map(|hit| {
        let Use::Counted(row) = hit.means else { return None };
        let (value, unit) = page.rules.counted.get(row)?;
        let quantity = quantity(Decimal::from(*value), None, Some(unit.clone()));
        Some(Wanted { start: hit.start, end: hit.end, quantity, kind: Some(UnitKind::Bulk), minimum: false })
    });
    rows.take(QUANTITIES_MAX).collect()
}

fn in_containers(page: &Page, number: &Number) -> Option<Wanted> {
    let mut containers = containers::counted(page, number)?;
    // "2x40ft containers of ..."
    let word = page.skip_blanks(containers.end);
    if let Some((length, _)) = page.rules.units.longest(page.rest(word)).filter(|(_, unit)| unit.name == "containers") {
        containers.end = word + length;
    }
    let quantity = quantity(containers.count, None, Some(containers.unit));
    Some(Wanted { start: number.start, end: containers.end, quantity, kind: Some(UnitKind::Bulk), minimum: false })
}

/// A number with a unit behind it, or a range whose upper number has one.
fn with_unit(page: &Page, number: &Number, next: Option<&Number>) -> Option<Wanted> {
    if number.shape != Shape::Plain || number.value.is_zero() || names_rather_than_counts(page, number.start) {
        return None;
    }
    let (mut end, mut unit) = match unit_at(page, number) {
        Some((end, unit)) => (end, Some(unit)),
        None => (number.end, None),
    };
    let mut to = number.to;
    let mut count = unit.map_or(number.value, |unit: &super::lists::Unit| reading(number, unit.kind));
    if to.is_none()
        && let Some(upper) = next.filter(|upper| upper.shape == Shape::Plain && joins_range(page, number.start, end, upper.start))
        && let Some((upper_end, upper_unit)) = unit_at(page, upper)
        && unit.is_none_or(|unit| unit.name == upper_unit.name)
        && reading(upper, upper_unit.kind) > reading(number, upper_unit.kind)
    {
        count = reading(number, upper_unit.kind);
        to = Some(reading(upper, upper_unit.kind));
        (end, unit) = (upper_end, Some(upper_unit));
    }
    let unit = unit?;
    if is_per(page, number.start, end, count)
        || is_side(page, number.start, unit.kind)
        || is_idle_word(number, unit.kind)
        || is_of_papers(page, end)
    {
        return None;
    }
    let quantity = quantity(count, to, Some(unit.name.clone()));
    Some(Wanted { start: number.start, end, quantity, kind: Some(unit.kind), minimum: is_minimum(page, number.start) })
}

/// Things are counted in whole numbers, so `1.500 pcs` is a thousand and a half in any language; weights follow the language.
fn reading(number: &Number, kind: UnitKind) -> Decimal {
    match kind {
        UnitKind::Count | UnitKind::Pack => number.count,
        UnitKind::Measure | UnitKind::Bulk => number.value,
    }
}

/// The unit behind a number: attached, after a space, after "+", 多 or a few words in brackets.
fn unit_at<'p>(page: &'p Page, number: &Number) -> Option<(usize, &'p super::lists::Unit)> {
    let mut at = page.skip_blanks(number.end);
    if let Some(mark) = page.after(at).filter(|c| matches!(c, '+' | '多' | '余' | '餘' | '来' | '(' | '（')) {
        let behind = at + mark.len_utf8();
        at = match mark {
            '(' | '（' => {
                behind + page.rest(behind).char_indices().take(40).take_while(|(_, c)| *c != '\n').find(|(_, c)| matches!(c, ')' | '）'))?.0
            }
            _ => behind,
        };
        if matches!(page.after(at), Some(')' | '）')) {
            at += page.after(at).map_or(0, char::len_utf8);
        }
        at = page.skip_blanks(at);
    }
    // "2 milhões de unidades", "300 de bucăți".
    if let Some(of) = ["de ", "di ", "d'", "d’"].into_iter().find(|of| page.rest(at).starts_with(of)) {
        at = page.skip_blanks(at + of.len());
    }
    let (length, unit) = page.rules.units.longest(page.rest(at))?;
    let end = at + length;
    let as_written = unit.exact.as_deref().is_none_or(|exact| exact == page.written(at, end));
    let slashed = unit.kind == UnitKind::Measure && matches!(page.after(end), Some('/' | '²' | '³' | '^'));
    (as_written && !slashed).then_some((end, unit))
}

/// Whether only a range word stands between two numbers; "and" is one behind "between".
fn joins_range(page: &Page, lower: usize, end: usize, start: usize) -> bool {
    let from = page.skip_blanks(end + usize::from(page.after(end) == Some('.')));
    let between = page.folded(from, page.back_blanks(start));
    let is_between = || page.rules.means(page.word_before(lower), Local::Between);
    between.len() <= 24 && (page.rules.means(between, Local::Range) || (page.rules.means(between, Local::RangeAnd) && is_between()))
}

/// Words such as "model" or "PO No." before a number make it a name.
fn names_rather_than_counts(page: &Page, start: usize) -> bool {
    page.rules.means(page.word_before(start), Local::NotBefore)
        || page.hits_before(start).next().is_some_and(|hit| hit.means == Use::Reference && is_close(page, hit.end, start))
}

fn is_close(page: &Page, end: usize, start: usize) -> bool {
    page.folded(end, start).chars().all(|c| !c.is_alphanumeric() && c != '\n' && c != ',')
}

/// "per 100 pcs", "20 pcs per carton", "25 kg each" say how, not how much.
fn is_per(page: &Page, start: usize, end: usize, count: Decimal) -> bool {
    let is_basis = [1, 10, 100, 1000].into_iter().any(|basis| count == Decimal::from(basis));
    if is_basis
        && (page.rules.means(page.word_before(start), Local::PerBefore) || matches!(page.before(page.back_blanks(start)), Some('/' | '每')))
    {
        return true;
    }
    let at = page.skip_blanks(end + usize::from(page.after(end) == Some('.')));
    let per = if page.after(at) == Some('/') { Some(1) } else { page.rules.begins_with(page.rest(at), Local::Per) };
    let Some(per) = per else { return page.rules.begins_with(page.rest(at), Local::Each).is_some() };
    let behind = page.skip_blanks(at + per);
    page.rules.units.longest(page.rest(behind)).is_some_and(|(_, unit)| unit.kind != UnitKind::Measure)
}

/// "2 by 3 metres" is the size of one thing.
fn is_side(page: &Page, start: usize, kind: UnitKind) -> bool {
    let word = page.word_before(start);
    let times = matches!(word, "by" | "bij" | "mal" | "auf" | "sur" | "por" | "par" | "per" | "на");
    let beyond = page.back_blanks(page.back_blanks(start) - word.len());
    kind == UnitKind::Measure && times && page.before(beyond).is_some_and(|c| digit(c).is_some())
}

/// "one piece", 一个: the article rather than a count, unless whole containers or tonnes are meant.
fn is_idle_word(number: &Number, kind: UnitKind) -> bool {
    number.spelled
        && ((kind == UnitKind::Count && number.value <= Decimal::from(3)) || (number.value <= Decimal::ONE && kind != UnitKind::Bulk))
}

/// "3 sets of documents": papers, no goods.
fn is_of_papers(page: &Page, end: usize) -> bool {
    let mut at = page.skip_blanks(end);
    if let Some(of) = page.rules.begins_with(page.rest(at), Local::Of) {
        at = page.skip_blanks(at + of);
    }
    page.rules.begins_with(page.rest(at), Local::Papers).is_some()
}

/// A bare number: behind a label, or before goods where somebody buys.
fn bare(page: &Page, number: &Number, listed_until: &mut usize) -> Option<Wanted> {
    let counts =
        number.shape == Shape::Plain && !number.spelled && number.count.fract().is_zero() && number.count < Decimal::from(10_000_000);
    if !counts || number.count.is_zero() || names_rather_than_counts(page, number.start) {
        return None;
    }
    let wanted = |end: usize, unit: Option<(String, UnitKind)>| Wanted {
        start: number.start,
        end,
        kind: unit.as_ref().map(|(_, kind)| *kind),
        quantity: quantity(number.count, number.to, unit.map(|(name, _)| name)),
        minimum: is_minimum(page, number.start),
    };
    if let Some(unit) = labelled(page, number) {
        return Some(wanted(number.end, unit));
    }
    if is_at_a_price(page, number.end) || is_times_code(page, number) || is_in_column(page, number) {
        return Some(wanted(number.end, None));
    }
    // With a unit it was weighed above and found to tell something else.
    if unit_at(page, number).is_some() {
        return None;
    }
    let goods = goods_behind(page, number.end)?;
    let in_list = is_listed(page, number.start, *listed_until);
    if in_list {
        *listed_until = number.end;
    }
    let buys = || {
        let from = page.sentence_start(number.start);
        page.hits_before(number.start).take_while(|hit| hit.start >= from).any(|hit| hit.means == Use::Buying)
    };
    (!is_year(number) && (in_list && page.hits.iter().any(|hit| hit.means == Use::Buying) || buys())).then(|| wanted(goods, None))
}

/// "Qty: 500", "数量 500", "Menge (Stk): 500": the unit in brackets if there is one.
fn labelled(page: &Page, number: &Number) -> Option<Option<(String, UnitKind)>> {
    let label = page.hits_before(number.start).take(3).find(|hit| hit.means == Use::QuantityLabel)?;
    let mut between = page.folded(label.end, number.start).trim_start_matches(['.', ' ', '\t']);
    if between.len() > 24 {
        return None;
    }
    let mut unit = None;
    if let Some((inside, rest)) = between.strip_prefix(['(', '（', '[']).and_then(|open| open.split_once([')', '）', ']'])) {
        unit = page.rules.units.longest(inside.trim()).map(|(_, unit)| (unit.name.clone(), unit.kind));
        between = rest;
    }
    let marks = |c: char| c.is_whitespace() && c != '\n' || matches!(c, ':' | '：' | '=' | '-' | '–' | '|' | '~' | '≈' | '*');
    let rest = between.trim_matches(marks);
    let is_about = rest.is_empty()
        || (rest.len() <= 12 && page.rules.means(rest, Local::Of))
        || matches!(rest, "为" | "是" | "約" | "约" | "は" | "is");
    let stops = goods_behind(page, number.end).is_none() && next_is(page, number.end, Local::NotGoods);
    (is_about && !stops).then_some(unit)
}

/// "3,000 @ $2.15".
fn is_at_a_price(page: &Page, end: usize) -> bool {
    let at = page.skip_blanks(end);
    page.after(at) == Some('@') && page.after(page.skip_blanks(at + 1)).is_some_and(|c| !is_letter(c))
}

/// "AX-200 x 50": a code, a times sign apart, and nothing behind the number.
fn is_times_code(page: &Page, number: &Number) -> bool {
    let sign = page.back_blanks(number.start);
    let Some(mark) = page.before(sign).filter(|c| matches!(c, 'x' | '×' | 'х' | '*')) else { return false };
    let code = page.back_blanks(sign - mark.len_utf8());
    let is_apart = code < sign - mark.len_utf8();
    let run = page.written(code.saturating_sub(12), code).rsplit(|c: char| c.is_whitespace()).next().unwrap_or("");
    let is_code = run.chars().any(|c| c.is_ascii_uppercase()) && run.chars().any(|c| c.is_ascii_digit());
    is_apart && is_code && page.after(number.end).is_none_or(|c| matches!(c, ',' | ';' | '.' | '\n' | '\r' | ')'))
}

/// The last cell of a row below a heading such as "Qty".
fn is_in_column(page: &Page, number: &Number) -> bool {
    let is_cell = |front: &str| front.trim_end_matches(' ').ends_with(['|', '\t']) || front.ends_with("  ");
    let line = page.line_start(number.start);
    let front = page.folded(line, number.start);
    if !ends_row(page, number.end) || !is_cell(front) || front.trim().is_empty() {
        return false;
    }
    let mut labels =
        page.hits_before(line).take_while(|hit| line - hit.end < COLUMN_BYTES_MAX).filter(|hit| hit.means == Use::QuantityLabel);
    labels.next().is_some_and(|label| ends_row(page, label.end) && is_cell(page.folded(page.line_start(label.start), label.start)))
}

/// Whether nothing but the border of a table follows in the line.
fn ends_row(page: &Page, at: usize) -> bool {
    let border = |c: &char| matches!(c, ' ' | '\t' | '|' | '\r');
    page.rest(at).chars().take(80).find(|c| !border(c)).is_none_or(|c| c == '\n')
}

/// How far a table reaches below its heading.
const COLUMN_BYTES_MAX: usize = 4000;

fn next_is(page: &Page, end: usize, local: Local) -> bool {
    let at = page.skip_blanks(end);
    page.rules.begins_with(page.rest(at), local).is_some()
}

/// Where the word behind a number ends when it can name goods: "260 folding beds", "2x Pump".
fn goods_behind(page: &Page, end: usize) -> Option<usize> {
    let mut at = page.skip_blanks(end);
    if let Some(times) = page.after(at).filter(|c| matches!(c, 'x' | '×' | 'х')) {
        let behind = at + times.len_utf8();
        let next = page.skip_blanks(behind);
        if next > behind && page.after(next).is_some_and(is_letter) {
            at = next;
        }
    }
    if at == end {
        return None;
    }
    let first = page.after(at)?;
    if !is_letter(first) || runs_on(first) {
        return None;
    }
    let word = page.word_end(at);
    let is_plain =
        !page.rules.means(page.folded(at, word), Local::NotGoods) && page.rules.begins_with(page.rest(at), Local::NotGoods).is_none();
    let is_function =
        [Local::Of, Local::Stop, Local::Range, Local::Per].into_iter().any(|local| page.rules.means(page.folded(at, word), local));
    let is_long = page.folded(at, word).chars().nth(2).is_some() || page.after(word) == Some('-');
    let is_month = page
        .hit_at(at, |means| matches!(means, Use::Month(_) | Use::Weekday(_) | Use::Incoterm { .. } | Use::Place(_)).then_some(()))
        .is_some();
    // The second word may be the one that counts no goods: "12 working days".
    let second = page.skip_blanks(word);
    let second = page.folded(second, page.word_end(second));
    let second_plain = !page.rules.means(second, Local::NotGoods) || page.rules.means(second, Local::Stop);
    (is_plain && !is_function && is_long && !is_month && second_plain).then_some(end)
}

/// Whether a number opens an item of a list: behind a bullet, or on a line of its own below a colon or another item.
fn is_listed(page: &Page, start: usize, listed_until: usize) -> bool {
    let line = page.line_start(start);
    let front = page.folded(line, start).trim();
    if !front.is_empty() {
        let bullet = front.trim_end_matches(['.', ')']);
        return matches!(front, "-" | "*" | "•" | "·" | "–" | "—" | "►" | "▪" | "●" | "+")
            || (bullet.len() < front.len() && bullet.len() <= 2 && bullet.chars().all(|c| digit(c).is_some()));
    }
    let above = page.front(line).trim_end();
    above.ends_with([':', '：']) || (listed_until > 0 && page.line_start(above.len()) <= listed_until && listed_until <= above.len())
}

/// A year of our days before a word is a year: "2026 catalogue".
fn is_year(number: &Number) -> bool {
    let year = Decimal::from(2015)..=Decimal::from(2040);
    year.contains(&number.value) && number.to.is_none()
}

fn is_minimum(page: &Page, start: usize) -> bool {
    page.hits_before(start).next().is_some_and(|hit| hit.means == Use::Minimum && start - hit.end <= 12)
}

/// Where pieces, packs or containers are counted in the same sentence, kilograms and metres beside them tell what one is like; and
/// a seller's minimum is no wish when a wish is there.
fn drop_properties(page: &Page, found: &mut Vec<Wanted>) {
    if found.iter().any(|wanted| !wanted.minimum) {
        found.retain(|wanted| !wanted.minimum);
    }
    let spans: Vec<(usize, usize)> = found
        .iter()
        .filter(|wanted| wanted.kind.is_none_or(|kind| kind != UnitKind::Measure))
        .map(|wanted| {
            let start = page.sentence_start(wanted.start).max(page.line_start(wanted.start));
            (start, page.sentence_end(wanted.end).min(page.line_end(wanted.end)))
        })
        .collect();
    // 1 500 m beside 2 pumps are wanted themselves, but "500 bags of 1000 kg" are not.
    let is_large =
        |wanted: &Wanted| wanted.quantity.value >= Decimal::from(500) && !page.rules.means(page.word_before(wanted.start), Local::Of);
    let is_beside = |wanted: &Wanted| spans.iter().any(|(start, end)| (*start..=*end).contains(&wanted.start));
    let is_property =
        |wanted: &Wanted| wanted.kind == Some(UnitKind::Measure) && is_beside(wanted) && !is_large(wanted) && !is_own_item(page, wanted);
    found.retain(|wanted| !is_property(wanted));
}

/// "100 filters, 20 m hose": behind a comma or "and", with goods of its own.
fn is_own_item(page: &Page, wanted: &Wanted) -> bool {
    let before = page.word_before(wanted.start);
    let is_next =
        matches!(page.before(page.back_blanks(wanted.start)), Some(',' | ';' | '+' | '&')) || page.rules.means(before, Local::RangeAnd);
    is_next && goods_behind(page, wanted.end).is_some()
}
