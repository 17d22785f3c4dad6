//! The tar archive of a backup, written and read in one stream. What is read may be anything: every part is looked at by name, kind and
//! size before its bytes are, and extensions of the format that could name other files are refused.

use super::manifest::{Manifest, Part, hex, of_hex};
use crate::types::Moment;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Write};

const BOOKS: &str = "books.sqlite";
const ATTACHMENTS: &str = "attachments/";
const MANIFEST: &str = "manifest.json";
/// The manifest's own hash, as `sha256sum` writes and checks it.
const MANIFEST_SUM: &str = "manifest.sha256";
/// A manifest has about a hundred bytes for each attachment.
const MANIFEST_LEN_MAX: u64 = 256 << 20;
const BUFFER_LEN: usize = 256 * 1024;

/// Writes a backup.
pub struct Writer<W: Write> {
    tar: tar::Builder<W>,
    at: Moment,
}

/// Why a backup cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unsound {
    #[error("it is no backup")]
    NotABackup,
    #[error("{part} is not as it was")]
    Damaged { part: String },
    #[error(transparent)]
    Unreadable(io::Error),
    /// Whoever takes the parts could not.
    #[error(transparent)]
    NotTaken(io::Error),
}

/// What one reading found.
#[derive(Debug)]
pub struct Found {
    pub manifest: Manifest,
    /// The attachments that are in it and sound.
    pub attachments: HashSet<[u8; 32]>,
}

/// Takes the parts of a backup as they come; what it does with them must be undone when the end is not sound.
pub trait Taking {
    /// The books begin.
    fn begin_books(&mut self) -> io::Result<()>;
    /// An attachment begins.
    fn begin_attachment(&mut self) -> io::Result<()>;
    /// Some of what has begun.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// It has ended, and is what its name says.
    fn end(&mut self, sha256: &[u8; 32]) -> io::Result<()>;
}

impl<W: Write> Writer<W> {
    /// Nothing is written yet; `at` is the date of all parts.
    pub fn new(to: W, at: Moment) -> Self {
        Self { tar: tar::Builder::new(to), at }
    }

    /// Adds the books.
    pub fn add_books(&mut self, books: File) -> io::Result<Part> {
        match self.add_file(BOOKS, books)? {
            (_, _, Some(fault)) => Err(fault),
            (sha256, size, None) => Ok(Part { sha256: hex(&sha256), size }),
        }
    }

    /// Adds an attachment; `false` when its bytes are not those that its name promises.
    pub fn add_attachment(&mut self, name: &[u8; 32], file: File) -> io::Result<(Part, bool)> {
        let (sha256, size, fault) = self.add_file(&format!("{ATTACHMENTS}{}", hex(name)), file)?;
        Ok((Part { sha256: hex(name), size }, fault.is_none() && sha256 == *name))
    }

    /// Adds the manifest and its hash, and ends the archive.
    pub fn end(mut self, manifest: &Manifest) -> io::Result<W> {
        let json = manifest.to_json()?;
        let (sha256, _) = self.add(MANIFEST, json.len() as u64, json.as_slice())?;
        let sum = sum_of(&sha256);
        self.add(MANIFEST_SUM, sum.len() as u64, sum.as_bytes())?;
        self.tar.into_inner()
    }

    fn add_file(&mut self, name: &str, file: File) -> io::Result<([u8; 32], u64, Option<io::Error>)> {
        let size = file.metadata()?.len();
        let (sha256, fault) = self.add(name, size, BufReader::with_capacity(BUFFER_LEN, file))?;
        Ok((sha256, size, fault))
    }

    /// Adds a part; its hash, and why its bytes could not all be had.
    fn add(&mut self, name: &str, size: u64, bytes: impl Read) -> io::Result<([u8; 32], Option<io::Error>)> {
        let mut header = tar::Header::new_ustar();
        header.set_path(name)?;
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(self.at.0 / 1000).unwrap_or(0));
        header.set_cksum();
        let mut bytes = Measured { bytes, left: size, hash: Sha256::new(), fault: None };
        self.tar.append(&header, &mut bytes)?;
        Ok((bytes.hash.finalize().into(), bytes.fault))
    }
}

