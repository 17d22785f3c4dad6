//! `[sending]` and `smtp = { … }` of a mailbox: the server that takes our mail (RFC 6409).

use super::fault::Problem;
use super::proxy::{self, Proxy};
use super::reader::{Section, Value};
use super::secret::{self, DatedSecret};
use super::team::Team;
use crate::types::EmailAddress;
use std::path::PathBuf;

/// The server that takes our mail.
#[derive(Debug, Clone)]
pub struct Sending {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub login: SmtpLogin,
    /// Certificates trusted beside those of this machine: a file in PEM form.
    pub ca_file: Option<PathBuf>,
    pub proxy: Option<Proxy>,
    /// Mails on their way at the same time.
    pub connections: usize,
    /// Below which every mail gets a return path of its own (`bounce+…@`), by which what comes back is known. Off unless the server
    /// is known to take them, and to deliver what comes to them into a mailbox that is watched.
    pub verp: Option<EmailAddress>,
}

/// Whom a mailbox is for the server that takes its mail.
#[derive(Debug, Clone)]
pub enum SmtpLogin {
    /// Nobody: the server knows us by our address.
    None,
    /// As in the mailbox's own `imap`: the same user, and the same password or token.
    AsMailbox,
    Password {
        user: String,
        password: DatedSecret,
    },
}

/// How the connection is protected (RFC 8314).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte; port 465.
    Tls,
    /// STARTTLS, never going on without it; port 587.
    StartTls,
    /// No protection; only towards this machine; port 25.
    None,
}

/// Providers allow few; more than one keeps a large mail from holding up the small ones behind it.
const CONNECTIONS: usize = 2;
const CONNECTIONS_MOST: i64 = 64;

impl Security {
    /// All of them, the safest first.
    pub const ALL: [Security; 3] = [Security::Tls, Security::StartTls, Security::None];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Security::Tls => "tls",
            Security::StartTls => "starttls",
            Security::None => "none",
        }
    }

    /// What a server expects at a port: TLS, but for the ports of submission and relay, where it begins with STARTTLS.
    fn usual_at(port: Option<u16>) -> Self {
        if matches!(port, Some(25 | 587)) { Security::StartTls } else { Security::Tls }
    }

    /// The port that belongs to it (RFC 8314 §3.3, RFC 6409 §3.1).
    fn port(self) -> u16 {
        match self {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::None => 25,
        }
    }
}

/// `[sending]`, for all mailboxes that do not name a server of their own; `None` when the file has no such section.
pub(super) fn read(section: Section<'_>, team: &Team) -> Option<Sending> {
    section.is_there().then(|| server(section, "sending", SmtpLogin::None, team))
}

/// `smtp = { … }` of a mailbox. Where it names no user, the mailbox logs in as it does for reading, when it is on a server.
pub(super) fn of_mailbox(section: Section<'_>, is_on_server: bool, team: &Team) -> Option<Sending> {
    let usual = if is_on_server { SmtpLogin::AsMailbox } else { SmtpLogin::None };
    section.is_there().then(|| server(section, "smtp", usual, team))
}

fn server(mut section: Section<'_>, named: &'static str, usual: SmtpLogin, team: &Team) -> Sending {
    let host = section.require("host", "host = \"smtp.bright.example\"").and_then(|value| host(&value));
    let port = section.take("port").and_then(|value| value.number(1, i64::from(u16::MAX)));
    let security = section.take("security");
    let chosen = security.as_ref().and_then(|value| value.one_of(&Security::ALL, Security::name)).unwrap_or(Security::usual_at(port));
    let user = section.take("user");
    let password = section.take("password");
    let ca_file = section.take("ca_file").and_then(|value| value.path());
    let proxy = section.take("proxy").and_then(|value| proxy::read(&value));
    let connections = section.take("connections").and_then(|value| value.number::<i64>(1, CONNECTIONS_MOST));
    let verp = section.take("verp").and_then(|value| {
        let address = value.address()?;
        if !team.has(&address) {
            value.fault(Problem::NotOurAddress { text: address.as_str().to_owned() });
        }
        Some(address)
    });
    section.close();

    if let (Security::None, Some(value), false) = (chosen, &security, host.is_some_and(is_this_machine)) {
        value.fault(Problem::PlainOnlyLocal);
    }
    let (needs_password, needs_user) = match named {
        "sending" => ("sending.password", "sending.user"),
        _ => ("smtp.password", "smtp.user"),
    };
    match (&user, &password) {
        (Some(user), None) => user.fault(Problem::Needs { other: needs_password }),
        (None, Some(password)) => password.fault(Problem::Needs { other: needs_user }),
        _ => {}
    }
    let user = user.and_then(|value| value.line()).map(str::to_owned);
    let password = password.and_then(|value| secret::read(&value));
    Sending {
        host: host.unwrap_or_default().to_owned(),
        port: port.unwrap_or(chosen.port()),
        security: chosen,
        login: user.zip(password).map_or(usual, |(user, password)| SmtpLogin::Password { user, password }),
        ca_file,
        proxy,
        connections: connections.and_then(|number| usize::try_from(number).ok()).unwrap_or(CONNECTIONS),
        verp,
    }
}

/// Whether nobody stands between us and this host.
pub(super) fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

/// A host's name or address alone: no scheme, no port.
pub(super) fn host<'t>(value: &Value<'t>) -> Option<&'t str> {
    let text = value.line()?;
    let is_name = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if !is_name && text.parse::<std::net::IpAddr>().is_err() {
        value.fault(Problem::NotAHost { text: text.to_owned() });
        return None;
    }
    Some(text)
}
