//! Drafts: put into Drafts once, replaced while nobody touched them, withdrawn when they lost their point.

use super::{Performed, beside};
use crate::act::place::{self, Placed};
use crate::act::{mime, render};
use crate::decide::DraftOrder;
use crate::flow::inbound::InboundError;
use crate::flow::transaction::in_books;
use crate::flow::{Account, Office};
use crate::mailbox::{DraftNow, Maildir, MaildirError};
use crate::record::acts::{self, ClaimedAct};
use crate::record::drafts::{self, Draft, DraftState, NewDraft};
use crate::record::folders::{self, FolderRole};
use crate::record::{self, Session};
use crate::types::{AccountId, FolderId, Moment, ThreadId};
use std::collections::{HashMap, HashSet};

/// A Maildir's places never lose their meaning.
const UIDVALIDITY: i64 = 0;

type Waiting<'a> = (usize, &'a ClaimedAct, &'a Account, Box<DraftOrder>);

/// A draft ready to be put into the mailbox.
struct Ready<'a> {
    at: usize,
    act: &'a ClaimedAct,
    account: &'a Account,
    order: Box<DraftOrder>,
    thread: ThreadId,
    placed: Placed,
    bytes: Vec<u8>,
    /// An earlier draft of the thread that is ours no longer, with what became of it.
    earlier: Option<(Draft, DraftState)>,
    /// Its row is in the books already: a crash came between the books and the mailbox.
    entered: bool,
}

/// Either it is settled, or it is ready to be put there.
enum Prepared<'a> {
    Settled(Performed),
    Ready(Box<Ready<'a>>),
}

/// Puts a batch of drafts into their mailboxes: looked at one by one, entered in one transaction, delivered, all beside the runtime.
pub(super) async fn draft_all(office: &Office, waiting: Vec<Waiting<'_>>) -> Result<Vec<(usize, Performed)>, InboundError> {
    let mut performed = Vec::with_capacity(waiting.len());
    let mut ready = Vec::new();
    let mut folders = HashMap::new();
    // Seen at once: what one draft of a batch changes concerns its own thread only.
    let standings = standings(office, &waiting).await?;
    for (one, standing) in waiting.into_iter().zip(standings) {
        let at = one.0;
        match prepare(office, one, standing, &mut folders).await? {
            Prepared::Settled(settled) => performed.push((at, settled)),
            Prepared::Ready(draft) => ready.push(*draft),
        }
    }
    if ready.is_empty() {
        return Ok(performed);
    }
    enter(office, &ready).await?;
    let mut deliveries: HashMap<(AccountId, String), Delivery> = HashMap::new();
    for Ready { at, account, placed, bytes, .. } in ready {
        let new = || Delivery { maildir: account.maildir.clone(), places: Vec::new(), drafts: Vec::new() };
        let delivery = deliveries.entry((account.id, placed.folder.clone())).or_insert_with(new);
        delivery.places.push(at);
        delivery.drafts.push((placed, bytes));
    }
    for ((_, folder), delivery) in deliveries {
        performed.extend(beside(move || delivery.deliver(&folder)).await);
    }
    Ok(performed)
}

/// Drafts of a batch that go into one folder.
struct Delivery {
    maildir: Maildir,
    /// Where their acts stand in the batch.
    places: Vec<usize>,
    drafts: Vec<(Placed, Vec<u8>)>,
}

impl Delivery {
    fn deliver(self, folder: &str) -> Vec<(usize, Performed)> {
        let performed = |answer: Result<(), MaildirError>| match answer {
            Ok(()) => Performed::done("the draft waits in Drafts"),
            Err(error) => Performed::later(error.to_string()),
        };
        match place::put_drafts(&self.maildir, folder, &self.drafts) {
            Ok(answers) => self.places.into_iter().zip(answers.into_iter().map(performed)).collect(),
            Err(error) => self.places.into_iter().map(|at| (at, Performed::later(error.to_string()))).collect(),
        }
    }
}

/// What the books say about a draft that is to be made: what settles it, or its thread with the earlier draft of ours.
type Standing = Result<(ThreadId, Option<Draft>), Performed>;

