//! Rows in columns that line up, also where characters are two columns wide.

use unicode_width::UnicodeWidthStr;

/// A cell wider than this is cut with an ellipsis; the last column is not.
const COLUMNS_MAX: usize = 44;

/// The rows one below the other. Control characters become spaces: mail must not move a terminal's cursor.
pub(in crate::cli) fn draw(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| cells(row)).collect();
    let column_count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..column_count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width()))));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn cells(row: &[String]) -> Vec<String> {
    let last = row.len().saturating_sub(1);
    row.iter().enumerate().map(|(column, cell)| if column == last { one_line(cell) } else { cut(&one_line(cell)) }).collect()
}

/// Text on one line.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn cut(cell: &str) -> String {
    if cell.width() <= COLUMNS_MAX {
        return cell.to_owned();
    }
    let mut kept = String::new();
    for c in cell.chars() {
        let mut next = kept.clone();
        next.push(c);
        if next.width() >= COLUMNS_MAX {
            break;
        }
        kept = next;
    }
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_and_english_rows_line_up() {
        let rows = [vec!["询价".to_owned(), "zh".to_owned()], vec!["a".to_owned(), "en".to_owned()]];
        assert_eq!(draw(&rows), "询价  zh\na     en");
    }

    #[test]
    fn a_subject_cannot_move_the_cursor() {
        assert_eq!(draw(&[vec!["a\u{1b}[2Jb\r\nc".to_owned()]]), "a [2Jb  c");
    }
}
