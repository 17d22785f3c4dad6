//! One SQL text for both engines: statements as constants, values going in, rows coming out.

use super::BooksError;
use crate::types::{
    AccountId, ActId, CompanyId, ContactId, DeliveryId, DraftId, FolderId, LessonId, MessageRow, Moment, OutgoingId, ThreadId,
};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use std::borrow::Cow;

/// A statement as both engines run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// Where it stands in the program; errors name it instead of showing SQL.
    pub name: &'static str,
    /// How many values it takes, `$1` to `$n`.
    pub parameters: usize,
    pub sql: &'static str,
}

/// Declares the statements of a table family and lists them, so that none can be left out of the test that prepares them all.
macro_rules! statements {
    ($list:ident; $($(#[$doc:meta])* $name:ident($parameters:literal) = $sql:expr;)+) => {
        $(
            $(#[$doc])*
            const $name: $crate::record::Statement =
                $crate::record::Statement { name: concat!(module_path!(), "::", stringify!($name)), parameters: $parameters, sql: $sql };
        )+
        /// Every statement of this file.
        pub(in crate::record) const $list: &[$crate::record::Statement] = &[$($name),+];
    };
}

/// A value for a placeholder. NULL keeps its type, because PostgreSQL fixes a parameter's type when it prepares.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    Int(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Blob(Option<&'a [u8]>),
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Int(Some(number))
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Value::Int(Some(i64::from(flag)))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        // Mail may carry NUL; PostgreSQL refuses it in text, so neither engine gets to see it.
        Value::Text(Some(if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Value::Text(None), Value::from)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Value::Blob(Some(bytes))
    }
}

/// Ids and moments are numbers in the books.
macro_rules! number {
    ($($kind:ty),+) => {
        $(
            impl From<$kind> for Value<'_> {
                fn from(value: $kind) -> Self {
                    Value::Int(Some(value.0))
                }
            }

            impl From<Option<$kind>> for Value<'_> {
                fn from(value: Option<$kind>) -> Self {
                    Value::Int(value.map(|value| value.0))
                }
            }
        )+
    };
}

number!(AccountId, ActId, CompanyId, ContactId, DeliveryId, DraftId, FolderId, LessonId, MessageRow, Moment, OutgoingId, ThreadId);

/// A row of either engine; reading it never panics.
pub(super) struct Row {
    engine: EngineRow,
    statement: &'static str,
}

enum EngineRow {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(super) fn sqlite(row: SqliteRow, statement: &'static str) -> Self {
        Self { engine: EngineRow::Sqlite(row), statement }
    }

    pub(super) fn postgres(row: PgRow, statement: &'static str) -> Self {
        Self { engine: EngineRow::Postgres(row), statement }
    }

    pub(super) fn opt_int(&self, column: usize) -> Result<Option<i64>, BooksError> {
        match &self.engine {
            EngineRow::Sqlite(row) => row.try_get(column),
            EngineRow::Postgres(row) => row.try_get(column),
        }
        .map_err(|error| self.unreadable(column, &error.to_string()))
    }

    pub(super) fn int(&self, column: usize) -> Result<i64, BooksError> {
        self.opt_int(column)?.ok_or_else(|| self.unreadable(column, "it is empty"))
    }

    pub(super) fn flag(&self, column: usize) -> Result<bool, BooksError> {
        Ok(self.int(column)? != 0)
    }

    pub(super) fn moment(&self, column: usize) -> Result<Moment, BooksError> {
        self.int(column).map(Moment)
    }

    pub(super) fn opt_moment(&self, column: usize) -> Result<Option<Moment>, BooksError> {
        Ok(self.opt_int(column)?.map(Moment))
    }

    pub(super) fn opt_text(&self, column: usize) -> Result<Option<String>, BooksError> {
        match &self.engine {
            EngineRow::Sqlite(row) => row.try_get(column),
            EngineRow::Postgres(row) => row.try_get(column),
        }
        .map_err(|error| self.unreadable(column, &error.to_string()))
    }

    pub(super) fn text(&self, column: usize) -> Result<String, BooksError> {
        self.opt_text(column)?.ok_or_else(|| self.unreadable(column, "it is empty"))
    }

    /// A text column in which the empty text means unknown.
    pub(super) fn known_text(&self, column: usize) -> Result<Option<String>, BooksError> {
        Ok(self.opt_text(column)?.filter(|text| !text.is_empty()))
    }

    pub(super) fn opt_blob(&self, column: usize) -> Result<Option<Vec<u8>>, BooksError> {
        match &self.engine {
            EngineRow::Sqlite(row) => row.try_get(column),
            EngineRow::Postgres(row) => row.try_get(column),
        }
        .map_err(|error| self.unreadable(column, &error.to_string()))
    }

    pub(super) fn blob(&self, column: usize) -> Result<Vec<u8>, BooksError> {
        self.opt_blob(column)?.ok_or_else(|| self.unreadable(column, "it is empty"))
    }

    pub(super) fn hash(&self, column: usize) -> Result<[u8; 32], BooksError> {
        self.blob(column)?.try_into().map_err(|_| self.unreadable(column, "it is not a hash of 32 bytes"))
    }

    /// A word the program knows, such as a state or a language.
    pub(super) fn word<T>(&self, column: usize, read: impl FnOnce(&str) -> Option<T>) -> Result<T, BooksError> {
        read(&self.text(column)?).ok_or_else(|| self.unreadable(column, "it holds a word this program does not know"))
    }

    /// As [`Row::word`], where the empty text means unknown.
    pub(super) fn known_word<T>(&self, column: usize, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, BooksError> {
        match self.known_text(column)? {
            None => Ok(None),
            Some(_) => self.word(column, read).map(Some),
        }
    }

    // The value itself is left out: errors are logged, and logs hold no personal data.
    fn unreadable(&self, column: usize, problem: &str) -> BooksError {
        BooksError::Unreadable { statement: self.statement, column, problem: problem.to_owned() }
    }
}
