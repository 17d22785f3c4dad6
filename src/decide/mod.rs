//! A case to a plan. In come a letter, its reading, whose it is, what the books say and the time; out comes a [`Plan`]: what to
//! do, and why. Pure. Absent on purpose: doing anything, and choosing words (`act::render` does, from `templates/`).

mod case;
mod draft;
mod inquiry;
mod language;
mod negotiation;
mod notice;
mod order;
mod owner;
mod plan;
mod recipients;
pub mod reminders;
mod sample;
mod shipping;

pub use case::{Case, decide};
pub use owner::owner;
pub use plan::{Act, DraftOrder, Goods, LetterName, NoticeOrder, Plan, Question, QuotedMail, SignatureText};
pub use reminders::Reminder;
