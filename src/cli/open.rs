//! What commands open: the configuration, rules and templates with the team's own files, the books, the office.

use super::broken::{self, BrokenLetters};
use super::check::known::InBooks;
use super::check::{Beyond, FoldersFound, Looks, SystemZone, departure, domains, servers};
use super::errors::{Unusable, books_sentence};
use super::suppress;
use super::table::{CheckRow, State};
use super::words::Words;
use crate::act::render::Letters;
use crate::config::{self, Config, Environment, SecretText};
use crate::decide::daily::admin;
use crate::flow::{Clock, Ids, Keeper, KeyFileError, NoToken, Office, learned, list_key_to_look};
use crate::mailbox::providers::Providers;
use crate::mailbox::{FolderNames, Maildir, Role};
use crate::record::{self, Books, BooksAddress, BooksError, Lock, Purpose, Session};
use crate::types::{AccountId, Moment};
use crate::understand::Rules;
use crate::understand::learned::Model;
use anyhow::Context;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files of the team's own that stand in for built-in ones, read from a folder.
const OVERRIDES_MAX: usize = 2_000;

/// Where the configuration is.
pub fn configuration(named: Option<&Path>) -> PathBuf {
    config::locate(named, &Environment::of_process(), |path| path.is_file())
}

/// Reads the configuration, or says all that is wrong with it.
pub fn config(file: &Path) -> anyhow::Result<Config> {
    Config::load(file).map_err(|faults| Unusable { file: file.to_owned(), faults }.into())
}

/// The rules that come with the program.
pub fn built_in_rules() -> anyhow::Result<Rules> {
    Rules::compile(&Rules::built_in_files()).context("The rules that came with the program cannot be used; install it again")
}

/// The rules, with the team's own files in place of those of the same name.
pub fn rules(config: &Config) -> anyhow::Result<Rules> {
    rules_in(config.rules.folder.as_deref())
}

