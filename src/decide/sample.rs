//! A request for samples: which product, how many, and where the courier is to go.

use super::draft::LetterPlan;
use super::{Case, LetterName, Question};

pub(super) fn letter(case: &Case<'_>) -> LetterPlan {
    let facts = &case.reading.facts;
    // A courier wants street and telephone; no fact we read proves that the mail gives both, so a person is better asked once more.
    let wanted = [
        (facts.products.is_empty(), Question::Product),
        (facts.quantities.is_empty(), Question::Quantity),
        (true, Question::DeliveryAddress),
    ];
    let questions = wanted.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, question)| question).collect();
    LetterPlan { letter: LetterName::Sample, questions }
}
