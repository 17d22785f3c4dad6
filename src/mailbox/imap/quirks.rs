//! What a server does otherwise than it says, so that no answer of it tells (`rules/providers.toml`).
//!
//! Kept small on purpose: wherever a habit can be told from a capability or an answer, or one way works for all servers, nothing
//! stands here. SEARCH that answers everything needs no quirk because nobody asks; nor do refused descending ranges, a missing
//! UIDNEXT, stale state (every look selects anew) or rewritten drafts.

use super::{Connection, ImapMailbox};
use crate::mailbox::providers::{Provider, Quirk};

/// Quirks that must be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Quirks {
    /// Drafts are only marked as deleted.
    pub no_uidplus: bool,
    /// No notices are asked for.
    pub no_notify: bool,
    /// The inbox is asked after instead of waited for.
    pub no_idle: bool,
}

impl Quirks {
    /// Those of the server at the other end of a connection.
    pub(super) fn of(mailbox: &ImapMailbox, connection: &Connection) -> Self {
        mailbox.provider(&connection.said()).map(Self::of_provider).unwrap_or_default()
    }

    fn of_provider(provider: &Provider) -> Self {
        Self { no_uidplus: provider.has(Quirk::NoUidplus), no_notify: provider.has(Quirk::NoNotify), no_idle: provider.has(Quirk::NoIdle) }
    }
}
