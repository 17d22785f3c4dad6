//! Outlook's Thread-Index ([MS-OXOMSG] 2.2.1.3, PidTagConversationIndex): 22 bytes that name a conversation, then 5 for every answer.

use crate::types::Moment;

/// Time and GUID of the conversation.
const HEADER_LEN: usize = 22;
/// One level of answering.
const CHILD_LEN: usize = 5;
/// Deepest conversation that is carried on; headers have a limit, and a longer one is no conversation.
const LEVELS_MAX: usize = 100;
/// 1601-01-01, where FILETIME begins, to 1970-01-01, in milliseconds.
const FILETIME_TO_UNIX_MS: i64 = 11_644_473_600_000;

/// The Thread-Index of an answer: the parent's with five more bytes; `None` when the parent's is none.
///
/// The five bytes are one bit for the scale, 31 bits of the time passed since the conversation began, and eight bits that tell
/// answers of the same moment apart; here they come from `at`, so that the same answer has the same index.
pub fn thread_index_child(parent_base64: &str, at: Moment) -> Option<String> {
    let compact: String = parent_base64.chars().filter(|c| !c.is_whitespace()).take(4 * (HEADER_LEN + CHILD_LEN * LEVELS_MAX)).collect();
    let mut index = mail_parser::decoders::base64::base64_decode(compact.as_bytes())?;
    let levels = index.len().checked_sub(HEADER_LEN)?;
    if levels % CHILD_LEN != 0 || levels / CHILD_LEN >= LEVELS_MAX || index.first() != Some(&1) {
        return None;
    }
    let passed = filetime(at).saturating_sub(begun(&index)?);
    // Under 1.7 years the low 18 bits are dropped, from there on 23; the first bit says which.
    let (scale, shift) = if passed & 0x00fe_0000_0000_0000 == 0 { (0, 18) } else { (0x8000_0000, 23) };
    let delta = u32::try_from((passed >> shift) & 0x7fff_ffff).ok()? | scale;
    index.extend(delta.to_be_bytes());
    index.push(u8::try_from(at.0.rem_euclid(256)).ok()?);
    Some(encode(&index))
}

/// When the conversation began, as a FILETIME. The specification keeps the top 40 bits after a reserved byte 1; older clients kept
/// the top 48 bits, whose first byte happens to be 1. A second byte of 1 tells the former: the latter would be of 1830.
fn begun(index: &[u8]) -> Option<u64> {
    let (skip, kept) = if index.get(1) == Some(&1) { (1, 5) } else { (0, 6) };
    let top = index.iter().skip(skip).take(kept).fold(0_u64, |time, byte| (time << 8) | u64::from(*byte));
    Some(top << (64 - 8 * kept))
}

/// Hundreds of nanoseconds since 1601.
fn filetime(at: Moment) -> u64 {
    u64::try_from(at.0.saturating_add(FILETIME_TO_UNIX_MS)).unwrap_or(0).saturating_mul(10_000)
}

/// Base64 with padding (RFC 4648 §4).
fn encode(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let sextet = usize::try_from((bits >> (18 - 6 * place)) & 63).unwrap_or(0);
            let letter = ALPHABET.get(sextet).filter(|_| place <= group.len()).copied().unwrap_or(b'=');
            text.push(char::from(letter));
        }
    }
    text
}
