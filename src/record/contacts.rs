//! People outside the team.

use super::keys::bounded;
use super::statement::{Row, Value};
use super::{BooksError, Session};
use crate::link::KnownContact;
use crate::link::guard::person_key;
use crate::types::{CompanyId, ContactId, Country, EmailAddress, Language, Moment};

/// What may become known about a person; `None` says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct ContactDetails<'a> {
    pub name: Option<&'a str>,
    pub company: Option<CompanyId>,
    pub country: Option<Country>,
    pub language: Option<Language>,
    pub owner: Option<&'a EmailAddress>,
}

/// A person to enter.
#[derive(Debug, Clone, Copy)]
pub struct NewContact<'a> {
    pub address: &'a EmailAddress,
    pub details: ContactDetails<'a>,
    /// Where they were found: `mail`, `sent`, `form`, `forward`, `import`.
    pub source: &'a str,
    pub seen_at: Moment,
}

statements! { STATEMENTS;
    FIND_BY_ID(1) = "
SELECT id, address, name, company_id, country, language, owner
  FROM contact
 WHERE id = $1";

    FIND_BY_KEY(1) = "
SELECT id, address, name, company_id, country, language, owner
  FROM contact
 WHERE address_key = $1";

    LIST(1) = "
SELECT id, address, name, company_id, country, language, owner
  FROM contact
 ORDER BY address_key
 LIMIT $1";

    COUNT(0) = "
SELECT COUNT(*)
  FROM contact";

    /// People of one name, those known longest first.
    LIST_BY_NAME_KEY(2) = "
SELECT id, address, name, company_id, country, language, owner
  FROM contact
 WHERE name_key = $1
 ORDER BY id
 LIMIT $2";

    ADD(11) = "
INSERT INTO contact (id, address, address_key, name, company_id, country, language, owner, source, first_seen_at, last_seen_at, name_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)";

    /// History is read in any order, so both ends may move.
    MARK_SEEN(2) = "
UPDATE contact
   SET first_seen_at = CASE WHEN first_seen_at > $2 THEN $2 ELSE first_seen_at END,
       last_seen_at = CASE WHEN last_seen_at < $2 THEN $2 ELSE last_seen_at END
 WHERE id = $1
   AND (first_seen_at > $2 OR last_seen_at < $2)";

    /// What a mail tells fills gaps and never overwrites.
    MARK_LEARNED(7) = "
UPDATE contact
   SET name_key = CASE WHEN name = '' THEN $7 ELSE name_key END,
       name = CASE WHEN name = '' THEN $2 ELSE name END,
       company_id = COALESCE(company_id, $3),
       country = CASE WHEN country = '' THEN $4 ELSE country END,
       language = CASE WHEN language = '' THEN $5 ELSE language END,
       owner = CASE WHEN owner = '' THEN $6 ELSE owner END
 WHERE id = $1";

    /// What a person tells overwrites.
    MARK_TOLD(7) = "
UPDATE contact
   SET name_key = CASE WHEN $2 = '' THEN name_key ELSE $7 END,
       name = CASE WHEN $2 = '' THEN name ELSE $2 END,
       company_id = COALESCE($3, company_id),
       country = CASE WHEN $4 = '' THEN country ELSE $4 END,
       language = CASE WHEN $5 = '' THEN language ELSE $5 END,
       owner = CASE WHEN $6 = '' THEN owner ELSE $6 END
 WHERE id = $1";
}

/// The person of that number.
pub async fn find_by_id(session: &mut Session, id: ContactId) -> Result<Option<KnownContact>, BooksError> {
    session.row(&FIND_BY_ID, &[id.into()]).await?.as_ref().map(read).transpose()
}

/// The person with that address, however it is spelled ([`EmailAddress::folded`]).
pub async fn find_by_key(session: &mut Session, address: &EmailAddress) -> Result<Option<KnownContact>, BooksError> {
    session.row(&FIND_BY_KEY, &[bounded(&address.folded()).into()]).await?.as_ref().map(read).transpose()
}

/// People by address.
pub async fn list(session: &mut Session, limit: i64) -> Result<Vec<KnownContact>, BooksError> {
    session.rows(&LIST, &[limit.into()]).await?.iter().map(read).collect()
}

/// How many people are known.
pub async fn count(session: &mut Session) -> Result<i64, BooksError> {
    session.row(&COUNT, &[]).await?.map_or(Ok(0), |row| row.int(0))
}

/// Enters a person. Their address must be new: ask [`find_by_key`] first, in the same session.
pub async fn add(session: &mut Session, new: &NewContact<'_>) -> Result<ContactId, BooksError> {
    let id = ContactId(session.next_id().await?);
    let key = new.address.folded();
    let [name, company, country, language, owner] = values(&new.details);
    let address = new.address.as_str().into();
    let name_key = name_key(&new.details);
    let values = [
        id.into(),
        address,
        bounded(&key).into(),
        name,
        company,
        country,
        language,
        owner,
        new.source.into(),
        new.seen_at.into(),
        bounded(&name_key).into(),
    ];
    session.run(&ADD, &values).await?;
    Ok(id)
}

/// A mail of that moment came from or went to this person.
pub async fn mark_seen(session: &mut Session, id: ContactId, at: Moment) -> Result<(), BooksError> {
    session.run(&MARK_SEEN, &[id.into(), at.into()]).await.map(|_| ())
}

/// A mail told something about this person: it fills gaps and never overwrites.
pub async fn mark_learned(session: &mut Session, id: ContactId, details: &ContactDetails<'_>) -> Result<(), BooksError> {
    let [name, company, country, language, owner] = values(details);
    let name_key = name_key(details);
    session.run(&MARK_LEARNED, &[id.into(), name, company, country, language, owner, bounded(&name_key).into()]).await.map(|_| ())
}

/// A member or an imported list told something about this person: it overwrites.
pub async fn mark_told(session: &mut Session, id: ContactId, details: &ContactDetails<'_>) -> Result<(), BooksError> {
    let [name, company, country, language, owner] = values(details);
    let name_key = name_key(details);
    session.run(&MARK_TOLD, &[id.into(), name, company, country, language, owner, bounded(&name_key).into()]).await.map(|_| ())
}

/// The people whose full name that is ([`person_key`]), at most so many.
pub async fn list_by_name(session: &mut Session, name_key: &str, limit: i64) -> Result<Vec<KnownContact>, BooksError> {
    // A damaged row is told where its own contact is wanted; it must not keep other people's mail from being read.
    let rows = session.rows(&LIST_BY_NAME_KEY, &[bounded(name_key).into(), limit.into()]).await?;
    Ok(rows.iter().filter_map(|row| read(row).ok()).collect())
}

fn name_key(details: &ContactDetails<'_>) -> String {
    details.name.and_then(person_key).unwrap_or_default()
}

fn values<'a>(details: &'a ContactDetails<'a>) -> [Value<'a>; 5] {
    [
        details.name.unwrap_or("").into(),
        details.company.into(),
        details.country.as_ref().map_or("", Country::code).into(),
        details.language.map_or("", Language::code).into(),
        details.owner.map_or("", EmailAddress::as_str).into(),
    ]
}

fn read(row: &Row) -> Result<KnownContact, BooksError> {
    Ok(KnownContact {
        id: ContactId(row.int(0)?),
        address: row.word(1, |text| EmailAddress::parse(text).ok())?,
        name: row.known_text(2)?,
        company: row.opt_int(3)?.map(CompanyId),
        country: row.known_word(4, Country::parse)?,
        language: row.known_word(5, Language::parse)?,
        owner: row.known_word(6, |text| EmailAddress::parse(text).ok())?,
    })
}
