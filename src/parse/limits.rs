//! How much of a message is read. Beyond a limit the rest is left out and the letter says [`super::Defect::TooMuch`].

/// Parts of one message, attached messages included.
pub const PARTS_MAX: usize = 1_000;
/// Multiparts and attached messages within one another.
pub const DEPTH_MAX: usize = 32;
/// Header fields of one message.
pub const HEADER_FIELDS_MAX: usize = 1_000;
/// One header value after decoding, in bytes.
pub const HEADER_LEN_MAX: usize = 16 * 1024;
/// Text that is read for words, in bytes; a longer text is cut at a character.
pub const TEXT_LEN_MAX: usize = 1024 * 1024;
/// Text or HTML as it travelled, in bytes; of a longer part only this much is decoded.
pub const ENCODED_LEN_MAX: usize = 4 * 1024 * 1024;
/// HTML that is turned into text, in bytes.
pub const HTML_LEN_MAX: usize = 4 * 1024 * 1024;
/// Addresses of one header field.
pub const ADDRESSES_MAX: usize = 500;
/// Message-IDs of References that are kept: the first, and the last ones.
pub const REFERENCES_MAX: usize = 60;
/// A whole message, in bytes; of a larger one only this much is read.
pub const MESSAGE_LEN_MAX: usize = 80 * 1024 * 1024;
/// Attached papers of one message that are read.
pub const PAPERS_MAX: usize = 6;
/// One attached paper, in bytes; a larger one is mostly pictures.
pub const PAPER_LEN_MAX: usize = 12 * 1024 * 1024;
/// All attached papers of one message that are read, in bytes.
pub const PAPERS_LEN_MAX: usize = 24 * 1024 * 1024;
/// Words of one paper, in bytes.
pub const PAPER_TEXT_LEN_MAX: usize = 256 * 1024;
/// Pages of one paper.
pub const PAPER_PAGES_MAX: usize = 40;
/// Glyphs of one page.
pub const PAPER_GLYPHS_MAX: usize = 60_000;
/// Sheets of one workbook.
pub const PAPER_SHEETS_MAX: usize = 10;
/// Cells of all tables of one paper.
pub const PAPER_CELLS_MAX: usize = 40_000;
/// Rows of all tables of one paper.
pub const PAPER_ROWS_MAX: usize = 5_000;
/// Columns of one table.
pub const PAPER_COLUMNS_MAX: usize = 80;
/// One cell, in bytes.
pub const PAPER_CELL_LEN_MAX: usize = 2_000;
/// Files of one archive.
pub const PAPER_FILES_MAX: usize = 2_000;
/// What the files of one archive unpack to, in bytes, pictures left out.
pub const PAPER_UNPACKED_LEN_MAX: u64 = 64 * 1024 * 1024;
/// Elements within one another.
pub const PAPER_DEPTH_MAX: usize = 256;
/// So much of what an HTML body hides from its reader is kept, in bytes.
pub const HIDDEN_LEN_MAX: usize = 4096;
