//! What was claimed and is not wanted any more by whom it goes to. It is asked in the transaction of the claim, so whoever left before it is
//! not written to after it.

use super::Tally;
use crate::flow::inbound::InboundError;
use crate::flow::leaving::{self, Wanted};
use crate::record::Session;
use crate::record::choices;
use crate::record::outbox::claims::{self, Claimed, Ending};
use crate::types::Moment;

/// Those that may go. The others are dropped, or wait for as long as their recipients want.
pub(super) async fn set_aside(session: &mut Session, claimed: Vec<Claimed>, now: Moment) -> Result<(Vec<Claimed>, Tally), InboundError> {
    let mut tally = Tally::default();
    if claimed.is_empty() || !choices::has_any(session).await? {
        return Ok((claimed, tally));
    }
    let mut going = Vec::with_capacity(claimed.len());
    for delivery in claimed {
        let ending = match leaving::wanted(session, &delivery, now).await? {
            Wanted::Yes => {
                going.push(delivery);
                continue;
            }
            Wanted::No(why) => {
                tally.dropped += 1;
                Ending::Dropped { why }
            }
            Wanted::NotBefore(until) => {
                tally.deferred += 1;
                Ending::PutBack { until, why: "its recipient wants no letters until then".to_owned() }
            }
        };
        claims::mark_ended(session, &delivery, &ending, now).await?;
    }
    Ok((going, tally))
}
