//! The first token of a mailbox: a person types a code on any device, and we ask until it was done (RFC 8628 §3.4, §3.5).

use crate::config::SecretText;
use crate::mailbox::oauth::{AuthServer, DeviceCode, OAuthError, Tokens};
use std::time::Duration;

/// What `slow_down` adds to the pause (RFC 8628 §3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// The longest pause while the server does not answer.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// There is no first token.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error(transparent)]
    Server(#[from] OAuthError),
    /// Without it the login would be over within the hour.
    #[error("the server gave no refresh token")]
    NoRefreshToken,
}

/// Asks until the person typed the code, said no, or let it expire; `pause` waits. Gives the tokens and the refresh token among them.
pub async fn wait_for_tokens(
    server: &AuthServer,
    code: &DeviceCode,
    pause: impl AsyncFn(Duration),
) -> Result<(Tokens, SecretText), LoginError> {
    let (mut between, mut waited) = (code.pause, Duration::ZERO);
    loop {
        if waited >= code.life {
            return Err(OAuthError::CodeExpired.into());
        }
        pause(between).await;
        waited += between;
        match server.poll(code).await {
            Ok(tokens) => {
                let refresh = tokens.refresh.clone().ok_or(LoginError::NoRefreshToken)?;
                return Ok((tokens, refresh));
            }
            Err(OAuthError::Pending) => {}
            Err(OAuthError::SlowDown) => between += SLOWER,
            Err(OAuthError::Temporary(_)) => between = (between * 2).min(PAUSE_MAX),
            Err(error) => return Err(error.into()),
        }
    }
}
