//! One act to one outcome in the world: the words of a letter ([`render`]) and the bytes of a draft ([`mime`]). In come orders
//! decided elsewhere; out go values that `flow` puts into a mailbox. Absent on purpose: deciding whom to write to, and reading the clock.

pub mod mime;
pub mod render;
