//! What lies in a folder, less what is known.
//!
//! New mail has UIDs above the highest known one. Whether that is all is a question of counting: the highest known mail must have the
//! number that says that all known ones lie there, and the new ones those behind it, up to as many as the folder holds. A sum alone
//! would not do: a mail that the server leaves out of its answer makes up for one that went. When it does not add up, or when the
//! look before left something over, all UIDs are listed and compared. A mail is gone only when a listing that counts right lacks it,
//! or two in a row do.

use super::visit::{ImapVisit, Open};
use super::{Fetched, ImapError, uids};
use crate::mailbox::{DraftHead, Entry, Flags, Look, Mark, Places, UidSet};
use crate::types::Moment;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What is asked of each mail.
const FACTS: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE)";
/// The size of a mail whose size the server does not tell: the largest IMAP can tell, so that it comes in parts.
pub(super) const SIZE_UNKNOWN: u64 = u32::MAX as u64;
/// Heads fetched with one command.
const HEADS_AT_ONCE: usize = 50;

impl ImapVisit {
    /// What lies in a folder now, told apart from what is known.
    pub async fn look(&mut self, wire_name: &str, known: &Places, last: Option<&Mark>) -> Result<Look, ImapError> {
        let open = self.examine(wire_name).await?;
        let (known, is_reset) = still_valid(&open, known, last);
        // What is known is asked for, whatever the server shows as its last mail: only a listing tells what is gone.
        let top = if open.messages == 0 { 0 } else { self.top(&open).await?.max(known.last().unwrap_or(0)) };
        let (mut newcomers, adds_up) = self.above(&open, &known, top).await?;
        let mut gone = Vec::new();
        // What was not taken over after the look before must not hide behind mail that went meanwhile.
        let was_complete = known.is_empty() || last.is_some_and(|last| last.messages == known.len());
        if !(adds_up && was_complete) {
            let there = self.listing(&open, top).await?;
            gone = known.iter().filter(|uid| !there.contains(*uid)).map(|uid| uid.to_string()).collect();
            let missed: Vec<u32> = there.iter().filter(|uid| !known.contains(*uid) && !newcomers.contains_key(uid)).collect();
            // A mail that is listed and told nothing of is there all the same.
            newcomers.extend(missed.iter().map(|uid| (*uid, unknown(*uid))));
            newcomers.extend(self.entries_of(&missed).await?);
        }
        self.tell(&open);
        Ok(Look { mark: open.mark(), is_reset, newcomers: newcomers.into_values().collect(), gone })
    }

    /// The heads of the mails that are not known, and the entries of all.
    pub async fn heads(&mut self, wire_name: &str, known: &Places) -> Result<(Vec<DraftHead>, Vec<Entry>), ImapError> {
        let open = self.examine(wire_name).await?;
        let top = self.top(&open).await?;
        let mut entries = self.entries(1, top, open.messages).await?;
        if entries.len() as u64 != open.messages {
            self.examine_again(&open).await?;
            entries.extend(self.entries(1, top, open.messages).await?);
        }
        let (known, _) = still_valid(&open, known, None);
        let unknown: Vec<u32> = entries.keys().copied().filter(|uid| !known.contains(*uid)).collect();
        let mut heads = Vec::new();
        for part in unknown.chunks(HEADS_AT_ONCE) {
            let set: UidSet = part.iter().copied().collect();
            // Cut by the server, so that a header without end costs nothing.
            for mail in self.fetched(&set, "(UID BODY.PEEK[HEADER]<0.65536>)").await? {
                let entry = entries.get(&mail.uid).filter(|_| set.contains(mail.uid));
                let (Some(entry), Some(header)) = (entry, mail.header) else { continue };
                heads.push(DraftHead { entry: entry.clone(), header });
            }
        }
        self.tell(&open);
        Ok((heads, entries.into_values().collect()))
    }

    /// The mails above those known, and whether they and the known ones are all there are.
    async fn above(&mut self, open: &Open, known: &UidSet, top: u32) -> Result<(BTreeMap<u32, Entry>, bool), ImapError> {
        let floor = known.last().unwrap_or(0);
        if top <= floor {
            return Ok((BTreeMap::new(), known.len() == open.messages));
        }
        let (mut newcomers, mut numbers) = (BTreeMap::new(), BTreeMap::new());
        // With the highest known mail, for its number.
        for span in uids::spans(floor.max(1), top, open.messages.saturating_sub(known.len())) {
            let mut mails = self.fetched(&uids::written(span), FACTS).await?;
            mails.retain(|mail| (span.0..=span.1).contains(&mail.uid));
            numbers.extend(mails.iter().map(|mail| (mail.uid, u64::from(mail.number))));
            newcomers.extend(gathered(mails, |uid| uid > floor));
        }
        let floor_is_there = known.is_empty() || numbers.contains_key(&floor);
        let without_gap = numbers.into_values().eq(known.len().max(1)..=open.messages);
        Ok((newcomers, floor_is_there && without_gap))
    }

