//! What a server is shown at login. It comes from a store that whoever opens the mailbox hands in: this folder keeps no secret.

use crate::config::SecretError;
use crate::config::SecretText;
use sha2::{Digest, Sha256};
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

/// Tells one credential from another and holds no secret: a hash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CredentialMark([u8; 32]);

impl Credential {
    /// What it is known again by.
    pub fn mark(&self) -> CredentialMark {
        let (kind, user, secret) = match self {
            Self::Password { user, password } => ("password", user, password),
            Self::Bearer { user, token } => ("token", user, token),
        };
        let mut hash = Sha256::new();
        for part in [kind, user, secret.reveal()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        CredentialMark(hash.finalize().into())
    }
}

/// Why there is no credential now. Never holds any part of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    #[error("the password cannot be read: {0}")]
    Unreadable(SecretError),
    #[error("the proxy's password cannot be read: {0}")]
    ProxyUnreadable(SecretError),
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
