//! The one HTTP client of the program: TLS with ring, the machine's certificates, no redirects, a limit on every wait and answer.

use crate::config::{ProxyKind, SecretText};
use reqwest::{Client, Proxy, Response, Url, redirect};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

/// How long a connection, and a whole answer, may take.
const CONNECT_MAX: Duration = Duration::from_secs(15);
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// No answer that we ask for is longer.
const ANSWER_LEN_MAX: usize = 256 * 1024;

/// A proxy with its password in hand.
#[derive(Debug, Clone)]
pub struct ProxyLogin {
    pub kind: ProxyKind,
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<SecretText>,
}

/// Why a request has no answer. Holds no address and no word of either side, for both may carry a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    #[error("TLS cannot be set up")]
    Tls,
    #[error("the proxy's address cannot be used")]
    Proxy,
    #[error("it cannot be reached")]
    Unreachable,
    #[error("it did not answer in time")]
    Slow,
    #[error("the connection was lost")]
    Lost,
    #[error("its answer is longer than {ANSWER_LEN_MAX} bytes")]
    TooLong,
}

/// A client that goes through that proxy, or straight to the server whatever the environment says.
#[expect(clippy::disallowed_methods, reason = "the one place that makes an HTTP client")]
pub fn client(proxy: Option<&ProxyLogin>) -> Result<Client, HttpError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let tls = tls.with_safe_default_protocol_versions().map_err(|_| HttpError::Tls)?;
    let tls = tls.with_root_certificates(roots).with_no_client_auth();
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_MAX)
        .timeout(ANSWER_MAX)
        // A redirected token request would carry its secrets to another host.
        .redirect(redirect::Policy::none())
        .user_agent(concat!("tradepost/", env!("CARGO_PKG_VERSION")))
        .no_proxy();
    let builder = match proxy {
        Some(proxy) => builder.proxy(through(proxy).ok_or(HttpError::Proxy)?),
        None => builder,
    };
    builder.build().map_err(|_| HttpError::Tls)
}

fn through(proxy: &ProxyLogin) -> Option<Proxy> {
    let scheme = match proxy.kind {
        // With the h, the proxy looks the name up.
        ProxyKind::Socks5 => "socks5h",
        ProxyKind::Http => "http",
    };
    let host = if proxy.host.contains(':') { format!("[{}]", proxy.host) } else { proxy.host.clone() };
    let mut url = Url::parse(&format!("{scheme}://{host}:{}", proxy.port)).ok()?;
    if let Some(user) = &proxy.user {
        url.set_username(user).ok()?;
        url.set_password(proxy.password.as_ref().map(SecretText::reveal)).ok()?;
    }
    Proxy::all(url).ok()
}

/// The whole of an answer, when it is not too long.
pub async fn body(mut response: Response) -> Result<Vec<u8>, HttpError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| why(&error))? {
        if bytes.len() + chunk.len() > ANSWER_LEN_MAX {
            return Err(HttpError::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What kind of failure it was.
pub fn why(error: &reqwest::Error) -> HttpError {
    if error.is_timeout() {
        HttpError::Slow
    } else if error.is_connect() {
        HttpError::Unreachable
    } else {
        HttpError::Lost
    }
}
