//! Drafts: put into Drafts once, replaced while nobody touched them, withdrawn when they lost their point.

use super::Performed;
use crate::act::place::{self, Placed};
use crate::act::{mime, render};
use crate::decide::DraftOrder;
use crate::flow::disk::{MAILDIR_UIDVALIDITY, beside};
use crate::flow::inbound::InboundError;
use crate::flow::transaction::in_books;
use crate::flow::{Account, Office};
use crate::mailbox::{DraftNow, Maildir, MaildirError, Tried};
use crate::record::acts::{self, ClaimedAct};
use crate::record::drafts::{self, Draft, DraftState, NewDraft};
use crate::record::folders::{self, FolderRole};
use crate::record::{self, Session};
use crate::types::{AccountId, FolderId, Moment, ThreadId};
use std::collections::{HashMap, HashSet, hash_map};
use std::path::Path;

/// Drafts that wait for the disk at the same time.
const DELIVERIES_AT_ONCE: usize = 4;

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
    /// Its row in the books: a crash came between the books and the mailbox, and nothing lies there.
    entered: Option<Draft>,
}

/// Either it is settled, or it is ready to be put there.
enum Prepared<'a> {
    Settled(Performed),
    Ready(Box<Ready<'a>>),
}

/// Puts a batch of drafts into their mailboxes: looked at one by one, entered in one transaction, delivered together.
pub(super) async fn draft_all(office: &Office, waiting: Vec<Waiting<'_>>) -> Result<Vec<(usize, Performed)>, InboundError> {
    let mut performed = Vec::with_capacity(waiting.len());
    let mut ready = Vec::new();
    let mut folders: HashMap<AccountId, Result<String, String>> = HashMap::new();
    for one in waiting {
        let (at, account) = (one.0, one.2);
        let folder = match folders.entry(account.id) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(unknown) => unknown.insert(drafts_folder(account).await),
        };
        match prepare(office, one, folder).await? {
            Prepared::Settled(settled) => performed.push((at, settled)),
            Prepared::Ready(draft) => ready.push(*draft),
        }
    }
    if ready.is_empty() {
        return Ok(performed);
    }
    enter(office, &ready).await?;
    performed.extend(deliver_all(ready).await);
    Ok(performed)
}

/// The Drafts folder of a mailbox, made when there is none; asked once a batch.
async fn drafts_folder(account: &Account) -> Result<String, String> {
    let maildir = account.maildir.clone();
    beside(move || maildir.drafts()).await.map(|folder| folder.wire_name).map_err(|error| error.to_string())
}

/// A draft on its way into its mailbox.
struct Delivery {
    at: usize,
    maildir: Maildir,
    placed: Placed,
    bytes: Vec<u8>,
    tried: Tried,
}

/// Delivers side by side, because each draft waits for the disk; then the folders are made safe, once each.
async fn deliver_all(ready: Vec<Ready<'_>>) -> Vec<(usize, Performed)> {
    let deliveries: Vec<Delivery> = ready
        .into_iter()
        .map(|draft| Delivery {
            at: draft.at,
            maildir: draft.account.maildir.clone(),
            placed: draft.placed,
            bytes: draft.bytes,
            tried: if draft.entered.is_some() { Tried::Before } else { Tried::Never },
        })
        .collect();
    beside(move || {
        let part_len = deliveries.len().div_ceil(DELIVERIES_AT_ONCE).max(1);
        let delivered: Vec<Result<(), MaildirError>> = std::thread::scope(|scope| {
            let parts: Vec<_> =
                deliveries.chunks(part_len).map(|part| scope.spawn(|| part.iter().map(deliver).collect::<Vec<_>>())).collect();
            parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|broken| std::panic::resume_unwind(broken))).collect()
        });
        let mut settled: HashMap<(&Path, &str), Result<(), String>> = HashMap::new();
        let mut performed = Vec::with_capacity(deliveries.len());
        for (delivery, delivered) in deliveries.iter().zip(delivered) {
            let folder = (delivery.maildir.root(), delivery.placed.folder.as_str());
            let safe = settled
                .entry(folder)
                .or_insert_with(|| delivery.maildir.settle(&delivery.placed.folder).map_err(|error| error.to_string()));
            let outcome = delivered.map_err(|error| error.to_string()).and_then(|()| safe.clone());
            performed.push((delivery.at, outcome.map_or_else(Performed::later, |()| Performed::done("the draft waits in Drafts"))));
        }
        performed
    })
    .await
}

fn deliver(delivery: &Delivery) -> Result<(), MaildirError> {
    place::put_draft(&delivery.maildir, &delivery.placed, &delivery.bytes, delivery.tried)
}

