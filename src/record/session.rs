//! A transaction on either engine.

use super::BooksError;
use super::dialect::Engine;
use super::statement::{Row, Statement, Value};
use futures_util::TryStreamExt as _;
use sqlx::query::Query;
use sqlx::{Database, Encode, Postgres, Sqlite, Transaction, Type};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// How many ids are taken from the books at once: often enough for a batch of mails, few enough to lose at a stop.
const IDS_PER_BLOCK: i64 = 1000;

statements! { STATEMENTS;
    /// A block of ids; the row is locked only by the one transaction in a thousand that runs out of them.
    TAKE_IDS(1) = "
UPDATE sequence
   SET next = next + $1
 WHERE name = 'id'
RETURNING next";
}

/// Ids taken from the books and not used yet, shared by all sessions.
pub(super) type FreeIds = Arc<Mutex<Range<i64>>>;

/// A transaction. Dropping it without [`Session::commit`] leaves the books as they were.
pub struct Session {
    transaction: EngineTransaction,
    place: Arc<str>,
    shared_ids: FreeIds,
    /// Ids taken within this transaction. They become everybody's only when it is committed: rolled back, the books
    /// would hand them out again.
    own_ids: Range<i64>,
    /// Held while this session writes.
    pen: Option<tokio::sync::OwnedMutexGuard<()>>,
}

pub(super) enum EngineTransaction {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Session {
    pub(super) fn new(transaction: EngineTransaction, place: Arc<str>, shared_ids: FreeIds) -> Self {
        Self { transaction, place, shared_ids, own_ids: 0..0, pen: None }
    }

    /// Keeps other sessions of this process from writing until this one ends.
    pub(super) fn hold(&mut self, pen: tokio::sync::OwnedMutexGuard<()>) {
        self.pen = Some(pen);
    }

    /// Makes everything done in this session last. After an error nothing of it did.
    pub async fn commit(self) -> Result<(), BooksError> {
        let committed = match self.transaction {
            EngineTransaction::Sqlite(transaction) => transaction.commit().await,
            EngineTransaction::Postgres(transaction) => transaction.commit().await,
        };
        committed.map_err(|error| BooksError::of_statement(&self.place, "commit", &error))?;
        let mut shared = self.shared_ids.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.is_empty() {
            *shared = self.own_ids;
        }
        Ok(())
    }

    pub(super) fn engine(&self) -> Engine {
        match self.transaction {
            EngineTransaction::Sqlite(_) => Engine::Sqlite,
            EngineTransaction::Postgres(_) => Engine::Postgres,
        }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// An id nothing in these books ever had.
    pub(super) async fn next_id(&mut self) -> Result<i64, BooksError> {
        if let Some(id) = self.own_ids.next() {
            return Ok(id);
        }
        if let Some(id) = self.shared_ids.lock().unwrap_or_else(PoisonError::into_inner).next() {
            return Ok(id);
        }
        self.take_block().await
    }

    /// The same, above every id in use. Each daemon hands out blocks of its own, so of two that record mails of one thread the later one
    /// may have lower ids left; a new block lies above all of them.
    pub(super) async fn next_id_above_all(&mut self) -> Result<i64, BooksError> {
        *self.shared_ids.lock().unwrap_or_else(PoisonError::into_inner) = 0..0;
        self.take_block().await
    }

    /// Takes a block of ids for this session; the first of them.
    async fn take_block(&mut self) -> Result<i64, BooksError> {
        let next = self.row(&TAKE_IDS, &[IDS_PER_BLOCK.into()]).await?;
        let end = next.map(|row| row.int(0)).transpose()?.ok_or(BooksError::Unreadable {
            statement: TAKE_IDS.name,
            column: 0,
            problem: "the row of ids is missing".to_owned(),
        })?;
        let first = end - IDS_PER_BLOCK;
        self.own_ids = first + 1..end;
        Ok(first)
    }

    /// Runs a statement; how many rows it changed.
    pub(super) async fn run(&mut self, statement: &'static Statement, values: &[Value<'_>]) -> Result<u64, BooksError> {
        debug_assert_eq!(statement.parameters, values.len(), "{}", statement.name);
        let changed = match &mut self.transaction {
            EngineTransaction::Sqlite(open) => bound(statement, values).execute(&mut **open).await.map(|done| done.rows_affected()),
            EngineTransaction::Postgres(open) => bound(statement, values).execute(&mut **open).await.map(|done| done.rows_affected()),
        };
        changed.map_err(|error| BooksError::of_statement(&self.place, statement.name, &error))
    }

