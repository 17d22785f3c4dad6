//! DOCX: the words of its paragraphs and tables, and of its headers.

use super::super::{Defect, limits};
use super::table::Gathered;
use super::{Paper, archive};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// The file that holds the text.
pub(super) const BODY: &str = "word/document.xml";
/// Letterheads, which often carry the order's number.
const HEADERS: [&str; 3] = ["word/header1.xml", "word/header2.xml", "word/header3.xml"];

/// Reads a document.
pub(super) fn read(bytes: &[u8]) -> Result<Paper, Defect> {
    let mut archive = archive::open(bytes)?;
    let mut gathered = Gathered::default();
    let mut defects = Vec::new();
    for name in HEADERS.into_iter().chain([BODY]) {
        if let Some(xml) = archive::file(&mut archive, name)? {
            Walk::new(&mut gathered).read(&xml).map(|cut| defects.extend(cut))?;
        }
    }
    if archive::has_macros(&archive) {
        defects.push(Defect::PaperWithMacros);
    }
    defects.extend(gathered.defects());
    Ok(Paper { text: std::mem::take(&mut gathered.text), tables: gathered.into_tables(), defects, ..Paper::default() })
}

/// Where in the document the reader is.
struct Walk<'g> {
    gathered: &'g mut Gathered,
    /// The words of the paragraph that is open.
    line: String,
    /// The cells of the row that is open, and the words of the cell.
    row: Option<Vec<String>>,
    cell: Option<String>,
    /// Tables within tables: the inner ones are words of the outer one's cell.
    tables: usize,
    in_text: bool,
    /// Elements within something that is not shown: an older drawing of the same words.
    hidden: usize,
    depth: usize,
}

impl<'g> Walk<'g> {
    fn new(gathered: &'g mut Gathered) -> Self {
        Self { gathered, line: String::new(), row: None, cell: None, tables: 0, in_text: false, hidden: 0, depth: 0 }
    }

    /// Walks one file to its end; a defect when it was cut.
    fn read(&mut self, xml: &[u8]) -> Result<Option<Defect>, Defect> {
        let xml = String::from_utf8_lossy(xml);
        let mut reader = Reader::from_str(&xml);
        // A tag that is never closed is no reason to lose the words before it.
        reader.config_mut().check_end_names = false;
        loop {
            if self.gathered.is_full {
                return Ok(None);
            }
            match reader.read_event() {
                Ok(Event::Start(tag)) => {
                    self.depth += 1;
                    if self.depth > limits::PAPER_DEPTH_MAX {
                        return Ok(Some(Defect::PaperTooMuch));
                    }
                    self.begin(tag.local_name().as_ref());
                }
                Ok(Event::Empty(tag)) => {
                    self.begin(tag.local_name().as_ref());
                    self.end(tag.local_name().as_ref());
                }
                Ok(Event::End(tag)) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.end(tag.local_name().as_ref());
                }
                Ok(Event::Text(text)) if self.in_text => self.add(&text),
                Ok(Event::CData(text)) if self.in_text => self.add(&text),
                Ok(Event::GeneralRef(entity)) if self.in_text => {
                    if let Some(c) = character(&entity) {
                        self.add(c.encode_utf8(&mut [0; 4]));
                    }
                }
                Ok(Event::Eof) => {
                    self.end_paragraph();
                    return Ok(None);
                }
                Ok(_) => {}
                Err(_) if self.gathered.text.trim().is_empty() => return Err(Defect::PaperBroken),
                Err(_) => return Ok(Some(Defect::PaperBroken)),
            }
        }
    }

    fn begin(&mut self, name: &str) {
        if self.hidden > 0 {
            self.hidden += 1;
            return;
        }
        match name {
            "Fallback" => self.hidden = 1,
            "t" => self.in_text = true,
            "tab" => self.add("\t"),
            "br" | "cr" => self.add("\n"),
            "tbl" => {
                self.tables += 1;
                if self.tables == 1 {
                    self.end_paragraph();
                    self.gathered.begin_table(false);
                }
            }
            "tr" if self.tables == 1 => self.row = Some(Vec::new()),
            "tc" if self.tables == 1 => self.cell = Some(String::new()),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if self.hidden > 0 {
            self.hidden -= 1;
            return;
        }
        match name {
            "t" => self.in_text = false,
            "p" => self.end_paragraph(),
            "tc" if self.tables == 1 => {
                if let (Some(row), Some(cell)) = (&mut self.row, self.cell.take()) {
                    row.push(cell);
                }
            }
            "tr" if self.tables == 1 => {
                if let Some(row) = self.row.take() {
                    self.gathered.row(row);
                }
            }
            "tbl" => self.tables = self.tables.saturating_sub(1),
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        match &mut self.cell {
            Some(cell) => cell.push('\n'),
            None => {
                for line in std::mem::take(&mut self.line).split('\n') {
                    self.gathered.line(line);
                }
            }
        }
    }

    fn add(&mut self, words: &str) {
        let open = self.cell.as_mut().unwrap_or(&mut self.line);
        if open.len() + words.len() <= limits::PAPER_TEXT_LEN_MAX {
            open.push_str(words);
        }
    }
}

/// The character an entity stands for. Entities a document defines itself are not followed.
fn character(entity: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(c)) = entity.resolve_char_ref() {
        return Some(c);
    }
    match &**entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}
