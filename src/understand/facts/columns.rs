//! What a column of an item table holds, by the words above it: `rules/facts/columns.toml`.

use super::page::{fold_word, is_letter, runs_on};
use super::rows::ColumnList;

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Goods,
    Code,
    Quantity,
    Unit,
    /// Prices, weights, remarks, counters.
    Other,
}

/// Headings known by their words.
#[derive(Debug, Default)]
pub(super) struct Columns {
    words: Vec<(String, Column)>,
    sums: Vec<String>,
}

/// A longer cell is no heading.
const HEADING_LEN_MAX: usize = 80;

impl Columns {
    pub fn new(list: &ColumnList) -> Self {
        let kinds = [
            (&list.goods, Column::Goods),
            (&list.code, Column::Code),
            (&list.quantity, Column::Quantity),
            (&list.unit, Column::Unit),
            (&list.other, Column::Other),
        ];
        let mut columns = Self::default();
        for (words, kind) in kinds {
            columns.add(words, kind);
        }
        columns.sums = list.sums.iter().map(|word| fold_word(word)).collect();
        columns
    }

    /// Adds words that stand above such a column.
    pub fn add(&mut self, words: &[String], kind: Column) {
        self.words.extend(words.iter().map(|word| (fold_word(word), kind)));
    }

    /// What a heading says; the longest listed word in it decides, the first listed of two.
    pub fn of(&self, heading: &str) -> Option<Column> {
        if heading.len() > HEADING_LEN_MAX {
            return None;
        }
        let heading = fold_word(heading);
        let found = self.words.iter().filter(|(word, _)| stands_in(word, &heading));
        found.rev().max_by_key(|(word, _)| word.len()).map(|(_, kind)| *kind)
    }

    /// Whether a row that begins with these words adds others up.
    pub fn is_sum(&self, cell: &str) -> bool {
        let cell = fold_word(cell);
        self.sums
            .iter()
            .any(|word| cell.strip_prefix(word.as_str()).is_some_and(|rest| !rest.starts_with(is_letter) || rest.starts_with(runs_on)))
    }
}

/// Whether a word stands in a text as a word of its own; scripts without spaces have none.
fn stands_in(word: &str, text: &str) -> bool {
    let Some(first) = word.chars().next() else { return false };
    let stands = |at: usize| {
        let before = text.get(..at).and_then(|front| front.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|rest| rest.chars().next());
        let is_word = |c: Option<char>| c.is_some_and(|c| is_letter(c) || c.is_ascii_digit());
        runs_on(first) || !(is_letter(first) && is_word(before) || word.ends_with(is_letter) && is_word(after))
    };
    text.match_indices(word).any(|(at, _)| stands(at))
}
