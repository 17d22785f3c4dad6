//! Fresh books on both engines: a story told once is held to on SQLite and on PostgreSQL.

use super::postgres::server;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, PgConnection, SqliteConnection};
use std::path::PathBuf;
use tempfile::TempDir;
use tradepost::record::{Books, BooksAddress, Purpose};

/// Both engines.
pub const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

/// An engine the books run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A place for books where there are none yet.
pub struct Place {
    pub engine: Engine,
    pub address: BooksAddress,
    /// The database on PostgreSQL.
    database: Option<String>,
    folder: TempDir,
}

/// A connection past the books, to look at what they really did.
pub enum Backdoor {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Place {
    /// An empty place of that engine.
    pub async fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the story");
        match engine {
            Engine::Sqlite => {
                let address = BooksAddress::Sqlite(folder.path().join("books.db"));
                Self { engine, address, database: None, folder }
            }
            Engine::Postgres => {
                let database = server().create_database().await;
                let address = BooksAddress::parse(&server().url(&database));
                Self { engine, address, database: Some(database), folder }
            }
        }
    }

    /// The books' file on SQLite.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("books.db")
    }

    /// The books' address as a configuration names it.
    pub fn address_text(&self) -> String {
        match &self.database {
            None => self.file().display().to_string(),
            Some(database) => server().url(database),
        }
    }

    /// The books as the daemon `desk` opens them.
    pub async fn open(&self) -> Books {
        let opened = Books::open(&self.address, Purpose::Daemon { owner: "desk".to_owned() }).await;
        opened.unwrap_or_else(|error| panic!("{:?}: {error}", self.engine))
    }

    /// A connection of our own to the same database, made when it is missing.
    pub async fn backdoor(&self) -> Backdoor {
        match &self.database {
            None => {
                let options = SqliteConnectOptions::new().filename(self.file()).create_if_missing(true);
                Backdoor::Sqlite(options.connect().await.expect("the file can be opened"))
            }
            Some(database) => Backdoor::Postgres(server().connect(database).await),
        }
    }

    /// Removes what the story left behind. Not called when a story fails: then the books can still be looked at.
    pub async fn clear(self) {
        if let Some(database) = &self.database {
            server().drop_database(database).await;
        }
    }
}

impl Backdoor {
    /// Runs SQL of the test's own.
    pub async fn run(&mut self, sql: impl Into<String>) -> Result<(), sqlx::Error> {
        let sql = sqlx::AssertSqlSafe(sql.into());
        match self {
            Backdoor::Sqlite(connection) => sqlx::raw_sql(sql).execute(connection).await.map(|_| ()),
            Backdoor::Postgres(connection) => sqlx::raw_sql(sql).execute(connection).await.map(|_| ()),
        }
    }

    /// The first column of every row, which must be text.
    pub async fn texts(&mut self, sql: impl Into<String>) -> Vec<String> {
        let sql = sqlx::AssertSqlSafe(sql.into());
        match self {
            Backdoor::Sqlite(connection) => sqlx::query_scalar(sql).fetch_all(connection).await,
            Backdoor::Postgres(connection) => sqlx::query_scalar(sql).fetch_all(connection).await,
        }
        .expect("SQL of the test")
    }

    /// A number.
    pub async fn number(&mut self, sql: impl Into<String>) -> i64 {
        let sql = sqlx::AssertSqlSafe(sql.into());
        match self {
            Backdoor::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await,
            Backdoor::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await,
        }
        .expect("SQL of the test")
    }
}

/// Tells a story with fresh, open books on each engine. The books are closed after it.
pub async fn for_each_engine<F, Fut>(story: F)
where
    F: Fn(Books) -> Fut,
    Fut: Future<Output = ()>,
{
    for engine in ENGINES {
        // Shown when the story fails.
        println!("on {engine:?}");
        let place = Place::new(engine).await;
        let books = place.open().await;
        story(books.clone()).await;
        books.close().await;
        place.clear().await;
    }
}

/// Tells a story at an empty place for each engine; opening is part of the story.
pub async fn for_each_place<F, Fut>(story: F)
where
    F: Fn(std::sync::Arc<Place>) -> Fut,
    Fut: Future<Output = ()>,
{
    for engine in ENGINES {
        println!("on {engine:?}");
        let place = std::sync::Arc::new(Place::new(engine).await);
        story(std::sync::Arc::clone(&place)).await;
        if let Some(place) = std::sync::Arc::into_inner(place) {
            place.clear().await;
        }
    }
}
