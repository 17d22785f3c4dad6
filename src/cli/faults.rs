//! The faults of a configuration in the operator's words: what is wrong there, and what to write instead.

use std::fmt::Display;
use std::path::Path;

use crate::config::{Fault, Problem};

use super::table::{self, CheckRow, State};
use super::words::Words;

/// What any command says instead of going on: that the file cannot be used, and what is wrong with it.
pub fn report(file: &Path, faults: &[Fault], words: &Words) -> String {
    let rows: Vec<CheckRow> = faults.iter().map(|fault| row(file, fault, words)).collect();
    let heading = words.say("check.unread", &[("file", &file.display()), ("faults", &rows.len())]);
    format!("{heading}\n\n{}", table::draw(&rows, words))
}

/// One row for a fault: its key, the line with what is wrong, and what to do.
fn row(file: &Path, fault: &Fault, words: &Words) -> CheckRow {
    let mut values = values(&fault.problem, words);
    values.push(("file", file.display().to_string()));
    let values: Vec<(&str, &dyn Display)> = values.iter().map(|(name, value)| (*name, value as &dyn Display)).collect();
    let name = fault.problem.name();
    let what = words.say(&format!("problem.{name}.what"), &values);
    // A guess at what was meant says more than the list of all there is.
    let guessed = values.iter().any(|(name, _)| *name == "meant");
    let advice = words.say(&format!("problem.{name}.{}", if guessed { "meant" } else { "do" }), &values);
    CheckRow {
        area: if fault.key.is_empty() { words.say("area.file", &[]) } else { fault.key.clone() },
        what: match fault.line {
            Some(line) => words.say("place.line", &[("line", &line), ("what", &what)]),
            None => what,
        },
        state: State::Fault,
        advice,
    }
}

/// What the sentences of a problem name.
fn values(problem: &Problem, words: &Words) -> Vec<(&'static str, String)> {
    match problem {
        Problem::Unreadable { why } | Problem::Syntax { why } => vec![("why", why.clone())],
        Problem::ReadableByOthers { mode } | Problem::WritableByOthers { mode } => vec![("mode", format!("{mode:03o}"))],
        Problem::OwnedByAnother { owner } => vec![("owner", owner.to_string())],
        Problem::UnknownKey { meant, known } => with_guess(*meant, vec![("known", words.list(known))]),
        Problem::Missing { example } => vec![("example", (*example).to_owned())],
        Problem::WrongKind { found, wanted } => {
            let kind = |kind: &str| words.say(&format!("kind.{kind}"), &[]);
            vec![("found", kind(found.name())), ("wanted", kind(wanted.name()))]
        }
        Problem::SingleBrackets { section } => vec![("section", section.clone())],
        Problem::NotOneOf { text, meant, allowed } => with_guess(*meant, vec![("text", text.clone()), ("allowed", words.list(allowed))]),
        Problem::OutOfRange { found, least, most } => {
            vec![("found", found.clone()), ("least", least.to_string()), ("most", most.to_string())]
        }
        Problem::NotATimeZone { text, meant } => with_guess(meant.as_deref(), vec![("text", text.clone())]),
        Problem::Duplicate { text, first_line } => vec![("text", text.clone()), ("first_line", first_line.to_string())],
        Problem::NotAMember { text, members } => vec![("text", text.clone()), ("members", words.list(members))],
        // Not called `meant`: what to do is the same sentence, with the guess in it.
        Problem::WhichOwner { text, meant } => vec![("text", text.clone()), ("member", meant.clone())],
        Problem::Needs { other } | Problem::SameListener { other } => vec![("other", (*other).to_owned())],
        Problem::NotAnAddress { text }
        | Problem::NotADomain { text }
        | Problem::NotALanguage { text }
        | Problem::NotACountry { text }
        | Problem::NotAName { text }
        | Problem::NotAHost { text }
        | Problem::NotAWebAddress { text }
        | Problem::NotAPostgresAddress { text }
        | Problem::NotAProxy { text }
        | Problem::HomePath { text }
        | Problem::NotAListener { text }
        | Problem::NotThisMachine { text }
        | Problem::NotANetwork { text }
        | Problem::WideNetwork { text }
        | Problem::NotPublic { text }
        | Problem::NotOurAddress { text }
        | Problem::NeverAnswered { text } => vec![("text", text.clone())],
        Problem::TooMany { found, most } => vec![("found", found.to_string()), ("most", most.to_string())],
        Problem::NoFile
        | Problem::NotAllowed
        | Problem::NotUtf8
        | Problem::Empty
        | Problem::NotOneLine
        | Problem::OneDoor
        | Problem::OneLogin
        | Problem::PasswordInProxy
        | Problem::AnswerNeedsFull
        | Problem::AnswerNeedsSending
        | Problem::PasswordInAddress
        | Problem::OneSecret
        | Problem::PlainOnlyLocal => Vec::new(),
    }
}

