//! A mailbox on a server (RFC 3501, RFC 9051). Below is a thin layer of our own, [`Connection`]; above it the door's verbs.
//!
//! Wanted: a NO, a BAD, a connection cut between two responses, and a line nobody can read are errors, never an empty success; for
//! whoever takes "no mail" from a broken answer loses mail for ever.
//!
//! Below the layer, from the wire upwards, over a connection from `net`: `wire` cuts the bytes into whole responses; `response` reads them; `connection` sends a command and reads to its end. `imap-proto`
//! gives the types of responses and reads those it reads well. Absent on purpose: commands by sequence number, ENVELOPE and BODYSTRUCTURE.

mod append;
mod capabilities;
mod commands;
mod connection;
mod drafts;
mod error;
mod fetch;
mod fetched;
mod folders;
#[cfg(test)]
mod gaps;
mod glance;
#[cfg(test)]
mod habits;
mod idle;
#[cfg(test)]
mod lateness;
mod login;
mod look;
#[cfg(test)]
mod model;
mod moving;
mod putting;
mod quirks;
mod quote;
mod refused;
mod response;
mod sighting;
mod tokens;
mod uids;
mod visit;
mod watch;
mod wire;

pub use commands::{Listed, Selected, SpecialUse};
pub use connection::{Connection, Done};
pub use error::ImapError;
pub use fetched::Fetched;
pub use moving::Moved;
pub use quote::quoted;
pub use refused::RefusedTokens;
pub use visit::ImapVisit;
pub(super) use watch::watch;

use super::providers::{Provider, Providers};
use super::{Credentials, FolderNames, Server};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A mailbox on a server; nothing is opened yet.
#[derive(Debug)]
pub struct ImapMailbox {
    pub server: Server,
    /// Names of folders that the configuration gives.
    pub names: FolderNames,
    pub credentials: Arc<dyn Credentials>,
    /// Where large mails are put while they are fetched.
    pub spool: PathBuf,
    /// How long we wait for what.
    pub deadlines: Deadlines,
    /// What is known of providers.
    pub providers: Arc<Providers>,
    /// The provider that the configuration names.
    pub provider: Option<String>,
    /// What its connections know of tokens that were refused.
    pub refused: RefusedTokens,
}

impl ImapMailbox {
    /// Who keeps it, as far as the configuration, the host, or what the server says of itself tells.
    fn provider(&self, said: &str) -> Option<&Provider> {
        self.providers.recognise(self.provider.as_deref(), &self.server.host, said)
    }
}

/// How long a server may take. Every wait has an end, or a server that falls silent holds its mailbox for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// A TCP connection, proxy included.
    pub connect: Duration,
    /// From nothing to logged in.
    pub opening: Duration,
    /// Between two pieces of an answer, and for a piece of a mail to leave us.
    pub read: Duration,
    /// A whole command, for servers that talk without end.
    pub command: Duration,
    /// From DONE to the end of IDLE.
    pub idle_end: Duration,
    /// How long a server that shows an older state of a folder is given first to show the newest again.
    pub catch_up: Duration,
    /// Pauses between looks for a mail that the server took and does not show.
    pub shown: [Duration; 3],
    /// After a refused login nobody tries again sooner: what ails the provider is over by then, and no lock-out is near.
    pub after_refusal: Duration,
}

impl Deadlines {
    /// For a FETCH of so many mails with so many bytes in all: a server that drips holds what is on its way, and its mailbox, no longer
    /// than a slow line would. Some take their mail out of an archive first, one by one.
    pub(super) fn of_mails(&self, mails: usize, bytes: u64) -> Duration {
        const PER_MAIL: Duration = Duration::from_secs(2);
        const BYTES_PER_S_MIN: u64 = 16 * 1024;
        let mails = PER_MAIL.saturating_mul(u32::try_from(mails).unwrap_or(u32::MAX));
        self.read.saturating_add(mails).saturating_add(Duration::from_secs(bytes / BYTES_PER_S_MIN)).min(self.command)
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            opening: Duration::from_secs(60),
            read: Duration::from_secs(120),
            command: Duration::from_secs(30 * 60),
            idle_end: Duration::from_secs(15),
            catch_up: Duration::from_secs(1),
            shown: [1, 2, 4].map(Duration::from_secs),
            after_refusal: Duration::from_secs(300),
        }
    }
}
