//! The command line: a contract, scripts depend on it.

use super::words::Words;
use super::{
    backup, check, demo, evaluate, import, init, login, mailbox, open, outbox, pause, read_paper, restore, run, show, status, suppress,
    teach, triage, trust,
};
use crate::flow::papers::PaperReaders;
use crate::understand::Rules;
use crate::understand::learned::Model;
use clap::{Args, Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// An e-mail-centric CRM for foreign trade: one daemon beside a sales team's ordinary mailboxes.
#[derive(Debug, Parser)]
#[command(name = "tradepost", version, about, disable_help_subcommand = true, arg_required_else_help = true)]
pub struct Arguments {
    /// The configuration; else $TRADEPOST_CONFIG, else ./tradepost.toml, else the user's configuration folder.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Shows the main job on mail that comes with the program: no server, no configuration.
    Demo {
        /// Where to put the mailbox, the books and the configuration of the demonstration.
        #[arg(long, value_name = "DIR", default_value = "tradepost-demo")]
        dir: PathBuf,
    },
    /// Writes a commented tradepost.toml into a folder.
    Init {
        #[arg(value_name = "DIR", default_value = ".")]
        dir: PathBuf,
    },
    /// Adds a mailbox to the configuration.
    Mailbox {
        #[command(subcommand)]
        what: Mailbox,
    },
    /// Checks configuration, mailboxes, books, rules and templates, and says what to do about each fault.
    Check,
    /// Runs the daemon.
    Run {
        /// Handle all that is waiting, do what is due, and exit.
        #[arg(long)]
        once: bool,
    },
    /// Gets the first login token of a mailbox on a server that wants one instead of a password; can be repeated.
    Login {
        /// The mailbox's name or address.
        #[arg(value_name = "ACCOUNT")]
        account: String,
    },
    /// Says how the daemon and the mailboxes fare; exits with 1 when something is in trouble.
    Status {
        /// JSON on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Nothing is drafted, told or sent from now on; mail is still read and recorded.
    Pause {
        /// Why; `status` shows it.
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
    },
    /// Work goes on after a pause; also answers what a restore or a moved installation asks.
    Resume,
    /// Writes books and attachments into one file; also beside a running daemon.
    Backup {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Replace the file when it is there.
        #[arg(long)]
        force: bool,
    },
    /// Puts books and attachments from a backup where the configuration has them; they start paused.
    Restore(restore::RestoreArguments),
    /// Says what it would understand of mail, touching nothing and needing no configuration.
    Triage {
        /// One JSON object a line on standard output.
        #[arg(long)]
        json: bool,
        /// Rules of your own in place of those of the same name, as `[rules] folder` has them.
        #[arg(long, value_name = "FOLDER")]
        rules: Option<PathBuf>,
        /// Files, folders with Maildirs or *.eml, or `-` for standard input.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Says how well your own mail is read, of which you have said what it is; touches nothing and needs no configuration.
    Evaluate {
        /// JSON on standard output.
        #[arg(long)]
        json: bool,
        /// Rules of your own in place of those of the same name, as `[rules] folder` has them.
        #[arg(long, value_name = "FOLDER")]
        rules: Option<PathBuf>,
        /// A folder with one for each intent (inquiry/*.eml, order.mbox …), or a file with one JSON object a line.
        #[arg(value_name = "DIR|FILE")]
        path: PathBuf,
    },
    /// Says what mails really are: `teach INTENT PATH…`, `teach INTENT --message ID`. Mail like them is read so from then on.
    Teach(teach::TeachArguments),
    /// Reads attached papers for the program itself, which starts it.
    #[command(hide = true)]
    ReadPaper,
    /// Shows what is in the books, and why.
    Show(ShowArguments),
    /// A sender you were warned of is genuine: what was doubted of them and their firm is known from now on.
    Trust {
        /// Their e-mail address.
        address: String,
    },
    /// Lists mail that leaves and what became of it; what a person must look into, unless --all.
    Outbox(OutboxArguments),
    /// Who is not written to by itself any more.
    Suppress {
        #[command(subcommand)]
        what: suppress::What,
    },
    /// Takes a list into the books.
    Import {
        #[command(subcommand)]
        what: Import,
    },
}

/// What to show.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// JSON on standard output.
    #[arg(long, global = true)]
    pub json: bool,
    /// How many at most.
    #[arg(long, global = true, default_value_t = 20, value_name = "N")]
    pub limit: u32,
    #[command(subcommand)]
    pub what: Option<show::What>,
}

/// What of the outbox to list.
#[derive(Debug, Args)]
pub struct OutboxArguments {
    /// JSON on standard output.
    #[arg(long)]
    json: bool,
    /// Everything, the newest first.
    #[arg(long)]
    all: bool,
    /// How many at most.
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: u32,
    #[command(subcommand)]
    what: Option<OutboxCommand>,
}

#[derive(Debug, Subcommand)]
enum OutboxCommand {
    /// Says what became of a delivery, or what is to: it counts as sent, goes once more, or does not go any more.
    Resolve {
        /// Its number, as the list gives it.
        #[arg(value_name = "ID")]
        id: i64,
        decision: outbox::Decision,
    },
}

#[derive(Debug, Subcommand)]
enum Import {
    /// Contacts with company, country, language and owner, from CSV or XLSX.
    Contacts {
        /// The list; its first row names the columns.
        #[arg(value_name = "FILE", required_unless_present = "example")]
        file: Option<PathBuf>,
        /// Print a list to fill in, and stop.
        #[arg(long)]
        example: bool,
        /// Take the sound rows even when others are faulty.
        #[arg(long)]
        partial: bool,
    },
}

#[derive(Debug, Subcommand)]
enum Mailbox {
    /// Recognises the provider, says what to click there, tries the login and writes the mailbox into the configuration.
    Add(Box<mailbox::AddArguments>),
}

impl Arguments {
    /// Runs the command.
    pub fn run(&self, words: &Words) -> anyhow::Result<ExitCode> {
        let file = || open::configuration(self.config.as_deref());
        match &self.command {
            Command::Demo { dir } => demo::run(dir, words),
            Command::Init { dir } => init::run(dir, words),
            Command::Mailbox { what: Mailbox::Add(arguments) } => mailbox::add(&file(), arguments, words),
            Command::Check => check::run(&file(), words, &open::looks()),
            Command::Run { once } => run::run(&file(), *once, words),
            Command::Login { account } => login::run(&file(), account, words),
            Command::Status { json } => status::run(&file(), *json, words),
            Command::Pause { why } => pause::pause(&file(), why.as_deref(), words),
            Command::Resume => pause::resume(&file(), words),
            Command::Backup { file: to, force } => backup::run(&file(), to, *force, words),
            Command::Restore(arguments) => restore::run(&file(), arguments, words),
            Command::Triage { json, rules, paths } => {
                let form = if *json { triage::Form::Json } else { triage::Form::Text };
                let rules = own_rules(rules.as_deref())?;
                let reader = triage::Reader { rules: &rules, learned: self.learned()?, papers: PaperReaders::of_this_program() };
                triage::run(paths, form, &reader, words)
            }
            Command::Evaluate { json, rules, path } => {
                let rules = own_rules(rules.as_deref())?;
                let reader = triage::Reader { rules: &rules, learned: self.learned()?, papers: PaperReaders::of_this_program() };
                evaluate::run(path, *json, &reader, words)
            }
            Command::Teach(arguments) => teach::run(&file(), arguments, words),
            Command::ReadPaper => Ok(read_paper::run()),
            Command::Show(arguments) => show::run(&file(), arguments, words),
            Command::Trust { address } => trust::run(&file(), address, words),
            Command::Outbox(OutboxArguments { json, all, limit, what }) => match what {
                Some(OutboxCommand::Resolve { id, decision }) => outbox::resolve(&file(), *id, *decision, words),
                None => {
                    let listing = outbox::Listing { all: *all, limit: i64::from(*limit), as_json: *json };
                    outbox::list(&file(), listing, words)
                }
            },
            Command::Suppress { what } => suppress::run(&file(), what, words),
            Command::Import { what: Import::Contacts { file: list, example, partial } } => match list {
                Some(list) if !example => import::contacts(&file(), list, *partial, words),
                _ => import::example(),
            },
        }
    }

    /// What was learned in the books of a configuration that was named; nothing without one.
    fn learned(&self) -> anyhow::Result<Option<Model>> {
        self.config.as_deref().map_or(Ok(None), open::learned)
    }

    /// Whether errors are to be JSON on standard output.
    pub fn wants_json(&self) -> bool {
        matches!(
            &self.command,
            Command::Triage { json: true, .. }
                | Command::Evaluate { json: true, .. }
                | Command::Teach(teach::TeachArguments { json: true, .. })
                | Command::Status { json: true }
                | Command::Outbox(OutboxArguments { json: true, .. })
                | Command::Suppress { what: suppress::What::List { json: true, .. } }
                | Command::Show(ShowArguments { json: true, .. })
        )
    }
}

/// The rules to read mail with where no configuration is needed.
fn own_rules(folder: Option<&Path>) -> anyhow::Result<Rules> {
    folder.map_or_else(open::built_in_rules, |own| open::rules_in(Some(own)))
}

/// Logs go to standard error, ids only; `TRADEPOST_LOG` chooses how much (`warn`, `debug`, `tradepost::flow=trace`).
pub fn log_to_stderr() {
    let filter = EnvFilter::builder().with_env_var("TRADEPOST_LOG").with_default_directive(tracing::Level::INFO.into()).from_env_lossy();
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi).with_target(false).init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_may_stand_before_or_behind_what_is_shown() {
        for line in
            ["tradepost show --json --limit 3 messages", "tradepost show messages --json --limit 3", "tradepost show message 1 --json"]
        {
            let arguments = Arguments::try_parse_from(line.split(' ')).expect("good usage");
            assert!(arguments.wants_json(), "{line}");
        }
    }
}
