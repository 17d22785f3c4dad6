//! Automatic answers: written, fixed and put into the outbox, from where they leave.

use super::Desk;
use super::settling::Performed;
use crate::act::render::Rendered;
use crate::act::{freeze, mime};
use crate::decide::{self, Act, DraftOrder};
use crate::flow::answered;
use crate::flow::inbound::InboundError;
use crate::flow::transaction::in_books;
use crate::flow::web::{self, Equipped, Outgoing, WayOutOfLetter};
use crate::record::acts::{self, ClaimedAct};
use crate::record::outbox::{self, MailClass, NewOutgoing, SentCopy, lists};
use crate::record::{RawMail, Session};
use crate::types::{EmailAddress, MessageRow, NamedAddress, OutgoingId};

/// An answer that could not leave within a day would surprise its customer.
const NOT_AFTER_MS: i64 = 24 * 3_600_000;

/// An answer as it is to leave.
struct Written {
    subject: String,
    recipients: Vec<EmailAddress>,
    raw: RawMail,
    /// Its copy for Sent, where the mail itself tells that it is read.
    copy: Option<RawMail>,
    equipped: Option<Equipped>,
}

/// Puts an answer into the outbox.
pub(super) async fn answer(desk: &Desk<'_>, act: &ClaimedAct, order: &DraftOrder) -> Result<Performed, InboundError> {
    let written = match write(desk, order).await? {
        Ok(written) => written,
        Err(unwritable) => return Ok(Performed::gave_up(unwritable)),
    };
    // Whether it may go is asked where it is put: two mailboxes that answer one person at once see each other's.
    let entered = in_books(&desk.office.books, async |session| match refusal(session, desk, act, order).await? {
        Some(why) => Ok(Err(why)),
        None => enter(session, desk, act, order, &written).await.map(Ok),
    });
    let added = match entered.await? {
        Ok(added) => added,
        Err(why) => return draft_instead(desk, act, order, why).await,
    };
    desk.account.outbox_bell.notify_one();
    Ok(match added {
        Some(outgoing) => Performed::done(format!("the answer is in the outbox (mail {outgoing})")),
        None => Performed::spared("the answer was put into the outbox before"),
    })
}

/// Writes and fixes an answer, or says why it cannot be.
async fn write(desk: &Desk<'_>, order: &DraftOrder) -> Result<Result<Written, String>, InboundError> {
    let recipients: Vec<EmailAddress> = order.to.iter().filter_map(|to| to.address.clone()).collect();
    let way_out = web::way_out(desk.office)?;
    let mut words = match desk.office.letters.render_with(order, way_out.preferences.as_deref()) {
        Ok(words) => words,
        Err(fault) => return Ok(Err(format!("the letter cannot be written: {fault}"))),
    };
    let untracked = words.html.clone();
    let equipped = match recipients.as_slice() {
        [to] => Some(equip(desk, &way_out, to, &mut words).await?),
        // One mail for several would tell nobody's reading.
        _ => None,
    };
    let headers = equipped.as_ref().map(|equipped| equipped.headers.as_slice()).unwrap_or_default();
    let frozen = match freeze(mime::answer(order, &words, headers), desk.account.signer.as_deref(), desk.office.now()) {
        Ok(frozen) => frozen,
        Err(unsigned) => return Ok(Err(unsigned.to_string())),
    };
    let raw = RawMail::compress(&frozen)?;
    let copy =
        (words.html != untracked).then(|| RawMail::compress(&mime::answer(order, &Rendered { html: untracked, ..words.clone() }, headers)));
    let copy = copy.transpose()?;
    Ok(Ok(Written { subject: words.subject, recipients, raw, copy, equipped }))
}

/// Adds an answer to the outbox; `None` when it lies there already.
async fn enter(
    session: &mut Session,
    desk: &Desk<'_>,
    act: &ClaimedAct,
    order: &DraftOrder,
    written: &Written,
) -> Result<Option<OutgoingId>, InboundError> {
    let Written { subject, recipients, raw, copy, equipped } = written;
    let now = desk.office.now();
    let new = NewOutgoing {
        effect_key: &act.effect_key,
        account: desk.account.id,
        thread: act.thread,
        answers: act.message,
        header_id: &order.message_id,
        class: MailClass::Answer,
        envelope_from: order.from.address.as_ref(),
        subject,
        sent_copy: SentCopy::Wanted,
        raw,
        recipients,
        due_at: now,
        not_after: Some(now.plus_ms(NOT_AFTER_MS)),
        now,
    };
    let Some(outgoing) = outbox::add(session, &new).await? else { return Ok(None) };
    if let Some(copy) = copy {
        outbox::add_untracked(session, outgoing, copy).await?;
    }
    if let Some(equipped) = equipped {
        for (delivery, to) in lists::list_of_outgoing(session, outgoing).await?.iter().zip(recipients) {
            web::enter(session, equipped, delivery.id, to, None, now).await?;
        }
    }
    Ok(Some(outgoing))
}

/// Why an answer that was decided on does not go by itself after all; `None` also for one that lies in the outbox already.
async fn refusal(
    session: &mut Session,
    desk: &Desk<'_>,
    act: &ClaimedAct,
    order: &DraftOrder,
) -> Result<Option<&'static str>, InboundError> {
    let [NamedAddress { address: Some(to), .. }] = order.to.as_slice() else { return Ok(None) };
    if outbox::find_by_header_id(session, &order.message_id).await?.is_some() {
        return Ok(None);
    }
    // A try before this one was broken off after it.
    if let Some(message) = act.message
        && acts::find_state(session, &draft_key(message)).await?.is_some()
    {
        return Ok(Some("it is drafted"));
    }
    Ok(decide::answer::too_many(&answered::lately(session, desk.office, desk.account, to).await?))
}

/// What does not go by itself is drafted, as if that had been decided at once.
async fn draft_instead(desk: &Desk<'_>, act: &ClaimedAct, order: &DraftOrder, why: &str) -> Result<Performed, InboundError> {
    let (Some(message), Some(thread)) = (act.message, act.thread) else {
        return Ok(Performed::gave_up("its mail is no longer in the books"));
    };
    let draft = Act::Draft(Box::new(order.clone()));
    let (effect_key, payload) = (draft_key(message), serde_json::to_string(&draft)?);
    let why = format!("it is not answered by itself: {why}");
    let is_newest = in_books(&desk.office.books, async |session| {
        if acts::find_newer_drafting(session, thread, act.id).await?.is_some() {
            return Ok(false);
        }
        let new = acts::NewAct {
            effect_key: &effect_key,
            kind: draft.kind(),
            message: act.message,
            thread: act.thread,
            account: desk.account.id,
            payload: &payload,
            why: &why,
            due_at: desk.office.now(),
        };
        Ok(acts::add(session, &new).await?)
    })
    .await?;
    desk.account.bell.ring_for_acts();
    Ok(Performed::spared(if is_newest { why } else { format!("{why}; a later mail of the thread decides about its draft") }))
}

/// The name of the draft that answers a mail.
fn draft_key(message: MessageRow) -> String {
    format!("draft:{message}")
}

/// Puts into the HTML what tells, where that is allowed; the text form stays without.
async fn equip(desk: &Desk<'_>, way_out: &WayOutOfLetter, to: &EmailAddress, words: &mut Rendered) -> Result<Equipped, InboundError> {
    let mut session = desk.office.books.look().await?;
    let letter = Outgoing { to, mailbox: &desk.account.config.address };
    let equipped = web::equip(desk.office, &mut session, &letter, way_out, &words.html).await?;
    words.html.clone_from(&equipped.html);
    Ok(equipped)
}