/// The line that tells the manifest's hash.
fn sum_of(sha256: &[u8; 32]) -> String {
    format!("{}  {MANIFEST}\n", hex(sha256))
}

/// Gives exactly as many bytes as the header says, and knows their hash. Zeros stand for what cannot be had, so that the parts behind it
/// are still where they should be.
struct Measured<R> {
    bytes: R,
    left: u64,
    hash: Sha256,
    fault: Option<io::Error>,
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let room = buffer.get_mut(..most).unwrap_or_default();
        let read = if self.fault.is_none() { self.bytes.read(room) } else { Ok(0) };
        let len = match read {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Err(error),
            Ok(len) if len > 0 || most == 0 => len,
            ended => {
                let shorter = || io::Error::new(ErrorKind::UnexpectedEof, "a file became shorter while it was read");
                self.fault = self.fault.take().or_else(|| Some(ended.err().unwrap_or_else(shorter)));
                room.fill(0);
                most
            }
        };
        self.left -= len as u64;
        self.hash.update(room.get(..len).unwrap_or_default());
        Ok(len)
    }
}

/// Reads a whole backup, hands its parts on, and says what it holds when all of it is as the manifest says.
pub fn read(file: File, taking: &mut impl Taking) -> Result<Found, Unsound> {
    let mut archive = tar::Archive::new(BufReader::with_capacity(BUFFER_LEN, file));
    let mut reading =
        Reading { part: String::new(), books: None, attachments: Vec::new(), spoilt: HashSet::new(), manifest: None, sum: None };
    // Raw: no entry may say of another what it is called, or how long it is.
    let entries = archive.entries().map_err(|error| reading.failed(error))?.raw(true);
    for entry in entries {
        let mut entry = entry.map_err(|error| reading.failed(error))?;
        reading.take(&mut entry, taking)?;
    }
    reading.end()
}

/// How far the reading has come.
struct Reading {
    /// The part that is read now.
    part: String,
    books: Option<Part>,
    attachments: Vec<([u8; 32], u64)>,
    /// Attachments whose bytes are not what their names promise.
    spoilt: HashSet<String>,
    manifest: Option<Manifest>,
    /// The line that must follow the manifest; empty once it was there.
    sum: Option<String>,
}

