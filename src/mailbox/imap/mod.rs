//! A mailbox on a server (RFC 3501, RFC 9051): a thin layer of our own over async-imap, which is only transport, tags and parser.
//!
//! Wanted: a NO, a BAD, a connection cut between two responses, and a line nobody can read are errors, never an empty success; for
//! whoever takes "no mail" from a broken answer loses mail for ever.

mod error;
mod visit;
mod watch;

pub use error::ImapError;
pub use visit::ImapVisit;
pub(super) use watch::watch;

use super::{Credentials, FolderNames};
use crate::config::{Proxy, Security};
use std::path::PathBuf;
use std::sync::Arc;

/// A mailbox on a server; nothing is opened yet.
#[derive(Debug)]
pub struct ImapMailbox {
    pub server: Server,
    /// Names of folders that the configuration gives.
    pub names: FolderNames,
    pub credentials: Arc<dyn Credentials>,
    /// Where large mails are put while they are fetched.
    pub spool: PathBuf,
}

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
