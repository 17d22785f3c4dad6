//! One mailbox looked after for good: a task of its own, so that trouble here disturbs no other.
//!
//! Wanted: whatever breaks is tried again, at a pace that harms nobody. A lost connection comes back within seconds and a dead server is
//! asked every few minutes; but a refused login is tried a second time, after minutes, and no more, because further tries lock people out
//! of their mailbox. It is tried again when the password or token has changed. Nothing spins: each way around the loop waits for
//! something.

mod pace;
mod refusals;
mod waiting;
mod watching;

pub(super) use pace::before_first_login;
pub(super) use refusals::refused_times;

use super::inbound::{InboundError, Tally};
use super::outward::{self, Done};
use super::supervise::may_pass;
use super::tending::{self, State};
use super::{Account, Office, room};
use crate::mailbox::{Hints, Mailbox, MailboxError, Visit};
use crate::record::BooksError;
use refusals::{REFUSED_MAX, is_final, wait_for_change};
use std::sync::Arc;
use std::time::Duration;
use waiting::ByClock;
use watching::Watch;

/// So many refused commands in a row, and we begin with a new connection.
const REFUSED_IN_A_ROW_MAX: u32 = 5;
/// Mail comes in flurries: after a look, more is waited for a little before the next.
const FLURRY: Duration = Duration::from_millis(50);

