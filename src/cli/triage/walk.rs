//! Which messages lie below a path.

use super::mbox::Messages;
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders within folders; deeper ones are left alone.
const DEPTH_MAX: usize = 64;

/// Something to read.
#[derive(Debug)]
pub(in crate::cli) enum Source {
    /// One message.
    File(PathBuf),
    /// One message of a file of messages (RFC 4155), `path#n`; only a name ending in `.mbox` makes a file one.
    Message {
        path: String,
        bytes: Vec<u8>,
    },
    StandardInput,
    Unreadable {
        path: PathBuf,
        error: io::Error,
    },
}

impl Source {
    /// Bytes of mail it holds in memory.
    pub(in crate::cli) fn held(&self) -> usize {
        match self {
            Source::Message { bytes, .. } => bytes.len(),
            Source::File(_) | Source::StandardInput | Source::Unreadable { .. } => 0,
        }
    }
}

/// The messages below a path: a file whatever its ending; of a folder every Maildir below it and every `*.eml`; `-` is standard
/// input. Folders are walked lazily, so that a huge archive starts at once.
pub(in crate::cli) fn sources(path: &Path) -> Box<dyn Iterator<Item = Source>> {
    if path == Path::new("-") {
        return Box::new(std::iter::once(Source::StandardInput));
    }
    match fs::metadata(path) {
        Ok(facts) if facts.is_dir() => Box::new(Walk::new(path)),
        Ok(_) if has_ending(path, "mbox") => mbox(path),
        Ok(_) => Box::new(std::iter::once(Source::File(path.to_owned()))),
        Err(error) => Box::new(std::iter::once(Source::Unreadable { path: path.to_owned(), error })),
    }
}

fn mbox(path: &Path) -> Box<dyn Iterator<Item = Source>> {
    let path = path.to_owned();
    let file = match fs::File::open(&path) {
        Ok(file) => file,
        Err(error) => return Box::new(std::iter::once(Source::Unreadable { path, error })),
    };
    Box::new(Messages::new(io::BufReader::new(file)).enumerate().map(move |(n, message)| match message {
        Ok(bytes) => Source::Message { path: format!("{}#{}", path.to_string_lossy(), n + 1), bytes },
        Err(error) => Source::Unreadable { path: path.clone(), error },
    }))
}

struct Walk {
    waiting: Vec<(PathBuf, usize)>,
    found: VecDeque<Source>,
}

impl Walk {
    fn new(root: &Path) -> Self {
        Self { waiting: vec![(root.to_owned(), 0)], found: VecDeque::new() }
    }

    /// Lists one folder: its messages are found, its folders wait.
    fn list(&mut self, folder: PathBuf, depth: usize) {
        let mut names: Vec<fs::DirEntry> = match fs::read_dir(&folder) {
            Ok(entries) => entries.filter_map(Result::ok).collect(),
            Err(error) => {
                self.found.push_back(Source::Unreadable { path: folder, error });
                return;
            }
        };
        names.sort_by_key(fs::DirEntry::file_name);
        let is_mail_shelf = is_shelf(&folder);
        let mut below = Vec::new();
        for entry in names {
            let path = entry.path();
            // A link to a folder may lead in a circle; a link to a file is read.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder {
                let is_unfinished = entry.file_name() == "tmp" && is_maildir(&folder);
                if depth < DEPTH_MAX && !is_unfinished {
                    below.push((path, depth + 1));
                }
            } else if path.is_file() {
                let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
                if has_ending(&path, "eml") || (is_mail_shelf && !is_hidden) {
                    self.found.push_back(Source::File(path));
                }
            }
        }
        self.waiting.extend(below.into_iter().rev());
    }
}

impl Iterator for Walk {
    type Item = Source;

    fn next(&mut self) -> Option<Source> {
        loop {
            if let Some(source) = self.found.pop_front() {
                return Some(source);
            }
            let (folder, depth) = self.waiting.pop()?;
            self.list(folder, depth);
        }
    }
}

/// `cur` or `new` of a Maildir.
fn is_shelf(folder: &Path) -> bool {
    let is_named = folder.file_name().is_some_and(|name| name == "cur" || name == "new");
    is_named && folder.parent().is_some_and(is_maildir)
}

fn is_maildir(folder: &Path) -> bool {
    folder.join("cur").is_dir() && folder.join("new").is_dir()
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(root: &Path) -> Vec<String> {
        let name = |source| match source {
            Source::File(path) => path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned(),
            other => format!("{other:?}"),
        };
        sources(root).map(name).collect()
    }

    #[test]
    fn a_folder_gives_its_maildirs_and_its_eml_files_and_nothing_else() {
        let home = tempfile::tempdir().expect("a temporary folder");
        for file in [
            "notes.txt",
            "a.eml",
            "box.mbox",
            "Maildir/cur/1.x:2,S",
            "Maildir/new/2.x",
            "Maildir/tmp/3.x",
            "Maildir/.Sent/cur/4.x:2,S",
            "Maildir/.Sent/new/.hidden",
            "Maildir/dovecot.index",
            "deep/er/B.EML",
        ] {
            let path = home.path().join(file);
            fs::create_dir_all(path.parent().expect("it has one")).expect("made");
            fs::write(path, "x").expect("written");
        }
        assert_eq!(found(home.path()), ["a.eml", "Maildir/.Sent/cur/4.x:2,S", "Maildir/cur/1.x:2,S", "Maildir/new/2.x", "deep/er/B.EML"]);
    }

    #[test]
    fn a_path_that_is_not_there_is_said_and_stops_nothing() {
        assert!(matches!(sources(Path::new("/nowhere/at/all")).next(), Some(Source::Unreadable { .. })));
    }
}
