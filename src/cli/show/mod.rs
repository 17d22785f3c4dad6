//! `tradepost show`: what is in the books, and why. Reads only, also beside a running daemon.

mod columns;

mod lists;
mod one;

pub(in crate::cli) use columns::draw;

use super::args::ShowArguments;
use super::open;
use super::words::Words;
use crate::record::{Books, Purpose};
use clap::Subcommand;
use std::io::Write;
use std::path::Path;
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
    Quarantine,
}

/// Shows it.
pub fn run(file: &Path, arguments: &ShowArguments, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    let runtime = open::runtime()?;
    runtime.block_on(async {
        let books = open::books(&config, Purpose::Look).await?;
        let shown = show(&books, arguments, words).await;
        books.close().await;
        shown
    })
}

async fn show(books: &Books, arguments: &ShowArguments, words: &Words) -> anyhow::Result<ExitCode> {
    let mut session = books.look().await?;
    let limit = i64::from(arguments.limit);
    let shown = match &arguments.what {
        None => one::overview(&mut session, words).await?,
        Some(What::Messages) => lists::messages(&mut session, limit).await?,
        Some(What::Message { id }) => one::message(&mut session, *id, words).await?,
        Some(What::Contacts) => lists::contacts(&mut session, limit).await?,
        Some(What::Contact { address }) => one::contact(&mut session, address, limit, words).await?,
        Some(What::Drafts) => lists::drafts(&mut session, limit).await?,
        Some(What::Acts) => lists::acts(&mut session, limit).await?,
        Some(What::Quarantine) => lists::quarantine(&mut session, limit).await?,
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