/// The same with the files of a folder.
pub fn rules_in(folder: Option<&Path>) -> anyhow::Result<Rules> {
    let own = overrides(folder)?;
    let mut files: Vec<(&str, &str)> = Rules::built_in_files();
    files.retain(|(name, _)| !own.iter().any(|(own, _)| own == name));
    files.extend(own.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    Ok(Rules::compile(&files)?)
}

/// What is known of mailbox providers; the team's own file in place of ours.
pub fn providers(config: &Config) -> anyhow::Result<Providers> {
    providers_in(config.rules.folder.as_deref())
}

/// The same for a file that may have faults still, because its first mailbox is only being added.
pub fn providers_beside(file: &Path) -> anyhow::Result<Providers> {
    if let Ok(config) = Config::load(file) {
        return providers(&config);
    }
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let table: toml::Table = text.trim_start_matches('\u{feff}').parse().unwrap_or_default();
    let folder = table.get("rules").and_then(|rules| rules.get("folder")).and_then(toml::Value::as_str);
    let folder = folder.map(|folder| file.parent().unwrap_or(Path::new("")).join(folder));
    providers_in(folder.as_deref())
}

fn providers_in(folder: Option<&Path>) -> anyhow::Result<Providers> {
    let own = overrides(folder)?;
    match own.iter().find(|(name, _)| name == crate::mailbox::providers::FILE) {
        Some((_, text)) => Ok(Providers::compile(text)?),
        None => Ok(Providers::built_in()),
    }
}

/// The letters, with the team's own files in place of those of the same name.
pub fn letters(config: &Config) -> anyhow::Result<Letters> {
    let own = overrides(config.templates.folder.as_deref())?;
    Letters::load(&own).map_err(|faults| BrokenLetters(faults).into())
}

/// The files below a folder as `(name below it, text)`; none when no folder is named.
fn overrides(folder: Option<&Path>) -> anyhow::Result<Vec<(String, String)>> {
    let Some(root) = folder else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = std::fs::read_dir(&folder).with_context(|| format!("The folder {} cannot be read", folder.display()))?;
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            // What an editor, a desktop or a version control leaves beside the files is none of them.
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            // A link to a folder may lead in a circle.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push(path);
            } else if path.is_file()
                && let Ok(name) = path.strip_prefix(root)
            {
                anyhow::ensure!(
                    files.len() < OVERRIDES_MAX,
                    "The folder {} holds more than {OVERRIDES_MAX} files; name the one with your own files only",
                    root.display()
                );
                let text =
                    std::fs::read_to_string(&path).with_context(|| format!("The file {} cannot be read as UTF-8 text", path.display()))?;
                files.push((name.to_string_lossy().into_owned(), text));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Where the books are. Reads the password from where the configuration says.
pub fn books_address(config: &Config) -> anyhow::Result<BooksAddress> {
    match &config.storage.books {
        config::Books::Sqlite { file } => Ok(BooksAddress::Sqlite(file.clone())),
        config::Books::Postgres { url, password } => {
            let password = password.as_ref().map(config::DatedSecret::read).transpose()?;
            Ok(BooksAddress::postgres(url, password.as_ref().map(config::SecretText::reveal)))
        }
    }
}

/// Opens the books.
pub async fn books(config: &Config, purpose: Purpose) -> anyhow::Result<Books> {
    Ok(Books::open(&books_address(config)?, purpose).await?)
}

/// What was learned in the books of a configuration. Books that are not made yet, or that an older version made, have learned nothing.
pub fn learned(file: &Path) -> anyhow::Result<Option<Model>> {
    let config = config(file)?;
    runtime()?.block_on(async {
        let books = match books(&config, Purpose::Look).await {
            Err(error) if matches!(error.downcast_ref::<BooksError>(), Some(BooksError::Absent { .. } | BooksError::Older { .. })) => {
                return Ok(None);
            }
            opened => opened?,
        };
        let mut session = books.look().await?;
        let learned = learned::find(&mut session).await?;
        drop(session);
        books.close().await;
        Ok(learned)
    })
}

/// The books for a command that writes: beside a running daemon, or before the first one, which would make them.
pub async fn books_to_write(config: &Config, command: &str) -> anyhow::Result<Books> {
    match books(config, Purpose::Command).await {
        Err(error) if matches!(error.downcast_ref::<BooksError>(), Some(BooksError::Absent { .. } | BooksError::Older { .. })) => {
            books(config, Purpose::Daemon { owner: command.to_owned() }).await
        }
        opened => opened,
    }
}

/// Opens the whole office, as the daemon does.
pub async fn office(config: Config, clock: Clock, ids: Ids) -> anyhow::Result<Office> {
    let (rules, providers, letters) = (rules(&config)?, providers(&config)?, letters(&config)?);
    // The same after a restart, so that a daemon finds its own lease again.
    let owner = format!("{}:{}", host(), config.file.display());
    // SQLite books have a lock of their own; a lease in a database would be given to the same daemon started twice.
    let lock = match config.storage.books {
        config::Books::Sqlite { .. } => None,
        config::Books::Postgres { .. } => Some(Lock::take(&config.file, std::process::id())?),
    };
    let books = books(&config, Purpose::Daemon { owner }).await?;
    if let Some(lock) = lock {
        books.hold(lock);
    }
    Ok(Office::open(config, books, rules, providers, letters, clock, ids).await?)
}

/// This host's name.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The admin's own time: whoever looks after the daemon reads it.
pub fn zone(config: &Config) -> TimeZone {
    admin(&config.team).map_or(TimeZone::UTC, |admin| admin.time_zone.clone())
}

/// A runtime for commands that touch the books. One thread waits for everything: with a second one beside it, each word of a server and
/// of the books would be heard by one thread and answered by the other. What takes long has threads of its own (`spawn_blocking`).
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("The system gives no threads; check its limits")
}

/// What `check` looks at beside the configuration.
pub fn looks() -> Looks<'static> {
    Looks { folders: &folders_found, beyond: &beyond, more: &rows_beside }
}

/// A mail that leaves its folder within an hour of being seen was taken by a program rather than by a person.
const FLEETING_MS: i64 = 60 * 60 * 1000;

/// As far back as answers are looked at: whether Sent is saved today says nothing about years ago.
const ANSWERS_MS: i64 = 60 * 24 * 60 * 60 * 1000;

