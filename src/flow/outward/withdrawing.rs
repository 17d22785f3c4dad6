//! Drafts are taken back, where they lie and only while nobody touched them.

use super::Desk;
use super::entering::{enter_take_back, ring};
use super::settling::{Learned, Performed};
use crate::flow::Office;
use crate::flow::inbound::InboundError;
use crate::flow::transaction::in_books;
use crate::mailbox::{DraftNow, Lying, MailboxError, Places, Put, UidSet, Visit};
use crate::record::acts::ClaimedAct;
use crate::record::drafts::{Draft, DraftState};
use crate::record::habits::HabitKind;
use crate::record::person_drafts::PersonDraft;
use crate::record::{self, acts, drafts};
use crate::types::{DraftId, MessageId};
use std::collections::BTreeSet;

/// Takes the thread's draft back when nobody touched it; one that lies in another mailbox is taken back there.
pub(super) async fn withdraw(desk: &mut Desk<'_>, act: &ClaimedAct) -> Result<Performed, InboundError> {
    let Some(thread) = act.thread else { return Ok(Performed::spared("its thread is no longer in the books")) };
    let mut session = desk.office.books.look().await?;
    if acts::find_newer_drafting(&mut session, thread, act.id).await?.is_some() {
        return Ok(Performed::spared("a later mail of the thread decides about its draft"));
    }
    let ours = drafts::find_ours(&mut session, thread).await?;
    drop(session);
    match ours {
        None => Ok(Performed::spared("there is no draft of ours")),
        Some(draft) if draft.account != desk.account.id => {
            let name = pass_on(desk.office, &draft, "one of us answered").await?;
            Ok(Performed::spared(format!("the draft lies in {name} and is taken back there")))
        }
        Some(draft) => take_back_one(desk, act, &draft, "the mail was answered").await,
    }
}

/// Takes that draft back when nobody touched it.
pub(super) async fn take_back(desk: &mut Desk<'_>, act: &ClaimedAct, draft: DraftId) -> Result<Performed, InboundError> {
    let mut session = desk.office.books.look().await?;
    let found = drafts::find_by_id(&mut session, draft).await?;
    drop(session);
    match found {
        Some(draft) if matches!(draft.state, DraftState::Ours | DraftState::Sent) => take_back_one(desk, act, &draft, &act.why).await,
        _ => Ok(Performed::spared("the draft is no longer ours").with(act.thread.map(Learned::Free))),
    }
}

async fn take_back_one(desk: &mut Desk<'_>, act: &ClaimedAct, draft: &Draft, why: &str) -> Result<Performed, InboundError> {
    let free = Learned::Free(draft.thread);
    let state = |state| Learned::State { draft: draft.id, state };
    let is_sent = draft.state == DraftState::Sent;
    Ok(match remove(desk, draft).await? {
        Ok(Removed { was: DraftNow::Untouched, .. }) => {
            Performed::done(format!("{why}; the untouched draft was withdrawn")).with([state(DraftState::Withdrawn), free])
        }
        Ok(Removed { was: DraftNow::Gone, .. }) => {
            // Gone at a second try: the first one took it back and broke off before it could say so. One that the mailbox never said to
            // lie there is taken back by whoever finds it.
            let is_ours = act.attempts > 1 || draft.place.is_empty();
            let now = if is_ours { DraftState::Withdrawn } else { DraftState::Gone };
            Performed::spared("the draft was sent or deleted").with([state(now), free])
        }
        Ok(_) if is_sent => Performed::spared("the draft was sent; a person keeps it"),
        Ok(removed) => persons(desk, draft, removed).with([free]),
        // Waiting drafts go on waiting.
        Err(error) => desk.failed(error),
    })
}

/// A person has the draft: it is theirs for good, and no second one is put beside it.
pub(super) fn persons(desk: &Desk<'_>, draft: &Draft, removed: Removed) -> Performed {
    let lies = PersonDraft {
        account: draft.account,
        folder: draft.folder,
        uidvalidity: removed.uidvalidity,
        place: removed.place,
        thread: draft.thread,
        draft: Some(draft.id),
        seen_at: desk.office.now(),
    };
    let learned = [Learned::State { draft: draft.id, state: DraftState::Persons }, Learned::Person(lies)];
    Performed::spared("a person is working on the thread's draft; it is left alone").with(learned)
}

/// Enters that a draft is to be taken back in the mailbox where it lies, and wakes whoever looks after it; the mailbox's name.
pub(super) async fn pass_on(office: &Office, draft: &Draft, why: &str) -> Result<String, InboundError> {
    let now = office.now();
    in_books(&office.books, async |session| enter_take_back(session, draft, why, now).await).await?;
    ring(office, &BTreeSet::from([draft.account]));
    Ok(office.account(draft.account).map_or_else(|| "a mailbox no longer watched".to_owned(), |a| format!("mailbox `{}`", a.config.name)))
}

