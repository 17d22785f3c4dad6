//! Folders that their server does not let us look into.
//!
//! Wanted: such a folder keeps no other from being read, and nobody takes it for an empty one. Without the inbox or Sent there is no
//! mailbox to speak of, so that is trouble. Of any other folder people are told by name that what lies there is unknown. Its own first
//! look stays undone: when it can be read, what lay there before is history, and what came since is new.

use super::InboundError;
use super::known::Known;
use super::scan::{FirstLook, LATE_MS};
use crate::flow::transaction::in_books;
use crate::flow::{Account, Office};
use crate::mailbox::{Folder, MailboxError, Role};
use crate::record::closed::{self, FailedTry};
use crate::record::folders::{self, History};
use crate::record::health;
use crate::types::Moment;
use std::collections::HashSet;

/// What follows from a refusal.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is worth another try at once.
    Once,
    /// The folder is left aside, and the others are read.
    Closed,
    /// The mailbox is in trouble.
    Trouble(MailboxError),
}

/// A folder refused to be looked into.
pub(super) async fn note_refusal(
    office: &Office,
    account: &Account,
    known: &mut Known,
    folder: &Folder,
    error: MailboxError,
    first_look: FirstLook,
) -> Result<Refused, InboundError> {
    tracing::warn!(account = %account.id, reason = error.kind(), "A folder cannot be looked into; the others are");
    if known.refused(&folder.wire_name, false, office.now()) {
        return Ok(Refused::Once);
    }
    if matches!(folder.role, Role::Inbox | Role::Sent) {
        return Ok(Refused::Trouble(error));
    }
    close(office, account, known, folder, &error, first_look).await?;
    Ok(Refused::Closed)
}

/// The connection ended while a folder was looked into. When that happens each time, the folder is to blame: it is left out, so that the
/// others can be read; and tried now and then, when nothing else is to be done. The inbox and Sent are never left out.
pub(super) async fn note_cut(
    office: &Office,
    account: &Account,
    known: &mut Known,
    folder: &Folder,
    error: &MailboxError,
    first_look: FirstLook,
) -> Result<(), InboundError> {
    if matches!(folder.role, Role::Inbox | Role::Sent) {
        return Ok(());
    }
    known.note_cut(&folder.wire_name);
    if known.refused(&folder.wire_name, true, office.now()) {
        return Ok(());
    }
    tracing::warn!(account = %account.id, reason = error.kind(), "The connection ends whenever a folder is looked into; it is left out");
    close(office, account, known, folder, error, first_look).await
}

async fn close(
    office: &Office,
    account: &Account,
    known: &mut Known,
    folder: &Folder,
    error: &MailboxError,
    first_look: FirstLook,
) -> Result<(), InboundError> {
    let Some(row) = known.close(&folder.wire_name) else { return Ok(()) };
    let (now, detail) = (office.now(), error.kind());
    // Of a folder that was read before it is known what in it is history.
    let is_unread = row.uidvalidity == 0 && row.history.before == Moment(0);
    let before = history_before(first_look, now).filter(|_| is_unread);
    let tried = FailedTry { account: account.id, folder: row.id, cuts: error.ends_visit(), detail: &detail, at: now };
    in_books(&office.books, async |session| {
        closed::mark(session, &tried).await?;
        health::forget_count(session, row.id).await?;
        if let Some(before) = before {
            folders::mark_uidvalidity(session, row.id, 0, History { below_uid: 0, before }).await?;
        }
        Ok(())
    })
    .await?;
    if let Some(before) = before {
        known.note_history(&folder.wire_name, History { below_uid: 0, before });
    }
    Ok(())
}

/// Mail in a folder that was never read is history when it came before this.
fn history_before(first_look: FirstLook, now: Moment) -> Option<Moment> {
    match first_look {
        FirstLook::Handle => None,
        FirstLook::Since(began) => Some(began),
        FirstLook::Done(_) => Some(now.plus_ms(-LATE_MS)),
    }
}

/// A folder was looked into.
pub(super) async fn note_admission(office: &Office, account: &Account, known: &mut Known, folder: &Folder) -> Result<(), InboundError> {
    let Some(row) = known.admitted(&folder.wire_name) else { return Ok(()) };
    in_books(&office.books, async |session| Ok(closed::erase(session, row.id).await?)).await?;
    tracing::info!(account = %account.id, folder = %row.id, "A folder that was closed to us can be read");
    Ok(())
}

/// Forgets that folders were closed which are not to be read any more: they are gone, or private, or hold no letters.
pub(super) async fn forget_others(office: &Office, account: &Account, read: &[&str]) -> Result<(), InboundError> {
    let closed = closed::list(&mut office.books.look().await?, account.id).await?;
    let read: HashSet<&str> = read.iter().copied().collect();
    for other in closed.iter().filter(|folder| !read.contains(folder.wire_name.as_str())) {
        in_books(&office.books, async |session| Ok(closed::erase(session, other.folder).await?)).await?;
    }
    Ok(())
}
