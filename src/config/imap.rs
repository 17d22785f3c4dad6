//! `imap = { … }` of a mailbox: its server, how we log in, and through which proxy.

use super::secret::Secret;
use super::sending::Security;
use std::path::PathBuf;

/// A mailbox on a server (RFC 9051, RFC 3501).
#[derive(Debug, Clone)]
pub struct Imap {
    pub host: String,
    /// 993 with TLS, 143 otherwise, unless written.
    pub port: u16,
    pub security: Security,
    /// Whom we log in as; the mailbox's address when nothing is written.
    pub user: String,
    pub login: Login,
    /// Certificates trusted beside those of this machine: a file in PEM form.
    pub ca_file: Option<PathBuf>,
    pub proxy: Option<Proxy>,
    /// The provider's name in `rules/providers.toml`; `None` means: recognise it.
    pub provider: Option<String>,
}

/// What proves that the mailbox is ours to read.
#[derive(Debug, Clone)]
pub enum Login {
    /// A password, often an app password or authorisation code, with the day it ends when the provider sets one.
    Password { password: Secret, expires: Option<jiff::civil::Date> },
    /// A token of an authorisation server (RFC 6749); `tradepost login` gets the first one.
    OAuth(OAuth),
}

/// Where tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth {
    pub issuer: Issuer,
    pub client_id: String,
    pub client_secret: Option<Secret>,
}

/// Who gives tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issuer {
    Google,
    /// With the tenant, `common` when none is written.
    Microsoft {
        tenant: String,
    },
    /// Another one, by its addresses; the device address may be the same host's (RFC 8628 §3.1).
    Other {
        device_url: String,
        token_url: String,
        scope: String,
    },
}

/// A proxy between us and the server.
#[derive(Debug, Clone)]
pub struct Proxy {
    pub kind: ProxyKind,
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<Secret>,
}

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyKind {
    /// RFC 1928; the proxy looks the host's name up.
    Socks5,
    /// CONNECT (RFC 9110 §9.3.6).
    Http,
}
