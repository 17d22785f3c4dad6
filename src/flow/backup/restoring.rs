//! Books from a backup.
//!
//! Nothing that is there is touched before the whole file was read and compared with its manifest, its books were opened, checked and
//! brought up to what this program knows, and every attachment they name was found in it. Then the attachments go into their folder, in
//! which they disturb nobody, and last the books take their name, in one step. The books that were there keep another name, and their
//! attachments too, in a folder of hard links, because the daemon sweeps away what the restored books do not name.
//!
//! Restored books are paused: what was due when the backup was made may have been done since, by the daemon or by a person. On
//! PostgreSQL the rows go into an empty database, in one transaction, so that the other one stays what it is.

use super::archive::{self, Found, Taking, Unsound};
use super::manifest::{Manifest, hex};
use super::placing;
use crate::config::Config;
use crate::flow::disk::beside;
use crate::flow::inbound::InboundError;
use crate::flow::leaves::{Store, StoreWriter};
use crate::flow::transaction::in_books;
use crate::parse::carve::LeafWriter;
use crate::record::settings::{self, Finding};
use crate::record::waiting::{self, Waiting};
use crate::record::{Books, BooksAddress, BooksError, Lock, Purpose, Session, accounts, acts, backup, health, leases};
use crate::types::Moment;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The books keep it as the reason why an act was given up; `daily::count_given_up` knows it.
const DROPPED: &str = "dropped by a person after a restore";
const IN_HAND: &str = "it was on its way when the backup was made";

/// What is to be restored, and how.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    pub file: &'a Path,
    /// Books that are there may be put aside.
    pub may_replace: bool,
    /// What was due is given up at once.
    pub drops_due: bool,
    pub now: Moment,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub made_at: Moment,
    pub made_on: String,
    pub messages: i64,
    pub attachments: usize,
    /// Attachments that the books name and that were not there when the backup was made.
    pub missing: usize,
    /// Where the books are now that were there before, and their attachments.
    pub aside: Option<PathBuf>,
    pub attachments_aside: Option<PathBuf>,
    pub waiting: Vec<Waiting>,
    pub dropped: u64,
}

/// Nothing was restored, and the present books are what they were.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("{holder} works on the books")]
    AtWork { holder: String },
    #[error("{place} is there already")]
    There { place: String },
    #[error("another program has {place} open")]
    Open { place: String },
    #[error("{} is no backup", file.display())]
    NotABackup { file: PathBuf },
    #[error("{} is damaged: {part}", file.display())]
    Damaged { file: PathBuf, part: String },
    #[error("{} is of a newer program: change {found}, known {known}", file.display())]
    Newer { file: PathBuf, found: i64, known: i64 },
    #[error("{} cannot be read: {why}", file.display())]
    Unreadable { file: PathBuf, why: io::Error },
    #[error("{} cannot be written: {why}", place.display())]
    NotWritten { place: PathBuf, why: io::Error },
    #[error("nothing is paused")]
    NotPaused,
    #[error(transparent)]
    Books(#[from] BooksError),
    #[error(transparent)]
    Flow(#[from] InboundError),
}

/// A backup as it was read: its books lie beside where they are to go.
struct Staged {
    books: PathBuf,
    found: Found,
}

/// Puts books from a backup where the configuration has its books.
pub async fn restore(config: &Config, address: &BooksAddress, order: &Order<'_>) -> Result<Restored, RestoreError> {
    let at_work = |error: BooksError| match error {
        BooksError::InUse { holder, .. } => RestoreError::AtWork { holder },
        error => error.into(),
    };
    let (locked, staged) = match address {
        BooksAddress::Sqlite(books) => (books.clone(), placing::with(books, ".restoring")),
        BooksAddress::Postgres(_) => (config.file.clone(), placing::with(&config.storage.attachments, ".restoring")),
    };
    let _lock = Lock::take(&locked, std::process::id()).map_err(at_work)?;
    match address {
        BooksAddress::Sqlite(books) if books.exists() && !order.may_replace => {
            return Err(RestoreError::There { place: books.display().to_string() });
        }
        BooksAddress::Sqlite(_) => {}
        BooksAddress::Postgres(_) => is_empty(address).await?,
    }
    let restored = restore_through(&staged, config, address, order).await;
    if let Err(error) = placing::remove(&staged) {
        tracing::warn!(kind = %error.kind(), "The restored copy could not be cleared away; the next restore does it");
    }
    restored
}

/// Gives up what waits in books that are paused; how much it was.
pub async fn drop_due(books: &Books, now: Moment) -> Result<u64, RestoreError> {
    let dropped = in_books(books, async |session| match settings::find_paused(session).await? {
        Some(_) => Ok(Some(waiting::mark_dropped(session, now, DROPPED).await?)),
        None => Ok(None),
    });
    dropped.await?.ok_or(RestoreError::NotPaused)
}

async fn restore_through(staged: &Path, config: &Config, address: &BooksAddress, order: &Order<'_>) -> Result<Restored, RestoreError> {
    let staged = stage(staged, order.file).await?;
    let mut restored = prepare(&staged, order).await?;
    let files = Store::new(config.storage.attachments.clone());
    unpack(&staged, &files, order.file).await?;
    match address {
        BooksAddress::Sqlite(books) => put(&staged, books, &files, order.now, &mut restored).await?,
        BooksAddress::Postgres(_) => fill(&staged, address).await?,
    }
    Ok(restored)
}

/// Reads all of the backup, and lays its books down.
async fn stage(at: &Path, file: &Path) -> Result<Staged, RestoreError> {
    let (books, from) = (at.to_owned(), file.to_owned());
    beside(move || {
        let not_written = |why: io::Error| RestoreError::NotWritten { place: books.clone(), why };
        // Of a restore that was broken off; we have the lock.
        placing::remove(&books).map_err(not_written)?;
        let opened = File::open(&from).map_err(|why| RestoreError::Unreadable { file: from.clone(), why })?;
        let mut staging = Staging { books: &books, file: None };
        let found = archive::read(opened, &mut staging).map_err(|error| unsound(error, &from, &books))?;
        Ok(Staged { found, books })
    })
    .await
}

fn unsound(error: Unsound, from: &Path, to: &Path) -> RestoreError {
    let file = from.to_owned();
    match error {
        Unsound::NotABackup => RestoreError::NotABackup { file },
        Unsound::Damaged { part } => RestoreError::Damaged { file, part },
        Unsound::Unreadable(why) => RestoreError::Unreadable { file, why },
        Unsound::NotTaken(why) => RestoreError::NotWritten { place: to.to_owned(), why },
    }
}

/// Takes the books and lets the attachments go by: they are only looked at.
struct Staging<'b> {
    books: &'b Path,
    file: Option<File>,
}

