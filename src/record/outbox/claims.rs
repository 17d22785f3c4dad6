//! The way of a delivery through its states. Every step names the attempt it belongs to: whoever lost its claim changes nothing any more.

use super::super::statement::Row;
use super::super::{BooksError, Session, tracking};
use super::MailClass;
use crate::types::{AccountId, DeliveryId, EmailAddress, Moment, OutgoingId};

/// Which deliveries to claim, for whom and how long.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    pub owner: &'a str,
    pub account: AccountId,
    pub class: MailClass,
    pub now: Moment,
    pub lease_ms: i64,
    pub limit: i64,
}

/// A delivery that is due, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub id: DeliveryId,
    pub recipient_domain: String,
}

/// Deliveries of one class to one domain that are in somebody's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InHand {
    pub class: MailClass,
    pub recipient_domain: String,
    pub count: i64,
}

/// A delivery in hand until its claim runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub id: DeliveryId,
    pub outgoing: OutgoingId,
    pub account: AccountId,
    pub class: MailClass,
    pub recipient: String,
    /// How often it was claimed, this time included.
    pub attempts: i64,
    pub due_at: Moment,
    pub claimed_by: String,
}

/// What a server answered last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerReply {
    /// RFC 5321 §4.2; 0 when none came.
    pub code: i64,
    /// Its words, cleaned.
    pub text: String,
}

/// The end of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Sent(ServerReply),
    /// Later; it counts as a try.
    Deferred {
        until: Moment,
        reply: ServerReply,
        why: String,
    },
    /// Nothing was tried with it: the mailbox is in trouble, not the mail.
    PutBack {
        until: Moment,
        why: String,
    },
    Failed {
        reply: ServerReply,
        why: String,
    },
    Uncertain {
        reply: ServerReply,
        why: String,
    },
    Dropped {
        why: String,
    },
}

