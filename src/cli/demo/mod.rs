//! `tradepost demo`: the main job on mail that comes with the program; Maildir and SQLite, no server, no configuration.

mod folder;

use super::open;
use super::show::draw;
use super::words::Words;
use crate::flow::{Clock, Ids, Office, run_once};
use crate::record::messages::{Direction, Message};
use crate::record::{acts, messages};
use crate::types::MessageRow;
use std::collections::{BTreeSet, HashMap};
use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

/// Demo messages shown at the end.
const SHOWN_MAX: i64 = 500;

/// Puts the demonstration's mail into `dir/Maildir`, handles it, and tells what was done and where to look. Safe to repeat.
pub fn run(dir: &Path, words: &Words) -> anyhow::Result<ExitCode> {
    let prepared = folder::prepare(dir, words)?;
    writeln!(stdout(), "{}", words.say("demo.begins", &[("count", &prepared.mail_count), ("folder", &prepared.maildir.display())]))?;
    let config = open::config(&prepared.config)?;
    let clock = Clock::System;
    let began = clock.now();
    let (said, drafts, told) = open::runtime()?.block_on(async {
        let office = open::office(config, clock.clone(), Ids::Random).await?;
        let report = run_once(&office).await?;
        let said = table(&office, words).await?;
        office.books.close().await;
        anyhow::Ok((said, report.done.drafted, report.done.told))
    })?;
    let seconds = format!("{:.1}", (clock.now().0 - began.0) as f64 / 1_000.0);
    writeln!(stdout(), "\n{}\n", draw(&said.rows))?;
    writeln!(
        stdout(),
        "{}",
        words.say(
            "demo.took",
            &[
                ("count", &said.rows.len().saturating_sub(1)),
                ("languages", &said.languages.len()),
                ("intents", &said.intents.len()),
                ("seconds", &seconds),
                ("drafts", &drafts),
                ("told", &told)
            ]
        )
    )?;
    writeln!(
        stdout(),
        "{}",
        words.say(
            "demo.where",
            &[
                ("drafts", &prepared.maildir.join(".Drafts").display()),
                ("inbox", &prepared.maildir.display()),
                ("books", &prepared.books.display()),
                ("config", &prepared.config.display())
            ]
        )
    )?;
    Ok(ExitCode::SUCCESS)
}

struct Table {
    rows: Vec<Vec<String>>,
    languages: BTreeSet<&'static str>,
    intents: BTreeSet<&'static str>,
}

/// A row a mail, oldest first.
async fn table(office: &Office, words: &Words) -> anyhow::Result<Table> {
    let mut session = office.books.look().await?;
    let recent = messages::list_recent(&mut session, SHOWN_MAX).await?;
    let acts = acts::list_recent(&mut session, SHOWN_MAX).await?;
    let by_message: HashMap<MessageRow, &acts::ActRecord> = acts.iter().filter_map(|act| Some((act.message?, act))).collect();
    let heading = words.say("demo.heading", &[]).split(" | ").map(str::to_owned).collect();
    let mut table = Table { rows: vec![heading], languages: BTreeSet::new(), intents: BTreeSet::new() };
    let inbound = |message: &&Message| message.direction == Direction::In;
    for message in recent.iter().rev().filter(inbound) {
        let intent = message.intent.map(|intent| intent.name()).unwrap_or_default();
        table.languages.insert(message.language.code());
        table.intents.insert(intent);
        let done = match by_message.get(&message.id) {
            Some(act) if act.kind == "draft" => words.say("demo.drafted", &[("why", &decision(message))]),
            Some(act) if act.kind == "tell" => words.say("demo.told", &[]),
            _ => words.say("demo.filed", &[]),
        };
        table.rows.push(vec![message.subject.clone(), message.from_address.clone(), message.language.to_string(), intent.to_owned(), done]);
    }
    Ok(table)
}

/// What was decided, without the intent that stands beside it.
fn decision(message: &Message) -> String {
    let why = message.why.lines().last().unwrap_or("");
    why.split_once(": ").map_or(why, |(_, decided)| decided).to_owned()
}
