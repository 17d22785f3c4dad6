//! The list, with the names of those whom the books still know otherwise.

use super::no_key;
use crate::cli::open;
use crate::cli::show::draw;
use crate::cli::words::Words;
use crate::config::Config;
use crate::flow::{KeyFileError, list_key_to_look};
use crate::record::suppressions::{self, KeyFit, ListKey, Reason, Scope, Suppression};
use crate::record::{Books, Purpose, contacts, owed};
use crate::types::Moment;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{Write, stdout};
use std::process::ExitCode;

/// Contacts whose tags are made to find the names of entries.
const CONTACTS_MAX: i64 = 200_000;
/// Digits of a tag that a person is shown.
const SHOWN_DIGITS: usize = 12;

struct Listed {
    counts: Vec<(Reason, Scope, i64)>,
    /// Who waits to be entered: the books know them by their addresses, so they are counted only.
    owed: Vec<(Reason, i64)>,
    entries: Vec<Suppression>,
    /// Whom the tags mean, as far as the contacts tell.
    names: HashMap<[u8; 32], String>,
    /// The key is another one than the list was kept with, or cannot be read.
    closed: Option<KeyFileError>,
}

/// Lists it.
pub(super) fn run(config: &Config, as_json: bool, limit: i64, words: &Words) -> anyhow::Result<ExitCode> {
    let listed = open::runtime()?.block_on(async {
        let books = open::books(config, Purpose::Look).await?;
        let listed = gather(&books, config, limit).await;
        books.close().await;
        listed
    })?;
    let mut out = stdout().lock();
    match as_json {
        true => writeln!(out, "{}", json_of(&listed))?,
        false => writeln!(out, "{}", text_of(&listed, words))?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn gather(books: &Books, config: &Config, limit: i64) -> anyhow::Result<Listed> {
    let mut session = books.look().await?;
    let counts = suppressions::count(&mut session).await?;
    let entries = suppressions::list(&mut session, limit).await?;
    let owed = owed::count(&mut session).await?;
    let mut listed = Listed { counts, owed, entries, names: HashMap::new(), closed: None };
    if listed.entries.is_empty() && listed.owed.is_empty() {
        return Ok(listed);
    }
    let key = match list_key_to_look(&config.storage.key_file) {
        Ok(key) => key,
        Err(why) => return Ok(Listed { closed: Some(why), ..listed }),
    };
    if suppressions::find_key_fit(&mut session, &key).await? == KeyFit::Another {
        let another = KeyFileError::Another { file: config.storage.key_file.clone() };
        return Ok(Listed { closed: Some(another), ..listed });
    }
    let known = contacts::list(&mut session, CONTACTS_MAX).await?;
    listed.names = names(&key, &listed.entries, known.iter().map(|contact| &contact.address));
    Ok(listed)
}

/// Whom the entries mean, among these addresses and their domains.
fn names<'a>(
    key: &ListKey,
    entries: &[Suppression],
    known: impl Iterator<Item = &'a crate::types::EmailAddress>,
) -> HashMap<[u8; 32], String> {
    let wanted: std::collections::HashSet<[u8; 32]> = entries.iter().map(|entry| entry.whom.hash).collect();
    let mut names = HashMap::new();
    for address in known {
        let person = key.person(address);
        if wanted.contains(&person.hash) {
            names.insert(person.hash, address.to_string());
        }
        let labels: Vec<&str> = address.domain().split('.').collect();
        for from in 0..labels.len().saturating_sub(1) {
            let domain = labels.get(from..).unwrap_or_default().join(".");
            let whom = key.domain(&domain);
            if wanted.contains(&whom.hash) {
                names.insert(whom.hash, format!("@{domain}"));
            }
        }
    }
    names
}

fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn day(at: Moment) -> String {
    at.to_string().chars().take(10).collect()
}

fn text_of(listed: &Listed, words: &Words) -> String {
    if listed.counts.is_empty() && listed.owed.is_empty() {
        return words.say("suppress.empty", &[]);
    }
    let mut lines = Vec::new();
    if !listed.counts.is_empty() {
        let counts = words.list(listed.counts.iter().map(|(reason, scope, count)| format!("{count} {} ({})", reason.name(), scope.name())));
        lines.push(words.say("suppress.counts", &[("list", &counts)]));
    }
    if !listed.owed.is_empty() {
        let owed = words.list(listed.owed.iter().map(|(reason, count)| format!("{count} {}", reason.name())));
        lines.push(words.say("suppress.owed", &[("list", &owed)]));
    }
    if let Some(why) = &listed.closed {
        lines.push(no_key(why, words).to_string());
    }
    let row = |entry: &Suppression| {
        let until = entry.until.map(|until| format!("–{}", day(until))).unwrap_or_default();
        let name = listed.names.get(&entry.whom.hash).cloned().unwrap_or_else(|| words.say("suppress.nameless", &[]));
        let tag = hex(&entry.whom.hash).chars().take(SHOWN_DIGITS).collect();
        vec![tag, entry.reason.name().to_owned(), format!("{}{until}", day(entry.since)), name, entry.note.clone()]
    };
    if !listed.entries.is_empty() {
        lines.push(draw(&listed.entries.iter().map(row).collect::<Vec<_>>()));
    }
    lines.join("\n")
}

fn json_of(listed: &Listed) -> Value {
    let counts: Vec<Value> = listed
        .counts
        .iter()
        .map(|(reason, scope, count)| json!({ "reason": reason.name(), "scope": scope.name(), "count": count }))
        .collect();
    let owed: Vec<Value> = listed.owed.iter().map(|(reason, count)| json!({ "reason": reason.name(), "count": count })).collect();
    let entry = |entry: &Suppression| {
        json!({
            "hash": hex(&entry.whom.hash), "scope": entry.whom.scope.name(), "reason": entry.reason.name(),
            "since": entry.since.to_string(), "until": entry.until.map(|until| until.to_string()),
            "name": listed.names.get(&entry.whom.hash), "message": entry.message.map(|message| message.0),
            "delivery": entry.delivery.map(|delivery| delivery.0), "note": entry.note,
        })
    };
    let entries: Vec<Value> = listed.entries.iter().map(entry).collect();
    json!({ "counts": counts, "owed": owed, "can_be_asked": listed.closed.is_none(), "entries": entries })
}