statements! { STATEMENTS;
    /// Due now, oldest first. A pause, and a hold of the mailbox, work at once, because they are asked here.
    CLAIM_DUE(6) = "
UPDATE delivery
   SET state = 'claimed', claimed_by = $1, claimed_until = $2, attempts = attempts + 1
 WHERE id IN (SELECT id
                FROM delivery
               WHERE account_id = $4
                 AND class = $6
                 AND state IN ('planned', 'deferred')
                 AND due_at <= $3
                 AND (not_after IS NULL OR not_after >= $3)
                 AND NOT EXISTS (SELECT 1 FROM setting WHERE key = 'paused')
                 AND NOT EXISTS (SELECT 1
                                   FROM sending_hold
                                  WHERE account_id = $4 AND until > $3 AND (class = 'all' OR class = $6))
               ORDER BY due_at, id
               LIMIT $5)
   AND state IN ('planned', 'deferred')
RETURNING id, outgoing_id, account_id, class, recipient, attempts, due_at, claimed_by";

    /// The same to be chosen from.
    LIST_CLAIMABLE(4) = "
SELECT id, recipient_domain
  FROM delivery
 WHERE account_id = $1
   AND class = $2
   AND state IN ('planned', 'deferred')
   AND due_at <= $3
   AND (not_after IS NULL OR not_after >= $3)
   AND NOT EXISTS (SELECT 1 FROM setting WHERE key = 'paused')
   AND NOT EXISTS (SELECT 1
                     FROM sending_hold
                    WHERE account_id = $1 AND until > $3 AND (class = 'all' OR class = $2))
 ORDER BY due_at, id
 LIMIT $4";

    CLAIM(3) = "
UPDATE delivery
   SET state = 'claimed', claimed_by = $1, claimed_until = $2, attempts = attempts + 1
 WHERE id = $3
   AND state IN ('planned', 'deferred')
RETURNING id, outgoing_id, account_id, class, recipient, attempts, due_at, claimed_by";

    PUT_OFF(4) = "
UPDATE delivery
   SET due_at = $2, changed_at = $3, why = $4
 WHERE id = $1
   AND state IN ('planned', 'deferred')";

    MARK_ENDED(8) = "
UPDATE delivery
   SET state = $4, changed_at = $5, reply_code = $6, reply = $7, why = $8, claimed_until = NULL, claimed_by = ''
 WHERE id = $1
   AND claimed_by = $2
   AND attempts = $3
   AND state IN ('claimed', 'sending', 'final_dot')";

    /// Also after the final dot, when the server said no. Whoever was answered waits no longer for a try.
    MARK_DEFERRED(8) = "
UPDATE delivery
   SET state = 'deferred', due_at = $4, changed_at = $5, reply_code = $6, reply = $7, why = $8, claimed_until = NULL, claimed_by = '',
       first_put_back_at = CASE WHEN CAST($6 AS BIGINT) > 0 THEN NULL ELSE first_put_back_at END
 WHERE id = $1
   AND claimed_by = $2
   AND attempts = $3
   AND state IN ('claimed', 'sending', 'final_dot')";

    MARK_WARNED(2) = "
UPDATE delivery
   SET warning = $2
 WHERE id = $1";

    MARK_PUT_BACK(6) = "
UPDATE delivery
   SET state = 'deferred', due_at = $4, changed_at = $5, why = $6, attempts = attempts - 1, claimed_until = NULL, claimed_by = ''
 WHERE id = $1
   AND claimed_by = $2
   AND attempts = $3
   AND state IN ('claimed', 'sending', 'final_dot')";

    MARK_FIRST_PUT_BACK(2) = "
UPDATE delivery
   SET first_put_back_at = $2
 WHERE id = $1
   AND first_put_back_at IS NULL";

    FIND_FIRST_PUT_BACK(1) = "
SELECT first_put_back_at
  FROM delivery
 WHERE id = $1";

    /// What a life of the daemon left behind before the end of the mail was written goes again. Of what was only claimed no server heard:
    /// that is no try.
    RELEASE(2) = "
UPDATE delivery
   SET state = 'deferred', changed_at = $2, claimed_until = NULL, claimed_by = '',
       attempts = CASE WHEN state = 'claimed' AND attempts > 0 THEN attempts - 1 ELSE attempts END
 WHERE account_id = $1
   AND state IN ('claimed', 'sending')";

    /// What it left behind after that is not known.
    RELEASE_UNCERTAIN(3) = "
UPDATE delivery
   SET state = 'uncertain', changed_at = $2, why = $3, claimed_until = NULL, claimed_by = ''
 WHERE account_id = $1
   AND state = 'final_dot'";

    /// Whether they are due or were put off makes no difference.
    MARK_MISSED(2) = "
UPDATE delivery
   SET state = 'missed', changed_at = $2, why = 'its time was over before it could go'
 WHERE id IN (SELECT id
                FROM delivery
               WHERE account_id = $1
                 AND state IN ('planned', 'deferred')
                 AND not_after < $2
               ORDER BY not_after
               LIMIT 1000)";

    FIND_NEXT_DUE(2) = "
SELECT due_at
  FROM delivery
 WHERE account_id = $1
   AND class = $2
   AND state IN ('planned', 'deferred')
 ORDER BY due_at, id
 LIMIT 1";

    FIND_IN_HAND(1) = "
SELECT id
  FROM delivery
 WHERE account_id = $1
   AND state IN ('claimed', 'sending', 'final_dot')
 LIMIT 1";

    LIST_IN_HAND(1) = "
SELECT class, recipient_domain, COUNT(*)
  FROM delivery
 WHERE account_id = $1
   AND state IN ('claimed', 'sending', 'final_dot')
 GROUP BY class, recipient_domain
 ORDER BY class, recipient_domain";

    FIND_LEFT_AT(1) = "
SELECT COALESCE(final_dot_at, changed_at)
  FROM delivery
 WHERE id = $1";

    /// What is sent once more begins anew: with all its tries but the one that tells that it was tried, and what came back before says
    /// nothing of it. Mails tell their time in whole seconds.
    RESOLVE(6) = "
UPDATE delivery
   SET state = $2, due_at = $3, changed_at = $3, why = $4, not_after = NULL, first_put_back_at = NULL,
       resent_at = CASE WHEN $5 = 'planned' THEN $6 ELSE resent_at END,
       attempts = CASE WHEN $5 = 'planned' AND attempts > 1 THEN 1 ELSE attempts END
 WHERE id = $1
   AND state IN ('planned', 'deferred', 'failed', 'uncertain', 'missed')
   AND state <> $5";
}

