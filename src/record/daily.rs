//! What the daily mail asks: a day's mail with where it lies and whose it is, drafts that wait, mail set aside, and what observe mode
//! kept back.

use super::statement::Row;
use super::{BooksError, Session};
use crate::decide::daily::{Arrived, LiesIn, SetAside, Waiting, Withheld};
use crate::decide::{Act, LetterName};
use crate::types::{AccountId, ActId, EmailAddress, Intent, Language, MessageRow, Moment, NamedAddress, ThreadId};

/// Rows of a day that are read; a mail lies in two or three places at most.
const ARRIVED_MAX: i64 = 10_000;
const WAITING_MAX: i64 = 1_000;
const SET_ASIDE_MAX: i64 = 200;
/// A daily mail of each member; older ones are dropped when a newer is planned.
const UNDELIVERED_MAX: i64 = 1_000;
/// What stands in place of a letter's name when something else was kept back.
const NOTE: &str = "";
const SUPERSEDED: &str = "superseded";
const WITHDRAW: &str = "withdraw";

statements! { STATEMENTS;
    LIST_ARRIVED(3) = "
SELECT message.id, message.recorded_at, message.sent_at, message.from_address, message.from_name, message.subject, message.intent,
       message.automatic, COALESCE(contact.owner, ''), COALESCE(company.owner, ''), COALESCE(thread.owner, ''),
       COALESCE(company.name, ''), COALESCE(withheld.letter, ''), COALESCE(withheld.language, ''),
       placement.account_id, placement.gone_at, folder.role, folder.wire_name
  FROM message
  LEFT JOIN contact ON contact.id = message.contact_id
  LEFT JOIN company ON company.id = contact.company_id
  LEFT JOIN thread ON thread.id = message.thread_id
  LEFT JOIN withheld ON withheld.message_id = message.id
  JOIN placement ON placement.message_id = message.id
  JOIN folder ON folder.id = placement.folder_id
 WHERE message.direction = 'in'
   AND message.historical = 0
   AND message.recorded_at >= $1
   AND message.recorded_at < $2
 ORDER BY message.recorded_at, message.id
 LIMIT $3";

    /// The same columns of mail of our own; the customer stands for the sender.
    LIST_ANSWERED(3) = "
SELECT message.id, message.recorded_at, message.sent_at, COALESCE(contact.address, ''), COALESCE(contact.name, ''), message.subject, message.intent,
       message.automatic, COALESCE(contact.owner, ''), COALESCE(company.owner, ''), COALESCE(thread.owner, ''),
       COALESCE(company.name, ''), withheld.letter, withheld.language,
       placement.account_id, placement.gone_at, folder.role, folder.wire_name
  FROM message
  LEFT JOIN contact ON contact.id = message.contact_id
  LEFT JOIN company ON company.id = contact.company_id
  LEFT JOIN thread ON thread.id = message.thread_id
  JOIN withheld ON withheld.message_id = message.id
  JOIN placement ON placement.message_id = message.id
  JOIN folder ON folder.id = placement.folder_id
 WHERE message.direction = 'out'
   AND message.historical = 0
   AND message.recorded_at >= $1
   AND message.recorded_at < $2
 ORDER BY message.recorded_at, message.id
 LIMIT $3";

    LIST_WAITING(2) = "
SELECT draft.account_id, draft.placed_at, COALESCE(contact.address, ''), COALESCE(contact.name, ''), COALESCE(company.name, ''),
       thread.subject, COALESCE(contact.owner, ''), COALESCE(company.owner, ''), thread.owner
  FROM draft
  JOIN thread ON thread.id = draft.thread_id
  LEFT JOIN contact ON contact.id = thread.contact_id
  LEFT JOIN company ON company.id = contact.company_id
 WHERE draft.account_id = $1
   AND draft.state = 'ours'
   AND draft.place <> ''
 ORDER BY draft.placed_at, draft.id
 LIMIT $2";

    LIST_SET_ASIDE(4) = "
SELECT quarantine.account_id, quarantine.at, folder.wire_name
  FROM quarantine
  JOIN folder ON folder.id = quarantine.folder_id
 WHERE quarantine.account_id = $1
   AND quarantine.at >= $2
   AND quarantine.at < $3
   AND quarantine.reason <> 'erased'
 ORDER BY quarantine.at, quarantine.id
 LIMIT $4";

    ADD_WITHHELD(3) = "
INSERT INTO withheld (message_id, letter, language)
VALUES ($1, $2, $3)
ON CONFLICT (message_id) DO UPDATE
   SET letter = excluded.letter, language = excluded.language";

    /// What was kept back last because of a mail of the thread.
    FIND_WITHHELD(1) = "
SELECT withheld.letter
  FROM withheld
  JOIN message ON message.id = withheld.message_id
 WHERE message.thread_id = $1
 ORDER BY message.id DESC
 LIMIT 1";

    ERASE_WITHHELD(1) = "
DELETE FROM withheld
 WHERE message_id = $1";

    COUNT_SENT_LATE(2) = "
SELECT COUNT(*)
  FROM delivery
 WHERE state = 'sent'
   AND changed_at >= $2
   AND due_at >= $1
   AND due_at < $2";

    /// What a person dropped was looked at by a person.
    COUNT_GIVEN_UP(0) = "
SELECT state, COUNT(*)
  FROM act
 WHERE kind IN ('draft', 'tell', 'warn', 'withdraw', 'take_back', 'superseded', 'daily', 'alarm', 'answer', 'file_sent')
   AND state IN ('gave_up', 'uncertain')
   AND why <> 'dropped by a person after a restore'
 GROUP BY state";

    COUNT_OPEN_DELIVERIES(0) = "
SELECT COUNT(*)
  FROM delivery
 WHERE state IN ('failed', 'uncertain', 'missed')";

    LIST_UNDELIVERED(2) = "
SELECT id, effect_key, payload
  FROM act
 WHERE kind = 'daily'
   AND state = 'due'
   AND (claimed_until IS NULL OR claimed_until < $1)
 ORDER BY id
 LIMIT $2";

    /// Nobody is at work on it, and nobody will be.
    MARK_DROPPED(3) = "
UPDATE act
   SET state = 'done', done_at = $2, why = $3, claimed_until = NULL, claimed_by = '', payload = '{}'
 WHERE id = $1
   AND state = 'due'
   AND (claimed_until IS NULL OR claimed_until < $2)";

    COUNT_DUE(0) = "
SELECT COUNT(*)
  FROM act
 WHERE kind IN ('draft', 'tell', 'warn', 'withdraw', 'take_back', 'superseded', 'daily', 'alarm', 'answer', 'file_sent')
   AND state = 'due'";
}