fn beyond(config: &Config) -> anyhow::Result<Beyond> {
    // Unreadable rules are told in a row of their own.
    let providers = Arc::new(providers(config).unwrap_or_else(|_| Providers::built_in()));
    let (runtime, now) = (runtime()?, Clock::System.now());
    // Books that cannot be read are told in a row of their own, and know nothing here.
    let (in_books, tokens) =
        runtime.block_on(asked_of_books(config, now)).unwrap_or_else(|error| (BTreeMap::new(), without(config, &error)));
    let zone = Arc::new(SystemZone::new());
    let (servers, departures, domains) = runtime.block_on(async {
        let departures = departure::ask(config, &tokens);
        tokio::join!(servers::ask(config, &providers, tokens.clone()), departures, domains::ask(config, &zone))
    });
    Ok(Beyond { now, providers, servers, departures, in_books, domains })
}

type Tokens = BTreeMap<String, Result<SecretText, NoToken>>;

/// What the books know of each mailbox, and the tokens of those that log in with one.
async fn asked_of_books(config: &Config, now: Moment) -> anyhow::Result<(BTreeMap<String, InBooks>, Tokens)> {
    let books = Books::open(&books_address(config)?, Purpose::Look).await?;
    let mut session = books.look().await?;
    let (mut known, mut accounts) = (BTreeMap::new(), BTreeMap::new());
    for account in record::accounts::list(&mut session).await? {
        known.insert(account.name.clone(), in_books(&mut session, account.id, now).await?);
        accounts.insert(account.name, account.id);
    }
    drop(session);
    let mut tokens = Tokens::new();
    for mailbox in config.mailboxes.iter().filter(|mailbox| takes_tokens(mailbox)) {
        let token = match accounts.get(&mailbox.name) {
            None => Err(NoToken::Never),
            Some(account) => {
                let key_file = config.storage.key_file.clone();
                Keeper { account: *account, books: books.clone(), key_file, ids: Ids::Random }.valid(now).await
            }
        };
        tokens.insert(mailbox.name.clone(), token);
    }
    books.close().await;
    Ok((known, tokens))
}

async fn in_books(session: &mut Session, account: AccountId, now: Moment) -> Result<InBooks, BooksError> {
    let since = now.plus_ms(-ANSWERS_MS);
    let mut known = InBooks {
        answered: record::mentions::count_answered(session, account, since, true).await?,
        answered_lately: record::mentions::count_answered(session, account, since, false).await?,
        habits: record::habits::list(session, account).await?,
        ..InBooks::default()
    };
    for folder in record::folders::list(session, account).await? {
        if folder.role == record::folders::FolderRole::Inbox {
            (known.inbox, known.fleeting) = record::placements::count_fleeting(session, account, folder.id, FLEETING_MS).await?;
        }
    }
    Ok(known)
}

fn takes_tokens(mailbox: &config::Mailbox) -> bool {
    matches!(&mailbox.door, config::Door::Imap(imap) if matches!(imap.login, config::Login::OAuth(_)))
}

/// Why there are no tokens without books: before they are made nobody can have logged in.
fn without(config: &Config, error: &anyhow::Error) -> Tokens {
    let none = match error.downcast_ref::<BooksError>() {
        Some(BooksError::Absent { .. }) => NoToken::Never,
        _ => NoToken::Unreadable(format!("{error:#}")),
    };
    config.mailboxes.iter().filter(|mailbox| takes_tokens(mailbox)).map(|mailbox| (mailbox.name.clone(), Err(none.clone()))).collect()
}

fn folders_found(mailbox: &config::Mailbox) -> anyhow::Result<FoldersFound> {
    let names =
        FolderNames { drafts: mailbox.folders.drafts.clone(), sent: mailbox.folders.sent.clone(), junk: mailbox.folders.junk.clone() };
    let folders = Maildir::new(mailbox.maildir().map(Into::into).unwrap_or_default(), names).folders()?;
    let name = |role: Role| folders.iter().find(|folder| folder.role == role).map(|folder| folder.name.clone());
    let private = mailbox.private.among(folders.iter().map(|folder| (folder.name.as_str(), folder.role == Role::Other)));
    let unmatched = private.unmatched;
    Ok(FoldersFound { drafts: name(Role::Drafts), sent: name(Role::Sent), junk: name(Role::Junk), unmatched })
}

/// Books, and what in the team's own rules and templates cannot be used or is read otherwise than their examples say; that their
/// folders are there was looked at before.
/// Rule files that pure stages read at start without asking anybody: a team's copy of them is not read.
const COMPILED_IN: [&str; 7] =
    ["quotes.toml", "bounces.toml", "absences.toml", "folders.toml", "subject_marks.toml", "tracking.toml", "tracking_law.toml"];

