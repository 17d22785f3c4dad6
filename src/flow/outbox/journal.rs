//! The journal: steps of deliveries, committed together. Whoever comes first commits for all who wait behind, so that a sync of the disk is
//! shared by every connection that has something to say at that moment. Of the steps of one mail the later is written last.

use super::budget::{Purse, Uses};
use super::{sent_copies, settling};
use crate::flow::inbound::InboundError;
use crate::flow::{Account, Clock, Keys, Office, suppressing};
use crate::record::outbox::Following;
use crate::record::outbox::claims::{self, Claimed, Ending, ServerReply};
use crate::record::outbox::holds::{self, Hold};
use crate::record::outbox::steps::{self, At};
use crate::record::suppressions::{Grounds, Reason};
use crate::record::{Books, Retry, Session, tracking};
use crate::types::{AccountId, DeliveryId, Moment, OutgoingId};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot;

/// From then on the books say of a mail that a connection speaks of it.
const TELLS_OF_SENDING_AFTER_MS: i64 = 100;
/// So often before a commit whoever is ready has its turn: what it then has to say shares the commit, and half as many syncs do for all.
const TURNS_BEFORE_COMMIT: usize = 3;

/// A step to be written down.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Sending,
    FinalDot,
    Ended {
        ending: Ending,
        holds: Vec<Hold>,
        /// The server said that nobody has the recipient's address.
        is_nobody: bool,
        following: Following,
    },
}

/// A step that could not be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotWritten;

struct Entry {
    delivery: Claimed,
    step: Step,
    at: Moment,
    told: Option<oneshot::Sender<Result<bool, NotWritten>>>,
}

pub(super) struct Journal {
    books: Books,
    keys: Keys,
    clock: Clock,
    account: AccountId,
    purse: Purse,
    waiting: Mutex<Vec<Entry>>,
    turn: tokio::sync::Mutex<()>,
}

