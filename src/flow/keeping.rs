//! One mailbox looked after for good: a task of its own, so that trouble here disturbs no other.
//!
//! Wanted: whatever breaks is tried again, at a pace that harms nobody. A lost connection comes back within seconds and a dead server is
//! asked every few minutes; but a refused login is tried twice and no more, because further tries lock people out of their mailbox. It
//! is tried again when the password or token has changed.

use super::inbound::{InboundError, Tally};
use super::outward::Done;
use super::supervise::may_pass;
use super::tending::{self, State};
use super::{Account, Office, room};
use crate::mailbox::imap::ImapError;
use crate::mailbox::{Credential, CredentialError, Hints, Mailbox, MailboxError, Visit};
use crate::record::{BooksError, acts};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// A look without a reason: finds what no bell told of.
const LOOK_EVERY: Duration = Duration::from_secs(10 * 60);
/// The same while nobody watches: the watching connection is down.
const LOOK_EVERY_UNWATCHED: Duration = Duration::from_secs(30);
/// Waits between attempts grow from the first to the last of these.
const RETRY_MS_MIN: u64 = 1_000;
const RETRY_MS_MAX: u64 = 300_000;
/// A server that has no room for us is left alone for at least so long.
const CROWDED_MS_MIN: u64 = 60_000;
/// So many refused commands in a row, and we begin with a new connection.
const REFUSED_IN_A_ROW_MAX: u32 = 5;
/// How often a login may be refused before we stop.
const REFUSED_MAX: u32 = 2;
/// After that, how often we look whether the password has changed.
const CHANGED_EVERY: Duration = Duration::from_secs(60);
/// Mail comes in flurries: after a look, more is waited for a little before the next.
const FLURRY: Duration = Duration::from_millis(50);