/// Mail that was recorded from `since` on and before `until`, history left out, oldest first, each with everywhere it lay.
pub async fn list_arrived(session: &mut Session, since: Moment, until: Moment) -> Result<Vec<Arrived>, BooksError> {
    let rows = session.rows(&LIST_ARRIVED, &[since.into(), until.into(), ARRIVED_MAX.into()]).await?;
    read_all_arrived(&rows)
}

/// Mail of our own recorded in that time because of which observe mode kept something back, oldest first.
pub async fn list_answered(session: &mut Session, since: Moment, until: Moment) -> Result<Vec<Arrived>, BooksError> {
    let rows = session.rows(&LIST_ANSWERED, &[since.into(), until.into(), ARRIVED_MAX.into()]).await?;
    read_all_arrived(&rows)
}

/// One mail for all the rows of places where it lies.
fn read_all_arrived(rows: &[Row]) -> Result<Vec<Arrived>, BooksError> {
    let mut arrived: Vec<(i64, Arrived)> = Vec::new();
    for row in rows {
        let id = row.int(0)?;
        let place = lies_in(row)?;
        match arrived.last_mut() {
            Some((last, mail)) if *last == id => mail.places.push(place),
            _ => arrived.push((id, read_arrived(row, place)?)),
        }
    }
    Ok(arrived.into_iter().map(|(_, mail)| mail).collect())
}

/// Drafts of ours that wait in an account, oldest first.
pub async fn list_waiting(session: &mut Session, account: AccountId) -> Result<Vec<Waiting>, BooksError> {
    let read = |row: &Row| {
        Ok(Waiting {
            account: AccountId(row.int(0)?),
            placed_at: row.moment(1)?,
            who: person(row.known_text(2)?, row.known_text(3)?),
            company: row.known_text(4)?,
            subject: row.text(5)?,
            owners: owners(row, [6, 7, 8])?,
        })
    };
    session.rows(&LIST_WAITING, &[account.into(), WAITING_MAX.into()]).await?.iter().map(read).collect()
}

/// Mail of an account that was set aside in that time, oldest first; what was erased for good is nobody's concern.
pub async fn list_set_aside(session: &mut Session, account: AccountId, since: Moment, until: Moment) -> Result<Vec<SetAside>, BooksError> {
    let read = |row: &Row| Ok(SetAside { account: AccountId(row.int(0)?), at: row.moment(1)?, folder: row.text(2)? });
    let values = [account.into(), since.into(), until.into(), SET_ASIDE_MAX.into()];
    session.rows(&LIST_SET_ASIDE, &values).await?.iter().map(read).collect()
}

/// Observe mode kept this act back.
pub async fn add_withheld(session: &mut Session, message: MessageRow, act: &Act) -> Result<(), BooksError> {
    let (letter, language) = match act {
        Act::Draft(order) | Act::Answer(order) => (order.letter.file(), order.language),
        Act::Tell(order) => (NOTE, order.language),
        Act::Warn(order) => (NOTE, order.language),
        Act::Superseded(order) => (SUPERSEDED, order.language),
        // Nobody reads words of it.
        Act::Withdraw => (WITHDRAW, Language::ENGLISH),
        Act::TakeBack { .. } | Act::Daily(_) | Act::Alarm(_) | Act::FileSent { .. } => return Ok(()),
    };
    session.run(&ADD_WITHHELD, &[message.into(), letter.into(), language.code().into()]).await.map(|_| ())
}

