//! Who is to be on the suppression list, or off it, and could not be, because its key was missing, unreadable or another one.
//!
//! The list holds tags that only the key makes; so until the key is back the address itself is kept here, and nowhere longer. Of one person
//! and one reason the last word counts: they are to be entered or to be taken off, never both.

use super::statement::Row;
use super::suppressions::{self, Grounds, KeyFit, ListKey, Reason};
use super::{BooksError, Session};
use crate::link::{ReturnKind, ReturnedBy};
use crate::types::{DeliveryId, EmailAddress, MessageRow, Moment};

/// So many are entered at a time.
const ENTERED_MAX: i64 = 500;
/// Answers to mail to one person that are looked at.
const ANSWERS_MAX: i64 = 64;

/// Somebody who is to be entered, and why.
struct Owed {
    address: EmailAddress,
    reason: Reason,
    since: Moment,
    until: Option<Moment>,
    message: Option<MessageRow>,
    delivery: Option<DeliveryId>,
    note: String,
}

statements! { STATEMENTS;
    /// Of the same reason the first time counts, and the longer time.
    ADD(7) = "
INSERT INTO suppression_owed (address_key, reason, since, until, message_id, delivery_id, note)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (address_key, reason) DO UPDATE
   SET until = CASE WHEN suppression_owed.until IS NULL OR excluded.until IS NULL THEN NULL
                    WHEN excluded.until > suppression_owed.until THEN excluded.until
                    ELSE suppression_owed.until END";

    LIST(2) = "
SELECT address_key, reason, since, until, message_id, delivery_id, note
  FROM suppression_owed
 WHERE address_key > $1
 ORDER BY address_key, reason
 LIMIT $2";

    ERASE(2) = "
DELETE FROM suppression_owed
 WHERE address_key = $1
   AND reason = $2";

    /// Every address is more than nothing.
    FIND_ANY(1) = "
SELECT reason
  FROM suppression_owed
 WHERE address_key > $1
 UNION ALL
SELECT reason
  FROM suppression_lift
 WHERE address_key > $1
 LIMIT 1";

    /// Every address is more than nothing.
    COUNT(1) = "
SELECT reason, COUNT(*)
  FROM suppression_owed
 WHERE address_key > $1
 GROUP BY reason
 ORDER BY reason";

    ADD_LIFT(2) = "
INSERT INTO suppression_lift (address_key, reason)
VALUES ($1, $2)
ON CONFLICT (address_key, reason) DO NOTHING";

    LIST_LIFTS(2) = "
SELECT address_key, reason
  FROM suppression_lift
 WHERE address_key > $1
 ORDER BY address_key, reason
 LIMIT $2";

    ERASE_LIFT(2) = "
DELETE FROM suppression_lift
 WHERE address_key = $1
   AND reason = $2";

    /// Whose mail came back for good, or who complained.
    LIST_RETURNED(3) = "
SELECT returned.delivery_id, recipient_key, kind, at, returned.message_id, matched_by, recorded_at
  FROM returned
  JOIN delivery ON delivery.id = returned.delivery_id
  JOIN message ON message.id = returned.message_id
 WHERE (returned.delivery_id > $1 OR returned.delivery_id = $1 AND returned.message_id > $2)
   AND returned.delivery_id >= $1
   AND kind IN ('bounce_hard', 'complaint')
 ORDER BY returned.delivery_id, returned.message_id
 LIMIT $3";

    /// Who answered mail to a person after that message was recorded, the last first.
    LIST_ANSWERING(4) = "
SELECT from_address
  FROM delivery
  JOIN returned ON returned.delivery_id = delivery.id
  JOIN message ON message.id = returned.message_id
 WHERE recipient_key = $1
   AND kind = 'reply'
   AND (recorded_at > $2 OR recorded_at = $2 AND message.id > $3)
 ORDER BY recorded_at DESC
 LIMIT $4";
}

/// Keeps that somebody is to be entered.
pub async fn add(session: &mut Session, address: &EmailAddress, grounds: &Grounds<'_>) -> Result<(), BooksError> {
    let key = address.folded();
    session.run(&ERASE_LIFT, &[key.as_str().into(), grounds.reason.name().into()]).await?;
    let values = [
        key.as_str().into(),
        grounds.reason.name().into(),
        grounds.since.into(),
        grounds.until.into(),
        grounds.message.into(),
        grounds.delivery.into(),
        grounds.note.into(),
    ];
    session.run(&ADD, &values).await.map(|_| ())
}

/// Keeps that somebody is to be taken off, as far as they are on the list for that reason.
pub async fn add_lift(session: &mut Session, address: &EmailAddress, reason: Reason) -> Result<(), BooksError> {
    session.run(&ADD_LIFT, &[address.folded().as_str().into(), reason.name().into()]).await.map(|_| ())
}

