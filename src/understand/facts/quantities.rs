//! How much is wanted: a number with a unit of the trade, a number under a label such as "Qty", or a bare number before goods where
//! somebody plainly buys. Sizes, prices, dates, codes and what one piece weighs are no quantities.

use super::bare;
use super::containers;
use super::figures::digit;
use super::follows;
use super::lexicon::Use;
use super::lists::{Local, Unit, UnitKind};
use super::numbers::{Number, Shape};
use super::page::{Page, runs_on};
use crate::types::Quantity;
use rust_decimal::Decimal;

/// A quantity and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub start: usize,
    pub end: usize,
    pub quantity: Quantity,
    pub kind: Option<UnitKind>,
    /// It stands under "MOQ".
    pub minimum: bool,
    /// What stands beside it can be the name of the goods.
    pub names_goods: bool,
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
        let wanted = in_containers(page, number)
            .or_else(|| with_unit(page, number, next))
            .or_else(|| bare::find(page, number, numbers, &found, &mut listed_until));
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

/// A quantity in its plain form.
pub(super) fn quantity(value: Decimal, to: Option<Decimal>, unit: Option<String>) -> Quantity {
    Quantity { value: value.normalize(), to: to.map(|to| to.normalize()), unit }
}

/// Arabic says "two containers" in one word.
fn counted_words(page: &Page) -> Vec<Wanted> {
    let rows = page.hits.iter().filter_map(|hit| {
        let Use::Counted(row) = hit.means else { return None };
        let (value, unit) = page.rules.counted.get(row)?;
        let quantity = quantity(Decimal::from(*value), None, Some(unit.clone()));
        Some(Wanted { start: hit.start, end: hit.end, quantity, kind: Some(UnitKind::Bulk), minimum: false, names_goods: true })
    });
    rows.take(QUANTITIES_MAX).collect()
}

fn in_containers(page: &Page, number: &Number) -> Option<Wanted> {
    let mut containers = containers::counted(page, number)?;
    // "2x40ft containers of ..."
    let word = page.skip_blanks(containers.end);
    if let Some((end, _)) = page.unit(word).filter(|(_, unit)| unit.name == "containers") {
        containers.end = end;
    }
    let quantity = quantity(containers.count, None, Some(containers.unit));
    Some(Wanted { start: number.start, end: containers.end, quantity, kind: Some(UnitKind::Bulk), minimum: false, names_goods: true })
}

/// A number with a unit behind it, or a range whose upper number has one.
fn with_unit(page: &Page, number: &Number, next: Option<&Number>) -> Option<Wanted> {
    // What stands behind a number that has a unit is no paper: "pedido: 2 contenedores".
    if number.shape != Shape::Plain || number.value.is_zero() || is_name_before(page, number.start) {
        return None;
    }
    let (mut end, mut unit) = match unit_at(page, number) {
        Some((end, unit)) => (end, Some(unit)),
        None => (number.end, None),
    };
    let mut to = number.to;
    let mut count = unit.map_or(number.value, |unit: &Unit| reading(number, unit.kind));
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
    // "lavender in 1 kg bags".
    let is_bag = || unit.kind == UnitKind::Measure && page.unit(page.skip_blanks(end)).is_some_and(|(_, bag)| bag.kind == UnitKind::Pack);
    if is_bag()
        || is_per(page, number.start, end, count, unit.kind)
        || is_side(page, number.start, unit.kind)
        || is_idle_word(page, number, end, unit.kind)
        || is_of_papers(page, end)
    {
        return None;
    }
    let quantity = quantity(count, to, Some(unit.name.clone()));
    Some(Wanted { start: number.start, end, quantity, kind: Some(unit.kind), minimum: is_minimum(page, number.start), names_goods: true })
}

