//! What a provider does otherwise than it says, so that no answer of its server tells (`rules/providers.toml`).
//!
//! Kept small on purpose: wherever a habit can be told from a capability or an answer, or one way works for all servers, nothing
//! stands here. SEARCH that answers everything needs no quirk because nobody asks; nor do refused descending ranges, a missing
//! UIDNEXT, or rewritten drafts; and as every look selects its folder anew, stale state delays only what is told unasked.

use std::time::Duration;

/// Habits that must be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks {
    /// UIDPLUS is announced and UID EXPUNGE takes more than it is asked for, or nothing: drafts are only marked as deleted.
    pub no_uidplus: bool,
    /// NOTIFY is announced and stays silent.
    pub no_notify: bool,
    /// IDLE is announced and stays silent: ask instead.
    pub no_idle: bool,
    /// What is told in IDLE may be missing for as long as the connection lasts: the inbox is selected anew every few seconds.
    pub reselect: bool,
    /// The server or something on the way forgets an IDLE sooner than after five minutes.
    pub idle_max: Option<Duration>,
}
