//! Conversations with one customer about one matter.

mod candidates;

use super::keys::bounded;
use super::messages::Direction;
use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{CompanyId, ContactId, EmailAddress, Moment, ThreadId};

pub(in crate::record) use candidates::STATEMENTS as CANDIDATE_STATEMENTS;
pub use candidates::{CANDIDATES_MAX, Traces, list_candidates};

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    pub id: ThreadId,
    pub contact: Option<ContactId>,
    pub company: Option<CompanyId>,
    pub subject: String,
    /// The base subject folded, as it is looked up.
    pub subject_key: String,
    /// The member who looks after it.
    pub owner: Option<EmailAddress>,
    pub opened_at: Moment,
    pub last_at: Moment,
    /// When the customer wrote last.
    pub last_inbound_at: Option<Moment>,
}

/// A conversation to open.
#[derive(Debug, Clone, Copy)]
pub struct NewThread<'a> {
    pub contact: Option<ContactId>,
    pub company: Option<CompanyId>,
    pub subject: &'a str,
    pub subject_key: &'a str,
    pub owner: Option<&'a EmailAddress>,
    /// When its first message was sent.
    pub opened_at: Moment,
}

statements! { STATEMENTS;
    FIND(1) = "
SELECT id, contact_id, company_id, subject, subject_key, owner, opened_at, last_at, last_inbound_at
  FROM thread
 WHERE id = $1";

    ADD(7) = "
INSERT INTO thread (id, contact_id, company_id, subject, subject_key, owner, opened_at, last_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";

    /// Mail arrives in any order, so both ends may move.
    MARK_ACTIVITY(2) = "
UPDATE thread
   SET opened_at = CASE WHEN opened_at > $2 THEN $2 ELSE opened_at END,
       last_at = CASE WHEN last_at < $2 THEN $2 ELSE last_at END
 WHERE id = $1
   AND (opened_at > $2 OR last_at < $2)";

    MARK_INBOUND(2) = "
UPDATE thread
   SET last_inbound_at = $2
 WHERE id = $1
   AND (last_inbound_at IS NULL OR last_inbound_at < $2)";

    MARK_OWNER(2) = "
UPDATE thread
   SET owner = $2
 WHERE id = $1";

    /// Who it is with may become known after it began.
    MARK_CUSTOMER(3) = "
UPDATE thread
   SET contact_id = COALESCE(contact_id, $2), company_id = COALESCE(company_id, $3)
 WHERE id = $1";
}

/// The thread of that number.
pub async fn find(session: &mut Session, id: ThreadId) -> Result<Option<Thread>, BooksError> {
    session.row(&FIND, &[id.into()]).await?.as_ref().map(read).transpose()
}

/// Opens a thread. Its messages are then marked with [`mark_activity`], the first one too.
pub async fn add(session: &mut Session, new: &NewThread<'_>) -> Result<ThreadId, BooksError> {
    let id = ThreadId(session.next_id().await?);
    let values = [
        id.into(),
        new.contact.into(),
        new.company.into(),
        new.subject.into(),
        bounded(new.subject_key).into(),
        new.owner.map_or("", EmailAddress::as_str).into(),
        new.opened_at.into(),
    ];
    session.run(&ADD, &values).await?;
    Ok(id)
}

/// A message of that moment belongs to the thread.
pub async fn mark_activity(session: &mut Session, id: ThreadId, at: Moment, direction: Direction) -> Result<(), BooksError> {
    session.run(&MARK_ACTIVITY, &[id.into(), at.into()]).await?;
    if direction == Direction::In {
        session.run(&MARK_INBOUND, &[id.into(), at.into()]).await?;
    }
    Ok(())
}

/// That member looks after the thread from now on.
pub async fn mark_owner(session: &mut Session, id: ThreadId, owner: &EmailAddress) -> Result<(), BooksError> {
    session.run(&MARK_OWNER, &[id.into(), owner.as_str().into()]).await.map(|_| ())
}

/// It became known who the thread is with; what was known before stays.
pub async fn mark_customer(
    session: &mut Session,
    id: ThreadId,
    contact: Option<ContactId>,
    company: Option<CompanyId>,
) -> Result<(), BooksError> {
    session.run(&MARK_CUSTOMER, &[id.into(), contact.into(), company.into()]).await.map(|_| ())
}

fn read(row: &Row) -> Result<Thread, BooksError> {
    Ok(Thread {
        id: ThreadId(row.int(0)?),
        contact: row.opt_int(1)?.map(ContactId),
        company: row.opt_int(2)?.map(CompanyId),
        subject: row.text(3)?,
        subject_key: row.text(4)?,
        owner: row.known_word(5, |text| EmailAddress::parse(text).ok())?,
        opened_at: row.moment(6)?,
        last_at: row.moment(7)?,
        last_inbound_at: row.opt_moment(8)?,
    })
}
