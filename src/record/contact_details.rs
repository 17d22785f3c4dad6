//! What else is known of a person: office, website, postal address, time zone, telephones.

use super::keys::bounded;
use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{ContactId, Moment};

/// Telephones kept of one person.
const PHONES_MAX: usize = 8;
/// Details given of one person.
const DETAILS_MAX: i64 = 50;

statements! { STATEMENTS;
    LIST(2) = "
SELECT kind, value, e164
  FROM contact_detail
 WHERE contact_id = $1
 ORDER BY kind, value
 LIMIT $2";

    ADD(6) = "
INSERT INTO contact_detail (contact_id, kind, value, e164, source, learned_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (contact_id, kind, value) DO NOTHING";
}

/// What a detail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DetailKind {
    Title,
    Website,
    /// A postal address on one line.
    Address,
    /// An IANA name.
    TimeZone,
    Office,
    Mobile,
    WhatsApp,
    Fax,
}

impl DetailKind {
    /// All kinds, in the order people read them.
    pub const ALL: [DetailKind; 8] = [
        DetailKind::Title,
        DetailKind::Office,
        DetailKind::Mobile,
        DetailKind::WhatsApp,
        DetailKind::Fax,
        DetailKind::Website,
        DetailKind::Address,
        DetailKind::TimeZone,
    ];

    /// The name books and scripts use.
    pub fn name(self) -> &'static str {
        match self {
            DetailKind::Title => "title",
            DetailKind::Website => "website",
            DetailKind::Address => "address",
            DetailKind::TimeZone => "time_zone",
            DetailKind::Office => "office",
            DetailKind::Mobile => "mobile",
            DetailKind::WhatsApp => "whatsapp",
            DetailKind::Fax => "fax",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is a telephone number, of which a person may have several.
    pub fn is_phone(self) -> bool {
        matches!(self, DetailKind::Office | DetailKind::Mobile | DetailKind::WhatsApp | DetailKind::Fax)
    }
}

/// One thing known of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    pub kind: DetailKind,
    /// As it was written.
    pub value: String,
    /// A telephone number as it is dialled from anywhere, `+49401234567`; `None` where that is not certain.
    pub e164: Option<String>,
}

/// All that is known of a person.
pub async fn list(session: &mut Session, contact: ContactId) -> Result<Vec<Detail>, BooksError> {
    session.rows(&LIST, &[contact.into(), DETAILS_MAX.into()]).await?.iter().map(read).collect()
}

/// A mail told something about this person: it fills what is empty, adds telephones, and never overwrites.
pub async fn mark_learned(session: &mut Session, contact: ContactId, told: &[Detail], source: &str, at: Moment) -> Result<(), BooksError> {
    if told.is_empty() {
        return Ok(());
    }
    let mut known = list(session, contact).await?;
    for detail in told {
        let phones = known.iter().filter(|one| one.kind.is_phone()).count();
        let is_known = known.iter().any(|one| one.kind == detail.kind && (!detail.kind.is_phone() || is_same_number(one, detail)));
        if is_known || detail.kind.is_phone() && phones >= PHONES_MAX {
            continue;
        }
        let values = [
            contact.into(),
            detail.kind.name().into(),
            bounded(&detail.value).into(),
            detail.e164.as_deref().unwrap_or("").into(),
            source.into(),
            at.into(),
        ];
        session.run(&ADD, &values).await?;
        known.push(detail.clone());
    }
    Ok(())
}

fn is_same_number(one: &Detail, other: &Detail) -> bool {
    let digits = |detail: &Detail| detail.value.chars().filter(|c| c.is_numeric()).collect::<String>();
    one.e164.is_some() && one.e164 == other.e164 || digits(one) == digits(other)
}

fn read(row: &Row) -> Result<Detail, BooksError> {
    Ok(Detail { kind: row.word(0, DetailKind::parse)?, value: row.text(1)?, e164: row.known_text(2)? })
}
