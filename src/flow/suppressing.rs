//! The suppression list, asked before mail leaves, and kept by what comes back.
//!
//! Where the list cannot be opened, because its key is missing or another one, nobody can tell who is on it. Then nothing goes by itself
//! until a person has put the key back; what people write goes on. Where nobody is on the list and nobody waits to be, no key is needed.

use super::{KeyFileError, Keys};
use crate::record::outbox::MailClass;
use crate::record::suppressions::{self, Bar, Grounds, ListKey, Reason, Scope, Suppression};
use crate::record::{BooksError, Session, owed};
use crate::types::{EmailAddress, Moment};

/// A failure for good of which it is not certain that it is about our mail counts for so long.
pub const SUPPRESSED_UNCERTAIN_MS: i64 = 90 * 86_400_000;

/// The list as it can be asked now.
pub(super) enum List {
    Open(ListKey),
    Closed {
        /// Why it cannot be asked.
        why: String,
        /// Nobody is on it so far, and nobody waits to be entered: nothing speaks against any mail.
        is_empty: bool,
    },
}

/// What the list says of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checked {
    Free,
    /// It goes, with that word to its writer.
    Warned(String),
    /// It does not go, and why.
    Stopped(String),
    /// Nobody can tell now, and why.
    Unknown(String),
}

/// Opens the list, in a transaction that writes: whoever could not be entered or taken off while its key was away is so now.
pub(super) async fn open(session: &mut Session, keys: &Keys) -> Result<List, BooksError> {
    keys.note_named(suppressions::find_mark(session).await?);
    match keys.list() {
        Ok(key) => {
            enter_owed(session, &key).await?;
            Ok(List::Open(key))
        }
        Err(error) => {
            let is_empty = !suppressions::has_any(session).await? && !owed::has_any(session).await?;
            Ok(List::Closed { why: format!("the suppression list cannot be asked: {error}"), is_empty })
        }
    }
}

async fn enter_owed(session: &mut Session, key: &ListKey) -> Result<(), BooksError> {
    if let Some(entered @ 1..) = owed::enter_all(session, key).await? {
        tracing::info!(entered, "Whoever could not be entered into the suppression list while its key was away is on it now");
    }
    Ok(())
}

/// Enters a person. Where the key cannot be had, it is kept that they are to be entered, and they are as soon as the key is back: until
/// then nothing goes by itself to anybody.
pub(super) async fn enter(session: &mut Session, keys: &Keys, address: &EmailAddress, grounds: &Grounds<'_>) -> Result<(), BooksError> {
    keys.note_named(suppressions::find_mark(session).await?);
    match keys.list() {
        Ok(key) => {
            // What was said of them while the key was away was said before this.
            enter_owed(session, &key).await?;
            match suppressions::add(session, &key, key.person(address), grounds).await? {
                true => Ok(()),
                false => owed::add(session, address, grounds).await,
            }
        }
        Err(error) => {
            tracing::error!(reason = %error, "Nobody can be entered into the suppression list now; it is made up for when its key is back");
            owed::add(session, address, grounds).await
        }
    }
}

/// Why the list cannot be asked though it is needed; `None` when it can, or nobody needed it yet.
pub(super) async fn fault(session: &mut Session, keys: &Keys) -> Result<Option<KeyFileError>, BooksError> {
    keys.note_named(suppressions::find_mark(session).await?);
    Ok(keys.fault())
}

/// A person answered: what spoke only of the moment has lost its ground.
pub(super) async fn lift_passing(session: &mut Session, keys: &Keys, address: &EmailAddress) -> Result<(), BooksError> {
    lift(session, keys, address, Reason::SoftBounces).await
}

/// One reason has lost its ground. Where the key cannot be had, it is kept that they are to be taken off, and they are as soon as it is back.
pub(super) async fn lift(session: &mut Session, keys: &Keys, address: &EmailAddress, reason: Reason) -> Result<(), BooksError> {
    owed::erase(session, address, reason).await?;
    match open(session, keys).await? {
        List::Open(key) => suppressions::erase_reason(session, key.person(address), reason).await.map(|_| ()),
        List::Closed { is_empty: true, .. } => Ok(()),
        List::Closed { .. } => owed::add_lift(session, address, reason).await,
    }
}

impl List {
    /// Asks about a mail of that class.
    pub(super) async fn check(
        &self,
        session: &mut Session,
        address: &EmailAddress,
        class: MailClass,
        now: Moment,
    ) -> Result<Checked, BooksError> {
        let key = match self {
            _ if class == MailClass::Team => return Ok(Checked::Free),
            List::Closed { is_empty: true, .. } => return Ok(Checked::Free),
            List::Closed { why, .. } if class == MailClass::Letter => return Ok(Checked::Warned(why.clone())),
            List::Closed { why, .. } => return Ok(Checked::Unknown(why.clone())),
            List::Open(key) => key,
        };
        let entries = suppressions::find(session, key, address, now).await?;
        let gravest = Reason::ALL.iter().filter_map(|reason| entries.iter().find(|entry| entry.reason == *reason));
        Ok(match gravest.map(|entry| (entry.reason.on(class), entry)).max_by_key(|(bar, _)| *bar) {
            Some((Bar::Stops, entry)) => Checked::Stopped(said(entry)),
            Some((Bar::Warns, entry)) => Checked::Warned(said(entry)),
            Some((Bar::None, _)) | None => Checked::Free,
        })
    }
}

/// Why somebody is on the list, in one line.
fn said(entry: &Suppression) -> String {
    let whose = if entry.whom.scope == Scope::Domain { "its domain is" } else { "its recipient is" };
    let since: String = entry.since.to_string().chars().take(10).collect();
    let until = entry.until.map(|until| format!(" until {}", until.to_string().chars().take(10).collect::<String>()));
    format!("{whose} on the suppression list since {since}{}: {}", until.unwrap_or_default(), entry.reason.name())
}
