//! What a server is shown at login. It comes from a store that whoever opens the mailbox hands in: this folder keeps no secret.

use crate::config::SecretText;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// What proves that the mailbox is ours to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    Password {
        user: String,
        password: SecretText,
    },
    /// An access token for XOAUTH2 or OAUTHBEARER (RFC 7628).
    Bearer {
        user: String,
        token: SecretText,
    },
}

/// Why there is no credential now. Never holds any part of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    #[error("the password cannot be read: {0}")]
    Unreadable(String),
    #[error("nobody has logged in yet; run `tradepost login {account}`")]
    NoToken { account: String },
    /// `invalid_grant` (RFC 6749 §5.2): only a person can help.
    #[error("the authorisation has ended ({why}); run `tradepost login {account}`")]
    Ended { account: String, why: String },
    /// The authorisation server cannot be reached, or fails; waiting may help.
    #[error("the authorisation server gives no token now: {0}")]
    NotNow(String),
}

/// Where credentials come from.
pub trait Credentials: fmt::Debug + Send + Sync {
    /// What to log in with now. `refused`: the last one was refused although it should be good, so a token is renewed before its time.
    fn credential(&self, refused: bool) -> Pin<Box<dyn Future<Output = Result<Credential, CredentialError>> + Send + '_>>;
}
