//! One mailbox looked after once: what is new is recorded, what was decided is done, drafts are looked after, and the books are told how
//! the mailbox fares.

use super::inbound::{self, InboundError, Known, Tally};
use super::outward::{self, Done, DraftsDesk};
use super::transaction::in_books;
use super::{Account, Office, room};
use crate::decide::TroubleKind;
use crate::mailbox::imap::ImapError;
use crate::mailbox::{CredentialError, Hints, MailboxError, MaildirError, Visit};
use crate::record::acts;
use crate::record::health::{self, FolderCount};
use crate::types::Moment;

/// The books are told at this pace that a mailbox is well.
const WELL_EVERY_MS: i64 = 60_000;

/// What is remembered of a mailbox beside the books.
#[derive(Debug, Default)]
pub(super) struct State {
    pub known: Known,
    pub desk: DraftsDesk,
    /// When the books were last told that it is well; `None` after trouble.
    well_at: Option<Moment>,
    /// Whether they were told what it holds since the last trouble.
    is_counted: bool,
}

impl State {
    /// Whether the books are to be told again that the mailbox is well.
    fn is_to_be_told(&self, now: Moment) -> bool {
        self.well_at.is_none_or(|at| now >= at.plus_ms(WELL_EVERY_MS))
    }
}

/// Looks where something may have happened, and does what is due.
pub(super) async fn tend(
    office: &Office,
    account: &Account,
    visit: &mut Visit,
    state: &mut State,
    hints: &Hints,
) -> Result<(Tally, Done), InboundError> {
    let mut done = Done::default();
    let mut tally = Tally::default();
    if hints.anywhere || !hints.folders.is_empty() || state.known.has_backlog() {
        tally = inbound::take_in(office, account, visit, &mut state.known, hints, async |visit| {
            done += outward::do_due(office, account, visit).await?;
            Ok(())
        })
        .await?;
    }
    // What is due waits until Sent was looked at: what a person answered while the daemon was away needs no draft.
    if state.known.lacks_sent() {
        return Ok((tally, done));
    }
    done += outward::do_due(office, account, visit).await?;
    if state.known.concerns_drafts(hints) {
        outward::look_after_drafts(office, account, visit, &mut state.desk).await?;
        done += outward::do_due(office, account, visit).await?;
    }
    if tally.unkept > 0 {
        note_unkept(office, account).await?;
    }
    let is_news = tally.gone > 0 || (state.known.can_count() && !state.is_counted);
    if state.known.has_seen_all() && (state.is_to_be_told(office.now()) || is_news) {
        let doubts = state.known.doubts();
        if !doubts.is_empty() && !state.known.has_backlog() {
            tally += inbound::take_in(office, account, visit, &mut state.known, &doubts, async |visit| {
                done += outward::do_due(office, account, visit).await?;
                Ok(())
            })
            .await?;
        }
        note_well(office, account, state).await?;
    }
    Ok((tally, done))
}

/// Our own disk cannot take some large mail of a mailbox that is well; it is told at once.
async fn note_unkept(office: &Office, account: &Account) -> Result<(), InboundError> {
    let (kind, now) = (TroubleKind::StorageFull, office.now());
    let detail = "large mail cannot be kept on our own disk";
    in_books(&office.books, async |session| Ok(health::mark_trouble(session, account.id, kind, detail, now).await?)).await?;
    if super::due::plan_alarms(office, now).await? > 0 {
        office.accounts.iter().for_each(|other| other.bell.ring_for_acts());
    }
    Ok(())
}

/// Tells the books that the mailbox is well, and what it holds.
async fn note_well(office: &Office, account: &Account, state: &mut State) -> Result<(), InboundError> {
    let now = office.now();
    let counts = state.known.counts();
    let is_kept = !state.known.has_unkept();
    in_books(&office.books, async |session| {
        health::mark_well(session, account.id, now).await?;
        if is_kept {
            health::mark_over(session, account.id, TroubleKind::StorageFull, now).await?;
        }
        // Nothing waits for room in the mailbox any more.
        if acts::find_next_due(session, account.id).await?.is_none() {
            health::mark_room(session, account.id, now).await?;
        }
        for (folder, uidvalidity, listed) in &counts {
            let listed = i64::try_from(*listed).unwrap_or(i64::MAX);
            let count = FolderCount { account: account.id, folder: *folder, uidvalidity: *uidvalidity, listed, at: now };
            health::mark_counts(session, &count).await?;
        }
        Ok(())
    })
    .await?;
    state.well_at = Some(now);
    state.is_counted |= state.known.can_count();
    room::tell_if_over(office).await
}

/// Tells the books that the mailbox is in trouble, met so many times since they were last told.
pub(super) async fn note_trouble(
    office: &Office,
    account: &Account,
    state: &mut State,
    error: &MailboxError,
    times: u32,
) -> Result<(), InboundError> {
    state.known.interrupt();
    (state.well_at, state.is_counted) = (None, false);
    let (kind, detail, now) = (trouble(error), error.kind(), office.now());
    in_books(&office.books, async |session| {
        for _ in 0..times {
            health::mark_trouble(session, account.id, kind, &detail, now).await?;
        }
        Ok(())
    })
    .await
}

/// What people are told is wrong.
fn trouble(error: &MailboxError) -> TroubleKind {
    match error {
        MailboxError::Maildir(MaildirError::Unwritable { source, .. }) if source.kind() == std::io::ErrorKind::StorageFull => {
            TroubleKind::DiskFull
        }
        MailboxError::Maildir(_) => TroubleKind::MailboxGone,
        MailboxError::Imap(
            ImapError::LoginRefused { .. } | ImapError::Credential(CredentialError::Unreadable(_) | CredentialError::ProxyUnreadable(_)),
        ) => TroubleKind::LoginRefused,
        MailboxError::Imap(ImapError::Credential(CredentialError::NoToken { .. } | CredentialError::Ended { .. })) => {
            TroubleKind::TokenEnded
        }
        MailboxError::Imap(ImapError::Spool { .. }) => TroubleKind::StorageFull,
        MailboxError::Imap(
            ImapError::No { command: "EXAMINE" | "SELECT" | "FETCH", .. }
            | ImapError::Bad { command: "EXAMINE" | "SELECT" | "FETCH", .. }
            | ImapError::NoLastingUids,
        ) => TroubleKind::FolderClosed,
        MailboxError::Imap(ImapError::Untrusted { .. }) => TroubleKind::Untrusted,
        MailboxError::Imap(ImapError::NotOffered { what: ImapError::STARTTLS }) => TroubleKind::Unencrypted,
        MailboxError::Imap(ImapError::NotOffered { what: ImapError::LOGIN_BY_PASSWORD | ImapError::LOGIN_BY_TOKEN }) => {
            TroubleKind::NoLogin
        }
        MailboxError::Imap(_) => TroubleKind::Unreachable,
    }
}
