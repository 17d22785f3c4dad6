//! What follows when a person has said what a mail really is: the mail is decided again, as that.
//!
//! Wanted: a draft for the wrong intent is out of the way unless a person touched it, and one for the right intent takes its place,
//! once, whatever kills the process and whenever. So a lesson says that something is still to be done, and that mark is lifted in the
//! transaction in which the acts are entered; their effect keys name how often the mail was taught.
//!
//! Deliberately absent: anything that leaves by itself. A person is at hand, so what would have been answered becomes a draft; and a mail
//! that is old, was answered, or was followed by another one of its thread leads to nothing.

use super::InboundError;
use super::customer::{candidates, counterpart};
use super::guarding;
use super::read::reading_of;
use super::recording::{Entered, Mail, evidence, of_papers, plan};
use super::scan::Found;
use crate::decide::{Act, Plan};
use crate::flow::disk::beside;
use crate::flow::lessons::taught_line;
use crate::flow::outward::{self, Entering};
use crate::flow::transaction::in_books;
use crate::flow::{Account, Office, resolve_delivery};
use crate::link::{self, Writer};
use crate::mailbox::{Role, readable_name};
use crate::parse::carve::{Carved, Leaf};
use crate::parse::{self, Letter};
use crate::record::folders::{self, FolderRole};
use crate::record::lessons::{self, Lesson};
use crate::record::messages::{self, Message};
use crate::record::outbox::claims::Resolution;
use crate::record::outbox::{DeliveryState, MailClass, lists};
use crate::record::{self, RawMail, Session, acts, drafts, leaves, placements, raw};
use crate::types::{AccountId, Intent, Moment, ThreadId};
use crate::understand::guards::bank::BankData;
use crate::understand::{Evidence, IntentGuess, LanguageGuess, Reading};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Lessons looked at together.
const AT_ONCE_MAX: i64 = 64;
/// A mail that came before this is answered by a person or not at all.
const SINCE_MS_MAX: i64 = 14 * 86_400_000;
/// The newest mails of a thread tell whether anything came after one of them.
const NEWER_AMONG: i64 = 8;
const WHY: &str = "a person said that the mail is something else";

/// A mail to be decided again, and where it lies.
struct Taken<'o> {
    message: Message,
    thread: ThreadId,
    intent: Intent,
    account: &'o Account,
    found: Found,
    raw: RawMail,
    leaves: Vec<Leaf>,
}

/// What it says, with what a person said of it.
struct Read {
    letter: Letter,
    reading: Reading,
    writer: Writer,
    bank: BankData,
}

/// Does what follows from lessons that nobody has looked at yet; how many there were.
pub async fn apply(office: &Office) -> Result<usize, InboundError> {
    let mut session = office.books.look().await?;
    let waiting = lessons::list_to_apply(&mut session, AT_ONCE_MAX).await?;
    drop(session);
    let count = waiting.len();
    for lesson in waiting {
        let desks = apply_one(office, &lesson).await?;
        outward::ring(office, &desks);
    }
    Ok(count)
}

async fn apply_one(office: &Office, lesson: &Lesson) -> Result<BTreeSet<AccountId>, InboundError> {
    let read = match take_up(office, lesson).await? {
        Some(taken) => read_again(office, &taken, lesson).await.map(|read| (taken, read)),
        None => None,
    };
    in_books(&office.books, async |session| {
        if !lessons::mark_applied(session, lesson.id, lesson.revision).await? {
            return Ok(BTreeSet::new());
        }
        match &read {
            Some((taken, read)) => enter(session, office, lesson, taken, read).await,
            None => Ok(BTreeSet::new()),
        }
    })
    .await
}

/// The mail of a lesson, where something follows from it.
async fn take_up<'o>(office: &'o Office, lesson: &Lesson) -> Result<Option<Taken<'o>>, InboundError> {
    let mut session = office.books.look().await?;
    let message = match lesson.message {
        Some(message) => messages::find_by_id(&mut session, message).await?,
        None => None,
    };
    let is_recent = |message: &Message| !message.historical && message.recorded_at > office.now().plus_ms(-SINCE_MS_MAX);
    let Some(message) = message.filter(is_recent) else { return Ok(None) };
    let (Some(thread), Some(intent)) = (message.thread, lesson.intent) else { return Ok(None) };
    // What came or left after it has decided what is to be done in the thread.
    if messages::list_of_thread(&mut session, thread, NEWER_AMONG).await?.iter().any(|other| other.id > message.id) {
        return Ok(None);
    }
    let Some((account, found)) = lies_in(&mut session, office, &message).await? else { return Ok(None) };
    let Some(raw) = raw::find(&mut session, message.id).await? else { return Ok(None) };
    let leaves = leaves::list_of_message(&mut session, message.id).await?;
    Ok(Some(Taken { message, thread, intent, account, found, raw, leaves }))
}

