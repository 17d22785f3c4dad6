//! Attached papers: bytes to text and tables.
//!
//! In come the bytes of an attached PDF, workbook, DOCX, CSV or text, out comes a [`Paper`]: its words in reading order and its
//! tables cell by cell. What cannot be read is a [`Defect`], and so is what is read only in part. The formats are large and their
//! readers are others' work, so `flow::papers` runs this in a process of its own, with limits on memory and time; the limits here
//! keep what is read to what a buyer's paper has. Absent on purpose: pictures and what they show, formulas, macros.

mod archive;
mod docx;
mod format;
mod pdf;
mod rows;
mod table;
mod workbook;

pub use format::{Format, Wanted, wanted};
pub use table::Table;

use super::{Defect, charset, html, limits};
use serde::{Deserialize, Serialize};

/// An attachment that was read. Everything in it came from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Which of the letter's attachments it is, counted from 0.
    pub attachment: usize,
    /// Its words in reading order: a line is a line, a table's row or a sheet's row; cells are parted by tabs.
    pub text: String,
    pub tables: Vec<Table>,
    /// What is to be said of it although it was read.
    pub defects: Vec<Defect>,
}

/// Lines looked at for a heading, and how long one may be.
const HEADING_LINES_MAX: usize = 6;
const HEADING_CHARS_MAX: usize = 60;

impl Paper {
    /// The short lines it begins with: what a paper calls itself, "PURCHASE ORDER", "采购订单".
    pub fn headings(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines().flat_map(|line| line.split('\t')).map(str::trim).filter(|line| !line.is_empty());
        lines.take(HEADING_LINES_MAX).filter(|line| line.chars().count() <= HEADING_CHARS_MAX)
    }
}

/// Reads a paper of that format. Any bytes may come in; what must not take long or much is stopped from outside.
pub fn read(format: Format, bytes: Vec<u8>) -> Result<Paper, Defect> {
    let mut paper = match format {
        Format::Pdf => pdf::read(bytes)?,
        Format::Zip if archive::is_docx(&bytes)? => docx::read(&bytes)?,
        Format::Zip => workbook::read(bytes)?,
        Format::Compound if archive::is_encrypted_package(&bytes) => return Err(Defect::PaperLocked),
        Format::Compound => workbook::read(bytes)?,
        Format::Rows => rows::read(&decoded(&bytes)),
        Format::Text => Paper { text: decoded(&bytes), ..Paper::default() },
        Format::Html => Paper { text: html::text(&decoded(&bytes)).text, ..Paper::default() },
    };
    if paper.text.len() > limits::PAPER_TEXT_LEN_MAX {
        paper.text.truncate(paper.text.floor_char_boundary(limits::PAPER_TEXT_LEN_MAX));
        paper.defects.push(Defect::PaperTooMuch);
    }
    if paper.text.trim().is_empty() && !paper.defects.contains(&Defect::PaperTooMuch) {
        return Err(Defect::PaperWithoutText);
    }
    paper.defects.sort_unstable();
    paper.defects.dedup();
    Ok(paper)
}

/// The words of a text: by its byte order mark, which spreadsheets write, else as a mail's text without a charset is read.
fn decoded(bytes: &[u8]) -> String {
    match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0.into_owned(),
        None => charset::decode(bytes, None).text,
    }
}
