//! How a login is told to a server (SASL, RFC 4422) and how its refusal is read, alike for IMAP and SMTP.

use super::CredentialError;
use crate::config::SecretError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// More challenges than any of our mechanisms has.
pub(super) const CHALLENGES_MAX: usize = 4;

/// Words of a server that says: later. Most give no code for it.
const CROWDED_WORDS: [&str; 10] =
    ["too many", "simultaneous", "connections", "try again later", "temporar", "rate limit", "throttl", "system busy", "frequen", "频繁"];

/// Words of one that also says the password is wrong: Tencent lists all it can think of in one sentence, "Login fail. Account is
/// abnormal, service is not open, password is incorrect, login frequency limited, or system is busy".
const REFUSED_WORDS: [&str; 3] = ["password is incorrect", "incorrect password", "invalid password"];

/// Words of a server that is going away or broken. A login that ends with others was refused, whatever form the answer has.
const OUT_OF_ORDER_WORDS: [&str; 9] =
    ["shut", "restart", "maintenance", "internal", "timeout", "timed out", "inactiv", "unavailable", "维护"];

/// How a login is told to the server.
pub(super) struct Mechanism {
    pub name: &'static str,
    /// The initial response, in Base64.
    pub first: String,
    /// What a challenge is answered with. Servers tell in one why they refuse a token, and wait for an answer before they do.
    pub to_challenge: &'static str,
}

impl Mechanism {
    /// PLAIN (RFC 4616).
    pub fn plain(user: &str, password: &str) -> Result<Self, CredentialError> {
        if user.contains('\0') || password.contains('\0') {
            return Err(CredentialError::Unreadable(SecretError::HoldsNul));
        }
        // An `*` cancels (RFC 9051 §6.2.2, RFC 4954 §4): PLAIN has no challenge.
        Ok(Self { name: "PLAIN", first: STANDARD.encode(format!("\0{user}\0{password}")), to_challenge: "*" })
    }

    /// OAUTHBEARER (RFC 7628) or XOAUTH2, which Google and Microsoft had before; `None` where the server offers neither.
    pub fn bearer(user: &str, token: &str, offers: impl Fn(&str) -> bool) -> Option<Self> {
        if offers("OAUTHBEARER") {
            // `,` and `=` are written as codes in the header of GS2 (RFC 5801 §4).
            let user = user.replace('=', "=3D").replace(',', "=2C");
            let first = STANDARD.encode(format!("n,a={user},\u{1}auth=Bearer {token}\u{1}\u{1}"));
            Some(Self { name: "OAUTHBEARER", first, to_challenge: "AQ==" })
        } else if offers("XOAUTH2") {
            let first = STANDARD.encode(format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}"));
            Some(Self { name: "XOAUTH2", first, to_challenge: "" })
        } else {
            None
        }
    }
}

/// Whether the words ask for patience. Words that name the password weigh more: trying it again may lock people out.
pub(super) fn sounds_crowded(text: &str) -> bool {
    let text = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    has(&CROWDED_WORDS) && !has(&REFUSED_WORDS)
}

/// Whether the words are those of a server that is going away or broken.
pub(super) fn sounds_out_of_order(text: &str) -> bool {
    let text = text.to_lowercase();
    OUT_OF_ORDER_WORDS.iter().any(|word| text.contains(word))
}

/// The text without a secret that the server repeats: it gets on to nobody.
pub(super) fn without(text: String, secret: &str) -> String {
    if !secret.is_empty() && text.contains(secret) { text.replace(secret, "(secret)") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_names_the_password_is_a_refusal() {
        let tencent =
            "Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy.";
        assert!(!sounds_crowded(tencent));
        assert!(sounds_crowded("authentication failed, system busy") && sounds_crowded("登录过于频繁"));
    }

    #[test]
    fn an_empty_secret_is_found_nowhere() {
        assert_eq!(without("as it is".into(), ""), "as it is");
        assert_eq!(without("not pw, pw".into(), "pw"), "not (secret), (secret)");
    }
}
