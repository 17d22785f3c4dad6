//! The journal: steps of deliveries, committed together. Whoever comes first commits for all who wait behind, so that a sync of the disk is
//! shared by every connection that has something to say at that moment. Steps are written in the order in which they were entered.

use super::budget::{Purse, Uses};
use super::{sent_copies, settling};
use crate::flow::inbound::InboundError;
use crate::flow::{Account, Keys, Office, suppressing};
use crate::record::outbox::claims::{self, Claimed, Ending};
use crate::record::outbox::holds::{self, Hold};
use crate::record::outbox::returns;
use crate::record::suppressions::{Grounds, Reason};
use crate::record::{Books, Retry, Session, tracking};
use crate::types::{AccountId, Moment};
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot;

/// A step to be written down.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Sending,
    FinalDot,
    Ended {
        ending: Ending,
        hold: Option<Hold>,
        /// The server said that nobody has the recipient's address.
        is_nobody: bool,
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

    /// Whether something waits to be written.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Commits what waits.
    pub(super) async fn flush(&self) {
        let _turn = self.turn.lock().await;
        let entries = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
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

    async fn commit(&self, entries: &[Entry]) -> Result<Vec<bool>, InboundError> {
        let mut session = self.books.begin().await?;
        let mut answers = Vec::with_capacity(entries.len());
        let mut uses = Uses::default();
        for entry in entries {
            let is_ours = self.write_one(&mut session, entry).await?;
            // What nobody knows may have been sent, and is counted as such.
            if is_ours && matches!(entry.step, Step::Ended { ending: Ending::Sent(_) | Ending::Uncertain { .. }, .. }) {
                uses.count_delivery(self.account, &self.purse, &entry.delivery, entry.at);
            }
            answers.push(is_ours);
        }
        uses.write(&mut session).await?;
        session.commit().await?;
        Ok(answers)
    }

    async fn write_one(&self, session: &mut Session, entry: &Entry) -> Result<bool, InboundError> {
        let Entry { delivery, step, at, .. } = entry;
        match step {
            Step::Sending => Ok(claims::mark_sending(session, delivery, *at).await?),
            Step::FinalDot => Ok(claims::mark_final_dot(session, delivery, *at).await?),
            Step::Ended { ending, hold, is_nobody } => {
                if let Some(hold) = hold {
                    holds::add(session, hold).await?;
                }
                let is_ours = claims::mark_ended(session, delivery, ending, *at).await?;
                // What came back may have been recorded before its sending was.
                match ending {
                    Ending::Sent(_) if is_ours => {
                        tracking::mark_sent(session, delivery.id, *at).await?;
                        returns::mark_overtaken(session, delivery.id, *at).await?;
                        sent_copies::plan(session, delivery.outgoing, *at).await?;
                    }
                    Ending::Uncertain { .. } if is_ours => {
                        settling::settle(session, delivery.id, *at).await?;
                    }
                    _ => {}
                }
                if *is_nobody && let Some(address) = delivery.address() {
                    let grounds = Grounds { delivery: Some(delivery.id), ..Grounds::of(Reason::HardBounce, *at) };
                    suppressing::enter(session, &self.keys, &address, &grounds).await?;
                }
                Ok(is_ours)
            }
        }
    }
}
