//! One secret and no other: for a mailbox that is tried before anything of it is saved, or looked at beside the daemon.

use super::{Credential, CredentialError, Credentials};
use crate::config::SecretText;
use std::future::Future;
use std::pin::Pin;

/// A user, and a password or token in hand.
#[derive(Debug, Clone)]
pub struct FixedSecret {
    credential: Credential,
}

impl FixedSecret {
    /// A login by password.
    pub fn password(user: &str, password: SecretText) -> Self {
        Self { credential: Credential::Password { user: user.to_owned(), password } }
    }

    /// A login by access token.
    pub fn token(user: &str, token: SecretText) -> Self {
        Self { credential: Credential::Bearer { user: user.to_owned(), token } }
    }
}

impl Credentials for FixedSecret {
    /// Always the same: there is no better one when it was refused.
    fn credential(&self, _refused: bool) -> Pin<Box<dyn Future<Output = Result<Credential, CredentialError>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(self.credential.clone())))
    }
}
