//! `tradepost.toml`: its text comes in, checked values come out, or every fault of the file at once, each with its
//! key, its line and what to write instead. One file per section. Relative paths are resolved against the file's folder,
//! defaults are filled in, owners are members: nobody behind this folder asks again.
//! Absent on purpose: any text for a person beyond a plain English `Display` (the words are in `templates/`), looking at
//! mailboxes or books (`tradepost check` does that), and reading secrets before somebody needs them.

mod budget;
mod dkim;
mod fault;
mod imap;
mod load;
mod locate;
mod mailboxes;
mod named;
mod near;
mod oauth;
mod policies;
mod privacy;
mod private;
mod proxy;
mod reader;
mod rules;
mod secret;
mod sending;
mod storage;
mod team;
mod templates;
mod tracking;
mod web;

use std::path::{Path, PathBuf};

use crate::types::EmailAddress;

pub use budget::Budget;
pub use dkim::{Dkim, KeyFileFault};
pub use fault::{Fault, Kind, Problem};
pub use imap::{Imap, Login};
pub use locate::{Environment, FILE_NAME, locate};
pub use mailboxes::{Door, DraftsIn, FirstLook, FolderNames, Identity, Mailbox};
pub use named::NamedSecret;
pub use near::nearest;
pub use oauth::{Issuer, OAuth};
pub use policies::{Handling, Mode, Policies};
pub use privacy::Privacy;
pub use private::{Private, PrivateFolders, Unmatched};
pub use proxy::{Proxy, ProxyKind};
pub use rules::Rules;
pub use secret::{DatedSecret, Secret, SecretError, SecretText, SystemFault};
pub use sending::{Security, Sending, SmtpLogin};
pub use storage::{Books, Storage};
pub use team::{Member, Signature, Signatures, Team};
pub use templates::Templates;
pub use tracking::Tracking;

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from.
    pub file: PathBuf,
    pub team: Team,
    /// At least one.
    pub mailboxes: Vec<Mailbox>,
    /// The server for mailboxes that name none of their own. Without any, drafts are made and nothing is ever sent.
    pub sending: Option<Sending>,
    pub storage: Storage,
    pub policies: Policies,
    pub privacy: Privacy,
    pub tracking: Tracking,
    pub rules: Rules,
    pub templates: Templates,
}

impl Config {
    /// Reads and checks a file. All faults come back at once, in the order of their lines.
    pub fn load(path: &Path) -> Result<Self, Vec<Fault>> {
        load::load(path)
    }

    /// Checks a text as if it stood in that file, readable by its owner alone. Nothing is read from the disk.
    pub fn of_text(text: &str, file: &Path) -> Result<Self, Vec<Fault>> {
        load::read(text, file, load::Access::private())
    }

    /// Whether mail from this address is our own: a member, an alias, a mailbox, an identity, or one of the team's domains.
    pub fn is_ours(&self, address: &EmailAddress) -> bool {
        self.team.has(address)
            || self.mailboxes.iter().any(|mailbox| {
                let ours = [&mailbox.address, &mailbox.send_as.address];
                ours.iter().any(|known| known.folded() == address.folded())
            })
    }

    /// The members whom no note can reach: they read none of the mailboxes.
    pub fn unheard(&self) -> impl Iterator<Item = &Member> {
        self.team.members.iter().filter(|member| !self.mailboxes.iter().any(|mailbox| mailbox.is_read_by(member)))
    }

    /// The mailbox of that name.
    pub fn mailbox(&self, name: &str) -> Option<&Mailbox> {
        self.mailboxes.iter().find(|mailbox| mailbox.name == name)
    }
}
