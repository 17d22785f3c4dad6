//! What a recorded mail says of mail that left: a bounce, a complaint, a receipt, an answer, or the provider's own copy in Sent. All of it
//! is written down in the transaction that records the mail.

use super::InboundError;
use super::recording::{Mail, sent_at};
use crate::flow::outbox::{settling, verp};
use crate::flow::{Account, Office, SUPPRESSED_UNCERTAIN_MS, suppressing};
use crate::link::{self, Back, Fate, ReturnKind, Returned, SentCandidate, SentTrace};
use crate::parse::{self, Letter};
use crate::record;
use crate::record::outbox::lists::{self, Delivery};
use crate::record::outbox::returns::{self, Return};
use crate::record::outbox::{self, DeliveryState, claims};
use crate::record::suppressions::{Grounds, Reason};
use crate::record::{Session, copies, habits, messages};
use crate::types::{EmailAddress, MessageId, MessageRow, Moment, OutgoingId, ThreadId};

/// Ids of a letter that are looked for in the books to know whether it answers another mail.
const ANSWERED_MAX: usize = 4;
/// Recipients of one report, and addresses of one letter, that are asked about.
const PEOPLE_MAX: usize = 16;
/// So many of the last mails to an address came back for a passing reason, and it gets no more mailings.
const SOFT_MAX: i64 = 3;
/// For so long.
const SOFT_FOR_MS: i64 = 90 * 86_400_000;
/// Mails of the outbox that are opened to know whether a copy in Sent is one of them.
const COMPARED_MAX: usize = 8;
/// A copy in Sent is filed soon after its mail left.
const FILED_WITHIN_MS: i64 = 86_400_000;

/// Notes what a mail that was just recorded says of mail that left. `thread` is the one it goes on with.
pub(super) async fn note(
    session: &mut Session,
    office: &Office,
    account: &Account,
    mail: &Mail<'_>,
    message: MessageRow,
    thread: Option<ThreadId>,
) -> Result<(), InboundError> {
    let Some(kind) = link::return_kind(mail.letter, mail.reading, mail.writer) else { return Ok(()) };
    if !returns::has_any_delivery(session).await? {
        return Ok(());
    }
    let now = office.now();
    let candidates = candidates(session, office, account, mail, thread, now).await?;
    if candidates.is_empty() {
        return Ok(());
    }
    let has_ours = candidates.iter().any(|candidate| candidate.by == SentTrace::MessageId);
    let answers_another = !has_ours && answers_another(session, mail.letter).await?;
    let back = Back { letter: mail.letter, kind, candidates: &candidates, answers_another, rules: &office.rules, now };
    for told in link::returned(&back) {
        enter(session, office, mail, message, &told, now).await?;
    }
    Ok(())
}

