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
/// So much of what an HTML body hides from its reader is kept, in bytes.
pub const HIDDEN_LEN_MAX: usize = 4096;
