//! A mail that a person moves into a folder named after an intent: they say that it is such a mail.
//!
//! It counts only for mail that the books knew from another folder of the same mailbox. A rule of a mail program moves many at once, and
//! says nothing about any of them: then nothing is believed, and the daily mail tells of it.

use super::InboundError;
use super::recording::Mail;
use super::scan::Found;
use crate::flow::lessons::{self, Follows, Taught, Teaching};
use crate::flow::{Account, Office};
use crate::mailbox::intent_folder;
use crate::record::lessons::{LessonSource, count_moved};
use crate::record::messages::Message;
use crate::record::{Session, placements};
use crate::types::Intent;

/// More mails than this within [`AT_ONCE_MS`] are moved by no hand.
const BY_HAND_MAX: usize = 3;
const AT_ONCE_MS: i64 = 10_000;

/// What a folder says of mail that is moved there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dragged {
    Is(Intent),
    /// Too many came at once to be believed.
    AtOnce,
}

/// What a folder says of the mails that came there together.
pub(super) async fn said(
    session: &mut Session,
    office: &Office,
    account: &Account,
    found: &Found,
    count: usize,
) -> Result<Option<Dragged>, InboundError> {
    let Some(intent) = intent_folder(&found.name).and_then(|name| office.letters.intent_called(name)) else { return Ok(None) };
    let now = office.now();
    let before = count_moved(session, &account.config.name, now.plus_ms(-AT_ONCE_MS), now).await?;
    let is_by_hand = usize::try_from(before).unwrap_or(usize::MAX).saturating_add(count) <= BY_HAND_MAX;
    Ok(Some(if is_by_hand { Dragged::Is(intent) } else { Dragged::AtOnce }))
}

/// Writes down what is said of a mail that was moved; whether something follows from it. To be called before its place is added.
pub(super) async fn note(
    session: &mut Session,
    office: &Office,
    account: &Account,
    found: &Found,
    mail: &Mail<'_>,
    message: &Message,
) -> Result<bool, InboundError> {
    let Some(dragged) = mail.dragged.filter(|_| !mail.historical) else { return Ok(false) };
    let lay = placements::list_folders(session, message.id).await?;
    let here = |folder| (account.id, found.row.id) == folder;
    let came_from_elsewhere = lay.iter().any(|(in_account, folder, _)| *in_account == account.id && *folder != found.row.id);
    // A folder that counts its mail anew is found full of mail that nobody moved.
    let is_counted_anew =
        lay.iter().any(|(in_account, folder, uidvalidity)| here((*in_account, *folder)) && *uidvalidity != found.uidvalidity);
    if !came_from_elsewhere || is_counted_anew {
        return Ok(false);
    }
    let (by, at) = (account.config.name.as_str(), office.now());
    match dragged {
        Dragged::AtOnce => {
            lessons::note_unbelieved(session, message, by, at).await?;
            Ok(false)
        }
        Dragged::Is(intent) => {
            let teaching = Teaching { intent: Some(intent), language: None, by, source: LessonSource::Folder, at };
            let taught = lessons::teach_message(session, message, &teaching).await?;
            Ok(matches!(taught, Taught::Kept { follows: Follows::Planned, .. }))
        }
    }
}
