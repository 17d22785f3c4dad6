//! `oauth = { … }` of a mailbox on a server: where its tokens come from.

use super::fault::{Kind, Problem};
use super::reader::{Section, Value};
use super::secret::{self, DatedSecret};
use super::web;

/// Where tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth {
    pub issuer: Issuer,
    pub client_id: String,
    pub client_secret: Option<DatedSecret>,
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

/// An issuer that is known by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Google,
    Microsoft,
}

impl Known {
    const ALL: [Known; 2] = [Known::Google, Known::Microsoft];

    fn name(self) -> &'static str {
        match self {
            Known::Google => "google",
            Known::Microsoft => "microsoft",
        }
    }
}

/// Any Microsoft account of work, school or home may log in.
const TENANT: &str = "common";

pub(super) fn read(mut section: Section<'_>) -> Option<OAuth> {
    let issuer = section.require("issuer", "issuer = \"microsoft\"");
    let tenant = section.take("tenant");
    let client_id = section.require("client_id", "client_id = \"…\"").and_then(|value| value.line());
    let client_secret = section.take("client_secret").and_then(|value| secret::read(&value));
    section.close();

    let tenant_name = tenant.as_ref().and_then(tenant_of);
    let issuer = issuer.and_then(|value| issuer_of(&value, tenant_name));
    if let (Some(tenant), Some(Issuer::Google | Issuer::Other { .. })) = (&tenant, &issuer) {
        tenant.fault(Problem::Needs { other: "issuer = \"microsoft\"" });
    }
    Some(OAuth { issuer: issuer?, client_id: client_id?.to_owned(), client_secret })
}

/// A tenant's domain or number. It becomes part of an address, so nothing else may stand in it.
fn tenant_of<'t>(value: &Value<'t>) -> Option<&'t str> {
    let text = value.line()?;
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')) {
        value.fault(Problem::NotADomain { text: text.to_owned() });
        return None;
    }
    Some(text)
}

/// `"google"`, `"microsoft"`, or `{ device_url = "…", token_url = "…", scope = "…" }`.
fn issuer_of(value: &Value<'_>, tenant: Option<&str>) -> Option<Issuer> {
    match value.kind() {
        Kind::Text => match value.one_of(&Known::ALL, Known::name)? {
            Known::Google => Some(Issuer::Google),
            Known::Microsoft => Some(Issuer::Microsoft { tenant: tenant.unwrap_or(TENANT).to_owned() }),
        },
        Kind::Section => {
            let mut section = value.section()?;
            let device_url = section.require("device_url", "device_url = \"https://login.bright.example/device\"");
            let token_url = section.require("token_url", "token_url = \"https://login.bright.example/token\"");
            let scope = section.require("scope", "scope = \"imap offline_access\"").and_then(|value| value.line());
            section.close();
            let device_url = device_url.and_then(|value| web::service(&value));
            let token_url = token_url.and_then(|value| web::service(&value));
            Some(Issuer::Other { device_url: device_url?, token_url: token_url?, scope: scope?.to_owned() })
        }
        _ => value.wants(Kind::Issuer),
    }
}
