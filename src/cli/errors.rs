//! How a command that could not do its work says so: what happened, and what to do.

use super::check::domains;
use super::reasons;
use super::words::Words;
use super::{broken, faults};
use crate::config::{Fault, SecretError};
use crate::flow::OfficeError;
use crate::flow::inbound::InboundError;
use crate::flow::installation::InstallationError;
use crate::record::BooksError;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// A configuration that cannot be used, with all its faults.
#[derive(Debug, thiserror::Error)]
#[error("the configuration {file} has faults")]
pub struct Unusable {
    pub file: PathBuf,
    pub faults: Vec<Fault>,
}

/// Prints the error for a person, or as JSON, and gives the exit code. A reader that has seen enough (`tradepost show | head`) is no
/// error.
pub fn report(error: &anyhow::Error, json: bool, words: &Words) -> ExitCode {
    // `tradepost triage … | head`: whoever read has seen enough.
    if error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)) {
        return ExitCode::SUCCESS;
    }
    let said = sentence(error, words);
    // When nobody reads this any more there is nobody left to tell.
    let _ = if json {
        writeln!(io::stdout(), "{}", serde_json::json!({ "error": said.trim_end() }))
    } else {
        writeln!(io::stderr(), "{}", said.trim_end())
    };
    ExitCode::FAILURE
}

/// A broken promise of ours says where it was broken, and not what was in hand: that may be a customer's words, and the log is no
/// place for them.
pub fn keep_panics_discreet() {
    std::panic::set_hook(Box::new(|fault| {
        let place = fault.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(place, "A fault of Tradepost's own; please report the place");
    }));
}

fn sentence(error: &anyhow::Error, words: &Words) -> String {
    if let Some(unusable) = error.downcast_ref::<Unusable>() {
        return faults::report(&unusable.file, &unusable.faults, words);
    }
    if let Some(said) = broken::said(error, words) {
        return said;
    }
    if let Some(InstallationError::NotKept { file, why }) = error.downcast_ref() {
        return words.say("installation.not_kept", &[("file", &file.display()), ("why", why)]);
    }
    if let Some(OfficeError::Signer { mailbox, dkim, why }) = error.downcast_ref() {
        let told = domains::told(why, dkim, words);
        return words.say("dkim.refused", &[("mailbox", mailbox), ("what", &told.what), ("advice", &told.advice)]);
    }
    if let Some(why) = error.downcast_ref::<SecretError>() {
        // Only the books' password is read before anything else is known.
        let values: [(&str, &dyn Display); 2] = [("key", &"storage.postgres_password"), ("why", &reasons::secret(why, words))];
        return format!("{} {}", words.say("check.password_failed", &values), words.say("check.password_failed_do", &values));
    }
    match books_error(error) {
        Some(books) => books_sentence(books, words),
        None => format!("{error:#}"),
    }
}

fn books_error(error: &anyhow::Error) -> Option<&BooksError> {
    error.chain().find_map(|cause| {
        cause
            .downcast_ref::<BooksError>()
            .or_else(|| match cause.downcast_ref::<InboundError>() {
                Some(InboundError::Books(books)) => Some(books),
                _ => None,
            })
            .or_else(|| match cause.downcast_ref::<OfficeError>() {
                Some(OfficeError::Books(books)) => Some(books),
                _ => None,
            })
            .or_else(|| match cause.downcast_ref::<InstallationError>() {
                Some(InstallationError::Books(InboundError::Books(books))) => Some(books),
                _ => None,
            })
    })
}

/// What is wrong with the books, in the operator's language.
pub fn books_sentence(error: &BooksError, words: &Words) -> String {
    let key = format!("books_trouble.{}", error.kind().trim_start_matches("books-").replace('-', "_"));
    let values = error.values();
    let values: Vec<(&str, &dyn Display)> = values.iter().map(|(name, value)| (*name, value as &dyn Display)).collect();
    words.say(&key, &values)
}
