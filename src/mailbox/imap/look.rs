//! What lies in a folder, less what is known.
//!
//! New mail has UIDs above the highest known one. Whether that is all is a question of counting: the highest known mail must have the
//! number that says that all known ones lie there, and the new ones those behind it, up to as many as the folder holds. A sum alone
//! would not do: a mail that the server leaves out of its answer makes up for one that went. When it does not add up the server is
//! asked which of the known mails went, where it remembers that (QRESYNC), and the rest is counted again. When even that does not add up,
//! or when the look before left something over, all UIDs are listed and compared. A mail is gone only when the count without it is
//! right, when a listing that counts right lacks it, or two in a row do.

use super::visit::{ImapVisit, Open};
use super::{Fetched, ImapError, uids};
use crate::mailbox::{DraftHead, Entry, Flags, Fresh, Look, Mark, Places, UidSet};
use crate::types::Moment;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What is asked of each mail.
const FACTS: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE)";
/// The size of a mail whose size the server does not tell: the largest IMAP can tell, so that it comes in parts.
pub(super) const SIZE_UNKNOWN: u64 = u32::MAX as u64;
/// Looks at a UIDNEXT that is lower than it was, with pauses that double, before it is believed.
const LOOKS_AT_LOWER_MAX: u32 = 4;
/// Heads fetched with one command.
const HEADS_AT_ONCE: usize = 50;

impl ImapVisit {
    /// What lies in a folder now, told apart from what is known.
    pub async fn look(&mut self, wire_name: &str, known: &Places, last: Option<&Mark>) -> Result<Look, ImapError> {
        let (open, Still { known, is_reset, doubtful }) = self.examine_beside(wire_name, known, last).await?;
        // What was not taken over after the look before must not hide behind mail that went meanwhile.
        let was_complete = known.is_empty() || last.is_some_and(|last| last.messages == known.len() + doubtful.len());
        // What is known is asked for, whatever the server shows as its last mail: only a listing tells what is gone.
        let top = if open.messages == 0 { 0 } else { self.top(&open).await?.max(known.last().unwrap_or(0)) };
        let mut above = self.above(&open, &known, top).await?;
        let mut gone = UidSet::default();
        let mut is_proven = was_complete && above.adds_up(&open, &known);
        if was_complete && !is_proven {
            (gone, is_proven) = self.vanished(&open, &known, last, &mut above).await?;
        }
        let mut newcomers = above.newcomers;
        if !is_proven {
            let there = self.listing(&open, top).await?;
            gone = known.iter().filter(|uid| !there.contains(*uid)).collect();
            let missed: Vec<u32> = there.iter().filter(|uid| !known.contains(*uid) && !newcomers.contains_key(uid)).collect();
            // A mail that is listed and told nothing of is there all the same.
            newcomers.extend(missed.iter().map(|uid| (*uid, unknown(*uid))));
            newcomers.extend(self.entries_of(&missed).await?);
        }
        self.tell(&open);
        let gone = gone.iter().chain(doubtful.iter()).map(|uid| uid.to_string()).collect();
        Ok(Look { mark: open.mark(), is_reset, newcomers: newcomers.into_values().collect(), gone })
    }

