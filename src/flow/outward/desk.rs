//! What lies in Drafts, told apart: ours and untouched, touched by a person, written by a person, sent or deleted.
//!
//! Each mail there is judged once, by its head: ours by its Message-ID, ours in another dress by its token, a person's by the mail it
//! answers. Where a place or a count of a server has changed, a draft counts as ours only after its bytes were compared. As soon as a
//! person has a draft in a thread, ours is taken back in whatever mailbox it lies.

use super::entering::{enter_take_back, ring};
use super::judging::{Findings, Sweep, act_of, is_on_its_way, judge, look_at_known};
use super::late;
use super::withdrawing::nothing_known;
use crate::flow::inbound::InboundError;
use crate::flow::transaction::in_books;
use crate::flow::{Account, Office};
use crate::mailbox::{Entry, Folder, Places, Role, Visit};
use crate::record::Session;
use crate::record::acts::{self, ActState};
use crate::record::drafts::{self, Draft, DraftState};
use crate::record::folders::{self, FolderRole};
use crate::record::person_drafts::{self, PersonDraft};
use crate::types::{AccountId, DraftId, FolderId};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What is known of an account's Drafts between two looks; the books hold what must not be forgotten.
#[derive(Debug, Default)]
pub struct DraftsDesk {
    folders: HashMap<FolderId, Seen>,
}

/// A folder as it was last seen.
#[derive(Debug)]
struct Seen {
    uidvalidity: i64,
    known: Places,
}

/// Looks at an account's Drafts and draws the consequences. Acts it enters, for this account too, ring the bells of their accounts.
pub async fn look_after_drafts(office: &Office, account: &Account, visit: &mut Visit, desk: &mut DraftsDesk) -> Result<(), InboundError> {
    let surveyed = visit.survey().await?;
    let mut session = office.books.look().await?;
    let open = drafts::list_open(&mut session, account.id).await?;
    let recorded = folders::list(&mut session, account.id).await?;
    drop(session);
    let private = account.private_among(&surveyed);
    let is_watched = |folder: &&Folder| folder.role == Role::Drafts && !private.holds(&folder.name);
    for folder in surveyed.iter().map(|surveyed| &surveyed.folder).filter(is_watched) {
        let id = match recorded.iter().find(|known| known.wire_name == folder.wire_name) {
            Some(known) => known.id,
            None => {
                let add = async |session: &mut Session| {
                    Ok(folders::find_or_add(session, account.id, &folder.wire_name, FolderRole::Drafts).await?.id)
                };
                in_books(&office.books, add).await?
            }
        };
        sweep(office, account, visit, desk, (id, &folder.wire_name), &open).await?;
    }
    // A folder that was renamed or is no longer Drafts may still hold some of ours.
    let others: HashSet<FolderId> = open.iter().map(|draft| draft.folder).collect();
    for folder in recorded.iter().filter(|folder| others.contains(&folder.id)) {
        match surveyed.iter().find(|surveyed| surveyed.folder.wire_name == folder.wire_name) {
            Some(there) if there.folder.role == Role::Drafts => {}
            Some(_) => sweep(office, account, visit, desk, (folder.id, &folder.wire_name), &open).await?,
            None => forget_folder(office, account, folder.id, &open).await?,
        }
    }
    Ok(())
}

/// Nothing lies in a folder that is no longer there.
async fn forget_folder(office: &Office, account: &Account, folder: FolderId, open: &[Draft]) -> Result<(), InboundError> {
    let mut session = office.books.look().await?;
    let gone_persons = person_drafts::list_of_folder(&mut session, account.id, folder).await?;
    let mut states = Vec::new();
    for draft in open.iter().filter(|draft| draft.folder == folder) {
        // One that was taken and never shown went with its folder.
        if act_of(&mut session, draft).await? != Some(ActState::Due) {
            states.push((draft.id, DraftState::Gone));
        }
    }
    drop(session);
    write_down(office, folder, Findings { states, gone_persons, ..Findings::default() }).await
}

