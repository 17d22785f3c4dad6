//! A visit to a Maildir: the door's verbs, with the disk work beside the runtime.

use super::{Maildir, MaildirError};
use crate::mailbox::{
    Bell, DraftHead, DraftNow, Entry, Folder, Glance, Landing, Look, Lying, Mark, NewDraft, Parcel, Places, Put, Surveyed, Watcher,
};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// A Maildir's places never lose their meaning, so they all share one UIDVALIDITY.
const UIDVALIDITY: i64 = 0;
/// A Maildir's own folder has no name.
const INBOX: &str = "";
/// Drafts that wait for the disk at the same time.
const DELIVERIES_AT_ONCE: usize = 4;
/// A look without a reason: finds what file-system events missed.
const SCAN_EVERY: Duration = Duration::from_secs(30);
/// Bytes of a draft that are read to know which conversation it belongs to.
const HEADER_LEN_MAX: u64 = 64 * 1024;

/// Who visits a Maildir. Nothing is held open.
#[derive(Debug)]
pub struct Visitor {
    maildir: Maildir,
}

impl Visitor {
    fn new(maildir: Maildir) -> Self {
        Self { maildir }
    }

    /// Enters a Maildir, and clears away what an earlier visit that was killed had half put there.
    pub(in crate::mailbox) async fn enter(maildir: Maildir) -> Self {
        let visitor = Self::new(maildir);
        visitor.beside(Maildir::clear_leftovers).await;
        visitor
    }

    pub(in crate::mailbox) async fn survey(&self) -> Result<Vec<Surveyed>, MaildirError> {
        let folders = self.beside(Maildir::folders).await?;
        Ok(folders.into_iter().map(|folder| Surveyed { folder, mark: None }).collect())
    }

    pub(in crate::mailbox) async fn drafts_folder(&self) -> Result<Folder, MaildirError> {
        self.beside(Maildir::drafts).await
    }

    pub(in crate::mailbox) async fn look(&self, wire_name: &str, known: &Places, _last: Option<&Mark>) -> Result<Look, MaildirError> {
        let wire_name = wire_name.to_owned();
        // UIDs in the books of a Maildir come from a server it was kept on before: every name is new.
        let (known, is_reset) = match known {
            Places::Names(names) => (Arc::clone(names), false),
            Places::Uids { .. } => (Arc::default(), true),
        };
        self.beside(move |maildir| look(maildir, &wire_name, &known, is_reset)).await
    }

    pub(in crate::mailbox) async fn glance(&self, wire_name: &str) -> Result<Glance, MaildirError> {
        let look = self.look(wire_name, &Places::no_names(), None).await?;
        let dates = || look.newcomers.iter().map(|entry| entry.arrived_at);
        Ok(Glance { messages: look.newcomers.len() as u64, first: dates().min(), last: dates().max() })
    }

    pub(in crate::mailbox) async fn fetch(&self, wire_name: &str, entries: &[Entry]) -> Result<Vec<Parcel>, MaildirError> {
        let parcel = |entry: &Entry| Parcel::InMaildir {
            maildir: self.maildir.clone(),
            wire_name: wire_name.to_owned(),
            place: entry.place.clone(),
        };
        Ok(entries.iter().map(parcel).collect())
    }

