//! Our own drafts: put once, compared, taken back. The only place where anything on a server is changed.
//!
//! A draft is found by its UID while the UIDVALIDITY is the same, else by its Message-ID among the heads of the folder; never by
//! SEARCH, which some servers answer with every mail there is. Size and hash are always those of the bytes the server gives: what
//! RFC822.SIZE says is inexact on some.
//!
//! Accepted: between the check of a draft and the flag that takes it away a person may open it, where the server has no CONDSTORE
//! to tell; that is one round trip.

use super::folders::INBOX;
use super::look::SIZE_UNKNOWN;
use super::uids;
use super::visit::{ImapVisit, Open};
use super::{Fetched, ImapError};
use crate::mailbox::{DraftNow, Lying, NewDraft, Put, Tried, UidSet};
use crate::types::MessageId;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// What tells which mail it is.
const MESSAGE_ID: &str = "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])";
/// Looks for a mail that the server took and does not show yet.
const LOOKS_MAX: usize = 3;

/// Where a draft of ours lies now.
struct Found {
    uid: u32,
    /// At the moment its flags were read; the server tells no changes since where there is none.
    modseq: Option<u64>,
    is_deleted: bool,
}

impl ImapVisit {
    /// Puts mails into a folder as drafts, in order. After an answer that ends the connection the rest is not tried.
    pub async fn put_drafts(&mut self, wire_name: &str, drafts: Vec<NewDraft>) -> Vec<Result<Put, ImapError>> {
        let mut puts = Vec::with_capacity(drafts.len());
        let mut before = None;
        for draft in &drafts {
            let put = self.put_once(wire_name, draft, r"\Draft", &drafts, &mut before).await;
            let is_over = put.as_ref().is_err_and(ImapError::ends_connection);
            puts.push(put);
            if is_over {
                break;
            }
        }
        puts
    }

