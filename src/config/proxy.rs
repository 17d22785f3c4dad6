//! `proxy = "…"` of a mailbox on a server.

use super::fault::{Kind, Problem};
use super::reader::Value;
use super::secret::{self, DatedSecret};

/// A proxy between us and the server.
#[derive(Debug, Clone)]
pub struct Proxy {
    pub kind: ProxyKind,
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<DatedSecret>,
}

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyKind {
    /// RFC 1928; the proxy looks the host's name up.
    Socks5,
    /// CONNECT (RFC 9110 §9.3.6).
    Http,
}

impl ProxyKind {
    /// How its address begins.
    pub fn scheme(self) -> &'static str {
        match self {
            ProxyKind::Socks5 => "socks5",
            ProxyKind::Http => "http",
        }
    }
}

/// `"socks5://user@host:1080"`, or `{ url = "http://…", password = … }`.
pub(super) fn read(value: &Value<'_>) -> Option<Proxy> {
    match value.kind() {
        Kind::Text => of_url(value),
        Kind::Section => {
            let mut section = value.section()?;
            let proxy = section.require("url", "url = \"socks5://li@proxy.bright.example:1080\"").and_then(|value| of_url(&value));
            let password = section.take("password");
            section.close();
            let proxy = proxy?;
            if let (Some(password), None) = (&password, &proxy.user) {
                password.fault(Problem::Needs { other: "url = \"…://user@…\"" });
            }
            Some(Proxy { password: password.as_ref().and_then(secret::read), ..proxy })
        }
        _ => value.wants(Kind::Proxy),
    }
}

fn of_url(value: &Value<'_>) -> Option<Proxy> {
    let text = value.line()?;
    let Some((kind, user, server)) = parts(text) else { return wrong(value, text) };
    if user.is_some_and(|user| user.contains(':')) {
        value.fault(Problem::PasswordInProxy);
        return None;
    }
    let Some((host, port)) = server.trim_end_matches('/').rsplit_once(':') else { return wrong(value, text) };
    // An IPv6 address stands in brackets there (RFC 3986 §3.2.2), and without them everywhere else.
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match bracketed {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_')),
    };
    match port.parse::<u16>() {
        Ok(port) if port > 0 && is_host => {
            let user = user.filter(|user| !user.is_empty()).map(str::to_owned);
            Some(Proxy { kind, host: bracketed.unwrap_or(host).to_owned(), port, user, password: None })
        }
        _ => wrong(value, text),
    }
}

/// Kind, user and `host:port` of an address.
fn parts(text: &str) -> Option<(ProxyKind, Option<&str>, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let kind = match scheme {
        // curl's name for what we always do: the proxy looks the name up.
        "socks5" | "socks5h" => ProxyKind::Socks5,
        "http" => ProxyKind::Http,
        _ => return None,
    };
    Some(match rest.rsplit_once('@') {
        Some((user, server)) => (kind, Some(user), server),
        None => (kind, None, rest),
    })
}

/// The fault shows the address without what may be a password.
fn wrong<T>(value: &Value<'_>, text: &str) -> Option<T> {
    let shown = match text.rsplit_once('@') {
        Some((head, server)) => format!("{}…@{server}", head.split_once("://").map_or(String::new(), |(scheme, _)| format!("{scheme}://"))),
        None => text.to_owned(),
    };
    value.fault(Problem::NotAProxy { text: shown });
    None
}
