//! One act to what is put into the world: the words of a letter or note ([`render`]), what tells that it was read ([`track`]), the bytes of
//! a draft or note ([`mime`]), and the signature of what leaves ([`freeze`]). In come orders decided elsewhere; what became of them is an
//! [`Outcome`]. Absent on purpose: deciding whom to write to, reading the clock, the
//! books, and the mailbox itself: an open visit belongs to `flow`.

mod freeze;
pub mod mime;
mod outcome;
pub mod render;
pub mod track;

pub use freeze::{Signer, SignerFault, Unsigned, freeze};
pub use outcome::Outcome;
