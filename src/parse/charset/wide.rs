//! Charsets of two and four bytes a character: what their byte order is, and whether they are there without any label.

use encoding_rs::{UTF_16BE, UTF_16LE};

/// Bytes that are looked at.
const SAMPLE_LEN_MAX: usize = 4 * 1024;

/// Which byte of a character comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    Big,
    Little,
}

/// UTF-32; without an order told, its mark or its zero bytes tell it.
pub(super) fn utf_32(bytes: &[u8], ends: Option<Ends>) -> String {
    let (ends, bytes) = match bytes {
        [0, 0, 0xfe, 0xff, rest @ ..] => (Ends::Big, rest),
        [0xff, 0xfe, 0, 0, rest @ ..] => (Ends::Little, rest),
        [_, _, _, 0, ..] => (ends.unwrap_or(Ends::Little), bytes),
        _ => (ends.unwrap_or(Ends::Big), bytes),
    };
    let read = |four: &[u8]| {
        let add = |sum: u32, byte: &u8| sum << 8 | u32::from(*byte);
        let code = match ends {
            Ends::Big => four.iter().fold(0, add),
            Ends::Little => four.iter().rev().fold(0, add),
        };
        char::from_u32(code).filter(|_| four.len() == 4).unwrap_or(char::REPLACEMENT_CHARACTER)
    };
    bytes.chunks(4).map(read).collect()
}

/// The byte order of UTF-16 without a mark, where line ends, blanks and Latin letters show it; `None` with a mark, or when nothing
/// shows it.
pub(super) fn unmarked_utf_16(bytes: &[u8]) -> Option<Ends> {
    let sample = bytes.get(..SAMPLE_LEN_MAX).unwrap_or(bytes);
    if matches!(sample, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return None;
    }
    let (mut big, mut little) = (0_usize, 0_usize);
    for pair in sample.chunks_exact(2) {
        match pair {
            [0, 0x0a | 0x0d | 0x20..=0x7e] => big += 1,
            [0x0a | 0x0d | 0x20..=0x7e, 0] => little += 1,
            _ => {}
        }
    }
    match (big, little) {
        (1.., 0) => Some(Ends::Big),
        (0, 1..) => Some(Ends::Little),
        _ => None,
    }
}

/// A text in UTF-16 that nothing declares: it begins with a byte order mark, or every other byte of it is zero.
pub(super) fn unlabelled(bytes: &[u8]) -> Option<String> {
    let sample = bytes.get(..SAMPLE_LEN_MAX).unwrap_or(bytes);
    let encoding = match sample {
        [0xff, 0xfe, ..] => UTF_16LE,
        [0xfe, 0xff, ..] => UTF_16BE,
        _ => {
            // Half of Latin text are zeros; other scripts show themselves by their blanks, too few to rely on.
            let zeros = sample.iter().filter(|byte| **byte == 0).count();
            if zeros * 5 < sample.len() || zeros < 3 {
                return None;
            }
            match unmarked_utf_16(sample)? {
                Ends::Big => UTF_16BE,
                Ends::Little => UTF_16LE,
            }
        }
    };
    encoding.decode_with_bom_removal(bytes).0.strip_suffix('\u{fffd}').map(str::to_owned).or_else(|| {
        let (text, lost) = encoding.decode_with_bom_removal(bytes);
        (!lost).then(|| text.into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_bytes_make_a_character_in_either_order() {
        let big: Vec<u8> = "价 a".chars().flat_map(|c| (c as u32).to_be_bytes()).collect();
        let little: Vec<u8> = "价 a".chars().flat_map(|c| (c as u32).to_le_bytes()).collect();
        assert_eq!(utf_32(&big, Some(Ends::Big)), "价 a");
        assert_eq!(utf_32(&little, Some(Ends::Little)), "价 a");
        assert_eq!(utf_32(b"\xff\xfe\0\0a\0\0\0", None), "a");
        assert_eq!(utf_32(b"\xff\xff\xff\xff\0", Some(Ends::Big)), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn two_bytes_show_themselves_by_their_zeros() {
        let little: Vec<u8> = "Preis 12 EUR".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(unlabelled(&little).as_deref(), Some("Preis 12 EUR"));
        let big: Vec<u8> = "\u{feff}报价".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(unlabelled(&big).as_deref(), Some("报价"));
        assert_eq!((unlabelled(b"plain text"), unlabelled(b"a\0b\0\0c\0d"), unlabelled(b"")), (None, None, None));
    }
}
