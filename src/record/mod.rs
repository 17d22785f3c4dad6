//! The books: what Tradepost knows, on SQLite or PostgreSQL, and the only folder with SQL.
//!
//! In come values that the stages before made; out go values and, from `threads::list_candidates`, what `link` needs.
//! A table family is one file of plain functions over a [`Session`], with the same verbs everywhere:
//! `find_ list_ add_ mark_ erase_`. Nothing is committed before [`Session::commit`].
//!
//! Deliberately absent: clocks (moments are passed in), network I/O inside a transaction, SQL made at run time, and SQL
//! functions that mean different things on the two engines (`LOWER`, `LIKE`, JSON operators, dates); folding is done in Rust.

#[macro_use]
mod statement;
mod address;
mod books;
mod dialect;
mod error;
mod keys;
mod lock;
mod migrate;
mod retry;
mod session;
mod tables;

pub mod accounts;
pub mod acts;
pub mod backup;
pub mod banks;
pub mod choices;
pub mod closed;
pub mod companies;
pub mod contact_details;
pub mod contacts;
pub mod copies;
pub mod daily;
pub mod domains;
pub mod doubts;
pub mod drafts;
pub mod folders;
pub mod habits;
pub mod health;
pub mod leases;
pub mod leaves;
pub mod lessons;
pub mod letters;
pub mod mentions;
pub mod messages;
pub mod models;
pub mod outbox;
pub mod owed;
pub mod passed;
pub mod person_drafts;
pub mod placements;
pub mod places;
pub mod quarantine;
pub mod raw;
pub mod settings;
pub mod suppressions;
pub mod threads;
pub mod tokens;
pub mod tombstones;
pub mod tracking;
pub mod waiting;

pub use address::{BooksAddress, PostgresUrl};
pub use books::{Books, Purpose};
pub use error::{BooksError, is_retryable};
pub use lock::Lock;
pub use migrate::{Migration, migrations};
pub use raw::RawMail;
pub use retry::Retry;
pub use session::Session;
pub use statement::Statement;

/// Every statement the program can send, so that a test can prepare them all on both engines.
pub fn statements() -> impl Iterator<Item = &'static Statement> {
    [
        accounts::STATEMENTS,
        acts::STATEMENTS,
        banks::STATEMENTS,
        choices::STATEMENTS,
        closed::STATEMENTS,
        companies::STATEMENTS,
        contact_details::STATEMENTS,
        contacts::STATEMENTS,
        copies::STATEMENTS,
        daily::STATEMENTS,
        domains::STATEMENTS,
        doubts::STATEMENTS,
        drafts::STATEMENTS,
        folders::STATEMENTS,
        habits::STATEMENTS,
        health::STATEMENTS,
        leases::STATEMENTS,
        leaves::STATEMENTS,
        lessons::STATEMENTS,
        letters::STATEMENTS,
        mentions::STATEMENTS,
        messages::STATEMENTS,
        migrate::STATEMENTS,
        models::STATEMENTS,
        outbox::STATEMENTS,
        outbox::claims::STATEMENTS,
        outbox::holds::STATEMENTS,
        outbox::lists::STATEMENTS,
        outbox::returns::STATEMENTS,
        outbox::steps::STATEMENTS,
        outbox::overtaken::STATEMENTS,
        outbox::uses::STATEMENTS,
        passed::STATEMENTS,
        person_drafts::STATEMENTS,
        placements::STATEMENTS,
        places::STATEMENTS,
        quarantine::STATEMENTS,
        raw::STATEMENTS,
        session::STATEMENTS,
        settings::STATEMENTS,
        suppressions::STATEMENTS,
        owed::STATEMENTS,
        tables::STATEMENTS,
        threads::STATEMENTS,
        threads::CANDIDATE_STATEMENTS,
        tokens::STATEMENTS,
        tombstones::STATEMENTS,
        tracking::STATEMENTS,
        waiting::STATEMENTS,
    ]
    .into_iter()
    .flatten()
}