async fn sweep(
    office: &Office,
    account: &Account,
    visit: &mut Visit,
    desk: &mut DraftsDesk,
    (folder, wire_name): (FolderId, &str),
    open: &[Draft],
) -> Result<(), InboundError> {
    let seen = desk.folders.entry(folder).or_insert_with(|| Seen { uidvalidity: 0, known: nothing_known(visit, 0) });
    let look = visit.look(wire_name, &seen.known, None).await?;
    if look.is_reset || look.mark.uidvalidity != seen.uidvalidity {
        *seen = Seen { uidvalidity: look.mark.uidvalidity, known: nothing_known(visit, look.mark.uidvalidity) };
    }
    for gone in &look.gone {
        seen.known.remove(gone);
    }
    let (heads, entries) = visit.heads(wire_name, &seen.known).await?;
    let lies = entries.iter().filter(|entry| !entry.flags.deleted).map(|entry| (entry.place.as_str(), entry)).collect();
    let sweep = Sweep { account, folder, wire_name, uidvalidity: seen.uidvalidity, lies, now: office.now() };

    let mut found = Findings::default();
    let mut judged = Vec::new();
    for head in heads.iter().filter(|head| !head.entry.flags.deleted) {
        if judge(office, visit, &sweep, head, open, &mut found).await? {
            judged.push(head.entry.place.clone());
        }
    }
    for draft in open.iter().filter(|draft| sweep.is_home_of(draft)) {
        look_at_known(visit, &sweep, draft, &mut found).await?;
    }
    let mut session = office.books.look().await?;
    note_gone(&mut session, &sweep, open, &mut found).await?;
    note_lingering(&mut session, &sweep, &entries, &mut found).await?;
    drop(session);
    write_down(office, folder, found).await?;
    // Only now: what the books could not be told is judged again.
    judged.iter().for_each(|place| seen.known.insert(place));
    Ok(())
}

/// Which drafts are no longer there: sent, moved or deleted by a person.
async fn note_gone(session: &mut Session, sweep: &Sweep<'_>, open: &[Draft], found: &mut Findings) -> Result<(), InboundError> {
    let known = person_drafts::list_of_folder(session, sweep.account.id, sweep.folder).await?;
    let lies = |draft: &PersonDraft| draft.uidvalidity == sweep.uidvalidity && sweep.lies.contains_key(draft.place.as_str());
    let (there, gone): (Vec<_>, Vec<_>) = known.into_iter().partition(lies);
    found.persons.retain(|new| !there.iter().any(|known| known.place == new.place));
    found.gone_persons = gone;
    let kept: HashSet<DraftId> = there.iter().chain(&found.persons).filter_map(|draft| draft.draft).collect();
    for draft in open.iter().filter(|draft| draft.folder == sweep.folder && !sweep.is_home_of(draft)) {
        let is_found = kept.contains(&draft.id) || found.moved.iter().any(|(moved, _)| *moved == draft.id);
        if !is_found && !is_on_its_way(session, draft).await? {
            found.states.push((draft.id, DraftState::Gone));
        }
    }
    // A draft that is a person's already needs no second word.
    found.states.retain(|(id, state)| !open.iter().any(|draft| draft.id == *id && draft.state == *state));
    Ok(())
}

/// Which withdrawn drafts still lie there, marked as deleted.
async fn note_lingering(session: &mut Session, sweep: &Sweep<'_>, entries: &[Entry], found: &mut Findings) -> Result<(), InboundError> {
    for entry in entries.iter().filter(|entry| entry.flags.deleted) {
        let draft = drafts::find_at(session, sweep.account.id, sweep.folder, sweep.uidvalidity, &entry.place).await?;
        found.lingering.extend(draft.filter(|draft| draft.state == DraftState::Withdrawn && !draft.lingers).map(|draft| (draft.id, true)));
    }
    for draft in drafts::list_lingering(session, sweep.account.id, sweep.folder).await? {
        let lies = draft.uidvalidity == sweep.uidvalidity && entries.iter().any(|entry| entry.place == draft.place);
        found.lingering.extend((!lies).then_some((draft.id, false)));
    }
    Ok(())
}

/// Writes the findings down, and has ours taken back where a person writes now.
async fn write_down(office: &Office, folder: FolderId, found: Findings) -> Result<(), InboundError> {
    if found.is_empty() {
        return Ok(());
    }
    let now = office.now();
    let others: BTreeSet<AccountId> = in_books(&office.books, async |session| {
        for (draft, put) in &found.moved {
            drafts::mark_place(session, *draft, &super::settling::placed(folder, put)).await?;
        }
        for draft in &found.turned_up {
            acts::mark_turned_up(session, *draft, now).await?;
        }
        for (draft, state) in &found.states {
            late::mark_state(session, *draft, *state, now).await?;
        }
        for (draft, lingers) in &found.lingering {
            drafts::mark_lingering(session, *draft, *lingers).await?;
        }
        for gone in &found.gone_persons {
            person_drafts::erase(session, gone).await?;
        }
        let mut others = BTreeSet::new();
        for draft in &found.persons {
            person_drafts::add(session, draft).await?;
            let ours = drafts::find_ours(session, draft.thread).await?;
            if let Some(ours) = ours.filter(|ours| office.account(ours.account).is_some()) {
                enter_take_back(session, &ours, "a person has a draft in the thread", now).await?;
                others.insert(ours.account);
            }
        }
        Ok(others)
    })
    .await?;
    ring(office, &others);
    Ok(())
}
