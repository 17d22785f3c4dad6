//! Whose letter, and which thread; and what of our own mail it is about. In come a letter, its reading and what the books returned for
//! it; out comes a [`Link`], and for what came back a list of [`Returned`], that can say why. Pure. Absent on purpose: looking anything up.

mod candidates;
mod copy;
mod domains;
mod envelope_id;
pub mod guard;
mod identity;
mod leaving;
mod private;
mod returned;
mod subject;
mod thread;
mod verp;
mod writer;

pub use candidates::{Candidates, KnownCompany, KnownContact, ThreadCandidate, ThreadEvidence};
pub use copy::{SAME_DATE_MS, is_copy};
pub use domains::company_domain;
pub use envelope_id::{ENVELOPE_ID_PURPOSE, delivery_of_envelope_id, envelope_id};
pub use identity::identity;
pub use leaving::leaving_by;
pub use private::{hidden, is_private};
pub use returned::{
    BACK_WITHIN_MS, Back, Fate, ReturnKind, Returned, ReturnedBy, SentCandidate, SentMail, SentTrace, ids_named, people_named, return_kind,
    returned,
};
pub use subject::{base_subject, has_reply_mark, name_key, subject_key};
pub use thread::{Link, ThreadLink, link};
pub use verp::{VERP_PURPOSE, Verp};
pub use writer::{OurAddresses, Writer, WriterKind, writer};
