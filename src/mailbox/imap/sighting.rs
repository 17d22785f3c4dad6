//! Mails of ours among the heads of a folder, known by what they bear.

use super::visit::{ImapVisit, Open};
use super::{Fetched, ImapError, uids};
use crate::types::{DRAFT_HEADER, MessageId, drafted_as};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What tells which mail it is, whatever else the server or a client wrote anew; the last is [`DRAFT_HEADER`].
const NAMES: &str = "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID REFERENCES X-TRADEPOST-DRAFT)])";

/// A mail that is one of those looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sighting {
    pub uid: u32,
    /// It has another Message-ID: the server gave it one, or a person has edited it.
    pub by_token: bool,
}

impl ImapVisit {
    /// The mails from a UID on that bear one of these ids, or its token under another id; of several with the same one the last, and
    /// the id itself before the token. They are asked for once more when the server left out some of them: a draft that is overlooked is
    /// put a second time.
    pub(super) async fn find(
        &mut self,
        open: &Open,
        first: u32,
        wanted: &HashSet<&MessageId>,
    ) -> Result<HashMap<MessageId, Sighting>, ImapError> {
        let top = self.top(open).await?;
        let mut found = HashMap::new();
        let seen = self.find_among((first, top), open.messages, wanted, &mut found).await?;
        if has_gap(first, &seen, open.messages) && found.len() < wanted.len() {
            let open = self.examine_again(open).await?;
            let top = self.top(&open).await?.max(top);
            self.find_among((first, top), open.messages, wanted, &mut found).await?;
        }
        Ok(found)
    }

    /// The places in the folder of the heads that were seen.
    async fn find_among(
        &mut self,
        (first, last): (u32, u32),
        messages: u64,
        wanted: &HashSet<&MessageId>,
        found: &mut HashMap<MessageId, Sighting>,
    ) -> Result<BTreeSet<u64>, ImapError> {
        let mut seen = BTreeSet::new();
        for span in uids::spans(first, last, messages) {
            let note = |mail: Fetched| {
                seen.insert(u64::from(mail.number));
                let names = Names::read(mail.header.as_deref().unwrap_or_default());
                for (id, by_token) in names.all().filter(|(id, _)| wanted.contains(id)) {
                    let new = Sighting { uid: mail.uid, by_token };
                    let best = found.entry(id).or_insert(new);
                    *best = (*best).max_by(new);
                }
            };
            self.connection.uid_fetch(uids::written(span), NAMES, note).await?;
        }
        Ok(seen)
    }
}

/// Whether the server left out some of the mails from a UID on: those shown must stand one behind the other up to the last of the folder.
/// Above others there may be none at all.
fn has_gap(first: u32, seen: &BTreeSet<u64>, messages: u64) -> bool {
    let lowest = if first == 1 { Some(1) } else { seen.first().copied() };
    lowest.is_some_and(|lowest| (lowest..=messages).any(|number| !seen.contains(&number)))
}

impl Sighting {
    fn max_by(self, other: Self) -> Self {
        if (!other.by_token, other.uid) > (!self.by_token, self.uid) { other } else { self }
    }
}

/// What a mail is called.
#[derive(Debug, Default, PartialEq, Eq)]
struct Names {
    ids: Vec<MessageId>,
    /// The draft of ours whose token it bears.
    drafted_as: Option<MessageId>,
}

impl Names {
    /// Reads the fields exactly as they are written, folded lines joined.
    fn read(header: &[u8]) -> Self {
        let text = String::from_utf8_lossy(header).replace("\r\n ", " ").replace("\r\n\t", " ").replace("\n ", " ").replace("\n\t", " ");
        let (mut ids, mut references, mut token) = (Vec::new(), Vec::new(), None);
        for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
            let is = |wanted: &str| name.trim().eq_ignore_ascii_case(wanted);
            if is("Message-ID") {
                ids.extend(MessageId::parse(value));
            } else if is("References") {
                references.extend(value.split_whitespace().filter_map(MessageId::parse));
            } else if is(DRAFT_HEADER) {
                token = Some(value.to_owned());
            }
        }
        Self { ids, drafted_as: drafted_as(&references, token.as_deref()) }
    }

    fn all(self) -> impl Iterator<Item = (MessageId, bool)> {
        self.ids.into_iter().map(|id| (id, false)).chain(self.drafted_as.map(|id| (id, true)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(header: &str) -> Vec<String> {
        Names::read(header.as_bytes()).ids.iter().map(ToString::to_string).collect()
    }

    fn token(header: &str) -> Option<String> {
        Names::read(header.as_bytes()).drafted_as.map(|id| id.to_string())
    }

    #[test]
    fn message_ids_are_read_as_they_are_written() {
        assert_eq!(ids("Message-ID: <A.b@c>\r\n\r\n"), ["A.b@c"]);
        assert_eq!(ids("message-id:\r\n <folded@c>\r\nX: <no@c>\r\n"), ["folded@c"]);
        assert_eq!(ids("Message-Id: <a@c>\r\nMessage-ID: <b@c>\r\n"), ["a@c", "b@c"]);
        assert_eq!(ids("X-Message-ID: <a@c>\r\n\r\n"), Vec::<String>::new());
    }

    #[test]
    fn a_draft_is_known_by_its_token_where_the_server_gave_it_another_id() {
        assert!(NAMES.contains(&DRAFT_HEADER.to_ascii_uppercase()));
        let known = Some("d1.tradepost@c".to_owned());
        assert_eq!(token("Message-ID: <server@x>\r\nx-tradepost-draft: <draft.d1.tradepost@c>\r\n"), known);
        assert_eq!(token("References: <m0@c>\r\n <draft.d1.tradepost@c> <m1@c>\r\n"), known);
        assert_eq!(token("References: <draft.d1.tradepost@c> <m1@c> <d1.tradepost@c>\r\n"), None, "an answer to it");
    }

    #[test]
    fn the_id_itself_counts_more_than_the_token_and_the_last_more_than_the_first() {
        let (by_id, by_token) = (|uid| Sighting { uid, by_token: false }, |uid| Sighting { uid, by_token: true });
        assert_eq!(by_token(9).max_by(by_id(3)), by_id(3));
        assert_eq!(by_id(3).max_by(by_token(9)), by_id(3));
        assert_eq!(by_token(4).max_by(by_token(9)), by_token(9));
    }
}
