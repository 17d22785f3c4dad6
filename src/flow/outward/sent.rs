//! Mail in Sent that was a draft of ours, edited or not, under its own Message-ID or another.

use super::entering::enter_take_back;
use crate::decide::{QuotedMail, SentDraft};
use crate::flow::Office;
use crate::flow::inbound::InboundError;
use crate::parse::Letter;
use crate::record::drafts::{Draft, DraftState};
use crate::record::messages::{Direction, Message};
use crate::record::{Session, drafts, messages};
use crate::types::{AccountId, DRAFT_HEADER, EmailAddress, Moment, NamedAddress, drafted_as};

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
    let mails = messages::list_of_thread(session, draft.thread, NEWEST_AMONG).await?;
    let is_customers = |mail: &&Message| mail.direction == Direction::In && matches!(mail.automatic.as_str(), "" | "list");
    let newest = mails.into_iter().find(|mail| is_customers(&mail));
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

/// Whether a customer's mail came after the one the draft answers, and before the draft was sent.
fn is_newer(mail: &Message, letter: &Letter, draft: &Draft) -> bool {
    let is_after = draft.answers.map_or(mail.recorded_at > draft.placed_at, |answered| mail.id > answered);
    let was_in_view = mail.message_id.as_ref().is_some_and(|id| letter.in_reply_to.contains(id));
    let crossed = letter.sent_at.zip(mail.sent_at).is_some_and(|(sent, wrote)| sent < wrote);
    is_after && !was_in_view && !crossed
}

fn quoted(mail: Message) -> QuotedMail {
    let name = Some(mail.from_name).filter(|name| !name.is_empty());
    let from = NamedAddress { name, address: EmailAddress::parse(&mail.from_address).ok() };
    QuotedMail { from, sent_at: mail.sent_at, date: None, text: mail.fresh_text }
}
