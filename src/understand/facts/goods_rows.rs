//! Goods named before how many: "1. LED panel 60x60 cm, 40W - 2,000 pcs" in a list, and "Qty: 5,000" on the line below the goods.

use super::figures::digit;
use super::lexicon::Use;
use super::page::Page;
use super::quantities::Wanted;

/// A row of goods as far as the quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub start: usize,
    pub end: usize,
    /// A list mark or a label says so; else only the rows around it do.
    pub is_sure: bool,
}

/// The words before a quantity when they can only be goods; `None` in running text.
pub(super) fn before(page: &Page, index: usize, wanted: &[Wanted]) -> Option<Row> {
    let this = wanted.get(index)?;
    let line = page.line_start(this.start);
    let (line, end) = label_alone(page, line, this.start).unwrap_or((line, this.start));
    let is_second = |earlier: &&Wanted| (line..end).contains(&earlier.start);
    if index.checked_sub(1).and_then(|earlier| wanted.get(earlier)).as_ref().is_some_and(is_second) {
        return None;
    }
    let (start, is_marked) = behind_mark(page, line);
    let is_sure = is_marked || end < this.start;
    let asks = page
        .hits_from(start)
        .take_while(|hit| hit.start < end)
        .any(|hit| matches!(hit.means, Use::Buying | Use::Asking | Use::Minimum | Use::Payment | Use::Target | Use::Reference));
    (start < end && !asks && (is_sure || has_neighbour(page, index, wanted))).then_some(Row { start, end, is_sure })
}

/// The line above, when nothing but "Qty:" stands between the line's beginning and the figure.
fn label_alone(page: &Page, line: usize, figure: usize) -> Option<(usize, usize)> {
    let (start, _) = behind_mark(page, line);
    let (label, ()) = page.hit_at(start, |means| (means == Use::QuantityLabel).then_some(()))?;
    let between = page.folded(label, figure);
    let is_alone = between.chars().all(|c| c.is_whitespace() || matches!(c, ':' | '：' | '=' | '.' | '-' | '*'));
    let above = line.checked_sub(1)?;
    (label <= figure && is_alone).then_some((page.line_start(above), above))
}

/// Where a line's words begin behind its list mark, and whether it has one.
fn behind_mark(page: &Page, line: usize) -> (usize, bool) {
    let start = page.skip_blanks(line);
    let figures = page.rest(start).chars().take_while(|c| digit(*c).is_some()).count();
    let mut marks = page.rest(start).chars().skip(figures);
    let Some(mark) = marks.next() else { return (start, false) };
    let is_mark = match figures {
        0 => matches!(mark, '-' | '*' | '•' | '·' | '–' | '—' | '►' | '▪' | '●' | '○' | '+' | '・' | '|' | '>'),
        1 | 2 => matches!(mark, '.' | ')' | '、' | '．' | '）' | '-' | ':') && marks.next().is_none_or(|c| digit(c).is_none()),
        _ => false,
    };
    if !is_mark {
        return (start, false);
    }
    let length: usize = page.rest(start).chars().take(figures + 1).map(char::len_utf8).sum();
    (page.skip_blanks(start + length), true)
}

/// Whether the line above or below counts something, too, as in a list without marks.
fn has_neighbour(page: &Page, index: usize, wanted: &[Wanted]) -> bool {
    let Some(this) = wanted.get(index) else { return false };
    let line = page.line_start(this.start);
    let above = index.checked_sub(1).and_then(|earlier| wanted.get(earlier));
    let below = wanted.get(index + 1);
    above.is_some_and(|above| page.line_end(above.start) + 1 == line)
        || below.is_some_and(|below| page.line_end(this.start) + 1 == page.line_start(below.start))
}
