//! A case to a plan. In come a letter, its reading, whose it is, what the books say and the time; out comes a [`Plan`]: what to
//! note and what to do. Pure. Absent on purpose: doing anything, and choosing words (`act::render` does, from `templates/`).

mod plan;

pub use plan::{Act, DraftOrder, LetterName, Plan, Question, QuotedMail, SignatureText};