    /// Puts a mail into the inbox as new mail.
    pub async fn put_note(&mut self, note: NewDraft) -> Result<Put, ImapError> {
        self.put_once(INBOX, &note, "", std::slice::from_ref(&note), &mut None).await
    }

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
        Ok(found.get(&draft.message_id).copied())
    }

    /// Puts a mail, unless an earlier try came through. What earlier tries left is looked up once for all of `drafts`.
    async fn put_once(
        &mut self,
        wire_name: &str,
        draft: &NewDraft,
        flags: &str,
        drafts: &[NewDraft],
        before: &mut Option<(Open, HashMap<MessageId, u32>)>,
    ) -> Result<Put, ImapError> {
        if draft.tried == Tried::Before {
            if before.is_none() {
                let open = self.examine(wire_name).await?;
                let tried = drafts.iter().filter(|draft| draft.tried == Tried::Before).map(|draft| &draft.message_id).collect();
                let found = self.find(&open, 1, &tried).await?;
                *before = Some((open, found));
            }
            let found = before.as_ref().and_then(|(open, found)| Some((open.uidvalidity, *found.get(&draft.message_id)?)));
            if let Some((uidvalidity, uid)) = found {
                // Whether they are our bytes, and as what the server gives them back, only it knows.
                return match self.given_back(wire_name, uidvalidity, uid, draft.bytes.len() as u64).await? {
                    Some((size, content_hash)) => Ok(put_at(uidvalidity, uid, size, content_hash)),
                    None => Err(ImapError::Gone { place: uid.to_string() }),
                };
            }
        }
        self.put(wire_name, draft, flags).await
    }

    async fn put(&mut self, wire_name: &str, draft: &NewDraft, flags: &str) -> Result<Put, ImapError> {
        let tells_uid = self.connection.offers("UIDPLUS") || self.connection.offers("IMAP4REV2");
        let before = if tells_uid { None } else { Some(self.examine(wire_name).await?) };
        let put = match self.connection.append(wire_name, flags, &draft.bytes).await? {
            Some(put) => put,
            None => self.find_put(wire_name, draft, before).await?,
        };
        let ours: (u64, [u8; 32]) = (draft.bytes.len() as u64, Sha256::digest(&draft.bytes).into());
        let (uidvalidity, uid) = put;
        let (size, content_hash) = match self.rewrites {
            Some(false) => ours,
            _ => match self.given_back(wire_name, uidvalidity, uid, ours.0).await {
                Ok(Some(given)) => {
                    self.rewrites = Some(given != ours);
                    given
                }
                // Found by its Message-ID at the next try, and compared then.
                Err(error) if error.ends_connection() => return Err(ImapError::Unclear(Box::new(error))),
                Ok(None) | Err(_) => ours,
            },
        };
        Ok(put_at(uidvalidity, uid, size, content_hash))
    }

    /// Where a mail was put that the server took without telling: by its Message-ID, above what lay there before.
    async fn find_put(&mut self, wire_name: &str, draft: &NewDraft, before: Option<Open>) -> Result<(u32, u32), ImapError> {
        for _ in 0..LOOKS_MAX {
            let open = self.looked_at_again(wire_name).await?;
            let first =
                before.as_ref().filter(|before| before.uidvalidity == open.uidvalidity).and_then(|before| before.uidnext).unwrap_or(1);
            let found = self.find(&open, first, &HashSet::from([&draft.message_id])).await.map_err(unclear)?;
            if let Some(uid) = found.get(&draft.message_id) {
                return Ok((open.uidvalidity, *uid));
            }
        }
        // It may show later: whoever tries again looks first.
        Err(ImapError::Unclear(Box::new(ImapError::Lost { command: "APPEND" })))
    }

    async fn looked_at_again(&mut self, wire_name: &str) -> Result<Open, ImapError> {
        self.examine(wire_name).await.map_err(unclear)
    }

    /// A mail of about that size as the server gives it back: its size and SHA-256.
    async fn given_back(&mut self, wire_name: &str, uidvalidity: u32, uid: u32, about: u64) -> Result<Option<(u64, [u8; 32])>, ImapError> {
        if self.examine(wire_name).await?.uidvalidity != uidvalidity {
            return Err(ImapError::MadeAnew);
        }
        self.content(uid, about).await
    }

    /// The mails from a UID on that bear one of these ids; of several with the same one the last. All heads of a folder are asked for
    /// once more when the server left out some of them: a draft that is overlooked is put a second time.
    async fn find(&mut self, open: &Open, first: u32, wanted: &HashSet<&MessageId>) -> Result<HashMap<MessageId, u32>, ImapError> {
        let top = self.top(open).await?;
        let mut found = HashMap::new();
        let seen = self.find_among((first, top), open.messages, wanted, &mut found).await?;
        if first == 1 && seen < open.messages && found.len() < wanted.len() {
            let open = self.examine_again(open).await?;
            let top = self.top(&open).await?.max(top);
            self.find_among((first, top), open.messages, wanted, &mut found).await?;
        }
        Ok(found)
    }

    /// How many heads were seen.
    async fn find_among(
        &mut self,
        (first, last): (u32, u32),
        messages: u64,
        wanted: &HashSet<&MessageId>,
        found: &mut HashMap<MessageId, u32>,
    ) -> Result<u64, ImapError> {
        let mut seen = 0;
        for span in uids::spans(first, last, messages) {
            let note = |mail: Fetched| {
                seen += 1;
                let ids = message_ids(mail.header.as_deref().unwrap_or_default());
                for id in ids.into_iter().filter(|id| wanted.contains(id)) {
                    let last = found.entry(id).or_insert(mail.uid);
                    *last = mail.uid.max(*last);
                }
            };
            self.connection.uid_fetch(uids::written(span), MESSAGE_ID, note).await?;
        }
        Ok(seen)
    }
}

/// What goes wrong behind an APPEND that the server took leaves open where the mail is.
fn unclear(error: ImapError) -> ImapError {
    ImapError::Unclear(Box::new(error))
}

fn put_at(uidvalidity: u32, uid: u32, size: u64, content_hash: [u8; 32]) -> Put {
    Put { uidvalidity: i64::from(uidvalidity), place: uid.to_string(), size, content_hash }
}

/// The ids in the Message-ID fields of a header, exactly as they are written, folded lines joined.
fn message_ids(header: &[u8]) -> Vec<MessageId> {
    let text = String::from_utf8_lossy(header).replace("\r\n ", " ").replace("\r\n\t", " ").replace("\n ", " ").replace("\n\t", " ");
    let value = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("Message-ID").then(|| MessageId::parse(value)).flatten()
    };
    text.lines().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_are_read_as_they_are_written() {
        let ids = |header: &str| message_ids(header.as_bytes()).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(ids("Message-ID: <A.b@c>\r\n\r\n"), ["A.b@c"]);
        assert_eq!(ids("message-id:\r\n <folded@c>\r\nX: <no@c>\r\n"), ["folded@c"]);
        assert_eq!(ids("Message-Id: <a@c>\r\nMessage-ID: <b@c>\r\n"), ["a@c", "b@c"]);
        assert_eq!(ids("X-Message-ID: <a@c>\r\n\r\n"), Vec::<String>::new());
    }
}
