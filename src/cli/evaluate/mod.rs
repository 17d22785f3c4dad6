//! `tradepost evaluate DIR|FILE`: how well the team's own mail is read, of which people have said what it is. Touches nothing.

mod labelled;
mod print;
mod score;

use super::triage::{self, Mail, Reader};
use super::words::Words;
use labelled::{Label, Labelled};
use score::{Answer, Score};
use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

/// Mails read at once, so that memory stays bounded.
const BLOCK_LEN: usize = 256;
/// Problems named.
const PROBLEMS_SHOWN_MAX: usize = 20;
/// Bytes of messages that wait in a block.
const BLOCK_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Reads all labelled mail and prints what was counted. 1 when something could not be read.
pub fn run(path: &Path, as_json: bool, reader: &Reader<'_>, words: &Words) -> anyhow::Result<ExitCode> {
    let mut found = labelled::find(path, words).map_err(anyhow::Error::msg)?;
    let (mut score, mut problems) = (Score::default(), Vec::new());
    let mut block = Vec::with_capacity(BLOCK_LEN);
    let (mut is_more, mut held) = (true, 0);
    while is_more {
        match found.next() {
            Some(Ok(labelled)) => {
                held += labelled.source.held();
                block.push(labelled);
            }
            Some(Err(problem)) => problems.push(problem),
            None => is_more = false,
        }
        if block.len() < BLOCK_LEN && held < BLOCK_BYTES_MAX && is_more {
            continue;
        }
        for answer in triage::each(&block, |labelled| answer(labelled, reader, words)) {
            match answer {
                Ok((path, label, answer)) => score.add(&path, &label, &answer),
                Err(problem) => problems.push(problem),
            }
        }
        block.clear();
        held = 0;
    }
    if score.total.all == 0 && problems.is_empty() {
        anyhow::bail!(words.say("evaluate.nothing", &[("path", &path.display())]));
    }
    if as_json {
        writeln!(stdout(), "{}", print::json(&score, &problems))?;
    } else {
        if score.total.all > 0 {
            write!(stdout(), "{}", print::text(&score, words))?;
        }
        problems.iter().take(PROBLEMS_SHOWN_MAX).for_each(|problem| eprintln!("{problem}"));
        if let Some(more) = problems.len().checked_sub(PROBLEMS_SHOWN_MAX).filter(|more| *more > 0) {
            eprintln!("{}", words.say("evaluate.more_problems", &[("count", &more)]));
        }
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is read of one mail.
fn answer(labelled: &Labelled, reader: &Reader<'_>, words: &Words) -> Result<(String, Label, Answer), String> {
    let (path, bytes) = labelled.source.bytes().map_err(|(path, error)| triage::unreadable(&path, &error, words))?;
    let reading = Mail::read(&bytes, reader).reading;
    let answer = Answer {
        intent: reading.intent.intent,
        confidence: reading.intent.confidence,
        language: reading.language.language,
        language_confidence: reading.language.confidence,
    };
    Ok((path, labelled.label.clone(), answer))
}
