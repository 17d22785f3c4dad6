//! What is wrong with a template, where, and what to write instead.

use handlebars::{RenderError, RenderErrorReason, TemplateError, TemplateErrorReason};
use std::fmt;

/// A mistake in a file below `templates/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file's name below `templates/`.
    pub file: String,
    /// Counted from 1.
    pub line: Option<usize>,
    /// Counted from 1.
    pub column: Option<usize>,
    pub kind: FaultKind,
}

/// What is wrong, as a value, so that it can be told in any language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    #[error("`{name}` is not known here; {}", did_you_mean(.known.as_deref()))]
    UnknownName { name: String, known: Option<String> },
    #[error("{0}; every `{{{{#if …}}}}` needs its `{{{{/if}}}}` and every `{{{{` its `}}}}`")]
    Syntax(String),
    #[error("`{{{{{{…}}}}}}` and `{{{{&…}}}}` would let a customer's mail write HTML; write `{{{{…}}}}`")]
    Unescaped,
    #[error("a file of this name is missing; copy the one of another language and translate it")]
    MissingFile,
    #[error(
        "no letter is called so; templates are named <language>/<letter>.subject.hbs, .text.hbs or .html.hbs, words <language>/words.toml"
    )]
    UnknownFile,
    #[error("the comment `{}` must stand in it exactly once; the signature goes there", super::signature::PLACE)]
    NoSignaturePlace,
    #[error("{key}: {what}")]
    Form { key: String, what: String },
    #[error("{0}")]
    Words(String),
    #[error("it cannot be filled in: {0}")]
    Unfillable(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "templates/{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        write!(f, ": {}", self.kind)
    }
}

impl std::error::Error for Fault {}

impl Fault {
    fn new(file: &str, kind: FaultKind) -> Self {
        Self { file: file.to_owned(), line: None, column: None, kind }
    }

    pub(super) fn at(file: &str, line: usize, column: usize, kind: FaultKind) -> Self {
        Self { line: Some(line), column: Some(column), ..Self::new(file, kind) }
    }

    pub(super) fn missing(file: &str) -> Self {
        Self::new(file, FaultKind::MissingFile)
    }

    pub(super) fn unknown_file(file: &str) -> Self {
        Self::new(file, FaultKind::UnknownFile)
    }

    pub(super) fn no_signature_place(file: &str) -> Self {
        Self::new(file, FaultKind::NoSignaturePlace)
    }

    /// A name that letters do not offer, with the nearest one that they do.
    pub(super) fn unknown_name(file: &str, (line, column): (usize, usize), name: &str, known: &[String]) -> Self {
        let nearest = known
            .iter()
            .map(|candidate| (distance(name, candidate), candidate))
            .filter(|(distance, candidate)| *distance <= candidate.len() / 3 + 1)
            .min();
        let kind = FaultKind::UnknownName { name: name.to_owned(), known: nearest.map(|(_, candidate)| candidate.clone()) };
        Self::at(file, line, column, kind)
    }

    /// A template that does not compile.
    pub(super) fn of_template(file: &str, error: &TemplateError) -> Self {
        let what = match error.reason() {
            TemplateErrorReason::MismatchingClosedHelper(open, close) | TemplateErrorReason::MismatchingClosedDecorator(open, close) => {
                format!("`{{{{#{open}}}}}` is open, but `{{{{/{close}}}}}` closes")
            }
            TemplateErrorReason::InvalidParam(parameter) => format!("`{parameter}` cannot stand here"),
            // The engine's own words list its grammar, which helps nobody who writes letters.
            _ => "it cannot be read from here on".to_owned(),
        };
        let (line, column) = error.pos().unzip();
        Self { line, column, ..Self::new(file, FaultKind::Syntax(what)) }
    }

    /// A template that does not render.
    pub(super) fn of_render(name: &str, error: &RenderError) -> Self {
        let kind = match error.reason() {
            RenderErrorReason::MissingVariable(Some(name)) => FaultKind::UnknownName { name: name.clone(), known: None },
            RenderErrorReason::PartialNotFound(name) => FaultKind::UnknownName { name: name.clone(), known: None },
            reason => FaultKind::Unfillable(reason.to_string()),
        };
        let file = error.template_name.as_deref().unwrap_or(name);
        Self { line: error.line_no, column: error.column_no, ..Self::new(file, kind) }
    }

    /// A `words.toml` that cannot be read.
    pub(super) fn of_words(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
        Self { line, ..Self::new(file, FaultKind::Words(error.message().to_owned())) }
    }

    /// A form of `words.toml` with the wrong places.
    pub(super) fn of_form(file: &str, text: &str, key: &str, what: &str) -> Self {
        let (table, name) = key.split_once('.').unwrap_or(("", key));
        let header = format!("[{table}]");
        let line = text
            .lines()
            .enumerate()
            .skip_while(|(_, line)| line.trim() != header)
            .find(|(_, line)| line.split_once('=').is_some_and(|(left, _)| left.trim() == name))
            .map(|(index, _)| index + 1);
        Self { line, ..Self::new(file, FaultKind::Form { key: key.to_owned(), what: what.to_owned() }) }
    }
}

fn did_you_mean(known: Option<&str>) -> String {
    match known {
        Some(name) => format!("did you mean `{name}`?"),
        None => "templates/README.md lists what there is".to_owned(),
    }
}

/// How many letters differ (Levenshtein); names are short.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(40).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().take(40).enumerate() {
        let mut next = vec![i + 1];
        for ((above, left_above), b) in row.iter().skip(1).zip(&row).zip(&other) {
            let left = next.last().copied().unwrap_or(0);
            next.push((left_above + usize::from(a != *b)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
