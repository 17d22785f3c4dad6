//! What can be wrong with the books: one sentence what happened, one what to do.

use sqlx::Error as Cause;

/// A failure of the books. Causes are kept as text without the values of statements, because errors are logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BooksError {
    #[error("The books {place} do not exist. Start `tradepost run` once, which makes them, or correct their address in the configuration.")]
    Absent { place: String },
    #[error("The books {place} cannot be opened: {cause}. Check that the folder exists and that this user may write to it.")]
    CannotOpen { place: String, cause: String },
    #[error("The books {place} cannot be written. Give this user the right to write the file and its folder, or move the books.")]
    ReadOnly { place: String },
    #[error("The disk that holds the books {place} is full. Free some space; nothing was half written, and work goes on by itself.")]
    DiskFull { place: String },
    #[error("The disk that holds the books {place} fails: {cause}. Check the disk before anything else; what was committed is safe.")]
    Disk { place: String, cause: String },
    #[error("{place} does not hold Tradepost's books. Name another file or an empty database in the configuration.")]
    NotOurs { place: String },
    #[error(
        "The books {place} were written by a newer Tradepost (change {found}, this program knows {known}). Install that version again."
    )]
    Newer { place: String, found: i64, known: i64 },
    #[error("The books {place} need {missing} changes before this version can use them. Start `tradepost run`, which makes them.")]
    Older { place: String, missing: usize },
    #[error("Change `{name}` of the books {place} is not the one this program knows. Restore the program that wrote them, or a backup.")]
    ChangedMigration { place: String, name: String },
    #[error("Change `{name}` could not be made in the books {place}: {cause}. The books are as before; keep a copy and report this.")]
    FailedMigration { place: String, name: String, cause: String },
    #[error(
        "The books {place} could not be copied to {copy} before this version changes them: {cause}. Free some space; the books are as before."
    )]
    NotCopied { place: String, copy: String, cause: String },
    #[error("The books {place} are in use by {holder}. Stop that one first; a second daemon on the same books would do its work twice.")]
    InUse { place: String, holder: String },
    #[error(
        "Daemons ({holder}) look after the mailboxes in the books {place} already, and leave nothing for a single pass. Stop them first, or let them work."
    )]
    AtWork { place: String, holder: String },
    #[error("This daemon no longer holds the books {place}; another one has taken them over. It stops, so that nothing is done twice.")]
    LeaseLost { place: String },
    #[error("The database server of {place} does not answer: {cause}. Check its address and that it runs; work goes on when it is back.")]
    Unreachable { place: String, cause: String },
    #[error("The database server of {place} refuses this user: {cause}. Check user, password and rights.")]
    Refused { place: String, cause: String },
    #[error("The database {place} does not exist. Create it with `CREATE DATABASE … ENCODING 'UTF8'`, or correct the address.")]
    NoDatabase { place: String },
    #[error("The database {place} keeps text as {encoding}. Create it with ENCODING 'UTF8'; trade mail comes in every script.")]
    Encoding { place: String, encoding: String },
    #[error("The books {place} are damaged: {cause}. Stop Tradepost and restore the last backup with `tradepost restore`.")]
    Corrupt { place: String, cause: String },
    #[error("The books {place} are busy: {cause}. Nothing was changed; try again.")]
    Busy { place: String, cause: String },
    #[error("The books {place} were not free for half a minute. Check that their disk or server works; nothing was changed.")]
    Overloaded { place: String },
    #[error("Column {column} of `{statement}` cannot be read: {problem}. The books were changed by another program; restore a backup.")]
    Unreadable { statement: &'static str, column: usize, problem: String },
    #[error("A stored mail cannot be unpacked: {problem}. Restore it from a backup or fetch it again.")]
    RawMail { problem: String },
    #[error("`{statement}` failed: {cause}. Nothing was changed; please report this with the log.")]
    Failed { statement: &'static str, cause: String },
}

impl BooksError {
    /// A short name of what happened, for machine-readable output and for choosing the words of another language.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "books-absent",
            Self::CannotOpen { .. } => "books-cannot-open",
            Self::ReadOnly { .. } => "books-read-only",
            Self::DiskFull { .. } => "books-disk-full",
            Self::Disk { .. } => "books-disk",
            Self::NotOurs { .. } => "books-not-ours",
            Self::Newer { .. } => "books-newer",
            Self::Older { .. } => "books-older",
            Self::ChangedMigration { .. } => "books-changed-migration",
            Self::FailedMigration { .. } => "books-failed-migration",
            Self::NotCopied { .. } => "books-not-copied",
            Self::InUse { .. } => "books-in-use",
            Self::AtWork { .. } => "books-at-work",
            Self::LeaseLost { .. } => "books-lease-lost",
            Self::Unreachable { .. } => "books-unreachable",
            Self::Refused { .. } => "books-refused",
            Self::NoDatabase { .. } => "books-no-database",
            Self::Encoding { .. } => "books-encoding",
            Self::Corrupt { .. } => "books-corrupt",
            Self::Busy { .. } => "books-busy",
            Self::Overloaded { .. } => "books-overloaded",
            Self::Unreadable { .. } => "books-unreadable",
            Self::RawMail { .. } => "books-raw-mail",
            Self::Failed { .. } => "books-failed",
        }
    }

    /// What the sentence names, for saying it in another language.
    pub fn values(&self) -> Vec<(&'static str, String)> {
        let of = |name: &'static str, value: &dyn std::fmt::Display| (name, value.to_string());
        match self {
            Self::Absent { place } | Self::ReadOnly { place } | Self::DiskFull { place } | Self::NotOurs { place } => {
                vec![of("place", place)]
            }
            Self::LeaseLost { place } | Self::NoDatabase { place } => vec![of("place", place)],
            Self::CannotOpen { place, cause } | Self::Unreachable { place, cause } | Self::Refused { place, cause } => {
                vec![of("place", place), of("cause", cause)]
            }
            Self::Corrupt { place, cause } | Self::Busy { place, cause } => vec![of("place", place), of("cause", cause)],
            Self::Newer { place, found, known } => vec![of("place", place), of("found", found), of("known", known)],
            Self::Older { place, missing } => vec![of("place", place), of("missing", missing)],
            Self::ChangedMigration { place, name } => vec![of("place", place), of("name", name)],
            Self::FailedMigration { place, name, cause } => vec![of("place", place), of("name", name), of("cause", cause)],
            Self::NotCopied { place, copy, cause } => vec![of("place", place), of("copy", copy), of("cause", cause)],
            Self::InUse { place, holder } | Self::AtWork { place, holder } => vec![of("place", place), of("holder", holder)],
            Self::Encoding { place, encoding } => vec![of("place", place), of("encoding", encoding)],
            Self::Unreadable { statement, column, problem } => {
                vec![of("statement", statement), of("column", column), of("problem", problem)]
            }
            Self::RawMail { problem } => vec![of("problem", problem)],
            Self::Failed { statement, cause } => vec![of("statement", statement), of("cause", cause)],
            Self::Disk { place, cause } => vec![of("place", place), of("cause", cause)],
            Self::Overloaded { place } => vec![of("place", place)],
        }
    }

    /// What a failure to open or make a file of the books means.
    pub(super) fn of_file(books: &std::path::Path, error: &std::io::Error) -> Self {
        let place = books.display().to_string();
        match error.kind() {
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => Self::ReadOnly { place },
            std::io::ErrorKind::StorageFull => Self::DiskFull { place },
            _ => Self::CannotOpen { place, cause: error.to_string() },
        }
    }

    /// What a statement's failure means. `place` is shown to people, `statement` names it in the program.
    pub(super) fn of_statement(place: &str, statement: &'static str, cause: &Cause) -> Self {
        let text = cause.to_string();
        let place = place.to_owned();
        match Failure::of(cause) {
            Failure::Busy => Self::Busy { place, cause: text },
            Failure::Overloaded => Self::Overloaded { place },
            Failure::ReadOnly => Self::ReadOnly { place },
            Failure::DiskFull => Self::DiskFull { place },
            Failure::Disk => Self::Disk { place, cause: text },
            Failure::NotADatabase => Self::NotOurs { place },
            Failure::Corrupt => Self::Corrupt { place, cause: text },
            Failure::CannotOpen => Self::CannotOpen { place, cause: text },
            Failure::Unreachable => Self::Unreachable { place, cause: text },
            Failure::Refused => Self::Refused { place, cause: text },
            Failure::NoDatabase => Self::NoDatabase { place },
            Failure::Other => Self::Failed { statement, cause: text },
        }
    }
}

