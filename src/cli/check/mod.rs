//! `tradepost check`: every section of the configuration, every mailbox, and what to do about each fault. Nothing is changed
//! by looking: no folder made, no book created, no mail touched.

pub mod departure;
pub mod known;
mod mailboxes;
mod sections;
pub mod servers;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crate::config::{Config, Mailbox, Unmatched};
use crate::mailbox::providers::Providers;
use crate::types::Moment;

use super::faults;
use super::mailbox::trouble::Told;
use super::table::{self, CheckRow, State};
use super::words::Words;

/// Which folders the mailbox door recognises, by the names the mailbox has for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoldersFound {
    pub drafts: Option<String>,
    pub sent: Option<String>,
    pub junk: Option<String>,
    /// Entries of `private.folders` that no folder answers to.
    pub unmatched: Vec<Unmatched>,
}

/// What lies beyond the configuration and the disk: what servers and books say, and what day it is.
#[derive(Debug)]
pub struct Beyond {
    pub now: Moment,
    pub providers: Arc<Providers>,
    /// By the name of the mailbox; those in a Maildir are missing.
    pub servers: BTreeMap<String, servers::Asked>,
    /// The same for those whose mail can leave.
    pub departures: BTreeMap<String, departure::Asked>,
    /// By the name of the mailbox; those the books do not know yet are missing.
    pub in_books: BTreeMap<String, known::InBooks>,
}

/// What `check` asks others to look at.
pub struct Looks<'a> {
    /// The mailbox door: which folders it recognises. Asked only when the Maildir can be read.
    pub folders: &'a dyn Fn(&Mailbox) -> anyhow::Result<FoldersFound>,
    /// Servers and books are asked once, before any row is made.
    pub beyond: &'a dyn Fn(&Config) -> anyhow::Result<Beyond>,
    /// Rows about what lies behind the configuration: books, rules, templates.
    pub more: &'a dyn Fn(&Config, &Words) -> Vec<CheckRow>,
}

/// Looks at everything and prints it. The exit code is 1 when a fault stands.
pub fn run(file: &Path, words: &Words, looks: &Looks<'_>) -> anyhow::Result<ExitCode> {
    let (said, code) = match Config::load(file) {
        Err(faults) => (faults::report(file, &faults, words), ExitCode::FAILURE),
        Ok(config) => {
            let rows = rows(&config, words, looks)?;
            let stands = table::count(&rows, State::Fault) > 0;
            (report(&rows, words), if stands { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
    };
    let mut out = std::io::stdout().lock();
    out.write_all(said.as_bytes())?;
    out.flush()?;
    Ok(code)
}

/// Everything that was looked at.
pub fn rows(config: &Config, words: &Words, looks: &Looks<'_>) -> anyhow::Result<Vec<CheckRow>> {
    let beyond = (looks.beyond)(config)?;
    let mut rows = sections::before_mailboxes(config, words);
    for mailbox in &config.mailboxes {
        rows.extend(mailboxes::rows(mailbox, &config.secrets_of(mailbox), words, looks.folders, &beyond));
    }
    rows.extend(sections::after_mailboxes(config, words, beyond.now));
    rows.extend((looks.more)(config, words));
    Ok(rows)
}

/// The table, and one sentence about the whole.
pub fn report(rows: &[CheckRow], words: &Words) -> String {
    let (faults, warnings) = (table::count(rows, State::Fault), table::count(rows, State::Warning));
    let end = match (faults, warnings) {
        (0, 0) => words.say("check.nothing_wrong", &[]),
        (0, _) => words.say("check.only_warnings", &[("warnings", &warnings)]),
        _ => words.say("check.faults", &[("faults", &faults), ("warnings", &warnings)]),
    };
    format!("{}\n{end}\n", table::draw(rows, words))
}

/// An entry of `private.folders` that no folder answers to, and what to do.
pub fn unmatched_sentences(unmatched: &Unmatched, words: &Words) -> (String, String) {
    let keys = match unmatched.meant {
        Some(_) => ("check.private_meant", "check.private_meant_do"),
        None => ("check.private_unknown", "check.private_unknown_do"),
    };
    let meant = unmatched.meant.as_deref().unwrap_or_default();
    let values: [(&str, &dyn Display); 2] = [("entry", &unmatched.entry), ("meant", &meant)];
    (words.say(keys.0, &values), words.say(keys.1, &values))
}

/// The rows of one area, in the words of one language.
struct Area<'w> {
    words: &'w Words,
    area: String,
    rows: Vec<CheckRow>,
}

/// What a sentence names.
type Values<'v> = [(&'v str, &'v dyn Display)];

impl<'w> Area<'w> {
    fn new(words: &'w Words, area: String) -> Self {
        Self { words, area, rows: Vec::new() }
    }

    fn ok(&mut self, key: &str, values: &Values<'_>) {
        self.add(State::Ok, key, None, values);
    }

    fn warn(&mut self, key: &str, advice: &str, values: &Values<'_>) {
        self.add(State::Warning, key, Some(advice), values);
    }

    fn fault(&mut self, key: &str, advice: &str, values: &Values<'_>) {
        self.add(State::Fault, key, Some(advice), values);
    }

    /// Entries of `private.folders` that no folder answers to.
    fn warn_of_unmatched(&mut self, unmatched: &[Unmatched]) {
        for unmatched in unmatched {
            let (what, advice) = unmatched_sentences(unmatched, self.words);
            self.rows.push(CheckRow { area: self.area.clone(), what, state: State::Warning, advice });
        }
    }

    /// A fault whose words were found elsewhere.
    fn add_said(&mut self, said: Told) {
        self.rows.push(CheckRow { area: self.area.clone(), what: said.what, state: State::Fault, advice: said.advice });
    }

    fn add(&mut self, state: State, key: &str, advice: Option<&str>, values: &Values<'_>) {
        let what = self.words.say(key, values);
        let advice = advice.map(|advice| self.words.say(advice, values)).unwrap_or_default();
        self.rows.push(CheckRow { area: self.area.clone(), what, state, advice });
    }
}

/// Things under the names they belong to, in the order of the names.
fn grouped<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, Vec<V>> {
    let mut groups: BTreeMap<K, Vec<V>> = BTreeMap::new();
    for (key, value) in pairs {
        groups.entry(key).or_default().push(value);
    }
    groups
}
