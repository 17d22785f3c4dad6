//! A note to the owner about a mail that wants the owner's own words.

use super::Case;
use super::draft::quoted;
use super::plan::NoticeOrder;
use crate::config::Member;
use crate::link::base_subject;
use crate::types::NamedAddress;

/// Evidence shown in a note.
const EVIDENCE_MAX: usize = 3;
/// Attachments named in a note.
const ATTACHMENTS_MAX: usize = 10;

pub(super) fn order(case: &Case<'_>, owner: &Member) -> NoticeOrder {
    let letter = case.letter;
    let mailbox = &case.mailbox;
    let words = case.reading.intent.evidence.iter().map(|evidence| evidence.words.clone()).filter(|words| !words.is_empty());
    let language = if case.written.contains(&owner.language) { owner.language } else { crate::types::Language::ENGLISH };
    NoticeOrder {
        language,
        from: NamedAddress { name: Some("Tradepost".into()), address: Some(mailbox.address.clone()) },
        to: NamedAddress { name: Some(owner.name.clone()), address: Some(owner.address.clone()) },
        member: owner.address.clone(),
        message_id: case.message_id.clone(),
        about: letter.message_id.clone(),
        intent: case.reading.intent.intent,
        customer: case.writer.person.clone(),
        customer_company: case.link.company.as_ref().map(|company| company.name.clone()).or_else(|| case.writer.company.clone()),
        subject: base_subject(letter.subject.as_deref().unwrap_or("")).to_owned(),
        evidence: words.take(EVIDENCE_MAX).collect(),
        mailbox: mailbox.name.clone(),
        folder: case.folder.to_owned(),
        attachments: letter.attachments.iter().filter_map(|attachment| attachment.name.clone()).take(ATTACHMENTS_MAX).collect(),
        quoted: quoted(case),
        at: case.now,
    }
}
