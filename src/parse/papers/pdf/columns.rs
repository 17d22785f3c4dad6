//! Tables of a page: lines of several cells, one below the other, whose cells stand in columns.

use super::lines::{Cell, Line};
use crate::parse::papers::table::Gathered;

/// So many lines of one cell may stand within a table: a name that runs over two lines.
const WRAPPED_LINES_MAX: usize = 2;
/// Lines of one table on one page.
const TABLE_LINES_MAX: usize = 400;

/// Gives the lines of a page to the paper: as text, and those that are a table also as one.
pub(super) fn give(lines: Vec<Line>, gathered: &mut Gathered) {
    let mut waiting = lines.into_iter().peekable();
    while let Some(line) = waiting.next() {
        if line.begins_paragraph && !gathered.text.is_empty() {
            gathered.line("");
        }
        if line.cells.len() < 2 {
            say(&line, gathered);
            continue;
        }
        let mut block = vec![line];
        let mut single = 0;
        while let Some(next) = waiting.next_if(|next| block.len() < TABLE_LINES_MAX && goes_on(&block, next, single)) {
            single = if next.cells.len() < 2 { single + 1 } else { 0 };
            block.push(next);
        }
        // What trails behind the last row is no part of the table.
        let tail = block.split_off(block.len() - single);
        table(block, gathered);
        for line in tail {
            if line.begins_paragraph {
                gathered.line("");
            }
            say(&line, gathered);
        }
    }
    if !gathered.text.is_empty() {
        gathered.line("");
    }
}

/// Behind a gap another table may begin: it has another number of columns.
fn goes_on(block: &[Line], next: &Line, single: usize) -> bool {
    let width = block.iter().rev().map(|line| line.cells.len()).find(|count| *count > 1).unwrap_or_default();
    match next.cells.len() {
        1 => single < WRAPPED_LINES_MAX && !next.begins_paragraph,
        count => !next.begins_paragraph || count.abs_diff(width) <= 1,
    }
}

fn say(line: &Line, gathered: &mut Gathered) {
    let words: Vec<&str> = line.cells.iter().map(|cell| cell.words.as_str()).collect();
    gathered.line(&words.join("\t"));
}

/// A block of lines as rows of cells, each cell in its column.
fn table(lines: Vec<Line>, gathered: &mut Gathered) {
    let columns = merge_headings(&lines, columns(&lines));
    gathered.begin_table(false);
    let mut open: Option<Vec<String>> = None;
    for line in lines {
        say(&line, gathered);
        let is_wrapped = line.cells.len() < 2;
        if !is_wrapped && let Some(row) = open.take() {
            gathered.table_row(row);
        }
        let row = open.get_or_insert_with(|| vec![String::new(); columns.len()]);
        for cell in line.cells {
            if let Some(slot) = column_of(&cell, &columns).and_then(|number| row.get_mut(number)) {
                if !slot.is_empty() {
                    slot.push(' ');
                }
                slot.push_str(&cell.words);
            }
        }
    }
    if let Some(row) = open {
        gathered.table_row(row);
    }
    // The next table is another one.
    gathered.begin_table(false);
}

type Span = (f64, f64);

/// Columns are where cells of any line stand above one another. A line with fewer cells than most (a title over the table) would join
/// columns, so it does not vote.
fn columns(lines: &[Line]) -> Vec<Span> {
    let mut counts: Vec<usize> = lines.iter().map(|line| line.cells.len()).filter(|count| *count > 1).collect();
    counts.sort_unstable();
    let usual = counts.get(counts.len() / 2).copied().unwrap_or(2);
    let voting = lines.iter().filter(|line| line.cells.len() >= usual);
    let mut spans: Vec<Span> = voting.flat_map(|line| line.cells.iter().map(|cell| (cell.left, cell.right))).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut columns: Vec<Span> = Vec::new();
    for (left, right) in spans {
        match columns.last_mut().filter(|known| left < known.1) {
            Some(known) => known.1 = known.1.max(right),
            None => columns.push((left, right)),
        }
    }
    columns
}

/// A heading that stands beside its figures rather than above them, because one is set left and the other right: its column is
/// filled in the first line only, its neighbour everywhere else.
fn merge_headings(lines: &[Line], columns: Vec<Span>) -> Vec<Span> {
    let is_filled = |number: usize, line: &Line| line.cells.iter().any(|cell| column_of(cell, &columns) == Some(number));
    let rows = lines.get(1..).unwrap_or_default();
    let only_heading =
        |number: usize| lines.first().is_some_and(|line| is_filled(number, line)) && !rows.iter().any(|line| is_filled(number, line));
    let only_rows =
        |number: usize| lines.first().is_some_and(|line| !is_filled(number, line)) && rows.iter().any(|line| is_filled(number, line));
    let mut merged: Vec<Span> = Vec::new();
    let mut joins_last = false;
    for (number, span) in columns.iter().enumerate() {
        let next = number + 1;
        let joins_next = next < columns.len() && (only_heading(number) && only_rows(next) || only_rows(number) && only_heading(next));
        match merged.last_mut().filter(|_| joins_last) {
            Some(known) => known.1 = span.1,
            None => merged.push(*span),
        }
        joins_last = joins_next && !joins_last;
    }
    merged
}

/// The column a cell shares the most with, else the nearest.
fn column_of(cell: &Cell, columns: &[Span]) -> Option<usize> {
    let shared = |span: &Span| cell.right.min(span.1) - cell.left.max(span.0);
    let best = columns.iter().enumerate().max_by(|(_, a), (_, b)| shared(a).total_cmp(&shared(b)));
    best.map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(baseline: f64, cells: &[(&str, f64, f64)]) -> Line {
        let cell = |(words, left, right): &(&str, f64, f64)| Cell { words: (*words).to_owned(), left: *left, right: *right };
        Line { cells: cells.iter().map(cell).collect(), baseline, size: 10.0, begins_paragraph: false }
    }

    #[test]
    fn figures_set_right_stand_below_a_heading_set_left() {
        let mut gathered = Gathered::default();
        let lines = vec![
            line(10.0, &[("Description", 50.0, 110.0), ("Qty", 200.0, 215.0), ("Price", 300.0, 325.0)]),
            line(22.0, &[("LED panel", 50.0, 95.0), ("1,000", 225.0, 250.0), ("2.40", 340.0, 360.0)]),
            line(34.0, &[("60x60", 50.0, 80.0)]),
            line(46.0, &[("Driver", 50.0, 80.0), ("300", 235.0, 250.0), ("1.10", 340.0, 360.0)]),
        ];
        give(lines, &mut gathered);
        let tables = gathered.into_tables();
        assert_eq!(tables[0].rows, [["Description", "Qty", "Price"], ["LED panel 60x60", "1,000", "2.40"], ["Driver", "300", "1.10"]]);
    }
}
