//! Keys for one purpose each, derived from the team's one secret (RFC 5869), and the tags made with them (RFC 2104).

use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac;
use std::fmt;

/// Bytes of the secret that keys are derived from.
pub const SECRET_LEN: usize = 32;

/// A key that is good for one purpose: what was tagged with it says nothing under any other, and does not lead back to the secret.
#[derive(Clone)]
pub struct DerivedKey(hmac::Key);

impl DerivedKey {
    /// The key for that purpose.
    pub fn derive(secret: &[u8; SECRET_LEN], purpose: &str) -> Option<Self> {
        let key = Salt::new(HKDF_SHA256, b"tradepost").extract(secret);
        let info = [purpose.as_bytes()];
        key.expand(&info, hmac::HMAC_SHA256).ok().map(|made| Self(hmac::Key::from(made)))
    }

    /// The tag of something (HMAC-SHA256).
    pub fn tag(&self, of: &[u8]) -> [u8; 32] {
        let mut tag = [0; 32];
        tag.iter_mut().zip(hmac::sign(&self.0, of).as_ref()).for_each(|(to, from)| *to = *from);
        tag
    }

    /// The first digits of that tag, in hexadecimal: eight for each word of 32 bits.
    pub fn short_tag(&self, of: &[u8], digits: usize) -> String {
        let mut text: String = self.tag(of).iter().map(|byte| format!("{byte:02x}")).collect();
        text.truncate(digits);
        text
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(key)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_and_each_secret_has_a_key_of_its_own() {
        let key = |secret: u8, purpose| DerivedKey::derive(&[secret; SECRET_LEN], purpose).expect("a key");
        assert_eq!(key(1, "a").tag(b"x"), key(1, "a").tag(b"x"));
        assert_ne!(key(1, "a").tag(b"x"), key(1, "b").tag(b"x"));
        assert_ne!(key(1, "a").tag(b"x"), key(2, "a").tag(b"x"));
        assert_ne!(key(1, "a").tag(b"x"), key(1, "a").tag(b"y"));
        let short = key(1, "a").short_tag(b"x", 8);
        assert!(short.len() == 8 && short.chars().all(|c| c.is_ascii_hexdigit()), "{short}");
        assert_eq!(format!("{:?}", key(1, "a")), "(key)");
    }
}
