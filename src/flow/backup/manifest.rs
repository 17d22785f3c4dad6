//! What stands at the end of a backup.

use crate::record::backup::Contents;
use crate::types::Moment;
use serde::{Deserialize, Serialize};
use std::io;

/// Of this file format; it rises when an older program could not read what a newer one writes.
const FORMAT: u32 = 1;
/// The longest host name that is told (RFC 1035 §2.3.4).
const HOST_CHARS_MAX: usize = 255;

/// When and where a backup was made, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    tradepost_backup: u32,
    /// RFC 3339.
    made_at: String,
    made_on: String,
    /// The program's version.
    made_by: String,
    /// The last change of the books' tables.
    change: i64,
    messages: i64,
    pub books: Part,
    pub attachments: Vec<Part>,
    /// Attachments that the books name and that were missing or spoilt when the backup was made.
    pub missing: Vec<String>,
}

/// A file in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub sha256: String,
    pub size: u64,
}

impl Manifest {
    /// Of a backup whose parts are not known yet.
    pub fn new(contents: &Contents, books: Part, made_at: Moment, made_on: &str) -> Self {
        Self {
            tradepost_backup: FORMAT,
            made_at: made_at.to_string(),
            made_on: made_on.to_owned(),
            made_by: env!("CARGO_PKG_VERSION").to_owned(),
            change: contents.change,
            messages: contents.messages,
            books,
            attachments: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// As it is written.
    pub fn to_json(&self) -> io::Result<Vec<u8>> {
        serde_json::to_vec_pretty(self).map_err(io::Error::other)
    }

    /// As it was read; `None` when it is none, or one of a newer program.
    pub fn of_json(json: &[u8]) -> Option<Self> {
        let manifest: Self = serde_json::from_slice(json).ok()?;
        (manifest.tradepost_backup == FORMAT && timestamp(&manifest.made_at).is_some()).then_some(manifest)
    }

    /// When it was made.
    pub fn made_at(&self) -> Moment {
        timestamp(&self.made_at).unwrap_or_default().into()
    }

    /// On which host.
    pub fn made_on(&self) -> String {
        self.made_on.chars().take(HOST_CHARS_MAX).collect()
    }
}

fn timestamp(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}

/// A hash as the names and the manifest have it.
pub fn hex(sha256: &[u8; 32]) -> String {
    sha256.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash that is written so: 64 digits in lower case.
pub fn of_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = text.bytes().map(|byte| b"0123456789abcdef".iter().position(|digit| *digit == byte)).map(digit).collect();
    let bytes: Vec<u8> = digits?.chunks_exact(2).filter_map(|pair| Some(pair.first()? << 4 | pair.last()?)).collect();
    <[u8; 32]>::try_from(bytes).ok().filter(|_| text.len() == 64)
}

fn digit(position: Option<usize>) -> Option<u8> {
    u8::try_from(position?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_only_as_it_is_written() {
        let sha256: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 8).expect("below 256"));
        let text = hex(&sha256);
        assert_eq!(of_hex(&text), Some(sha256));
        for other in
            ["", text.trim_start_matches('0'), &text.to_uppercase(), &format!("{text}0"), &format!("{text}00"), &text.replace("08", "0g")]
        {
            assert_eq!(of_hex(other), None, "{other}");
        }
    }
}