impl Journal {
    pub(super) fn new(office: &Office, account: &Account) -> Self {
        Self {
            books: office.books.clone(),
            keys: office.keys.clone(),
            clock: office.clock.clone(),
            account: account.id,
            purse: account.purse.clone(),
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Writes a step down and waits until it lasts; `false` when the claim was lost to another.
    pub(super) async fn write(&self, delivery: &Claimed, step: Step, at: Moment) -> Result<bool, NotWritten> {
        let (told, answer) = oneshot::channel();
        self.enter(Entry { delivery: delivery.clone(), step, at, told: Some(told) });
        self.flush().await;
        // Either it was committed here, or by the one before us.
        answer.await.unwrap_or(Err(NotWritten))
    }

    /// Writes a step down with the next commit. How an attempt ended is kept until it is written.
    pub(super) fn note(&self, delivery: &Claimed, step: Step, at: Moment) {
        self.enter(Entry { delivery: delivery.clone(), step, at, told: None });
    }

    fn enter(&self, entry: Entry) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// Whether something waits that must be written.
    pub(super) fn is_waiting(&self) -> bool {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.iter().any(|entry| !matches!(entry.step, Step::Sending))
    }

    /// What is to be written now. That a connection speaks of a mail is told only of one that takes its time: of the others the next step
    /// follows at once, and tells more.
    fn take(&self) -> Vec<Entry> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let goes_on: BTreeSet<DeliveryId> =
            waiting.iter().filter(|entry| !matches!(entry.step, Step::Sending)).map(|entry| entry.delivery.id).collect();
        let all = std::mem::take(&mut *waiting).into_iter();
        let now = self.clock.now();
        let is_new = |entry: &Entry| matches!(entry.step, Step::Sending) && now < entry.at.plus_ms(TELLS_OF_SENDING_AFTER_MS);
        let all = all.filter(|entry| !matches!(entry.step, Step::Sending) || !goes_on.contains(&entry.delivery.id));
        let (new, due) = all.partition(is_new);
        *waiting = new;
        due
    }

    /// Commits what waits.
    pub(super) async fn flush(&self) {
        let _turn = self.turn.lock().await;
        for _ in 0..TURNS_BEFORE_COMMIT {
            tokio::task::yield_now().await;
        }
        let entries = self.take();
        if entries.is_empty() {
            return;
        }
        let mut retry = Retry::default();
        let failed = loop {
            match self.commit(&entries).await {
                Ok(answers) => {
                    for (entry, answer) in entries.into_iter().zip(answers) {
                        if let Some(told) = entry.told {
                            // Whoever stopped waiting needs no answer.
                            let _ = told.send(Ok(answer));
                        }
                    }
                    return;
                }
                Err(InboundError::Books(error)) => {
                    if let Err(error) = retry.after(error).await {
                        break error.kind();
                    }
                }
                Err(_) => break "not-the-books",
            }
        };
        tracing::error!(account = %self.account, kind = failed, "What became of mail could not be written into the books; it is tried again");
        let mut kept: Vec<Entry> = Vec::new();
        for mut entry in entries {
            if let Some(told) = entry.told.take() {
                let _ = told.send(Err(NotWritten));
            } else if matches!(entry.step, Step::Ended { .. }) {
                kept.push(entry);
            }
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).splice(0..0, kept);
    }

    /// Writes the steps down together: whether the claim behind each still holds.
    async fn commit(&self, entries: &[Entry]) -> Result<Vec<bool>, InboundError> {
        let mut session = self.books.begin().await?;
        // What a server said of us holds also those that are about to end now.
        for hold in entries.iter().flat_map(Entry::holds) {
            holds::add(&mut session, hold).await?;
        }
        let sending = entries.iter().filter(|entry| matches!(entry.step, Step::Sending));
        let sending: Vec<At<'_>> = sending.map(|entry| (&entry.delivery, entry.at)).collect();
        steps::mark_sending(&mut session, &sending).await?;
        let dots = entries.iter().filter(|entry| matches!(entry.step, Step::FinalDot));
        let dots: Vec<At<'_>> = dots.map(|entry| (&entry.delivery, entry.at)).collect();
        let mut ours = steps::mark_final_dot(&mut session, &dots).await?;
        ours.extend(self.write_sent(&mut session, entries).await?);
        for entry in entries {
            if self.write_end(&mut session, entry).await? {
                ours.insert(entry.delivery.id);
            }
        }
        let mut uses = Uses::default();
        for entry in entries {
            // What nobody knows may have been sent, and is counted as such.
            let may_be_sent = matches!(entry.step, Step::Ended { ending: Ending::Sent(_) | Ending::Uncertain { .. }, .. });
            if may_be_sent && ours.contains(&entry.delivery.id) {
                uses.count_delivery(self.account, &self.purse, &entry.delivery, entry.at);
            }
        }
        uses.write(&mut session).await?;
        session.commit().await?;
        Ok(entries.iter().map(|entry| ours.contains(&entry.delivery.id)).collect())
    }

    /// Those that were sent, and what follows from it.
    async fn write_sent<'e>(&self, session: &mut Session, entries: &'e [Entry]) -> Result<BTreeSet<DeliveryId>, InboundError> {
        let sent: Vec<_> = entries.iter().filter_map(|entry| entry.sent().map(|(reply, following)| (entry, reply, following))).collect();
        let Some(at) = sent.iter().map(|(entry, ..)| entry.at).max() else { return Ok(BTreeSet::new()) };
        let of_entry = |(entry, reply, _): &(&'e Entry, &'e ServerReply, Following)| (&entry.delivery, *reply, entry.at);
        let ours = steps::mark_sent(session, &sent.iter().map(of_entry).collect::<Vec<_>>()).await?;
        let of_ours = || sent.iter().filter(|(entry, ..)| ours.contains(&entry.delivery.id));
        let tracked = of_ours().filter(|(.., following)| following.is_tracked).map(|(entry, ..)| entry.delivery.id);
        tracking::mark_sent(session, &tracked.collect::<Vec<_>>(), at).await?;
        let copied = of_ours().filter(|(.., following)| following.has_copy).map(|(entry, ..)| entry.delivery.outgoing);
        let copied: BTreeSet<OutgoingId> = copied.collect();
        sent_copies::plan(session, &copied.into_iter().collect::<Vec<_>>(), at).await?;
        Ok(ours)
    }

    /// The end of an attempt, and what follows from it; whether the claim held. [`Self::write_sent`] has written the good ones.
    async fn write_end(&self, session: &mut Session, entry: &Entry) -> Result<bool, InboundError> {
        let Entry { delivery, at, .. } = entry;
        let Step::Ended { ending, is_nobody, .. } = &entry.step else { return Ok(false) };
        if *is_nobody && let Some(address) = delivery.address() {
            let grounds = Grounds { delivery: Some(delivery.id), ..Grounds::of(Reason::HardBounce, *at) };
            suppressing::enter(session, &self.keys, &address, &grounds).await?;
        }
        if let Ending::Sent(_) = ending {
            return Ok(false);
        }
        let is_ours = claims::mark_ended(session, delivery, ending, *at).await?;
        match ending {
            // What was only given back was not tried, and says no reason.
            Ending::PutBack { why, .. } if is_ours && !why.is_empty() => claims::mark_first_put_back(session, delivery.id, *at).await?,
            Ending::Uncertain { .. } if is_ours => settling::settle(session, delivery.id, *at).await.map(|_| ())?,
            _ => {}
        }
        Ok(is_ours)
    }
}

impl Entry {
    fn holds(&self) -> &[Hold] {
        match &self.step {
            Step::Ended { holds, .. } => holds,
            _ => &[],
        }
    }

    /// The server's word that it took the mail, and what follows.
    fn sent(&self) -> Option<(&ServerReply, Following)> {
        match &self.step {
            Step::Ended { ending: Ending::Sent(reply), following, .. } => Some((reply, *following)),
            _ => None,
        }
    }
}
