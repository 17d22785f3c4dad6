//! The envelope's id of a delivery (RFC 3461 §4.4): servers that report on it name it again.

use crate::types::{DeliveryId, DerivedKey};

/// What its key is derived for.
pub const ENVELOPE_ID_PURPOSE: &str = "envelope id 1";
/// Digits of the tag: 32 bits, so that nobody makes up an id that is taken for one of ours.
const TAG_DIGITS: usize = 8;

/// The id of a delivery: `<delivery>.<tag>`. The number alone would be anybody's guess.
pub fn envelope_id(key: &DerivedKey, delivery: DeliveryId) -> String {
    format!("{delivery}.{}", key.short_tag(&delivery.0.to_be_bytes(), TAG_DIGITS))
}

/// The delivery whose id this is.
pub fn delivery_of_envelope_id(key: &DerivedKey, text: &str) -> Option<DeliveryId> {
    let text = text.trim().to_ascii_lowercase();
    let (number, _) = text.split_once('.')?;
    let delivery = DeliveryId(number.parse().ok().filter(|number| *number > 0)?);
    (envelope_id(key, delivery) == text).then_some(delivery)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_delivery_and_one_made_up_leads_nowhere() {
        let key = |secret: u8| DerivedKey::derive(&[secret; 32], ENVELOPE_ID_PURPOSE).expect("a key");
        let id = envelope_id(&key(1), DeliveryId(4711));
        assert_eq!(delivery_of_envelope_id(&key(1), &format!(" {} ", id.to_uppercase())), Some(DeliveryId(4711)), "some servers shout");
        assert_eq!(delivery_of_envelope_id(&key(2), &id), None, "another team's key");
        for made_up in ["4711", "4711.", "4711.00000000", "-1.x", "", ".", "99999999999999999999.00000000", &id.replace("4711", "04711")] {
            assert_eq!(delivery_of_envelope_id(&key(1), made_up), None, "{made_up}");
        }
    }
}
