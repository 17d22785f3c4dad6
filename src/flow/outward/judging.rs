//! Whose a mail in Drafts is: ours, ours come late, or a person's.

use super::late;
use super::withdrawing::lying;
use crate::flow::inbound::InboundError;
use crate::flow::{Account, Office};
use crate::mailbox::{DraftHead, DraftNow, Entry, Flags, Put, Visit};
use crate::record::acts::{self, ActState};
use crate::record::drafts::{self, Draft, DraftState};
use crate::record::person_drafts::PersonDraft;
use crate::record::{Session, messages, settings};
use crate::types::{DRAFT_HEADER, DraftId, FolderId, MessageId, Moment, ThreadId, drafted_as};
use std::collections::HashMap;

/// Ids of References by which the thread of a person's draft is looked for, the last ones.
const CITED_MAX: usize = 5;

/// A folder as it is now.
pub(super) struct Sweep<'a> {
    pub account: &'a Account,
    pub folder: FolderId,
    pub wire_name: &'a str,
    pub uidvalidity: i64,
    /// What lies there and is not marked as deleted, by its place.
    pub lies: HashMap<&'a str, &'a Entry>,
    pub now: Moment,
}

/// What was found out, to be written down in one transaction.
#[derive(Default)]
pub(super) struct Findings {
    pub states: Vec<(DraftId, DraftState)>,
    pub moved: Vec<(DraftId, Put)>,
    /// Shown at last, so that the acts that wait for them can go on.
    pub turned_up: Vec<DraftId>,
    pub persons: Vec<PersonDraft>,
    pub gone_persons: Vec<PersonDraft>,
    pub lingering: Vec<(DraftId, bool)>,
}

impl Findings {
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
            && self.moved.is_empty()
            && self.turned_up.is_empty()
            && self.persons.is_empty()
            && self.gone_persons.is_empty()
            && self.lingering.is_empty()
    }
}

impl Sweep<'_> {
    pub fn is_home_of(&self, draft: &Draft) -> bool {
        draft.account == self.account.id
            && draft.folder == self.folder
            && draft.uidvalidity == self.uidvalidity
            && self.lies.contains_key(draft.place.as_str())
    }

    fn persons(&self, place: &str, thread: ThreadId, draft: Option<DraftId>) -> PersonDraft {
        let (account, folder, uidvalidity, seen_at) = (self.account.id, self.folder, self.uidvalidity, self.now);
        PersonDraft { account, folder, uidvalidity, place: place.to_owned(), thread, draft, seen_at }
    }
}

/// Whose a mail in Drafts is; `false` when that cannot be said yet.
pub(super) async fn judge(
    office: &Office,
    visit: &mut Visit,
    sweep: &Sweep<'_>,
    head: &DraftHead,
    open: &[Draft],
    found: &mut Findings,
) -> Result<bool, InboundError> {
    let letter = crate::parse::letter(&head.header);
    let place = head.entry.place.as_str();
    let mut session = office.books.look().await?;
    if let Some(draft) = find(&mut session, letter.message_id.as_ref()).await? {
        if is_on_its_way(&mut session, &draft).await? && (draft.folder == sweep.folder || draft.account != sweep.account.id) {
            found.turned_up.extend((draft.account == sweep.account.id).then_some(draft.id));
            return Ok(false);
        }
        // Nothing is taken back while the books are paused; it is judged again when they are not.
        let is_paused = settings::find_paused(&mut session).await?.is_some();
        drop(session);
        return judge_ours(visit, sweep, &head.entry, &draft, (open, is_paused), found).await;
    }
    let token = drafted_as(&letter.references, letter.headers.get(DRAFT_HEADER));
    if let Some(draft) = find(&mut session, token.as_ref()).await? {
        // Where the server gave it another Message-ID it is ours, as it was put there.
        if sweep.is_home_of(&draft) && draft.place == place {
            return Ok(true);
        }
        if draft.folder == sweep.folder && is_on_its_way(&mut session, &draft).await? {
            found.turned_up.push(draft.id);
            return Ok(false);
        }
        found.states.push((draft.id, DraftState::Persons));
        found.persons.push(sweep.persons(place, draft.thread, Some(draft.id)));
        return Ok(true);
    }
    for id in letter.in_reply_to.iter().chain(letter.references.iter().rev().take(CITED_MAX)) {
        let cited = messages::list_by_header_id(&mut session, id, 1).await?;
        if let Some(thread) = cited.into_iter().find_map(|message| message.thread) {
            found.persons.push(sweep.persons(place, thread, None));
            return Ok(true);
        }
    }
    Ok(true)
}

