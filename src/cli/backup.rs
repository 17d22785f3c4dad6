//! `tradepost backup FILE`: everything that a mailbox cannot give again, in one file; also beside running daemons.

use super::open;
use super::reasons;
use super::words::Words;
use crate::config::{self, Config};
use crate::flow::Clock;
use crate::flow::backup::{BackupError, make};
use crate::flow::installation::mark_of;
use crate::flow::leaves::Store;
use crate::record::Purpose;
use anyhow::anyhow;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Makes it. 1 when an attachment is missing: all else is in the backup.
pub fn run(file: &Path, to: &Path, force: bool, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    let files = Store::new(config.storage.attachments.clone());
    let made = open::runtime()?.block_on(async {
        let books = open::books(&config, Purpose::Look).await?;
        let made = make(&books, &files, to, force, &ours(&config), (Clock::System.now(), &open::host())).await;
        books.close().await;
        made.map_err(|error| told(error, words))
    })?;
    let size = format!("{:.1}", made.size as f64 / 1e6);
    let values: [(&str, &dyn std::fmt::Display); 4] =
        [("file", &to.display()), ("messages", &made.messages), ("attachments", &made.attachments), ("size", &size)];
    writeln!(stdout(), "{}", words.say("backup.done", &values))?;
    if made.missing == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{}", words.say("backup.missing", &[("count", &made.missing), ("folder", &files.folder().display())]));
    Ok(ExitCode::FAILURE)
}

/// Files that a slip of the hand must not replace by a backup.
fn ours(config: &Config) -> Vec<PathBuf> {
    let mut ours = vec![config.file.clone(), config.storage.key_file.clone()];
    if let config::Books::Sqlite { file } = &config.storage.books {
        let beside = |ending: &str| {
            let mut name = file.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        ours.extend(["", "-wal", "-shm", ".lock"].map(beside));
        ours.push(mark_of(file));
    }
    ours
}

fn told(error: BackupError, words: &Words) -> anyhow::Error {
    match error {
        BackupError::Books(error) => error.into(),
        BackupError::Exists { file } => anyhow!(words.say("backup.there", &[("file", &file.display())])),
        BackupError::Ours { file } => anyhow!(words.say("backup.ours", &[("file", &file.display())])),
        BackupError::NotWritten { file, why } => {
            anyhow!(words.say("backup.not_written", &[("file", &file.display()), ("why", &reasons::system(&why, words))]))
        }
    }
}
