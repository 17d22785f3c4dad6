//! Opening and closing the books.
//!
//! SQLite: one writer connection, so writers queue in the program and never meet in the file; readers apart, each seeing
//! one state. A lock that ends with the process keeps a second daemon from the file. PostgreSQL: one pool, and any number of daemons
//! that share the mailboxes by leases. Every transaction in which a daemon writes begins by asking whether the lease it writes under
//! is still its own, so that one which slept through it cannot write any more.

use super::dialect::{
    Engine, POSTGRES_ENCODING, POSTGRES_GIVE_UP_HALTED, POSTGRES_IDENTITY, POSTGRES_PREFER_INDEXES, POSTGRES_VACUUM, SQLITE_TRUNCATE_LOG,
};
use super::leases::{self, Fence};
use super::lock::Lock;
use super::session::{EngineTransaction, FreeIds};
use super::{BooksAddress, BooksError, PostgresUrl, Retry, Session, backup, migrate};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

const READERS_MAX: u32 = 4;
const POSTGRES_CONNECTIONS_MAX: u32 = 8;
/// More than we have statements, so that each is prepared once per connection.
const STATEMENTS_CACHED_MAX: usize = 256;
/// A command beside the daemon waits for its transaction; those are short.
const BUSY_WAIT: Duration = Duration::from_secs(10);
/// A database server that has fallen silent keeps nobody from closing the books for longer.
const CLOSE_WAIT: Duration = Duration::from_secs(3);
/// All writers of a daemon queue for one connection; whoever waits this long is told so.
const CONNECTION_WAIT: Duration = Duration::from_secs(30);

/// What the books are opened for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A daemon: makes missing changes, then reads and writes. `owner` names this installation, the same after a restart. The only one
    /// on books in a file, one of several on PostgreSQL.
    Daemon { owner: String },
    /// A short command beside a daemon: reads and writes, changes no tables.
    Command,
    /// Reads only.
    Look,
    /// A copy in a file that nobody else knows: makes missing changes, reads and writes, and puts nothing safely on the disk.
    Copy,
}

/// The books. Cheap to clone; all clones are the same books, each with its own fence.
#[derive(Clone)]
pub struct Books {
    inner: Arc<Inner>,
    /// The lease under which this clone writes.
    fence: Option<Arc<Fence>>,
}

struct Inner {
    pools: Pools,
    /// One writer of this process at a time, in the order of asking: SQLite has no more, and on PostgreSQL two mailboxes that record
    /// copies of one mail at once would undo each other again and again.
    pen: Arc<tokio::sync::Mutex<()>>,
    place: Arc<str>,
    free_ids: FreeIds,
    lock: Mutex<Option<Lock>>,
    /// The daemon's name where books are shared, and the lease that belongs to this life of it.
    daemon: OnceLock<(String, Fence)>,
}

enum Pools {
    Sqlite { writer: Option<SqlitePool>, readers: SqlitePool },
    Postgres { pool: PgPool, writes: bool },
}

impl std::fmt::Debug for Books {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Books").field(&self.place()).finish()
    }
}

impl Books {
    /// Holds a lock as long as the books are open.
    pub fn hold(&self, lock: Lock) {
        *self.inner.lock.lock().unwrap_or_else(PoisonError::into_inner) = Some(lock);
    }

    /// Opens the books, making them first when a daemon opens them and they do not exist.
    pub async fn open(address: &BooksAddress, purpose: Purpose) -> Result<Self, BooksError> {
        match address {
            BooksAddress::Sqlite(path) => Self::open_sqlite(path, &purpose).await,
            BooksAddress::Postgres(url) => Self::open_postgres(url, &purpose).await,
        }
    }

