//! A further copy of a recorded message, decided again where it means something else.
//!
//! Which copy is met first is chance: the one in a mailbox that is only observed, the one in Junk, the forward in the Sent folder
//! of the colleague who passed it on. None of them may keep the mailbox that is to answer from doing so.

use super::InboundError;
use super::customer::{candidates, counterpart, enter_contact};
use super::guarding;
use super::recording::{Entered, Mail, evidence, of_papers, plan, sent_at};
use super::scan::Found;
use crate::flow::outward::{self, Entering};
use crate::flow::{Account, Office};
use crate::link;
use crate::mailbox::Role;
use crate::record::folders::FolderRole;
use crate::record::messages::Message;
use crate::record::{self, Session};
use crate::types::AccountId;
use std::collections::BTreeSet;

/// Plans what this copy asks for, when no copy before it asked for anything; the other accounts in which something is to be done. To be called before its place is added.
pub(super) async fn decide(
    session: &mut Session,
    office: &Office,
    account: &Account,
    found: &Found,
    mail: &Mail<'_>,
    message: &Message,
) -> Result<BTreeSet<AccountId>, InboundError> {
    let Some(thread) = message.thread.filter(|_| !message.historical && !mail.historical) else { return Ok(BTreeSet::new()) };
    if record::acts::find_of_message(session, message.id).await?.is_some() || !is_news(session, account, found, message).await? {
        return Ok(BTreeSet::new());
    }
    let now = office.now();
    let counterpart = counterpart(office, mail.letter, mail.writer);
    let candidates = candidates(session, office, mail.letter, &counterpart).await?;
    let link = link::link(mail.letter, mail.writer, &candidates, now);
    let guarded = guarding::guard(session, office, mail, &link).await?;
    let mail = &Mail { reading: guarded.reading.as_ref(), ..*mail };
    let (desk, plan) = plan(session, office, account, found, mail, &link, thread, None).await?;
    if plan.acts.is_empty() {
        return Ok(BTreeSet::new());
    }
    let at = sent_at(mail.letter, now);
    let (contact, company) = enter_contact(session, office, &link, mail, &counterpart).await?;
    let why = format!("{}; a further copy of it\n{}{}", link.why, plan.why, of_papers(mail.letter));
    let evidence = evidence(mail.letter, mail.reading);
    let row = Entered { identity: &message.identity, thread, contact, why: &why, evidence: &evidence, now }.message(mail);
    record::messages::mark_decided(session, message.id, &row).await?;
    record::threads::mark_customer(session, thread, contact, company).await?;
    record::threads::mark_activity(session, thread, at, row.direction).await?;
    let entering = Entering { account: account.id, desk, message: message.id, thread, taught: None };
    outward::enter(session, office, entering, &plan, now).await
}

/// Whether the message comes to this account for the first time, or out of its Junk. A mail that its owner files away is no news.
async fn is_news(session: &mut Session, account: &Account, found: &Found, message: &Message) -> Result<bool, InboundError> {
    let sightings = record::placements::list_sightings(session, message.id).await?;
    let mut here = sightings.into_iter().filter(|(seen_in, _)| *seen_in == account.id);
    Ok(here.all(|(_, role)| role == FolderRole::Junk && found.role != Role::Junk))
}
