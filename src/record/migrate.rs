//! Brings books up to what this program knows: compiled-in changes, each in its own transaction, none ever edited.

use super::dialect::Engine;
use super::{Books, BooksError, Session, leases};
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};
use std::time::Duration;

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// A change of the tables, as each engine needs it written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    pub number: i64,
    /// The file's name without its ending, `0007_message`.
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

statements! { STATEMENTS;
    /// Changes made so far.
    LIST_CHANGES(0) = "
SELECT number, name, checksum
  FROM schema_change
 ORDER BY number";

    ADD_CHANGE(3) = "
INSERT INTO schema_change (number, name, checksum)
VALUES ($1, $2, $3)";
}

/// All changes this program knows, oldest first; one that lacks an engine's file is left out, which a test notices.
pub fn migrations() -> Vec<Migration> {
    let text = |engine: Engine, file: &str| FILES.get_file(format!("{}/{file}", engine.folder())).and_then(|file| file.contents_utf8());
    let files = FILES.get_dir(Engine::Sqlite.folder()).into_iter().flat_map(|folder| folder.files());
    let mut migrations: Vec<Migration> = files
        .filter_map(|file| {
            let file_name = file.path().file_name()?.to_str()?;
            let name = file_name.strip_suffix(".sql")?;
            let number = name.split('_').next()?.parse().ok()?;
            Some(Migration { number, name, sqlite: file.contents_utf8()?, postgres: text(Engine::Postgres, file_name)? })
        })
        .collect();
    migrations.sort_unstable_by_key(|migration| migration.number);
    migrations
}

impl Migration {
    fn sql(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    fn checksum(&self, engine: Engine) -> String {
        Sha256::digest(self.sql(engine)).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The change that made the table of leases.
const LEASES: i64 = 16;

/// A change that another program is making too may fail once or twice, and is then found made.
const FAILURES_MAX: usize = 3;
/// Two programs that make all the changes at once meet at most of them.
const MEETINGS_MAX: usize = 200;
const MEETING_WAIT: Duration = Duration::from_millis(5);

/// Refuses to change the tables while daemons that do not know the changes work with them.
pub(super) async fn refuse_under_others(books: &Books, owner: &str) -> Result<(), BooksError> {
    let mut session = books.look().await?;
    let missing = missing(&mut session).await?;
    if missing.is_empty() || missing.iter().any(|migration| migration.number <= LEASES) {
        return Ok(());
    }
    let (now, leases) = (leases::now(&mut session).await?, leases::list(&mut session).await?);
    match leases::living(&leases, now).find(|other| *other != owner) {
        Some(other) => Err(BooksError::InUse { place: books.place().to_owned(), holder: other.to_owned() }),
        None => Ok(()),
    }
}

/// The first change that books which are there lack; `None` when they lack none, or are not there yet.
pub(super) async fn next_change(books: &Books) -> Result<Option<i64>, BooksError> {
    let mut session = books.look().await?;
    let missing = missing(&mut session).await?;
    let is_new = missing.len() == migrations().len();
    Ok(missing.first().filter(|_| !is_new).map(|migration| migration.number))
}

/// The last change these books have.
pub(super) async fn last_change(session: &mut Session) -> Result<i64, BooksError> {
    session.rows(&LIST_CHANGES, &[]).await?.last().map_or(Ok(0), |row| row.int(0))
}

/// Makes every missing change. Several daemons may start at once on PostgreSQL: what another one makes is not made again.
pub(super) async fn bring_up(books: &Books) -> Result<(), BooksError> {
    let (mut failures, mut meetings) = (0, 0);
    loop {
        match step(books).await {
            Ok(true) => return Ok(()),
            Ok(false) => failures = 0,
            Err(BooksError::Busy { .. }) if meetings < MEETINGS_MAX => meetings += 1,
            Err(BooksError::Failed { .. } | BooksError::FailedMigration { .. }) if failures < FAILURES_MAX => failures += 1,
            Err(error) => return Err(error),
        }
        if failures + meetings > 0 {
            tokio::time::sleep(MEETING_WAIT).await;
        }
    }
}

/// Makes the next change; `true` when none was missing. Looks in a transaction that writes, so that read-only books are refused
/// at the start and not at the first mail.
async fn step(books: &Books) -> Result<bool, BooksError> {
    let mut session = books.begin().await?;
    let engine = session.engine();
    let missing = missing(&mut session).await?;
    let Some(migration) = missing.first() else { return Ok(true) };
    if missing.len() == migrations().len() {
        let created = session.script(engine.create_schema_change()).await;
        created.map_err(|error| failed(&session, "schema_change", &error))?;
    }
    // First the row: two programs that make the same change at once meet here, before either changed a table.
    let checksum = migration.checksum(engine);
    session.run(&ADD_CHANGE, &[migration.number.into(), migration.name.into(), checksum.as_str().into()]).await?;
    let made = session.script(migration.sql(engine)).await;
    made.map_err(|error| failed(&session, migration.name, &error))?;
    session.commit().await?;
    Ok(false)
}

/// Refuses books that lack changes, for those who may not make them.
pub(super) async fn check(books: &Books) -> Result<(), BooksError> {
    let mut session = books.look().await?;
    let missing = missing(&mut session).await?.len();
    match missing {
        0 => Ok(()),
        _ if missing == migrations().len() => Err(BooksError::Absent { place: books.place().to_owned() }),
        _ => Err(BooksError::Older { place: books.place().to_owned(), missing }),
    }
}

/// Changes these books lack; refused when they are not ours, from a newer program, or when a change made was edited since.
async fn missing(session: &mut Session) -> Result<Vec<Migration>, BooksError> {
    let engine = session.engine();
    let place = session.place().to_owned();
    let (tables, ours) = match session.row(engine.tables(), &[]).await? {
        Some(row) => (row.int(0)?, row.int(1)?),
        None => (0, 0),
    };
    let known = migrations();
    if ours == 0 {
        return if tables == 0 { Ok(known) } else { Err(BooksError::NotOurs { place }) };
    }
    let newest = known.last().map_or(0, |migration| migration.number);
    let mut missing = known.clone();
    for row in session.rows(&LIST_CHANGES, &[]).await? {
        let (number, name, checksum) = (row.int(0)?, row.text(1)?, row.text(2)?);
        if number > newest {
            return Err(BooksError::Newer { place, found: number, known: newest });
        }
        if !known.iter().any(|migration| migration.number == number && migration.checksum(engine) == checksum) {
            return Err(BooksError::ChangedMigration { place, name });
        }
        missing.retain(|migration| migration.number != number);
    }
    Ok(missing)
}

fn failed(session: &Session, name: &str, error: &sqlx::Error) -> BooksError {
    match BooksError::of_statement(session.place(), "migration", error) {
        BooksError::Failed { cause, .. } => BooksError::FailedMigration { place: session.place().to_owned(), name: name.to_owned(), cause },
        known => known,
    }
}