/// Whether the last that observe mode kept back in a thread is a draft: one that would wait there now.
pub async fn has_withheld_draft(session: &mut Session, thread: ThreadId) -> Result<bool, BooksError> {
    let letter = session.row(&FIND_WITHHELD, &[thread.into()]).await?.map(|row| row.text(0)).transpose()?;
    Ok(letter.is_some_and(|letter| LetterName::parse(&letter).is_some()))
}

/// Nothing is kept back any more: a copy in another mailbox got its answer.
pub async fn erase_withheld(session: &mut Session, message: MessageRow) -> Result<(), BooksError> {
    session.run(&ERASE_WITHHELD, &[message.into()]).await.map(|_| ())
}

/// What should have been sent between two moments and was sent after them.
pub async fn count_sent_late(session: &mut Session, from: Moment, to: Moment) -> Result<i64, BooksError> {
    session.row(&COUNT_SENT_LATE, &[from.into(), to.into()]).await?.map_or(Ok(0), |row| row.int(0))
}

/// A daily mail that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    pub id: ActId,
    pub effect_key: String,
    pub payload: String,
}

/// Daily mails that nobody is putting anywhere right now, oldest first.
pub async fn list_undelivered(session: &mut Session, now: Moment) -> Result<Vec<Undelivered>, BooksError> {
    let read = |row: &Row| Ok(Undelivered { id: ActId(row.int(0)?), effect_key: row.text(1)?, payload: row.text(2)? });
    session.rows(&LIST_UNDELIVERED, &[now.into(), UNDELIVERED_MAX.into()]).await?.iter().map(read).collect()
}

/// A daily mail that waits has lost its point; `false` when somebody is at work on it, or it ended.
pub async fn mark_dropped(session: &mut Session, act: ActId, at: Moment, why: &str) -> Result<bool, BooksError> {
    Ok(session.run(&MARK_DROPPED, &[act.into(), at.into(), why.into()]).await? > 0)
}

/// Acts and deliveries that only a person can bring further.
pub async fn count_given_up(session: &mut Session) -> Result<i64, BooksError> {
    let acts = session.rows(&COUNT_GIVEN_UP, &[]).await?.iter().map(|row| row.int(1)).sum::<Result<i64, _>>()?;
    Ok(acts + session.row(&COUNT_OPEN_DELIVERIES, &[]).await?.map_or(Ok(0), |row| row.int(0))?)
}

/// Acts that wait.
pub async fn count_due(session: &mut Session) -> Result<i64, BooksError> {
    session.row(&COUNT_DUE, &[]).await?.map_or(Ok(0), |row| row.int(0))
}

fn read_arrived(row: &Row, place: LiesIn) -> Result<Arrived, BooksError> {
    let language = row.known_word(13, Language::parse)?;
    let withheld = match (row.text(12)?.as_str(), language) {
        (_, None) => None,
        (NOTE, Some(_)) => Some(Withheld::Note),
        (SUPERSEDED, Some(_)) => Some(Withheld::Superseded),
        (WITHDRAW, Some(_)) => Some(Withheld::Withdraw),
        (_, Some(language)) => Some(Withheld::Draft { letter: row.word(12, LetterName::parse)?, language }),
    };
    Ok(Arrived {
        recorded_at: row.moment(1)?,
        sent_at: row.opt_moment(2)?,
        who: person(row.known_text(3)?, row.known_text(4)?),
        company: row.known_text(11)?,
        subject: row.text(5)?,
        intent: row.known_word(6, Intent::parse)?,
        is_automatic: row.known_text(7)?.is_some_and(|kind| kind != "list"),
        owners: owners(row, [8, 9, 10])?,
        places: vec![place],
        withheld,
    })
}

fn lies_in(row: &Row) -> Result<LiesIn, BooksError> {
    Ok(LiesIn {
        account: AccountId(row.int(14)?),
        is_gone: row.opt_moment(15)?.is_some(),
        is_junk: row.text(16)? == "junk",
        folder: row.text(17)?,
    })
}

fn person(address: Option<String>, name: Option<String>) -> NamedAddress {
    NamedAddress { name, address: address.and_then(|address| EmailAddress::parse(&address).ok()) }
}

fn owners(row: &Row, columns: [usize; 3]) -> Result<Vec<EmailAddress>, BooksError> {
    let mut owners = Vec::new();
    for column in columns {
        owners.extend(row.known_text(column)?.and_then(|address| EmailAddress::parse(&address).ok()));
    }
    Ok(owners)
}