/// Whether anybody is to be entered or taken off.
pub async fn has_any(session: &mut Session) -> Result<bool, BooksError> {
    Ok(session.row(&FIND_ANY, &["".into()]).await?.is_some())
}

/// How many are to be entered for each reason.
pub async fn count(session: &mut Session) -> Result<Vec<(Reason, i64)>, BooksError> {
    session.rows(&COUNT, &["".into()]).await?.iter().map(|row| Ok((row.word(0, Reason::parse)?, row.int(1)?))).collect()
}

/// Somebody need not be entered for that reason any more.
pub async fn erase(session: &mut Session, address: &EmailAddress, reason: Reason) -> Result<(), BooksError> {
    session.run(&ERASE, &[address.folded().as_str().into(), reason.name().into()]).await.map(|_| ())
}

/// Takes off whoever is to be taken off and enters everybody who is to be entered, now that the key fits; how many were entered. `None`
/// when it does not fit.
pub async fn enter_all(session: &mut Session, key: &ListKey) -> Result<Option<usize>, BooksError> {
    if !has_any(session).await? {
        return Ok(Some(0));
    }
    if suppressions::find_key_fit(session, key).await? == KeyFit::Another {
        return Ok(None);
    }
    lift_all(session, key).await?;
    let mut entered = 0;
    loop {
        let rows = session.rows(&LIST, &["".into(), ENTERED_MAX.into()]).await?;
        let owed = rows.iter().map(read).collect::<Result<Vec<Owed>, BooksError>>()?;
        if owed.is_empty() {
            return Ok(Some(entered));
        }
        for one in owed {
            let Owed { address, reason, since, until, message, delivery, note } = &one;
            let grounds =
                Grounds { reason: *reason, since: *since, until: *until, message: *message, delivery: *delivery, note: note.as_str() };
            if !suppressions::add(session, key, key.person(address), &grounds).await? {
                return Ok(None);
            }
            erase(session, address, *reason).await?;
            entered += 1;
        }
    }
}

async fn lift_all(session: &mut Session, key: &ListKey) -> Result<(), BooksError> {
    loop {
        let rows = session.rows(&LIST_LIFTS, &["".into(), ENTERED_MAX.into()]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let (address, reason) = (row.word(0, |text| EmailAddress::parse(text).ok())?, row.word(1, Reason::parse)?);
            suppressions::erase_reason(session, key.person(&address), reason).await?;
            session.run(&ERASE_LIFT, &[row.text(0)?.as_str().into(), reason.name().into()]).await?;
        }
    }
}

/// Notes as owed whoever the books say mail came back from for good, or who complained: what a list that is begun anew can be made from.
/// What is not certain to be about our mail counts for `uncertain_ms`. Whoever wrote from an address after mail to it had come back has it.
pub async fn add_returned(session: &mut Session, uncertain_ms: i64) -> Result<(), BooksError> {
    let mut after = (0_i64, 0_i64);
    loop {
        let rows = session.rows(&LIST_RETURNED, &[after.0.into(), after.1.into(), ENTERED_MAX.into()]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let (delivery, message) = (row.int(0)?, row.int(4)?);
            after = (delivery, message);
            let (kind, by) = (row.word(2, ReturnKind::parse)?, row.word(5, ReturnedBy::parse)?);
            let recipient = row.word(1, |text| EmailAddress::parse(text).ok())?;
            if kind == ReturnKind::Hard && has_answered(session, &recipient, row.moment(6)?, message).await? {
                continue;
            }
            let (reason, since) = (if kind == ReturnKind::Complaint { Reason::Complaint } else { Reason::HardBounce }, row.moment(3)?);
            let until = (reason == Reason::HardBounce && !by.is_certain()).then(|| since.plus_ms(uncertain_ms));
            let grounds =
                Grounds { until, message: Some(MessageRow(message)), delivery: Some(DeliveryId(delivery)), ..Grounds::of(reason, since) };
            add(session, &recipient, &grounds).await?;
        }
    }
}

/// Whether somebody answered mail of ours from that address after a message was recorded.
async fn has_answered(session: &mut Session, address: &EmailAddress, recorded_at: Moment, message: i64) -> Result<bool, BooksError> {
    let key = address.folded();
    let rows = session.rows(&LIST_ANSWERING, &[key.as_str().into(), recorded_at.into(), message.into(), ANSWERS_MAX.into()]).await?;
    for row in &rows {
        if EmailAddress::parse(&row.text(0)?).is_ok_and(|from| from.folded() == key) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read(row: &Row) -> Result<Owed, BooksError> {
    Ok(Owed {
        address: row.word(0, |text| EmailAddress::parse(text).ok())?,
        reason: row.word(1, Reason::parse)?,
        since: row.moment(2)?,
        until: row.opt_moment(3)?,
        message: row.opt_int(4)?.map(MessageRow),
        delivery: row.opt_int(5)?.map(DeliveryId),
        note: row.text(6)?,
    })
}
