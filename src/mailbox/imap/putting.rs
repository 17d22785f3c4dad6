//! Mails of ours put into a folder, each exactly once, also where the server is late to show them.
//!
//! A server with UIDPLUS says where it put a mail. Others only say that they took it, and some of these show it seconds or minutes
//! later, or under a Message-ID of their own. So there it is looked for, a few times with growing pauses; what is not shown then is
//! [`Landing::Unseen`], which is no failure and keeps nobody from going on. A mail that was taken is never put again here: whoever
//! remembers that it was asks with [`Tried::Pending`].
//!
//! Absent on purpose: waiting longer than that, because one connection serves the whole mailbox.

use super::ImapError;
use super::folders::INBOX;
use super::sighting::Sighting;
use super::visit::{ImapVisit, Open};
use crate::mailbox::{Floor, Landing, NewDraft, Put, Role, Tried};
use crate::types::MessageId;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// A server that broke off may still be writing down what it was given.
const SHOWS_WITHIN_MS: i64 = 5_000;
/// One that does not tell where it put a mail is often several machines, which learn of it one after the other.
const SHOWS_LATE_WITHIN_MS: i64 = 60_000;
/// So many bytes of drafts go in one command: what is lost with a connection is sent again.
const TOGETHER_BYTES_MAX: usize = 1024 * 1024;
/// How much longer than what we wrote a server's version of it is held to be at most.
const ADDED_BYTES_MAX: usize = 64 * 1024;

/// What is known of a folder while drafts are put into it.
#[derive(Default)]
struct Folder {
    /// What earlier tries left there, looked up once for all.
    left: Option<(u32, HashMap<MessageId, Sighting>)>,
    /// As it was before the first mail was put; where the server tells no UIDs.
    before: Option<Open>,
}

/// A mail as the server gives it back.
struct Given {
    size: u64,
    content_hash: [u8; 32],
    /// Below another header, the same text.
    has_our_text: bool,
}

impl ImapVisit {
    /// Puts mails into a folder as drafts, in order. After an answer that ends the connection the rest is not tried.
    pub async fn put_drafts(&mut self, wire_name: &str, drafts: Vec<NewDraft>) -> Vec<Result<Landing, ImapError>> {
        let mut landings = Vec::with_capacity(drafts.len());
        let mut folder = Folder::default();
        // Refused together, each says by itself why.
        let mut may_go_together = true;
        while let Some(rest) = drafts.get(landings.len()..).filter(|rest| !rest.is_empty()) {
            let together = if may_go_together { self.together(rest) } else { &[] };
            match (together, rest) {
                ([_, _, ..], _) => match self.put_together(wire_name, together).await {
                    Some(landed) => landings.extend(landed),
                    None => may_go_together = false,
                },
                (_, [draft, ..]) => landings.push(self.find_or_put(wire_name, draft, &drafts, &mut folder).await),
                (_, []) => {}
            }
            if landings.iter().any(|landed| landed.as_ref().is_err_and(ImapError::ends_connection)) {
                return landings;
            }
        }
        self.wait_until_shown(wire_name, &drafts, folder.before.as_ref(), &mut landings).await;
        landings
    }