/// Whether the same transaction may succeed when it is begun again: two of them met, and this one gave way.
pub fn is_retryable(error: &BooksError) -> bool {
    matches!(error, BooksError::Busy { .. })
}

/// The kinds of failure that both engines know under different numbers.
enum Failure {
    Busy,
    Overloaded,
    ReadOnly,
    DiskFull,
    Disk,
    NotADatabase,
    Corrupt,
    CannotOpen,
    Unreachable,
    Refused,
    NoDatabase,
    Other,
}

impl Failure {
    fn of(cause: &Cause) -> Self {
        match cause {
            Cause::PoolTimedOut => Self::Overloaded,
            Cause::Io(_) | Cause::Tls(_) | Cause::PoolClosed | Cause::WorkerCrashed => Self::Unreachable,
            Cause::Database(database) => {
                let code = database.code().unwrap_or_default();
                // SQLSTATE has five characters; SQLite's extended codes are numbers below 10,000.
                if code.len() == 5 { Self::of_sqlstate(&code) } else { Self::of_sqlite(code.parse().unwrap_or(1)) }
            }
            _ => Self::Other,
        }
    }

    /// <https://www.sqlite.org/rescode.html>; the low byte is the primary code.
    fn of_sqlite(code: i64) -> Self {
        match code & 0xff {
            // SQLITE_IOERR_SHMSIZE: the log's index cannot grow, which is how a full disk shows first when the books are opened.
            _ if code == 4874 => Self::DiskFull,
            5 | 6 => Self::Busy,
            8 => Self::ReadOnly,
            10 => Self::Disk,
            11 => Self::Corrupt,
            13 => Self::DiskFull,
            3 | 14 | 23 => Self::CannotOpen,
            26 => Self::NotADatabase,
            _ => Self::Other,
        }
    }

    /// PostgreSQL, appendix A.
    fn of_sqlstate(code: &str) -> Self {
        match code {
            "40001" | "40P01" | "55P03" | "53300" => Self::Busy,
            "25006" => Self::ReadOnly,
            "53100" => Self::DiskFull,
            "58030" => Self::Disk,
            "XX001" | "XX002" => Self::Corrupt,
            "28000" | "28P01" | "42501" => Self::Refused,
            "3D000" => Self::NoDatabase,
            // 25P03: the server gave up a transaction in which we were halted.
            "57P01" | "57P02" | "57P03" | "25P03" => Self::Unreachable,
            _ if code.starts_with("08") => Self::Unreachable,
            _ => Self::Other,
        }
    }
}
