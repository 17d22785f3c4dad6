//! Numbers of shipments that prove themselves by a check digit: containers, air waybills, parcels of UPS, postal items.

/// Whether a code is the number of a shipment by its form and its check digit.
pub(super) fn is_proved(code: &str) -> bool {
    is_container(code) || is_air_waybill(code) || is_ups_parcel(code) || is_postal_item(code)
}

/// An air waybill: three figures of the airline, a hyphen, seven figures and their remainder by seven (IATA Resolution 600a).
fn is_air_waybill(code: &str) -> bool {
    code.split_once('-').is_some_and(|(line, number)| {
        let is_figures = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let checked =
            number.split_at_checked(7).and_then(|(serial, check)| Some((serial.parse::<u32>().ok()?, check.parse::<u32>().ok()?)));
        line.len() == 3
            && number.len() == 8
            && is_figures(line)
            && is_figures(number)
            && checked.is_some_and(|(serial, check)| serial % 7 == check)
    })
}

/// A parcel of UPS: 1Z, fifteen letters and figures, and a check digit by ten; letters count from A = 2.
fn is_ups_parcel(code: &str) -> bool {
    let Some(number) = code.strip_prefix("1Z").filter(|number| number.len() == 16) else { return false };
    let mut sum = 0_u32;
    for (place, byte) in number.bytes().take(15).enumerate() {
        let value = match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            b'A'..=b'Z' => (u32::from(byte) - 63) % 10,
            _ => return false,
        };
        sum += value * if place % 2 == 0 { 1 } else { 2 };
    }
    number.as_bytes().get(15).is_some_and(|check| check.is_ascii_digit() && u32::from(check - b'0') == (10 - sum % 10) % 10)
}

/// A postal item by UPU S10: two letters, eight figures, a check digit by eleven, the country.
fn is_postal_item(code: &str) -> bool {
    const WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];
    let bytes = code.as_bytes();
    let is_letters = |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_uppercase));
    let Some(figures) = bytes.get(2..11).filter(|part| part.iter().all(u8::is_ascii_digit)) else { return false };
    let sum: u32 = figures.iter().zip(WEIGHTS).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    let check = match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        digit => digit,
    };
    bytes.len() == 13 && is_letters(0..2) && is_letters(11..13) && figures.get(8).is_some_and(|byte| u32::from(byte - b'0') == check)
}

/// A container number: owner, category U, J or Z, six figures and the check digit of ISO 6346, clause 3.
fn is_container(code: &str) -> bool {
    let bytes = code.as_bytes();
    let shaped = bytes.len() == 11 && matches!(bytes.get(3), Some(b'U' | b'J' | b'Z'));
    if !shaped {
        return false;
    }
    let mut sum = 0_u32;
    let mut weight = 1_u32;
    for (place, byte) in bytes.iter().take(10).enumerate() {
        let value = match (place, byte) {
            (0..=3, b'A'..=b'Z') => {
                // A is 10; 11, 22 and 33 are left out.
                let letter = u32::from(byte - b'A');
                letter + 10 + letter.div_ceil(10).max(u32::from(letter > 0)).min(3)
            }
            (4.., b'0'..=b'9') => u32::from(byte - b'0'),
            _ => return false,
        };
        sum += value * weight;
        weight *= 2;
    }
    bytes.get(10).is_some_and(|check| check.is_ascii_digit() && u32::from(check - b'0') == sum % 11 % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn container_numbers_are_proved_by_their_check_digit() {
        // The worked example of ISO 6346, and numbers painted on real boxes.
        for code in ["CSQU3054383", "MSKU9070323", "TEMU6079348"] {
            assert!(is_container(code), "{code}");
        }
        for code in ["CSQU3054384", "CSQX3054383", "CSQU305438", "csqu3054383"] {
            assert!(!is_container(code), "{code}");
        }
    }

    #[test]
    fn waybills_parcels_and_letters_are_proved_by_theirs() {
        for code in ["157-12345675", "1Z5R89390357567127", "RR473124829GB"] {
            assert!(is_proved(code), "{code}");
        }
        for code in ["157-12345676", "1Z5R89390357567128", "RR473124828GB", "555-12345678", "1Z", "é-1"] {
            assert!(!is_proved(code), "{code}");
        }
    }
}
