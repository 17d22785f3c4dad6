//! Where firms' money goes, as mails told it.

use super::keys::bounded;
use super::statement::Row;
use super::{BooksError, Session};
use crate::link::guard::KnownBank;
use crate::types::{CompanyId, ContactId, MessageRow, Moment};

/// Details given of one party.
const DETAILS_MAX: i64 = 200;

statements! { STATEMENTS;
    LIST_OF_COMPANY(2) = "
SELECT kind, detail_key, written, state
  FROM bank_detail
 WHERE company_id = $1
 ORDER BY id
 LIMIT $2";

    LIST_OF_CONTACT(2) = "
SELECT kind, detail_key, written, state
  FROM bank_detail
 WHERE contact_id = $1
 ORDER BY id
 LIMIT $2";

    LIST_OURS(1) = "
SELECT kind, detail_key, written, state
  FROM bank_detail
 WHERE ours = 1
 ORDER BY id
 LIMIT $1";

    ADD(10) = "
INSERT INTO bank_detail (id, company_id, contact_id, ours, kind, detail_key, written, state, message_id, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

    MARK_COMPANY_KNOWN(1) = "
UPDATE bank_detail
   SET state = 'first_seen'
 WHERE company_id = $1
   AND state = 'doubted'";

    MARK_CONTACT_KNOWN(1) = "
UPDATE bank_detail
   SET state = 'first_seen'
 WHERE contact_id = $1
   AND state = 'doubted'";
}

/// Whose account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    Company(CompanyId),
    /// Of nobody's firm.
    Contact(ContactId),
    Ours,
}

/// Whether a detail may be held against others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BankState {
    /// Nothing spoke against it when it was first seen.
    FirstSeen,
    /// It differed from what was known, or came in a mail that was not to be trusted.
    Doubted,
}

impl BankState {
    /// The name books and scripts use.
    pub fn name(self) -> &'static str {
        match self {
            BankState::FirstSeen => "first_seen",
            BankState::Doubted => "doubted",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [BankState::FirstSeen, BankState::Doubted].into_iter().find(|state| state.name() == name)
    }
}

/// All that was seen of a party, oldest first.
pub async fn list(session: &mut Session, party: Party) -> Result<Vec<(KnownBank, BankState)>, BooksError> {
    let rows = match party {
        Party::Company(company) => session.rows(&LIST_OF_COMPANY, &[company.into(), DETAILS_MAX.into()]).await?,
        Party::Contact(contact) => session.rows(&LIST_OF_CONTACT, &[contact.into(), DETAILS_MAX.into()]).await?,
        Party::Ours => session.rows(&LIST_OURS, &[DETAILS_MAX.into()]).await?,
    };
    rows.iter().map(read).collect()
}

/// Notes a detail that was not seen of this party before: ask [`list()`] first, in the same session.
pub async fn add(
    session: &mut Session,
    party: Party,
    detail: &KnownBank,
    state: BankState,
    message: MessageRow,
    at: Moment,
) -> Result<(), BooksError> {
    let (company, contact) = match party {
        Party::Company(company) => (Some(company), None),
        Party::Contact(contact) => (None, Some(contact)),
        Party::Ours => (None, None),
    };
    let values = [
        session.next_id().await?.into(),
        company.into(),
        contact.into(),
        (party == Party::Ours).into(),
        detail.kind.into(),
        bounded(&detail.key).into(),
        detail.written.as_str().into(),
        state.name().into(),
        message.into(),
        at.into(),
    ];
    session.run(&ADD, &values).await.map(|_| ())
}

/// A member looked into it: nothing of this party is doubted any more; how many details were. Of our own none ever is.
pub async fn mark_known(session: &mut Session, party: Party) -> Result<u64, BooksError> {
    match party {
        Party::Company(company) => session.run(&MARK_COMPANY_KNOWN, &[company.into()]).await,
        Party::Contact(contact) => session.run(&MARK_CONTACT_KNOWN, &[contact.into()]).await,
        Party::Ours => Ok(0),
    }
}

fn read(row: &Row) -> Result<(KnownBank, BankState), BooksError> {
    let kind = row.word(0, |name| ["iban", "account", "bic", "beneficiary"].into_iter().find(|kind| *kind == name))?;
    Ok((KnownBank { kind, key: row.text(1)?, written: row.text(2)? }, row.word(3, BankState::parse)?))
}
