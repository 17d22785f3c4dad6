//! Whose books these are. Two daemons that each take their own copy of the books for the only one would draft and send everything twice;
//! nothing in the copies tells them. So books know the installation that uses them, and a daemon that finds itself elsewhere starts
//! paused and asks (`tradepost resume` answers).
//!
//! Books in a file keep a random id and the host's name; the same id lies in a mark beside them (`books.sqlite.installation`), with the
//! place where they are. On another host, or without their mark, the books are foreign. A mark that names another place is that of a
//! folder that was moved, unless the other place still has its books: then these are a copy. Confirmed books get a new id, so that
//! original and copy are told apart from then on. Not seen: a copied machine that keeps its host name, and books without the setting,
//! which an older program wrote.
//!
//! Books on PostgreSQL are shared by hosts on purpose, which leases fence. They keep the server's system identifier with the number of
//! the database instead: a dump that was loaded elsewhere, or a database made from another as its template, has others. Not seen: a
//! physical copy of the whole server, which is meant to take its place. A server that does not tell (`pg_control_system()` may be closed
//! to us, or be missing where another engine speaks PostgreSQL's protocol) is left alone. After an upgrade by `pg_upgrade` or a dump the
//! daemons ask once.

use super::inbound::InboundError;
use super::transaction::in_books;
use super::{Ids, NoRandomness};
use crate::config::{self, Config};
use crate::record::settings::{self, Finding};
use crate::record::{Books, BooksError, Session};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Longer than any mark: a path has 4096 bytes at most.
const MARK_LEN_MAX: u64 = 16 * 1024;
const MARK_HEAD: &str = "# Which installation of Tradepost the books beside this file belong to. It moves with them.\n";

/// Where books are used: on which host, and in which file if they are in one. The host's name is handed in.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    pub host: &'a str,
    file: Option<&'a Path>,
}

/// It cannot be told, or kept, whose books these are.
#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    #[error(transparent)]
    Books(#[from] InboundError),
    #[error("the mark {} cannot be written: {why}", file.display())]
    NotKept { file: PathBuf, why: io::Error },
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// As the books keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Installation {
    File { id: String, host: String },
    Database { identity: String },
}

/// What lies beside the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    installation: String,
    books: String,
}

/// Whose the books are, as far as can be seen.
enum Standing {
    /// Nobody has used them yet, or a program that did not know of this.
    Nobodys,
    Ours,
    /// Ours, and the mark names a place where they are no longer.
    Moved(Mark),
    Foreign(Finding),
}

impl<'a> Site<'a> {
    /// The place of a configuration's books.
    pub fn of(config: &'a Config, host: &'a str) -> Self {
        let file = match &config.storage.books {
            config::Books::Sqlite { file } => Some(file.as_path()),
            config::Books::Postgres { .. } => None,
        };
        Self { host, file }
    }
}

/// To be called when a daemon has opened the books, before anything is done: books of somebody else's are paused, new ones are ours.
pub async fn settle(books: &Books, site: &Site<'_>, ids: &Ids) -> Result<(), InstallationError> {
    match standing(books, site).await? {
        Standing::Ours => Ok(()),
        Standing::Nobodys => adopt(books, site, ids).await,
        Standing::Moved(mark) => site.file.map_or(Ok(()), |file| write(file, &mark)),
        Standing::Foreign(finding) => {
            tracing::warn!("The books were last used by another installation; nothing is done before `tradepost resume`");
            Ok(in_books(books, async |session| Ok(settings::mark_found(session, &finding).await?)).await?)
        }
    }
}

/// Makes foreign books ours; `false` when they were.
pub(super) async fn adopt_foreign(books: &Books, site: &Site<'_>, ids: &Ids) -> Result<bool, InstallationError> {
    match standing(books, site).await? {
        Standing::Foreign(_) => adopt(books, site, ids).await.map(|()| true),
        Standing::Nobodys | Standing::Ours | Standing::Moved(_) => Ok(false),
    }
}

