//! One file per subcommand, and how the command line speaks: words in the operator's language, tables that line up.
//! What a command found out is handed over as values; only here it becomes text for a person.

pub mod check;
pub mod faults;
pub mod init;
pub mod table;
pub mod words;