async fn find(session: &mut Session, id: Option<&MessageId>) -> Result<Option<Draft>, InboundError> {
    Ok(match id {
        Some(id) => drafts::find_by_header_id(session, id).await?,
        None => None,
    })
}

/// A mail with the Message-ID of a draft of ours; `false` when what is to be done about it must wait.
async fn judge_ours(
    visit: &mut Visit,
    sweep: &Sweep<'_>,
    entry: &Entry,
    draft: &Draft,
    (open, is_paused): (&[Draft], bool),
    found: &mut Findings,
) -> Result<bool, InboundError> {
    let place = entry.place.as_str();
    let is_at_home =
        draft.account == sweep.account.id && draft.folder == sweep.folder && draft.uidvalidity == sweep.uidvalidity && draft.place == place;
    let is_open = open.iter().any(|known| known.id == draft.id);
    if is_at_home && (is_open || matches!(draft.state, DraftState::Ours | DraftState::Sent)) {
        // Looked at with all that is known to lie there; a client may leave what it sent.
        return Ok(true);
    }
    let persons = sweep.persons(place, draft.thread, Some(draft.id));
    if is_at_home || draft.account != sweep.account.id || (draft.state == DraftState::Gone && !draft.place.is_empty()) {
        // A person took it out of the trash, or carried it into this mailbox.
        found.persons.push(persons);
        return Ok(true);
    }
    let as_found = lying(draft, sweep.uidvalidity, place);
    match (visit.draft_now(sweep.wire_name, &as_found).await?, draft.state) {
        (DraftNow::Gone, _) => {}
        (DraftNow::Untouched, DraftState::Ours) if !sweep.is_home_of(draft) => {
            found.moved.push((draft.id, as_found.put));
            found.turned_up.push(draft.id);
        }
        (DraftNow::Untouched, _) if late::may_come_late(draft, entry.arrived_at) && is_paused => return Ok(false),
        (DraftNow::Untouched, _) if late::may_come_late(draft, entry.arrived_at) => {
            // An APPEND that nobody believed in any more came through after all.
            visit.take_back(sweep.wire_name, &as_found).await?;
            tracing::info!(account = %sweep.account.id, draft = %draft.id, "A late double of a draft was taken back");
        }
        // A person has copied it, and not opened the copy yet.
        (DraftNow::Untouched, _) => found.persons.push(persons),
        (DraftNow::Touched, state) => {
            found.persons.push(persons);
            if state == DraftState::Ours && !sweep.is_home_of(draft) {
                found.states.push((draft.id, DraftState::Persons));
            }
        }
    }
    Ok(true)
}

/// A draft that lies where the books say: whether a person has touched it since.
pub(super) async fn look_at_known(visit: &mut Visit, sweep: &Sweep<'_>, draft: &Draft, found: &mut Findings) -> Result<(), InboundError> {
    let Some(entry) = sweep.lies.get(draft.place.as_str()) else { return Ok(()) };
    let is_touched = match draft.state {
        DraftState::Persons => true,
        // Some servers count bytes otherwise than they give them: the bytes decide.
        _ if entry.size != u64::try_from(draft.size).unwrap_or(0) => {
            let as_known = lying(draft, sweep.uidvalidity, &draft.place);
            visit.draft_now(sweep.wire_name, &as_known).await? == DraftNow::Touched
        }
        _ => is_marked(entry.flags),
    };
    if is_touched {
        found.states.push((draft.id, DraftState::Persons));
        found.persons.push(sweep.persons(&draft.place, draft.thread, Some(draft.id)));
    }
    Ok(())
}

fn is_marked(flags: Flags) -> bool {
    flags.seen || flags.flagged || flags.answered
}

/// Whether the draft's act still waits, or nobody knows its end, so that the draft may not lie there yet.
pub(super) async fn is_on_its_way(session: &mut Session, draft: &Draft) -> Result<bool, InboundError> {
    Ok(matches!(act_of(session, draft).await?, Some(ActState::Due | ActState::Uncertain)))
}

/// Where the act stands of a draft that nobody has seen yet.
pub(super) async fn act_of(session: &mut Session, draft: &Draft) -> Result<Option<ActState>, InboundError> {
    let (true, Some(message)) = (draft.place.is_empty() && draft.state == DraftState::Ours, draft.answers) else { return Ok(None) };
    Ok(acts::find_state(session, &format!("draft:{message}")).await?.map(|(_, state)| state))
}
