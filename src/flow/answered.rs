//! What the outbox says of automatic answers to somebody, when one is decided on and again when it is to be put there.

use super::inbound::InboundError;
use super::suppressing::{self, Checked};
use super::{Account, Office, leaving};
use crate::decide::{AnswersLately, answer};
use crate::record::Session;
use crate::record::outbox::MailClass;
use crate::record::outbox::lists::{count_answers_of_account, count_answers_to_domain, count_answers_to_person};
use crate::types::EmailAddress;

/// What of it concerns an answer from that mailbox to that person, but for which mail it answers.
pub(super) async fn lately(
    session: &mut Session,
    office: &Office,
    desk: &Account,
    person: &EmailAddress,
) -> Result<AnswersLately, InboundError> {
    let now = office.now();
    let (day, echo) = (now.plus_ms(-answer::DOMAIN_MS), now.plus_ms(-answer::ECHO_MS));
    // Whoever has a mailbox at a provider for everybody shares its domain with strangers: they neither use up each other's answers nor
    // are they one machine.
    let is_firm = !office.rules.is_free_mail(person.domain());
    let list = suppressing::open(session, &office.keys).await?;
    Ok(AnswersLately {
        is_suppressed: list.check(session, person, MailClass::Answer, now).await? != Checked::Free,
        to_person: count_answers_to_person(session, &person.folded(), now.plus_ms(-answer::PERSON_MS)).await?,
        to_domain: if is_firm { count_answers_to_domain(session, person, day).await? } else { 0 },
        just_now: if is_firm { count_answers_to_domain(session, person, echo).await? } else { 0 },
        to_anybody: if is_firm { 0 } else { count_answers_of_account(session, desk.id, person, day).await? },
        answers_ours: false,
        has_left: leaving::has_left(session, person, now).await?,
    })
}