/// Claims what is due of a class.
pub async fn claim_due(session: &mut Session, claim: &Claim<'_>) -> Result<Vec<Claimed>, BooksError> {
    let values = [
        claim.owner.into(),
        claim.now.plus_ms(claim.lease_ms).into(),
        claim.now.into(),
        claim.account.into(),
        claim.limit.into(),
        claim.class.name().into(),
    ];
    let rows = session.rows(&CLAIM_DUE, &values).await?;
    let mut claimed = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    // RETURNING gives rows in any order.
    claimed.sort_unstable_by_key(|delivery| (delivery.due_at, delivery.id));
    Ok(claimed)
}

/// What is due of a class and may be claimed.
pub async fn list_claimable(session: &mut Session, claim: &Claim<'_>) -> Result<Vec<Due>, BooksError> {
    let values = [claim.account.into(), claim.class.name().into(), claim.now.into(), claim.limit.into()];
    let rows = session.rows(&LIST_CLAIMABLE, &values).await?;
    rows.iter().map(|row| Ok(Due { id: DeliveryId(row.int(0)?), recipient_domain: row.text(1)? })).collect()
}

/// Claims one of them; `None` when somebody else did.
pub async fn claim(session: &mut Session, claim: &Claim<'_>, id: DeliveryId) -> Result<Option<Claimed>, BooksError> {
    let values = [claim.owner.into(), claim.now.plus_ms(claim.lease_ms).into(), id.into()];
    session.row(&CLAIM, &values).await?.as_ref().map(read).transpose()
}

/// Puts a delivery off that nothing was tried with.
pub async fn put_off(session: &mut Session, id: DeliveryId, until: Moment, now: Moment, why: &str) -> Result<bool, BooksError> {
    Ok(session.run(&PUT_OFF, &[id.into(), until.into(), now.into(), why.into()]).await? > 0)
}

/// The mailbox's server, and nothing about the mail itself, was why it was put back. Only the first time is kept.
pub async fn mark_first_put_back(session: &mut Session, id: DeliveryId, at: Moment) -> Result<(), BooksError> {
    session.run(&MARK_FIRST_PUT_BACK, &[id.into(), at.into()]).await.map(|_| ())
}

/// When it was first put back for that reason, since a person last had it sent.
pub async fn find_first_put_back(session: &mut Session, id: DeliveryId) -> Result<Option<Moment>, BooksError> {
    session.row(&FIND_FIRST_PUT_BACK, &[id.into()]).await?.map_or(Ok(None), |row| row.opt_moment(0))
}

/// What became of the attempt; `false` when the claim was lost.
pub async fn mark_ended(session: &mut Session, delivery: &Claimed, ending: &Ending, at: Moment) -> Result<bool, BooksError> {
    let (id, by, attempt) = (delivery.id.into(), delivery.claimed_by.as_str().into(), delivery.attempts.into());
    let none = ServerReply::default();
    let (state, reply, why) = match ending {
        Ending::Deferred { until, reply, why } => {
            let values = [id, by, attempt, (*until).into(), at.into(), reply.code.into(), reply.text.as_str().into(), why.as_str().into()];
            return Ok(session.run(&MARK_DEFERRED, &values).await? > 0);
        }
        Ending::PutBack { until, why } => {
            let values = [id, by, attempt, (*until).into(), at.into(), why.as_str().into()];
            return Ok(session.run(&MARK_PUT_BACK, &values).await? > 0);
        }
        Ending::Sent(reply) => ("sent", reply, ""),
        Ending::Failed { reply, why } => ("failed", reply, why.as_str()),
        Ending::Uncertain { reply, why } => ("uncertain", reply, why.as_str()),
        Ending::Dropped { why } => ("dropped", &none, why.as_str()),
    };
    let values = [id, by, attempt, state.into(), at.into(), reply.code.into(), reply.text.as_str().into(), why.into()];
    Ok(session.run(&MARK_ENDED, &values).await? > 0)
}

