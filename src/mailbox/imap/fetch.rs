//! Whole mails: small ones together, large ones in parts into a file without a name. What is in memory at a time is bounded,
//! whatever is asked for.

use super::look::SIZE_UNKNOWN;
use super::uids::{self, Batch};
use super::visit::ImapVisit;
use super::{Fetched, ImapError};
use crate::mailbox::{Entry, Parcel, UidSet};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

/// A larger mail comes in parts.
pub(super) const SMALL_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Small mails that come with one command.
const MAILS_AT_ONCE: usize = 200;
/// What one call keeps in memory; the rest waits on the disk.
const MEMORY_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// A part of a large mail.
pub(super) const PART_BYTES: u64 = 1024 * 1024;
/// No mail is larger; of one that is, this much is kept.
const MAIL_BYTES_MAX: u64 = 1024 * 1024 * 1024;

impl ImapVisit {
    /// Mails of a folder that was looked at in this visit, a parcel for each entry in its order.
    pub async fn fetch(&mut self, wire_name: &str, entries: &[Entry]) -> Result<Vec<Parcel>, ImapError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        self.reopen(wire_name).await?;
        let mut parcels: Vec<Parcel> = entries.iter().map(|_| Parcel::Missing).collect();
        let mut in_memory = 0;
        for batch in uids::batches(entries, SMALL_BYTES_MAX, SMALL_BYTES_MAX, MAILS_AT_ONCE) {
            match batch {
                Batch::InParts(at) => {
                    let parcel = self.spooled(entries.get(at)).await?;
                    place(&mut parcels, at, parcel);
                }
                Batch::Together(places) => {
                    let mut bodies = self.bodies(entries, &places).await?;
                    for at in places {
                        let Some(body) = entries.get(at).and_then(uid_of).and_then(|uid| bodies.remove(&uid)) else { continue };
                        in_memory += body.len() as u64;
                        let parcel = if in_memory > MEMORY_BYTES_MAX { self.laid_aside(body).await? } else { Parcel::Bytes(body) };
                        place(&mut parcels, at, parcel);
                    }
                }
            }
        }
        Ok(parcels)
    }

    /// Small mails with one command. A server that refuses them together may have one it cannot read: then each is asked for alone,
    /// and what is still refused while others are given is missing.
    async fn bodies(&mut self, entries: &[Entry], places: &[usize]) -> Result<HashMap<u32, Vec<u8>>, ImapError> {
        let uids: Vec<u32> = places.iter().filter_map(|at| entries.get(*at).and_then(uid_of)).collect();
        match self.bodies_of(&uids).await {
            Err(error) if is_refusal(&error) && uids.len() > 1 => self.bodies_one_by_one(&uids).await,
            fetched => fetched,
        }
    }

    async fn bodies_one_by_one(&mut self, uids: &[u32]) -> Result<HashMap<u32, Vec<u8>>, ImapError> {
        /// Refusals of one mail that are no passing weakness of the server.
        const REFUSALS_MAX: usize = 6;
        let (mut bodies, mut waiting, mut given) = (HashMap::new(), uids.to_vec(), 0);
        let mut why = None;
        for _ in 0..REFUSALS_MAX {
            for uid in std::mem::take(&mut waiting) {
                match self.bodies_of(&[uid]).await {
                    Ok(body) => {
                        given += 1;
                        bodies.extend(body);
                    }
                    Err(error) if is_refusal(&error) => {
                        waiting.push(uid);
                        why = Some(error);
                    }
                    Err(error) => return Err(error),
                }
            }
            // A server that refuses most of them is out of order as a whole.
            if waiting.len() > given {
                break;
            }
        }
        why.filter(|_| waiting.len() > given).map_or(Ok(bodies), Err)
    }

    async fn bodies_of(&mut self, uids: &[u32]) -> Result<HashMap<u32, Vec<u8>>, ImapError> {
        let set: UidSet = uids.iter().copied().collect();
        let mails = self.fetched(&set, "(UID BODY.PEEK[])").await?;
        let body = |mail: Fetched| Some((mail.uid, mail.body?));
        Ok(mails.into_iter().filter(|mail| set.contains(mail.uid)).filter_map(body).collect())
    }

    /// A large mail, part after part, into a file without a name.
    async fn spooled(&mut self, entry: Option<&Entry>) -> Result<Parcel, ImapError> {
        let Some((uid, size)) = entry.and_then(|entry| Some((uid_of(entry)?, entry.size))) else { return Ok(Parcel::Missing) };
        let mut spool = Spool::new(&self.mailbox.spool).await?;
        match self.in_parts(uid, size, async |part| spool.write(part).await).await? {
            Some(_) => spool.parcel().await,
            None => Ok(Parcel::Missing),
        }
    }

    async fn laid_aside(&self, body: Vec<u8>) -> Result<Parcel, ImapError> {
        let mut spool = Spool::new(&self.mailbox.spool).await?;
        spool.write(body).await?;
        spool.parcel().await
    }

    /// Size and SHA-256 of a mail as the server gives it; `None` when it is not there.
    pub(super) async fn content(&mut self, uid: u32, size: u64) -> Result<Option<(u64, [u8; 32])>, ImapError> {
        let mut hash = Sha256::new();
        let take = async |part: Vec<u8>| {
            hash.update(&part);
            Ok(())
        };
        let size = self.in_parts(uid, size, take).await?;
        Ok(size.map(|size| (size, hash.finalize().into())))
    }

    /// Hands a mail on in parts; how long it is, `None` when it is not there, or went half way.
    ///
    /// The end is a part that is short or missing behind as many bytes as were announced. Sizes are not always right: behind a short
    /// part that came too early the next one is asked for.
    async fn in_parts(
        &mut self,
        uid: u32,
        size: u64,
        mut take: impl AsyncFnMut(Vec<u8>) -> Result<(), ImapError>,
    ) -> Result<Option<u64>, ImapError> {
        let (mut len, mut was_short) = (0_u64, false);
        let size = Some(size).filter(|size| *size < SIZE_UNKNOWN);
        while len < MAIL_BYTES_MAX {
            let part = self.fetched(&uid.to_string(), &format!("(UID BODY.PEEK[]<{len}.{PART_BYTES}>)")).await?;
            let Some(part) = part.into_iter().find(|mail| mail.uid == uid).and_then(|mail| mail.body) else {
                let is_whole = len > 0 && (was_short || size.is_none_or(|size| len >= size));
                return Ok(is_whole.then_some(len));
            };
            let part_len = part.len() as u64;
            len += part_len;
            if part_len > 0 {
                take(part).await?;
            }
            was_short = part_len < PART_BYTES;
            // More than was asked for: the server knows no parts and gave all of it.
            if part_len == 0 || part_len > PART_BYTES || (was_short && size.is_some_and(|size| len >= size)) {
                break;
            }
        }
        Ok(Some(len))
    }
}

