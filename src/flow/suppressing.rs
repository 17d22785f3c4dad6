//! The suppression list, asked before mail leaves, and kept by what comes back.
//!
//! Where the list cannot be opened, because its key is missing or another one, nobody can tell who is on it. Then nothing goes by itself
//! until a person has put the key back; what people write goes on.

use super::Keys;
use crate::record::outbox::MailClass;
use crate::record::suppressions::{self, Bar, Grounds, KeyFit, ListKey, Reason, Scope, Suppression};
use crate::record::{BooksError, Session};
use crate::types::{EmailAddress, Moment};

/// The list as it can be asked now.
pub(super) enum List<'k> {
    /// Nobody is on it.
    Empty,
    Open(&'k ListKey),
    /// Why it cannot be asked.
    Closed(String),
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

/// Opens the list.
pub(super) async fn open<'k>(session: &mut Session, keys: &'k Keys) -> Result<List<'k>, BooksError> {
    if !suppressions::has_any(session).await? {
        return Ok(List::Empty);
    }
    let key = match keys.list() {
        Ok(key) => key,
        Err(error) => return Ok(List::Closed(format!("the suppression list cannot be asked: {error}"))),
    };
    Ok(match suppressions::find_key_fit(session, key).await? {
        KeyFit::Another => List::Closed("the suppression list cannot be asked: it was kept with another key file".to_owned()),
        KeyFit::Fits | KeyFit::Unused => List::Open(key),
    })
}

/// Enters a person. Where the key cannot be had, that is told in the log and to whoever asks for the list, and nothing is entered.
pub(super) async fn enter(session: &mut Session, keys: &Keys, address: &EmailAddress, grounds: &Grounds<'_>) -> Result<(), BooksError> {
    let entered = match keys.list() {
        Ok(key) => suppressions::add(session, key, key.person(address), grounds).await?,
        Err(error) => {
            tracing::error!(reason = %error, "Nobody can be entered into the suppression list");
            return Ok(());
        }
    };
    if !entered {
        tracing::error!("Nobody can be entered into the suppression list: it was kept with another key file");
    }
    Ok(())
}

/// A person answered: what spoke only of the moment has lost its ground.
pub(super) async fn lift_passing(session: &mut Session, keys: &Keys, address: &EmailAddress) -> Result<(), BooksError> {
    lift(session, keys, address, Reason::SoftBounces).await
}

/// One reason has lost its ground.
pub(super) async fn lift(session: &mut Session, keys: &Keys, address: &EmailAddress, reason: Reason) -> Result<(), BooksError> {
    if let List::Open(key) = open(session, keys).await? {
        suppressions::erase_reason(session, key.person(address), reason).await?;
    }
    Ok(())
}

impl List<'_> {
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
            List::Empty => return Ok(Checked::Free),
            List::Closed(why) if class == MailClass::Letter => return Ok(Checked::Warned(why.clone())),
            List::Closed(why) => return Ok(Checked::Unknown(why.clone())),
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
