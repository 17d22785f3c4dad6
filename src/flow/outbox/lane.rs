//! One connection to the submission server, carrying one delivery after the other.

use super::journal::Step;
use super::verdict::{self, Verdict};
use super::{Sending, Tally};
use crate::flow::inbound::InboundError;
use crate::link::envelope_id;
use crate::mailbox::smtp::{Accepted, Outgoing, SmtpError, Submission};
use crate::record::outbox;
use crate::record::outbox::claims::{Claimed, Ending, ServerReply};
use crate::record::outbox::holds::HoldOf;
use crate::types::{EmailAddress, Moment};
use std::rc::Rc;
use std::time::Duration;

/// How an attempt ended is committed at the latest after this; until then other connections' steps may join it.
const COMMIT_AFTER: Duration = Duration::from_millis(2);

/// Carries deliveries until nothing is due, or the lane is one too many for a crowded server.
pub(super) async fn run(sending: &Rc<Sending>, number: usize) -> Result<(), InboundError> {
    let mut connection: Option<Submission> = None;
    while number < sending.width.get() {
        let Some((delivery, claimed_at)) = sending.next().await? else { break };
        let verdict = match carry(sending, &mut connection, &delivery, claimed_at).await? {
            Carried::Accepted(accepted) => Verdict::sent(ServerReply { code: i64::from(accepted.reply.code), text: accepted.reply.text }),
            Carried::Lost => {
                sending.give_back(&delivery);
                continue;
            }
            Carried::Unwritable(why) => Verdict::failed(why),
            Carried::Broken(error) => {
                let now = sending.office.now();
                tracing::debug!(account = %sending.account.id, delivery = %delivery.id, reason = error.kind(), "A delivery did not go");
                verdict::of_error(&error, &delivery, now, u64::from_le_bytes(sending.office.ids.bytes::<8>()?))
            }
        };
        follow(sending, &mut connection, &delivery, verdict);
    }
    if let Some(connection) = connection {
        connection.quit().await;
    }
    Ok(())
}

/// How far a delivery came.
enum Carried {
    Accepted(Accepted),
    /// Work was paused, its claim was lost to another, or the step could not be written down: nothing was handed over.
    Lost,
    /// The books hold no mail, or no address, that can be sent.
    Unwritable(String),
    Broken(SmtpError),
}

async fn carry(
    sending: &Sending,
    connection: &mut Option<Submission>,
    delivery: &Claimed,
    claimed_at: Moment,
) -> Result<Carried, InboundError> {
    let mut session = sending.office.books.look().await?;
    let letter = outbox::find_letter(&mut session, delivery.outgoing).await?;
    drop(session);
    let Some(letter) = letter else { return Ok(Carried::Unwritable("the mail is no longer in the books".into())) };
    let (bytes, from) = match (letter.raw.open(), EmailAddress::parse(&letter.envelope_from)) {
        (Ok(bytes), from) => (bytes, from.ok()),
        (Err(error), _) => return Ok(Carried::Unwritable(error.to_string())),
    };
    let Some(to) = delivery.address() else { return Ok(Carried::Unwritable("the books hold no address for it".into())) };
    // Without the key there is none: nobody could tell later what it stands for.
    let envelope_id = sending.office.keys.envelope_ids().ok().map(|key| envelope_id(&key, delivery.id));
    let path = from.as_ref().and_then(|from| sending.verp.as_ref()?.path(delivery.id, from)).or(from);
    let mail = Outgoing { from: path.as_ref(), to: &to, bytes: &bytes, envelope_id: envelope_id.as_deref(), notify: path.is_some() };
    Ok(match hand_over(sending, connection, delivery, claimed_at, &mail).await {
        Ok(carried) => carried,
        Err(error) => Carried::Broken(error),
    })
}

async fn hand_over(
    sending: &Sending,
    connection: &mut Option<Submission>,
    delivery: &Claimed,
    claimed_at: Moment,
    mail: &Outgoing<'_>,
) -> Result<Carried, SmtpError> {
    let mut open = match connection.take().filter(|open| !open.is_over()) {
        Some(open) => open,
        None => Submission::open(&sending.server).await?,
    };
    sending.journal.note(delivery, Step::Sending, sending.office.now());
    if let Err(error) = open.prepare(mail).await {
        // A refusal is that mail's affair: the connection goes on to the next (RFC 5321 §4.1.1.5).
        if !error.ends_connection() && open.reset().await.is_ok() {
            *connection = Some(open);
        }
        return Err(error);
    }
    let since_claim_ms = sending.office.now().0 - claimed_at.0;
    tracing::trace!(delivery = %delivery.id, since_claim_ms, "A mail is handed over but for its end");
    // Whoever cannot write this down must not write the dot: dropping the connection now hands nothing over.
    match sending.journal.write(delivery, Step::FinalDot, sending.office.now()).await {
        Ok(true) => {}
        Ok(false) | Err(_) => return Ok(Carried::Lost),
    }
    let accepted = open.finish().await;
    if !open.is_over() {
        *connection = Some(open);
    }
    accepted.map(Carried::Accepted)
}

/// Does what follows from the end of an attempt.
fn follow(sending: &Rc<Sending>, connection: &mut Option<Submission>, delivery: &Claimed, verdict: Verdict) {
    if verdict.ends_connection {
        *connection = None;
    }
    if verdict.is_crowded {
        sending.width.set((sending.width.get() / 2).max(1));
    }
    if verdict.is_unreachable {
        sending.is_unreachable.set(true);
    }
    let is_refused = verdict.hold.as_ref().is_some_and(|hold| hold.of == HoldOf::Everything);
    if is_refused {
        sending.is_refused.set(true);
    }
    // A hold is asked at every claim: what was claimed before it is given back.
    if verdict.is_unreachable || verdict.hold.is_some() {
        sending.stop.set(true);
    }
    count(sending, &verdict.ending);
    let hold = verdict.hold.map(|hold| hold.of_account(sending.account.id));
    sending.journal.note(delivery, Step::Ended { ending: verdict.ending, hold, is_nobody: verdict.is_nobody }, sending.office.now());
    let sending = Rc::clone(sending);
    // The connection goes on meanwhile: a mail that was taken need not be written down before the next one is handed over.
    tokio::task::spawn_local(async move {
        tokio::time::sleep(COMMIT_AFTER).await;
        sending.journal.flush().await;
    });
}

fn count(sending: &Sending, ending: &Ending) {
    let mut tally = Tally::default();
    match ending {
        Ending::Sent(_) => tally.sent = 1,
        Ending::Deferred { .. } | Ending::PutBack { .. } => tally.deferred = 1,
        Ending::Failed { .. } => tally.failed = 1,
        Ending::Uncertain { .. } => tally.uncertain = 1,
        Ending::Dropped { .. } => tally.dropped = 1,
    }
    let mut all = sending.tally.get();
    all += tally;
    sending.tally.set(all);
}
