//! `[storage]`: where the books are kept.

use std::path::PathBuf;

use super::fault::Problem;
use super::reader::{Section, Value};
use super::secret::{self, Secret};

/// Where everything is kept.
#[derive(Debug, Clone)]
pub struct Storage {
    pub books: Books,
    /// The key that tokens in the books are encrypted with; it is never in the books themselves.
    pub key_file: PathBuf,
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

/// Where the books are when the configuration does not say.
const DEFAULT_FILE: &str = "books.sqlite";
/// Where the key is when the configuration does not say.
const DEFAULT_KEY_FILE: &str = "tradepost.key";

pub(super) fn read(mut section: Section<'_>) -> Storage {
    let books = section.take("books");
    let password = section.take("postgres_password");
    let beside = section.page().folder().join(DEFAULT_FILE);
    let key_file = section.take("key_file").and_then(|value| value.path());
    let key_file = key_file.unwrap_or_else(|| section.page().folder().join(DEFAULT_KEY_FILE));
    section.close();

    let password_read = password.as_ref().and_then(secret::read);
    let written = books.as_ref().and_then(|value| Some((value, value.line()?)));
    let books = match written {
        Some((value, text)) if is_address(text) => {
            check_address(value, text);
            return Storage { books: Books::Postgres { url: text.to_owned(), password: password_read }, key_file };
        }
        Some((value, _)) => Books::Sqlite { file: value.path().unwrap_or(beside) },
        None => Books::Sqlite { file: beside },
    };
    if let Some(password) = &password {
        password.fault(Problem::Needs { other: "storage.books = \"postgres://…\"" });
    }
    Storage { books, key_file }
}

/// An address of some database, rather than a file.
fn is_address(text: &str) -> bool {
    text.contains("://") || text.starts_with("postgres:") || text.starts_with("sqlite:")
}

/// `postgres://user@host[:port]/database[?…]`, as libpq writes connection URIs, without a password in it.
fn check_address(value: &Value<'_>, text: &str) {
    let wrong = || value.fault(Problem::NotAPostgresAddress { text: without_password(text) });
    let Some(rest) = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://")) else { return wrong() };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let Some((server, database)) = place.split_once('/') else { return wrong() };
    let (user, _host) = server.rsplit_once('@').unwrap_or(("", server));
    if user.contains(':') || query.split('&').any(|pair| pair.starts_with("password=")) {
        value.fault(Problem::PasswordInAddress);
    } else if database.is_empty() || user.is_empty() || database.contains('/') {
        wrong();
    }
}

/// The address as it may be shown.
fn without_password(text: &str) -> String {
    let text = text.split('?').next().unwrap_or_default();
    let Some((head, tail)) = text.rsplit_once('@') else { return text.to_owned() };
    let (scheme, login) = head.split_once("://").unwrap_or(("", head));
    let user = login.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{tail}")
}