/// Looks at the thread's earlier draft and renders the new one.
async fn prepare<'a>(
    office: &Office,
    (at, act, account, order): Waiting<'a>,
    folder: &Result<String, String>,
) -> Result<Prepared<'a>, InboundError> {
    let folder = match folder {
        Ok(folder) => folder,
        Err(why) => return Ok(Prepared::Settled(Performed::later(why.clone()))),
    };
    let Some(thread) = act.thread else {
        return Ok(Prepared::Settled(Performed::gave_up("its thread is no longer in the books")));
    };
    let mut session = office.books.look().await?;
    if acts::find_newer_drafting(&mut session, thread, act.id).await?.is_some() {
        return Ok(Prepared::Settled(Performed::spared("a later mail of the thread decides about its draft")));
    }
    let earlier = drafts::find_ours(&mut session, thread).await?;
    drop(session);
    let bytes = match render::Letters::render(&office.letters, &order) {
        Ok(words) => mime::draft(&order, &words),
        Err(fault) => return Ok(Prepared::Settled(Performed::gave_up(format!("the letter cannot be written: {fault}")))),
    };
    let entered = earlier.as_ref().filter(|earlier| earlier.act == Some(act.id)).cloned();
    if let Some(own) = &entered {
        match now(office, own.clone()).await? {
            Ok(DraftNow::Gone) => {}
            Ok(DraftNow::Untouched | DraftNow::Touched) => return Ok(Prepared::Settled(Performed::done("the draft waits in Drafts"))),
            Err(error) => return Ok(Prepared::Settled(Performed::later(error.to_string()))),
        }
    }
    let earlier = match earlier.filter(|_| entered.is_none()) {
        None => None,
        Some(earlier) => match take_back(office, earlier.clone()).await? {
            Ok(DraftNow::Touched) => return Ok(Prepared::Settled(persons(office, &earlier).await?)),
            Ok(DraftNow::Untouched) => Some((earlier, DraftState::Withdrawn)),
            // A try that broke off had taken it back already; only a draft that vanished before the first try was a person's doing.
            Ok(DraftNow::Gone) if act.attempts > 1 => Some((earlier, DraftState::Withdrawn)),
            Ok(DraftNow::Gone) => Some((earlier, DraftState::Gone)),
            Err(error) => return Ok(Prepared::Settled(Performed::later(error.to_string()))),
        },
    };
    let placed = place::plan_draft(folder, act.id, order.at, &bytes);
    Ok(Prepared::Ready(Box::new(Ready { at, act, account, order, thread, placed, bytes, earlier, entered })))
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
    if let Some(own) = &draft.entered {
        // The words may have changed since: what is put there now is what is ours.
        drafts::mark_content(session, own.id, &draft.placed.content_hash, draft.placed.size).await?;
        return Ok(());
    }
    let folder = folders::find_or_add(session, draft.account.id, &draft.placed.folder, FolderRole::Drafts).await?;
    let new = NewDraft {
        thread: draft.thread,
        act: Some(draft.act.id),
        account: draft.account.id,
        folder: folder.id,
        uidvalidity: MAILDIR_UIDVALIDITY,
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
            // Gone at a second try: the first one took it back and broke off before it could say so.
            let state = if act.attempts > 1 { DraftState::Withdrawn } else { DraftState::Gone };
            mark(office, &draft, state).await?;
            Performed::spared("the draft was sent or deleted")
        }
        Ok(DraftNow::Touched) => persons(office, &draft).await?,
        Err(error) => Performed::later(error.to_string()),
    })
}

/// Takes a draft back when it is untouched; says how it lay there.
async fn take_back(office: &Office, draft: Draft) -> Result<Result<DraftNow, MaildirError>, InboundError> {
    at_its_place(office, draft, place::take_back).await
}

/// How a draft lies there now.
async fn now(office: &Office, draft: Draft) -> Result<Result<DraftNow, MaildirError>, InboundError> {
    at_its_place(office, draft, place::draft_now).await
}

/// Does something with a draft where the books say it lies; a mailbox or folder that is no longer known holds nothing.
async fn at_its_place(
    office: &Office,
    draft: Draft,
    work: fn(&Maildir, &Placed) -> Result<DraftNow, MaildirError>,
) -> Result<Result<DraftNow, MaildirError>, InboundError> {
    let Some(account) = office.account(draft.account) else { return Ok(Ok(DraftNow::Gone)) };
    let mut session = office.books.look().await?;
    let Some(folder) = wire_name(&mut session, account.id, draft.folder).await? else { return Ok(Ok(DraftNow::Gone)) };
    drop(session);
    let maildir = account.maildir.clone();
    let size = usize::try_from(draft.size).unwrap_or(0);
    let placed = Placed { folder, place: draft.place, content_hash: draft.content_hash, size };
    Ok(beside(move || work(&maildir, &placed)).await)
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
