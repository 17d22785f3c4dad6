//! The commands we use, with typed answers. Only UIDs, never sequence numbers: these change under our hands.

use super::fetched::Wanted;
use super::{Connection, Done, Fetched, ImapError, quoted};
use crate::mailbox::{Mark, UidSet, utf7};
use imap_proto::{MailboxDatum, MailboxListData, NameAttribute, Response, ResponseCode, Status, StatusAttribute};
use std::collections::HashMap;
use std::fmt::Display;
use std::time::Duration;

/// More folders than any mailbox has.
const FOLDERS_MAX: usize = 100_000;
/// What the mails of one FETCH hold together, whatever sizes the server told before; a single one may be larger.
const FETCHED_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A folder that was just opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selected {
    /// `None` when the server says that it has no lasting UIDs, or says nothing.
    pub uidvalidity: Option<u32>,
    pub uidnext: Option<u32>,
    pub exists: u32,
    /// The highest of all mails (RFC 7162); `None` where the folder keeps none.
    pub modseq: Option<u64>,
}

/// A folder as LIST shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// As the server writes it, without quotes and escapes: modified UTF-7, or plain UTF-8 on some servers.
    pub wire_name: String,
    pub delimiter: Option<char>,
    /// `\HasNoChildren` and the like, as written.
    pub attributes: Vec<String>,
    pub special_use: Option<SpecialUse>,
    /// What STATUS says, where the server tells it unasked (RFC 5819).
    pub status: Option<Mark>,
}

/// What a server says a folder is for (RFC 6154, RFC 8457).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialUse {
    All,
    Archive,
    Drafts,
    Flagged,
    Important,
    Junk,
    Sent,
    Trash,
}

impl Connection {
    /// Opens a folder read-only: nothing in it can change through us.
    pub async fn examine(&mut self, wire_name: &str) -> Result<Selected, ImapError> {
        self.open_folder("EXAMINE", wire_name).await
    }

    /// Opens a folder.
    pub async fn select(&mut self, wire_name: &str) -> Result<Selected, ImapError> {
        self.open_folder("SELECT", wire_name).await
    }

    async fn open_folder(&mut self, name: &'static str, wire_name: &str) -> Result<Selected, ImapError> {
        let mut selected = Selected::default();
        let mut exists = None;
        let condstore = if self.has_modseqs() { " (CONDSTORE)" } else { "" };
        self.exec(name, &format!("{name} {}{condstore}", quoted(wire_name)), |response| {
            if is_closed(response) {
                // All before belongs to the folder that was open (RFC 7162 §3.2.11).
                (selected, exists) = (Selected::default(), None);
                return Ok(());
            }
            if let Response::MailboxData(MailboxDatum::Exists(count)) = response {
                exists = Some(*count);
            }
            selected.note(response);
            Ok(())
        })
        .await?;
        // A folder that says nothing of its mail is not an empty one.
        selected.exists = exists.ok_or(ImapError::Unreadable { command: name })?;
        Ok(selected)
    }

    /// Whether changes are numbered (RFC 7162).
    fn has_modseqs(&self) -> bool {
        self.offers("CONDSTORE") || self.has_qresync
    }

    /// All folders, with their STATUS where the server tells it in the same answer.
    pub async fn list(&mut self) -> Result<Vec<Listed>, ImapError> {
        self.list_and(|_| Ok(())).await
    }

    /// The same, handing every response on: also news of the open folder that come meanwhile.
    pub(super) async fn list_and(&mut self, mut on: impl FnMut(&Response<'_>) -> Result<(), ImapError>) -> Result<Vec<Listed>, ImapError> {
        let mut wanted = Vec::new();
        let is_extended = self.offers("LIST-EXTENDED") || self.offers("IMAP4REV2");
        if is_extended && self.offers("SPECIAL-USE") {
            wanted.push("SPECIAL-USE".to_owned());
        }
        if is_extended && (self.offers("LIST-STATUS") || self.offers("IMAP4REV2")) {
            wanted.push(format!("STATUS ({})", self.status_items()));
        }
        let wanted = if wanted.is_empty() { String::new() } else { format!(" RETURN ({})", wanted.join(" ")) };
        let (mut folders, mut marks) = (Vec::new(), HashMap::new());
        self.exec("LIST", &format!(r#"LIST "" "*"{wanted}"#), |response| {
            on(response)?;
            match response {
                Response::MailboxData(MailboxDatum::List(folder)) => folders.push(Listed::new(folder)),
                Response::MailboxData(MailboxDatum::Status { mailbox, status }) => {
                    marks.extend(mark(status).map(|mark| (utf7::decode(mailbox), mark)));
                }
                _ => {}
            }
            if folders.len() > FOLDERS_MAX || marks.len() > FOLDERS_MAX { Err(ImapError::Unreadable { command: "LIST" }) } else { Ok(()) }
        })
        .await?;
        for folder in &mut folders {
            // Some servers write the name in STATUS in another way than in LIST.
            folder.status = marks.get(&utf7::decode(&folder.wire_name)).copied();
        }
        Ok(folders)
    }

    /// What is asked of a folder that is not open.
    pub(super) fn status_items(&self) -> &'static str {
        if self.has_modseqs() { "MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ" } else { "MESSAGES UIDNEXT UIDVALIDITY" }
    }

