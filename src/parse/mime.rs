//! The message itself: header fields, parts, attachments.

use super::Letter;

/// Reads one message. Any bytes may come in.
pub fn letter(raw: &[u8]) -> Letter {
    let _ = raw;
    Letter::default()
}

/// The messages of an mbox file (RFC 4155), as slices of it.
pub fn split_mbox(file: &[u8]) -> Vec<&[u8]> {
    vec![file]
}