    /// Selects a folder of which something is known, and what of it still holds.
    ///
    /// UIDNEXT never goes down while UIDs keep their meaning. Where it does, the server was restored from a copy and gives the same UIDs to
    /// other mail; or it shows an older state for a while, as front ends do that lag behind; or it tells nonsense. So it is looked at again.
    /// A UIDNEXT that comes back leaves the UIDs in doubt that may have been given anew meanwhile.
    async fn examine_beside<'k>(
        &mut self,
        wire_name: &str,
        known: &'k Places,
        last: Option<&Mark>,
    ) -> Result<(Open, Still<'k>), ImapError> {
        let mut open = self.examine(wire_name).await?;
        let mut still = still_valid(&open, known, last);
        let (mut lowest, mut pause) = (u32::MAX, self.mailbox.deadlines.catch_up);
        for looks_left in (0..LOOKS_AT_LOWER_MAX).rev() {
            let Some(low) = lower_uidnext(&open, &still.known, last) else { break };
            if let Some(highest) = still.known.last().filter(|highest| *highest >= low)
                && self.fetched(highest, "(UID)").await?.iter().any(|mail| mail.uid == highest)
            {
                // It shows a mail that its own UIDNEXT says cannot be.
                open.uidnext = None;
                break;
            }
            if looks_left == 0 {
                return Ok((open, Still::anew(true)));
            }
            lowest = lowest.min(low);
            tokio::time::sleep(pause).await;
            pause *= 2;
            open = self.examine_again(&open).await?;
        }
        if lowest < u32::MAX {
            still.doubtful = still.known.within([lowest..=u32::MAX]);
            still.known = Cow::Owned(still.known.without(&still.doubtful));
        }
        Ok((open, still))
    }

    /// What lies in a folder from a UID on; everything below it is counted and not listed. UIDs of another UIDVALIDITY tell nothing.
    pub async fn look_above(&mut self, wire_name: &str, known: &Places, above: Option<u32>) -> Result<Fresh, ImapError> {
        let open = self.examine(wire_name).await?;
        let Still { known, is_reset, .. } = still_valid(&open, known, None);
        let top = self.top(&open).await?;
        let above = above.filter(|_| !is_reset).unwrap_or(top.saturating_add(1));
        let mut newcomers = self.entries(above, top, open.messages).await?;
        newcomers.retain(|uid, _| !known.contains(*uid));
        self.tell(&open);
        let older = open.messages.saturating_sub(known.len()).saturating_sub(newcomers.len() as u64);
        let look = Look { mark: open.mark(), is_reset, newcomers: newcomers.into_values().collect(), gone: Vec::new() };
        Ok(Fresh { look, above, older })
    }

    /// The heads of the mails that are not known, and the entries of all.
    pub async fn heads(&mut self, wire_name: &str, known: &Places) -> Result<(Vec<DraftHead>, Vec<Entry>), ImapError> {
        let open = self.examine(wire_name).await?;
        let known = still_valid(&open, known, None).known;
        let top = if open.messages == 0 { 0 } else { self.top(&open).await?.max(known.last().unwrap_or(0)) };
        let mut entries = self.entries(1, top, open.messages).await?;
        if entries.len() as u64 != open.messages {
            self.examine_again(&open).await?;
            entries.extend(self.entries(1, top, open.messages).await?);
        }
        // Of a folder whose UIDs went down all is asked for: it costs a few heads.
        let is_valid = lower_uidnext(&open, &known, None).is_none();
        let unknown: Vec<u32> = entries.keys().copied().filter(|uid| !(is_valid && known.contains(*uid))).collect();
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

    /// The mails above those known, and the highest known one for its number.
    async fn above(&mut self, open: &Open, known: &UidSet, top: u32) -> Result<Above, ImapError> {
        let floor = known.last().unwrap_or(0);
        let mut above = Above::default();
        if top <= floor {
            return Ok(above);
        }
        for span in uids::spans(floor.max(1), top, open.messages.saturating_sub(known.len())) {
            let mut mails = self.fetched(&uids::written(span), FACTS).await?;
            mails.retain(|mail| (span.0..=span.1).contains(&mail.uid));
            above.numbers.extend(mails.iter().map(|mail| (mail.uid, u64::from(mail.number))));
            above.newcomers.extend(gathered(mails, |uid| uid > floor));
        }
        Ok(above)
    }

    /// The known mails that went since the look before, where the server remembers them (RFC 7162 §3.2.6): one line instead of a listing.
    /// And whether without them it adds up; if not they are not to be relied on.
    async fn vanished(&mut self, open: &Open, known: &UidSet, last: Option<&Mark>, above: &mut Above) -> Result<(UidSet, bool), ImapError> {
        let since = last.filter(|last| last.uidvalidity == i64::from(open.uidvalidity)).and_then(|last| last.modseq);
        let Some(since) = since.filter(|_| self.connection.has_qresync() && open.modseq.is_some() && open.messages > 0) else {
            return Ok((UidSet::default(), false));
        };
        let gone = match self.connection.uid_vanished(known, since).await {
            Err(error) if error.ends_connection() => return Err(error),
            told => told.unwrap_or_default(),
        };
        if gone.is_empty() {
            return Ok((gone, false));
        }
        let left = known.without(&gone);
        if let Some(floor) = left.last().filter(|floor| !above.numbers.is_empty() && !above.numbers.contains_key(floor)) {
            let mails = self.fetched(floor, "(UID)").await?;
            above.numbers.extend(mails.iter().filter(|mail| mail.uid == floor).map(|mail| (floor, u64::from(mail.number))));
        }
        let is_proven = above.adds_up(open, &left);
        Ok((gone, is_proven))
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

/// What lies above the known mails.
#[derive(Default)]
struct Above {
    newcomers: BTreeMap<u32, Entry>,
    /// Of each mail that was shown its place in the folder; nothing when nothing can lie above.
    numbers: BTreeMap<u32, u64>,
}

impl Above {
    /// Whether these and the known ones are all there are.
    fn adds_up(&self, open: &Open, known: &UidSet) -> bool {
        let floor = known.last().unwrap_or(0);
        if self.numbers.is_empty() {
            return known.len() == open.messages;
        }
        let floor_is_there = known.is_empty() || self.numbers.contains_key(&floor);
        let without_gap = self.numbers.range(floor..).map(|(_, number)| *number).eq(known.len().max(1)..=open.messages);
        floor_is_there && without_gap
    }
}

/// What of the known UIDs still holds.
struct Still<'k> {
    /// They mean the same mail.
    known: Cow<'k, UidSet>,
    /// Others were known, and none of them holds.
    is_reset: bool,
    /// They may mean other mail by now.
    doubtful: UidSet,
}

impl Still<'_> {
    fn anew(is_reset: bool) -> Self {
        Self { known: Cow::Owned(UidSet::default()), is_reset, doubtful: UidSet::default() }
    }
}

fn still_valid<'k>(open: &Open, known: &'k Places, last: Option<&Mark>) -> Still<'k> {
    // 0 is no UIDVALIDITY: nothing was ever known of the folder.
    let is_other = |uidvalidity: i64| uidvalidity != 0 && uidvalidity != i64::from(open.uidvalidity);
    match known {
        // Names in the books come from a Maildir that the mailbox was before.
        Places::Names(names) => Still::anew(!names.is_empty()),
        Places::Uids { uidvalidity, .. } if is_other(i64::from(*uidvalidity)) => Still::anew(true),
        Places::Uids { .. } if last.is_some_and(|last| is_other(last.uidvalidity)) => Still::anew(true),
        Places::Uids { uids, .. } => Still { known: Cow::Borrowed(uids), is_reset: false, doubtful: UidSet::default() },
    }
}

/// The UIDNEXT of a folder that told a higher one before, or holds higher UIDs.
fn lower_uidnext(open: &Open, known: &UidSet, last: Option<&Mark>) -> Option<u32> {
    let same = last.filter(|last| last.uidvalidity == i64::from(open.uidvalidity));
    let before = known.last().map(|uid| u64::from(uid) + 1).max(same.and_then(|last| last.uidnext).map(u64::from));
    open.uidnext.filter(|now| before.is_some_and(|before| u64::from(*now) < before))
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