    async fn open_sqlite(path: &Path, purpose: &Purpose) -> Result<Self, BooksError> {
        let place: Arc<str> = path.display().to_string().into();
        let lock = match purpose {
            Purpose::Daemon { .. } => {
                let lock = Lock::take(path, std::process::id())?;
                create_file(path)?;
                Some(lock)
            }
            Purpose::Copy => {
                create_file(path)?;
                None
            }
            Purpose::Command | Purpose::Look if !path.exists() => return Err(BooksError::Absent { place: place.to_string() }),
            Purpose::Command | Purpose::Look => None,
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Asked first, because SQLite would open such books for reading and fail at the first mail.
        if *purpose != Purpose::Look && !(is_writable(path) && is_writable(folder)) {
            return Err(BooksError::ReadOnly { place: place.to_string() });
        }
        let open = |error: &sqlx::Error| BooksError::of_statement(&place, "open", error);
        let options = sqlite_options(path);
        let writer = match purpose {
            Purpose::Look => None,
            Purpose::Daemon { .. } | Purpose::Command | Purpose::Copy => {
                let (journal, synchronous) = match purpose {
                    // Thrown away when it breaks off; and a log needs shared memory, which network file systems do not have.
                    Purpose::Copy => (SqliteJournalMode::Delete, SqliteSynchronous::Off),
                    _ => (SqliteJournalMode::Wal, SqliteSynchronous::Full),
                };
                let writing = options.clone().journal_mode(journal).synchronous(synchronous);
                Some(sqlite_pool(1).connect_with(writing).await.map_err(|error| open(&error))?)
            }
        };
        // A file in a folder we may not write to has no room for the shared index of its log; without a log it needs none.
        let immutable = *purpose == Purpose::Look && !log_of(path).exists() && !is_writable(folder);
        let readers = sqlite_pool(READERS_MAX).connect_with(options.read_only(true).immutable(immutable)).await;
        let readers = readers.map_err(|error| open(&error))?;
        let books = Self::new(Pools::Sqlite { writer, readers }, place, lock);
        match purpose {
            Purpose::Daemon { .. } => {
                backup::keep_before_changes(&books, path).await?;
                migrate::bring_up(&books).await?;
            }
            Purpose::Copy => migrate::bring_up(&books).await?,
            Purpose::Command | Purpose::Look => migrate::check(&books).await?,
        }
        Ok(books)
    }

    async fn open_postgres(url: &PostgresUrl, purpose: &Purpose) -> Result<Self, BooksError> {
        let place: Arc<str> = url.to_string().into();
        let open = |error: &sqlx::Error| match error {
            // The cause of a malformed URL may repeat it.
            sqlx::Error::Configuration(_) => {
                BooksError::CannotOpen { place: place.to_string(), cause: "it is not a PostgreSQL address".to_owned() }
            }
            _ => BooksError::of_statement(&place, "open", error),
        };
        let options: PgConnectOptions = url.secret().parse().map_err(|error| open(&error))?;
        let options = options.application_name("tradepost").statement_cache_capacity(STATEMENTS_CACHED_MAX).disable_statement_logging();
        // One connection outside the pool: the pool would go on trying for half a minute when the server does not answer.
        let mut first = PgConnection::connect_with(&options).await.map_err(|error| open(&error))?;
        let encoding = sqlx::query(POSTGRES_ENCODING).fetch_one(&mut first).await.and_then(|row| row.try_get::<String, _>(0));
        let encoding = encoding.map_err(|error| open(&error))?;
        first.close().await.map_err(|error| open(&error))?;
        if encoding != "UTF8" {
            return Err(BooksError::Encoding { place: place.to_string(), encoding });
        }
        let is_daemon = matches!(purpose, Purpose::Daemon { .. });
        let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS_MAX).acquire_timeout(CONNECTION_WAIT);
        let pool = pool.after_connect(move |connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(POSTGRES_PREFER_INDEXES).execute(&mut *connection).await?;
                if is_daemon {
                    sqlx::raw_sql(POSTGRES_GIVE_UP_HALTED).execute(connection).await?;
                }
                Ok(())
            })
        });
        let pool = pool.connect_lazy_with(options);
        let mut books = Self::new(Pools::Postgres { pool, writes: *purpose != Purpose::Look }, place, None);
        match purpose {
            Purpose::Daemon { owner } => {
                migrate::refuse_under_others(&books, owner).await?;
                migrate::bring_up(&books).await?;
                books.begin_life(owner).await?;
            }
            Purpose::Command | Purpose::Look | Purpose::Copy => migrate::check(&books).await?,
        }
        Ok(books)
    }

    fn new(pools: Pools, place: Arc<str>, lock: Option<Lock>) -> Self {
        let (pen, free_ids) = (Arc::default(), FreeIds::default());
        let inner = Inner { pools, pen, place, free_ids, lock: Mutex::new(lock), daemon: OnceLock::new() };
        Self { inner: Arc::new(inner), fence: None }
    }

    /// Begins a transaction that writes. What is done in it lasts only after [`Session::commit`]. [`BooksError::LeaseLost`] when another
    /// daemon has taken the lease these books are fenced by. One that takes it after that question is met by what the transaction reads
    /// and writes, because both are serializable.
    pub async fn begin(&self) -> Result<Session, BooksError> {
        let pen = Arc::clone(&self.inner.pen).lock_owned().await;
        let transaction = match &self.inner.pools {
            Pools::Sqlite { writer: Some(writer), .. } => {
                writer.begin_with(Engine::Sqlite.begin_write()).await.map(EngineTransaction::Sqlite)
            }
            Pools::Postgres { pool, writes: true } => {
                pool.begin_with(Engine::Postgres.begin_write()).await.map(EngineTransaction::Postgres)
            }
            Pools::Sqlite { writer: None, .. } | Pools::Postgres { writes: false, .. } => {
                return Err(BooksError::ReadOnly { place: self.place().to_owned() });
            }
        };
        let mut session = self.session(transaction)?;
        session.hold(pen);
        if let Some(fence) = &self.fence {
            let held = leases::find(&mut session, &fence.name).await?;
            if held.is_none_or(|held| held.epoch != fence.epoch) {
                return Err(BooksError::LeaseLost { place: self.place().to_owned() });
            }
        }
        Ok(session)
    }

    /// Begins a transaction that reads: everything in it sees one state of the books. It holds back nobody.
    pub async fn look(&self) -> Result<Session, BooksError> {
        self.begin_reading(Engine::begin_look).await
    }

    /// The same for reading everything, which takes long.
    pub(super) async fn begin_copy(&self) -> Result<Session, BooksError> {
        self.begin_reading(Engine::begin_copy).await
    }

    async fn begin_reading(&self, begin: fn(Engine) -> &'static str) -> Result<Session, BooksError> {
        let transaction = match &self.inner.pools {
            Pools::Sqlite { readers, .. } => readers.begin_with(begin(Engine::Sqlite)).await.map(EngineTransaction::Sqlite),
            Pools::Postgres { pool, .. } => pool.begin_with(begin(Engine::Postgres)).await.map(EngineTransaction::Postgres),
        };
        self.session(transaction)
    }

    fn session(&self, transaction: Result<EngineTransaction, sqlx::Error>) -> Result<Session, BooksError> {
        let transaction = transaction.map_err(|error| BooksError::of_statement(self.place(), "begin", &error))?;
        Ok(Session::new(transaction, Arc::clone(&self.inner.place), Arc::clone(&self.inner.free_ids)))
    }

    /// The books' address as it may be shown, without secrets.
    pub fn place(&self) -> &str {
        &self.inner.place
    }

    /// The name of the daemon that opened the books, where daemons share them; `None` on books in a file, which a lock holds.
    pub fn sharer(&self) -> Option<&str> {
        self.inner.daemon.get().map(|(owner, _)| owner.as_str())
    }

    /// The connections that read books in a file.
    pub(super) fn sqlite_readers(&self) -> Option<&SqlitePool> {
        match &self.inner.pools {
            Pools::Sqlite { readers, .. } => Some(readers),
            Pools::Postgres { .. } => None,
        }
    }

    /// What tells a PostgreSQL database from every other one; `None` on books in a file, and where the server does not tell.
    pub async fn database_identity(&self) -> Result<Option<String>, BooksError> {
        let Pools::Postgres { pool, .. } = &self.inner.pools else { return Ok(None) };
        match sqlx::query(POSTGRES_IDENTITY).fetch_one(pool).await.and_then(|row| row.try_get(0)) {
            Ok(identity) => Ok(Some(identity)),
            // Closed to us, or unknown there.
            Err(sqlx::Error::Database(_)) => Ok(None),
            Err(error) => Err(BooksError::of_statement(self.place(), "identity", &error)),
        }
    }

    /// The same books, written under that lease.
    pub fn fenced(&self, fence: Fence) -> Self {
        Self { inner: Arc::clone(&self.inner), fence: Some(Arc::new(fence)) }
    }

    /// From now on an earlier life of the daemon of that name writes nothing, and what it held is free. Nobody takes this one for living
    /// before it prolongs its lease for the first time.
    async fn begin_life(&mut self, owner: &str) -> Result<(), BooksError> {
        let name = leases::daemon(owner);
        let mut retry = Retry::default();
        let epoch = loop {
            match self.begin_life_once(&name, owner).await {
                Err(error) => retry.after(error).await?,
                Ok(epoch) => break epoch,
            }
        };
        let fence = Fence { name, epoch };
        self.fence = Some(Arc::new(fence.clone()));
        self.inner.daemon.get_or_init(|| (owner.to_owned(), fence));
        Ok(())
    }

    async fn begin_life_once(&self, name: &str, owner: &str) -> Result<i64, BooksError> {
        let mut session = self.begin().await?;
        let now = leases::now(&mut session).await?;
        leases::release_all(&mut session, owner).await?;
        let Some(epoch) = leases::take(&mut session, name, owner, now, now).await? else {
            return Err(BooksError::LeaseLost { place: self.place().to_owned() });
        };
        session.commit().await.map(|()| epoch)
    }

    /// Gives back whatever the daemon holds, so that others need not wait for its end.
    async fn release_all(&self, owner: &str, life: &Fence) -> Result<(), BooksError> {
        let mut retry = Retry::default();
        loop {
            match self.release_all_once(owner, life).await {
                Err(error) => retry.after(error).await?,
                done => return done,
            }
        }
    }

    async fn give_leases_back(&self) {
        if let Some((owner, life)) = self.inner.daemon.get()
            && let Err(error) = self.release_all(owner, life).await
        {
            tracing::warn!("The leases in the books could not be given back; they end by themselves: {error}");
        }
    }

    async fn release_all_once(&self, owner: &str, life: &Fence) -> Result<(), BooksError> {
        let mut session = self.fenced(life.clone()).begin().await?;
        leases::release_all(&mut session, owner).await?;
        session.commit().await
    }

    /// After an erasure: takes erased text out of the log too. [`BooksError::Busy`] when a reader keeps it; try again later.
    pub async fn scrub(&self) -> Result<(), BooksError> {
        let failed = |error: sqlx::Error| BooksError::of_statement(self.place(), "scrub", &error);
        match &self.inner.pools {
            Pools::Sqlite { writer: Some(writer), .. } => {
                let row = sqlx::query(SQLITE_TRUNCATE_LOG).fetch_one(writer).await.map_err(failed)?;
                let kept: i64 = row.try_get(0).map_err(failed)?;
                let cause = "a reader still uses the log".to_owned();
                if kept == 0 { Ok(()) } else { Err(BooksError::Busy { place: self.place().to_owned(), cause }) }
            }
            Pools::Postgres { pool, writes: true } => sqlx::raw_sql(POSTGRES_VACUUM).execute(pool).await.map(|_| ()).map_err(failed),
            Pools::Sqlite { writer: None, .. } | Pools::Postgres { writes: false, .. } => {
                Err(BooksError::ReadOnly { place: self.place().to_owned() })
            }
        }
    }

    /// Closes the books: waits for open sessions, gives leases and lock back. An unreachable server ends the leases by itself.
    pub async fn close(&self) {
        match &self.inner.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                if let Some(writer) = writer {
                    writer.close().await;
                }
            }
            Pools::Postgres { pool, .. } => {
                let closed = tokio::time::timeout(CLOSE_WAIT, async {
                    self.give_leases_back().await;
                    pool.close().await;
                });
                if closed.await.is_err() {
                    tracing::warn!("The database does not answer; the leases in it end by themselves");
                }
            }
        }
        *self.inner.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Makes an empty file that only this user may read; SQLite gives its log the same rights.
fn create_file(path: &Path) -> Result<(), BooksError> {
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(BooksError::of_file(path, &error)),
    }
}

/// The write-ahead log SQLite keeps beside the books.
fn log_of(books: &Path) -> PathBuf {
    let mut name = books.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY_WAIT)
        .statement_cache_capacity(STATEMENTS_CACHED_MAX)
        // What is deleted is overwritten: an erased customer is not to be found in free pages.
        .pragma("secure_delete", "ON")
        .disable_statement_logging()
}

/// Connections that stay: nothing is gained by opening a file again.
fn sqlite_pool(connections_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(CONNECTION_WAIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // A full disk makes SQLite end a transaction by itself. sqlx then fails to roll it back and counts it as open for ever, so
        // such a connection begins nothing any more; it makes room for a new one.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}
