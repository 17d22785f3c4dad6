//! `tradepost show`: what is in the books, and why. Reads only, also beside a running daemon.

mod bytes;
mod columns;
mod lists;
mod one;
mod person;
mod story;
mod told;

pub(in crate::cli) use columns::draw;

use super::args::ShowArguments;
use super::open;
use super::words::Words;
use crate::flow::leaves::Store;
use crate::record::{Books, Purpose};
use clap::{Args, Subcommand};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What can be shown.
#[derive(Debug, Clone, Subcommand)]
pub enum What {
    /// The newest messages, and what was decided about each.
    Messages,
    /// One message with its reasons, its places and its text.
    Message {
        /// Its number, as `show messages` prints it.
        id: i64,
        #[command(flatten)]
        taking: Taking,
    },
    /// Everybody known.
    Contacts,
    /// One person with their newest mail.
    Contact {
        /// Their e-mail address.
        address: String,
    },
    /// The drafts that wait, and what became of earlier ones.
    Drafts,
    /// What is to be done and what became of it.
    Acts,
    /// Mail that could not be read or recorded.
    Quarantine {
        /// The number of one of them, to have its bytes.
        #[arg(requires = "raw")]
        id: Option<i64>,
        #[command(flatten)]
        taking: Taking,
    },
}

/// The mail itself, instead of what the books say of it.
#[derive(Debug, Clone, Args)]
pub struct Taking {
    /// The whole mail, byte for byte as it came.
    #[arg(long, conflicts_with = "attachment")]
    pub raw: bool,
    /// One attachment, decoded; the first is 1.
    #[arg(long, value_name = "N")]
    pub attachment: Option<u32>,
    /// Into a new file of that name instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
}

impl Taking {
    fn is_asked(&self) -> bool {
        self.raw || self.attachment.is_some()
    }
}

/// Shows it.
pub fn run(file: &Path, arguments: &ShowArguments, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    let runtime = open::runtime()?;
    runtime.block_on(async {
        let books = open::books(&config, Purpose::Look).await?;
        let files = Store::new(config.storage.attachments.clone());
        let places = Places { files, key_file: config.storage.key_file.clone() };
        let shown = show(&books, &places, arguments, words).await;
        books.close().await;
        shown
    })
}

/// Where things lie beside the books.
struct Places {
    files: Store,
    key_file: PathBuf,
}

async fn show(books: &Books, places: &Places, arguments: &ShowArguments, words: &Words) -> anyhow::Result<ExitCode> {
    let mut session = books.look().await?;
    let limit = i64::from(arguments.limit);
    let shown = match &arguments.what {
        Some(What::Message { id, taking }) if taking.is_asked() => {
            bytes::of_message(&mut session, *id, taking, &places.files, words).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(What::Quarantine { id: Some(id), taking }) => {
            bytes::of_quarantined(&mut session, *id, taking, &places.files, words).await?;
            return Ok(ExitCode::SUCCESS);
        }
        None => one::overview(&mut session, words).await?,
        Some(What::Messages) => lists::messages(&mut session, limit).await?,
        Some(What::Message { id, .. }) => one::message(&mut session, *id, words).await?,
        Some(What::Contacts) => lists::contacts(&mut session, limit).await?,
        Some(What::Contact { address }) => one::contact(&mut session, address, limit, &places.key_file, words).await?,
        Some(What::Drafts) => lists::drafts(&mut session, limit).await?,
        Some(What::Acts) => lists::acts(&mut session, limit).await?,
        Some(What::Quarantine { .. }) => lists::quarantine(&mut session, limit).await?,
    };
    let text = shown.text.trim_end();
    let mut out = std::io::stdout().lock();
    match (arguments.json, text.is_empty()) {
        (true, _) => writeln!(out, "{}", shown.json)?,
        (false, true) => writeln!(out, "{}", words.say("show.nothing", &[]))?,
        (false, false) => writeln!(out, "{text}")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The same twice: for a person and for a script.
struct Shown {
    text: String,
    json: serde_json::Value,
}
