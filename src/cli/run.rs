//! `tradepost run [--once]`: the daemon, or one pass for cron.

use super::check::unmatched_sentences;
use super::reasons;
use super::words::Words;
use super::{open, pause};
use crate::flow::installation::{self, Site};
use crate::flow::{Clock, Ids, MailboxReport, Notice, Office, Report, pausing, run_once, run_until};
use crate::mailbox::{MailboxError, MaildirError};
use crate::record::settings::Pause;
use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

/// What runs on threads of its own is given so long at the end: a name that nobody resolves, the program that tells a password.
const THREADS_END_MAX: Duration = Duration::from_millis(500);

/// Runs until it is stopped; with `once`, handles all that is waiting, does what is due, and tells what it did. 1 when a mailbox
/// could not be looked at.
pub fn run(file: &Path, once: bool, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    let runtime = open::runtime()?;
    let opened = open::office(config, Clock::System, Ids::Random);
    let ended = runtime.block_on(async {
        if once {
            let office = opened.await?;
            let ended = match settle_whose(&office, words).await {
                Ok(()) => pass(&office, words).await,
                Err(error) => Err(error),
            };
            office.books.close().await;
            return ended;
        }
        // A daemon listens before it opens its books, so that it also ends in order when it is asked early.
        let mut stops = stops();
        let office = tokio::select! {
            office = opened => Arc::new(office?),
            Some(()) = stops.recv() => return Ok(ExitCode::SUCCESS),
        };
        let ended = match settle_whose(&office, words).await {
            Ok(()) => serve(&office, &mut stops, words).await,
            Err(error) => Err(error),
        };
        tokio::select! {
            () = office.books.close() => {}
            Some(()) = stops.recv() => {}
        }
        ended
    });
    runtime.shutdown_timeout(THREADS_END_MAX);
    ended
}

/// Nothing is done before it is clear whose books these are.
async fn settle_whose(office: &Office, words: &Words) -> anyhow::Result<()> {
    installation::settle(&office.books, &Site::of(&office.config, &open::host()), &office.ids).await?;
    match pausing::find_pause(&office.books).await? {
        None => {}
        // A person's own words are for `status`: this goes into the log.
        Some(Pause::Asked(_)) => eprintln!("{}", words.say("pause.asked", &[])),
        Some(found) => {
            let why = pause::reason(&found, &open::zone(&office.config), words);
            eprintln!("{}", words.say("status.paused", &[("why", &why)]));
        }
    }
    Ok(())
}

async fn pass(office: &Office, words: &Words) -> anyhow::Result<ExitCode> {
    let report = run_once(office).await?;
    office.notices.take().iter().for_each(|notice| eprintln!("{}", noticed(notice, words)));
    write!(stdout(), "{}", told(&report, office, words))?;
    let in_trouble = report.mailboxes.iter().any(|mailbox| mailbox.trouble.is_some());
    Ok(if in_trouble { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn serve(office: &Arc<Office>, stops: &mut mpsc::Receiver<()>, words: &Words) -> anyhow::Result<ExitCode> {
    eprintln!("{}", words.say("run.serving", &[("mailboxes", &office.accounts.len())]));
    let telling = async {
        loop {
            office.notices.wait().await.iter().for_each(|notice| eprintln!("{}", noticed(notice, words)));
        }
    };
    tokio::select! {
        ended = run_until(office, stops) => ended?,
        () = telling => {}
    }
    eprintln!("{}", words.say("run.stopped", &[]));
    Ok(ExitCode::SUCCESS)
}

/// A notice in the operator's language.
fn noticed(notice: &Notice, words: &Words) -> String {
    match notice {
        Notice::NoSuchFolder { mailbox, unmatched } => {
            let (what, advice) = unmatched_sentences(unmatched, words);
            words.say("run.note", &[("mailbox", mailbox), ("what", &what), ("advice", &advice)])
        }
        Notice::NoListener { place, why } => {
            format!("{} ({place}: {why}). {}", words.say("trouble.no_listener", &[]), words.say("trouble.no_listener_do", &[]))
        }
    }
}

/// Listens from now on; a word for each time somebody asks the daemon to stop.
fn stops() -> mpsc::Receiver<()> {
    let (say, heard_by) = mpsc::channel(2);
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let (say, mut listener) = (say.clone(), signal(kind).ok());
        tokio::spawn(async move {
            loop {
                heard(&mut listener).await;
                // Two words wait already, or nobody listens any more: either way it ends.
                let _ = say.try_send(());
            }
        });
    }
    heard_by
}

/// Ready at the signal. Without a handler the system's own way of ending a process is still there.
async fn heard(listener: &mut Option<Signal>) {
    match listener {
        Some(listener) => {
            listener.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// What a pass did, a line a mailbox.
pub fn told(report: &Report, office: &Office, words: &Words) -> String {
    let mut lines: Vec<String> = report.mailboxes.iter().flat_map(|mailbox| mailbox_lines(mailbox, words)).collect();
    let done = report.done;
    lines.push(words.say("run.done", &[("drafted", &done.drafted), ("told", &done.told), ("withdrawn", &done.withdrawn)]));
    for (key, count) in [("run.spared", done.spared), ("run.put_off", done.put_off), ("run.gave_up", done.gave_up)] {
        if count > 0 {
            lines.push(words.say(key, &[("count", &count)]));
        }
    }
    let sent = report.sent;
    for (key, count) in [("run.sent", sent.sent), ("run.not_sent", sent.deferred + sent.failed), ("run.uncertain", sent.uncertain)] {
        if count > 0 {
            lines.push(words.say(key, &[("count", &count)]));
        }
    }
    let observed =
        office.accounts.iter().filter(|account| account.config.mode == crate::config::Mode::Observe).map(|a| a.config.name.as_str());
    let observed: Vec<&str> = observed.collect();
    if !observed.is_empty() {
        lines.push(words.say("run.observing", &[("mailboxes", &words.list(observed))]));
    }
    lines.join("\n") + "\n"
}

fn mailbox_lines(mailbox: &MailboxReport, words: &Words) -> Vec<String> {
    if let Some(trouble) = &mailbox.trouble {
        let why = match trouble {
            MailboxError::Maildir(error) => maildir_sentence(error, words),
            MailboxError::Imap(error) => error.to_string(),
        };
        return vec![words.say("run.trouble", &[("mailbox", &mailbox.name), ("why", &why)])];
    }
    let tally = mailbox.tally;
    let mut lines = vec![words.say("run.mailbox", &[("mailbox", &mailbox.name), ("recorded", &tally.recorded), ("copies", &tally.copies)])];
    for (key, count) in [
        ("run.historical", tally.historical),
        ("run.quarantined", tally.quarantined),
        ("run.unreadable", tally.unreadable),
        ("run.gone", tally.gone),
    ] {
        if count > 0 {
            lines.push(words.say(key, &[("count", &count)]));
        }
    }
    lines
}

/// What is wrong with a mailbox, in the operator's language.
fn maildir_sentence(error: &MaildirError, words: &Words) -> String {
    match error {
        MaildirError::Missing(path) => words.say("maildir.missing", &[("path", &path.display())]),
        MaildirError::Unreadable { path, source } => {
            words.say("maildir.unreadable", &[("path", &path.display()), ("why", &reasons::system(source, words))])
        }
        MaildirError::Unwritable { path, source } => {
            words.say("maildir.unwritable", &[("path", &path.display()), ("why", &reasons::system(source, words))])
        }
        MaildirError::Gone { place } => words.say("maildir.gone", &[("place", place)]),
    }
}
