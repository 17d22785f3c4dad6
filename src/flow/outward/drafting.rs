//! Drafts: put into Drafts once, in the place of an earlier one that nobody touched.

use super::Desk;
use super::settling::{Learned, Performed};
use super::withdrawing::{Removed, pass_on, persons, remove};
use crate::act::mime;
use crate::decide::DraftOrder;
use crate::flow::inbound::InboundError;
use crate::flow::transaction::in_books;
use crate::mailbox::{DraftNow, NewDraft, Tried, unique_name};
use crate::record::acts::ClaimedAct;
use crate::record::drafts::{Draft, DraftState};
use crate::record::folders::{self, FolderRole};
use crate::record::person_drafts::{self, PersonDraft};
use crate::record::{Session, acts, drafts};
use crate::types::{DraftId, FolderId, Moment, ThreadId};
use sha2::{Digest, Sha256};

/// How long a draft waits for one in another mailbox to be taken back; it is woken when that is done.
const FOR_ANOTHER_MS: i64 = 60_000;

/// A draft to be written, at its place in the batch.
pub(super) struct Waiting<'a> {
    pub at: usize,
    pub act: &'a ClaimedAct,
    pub order: Box<DraftOrder>,
}

/// A draft ready to be put into the mailbox.
struct Ready<'a> {
    at: usize,
    act: &'a ClaimedAct,
    order: Box<DraftOrder>,
    thread: ThreadId,
    bytes: Vec<u8>,
    /// Its own words, read as they will be when it is sent, so that both can be compared.
    says: String,
    /// An earlier draft of the thread that is ours no longer, with what became of it.
    earlier: Option<(DraftId, DraftState)>,
    /// Its row in the books: an earlier try broke off, and nobody knows whether it lies there.
    entered: Option<DraftId>,
}

/// Either it is settled, or it is ready to be put there.
enum Prepared<'a> {
    Settled(Performed),
    Ready(Box<Ready<'a>>),
}

/// Puts a batch of drafts into the mailbox: looked at one by one, entered in one transaction, put there together.
pub(super) async fn draft_all(desk: &mut Desk<'_>, waiting: Vec<Waiting<'_>>) -> Result<Vec<(usize, Performed)>, InboundError> {
    let mut performed = Vec::with_capacity(waiting.len());
    let mut ready = Vec::new();
    for one in waiting {
        if desk.trouble.is_some() {
            break;
        }
        let at = one.at;
        match prepare(desk, one).await? {
            Prepared::Settled(settled) => performed.push((at, settled)),
            Prepared::Ready(draft) => ready.push(*draft),
        }
    }
    if ready.is_empty() || desk.trouble.is_some() {
        return Ok(performed);
    }
    let wire_name = match desk.visit.drafts_folder().await {
        Ok(folder) => folder.wire_name,
        Err(error) => {
            let why = error.to_string();
            let failed = desk.failed(error);
            let is_over = desk.trouble.is_some();
            let (first, rest) = (ready.first().map(|draft| draft.at), ready.iter().skip(1).map(|draft| draft.at));
            performed.extend(rest.map(|at| (at, if is_over { Performed::waits(why.clone(), 0) } else { Performed::later(why.clone()) })));
            performed.extend(first.map(|at| (at, failed)));
            return Ok(performed);
        }
    };
    let (folder, entered) = enter(desk, &wire_name, &ready).await?;
    performed.extend(put_all(desk, &wire_name, folder, ready, entered).await);
    Ok(performed)
}

/// Looks at what lies in the thread and renders the new draft.
async fn prepare<'a>(desk: &mut Desk<'_>, Waiting { at, act, order }: Waiting<'a>) -> Result<Prepared<'a>, InboundError> {
    let Some(thread) = act.thread else {
        return Ok(Prepared::Settled(Performed::gave_up("its thread is no longer in the books")));
    };
    let mut session = desk.office.books.look().await?;
    if acts::find_newer_drafting(&mut session, thread, act.id).await?.is_some() {
        return Ok(Prepared::Settled(Performed::spared("a later mail of the thread decides about its draft")));
    }
    let own = drafts::find_by_header_id(&mut session, &order.message_id).await?;
    let earlier = drafts::find_ours(&mut session, thread).await?;
    let persons = person_drafts::find_of_thread(&mut session, thread).await?;
    drop(session);
    if let Some(own) = own.as_ref().filter(|own| own.state != DraftState::Ours || !own.place.is_empty()) {
        let (state, why) = (own.state, "the draft was put there before");
        return Ok(Prepared::Settled(match state {
            DraftState::Ours => Performed::done(why),
            _ => Performed::spared(format!("{why}; it is {}", state.name())),
        }));
    }
    if let Some(persons) = persons {
        return Ok(Prepared::Settled(beside_a_persons(desk, &persons)));
    }
    let bytes = match desk.office.letters.render(&order) {
        Ok(words) => mime::draft(&order, &words),
        Err(fault) => return Ok(Prepared::Settled(Performed::gave_up(format!("the letter cannot be written: {fault}")))),
    };
    let entered = own.map(|own| own.id);
    let earlier = match earlier.filter(|earlier| Some(earlier.id) != entered) {
        None => None,
        Some(earlier) => match out_of_the_way(desk, act, &earlier).await? {
            Ok(state) => Some((earlier.id, state)),
            Err(settled) => return Ok(Prepared::Settled(settled)),
        },
    };
    let says = crate::parse::letter(&bytes).fresh.text;
    Ok(Prepared::Ready(Box::new(Ready { at, act, order, thread, bytes, says, earlier, entered })))
}