/// How a draft lay there before it was taken back, and where.
pub(super) struct Removed {
    pub was: DraftNow,
    pub uidvalidity: i64,
    pub place: String,
}

/// Takes a draft of this mailbox back when it is untouched. Where the books do not know its place, or a server has counted the folder
/// anew, it is found by its Message-ID. In a folder that is no longer there lies nothing of ours.
pub(super) async fn remove(desk: &mut Desk<'_>, draft: &Draft) -> Result<Result<Removed, MailboxError>, InboundError> {
    let mut session = desk.office.books.look().await?;
    let folders = record::folders::list(&mut session, desk.account.id).await?;
    drop(session);
    let gone = Removed { was: DraftNow::Gone, uidvalidity: draft.uidvalidity, place: draft.place.clone() };
    let Some(folder) = folders.into_iter().find(|known| known.id == draft.folder) else { return Ok(Ok(gone)) };
    Ok(match remove_from(desk.visit, &folder.wire_name, draft).await {
        Ok(removed) => {
            if removed.was == DraftNow::Untouched && !desk.visit.can_expunge() {
                note_marked_only(desk, draft).await?;
            }
            Ok(removed)
        }
        Err(error) if error.is_gone() => Ok(gone),
        Err(error) if error.ends_visit() => Err(error),
        // Servers refuse a folder that is gone in many words; whether it is gone is told by what they list.
        Err(error) => match desk.visit.survey().await {
            Ok(there) if there.iter().all(|surveyed| surveyed.folder.wire_name != folder.wire_name) => Ok(gone),
            Ok(_) => Err(error),
            Err(worse) => Err(worse),
        },
    })
}

/// Notes that the mailbox keeps what was taken back, marked as deleted: `status` says so, because some mail programs show it.
async fn note_marked_only(desk: &Desk<'_>, draft: &Draft) -> Result<(), InboundError> {
    let (account, now) = (desk.account.id, desk.office.now());
    let mark = async |session: &mut record::Session| {
        record::habits::mark_seen(session, account, HabitKind::KeepsDeletedDrafts, draft.id.0, now).await?;
        Ok(())
    };
    in_books(&desk.office.books, mark).await
}

async fn remove_from(visit: &mut Visit, wire_name: &str, draft: &Draft) -> Result<Removed, MailboxError> {
    let mut places = Vec::new();
    if !draft.place.is_empty() {
        let was = visit.take_back(wire_name, &lying(draft, draft.uidvalidity, &draft.place)).await?;
        if was != DraftNow::Gone || matches!(visit, Visit::Maildir(_)) {
            return Ok(Removed { was, uidvalidity: draft.uidvalidity, place: draft.place.clone() });
        }
    }
    places.extend(find_places(visit, wire_name, &draft.message_id).await?);
    for (uidvalidity, place) in places {
        let was = visit.take_back(wire_name, &lying(draft, uidvalidity, &place)).await?;
        if was != DraftNow::Gone {
            return Ok(Removed { was, uidvalidity, place });
        }
    }
    Ok(Removed { was: DraftNow::Gone, uidvalidity: draft.uidvalidity, place: draft.place.clone() })
}

/// Where mails with that Message-ID lie in a folder.
async fn find_places(visit: &mut Visit, wire_name: &str, id: &MessageId) -> Result<Vec<(i64, String)>, MailboxError> {
    let look = visit.look(wire_name, &nothing_known(visit, 0), None).await?;
    let (heads, _) = visit.heads(wire_name, &nothing_known(visit, look.mark.uidvalidity)).await?;
    let is_it = |header: &[u8]| crate::parse::letter(header).message_id.as_ref() == Some(id);
    Ok(heads.into_iter().filter(|head| is_it(&head.header)).map(|head| (look.mark.uidvalidity, head.entry.place)).collect())
}

/// No place of a folder is known.
pub(super) fn nothing_known(visit: &Visit, uidvalidity: i64) -> Places {
    match visit {
        Visit::Maildir(_) => Places::no_names(),
        Visit::Imap(_) => Places::Uids { uidvalidity: u32::try_from(uidvalidity).unwrap_or(0), uids: UidSet::default() },
    }
}

/// A draft as it would lie at that place, untouched.
pub(super) fn lying(draft: &Draft, uidvalidity: i64, place: &str) -> Lying {
    let put = Put { uidvalidity, place: place.to_owned(), size: u64::try_from(draft.size).unwrap_or(0), content_hash: draft.content_hash };
    Lying { put, message_id: draft.message_id.clone() }
}