fn with_guess(meant: Option<&str>, mut values: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    values.extend(meant.map(|meant| ("meant", meant.to_owned())));
    values
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::config::Kind;
    use crate::types::Language;

    use super::*;

    /// One of each, with and without a guess.
    fn problems() -> Vec<Problem> {
        let text = || "text-as-written".to_owned();
        vec![
            Problem::NoFile,
            Problem::NotAllowed,
            Problem::Unreadable { why: text() },
            Problem::NotUtf8,
            Problem::ReadableByOthers { mode: 0o644 },
            Problem::WritableByOthers { mode: 0o666 },
            Problem::OwnedByAnother { owner: 1000 },
            Problem::Syntax { why: text() },
            Problem::UnknownKey { meant: Some("mode"), known: vec!["mode"] },
            Problem::UnknownKey { meant: None, known: vec!["mode"] },
            Problem::Missing { example: "name = \"sales\"" },
            Problem::Empty,
            Problem::WrongKind { found: Kind::Flag, wanted: Kind::Secret },
            Problem::NotOneOf { text: text(), meant: Some("draft"), allowed: vec!["draft"] },
            Problem::NotOneOf { text: text(), meant: None, allowed: vec!["draft"] },
            Problem::SingleBrackets { section: text() },
            Problem::OutOfRange { found: text(), least: 1, most: 9 },
            Problem::NotAnAddress { text: text() },
            Problem::NotADomain { text: text() },
            Problem::NotALanguage { text: text() },
            Problem::NotATimeZone { text: text(), meant: Some("Asia/Shanghai".to_owned()) },
            Problem::NotATimeZone { text: text(), meant: None },
            Problem::NotACountry { text: text() },
            Problem::NotAName { text: text() },
            Problem::NotAHost { text: text() },
            Problem::NotAWebAddress { text: text() },
            Problem::NotAPostgresAddress { text: text() },
            Problem::NotOneLine,
            Problem::HomePath { text: text() },
            Problem::Duplicate { text: text(), first_line: 7 },
            Problem::NotAMember { text: text(), members: vec![text()] },
            Problem::NotOurAddress { text: text() },
            Problem::WhichOwner { text: text(), meant: text() },
            Problem::OneDoor,
            Problem::OneLogin,
            Problem::NotAProxy { text: text() },
            Problem::PasswordInProxy,
            Problem::AnswerNeedsFull,
            Problem::AnswerNeedsSending,
            Problem::NeverAnswered { text: text() },
            Problem::PasswordInAddress,
            Problem::OneSecret,
            Problem::Needs { other: "sending.user" },
            Problem::NotAListener { text: text() },
            Problem::NotThisMachine { text: text() },
            Problem::SameListener { other: "tracking.listen" },
            Problem::NotANetwork { text: text() },
            Problem::WideNetwork { text: text() },
            Problem::TooMany { found: 51, most: 50 },
            Problem::NotPublic { text: text() },
            Problem::PlainOnlyLocal,
        ]
    }

    /// The variants of an enum of `config/fault.rs`, read from its source.
    fn variants(name: &str) -> usize {
        let source = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/config/fault.rs"));
        let file = syn::parse_file(source).expect("a Rust file");
        let count = file.items.iter().find_map(|item| match item {
            syn::Item::Enum(found) if found.ident == name => Some(found.variants.len()),
            _ => None,
        });
        count.expect("the enum is in the file")
    }

    #[test]
    fn every_problem_has_its_words_in_every_language() {
        let names: BTreeSet<&str> = problems().iter().map(Problem::name).collect();
        assert_eq!(names.len(), variants("Problem"), "a problem is missing from this test");
        let unfilled = regex::Regex::new(r"\{[a-z_]+\}|problem\.|kind\.").expect("a fixed pattern");
        for language in Words::languages() {
            let words = Words::of(language);
            for problem in problems() {
                let row = row(Path::new("tradepost.toml"), &Fault::new("policies.mode", Some(3), problem), &words);
                assert!(row.what.contains('3') && row.area == "policies.mode", "{row:?}");
                assert!(!unfilled.is_match(&row.what) && !unfilled.is_match(&row.advice), "{row:?}");
            }
        }
    }

    #[test]
    fn every_kind_of_value_has_its_words() {
        let kinds = [
            Kind::Text,
            Kind::Number,
            Kind::Flag,
            Kind::List,
            Kind::Section,
            Kind::Secret,
            Kind::Signature,
            Kind::Identity,
            Kind::Issuer,
            Kind::Proxy,
            Kind::Date,
            Kind::Else,
        ];
        assert_eq!(kinds.len(), variants("Kind"));
        let words = Words::of(Language::CHINESE_SIMPLIFIED);
        for kind in kinds {
            assert!(words.has(&format!("kind.{}", kind.name())), "{kind:?}");
        }
    }
}
