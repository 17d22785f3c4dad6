//! An inquiry: the first reply repeats what was understood and asks what a quote still needs.

use super::draft::LetterPlan;
use super::{Case, LetterName, Question};
use crate::trade::quotes::{Missing, Told, missing};

pub(super) fn letter(case: &Case<'_>) -> LetterPlan {
    let facts = &case.reading.facts;
    let told = Told {
        product: !facts.products.is_empty(),
        quantity: !facts.quantities.is_empty(),
        incoterm: facts.incoterm.is_some(),
        place: facts.place.is_some(),
    };
    let questions = missing(told).into_iter().map(|missing| match missing {
        Missing::Product => Question::Product,
        Missing::Quantity => Question::Quantity,
        Missing::Destination => Question::Destination,
    });
    LetterPlan { letter: LetterName::FirstReply, questions: questions.collect() }
}
