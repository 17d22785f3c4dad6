//! Charsets that switch alphabets inside seven-bit text.

use mail_parser::decoders::base64::base64_decode;

/// Whether ASCII bytes switch alphabets as ISO-2022-JP does (RFC 1468).
pub(super) fn has_escapes(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\x1b$")
}

/// ISO-2022-JP without escapes that change nothing: joined encoded words end one alphabet and begin another at once, which the
/// decoder of the web standard takes for an attack and marks with U+FFFD.
pub(super) fn without_idle_escapes(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        let idle = byte == 0x1b && matches!(tail.first(), Some(b'(' | b'$')) && tail.get(2) == Some(&0x1b);
        if idle {
            rest = tail.get(2..).unwrap_or_default();
        } else {
            out.push(byte);
            rest = tail;
        }
    }
    out
}

/// HZ (RFC 1843) to GB 2312 in eight bits: `~{` opens, `~}` closes, `~~` is a tilde, `~` and a line end is nothing.
pub(super) fn unwrap_hz(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut double = false;
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'~' {
            // A line end always returns to ASCII.
            double &= byte != b'\n';
            out.push(if double && byte >= 0x21 { byte | 0x80 } else { byte });
            continue;
        }
        match rest.next_if(|b| matches!(b, b'{' | b'}' | b'~' | b'\n')) {
            Some(b'{') => double = true,
            Some(b'}') => double = false,
            Some(b'~') | None => out.push(b'~'),
            Some(_) => {}
        }
    }
    out
}

/// ISO-2022-KR (RFC 1557) to EUC-KR: the designator goes, bytes between SO and SI get their eighth bit.
pub(super) fn unwrap_iso_2022_kr(bytes: &[u8]) -> Vec<u8> {
    const DESIGNATOR: &[u8] = b"\x1b$)C";
    let mut out = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            0x1b if tail.starts_with(b"$)C") => rest = tail.get(DESIGNATOR.len() - 1..).unwrap_or_default(),
            0x0e => shifted = true,
            0x0f => shifted = false,
            0x21..=0x7e if shifted => out.push(byte | 0x80),
            _ => out.push(byte),
        }
    }
    out
}

/// UTF-7 (RFC 2152): `+` opens base64 of UTF-16, `-` or any other character closes it, `+-` is a plus sign.
pub(super) fn decode_utf7(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'+' {
            out.push(if byte.is_ascii() { char::from(byte) } else { char::REPLACEMENT_CHARACTER });
            continue;
        }
        let len = tail.iter().position(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'+' | b'/')).unwrap_or(tail.len());
        let (symbols, after) = tail.split_at_checked(len).unwrap_or((tail, b""));
        rest = after.strip_prefix(b"-").unwrap_or(after);
        if symbols.is_empty() {
            // A lone plus sign without its hyphen is one all the same.
            out.push('+');
            continue;
        }
        let units = base64_decode(symbols).unwrap_or_default();
        let units = units.chunks_exact(2).map(|pair| pair.iter().fold(0_u16, |sum, b| sum << 8 | u16::from(*b)));
        out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifted_korean_becomes_eight_bits() {
        assert_eq!(unwrap_iso_2022_kr(b"\x1b$)C\x0e0!\x0f a"), b"\xb0\xa1 a");
    }

    #[test]
    fn utf_7_is_read_to_the_letter() {
        assert_eq!(decode_utf7(b"Hi Mom +Jjo-! 1 +- 1 +ZeVnLIqe ok+"), "Hi Mom \u{263a}! 1 + 1 日本語 ok+");
        assert_eq!(decode_utf7(b"+2D3cCg-"), "\u{1f40a}");
    }

    #[test]
    fn an_alphabet_closed_and_opened_at_once_stays_open() {
        assert_eq!(without_idle_escapes(b"\x1b$B$*\x1b(B\x1b$B8+\x1b(B"), b"\x1b$B$*\x1b$B8+\x1b(B");
    }

    #[test]
    fn a_line_end_closes_a_forgotten_shift() {
        assert_eq!(unwrap_hz(b"~{VP\nab~~"), b"\xd6\xd0\nab~");
    }
}
