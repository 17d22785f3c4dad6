//! `[storage]`: where the books are kept.

use std::path::PathBuf;

use super::secret::Secret;

/// Where everything is kept.
#[derive(Debug, Clone)]
pub struct Storage {
    pub books: Books,
}

/// Which engine keeps the books, and where.
#[derive(Debug, Clone)]
pub enum Books {
    Sqlite {
        /// Resolved against the configuration's folder.
        file: PathBuf,
    },
    Postgres {
        /// `postgres://user@host[:port]/database[?…]`, never with a password.
        url: String,
        password: Option<Secret>,
    },
}