    /// Fetches `items`, such as `(UID FLAGS BODY.PEEK[])`, perhaps with a modifier behind. Only answers with a UID and all texts that
    /// were asked for are handed on: news of the same mails that come meanwhile are none. What is not handed on was not answered.
    /// [`ImapError::TooMuch`] when they are more than fits into memory.
    pub async fn uid_fetch(&mut self, set: impl Display, items: &str, on_message: impl FnMut(Fetched)) -> Result<Done, ImapError> {
        self.uid_fetch_within(self.deadlines.command, set, items, on_message).await
    }

    /// The same within a deadline of its own.
    pub(super) async fn uid_fetch_within(
        &mut self,
        deadline: Duration,
        set: impl Display,
        items: &str,
        mut on_message: impl FnMut(Fetched),
    ) -> Result<Done, ImapError> {
        let wanted = Wanted::new(items);
        let mut taken = 0;
        self.exec_within(deadline, "FETCH", &format!("UID FETCH {set} {items}"), |response| {
            let Some(mail) = Fetched::answer(response, wanted) else { return Ok(()) };
            let is_first = taken == 0;
            taken += mail.memory();
            if taken > FETCHED_BYTES_MAX && !is_first {
                return Err(ImapError::TooMuch);
            }
            on_message(mail);
            Ok(())
        })
        .await
    }

    /// Those of the known mails that went since that MODSEQ (RFC 7162 §3.2.6), as far as the server remembers; it may name more that
    /// went earlier. Only where QRESYNC is on.
    pub async fn uid_vanished(&mut self, known: &UidSet, since: u64) -> Result<UidSet, ImapError> {
        let Some(last) = known.last() else { return Ok(UidSet::default()) };
        let mut gone = UidSet::default();
        self.exec("FETCH", &format!("UID FETCH 1:{last} (UID) (CHANGEDSINCE {since} VANISHED)"), |response| {
            // Mail that goes while we ask is told without the word, and counted in by nobody yet.
            if let Response::Vanished { earlier: true, uids } = response {
                gone = known.within(gone.ranges().chain(uids.iter().cloned()));
            }
            Ok(())
        })
        .await?;
        Ok(gone)
    }

    /// Changes flags, `what` being `+FLAGS.SILENT (\Deleted)` or the like; with `unchanged_since` only of mails that did not change
    /// since that MODSEQ (RFC 7162 §3.1.3). Those that had changed, and were left alone.
    pub async fn uid_store(&mut self, set: &UidSet, what: &str, unchanged_since: Option<u64>) -> Result<UidSet, ImapError> {
        let condition = unchanged_since.map(|modseq| format!("(UNCHANGEDSINCE {modseq}) ")).unwrap_or_default();
        let done = self.exec("STORE", &format!("UID STORE {set} {condition}{what}"), |_| Ok(())).await?;
        match done.code.as_deref().and_then(|code| code.split_once(' ')) {
            Some((code, modified)) if code.eq_ignore_ascii_case("MODIFIED") => {
                within(set, modified).ok_or(ImapError::Unreadable { command: "STORE" })
            }
            _ => Ok(UidSet::default()),
        }
    }

    /// Removes exactly these mails, of those that are `\Deleted` (RFC 4315). A plain EXPUNGE takes other people's too, so there is none.
    pub async fn uid_expunge(&mut self, set: &UidSet) -> Result<(), ImapError> {
        if !self.offers("UIDPLUS") && !self.offers("IMAP4REV2") {
            return Err(ImapError::NotOffered { what: "UID EXPUNGE" });
        }
        self.exec("EXPUNGE", &format!("UID EXPUNGE {set}"), |_| Ok(())).await.map(|_| ())
    }