impl Taking for Staging<'_> {
    fn begin_books(&mut self) -> io::Result<()> {
        self.file = Some(OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.books)?);
        Ok(())
    }

    fn begin_attachment(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes))
    }

    fn end(&mut self, _sha256: &[u8; 32]) -> io::Result<()> {
        self.file.take().map_or(Ok(()), |file| file.sync_all())
    }
}

/// Brings the copy up to date, and makes it one that does nothing before a person says so.
async fn prepare(staged: &Staged, order: &Order<'_>) -> Result<Restored, RestoreError> {
    let file = || order.file.to_owned();
    let unsound = |error: BooksError| match error {
        BooksError::Newer { found, known, .. } => RestoreError::Newer { file: file(), found, known },
        BooksError::NotOurs { .. } | BooksError::Corrupt { .. } => RestoreError::Damaged { file: file(), part: "books.sqlite".to_owned() },
        error => error.into(),
    };
    let copy = Books::open(&BooksAddress::Sqlite(staged.books.clone()), Purpose::Copy).await.map_err(unsound)?;
    let prepared = async {
        backup::check(&copy).await.map_err(unsound)?;
        let contents = backup::contents(&copy).await?;
        let (there, manifest) = (&staged.found.attachments, &staged.found.manifest);
        let is_listed = |sha256: &[u8; 32]| manifest.missing.binary_search(&hex(sha256)).is_ok();
        if let Some(lost) = contents.leaves.iter().find(|leaf| !there.contains(*leaf) && !is_listed(leaf)) {
            return Err(RestoreError::Damaged { file: file(), part: format!("attachments/{}", hex(lost)) });
        }
        let (waiting, dropped) = in_books(&copy, async |session| pause(session, manifest, order).await).await?;
        Ok(Restored {
            made_at: manifest.made_at(),
            made_on: manifest.made_on(),
            messages: contents.messages,
            attachments: there.len(),
            missing: manifest.missing.len(),
            aside: None,
            attachments_aside: None,
            waiting,
            dropped,
        })
    };
    let prepared = prepared.await;
    copy.close().await;
    prepared
}

/// Daemons that said so long before the backup that they live were at work when it was made.
const ALIVE_MS: i64 = 10 * 60_000;
/// More daemons than share books.
const RUNS_MAX: i64 = 100;