/// First the mark, then the books: after a crash in between the books are still foreign.
async fn adopt(books: &Books, site: &Site<'_>, ids: &Ids) -> Result<(), InstallationError> {
    let installation = match site.file {
        Some(file) => {
            let bytes: [u8; 16] = ids.bytes()?;
            let id = bytes.map(|byte| format!("{byte:02x}")).concat();
            write(file, &Mark { installation: id.clone(), books: place(file) })?;
            Installation::File { id, host: site.host.to_owned() }
        }
        None => match books.database_identity().await.map_err(InboundError::from)? {
            Some(identity) => Installation::Database { identity },
            None => return Ok(()),
        },
    };
    let kept = serde_json::to_string(&installation).map_err(InboundError::from)?;
    Ok(in_books(books, async |session: &mut Session| Ok(settings::mark(session, settings::INSTALLATION, &kept).await?)).await?)
}

async fn standing(books: &Books, site: &Site<'_>) -> Result<Standing, InboundError> {
    let Some(kept) = find(books).await? else { return Ok(Standing::Nobodys) };
    let kept: Option<Installation> = serde_json::from_str(&kept).ok();
    let Some(file) = site.file else {
        return Ok(match (books.database_identity().await?, kept) {
            (None, _) => Standing::Ours,
            (Some(is), Some(Installation::Database { identity })) if is == identity => Standing::Ours,
            _ => Standing::Foreign(Finding::OtherDatabase),
        });
    };
    Ok(standing_of_file(file, site.host, kept.as_ref()))
}

async fn find(books: &Books) -> Result<Option<String>, BooksError> {
    let mut session = books.look().await?;
    settings::find(&mut session, settings::INSTALLATION).await
}

fn standing_of_file(file: &Path, host: &str, kept: Option<&Installation>) -> Standing {
    let unmarked = || Standing::Foreign(Finding::Unmarked { mark: mark_of(file).display().to_string() });
    let Some(Installation::File { id, host: was }) = kept else { return unmarked() };
    if was != host {
        return Standing::Foreign(Finding::OtherHost { was: was.clone(), is: host.to_owned() });
    }
    let Some(mark) = read(file).filter(|mark| mark.installation == *id) else { return unmarked() };
    let is = place(file);
    match mark.books == is {
        true => Standing::Ours,
        false if is_still_there(&mark, file) => Standing::Foreign(Finding::Copied { of: mark.books }),
        false => Standing::Moved(Mark { books: is, ..mark }),
    }
}

/// Whether the books that a mark names have their own mark still. One folder may be reached by two names: then it is the same file.
fn is_still_there(mark: &Mark, here: &Path) -> bool {
    let there = Path::new(&mark.books);
    let number = |books: &Path| std::fs::metadata(mark_of(books)).ok().map(|file| (file.dev(), file.ino()));
    read(there).is_some_and(|other| other.installation == mark.installation) && there.exists() && number(there) != number(here)
}

/// The mark beside books.
pub fn mark_of(books: &Path) -> PathBuf {
    let mut name = books.as_os_str().to_owned();
    name.push(".installation");
    PathBuf::from(name)
}

/// The books' place by its whole name.
fn place(books: &Path) -> String {
    std::fs::canonicalize(books).unwrap_or_else(|_| books.to_owned()).to_string_lossy().into_owned()
}

/// What lies there; a file that is no mark is none.
fn read(books: &Path) -> Option<Mark> {
    let mut text = String::new();
    File::open(mark_of(books)).ok()?.take(MARK_LEN_MAX).read_to_string(&mut text).ok()?;
    toml::from_str(&text).ok()
}

