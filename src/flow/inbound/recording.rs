//! One message into the books: whose it is, which thread, what is decided, and all of it in the caller's transaction.

use super::again;
use super::copies;
use super::customer::{candidates, counterpart, enter_contact};
use super::dragged::{self, Dragged};
use super::guarding;
use super::read::{Arrival, Content};
use super::returned;
use super::scan::Found;
use super::sent_use;
use super::{InboundError, Tally};
use crate::config::Handling;
use crate::decide::{self, AnswersLately, Case, Plan, SentDraft};
use crate::flow::outward::{self, Entering};
use crate::flow::{Account, Office, answered, leaving};
use crate::link::{self, Link, ThreadLink, Writer, WriterKind};
use crate::mailbox::Role;
use crate::parse::Letter;
use crate::parse::carve::Leaf;
use crate::record::messages::{Direction, NewMessage};
use crate::record::outbox::{self, MailClass};
use crate::record::placements::NewPlacement;
use crate::record::quarantine::NewQuarantine;
use crate::record::{self, RawMail, Session};
use crate::types::{AccountId, CompanyId, ContactId, Language, MessageRow, Moment, ThreadId};
use crate::understand::Reading;
use crate::understand::guards::bank::BankData;
use std::collections::BTreeSet;

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub tally: Tally,
    /// The other accounts in which something is to be done now.
    pub desks: BTreeSet<AccountId>,
    /// A person said by moving it what a mail is, and something follows from that.
    pub taught: bool,
}

/// Records a batch in the caller's transaction.
pub(super) async fn record_all(
    session: &mut Session,
    office: &Office,
    account: &Account,
    found: &Found,
    arrivals: &[Arrival],
) -> Result<Recorded, InboundError> {
    let mut recorded = Recorded::default();
    let dragged = dragged::said(session, office, account, found, arrivals.len()).await?;
    for arrival in arrivals {
        let tally = &mut recorded.tally;
        match &arrival.content {
            Content::NotNow { why, is_ours } => {
                tally.unkept += usize::from(*is_ours);
                tracing::warn!(account = %account.id, folder = %found.row.id, reason = why, "A mail could not be read; the next look tries again");
                tally.unreadable += 1;
            }
            Content::Passed => {
                pass_over(session, office, account, found, &arrival.entry.place).await?;
            }
            Content::Broken { why, .. } => {
                tally.quarantined += usize::from(set_aside(session, office, account, found, arrival, why).await?);
            }
            Content::Read { letter, reading, writer, bank, raw, leaves } => {
                let historical = arrival.historical;
                let answered = arrival.entry.flags.answered;
                let place = &arrival.entry.place;
                let mail = Mail { letter, reading, writer, bank, raw, leaves, place, historical, answered, dragged };
                let is_new = record_one(session, office, account, found, &mail, &mut recorded).await?;
                let tally = &mut recorded.tally;
                tally.recorded += usize::from(is_new);
                tally.historical += usize::from(is_new && historical);
                tally.copies += usize::from(!is_new);
            }
        }
    }
    Ok(recorded)
}

/// Notes that a mail lies there, and nothing else of it.
async fn pass_over(session: &mut Session, office: &Office, account: &Account, found: &Found, place: &str) -> Result<(), InboundError> {
    let (folder, uidvalidity) = (found.row.id, found.uidvalidity);
    record::passed::add(session, account.id, folder, uidvalidity, place, office.now()).await?;
    Ok(record::quarantine::erase_unfetched(session, account.id, folder, uidvalidity, place).await?)
}

/// Keeps the bytes of a mail that could not be recorded; `false` when there is nothing of it to keep.
pub(super) async fn set_aside(
    session: &mut Session,
    office: &Office,
    account: &Account,
    found: &Found,
    arrival: &Arrival,
    why: &str,
) -> Result<bool, InboundError> {
    let (Content::Read { raw, leaves, .. } | Content::Broken { raw, leaves, .. }) = &arrival.content else { return Ok(false) };
    let quarantined = NewQuarantine {
        account: account.id,
        folder: found.row.id,
        uidvalidity: found.uidvalidity,
        place: &arrival.entry.place,
        reason: why,
        at: office.now(),
        raw,
        leaves,
    };
    record::quarantine::add(session, &quarantined).await?;
    Ok(true)
}

