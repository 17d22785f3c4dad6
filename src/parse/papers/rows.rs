//! Rows of cells in a text: CSV, TSV and what shops call so.

use super::Paper;
use super::table::Gathered;

const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];
/// Lines looked at for what parts the cells.
const LOOK_LINES_MAX: usize = 20;

/// Reads rows. The separator is the one that cuts the first lines into the most cells of the same number.
pub(super) fn read(text: &str) -> Paper {
    let text = text.trim_start_matches('\u{feff}');
    let separator = separator(text);
    let mut gathered = Gathered::default();
    gathered.begin_table(false);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).trim(csv::Trim::All).from_reader(text.as_bytes());
    for record in reader.records() {
        // A row that cannot be read ends nothing; the text is valid UTF-8, so there is none.
        let Ok(record) = record else { continue };
        gathered.row(record.iter().map(str::to_owned).collect());
        if gathered.is_full {
            break;
        }
    }
    Paper { text: std::mem::take(&mut gathered.text), defects: gathered.defects(), tables: gathered.into_tables(), ..Paper::default() }
}

fn separator(text: &str) -> u8 {
    // Excel writes `sep=;` on the first line.
    if let Some(named) = text.strip_prefix("sep=").and_then(|rest| rest.bytes().next()) {
        return named;
    }
    let score = |separator: char| {
        let mut counts: Vec<usize> = text.lines().take(LOOK_LINES_MAX).map(|line| line.matches(separator).count()).collect();
        counts.sort_unstable();
        // Most lines have at least so many.
        counts.get(counts.len() / 4).copied().unwrap_or_default()
    };
    let best = SEPARATORS.into_iter().rev().max_by_key(|separator| score(*separator)).unwrap_or(',');
    u8::try_from(best).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_parted_by_whatever_parts_them_evenly() {
        for text in ["sku;qty\nA-1;1,500\nB-2;20\n", "sku\tqty\nA-1\t1,500\nB-2\t20\n", "sku,qty\nA-1,\"1,500\"\nB-2,20\n"] {
            let paper = read(text);
            assert_eq!(paper.tables.len(), 1, "{text}");
            assert_eq!(paper.tables[0].rows[1], ["A-1", "1,500"], "{text}");
        }
    }

    #[test]
    fn prose_is_no_table() {
        assert_eq!(read("We need, as ever, pumps.\n").tables, []);
    }
}
