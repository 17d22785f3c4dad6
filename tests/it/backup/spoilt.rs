//! Files that are no backups any more, or never were: refused with a sentence, and nothing is changed.

use super::{large_inquiry, mails, receive, refused, said, snapshot};
use crate::support::daemon::Workplace;
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// A backup of four mails, one with a large attachment.
fn backup() -> (Workplace, Vec<u8>) {
    let office = Workplace::opened(&[]);
    (0..3).for_each(|number| receive(&office, number));
    office.deliver("sales", "1794790700.L1.mx", &large_inquiry(9).0);
    office.pass();
    said(&office, &["backup", "monday.tar"]);
    let bytes = fs::read(office.path("monday.tar")).expect("a backup");
    (office, bytes)
}

/// The parts of a backup, with where each begins and ends.
fn parts(bytes: &[u8]) -> Vec<(String, usize, usize)> {
    let mut archive = tar::Archive::new(bytes);
    let part = |entry: tar::Entry<'_, &[u8]>| {
        let begins = usize::try_from(entry.raw_file_position()).expect("small");
        let name = entry.path().expect("a name").display().to_string();
        (name, begins, begins + usize::try_from(entry.size()).expect("small"))
    };
    archive.entries().expect("an archive").map(|entry| part(entry.expect("an entry"))).collect()
}

/// What a restore of those bytes says; the folder is as before.
fn refusal(at: &Workplace, bytes: &[u8]) -> String {
    fs::write(at.path("tried.tar"), bytes).expect("room");
    let before = snapshot(&at.path(""));
    let error = refused(at, &["restore", "tried.tar", "--force"]);
    let mut after = snapshot(&at.path(""));
    let lock = at.path("books.sqlite.lock");
    after.insert(lock.clone(), before.get(&lock).cloned().expect("a lock"));
    assert!(after == before, "something was changed: {:?}", after.keys());
    error
}

#[test]
fn a_backup_that_is_cut_off_or_changed_anywhere_is_refused_and_nothing_is_changed() {
    let (office, whole) = backup();
    let parts = parts(&whole);
    let names: Vec<&str> = parts.iter().map(|(name, ..)| name.split('/').next().expect("a name")).collect();
    assert_eq!(names, ["books.sqlite", "attachments", "manifest.json", "manifest.sha256"]);
    for (name, begins, ends) in &parts {
        for cut in [begins - 512, begins - 100, *begins, (begins + ends) / 2, ends - 1] {
            let error = refusal(&office, whole.get(..cut).expect("inside"));
            let is_first = cut < 512;
            let wanted = if is_first { "tried.tar is no backup of Tradepost" } else { "tried.tar is damaged or cut off (" };
            assert!(error.starts_with(wanted), "{name} cut at {cut}: {error}");
        }
        // Of the manifest every byte: when and where it was made counts too.
        let step = if name == "manifest.json" { 1 } else { (ends - begins) / 3 };
        for at in (*begins..*ends).step_by(step).chain([ends - 1]) {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            let error = refusal(&office, &changed);
            assert!(error.starts_with("tried.tar is "), "{name} changed at {at}: {error}");
        }
        // In its header: the size, the name, the kind.
        for at in [begins - 512, begins - 512 + 124 + 9, begins - 512 + 156] {
            let mut changed = whole.clone();
            changed[at] ^= 0x01;
            let error = refusal(&office, &changed);
            assert!(error.starts_with("tried.tar is "), "{name} changed at {at}: {error}");
        }
    }
    assert_eq!(mails(&office).len(), 4);
    fs::write(office.path("tried.tar"), &whole).expect("room");
    said(&office, &["restore", "tried.tar", "--force"]);
}

