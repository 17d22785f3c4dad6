//! A table of a paper, and how much of one is kept.

use super::super::{Defect, limits};
use serde::{Deserialize, Serialize};

/// Rows of cells. A row has as many cells as it needs; an empty cell is an empty text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub rows: Vec<Vec<String>>,
    /// Numbers came as numbers and are written plainly with a point for decimals; else as somebody typed them.
    pub is_exact: bool,
}

/// Gathers the tables of a paper within the limits, and its text with them.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub text: String,
    pub tables: Vec<Table>,
    cells: usize,
    rows: usize,
    pub is_full: bool,
}

impl Gathered {
    /// Adds a line of running text.
    pub fn line(&mut self, line: &str) {
        let line = line.trim_end();
        if self.text.len() + line.len() > limits::PAPER_TEXT_LEN_MAX {
            self.is_full = true;
            return;
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Begins a table; rows go to the last one begun.
    pub fn begin_table(&mut self, is_exact: bool) {
        if self.tables.last().is_none_or(|table| !table.rows.is_empty()) {
            self.tables.push(Table::default());
        }
        if let Some(table) = self.tables.last_mut() {
            table.is_exact = is_exact;
        }
    }

    /// Adds a row to the last table and a line to the text.
    pub fn row(&mut self, cells: Vec<String>) {
        let filled: Vec<String> =
            cells.iter().take(limits::PAPER_COLUMNS_MAX).map(|cell| tidy(cell)).filter(|cell| !cell.is_empty()).collect();
        self.line(&filled.join("\t"));
        self.table_row(cells);
    }

    /// Adds a row to the last table; its words stand in the text already.
    pub fn table_row(&mut self, cells: Vec<String>) {
        let mut cells: Vec<String> = cells.into_iter().take(limits::PAPER_COLUMNS_MAX).map(|cell| tidy(&cell)).collect();
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        self.cells += cells.len();
        self.rows += 1;
        if self.cells > limits::PAPER_CELLS_MAX || self.rows > limits::PAPER_ROWS_MAX {
            self.is_full = true;
            return;
        }
        if let Some(table) = self.tables.last_mut() {
            table.rows.push(cells);
        }
    }

    pub fn defects(&self) -> Vec<Defect> {
        if self.is_full { vec![Defect::PaperTooMuch] } else { Vec::new() }
    }

    /// The tables that have more than one row of more than one cell.
    pub fn into_tables(self) -> Vec<Table> {
        let is_table = |table: &Table| table.rows.iter().filter(|row| row.len() > 1).count() > 1;
        self.tables.into_iter().filter(is_table).collect()
    }
}

/// A cell on one line, within its limit.
fn tidy(cell: &str) -> String {
    let mut tidy = String::with_capacity(cell.len().min(limits::PAPER_CELL_LEN_MAX));
    for word in cell.split_whitespace() {
        if tidy.len() + word.len() >= limits::PAPER_CELL_LEN_MAX {
            break;
        }
        if !tidy.is_empty() {
            tidy.push(' ');
        }
        tidy.push_str(word);
    }
    tidy
}
