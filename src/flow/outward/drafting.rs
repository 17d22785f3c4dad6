//! Drafts: each is written, and an earlier one of its thread that nobody touched makes way for it.

use super::putting::{Ready, behind_another, beside_a_persons, enter, newer_decides, put_all};
use super::settling::Performed;
use super::withdrawing::{Removed, pass_on, persons, remove};
use super::{Desk, late};
use crate::act::mime;
use crate::decide::DraftOrder;
use crate::flow::inbound::InboundError;
use crate::mailbox::{DraftNow, Tried};
use crate::record::acts::ClaimedAct;
use crate::record::drafts::{Draft, DraftState};
use crate::record::person_drafts;
use crate::record::{acts, drafts};

/// A draft to be written, at its place in the batch.
pub(super) struct Waiting<'a> {
    pub at: usize,
    pub act: &'a ClaimedAct,
    pub order: Box<DraftOrder>,
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
            let waits_ms = failed.waits_ms.or(is_over.then_some(0));
            let put_off = || waits_ms.map_or_else(|| Performed::later(why.clone()), |ms| Performed::waits(why.clone(), ms));
            performed.extend(rest.map(|at| (at, put_off())));
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
        return Ok(Prepared::Settled(newer_decides()));
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
    let tried = own.as_ref().map_or(Tried::Never, |own| late::tried(own, desk.visit.shows_within_ms(), desk.office.now()));
    let earlier = match earlier.filter(|earlier| own.as_ref().is_none_or(|own| own.id != earlier.id)) {
        None => None,
        Some(earlier) => match out_of_the_way(desk, act, &earlier).await? {
            Ok(state) => Some((earlier.id, state)),
            Err(settled) => return Ok(Prepared::Settled(settled)),
        },
    };
    let says = crate::parse::letter(&bytes).fresh.text;
    Ok(Prepared::Ready(Box::new(Ready { at, act, order, thread, bytes, says, earlier, own, tried })))
}

/// Takes the thread's earlier draft back: what became of it, or what becomes of the new one instead.
async fn out_of_the_way(desk: &mut Desk<'_>, act: &ClaimedAct, earlier: &Draft) -> Result<Result<DraftState, Performed>, InboundError> {
    if earlier.account != desk.account.id {
        if desk.office.account(earlier.account).is_none() {
            // A mailbox that nobody watches any more holds nothing of ours.
            return Ok(Ok(DraftState::Gone));
        }
        let name = pass_on(desk.office, earlier, "the thread's draft now belongs into another mailbox").await?;
        return Ok(Err(behind_another(&name)));
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
