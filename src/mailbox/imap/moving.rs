//! Moving mail from the open folder into another: MOVE (RFC 6851), or COPY and removal of exactly those mails (RFC 4315).
//!
//! Wanted: a mail lies in one of the two folders at least, whatever breaks, and nobody else's mail goes. So without MOVE only what was
//! copied is removed, by UID EXPUNGE; where that is not offered nothing is done, for a plain EXPUNGE takes other people's mail too.

use super::{Connection, ImapError, quoted};
use crate::mailbox::UidSet;
use imap_proto::rfc4315::UidSetMember;
use imap_proto::{Response, ResponseCode, Status};

/// Where mails lie now (RFC 4315 COPYUID).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moved {
    /// Of the folder they were moved into.
    pub uidvalidity: u32,
    /// The UID each had, and the one it has now.
    pub uids: Vec<(u32, u32)>,
}

impl Connection {
    /// Moves mails of the folder that is selected into another; where they lie now, when the server tells.
    ///
    /// [`ImapError::NotOffered`]: the server can only copy, and nothing was done. [`ImapError::HalfMoved`]: some are copied or moved and
    /// others not; look before moving again. [`ImapError::Unclear`]: the connection broke, and nobody knows.
    pub async fn uid_move(&mut self, wire_name_to: &str, uids: &UidSet) -> Result<Option<Moved>, ImapError> {
        let can_move = self.offers("MOVE") || self.offers("IMAP4REV2");
        if !can_move && !self.offers("UIDPLUS") {
            return Err(ImapError::NotOffered { what: ImapError::MOVE });
        }
        if uids.is_empty() {
            return Ok(None);
        }
        if can_move {
            return self.relocate("MOVE", wire_name_to, uids).await;
        }
        let copied = self.relocate("COPY", wire_name_to, uids).await?;
        // One that went before it could be copied is not to be removed by us.
        let there = match &copied {
            Some(copied) => copied.uids.iter().map(|(from, _)| *from).collect(),
            None => uids.clone(),
        };
        let removed = match self.uid_store(&there, r"+FLAGS.SILENT (\Deleted)", None).await {
            Ok(_) => self.uid_expunge(&there).await,
            Err(error) => Err(error),
        };
        removed.map(|()| copied).map_err(|error| ImapError::HalfMoved(Box::new(error)))
    }

    /// `UID MOVE` or `UID COPY`, with the UIDs there as the tagged OK tells them, or an untagged one before the mails go.
    async fn relocate(&mut self, name: &'static str, wire_name_to: &str, uids: &UidSet) -> Result<Option<Moved>, ImapError> {
        let mut told = None;
        let done = self
            .exec(name, &format!("UID {name} {uids} {}", quoted(wire_name_to)), |response| {
                if let Response::Data { status: Status::Ok, outcome } = response {
                    told = outcome.code.as_ref().and_then(copied).or(told.take());
                }
                Ok(())
            })
            .await;
        match done {
            Ok(done) => Ok(done.typed_code().as_ref().and_then(copied).or(told).and_then(|told| moved(told, uids))),
            Err(error) if error.ends_connection() => Err(ImapError::Unclear(Box::new(error))),
            // It had begun.
            Err(error) if told.is_some() => Err(ImapError::HalfMoved(Box::new(error))),
            Err(error) => Err(error),
        }
    }
}

/// COPYUID: a UIDVALIDITY, the UIDs that were, and the UIDs that are.
type CopyUid = (u32, Vec<UidSetMember>, Vec<UidSetMember>);

fn copied(code: &ResponseCode<'_>) -> Option<CopyUid> {
    match code {
        ResponseCode::CopyUid(uidvalidity, from, to) => Some((*uidvalidity, from.clone(), to.clone())),
        _ => None,
    }
}

/// What COPYUID says of these mails; `None` when it does not fit them.
fn moved((uidvalidity, from, to): CopyUid, uids: &UidSet) -> Option<Moved> {
    // No more than were asked for, whatever ranges a server writes.
    let asked_len = usize::try_from(uids.len()).unwrap_or(usize::MAX);
    let (from, to) = (numbers(from, asked_len)?, numbers(to, asked_len)?);
    let fits = from.len() == to.len() && from.iter().all(|uid| uids.contains(*uid));
    fits.then(|| Moved { uidvalidity, uids: from.into_iter().zip(to).collect() })
}

/// The UIDs of a set in its order; `None` when there are more than that.
fn numbers(members: Vec<UidSetMember>, len_max: usize) -> Option<Vec<u32>> {
    let mut numbers = Vec::new();
    for member in members {
        let range = match member {
            UidSetMember::Uid(uid) => uid..=uid,
            UidSetMember::UidRange(range) => range,
        };
        numbers.extend(range.take(len_max.saturating_add(1).saturating_sub(numbers.len())));
    }
    (numbers.len() <= len_max).then_some(numbers)
}