/// Takes the thread's earlier draft back: what became of it, or what becomes of the new one instead.
async fn out_of_the_way(desk: &mut Desk<'_>, act: &ClaimedAct, earlier: &Draft) -> Result<Result<DraftState, Performed>, InboundError> {
    if earlier.account != desk.account.id {
        if desk.office.account(earlier.account).is_none() {
            // A mailbox that nobody watches any more holds nothing of ours.
            return Ok(Ok(DraftState::Gone));
        }
        let name = pass_on(desk.office, earlier, "the thread's draft now belongs into another mailbox").await?;
        return Ok(Err(Performed::waits(format!("it waits until the thread's earlier draft in {name} is taken back"), FOR_ANOTHER_MS)));
    }
    Ok(match remove(desk, earlier).await? {
        Ok(Removed { was: DraftNow::Untouched, .. }) => Ok(DraftState::Withdrawn),
        // A try that broke off had taken it back already, or had never put it there; only a draft that vanished before the first try was
        // a person's doing.
        Ok(Removed { was: DraftNow::Gone, .. }) if act.attempts > 1 || earlier.place.is_empty() => Ok(DraftState::Withdrawn),
        Ok(Removed { was: DraftNow::Gone, .. }) => Ok(DraftState::Gone),
        Ok(removed) => Err(persons(desk, earlier, removed)),
        Err(error) => Err(desk.failed(error)),
    })
}

fn beside_a_persons(desk: &Desk<'_>, persons: &PersonDraft) -> Performed {
    let name = desk.office.account(persons.account).map_or("", |account| account.config.name.as_str());
    Performed::spared(format!("a person has a draft in the thread (mailbox `{name}`); none of ours is put beside it"))
}

/// Enters the drafts of a batch before they are put there; `None` for one beside which a person has begun to write meanwhile.
async fn enter(
    desk: &Desk<'_>,
    wire_name: &str,
    ready: &[Ready<'_>],
) -> Result<(FolderId, Vec<Result<DraftId, PersonDraft>>), InboundError> {
    let now = desk.office.now();
    in_books(&desk.office.books, async |session| {
        let folder = folders::find_or_add(session, desk.account.id, wire_name, FolderRole::Drafts).await?.id;
        let mut entered = Vec::with_capacity(ready.len());
        for draft in ready {
            entered.push(enter_one(session, desk, draft, folder, now).await?);
        }
        Ok((folder, entered))
    })
    .await
}

async fn enter_one(
    session: &mut Session,
    desk: &Desk<'_>,
    draft: &Ready<'_>,
    folder: FolderId,
    now: Moment,
) -> Result<Result<DraftId, PersonDraft>, InboundError> {
    if let Some((earlier, state)) = draft.earlier {
        drafts::mark_state(session, earlier, state, now).await?;
    }
    // Another mailbox's task may have found a person's draft since it was asked for.
    if let Some(persons) = person_drafts::find_of_thread(session, draft.thread).await? {
        return Ok(Err(persons));
    }
    let (content_hash, size) = (Sha256::digest(&draft.bytes).into(), draft.bytes.len() as u64);
    if let Some(own) = draft.entered {
        // The words may have changed since: what is put there now is what is ours.
        drafts::mark_content(session, own, &content_hash, size, &draft.says).await?;
        return Ok(Ok(own));
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
async fn put_all(
    desk: &mut Desk<'_>,
    wire_name: &str,
    folder: FolderId,
    ready: Vec<Ready<'_>>,
    entered: Vec<Result<DraftId, PersonDraft>>,
) -> Vec<(usize, Performed)> {
    let mut performed = Vec::with_capacity(ready.len());
    let (mut to_put, mut letters) = (Vec::new(), Vec::new());
    for (draft, entered) in ready.into_iter().zip(entered) {
        match entered {
            Err(persons) => performed.push((draft.at, beside_a_persons(desk, &persons))),
            Ok(id) => {
                to_put.push((draft.at, id));
                letters.push(NewDraft {
                    unique: unique_name(draft.order.at, draft.act.id.0),
                    message_id: draft.order.message_id.clone(),
                    bytes: draft.bytes,
                    tried: if draft.entered.is_some() { Tried::Before } else { Tried::Never },
                });
            }
        }
    }
    if letters.is_empty() {
        return performed;
    }
    let mut answers = desk.visit.put_drafts(wire_name, letters).await.into_iter();
    for (at, draft) in to_put {
        let one = match answers.next() {
            Some(Ok(put)) => Performed::done("the draft waits in Drafts").with([Learned::Placed { draft, folder, put }]),
            Some(Err(error)) => desk.failed(error),
            None => Performed::waits("its mailbox cannot be reached now", 0),
        };
        performed.push((at, one));
    }
    performed
}
