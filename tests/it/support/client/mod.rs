//! An ordinary mail client: IMAP for reading and filing (RFC 3501), SMTP for sending (RFC 6409), and what people's programs do with
//! a draft.

mod habits;
mod imap;
mod smtp;

pub use habits::{Edit, Program, field};
pub use imap::{Client, Mail, literal_length};
pub use smtp::{dotted, submit};
