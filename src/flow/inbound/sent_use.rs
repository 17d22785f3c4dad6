//! What people send themselves counts against the budget of their mailbox, too: a mail in Sent that did not leave through our outbox. What
//! did was counted when it left.

use super::InboundError;
use super::recording::{Mail, sent_at};
use super::scan::Found;
use crate::flow::outbox::budget::{self, Uses};
use crate::flow::{Account, Office};
use crate::link::{self, WriterKind};
use crate::mailbox::Role;
use crate::parse::{self, Letter};
use crate::record::folders::FolderRole;
use crate::record::messages::Message;
use crate::record::outbox::uses::UseKind;
use crate::record::outbox::{self, lists};
use crate::record::{Session, placements};
use crate::types::{EmailAddress, Moment};
use std::collections::BTreeMap;

/// A mail of ours leaves at the earliest when its Date says, clocks aside.
const CLOCKS_MS: i64 = 5 * 60_000;
/// And at the latest after all its tries.
const TRIES_MS: i64 = 6 * 24 * 3_600_000;

/// Counts a mail's recipients when it is met in Sent for the first time. To be called before its place is added; `known` is the message
/// the books have of it already.
pub(super) async fn note(
    session: &mut Session,
    office: &Office,
    account: &Account,
    found: &Found,
    mail: &Mail<'_>,
    known: Option<&Message>,
) -> Result<(), InboundError> {
    let (letter, now) = (mail.letter, office.now());
    let at = sent_at(letter, now);
    if found.role != Role::Sent || mail.writer.kind != WriterKind::Staff || !budget::counts(at, now) {
        return Ok(());
    }
    if let Some(known) = known
        && placements::list_sightings(session, known.id).await?.iter().any(|(_, role)| *role == FolderRole::Sent)
    {
        return Ok(());
    }
    if left_through_us(session, account, letter, known, at).await? {
        return Ok(());
    }
    let hidden = link::hidden(letter);
    // A server takes a mail once for each address, however often it is named.
    let all: BTreeMap<String, &EmailAddress> =
        named(letter).chain(&hidden).map(|address| (address.as_str().to_lowercase(), address)).collect();
    let mut uses = Uses::default();
    for address in all.values() {
        uses.count(account.id, &account.purse, address.domain(), UseKind::People, at);
    }
    Ok(uses.write(session).await?)
}

fn named(letter: &Letter) -> impl Iterator<Item = &EmailAddress> {
    letter.to.iter().chain(&letter.cc).filter_map(|person| person.address.as_ref())
}

/// Whether it is a mail of our outbox, under its own Message-ID, one that its copy has in the books, or one that its provider gave it.
async fn left_through_us(
    session: &mut Session,
    account: &Account,
    letter: &Letter,
    known: Option<&Message>,
    at: Moment,
) -> Result<bool, InboundError> {
    for id in letter.message_id.iter().chain(known.and_then(|known| known.message_id.as_ref())) {
        if outbox::find_by_header_id(session, id).await?.is_some() {
            return Ok(true);
        }
    }
    let Some(first) = named(letter).next() else { return Ok(false) };
    let (since, until) = (at.plus_ms(-CLOCKS_MS), at.plus_ms(TRIES_MS));
    for outgoing in lists::list_left(session, account.id, &first.folded(), since, until).await? {
        let sent = outbox::find_letter(session, outgoing).await?;
        // Bytes that cannot be opened prove nothing.
        let sent = sent.and_then(|sent| sent.raw.open().ok()).map(|bytes| parse::letter(&bytes));
        if sent.is_some_and(|sent| link::is_copy(letter, &sent)) {
            return Ok(true);
        }
    }
    Ok(false)
}