/// Why a person should have thought twice before this letter leaves; it leaves all the same.
pub async fn mark_warned(session: &mut Session, id: DeliveryId, warning: &str) -> Result<(), BooksError> {
    session.run(&MARK_WARNED, &[id.into(), warning.into()]).await.map(|_| ())
}

/// Settles what a life of the daemon left in its hands: what was not handed over goes again, of the rest nobody knows. Only for whoever
/// looks after the account alone. How many became uncertain.
pub async fn release(session: &mut Session, account: AccountId, at: Moment, why: &str) -> Result<u64, BooksError> {
    session.run(&RELEASE, &[account.into(), at.into()]).await?;
    session.run(&RELEASE_UNCERTAIN, &[account.into(), at.into(), why.into()]).await
}

/// Whether anything of an account is in somebody's hands.
pub async fn is_any_in_hand(session: &mut Session, account: AccountId) -> Result<bool, BooksError> {
    Ok(session.row(&FIND_IN_HAND, &[account.into()]).await?.is_some())
}

/// Deliveries whose time is over wait for a person.
pub async fn mark_missed(session: &mut Session, account: AccountId, now: Moment) -> Result<u64, BooksError> {
    session.run(&MARK_MISSED, &[account.into(), now.into()]).await
}

/// When the next delivery of a class is due. Nothing is said of a pause.
pub async fn find_next_due(session: &mut Session, account: AccountId, class: MailClass) -> Result<Option<Moment>, BooksError> {
    session.row(&FIND_NEXT_DUE, &[account.into(), class.name().into()]).await?.map(|row| row.moment(0)).transpose()
}

/// What of an account is in somebody's hands.
pub async fn list_in_hand(session: &mut Session, account: AccountId) -> Result<Vec<InHand>, BooksError> {
    let rows = session.rows(&LIST_IN_HAND, &[account.into()]).await?;
    let read = |row: &Row| Ok(InHand { class: row.word(0, MailClass::parse)?, recipient_domain: row.text(1)?, count: row.int(2)? });
    rows.iter().map(read).collect()
}

/// What a person, or what came back, says of a delivery that is in nobody's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// It arrived, or was taken by the server.
    Sent,
    /// The same bytes go once more.
    Resend,
    /// It does not go any more.
    Drop,
    /// It came back.
    Failed,
}

/// Says what became of a delivery, or what is to; `false` when it is in somebody's hands, or settled so already. What turns out to be sent
/// left with its final dot, or when it was last heard of.
pub async fn resolve(session: &mut Session, id: DeliveryId, how: Resolution, now: Moment, why: &str) -> Result<bool, BooksError> {
    let state = match how {
        Resolution::Sent => "sent",
        Resolution::Resend => "planned",
        Resolution::Drop => "dropped",
        Resolution::Failed => "failed",
    };
    let left_at = session.row(&FIND_LEFT_AT, &[id.into()]).await?.map(|row| row.moment(0)).transpose()?;
    let second = now.plus_ms(-now.0.rem_euclid(1_000));
    let values = [id.into(), state.into(), now.into(), why.into(), state.into(), second.into()];
    let is_changed = session.run(&RESOLVE, &values).await? > 0;
    if let (Resolution::Sent, true, Some(left_at)) = (how, is_changed, left_at) {
        tracking::mark_sent(session, &[id], left_at).await?;
    }
    Ok(is_changed)
}

impl Claimed {
    /// Where it goes; `None` when the books hold no address.
    pub fn address(&self) -> Option<EmailAddress> {
        EmailAddress::parse(&self.recipient).ok()
    }
}

fn read(row: &Row) -> Result<Claimed, BooksError> {
    Ok(Claimed {
        id: DeliveryId(row.int(0)?),
        outgoing: OutgoingId(row.int(1)?),
        account: AccountId(row.int(2)?),
        class: row.word(3, MailClass::parse)?,
        recipient: row.text(4)?,
        attempts: row.int(5)?,
        due_at: row.moment(6)?,
        claimed_by: row.text(7)?,
    })
}
