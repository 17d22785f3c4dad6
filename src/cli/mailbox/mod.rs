//! `tradepost mailbox add ADDRESS`: recognises the provider, says what to click there, tries the login, shows what is in the mailbox,
//! and writes it into the configuration. Nothing in the mailbox is changed, and nothing is written before the login worked.

mod add;
pub mod find;
pub mod guide;
pub mod save;
mod secret;
pub mod seen;
pub mod trouble;

pub(crate) use add::day;
pub use add::{AddArguments, Refusal, add};
