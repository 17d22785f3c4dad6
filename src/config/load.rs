//! From a file to a configuration, or to all its faults.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use toml::de::DeTable;

use super::reader::{Page, Place};
use super::{Config, Fault, Problem};
use super::{mailboxes, policies, privacy, rules, sending, storage, team, templates, tracking};

/// No configuration is longer; a device named by mistake would be read for ever.
const FILE_LEN_MAX: u64 = 4 * 1024 * 1024;

/// Permission bits of the group and of all others.
const READ_BY_OTHERS: u32 = 0o044;
const WRITTEN_BY_OTHERS: u32 = 0o022;

pub(super) fn load(path: &Path) -> Result<Config, Vec<Fault>> {
    let (bytes, access) = bytes_and_access(path).map_err(|why| vec![Fault::new("", None, unreadable(&why))])?;
    let Ok(text) = String::from_utf8(bytes) else { return Err(vec![Fault::new("", None, Problem::NotUtf8)]) };
    // Paths stay right when the daemon changes its folder.
    let file = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    read(&text, &file, access)
}

/// Who may do what with a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access {
    mode: u32,
    owner: u32,
}

impl Access {
    /// Ours alone.
    pub(super) fn private() -> Self {
        Self { mode: 0o600, owner: our_user() }
    }
}

fn our_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Reads a configuration's text; `access` is that to its file.
pub(super) fn read(text: &str, file: &Path, access: Access) -> Result<Config, Vec<Fault>> {
    // Editors on Windows put a byte order mark in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let page = Page::new(text, file.parent().unwrap_or(Path::new("")));
    let table = match DeTable::parse_recoverable(text) {
        (table, errors) if errors.is_empty() => table,
        (_, errors) => {
            for error in errors {
                let line = error.span().map(|span| page.line(&span));
                page.fault(&Place { key: String::new(), line }, Problem::Syntax { why: error.message().to_owned() });
            }
            return Err(page.into_faults());
        }
    };
    let config = sections(&page, table.get_ref(), file);
    check_access(&page, access);
    let faults = page.into_faults();
    if faults.is_empty() { Ok(config) } else { Err(faults) }
}

fn sections(page: &Page, table: &DeTable<'_>, file: &Path) -> Config {
    let mut root = page.root(table);
    let team = team::read(root.section("team"));
    let policies = policies::read(root.section("policies"));
    let sending = sending::read(root.section("sending"), &team.team);
    let usual = mailboxes::Usual { mode: policies.policies.mode, sending: sending.as_ref() };
    let mailboxes = mailboxes::read(root.sections("mailboxes", mailboxes::EXAMPLE), &team, &usual);
    let can_send = sending.is_some() || mailboxes.iter().any(|mailbox| mailbox.sending.is_some());
    policies.check_answers(page, &mailboxes, can_send);
    let config = Config {
        file: file.to_owned(),
        team: team.team,
        mailboxes,
        sending,
        storage: storage::read(root.section("storage")),
        policies: policies.policies,
        privacy: privacy::read(root.section("privacy")),
        tracking: tracking::read(root.section("tracking")),
        rules: rules::read(root.section("rules")),
        templates: templates::read(root.section("templates")),
    };
    root.close();
    config
}

/// Who may read secrets, and who may choose what we run.
fn check_access(page: &Page, Access { mode, owner }: Access) {
    let whole_file = Place { key: String::new(), line: None };
    if page.holds_secrets.get() && mode & READ_BY_OTHERS != 0 {
        page.fault(&whole_file, Problem::ReadableByOthers { mode: mode & 0o777 });
    }
    if page.names_commands.get() && mode & WRITTEN_BY_OTHERS != 0 {
        page.fault(&whole_file, Problem::WritableByOthers { mode: mode & 0o777 });
    }
    // The superuser may write everything anyway; any other owner would run programs as us.
    if page.names_commands.get() && owner != our_user() && owner != 0 {
        page.fault(&whole_file, Problem::OwnedByAnother { owner });
    }
}

/// The file's bytes, and who may do what with the very file they came from.
fn bytes_and_access(path: &Path) -> std::io::Result<(Vec<u8>, Access)> {
    let file = File::open(path)?;
    let found = file.metadata()?;
    let access = Access { mode: found.mode(), owner: found.uid() };
    let mut bytes = Vec::new();
    file.take(FILE_LEN_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_LEN_MAX {
        return Err(std::io::Error::new(ErrorKind::FileTooLarge, "it is larger than 4 MB"));
    }
    Ok((bytes, access))
}

fn unreadable(why: &std::io::Error) -> Problem {
    match why.kind() {
        ErrorKind::NotFound => Problem::NoFile,
        ErrorKind::PermissionDenied => Problem::NotAllowed,
        _ => Problem::Unreadable { why: why.to_string() },
    }
}