/// How each draft of a batch stands, in one look at the books.
async fn standings(office: &Office, waiting: &[Waiting<'_>]) -> Result<Vec<Standing>, InboundError> {
    let mut session = office.books.look().await?;
    let mut standings = Vec::with_capacity(waiting.len());
    for (_, act, _, _) in waiting {
        standings.push(match act.thread {
            None => Err(Performed::gave_up("its thread is no longer in the books")),
            Some(thread) if acts::find_newer_drafting(&mut session, thread, act.id).await?.is_some() => {
                Err(Performed::spared("a later mail of the thread decides about its draft"))
            }
            Some(thread) => Ok((thread, drafts::find_ours(&mut session, thread).await?)),
        });
    }
    Ok(standings)
}

/// The Drafts folder of an account, asked for once a batch.
async fn drafts_folder(account: &Account, known: &mut HashMap<AccountId, String>) -> Result<String, MaildirError> {
    if let Some(folder) = known.get(&account.id) {
        return Ok(folder.clone());
    }
    let maildir = account.maildir.clone();
    let folder = beside(move || maildir.drafts()).await?.wire_name;
    known.insert(account.id, folder.clone());
    Ok(folder)
}

/// Takes the thread's earlier draft away and renders the new one.
async fn prepare<'a>(
    office: &Office,
    (at, act, account, order): Waiting<'a>,
    standing: Standing,
    folders: &mut HashMap<AccountId, String>,
) -> Result<Prepared<'a>, InboundError> {
    let (thread, earlier) = match standing {
        Ok(open) => open,
        Err(settled) => return Ok(Prepared::Settled(settled)),
    };
    let bytes = match render::Letters::render(&office.letters, &order) {
        Ok(words) => mime::draft(&order, &words),
        Err(fault) => return Ok(Prepared::Settled(Performed::gave_up(format!("the letter cannot be written: {fault}")))),
    };
    let entered = earlier.as_ref().is_some_and(|earlier| earlier.act == Some(act.id));
    let earlier = match earlier.filter(|_| !entered) {
        None => None,
        Some(earlier) => match take_back(office, earlier.clone()).await? {
            Ok(DraftNow::Touched) => return Ok(Prepared::Settled(persons(office, &earlier).await?)),
            Ok(DraftNow::Untouched) => Some((earlier, DraftState::Withdrawn)),
            Ok(DraftNow::Gone) => Some((earlier, DraftState::Gone)),
            Err(error) => return Ok(Prepared::Settled(Performed::later(error.to_string()))),
        },
    };
    Ok(match drafts_folder(account, folders).await {
        Ok(folder) => {
            let placed = place::plan_draft(folder, act.id, order.at, &bytes);
            Prepared::Ready(Box::new(Ready { at, act, account, order, thread, placed, bytes, earlier, entered }))
        }
        Err(error) => Prepared::Settled(Performed::later(error.to_string())),
    })
}

