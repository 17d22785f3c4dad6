//! A case to a plan. In come a letter, its reading, whose it is, what the books say and the time; out comes a [`Plan`]: what to
//! do, and why. Pure. Absent on purpose: doing anything, and choosing words (`act::render` does, from `templates/`).

mod alarm;
pub mod answer;
pub mod budget;
mod case;
pub mod daily;
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
mod superseded;
mod trouble;
mod warning;

pub use alarm::{AlarmOrder, Way, alarm, way};
pub use answer::AnswersLately;
pub use case::{Case, decide};
pub use daily::DailyOrder;
pub use owner::owner;
pub use plan::{Act, DraftOrder, Goods, LetterName, NoticeOrder, Plan, Question, QuotedMail, SignatureText, SupersededOrder};
pub use superseded::SentDraft;
pub use trouble::TroubleKind;
pub use warning::WarningOrder;