/// Things are counted in whole numbers, so `1.500 pcs` is a thousand and a half in any language; weights follow the language.
fn reading(number: &Number, kind: UnitKind) -> Decimal {
    match kind {
        UnitKind::Count | UnitKind::Pack => number.count,
        UnitKind::Measure | UnitKind::Bulk => number.value,
    }
}

/// The unit behind a number: attached, after a space, after "+", 多 or a few words in brackets.
pub(super) fn unit_at<'p>(page: &'p Page, number: &Number) -> Option<(usize, &'p Unit)> {
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
    // "350no. brackets", as British traders write.
    if at == number.end && page.word_end(at) == at + 2 && page.rest(at).starts_with("no") {
        return page.rules.units.get("nos").and_then(|units| units.first()).map(|unit| (at + 2, unit));
    }
    // "2 milhões de unidades", "300 de bucăți".
    if let Some(of) = ["de ", "di ", "d'", "d’"].into_iter().find(|of| page.rest(at).starts_with(of)) {
        at = page.skip_blanks(at + of.len());
    }
    let (end, unit) = page.unit(at)?;
    // "2277 l'adresse", "2000 t-shirts": no litre, no tonnes.
    if page.word_end(at) == at + 1 && matches!(page.after(end), Some('\'' | '’' | '-')) && page.word_end(end + 1) > end + 1 {
        return None;
    }
    // "3.000 m2/tháng" is so much a month, "300 g/m2" a property.
    let is_rate = page.after(end) == Some('/') && page.rules.begins_with(page.rest(end + 1), Local::TimeUnit).is_some();
    let slashed = unit.kind == UnitKind::Measure && matches!(page.after(end), Some('/' | '²' | '³' | '^')) && !is_rate;
    (!slashed).then_some((end, unit))
}

/// Whether only a range word stands between two numbers; "and" is one behind "between".
fn joins_range(page: &Page, lower: usize, end: usize, start: usize) -> bool {
    let from = page.skip_blanks(end + usize::from(page.after(end) == Some('.')));
    let between = page.folded(from, page.back_blanks(start));
    let is_between = || page.rules.means(page.word_before(lower), Local::Between);
    between.len() <= 24 && (page.rules.means(between, Local::Range) || (page.rules.means(between, Local::RangeAnd) && is_between()))
}

/// Words such as "model" before a number make it a name; "EN" does, "en" is a preposition.
fn is_name_before(page: &Page, start: usize) -> bool {
    let word = page.word_before(start);
    let is_preposition = || {
        let end = page.back_blanks(start);
        word == "en" && page.written(end.saturating_sub(word.len()), end) == "en"
    };
    page.rules.means(word, Local::NotBefore) && !is_preposition()
}

/// The same, and words such as "PO No.".
pub(super) fn names_rather_than_counts(page: &Page, start: usize) -> bool {
    is_name_before(page, start)
        || page.hits_before(start).next().is_some_and(|hit| hit.means == Use::Reference && is_close(page, hit.end, start))
}

fn is_close(page: &Page, end: usize, start: usize) -> bool {
    page.folded(end, start).chars().all(|c| !c.is_alphanumeric() && c != '\n' && c != ',')
}

/// "per 100 pcs", "20 pcs per carton", "25 kg each" say how, not how much.
fn is_per(page: &Page, start: usize, end: usize, count: Decimal, kind: UnitKind) -> bool {
    let is_basis = [1, 10, 100, 1000].into_iter().any(|basis| count == Decimal::from(basis));
    if is_basis
        && (page.rules.means(page.word_before(start), Local::PerBefore) || matches!(page.before(page.back_blanks(start)), Some('/' | '每')))
    {
        return true;
    }
    let at = page.skip_blanks(end + usize::from(page.after(end) == Some('.')));
    let per = if page.after(at) == Some('/') { Some(1) } else { page.rules.begins_with(page.rest(at), Local::Per) };
    // "25 kg each" is what one has, "10,000 pcs each" is wanted.
    let Some(per) = per else {
        let suits = kind == UnitKind::Measure || page.after(at).is_some_and(runs_on);
        return suits && page.rules.begins_with(page.rest(at), Local::Each).is_some();
    };
    // "6 pcs per inner box".
    let thing = page.skip_blanks(at + per);
    let next = page.skip_blanks(page.word_end(thing));
    [thing, next].into_iter().any(|at| page.unit(at).is_some_and(|(_, unit)| unit.kind != UnitKind::Measure))
}

