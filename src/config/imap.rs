//! `imap = { … }` of a mailbox: its server, how we log in, and through which proxy.

use super::fault::Problem;
use super::oauth::{self, OAuth};
use super::proxy::{self, Proxy};
use super::reader::Section;
use super::secret::{self, DatedSecret};
use super::sending::{Security, host, is_this_machine};
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
    /// A password, often an app password or authorisation code.
    Password(DatedSecret),
    /// A token of an authorisation server (RFC 6749); `tradepost login` gets the first one.
    OAuth(OAuth),
}

impl Imap {
    /// What no two mailboxes share: the same user of the same server sees the same mail.
    pub(super) fn place(&self) -> String {
        format!("{}/{}", self.host.to_lowercase(), self.user.to_lowercase())
    }
}

/// The ports of IMAP with TLS from the first byte, and of IMAP that begins in the clear (RFC 8314 §3.2, RFC 9051 §2.1).
const PORT_TLS: u16 = 993;
const PORT_CLEAR: u16 = 143;

/// Reads the section; `address` is whom we log in as when no user is written. `None` after a fault.
pub(super) fn read(mut section: Section<'_>, address: &str) -> Option<Imap> {
    let host = section.require("host", "host = \"imap.bright.example\"").and_then(|value| host(&value));
    let port = section.take("port").and_then(|value| value.number(1, i64::from(u16::MAX)));
    let security = security(&mut section, port, host);
    let user = section.take("user").and_then(|value| value.line());
    let login = login(&mut section);
    let ca_file = section.take("ca_file").and_then(|value| value.path());
    let proxy = section.take("proxy").and_then(|value| proxy::read(&value));
    let provider = section.take("provider").and_then(|value| value.line());
    section.close();
    Some(Imap {
        host: host?.to_owned(),
        port: port.unwrap_or(if security == Security::Tls { PORT_TLS } else { PORT_CLEAR }),
        security,
        user: user.unwrap_or(address).to_owned(),
        login: login?,
        ca_file,
        proxy,
        provider: provider.map(str::to_owned),
    })
}

/// What is written, or what a server expects at that port: TLS, but STARTTLS where IMAP begins in the clear.
fn security(section: &mut Section<'_>, port: Option<u16>, host: Option<&str>) -> Security {
    let usual = if port == Some(PORT_CLEAR) { Security::StartTls } else { Security::Tls };
    let Some(value) = section.take("security") else { return usual };
    let chosen = value.one_of(&Security::ALL, Security::name).unwrap_or(usual);
    if chosen == Security::None && !host.is_some_and(is_this_machine) {
        value.fault(Problem::PlainOnlyLocal);
    }
    chosen
}

/// Exactly one of `password` and `oauth`; `expires` belongs to the password, and may stand in its braces instead.
fn login(section: &mut Section<'_>) -> Option<Login> {
    let password = section.take("password");
    let expires = section.take("expires");
    let oauth = section.take("oauth");
    if let (Some(expires), None) = (&expires, &password) {
        expires.fault(Problem::Needs { other: "password" });
    }
    match (password, oauth) {
        (Some(password), None) => {
            let mut secret = secret::read(&password)?;
            if let (Some(second), Some(_)) = (&expires, secret.expires) {
                let first_line = password.place().line.unwrap_or_default();
                second.fault(Problem::Duplicate { text: "expires".to_owned(), first_line });
            }
            secret.expires = secret.expires.or_else(|| expires.as_ref().and_then(secret::date));
            Some(Login::Password(secret))
        }
        (None, Some(oauth)) => oauth::read(oauth.section()?).map(Login::OAuth),
        (Some(_), Some(second)) => {
            second.fault(Problem::OneLogin);
            None
        }
        (None, None) => {
            section.page().fault(&section.place("password"), Problem::OneLogin);
            None
        }
    }
}
