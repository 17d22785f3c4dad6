//! A parcel opened: small mail whole, large mail carved, none of it larger in memory than the remainder.

use crate::flow::leaves::Store;
use crate::mailbox::{MaildirError, Parcel};
use crate::parse::carve::{Carved, Limits, carve};
use std::io;
use std::path::PathBuf;

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
pub fn open(parcel: Parcel, files: &Store) -> Result<Carved, OpenError> {
    let mut mail = parcel.stream()?;
    let mut writer = files.writer();
    match carve(&mut mail, &mut writer, &Limits::default()) {
        Ok(carved) => Ok(carved),
        Err(source) => Err(match writer.into_fault() {
            Some(source) => OpenError::Files { folder: files.folder().to_owned(), source },
            None => MaildirError::Unreadable { path: "mail".into(), source }.into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link;
    use crate::parse;
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
        let files = Store::new(home.path().join("files"));
        for line_end in ["\n", "\r\n"] {
            let whole = mail(line_end);
            let mut spool = tempfile::tempfile().expect("a file");
            spool.write_all(&whole).expect("room");
            spool.seek(SeekFrom::Start(0)).expect("a file");
            for parcel in [Parcel::Bytes(whole.clone()), Parcel::Spooled { file: spool, len: whole.len() as u64 }] {
                let carved = open(parcel, &files).expect("room");
                assert_eq!(carved.leaves.len(), 1);
                assert!(carved.remainder.len() < 32 * 1024);
                let letter = parse::carved_letter(&carved);
                assert_eq!(letter, parse::letter(&whole));
                assert_eq!(link::identity(&letter), link::identity(&parse::letter(&mail("\n"))));
            }
        }
    }
}
