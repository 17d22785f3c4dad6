//! Mail that no person typed, recognised by its headers and structure (RFC 3834, RFC 2919, RFC 2369).

mod absence;
mod dates;
mod departure;
mod headers;
mod names;
mod passage;
mod rules;
mod substitute;

use super::{Headers, ReturnPath};
use crate::types::{EmailAddress, NamedAddress};
pub use departure::Departure;
pub(super) use departure::Told;

/// Which kind of machine wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Automatic {
    /// An answer to a mail of ours: out of office, receipt, ticket opened.
    AutoReply,
    /// A delivery report.
    Bounce,
    /// A newsletter or other mail to many.
    Bulk,
    /// A discussion list: people write, a machine distributes.
    List,
}

impl Automatic {
    /// The name `triage --json` writes.
    pub fn name(self) -> &'static str {
        match self {
            Automatic::AutoReply => "auto_reply",
            Automatic::Bounce => "bounce",
            Automatic::Bulk => "bulk",
            Automatic::List => "list",
        }
    }
}

/// What the headers and the subject's beginning say about who wrote this; a bounce is found by [`super::bounce::read`] and not
/// here. `None` when in doubt: a customer who writes through a mailing tool, a web form or a group address must not be lost.
pub fn recognise(headers: &Headers, return_path: Option<&ReturnPath>, subject: Option<&str>) -> Option<Automatic> {
    headers::recognise(headers, return_path, subject)
}

/// The first day an absent person is back, as an automatic answer names it: "back on the 14th" and "until the 13th" both give
/// the 14th. `sent_on` is the day of the mail: a date without a year is the next one after it.
pub fn returns(text: &str, sent_on: Option<jiff::civil::Date>) -> Option<jiff::civil::Date> {
    absence::returns(text, sent_on)
}

/// Whom an automatic answer says to write to meanwhile, with the name beside the address. `own` are the addresses of the two who
/// write to each other; `away` says that the answer tells of an absence.
pub fn substitute(text: &str, own: &[EmailAddress], away: bool) -> Option<NamedAddress> {
    substitute::find(text, own, away)
}

/// Who has gone for good, when a text tells so: "Maria no longer works here, please write to Juan".
pub(super) fn departure(told: &Told<'_>) -> Option<Departure> {
    departure::read(told)
}
