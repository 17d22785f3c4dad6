//! What differs between SQLite and PostgreSQL. Everything else is one text for both.

use super::Statement;

/// The engine behind a set of books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// Begins a transaction that writes. SQLite has one writer at a time; on PostgreSQL SERIALIZABLE gives the same
    /// meaning, at the price of retries (SQLSTATE 40001).
    pub(super) fn begin_write(self) -> &'static str {
        match self {
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        }
    }

    /// Begins a transaction that sees one state of the books and changes nothing.
    pub(super) fn begin_look(self) -> &'static str {
        match self {
            Engine::Sqlite => "BEGIN DEFERRED",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// Begins a transaction that sees one state of the books, one that could have been between two of the others, however long it takes.
    pub(super) fn begin_copy(self) -> &'static str {
        match self {
            Engine::Sqlite => "BEGIN DEFERRED",
            Engine::Postgres => "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE",
        }
    }

    /// The folder of this engine's migrations.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        }
    }

    /// Two numbers: how many tables there are, and how many of them are our list of changes.
    pub(super) fn tables(self) -> &'static Statement {
        match self {
            Engine::Sqlite => &SQLITE_TABLES,
            Engine::Postgres => &POSTGRES_TABLES,
        }
    }

    /// The list of changes made to these books.
    pub(super) fn create_schema_change(self) -> &'static str {
        match self {
            Engine::Sqlite => {
                "
CREATE TABLE IF NOT EXISTS schema_change (
    number INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL
) STRICT"
            }
            Engine::Postgres => {
                "
CREATE TABLE IF NOT EXISTS schema_change (
    number BIGINT NOT NULL PRIMARY KEY,
    name TEXT COLLATE \"C\" NOT NULL,
    checksum TEXT COLLATE \"C\" NOT NULL
)"
            }
        }
    }
}

const SQLITE_TABLES: Statement = Statement {
    name: "dialect::SQLITE_TABLES",
    parameters: 0,
    sql: "
SELECT COUNT(*), COUNT(CASE WHEN name = 'schema_change' THEN 1 END)
  FROM sqlite_master
 WHERE type = 'table'
   AND SUBSTR(name, 1, 7) <> 'sqlite_'",
};

const POSTGRES_TABLES: Statement = Statement {
    name: "dialect::POSTGRES_TABLES",
    parameters: 0,
    sql: "
SELECT COUNT(*), COUNT(CASE WHEN table_name = 'schema_change' THEN 1 END)
  FROM information_schema.tables
 WHERE table_schema = CURRENT_SCHEMA()",
};

/// PostgreSQL's own clock in milliseconds: leases must not depend on whose clock is right.
pub(super) const POSTGRES_CLOCK: Statement = Statement {
    name: "dialect::POSTGRES_CLOCK",
    parameters: 0,
    sql: "SELECT CAST(FLOOR(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) * 1000) AS BIGINT)",
};

/// How a PostgreSQL database keeps text; it must be UTF8.
pub(super) const POSTGRES_ENCODING: &str = "SELECT CURRENT_SETTING('server_encoding')";

/// Every statement asked per mail has its index. PostgreSQL keeps the plan it made while a table was nearly empty, and reading a
/// nearly empty table whole is cheap: without this, the first look at a large mailbox would read all messages for each mail.
pub(super) const POSTGRES_PREFER_INDEXES: &str = "SET enable_seqscan = off";

/// A daemon that is halted, or whose machine loses its power, in the middle of a transaction keeps its rows locked, and every other daemon
/// that needs one of them would wait for it. The server gives such a transaction up; ours never wait for anything but the server.
pub(super) const POSTGRES_GIVE_UP_HALTED: &str = "SET idle_in_transaction_session_timeout = '5s'";

/// What no other PostgreSQL database has: the server's identifier, made when its cluster was, and the number of the database in it.
pub(super) const POSTGRES_IDENTITY: &str = "
SELECT CAST(system_identifier AS TEXT) || '/' || CAST(pg_database.oid AS TEXT)
  FROM pg_control_system(), pg_database
 WHERE pg_database.datname = CURRENT_DATABASE()";

/// Moves what is committed from the write-ahead log into the books and empties the log, so that erased text is gone from
/// both; its first column is 1 when a reader kept it from finishing.
pub(super) const SQLITE_TRUNCATE_LOG: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// Says `ok` when the file holds together, else what does not.
pub(super) const SQLITE_QUICK_CHECK: &str = "PRAGMA quick_check(1)";

/// Gives up the log: what it holds goes into the books, which are then one file. Refused while anybody else has them open.
pub(super) const SQLITE_ONE_FILE: &str = "PRAGMA journal_mode = DELETE";

/// Writes one state of the books into a file of that name, which is not there or empty.
pub(super) const SQLITE_VACUUM_INTO: &str = "VACUUM INTO $1";

/// Gives up the room of erased rows on PostgreSQL; copies in its own log and backups end with their retention.
pub(super) const POSTGRES_VACUUM: &str = "VACUUM account, act, company, contact, draft, mention, message, placement, quarantine, raw_mail, thread, tracked_link, tracked_letter, tracking_event, unsubscribe_token";
