//! What a server does otherwise than it says, so that no answer of it tells (`rules/providers.toml`).
//!
//! Kept small on purpose: wherever a habit can be told from a capability or an answer, or one way works for all servers, nothing
//! stands here. SEARCH that answers everything needs no quirk because nobody asks; nor do refused descending ranges, a missing
//! UIDNEXT, or rewritten drafts; and as every look selects its folder anew, stale state delays only what is told unasked.

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
    /// What is told in IDLE may be missing for as long as the connection lasts: the inbox is selected anew every few seconds.
    pub reselect: bool,
}

impl Quirks {
    /// Those of the server at the other end of a connection.
    pub(super) fn of(mailbox: &ImapMailbox, connection: &Connection) -> Self {
        mailbox.provider(&connection.said()).map(Self::of_provider).unwrap_or_default()
    }

    fn of_provider(provider: &Provider) -> Self {
        let has = |quirk| provider.has(quirk);
        Self {
            no_uidplus: has(Quirk::NoUidplus),
            no_notify: has(Quirk::NoNotify),
            no_idle: has(Quirk::NoIdle),
            reselect: has(Quirk::Reselect),
        }
    }
}
