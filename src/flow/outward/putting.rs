//! Drafts that are ready: entered into the books in one transaction, then put into the mailbox together.

use super::entering::enter_take_back;
use super::settling::{Learned, Performed};
use super::{Desk, Room, late, ring};
use crate::decide::DraftOrder;
use crate::flow::inbound::InboundError;
use crate::flow::transaction::in_books;
use crate::mailbox::{Landing, MailboxError, NewDraft, Tried, unique_name};
use crate::record::acts::ClaimedAct;
use crate::record::drafts::{Draft, DraftState};
use crate::record::folders::{self, FolderRole};
use crate::record::person_drafts::{self, PersonDraft};
use crate::record::{Session, acts, drafts};
use crate::types::{AccountId, DraftId, FolderId, Moment, ThreadId};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// How long a draft waits for one in another mailbox to be taken back; it is woken when that is done.
const FOR_ANOTHER_MS: i64 = 60_000;

/// A draft ready to be put into the mailbox.
pub(super) struct Ready<'a> {
    pub at: usize,
    pub act: &'a ClaimedAct,
    pub order: Box<DraftOrder>,
    pub thread: ThreadId,
    pub bytes: Vec<u8>,
    /// Its own words, read as they will be when it is sent, so that both can be compared.
    pub says: String,
    /// An earlier draft of the thread that is ours no longer, with what became of it.
    pub earlier: Option<(DraftId, DraftState)>,
    /// What the books know of earlier tries.
    pub own: Option<Draft>,
    pub tried: Tried,
}

/// What keeps a draft from being put, found out at the last moment.
pub(super) enum Beside {
    /// A later mail of the thread came in meanwhile.
    Newer,
    /// A person has begun to write.
    Person(PersonDraft),
    /// Another mailbox has put one of ours into the thread; it is being taken back.
    Ours(AccountId),
}

