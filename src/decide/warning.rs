//! A note to the owner, and to whoever leads the team, about a mail that should not be trusted: what it says, and what was known.

use super::Case;
use super::draft::quoted;
use super::plan::QuotedMail;
use crate::config::Member;
use crate::link::base_subject;
use crate::types::{EmailAddress, Language, MessageId, Moment, NamedAddress};
use crate::understand::{Flag, FlagKind};
use serde::{Deserialize, Serialize};

/// Reasons that a note tells.
const FLAGS_MAX: usize = 8;

/// Everything a warning says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarningOrder {
    /// The reader's interface language, or the nearest one we write.
    pub language: Language,
    /// The mailbox's own address: the note never leaves the team.
    pub from: NamedAddress,
    pub to: NamedAddress,
    /// The reader leads the team; else it is the customer's owner.
    pub is_lead: bool,
    pub message_id: MessageId,
    /// The mail it is about.
    pub about: Option<MessageId>,
    /// Who sent it, as the mail says.
    pub sender: NamedAddress,
    pub subject: String,
    /// Each with both values.
    pub flags: Vec<Flag>,
    /// A draft was written, with nobody in To.
    pub has_draft: bool,
    /// The mailbox's short name and the folder, where the mail lies.
    pub mailbox: String,
    pub folder: String,
    pub quoted: QuotedMail,
    pub at: Moment,
}

/// Who is told: the owner, and the lead where that is somebody else with a mailbox of their own.
pub(super) fn readers<'a>(case: &Case<'a>) -> Vec<(&'a Member, bool)> {
    let lead = case.lead.filter(|lead| case.owner.is_none_or(|owner| owner.address != lead.address));
    case.owner.map(|owner| (owner, false)).into_iter().chain(lead.map(|lead| (lead, true))).collect()
}

/// Whether people are told whatever the policy for such mail is.
pub(super) fn is_grave(case: &Case<'_>) -> bool {
    case.reading.flags.iter().any(|flag| flag.kind.is_grave())
}

pub(super) fn order(case: &Case<'_>, (reader, is_lead): (&Member, bool), has_draft: bool) -> WarningOrder {
    let (letter, mailbox) = (case.letter, &case.mailbox);
    let mut flags = case.reading.flags.clone();
    flags.sort_by_key(|flag| !flag.kind.is_grave());
    flags.truncate(FLAGS_MAX);
    WarningOrder {
        language: if case.written.contains(&reader.language) { reader.language } else { Language::ENGLISH },
        from: NamedAddress { name: Some("Tradepost".into()), address: Some(mailbox.address.clone()) },
        to: NamedAddress { name: Some(reader.name.clone()), address: Some(reader.address.clone()) },
        is_lead,
        message_id: id_for(&case.message_id, is_lead),
        about: letter.message_id.clone(),
        sender: letter.from.clone(),
        subject: base_subject(letter.subject.as_deref().unwrap_or("")).to_owned(),
        flags,
        has_draft,
        mailbox: mailbox.name.clone(),
        folder: case.folder.to_owned(),
        quoted: quoted(case),
        at: case.now,
    }
}

/// The draft has the case's own Message-ID; a warning, and the one to the lead, need others. Where none can be made of it, it serves.
fn id_for(id: &MessageId, is_lead: bool) -> MessageId {
    let mark = if is_lead { "lead" } else { "owner" };
    let made = id.as_str().rsplit_once('@').and_then(|(local, domain)| MessageId::parse(&format!("{local}.{mark}@{domain}")));
    made.unwrap_or_else(|| id.clone())
}

impl WarningOrder {
    /// In whose mailbox it belongs.
    pub fn reader(&self) -> Option<&EmailAddress> {
        self.to.address.as_ref()
    }

    /// The kinds of reasons.
    pub fn kinds(&self) -> impl Iterator<Item = FlagKind> {
        self.flags.iter().map(|flag| flag.kind)
    }
}
