//! One act to one outcome in the world: the words of a letter or note ([`render`]), the bytes of a draft or note ([`mime`]), and
//! putting it into a mailbox or taking it back ([`place`]). In come orders decided elsewhere; out go an [`Outcome`] and what the
//! books need to know of it. Absent on purpose: deciding whom to write to, reading the clock, and the books.

pub mod mime;
mod outcome;
pub mod place;
pub mod render;

pub use outcome::Outcome;