/// Enters the drafts of a batch before they are put there.
pub(super) async fn enter(
    desk: &Desk<'_>,
    wire_name: &str,
    ready: &[Ready<'_>],
) -> Result<(FolderId, Vec<Result<DraftId, Beside>>), InboundError> {
    let now = desk.office.now();
    let (folder, entered) = in_books(&desk.office.books, async |session| {
        let folder = folders::find_or_add(session, desk.account.id, wire_name, FolderRole::Drafts).await?.id;
        let mut entered = Vec::with_capacity(ready.len());
        for draft in ready {
            entered.push(enter_one(session, desk, draft, folder, now).await?);
        }
        Ok((folder, entered))
    })
    .await?;
    let passed_on = |one: &Result<DraftId, Beside>| if let Err(Beside::Ours(account)) = one { Some(*account) } else { None };
    ring(desk.office, &entered.iter().filter_map(passed_on).collect::<BTreeSet<_>>());
    Ok((folder, entered))
}

/// The tasks of several mailboxes come to one thread at the same time, so what was asked before is asked again in the transaction.
async fn enter_one(
    session: &mut Session,
    desk: &Desk<'_>,
    draft: &Ready<'_>,
    folder: FolderId,
    now: Moment,
) -> Result<Result<DraftId, Beside>, InboundError> {
    if let Some((earlier, state)) = draft.earlier {
        late::mark_state(session, earlier, state, now).await?;
    }
    if acts::find_newer_drafting(session, draft.thread, draft.act.id).await?.is_some() {
        return Ok(Err(Beside::Newer));
    }
    if let Some(persons) = person_drafts::find_of_thread(session, draft.thread).await? {
        return Ok(Err(Beside::Person(persons)));
    }
    let (content_hash, size) = (Sha256::digest(&draft.bytes).into(), draft.bytes.len() as u64);
    if let Some(own) = &draft.own {
        if draft.tried != Tried::Pending {
            // The words may have changed since: what is put there now is what is ours.
            drafts::mark_put_again(session, own.id, &content_hash, size, &draft.says, now).await?;
        }
        return Ok(Ok(own.id));
    }
    if let Some(other) = drafts::find_ours(session, draft.thread).await? {
        if desk.office.account(other.account).is_some() {
            enter_take_back(session, &other, "the thread's draft now belongs into another mailbox", now).await?;
            return Ok(Err(Beside::Ours(other.account)));
        }
        // A mailbox that nobody watches any more holds nothing of ours.
        late::mark_state(session, other.id, DraftState::Gone, now).await?;
    }
    let new = drafts::NewDraft {
        thread: draft.thread,
        act: Some(draft.act.id),
        account: desk.account.id,
        folder,
        message_id: &draft.order.message_id,
        content_hash: &content_hash,
        size,
        says: &draft.says,
        answers: draft.act.message,
        placed_at: now,
    };
    Ok(Ok(drafts::add(session, &new).await?))
}

/// Puts what was entered into the folder, all at once.
pub(super) async fn put_all(
    desk: &mut Desk<'_>,
    wire_name: &str,
    folder: FolderId,
    ready: Vec<Ready<'_>>,
    entered: Vec<Result<DraftId, Beside>>,
) -> Vec<(usize, Performed)> {
    let mut performed = Vec::with_capacity(ready.len());
    let (mut to_put, mut letters) = (Vec::new(), Vec::new());
    for (draft, entered) in ready.into_iter().zip(entered) {
        match entered {
            Err(beside) => performed.push((draft.at, kept_back(desk, &beside))),
            Ok(id) => {
                letters.push(NewDraft {
                    unique: unique_name(draft.order.at, draft.act.id.0),
                    message_id: draft.order.message_id.clone(),
                    bytes: draft.bytes,
                    tried: draft.tried,
                });
                to_put.push(Entered { at: draft.at, draft: id, thread: draft.thread, folder, own: draft.own, tried: draft.tried });
            }
        }
    }
    if letters.is_empty() {
        return performed;
    }
    let mut answers = desk.visit.put_drafts(wire_name, letters).await.into_iter();
    for entered in to_put {
        performed.push((entered.at, entered.performed(desk, answers.next())));
    }
    performed
}

/// A draft with its row in the books.
struct Entered {
    at: usize,
    draft: DraftId,
    thread: ThreadId,
    folder: FolderId,
    own: Option<Draft>,
    tried: Tried,
}

impl Entered {
    /// What became of it, by what the mailbox answered; `None` when it was not asked any more.
    fn performed(&self, desk: &mut Desk<'_>, answer: Option<Result<Landing, MailboxError>>) -> Performed {
        if self.tried == Tried::Never && matches!(answer, Some(Ok(Landing::Lies(_) | Landing::Unseen))) {
            desk.room = desk.room.or(Some(Room::Some));
        }
        match answer {
            Some(Ok(Landing::Lies(put))) => {
                let placed = Learned::Placed { draft: self.draft, folder: self.folder, put };
                Performed::done("the draft waits in Drafts").with([placed])
            }
            Some(Ok(Landing::Unseen)) => match &self.own {
                Some(own) if self.tried == Tried::Pending => late::still_unseen(own, desk.visit.shows_within_ms(), desk.office.now()),
                _ => late::taken(self.draft),
            },
            Some(Ok(Landing::Edited { uidvalidity, place })) => {
                let lies = PersonDraft {
                    account: desk.account.id,
                    folder: self.folder,
                    uidvalidity,
                    place,
                    thread: self.thread,
                    draft: Some(self.draft),
                    seen_at: desk.office.now(),
                };
                let learned = [Learned::State { draft: self.draft, state: DraftState::Persons }, Learned::Person(lies)];
                Performed::spared("the draft was put there before, and a person has edited it").with(learned)
            }
            Some(Err(error)) if error.is_unclear() => desk.failed(error),
            Some(Err(error)) => desk.failed(error).with(self.not_put()),
            None => Performed::waits("its mailbox cannot be reached now", 0).with(self.not_put()),
        }
    }

    /// Nothing can come of this try.
    fn not_put(&self) -> Option<Learned> {
        let (puts, put_at) = self.own.as_ref().map_or((0, Moment(0)), |own| (own.puts, own.put_at));
        (self.tried != Tried::Pending).then_some(Learned::NotPut { draft: self.draft, puts, put_at })
    }
}

fn kept_back(desk: &Desk<'_>, beside: &Beside) -> Performed {
    match beside {
        Beside::Newer => newer_decides(),
        Beside::Person(persons) => beside_a_persons(desk, persons),
        Beside::Ours(account) => {
            let name = desk.office.account(*account).map_or("", |account| account.config.name.as_str());
            behind_another(&format!("mailbox `{name}`"))
        }
    }
}

pub(super) fn newer_decides() -> Performed {
    Performed::spared("a later mail of the thread decides about its draft")
}

pub(super) fn beside_a_persons(desk: &Desk<'_>, persons: &PersonDraft) -> Performed {
    let name = desk.office.account(persons.account).map_or("", |account| account.config.name.as_str());
    Performed::spared(format!("a person has a draft in the thread (mailbox `{name}`); none of ours is put beside it"))
}

/// One of ours lies in another mailbox, and is being taken back there.
pub(super) fn behind_another(name: &str) -> Performed {
    Performed::waits(format!("it waits until the thread's earlier draft in {name} is taken back"), FOR_ANOTHER_MS)
}
