//! Plans become acts: each in the account in which it is to be done.

use crate::config::{Member, Mode};
use crate::decide::{Act, Plan};
use crate::flow::inbound::InboundError;
use crate::flow::{Account, Office};
use crate::record::drafts::Draft;
use crate::record::{self, Session, acts, drafts};
use crate::types::{AccountId, EmailAddress, MessageRow, Moment, NamedAddress, ThreadId};
use std::collections::BTreeSet;

/// Because of which mail a plan is entered.
#[derive(Debug, Clone, Copy)]
pub struct Entering {
    /// The account that got the mail.
    pub account: AccountId,
    /// The account in whose Drafts an answer is to lie.
    pub desk: AccountId,
    pub message: MessageRow,
    pub thread: ThreadId,
    /// Which time a person has said what the mail is; `None` when nobody has.
    pub taught: Option<i64>,
}

/// Writes down what is to be done, in the caller's transaction; the effect key makes each act happen once, whatever is repeated. Gives
/// back the other accounts in which something is to be done: [`ring()`] for them when the transaction is committed.
pub async fn enter(
    session: &mut Session,
    office: &Office,
    entering: Entering,
    plan: &Plan,
    now: Moment,
) -> Result<BTreeSet<AccountId>, InboundError> {
    let mut others = BTreeSet::new();
    match &plan.withheld {
        Some(act) => record::daily::add_withheld(session, entering.message, act).await?,
        None => record::daily::erase_withheld(session, entering.message).await?,
    }
    for act in &plan.acts {
        let account = account_of(session, office, entering, act).await?;
        let payload = serde_json::to_string(act)?;
        let new = acts::NewAct {
            effect_key: &effect_key(act, entering),
            kind: act.kind(),
            message: Some(entering.message),
            thread: Some(entering.thread),
            account,
            payload: &payload,
            why: &plan.why,
            due_at: now,
        };
        acts::add(session, &new).await?;
        others.insert(account);
    }
    others.remove(&entering.account);
    Ok(others)
}

/// What is the same of an act however often it is planned. A mail may lead to two warnings, one for each reader, and to another letter
/// each time a person says what it really is.
fn effect_key(act: &Act, entering: Entering) -> String {
    let message = entering.message;
    match (act, entering.taught) {
        (Act::Warn(order), _) if order.is_lead => format!("{}:{message}:lead", act.kind()),
        (_, Some(revision)) => format!("{}:{message}:taught:{revision}", act.kind()),
        _ => format!("{}:{message}", act.kind()),
    }
}

/// Where an act is to be done: a draft is taken back where it lies, a sender is told in the sender's own mailbox.
async fn account_of(session: &mut Session, office: &Office, entering: Entering, act: &Act) -> Result<AccountId, InboundError> {
    Ok(match act {
        Act::Draft(_) | Act::Answer(_) | Act::Tell(_) | Act::Daily(_) | Act::Alarm(_) => entering.desk,
        Act::Warn(order) => {
            let own = order.reader().filter(|_| order.is_lead).and_then(|address| own_mailbox(office, address));
            own.map_or(entering.desk, |account| account.id)
        }
        Act::FileSent { .. } => entering.account,
        Act::Withdraw => {
            let ours = drafts::find_ours(session, entering.thread).await?;
            let lies_in = ours.map(|draft| draft.account).filter(|account| office.account(*account).is_some());
            lies_in.unwrap_or(entering.account)
        }
        Act::TakeBack { draft } => drafts::find_by_id(session, *draft).await?.map_or(entering.account, |draft| draft.account),
        Act::Superseded(order) => {
            let own = order.to.address.as_ref().and_then(|address| own_mailbox(office, address));
            own.map_or(entering.account, |account| account.id)
        }
    })
}

/// The watched mailbox of a member's own, unless it is only observed.
fn own_mailbox<'a>(office: &'a Office, address: &EmailAddress) -> Option<&'a Account> {
    let member = office.config.team.member(address)?;
    office.accounts.iter().find(|account| member.has(&account.config.address) && account.config.mode > Mode::Observe)
}

/// Who leads the team, where that member has a mailbox that notes may be put into.
pub fn lead(office: &Office) -> Option<&Member> {
    let team = &office.config.team;
    team.admin.as_ref().and_then(|address| team.member(address)).filter(|lead| own_mailbox(office, &lead.address).is_some())
}

/// Whether a note to the sender of a mail of that account may be put anywhere: into a mailbox of the sender's own, or that one.
pub fn is_told(office: &Office, account: &Account, sender: &NamedAddress) -> bool {
    let has_own = sender.address.as_ref().is_some_and(|address| own_mailbox(office, address).is_some());
    has_own || account.config.mode > Mode::Observe
}

/// A draft is to be taken back in whatever mailbox it lies, if nobody touched it; once for each draft.
pub(in crate::flow) async fn enter_take_back(session: &mut Session, draft: &Draft, why: &str, now: Moment) -> Result<(), InboundError> {
    let act = Act::TakeBack { draft: draft.id };
    let payload = serde_json::to_string(&act)?;
    let new = acts::NewAct {
        effect_key: &format!("{}:{}", act.kind(), draft.id),
        kind: act.kind(),
        message: None,
        thread: Some(draft.thread),
        account: draft.account,
        payload: &payload,
        why,
        due_at: now,
    };
    acts::add(session, &new).await?;
    Ok(())
}

/// Wakes whoever looks after these accounts.
pub fn ring(office: &Office, accounts: &BTreeSet<AccountId>) {
    for account in accounts.iter().filter_map(|id| office.account(*id)) {
        account.bell.ring_for_acts();
    }
}
