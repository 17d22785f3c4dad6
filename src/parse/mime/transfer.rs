//! Content-Transfer-Encoding (RFC 2045 §6), read as far as it goes.

use mail_parser::decoders::base64::base64_decode;
use std::borrow::Cow;

/// How a body travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Transfer {
    /// 7bit, 8bit, binary, and whatever nobody knows.
    #[default]
    Identity,
    Base64,
    QuotedPrintable,
    Uuencode,
}

/// A body as it was before it travelled.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Body<'a> {
    pub bytes: Cow<'a, [u8]>,
    /// It breaks off or holds foreign characters.
    pub broken: bool,
}

impl Transfer {
    /// Reads the field's value; `Base64;`, `base-64` and the like occur.
    pub(super) fn parse(value: &str) -> Self {
        let word: String = value.chars().filter(char::is_ascii_alphanumeric).take(20).collect::<String>().to_ascii_lowercase();
        match word.as_str() {
            "base64" | "b64" => Transfer::Base64,
            "quotedprintable" | "qp" => Transfer::QuotedPrintable,
            "xuuencode" | "uuencode" | "xuue" | "uue" => Transfer::Uuencode,
            _ => Transfer::Identity,
        }
    }

    /// Undoes the encoding.
    pub(super) fn decode(self, bytes: &[u8]) -> Body<'_> {
        match self {
            Transfer::Identity => Body { bytes: Cow::Borrowed(bytes), broken: false },
            Transfer::Base64 => base64(bytes),
            Transfer::QuotedPrintable => quoted_printable(bytes),
            Transfer::Uuencode => {
                let file = super::uuencode::whole(bytes);
                Body { broken: file.is_none(), bytes: file.map_or(Cow::Borrowed(bytes), Cow::Owned) }
            }
        }
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// Decodes base64, skipping foreign characters; text that a mailing list added after the padding is left out.
pub(super) fn base64(bytes: &[u8]) -> Body<'static> {
    let mut clean = Vec::with_capacity(bytes.len());
    let (mut foreign, mut padded) = (false, false);
    for line in bytes.split(|b| *b == b'\n') {
        let line = line.trim_ascii();
        let odd = line.iter().any(|b| !is_base64(*b) && *b != b'=');
        foreign |= odd;
        if odd && padded {
            break;
        }
        padded |= line.ends_with(b"=");
        if odd {
            clean.extend(line.iter().copied().filter(|b| is_base64(*b) || *b == b'='));
        } else {
            clean.extend_from_slice(line);
        }
    }
    let symbols = clean.iter().rposition(|b| *b != b'=').map_or(0, |at| at + 1);
    // One lone symbol is half a byte: it says that something is missing, and no more.
    let lone = symbols % 4 == 1 && !clean.get(..symbols).unwrap_or_default().contains(&b'=');
    if lone {
        clean.truncate(symbols - 1);
    }
    let torn = lone || (symbols % 4 != 0 && clean.len() == symbols);
    let decoded = base64_decode(&clean);
    Body { broken: foreign || torn || decoded.is_none(), bytes: Cow::Owned(decoded.unwrap_or_default()) }
}

/// How many bytes [`base64`] would give, without making them: attachments are counted, not read.
pub(super) fn base64_len(bytes: &[u8]) -> (usize, bool) {
    let mut symbols = 0_usize;
    let mut padded = false;
    for byte in bytes {
        if is_base64(*byte) {
            // Several pieces with padding of their own, or a footer behind the end: rare enough to be decoded.
            if padded {
                let body = base64(bytes);
                return (body.bytes.len(), body.broken);
            }
            symbols += 1;
        } else if *byte == b'=' {
            padded = true;
        } else if !byte.is_ascii_whitespace() {
            let body = base64(bytes);
            return (body.bytes.len(), body.broken);
        }
    }
    (symbols * 3 / 4, symbols % 4 == 1 || !(padded || symbols.is_multiple_of(4)))
}

/// Decodes quoted-printable; a lone `=` stays what it is.
pub(super) fn quoted_printable(bytes: &[u8]) -> Body<'static> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut broken = false;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        broken |= quoted_printable_line(line, &mut out);
    }
    Body { bytes: Cow::Owned(out), broken }
}

/// Decodes one line with its end; whether it is broken.
pub(super) fn quoted_printable_line(line: &[u8], out: &mut Vec<u8>) -> bool {
    let (text, end) = split_line_end(line);
    // White space before the line end was added on the way (RFC 2045 §6.7 rule 3).
    let text = text.trim_ascii_end();
    let (text, soft) = match text.strip_suffix(b"=") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let broken = unquote(text, out);
    if !soft {
        out.extend_from_slice(end);
    }
    broken
}

/// Replaces `=XX` by its byte; whether some `=` was followed by something else.
pub(super) fn unquote(text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut broken = false;
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match tail {
            [high, low, after @ ..] if byte == b'=' => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after;
                }
                _ => {
                    broken = true;
                    out.push(byte);
                }
            },
            _ => {
                broken |= byte == b'=';
                out.push(byte);
            }
        }
    }
    broken
}

/// The value of a hexadecimal digit.
pub(super) fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// A line and its end, which is LF, CRLF or a damaged CRCRLF.
pub(super) fn split_line_end(line: &[u8]) -> (&[u8], &[u8]) {
    let Some(rest) = line.strip_suffix(b"\n") else { return (line, b"") };
    let kept = rest.iter().rposition(|b| *b != b'\r').map_or(0, |at| at + 1);
    line.split_at_checked(kept).unwrap_or((line, b""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_that_breaks_off_gives_what_is_there() {
        assert_eq!(base64(b"SGVsbG8="), Body { bytes: b"Hello".to_vec().into(), broken: false });
        assert_eq!(base64(b"SGVs\r\nbG8"), Body { bytes: b"Hello".to_vec().into(), broken: true });
        assert_eq!(base64(b"SGVsb"), Body { bytes: b"Hel".to_vec().into(), broken: true });
    }

    #[test]
    fn a_list_footer_is_not_decoded_as_if_it_were_base64() {
        let with_footer = b"SGVsbG8=\n-- \nSent through our list\n";
        assert_eq!(base64(with_footer), Body { bytes: b"Hello".to_vec().into(), broken: true });
        assert_eq!(base64_len(with_footer), (5, true));
    }

    #[test]
    fn a_size_is_counted_as_it_would_be_decoded() {
        for text in [&b"SGVsbG8="[..], b"SGVs\r\nbG8", b"SGVsb", b"", b"SGV=sbG8=", b"==="] {
            assert_eq!(base64_len(text), (base64(text).bytes.len(), base64(text).broken), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn quoted_printable_forgives() {
        let body = quoted_printable(b"50=25 off=  \r\n =C3=A9 a=b \r\n=");
        assert_eq!((body.bytes.as_ref(), body.broken), ("50% off é a=b\r\n".as_bytes(), true));
    }
}
