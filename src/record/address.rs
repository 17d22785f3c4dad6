//! Where the books are.

use std::fmt;
use std::path::PathBuf;

/// The address of the books: a file, or a PostgreSQL database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BooksAddress {
    Sqlite(PathBuf),
    Postgres(PostgresUrl),
}

/// A PostgreSQL URL. It may hold a password, so nothing but the connection ever sees it whole.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

impl BooksAddress {
    /// `postgres://…` and `postgresql://…` are databases; anything else is a path.
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Self::Postgres(PostgresUrl(text.to_owned()))
        } else {
            Self::Sqlite(PathBuf::from(text))
        }
    }
}

impl BooksAddress {
    /// A PostgreSQL database, with the password that was read from where the configuration keeps it.
    pub fn postgres(url: &str, password: Option<&str>) -> Self {
        let with_password = password.and_then(|password| {
            let (scheme, rest) = url.split_once("://")?;
            let (user, place) = rest.split_once('@')?;
            Some(format!("{scheme}://{user}:{}@{place}", percent_encoded(password)))
        });
        Self::Postgres(PostgresUrl(with_password.unwrap_or_else(|| url.to_owned())))
    }
}

/// A password as a URL may hold it (RFC 3986 §2.1).
fn percent_encoded(password: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    password.bytes().map(encode).collect()
}

impl fmt::Display for BooksAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

impl PostgresUrl {
    /// The URL with its secrets.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

/// Scheme, host and database only: user, password and options stay out of logs.
impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let rest = rest.split(['?', '#']).next().unwrap_or("");
        // A password may itself hold `@`, so the host begins after the last one.
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        write!(f, "postgres://{place}")
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for url in ["postgres://desk:s3c@ret@db.example:5432/books?password=s3cret", "postgresql://db.example:5432/books?password=s3cret"] {
            let address = BooksAddress::parse(url);
            assert_eq!(address.to_string(), "postgres://db.example:5432/books");
            assert!(!format!("{address:?}").contains("s3c"), "{address:?}");
        }
    }

    #[test]
    fn a_password_may_hold_any_character() {
        let address = BooksAddress::postgres("postgres://desk@db.example/books", Some("p@ss/wörd"));
        let BooksAddress::Postgres(url) = &address else { panic!("a database") };
        assert_eq!(url.secret(), "postgres://desk:p%40ss%2Fw%C3%B6rd@db.example/books");
        assert_eq!(address.to_string(), "postgres://db.example/books");
    }

    #[test]
    fn anything_else_is_a_path() {
        assert_eq!(BooksAddress::parse("books.db"), BooksAddress::Sqlite("books.db".into()));
    }
}