/// Looks after a mailbox until the daemon stops. An error is trouble with the books that waiting does not cure.
pub(super) async fn keep(office: Arc<Office>, account: Account) -> Result<(), InboundError> {
    let mut state = State::default();
    let (mut failures, mut refusals) = (0_u32, 0_u32);
    while !office.stopping.is_asked() {
        let (mut was_well, progress) = (false, state.known.progress());
        let ended = stay(&office, &account, &mut state, &mut was_well).await;
        if was_well {
            refusals = 0;
        }
        if was_well || state.known.progress() > progress {
            failures = 0;
        }
        failures += 1;
        let pause_ms = match ended {
            Ok(()) => return Ok(()),
            Err(InboundError::Mailbox(error)) => {
                tracing::warn!(account = %account.id, reason = error.kind(), failures, "A mailbox is in trouble; the others are looked after");
                note_trouble(&office, &account, &mut state, &error).await?;
                refusals += u32::from(is_refusal(&error));
                if refusals >= REFUSED_MAX || is_final(&error) {
                    wait_for_change(&office, &account).await;
                    refusals = 0;
                    continue;
                }
                let crowded = matches!(error, MailboxError::Imap(ImapError::Crowded { .. }));
                pause_ms(failures).max(if crowded { CROWDED_MS_MIN } else { 0 })
            }
            Err(InboundError::Books(error)) if may_pass(&error) => {
                room::note(&office, &error);
                state = State::default();
                pause_ms(failures)
            }
            // A statement that fails concerns this mailbox's mail as far as anybody knows; the others go on.
            Err(InboundError::Books(error @ (BooksError::Failed { .. } | BooksError::RawMail { .. }))) => {
                tracing::error!(account = %account.id, kind = error.kind(), "{error}");
                state = State::default();
                pause_ms(failures)
            }
            Err(error) => return Err(error),
        };
        let pause = Duration::from_millis(jittered(&office, pause_ms)?);
        tokio::select! {
            () = office.stopping.asked() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    Ok(())
}

/// Trouble with the books while trouble is noted is no second trouble.
async fn note_trouble(office: &Office, account: &Account, state: &mut State, error: &MailboxError) -> Result<(), InboundError> {
    let noted = match tending::note_trouble(office, account, state, error).await {
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
async fn stay(office: &Arc<Office>, account: &Account, state: &mut State, was_well: &mut bool) -> Result<(), InboundError> {
    let mut visit = tokio::select! {
        () = office.stopping.asked() => return Ok(()),
        entered = account.mailbox.enter() => entered?,
    };
    let watched = std::sync::atomic::AtomicBool::new(true);
    let ended = tokio::select! {
        ended = work(office, account, &mut visit, state, was_well, &watched) => ended,
        broken = watch(office, account, &watched) => broken.map(|never| match never {}),
    };
    if ended.is_ok() {
        visit.leave().await;
    }
    ended
}

/// Look after look.
async fn work(
    office: &Arc<Office>,
    account: &Account,
    visit: &mut Visit,
    state: &mut State,
    was_well: &mut bool,
    watched: &std::sync::atomic::AtomicBool,
) -> Result<(), InboundError> {
    let mut hints = Hints { anywhere: true, ..Hints::default() };
    let mut refused = 0;
    while !office.stopping.is_asked() {
        let (tally, done) = match tending::tend(office, account, visit, state, &hints).await {
            // A refused command says nothing about the connection: the next try may find the server in a better mood.
            Err(InboundError::Mailbox(error @ MailboxError::Imap(_))) if !error.ends_visit() && refused < REFUSED_IN_A_ROW_MAX => {
                refused += 1;
                tracing::debug!(account = %account.id, reason = error.kind(), refused, "A command was refused");
                state.known.interrupt();
                tokio::time::sleep(Duration::from_millis(jittered(office, pause_ms(refused))?)).await;
                hints.anywhere = true;
                continue;
            }
            tended => tended?,
        };
        refused = 0;
        *was_well = true;
        log(account, tally, done);
        hints = account.bell.take();
        if !hints.is_empty() || state.known.has_backlog() {
            // A Maildir tells of every file; a server tells once.
            if matches!(account.mailbox, Mailbox::Maildir(_)) && !state.known.has_backlog() {
                tokio::time::sleep(FLURRY).await;
            }
            continue;
        }
        // Nobody rings when our own disk has room again.
        let is_told = watched.load(std::sync::atomic::Ordering::Relaxed) && !state.known.has_unkept();
        let longest = if is_told { LOOK_EVERY } else { LOOK_EVERY_UNWATCHED };
        let (wait, is_for_act) = until_due(office, account, longest).await?;
        let turns = Arc::clone(&office.history_turns);
        hints = tokio::select! {
            () = office.stopping.asked() => return Ok(()),
            rung = account.bell.wait(wait) => rung,
            turn = turns.acquire_owned(), if state.known.waits_for_turn() => {
                if let Ok(turn) = turn {
                    state.known.take_turn(turn);
                }
                Hints { anywhere: true, ..Hints::default() }
            }
        };
        if hints.is_empty() {
            hints = Hints { anywhere: !is_for_act, acts: is_for_act, ..Hints::default() };
        }
    }
    Ok(())
}

/// How long to wait at most, and whether an act is due then.
async fn until_due(office: &Office, account: &Account, longest: Duration) -> Result<(Duration, bool), InboundError> {
    let mut session = office.books.look().await?;
    let due = acts::find_next_due(&mut session, account.id).await?;
    drop(session);
    let wait_ms = due.map(|due| u64::try_from(due.0.saturating_sub(office.now().0)).unwrap_or(0).max(RETRY_MS_MIN));
    let wait = wait_ms.map(Duration::from_millis).filter(|wait| *wait < longest);
    Ok((wait.unwrap_or(longest), wait.is_some()))
}

/// Keeps the bell ringing. What breaks it is mended here, but for a token that ended, which concerns the whole mailbox.
async fn watch(office: &Office, account: &Account, watched: &std::sync::atomic::AtomicBool) -> Result<Infallible, InboundError> {
    let (mut failures, mut refusals) = (0_u32, 0_u32);
    loop {
        let began = office.now();
        let Err(error) = account.mailbox.watch(&account.bell).await;
        watched.store(false, std::sync::atomic::Ordering::Relaxed);
        if is_final(&error) {
            return Err(error.into());
        }
        refusals += u32::from(is_refusal(&error));
        if refusals >= REFUSED_MAX {
            // The visit's own login went well, so this is the server's rule for a second one; asking again would lock people out.
            tracing::warn!(account = %account.id, "A second login is refused; the mailbox is looked at every half minute");
            account.bell.ring();
            return std::future::pending().await;
        }
        failures = if office.now().0 - began.0 > i64::try_from(RETRY_MS_MAX).unwrap_or(i64::MAX) { 1 } else { failures + 1 };
        tracing::debug!(account = %account.id, reason = error.kind(), failures, "Nobody watches the mailbox for a while");
        // Whatever came meanwhile was told to nobody.
        account.bell.ring();
        let crowded = matches!(error, MailboxError::Imap(ImapError::Crowded { .. }));
        let pause_ms = pause_ms(failures).max(if crowded { CROWDED_MS_MIN } else { 0 });
        tokio::time::sleep(Duration::from_millis(jittered(office, pause_ms)?)).await;
        watched.store(true, std::sync::atomic::Ordering::Relaxed);
        account.bell.ring();
    }
}

/// Waits until what we log in with is another than now.
async fn wait_for_change(office: &Office, account: &Account) {
    let Mailbox::Imap(mailbox) = &account.mailbox else { return };
    tracing::error!(account = %account.id, "The login is not tried again before the password or token has changed");
    let refused: Option<Credential> = mailbox.credentials.credential(false).await.ok();
    loop {
        tokio::select! {
            () = office.stopping.asked() => return,
            () = tokio::time::sleep(CHANGED_EVERY) => {}
        }
        match mailbox.credentials.credential(false).await {
            Ok(now) if Some(&now) != refused.as_ref() => return,
            Ok(_) | Err(_) => {}
        }
    }
}

fn is_refusal(error: &MailboxError) -> bool {
    matches!(error, MailboxError::Imap(ImapError::LoginRefused { .. }))
}

/// Only a person can help.
fn is_final(error: &MailboxError) -> bool {
    matches!(error, MailboxError::Imap(ImapError::Credential(CredentialError::Ended { .. } | CredentialError::NoToken { .. })))
}

/// Twice as long after each failure, within bounds.
fn pause_ms(failures: u32) -> u64 {
    let doublings = failures.clamp(1, 20) - 1;
    RETRY_MS_MIN.saturating_mul(1_u64 << doublings).min(RETRY_MS_MAX)
}

/// Between half and the whole of a pause, so that a hundred mailboxes do not come back in one instant.
fn jittered(office: &Office, pause_ms: u64) -> Result<u64, InboundError> {
    let chance = u64::from_le_bytes(office.ids.bytes::<8>()?);
    Ok(pause_ms / 2 + chance % (pause_ms / 2 + 1))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_minutes() {
        assert_eq!([1, 2, 3, 9, 40].map(pause_ms), [1_000, 2_000, 4_000, 256_000, 300_000]);
    }
}
