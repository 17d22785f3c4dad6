//! Whatever comes in becomes a value. Today that is mail (what is new in a folder, in which order folders are read) and requests from the
//! web. Absent on purpose: what the books know (it is handed in), what mail says (that is `parse` and `understand`), and answers.

pub mod mail;
pub mod web;
