//! Watched mailboxes.

use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{AccountId, EmailAddress, Moment};

/// A watched mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// Its name in the configuration.
    pub name: String,
    pub address: EmailAddress,
    /// Until then everything found in it is history.
    pub first_look_done_at: Option<Moment>,
}

statements! { STATEMENTS;
    FIND(1) = "
SELECT id, name, address, first_look_done_at
  FROM account
 WHERE name = $1";

    LIST(0) = "
SELECT id, name, address, first_look_done_at
  FROM account
 ORDER BY name";

    ADD(3) = "
INSERT INTO account (id, name, address)
VALUES ($1, $2, $3)";

    MARK_ADDRESS(2) = "
UPDATE account
   SET address = $2
 WHERE id = $1";

    MARK_FIRST_LOOK_DONE(2) = "
UPDATE account
   SET first_look_done_at = $2
 WHERE id = $1
   AND first_look_done_at IS NULL";
}

/// The account of that name, added when the books do not know it; its address follows the configuration.
pub async fn find_or_add(session: &mut Session, name: &str, address: &EmailAddress) -> Result<Account, BooksError> {
    if let Some(row) = session.row(&FIND, &[name.into()]).await? {
        let mut account = read(&row)?;
        if account.address != *address {
            session.run(&MARK_ADDRESS, &[account.id.into(), address.as_str().into()]).await?;
            account.address = address.clone();
        }
        return Ok(account);
    }
    let id = AccountId(session.next_id().await?);
    session.run(&ADD, &[id.into(), name.into(), address.as_str().into()]).await?;
    Ok(Account { id, name: name.to_owned(), address: address.clone(), first_look_done_at: None })
}

/// All accounts, also those the configuration no longer names.
pub async fn list(session: &mut Session) -> Result<Vec<Account>, BooksError> {
    session.rows(&LIST, &[]).await?.iter().map(read).collect()
}

/// The first look at the mailbox is over: what comes from now on is new mail. The first such moment stays.
pub async fn mark_first_look_done(session: &mut Session, id: AccountId, at: Moment) -> Result<(), BooksError> {
    session.run(&MARK_FIRST_LOOK_DONE, &[id.into(), at.into()]).await.map(|_| ())
}

fn read(row: &Row) -> Result<Account, BooksError> {
    Ok(Account {
        id: AccountId(row.int(0)?),
        name: row.text(1)?,
        address: row.word(2, |text| EmailAddress::parse(text).ok())?,
        first_look_done_at: row.opt_moment(3)?,
    })
}
