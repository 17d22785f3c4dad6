//! Customers' firms.

use super::keys::bounded;
use super::statement::Row;
use super::{BooksError, Session, domains};
use crate::link::KnownCompany;
use crate::types::{CompanyId, Country, EmailAddress, Language};

/// A firm to enter.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewCompany<'a> {
    pub name: &'a str,
    /// The name folded, as it is looked up.
    pub name_key: &'a str,
    /// The registrable domain; `None` for free mail.
    pub domain: Option<&'a str>,
    pub country: Option<Country>,
    pub language: Option<Language>,
    pub owner: Option<&'a EmailAddress>,
}

statements! { STATEMENTS;
    FIND_BY_ID(1) = "
SELECT id, name, domain, country, language, owner
  FROM company
 WHERE id = $1";

    FIND_BY_DOMAIN(1) = "
SELECT id, name, domain, country, language, owner
  FROM company
 WHERE domain = $1";

    /// Two firms may share a name; the one known longest is meant.
    FIND_BY_NAME_KEY(1) = "
SELECT id, name, domain, country, language, owner
  FROM company
 WHERE name_key = $1
 ORDER BY id
 LIMIT 1";

    LIST(1) = "
SELECT id, name, domain, country, language, owner
  FROM company
 ORDER BY name_key, id
 LIMIT $1";

    MARK_NAME(3) = "
UPDATE company
   SET name = $2, name_key = $3
 WHERE id = $1";

    /// Until somebody tells the firm's name, its domain names it.
    MARK_NAMED(3) = "
UPDATE company
   SET name = $2, name_key = $3
 WHERE id = $1
   AND name = domain";

    MARK_COUNTRY(2) = "
UPDATE company
   SET country = $2
 WHERE id = $1
   AND country = ''";

    ADD(7) = "
INSERT INTO company (id, name, name_key, domain, country, language, owner)
VALUES ($1, $2, $3, $4, $5, $6, $7)";
}

/// The firm of that number.
pub async fn find_by_id(session: &mut Session, id: CompanyId) -> Result<Option<KnownCompany>, BooksError> {
    session.row(&FIND_BY_ID, &[id.into()]).await?.as_ref().map(read).transpose()
}

/// The firm with that registrable domain.
pub async fn find_by_domain(session: &mut Session, domain: &str) -> Result<Option<KnownCompany>, BooksError> {
    session.row(&FIND_BY_DOMAIN, &[bounded(domain).into()]).await?.as_ref().map(read).transpose()
}

/// The firm of that folded name.
pub async fn find_by_name_key(session: &mut Session, name_key: &str) -> Result<Option<KnownCompany>, BooksError> {
    session.row(&FIND_BY_NAME_KEY, &[bounded(name_key).into()]).await?.as_ref().map(read).transpose()
}

/// Firms by name.
pub async fn list(session: &mut Session, limit: i64) -> Result<Vec<KnownCompany>, BooksError> {
    session.rows(&LIST, &[limit.into()]).await?.iter().map(read).collect()
}

/// Enters a firm. When its domain is known already, that firm is given instead and nothing changes.
pub async fn add(session: &mut Session, new: &NewCompany<'_>) -> Result<CompanyId, BooksError> {
    if let Some(domain) = new.domain
        && let Some(known) = find_by_domain(session, domain).await?
    {
        return Ok(known.id);
    }
    let id = CompanyId(session.next_id().await?);
    let values = [
        id.into(),
        new.name.into(),
        bounded(new.name_key).into(),
        new.domain.map(bounded).into(),
        new.country.as_ref().map_or("", Country::code).into(),
        new.language.map_or("", Language::code).into(),
        new.owner.map_or("", EmailAddress::as_str).into(),
    ];
    session.run(&ADD, &values).await?;
    if let Some(domain) = new.domain {
        domains::add(session, id, domain).await?;
    }
    Ok(id)
}

/// A mail told something about this firm: a name in place of its domain, its country. It never overwrites.
pub async fn mark_learned(
    session: &mut Session,
    id: CompanyId,
    name: Option<(&str, &str)>,
    country: Option<Country>,
) -> Result<(), BooksError> {
    if let Some((name, name_key)) = name.filter(|(name, key)| !name.is_empty() && !key.is_empty()) {
        session.run(&MARK_NAMED, &[id.into(), name.into(), bounded(name_key).into()]).await?;
    }
    if let Some(country) = country {
        session.run(&MARK_COUNTRY, &[id.into(), country.code().into()]).await?;
    }
    Ok(())
}

/// Somebody told the firm's name.
pub async fn mark_name(session: &mut Session, id: CompanyId, name: &str, name_key: &str) -> Result<(), BooksError> {
    session.run(&MARK_NAME, &[id.into(), name.into(), bounded(name_key).into()]).await.map(|_| ())
}

fn read(row: &Row) -> Result<KnownCompany, BooksError> {
    Ok(KnownCompany {
        id: CompanyId(row.int(0)?),
        name: row.text(1)?,
        domain: row.opt_text(2)?,
        country: row.known_word(3, Country::parse)?,
        language: row.known_word(4, Language::parse)?,
        owner: row.known_word(5, |text| EmailAddress::parse(text).ok())?,
    })
}
