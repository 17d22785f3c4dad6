//! What a FETCH tells of one mail.

use crate::mailbox::Flags;
use crate::types::Moment;
use imap_proto::{AttributeValue, MessageSection, Response, SectionPath};

/// One mail's answer to UID FETCH. What the server left out is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    pub uid: u32,
    /// Its place in the folder, counted from 1, at the moment of the answer (RFC 9051 §2.3.1.2).
    pub number: u32,
    pub flags: Option<Flags>,
    /// Flags of the owner's and his client's own, as they are written.
    pub keywords: Vec<String>,
    pub internal_date: Option<Moment>,
    pub size: Option<u64>,
    pub modseq: Option<u64>,
    /// `BODY[]`, or the part of it that was asked for.
    pub body: Option<Vec<u8>>,
    /// `BODY[HEADER]` or `BODY[HEADER.FIELDS (…)]`.
    pub header: Option<Vec<u8>>,
}

/// Which items were asked for, so that an answer to them is told from news of the same mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    flags: bool,
    internal_date: bool,
    size: bool,
    body: bool,
    header: bool,
}

impl Wanted {
    /// From the items of a FETCH command.
    pub(super) fn new(items: &str) -> Self {
        let items = items.to_ascii_uppercase();
        Self {
            flags: items.contains("FLAGS"),
            internal_date: items.contains("INTERNALDATE"),
            size: items.contains("RFC822.SIZE"),
            body: items.contains("BODY[]") || items.contains("BODY.PEEK[]"),
            header: items.contains("[HEADER"),
        }
    }

    /// Whether nothing is missing. `INTERNALDATE`, `FLAGS` and size may be unreadable in an answer that is one: it is then told by
    /// the others.
    fn is_answered_by(self, mail: &Fetched) -> bool {
        let texts = (!self.body || mail.body.is_some()) && (!self.header || mail.header.is_some());
        let asks_text = self.body || self.header;
        let asks_facts = self.internal_date || self.size;
        let facts = mail.internal_date.is_some() || mail.size.is_some();
        texts && (asks_text || !asks_facts || facts) && (asks_text || asks_facts || !self.flags || mail.flags.is_some())
    }
}

impl Fetched {
    /// A FETCH response that has a UID and answers what was asked.
    pub(super) fn answer(response: &Response<'_>, wanted: Wanted) -> Option<Self> {
        Self::read(response).filter(|mail| wanted.is_answered_by(mail))
    }

    /// A FETCH response that has a UID, asked for or not: what NOTIFY and IDLE bring.
    pub fn read(response: &Response<'_>) -> Option<Self> {
        let Response::Fetch(number, attributes) = response else { return None };
        let mut mail = Self { uid: attributes.iter().find_map(uid)?, number: *number, ..Self::default() };
        for attribute in attributes {
            mail.note(attribute);
        }
        Some(mail)
    }

    /// About how many bytes it holds.
    pub(super) fn memory(&self) -> usize {
        let texts = self.body.as_ref().map_or(0, Vec::len) + self.header.as_ref().map_or(0, Vec::len);
        let keywords: usize = self.keywords.iter().map(|keyword| size_of::<String>() + keyword.len()).sum();
        size_of::<Self>() + texts + keywords
    }

    fn note(&mut self, attribute: &AttributeValue<'_>) {
        match attribute {
            AttributeValue::Flags(flags) => self.note_flags(flags.iter().map(AsRef::as_ref)),
            AttributeValue::InternalDate(date) => self.internal_date = moment(date),
            AttributeValue::Rfc822Size(size) => self.size = Some(u64::from(*size)),
            AttributeValue::ModSeq(modseq) => self.modseq = Some(*modseq),
            AttributeValue::BodySection { section: None, data: Some(data), .. } => self.body = Some(data.to_vec()),
            AttributeValue::BodySection { section: Some(SectionPath::Full(MessageSection::Header)), data: Some(data), .. }
            | AttributeValue::Rfc822Header(Some(data)) => self.header = Some(data.to_vec()),
            _ => {}
        }
    }

    fn note_flags<'a>(&mut self, written: impl Iterator<Item = &'a str>) {
        let mut flags = Flags::default();
        self.keywords.clear();
        for flag in written {
            match flag.strip_prefix('\\').map(str::to_ascii_lowercase).as_deref() {
                Some("seen") => flags.seen = true,
                Some("answered") => flags.answered = true,
                Some("flagged") => flags.flagged = true,
                Some("draft") => flags.draft = true,
                Some("deleted") => flags.deleted = true,
                Some(_) => {}
                None => self.keywords.push(flag.to_owned()),
            }
        }
        self.flags = Some(flags);
    }
}

fn uid(attribute: &AttributeValue<'_>) -> Option<u32> {
    match attribute {
        AttributeValue::Uid(uid) if *uid > 0 => Some(*uid),
        _ => None,
    }
}

const DATE_TIME: &str = "%d-%b-%Y %H:%M:%S %z";

/// A date-time of RFC 9051 §9: `17-Jul-1996 02:44:25 -0700`, the day perhaps after a space.
pub(super) fn moment(date_time: &str) -> Option<Moment> {
    let parsed = jiff::fmt::strtime::parse(DATE_TIME, date_time.trim()).ok()?;
    parsed.to_timestamp().ok().map(Moment::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_servers_are_read() {
        let read = |date: &str| moment(date).map(|moment| moment.to_string());
        assert_eq!(read("17-Jul-1996 02:44:25 -0700").as_deref(), Some("1996-07-17T09:44:25Z"));
        assert_eq!(read(" 1-Feb-2026 02:44:25 +0800").as_deref(), Some("2026-01-31T18:44:25Z"));
        assert_eq!(moment("yesterday"), None);
        assert_eq!(moment("31-Feb-2026 00:00:00 +0000"), None);
    }
}