#[derive(Clone, Copy)]
pub(super) struct Mail<'a> {
    pub letter: &'a Letter,
    pub reading: &'a Reading,
    pub writer: &'a Writer,
    pub bank: &'a BankData,
    pub raw: &'a RawMail,
    pub leaves: &'a [Leaf],
    pub place: &'a str,
    pub historical: bool,
    /// The owner's mail client says that it was answered.
    pub answered: bool,
    /// What its folder says of it, where a person moved it there.
    pub dragged: Option<Dragged>,
}

/// Records a message and its place; `false` when it is a further copy of a known one.
async fn record_one(
    session: &mut Session,
    office: &Office,
    account: &Account,
    found: &Found,
    mail: &Mail<'_>,
    recorded: &mut Recorded,
) -> Result<bool, InboundError> {
    let desks = &mut recorded.desks;
    let identity = link::identity(mail.letter);
    let now = office.now();
    let known = copies::find(session, office, account, mail, &identity).await?;
    if known.is_none() && record::tombstones::find(session, &identity).await? {
        // Erased for good: it is neither read again nor looked at again, and its bytes are not kept.
        pass_over(session, office, account, found, mail.place).await?;
        return Ok(false);
    }
    let is_new = known.is_none();
    let message = match known {
        Some(message) => {
            copies::note_doubled(session, office, account, found, mail.place, &message).await?;
            sent_use::note(session, office, account, found, mail, Some(&message)).await?;
            desks.extend(again::decide(session, office, account, found, mail, &message).await?);
            recorded.taught |= dragged::note(session, office, account, found, mail, &message).await?;
            if let Some(sent) = sent(session, office, found, mail).await? {
                desks.extend(outward::mark_sent(session, &sent, now).await?);
            }
            message.id
        }
        None => record_new(session, office, account, found, mail, &identity, desks).await?,
    };
    let placement = NewPlacement {
        account: account.id,
        folder: found.row.id,
        uidvalidity: found.uidvalidity,
        place: mail.place,
        message,
        seen_at: now,
    };
    record::placements::add(session, &placement).await?;
    if found.role == Role::Sent {
        returned::note_sent(session, office, account, mail, message, &identity).await?;
    }
    record::quarantine::erase_unfetched(session, account.id, found.row.id, found.uidvalidity, mail.place).await?;
    Ok(is_new)
}

async fn record_new(
    session: &mut Session,
    office: &Office,
    account: &Account,
    found: &Found,
    mail: &Mail<'_>,
    identity: &[u8; 32],
    desks: &mut BTreeSet<AccountId>,
) -> Result<MessageRow, InboundError> {
    let now = office.now();
    let (letter, writer) = (mail.letter, mail.writer);
    let counterpart = counterpart(office, letter, writer);
    let candidates = candidates(session, office, letter, &counterpart).await?;
    let link = link::link(letter, writer, &candidates, now);
    let at = sent_at(letter, now);
    let guarded = guarding::guard(session, office, mail, &link).await?;
    let reading = guarded.reading.as_ref();
    let mail = &Mail { reading, ..*mail };
    let (contact, company) = enter_contact(session, office, &link, mail, &counterpart).await?;
    let thread = enter_thread(session, &link, letter, contact, company, at).await?;
    let sent = sent(session, office, found, mail).await?;
    let outdated = sent.as_ref().and_then(|sent| sent.outdated.clone());
    let (desk, plan) = plan(session, office, account, found, mail, &link, thread, outdated).await?;
    let (why, evidence) = (format!("{}\n{}{}", link.why, plan.why, of_papers(letter)), evidence(letter, reading));
    let message = Entered { identity, thread, contact, why: &why, evidence: &evidence, now }.message(mail);
    let row = record::messages::add(session, &message).await?;
    guarding::learn(session, office, mail, &guarded, (contact, company), row).await?;
    record::raw::add(session, row, mail.raw).await?;
    record::leaves::add_all(session, row, mail.leaves).await?;
    record::mentions::add_all(session, row, &letter.in_reply_to, &letter.references).await?;
    record::threads::mark_activity(session, thread, at, message.direction).await?;
    sent_use::note(session, office, account, found, mail, None).await?;
    let entering = Entering { account: account.id, desk, message: row, thread, taught: None };
    desks.extend(outward::enter(session, office, entering, &plan, now).await?);
    if let Some(sent) = &sent {
        desks.extend(outward::mark_sent(session, sent, now).await?);
    }
    let known_thread = Some(thread).filter(|_| matches!(link.thread, ThreadLink::Known(_)));
    returned::note(session, office, account, mail, row, known_thread).await?;
    if message.direction == Direction::In && !mail.historical {
        leaving::leave_by_mail(office, session, letter, now).await?;
    }
    Ok(row)
}

