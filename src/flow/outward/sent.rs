//! Mail in Sent that was a draft of ours, edited or not, under its own Message-ID or another.

use super::entering::enter_take_back;
use crate::decide::{QuotedMail, SentDraft};
use crate::flow::Office;
use crate::flow::inbound::InboundError;
use crate::parse::Letter;
use crate::record::drafts::{Draft, DraftState};
use crate::record::messages::{Direction, Message};
use crate::record::{Session, drafts, messages, outbox};
use crate::types::{AccountId, DRAFT_HEADER, EmailAddress, Moment, NamedAddress, ThreadId, drafted_as};

/// Mails of a thread that are looked at for the customer's newest.
const NEWEST_AMONG: i64 = 50;

/// A draft of ours that lies in Sent.
#[derive(Debug, Clone)]
pub struct Sent {
    draft: Draft,
    /// For the decision: it was out of date when it was sent.
    pub outdated: Option<SentDraft>,
}

/// The draft of ours that a mail in a Sent folder is. Call it before the mail itself is recorded.
pub async fn find_sent(session: &mut Session, office: &Office, letter: &Letter) -> Result<Option<Sent>, InboundError> {
    let by_token = drafted_as(&letter.references, letter.headers.get(DRAFT_HEADER));
    for id in letter.message_id.iter().chain(&by_token) {
        if let Some(draft) = drafts::find_by_header_id(session, id).await? {
            let outdated = outdated(session, office, letter, &draft).await?;
            return Ok(Some(Sent { draft, outdated }));
        }
    }
    Ok(None)
}

/// Notes that the draft was sent. One that its client left in Drafts is taken back: in which account, to [`super::ring`] for when the
/// transaction is committed.
pub async fn mark_sent(session: &mut Session, sent: &Sent, now: Moment) -> Result<Option<AccountId>, InboundError> {
    super::late::mark_state(session, sent.draft.id, DraftState::Sent, now).await?;
    if sent.draft.state != DraftState::Ours {
        return Ok(None);
    }
    enter_take_back(session, &sent.draft, "it was sent", now).await?;
    Ok(Some(sent.draft.account))
}

/// Whether the draft was out of date when it was sent: we had withdrawn it, or the customer had written again. An answer that names the
/// newer mail was written with it in view.
async fn outdated(session: &mut Session, office: &Office, letter: &Letter, draft: &Draft) -> Result<Option<SentDraft>, InboundError> {
    let newest = newest(session, draft.thread).await?;
    let newer_mail = newest.as_ref().is_some_and(|mail| is_newer(mail, letter, draft));
    if !newer_mail && draft.state != DraftState::Withdrawn {
        return Ok(None);
    }
    let current = drafts::find_ours(session, draft.thread).await?.filter(|current| current.id != draft.id);
    let current_in = current.as_ref().and_then(|current| office.account(current.account)).map(|account| account.config.name.clone());
    Ok(Some(SentDraft {
        newer_mail,
        current: current.map(|current| current.says),
        current_in: current_in.unwrap_or_default(),
        newest: newest.filter(|_| newer_mail).map(quoted).unwrap_or_default(),
    }))
}

/// The customer's newest mail of a thread.
async fn newest(session: &mut Session, thread: ThreadId) -> Result<Option<Message>, InboundError> {
    let is_customers = |mail: &Message| mail.direction == Direction::In && matches!(mail.automatic.as_str(), "" | "list");
    Ok(messages::list_of_thread(session, thread, NEWEST_AMONG).await?.into_iter().find(is_customers))
}

/// Whether a customer's mail came after the one the draft answers, and before the draft was sent.
fn is_newer(mail: &Message, letter: &Letter, draft: &Draft) -> bool {
    let is_after = draft.answers.map_or(mail.recorded_at > draft.placed_at, |answered| mail.id > answered);
    is_after && !names(letter, mail) && !is_earlier(letter, mail)
}

/// Whether a mail of ours was written without the customer's newest in view: it comes to Sent late, and answers an older one. Our own
/// answer says which; of a person's the dates tell.
pub async fn is_crossed(session: &mut Session, letter: &Letter, thread: ThreadId) -> Result<bool, InboundError> {
    let Some(newest) = newest(session, thread).await? else { return Ok(false) };
    if let Some(id) = &letter.message_id
        && let Some(ours) = outbox::find_by_header_id(session, id).await?
    {
        return Ok(ours.answers.is_some_and(|answered| answered < newest.id));
    }
    Ok(!names(letter, &newest) && is_earlier(letter, &newest))
}

/// Whether a letter says that it answers that mail.
fn names(letter: &Letter, mail: &Message) -> bool {
    mail.message_id.as_ref().is_some_and(|id| letter.in_reply_to.contains(id))
}

/// Whether a letter was written before that mail, as far as both say when.
fn is_earlier(letter: &Letter, mail: &Message) -> bool {
    letter.sent_at.zip(mail.sent_at).is_some_and(|(sent, wrote)| sent < wrote)
}

fn quoted(mail: Message) -> QuotedMail {
    let name = Some(mail.from_name).filter(|name| !name.is_empty());
    let from = NamedAddress { name, address: EmailAddress::parse(&mail.from_address).ok() };
    QuotedMail { from, sent_at: mail.sent_at, date: None, text: mail.fresh_text }
}