    /// The first of these drafts that go in one command: nothing was tried with them, and how the server gives a draft back is known.
    fn together<'d>(&self, drafts: &'d [NewDraft]) -> &'d [NewDraft] {
        if !self.connection.offers("MULTIAPPEND") || !self.tells_uids() || self.rewrites != Some(false) {
            return &[];
        }
        let mut bytes = 0;
        let fits = |draft: &&NewDraft| {
            bytes += draft.bytes.len();
            draft.tried == Tried::Never && bytes <= TOGETHER_BYTES_MAX
        };
        drafts.split_at_checked(drafts.iter().take_while(fits).count()).map_or(&[], |(first, _)| first)
    }

    /// Puts them all; `None` when the server refuses, and then none of them lies there.
    async fn put_together(&mut self, wire_name: &str, drafts: &[NewDraft]) -> Option<Vec<Result<Landing, ImapError>>> {
        let mails: Vec<&[u8]> = drafts.iter().map(|draft| draft.bytes.as_slice()).collect();
        match self.connection.append_all(wire_name, r"\Draft", &mails).await {
            Ok(Some((uidvalidity, uids))) => {
                let lies = |(draft, uid): (&NewDraft, u32)| {
                    let (size, content_hash) = ours(draft);
                    Ok(Landing::Lies(put_at(uidvalidity, uid, size, content_hash)))
                };
                Some(drafts.iter().zip(uids).map(lies).collect())
            }
            Ok(None) => Some(drafts.iter().map(|_| Ok(Landing::Unseen)).collect()),
            Err(error) if !error.ends_connection() => None,
            // Of none is it known whether it was taken.
            Err(error @ ImapError::Unclear(_)) => {
                let unclear = || ImapError::Unclear(Box::new(ImapError::Lost { command: "APPEND" }));
                Some(std::iter::once(error).chain(std::iter::repeat_with(unclear)).take(drafts.len()).map(Err).collect())
            }
            Err(error) => Some(vec![Err(error)]),
        }
    }

    /// Puts a mail into the inbox as new mail; where it lies there is nobody's concern.
    pub async fn put_note(&mut self, note: NewDraft, floor: Option<Floor>) -> Result<(), ImapError> {
        if note.tried != Tried::Never && self.is_shown(INBOX, &note.message_id, floor).await? {
            return Ok(());
        }
        self.connection.append(INBOX, "", &note.bytes).await.map(|_| ())
    }

    /// Puts the copy of a mail that was sent into Sent, read: its writer has nothing to read in it.
    pub async fn put_sent(&mut self, copy: NewDraft) -> Result<(), ImapError> {
        let wire_name = self.folder_of_ours(Role::Sent).await?.wire_name;
        if copy.tried != Tried::Never && self.is_shown(&wire_name, &copy.message_id, None).await? {
            return Ok(());
        }
        self.connection.append(&wire_name, r"\Seen", &copy.bytes).await.map(|_| ())
    }

    /// Whether a mail of an earlier try lies there. A server may still be about to show it, so that is waited for; once in a visit,
    /// after which every earlier try is as old.
    async fn is_shown(&mut self, wire_name: &str, id: &MessageId, floor: Option<Floor>) -> Result<bool, ImapError> {
        let wanted = HashSet::from([id]);
        let (mut seen_up_to, mut pauses) = (None, self.pauses());
        loop {
            let open = self.examine(wire_name).await?;
            // Of a server that was restored from a copy the UIDs begin anew somewhere below.
            let holds =
                |floor: &Floor| floor.uidvalidity == i64::from(open.uidvalidity) && open.uidnext.is_none_or(|uidnext| uidnext > floor.uid);
            let first = seen_up_to.or(floor.filter(holds).map(|floor| floor.uid.saturating_add(1))).unwrap_or(1);
            if self.find(&open, first, &wanted).await?.contains_key(id) {
                return Ok(true);
            }
            seen_up_to = open.uidnext;
            let Some(pause) = pauses.next() else { return Ok(false) };
            self.has_waited = true;
            tokio::time::sleep(pause).await;
        }
    }

    /// What is left to wait in this visit for a mail to be shown.
    fn pauses(&self) -> impl Iterator<Item = std::time::Duration> + use<> {
        self.mailbox.deadlines.shown.into_iter().take(if self.has_waited { 0 } else { usize::MAX })
    }

    async fn find_or_put(
        &mut self,
        wire_name: &str,
        draft: &NewDraft,
        drafts: &[NewDraft],
        folder: &mut Folder,
    ) -> Result<Landing, ImapError> {
        if draft.tried != Tried::Never {
            if let Some((uidvalidity, sighting)) = self.left_by_an_earlier_try(wire_name, draft, drafts, folder).await? {
                let landed = self.landed(wire_name, uidvalidity, sighting, draft).await?;
                return landed.ok_or_else(|| ImapError::Gone { place: sighting.uid.to_string() });
            }
            if draft.tried == Tried::Pending {
                return Ok(Landing::Unseen);
            }
        }
        if !self.tells_uids() && folder.before.is_none() {
            folder.before = Some(self.examine(wire_name).await?);
        }
        match self.connection.append(wire_name, r"\Draft", &draft.bytes).await? {
            Some((uidvalidity, uid)) => Ok(self.told(wire_name, uidvalidity, uid, draft).await),
            None => Ok(Landing::Unseen),
        }
    }

    async fn left_by_an_earlier_try(
        &mut self,
        wire_name: &str,
        draft: &NewDraft,
        drafts: &[NewDraft],
        folder: &mut Folder,
    ) -> Result<Option<(u32, Sighting)>, ImapError> {
        if folder.left.is_none() {
            let open = self.examine(wire_name).await?;
            let tried = drafts.iter().filter(|draft| draft.tried != Tried::Never).map(|draft| &draft.message_id).collect();
            folder.left = Some((open.uidvalidity, self.find(&open, 1, &tried).await?));
        }
        Ok(folder.left.as_ref().and_then(|(uidvalidity, found)| Some((*uidvalidity, *found.get(&draft.message_id)?))))
    }

    /// How soon a mail that was put shows, at the latest, as far as anybody can tell.
    pub fn shows_within_ms(&self) -> i64 {
        if self.tells_uids() && !self.quirks.no_uidplus { SHOWS_WITHIN_MS } else { SHOWS_LATE_WITHIN_MS }
    }

    fn tells_uids(&self) -> bool {
        self.connection.offers("UIDPLUS") || self.connection.offers("IMAP4REV2")
    }

    /// A draft that the server says lies there. Whether it gives back what we wrote is asked until it is known.
    async fn told(&mut self, wire_name: &str, uidvalidity: u32, uid: u32, draft: &NewDraft) -> Landing {
        let (size, content_hash) = ours(draft);
        if self.rewrites == Some(false) {
            return Landing::Lies(put_at(uidvalidity, uid, size, content_hash));
        }
        match self.given_back(wire_name, uidvalidity, uid, draft).await {
            Ok(Some(given)) => {
                self.rewrites = Some((given.size, given.content_hash) != (size, content_hash));
                Landing::Lies(put_at(uidvalidity, uid, given.size, given.content_hash))
            }
            // It was taken. As what it is given back is asked when it is found at the next try.
            Err(error) if error.ends_connection() => Landing::Unseen,
            Ok(None) | Err(_) => Landing::Lies(put_at(uidvalidity, uid, size, content_hash)),
        }
    }

    /// Looks for what the server took without telling where, above what lay there before. Trouble in that is no news of the drafts:
    /// they were taken.
    async fn wait_until_shown(
        &mut self,
        wire_name: &str,
        drafts: &[NewDraft],
        before: Option<&Open>,
        landings: &mut [Result<Landing, ImapError>],
    ) {
        let mut pauses = self.pauses();
        loop {
            let mut taken: Vec<(&NewDraft, &mut Landing)> = drafts
                .iter()
                .zip(landings.iter_mut())
                .filter_map(|(draft, landed)| Some((draft, landed.as_mut().ok()?)))
                .filter(|(draft, landed)| draft.tried != Tried::Pending && **landed == Landing::Unseen)
                .collect();
            if taken.is_empty() {
                return;
            }
            if self.look_for(wire_name, before, &mut taken).await.is_err_and(|error| error.ends_connection()) {
                return;
            }
            if taken.iter().all(|(_, landed)| **landed != Landing::Unseen) {
                return;
            }
            let Some(pause) = pauses.next() else {
                self.has_waited = true;
                return;
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn look_for(&mut self, wire_name: &str, before: Option<&Open>, taken: &mut [(&NewDraft, &mut Landing)]) -> Result<(), ImapError> {
        let open = self.examine(wire_name).await?;
        let first = before.filter(|before| before.uidvalidity == open.uidvalidity).and_then(|before| before.uidnext).unwrap_or(1);
        let wanted = taken.iter().map(|(draft, _)| &draft.message_id).collect();
        let found = self.find(&open, first, &wanted).await?;
        for (draft, landing) in taken.iter_mut() {
            let Some(sighting) = found.get(&draft.message_id) else { continue };
            if let Some(landed) = self.landed(wire_name, open.uidvalidity, *sighting, draft).await? {
                **landing = landed;
            }
        }
        Ok(())
    }

    /// What a mail is that was found: ours as the server gives it back, or a person's, who edited it under another Message-ID. `None`
    /// when it went meanwhile.
    async fn landed(
        &mut self,
        wire_name: &str,
        uidvalidity: u32,
        sighting: Sighting,
        draft: &NewDraft,
    ) -> Result<Option<Landing>, ImapError> {
        let Some(given) = self.given_back(wire_name, uidvalidity, sighting.uid, draft).await? else { return Ok(None) };
        Ok(Some(match sighting.by_token && !given.has_our_text {
            true => Landing::Edited { uidvalidity: i64::from(uidvalidity), place: sighting.uid.to_string() },
            false => Landing::Lies(put_at(uidvalidity, sighting.uid, given.size, given.content_hash)),
        }))
    }

    /// A draft as the server gives it back; `None` when it is not there.
    async fn given_back(&mut self, wire_name: &str, uidvalidity: u32, uid: u32, draft: &NewDraft) -> Result<Option<Given>, ImapError> {
        if self.examine(wire_name).await?.uidvalidity != uidvalidity {
            return Err(ImapError::MadeAnew);
        }
        let (mut hash, mut start) = (Sha256::new(), Vec::new());
        let take = async |part: Vec<u8>| {
            hash.update(&part);
            if start.len() < draft.bytes.len() + ADDED_BYTES_MAX {
                start.extend(part);
            }
            Ok(())
        };
        let size = self.in_parts(uid, draft.bytes.len() as u64, take).await?;
        let has_our_text = text(&start) == text(&draft.bytes);
        Ok(size.map(|size| Given { size, content_hash: hash.finalize().into(), has_our_text }))
    }
}

/// Size and SHA-256 of what we wrote.
fn ours(draft: &NewDraft) -> (u64, [u8; 32]) {
    (draft.bytes.len() as u64, Sha256::digest(&draft.bytes).into())
}

fn put_at(uidvalidity: u32, uid: u32, size: u64, content_hash: [u8; 32]) -> Put {
    Put { uidvalidity: i64::from(uidvalidity), place: uid.to_string(), size, content_hash }
}

/// What stands below a mail's header, without what ends it.
fn text(mail: &[u8]) -> &[u8] {
    let end = mail.windows(4).position(|four| four == b"\r\n\r\n");
    end.and_then(|end| mail.get(end..)).unwrap_or_default().trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_mail_is_what_stands_below_its_header() {
        assert_eq!(text(b"A: b\r\nC: d\r\n\r\nDear Bob\r\n\r\nLi\r\n"), b"Dear Bob\r\n\r\nLi");
        assert_eq!(text(b"A: b\r\n"), b"");
    }
}
