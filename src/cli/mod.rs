//! One file per subcommand, and how the command line speaks: words in the operator's language, tables that line up.
//! What a command found out is handed over as values; only here it becomes text for a person.

pub mod args;
pub mod backup;
pub mod broken;
pub mod budgets;
pub mod check;
pub mod demo;
pub mod errors;
pub mod evaluate;
pub mod faults;
pub mod import;
pub mod init;
pub mod intents;
pub mod login;
pub mod mailbox;
pub mod open;
pub mod outbox;
pub mod pause;
pub mod read_paper;
pub mod reasons;
pub mod restore;
pub mod run;
pub mod show;
pub mod status;
pub mod suppress;
pub mod table;
pub mod teach;
pub mod triage;
pub mod trust;
pub mod words;
