//! Bare numbers that their surroundings name: a label such as "Qty", a price behind, a code before, the column of a table.

use super::bare;
use super::follows;
use super::lexicon::Use;
use super::lists::{Local, UnitKind};
use super::numbers::Number;
use super::page::{Page, is_letter};

/// "Qty: 500", "数量 500", "Menge (Stk): 500": the unit in brackets if there is one.
pub(super) fn labelled(page: &Page, number: &Number) -> Option<Option<(String, UnitKind)>> {
    let label = page.hits_before(number.start).take(3).find(|hit| hit.means == Use::QuantityLabel)?;
    let mut between = page.folded(label.end, number.start).trim_start_matches(['.', ' ', '\t']);
    if between.len() > 24 {
        return None;
    }
    let mut unit = None;
    if let Some((inside, rest)) = between.strip_prefix(['(', '（', '[']).and_then(|open| open.split_once([')', '）', ']'])) {
        let at = number.start - between.len() + between.chars().next().map_or(0, char::len_utf8);
        unit = page
            .unit(page.skip_blanks(at))
            .filter(|(end, _)| *end <= at + inside.len() + 2)
            .map(|(_, unit)| (unit.name.clone(), unit.kind));
        between = rest;
    }
    let marks = |c: char| c.is_whitespace() && c != '\n' || matches!(c, ':' | '：' | '=' | '-' | '–' | '|' | '~' | '≈' | '*');
    let rest = between.trim_matches(marks);
    let is_about = rest.is_empty()
        || (rest.len() <= 12 && page.rules.means(rest, Local::Of))
        || matches!(rest, "为" | "是" | "約" | "约" | "は" | "is");
    let stops = follows::goods_behind(page, number.end).is_none() && next_is(page, number.end, Local::NotGoods);
    // "invoice number 2211": the label belongs to the paper before it.
    let is_papers = bare::is_paper_before(page, label.start);
    (is_about && !stops && !is_papers).then_some(unit)
}

/// "3,000 @ $2.15".
pub(super) fn is_at_a_price(page: &Page, end: usize) -> bool {
    let at = page.skip_blanks(end);
    page.after(at) == Some('@') && page.after(page.skip_blanks(at + 1)).is_some_and(|c| !is_letter(c))
}

/// "AX-200 x 50": a code, a times sign apart, and nothing behind the number.
pub(super) fn is_times_code(page: &Page, number: &Number) -> bool {
    let sign = page.back_blanks(number.start);
    let Some(mark) = page.before(sign).filter(|c| matches!(c, 'x' | '×' | 'х' | '*')) else { return false };
    let code = page.back_blanks(sign - mark.len_utf8());
    let is_apart = code < sign - mark.len_utf8();
    let run = page.written(code.saturating_sub(12), code).rsplit(|c: char| c.is_whitespace()).next().unwrap_or("");
    let is_code = run.chars().any(|c| c.is_ascii_uppercase()) && run.chars().any(|c| c.is_ascii_digit());
    is_apart && is_code && page.after(number.end).is_none_or(|c| matches!(c, ',' | ';' | '.' | '\n' | '\r' | ')'))
}

/// The last cell of a row below a heading such as "Qty".
pub(super) fn is_in_column(page: &Page, number: &Number) -> bool {
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