/// In which mailbox and folder a mail lies now, as far as it came there.
async fn lies_in<'o>(session: &mut Session, office: &'o Office, message: &Message) -> Result<Option<(&'o Account, Found)>, InboundError> {
    for place in placements::list_of_message(session, message.id).await? {
        let Some(account) = office.account(place.account) else { continue };
        let row = folders::list(session, account.id).await?.into_iter().find(|row| row.id == place.folder);
        let Some(row) = row else { continue };
        let role = match row.role {
            FolderRole::Inbox => Role::Inbox,
            FolderRole::Other => Role::Other,
            FolderRole::Junk => Role::Junk,
            FolderRole::Sent | FolderRole::Drafts => continue,
        };
        let name = readable_name(&row.wire_name);
        return Ok(Some((account, Found { row, name, role, uidvalidity: place.uidvalidity })));
    }
    Ok(None)
}

/// Reads a mail again from its bytes. One that cannot be read leads to nothing.
async fn read_again(office: &Office, taken: &Taken<'_>, lesson: &Lesson) -> Option<Read> {
    let remainder = taken.raw.open().ok()?;
    let size = u64::try_from(taken.message.size).unwrap_or(0);
    let carved = Carved { remainder, leaves: taken.leaves.clone(), size, body_hash: None, too_much: false };
    let (rules, ours, files, papers) = (office.rules.clone(), office.ours.clone(), office.files.clone(), office.papers.clone());
    let read = beside(move || {
        let read = || {
            let mut letter = parse::carved_letter(&carved);
            papers.read_into(&mut letter, &carved.remainder, &carved.leaves, |leaf| files.open(leaf));
            let (reading, writer, bank) = reading_of(&letter, &rules, None, &ours, false);
            Read { letter, reading, writer, bank }
        };
        catch_unwind(AssertUnwindSafe(read)).ok()
    });
    let mut read = read.await?;
    let rule = format!("lesson:{}", lesson.id);
    let evidence = vec![Evidence { words: String::new(), rule }];
    read.reading.intent = IntentGuess { intent: taken.intent, confidence: 1.0, second: None, evidence };
    if let Some(language) = lesson.language {
        read.reading.language = LanguageGuess::new(language, 1.0);
    }
    Some(read)
}

/// Enters what is to be done now, and takes back what was to be done before; the accounts in which something is to be done.
async fn enter(
    session: &mut Session,
    office: &Office,
    lesson: &Lesson,
    taken: &Taken<'_>,
    read: &Read,
) -> Result<BTreeSet<AccountId>, InboundError> {
    let (message, account, now) = (&taken.message, taken.account, office.now());
    let mail = Mail {
        letter: &read.letter,
        reading: &read.reading,
        writer: &read.writer,
        bank: &read.bank,
        raw: &taken.raw,
        leaves: &taken.leaves,
        place: "",
        historical: false,
        answered: false,
        dragged: None,
    };
    let counterpart = counterpart(office, mail.letter, mail.writer);
    let candidates = candidates(session, office, mail.letter, &counterpart).await?;
    let link = link::link(mail.letter, mail.writer, &candidates, now);
    let guarded = guarding::guard(session, office, &mail, &link).await?;
    let mail = &Mail { reading: guarded.reading.as_ref(), ..mail };
    let (desk, plan) = plan(session, office, account, &taken.found, mail, &link, taken.thread, None).await?;
    let plan = for_a_person(plan);
    acts::mark_dropped_of_message(session, message.id, now, WHY).await?;
    drop_answers(session, message, now).await?;
    let mut desks = BTreeSet::from([account.id]);
    if !plan.acts.iter().any(|act| matches!(act, Act::Draft(_)))
        && let Some(draft) = drafts::find_ours(session, taken.thread).await?.filter(|draft| draft.answers == Some(message.id))
    {
        outward::enter_take_back(session, &draft, WHY, now).await?;
        desks.insert(draft.account);
    }
    let why = format!("{}{}\n{}{}", taught_line(&message.why), link.why, plan.why, of_papers(mail.letter));
    let evidence = evidence(mail.letter, mail.reading);
    let row = Entered { identity: &message.identity, thread: taken.thread, contact: message.contact, why: &why, evidence: &evidence, now };
    record::messages::mark_decided(session, message.id, &row.message(mail)).await?;
    let entering = Entering { account: account.id, desk, message: message.id, thread: taken.thread, taught: Some(lesson.revision) };
    desks.extend(outward::enter(session, office, entering, &plan, now).await?);
    Ok(desks)
}

/// Letters and notes alone, and nothing that leaves by itself: warnings were given when the mail came.
fn for_a_person(plan: Plan) -> Plan {
    let draft_instead = |act| match act {
        Act::Answer(order) | Act::Draft(order) => Some(Act::Draft(order)),
        Act::Tell(order) => Some(Act::Tell(order)),
        _ => None,
    };
    Plan { acts: plan.acts.into_iter().filter_map(draft_instead).collect(), ..plan }
}

/// An automatic answer to what the mail was taken for, that has not left, does not leave.
async fn drop_answers(session: &mut Session, message: &Message, now: Moment) -> Result<(), InboundError> {
    for outgoing in lists::list_answering(session, message.id).await? {
        for delivery in lists::list_of_outgoing(session, outgoing).await? {
            let waits = matches!(delivery.state, DeliveryState::Planned | DeliveryState::Deferred);
            if waits && delivery.class == MailClass::Answer {
                resolve_delivery(session, &delivery, Resolution::Drop, now, WHY).await?;
            }
        }
    }
    Ok(())
}