/// What the books know that the mail may be about. The weak traces are looked for only where the strong ones led nowhere.
async fn candidates(
    session: &mut Session,
    office: &Office,
    account: &Account,
    mail: &Mail<'_>,
    thread: Option<ThreadId>,
    now: Moment,
) -> Result<Vec<SentCandidate>, InboundError> {
    let letter = mail.letter;
    let mut found = Vec::new();
    // A return path of another mailbox's server may be met here too: whose it is, its number tells.
    let paths = std::iter::once(account).chain(office.accounts.iter().filter(|other| other.id != account.id));
    let by_path = paths.filter_map(|account| verp(office, account)).find_map(|verp| verp.delivery_in(letter));
    if let Some(delivery) = by_path {
        found.extend(returns::find_by_number(session, delivery, SentTrace::ReturnPath).await?);
    }
    let ids = link::ids_named(letter);
    if !ids.is_empty() {
        found.extend(returns::list_by_ids(session, &ids).await?);
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let envelope_id = letter.bounce.as_ref().and_then(|bounce| bounce.envelope_id.as_deref());
    if let Some(id) = envelope_id
        && let Ok(key) = office.keys.envelope_ids()
        && let Some(delivery) = link::delivery_of_envelope_id(&key, id)
    {
        found.extend(returns::find_by_number(session, delivery, SentTrace::EnvelopeId).await?);
    }
    if letter.bounce.is_none() {
        if let Some((conversation, _)) = &letter.thread_index {
            found.extend(returns::list_of_conversation(session, conversation).await?);
        }
        if let Some(thread) = thread {
            found.extend(returns::list_of_thread(session, thread).await?);
        }
    }
    found.extend(to_people(session, office, mail, now).await?);
    Ok(found)
}

/// What left lately to whomever the mail names or comes from, and where a machine writes, to anybody of its firm.
async fn to_people(session: &mut Session, office: &Office, mail: &Mail<'_>, now: Moment) -> Result<Vec<SentCandidate>, InboundError> {
    let since = now.plus_ms(-link::BACK_WITHIN_MS);
    let mut found = Vec::new();
    for person in link::people_named(mail.letter).into_iter().take(PEOPLE_MAX) {
        found.extend(returns::list_to_person(session, person, since).await?);
        if mail.letter.bounce.is_none()
            && mail.reading.automatic.is_some()
            && let Some(firm) = link::company_domain(person, &office.rules)
        {
            found.extend(returns::list_to_domain(session, &firm, person.domain(), since).await?);
        }
    }
    Ok(found)
}

/// Whether what a letter answers is in the books. It is asked only of letters that answer none of the outbox.
async fn answers_another(session: &mut Session, letter: &Letter) -> Result<bool, InboundError> {
    // The last of References is what a mail answers that bears no In-Reply-To (RFC 5322 §3.6.4); the ones before are the whole thread.
    let parent = letter.references.last().filter(|_| letter.in_reply_to.is_empty());
    for id in letter.in_reply_to.iter().take(ANSWERED_MAX).chain(parent) {
        if !messages::list_by_header_id(session, id, 1).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes down what came back of a delivery, and what follows from it.
async fn enter(
    session: &mut Session,
    office: &Office,
    mail: &Mail<'_>,
    message: MessageRow,
    told: &Returned,
    now: Moment,
) -> Result<(), InboundError> {
    let (letter, bounce) = (mail.letter, mail.letter.bounce.as_ref());
    let returns_on = mail.reading.returns.filter(|_| told.kind == ReturnKind::AutoReply);
    let new = Return {
        delivery: told.delivery,
        message,
        kind: told.kind,
        at: sent_at(letter, now),
        status: bounce.and_then(|bounce| bounce.status.clone()).unwrap_or_default(),
        reason: bounce.and_then(|bounce| bounce.reason.clone()).unwrap_or_default(),
        returns_on: returns_on.map(|day| day.to_string()).unwrap_or_default(),
        by: told.by,
    };
    if !returns::add(session, &new).await? {
        return Ok(());
    }
    let Some(delivery) = lists::find(session, told.delivery).await? else { return Ok(()) };
    let names_recipient = link::people_named(letter).into_iter().any(|person| is_recipient(person, &delivery));
    follow(session, &delivery, &new, names_recipient, now).await?;
    if let Ok(recipient) = EmailAddress::parse(&delivery.recipient) {
        suppress(session, office, letter, &recipient, &new, now).await?;
    }
    tracing::info!(delivery = %told.delivery, message = %message, kind = told.kind.name(), by = told.by.name(), "Something came back");
    Ok(())
}

fn is_recipient(person: &EmailAddress, delivery: &Delivery) -> bool {
    EmailAddress::parse(&delivery.recipient).is_ok_and(|recipient| recipient.folded() == person.folded())
}

/// What it means for the delivery itself. One that is in somebody's hands is settled by them.
async fn follow(session: &mut Session, delivery: &Delivery, back: &Return, names_recipient: bool, now: Moment) -> Result<(), InboundError> {
    match delivery.state {
        DeliveryState::Uncertain => {
            settling::settle(session, delivery.id, now).await?;
        }
        // It is the failure of an attempt before this one.
        _ if back.kind.is_failure() && delivery.resent_at.is_some_and(|resent_at| back.at < resent_at) => {}
        // A report that names no more than the person may be about another mail to them, or made up: it is told, and changes nothing.
        DeliveryState::Sent if back.kind.tells(back.by) == Some(Fate::Failed) => {
            returns::mark_failed(session, delivery.id, &settling::said(back), now).await?;
        }
        // A person had it sent once more, and now it turns out that the first time was enough. Of a mail whose end was never written to a
        // server nothing can come back, whatever is said; and what others say of a mail to several people is not said of this one.
        DeliveryState::Planned | DeliveryState::Deferred | DeliveryState::Missed
            if back.by.is_certain() && names_recipient && delivery.final_dot_at.is_some() =>
        {
            let how = match back.kind.tells(back.by) {
                Some(Fate::Failed) => claims::Resolution::Failed,
                Some(Fate::Taken) => claims::Resolution::Sent,
                None => return Ok(()),
            };
            settling::resolve(session, delivery, how, now, &settling::said(back)).await?;
        }
        _ => {}
    }
    Ok(())
}

/// What it means for whoever was written to.
async fn suppress(
    session: &mut Session,
    office: &Office,
    letter: &Letter,
    recipient: &EmailAddress,
    back: &Return,
    now: Moment,
) -> Result<(), InboundError> {
    // A colleague is written to whatever happens to their mailbox.
    if office.ours.holds(recipient) {
        return Ok(());
    }
    let grounds = |reason| Grounds { message: Some(back.message), delivery: Some(back.delivery), ..Grounds::of(reason, now) };
    let grounds = match back.kind {
        ReturnKind::Hard if back.by.is_certain() => grounds(Reason::HardBounce),
        // It may be made up: so it ends by itself, and sooner when the person writes.
        ReturnKind::Hard => Grounds { until: Some(now.plus_ms(SUPPRESSED_UNCERTAIN_MS)), ..grounds(Reason::HardBounce) },
        ReturnKind::Complaint => grounds(Reason::Complaint),
        ReturnKind::Soft | ReturnKind::Unexplained if returns::count_soft(session, recipient).await? >= SOFT_MAX => {
            Grounds { until: Some(now.plus_ms(SOFT_FOR_MS)), ..grounds(Reason::SoftBounces) }
        }
        ReturnKind::Reply => {
            suppressing::lift_passing(session, &office.keys, recipient).await?;
            // Who writes from an address has it.
            if letter.from.address.as_ref().is_some_and(|from| from.folded() == recipient.folded()) {
                suppressing::lift(session, &office.keys, recipient, Reason::HardBounce).await?;
            }
            return Ok(());
        }
        _ => return Ok(()),
    };
    Ok(suppressing::enter(session, &office.keys, recipient, &grounds).await?)
}

/// Notes what a mail in Sent says: the provider has what left through us. To be called when its place is in the books.
pub(super) async fn note_sent(
    session: &mut Session,
    office: &Office,
    account: &Account,
    mail: &Mail<'_>,
    message: MessageRow,
    identity: &[u8; 32],
) -> Result<(), InboundError> {
    let now = office.now();
    if !returns::has_any_delivery(session).await? {
        return Ok(());
    }
    if let Some(id) = &mail.letter.message_id
        && let Some(outgoing) = outbox::find_by_header_id(session, id).await?
    {
        return settling::settle_all_of(session, outgoing.id, now).await;
    }
    if let Some(outgoing) = copy_of(session, mail, now).await? {
        alias(session, office, account, message, outgoing, identity, now).await?;
        settling::settle_all_of(session, outgoing, now).await?;
    }
    Ok(())
}

/// The mail of the outbox that a mail in Sent is a copy of, though the provider gave it another Message-ID.
async fn copy_of(session: &mut Session, mail: &Mail<'_>, now: Moment) -> Result<Option<OutgoingId>, InboundError> {
    let letter = mail.letter;
    let Some(to) = letter.to.iter().find_map(|to| to.address.as_ref()).filter(|_| !mail.historical) else { return Ok(None) };
    let key = link::subject_key(letter.subject.as_deref().unwrap_or_default());
    let sent = returns::list_to_person(session, to, now.plus_ms(-FILED_WITHIN_MS)).await?;
    let alike = sent.iter().map(|one| &one.mail).filter(|one| link::subject_key(&one.subject) == key);
    for one in alike.take(COMPARED_MAX) {
        let Some(left) = outbox::find_letter(session, one.outgoing).await? else { continue };
        // Bytes that cannot be opened prove nothing.
        if left.raw.open().is_ok_and(|bytes| link::is_copy(letter, &parse::letter(&bytes))) {
            return Ok(Some(one.outgoing));
        }
    }
    Ok(None)
}

/// Keeps that the message in Sent bears another Message-ID than the mail that left: answers may name either.
async fn alias(
    session: &mut Session,
    office: &Office,
    account: &Account,
    message: MessageRow,
    outgoing: OutgoingId,
    identity: &[u8; 32],
    now: Moment,
) -> Result<(), InboundError> {
    let (Some(sent), Some(left)) = (outbox::find(session, outgoing).await?, outbox::find_letter(session, outgoing).await?) else {
        return Ok(());
    };
    let Ok(bytes) = left.raw.open() else { return Ok(()) };
    let own_identity = link::identity(&parse::letter(&bytes));
    if own_identity == *identity {
        return Ok(());
    }
    copies::add(session, &own_identity, message, MessageId::parse(&sent.header_id).as_ref(), now).await?;
    habits::mark_seen(session, account.id, record::habits::HabitKind::RewritesMessageId, message.0, office.now()).await?;
    Ok(())
}
