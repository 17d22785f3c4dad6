//! Arguments, then one command, then its exit code.

use clap::Parser;
use std::process::ExitCode;
use tradepost::cli::args::Arguments;
use tradepost::cli::{errors, words::Words};

fn main() -> ExitCode {
    // Whatever this process makes (books, drafts, locks) is its user's alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let arguments = Arguments::parse();
    let words = Words::from_env();
    tradepost::cli::args::log_to_stderr();
    errors::keep_panics_discreet();
    match arguments.run(&words) {
        Ok(code) => code,
        Err(error) => errors::report(&error, arguments.wants_json(), &words),
    }
}