/// Enters the drafts of a batch before they are delivered.
async fn enter(office: &Office, ready: &[Ready<'_>]) -> Result<(), InboundError> {
    let now = office.now();
    in_books(&office.books, async |session| {
        for draft in ready {
            enter_one(session, draft, now).await?;
        }
        Ok(())
    })
    .await
}

async fn enter_one(session: &mut Session, draft: &Ready<'_>, now: Moment) -> Result<(), InboundError> {
    if let Some((earlier, state)) = &draft.earlier {
        drafts::mark_state(session, earlier.id, *state, now).await?;
    }
    if draft.entered {
        return Ok(());
    }
    let folder = folders::find_or_add(session, draft.account.id, &draft.placed.folder, FolderRole::Drafts).await?;
    let new = NewDraft {
        thread: draft.thread,
        act: Some(draft.act.id),
        account: draft.account.id,
        folder: folder.id,
        uidvalidity: UIDVALIDITY,
        place: &draft.placed.place,
        message_id: &draft.order.message_id,
        content_hash: &draft.placed.content_hash,
        size: i64::try_from(draft.placed.size).unwrap_or(i64::MAX),
        answers: draft.act.message,
        placed_at: now,
    };
    drafts::add(session, &new).await?;
    Ok(())
}

/// A person has the draft: it is theirs for good, and no second one is put beside it.
async fn persons(office: &Office, draft: &Draft) -> Result<Performed, InboundError> {
    mark(office, draft, DraftState::Persons).await?;
    Ok(Performed::spared("a person is working on the thread's draft; it is left alone"))
}

async fn mark(office: &Office, draft: &Draft, state: DraftState) -> Result<(), InboundError> {
    in_books(&office.books, async |session| Ok(drafts::mark_state(session, draft.id, state, office.now()).await?)).await.map(|_| ())
}

/// Takes the thread's draft back when nobody touched it.
pub(super) async fn withdraw(office: &Office, act: &ClaimedAct) -> Result<Performed, InboundError> {
    let Some(thread) = act.thread else { return Ok(Performed::spared("its thread is no longer in the books")) };
    let mut session = office.books.look().await?;
    if acts::find_newer_drafting(&mut session, thread, act.id).await?.is_some() {
        return Ok(Performed::spared("a later mail of the thread decides about its draft"));
    }
    let ours = drafts::find_ours(&mut session, thread).await?;
    drop(session);
    let Some(draft) = ours else { return Ok(Performed::spared("there is no draft of ours")) };
    Ok(match take_back(office, draft.clone()).await? {
        Ok(DraftNow::Untouched) => {
            mark(office, &draft, DraftState::Withdrawn).await?;
            Performed::done("the mail was answered; the untouched draft was withdrawn")
        }
        Ok(DraftNow::Gone) => {
            mark(office, &draft, DraftState::Gone).await?;
            Performed::spared("the draft was sent or deleted")
        }
        Ok(DraftNow::Touched) => persons(office, &draft).await?,
        Err(error) => Performed::later(error.to_string()),
    })
}

/// Takes a draft back when it is untouched; says how it lay there.
async fn take_back(office: &Office, draft: Draft) -> Result<Result<DraftNow, MaildirError>, InboundError> {
    let Some(account) = office.account(draft.account) else { return Ok(Ok(DraftNow::Gone)) };
    let mut session = office.books.look().await?;
    let Some(folder) = wire_name(&mut session, account.id, draft.folder).await? else { return Ok(Ok(DraftNow::Gone)) };
    drop(session);
    let maildir = account.maildir.clone();
    let size = usize::try_from(draft.size).unwrap_or(0);
    let placed = Placed { folder, place: draft.place, content_hash: draft.content_hash, size };
    Ok(beside(move || place::take_back(&maildir, &placed)).await)
}

async fn wire_name(session: &mut Session, account: AccountId, folder: FolderId) -> Result<Option<String>, InboundError> {
    let folders = record::folders::list(session, account).await?;
    Ok(folders.into_iter().find(|known| known.id == folder).map(|known| known.wire_name))
}

/// Notes which of our open drafts are no longer there: sent, moved or deleted by a person.
pub(super) async fn note_gone(office: &Office, account: &Account) -> Result<(), InboundError> {
    let mut session = office.books.look().await?;
    let open = drafts::list_open(&mut session, account.id).await?;
    let folders = record::folders::list(&mut session, account.id).await?;
    drop(session);
    if open.is_empty() {
        return Ok(());
    }
    let drafts_folders: HashSet<FolderId> = open.iter().map(|draft| draft.folder).collect();
    let mut there = HashSet::new();
    for folder in folders.into_iter().filter(|folder| drafts_folders.contains(&folder.id)) {
        let maildir = account.maildir.clone();
        let places = beside(move || maildir.places(&folder.wire_name)).await?;
        there.extend(places.into_iter().map(|place| (folder.id, place)));
    }
    let gone: Vec<&Draft> = open.iter().filter(|draft| !there.contains(&(draft.folder, draft.place.clone()))).collect();
    if gone.is_empty() {
        return Ok(());
    }
    in_books(&office.books, async |session| {
        for draft in &gone {
            // A draft whose act still waits is not delivered yet.
            if !is_waiting(session, draft).await? {
                drafts::mark_state(session, draft.id, DraftState::Gone, office.now()).await?;
            }
        }
        Ok(())
    })
    .await
}

async fn is_waiting(session: &mut Session, draft: &Draft) -> Result<bool, InboundError> {
    let Some(message) = draft.answers else { return Ok(false) };
    let state = acts::find_state(session, &format!("draft:{message}")).await?;
    Ok(state.is_some_and(|(_, state)| state == acts::ActState::Due))
}
