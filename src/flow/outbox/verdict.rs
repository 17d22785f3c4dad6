//! What follows from a failed attempt: for the mail, for the mailbox, for the connection. In come an error and the delivery, out goes a
//! value; nothing is done here.
//!
//! The rule behind all of them: a recipient is blamed only for what the server says of the recipient. What it says of us holds the mailbox,
//! what it says of this moment puts the mail off, and a mail that may have been taken is never sent again by itself.

use crate::mailbox::CredentialError;
use crate::mailbox::smtp::{Cause, Phase, Refusal, SmtpError};
use crate::record::outbox::MailClass;
use crate::record::outbox::claims::{Claimed, Ending, ServerReply};
use crate::record::outbox::holds::{Hold, HoldOf};
use crate::types::{AccountId, Moment};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Pauses before the next try of a mail that a server does not take now (RFC 5321 §4.5.4.1 asks for at least half an hour after the first
/// tries); the last one is repeated.
const RETRY_MS: [i64; 8] = [5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS, 12 * HOUR_MS];
/// So many tries, about five days, and the mail has failed (the same section).
const ATTEMPTS_MAX: i64 = 16;
/// A server that takes us for something bad is left alone for so long.
const HOLD_MS: i64 = HOUR_MS;
/// The same when it says that this passes.
const HOLD_SHORT_MS: i64 = 15 * MINUTE_MS;
/// A limit of a day is over after a day.
const LIMIT_MS: i64 = 24 * HOUR_MS;
/// A crowded server, and one that spent a connection on nothing.
const CROWDED_MS: i64 = MINUTE_MS;
/// So long a mail is put back because of its mailbox's server without a try being counted.
const PUT_BACK_MS_MAX: i64 = 24 * HOUR_MS;

/// The end of an attempt, and what it means for what comes after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub ending: Ending,
    /// The mailbox rests; no recipient is to blame.
    pub hold: Option<Rest>,
    pub ends_connection: bool,
    /// Fewer connections may do better.
    pub is_crowded: bool,
    /// The server was not reached, or let us in by no way: nothing else is tried now.
    pub is_unreachable: bool,
    /// Nobody has the recipient's address; what follows is the same as when it had come back.
    pub is_nobody: bool,
    /// The mail has been put back for so long that its tries are counted, and a person is told.
    pub is_waiting_long: bool,
}

/// A hold whose mailbox is known to whoever writes it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    pub of: HoldOf,
    pub since: Moment,
    pub until: Moment,
    pub why: String,
}

impl Rest {
    /// The hold of that account.
    pub fn of_account(self, account: AccountId) -> Hold {
        Hold { account, of: self.of, until: self.until, why: self.why, since: self.since }
    }
}

impl Verdict {
    /// The server took it.
    pub fn sent(reply: ServerReply) -> Self {
        Self::of(Ending::Sent(reply))
    }

    /// It can never go.
    pub fn failed(why: String) -> Self {
        Self::of(Ending::Failed { reply: ServerReply::default(), why })
    }

    fn of(ending: Ending) -> Self {
        Self {
            ending,
            hold: None,
            ends_connection: false,
            is_crowded: false,
            is_unreachable: false,
            is_nobody: false,
            is_waiting_long: false,
        }
    }

    /// The verdict on a mail that was first put back then. A mail that for a day was put back whenever it was tried is deferred from then on
    /// as if the server had spoken of it: so its tries are counted, and it does not wait for ever.
    pub fn waiting_since(self, first_put_back: Option<Moment>, delivery: &Claimed, now: Moment, chance: u64) -> Self {
        let is_long = first_put_back.is_some_and(|first| now >= first.plus_ms(PUT_BACK_MS_MAX));
        match self.ending {
            Ending::PutBack { until, why } if is_long => {
                let ending = not_before(until, later(delivery, ServerReply::default(), why, now, chance));
                Self { ending, is_waiting_long: true, ..self }
            }
            ending => Self { ending, ..self },
        }
    }
}

/// The verdict on an error. `is_first` tells that the connection had carried no mail before; `chance` spreads the next tries of many mails.
pub fn of_error(error: &SmtpError, delivery: &Claimed, is_first: bool, now: Moment, chance: u64) -> Verdict {
    let why = error.to_string();
    let verdict = match error {
        SmtpError::Unclear(_) => Verdict::of(Ending::Uncertain { reply: ServerReply::default(), why }),
        SmtpError::Refused(refusal) => of_refusal(refusal, delivery, is_first, now, chance),
        // The authorisation server's trouble passes, and is nobody's verdict on us.
        SmtpError::Credential(CredentialError::NotNow(_)) => {
            Verdict { is_unreachable: true, ..Verdict::of(Ending::PutBack { until: now, why }) }
        }
        SmtpError::LoginRefused { .. } | SmtpError::Untrusted { .. } | SmtpError::NotOffered { .. } | SmtpError::Credential(_) => {
            let hold = Rest { of: HoldOf::Everything, since: now, until: now.plus_ms(HOLD_MS), why: why.clone() };
            let until = hold.until;
            Verdict { hold: Some(hold), is_unreachable: true, ..Verdict::of(Ending::PutBack { until, why }) }
        }
        SmtpError::Malformed(_)
        | SmtpError::BadAddress { .. }
        | SmtpError::NeedsSmtpUtf8
        | SmtpError::NeedsEightBit
        | SmtpError::TooLarge { .. } => Verdict::failed(why),
        SmtpError::Over | SmtpError::OutOfTurn(_) => Verdict::of(Ending::PutBack { until: now, why }),
        SmtpError::Unreachable { .. }
        | SmtpError::Lost { .. }
        | SmtpError::Silent { .. }
        | SmtpError::Unreadable { .. }
        | SmtpError::Unexpected { .. } => of_break(error, why, delivery, now, chance),
    };
    Verdict { ends_connection: verdict.ends_connection || error.ends_connection(), ..verdict }
}

