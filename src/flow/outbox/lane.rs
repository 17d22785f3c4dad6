//! One connection to the submission server, carrying one delivery after the other.

use super::journal::Step;
use super::verdict::{self, Rest, Verdict};
use super::{Picked, Sending, Tally};
use crate::flow::inbound::InboundError;
use crate::link::envelope_id;
use crate::mailbox::smtp::{Accepted, Outgoing, SmtpError, Submission};
use crate::record::outbox;
use crate::record::outbox::claims::{self, Claimed, Ending, ServerReply};
use crate::record::outbox::holds::{Hold, HoldOf};
use crate::types::{EmailAddress, Moment};
use std::rc::Rc;
use std::time::Duration;

/// How an attempt ended is committed at the latest after this; until then other connections' steps may join it.
const COMMIT_AFTER: Duration = Duration::from_millis(2);

/// A connection, and what it went through.
struct Line {
    submission: Submission,
    /// It has taken or refused a mail: the way is good.
    is_proven: bool,
    /// How often the server had been crowded when it was opened.
    narrowings: u32,
}

/// Carries deliveries until nothing is due, or the lane is one too many for a crowded server.
pub(super) async fn run(sending: &Rc<Sending>) -> Result<(), InboundError> {
    let mut line = None;
    let ended = carry_all(sending, &mut line).await;
    // At once: the other lanes ask whether they are too many.
    sending.open.set(sending.open.get().saturating_sub(1));
    if let Some(Line { submission, .. }) = line {
        submission.quit().await;
    }
    ended
}

async fn carry_all(sending: &Rc<Sending>, line: &mut Option<Line>) -> Result<(), InboundError> {
    while sending.open.get() <= sending.width() {
        let Some(picked) = sending.next().await? else { break };
        let delivery = &picked.delivery;
        // The server may have been crowded meanwhile.
        if sending.open.get() > sending.width() {
            sending.give_back(delivery);
            break;
        }
        *line = line.take().filter(|line| !line.submission.is_over());
        let try_of = match line {
            Some(line) => Try { is_first: !line.is_proven, narrowings: line.narrowings },
            None => Try { is_first: true, narrowings: sending.narrowings.get() },
        };
        let verdict = match carry(sending, line, &picked).await? {
            Carried::Accepted(accepted) => Verdict::sent(ServerReply { code: i64::from(accepted.reply.code), text: accepted.reply.text }),
            Carried::Lost => {
                sending.give_back(delivery);
                sending.give_back_barred().await?;
                continue;
            }
            Carried::Unwritable(why) => Verdict::failed(why),
            Carried::Broken(error) => {
                tracing::debug!(account = %sending.account.id, delivery = %delivery.id, reason = error.kind(), "A delivery did not go");
                judge(sending, &error, delivery, try_of).await?
            }
        };
        follow(sending, line, &picked, verdict, try_of);
    }
    Ok(())
}

/// Over which connection a delivery was tried.
#[derive(Debug, Clone, Copy)]
struct Try {
    /// It is the first that the connection is to carry.
    is_first: bool,
    /// How often the server had been crowded when the connection was opened.
    narrowings: u32,
}

