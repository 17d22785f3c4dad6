//! `[sending]`: the SMTP server. Checked now; nothing is sent by this version.

use super::fault::Problem;
use super::reader::{Section, Value};
use super::secret::{self, Secret};

/// The server that takes our mail.
#[derive(Debug, Clone)]
pub struct Sending {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: Option<String>,
    pub password: Option<Secret>,
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

/// `None` when the file has no such section.
pub(super) fn read(mut section: Section<'_>) -> Option<Sending> {
    if !section.is_there() {
        return None;
    }
    let host = section.require("host", "host = \"smtp.bright.example\"").and_then(|value| host(&value));
    let port = section.take("port").and_then(|value| value.number(1, i64::from(u16::MAX)));
    let security = section.take("security");
    let chosen = security.as_ref().and_then(|value| value.one_of(&Security::ALL, Security::name)).unwrap_or(Security::usual_at(port));
    let user = section.take("user");
    let password = section.take("password");
    section.close();

    if let (Security::None, Some(value), false) = (chosen, &security, host.is_some_and(is_this_machine)) {
        value.fault(Problem::PlainOnlyLocal);
    }
    match (&user, &password) {
        (Some(user), None) => user.fault(Problem::Needs { other: "sending.password" }),
        (None, Some(password)) => password.fault(Problem::Needs { other: "sending.user" }),
        _ => {}
    }
    Some(Sending {
        host: host.unwrap_or_default().to_owned(),
        port: port.unwrap_or(chosen.port()),
        security: chosen,
        user: user.and_then(|value| value.line()).map(str::to_owned),
        password: password.and_then(|value| secret::read(&value)),
    })
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
