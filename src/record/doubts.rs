//! Why contacts and firms were not to be trusted when they were new.

use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{CompanyId, ContactId, Moment};
use crate::understand::{Flag, FlagKind};

/// Doubts given of one contact or firm.
const DOUBTS_MAX: i64 = 20;

statements! { STATEMENTS;
    LIST_OF_CONTACT(2) = "
SELECT flag, found, known
  FROM doubt
 WHERE contact_id = $1
 ORDER BY id
 LIMIT $2";

    LIST_OF_COMPANY(2) = "
SELECT flag, found, known
  FROM doubt
 WHERE company_id = $1
 ORDER BY id
 LIMIT $2";

    ADD(7) = "
INSERT INTO doubt (id, contact_id, company_id, flag, found, known, since)
VALUES ($1, $2, $3, $4, $5, $6, $7)";

    ERASE_OF_CONTACT(1) = "
DELETE FROM doubt
 WHERE contact_id = $1";

    ERASE_OF_COMPANY(1) = "
DELETE FROM doubt
 WHERE company_id = $1";
}

/// Whom a doubt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Contact(ContactId),
    Company(CompanyId),
}

/// What was found of somebody who was new then.
pub async fn list(session: &mut Session, about: About) -> Result<Vec<Flag>, BooksError> {
    let rows = match about {
        About::Contact(contact) => session.rows(&LIST_OF_CONTACT, &[contact.into(), DOUBTS_MAX.into()]).await?,
        About::Company(company) => session.rows(&LIST_OF_COMPANY, &[company.into(), DOUBTS_MAX.into()]).await?,
    };
    rows.iter().map(read).collect()
}

/// Notes why somebody new is not to be trusted.
pub async fn add(session: &mut Session, about: About, flag: &Flag, since: Moment) -> Result<(), BooksError> {
    let (contact, company) = match about {
        About::Contact(contact) => (Some(contact), None),
        About::Company(company) => (None, Some(company)),
    };
    let id = session.next_id().await?;
    let values = [
        id.into(),
        contact.into(),
        company.into(),
        flag.name().into(),
        flag.found.as_str().into(),
        flag.known.as_str().into(),
        since.into(),
    ];
    session.run(&ADD, &values).await.map(|_| ())
}

/// A member said that they are genuine; how many doubts there were.
pub async fn erase(session: &mut Session, about: About) -> Result<u64, BooksError> {
    match about {
        About::Contact(contact) => session.run(&ERASE_OF_CONTACT, &[contact.into()]).await,
        About::Company(company) => session.run(&ERASE_OF_COMPANY, &[company.into()]).await,
    }
}

fn read(row: &Row) -> Result<Flag, BooksError> {
    Ok(Flag { kind: row.word(0, FlagKind::parse)?, found: row.text(1)?, known: row.text(2)? })
}
