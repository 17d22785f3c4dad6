//! What is remembered beside the books between two looks at a mailbox, so that a look costs no query. The books stay the only truth:
//! everything here is found again without it.

use super::Found;
use super::backlog::{Backlog, Batch, Waiting};
use super::read::{Arrival, Content};
use crate::config::PrivateFolders;
use crate::mailbox::{Hints, Mark, Places, Role};
use crate::record::folders::{self, History};
use crate::types::{FolderId, Moment};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// After so many failures a mail is set aside: it breaks whatever reads it. But only when others came through meanwhile, or trouble of the
/// server's would be taken for the mail's.
const FAILURES_MAX: u32 = 5;
/// After so many it is set aside though none came through: there may be no other.
const FAILURES_ALONE_MAX: u32 = 60;
/// After so many refusals a folder is closed to us: it is tried again only by the next look at everything.
pub(super) const REFUSALS_MAX: u32 = 4;
/// A folder whose opening ends the connection is tried at this pace.
const CUTS_EVERY_MS: i64 = 3_600_000;
/// Mails that made trouble, remembered at most.
const FAILURES_LEN_MAX: usize = 10_000;

/// How often a mail could not be had, and how many others were settled before that began.
#[derive(Debug, Clone, Copy)]
struct Failed {
    count: u32,
    settled: u64,
}

/// One mailbox, as far as it is known.
#[derive(Debug, Default)]
pub struct Known {
    /// By wire name.
    pub(super) folders: BTreeMap<String, KnownFolder>,
    pub(super) backlog: Backlog,
    /// How often a mail could not be had.
    failures: HashMap<(FolderId, String), Failed>,
    /// The right to read history now; few mailboxes do at a time.
    pub(super) turn: Option<OwnedSemaphorePermit>,
    /// Whether history was found that waits for its turn.
    pub(super) wants_turn: bool,
    /// Whether every folder was looked at since the last trouble.
    pub(super) is_whole: bool,
    pub(super) first_look_done: bool,
    /// How many mails were settled so far.
    settled: u64,
    /// Folders that are listed and not read, by wire name.
    pub(super) aside: HashMap<String, Role>,
    /// Folders that are nobody's business.
    pub(super) private: PrivateFolders,
    /// What was last said to the books of how many mails lie where.
    counted: HashMap<FolderId, (i64, u64)>,
    /// Folders that were looked at again because their count did not agree with what is known.
    doubted: HashSet<FolderId>,
    /// Whether some mail found no room on our own disk.
    has_unkept: bool,
    /// The folder in which the visit ended, by wire name.
    cut_by: Option<String>,
}

/// A folder, as far as it is known.
#[derive(Debug)]
pub(super) struct KnownFolder {
    pub found: Arc<Found>,
    pub places: Places,
    /// Found and not recorded yet.
    pub pending: HashSet<String>,
    /// `None` when the next look must be a real one.
    pub last: Option<Mark>,
    /// What the last look saw, whatever became of it: mail that cannot be read is missing from the books.
    pub seen: Option<Mark>,
    pub refusals: Refusals,
}

/// How a folder refused to be looked into since it last was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusals {
    pub count: u32,
    /// The last try ended the connection.
    pub cuts: bool,
    pub tried_at: Moment,
}

impl Refusals {
    pub const NONE: Refusals = Refusals { count: 0, cuts: false, tried_at: Moment(0) };
}

impl KnownFolder {
    /// Whether its server does not let us look into it, and is not about to.
    pub fn is_closed(&self) -> bool {
        self.refusals.count >= REFUSALS_MAX
    }

    /// Whether it is left out, because trying it costs the connection each time.
    pub fn is_left_out(&self, now: Moment) -> bool {
        self.is_closed() && self.refusals.cuts && now < self.refusals.tried_at.plus_ms(CUTS_EVERY_MS)
    }

    /// The places that need not be found again: what is recorded, and what waits to be.
    pub fn found_places(&self) -> Cow<'_, Places> {
        if self.pending.is_empty() {
            return Cow::Borrowed(&self.places);
        }
        let mut places = self.places.clone();
        self.pending.iter().for_each(|place| places.insert(place));
        Cow::Owned(places)
    }
}

impl Known {
    /// Forgets what was not recorded: the connection is lost, or the books refused. The next look finds it again.
    pub fn interrupt(&mut self) {
        self.backlog.clear();
        (self.is_whole, self.cut_by) = (false, None);
        // Whoever is in trouble keeps no other from reading history.
        self.give_turn_back();
        for folder in self.folders.values_mut() {
            // Where nothing waited, the mark of the last look is still right.
            folder.last = folder.last.filter(|_| folder.pending.is_empty());
            folder.pending.clear();
        }
    }