async fn judge(sending: &Sending, error: &SmtpError, delivery: &Claimed, try_of: Try) -> Result<Verdict, InboundError> {
    let (now, chance) = (sending.office.now(), u64::from_le_bytes(sending.office.ids.bytes::<8>()?));
    let verdict = verdict::of_error(error, delivery, try_of.is_first, now, chance);
    if !matches!(verdict.ending, Ending::PutBack { .. }) {
        return Ok(verdict);
    }
    let since = claims::find_first_put_back(&mut sending.office.books.look().await?, delivery.id).await?;
    Ok(verdict.waiting_since(since, delivery, now, chance))
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

async fn carry(sending: &Sending, line: &mut Option<Line>, picked: &Picked) -> Result<Carried, InboundError> {
    let Picked { delivery, claimed_at, letter, .. } = picked;
    let letter = match letter {
        Some(small) => Some(Rc::clone(small)),
        None => outbox::find_letter(&mut sending.office.books.look().await?, delivery.outgoing).await?.map(Rc::new),
    };
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
    Ok(match hand_over(sending, line, delivery, *claimed_at, &mail).await {
        Ok(carried) => carried,
        Err(error) => Carried::Broken(error),
    })
}

async fn hand_over(
    sending: &Sending,
    line: &mut Option<Line>,
    delivery: &Claimed,
    claimed_at: Moment,
    mail: &Outgoing<'_>,
) -> Result<Carried, SmtpError> {
    let narrowings = sending.narrowings.get();
    let (mut open, narrowings) = match line.take() {
        Some(line) => (line.submission, line.narrowings),
        None => (Submission::open(&sending.server).await?, narrowings),
    };
    sending.journal.note(delivery, Step::Sending, sending.office.now());
    if let Err(error) = open.prepare(mail).await {
        // A refusal is that mail's affair: the connection goes on to the next (RFC 5321 §4.1.1.5).
        if !error.ends_connection() && open.reset().await.is_ok() {
            *line = Some(Line { submission: open, is_proven: true, narrowings });
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
        *line = Some(Line { submission: open, is_proven: true, narrowings });
    }
    accepted.map(Carried::Accepted)
}

/// Does what follows from the end of an attempt.
fn follow(sending: &Rc<Sending>, line: &mut Option<Line>, picked: &Picked, verdict: Verdict, try_of: Try) {
    let Picked { delivery, following, .. } = picked;
    if verdict.ends_connection {
        *line = None;
    }
    let has_no_room = verdict.is_crowded && narrow(sending, try_of) && verdict.hold.is_none();
    if verdict.is_unreachable || has_no_room {
        sending.is_unreachable.set(true);
    }
    let is_refused = verdict.hold.as_ref().is_some_and(|hold| hold.of == HoldOf::Everything);
    if is_refused {
        sending.is_refused.set(true);
    }
    if verdict.is_waiting_long {
        sending.is_waiting_long.set(true);
    }
    // A hold is asked at every claim: what was claimed before it is given back.
    if verdict.is_unreachable || has_no_room || verdict.hold.is_some() {
        sending.stop.set(true);
    }
    // What may go again at once is asked for once more in this round.
    if matches!(verdict.ending, Ending::PutBack { .. }) {
        sending.is_dry.set(false);
    }
    count(sending, &verdict.ending);
    let holds = verdict.hold.map(|rest| resting(sending, rest)).unwrap_or_default();
    let ended = Step::Ended { ending: verdict.ending, holds, is_nobody: verdict.is_nobody, following: *following };
    sending.journal.note(delivery, ended, sending.office.now());
    let sending = Rc::clone(sending);
    // The connection goes on meanwhile: a mail that was taken need not be written down before the next one is handed over.
    tokio::task::spawn_local(async move {
        tokio::time::sleep(COMMIT_AFTER).await;
        sending.journal.flush().await;
    });
}

/// The server had no room for a connection, so fewer are opened. A connection that is older than the last time this was said tells nothing
/// new. `true` when even one, new and alone, was too many: then the way is closed for now.
fn narrow(sending: &Sending, try_of: Try) -> bool {
    if try_of.narrowings != sending.narrowings.get() {
        return false;
    }
    let was_alone = sending.width() == 1;
    sending.account.width.narrow(sending.most, sending.office.now());
    sending.narrowings.set(try_of.narrowings + 1);
    was_alone && try_of.is_first
}

/// Whom a rest concerns. Where mailboxes share a provider's limit, the limit that one of them met is everyone's, and what is said of a
/// login or a reputation is said of the one mailbox.
fn resting(sending: &Sending, rest: Rest) -> Vec<Hold> {
    let mut holds = Vec::new();
    if rest.of == HoldOf::Bulk {
        let why = format!("{} was told: {}", sending.account.config.name, rest.why);
        let others = sending.office.sharers(&sending.account).others;
        holds.extend(others.iter().map(|other| Rest { why: why.clone(), ..rest.clone() }.of_account(other.account)));
    }
    holds.push(rest.of_account(sending.account.id));
    holds
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
