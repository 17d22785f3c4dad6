//! The list from and into files. What comes in as addresses is entered as imported; what `export` wrote keeps its reasons, and is taken only
//! under the same key, because under another its tags mean nobody.

use super::{Typed, enter, key, other_key};
use crate::cli::import::{self, Refused, is_address_column, table};
use crate::cli::open;
use crate::cli::reasons;
use crate::cli::words::Words;
use crate::config::Config;
use crate::flow::Clock;
use crate::record::suppressions::{self, Grounds, KeyFit, ListKey, Reason, Scope, Suppression, Whom};
use crate::record::{Books, Purpose, owed};
use crate::types::Moment;
use std::fs::OpenOptions;
use std::io::{Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

/// The columns of an exported list. The first one is the mark of its key.
const COLUMNS: [&str; 7] = ["key", "hash", "scope", "reason", "since", "until", "note"];
/// Entries that are written.
const ENTRIES_MAX: i64 = 5_000_000;

/// Somebody to enter.
struct Entry {
    whom: Whom,
    reason: Reason,
    since: Moment,
    until: Option<Moment>,
    note: String,
}

/// Enters everybody of a list. 1 when a row cannot be taken.
pub(super) fn import(config: &Config, from: &Path, partial: bool, words: &Words) -> anyhow::Result<ExitCode> {
    let cells =
        table::read(from).map_err(|why| anyhow::anyhow!(words.say("import.unreadable", &[("file", &from.display()), ("why", &why)])))?;
    let key = key(config, words)?;
    let (heading, body) = cells.split_first().map_or((&[][..], &[][..]), |(heading, body)| (heading.as_slice(), body));
    let (entries, refused) = if heading.iter().map(String::as_str).take(COLUMNS.len()).eq(COLUMNS) {
        if body.iter().any(|row| row.first().is_some_and(|mark| *mark != key.mark())) {
            anyhow::bail!(words.say("suppress.foreign", &[("file", &from.display())]));
        }
        exported(body, words)
    } else {
        let Some(column) = heading.iter().position(|name| is_address_column(name)) else {
            anyhow::bail!(words.say("import.no_address_column", &[("file", &from.display())]));
        };
        addresses(body, column, &key, words)
    };
    if !refused.is_empty() {
        eprintln!("{}", import::said(&refused, words));
        if !partial {
            eprintln!("{}", words.say("import.nothing_taken", &[]));
            return Ok(ExitCode::FAILURE);
        }
    }
    let grounds = |entry: &Entry| Grounds { until: entry.until, ..Grounds::of(entry.reason, entry.since) };
    let all: Vec<(Whom, Grounds<'_>)> = entries.iter().map(|entry| (entry.whom, Grounds { note: &entry.note, ..grounds(entry) })).collect();
    let entered = open::runtime()?.block_on(async {
        let books = open::books_to_write(config, "suppress").await?;
        let entered = enter(&books, &key, &all).await;
        books.close().await;
        entered
    })?;
    if !entered {
        return Err(other_key(config, words));
    }
    writeln!(stdout(), "{}", words.say("suppress.imported", &[("count", &all.len())]))?;
    Ok(if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A column of addresses and domains.
fn addresses(body: &[Vec<String>], column: usize, key: &ListKey, words: &Words) -> (Vec<Entry>, Vec<Refused>) {
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    let now = Clock::System.now();
    for (index, row) in body.iter().enumerate() {
        let Some(cell) = row.get(column).map(|cell| cell.trim()).filter(|cell| !cell.is_empty()) else { continue };
        match Typed::parse(cell) {
            Some(typed) => {
                let entry = Entry { whom: typed.under(key), reason: Reason::Imported, since: now, until: None, note: String::new() };
                entries.push(entry);
            }
            None => {
                let problem = words.say("suppress.not_an_address", &[("text", &cell)]);
                refused.push(Refused { row: index + 2, column: "address".to_owned(), problem });
            }
        }
    }
    (entries, refused)
}

/// The rows that `export` wrote.
fn exported(body: &[Vec<String>], words: &Words) -> (Vec<Entry>, Vec<Refused>) {
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for (index, row) in body.iter().enumerate() {
        match entry(row) {
            Ok(entry) => entries.push(entry),
            Err(column) => {
                let text = COLUMNS.iter().position(|known| *known == column).and_then(|at| row.get(at)).cloned().unwrap_or_default();
                let problem = words.say("suppress.not_exported", &[("text", &text)]);
                refused.push(Refused { row: index + 2, column: column.to_owned(), problem });
            }
        }
    }
    (entries, refused)
}

/// An exported row, or the column that cannot be read.
fn entry(row: &[String]) -> Result<Entry, &'static str> {
    let cell = |at: usize| row.get(at).map(String::as_str).unwrap_or_default();
    let moment = |text: &str| text.parse::<jiff::Timestamp>().ok().map(Moment::from);
    let until = match cell(5) {
        "" => None,
        text => Some(moment(text).ok_or("until")?),
    };
    Ok(Entry {
        whom: Whom { hash: hash(cell(1)).ok_or("hash")?, scope: Scope::parse(cell(2)).ok_or("scope")? },
        reason: Reason::parse(cell(3)).ok_or("reason")?,
        since: moment(cell(4)).ok_or("since")?,
        until,
        note: bare(cell(6)).to_owned(),
    })
}

fn hash(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let bytes: Vec<u8> = digits?.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    bytes.try_into().ok().filter(|_| text.len() == 64)
}

/// Writes the list into a new file, which only this user may read.
pub(super) fn export(config: &Config, to: &Path, words: &Words) -> anyhow::Result<ExitCode> {
    let key = key(config, words)?;
    let (fit, entries) = open::runtime()?.block_on(async {
        let mut books = open::books(config, Purpose::Look).await?;
        if owed::has_any(&mut books.look().await?).await? {
            books.close().await;
            books = open::books(config, Purpose::Command).await?;
            enter(&books, &key, &[]).await?;
        }
        let gathered = gather(&books, &key).await;
        books.close().await;
        gathered
    })?;
    if fit == KeyFit::Another {
        return Err(other_key(config, words));
    }
    if let Err(why) = write(to, &key, &entries) {
        anyhow::bail!(words.say("suppress.not_written", &[("file", &to.display()), ("why", &reasons::system(&why, words))]));
    }
    writeln!(stdout(), "{}", words.say("suppress.exported", &[("count", &entries.len()), ("file", &to.display())]))?;
    Ok(ExitCode::SUCCESS)
}

async fn gather(books: &Books, key: &ListKey) -> anyhow::Result<(KeyFit, Vec<Suppression>)> {
    let mut session = books.look().await?;
    let fit = suppressions::find_key_fit(&mut session, key).await?;
    Ok((fit, suppressions::list(&mut session, ENTRIES_MAX).await?))
}

fn write(to: &Path, key: &ListKey, entries: &[Suppression]) -> std::io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let mut table = csv::Writer::from_writer(file);
    table.write_record(COLUMNS)?;
    for entry in entries {
        let hash: String = entry.whom.hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let until = entry.until.map(|until| until.to_string()).unwrap_or_default();
        let (scope, reason, since) = (entry.whom.scope.name(), entry.reason.name(), entry.since.to_string());
        table.write_record([&key.mark(), &hash, scope, reason, &since, &until, &harmless(&entry.note)])?;
    }
    table.flush()
}

/// A note that a spreadsheet does not take for a formula.
fn harmless(note: &str) -> String {
    if note.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) { format!("'{note}") } else { note.to_owned() }
}

/// The note without what made it harmless.
fn bare(note: &str) -> &str {
    note.strip_prefix('\'').unwrap_or(note)
}
