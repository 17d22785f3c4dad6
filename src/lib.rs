//! Tradepost: one daemon beside a sales team's ordinary mailboxes.
//!
//! A message flows one way: `watch → parse → understand → link → decide → record → act`.
//! A folder names only folders above it in this list; `tests/it/house.rs` holds that.
//!
//! | folder | what it is for |
//! |---|---|
//! | [`types`] | words everyone shares: addresses, languages, money, Incoterms, moments |
//! | [`config`] | `tradepost.toml`, one file per section |
//! | [`trade`] | the rules of the trade, one subject per folder, pure |
//! | [`mailbox`] | the one door to a mailbox |
//! | [`watch`] | whatever comes in becomes a value |
//! | [`parse`] | bytes to values; never fails, never panics |
//! | [`understand`] | a letter to a reading: language, intent, facts, with evidence |
//! | [`link`] | whose letter, which thread |
//! | [`decide`] | a case to a plan; pure |
//! | [`act`] | one act to one outcome in the world |
//! | [`record`] | the books: the only folder with SQL |
//! | [`flow`] | carries values between the stages: the only folder that sees all |
//! | [`cli`] | one file per subcommand |

// In the order a mail flows; the blank lines keep it.

pub mod types;

pub mod config;

pub mod trade;

pub mod mailbox;

pub mod watch;

pub mod parse;

pub mod understand;

pub mod link;

pub mod decide;

pub mod act;

pub mod record;

pub mod flow;

pub mod cli;
