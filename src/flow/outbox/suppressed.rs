//! Mail that was claimed, sifted by the suppression list.

use super::Tally;
use crate::flow::inbound::InboundError;
use crate::flow::suppressing::{self, Checked, List};
use crate::flow::{Account, Office};
use crate::record::Session;
use crate::record::outbox::claims::{self, Claimed, Ending};
use crate::types::EmailAddress;

/// Mail of which the suppression list cannot be asked is asked about again after this.
const UNKNOWN_MS: i64 = 15 * 60_000;

/// Those of the claimed that may go, and what became of the others. In the transaction of their claim, so that a mail whose recipient was
/// entered before never leaves.
pub(super) async fn sift(
    session: &mut Session,
    office: &Office,
    account: &Account,
    claimed: Vec<Claimed>,
) -> Result<(Vec<Claimed>, Tally), InboundError> {
    let (mut going, mut tally) = (Vec::with_capacity(claimed.len()), Tally::default());
    if claimed.is_empty() {
        return Ok((going, tally));
    }
    let now = office.now();
    let list = suppressing::open(session, &office.keys).await?;
    let addressed = |delivery: Claimed| (delivery.address(), delivery);
    let claimed: Vec<(Option<EmailAddress>, Claimed)> = claimed.into_iter().map(addressed).collect();
    let people: Vec<&EmailAddress> = claimed.iter().filter_map(|(address, _)| address.as_ref()).collect();
    let entries = list.entries(session, &people, now).await?;
    for (address, delivery) in claimed {
        let checked = match address {
            Some(address) => list.judge(&entries, &address, delivery.class),
            // What is no address is told when it is to be sent.
            None => Checked::Free,
        };
        match checked {
            Checked::Free => going.push(delivery),
            Checked::Warned(why) => {
                claims::mark_warned(session, delivery.id, &why).await?;
                going.push(delivery);
            }
            Checked::Stopped(why) => {
                claims::mark_ended(session, &delivery, &Ending::Dropped { why }, now).await?;
                tally.dropped += 1;
            }
            Checked::Unknown(why) => {
                let ending = Ending::PutBack { until: now.plus_ms(UNKNOWN_MS), why };
                claims::mark_ended(session, &delivery, &ending, now).await?;
                tally.deferred += 1;
            }
        }
    }
    if let List::Closed { why, .. } = &list
        && tally.deferred > 0
    {
        tracing::error!(account = %account.id, reason = %why, "Mail that goes by itself waits");
    }
    Ok((going, tally))
}