/// What waits, and how much of it was given up. Whoever held anything when the backup was made holds it no more.
async fn pause(session: &mut Session, manifest: &Manifest, order: &Order<'_>) -> Result<(Vec<Waiting>, u64), InboundError> {
    acts::mark_all_released(session).await?;
    waiting::mark_in_hand_uncertain(session, order.now, IN_HAND).await?;
    for lease in leases::list(session).await? {
        leases::release_all(session, &lease.owner).await?;
    }
    // These books ended with the backup, in order; whatever their daemon did later is told in others.
    let made_at = manifest.made_at();
    for run in health::list_runs(session, made_at.plus_ms(-ALIVE_MS), RUNS_MAX).await? {
        if run.ended_at.is_none() && run.alive_at >= made_at.plus_ms(-ALIVE_MS) {
            health::end_run(session, run.id, made_at).await?;
        }
    }
    backup::erase_tokens(session).await?;
    // They belong to whoever starts a daemon here.
    settings::erase(session, settings::INSTALLATION).await?;
    settings::mark(session, settings::RESTORED_AT, &order.now.to_string()).await?;
    let finding = Finding::Restored { at: order.now, made_at, made_on: manifest.made_on() };
    settings::mark_found(session, &finding).await?;
    let waiting = waiting::list(session).await?;
    let dropped = if order.drops_due { waiting::mark_dropped(session, order.now, DROPPED).await? } else { 0 };
    Ok((waiting, dropped))
}

/// Reads the backup once more and lays its attachments down, each only when it is what its name says.
async fn unpack(staged: &Staged, files: &Store, from: &Path) -> Result<(), RestoreError> {
    if staged.found.attachments.is_empty() {
        return Ok(());
    }
    let (files, from) = (files.clone(), from.to_owned());
    beside(move || {
        let opened = File::open(&from).map_err(|why| RestoreError::Unreadable { file: from.clone(), why })?;
        let mut unpacking = Unpacking { store: &files, writer: None };
        archive::read(opened, &mut unpacking).map(|_| ()).map_err(|error| unsound(error, &from, files.folder()))
    })
    .await
}

/// Takes the attachments; the books are there already.
struct Unpacking<'s> {
    store: &'s Store,
    writer: Option<StoreWriter<'s>>,
}

impl Taking for Unpacking<'_> {
    fn begin_books(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn begin_attachment(&mut self) -> io::Result<()> {
        // One that was begun and not ended is forgotten.
        self.writer.insert(self.store.writer()).begin()
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), |writer| writer.write(bytes))
    }

    fn end(&mut self, sha256: &[u8; 32]) -> io::Result<()> {
        self.writer.take().map_or(Ok(()), |mut writer| writer.end(sha256))
    }
}

/// Gives the books of the copy their place.
async fn put(staged: &Staged, books: &Path, files: &Store, now: Moment, restored: &mut Restored) -> Result<(), RestoreError> {
    let (aside, is_there) = (placing::aside(books, now), books.exists());
    let not_written = |place: &Path| {
        let place = place.to_owned();
        move |why: io::Error| RestoreError::NotWritten { place, why }
    };
    File::open(&staged.books).and_then(|copy| copy.sync_all()).map_err(not_written(&staged.books))?;
    let settled = placing::settle_present(books, &aside).await.map_err(|error| match error {
        BooksError::Busy { place, .. } => RestoreError::Open { place },
        error => error.into(),
    })?;
    settled.map_err(not_written(&aside))?;
    if is_there {
        let attachments = placing::aside(files.folder(), now);
        let is_any = files.keep_in(&attachments).map_err(not_written(&attachments))?;
        restored.attachments_aside = is_any.then_some(attachments);
    }
    let aside = is_there.then_some(aside);
    placing::swap(books, &staged.books, aside.as_deref()).map_err(not_written(books))?;
    restored.aside = aside;
    Ok(())
}

/// A database in which nobody has done anything yet.
async fn is_empty(address: &BooksAddress) -> Result<(), RestoreError> {
    let books = match Books::open(address, Purpose::Look).await {
        Err(BooksError::Absent { .. }) => return Ok(()),
        opened => opened?,
    };
    let known = async { accounts::list(&mut books.look().await?).await }.await;
    books.close().await;
    if known?.is_empty() { Ok(()) } else { Err(RestoreError::There { place: address.to_string() }) }
}

/// Fills a database with what the copy holds.
async fn fill(staged: &Staged, address: &BooksAddress) -> Result<(), RestoreError> {
    let copy = Books::open(&BooksAddress::Sqlite(staged.books.clone()), Purpose::Copy).await?;
    let filled = async {
        let books = Books::open(address, Purpose::Daemon { owner: "restore".to_owned() }).await?;
        let filled = backup::fill(&copy, &books).await;
        books.close().await;
        filled
    };
    let filled = filled.await;
    copy.close().await;
    Ok(filled?)
}
