//! A mail on its way from a mailbox to its reader.

use super::{Maildir, MaildirError};
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};

/// The bytes of a mail, or where they are.
#[derive(Debug)]
pub enum Parcel {
    Bytes(Vec<u8>),
    /// In a Maildir; read by whoever opens the parcel, so that reading happens on all cores.
    InMaildir {
        maildir: Maildir,
        wire_name: String,
        place: String,
    },
    /// A large mail, fetched in parts into a file without a name, which is gone when this is dropped.
    Spooled {
        file: File,
        len: u64,
    },
    /// The server listed the mail and did not give it: it was deleted meanwhile, or the server cannot read it.
    Missing,
}

impl Parcel {
    /// The bytes, at most `len_max` of them. Blocks on the disk.
    pub fn open(self, len_max: u64) -> Result<Vec<u8>, MaildirError> {
        match self {
            Parcel::Bytes(bytes) => Ok(bytes),
            Parcel::InMaildir { maildir, wire_name, place } => maildir.fetch(&wire_name, &place, len_max),
            Parcel::Spooled { file, .. } => {
                let mut bytes = Vec::new();
                let spool = |source| MaildirError::Unreadable { path: "spool".into(), source };
                file.take(len_max).read_to_end(&mut bytes).map_err(spool)?;
                Ok(bytes)
            }
            Parcel::Missing => Err(MaildirError::Gone { place: String::new() }),
        }
    }

    /// The bytes as a stream from the first, however many there are. Blocks on the disk.
    pub fn stream(&self) -> Result<Box<dyn Read + '_>, MaildirError> {
        match self {
            Parcel::Bytes(bytes) => Ok(Box::new(Cursor::new(bytes))),
            Parcel::InMaildir { maildir, wire_name, place } => Ok(Box::new(maildir.open(wire_name, place)?)),
            Parcel::Spooled { file, len } => {
                let spool = |source| MaildirError::Unreadable { path: "spool".into(), source };
                let mut file = file;
                file.seek(SeekFrom::Start(0)).map_err(spool)?;
                Ok(Box::new(file.take(*len)))
            }
            Parcel::Missing => Err(MaildirError::Gone { place: String::new() }),
        }
    }
}
