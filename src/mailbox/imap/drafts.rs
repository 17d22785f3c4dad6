//! Our own drafts where they lie: compared, and taken back. Nothing else that lies on a server is ever changed.
//!
//! A draft is found by its UID while the UIDVALIDITY is the same, else by its Message-ID or token among the heads of the folder; never
//! by SEARCH, which some servers answer with every mail there is. Size and hash are always those of the bytes the server gives: what
//! RFC822.SIZE says is inexact on some.
//!
//! Accepted: between the check of a draft and the flag that takes it away a person may open it, where the server has no CONDSTORE
//! to tell; that is one round trip.

use super::ImapError;
use super::look::SIZE_UNKNOWN;
use super::visit::{ImapVisit, Open};
use crate::mailbox::{DraftNow, Lying, UidSet};
use std::collections::HashSet;

/// Where a draft of ours lies now.
struct Found {
    uid: u32,
    /// At the moment its flags were read; the server tells no changes since where there is none.
    modseq: Option<u64>,
    is_deleted: bool,
}

impl ImapVisit {
    /// How a draft of ours lies there now.
    pub async fn draft_now(&mut self, wire_name: &str, draft: &Lying) -> Result<DraftNow, ImapError> {
        let open = self.examine(wire_name).await?;
        Ok(self.compared(&open, draft).await?.0)
    }

    /// Takes a draft of ours away when nobody touched it; how it lay there before.
    pub async fn take_back(&mut self, wire_name: &str, draft: &Lying) -> Result<DraftNow, ImapError> {
        let open = self.select(wire_name).await?;
        // What is open now can change; the next verb opens its folder read-only again.
        self.open = None;
        let (now, found) = self.compared(&open, draft).await?;
        let Some(found) = found else { return Ok(now) };
        let ours: UidSet = [found.uid].into_iter().collect();
        if !found.is_deleted && !self.mark_deleted(&ours, found.modseq).await? {
            return Ok(DraftNow::Touched);
        }
        if self.can_expunge() {
            self.connection.uid_expunge(&ours).await?;
        }
        Ok(now)
    }

    /// `false` when somebody changed it since its flags were read (RFC 7162 §3.1.3).
    async fn mark_deleted(&mut self, ours: &UidSet, modseq: Option<u64>) -> Result<bool, ImapError> {
        match self.connection.uid_store(ours, r"+FLAGS.SILENT (\Deleted)", modseq).await {
            Ok(modified) => Ok(modified.is_empty()),
            Err(ImapError::No { code: Some(code), .. }) if code.to_ascii_uppercase().starts_with("MODIFIED") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// How a draft lies there, and where: only while it is ours to take away. One that is marked as deleted, and otherwise as we put
    /// it, is gone: a person deleted it in a client that leaves such mail lying, or we did and could not expunge it.
    async fn compared(&mut self, open: &Open, draft: &Lying) -> Result<(DraftNow, Option<Found>), ImapError> {
        let Some(uid) = self.place_of(open, draft).await? else { return Ok((DraftNow::Gone, None)) };
        let modseq = if open.modseq.is_some() { " MODSEQ" } else { "" };
        let facts = self.fetched(uid, &format!("(UID FLAGS RFC822.SIZE{modseq})")).await?;
        let Some(facts) = facts.into_iter().find(|mail| mail.uid == uid) else { return Ok((DraftNow::Gone, None)) };
        let flags = facts.flags.ok_or(ImapError::Unreadable { command: "FETCH" })?;
        if flags.seen || flags.flagged || flags.answered {
            return Ok((DraftNow::Touched, None));
        }
        match self.content(uid, facts.size.unwrap_or(SIZE_UNKNOWN)).await? {
            None => Ok((DraftNow::Gone, None)),
            Some(content) if content != (draft.put.size, draft.put.content_hash) => Ok((DraftNow::Touched, None)),
            Some(_) => {
                let now = if flags.deleted { DraftNow::Gone } else { DraftNow::Untouched };
                Ok((now, Some(Found { uid, modseq: facts.modseq, is_deleted: flags.deleted })))
            }
        }
    }

    async fn place_of(&mut self, open: &Open, draft: &Lying) -> Result<Option<u32>, ImapError> {
        if draft.put.uidvalidity == i64::from(open.uidvalidity) {
            return Ok(draft.put.place.parse().ok());
        }
        // The server gave all mails of the folder new UIDs.
        let found = self.find(open, 1, &HashSet::from([&draft.message_id])).await?;
        Ok(found.get(&draft.message_id).map(|sighting| sighting.uid))
    }
}
