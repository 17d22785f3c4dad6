//! Answers of an authorisation server: JSON to values, with bounds on every time in it.

use super::{DeviceCode, OAuthError, Tokens};
use crate::config::SecretText;
use serde::Deserialize;
use std::time::Duration;

/// RFC 8628 §3.2: five seconds when the server does not say.
const PAUSE: u64 = 5;
const PAUSE_MOST: u64 = 60;
/// Servers say how long a code is good; none means it to be longer than this.
const CODE_LIFE: u64 = 900;
const CODE_LIFE_MOST: u64 = 3600;
/// RFC 6749 §5.1 lets a server leave the life out; an hour is what they mean.
const TOKEN_LIFE: u64 = 3600;
const TOKEN_LIFE_MOST: u64 = 30 * 86_400;
/// Longest error code shown; they are short words.
const ERROR_LEN_MAX: usize = 40;

#[derive(Deserialize)]
struct DeviceAnswer {
    device_code: String,
    user_code: String,
    // Google's name for it is older than the RFC.
    #[serde(alias = "verification_url")]
    verification_uri: String,
    expires_in: Option<u64>,
    interval: Option<u64>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

pub(super) fn device_code(good: bool, body: &[u8]) -> Result<DeviceCode, OAuthError> {
    if !good {
        return Err(refusal(body));
    }
    let answer: DeviceAnswer = serde_json::from_slice(body).map_err(|_| unreadable())?;
    Ok(DeviceCode {
        code: SecretText::new(answer.device_code),
        user_code: answer.user_code,
        address: answer.verification_uri,
        life: Duration::from_secs(answer.expires_in.unwrap_or(CODE_LIFE).clamp(1, CODE_LIFE_MOST)),
        pause: Duration::from_secs(answer.interval.unwrap_or(PAUSE).clamp(1, PAUSE_MOST)),
    })
}

pub(super) fn tokens(good: bool, body: &[u8]) -> Result<Tokens, OAuthError> {
    if !good {
        return Err(refusal(body));
    }
    let answer: TokenAnswer = serde_json::from_slice(body).map_err(|_| unreadable())?;
    if answer.access_token.is_empty() {
        return Err(unreadable());
    }
    Ok(Tokens {
        access: SecretText::new(answer.access_token),
        refresh: answer.refresh_token.filter(|token| !token.is_empty()).map(SecretText::new),
        life: Duration::from_secs(answer.expires_in.unwrap_or(TOKEN_LIFE).clamp(1, TOKEN_LIFE_MOST)),
    })
}

fn unreadable() -> OAuthError {
    OAuthError::Temporary("it answers with something unreadable".to_owned())
}

/// What a refusal means (RFC 6749 §5.2, RFC 8628 §3.5).
fn refusal(body: &[u8]) -> OAuthError {
    let Ok(Refusal { error }) = serde_json::from_slice(body) else { return unreadable() };
    let is_code = error.len() <= ERROR_LEN_MAX && error.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let code = if is_code { error } else { "an unknown error".to_owned() };
    match code.as_str() {
        "authorization_pending" => OAuthError::Pending,
        "slow_down" => OAuthError::SlowDown,
        "expired_token" => OAuthError::CodeExpired,
        "access_denied" | "authorization_declined" => OAuthError::Denied,
        // Microsoft asks for a person with the second.
        "invalid_grant" | "interaction_required" => OAuthError::Ended { code },
        "temporarily_unavailable" | "server_error" => OAuthError::Temporary(code),
        _ => OAuthError::Misconfigured { code },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_refusal_means_is_told_apart() {
        let of = |error: &str| refusal(format!("{{\"error\":\"{error}\",\"error_description\":\"geheim\"}}").as_bytes());
        assert_eq!(of("authorization_pending"), OAuthError::Pending);
        assert_eq!(of("slow_down"), OAuthError::SlowDown);
        assert_eq!(of("expired_token"), OAuthError::CodeExpired);
        assert_eq!(of("access_denied"), OAuthError::Denied);
        assert!(matches!(of("invalid_grant"), OAuthError::Ended { .. }));
        assert!(matches!(of("temporarily_unavailable"), OAuthError::Temporary(_)));
        assert_eq!(of("invalid_scope"), OAuthError::Misconfigured { code: "invalid_scope".to_owned() });
        assert!(!of("Bearer ya29.geheim").to_string().contains("geheim"), "an echo of what was sent is not repeated");
        assert!(matches!(refusal(b"<html>login portal</html>"), OAuthError::Temporary(_)));
    }

    #[test]
    fn times_of_a_server_are_bounded() {
        let code =
            device_code(true, br#"{"device_code":"d","user_code":"u","verification_url":"https://g","expires_in":99999999,"interval":0}"#);
        let code = code.expect("Google's form");
        assert_eq!((code.life.as_secs(), code.pause.as_secs()), (CODE_LIFE_MOST, 1));
        let tokens = tokens(true, br#"{"access_token":"a","expires_in":0,"refresh_token":""}"#).expect("a token");
        assert!(tokens.life.as_secs() == 1 && tokens.refresh.is_none());
    }
}