/// Looks after a mailbox until the daemon stops. An error is trouble with the books that waiting does not cure.
pub(super) async fn keep(office: Arc<Office>, account: Account) -> Result<(), InboundError> {
    let (mut state, watch) = (State::default(), Watch::default());
    let (mut failures, mut refusals) = (0_u32, 0_u32);
    // A task that broke before this one may have left some.
    release(&office, &account).await?;
    while !office.stopping.is_asked() {
        let (mut was_well, progress) = (false, state.known.progress());
        let ended = tokio::select! {
            ended = stay(&office, &account, &mut state, &watch, &mut was_well) => ended,
            () = office.halts.next() => {
                // Whoever was on the other side has likely gone; finding that out would take minutes.
                state.known.interrupt();
                release(&office, &account).await?;
                continue;
            }
        };
        if was_well {
            refusals = 0;
        }
        if was_well || state.known.progress() > progress {
            failures = 0;
        }
        failures += 1;
        if ended.is_err() {
            release(&office, &account).await?;
        }
        let pause = match ended {
            Ok(()) => return Ok(()),
            // One folder costs the connection, and the mailbox is well without it.
            Err(InboundError::Mailbox(error)) if state.known.is_cut_by_closed_folder() => {
                state.known.interrupt();
                pace::pause_after(&office, failures, Some(&error))?
            }
            Err(InboundError::Mailbox(error)) => {
                tracing::warn!(account = %account.id, reason = error.kind(), failures, "A mailbox is in trouble; the others are looked after");
                let before = refusals;
                refusals = refused_times(&error).map_or(refusals, |times| times.max(refusals + 1));
                note_trouble(&office, &account, &mut state, &error, (refusals - before).max(1)).await?;
                if refusals > before || is_final(&error) {
                    let is_last = refusals >= REFUSED_MAX || is_final(&error);
                    if wait_for_change(&office, &account, &error, is_last).await? {
                        refusals = 0;
                    }
                    continue;
                }
                pace::pause_after(&office, failures, Some(&error))?
            }
            Err(InboundError::Books(error)) if may_pass(&error) => {
                room::note(&office, &error);
                state = State::default();
                pace::pause_after(&office, failures, None)?
            }
            // A statement that fails concerns this mailbox's mail as far as anybody knows; the others go on.
            Err(InboundError::Books(error @ (BooksError::Failed { .. } | BooksError::RawMail { .. }))) => {
                tracing::error!(account = %account.id, kind = error.kind(), "{error}");
                state = State::default();
                pace::pause_after(&office, failures, None)?
            }
            Err(error) => return Err(error),
        };
        tokio::select! {
            () = office.stopping.asked() => {}
            () = office.halts.next() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    Ok(())
}

/// Gives up what was claimed in a visit that is over: the next visit need not wait until the claims have run out.
async fn release(office: &Office, account: &Account) -> Result<(), InboundError> {
    match outward::release_own(office, account).await {
        // They run out by themselves.
        Err(InboundError::Books(error)) if may_pass(&error) => Ok(()),
        released => released,
    }
}

/// Trouble with the books while trouble is noted is no second trouble.
async fn note_trouble(office: &Office, account: &Account, state: &mut State, error: &MailboxError, times: u32) -> Result<(), InboundError> {
    let noted = match tending::note_trouble(office, account, state, error, times).await {
        Ok(()) => super::due::plan_alarms(office, office.now()).await,
        Err(error) => Err(error),
    };
    match noted {
        Ok(0) => Ok(()),
        Ok(_) => {
            office.accounts.iter().for_each(|other| other.bell.ring_for_acts());
            Ok(())
        }
        Err(InboundError::Books(error)) if may_pass(&error) => {
            room::note(office, &error);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// One visit, until it ends with trouble or the daemon stops.
async fn stay(office: &Arc<Office>, account: &Account, state: &mut State, watch: &Watch, was_well: &mut bool) -> Result<(), InboundError> {
    let mut visit = tokio::select! {
        () = office.stopping.asked() => return Ok(()),
        entered = account.mailbox.enter() => entered?,
    };
    let ended = tokio::select! {
        ended = work(office, account, &mut visit, state, watch, was_well) => ended,
        broken = watch.keep(office, account) => broken.map(|never| match never {}),
    };
    if ended.is_ok() {
        visit.leave().await;
    }
    ended
}

/// Look after look.
async fn work(
    office: &Office,
    account: &Account,
    visit: &mut Visit,
    state: &mut State,
    watch: &Watch,
    was_well: &mut bool,
) -> Result<(), InboundError> {
    let mut hints = Hints { anywhere: true, ..Hints::default() };
    let mut by_clock = ByClock::after(watch.look_every());
    let mut refused = 0;
    while !office.stopping.is_asked() {
        let (tally, done) = match tending::tend(office, account, visit, state, &hints).await {
            // A refused command says nothing about the connection: the next try may find the server in a better mood.
            Err(InboundError::Mailbox(error @ MailboxError::Imap(_))) if !error.ends_visit() && refused < REFUSED_IN_A_ROW_MAX => {
                refused += 1;
                tracing::debug!(account = %account.id, reason = error.kind(), refused, "A command was refused");
                state.known.interrupt();
                tokio::time::sleep(pace::pause_after(office, refused, None)?).await;
                hints.anywhere = true;
                continue;
            }
            tended => tended?,
        };
        refused = 0;
        *was_well = true;
        log(account, tally, done);
        if state.known.has_unkept() {
            // Nobody rings when our own disk has room again.
            by_clock = ByClock::after(watching::LOOK_EVERY_UNWATCHED);
        } else if hints.anywhere {
            by_clock = ByClock::after(watch.look_every());
        }
        hints = account.bell.take();
        hints.anywhere |= by_clock.is_now();
        if hints.is_empty() && !state.known.has_backlog() {
            hints = waiting::next(office, account, state, &mut by_clock).await?;
        } else if matches!(account.mailbox, Mailbox::Maildir(_)) && !state.known.has_backlog() {
            // A Maildir tells of every file; a server tells once.
            tokio::time::sleep(FLURRY).await;
        }
    }
    Ok(())
}

fn log(account: &Account, tally: Tally, done: Done) {
    if tally != Tally::default() {
        tracing::info!(
            account = %account.id,
            recorded = tally.recorded,
            historical = tally.historical,
            copies = tally.copies,
            quarantined = tally.quarantined,
            gone = tally.gone,
            "Mail was taken in"
        );
    }
    if done != Done::default() {
        tracing::info!(
            account = %account.id,
            drafted = done.drafted,
            withdrawn = done.withdrawn,
            told = done.told,
            spared = done.spared,
            "Acts were done"
        );
    }
}