    /// History is read, or cannot be now: the next mailbox may.
    pub(super) fn give_turn_back(&mut self) {
        self.turn = None;
        self.wants_turn = false;
    }

    /// Whether history waits for other mailboxes' history.
    pub fn waits_for_turn(&self) -> bool {
        self.wants_turn && self.turn.is_none()
    }

    /// It is this mailbox's turn to read its history.
    pub fn take_turn(&mut self, turn: OwnedSemaphorePermit) {
        self.turn = Some(turn);
        for folder in self.folders.values_mut() {
            folder.last = None;
        }
    }

    /// How many mails of a look found no room on our own disk. That all did is known only after a look at everything.
    pub(super) fn note_unkept(&mut self, count: usize, hints: &Hints) {
        let is_over = hints.anywhere && self.is_whole && self.backlog.is_empty();
        self.has_unkept = count > 0 || (self.has_unkept && !is_over);
    }

    /// Whether some mail waits for room on our own disk.
    pub fn has_unkept(&self) -> bool {
        self.has_unkept
    }

    /// How many mails were recorded, set aside or passed over so far: whoever gets on is not in trouble.
    pub fn progress(&self) -> u64 {
        self.settled
    }

    /// A folder refused to be looked into; whether it is worth another try at once.
    pub(super) fn refused(&mut self, wire_name: &str, cuts: bool, now: Moment) -> bool {
        let Some(folder) = self.folders.get_mut(wire_name) else { return false };
        folder.refusals = Refusals { count: folder.refusals.count.saturating_add(1), cuts, tried_at: now };
        !folder.is_closed()
    }

    /// Whether the last try at a folder ended the connection.
    pub(super) fn cuts(&self, wire_name: &str) -> bool {
        self.folders.get(wire_name).is_some_and(|folder| folder.refusals.cuts)
    }

    /// Notes that the visit ended in the look into a folder.
    pub(super) fn note_cut(&mut self, wire_name: &str) {
        self.cut_by = Some(wire_name.to_owned());
    }

    /// Whether the visit ended in the look into a folder that the mailbox can do without.
    pub fn is_cut_by_one_folder(&self) -> bool {
        self.cut_by.is_some()
    }

    /// The same of a folder that is known to end connections.
    pub fn is_cut_by_closed_folder(&self) -> bool {
        self.cut_by.as_ref().and_then(|name| self.folders.get(name)).is_some_and(KnownFolder::is_closed)
    }

    /// Nothing is known of a folder that refused so often, also not how many mails lie there; the folder.
    pub(super) fn close(&mut self, wire_name: &str) -> Option<folders::Folder> {
        let folder = self.folders.get_mut(wire_name)?;
        (folder.last, folder.seen) = (None, None);
        self.counted.remove(&folder.found.row.id);
        Some(folder.found.row.clone())
    }

    /// What in a folder will be history when it can be read.
    pub(super) fn note_history(&mut self, wire_name: &str, history: History) {
        if let Some(folder) = self.folders.get_mut(wire_name) {
            let mut found = (*folder.found).clone();
            found.row.history = history;
            folder.found = Arc::new(found);
        }
    }

    /// A folder was looked into; the folder, when it was closed before.
    pub(super) fn admitted(&mut self, wire_name: &str) -> Option<folders::Folder> {
        let folder = self.folders.get_mut(wire_name)?;
        let was_closed = folder.is_closed();
        folder.refusals = Refusals::NONE;
        was_closed.then(|| folder.found.row.clone())
    }

    /// Whether every folder that can be read was looked at since the last trouble.
    pub fn has_seen_all(&self) -> bool {
        self.is_whole
    }

    /// Some folders are private; what was known of them is forgotten.
    pub(super) fn note_private(&mut self, private: PrivateFolders) {
        let folders = self.folders.values().map(|folder| &folder.found).filter(|found| private.holds(&found.name));
        for folder in folders.map(|found| found.row.id).collect::<Vec<_>>() {
            self.forget(folder);
        }
        self.private = private;
    }

    /// Whether Sent refuses to be looked into: what a person has answered meanwhile is not known.
    pub fn lacks_sent(&self) -> bool {
        self.folders.values().any(|folder| folder.found.role == Role::Sent && folder.refusals.count > 0)
    }

    /// Mail that was found waits to be read.
    pub(super) fn add(&mut self, found: &Arc<Found>, waiting: Vec<Waiting>) {
        if let Some(folder) = self.folders.get_mut(&found.row.wire_name) {
            folder.pending.extend(waiting.iter().map(|one| one.entry.place.clone()));
        }
        let failures = &self.failures;
        self.backlog.add(found, waiting, |entry| failures.contains_key(&(found.row.id, entry.place.clone())));
    }

