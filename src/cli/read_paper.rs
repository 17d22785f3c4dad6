//! `tradepost read-paper`: the part of the program that reads attached papers, started by the program itself and by nobody else.

use crate::flow::papers::serve;
use std::io;
use std::process::ExitCode;

/// Reads papers from standard input as long as they come. The parent knows a paper that is not answered.
pub fn run() -> ExitCode {
    match serve(&mut io::stdin().lock(), &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