    /// Delivers side by side, because each draft waits for the disk; then the folder is made safe, once.
    pub(in crate::mailbox) async fn put_drafts(&self, wire_name: &str, drafts: Vec<NewDraft>) -> Vec<Result<Landing, MaildirError>> {
        let wire_name = wire_name.to_owned();
        self.beside(move |maildir| {
            let part_len = drafts.len().div_ceil(DELIVERIES_AT_ONCE).max(1);
            let deliver = |draft: &NewDraft| maildir.put_draft(&wire_name, &draft.unique, &draft.bytes, draft.tried);
            let delivered: Vec<Result<bool, MaildirError>> = std::thread::scope(|scope| {
                let parts: Vec<_> =
                    drafts.chunks(part_len).map(|part| scope.spawn(|| part.iter().map(deliver).collect::<Vec<_>>())).collect();
                parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|broken| std::panic::resume_unwind(broken))).collect()
            });
            let is_settled = maildir.settle(&wire_name).is_ok();
            let put = |(draft, delivered): (&NewDraft, Result<bool, MaildirError>)| {
                if !delivered? {
                    return Ok(Landing::Unseen);
                }
                // Each draft says by itself that the folder is not safe.
                if !is_settled {
                    maildir.settle(&wire_name)?;
                }
                Ok(Landing::Lies(put_as(draft)))
            };
            drafts.iter().zip(delivered).map(put).collect()
        })
        .await
    }

    pub(in crate::mailbox) async fn put_note(&self, note: NewDraft) -> Result<(), MaildirError> {
        self.beside(move |maildir| {
            maildir.put_new(INBOX, &note.unique, &note.bytes, note.tried)?;
            maildir.settle(INBOX)
        })
        .await
    }

    pub(in crate::mailbox) async fn put_sent(&self, copy: NewDraft) -> Result<(), MaildirError> {
        self.beside(move |maildir| {
            let sent = maildir.sent()?.wire_name;
            maildir.put_sent(&sent, &copy.unique, &copy.bytes, copy.tried)?;
            maildir.settle(&sent)
        })
        .await
    }

    pub(in crate::mailbox) async fn draft_now(&self, wire_name: &str, draft: &Lying) -> Result<DraftNow, MaildirError> {
        let (wire_name, put) = (wire_name.to_owned(), draft.put.clone());
        self.beside(move |maildir| now(maildir, &wire_name, &put)).await
    }

    pub(in crate::mailbox) async fn take_back(&self, wire_name: &str, draft: &Lying) -> Result<DraftNow, MaildirError> {
        let (wire_name, put) = (wire_name.to_owned(), draft.put.clone());
        self.beside(move |maildir| {
            let now = now(maildir, &wire_name, &put)?;
            if now == DraftNow::Untouched {
                maildir.take_back(&wire_name, &put.place)?;
            }
            Ok(now)
        })
        .await
    }

    pub(in crate::mailbox) async fn heads(&self, wire_name: &str, known: &Places) -> Result<(Vec<DraftHead>, Vec<Entry>), MaildirError> {
        let (wire_name, known) = (wire_name.to_owned(), known.clone());
        self.beside(move |maildir| {
            let entries = maildir.look(&wire_name)?;
            let mut heads = Vec::new();
            for entry in entries.iter().filter(|entry| !known.contains(&entry.place)) {
                match maildir.fetch(&wire_name, &entry.place, HEADER_LEN_MAX) {
                    Ok(start) => heads.push(DraftHead { entry: entry.clone(), header: header_of(start) }),
                    Err(MaildirError::Gone { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok((heads, entries))
        })
        .await
    }

    /// Disk work beside the runtime, so that a slow disk holds up nothing else. A panic in it is a fault of ours and goes on: as if
    /// nothing had happened would lose mail.
    async fn beside<T: Send + 'static>(&self, work: impl FnOnce(&Maildir) -> T + Send + 'static) -> T {
        let maildir = self.maildir.clone();
        match tokio::task::spawn_blocking(move || work(&maildir)).await {
            Ok(done) => done,
            Err(broken) => std::panic::resume_unwind(broken.into_panic()),
        }
    }
}

/// Rings at file-system events, and every half minute for what they miss.
pub(in crate::mailbox) async fn watch(maildir: &Maildir, bell: &Bell) -> Result<Infallible, MaildirError> {
    let mut watcher = Watcher::new();
    let mut watched = HashSet::new();
    loop {
        // Folders that were not there before are watched from now on.
        let visitor = Visitor::new(maildir.clone());
        let folders = visitor.beside(Maildir::folders).await?;
        let paths = folders.iter().flat_map(|folder| maildir.watched_paths(&folder.wire_name));
        for path in paths.chain([maildir.root().to_owned()]) {
            if !watched.contains(&path) && watcher.watch(&path) {
                watched.insert(path);
            }
        }
        watcher.wait(SCAN_EVERY).await;
        bell.ring();
    }
}

fn look(maildir: &Maildir, wire_name: &str, known: &HashSet<String>, is_reset: bool) -> Result<Look, MaildirError> {
    let places = maildir.places(wire_name)?;
    let mut newcomers: Vec<Entry> = if places.iter().filter(|place| !known.contains(*place)).nth(1).is_some() {
        // Many are new: one walk is cheaper than a search for each.
        maildir.look(wire_name)?.into_iter().filter(|entry| !known.contains(&entry.place)).collect()
    } else {
        places.iter().filter(|place| !known.contains(*place)).filter_map(|place| maildir.entry(wire_name, place).ok()).collect()
    };
    newcomers.sort_by(|a, b| (a.arrived_at, &a.place).cmp(&(b.arrived_at, &b.place)));
    let there: HashSet<&String> = places.iter().collect();
    let gone = known.iter().filter(|place| !there.contains(place)).cloned().collect();
    let mark = Mark { uidvalidity: UIDVALIDITY, messages: places.len() as u64, ..Mark::default() };
    Ok(Look { mark, is_reset, newcomers, gone })
}

fn now(maildir: &Maildir, wire_name: &str, put: &Put) -> Result<DraftNow, MaildirError> {
    let is_ours = |bytes: &[u8]| bytes.len() as u64 == put.size && <[u8; 32]>::from(Sha256::digest(bytes)) == put.content_hash;
    maildir.draft_now(wire_name, &put.place, is_ours)
}

fn put_as(draft: &NewDraft) -> Put {
    Put {
        uidvalidity: UIDVALIDITY,
        place: draft.unique.clone(),
        size: draft.bytes.len() as u64,
        content_hash: Sha256::digest(&draft.bytes).into(),
    }
}

/// The header of a mail: everything up to the first empty line.
fn header_of(mut start: Vec<u8>) -> Vec<u8> {
    let ends = [b"\r\n\r\n".as_slice(), b"\n\n"];
    let end = ends.iter().filter_map(|end| start.windows(end.len()).position(|window| window == *end).map(|at| at + end.len())).min();
    start.truncate(end.unwrap_or(start.len()));
    start
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::FolderNames;
    use std::fs;

    #[tokio::test]
    async fn new_mail_is_told_from_known_and_from_gone() {
        let home = tempfile::tempdir().expect("a temporary folder");
        for shelf in ["cur", "new", "tmp"] {
            fs::create_dir(home.path().join(shelf)).expect("an empty Maildir");
        }
        for name in ["new/1.a", "cur/2.b:2,S", "cur/3.c:2,"] {
            fs::write(home.path().join(name), "x").expect("mail");
        }
        let visitor = Visitor::new(Maildir::new(home.path().to_owned(), FolderNames::default()));
        let known = Places::Names(Arc::new(HashSet::from(["2.b".to_owned(), "9.deleted".to_owned()])));
        let look = visitor.look("", &known, None).await.expect("readable");
        let mut places: Vec<&str> = look.newcomers.iter().map(|entry| entry.place.as_str()).collect();
        places.sort_unstable();
        assert_eq!((places, look.gone), (vec!["1.a", "3.c"], vec!["9.deleted".to_owned()]));
        assert_eq!(look.mark.messages, 3);
    }

    #[test]
    fn a_header_ends_at_the_first_empty_line() {
        for (mail, header) in [("A: b\r\n\r\nx\n\ny", "A: b\r\n\r\n"), ("A: b\n\nx\r\n\r\n", "A: b\n\n"), ("A: b", "A: b")] {
            assert_eq!(header_of(mail.into()), header.as_bytes(), "{mail:?}");
        }
    }
}