/// Written aside and renamed into place, so that nobody reads half of it.
fn write(books: &Path, mark: &Mark) -> Result<(), InstallationError> {
    let file = mark_of(books);
    let aside = file.with_extension("installation-new");
    let written = toml::to_string(mark).map_err(|error| io::Error::new(ErrorKind::InvalidData, error)).and_then(|text| {
        let mut new = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        new.write_all(MARK_HEAD.as_bytes())?;
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        std::fs::rename(&aside, &file)
    });
    written.map_err(|why| InstallationError::NotKept { file, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Books that were used here by `desk-1`.
    fn used(home: &Path) -> (PathBuf, Installation) {
        let books = home.join("books.sqlite");
        std::fs::write(&books, "").expect("room");
        write(&books, &Mark { installation: "a1".to_owned(), books: place(&books) }).expect("room");
        (books, Installation::File { id: "a1".to_owned(), host: "desk-1".to_owned() })
    }

    fn found(books: &Path, host: &str, kept: &Installation) -> Option<Finding> {
        match standing_of_file(books, host, Some(kept)) {
            Standing::Foreign(finding) => Some(finding),
            Standing::Nobodys | Standing::Ours | Standing::Moved(_) => None,
        }
    }

    #[test]
    fn at_home_nothing_is_asked() {
        let home = tempfile::tempdir().expect("a folder");
        let (books, kept) = used(home.path());
        assert!(matches!(standing_of_file(&books, "desk-1", Some(&kept)), Standing::Ours));
        assert_eq!(std::fs::metadata(mark_of(&books)).expect("a file").mode() & 0o077, 0);
    }

    #[test]
    fn a_moved_folder_is_still_ours_and_its_copy_is_not() {
        let home = tempfile::tempdir().expect("a folder");
        let (old, new) = (home.path().join("old"), home.path().join("new"));
        std::fs::create_dir(&old).expect("room");
        let (books, kept) = used(&old);
        std::fs::rename(&old, &new).expect("moved");
        let moved = new.join("books.sqlite");
        let Standing::Moved(mark) = standing_of_file(&moved, "desk-1", Some(&kept)) else { panic!("moved") };
        assert_eq!(mark.books, place(&moved));

        std::fs::create_dir(&old).expect("room");
        for name in ["books.sqlite", "books.sqlite.installation"] {
            std::fs::copy(new.join(name), old.join(name)).expect("copied");
        }
        let of = place(&books);
        assert_eq!(found(&moved, "desk-1", &kept), Some(Finding::Copied { of }), "as after `cp -r`");
    }

    #[test]
    fn one_folder_under_two_names_is_one() {
        let home = tempfile::tempdir().expect("a folder");
        let (books, kept) = used(home.path());
        let other = home.path().join("other.sqlite");
        std::fs::hard_link(&books, &other).expect("linked");
        std::fs::hard_link(mark_of(&books), mark_of(&other)).expect("linked");
        assert_eq!(found(&other, "desk-1", &kept), None);
    }

    #[test]
    fn another_host_a_lost_mark_and_a_mark_of_others_are_asked_about() {
        let home = tempfile::tempdir().expect("a folder");
        let (books, kept) = used(home.path());
        let other_host = Finding::OtherHost { was: "desk-1".to_owned(), is: "desk-2".to_owned() };
        assert_eq!(found(&books, "desk-2", &kept), Some(other_host));
        let unmarked = Finding::Unmarked { mark: mark_of(&books).display().to_string() };
        let others = Installation::File { id: "b2".to_owned(), host: "desk-1".to_owned() };
        assert_eq!(found(&books, "desk-1", &others), Some(unmarked.clone()));
        for text in ["", "installation = 7", "\u{0}"] {
            std::fs::write(mark_of(&books), text).expect("ours");
            assert_eq!(found(&books, "desk-1", &kept), Some(unmarked.clone()), "{text:?}");
        }
        std::fs::remove_file(mark_of(&books)).expect("ours");
        assert_eq!(found(&books, "desk-1", &kept), Some(unmarked));
    }
}
