//! A question where the goods are: the number is asked for when the mail names none.

use super::draft::LetterPlan;
use super::{Case, LetterName, Question};

pub(super) fn letter(case: &Case<'_>) -> LetterPlan {
    let is_named = !case.reading.facts.references.is_empty();
    let questions = if is_named { Vec::new() } else { vec![Question::Reference] };
    LetterPlan { letter: LetterName::Shipping, questions }
}
