//! Credentials as a story hands them out.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use tradepost::config::{SecretError, SecretText};
use tradepost::mailbox::{Credential, CredentialError, Credentials};

/// Hands out these credentials in turn, the last one again and again, and notes how it was asked.
#[derive(Debug, Default)]
pub struct Purse {
    credentials: Mutex<VecDeque<Credential>>,
    asked: Mutex<Vec<bool>>,
}

impl Purse {
    pub fn new(credentials: impl IntoIterator<Item = Credential>) -> Arc<Self> {
        Arc::new(Self { credentials: Mutex::new(credentials.into_iter().collect()), asked: Mutex::default() })
    }

    /// From now on it holds this one.
    pub fn put(&self, credential: Credential) {
        *self.credentials.lock().expect("nobody stopped holding it") = [credential].into();
    }

    /// Whether each asking came after a refusal.
    pub fn asked(&self) -> Vec<bool> {
        self.asked.lock().expect("nobody stopped holding it").clone()
    }
}

impl Credentials for Purse {
    fn credential(&self, refused: bool) -> Pin<Box<dyn Future<Output = Result<Credential, CredentialError>> + Send + '_>> {
        self.asked.lock().expect("nobody stopped holding it").push(refused);
        let mut credentials = self.credentials.lock().expect("nobody stopped holding it");
        let next = if credentials.len() > 1 { credentials.pop_front() } else { credentials.front().cloned() };
        Box::pin(async move { next.ok_or(CredentialError::Unreadable(SecretError::Empty)) })
    }
}

/// A password of the user `sales`.
pub fn password(password: &str) -> Credential {
    Credential::Password { user: "sales".into(), password: SecretText::new(password.into()) }
}

/// A token of the user `sales@bright.example`.
pub fn token(token: &str) -> Credential {
    Credential::Bearer { user: "sales@bright.example".into(), token: SecretText::new(token.into()) }
}
