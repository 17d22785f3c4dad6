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
pub(super) const SMALL_BYTES_MAX: u64 = 512 * 1024;
/// Small mails that come with one command have no more together.
const TOGETHER_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// Small mails that come with one command.
const MAILS_AT_ONCE: usize = 200;
/// What one call keeps in memory; the rest waits on the disk.
const MEMORY_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// A part of a large mail. What is on its way is in memory, for each mailbox.
pub(super) const PART_BYTES: u64 = 512 * 1024;
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
        let (mut in_memory, mut refusals) = (0, Refusals::default());
        for batch in uids::batches(entries, SMALL_BYTES_MAX, TOGETHER_BYTES_MAX, MAILS_AT_ONCE) {
            match batch {
                Batch::InParts(at) => {
                    let parcel = self.spooled(entries.get(at), &mut refusals).await?;
                    place(&mut parcels, at, parcel);
                }
                Batch::Together(places) => {
                    let mut bodies = self.bodies(entries, &places, &mut refusals).await?;
                    for at in places {
                        let Some(body) = entries.get(at).and_then(|entry| body_of(entry, &mut bodies)) else { continue };
                        in_memory += body.len() as u64;
                        let parcel = if in_memory > MEMORY_BYTES_MAX { self.laid_aside(body).await? } else { Parcel::Bytes(body) };
                        place(&mut parcels, at, parcel);
                    }
                }
            }
        }
        refusals.judge(parcels.iter().filter(|parcel| !matches!(parcel, Parcel::Missing)).count())?;
        Ok(parcels)
    }

    /// Small mails with one command. A server that refuses may do so because a mail went meanwhile (RFC 2180 §4.1): then the others
    /// are asked for again. Or it has one that it cannot read: then each is asked for alone.
    async fn bodies(&mut self, entries: &[Entry], places: &[usize], refusals: &mut Refusals) -> Result<HashMap<u32, Vec<u8>>, ImapError> {
        let asked = || places.iter().filter_map(|at| entries.get(*at));
        let mut wanted: Vec<u32> = asked().filter_map(uid_of).collect();
        let bytes = asked().map(|entry| entry.size).sum();
        let mut bodies = HashMap::new();
        while !wanted.is_empty() {
            match self.add_bodies(&wanted, bytes, &mut bodies).await {
                Err(error) if is_refusal(&error) => {}
                ended => return ended.map(|()| bodies),
            }
            // What came before the refusal is whole.
            wanted.retain(|uid| !bodies.contains_key(uid));
            let there = self.still_there(&wanted).await?;
            if there.len() == wanted.len() {
                self.add_one_by_one(wanted, &mut bodies, refusals).await?;
                break;
            }
            wanted = there;
        }
        Ok(bodies)
    }

    async fn add_one_by_one(
        &mut self,
        mut waiting: Vec<u32>,
        bodies: &mut HashMap<u32, Vec<u8>>,
        refusals: &mut Refusals,
    ) -> Result<(), ImapError> {
        /// Refusals of one mail that are no passing weakness of the server.
        const REFUSALS_MAX: usize = 6;
        let mut why = None;
        for _ in 0..REFUSALS_MAX {
            for uid in std::mem::take(&mut waiting) {
                match self.add_bodies(&[uid], SMALL_BYTES_MAX, bodies).await {
                    Err(error) if is_refusal(&error) => {
                        waiting.push(uid);
                        why = Some(error);
                    }
                    ended => ended?,
                }
            }
            // Asking again is for servers that mostly give.
            if waiting.len() > bodies.len() {
                break;
            }
        }
        refusals.note(waiting.len(), why);
        Ok(())
    }

    /// Adds what the server gives, about so many bytes; also when it refuses in the end.
    async fn add_bodies(&mut self, uids: &[u32], bytes: u64, bodies: &mut HashMap<u32, Vec<u8>>) -> Result<(), ImapError> {
        let set: UidSet = uids.iter().copied().collect();
        let add = |mail: Fetched| bodies.extend(mail.body.filter(|_| set.contains(mail.uid)).map(|body| (mail.uid, body)));
        let deadline = self.mailbox.deadlines.of_mails(uids.len(), bytes);
        self.connection.uid_fetch_within(deadline, &set, "(UID BODY.PEEK[])", add).await.map(|_| ())
    }

    /// Those of some mails that lie there, as the folder is now.
    async fn still_there(&mut self, uids: &[u32]) -> Result<Vec<u32>, ImapError> {
        let open = self.open.clone().ok_or(ImapError::MadeAnew)?;
        if uids.is_empty() || self.examine_again(&open).await?.messages == 0 {
            return Ok(Vec::new());
        }
        let mut there = UidSet::default();
        for set in uids::sets(uids) {
            for mail in self.fetched(&set, "(UID)").await? {
                there.insert(mail.uid);
            }
        }
        Ok(uids.iter().copied().filter(|uid| there.contains(*uid)).collect())
    }

    /// A large mail, part after part, into a file without a name.
    async fn spooled(&mut self, entry: Option<&Entry>, refusals: &mut Refusals) -> Result<Parcel, ImapError> {
        let Some((uid, size)) = entry.and_then(|entry| Some((uid_of(entry)?, entry.size))) else { return Ok(Parcel::Missing) };
        let mut spool = Spool::new(&self.mailbox.spool).await?;
        match self.in_parts(uid, size, async |part| spool.write(part).await).await {
            // No part told that it was the last, nor did a size: it may have gone half way.
            Ok(Some(len)) if size >= SIZE_UNKNOWN && len % PART_BYTES == 0 && self.still_there(&[uid]).await?.is_empty() => {
                Ok(Parcel::Missing)
            }
            Ok(Some(_)) => spool.parcel().await,
            Ok(None) => Ok(Parcel::Missing),
            Err(error) if is_refusal(&error) => {
                refusals.note(self.still_there(&[uid]).await?.len(), Some(error));
                Ok(Parcel::Missing)
            }
            Err(error) => Err(error),
        }
    }

    /// What a FETCH of one part gives.
    async fn fetched_part(&mut self, uid: &str, items: &str) -> Result<Vec<Fetched>, ImapError> {
        let (deadline, mut mails) = (self.mailbox.deadlines.of_mails(1, PART_BYTES), Vec::new());
        self.connection.uid_fetch_within(deadline, uid, items, |mail| mails.push(mail)).await?;
        Ok(mails)
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
    pub(super) async fn in_parts(
        &mut self,
        uid: u32,
        size: u64,
        mut take: impl AsyncFnMut(Vec<u8>) -> Result<(), ImapError>,
    ) -> Result<Option<u64>, ImapError> {
        let (mut len, mut was_short, mut is_empty) = (0_u64, false, false);
        let size = Some(size).filter(|size| *size < SIZE_UNKNOWN);
        while len < MAIL_BYTES_MAX {
            let part = self.fetched_part(&uid.to_string(), &format!("(UID BODY.PEEK[]<{len}.{PART_BYTES}>)")).await?;
            let Some(part) = part.into_iter().find(|mail| mail.uid == uid).and_then(|mail| mail.body) else { break };
            let part_len = part.len() as u64;
            if part_len == 0 {
                is_empty = size == Some(0);
                break;
            }
            len += part_len;
            take(part).await?;
            was_short = part_len < PART_BYTES;
            // More than was asked for: the server knows no parts and gave all of it.
            if part_len > PART_BYTES || (was_short && size.is_some_and(|size| len >= size)) {
                return Ok(Some(len));
            }
        }
        // No part, or an empty one: so servers give what lies behind the end, and a mail that went meanwhile (RFC 2180 §4.1).
        let is_whole = was_short || len >= size.unwrap_or(0).min(MAIL_BYTES_MAX);
        Ok(is_whole.then_some(len).filter(|len| *len > 0 || is_empty))
    }
}

/// Mails that lie there and that the server does not give.
#[derive(Default)]
struct Refusals {
    count: usize,
    why: Option<ImapError>,
}

impl Refusals {
    fn note(&mut self, count: usize, why: Option<ImapError>) {
        self.count += count;
        self.why = self.why.take().or(why);
    }

    /// One mail that cannot be read holds up no other; a server that refuses more than it gives is out of order as a whole.
    fn judge(self, given: usize) -> Result<(), ImapError> {
        self.why.filter(|_| self.count > given).map_or(Ok(()), Err)
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

/// The text of a mail. Some servers give an empty one for a mail that went meanwhile (RFC 2180 §4.1).
fn body_of(entry: &Entry, bodies: &mut HashMap<u32, Vec<u8>>) -> Option<Vec<u8>> {
    bodies.remove(&uid_of(entry)?).filter(|body| !body.is_empty() || entry.size == 0)
}

fn uid_of(entry: &Entry) -> Option<u32> {
    entry.place.parse().ok().filter(|uid| *uid > 0)
}
