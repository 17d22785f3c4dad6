//! The way to a server, for all who speak to one: TCP with keepalive and without delay ([`reach`]), through a proxy where the
//! configuration names one, and TLS over it ([`protect`]).
//!
//! Absent on purpose: any way around the check of a certificate, and the words of a protocol.

mod proxy;
mod reach;
mod tls;

pub(super) use reach::reach;
pub(super) use tls::protect;

use super::CredentialError;
use crate::config::{Proxy, Security};
use std::path::PathBuf;
use tokio::io::{AsyncRead, AsyncWrite};

/// What carries bytes: TCP, or TLS over it.
pub(super) trait Transport: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Transport for T {}

/// Where the server is and how it is reached.
#[derive(Debug, Clone)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// Certificates trusted beside those of this machine: a file in PEM form.
    pub ca_file: Option<PathBuf>,
    pub proxy: Option<Proxy>,
}

/// There is no connection, or none that can be trusted.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// No address, no connection, or the proxy refused.
    #[error("{host} cannot be reached: {why}")]
    Unreachable { host: String, why: String },
    /// The certificate is not to be trusted, or the other side speaks no TLS.
    #[error("{host} cannot be trusted: {why}")]
    Untrusted { host: String, why: String },
    /// The proxy's password cannot be read.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The connection ended while hands were shaken.
    #[error("the connection was lost during TLS")]
    Lost,
}