/// A connection that broke before the end of the mail. Before the mail was spoken of, it is the way to the server; after that it may be
/// the mail itself that breaks it, so it counts as a try.
fn of_break(error: &SmtpError, why: String, delivery: &Claimed, now: Moment, chance: u64) -> Verdict {
    if error.phase().is_none_or(|phase| phase <= Phase::Reset) {
        return Verdict { is_unreachable: true, ..Verdict::of(Ending::PutBack { until: now, why }) };
    }
    Verdict::of(later(delivery, ServerReply::default(), why, now, chance))
}

fn of_refusal(refusal: &Refusal, delivery: &Claimed, is_first: bool, now: Moment, chance: u64) -> Verdict {
    let reply = ServerReply { code: i64::from(refusal.reply.code), text: refusal.reply.to_string() };
    let why = reply.text.clone();
    let is_temporary = refusal.reply.is_temporary();
    let rest = |of, ms| Rest { of, since: now, until: now.plus_ms(ms), why: why.clone() };
    match refusal.cause {
        Cause::Policy => {
            let hold = rest(HoldOf::Everything, if is_temporary { HOLD_SHORT_MS } else { HOLD_MS });
            // A mail that the server takes for bad again and again is the one that holds the others up.
            let ending = not_before(hold.until, later(delivery, reply, why.clone(), now, chance));
            Verdict { hold: Some(hold), ..Verdict::of(ending) }
        }
        Cause::SenderLimit => {
            let hold = rest(HoldOf::Bulk, LIMIT_MS);
            let until = if delivery.class == MailClass::Bulk { hold.until } else { now.plus_ms(HOUR_MS) };
            Verdict { hold: Some(hold), is_crowded: true, ..Verdict::of(Ending::PutBack { until, why: why.clone() }) }
        }
        // A connection that was spent before it carried anything is one that the server has no room for.
        Cause::ConnectionSpent if is_first => Verdict { ends_connection: true, ..crowded(now, why, chance) },
        // Whoever logs in again and again is locked out.
        Cause::Crowded => Verdict { is_unreachable: refusal.phase == Phase::Auth, ..crowded(now, why, chance) },
        Cause::ConnectionSpent => Verdict { ends_connection: true, ..Verdict::of(Ending::PutBack { until: now, why }) },
        Cause::NoSuchRecipient | Cause::RecipientFull | Cause::TooLarge | Cause::Other if is_temporary => {
            Verdict::of(later(delivery, reply, why, now, chance))
        }
        // Said of the recipient alone; after the whole mail a server may speak of the mail.
        Cause::NoSuchRecipient => Verdict {
            is_nobody: refusal.phase == Phase::Rcpt && delivery.class != MailClass::Team,
            ..Verdict::of(Ending::Failed { reply, why })
        },
        Cause::RecipientFull | Cause::TooLarge | Cause::Other => Verdict::of(Ending::Failed { reply, why }),
    }
}

fn crowded(now: Moment, why: String, chance: u64) -> Verdict {
    let until = now.plus_ms(jittered(CROWDED_MS, chance));
    Verdict { is_crowded: true, ..Verdict::of(Ending::PutBack { until, why }) }
}

/// The same end of an attempt with no try before that moment.
fn not_before(moment: Moment, ending: Ending) -> Ending {
    match ending {
        Ending::Deferred { until, reply, why } => Ending::Deferred { until: until.max(moment), reply, why },
        ended => ended,
    }
}

/// The next try, or the end of all tries.
fn later(delivery: &Claimed, reply: ServerReply, why: String, now: Moment, chance: u64) -> Ending {
    if delivery.attempts >= ATTEMPTS_MAX {
        return Ending::Failed { reply, why: format!("after {ATTEMPTS_MAX} tries: {why}") };
    }
    let at = usize::try_from(delivery.attempts.max(1) - 1).unwrap_or(0);
    let pause_ms = RETRY_MS.get(at).or(RETRY_MS.last()).copied().unwrap_or(HOUR_MS);
    Ending::Deferred { until: now.plus_ms(jittered(pause_ms, chance)), reply, why }
}

/// A pause and up to a quarter of it.
fn jittered(pause_ms: i64, chance: u64) -> i64 {
    let quarter = u64::try_from(pause_ms / 4).unwrap_or(0);
    pause_ms.saturating_add(i64::try_from(chance % (quarter + 1)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{DeliveryId, OutgoingId};

    const NOW: Moment = Moment(1_794_790_800_000);

    fn delivery() -> Claimed {
        Claimed {
            id: DeliveryId(1),
            outgoing: OutgoingId(1),
            account: AccountId(1),
            class: MailClass::Letter,
            recipient: "tom@hall.example".to_owned(),
            attempts: 1,
            due_at: NOW,
            claimed_by: "story".to_owned(),
        }
    }

    #[test]
    fn an_authorisation_server_that_gives_no_token_now_holds_no_mailbox_and_one_that_never_will_does() {
        let of = |error| of_error(&SmtpError::Credential(error), &delivery(), true, NOW, 0);
        let passing = of(CredentialError::NotNow("503".to_owned()));
        assert!(passing.is_unreachable && passing.hold.is_none(), "{passing:?}");
        assert!(matches!(passing.ending, Ending::PutBack { until: NOW, .. }), "{passing:?}");
        let ended = of(CredentialError::Ended { account: "sales".to_owned(), why: "revoked".to_owned() });
        assert!(ended.is_unreachable && ended.hold.is_some_and(|hold| hold.of == HoldOf::Everything));
    }
}