/// "2 by 3 metres" is the size of one thing.
fn is_side(page: &Page, start: usize, kind: UnitKind) -> bool {
    let word = page.word_before(start);
    let times = matches!(word, "by" | "bij" | "mal" | "auf" | "sur" | "por" | "par" | "per" | "на");
    let beyond = page.back_blanks(page.back_blanks(start) - word.len());
    kind == UnitKind::Measure && times && page.before(beyond).is_some_and(|c| digit(c).is_some())
}

/// "one piece", 一个, "two items": the article rather than a count, unless whole containers or tonnes are meant, or goods follow.
fn is_idle_word(page: &Page, number: &Number, end: usize, kind: UnitKind) -> bool {
    let is_vague = || kind == UnitKind::Count && number.value <= Decimal::from(3) && !follows::counts_goods(page, end);
    number.spelled && ((number.value <= Decimal::ONE && kind != UnitKind::Bulk) || is_vague())
}

/// "3 sets of documents": papers, no goods.
fn is_of_papers(page: &Page, end: usize) -> bool {
    let mut at = page.skip_blanks(end);
    if let Some(of) = page.rules.begins_with(page.rest(at), Local::Of) {
        at = page.skip_blanks(at + of);
    }
    page.rules.begins_with(page.rest(at), Local::Papers).is_some()
}

pub(super) fn is_minimum(page: &Page, start: usize) -> bool {
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
    let spans_of_counts: Vec<(usize, usize)> = found
        .iter()
        .filter(|wanted| matches!(wanted.kind, None | Some(UnitKind::Count)))
        .map(|wanted| (wanted.end, page.sentence_end(wanted.end)))
        .collect();
    // 1 500 m beside 2 pumps are wanted themselves, but "500 bags of 1000 kg" are not.
    let is_large =
        |wanted: &Wanted| wanted.quantity.value >= Decimal::from(500) && !page.rules.means(page.word_before(wanted.start), Local::Of);
    let is_beside = |wanted: &Wanted| spans.iter().any(|(start, end)| (*start..=*end).contains(&wanted.start));
    let measures =
        |wanted: &Wanted| wanted.kind == Some(UnitKind::Measure) && is_beside(wanted) && !is_large(wanted) && !is_own_item(page, wanted);
    // "3 forklifts of 2.5 t", "5 presses 200 t".
    let carries = |wanted: &Wanted| {
        let counted = spans_of_counts.iter().filter(|(end, _)| *end <= wanted.start).max_by_key(|(end, _)| *end);
        wanted.quantity.unit.as_deref() == Some("t")
            && counted.is_some_and(|(end, sentence)| {
                wanted.start <= *sentence && !page.folded(*end, wanted.start).contains([',', '\n', ':', '،', '、', '，', '+', '='])
            })
            && !page.rules.means(page.word_before(wanted.start), Local::RangeAnd)
    };
    let is_property = |wanted: &Wanted| measures(wanted) || carries(wanted);
    found.retain(|wanted| !is_property(wanted));
}

/// "100 filters, 20 m hose": behind a comma or "and", with goods of its own.
fn is_own_item(page: &Page, wanted: &Wanted) -> bool {
    let before = page.word_before(wanted.start);
    let is_next =
        matches!(page.before(page.back_blanks(wanted.start)), Some(',' | ';' | '+' | '&')) || page.rules.means(before, Local::RangeAnd);
    is_next && follows::goods_behind(page, wanted.end).is_some()
}
