//! A parcel opened: small mail whole, large mail carved, none of it larger in memory than the remainder.
//!
//! Carving writes to the disk, so whatever must leave nothing there is told apart before: [`beginning`] gives the header, which says
//! whether a mail is private, and [`identity`] says which mail it is without keeping anything of it.

use crate::flow::leaves::Store;
use crate::link;
use crate::mailbox::{MaildirError, Parcel};
use crate::parse;
use crate::parse::carve::{Carved, LeafWriter, Limits, carve};
use std::io::{self, Read};
use std::path::PathBuf;

/// So much of a mail is read to know whose it is; headers are seldom longer than a few kilobytes.
pub const BEGINNING_LEN_MAX: usize = 256 * 1024;

/// Why a parcel could not be opened. All of them may be better at the next look.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Mailbox(#[from] MaildirError),
    #[error("a large attachment cannot be written to {folder} ({source}); free space or give the user that runs Tradepost write access")]
    Files { folder: PathBuf, source: io::Error },
}

impl OpenError {
    /// What happened, for logs: they hold no paths.
    pub fn kind(&self) -> String {
        match self {
            Self::Mailbox(error) => error.kind(),
            Self::Files { source, .. } => format!("a large attachment cannot be kept: {}", source.kind()),
        }
    }
}

/// Opens a parcel. A mail over 8 MB has its large parts written to `files`, safe on the disk when this returns; of any other the
/// remainder is the mail and there are no leaves. Blocks on the disk, and computes: a job for a thread beside the runtime.
pub fn open(parcel: &Parcel, files: &Store) -> Result<Carved, OpenError> {
    let mut mail = parcel.stream()?;
    let mut writer = files.writer();
    match carve(&mut mail, &mut writer, &Limits::default()) {
        Ok(carved) => Ok(carved),
        Err(source) => Err(match writer.into_fault() {
            Some(source) => OpenError::Files { folder: files.folder().to_owned(), source },
            None => unreadable(source).into(),
        }),
    }
}

/// The first bytes of a mail that is longer than they are; `None` of a shorter one, which [`open`] takes into memory and nowhere else.
pub fn beginning(parcel: &Parcel) -> Result<Option<Vec<u8>>, OpenError> {
    let mut head = Vec::new();
    let len_max = u64::try_from(BEGINNING_LEN_MAX).unwrap_or(u64::MAX);
    parcel.stream()?.take(len_max).read_to_end(&mut head).map_err(unreadable)?;
    Ok((head.len() == BEGINNING_LEN_MAX).then_some(head))
}

/// What the books would know a mail by. It is read to its end, and nothing of it is written.
pub fn identity(parcel: &Parcel) -> Result<[u8; 32], OpenError> {
    let carved = carve(&mut parcel.stream()?, &mut Nowhere, &Limits::default()).map_err(unreadable)?;
    Ok(link::identity(&parse::carved_letter(&carved)))
}

fn unreadable(source: io::Error) -> MaildirError {
    MaildirError::Unreadable { path: "mail".into(), source }
}

/// Leaves that are not kept.
struct Nowhere;

impl LeafWriter for Nowhere {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, _: &[u8; 32]) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, SeekFrom, Write};

    fn mail(line_end: &str) -> Vec<u8> {
        let data = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0".to_owned() + line_end;
        let head = ["From: a@b.example", "Message-ID: <1@b.example>", "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "Hello"];
        let part = ["", "--b", "Content-Type: application/pdf; name=a.pdf", "Content-Transfer-Encoding: base64", "", ""];
        [head.join(line_end), part.join(line_end), data.repeat(120_000), format!("--b--{line_end}")].concat().into_bytes()
    }

    #[test]
    fn one_mail_has_one_identity_through_whatever_door_it_comes() {
        let home = tempfile::tempdir().expect("a folder");
        for line_end in ["\n", "\r\n"] {
            let whole = mail(line_end);
            let mut spool = tempfile::tempfile().expect("a file");
            spool.write_all(&whole).expect("room");
            spool.seek(SeekFrom::Start(0)).expect("a file");
            for parcel in [Parcel::Bytes(whole.clone()), Parcel::Spooled { file: spool, len: whole.len() as u64 }] {
                let files = Store::new(tempfile::tempdir_in(home.path()).expect("room").path().join("files"));
                let before = identity(&parcel).expect("readable");
                assert!(!files.folder().exists(), "asking who it is writes nothing");
                let carved = open(&parcel, &files).expect("room");
                assert_eq!(carved.leaves.len(), 1);
                assert!(carved.remainder.len() < 32 * 1024);
                let letter = parse::carved_letter(&carved);
                assert_eq!(letter, parse::letter(&whole));
                assert_eq!(link::identity(&letter), link::identity(&parse::letter(&mail("\n"))));
                assert_eq!(link::identity(&letter), before);
            }
        }
    }
}