    /// Whether a ring may concern drafts.
    pub fn concerns_drafts(&self, hints: &Hints) -> bool {
        hints.anywhere || hints.folders.iter().any(|name| self.aside.get(name) == Some(&Role::Drafts))
    }

    /// Folders whose count began to disagree with what is known: mail that comes during a look does that, and so does a gap. Another look
    /// tells which it is.
    pub fn doubts(&mut self) -> Hints {
        let mut hints = Hints::default();
        for (name, folder) in &mut self.folders {
            let is_doubtful = folder.seen.is_some_and(|mark| mark.messages != folder.places.len());
            if !is_doubtful {
                self.doubted.remove(&folder.found.row.id);
            } else if self.doubted.insert(folder.found.row.id) {
                folder.last = None;
                hints.folders.insert(name.clone());
            }
        }
        hints
    }

    /// Whether it is known how many mails lie where: nothing waits to be read.
    pub fn can_count(&self) -> bool {
        self.is_whole && self.backlog.is_empty() && !self.waits_for_turn()
    }

    /// How many mails lie in each folder as the last look saw it, where that is news: folder, UIDVALIDITY, count. Nothing while mail
    /// waits to be read.
    pub fn counts(&mut self) -> Vec<(FolderId, i64, u64)> {
        if !self.can_count() {
            return Vec::new();
        }
        let mut news = Vec::new();
        for folder in self.folders.values() {
            let Some(mark) = folder.seen else { continue };
            let count = (mark.uidvalidity, mark.messages);
            if self.counted.insert(folder.found.row.id, count) != Some(count) {
                news.push((folder.found.row.id, count.0, count.1));
            }
        }
        news
    }

    /// Forgets a folder that is no longer listed.
    pub(super) fn forget(&mut self, folder: FolderId) {
        self.backlog.forget(folder);
        self.folders.retain(|_, known| known.found.row.id != folder);
        self.counted.remove(&folder);
    }

    /// Whether something waits to be read.
    pub fn has_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Notes what became of mail that was found: recorded, set aside, or to be tried again.
    pub(super) fn settle<'p>(&mut self, found: &Found, places: impl IntoIterator<Item = (&'p str, bool)>) {
        let Some(folder) = self.folders.get_mut(&found.row.wire_name) else { return };
        for (place, is_settled) in places {
            folder.pending.remove(place);
            if is_settled {
                folder.places.insert(place);
                self.settled += 1;
                self.failures.remove(&(found.row.id, place.to_owned()));
            } else {
                folder.last = None;
            }
        }
    }

    /// A mail that could not be read is tried again, but not for ever.
    pub(super) fn judge(&mut self, found: &Found, mut arrival: Arrival) -> Arrival {
        // Our own full disk says nothing about the mail.
        if let Content::NotNow { why, is_ours: false } = &arrival.content
            && found.uidvalidity != 0
        {
            self.failed_one(found.row.id, &arrival.entry.place);
            if self.is_hopeless(found.row.id, &arrival.entry.place) {
                arrival.content = Content::lost(&format!("the mailbox lists it and does not give it: {why}"));
            }
        }
        arrival
    }

    /// Notes that a batch could not be had.
    pub(super) fn failed(&mut self, batch: &Batch) {
        for one in &batch.waiting {
            self.failed_one(batch.found.row.id, &one.entry.place);
        }
    }

    /// Notes that a mail could not be had; how often so far.
    pub(super) fn failed_one(&mut self, folder: FolderId, place: &str) -> u32 {
        if self.failures.len() >= FAILURES_LEN_MAX {
            self.failures.clear();
        }
        let settled = self.settled;
        let failed = self.failures.entry((folder, place.to_owned())).or_insert(Failed { count: 0, settled });
        failed.count += 1;
        failed.count
    }

    /// Notes that a mail was given up. It is no progress: whoever only gives up does not get on.
    pub(super) fn lose(&mut self, found: &Found, place: &str) {
        if let Some(folder) = self.folders.get_mut(&found.row.wire_name) {
            folder.pending.remove(place);
            folder.places.insert(place);
        }
        self.failures.remove(&(found.row.id, place.to_owned()));
    }

    /// Whether a mail was tried often enough.
    pub(super) fn is_hopeless(&self, folder: FolderId, place: &str) -> bool {
        let is_hopeless = |failed: &Failed| {
            let others_come = self.settled > failed.settled && failed.count >= FAILURES_MAX;
            others_come || failed.count >= FAILURES_ALONE_MAX
        };
        self.failures.get(&(folder, place.to_owned())).is_some_and(is_hopeless)
    }
}
