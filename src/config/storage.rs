//! `[storage]`: where the books are kept.

use std::path::{Path, PathBuf};

use super::fault::Problem;
use super::reader::{Section, Value};
use super::secret::{self, DatedSecret};

/// Where everything is kept.
#[derive(Debug, Clone)]
pub struct Storage {
    pub books: Books,
    /// The folder of large attachments, resolved against the configuration's folder.
    pub attachments: PathBuf,
    /// The key that tokens in the books are encrypted with; it is never in the books themselves.
    pub key_file: PathBuf,
    /// How long a daemon that shares its books is waited for after its last sign of life before others take its mailboxes over.
    pub lease_ms: i64,
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
        password: Option<DatedSecret>,
    },
}

/// Where the books are when the configuration does not say.
const DEFAULT_FILE: &str = "books.sqlite";
/// Where the key is when the configuration does not say.
const DEFAULT_KEY_FILE: &str = "tradepost.key";

/// Shorter, and a busy moment of the database would look like a daemon's death.
const LEASE_SECONDS_LEAST: i64 = 5;
const LEASE_SECONDS_MOST: i64 = 3_600;
const LEASE_SECONDS: i64 = 60;

pub(super) fn read(mut section: Section<'_>) -> Storage {
    let books = section.take("books");
    let password = section.take("postgres_password");
    let lease = section.take("lease_seconds");
    let attachments = section.take("attachments").and_then(|value| value.path());
    let folder = section.page().folder().to_owned();
    let beside = section.page().folder().join(DEFAULT_FILE);
    let key_file = section.take("key_file").and_then(|value| value.path());
    let key_file = key_file.unwrap_or_else(|| section.page().folder().join(DEFAULT_KEY_FILE));
    section.close();

    let lease_seconds = lease.as_ref().and_then(|value| value.number(LEASE_SECONDS_LEAST, LEASE_SECONDS_MOST));
    let lease_ms = 1000 * lease_seconds.unwrap_or(LEASE_SECONDS);
    let password_read = password.as_ref().and_then(secret::read);
    let written = books.as_ref().and_then(|value| Some((value, value.line()?)));
    let file = match written {
        Some((value, text)) if is_address(text) => {
            check_address(value, text);
            let attachments = attachments.unwrap_or_else(|| folder.join(format!("{}.files", database(text))));
            return Storage { books: Books::Postgres { url: text.to_owned(), password: password_read }, attachments, key_file, lease_ms };
        }
        Some((value, _)) => value.path().unwrap_or(beside),
        None => beside,
    };
    for value in password.iter().chain(&lease) {
        value.fault(Problem::Needs { other: "storage.books = \"postgres://…\"" });
    }
    let attachments = attachments.unwrap_or_else(|| beside_books(&file));
    Storage { books: Books::Sqlite { file }, attachments, key_file, lease_ms }
}

/// `books.sqlite` has its attachments in `books.sqlite.files`. Books of another name never share a folder with it: each removes what
/// only the other one knows.
fn beside_books(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".files");
    PathBuf::from(name)
}

/// The database an address names, as far as it may be a file's name.
fn database(address: &str) -> String {
    let name = address.split('?').next().and_then(|place| place.rsplit_once('/')).map_or("", |(_, name)| name);
    let name: String = name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' }).collect();
    if name.is_empty() { "books".to_owned() } else { name }
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
