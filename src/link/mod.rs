//! Whose letter, and which thread. In come a letter, its reading and what the books returned for it; out comes a [`Link`] that
//! can say why. Pure. Absent on purpose: looking anything up.

mod candidates;

pub use candidates::{Candidates, KnownCompany, KnownContact, ThreadCandidate, ThreadEvidence};
