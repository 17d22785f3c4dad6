//! The whole in a few lines; one message; one person.

use super::lists::{contact_json, contact_row, message_json, message_row, stranger_json};
use super::{Shown, columns, person, story, told};
use crate::cli::words::Words;
use crate::record::{BooksError, Session, acts, contacts, drafts, messages, placements, quarantine};
use crate::types::{EmailAddress, MessageRow};
use serde_json::json;
use std::fmt::Display;
use std::path::Path;

/// What the books hold, in figures.
pub(super) async fn overview(session: &mut Session, words: &Words) -> Result<Shown, BooksError> {
    let message_count = messages::count(session).await?;
    let contact_count = contacts::count(session).await?;
    let aside_count = quarantine::count(session).await?;
    let intents: Vec<(String, i64)> =
        messages::count_by_intent(session).await?.into_iter().filter_map(|(intent, n)| Some((intent?.to_string(), n))).collect();
    let languages: Vec<(String, i64)> = messages::count_by_language(session).await?.into_iter().map(|(l, n)| (l.to_string(), n)).collect();
    let drafts: Vec<(String, i64)> = drafts::count_by_state(session).await?.into_iter().map(|(s, n)| (s.name().to_owned(), n)).collect();
    let acts: Vec<(String, i64)> = acts::count_by_state(session).await?.into_iter().map(|(s, n)| (s.name().to_owned(), n)).collect();
    let mut lines =
        vec![words.say("show.counts", &[("messages", &message_count), ("contacts", &contact_count), ("quarantined", &aside_count)])];
    let mut line = |key: &str, counts: &[(String, i64)]| {
        if !counts.is_empty() {
            let list = words.list(counts.iter().map(|(name, count)| format!("{name} {count}")));
            lines.push(words.say(key, &[("list", &list as &dyn Display)]));
        }
    };
    line("show.intents", &intents);
    line("show.languages", &languages);
    line("show.drafts", &drafts);
    line("show.acts", &acts);
    let object =
        |counts: &[(String, i64)]| counts.iter().map(|(name, count)| (name.clone(), json!(count))).collect::<serde_json::Map<_, _>>();
    let json = json!({
        "messages": message_count, "contacts": contact_count, "quarantined": aside_count, "intents": object(&intents),
        "languages": object(&languages), "drafts": object(&drafts), "acts": object(&acts),
    });
    Ok(Shown { text: lines.join("\n"), json })
}

/// One message with its reasons, its places and its text.
pub(super) async fn message(session: &mut Session, id: i64, words: &Words) -> anyhow::Result<Shown> {
    let Some(message) = messages::find_by_id(session, MessageRow(id)).await? else {
        anyhow::bail!(words.say("show.no_such_message", &[("id", &id)]));
    };
    let places = placements::list_of_message(session, message.id).await?;
    let mut object = message_json(&message);
    let reading: serde_json::Value = serde_json::from_str(&message.reading).unwrap_or_default();
    let places: Vec<serde_json::Value> = places
        .iter()
        .map(|place| json!({ "account": place.account.0, "folder": place.folder.0, "place": place.place, "gone": place.gone_at.is_some() }))
        .collect();
    let mut lines = vec![columns::draw(&[message_row(&message)])];
    lines.extend(message.why.lines().map(|why| format!("  {why}")));
    let evidence = reading.get("evidence").and_then(|evidence| evidence.as_array()).cloned().unwrap_or_default();
    let part = |one: &serde_json::Value, key: &str| one.get(key).and_then(|text| text.as_str()).map(columns::one_line).unwrap_or_default();
    lines.extend(evidence.iter().map(|one| format!("  “{}”  {}", part(one, "words"), part(one, "rule"))));
    let flags = reading.get("flags").and_then(|flags| flags.as_array()).cloned().unwrap_or_default();
    // Mails of an older version have bare names there, without the values that say something.
    lines.extend(flags.iter().filter(|one| one.is_object()).map(|one| {
        let (flag, found, known) = (part(one, "flag"), part(one, "found"), part(one, "known"));
        format!("  {}", words.say("person.doubt", &[("flag", &flag), ("found", &found), ("known", &known)]))
    }));
    lines.extend(places.iter().map(|place| format!("  {place}")));
    let told = told::of_message(session, &message, words).await?;
    let story = story::of_message(session, &message, told.replies, words).await?;
    lines.extend(story.lines);
    lines.extend(told.lines);
    lines.push(String::new());
    lines.extend(message.fresh_text.lines().map(columns::one_line));
    if let Some(fields) = object.as_object_mut() {
        fields.insert("reading".into(), reading);
        fields.insert("places".into(), places.into());
        fields.insert("fresh_text".into(), message.fresh_text.clone().into());
        fields.extend(story.json);
        fields.insert("letters".into(), told.json);
    }
    Ok(Shown { text: lines.join("\n"), json: object })
}

/// One person with their newest mail. Whoever never wrote is told of as well, where mail left for them or the suppression list has them.
pub(super) async fn contact(session: &mut Session, address: &str, limit: i64, key_file: &Path, words: &Words) -> anyhow::Result<Shown> {
    let parsed = EmailAddress::parse(address)?;
    let Some(contact) = contacts::find_by_key(session, &parsed).await? else {
        let told = told::of_person(session, &parsed, limit, words).await?;
        let story = story::of_person(session, &parsed, limit, key_file, told.replies, words).await?;
        if !story.tells() {
            anyhow::bail!(words.say("show.no_such_contact", &[("address", &parsed)]));
        }
        let mut fields = stranger_json(&parsed);
        fields.insert("messages".into(), json!([]));
        fields.extend(story.json);
        fields.insert("letters".into(), told.json);
        fields.insert("unsubscribed".into(), told.left.map(|at| at.to_string()).into());
        let rows: Vec<String> = std::iter::once(parsed.to_string()).chain(story.lines).chain(told.lines).collect();
        return Ok(Shown { text: rows.join("\n"), json: fields.into() });
    };
    let mail = messages::list_of_contact(session, contact.id, limit).await?;
    let mut rows = vec![columns::draw(&[contact_row(&contact)])];
    let known = person::of(session, &contact, words).await?;
    rows.extend(known.lines);
    rows.push(columns::draw(&mail.iter().map(message_row).collect::<Vec<_>>()));
    let told = told::of_person(session, &contact.address, limit, words).await?;
    let story = story::of_person(session, &contact.address, limit, key_file, told.replies, words).await?;
    rows.extend(story.lines);
    rows.extend(told.lines);
    let mut object = contact_json(&contact);
    if let Some(fields) = object.as_object_mut() {
        fields.insert("letters".into(), told.json);
        fields.insert("unsubscribed".into(), told.left.map(|at| at.to_string()).into());
        fields.insert("messages".into(), mail.iter().map(message_json).collect());
        fields.extend(known.json);
        fields.extend(story.json);
    }
    Ok(Shown { text: rows.join("\n"), json: object })
}
