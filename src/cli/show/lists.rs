//! Lists, newest first.

use super::{Shown, columns};
use crate::link::KnownContact;
use crate::record::messages::{Direction, Message};
use crate::record::{BooksError, Session, acts, contacts, drafts, messages, quarantine};
use crate::types::EmailAddress;
use serde_json::{Map, Value, json};

/// The newest messages and what was decided.
pub(super) async fn messages(session: &mut Session, limit: i64) -> Result<Shown, BooksError> {
    let found = messages::list_recent(session, limit).await?;
    Ok(Shown { text: columns::draw(&found.iter().map(message_row).collect::<Vec<_>>()), json: found.iter().map(message_json).collect() })
}

/// A message on one line: number, day, direction, sender, language, intent, subject, decision.
pub(super) fn message_row(message: &Message) -> Vec<String> {
    let decided = message.why.lines().last().unwrap_or("").to_owned();
    vec![
        message.id.to_string(),
        message.sent_at.unwrap_or(message.recorded_at).to_string().chars().take(16).collect(),
        message.direction.name().to_owned(),
        message.from_address.clone(),
        message.language.to_string(),
        message.intent.map(|intent| intent.to_string()).unwrap_or_default(),
        message.subject.clone(),
        decided,
    ]
}

pub(super) fn message_json(message: &Message) -> Value {
    json!({
        "id": message.id.0,
        "message_id": message.message_id.as_ref().map(ToString::to_string),
        "sent_at": message.sent_at.map(|at| at.to_string()),
        "recorded_at": message.recorded_at.to_string(),
        "direction": message.direction.name(),
        "historical": message.historical,
        "from": { "name": message.from_name, "address": message.from_address },
        "subject": message.subject,
        "language": message.language.code(),
        "intent": message.intent.filter(|_| message.direction == Direction::In).map(|intent| intent.name()),
        "automatic": Some(&message.automatic).filter(|text| !text.is_empty()),
        "via": Some(&message.via).filter(|text| !text.is_empty()),
        "thread": message.thread.map(|thread| thread.0),
        "contact": message.contact.map(|contact| contact.0),
        "why": message.why.lines().collect::<Vec<_>>(),
    })
}

/// Everybody known.
pub(super) async fn contacts(session: &mut Session, limit: i64) -> Result<Shown, BooksError> {
    let found = contacts::list(session, limit).await?;
    Ok(Shown { text: columns::draw(&found.iter().map(contact_row).collect::<Vec<_>>()), json: found.iter().map(contact_json).collect() })
}

pub(super) fn contact_row(contact: &KnownContact) -> Vec<String> {
    vec![
        contact.address.to_string(),
        contact.name.clone().unwrap_or_default(),
        contact.language.map(|language| language.to_string()).unwrap_or_default(),
        contact.country.map(|country| country.to_string()).unwrap_or_default(),
        contact.owner.as_ref().map(ToString::to_string).unwrap_or_default(),
    ]
}

pub(super) fn contact_json(contact: &KnownContact) -> Value {
    let mut fields = stranger_json(&contact.address);
    fields.insert("id".into(), contact.id.0.into());
    fields.insert("name".into(), json!(contact.name));
    fields.insert("company".into(), json!(contact.company.map(|company| company.0)));
    fields.insert("country".into(), json!(contact.country.map(|country| country.to_string())));
    fields.insert("language".into(), json!(contact.language.map(|language| language.code())));
    fields.insert("owner".into(), json!(contact.owner.as_ref().map(ToString::to_string)));
    fields.into()
}

/// The same fields of somebody who never wrote and is nobody's contact: the address is all that is known.
pub(super) fn stranger_json(address: &EmailAddress) -> Map<String, Value> {
    let unknown = ["id", "name", "company", "country", "language", "owner"].map(|name| (name.to_owned(), Value::Null));
    unknown.into_iter().chain([("address".to_owned(), address.as_str().into())]).collect()
}

/// What became of a draft. A server that cannot remove one mail alone leaves a withdrawn one lying, marked as deleted; another is late to
/// show what it took.
fn state_of(draft: &drafts::Draft) -> String {
    let aside = match () {
        () if draft.lingers => " (flagged \\Deleted)",
        () if draft.is_taken && draft.state == drafts::DraftState::Ours => " (taken, not shown yet)",
        () => "",
    };
    format!("{}{aside}", draft.state.name())
}

/// Drafts, what became of each.
pub(super) async fn drafts(session: &mut Session, limit: i64) -> Result<Shown, BooksError> {
    let found = drafts::list_recent(session, limit).await?;
    let row = |draft: &drafts::Draft| vec![draft.placed_at.to_string(), state_of(draft), draft.thread.to_string(), draft.place.clone()];
    let object = |draft: &drafts::Draft| {
        json!({
            "id": draft.id.0, "thread": draft.thread.0, "state": draft.state.name(), "account": draft.account.0, "place": draft.place,
            "lingers": draft.lingers, "taken": draft.is_taken, "message_id": draft.message_id.as_str(), "answers": draft.answers.map(|message| message.0), "placed_at": draft.placed_at.to_string(),
        })
    };
    Ok(Shown { text: columns::draw(&found.iter().map(row).collect::<Vec<_>>()), json: found.iter().map(object).collect() })
}

/// Acts, what became of each.
pub(super) async fn acts(session: &mut Session, limit: i64) -> Result<Shown, BooksError> {
    let found = acts::list_recent(session, limit).await?;
    let row = |act: &acts::ActRecord| {
        vec![
            act.id.to_string(),
            act.kind.clone(),
            act.state.name().to_owned(),
            act.due_at.to_string(),
            act.attempts.to_string(),
            act.why.clone(),
        ]
    };
    let object = |act: &acts::ActRecord| {
        json!({
            "id": act.id.0, "kind": act.kind, "state": act.state.name(), "thread": act.thread.map(|thread| thread.0),
            "message": act.message.map(|message| message.0), "due_at": act.due_at.to_string(), "attempts": act.attempts, "why": act.why,
        })
    };
    Ok(Shown { text: columns::draw(&found.iter().map(row).collect::<Vec<_>>()), json: found.iter().map(object).collect() })
}

/// Mail that was set aside.
pub(super) async fn quarantine(session: &mut Session, limit: i64) -> Result<Shown, BooksError> {
    let found = quarantine::list(session, limit).await?;
    let row = |mail: &quarantine::Quarantined| vec![mail.at.to_string(), mail.place.clone(), mail.reason.clone()];
    let object = |mail: &quarantine::Quarantined| json!({ "at": mail.at.to_string(), "account": mail.account.0, "folder": mail.folder.0, "place": mail.place, "size": mail.size, "reason": mail.reason });
    Ok(Shown { text: columns::draw(&found.iter().map(row).collect::<Vec<_>>()), json: found.iter().map(object).collect() })
}
