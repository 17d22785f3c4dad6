//! How a buyer pays: what a documentary credit promises and asks for.

pub mod credit;
