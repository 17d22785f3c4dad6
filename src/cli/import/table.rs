//! The cells of a list, from CSV (comma, semicolon or tab) or the first sheet of an XLSX.

use calamine::{Data, Reader};
use std::path::Path;

/// Rows of a list; a longer one is split by whoever made it.
const ROWS_MAX: usize = 200_000;
/// Bytes of a file that is read.
const FILE_LEN_MAX: u64 = 64 * 1024 * 1024;

/// All rows as text, or why the file cannot be read.
pub(in crate::cli) fn read(file: &Path) -> Result<Vec<Vec<String>>, String> {
    let facts = std::fs::metadata(file).map_err(|error| error.to_string())?;
    if facts.len() > FILE_LEN_MAX {
        return Err(format!("it is larger than {} MB", FILE_LEN_MAX / 1024 / 1024));
    }
    let is_workbook =
        file.extension().is_some_and(|ending| ["xlsx", "xlsm", "ods", "xls"].iter().any(|known| ending.eq_ignore_ascii_case(known)));
    if is_workbook { workbook(file) } else { text(&std::fs::read(file).map_err(|error| error.to_string())?) }
}

fn workbook(file: &Path) -> Result<Vec<Vec<String>>, String> {
    let mut workbook = calamine::open_workbook_auto(file).map_err(|error| error.to_string())?;
    let sheet = workbook.worksheet_range_at(0).ok_or("it has no sheet")?.map_err(|error| error.to_string())?;
    let cell = |cell: &Data| match cell {
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        other => other.to_string(),
    };
    if sheet.height() > ROWS_MAX {
        return Err(too_long());
    }
    Ok(sheet.rows().map(|row| row.iter().map(cell).collect()).collect())
}

/// Half a list taken without a word would be worse than none.
fn too_long() -> String {
    format!("it has more than {ROWS_MAX} rows; split it")
}

/// CSV as Excel writes it: UTF-8 with or without a byte order mark, else the Chinese Windows charset.
fn text(bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    let (decoded, _) = match std::str::from_utf8(bytes) {
        Ok(_) => encoding_rs::UTF_8.decode_with_bom_removal(bytes),
        Err(_) => {
            let (decoded, _, had_errors) = encoding_rs::GB18030.decode(bytes);
            (decoded, had_errors)
        }
    };
    let first = decoded.lines().next().unwrap_or("");
    let count = |mark: char| first.chars().filter(|c| *c == mark).count();
    let delimiter = [',', ';', '\t'].into_iter().max_by_key(|mark| (count(*mark), *mark == ',')).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .trim(csv::Trim::All)
        .from_reader(decoded.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        if rows.len() == ROWS_MAX {
            return Err(too_long());
        }
        let record = record.map_err(|error| error.to_string())?;
        rows.push(record.iter().map(str::to_owned).collect());
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excel_writes_semicolons_in_europe_and_a_byte_order_mark() {
        let rows = text("\u{feff}address;name\r\nana@sol.example;\"Ruiz; Ana\"\r\n".as_bytes()).expect("a sound list");
        assert_eq!(rows, [["address", "name"], ["ana@sol.example", "Ruiz; Ana"]]);
    }

    #[test]
    fn excel_in_china_writes_gbk() {
        let (bytes, _, _) = encoding_rs::GBK.encode("address,name\nli@acme.example,李伟\n");
        assert_eq!(text(&bytes).expect("a sound list").last().and_then(|row| row.last().cloned()).as_deref(), Some("李伟"));
    }
}
