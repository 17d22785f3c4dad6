//! What is next: a mailbox's connections take from one queue of claimed deliveries, which is filled while they are at work.

use super::journal::Step;
use super::{Picked, Sending, Tally, budget, claim, overtaken, suppressed, unwanted};
use crate::flow::inbound::InboundError;
use crate::flow::transaction::in_books;
use crate::record::outbox::claims::{self, Claimed, Ending};
use crate::record::outbox::holds::{self, HoldOf};
use crate::record::outbox::{self, Following, Letter, MailClass};
use crate::record::{Session, settings};
use crate::types::OutgoingId;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::rc::Rc;

/// So many are claimed for each connection at a time; the rest stays free for a pause to stop.
const CLAIMED_PER_LANE: usize = 2;
/// Mails that are kept in no more bytes are fetched when they are claimed, so that all in hand need little memory.
const SMALL_LEN_MAX: i64 = 64 * 1024;

impl Sending {
    /// The next delivery; claims more when none is left in hand. `None` when nothing is due, or nothing more is to be tried.
    pub(super) async fn next(self: &Rc<Self>) -> Result<Option<Picked>, InboundError> {
        if !self.goes_on() {
            return Ok(None);
        }
        let picked = self.queue.borrow_mut().pop_front();
        if let Some(picked) = picked {
            if self.is_short() && self.claiming.try_lock().is_ok() {
                self.claim_ahead();
            }
            return Ok(Some(picked));
        }
        let _turn = self.claiming.lock().await;
        let is_empty = self.queue.borrow().is_empty();
        if is_empty {
            self.claim_more().await?;
        }
        Ok(if self.goes_on() { self.queue.borrow_mut().pop_front() } else { None })
    }

    fn goes_on(&self) -> bool {
        !self.stop.get() && !self.office.stopping.is_asked()
    }

    /// Whether the queue holds less than all connections take next.
    fn is_short(&self) -> bool {
        self.queue.borrow().len() < self.width()
    }

    /// Claims more while the connections are at work on what is in hand.
    fn claim_ahead(self: &Rc<Self>) {
        let sending = Rc::clone(self);
        tokio::task::spawn_local(async move {
            let _turn = sending.claiming.lock().await;
            if sending.is_short()
                && let Err(error) = sending.claim_more().await
            {
                sending.stop.set(true);
                *sending.broken.borrow_mut() = Some(error);
            }
        });
    }

    /// Claims for the queue. In the caller's turn.
    async fn claim_more(&self) -> Result<(), InboundError> {
        if self.is_dry.get() || !self.goes_on() {
            return Ok(());
        }
        // What is put back from now on may be due at once, and says so again.
        self.is_dry.set(true);
        // What was put back before is due when that is written down.
        self.journal.flush().await;
        let picked = self.claim().await?;
        if !picked.is_empty() {
            self.is_dry.set(false);
        }
        self.queue.borrow_mut().extend(picked);
        Ok(())
    }

    /// Claims what is due and may go. Whoever is on the suppression list by now is asked about in the same transaction, so that a mail
    /// whose recipient was entered before never leaves, however long ago it was planned.
    async fn claim(&self) -> Result<Vec<Picked>, InboundError> {
        let limit = i64::try_from(self.width() * CLAIMED_PER_LANE).unwrap_or(1);
        loop {
            let claim = claim(&self.office, &self.account, limit);
            let sharers = self.office.sharers(&self.account);
            let chance = u64::from_le_bytes(self.office.ids.bytes::<8>()?);
            let (picked, tally) = in_books(&self.office.books, async |session| {
                claims::mark_missed(session, self.account.id, claim.now).await?;
                let claimed = budget::claim(session, &sharers, &claim, chance).await?;
                let (claimed, overtaken) = overtaken::set_aside(session, claimed, claim.now).await?;
                let (wanted, unwanted) = unwanted::set_aside(session, claimed, claim.now).await?;
                let (going, mut tally) = suppressed::sift(session, &self.office, &self.account, wanted).await?;
                tally += overtaken;
                tally += unwanted;
                Ok((self.pick(session, going).await?, tally))
            })
            .await?;
            let mut all = self.tally.get();
            all += tally;
            self.tally.set(all);
            if !picked.is_empty() || tally == Tally::default() {
                return Ok(picked);
            }
        }
    }

    /// What was claimed with its mails, as far as they are small: asking for each by itself takes longer than sending it.
    async fn pick(&self, session: &mut Session, claimed: Vec<Claimed>) -> Result<Vec<Picked>, InboundError> {
        let mails: BTreeSet<OutgoingId> = claimed.iter().map(|delivery| delivery.outgoing).collect();
        let small = outbox::list_letters(session, &mails.into_iter().collect::<Vec<_>>(), SMALL_LEN_MAX).await?;
        let small: HashMap<OutgoingId, (Rc<Letter>, Following)> =
            small.into_iter().map(|(id, letter, following)| (id, (Rc::new(letter), following))).collect();
        let claimed_at = self.office.now();
        let picked = |delivery: Claimed| match small.get(&delivery.outgoing) {
            Some((letter, following)) => Picked { delivery, claimed_at, letter: Some(Rc::clone(letter)), following: *following },
            None => Picked { delivery, claimed_at, letter: None, following: Following::UNKNOWN },
        };
        Ok(claimed.into_iter().map(picked).collect())
    }

    /// Nothing was handed over, and it goes when it may. Whoever has lost its claim changes nothing.
    pub(super) fn give_back(&self, delivery: &Claimed) {
        self.is_dry.set(false);
        let ending = Ending::PutBack { until: delivery.due_at, why: String::new() };
        self.journal.note(
            delivery,
            Step::Ended { ending, holds: Vec::new(), is_nobody: false, following: Following::UNKNOWN },
            self.office.now(),
        );
    }

    /// A step was not to be written down any more: gives back what was claimed before a pause, or before a hold that others met: another
    /// mailbox of the tenant, or another daemon.
    pub(super) async fn give_back_barred(&self) -> Result<(), InboundError> {
        let mut session = self.office.books.look().await?;
        let all = holds::list(&mut session, self.office.now()).await?;
        let is_held = |of| all.iter().any(|hold| hold.account == self.account.id && hold.of == of);
        if is_held(HoldOf::Everything) || settings::find_paused(&mut session).await?.is_some() {
            self.stop.set(true);
        }
        if is_held(HoldOf::Bulk) {
            let is_bulk = |picked: &Picked| picked.delivery.class == MailClass::Bulk;
            let (held, going): (VecDeque<Picked>, VecDeque<Picked>) = self.queue.take().into_iter().partition(is_bulk);
            self.queue.replace(going);
            held.iter().for_each(|picked| self.give_back(&picked.delivery));
        }
        Ok(())
    }
}
