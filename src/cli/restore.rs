//! `tradepost restore FILE`: books from a backup, paused; and what of it may still go.

use super::open;
use super::reasons;
use super::words::Words;
use crate::config::{Config, Door, Login};
use crate::flow::Clock;
use crate::flow::backup::{Order, RestoreError, Restored, drop_due, restore};
use crate::record::Purpose;
use crate::types::Moment;
use anyhow::anyhow;
use jiff::tz::TimeZone;
use std::fmt::Display;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What was typed.
#[derive(Debug, Clone, clap::Args)]
pub struct RestoreArguments {
    /// The backup.
    #[arg(value_name = "FILE", required_unless_present = "drop_due")]
    file: Option<PathBuf>,
    /// Put books that are there aside; nothing is deleted.
    #[arg(long, requires = "file")]
    force: bool,
    /// Give up what was due when the backup was made; without FILE, in books that were restored before.
    #[arg(long)]
    drop_due: bool,
}

/// Restores, or drops what is due in books that wait for an answer.
pub fn run(file: &Path, arguments: &RestoreArguments, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    let now = Clock::System.now();
    let Some(backup) = &arguments.file else { return drop_all(&config, now, words) };
    let address = open::books_address(&config)?;
    let order = Order { file: backup, may_replace: arguments.force, drops_due: arguments.drop_due, now };
    let restored = open::runtime()?.block_on(restore(&config, &address, &order)).map_err(|error| told(error, words))?;
    let told = Told { words, zone: open::zone(&config) };
    writeln!(stdout(), "{}", told.restored(&restored, &address, &config))?;
    Ok(ExitCode::SUCCESS)
}

fn drop_all(config: &Config, now: Moment, words: &Words) -> anyhow::Result<ExitCode> {
    let dropped = open::runtime()?.block_on(async {
        let books = open::books(config, Purpose::Command).await?;
        let dropped = drop_due(&books, now).await;
        books.close().await;
        dropped.map_err(|error| told(error, words))
    })?;
    writeln!(stdout(), "{}", words.say("restore.dropped", &[("count", &dropped)]))?;
    Ok(ExitCode::SUCCESS)
}

fn told(error: RestoreError, words: &Words) -> anyhow::Error {
    let say = |key: &str, values: &[(&str, &dyn Display)]| anyhow!(words.say(key, values));
    match error {
        RestoreError::Books(error) => error.into(),
        RestoreError::Flow(error) => error.into(),
        RestoreError::AtWork { holder } => say("restore.at_work", &[("holder", &holder)]),
        RestoreError::There { place } if place.starts_with("postgres://") => say("restore.not_empty", &[("place", &place)]),
        RestoreError::There { place } => say("restore.there", &[("place", &place)]),
        RestoreError::Open { place } => say("restore.open", &[("place", &place)]),
        RestoreError::NotABackup { file } => say("restore.not_a_backup", &[("file", &file.display())]),
        RestoreError::Damaged { file, part } => say("restore.damaged", &[("file", &file.display()), ("part", &part)]),
        RestoreError::Newer { file, found, known } => {
            say("restore.newer", &[("file", &file.display()), ("found", &found), ("known", &known)])
        }
        RestoreError::Unreadable { file, why } => {
            say("restore.unreadable", &[("file", &file.display()), ("why", &reasons::system(&why, words))])
        }
        RestoreError::NotWritten { place, why } => {
            say("restore.not_written", &[("place", &place.display()), ("why", &reasons::system(&why, words))])
        }
        RestoreError::NotPaused => say("restore.not_paused", &[]),
    }
}

/// Tells what was restored to a person.
struct Told<'a> {
    words: &'a Words,
    zone: TimeZone,
}

impl Told<'_> {
    fn restored(&self, restored: &Restored, place: &dyn Display, config: &Config) -> String {
        let words = self.words;
        let made_at = self.at(restored.made_at);
        let mut lines = vec![words.say(
            "restore.done",
            &[
                ("place", place),
                ("made_at", &made_at),
                ("host", &restored.made_on),
                ("messages", &restored.messages),
                ("attachments", &restored.attachments),
            ],
        )];
        lines.extend(restored.aside.as_ref().map(|aside| words.say("restore.aside", &[("aside", &aside.display())])));
        let folder = restored.attachments_aside.as_ref();
        lines.extend(folder.map(|folder| words.say("restore.attachments_aside", &[("folder", &folder.display())])));
        if restored.missing > 0 {
            lines.push(words.say("restore.missing", &[("count", &restored.missing)]));
        }
        let takes_tokens = |door: &Door| matches!(door, Door::Imap(imap) if matches!(imap.login, Login::OAuth(_)));
        let names: Vec<&str> = config.mailboxes.iter().filter(|m| takes_tokens(&m.door)).map(|m| m.name.as_str()).collect();
        if !names.is_empty() {
            lines.push(words.say("restore.login", &[("mailboxes", &words.list(names))]));
        }
        self.waiting(restored, &mut lines);
        lines.join("\n")
    }

    /// What waits since before, and how to let it go.
    fn waiting(&self, restored: &Restored, lines: &mut Vec<String>) {
        let words = self.words;
        if restored.waiting.is_empty() {
            lines.push(words.say("restore.nothing_waits", &[]));
            return;
        }
        lines.push(words.say("restore.waiting", &[]));
        for waiting in &restored.waiting {
            let (first, last) = (self.at(waiting.first), self.at(waiting.last));
            let values: [(&str, &dyn Display); 4] =
                [("kind", &waiting.kind), ("count", &waiting.count), ("first", &first), ("last", &last)];
            lines.push(words.say("restore.waiting_kind", &values));
        }
        lines.push(match restored.dropped {
            0 => words.say("restore.waiting_do", &[]),
            dropped => words.say("restore.dropped", &[("count", &dropped)]),
        });
    }

    fn at(&self, moment: Moment) -> String {
        self.zone.to_datetime(moment.timestamp()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}
