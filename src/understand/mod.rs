//! A [`Letter`](crate::parse::Letter) to a [`Reading`]: language, intent with evidence, facts. Rules come in as values and every
//! answer can say why. Absent on purpose: what the books know (that is `link`), what to do about it (that is `decide`).

pub mod facts;
mod flag;
mod fold;
pub mod guards;
mod intent;
pub mod language;
pub mod learned;
mod person;
mod reading;
pub mod rules;
pub mod via;

pub use facts::Facts;
pub use flag::{Flag, FlagKind};
pub use person::{Person, Phone, PhoneKind, person};
pub use reading::{Buyer, Evidence, IntentGuess, LanguageGuess, Reading, Via, read, read_with, searched};
pub use rules::Rules;