/// The draft of ours that a mail in Sent is.
async fn sent(session: &mut Session, office: &Office, found: &Found, mail: &Mail<'_>) -> Result<Option<outward::Sent>, InboundError> {
    if found.role != Role::Sent || mail.historical {
        return Ok(None);
    }
    outward::find_sent(session, office, mail.letter).await
}

/// When a letter was sent; a date in the future is its sender's mistake.
pub(super) fn sent_at(letter: &Letter, now: Moment) -> Moment {
    letter.sent_at.map_or(now, |sent| sent.min(now))
}

/// What the books hold of a message beside the mail itself.
pub(super) struct Entered<'a> {
    pub identity: &'a [u8; 32],
    pub thread: ThreadId,
    pub contact: Option<ContactId>,
    pub why: &'a str,
    pub evidence: &'a str,
    pub now: Moment,
}

impl<'a> Entered<'a> {
    /// The row of a mail.
    pub fn message(&self, mail: &Mail<'a>) -> NewMessage<'a> {
        let (letter, reading) = (mail.letter, mail.reading);
        let direction = if mail.writer.kind == WriterKind::Staff { Direction::Out } else { Direction::In };
        NewMessage {
            identity: self.identity,
            message_id: letter.message_id.as_ref(),
            sent_at: letter.sent_at,
            recorded_at: self.now,
            direction,
            historical: mail.historical,
            from_address: letter.from.address.as_ref().map_or("", |address| address.as_str()),
            from_name: letter.from.name.as_deref().unwrap_or(""),
            subject: letter.subject.as_deref().unwrap_or(""),
            language: reading.language.language,
            language_confidence_milli: milli(reading.language.confidence),
            intent: (direction == Direction::In).then_some(reading.intent.intent),
            intent_confidence_milli: milli(reading.intent.confidence),
            automatic: reading.automatic.map_or("", |kind| kind.name()),
            via: reading.via.as_ref().map_or("", |via| via.name()),
            thread: Some(self.thread),
            contact: self.contact,
            thread_index: letter.thread_index.as_ref().map_or("", |(conversation, _)| conversation),
            size: i64::try_from(letter.size).unwrap_or(i64::MAX),
            why: self.why,
            reading: self.evidence,
            fresh_text: &letter.fresh.text,
        }
    }
}

async fn enter_thread(
    session: &mut Session,
    link: &Link,
    letter: &Letter,
    contact: Option<ContactId>,
    company: Option<CompanyId>,
    opened_at: Moment,
) -> Result<ThreadId, InboundError> {
    match link.thread {
        ThreadLink::Known(thread) => Ok(thread),
        ThreadLink::New => {
            let subject = letter.subject.as_deref().unwrap_or("");
            let key = link::subject_key(subject);
            let owner = link.contact.as_ref().and_then(|contact| contact.owner.clone());
            let new = record::threads::NewThread {
                contact,
                company,
                subject: link::base_subject(subject),
                subject_key: &key,
                owner: owner.as_ref(),
                opened_at,
            };
            Ok(record::threads::add(session, &new).await?)
        }
    }
}

/// What is decided about a mail of that thread, and in which account it is to be done.
#[expect(clippy::too_many_arguments, reason = "the values a decision needs, gathered in one place")]
pub(super) async fn plan(
    session: &mut Session,
    office: &Office,
    account: &Account,
    found: &Found,
    mail: &Mail<'_>,
    link: &Link,
    thread: ThreadId,
    sent_draft: Option<SentDraft>,
) -> Result<(AccountId, Plan), InboundError> {
    let thread_owner = record::threads::find(session, thread).await?.and_then(|thread| thread.owner);
    let owner = decide::owner(&office.config.team, &account.config, link, thread_owner.as_ref());
    let desk = owner.map_or(account, |owner| office.desk_of(owner, account));
    let is_answer = mail.writer.kind == WriterKind::Staff && link.same_customer && !mail.historical;
    let case = Case {
        letter: mail.letter,
        reading: mail.reading,
        writer: mail.writer,
        link,
        team: &office.config.team,
        mailbox: &account.config,
        desk: &desk.config,
        folder: &found.name,
        owner,
        lead: outward::lead(office),
        policies: &office.config.policies,
        ours: &office.ours,
        written: &office.written,
        historical: mail.historical,
        in_junk: found.role == Role::Junk,
        crossed: is_answer && outward::is_crossed(session, mail.letter, thread).await?,
        sent_draft,
        may_tell_sender: outward::is_told(office, account, &mail.letter.from),
        draft_withheld: record::daily::has_withheld_draft(session, thread).await?,
        answers_lately: answers_lately(session, office, desk, mail).await?,
        chosen_language: chosen_language(session, mail).await?,
        answered: mail.answered || is_answered(session, mail.letter, link).await?,
        message_id: office.ids.message_id(&desk.config.send_as.address)?,
        now: office.now(),
    };
    Ok((desk.id, decide::decide(&case)))
}

/// The language in which a mail's writer wants letters.
async fn chosen_language(session: &mut Session, mail: &Mail<'_>) -> Result<Option<Language>, InboundError> {
    match mail.writer.person.address.as_ref().filter(|_| !mail.historical) {
        Some(person) => Ok(record::choices::find_language(session, person).await?),
        None => Ok(None),
    }
}

/// What the outbox says of automatic answers to a mail's writer. Asked only where its kind of mail is answered.
async fn answers_lately(session: &mut Session, office: &Office, desk: &Account, mail: &Mail<'_>) -> Result<AnswersLately, InboundError> {
    let is_answered = office.config.policies.handling(mail.reading.intent.intent) == Handling::Answer;
    let Some(person) = mail.writer.person.address.as_ref().filter(|_| is_answered && !mail.historical) else {
        return Ok(AnswersLately::default());
    };
    let mut answers_ours = false;
    for id in mail.letter.in_reply_to.iter().chain(&mail.letter.references) {
        answers_ours |= outbox::find_by_header_id(session, id).await?.is_some_and(|sent| sent.class == MailClass::Answer);
    }
    Ok(AnswersLately { answers_ours, ..answered::lately(session, office, desk, person).await? })
}

/// Whether the books know an answer of ours to this letter that went to its writer: Sent is read first, so it may be there before.
async fn is_answered(session: &mut Session, letter: &Letter, link: &Link) -> Result<bool, InboundError> {
    let (Some(id), Some(contact)) = (&letter.message_id, &link.contact) else { return Ok(false) };
    Ok(record::mentions::list_answered(session, id).await?.contains(&contact.id))
}

/// The reasons in one JSON object, for `show`.
pub(super) fn evidence(letter: &Letter, reading: &Reading) -> String {
    let words: Vec<serde_json::Value> =
        reading.intent.evidence.iter().map(|evidence| serde_json::json!({ "words": evidence.words, "rule": evidence.rule })).collect();
    let flags: Vec<serde_json::Value> =
        reading.flags.iter().map(|flag| serde_json::json!({ "flag": flag.name(), "found": flag.found, "known": flag.known })).collect();
    let returns = reading.returns.map(|day| day.to_string());
    let defects: Vec<&str> = letter.defects.iter().map(|defect| defect.name()).collect();
    serde_json::json!({ "evidence": words, "flags": flags, "returns": returns, "defects": defects, "papers": letter.papers.len() })
        .to_string()
}

/// What became of attached papers, where something is to be said of them, on a line of its own.
pub(super) fn of_papers(letter: &Letter) -> String {
    let names: Vec<&str> = letter.defects.iter().filter(|defect| defect.is_of_papers()).map(|defect| defect.name()).collect();
    if names.is_empty() { String::new() } else { format!("\nattached papers: {}", names.join(", ")) }
}

/// A share in thousandths, as the books keep it.
fn milli(share: f64) -> i64 {
    // A float to integer cast saturates and a confidence is between 0 and 1.
    (share * 1_000.0).round() as i64
}