#[test]
fn what_is_no_backup_is_not_taken_for_one() {
    let (office, whole) = backup();
    let archive = |entries: &[(&str, &[u8], tar::EntryType)]| {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes, kind) in entries {
            let mut header = tar::Header::new_gnu();
            header.as_gnu_mut().expect("gnu").name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(bytes.len() as u64);
            header.set_entry_type(*kind);
            header.set_cksum();
            builder.append(&header, *bytes).expect("memory");
        }
        builder.into_inner().expect("memory")
    };
    let books = fs::read(office.path("books.sqlite")).expect("books");
    let (file, long) = (tar::EntryType::Regular, tar::EntryType::GNULongName);
    for (what, bytes) in [
        ("nothing", Vec::new()),
        ("a letter", b"Dear Sirs".repeat(1_000)),
        ("zeros", vec![0; 10_000]),
        ("books alone", books.clone()),
        ("another archive", archive(&[("../../etc/passwd", b"root", file)])),
        ("a link", archive(&[("books.sqlite", b"", tar::EntryType::Symlink)])),
        ("a long name", archive(&[("././@LongLink", &b"x".repeat(100_000), long), ("books.sqlite", &books, file)])),
    ] {
        let error = refusal(&office, &bytes);
        assert!(error.starts_with("tried.tar is no backup of Tradepost, or one of a newer version."), "{what}: {error}");
    }
    let hash = "0".repeat(64);
    let attachment = format!("attachments/{hash}");
    for (what, bytes) in [
        ("a path behind the books", archive(&[("books.sqlite", &books, file), ("attachments/../x", b"x", file)])),
        ("books twice", archive(&[("books.sqlite", &books, file), ("books.sqlite", &books, file)])),
        ("an attachment twice", archive(&[("books.sqlite", &books, file), (&attachment, b"x", file), (&attachment, b"x", file)])),
        ("a device", archive(&[("books.sqlite", &books, file), (&attachment, b"", tar::EntryType::Char)])),
        ("no manifest", archive(&[("books.sqlite", &books, file)])),
        ("a manifest's hash alone", archive(&[("books.sqlite", &books, file), ("manifest.sha256", b"x", file)])),
    ] {
        let error = refusal(&office, &bytes);
        assert!(error.starts_with("tried.tar is damaged or cut off ("), "{what}: {error}");
    }
    let missing = refused(&office, &["restore", "sunday.tar", "--force"]);
    assert!(missing.starts_with("sunday.tar cannot be read: it is not there"), "{missing}");
    let folder = refused(&office, &["restore", "sales", "--force"]);
    assert!(folder.starts_with("sales cannot be read: "), "{folder}");
    drop(whole);
}

/// The backup with its books changed, and a manifest that says so.
async fn with_books_changed(whole: &[u8], sql: &'static str) -> Vec<u8> {
    let home = tempfile::tempdir().expect("a folder");
    let mut builder = tar::Builder::new(Vec::new());
    let (mut changed, mut sum) = ((String::new(), 0), String::new());
    for entry in tar::Archive::new(whole).entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").display().to_string();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("memory");
        if name == "books.sqlite" {
            bytes = changed_books(home.path(), &bytes, sql).await;
            let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            changed = (sha256, bytes.len());
        } else if name == "manifest.json" {
            let mut manifest: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
            manifest["books"] = serde_json::json!({ "sha256": changed.0, "size": changed.1 });
            bytes = serde_json::to_vec(&manifest).expect("JSON");
            sum = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        } else if name == "manifest.sha256" {
            bytes = format!("{sum}  manifest.json\n").into_bytes();
        }
        let mut header = entry.header().clone();
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, bytes.as_slice()).expect("memory");
    }
    builder.into_inner().expect("memory")
}

async fn changed_books(home: &Path, bytes: &[u8], sql: &'static str) -> Vec<u8> {
    let file = home.join("books.sqlite");
    fs::write(&file, bytes).expect("room");
    let options = SqliteConnectOptions::new().filename(&file).journal_mode(sqlx::sqlite::SqliteJournalMode::Delete);
    let mut books = options.connect().await.expect("books");
    sqlx::raw_sql(sql).execute(&mut books).await.expect("SQL of the test");
    books.close().await.expect("closed");
    let mut bytes = Vec::new();
    File::open(&file).expect("there").read_to_end(&mut bytes).expect("read");
    bytes
}

#[tokio::test]
async fn an_older_backup_is_brought_up_to_date_and_a_newer_one_is_refused() {
    let (office, whole) = backup();
    let newer = with_books_changed(&whole, "INSERT INTO schema_change VALUES (9999, '9999_later', 'x')").await;
    let error = refusal(&office, &newer);
    assert!(error.starts_with("tried.tar was made by a newer Tradepost (change 9999, this program knows "), "{error}");
    for (what, sql) in
        [("an edited change", "UPDATE schema_change SET checksum = 'x'"), ("a lost attachment", "UPDATE leaf SET sha256 = zeroblob(32)")]
    {
        let error = refusal(&office, &with_books_changed(&whole, sql).await);
        assert!(error.contains("is not the one this program knows") || error.starts_with("tried.tar is damaged"), "{what}: {error}");
    }
    let older = with_books_changed(&whole, "DELETE FROM schema_change WHERE number = 27; DROP INDEX act_claimed").await;
    fs::write(office.path("older.tar"), older).expect("room");
    let elsewhere = Workplace::new();
    said(&elsewhere, &["restore", &office.path("older.tar").display().to_string()]);
    assert_eq!(mails(&elsewhere), mails(&office));
    assert_eq!(
        fs::read_dir(elsewhere.path(""))
            .expect("a folder")
            .filter(|entry| { entry.as_ref().expect("an entry").file_name().to_string_lossy().contains(".before-") })
            .count(),
        0,
        "the backup itself is the copy from before"
    );
}
