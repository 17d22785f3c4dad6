//! `[sending]`: the SMTP server. Checked now; nothing is sent by this version.

use super::secret::Secret;

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
