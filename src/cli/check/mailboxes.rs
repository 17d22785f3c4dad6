//! What `check` says of a mailbox: is it there, may we read and write it, which folders are recognised.

use crate::cli::reasons;
use std::path::Path;

use rustix::fs::Access;

use crate::config::{Door, Mailbox, Mode, NamedSecret};

use super::{Area, Beyond, CheckRow, FoldersFound, Words, departure, known, sections, servers};

/// What makes a folder a Maildir.
const PARTS: [&str; 3] = ["cur", "new", "tmp"];

pub(super) fn rows(
    mailbox: &Mailbox,
    secrets: &[NamedSecret<'_>],
    words: &Words,
    folders: &dyn Fn(&Mailbox) -> anyhow::Result<FoldersFound>,
    beyond: &Beyond,
) -> Vec<CheckRow> {
    let mut area = Area::new(words, words.say("area.mailbox", &[("name", &mailbox.name)]));
    let (address, mode) = (&mailbox.address, mailbox.mode.name());
    match &mailbox.owner {
        Some(owner) => area.ok("check.mailbox", &[("address", address), ("owner", owner), ("mode", &mode)]),
        None => area.ok("check.mailbox_of_nobody", &[("address", address), ("mode", &mode)]),
    }
    secrets.iter().for_each(|named| sections::expiry(named, beyond.now, &mut area));
    match &mailbox.door {
        Door::Imap(imap) => servers::rows(mailbox, imap, beyond, &mut area),
        Door::Maildir(_) => {
            if maildir(mailbox, &mut area) {
                match folders(mailbox) {
                    Ok(found) => {
                        recognised(&found, &mut area);
                        area.warn_of_unmatched(&found.unmatched);
                    }
                    Err(why) => {
                        let why = format!("{why:#}");
                        let folder = mailbox.maildir().unwrap_or(Path::new("")).display();
                        area.fault("check.folders_failed", "check.folders_failed_do", &[("why", &why), ("folder", &folder)]);
                    }
                }
            }
        }
    }
    departure::rows(mailbox, beyond, &mut area);
    if let Some(known) = beyond.in_books.get(&mailbox.name) {
        known::in_books(known, &mut area);
    }
    area.rows
}

/// Whether the Maildir can be read.
fn maildir(mailbox: &Mailbox, area: &mut Area<'_>) -> bool {
    let folder = mailbox.maildir().unwrap_or(Path::new(""));
    let shown = folder.display();
    let unreadable = |area: &mut Area<'_>, why: &std::io::Error| {
        let user = std::env::var("USER").unwrap_or_else(|_| "USER".to_owned());
        let values: [(&str, &dyn std::fmt::Display); 3] = [("folder", &shown), ("why", &reasons::system(why, area.words)), ("user", &user)];
        area.fault("check.maildir_unreadable", "check.maildir_unreadable_do", &values);
        false
    };
    let missing: Vec<&str> = match std::fs::metadata(folder) {
        Ok(_) => PARTS.into_iter().filter(|part| !folder.join(part).is_dir()).collect(),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            let [cur, new, tmp] = PARTS.map(|part| quoted(&folder.join(part)));
            let values: [(&str, &dyn std::fmt::Display); 4] = [("folder", &shown), ("cur", &cur), ("new", &new), ("tmp", &tmp)];
            area.fault("check.no_maildir", "check.no_maildir_do", &values);
            return false;
        }
        Err(why) => return unreadable(area, &why),
    };
    // Without the right to look inside, every part seems to be missing.
    if let Err(why) = std::fs::read_dir(folder)
        && why.kind() == std::io::ErrorKind::PermissionDenied
    {
        return unreadable(area, &why);
    }
    if !missing.is_empty() {
        let missing = area.words.list(missing);
        area.fault("check.not_a_maildir", "check.not_a_maildir_do", &[("folder", &shown), ("missing", &missing)]);
        return false;
    }
    let unlisted = PARTS.into_iter().find_map(|part| std::fs::read_dir(folder.join(part)).err());
    if let Some(why) = unlisted {
        return unreadable(area, &why);
    }
    let writable = PARTS.iter().all(|part| may_write(&folder.join(part)));
    match (writable, mailbox.mode) {
        (true, _) => area.ok("check.maildir_writable", &[("folder", &shown)]),
        (false, Mode::Observe) => area.ok("check.maildir", &[("folder", &shown)]),
        (false, Mode::Draft | Mode::Full) => {
            area.fault("check.maildir_unwritable", "check.maildir_unwritable_do", &[("folder", &shown)]);
        }
    }
    true
}

/// Asked of the system, so that nothing is written to find out.
fn may_write(folder: &Path) -> bool {
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn recognised(found: &FoldersFound, area: &mut Area<'_>) {
    let folders = [("Drafts", "drafts", &found.drafts), ("Sent", "sent", &found.sent), ("Junk", "junk", &found.junk)];
    for (role, key, name) in folders {
        match name {
            Some(name) => area.ok("check.folder_found", &[("role", &role), ("name", name)]),
            None => {
                area.warn("check.folder_missing", "check.folder_missing_do", &[("role", &role), ("key", &key)]);
            }
        }
    }
}
