//! Why something could not be done, in the operator's words, for sentences that name a reason.

use super::words::Words;
use crate::config::{SecretError, SystemFault};
use crate::mailbox::CredentialError;
use std::fmt::Display;
use std::io::{Error, ErrorKind};

/// Why a secret could not be had.
pub fn secret(error: &SecretError, words: &Words) -> String {
    match error {
        SecretError::NoVariable(name) => words.say("secret.no_variable", &[("name", name)]),
        SecretError::NoFile { file, why } => words.say("secret.no_file", &[("file", file), ("why", &of_system(why, words))]),
        SecretError::NoCommand { program, why } => words.say("secret.no_command", &[("program", program), ("why", &of_system(why, words))]),
        SecretError::TooSlow { program, limit } => words.say("secret.too_slow", &[("program", program), ("seconds", &limit.as_secs())]),
        SecretError::Failed { program, status } => {
            // A signal has no number of its own to leave with.
            let status = status.code().map_or_else(|| status.to_string(), |code| code.to_string());
            words.say("secret.failed", &[("program", program), ("status", &status)])
        }
        SecretError::Empty => words.say("secret.empty", &[]),
        SecretError::HoldsNul => words.say("secret.nul", &[]),
        SecretError::Broken => words.say("secret.broken", &[]),
    }
}

/// Why there is nothing to log in with.
pub fn credential(error: &CredentialError, words: &Words) -> String {
    match error {
        CredentialError::Unreadable(why) => secret(why, words),
        CredentialError::ProxyUnreadable(why) => words.say("secret.of_proxy", &[("why", &secret(why, words))]),
        CredentialError::NoToken { .. } | CredentialError::Ended { .. } | CredentialError::NotNow(_) => error.to_string(),
    }
}

/// What the system said of a file, a folder or a program.
pub fn system(error: &Error, words: &Words) -> String {
    of_kind(error.kind(), error, words)
}

fn of_system(fault: &SystemFault, words: &Words) -> String {
    of_kind(fault.kind, fault, words)
}

/// The commonest are said in the operator's language; the others as the system says them.
fn of_kind(kind: ErrorKind, said: &dyn Display, words: &Words) -> String {
    let key = match kind {
        ErrorKind::NotFound => "reason.not_found",
        ErrorKind::PermissionDenied => "reason.not_allowed",
        ErrorKind::IsADirectory => "reason.is_folder",
        ErrorKind::NotADirectory => "reason.no_folder",
        ErrorKind::AlreadyExists => "reason.exists",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "reason.no_room",
        ErrorKind::ReadOnlyFilesystem => "reason.read_only",
        ErrorKind::InvalidData => "reason.not_text",
        _ => return said.to_string(),
    };
    words.say(key, &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Language;
    use std::collections::BTreeSet;
    use std::time::Duration;

    #[test]
    fn why_a_secret_cannot_be_had_is_said_in_every_language() {
        let system = |kind| SystemFault::from(Error::from(kind));
        let file = |kind| SecretError::NoFile { file: "/f".into(), why: system(kind) };
        let errors = [
            SecretError::NoVariable("NAME".into()),
            file(ErrorKind::NotFound),
            file(ErrorKind::PermissionDenied),
            file(ErrorKind::IsADirectory),
            SecretError::NoCommand { program: "pass".into(), why: system(ErrorKind::NotFound) },
            SecretError::TooSlow { program: "pass".into(), limit: Duration::from_secs(10) },
            SecretError::Empty,
            SecretError::HoldsNul,
            SecretError::Broken,
        ];
        for language in Words::languages() {
            let (words, mut different) = (Words::of(language), BTreeSet::new());
            for error in &errors {
                let said = secret(error, &words);
                assert!(!said.contains("secret.") && !said.contains("reason.") && !said.contains('{'), "{said}");
                let of_proxy = credential(&CredentialError::ProxyUnreadable(error.clone()), &words);
                assert!(of_proxy.contains(&said), "{of_proxy}");
                assert!(language == Language::ENGLISH || said != error.to_string(), "{said}");
                different.insert(said);
            }
            assert_eq!(different.len(), errors.len(), "{different:?}");
        }
    }
}
