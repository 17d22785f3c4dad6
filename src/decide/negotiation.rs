//! A negotiation, and whatever else needs a person's words: the mail is acknowledged, nothing is conceded.

use super::draft::LetterPlan;
use super::{Case, LetterName};

pub(super) fn letter(_case: &Case<'_>) -> LetterPlan {
    LetterPlan { letter: LetterName::Acknowledgement, questions: Vec::new() }
}