impl Reading {
    fn take<R: Read>(&mut self, entry: &mut tar::Entry<'_, R>, taking: &mut impl Taking) -> Result<(), Unsound> {
        let header = entry.header();
        let is_file = header.entry_type() == tar::EntryType::Regular;
        let name = header.path_bytes();
        let (name, size) = (std::str::from_utf8(&name).ok().filter(|_| is_file).map(str::to_owned), header.entry_size());
        let (Some(name), Ok(size)) = (name, size) else { return Err(self.unexpected()) };
        match name.strip_prefix(ATTACHMENTS).and_then(of_hex) {
            None if name == MANIFEST_SUM && self.sum.is_some() => {
                self.part = name;
                let sum = self.sum.take().unwrap_or_default();
                let line = self.text(entry, size, sum.len() as u64)?;
                if line == sum.as_bytes() { Ok(()) } else { Err(self.damaged_part(MANIFEST)) }
            }
            _ if self.manifest.is_some() => Err(self.unexpected()),
            None if name == BOOKS && self.books.is_none() => {
                self.part = name;
                taking.begin_books().map_err(Unsound::NotTaken)?;
                let sha256 = self.pass_on(entry, size, |bytes| taking.write(bytes))?;
                self.books = Some(Part { sha256: hex(&sha256), size });
                taking.end(&sha256).map_err(Unsound::NotTaken)
            }
            Some(promised) if self.books.is_some() && self.attachments.last().is_none_or(|(last, _)| *last < promised) => {
                self.part = name;
                self.attachments.push((promised, size));
                taking.begin_attachment().map_err(Unsound::NotTaken)?;
                let sha256 = self.pass_on(entry, size, |bytes| taking.write(bytes))?;
                if sha256 != promised {
                    self.spoilt.insert(hex(&promised));
                    return Ok(());
                }
                taking.end(&sha256).map_err(Unsound::NotTaken)
            }
            None if name == MANIFEST && self.books.is_some() => {
                self.part = name;
                let json = self.text(entry, size, MANIFEST_LEN_MAX)?;
                self.manifest = Some(Manifest::of_json(&json).ok_or(Unsound::NotABackup)?);
                self.sum = Some(sum_of(&Sha256::digest(&json).into()));
                Ok(())
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A part that is no longer than that, whole.
    fn text<R: Read>(&self, entry: &mut R, size: u64, len_max: u64) -> Result<Vec<u8>, Unsound> {
        let mut text = Vec::new();
        if size > len_max {
            return Err(self.damaged());
        }
        self.pass_on(entry, size, |bytes| text.write_all(bytes))?;
        Ok(text)
    }

    /// Reads a part to its end; its hash.
    fn pass_on<R: Read>(&self, entry: &mut R, size: u64, mut to: impl FnMut(&[u8]) -> io::Result<()>) -> Result<[u8; 32], Unsound> {
        let (mut hash, mut left, mut buffer) = (Sha256::new(), size, vec![0; BUFFER_LEN]);
        loop {
            let len = entry.read(&mut buffer).map_err(|error| self.failed(error))?;
            let bytes = buffer.get(..len).unwrap_or_default();
            hash.update(bytes);
            match left.checked_sub(len as u64) {
                Some(rest) if len > 0 => left = rest,
                Some(0) => return Ok(hash.finalize().into()),
                _ => return Err(self.damaged()),
            }
            to(bytes).map_err(Unsound::NotTaken)?;
        }
    }

    /// Everything the manifest lists is there, and nothing else.
    fn end(self) -> Result<Found, Unsound> {
        let (Some(manifest), Some(books), None) = (&self.manifest, &self.books, &self.sum) else {
            return Err(match &self.books {
                None => Unsound::NotABackup,
                Some(_) => self.damaged_part(MANIFEST),
            });
        };
        let part = |sha256: &str| Unsound::Damaged { part: format!("{ATTACHMENTS}{sha256}") };
        if manifest.books != *books {
            return Err(self.damaged_part(BOOKS));
        }
        let missing: HashSet<&str> = manifest.missing.iter().map(String::as_str).collect();
        if let Some(spoilt) = self.spoilt.iter().find(|sha256| !missing.contains(sha256.as_str())) {
            return Err(part(spoilt));
        }
        let sound = self.attachments.iter().map(|(sha256, size)| Part { sha256: hex(sha256), size: *size });
        let sound: Vec<Part> = sound.filter(|part| !self.spoilt.contains(&part.sha256)).collect();
        if let Some(missing) =
            manifest.attachments.iter().find(|listed| sound.binary_search_by(|there| there.sha256.cmp(&listed.sha256)).is_err())
        {
            return Err(part(&missing.sha256));
        }
        if sound != manifest.attachments {
            return Err(self.damaged_part(MANIFEST));
        }
        let attachments = self.attachments.iter().map(|(sha256, _)| *sha256).filter(|sha256| !self.spoilt.contains(&hex(sha256)));
        let attachments = attachments.collect();
        Ok(Found { attachments, manifest: self.manifest.ok_or(Unsound::NotABackup)? })
    }

    fn damaged(&self) -> Unsound {
        self.damaged_part(&self.part)
    }

    fn damaged_part(&self, part: &str) -> Unsound {
        Unsound::Damaged { part: part.to_owned() }
    }

    /// Before the books it is something else; after them a backup that is no longer what it was.
    fn unexpected(&self) -> Unsound {
        if self.books.is_none() { Unsound::NotABackup } else { self.damaged() }
    }

    fn failed(&self, error: io::Error) -> Unsound {
        // What comes from the disk has a number of the system's; the rest is the archive's own.
        if error.raw_os_error().is_some() { Unsound::Unreadable(error) } else { self.unexpected() }
    }
}
