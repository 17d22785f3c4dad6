//! Rule files and templates that cannot be used, in the operator's words: where, what, and what to write instead.

use super::words::Words;
use crate::act::render::{self, FaultKind};
use crate::understand::rules::RuleError;
use std::fmt::Display;

/// Letters that cannot be used, with all their faults.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct BrokenLetters(pub Vec<render::Fault>);

/// What is wrong with rules or letters, one line a fault; `None` for any other error.
pub fn said(error: &anyhow::Error, words: &Words) -> Option<String> {
    if let Some(BrokenLetters(faults)) = error.downcast_ref() {
        return Some(faults.iter().map(|fault| template(fault, words)).collect::<Vec<_>>().join("\n"));
    }
    error.downcast_ref().map(|error| rule(error, words))
}

fn template(fault: &render::Fault, words: &Words) -> String {
    let what = kind(&fault.kind, words);
    let place = [fault.line, fault.column].into_iter().flatten().map(|number| number.to_string()).collect::<Vec<_>>().join(":");
    let values: [(&str, &dyn Display); 3] = [("file", &fault.file), ("place", &place), ("what", &what)];
    words.say(if place.is_empty() { "broken.template" } else { "broken.template_at" }, &values)
}

fn kind(kind: &FaultKind, words: &Words) -> String {
    match kind {
        FaultKind::UnknownName { name, known: None } => words.say("broken.unknown_name", &[("name", name)]),
        FaultKind::UnknownName { name, known: Some(known) } => words.say("broken.unknown_name_meant", &[("name", name), ("known", known)]),
        FaultKind::Syntax(what) => words.say("broken.syntax", &[("what", what)]),
        FaultKind::Unescaped => words.say("broken.unescaped", &[]),
        FaultKind::MissingFile => words.say("broken.missing_file", &[]),
        FaultKind::UnknownFile => words.say("broken.unknown_file", &[]),
        FaultKind::NoSignaturePlace => words.say("broken.no_signature_place", &[]),
        FaultKind::Form { key, what } => words.say("broken.form", &[("key", key), ("what", what)]),
        FaultKind::Words(what) => words.say("broken.words", &[("what", what)]),
        FaultKind::Unfillable(what) => words.say("broken.unfillable", &[("what", what)]),
    }
}

fn rule(error: &RuleError, words: &Words) -> String {
    match error.line {
        Some(line) => words.say("broken.rule_at", &[("file", &error.file), ("line", &line), ("what", &error.problem)]),
        None => words.say("broken.rule", &[("file", &error.file), ("what", &error.problem)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::render::Letters;
    use crate::types::Language;

    fn told(text: &str, language: Language) -> String {
        let Err(faults) = Letters::load(&[("en/order.text.hbs".to_owned(), text.to_owned())]) else { panic!("a broken letter") };
        said(&BrokenLetters(faults).into(), &Words::of(language)).expect("it is about letters")
    }

    #[test]
    fn a_misspelt_name_is_told_in_the_operators_language() {
        let text = "{{#> layout}}\nThank you, {{detials}}.\n{{/layout}}\n";
        let english = told(text, Language::ENGLISH);
        assert!(english.starts_with("templates/en/order.text.hbs:2:") && english.contains("did you mean `details`?"), "{english}");
        let chinese = told(text, Language::CHINESE_SIMPLIFIED);
        assert!(chinese.contains("en/order.text.hbs:2:") && chinese.contains("您是不是想写 `details`？"), "{chinese}");
    }

    #[test]
    fn english_says_what_the_fault_says_of_itself() {
        let Err(faults) = Letters::load(&[("es/order.text.hbs".to_owned(), "{{#if products}}\n{{/unless}}\n".to_owned())]) else {
            panic!("a broken letter")
        };
        let itself = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert_eq!(said(&BrokenLetters(faults).into(), &Words::of(Language::ENGLISH)), Some(itself));
    }
}