fn rows_beside(config: &Config, words: &Words) -> Vec<CheckRow> {
    let row = |area: &str, state: State, what: String| CheckRow { area: words.say(area, &[]), what, state, advice: String::new() };
    let mut rows = vec![books_row(config, words)];
    rows.extend(key_row(config, words));
    match rules(config) {
        Ok(rules) => rows.extend(rules.misread().into_iter().map(|misread| row("area.rules", State::Warning, misread))),
        Err(error) => rows.push(row("area.rules", State::Fault, fault(&error, words))),
    }
    if let Err(error) = providers(config) {
        rows.push(row("area.rules", State::Fault, fault(&error, words)));
    }
    let own = overrides(config.rules.folder.as_deref()).unwrap_or_default();
    for (name, _) in own.iter().filter(|(name, _)| COMPILED_IN.contains(&name.as_str())) {
        let what = words.say("check.rule_compiled_in", &[("file", name)]);
        let advice = words.say("check.rule_compiled_in_do", &[("file", name)]);
        rows.push(CheckRow { area: words.say("area.rules", &[]), what, state: State::Warning, advice });
    }
    if let Err(error) = letters(config) {
        rows.push(row("area.templates", State::Fault, fault(&error, words)));
    }
    rows
}

fn fault(error: &anyhow::Error, words: &Words) -> String {
    broken::said(error, words).unwrap_or_else(|| format!("{error:#}"))
}

fn books_row(config: &Config, words: &Words) -> CheckRow {
    let area = words.say("area.storage", &[]);
    let row = |what: String, state: State, advice: String| CheckRow { area: area.clone(), what, state, advice };
    let (address, runtime) = match (books_address(config), runtime()) {
        (Ok(address), Ok(runtime)) => (address, runtime),
        (Err(error), _) | (_, Err(error)) => return row(String::new(), State::Fault, format!("{error:#}")),
    };
    let opened = runtime.block_on(async {
        let books = Books::open(&address, Purpose::Look).await?;
        let mut session = books.look().await?;
        let count = crate::record::messages::count(&mut session).await?;
        drop(session);
        books.close().await;
        Ok::<i64, BooksError>(count)
    });
    match opened {
        Ok(count) => row(words.say("check.books", &[("place", &address), ("count", &count)]), State::Ok, String::new()),
        // Not made yet is how every newcomer begins.
        Err(BooksError::Absent { .. }) => row(words.say("check.books_absent", &[("place", &address)]), State::Ok, String::new()),
        Err(error @ BooksError::Older { .. }) => row(address.to_string(), State::Warning, books_sentence(&error, words)),
        Err(error) => row(address.to_string(), State::Fault, books_sentence(&error, words)),
    }
}

/// The key file, where the books name a key, a file is there that is none, or none could be made. A house that never needed a key has none.
fn key_row(config: &Config, words: &Words) -> Option<CheckRow> {
    let named = runtime().ok()?.block_on(suppress::named(config)).ok()?;
    let file = &config.storage.key_file;
    let why = match (list_key_to_look(file), &named) {
        (Ok(key), Some(named)) if *named != key.mark() => KeyFileError::Another { file: file.clone() },
        (Ok(_), _) => return None,
        (Err(KeyFileError::Absent { .. }), None) => KeyFileError::Failed { file: file.clone(), why: why_not_made(file)?.into() },
        (Err(why), _) => why,
    };
    let (what, advice) = suppress::key_sentences(&why, words);
    Some(CheckRow { area: words.say("area.storage", &[]), what, state: State::Fault, advice })
}

/// Why no key file could be made there; `None` when one could.
fn why_not_made(file: &Path) -> Option<rustix::io::Errno> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_leaves_beside_the_teams_own_files_is_not_read() {
        let home = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(home.path().join("intents")).expect("made");
        std::fs::create_dir_all(home.path().join(".git")).expect("made");
        std::os::unix::fs::symlink(home.path(), home.path().join("round")).expect("linked");
        for (name, text) in [("intents/es.toml", "x"), ("intents/.es.toml.swp", "\0"), ("intents/es.toml~", "y"), (".git/index", "z")] {
            std::fs::write(home.path().join(name), text).expect("written");
        }
        let read = overrides(Some(home.path())).expect("readable");
        assert_eq!(read, [("intents/es.toml".to_owned(), "x".to_owned())]);
    }
}
