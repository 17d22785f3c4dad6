//! How much is wanted: a number with a unit of the trade, a number under a label such as "Qty", or a bare number before goods where
//! somebody plainly buys. Sizes, prices, dates, codes and what one piece weighs are no quantities.

use super::containers;
use super::lexicon::Use;
use super::lists::{Local, UnitKind};
use super::numbers::{Number, Shape, digit};
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
    let containers = containers::counted(page, number)?;
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
        && let Some(upper) = next.filter(|upper| upper.shape == Shape::Plain && joins_range(page, end, upper.start))
        && let Some((upper_end, upper_unit)) = unit_at(page, upper)
        && reading(upper, upper_unit.kind) > reading(number, upper_unit.kind)
    {
        count = reading(number, upper_unit.kind);
        to = Some(reading(upper, upper_unit.kind));
        (end, unit) = (upper_end, Some(upper_unit));
    }
    let unit = unit?;
    if is_per(page, number.start, end, unit.kind) || is_idle_word(number, unit.kind) || is_of_papers(page, end) {
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
    let (length, unit) = page.rules.units.longest(page.rest(at))?;
    let end = at + length;
    let as_written = unit.exact.as_deref().is_none_or(|exact| exact == page.written(at, end));
    let slashed = unit.kind == UnitKind::Measure && matches!(page.after(end), Some('/' | '²' | '³' | '^'));
    (as_written && !slashed).then_some((end, unit))
}

/// Whether only a range word stands between two numbers.
fn joins_range(page: &Page, end: usize, start: usize) -> bool {
    let from = page.skip_blanks(end + usize::from(page.after(end) == Some('.')));
    let between = page.folded(from, page.back_blanks(start));
    between.chars().count() <= 12 && page.rules.means(between, Local::Range)
}

/// Words such as "model" or "PO No." before a number make it a name.
fn names_rather_than_counts(page: &Page, start: usize) -> bool {
    page.rules.means(page.word_before(start), Local::NotBefore)
        || page.hits_before(start).next().is_some_and(|hit| hit.means == Use::Reference && is_close(page, hit.end, start))
}

fn is_close(page: &Page, end: usize, start: usize) -> bool {
    page.folded(end, start).chars().all(|c| !c.is_alphanumeric() && c != '\n' && c != ',')
}

/// "per 100 pcs", "20 pcs per carton", "25 kg/bag" say how, not how much.
fn is_per(page: &Page, start: usize, end: usize, kind: UnitKind) -> bool {
    if page.rules.means(page.word_before(start), Local::Per) || matches!(page.before(page.back_blanks(start)), Some('/' | '每')) {
        return true;
    }
    let mut at = page.skip_blanks(end + usize::from(page.after(end) == Some('.')));
    let per = if page.after(at) == Some('/') { Some(1) } else { page.rules.begins_with(page.rest(at), Local::Per) };
    let Some(per) = per else { return false };
    at = page.skip_blanks(at + per);
    let by_unit = page.rules.units.longest(page.rest(at)).is_some_and(|(_, unit)| unit.kind != UnitKind::Measure);
    by_unit || kind == UnitKind::Measure || (kind == UnitKind::Bulk && page.rules.means(page.folded(at, page.word_end(at)), Local::Of))
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
    page.rules.means(page.folded(at, page.word_end(at)), Local::NotGoods)
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

fn next_is(page: &Page, end: usize, local: Local) -> bool {
    let at = page.skip_blanks(end);
    page.rules.begins_with(page.rest(at), local).is_some()
}

/// Where the word behind a number ends when it can name goods: "240 king-size beds", "2x Pump".
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
    let is_month = page.hit_at(at, |means| matches!(means, Use::Month(_) | Use::Weekday(_) | Use::Incoterm { .. }).then_some(())).is_some();
    // The second word may be the one that counts no goods: "12 working days".
    let second = page.skip_blanks(word);
    let second_plain = second == word || !page.rules.means(page.folded(second, page.word_end(second)), Local::NotGoods);
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
            let line_end = page.rest(wanted.end).find('\n').map_or(page.low.len(), |length| wanted.end + length);
            (start, page.sentence_end(wanted.end).min(line_end))
        })
        .collect();
    let is_property = |wanted: &Wanted| {
        wanted.kind == Some(UnitKind::Measure) && spans.iter().any(|(start, end)| (*start..=*end).contains(&wanted.start))
    };
    found.retain(|wanted| !is_property(wanted));
}
