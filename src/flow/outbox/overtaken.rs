//! Answers that were claimed although a person was quicker: whoever asked is not answered twice, and by a machine last.

use super::Tally;
use crate::flow::inbound::InboundError;
use crate::record::Session;
use crate::record::outbox::MailClass;
use crate::record::outbox::claims::{self, Claimed, Ending};
use crate::record::outbox::overtaken::{self, Overtaken};
use crate::types::Moment;

/// Those that may go, and what became of the others; in the transaction of their claim.
pub(super) async fn set_aside(session: &mut Session, claimed: Vec<Claimed>, now: Moment) -> Result<(Vec<Claimed>, Tally), InboundError> {
    let (mut going, mut tally) = (Vec::with_capacity(claimed.len()), Tally::default());
    for delivery in claimed {
        let overtaken = if delivery.class == MailClass::Answer { overtaken::find(session, delivery.outgoing).await? } else { None };
        let why = match overtaken {
            None => {
                going.push(delivery);
                continue;
            }
            Some(Overtaken::Answered) => "a person has answered meanwhile",
            Some(Overtaken::Drafted) => "a person has begun to answer",
        };
        claims::mark_ended(session, &delivery, &Ending::Dropped { why: why.to_owned() }, now).await?;
        tally.dropped += 1;
    }
    Ok((going, tally))
}
