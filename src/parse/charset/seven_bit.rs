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
            // The second byte of a character may be a tilde.
            if double && let Some(second) = rest.next_if(|second| byte >= 0x21 && (0x21..=0x7e).contains(second)) {
                out.push(second | 0x80);
            }
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

/// Whether ASCII bytes may be of a charset that switches alphabets in seven bits.
pub(super) fn may_shift(bytes: &[u8]) -> bool {
    has_escapes(bytes) || looks_like_hz(bytes) || looks_like_utf7(bytes)
}

/// `~{…~}` with an even number of signs between, all of GB 2312.
pub(super) fn looks_like_hz(bytes: &[u8]) -> bool {
    let Some(open) = bytes.windows(2).position(|pair| pair == b"~{") else { return false };
    let rest = bytes.get(open + 2..).unwrap_or_default();
    let Some(len) = rest.windows(2).position(|pair| pair == b"~}") else { return false };
    let signs = rest.get(..len).unwrap_or_default();
    len >= 2 && len % 2 == 0 && signs.chunks(2).all(|pair| matches!(pair, [0x21..=0x77, 0x21..=0x7e]))
}

/// Several stretches of `+…-` that are letters beyond ASCII. A `+` stands before telephone numbers too, and in base64.
pub(super) fn looks_like_utf7(bytes: &[u8]) -> bool {
    const STRETCHES_MIN: usize = 2;
    const CHARACTERS_MIN: usize = 5;
    if !bytes.is_ascii() {
        return false;
    }
    let (mut stretches, mut characters) = (0_usize, 0_usize);
    for stretch in bytes.split(|byte| *byte == b'+').skip(1).take(50) {
        let len = stretch.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'/').unwrap_or(stretch.len());
        let Some((symbols, [b'-', ..])) = stretch.split_at_checked(len) else { continue };
        if symbols.is_empty() {
            continue;
        }
        let text = decode_utf7(&[b"+", symbols, b"-"].concat());
        let foreign = |c: char| c >= '\u{80}' && c != char::REPLACEMENT_CHARACTER && !c.is_control();
        if text.is_empty() || !text.chars().all(foreign) {
            return false;
        }
        stretches += 1;
        characters += text.chars().filter(|c| c.is_alphabetic()).count();
    }
    stretches >= STRETCHES_MIN && characters >= CHARACTERS_MIN
}

/// ISO-2022-KR (RFC 1557) to EUC-KR: the designator goes, bytes between SO and SI get their eighth bit.
pub(super) fn unwrap_iso_2022_kr(bytes: &[u8]) -> Vec<u8> {
    unwrap_shifts(bytes, b"\x1b$)C")
}

/// The part of ISO-2022-CN (RFC 1922) that is GB 2312, in eight bits. Other alphabets of it become signs of loss.
pub(super) fn unwrap_iso_2022_cn(bytes: &[u8]) -> Vec<u8> {
    unwrap_shifts(bytes, b"\x1b$)A")
}

fn unwrap_shifts(bytes: &[u8], designator: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(designator) {
            rest = after;
            continue;
        }
        rest = tail;
        match byte {
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
    fn shifts_are_told_from_signs_in_ordinary_text() {
        for text in [
            "call +49 40 123456 or +86-574-8765",
            "C++ and a+b@firm.example",
            "a ~{ b ~} c",
            "1+1=2 +VAT-free+",
            "+EUR- +USD-",
            "=?utf-8?B?8J+QiPCfkIg=?= =?utf-8?B?8J+QiPCfkIg=?= +QiPCfkIg",
        ] {
            assert!(!may_shift(text.as_bytes()), "{text}");
        }
        assert!(looks_like_utf7(b"+Zbk- Angebot f+APw-r +UBdiEQ- und +YqVO9w-"));
        assert!(looks_like_hz(b"~{VPND~} ok"));
        assert_eq!(unwrap_iso_2022_cn(b"\x1b$)A\x0eVPND\x0f ok"), b"\xd6\xd0\xce\xc4 ok");
    }

    #[test]
    fn a_line_end_closes_a_forgotten_shift() {
        assert_eq!(unwrap_hz(b"~{VP\nab~~"), b"\xd6\xd0\nab~");
        assert_eq!(unwrap_hz(b"~{<~~} a"), b"\xbc\xfe a", "a tilde within a character");
    }
}
