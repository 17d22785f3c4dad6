//! Carries values between the stages: what comes in is read, linked, decided, recorded; what was decided is done. The only folder
//! that sees all others. In come mailboxes and time; out go changed mailboxes and books.
//!
//! Absent on purpose: rules (they are the stages' own), and SQL.

mod answered;
pub mod backup;
mod clock;
pub mod corrections;
mod credentials;
mod disk;
pub mod due;
mod ids;
pub mod inbound;
pub mod installation;
mod keeping;
mod key_file;
mod keys;
pub mod learned;
pub mod leaves;
mod leaving;
pub mod lessons;
mod lives;
mod login;
mod notices;
mod office;
mod once;
pub mod outbox;
pub mod outward;
pub mod papers;
pub mod pausing;
mod posts;
mod room;
mod sharing;
mod stopping;
mod supervise;
mod suppressing;
mod tending;
mod transaction;
pub mod web;

pub use clock::Clock;
pub use credentials::{AuthServerError, KeepError, Keeper, NoToken, auth_server, credentials};
pub use ids::{Ids, NoRandomness};
pub use key_file::{KeyFileError, list_key, list_key_to_look, set_aside};
pub use keys::Keys;
pub use lives::Halts;
pub use login::{LoginError, wait_for_tokens};
pub use notices::{Notice, Notices};
pub use office::{Account, Office, OfficeError};
pub use once::{MailboxReport, Report, run_once};
pub use outbox::settling::resolve as resolve_delivery;
pub use stopping::Stopping;
pub use supervise::run_until;
pub use suppressing::SUPPRESSED_UNCERTAIN_MS;
