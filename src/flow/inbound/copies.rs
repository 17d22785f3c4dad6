//! Which message of the books a mail is a copy of, when its identity is another: providers give what they send another Message-ID, and
//! file a copy of their own beside the one of the mail program. Only mail of ours is looked at so; what others write is known by its
//! identity alone.

use super::InboundError;
use super::recording::Mail;
use super::scan::Found;
use crate::flow::{Account, Office};
use crate::link::{self, WriterKind};
use crate::mailbox::Role;
use crate::record::habits::HabitKind;
use crate::record::messages::Message;
use crate::record::{self, BooksError, Session};
use crate::{parse, types::MessageRow};

/// Mails that are opened to be compared; those that differ in what the books know at once are not.
const COMPARED_MAX: usize = 16;

/// The message that a mail of that identity is, or a copy of.
pub(super) async fn find(
    session: &mut Session,
    office: &Office,
    account: &Account,
    mail: &Mail<'_>,
    identity: &[u8; 32],
) -> Result<Option<Message>, InboundError> {
    if let Some(message) = record::messages::find_by_identity(session, identity).await? {
        return Ok(Some(message));
    }
    if let Some(message) = record::copies::find(session, identity).await? {
        return Ok(record::messages::find_by_id(session, message).await?);
    }
    let Some(message) = alike(session, mail).await? else { return Ok(None) };
    let (letter, now) = (mail.letter, office.now());
    record::copies::add(session, identity, message.id, letter.message_id.as_ref(), now).await?;
    if letter.message_id != message.message_id {
        record::habits::mark_seen(session, account.id, HabitKind::RewritesMessageId, message.id.0, now).await?;
    }
    Ok(Some(message))
}

async fn alike(session: &mut Session, mail: &Mail<'_>) -> Result<Option<Message>, InboundError> {
    let letter = mail.letter;
    let (WriterKind::Staff, Some(from), Some(at)) = (mail.writer.kind, &letter.from.address, letter.sent_at) else { return Ok(None) };
    let (first, last) = (at.plus_ms(-link::SAME_DATE_MS), at.plus_ms(link::SAME_DATE_MS));
    let mut compared = 0;
    for id in record::copies::list_written(session, from, first, last).await? {
        let Some(message) = record::messages::find_by_id(session, id).await? else { continue };
        let subject = letter.subject.as_deref().unwrap_or("");
        if compared == COMPARED_MAX || link::base_subject(&message.subject) != link::base_subject(subject) {
            continue;
        }
        compared += 1;
        if opened(session, id).await?.is_some_and(|other| link::is_copy(letter, &other)) {
            return Ok(Some(message));
        }
    }
    Ok(None)
}

/// The letter of a message, read again from its bytes. Bytes that cannot be opened prove nothing.
async fn opened(session: &mut Session, id: MessageRow) -> Result<Option<parse::Letter>, BooksError> {
    let raw = record::raw::find(session, id).await?;
    Ok(raw.and_then(|raw| raw.open().ok()).map(|bytes| parse::letter(&bytes)))
}

/// Notes that Sent holds a mail twice at the same time. To be called before the place of the copy is added.
pub(super) async fn note_doubled(
    session: &mut Session,
    office: &Office,
    account: &Account,
    found: &Found,
    place: &str,
    message: &Message,
) -> Result<(), InboundError> {
    if found.role != Role::Sent {
        return Ok(());
    }
    let places = record::placements::list_of_message(session, message.id).await?;
    let here = |lies: &record::placements::Placement| {
        lies.account == account.id && lies.folder == found.row.id && lies.uidvalidity == found.uidvalidity && lies.place != place
    };
    if places.iter().any(here) {
        record::habits::mark_seen(session, account.id, HabitKind::DoublesSent, message.id.0, office.now()).await?;
    }
    Ok(())
}