    /// Makes a folder.
    pub async fn create(&mut self, wire_name: &str) -> Result<(), ImapError> {
        self.exec("CREATE", &format!("CREATE {}", quoted(wire_name)), |_| Ok(())).await.map(|_| ())
    }

    /// Says what to be told of unasked (RFC 5465), `what` being all behind `NOTIFY SET`.
    pub async fn notify_set(&mut self, what: &str, on: impl FnMut(&Response<'_>) -> Result<(), ImapError>) -> Result<(), ImapError> {
        if !self.offers("NOTIFY") {
            return Err(ImapError::NotOffered { what: "NOTIFY" });
        }
        self.exec("NOTIFY", &format!("NOTIFY SET {what}"), on).await.map(|_| ())
    }

    /// Takes leave. However that ends, the connection is over.
    pub async fn logout(mut self) {
        let deadline = self.deadlines.idle_end;
        let _ = tokio::time::timeout(deadline, self.exec("LOGOUT", "LOGOUT", |_| Ok(()))).await;
    }
}

fn is_closed(response: &Response<'_>) -> bool {
    matches!(response, Response::Data { status: Status::Ok, outcome } if outcome.information.as_deref().is_some_and(|text| text.starts_with("[CLOSED]")))
}

impl Selected {
    /// How the folder looks. Without a UIDVALIDITY its UIDs mean something only until it is closed.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            uidvalidity: self.uidvalidity.map_or(0, i64::from),
            uidnext: self.uidnext,
            messages: u64::from(self.exists),
            modseq: self.modseq,
        }
    }

    fn note(&mut self, response: &Response<'_>) {
        let Response::Data { status: Status::Ok, outcome } = response else { return };
        match &outcome.code {
            Some(ResponseCode::UidValidity(uidvalidity)) => self.uidvalidity = (*uidvalidity > 0).then_some(*uidvalidity),
            Some(ResponseCode::UidNext(uidnext)) => self.uidnext = (*uidnext > 0).then_some(*uidnext),
            Some(ResponseCode::HighestModSeq(modseq)) => self.modseq = (*modseq > 0).then_some(*modseq),
            _ => {}
        }
    }
}

impl Listed {
    fn new(folder: &MailboxListData<'_>) -> Self {
        let attributes: Vec<String> = folder.name_attributes.iter().filter_map(written).collect();
        let has = |name: &str| attributes.iter().any(|attribute| attribute.eq_ignore_ascii_case(name));
        Self {
            wire_name: folder.name.to_string(),
            delimiter: folder.delimiter.as_deref().and_then(|delimiter| delimiter.chars().next()),
            special_use: SpecialUse::ALL_USES.into_iter().find(|(name, _)| has(name)).map(|(_, special_use)| special_use),
            attributes,
            status: None,
        }
    }
}

fn written(attribute: &NameAttribute<'_>) -> Option<String> {
    match attribute {
        NameAttribute::Extension(name) => Some(name.to_string()),
        _ => None,
    }
}

impl SpecialUse {
    const ALL_USES: [(&'static str, SpecialUse); 8] = [
        (r"\All", SpecialUse::All),
        (r"\Archive", SpecialUse::Archive),
        (r"\Drafts", SpecialUse::Drafts),
        (r"\Flagged", SpecialUse::Flagged),
        (r"\Important", SpecialUse::Important),
        (r"\Junk", SpecialUse::Junk),
        (r"\Sent", SpecialUse::Sent),
        (r"\Trash", SpecialUse::Trash),
    ];
}

/// A STATUS answer; `None` when it lacks what makes a mark.
pub(super) fn mark(items: &[StatusAttribute]) -> Option<Mark> {
    let mut mark = Mark::default();
    let (mut uidvalidity, mut messages) = (None, None);
    for item in items {
        match item {
            StatusAttribute::UidValidity(number) => uidvalidity = Some(i64::from(*number)),
            StatusAttribute::Messages(number) => messages = Some(u64::from(*number)),
            StatusAttribute::UidNext(number) => mark.uidnext = (*number > 0).then_some(*number),
            StatusAttribute::HighestModSeq(number) => mark.modseq = (*number > 0).then_some(*number),
            _ => {}
        }
    }
    Some(Mark { uidvalidity: uidvalidity.filter(|number| *number > 0)?, messages: messages?, ..mark })
}

/// The UIDs of `set` that a sequence set names.
fn within(set: &UidSet, written: &str) -> Option<UidSet> {
    let mut ranges = Vec::new();
    for range in written.trim().split(',') {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        ranges.push(first.parse().ok()?..=last.parse().ok()?);
    }
    Some(set.within(ranges))
}
