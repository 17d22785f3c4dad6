//! Workbooks: the cells of their visible sheets. Newer ones are read cell by cell, so that a cell far out costs nothing.

use super::super::{Defect, limits};
use super::table::Gathered;
use super::{Paper, archive};
use calamine::{
    Data, DataRef, ExcelDateTime, HeaderRow, Ods, OdsError, Reader, SheetVisible, Xls, XlsError, Xlsb, XlsbError, Xlsx, XlsxError,
};
use std::collections::BTreeMap;
use std::io::Cursor;

type Bytes = Cursor<Vec<u8>>;

/// Reads a workbook. Which of the kinds it is, its container shows.
pub(super) fn read(bytes: Vec<u8>) -> Result<Paper, Defect> {
    let mut gathered = Gathered::default();
    let has_macros = if bytes.starts_with(b"PK") {
        let archive = archive::open(&bytes)?;
        let has_macros = archive::has_macros(&archive);
        let has = |name: &str| archive.index_for_name(name).is_some();
        let (is_ods, is_xlsb) = (has("content.xml"), has("xl/workbook.bin"));
        drop(archive);
        let bytes = Cursor::new(bytes);
        if is_ods {
            let workbook = Ods::new(bytes).map_err(|error| fault(matches!(error, OdsError::Password)));
            read_ranges(&mut workbook?, &mut gathered)?;
        } else if is_xlsb {
            let workbook = Xlsb::new(bytes).map_err(|error| fault(matches!(error, XlsbError::Password)));
            read_ranges(&mut workbook?, &mut gathered)?;
        } else {
            read_xlsx(&mut Xlsx::new(bytes).map_err(|_| Defect::PaperBroken)?, &mut gathered)?;
        }
        has_macros
    } else {
        let has_macros = archive::contains_wide(&bytes, "_VBA_PROJECT");
        let workbook = Xls::new(Cursor::new(bytes)).map_err(|error| fault(matches!(error, XlsError::Password)));
        read_ranges(&mut workbook?, &mut gathered)?;
        has_macros
    };
    let mut defects = gathered.defects();
    defects.extend(has_macros.then_some(Defect::PaperWithMacros));
    Ok(Paper { text: std::mem::take(&mut gathered.text), tables: gathered.into_tables(), defects, ..Paper::default() })
}

fn read_xlsx(workbook: &mut Xlsx<Bytes>, gathered: &mut Gathered) -> Result<(), Defect> {
    for name in visible(workbook) {
        let mut sheet = Sheet::default();
        match workbook.worksheet_cells_reader(&name) {
            Ok(mut cells) => {
                while let Some(cell) = cells.next_cell().map_err(|_| Defect::PaperBroken)? {
                    if !sheet.add(cell.get_position(), || written(cell.get_value())) {
                        break;
                    }
                }
            }
            // A sheet that is a chart has no cells.
            Err(XlsxError::NotAWorksheet(_)) => continue,
            Err(_) => return Err(Defect::PaperBroken),
        }
        sheet.give(gathered);
    }
    Ok(())
}

/// Reads the kinds whose sheets come whole.
fn read_ranges<R: Reader<Bytes>>(workbook: &mut R, gathered: &mut Gathered) -> Result<(), Defect> {
    workbook.with_header_row(HeaderRow::FirstNonEmptyRow);
    for name in visible(workbook) {
        let Ok(range) = workbook.worksheet_range(&name) else { return Err(Defect::PaperBroken) };
        let mut sheet = Sheet::default();
        for (row, column, cell) in range.used_cells() {
            let place = (u32::try_from(row).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX));
            if !sheet.add(place, || written_data(cell)) {
                break;
            }
        }
        sheet.give(gathered);
    }
    Ok(())
}

/// The first sheets a person sees.
fn visible<R: Reader<Bytes>>(workbook: &R) -> Vec<String> {
    let shown = workbook.sheets_metadata().iter().filter(|sheet| sheet.visible == SheetVisible::Visible);
    shown.take(limits::PAPER_SHEETS_MAX).map(|sheet| sheet.name.clone()).collect()
}

/// The cells of a sheet as they come.
#[derive(Default)]
struct Sheet {
    rows: BTreeMap<u32, BTreeMap<u32, String>>,
    cells: usize,
    is_full: bool,
}

impl Sheet {
    /// Adds a cell; false when there are enough.
    fn add(&mut self, (row, column): (u32, u32), words: impl FnOnce() -> String) -> bool {
        self.cells += 1;
        if self.cells > limits::PAPER_CELLS_MAX {
            self.is_full = true;
            return false;
        }
        let words = words();
        if !words.trim().is_empty() {
            self.rows.entry(row).or_default().insert(column, words);
        }
        true
    }

    /// The rows, without the columns that are empty in all of them; an empty row between others stays, for it ends a table.
    fn give(self, gathered: &mut Gathered) {
        let mut columns: Vec<u32> = self.rows.values().flat_map(|row| row.keys().copied()).collect();
        columns.sort_unstable();
        columns.dedup();
        gathered.begin_table(true);
        let mut before = None;
        for (number, row) in self.rows {
            if before.is_some_and(|before: u32| before + 1 < number) {
                gathered.row(Vec::new());
            }
            before = Some(number);
            let cell = |column: &u32| row.get(column).cloned().unwrap_or_default();
            gathered.row(columns.iter().take(limits::PAPER_COLUMNS_MAX).map(cell).collect());
        }
        gathered.is_full |= self.is_full;
    }
}

fn written(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => plain(*number),
        DataRef::String(words) | DataRef::DateTimeIso(words) => words.clone(),
        DataRef::SharedString(words) => (*words).to_owned(),
        DataRef::DateTime(moment) => day(moment),
        DataRef::Bool(_) | DataRef::DurationIso(_) | DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

fn written_data(cell: &Data) -> String {
    match cell {
        Data::Int(number) => number.to_string(),
        Data::Float(number) => plain(*number),
        Data::String(words) | Data::DateTimeIso(words) => words.clone(),
        Data::DateTime(moment) => day(moment),
        Data::Bool(_) | Data::DurationIso(_) | Data::Error(_) | Data::Empty => String::new(),
    }
}

/// A number as a person would write it: fifteen digits are what a sheet shows of one.
fn plain(number: f64) -> String {
    if !number.is_finite() || number.abs() >= 1e15 {
        return String::new();
    }
    let written = format!("{number:.9}");
    let written = written.trim_end_matches('0').trim_end_matches('.');
    if written == "-0" { "0".to_owned() } else { written.to_owned() }
}

/// A day, without a time of day.
fn day(moment: &ExcelDateTime) -> String {
    if !moment.is_datetime() {
        return plain(moment.as_f64());
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

fn fault(is_locked: bool) -> Defect {
    if is_locked { Defect::PaperLocked } else { Defect::PaperBroken }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_plainly() {
        assert_eq!(plain(500.0), "500");
        assert_eq!(plain(0.1 + 0.2), "0.3");
        assert_eq!(plain(12_345.675), "12345.675");
        assert_eq!(plain(f64::NAN), "");
        assert_eq!(plain(-0.0), "0");
    }

    #[test]
    fn a_cell_far_out_costs_nothing() {
        let mut sheet = Sheet::default();
        assert!(sheet.add((0, 0), || "A".into()) && sheet.add((1_048_575, 16_383), || "Z".into()));
        let mut gathered = Gathered::default();
        sheet.give(&mut gathered);
        assert_eq!(gathered.tables[0].rows, [vec!["A".to_owned()], vec![], vec![String::new(), "Z".into()]]);
    }
}
