//! Whatever comes in becomes a value. Today that is mail: what is new in a folder, in which order folders are read. Absent on purpose:
//! what the books know (it is handed in), and what mail says (that is `parse` and `understand`).

pub mod mail;