/// A file without a name, gone when it is closed, whoever closes it.
struct Spool {
    file: File,
    len: u64,
    folder: std::path::PathBuf,
}

impl Spool {
    async fn new(folder: &Path) -> Result<Self, ImapError> {
        let folder = folder.to_owned();
        let made = folder.clone();
        let made = beside(move || {
            std::fs::create_dir_all(&made)?;
            tempfile::tempfile_in(&made)
        });
        let file = made.await.map_err(|source| unwritable(&folder, source))?;
        Ok(Self { file, len: 0, folder })
    }

    async fn write(&mut self, part: Vec<u8>) -> Result<(), ImapError> {
        self.len += part.len() as u64;
        let file = self.file.try_clone();
        beside(move || file?.write_all(&part)).await.map_err(|source| unwritable(&self.folder, source))
    }

    async fn parcel(mut self) -> Result<Parcel, ImapError> {
        self.file.seek(SeekFrom::Start(0)).map_err(|source| unwritable(&self.folder, source))?;
        Ok(Parcel::Spooled { file: self.file, len: self.len })
    }
}

/// Disk work beside the runtime, so that a slow disk holds up nothing else.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|broken| Err(std::io::Error::other(broken)))
}

fn unwritable(folder: &Path, source: std::io::Error) -> ImapError {
    ImapError::Spool { path: folder.display().to_string(), source }
}

/// The server said no to this command, and listens to the next.
fn is_refusal(error: &ImapError) -> bool {
    matches!(error, ImapError::No { .. } | ImapError::Bad { .. })
}

fn place(parcels: &mut [Parcel], at: usize, parcel: Parcel) {
    if let Some(place) = parcels.get_mut(at) {
        *place = parcel;
    }
}

fn uid_of(entry: &Entry) -> Option<u32> {
    entry.place.parse().ok().filter(|uid| *uid > 0)
}
