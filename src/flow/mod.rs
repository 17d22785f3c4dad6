//! Carries values between the stages: what comes in is read, linked, decided, recorded; what was decided is done. The only folder
//! that sees all others. In come mailboxes and time; out go changed mailboxes and books.
//!
//! Absent on purpose: rules (they are the stages' own), and SQL.

mod clock;
mod disk;
pub mod due;
mod ids;
pub mod inbound;
mod office;
pub mod outward;

mod supervise;
mod transaction;

pub use clock::Clock;
pub use ids::{Ids, NoRandomness};
pub use office::{Account, Office, OfficeError};
pub use supervise::{MailboxReport, Report, run_once, run_until};
