//! Modified UTF-7 of IMAP mailbox names (RFC 3501 §5.1.3), which Maildir++ folders use on disk.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// The readable name; a name that is not well-formed is returned as it is, for some servers store plain UTF-8.
pub(super) fn decode(wire: &str) -> String {
    try_decode(wire).unwrap_or_else(|| wire.to_owned())
}

fn try_decode(wire: &str) -> Option<String> {
    let mut name = String::with_capacity(wire.len());
    let mut rest = wire;
    while let Some((plain, coded)) = rest.split_once('&') {
        name.push_str(plain);
        let (code, after) = coded.split_once('-')?;
        if code.is_empty() {
            name.push('&');
        } else {
            name.push_str(&decode_shift(code)?);
        }
        rest = after;
    }
    name.push_str(rest);
    Some(name)
}

/// The name on the wire.
pub(super) fn encode(name: &str) -> String {
    let mut wire = String::with_capacity(name.len());
    let mut shifted: Vec<u16> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            end_shift(&mut wire, &mut shifted);
            wire.push(c);
            if c == '&' {
                wire.push('-');
            }
        } else {
            shifted.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
    }
    end_shift(&mut wire, &mut shifted);
    wire
}

/// Writes the characters that were waiting, if any.
fn end_shift(wire: &mut String, shifted: &mut Vec<u16>) {
    if shifted.is_empty() {
        return;
    }
    wire.push('&');
    let (mut bits, mut bit_count) = (0_u32, 0);
    let mut put = |six: u32| wire.extend(ALPHABET.get(six as usize & 63).map(|letter| char::from(*letter)));
    for unit in shifted.drain(..) {
        bits = (bits << 16) | u32::from(unit);
        bit_count += 16;
        while bit_count >= 6 {
            bit_count -= 6;
            put(bits >> bit_count);
            bits &= (1 << bit_count) - 1;
        }
    }
    if bit_count > 0 {
        put(bits << (6 - bit_count));
    }
    wire.push('-');
}

fn decode_shift(code: &str) -> Option<String> {
    let mut bits: u32 = 0;
    let mut bit_count = 0;
    let mut units = Vec::with_capacity(code.len());
    for byte in code.bytes() {
        let value = ALPHABET.iter().position(|known| *known == byte)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        bit_count += 6;
        if bit_count >= 16 {
            bit_count -= 16;
            units.push(u16::try_from((bits >> bit_count) & 0xffff).ok()?);
            bits &= (1 << bit_count) - 1;
        }
    }
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn a_name_survives_the_wire() {
        for name in ["已发送", "a b&c", "Entwürfe", "Отправленные", "📦 Orders", "", "&"] {
            assert_eq!(decode(&encode(name)), name);
        }
        assert_eq!(encode("Entwürfe"), "Entw&APw-rfe");
        assert_eq!(encode("已发送"), "&XfJT0ZAB-");
    }

    #[test]
    fn folder_names_are_read_in_every_script() {
        assert_eq!(decode("&XfJT0ZAB-"), "已发送");
        assert_eq!(decode("a b&-c"), "a b&c");
        assert_eq!(decode("Entw&APw-rfe"), "Entwürfe");
        assert_eq!(decode("&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"), "Отправленные");
    }

    #[test]
    fn what_is_not_utf_7_stays_as_it_is() {
        assert_eq!(decode("R&D"), "R&D");
        assert_eq!(decode("已发送"), "已发送");
        assert_eq!(decode("&!!-"), "&!!-");
    }
}
