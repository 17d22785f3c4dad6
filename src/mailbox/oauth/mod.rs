//! Tokens of an authorisation server: the first one by a code that a person types on any device (RFC 8628), the next ones by the
//! refresh token (RFC 6749 §6). In come what the configuration says and secrets in hand; out go tokens, or what kind of failure it was.
//!
//! Absent on purpose: keeping tokens, waiting, and trying again (flow does that with the books), and any word of the server but the
//! error codes of the two RFCs: descriptions may repeat what was sent.

mod answer;

use super::http::{self, HttpError, ProxyLogin};
use crate::config::{Issuer, OAuth, SecretText};
use std::fmt;
use std::time::Duration;

/// An authorisation server, and who we are to it.
pub struct AuthServer {
    http: reqwest::Client,
    addresses: Addresses,
    client_id: String,
    client_secret: Option<SecretText>,
}

/// Where it answers, and what we ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Addresses {
    device: String,
    token: String,
    scope: String,
}

/// What a person is to type, and where (RFC 8628 §3.2).
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceCode {
    code: SecretText,
    /// What the person types.
    pub user_code: String,
    /// The address the person opens.
    pub address: String,
    /// How long the code is good.
    pub life: Duration,
    /// How long to wait between two questions.
    pub pause: Duration,
}

/// What the server gave (RFC 6749 §5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    pub access: SecretText,
    /// `None`: the one before stays good.
    pub refresh: Option<SecretText>,
    /// How long the access token is good.
    pub life: Duration,
}

/// Why there is no token, told apart by what helps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OAuthError {
    /// `authorization_pending`: the person has not typed the code yet.
    #[error("nobody has typed the code yet")]
    Pending,
    /// `slow_down`: five seconds more between two questions (RFC 8628 §3.5).
    #[error("the server wants to be asked less often")]
    SlowDown,
    /// `expired_token`: the code was not typed in time.
    #[error("the code has expired")]
    CodeExpired,
    /// `access_denied`: the person said no.
    #[error("the login was refused by the person")]
    Denied,
    /// `invalid_grant`: the refresh token is worth nothing any more; a person must log in again.
    #[error("the server no longer accepts the refresh token ({code})")]
    Ended { code: String },
    /// Our own settings are wrong: client, secret, scope, tenant, or an address.
    #[error("the server does not accept how we ask ({code})")]
    Misconfigured { code: String },
    /// Waiting may help.
    #[error("the authorisation server gives no answer that can be used: {0}")]
    Temporary(String),
}

/// Mail of Google and of Microsoft 365. `offline_access` asks for a refresh token.
const GOOGLE_DEVICE: &str = "https://oauth2.googleapis.com/device/code";
const GOOGLE_TOKEN: &str = "https://oauth2.googleapis.com/token";
const GOOGLE_SCOPE: &str = "https://mail.google.com/";
const MICROSOFT: &str = "https://login.microsoftonline.com";
const MICROSOFT_SCOPE: &str = "https://outlook.office.com/IMAP.AccessAsUser.All offline_access";
/// Google's covers sending.
const MICROSOFT_SENDING_SCOPE: &str = "https://outlook.office.com/SMTP.Send";

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

impl Addresses {
    fn of(issuer: &Issuer, sends: bool) -> Self {
        match issuer {
            Issuer::Google => Self { device: GOOGLE_DEVICE.into(), token: GOOGLE_TOKEN.into(), scope: GOOGLE_SCOPE.into() },
            Issuer::Microsoft { tenant } => Self {
                device: format!("{MICROSOFT}/{tenant}/oauth2/v2.0/devicecode"),
                token: format!("{MICROSOFT}/{tenant}/oauth2/v2.0/token"),
                scope: if sends { format!("{MICROSOFT_SENDING_SCOPE} {MICROSOFT_SCOPE}") } else { MICROSOFT_SCOPE.into() },
            },
            Issuer::Other { device_url, token_url, scope } => {
                Self { device: device_url.clone(), token: token_url.clone(), scope: scope.clone() }
            }
        }
    }
}

impl AuthServer {
    /// The server of those settings, reached through that proxy. Reads this machine's certificates: blocks for some milliseconds.
    ///
    /// `sends` asks for the permission to send too. It is given with the login, and lasts as long as that.
    pub fn new(oauth: &OAuth, client_secret: Option<SecretText>, proxy: Option<&ProxyLogin>, sends: bool) -> Result<Self, HttpError> {
        let http = http::client(proxy)?;
        Ok(Self { http, addresses: Addresses::of(&oauth.issuer, sends), client_id: oauth.client_id.clone(), client_secret })
    }

    /// Asks for a code that a person can type (RFC 8628 §3.1).
    pub async fn begin(&self) -> Result<DeviceCode, OAuthError> {
        let (good, body) = self.post(&self.addresses.device, &[("scope", &self.addresses.scope)]).await?;
        answer::device_code(good, &body)
    }

    /// Asks whether the code was typed (RFC 8628 §3.4).
    pub async fn poll(&self, code: &DeviceCode) -> Result<Tokens, OAuthError> {
        let (good, body) = self.post(&self.addresses.token, &[("grant_type", DEVICE_GRANT), ("device_code", code.code.reveal())]).await?;
        answer::tokens(good, &body)
    }

    /// Asks for the next access token (RFC 6749 §6).
    pub async fn refresh(&self, refresh: &SecretText) -> Result<Tokens, OAuthError> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.reveal())];
        let (good, body) = self.post(&self.addresses.token, &form).await?;
        answer::tokens(good, &body)
    }

    /// Whether the status was a success, and the body.
    async fn post(&self, address: &str, form: &[(&str, &str)]) -> Result<(bool, Vec<u8>), OAuthError> {
        let temporary = |error: HttpError| OAuthError::Temporary(error.to_string());
        let secret = self.client_secret.as_ref().map(|secret| ("client_secret", secret.reveal()));
        let form: Vec<(&str, &str)> = form.iter().copied().chain([("client_id", self.client_id.as_str())]).chain(secret).collect();
        let request = self.http.post(address).header("accept", "application/json").form(&form);
        let response = request.send().await.map_err(|error| temporary(http::why(&error)))?;
        let status = response.status();
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(OAuthError::Temporary(format!("it answers {}", status.as_u16())));
        }
        Ok((status.is_success(), http::body(response).await.map_err(temporary)?))
    }
}

impl fmt::Debug for AuthServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthServer").field(&self.addresses.token).finish()
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode").field("address", &self.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sending_takes_a_permission_of_its_own_at_microsoft_and_nowhere_else() {
        let microsoft = Issuer::Microsoft { tenant: "common".to_owned() };
        assert_eq!(Addresses::of(&microsoft, false).scope, MICROSOFT_SCOPE);
        assert_eq!(
            Addresses::of(&microsoft, true).scope,
            "https://outlook.office.com/SMTP.Send https://outlook.office.com/IMAP.AccessAsUser.All offline_access"
        );
        assert_eq!(Addresses::of(&Issuer::Google, true).scope, Addresses::of(&Issuer::Google, false).scope);
    }
}
