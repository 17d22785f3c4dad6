//! Whole mails through all finders, with the rules compiled in; the finders' own stories stand beside them.

use super::*;
use crate::understand::rules::Rules;
use std::sync::LazyLock;

static RULES: LazyLock<FactRules> = LazyLock::new(|| {
    let files: Vec<_> = Rules::built_in_files().into_iter().filter(|(name, _)| name.starts_with("facts/")).collect();
    FactRules::compile(&files).expect("the built-in lists are sound")
});

pub(super) fn rules() -> &'static FactRules {
    &RULES
}

/// The facts of a text sent on Monday, 2 November 2026.
pub(super) fn facts(language: &str, text: &str) -> Facts {
    find(text, None, known(language), Some(jiff::civil::date(2026, 11, 2)), rules())
}

pub(super) fn facts_with_subject(language: &str, subject: &str, text: &str) -> Facts {
    find(text, Some(subject), known(language), Some(jiff::civil::date(2026, 11, 2)), rules())
}

fn known(language: &str) -> Language {
    Language::parse(language).expect("a language of ours")
}