    /// The mails from one UID to another, both included, by their UIDs.
    async fn entries(&mut self, first: u32, last: u32, messages: u64) -> Result<BTreeMap<u32, Entry>, ImapError> {
        let mut entries = BTreeMap::new();
        for span in uids::spans(first, last, messages) {
            let mails = self.fetched(&uids::written(span), FACTS).await?;
            entries.extend(gathered(mails, |uid| (span.0..=span.1).contains(&uid)));
        }
        Ok(entries)
    }

    async fn entries_of(&mut self, wanted: &[u32]) -> Result<BTreeMap<u32, Entry>, ImapError> {
        let mut entries = BTreeMap::new();
        for set in uids::sets(wanted) {
            let mails = self.fetched(&set, FACTS).await?;
            entries.extend(gathered(mails, |uid| set.contains(uid)));
        }
        Ok(entries)
    }

    /// All UIDs up to `top`. Listed twice when the first time does not count right: a mail in either listing lies there.
    async fn listing(&mut self, open: &Open, top: u32) -> Result<UidSet, ImapError> {
        let there = self.uids_up_to(top, open.messages).await?;
        if there.len() as u64 == open.messages {
            return Ok(there.into_iter().collect());
        }
        self.examine_again(open).await?;
        let again = self.uids_up_to(top, open.messages).await?;
        Ok(there.into_iter().chain(again).collect())
    }

    async fn uids_up_to(&mut self, top: u32, messages: u64) -> Result<Vec<u32>, ImapError> {
        let mut there = Vec::new();
        for (from, to) in uids::spans(1, top, messages) {
            let mails = self.fetched(&uids::written((from, to)), "(UID)").await?;
            there.extend(mails.iter().map(|mail| mail.uid).filter(|uid| (from..=to).contains(uid)));
        }
        there.sort_unstable();
        there.dedup();
        Ok(there)
    }

    /// Selects a folder once more while its UIDs are in hand.
    pub(super) async fn examine_again(&mut self, open: &Open) -> Result<Open, ImapError> {
        let again = self.examine(&open.wire_name).await?;
        if again.uidvalidity == open.uidvalidity { Ok(again) } else { Err(ImapError::MadeAnew) }
    }
}

impl Open {
    fn mark(&self) -> Mark {
        Mark { uidvalidity: i64::from(self.uidvalidity), uidnext: self.uidnext, messages: self.messages, modseq: self.modseq }
    }
}

/// The known UIDs that still mean the same mail, and whether others were known.
fn still_valid<'a>(open: &Open, known: &'a Places, last: Option<&Mark>) -> (Cow<'a, UidSet>, bool) {
    // 0 is no UIDVALIDITY: nothing was ever known of the folder.
    let is_other = |uidvalidity: i64| uidvalidity != 0 && uidvalidity != i64::from(open.uidvalidity);
    let is_reset = match known {
        // Names in the books come from a Maildir that the mailbox was before.
        Places::Names(names) => !names.is_empty(),
        Places::Uids { uidvalidity, uids } => is_other(i64::from(*uidvalidity)) || went_down(open, uids, last),
    };
    match known {
        Places::Uids { uids, .. } if !is_reset && !last.is_some_and(|last| is_other(last.uidvalidity)) => (Cow::Borrowed(uids), false),
        Places::Uids { .. } => (Cow::Owned(UidSet::default()), true),
        Places::Names(_) => (Cow::Owned(UidSet::default()), is_reset),
    }
}

/// UIDNEXT never goes down while UIDs keep their meaning: a server restored from a copy gives the same UIDs to other mail.
fn went_down(open: &Open, known: &UidSet, last: Option<&Mark>) -> bool {
    let before = known.last().map(|uid| u64::from(uid) + 1).max(last.and_then(|last| last.uidnext).map(u64::from));
    open.uidnext.zip(before).is_some_and(|(now, before)| u64::from(now) < before)
}

/// What the answers say of each mail. A server may tell news of flags in between, without the rest.
fn gathered(mails: Vec<Fetched>, is_wanted: impl Fn(u32) -> bool) -> BTreeMap<u32, Entry> {
    let mut entries: BTreeMap<u32, Entry> = BTreeMap::new();
    for mail in mails.into_iter().filter(|mail| is_wanted(mail.uid)) {
        let entry = entries.entry(mail.uid).or_insert_with(|| unknown(mail.uid));
        if let Some(flags) = mail.flags {
            (entry.flags, entry.keywords) = (flags, mail.keywords);
        }
        entry.arrived_at = mail.internal_date.unwrap_or(entry.arrived_at);
        entry.size = mail.size.unwrap_or(entry.size);
    }
    entries
}

/// A mail of which nothing is told yet.
fn unknown(uid: u32) -> Entry {
    Entry { place: uid.to_string(), flags: Flags::default(), keywords: Vec::new(), arrived_at: Moment(0), size: SIZE_UNKNOWN }
}