    /// Runs a statement; all its rows. Every statement with rows bounds them.
    pub(super) async fn rows(&mut self, statement: &'static Statement, values: &[Value<'_>]) -> Result<Vec<Row>, BooksError> {
        debug_assert_eq!(statement.parameters, values.len(), "{}", statement.name);
        let name = statement.name;
        let rows = match &mut self.transaction {
            EngineTransaction::Sqlite(open) => bound::<Sqlite>(statement, values)
                .fetch_all(&mut **open)
                .await
                .map(|rows| rows.into_iter().map(|row| Row::sqlite(row, name)).collect()),
            EngineTransaction::Postgres(open) => bound::<Postgres>(statement, values)
                .fetch_all(&mut **open)
                .await
                .map(|rows| rows.into_iter().map(|row| Row::postgres(row, name)).collect()),
        };
        rows.map_err(|error| BooksError::of_statement(&self.place, name, &error))
    }

    /// Runs a statement that gives one row or none.
    pub(super) async fn row(&mut self, statement: &'static Statement, values: &[Value<'_>]) -> Result<Option<Row>, BooksError> {
        debug_assert_eq!(statement.parameters, values.len(), "{}", statement.name);
        let name = statement.name;
        let row = match &mut self.transaction {
            EngineTransaction::Sqlite(open) => {
                bound::<Sqlite>(statement, values).fetch_optional(&mut **open).await.map(|row| row.map(|row| Row::sqlite(row, name)))
            }
            EngineTransaction::Postgres(open) => {
                bound::<Postgres>(statement, values).fetch_optional(&mut **open).await.map(|row| row.map(|row| Row::postgres(row, name)))
            }
        };
        row.map_err(|error| BooksError::of_statement(&self.place, name, &error))
    }

    /// Runs a statement without values and hands on its rows one by one, as they come: a table may be larger than memory.
    pub(super) async fn each(
        &mut self,
        statement: &'static Statement,
        mut work: impl AsyncFnMut(Row) -> Result<(), BooksError>,
    ) -> Result<(), BooksError> {
        let (name, place) = (statement.name, Arc::clone(&self.place));
        let failed = |error: sqlx::Error| BooksError::of_statement(&place, name, &error);
        match &mut self.transaction {
            EngineTransaction::Sqlite(open) => {
                let mut rows = sqlx::query(statement.sql).fetch(&mut **open);
                while let Some(row) = rows.try_next().await.map_err(failed)? {
                    work(Row::sqlite(row, name)).await?;
                }
            }
            EngineTransaction::Postgres(open) => {
                let mut rows = sqlx::query(statement.sql).fetch(&mut **open);
                while let Some(row) = rows.try_next().await.map_err(failed)? {
                    work(Row::postgres(row, name)).await?;
                }
            }
        }
        Ok(())
    }

    /// Runs one of our own scripts, as the engine's migrations are.
    pub(super) async fn script(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match &mut self.transaction {
            EngineTransaction::Sqlite(open) => sqlx::raw_sql(sql).execute(&mut **open).await.map(|_| ()),
            EngineTransaction::Postgres(open) => sqlx::raw_sql(sql).execute(&mut **open).await.map(|_| ()),
        }
    }
}

fn bound<'q, DB>(statement: &'static Statement, values: &[Value<'_>]) -> Query<'q, DB, DB::Arguments>
where
    DB: Database,
    for<'e> Option<i64>: Encode<'e, DB> + Type<DB>,
    for<'e> Option<String>: Encode<'e, DB> + Type<DB>,
    for<'e> Option<Vec<u8>>: Encode<'e, DB> + Type<DB>,
{
    values.iter().fold(sqlx::query(statement.sql), |query, value| match value {
        Value::Int(number) => query.bind(*number),
        Value::Text(text) => query.bind(text.as_deref().map(str::to_owned)),
        Value::Blob(bytes) => query.bind(bytes.map(<[u8]>::to_vec)),
    })
}
