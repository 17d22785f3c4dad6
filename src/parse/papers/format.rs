//! Which attachments are papers, told by what they call themselves and by how their bytes begin.

use super::super::{Attachment, limits};
use serde::{Deserialize, Serialize};

/// How the bytes of a paper are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    Pdf,
    /// XLSX, XLSB, ODS or DOCX: which of them is seen inside.
    Zip,
    /// The older container of Microsoft's: XLS, or a newer paper behind a password.
    Compound,
    /// Rows of cells: CSV, TSV.
    Rows,
    Text,
    /// A page that calls itself a workbook, as shops export it.
    Html,
}

/// Endings of workbooks, which may be rows or a page in truth.
const WORKBOOKS: [&str; 6] = ["xlsx", "xlsm", "xlsb", "xls", "ods", "xltx"];
const DOCUMENTS: [&str; 2] = ["docx", "docm"];
const ROWS: [&str; 3] = ["csv", "tsv", "tab"];
const MEDIA_TYPES: [(&str, &str); 9] = [
    ("application/pdf", "pdf"),
    ("application/x-pdf", "pdf"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("text/csv", "csv"),
    ("text/tab-separated-values", "tsv"),
    ("text/plain", "txt"),
];
/// A PDF may have some bytes before its beginning.
const PDF_START_LEN_MAX: usize = 1024;
/// So much of a file shows whether it is text.
const LOOK_LEN: usize = 4096;

/// Which attachments are to be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Their numbers, counted from 0.
    pub numbers: Vec<usize>,
    /// There are more, or larger ones, than are read.
    pub too_much: bool,
}

/// The attachments that may be papers, by name, type and size; their bytes are not needed.
pub fn wanted(attachments: &[Attachment]) -> Wanted {
    let mut wanted = Wanted::default();
    let mut len = 0;
    for (number, attachment) in attachments.iter().enumerate().filter(|(_, attachment)| attachment.size > 0 && claim(attachment).is_some())
    {
        len += attachment.size;
        if wanted.numbers.len() == limits::PAPERS_MAX || attachment.size > limits::PAPER_LEN_MAX || len > limits::PAPERS_LEN_MAX {
            wanted.too_much = true;
            len -= attachment.size;
        } else {
            wanted.numbers.push(number);
        }
    }
    wanted
}

/// What it says it is, by an ending.
fn claim(attachment: &Attachment) -> Option<&'static str> {
    let ending = attachment.name.as_deref().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.trim().to_ascii_lowercase());
    let known = ["pdf", "txt"].into_iter().chain(WORKBOOKS).chain(DOCUMENTS).chain(ROWS);
    let by_name = known.into_iter().find(|known| Some(*known) == ending.as_deref());
    let by_type = || MEDIA_TYPES.iter().find(|(media_type, _)| *media_type == attachment.media_type).map(|(_, ending)| *ending);
    // A name that ends in something else (`smime.p7s`, `logo.svg`) is believed before a type that says text.
    by_name.or_else(|| by_type().filter(|known| ending.is_none() || *known != "txt"))
}

impl Format {
    /// The format of an attachment; `None` when its bytes are not what it says it is.
    pub fn of(attachment: &Attachment, bytes: &[u8]) -> Option<Self> {
        let claim = claim(attachment)?;
        let start = bytes.get(..PDF_START_LEN_MAX).unwrap_or(bytes);
        if bytes.starts_with(b"PK\x03\x04") {
            return (WORKBOOKS.contains(&claim) || DOCUMENTS.contains(&claim)).then_some(Self::Zip);
        }
        if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
            return (WORKBOOKS.contains(&claim) || DOCUMENTS.contains(&claim)).then_some(Self::Compound);
        }
        if start.windows(5).any(|window| window == b"%PDF-") {
            return (claim == "pdf").then_some(Self::Pdf);
        }
        if claim == "pdf" || DOCUMENTS.contains(&claim) || !is_text(bytes) {
            return None;
        }
        let beginning = start.trim_ascii_start();
        let is_page = beginning.starts_with(b"<") || beginning.starts_with(b"\xef\xbb\xbf<");
        match claim {
            "txt" => Some(Self::Text),
            _ if is_page => Some(Self::Html),
            _ => Some(Self::Rows),
        }
    }
}

/// Text has no NUL bytes, but in UTF-16.
fn is_text(bytes: &[u8]) -> bool {
    let look = bytes.get(..LOOK_LEN).unwrap_or(bytes);
    look.starts_with(b"\xff\xfe") || look.starts_with(b"\xfe\xff") || !look.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, media_type: &str) -> Attachment {
        Attachment { name: Some(name.to_owned()), media_type: media_type.to_owned(), size: 100, inline: false }
    }

    #[test]
    fn a_paper_is_told_by_its_name_else_by_its_type() {
        for (name, media_type, wanted) in [
            ("PO 4471.PDF", "application/octet-stream", true),
            ("询价单.xlsx", "application/octet-stream", true),
            ("list", "text/csv", true),
            ("notes.txt", "text/plain", true),
            ("smime.p7s", "text/plain", false),
            ("photo.jpg", "image/jpeg", false),
            ("drawing.dwg", "application/octet-stream", false),
        ] {
            assert_eq!(super::wanted(&[named(name, media_type)]).numbers == [0], wanted, "{name}");
        }
    }

    #[test]
    fn what_is_too_large_or_too_many_is_said() {
        let large = Attachment { size: limits::PAPER_LEN_MAX + 1, ..named("a.pdf", "application/pdf") };
        assert_eq!(wanted(&[large, named("b.pdf", "application/pdf")]), Wanted { numbers: vec![1], too_much: true });
        let many = vec![named("b.pdf", "application/pdf"); limits::PAPERS_MAX + 1];
        assert_eq!(wanted(&many), Wanted { numbers: (0..limits::PAPERS_MAX).collect(), too_much: true });
    }

    #[test]
    fn bytes_decide_what_a_name_only_claims() {
        let of = |name: &str, bytes: &[u8]| Format::of(&named(name, "application/octet-stream"), bytes);
        assert_eq!(of("a.pdf", b"\n\n%PDF-1.7\n"), Some(Format::Pdf));
        assert_eq!(of("a.pdf", b"MZ\x90\x00"), None, "a program is no paper");
        assert_eq!(of("a.xls", b"<html><table>"), Some(Format::Html));
        assert_eq!(of("a.xls", b"sku\tqty\nA\t5"), Some(Format::Rows));
        assert_eq!(of("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..."), Some(Format::Compound));
        assert_eq!(of("a.docx", b"PK\x03\x04..."), Some(Format::Zip));
        assert_eq!(of("a.pdf", b"PK\x03\x04..."), None);
        assert_eq!(of("a.csv", b"a\0b"), None);
        assert_eq!(of("a.csv", b"\xff\xfea\0;\0"), Some(Format::Rows));
    }
}
