//! The suppression list: who is not written to by itself any more, and why.
//!
//! It holds no address. A person or a domain is a tag under a key that lies in a file beside the configuration, so the list may stay when
//! everything else of somebody is erased, and whoever has the books alone can ask it for nobody. The key's own mark stands in the books:
//! under another key nobody on the list would be found, so whoever comes with another one is told, instead of everybody being written to.

use super::outbox::MailClass;
use super::settings;
use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{DeliveryId, DerivedKey, EmailAddress, MessageRow, Moment};

/// What the key of the list is derived for.
pub const PURPOSE: &str = "suppression 1";
/// Under which the books keep the mark of the key.
const KEY_MARK: &str = "suppression-key";
const KEY_MARK_DIGITS: usize = 16;
/// Labels of a domain that are asked about, from the right: whoever suppresses `acme.example` means `eu.acme.example` too.
const LABELS: std::ops::RangeInclusive<usize> = 2..=5;
/// Tags asked about at once: the person and the domains above.
const TAGS_PER_STATEMENT: usize = 5;

/// Why somebody is on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// A server said that the address will never work.
    HardBounce,
    /// Mail came back three times of the last five.
    SoftBounces,
    /// A reader complained to their provider.
    Complaint,
    /// They want no more mailings.
    Unsubscribe,
    /// They had everything about them erased.
    Erased,
    /// A person entered them.
    ByHand,
    /// They came with a list.
    Imported,
}

impl Reason {
    /// All reasons, the gravest first.
    pub const ALL: [Reason; 7] =
        [Reason::Erased, Reason::Complaint, Reason::HardBounce, Reason::ByHand, Reason::Imported, Reason::Unsubscribe, Reason::SoftBounces];

    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            Reason::HardBounce => "hard_bounce",
            Reason::SoftBounces => "soft_bounces",
            Reason::Complaint => "complaint",
            Reason::Unsubscribe => "unsubscribe",
            Reason::Erased => "erased",
            Reason::ByHand => "by_hand",
            Reason::Imported => "imported",
        }
    }

    /// The reason of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// What it means for mail of that class. Who left a mailing still gets an answer to their own question; and what a person writes goes,
    /// because they may know better.
    pub fn on(self, class: MailClass) -> Bar {
        match (class, self) {
            (MailClass::Team, _) => Bar::None,
            (MailClass::Letter, Reason::Unsubscribe | Reason::SoftBounces) => Bar::None,
            (MailClass::Letter, _) => Bar::Warns,
            (MailClass::Answer, Reason::Unsubscribe | Reason::SoftBounces) => Bar::None,
            (MailClass::Answer | MailClass::Bulk, _) => Bar::Stops,
        }
    }
}

/// What stands between a mail and its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bar {
    None,
    /// It goes, with a word to its writer.
    Warns,
    Stops,
}

/// What an entry speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    Person,
    Domain,
}

impl Scope {
    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Person => "person",
            Scope::Domain => "domain",
        }
    }

    /// The scope of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Scope::Person, Scope::Domain].into_iter().find(|scope| scope.name() == name)
    }
}

/// A person or a domain as the list knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Whom {
    pub scope: Scope,
    pub hash: [u8; 32],
}

/// The key under which the list is kept.
#[derive(Debug, Clone)]
pub struct ListKey(DerivedKey);

impl ListKey {
    /// The list's key, derived for [`PURPOSE`].
    pub fn new(key: DerivedKey) -> Self {
        Self(key)
    }

    /// A person: all spellings of an address are one ([`EmailAddress::folded`]).
    pub fn person(&self, address: &EmailAddress) -> Whom {
        let (local, domain) = (address.folded(), ascii(address.domain()));
        let local = local.rsplit_once('@').map_or("", |(local, _)| local);
        Whom { scope: Scope::Person, hash: self.0.tag(format!("person:{local}@{domain}").as_bytes()) }
    }

    /// A domain with everything below it.
    pub fn domain(&self, domain: &str) -> Whom {
        Whom { scope: Scope::Domain, hash: self.0.tag(format!("domain:{}", ascii(domain)).as_bytes()) }
    }

    /// By which the key is known again, and nothing else can be told.
    pub fn mark(&self) -> String {
        self.0.short_tag(b"mark", KEY_MARK_DIGITS)
    }

    /// Everything the list may know an address by: itself, and the domains it lies in.
    pub fn all_of(&self, address: &EmailAddress) -> Vec<Whom> {
        let domain = ascii(address.domain());
        let labels: Vec<&str> = domain.split('.').collect();
        let above = LABELS.filter_map(|len| labels.len().checked_sub(len).and_then(|from| labels.get(from..)));
        let mut all = vec![self.person(address)];
        all.extend(above.map(|labels| self.domain(&labels.join("."))));
        all
    }
}

/// A domain in A-labels and in small letters, so that both its spellings are one.
fn ascii(domain: &str) -> String {
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_lowercase())
}

/// Why somebody is entered.
#[derive(Debug, Clone, Copy)]
pub struct Grounds<'a> {
    pub reason: Reason,
    pub since: Moment,
    /// After this it counts no more.
    pub until: Option<Moment>,
    /// The mail that showed it.
    pub message: Option<MessageRow>,
    /// The mail of ours that it is about.
    pub delivery: Option<DeliveryId>,
    pub note: &'a str,
}

impl Grounds<'_> {
    /// Grounds that speak for themselves, for good.
    pub fn of(reason: Reason, since: Moment) -> Self {
        Self { reason, since, until: None, message: None, delivery: None, note: "" }
    }
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    pub whom: Whom,
    pub reason: Reason,
    pub since: Moment,
    pub until: Option<Moment>,
    pub message: Option<MessageRow>,
    pub delivery: Option<DeliveryId>,
    pub note: String,
}

/// Whether the list was kept under this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFit {
    /// Nobody was ever entered.
    Unused,
    Fits,
    /// Under this key nobody on the list can be found.
    Another,
}

statements! { STATEMENTS;
    /// Every hash is more than nothing.
    FIND_ANY(1) = "
SELECT scope
  FROM suppression
 WHERE hash > $1
 ORDER BY hash
 LIMIT 1";

    LIST_OF(6) = "
SELECT hash, scope, reason, since, until, message_id, delivery_id, note
  FROM suppression
 WHERE hash IN ($1, $2, $3, $4, $5)
   AND (until IS NULL OR until > $6)
 ORDER BY since, reason
 LIMIT 64";

    /// Of the same reason the first time counts, and the longer time.
    ADD(8) = "
INSERT INTO suppression (hash, scope, reason, since, until, message_id, delivery_id, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (hash, reason) DO UPDATE
   SET until = CASE WHEN suppression.until IS NULL OR excluded.until IS NULL THEN NULL
                    WHEN excluded.until > suppression.until THEN excluded.until
                    ELSE suppression.until END,
       note = CASE WHEN excluded.note = '' THEN suppression.note ELSE excluded.note END";

    ERASE(1) = "
DELETE FROM suppression
 WHERE hash = $1";

    ERASE_REASON(2) = "
DELETE FROM suppression
 WHERE hash = $1
   AND reason = $2";

    /// Every hash is more than nothing.
    ERASE_ALL(1) = "
DELETE FROM suppression
 WHERE hash > $1";

    LIST(1) = "
SELECT hash, scope, reason, since, until, message_id, delivery_id, note
  FROM suppression
 ORDER BY since DESC, hash, reason
 LIMIT $1";

    COUNT(0) = "
SELECT reason, scope, COUNT(*)
  FROM suppression
 GROUP BY reason, scope
 ORDER BY reason, scope";
}

/// Whether anybody is on the list: in most houses nobody is, and nothing need be asked.
pub async fn has_any(session: &mut Session) -> Result<bool, BooksError> {
    Ok(session.row(&FIND_ANY, &[[].as_slice().into()]).await?.is_some())
}

/// The mark of the key that the list was kept under; `None` when nobody was ever entered.
pub async fn find_mark(session: &mut Session) -> Result<Option<String>, BooksError> {
    settings::find(session, KEY_MARK).await
}

/// Empties the list, for its key is lost and nobody on it can be found again. From now on it is kept under this one, and a daemon that has
/// the lost one in its memory still uses it no more.
pub async fn begin_anew(session: &mut Session, key: &ListKey) -> Result<u64, BooksError> {
    let erased = session.run(&ERASE_ALL, &[[].as_slice().into()]).await?;
    settings::mark(session, KEY_MARK, &key.mark()).await?;
    Ok(erased)
}

/// Whether the list was kept under this key.
pub async fn find_key_fit(session: &mut Session, key: &ListKey) -> Result<KeyFit, BooksError> {
    Ok(match find_mark(session).await? {
        None => KeyFit::Unused,
        Some(mark) if mark == key.mark() => KeyFit::Fits,
        Some(_) => KeyFit::Another,
    })
}

/// Why an address is not to be written to, also for its domain's sake; empty when nothing speaks against it.
pub async fn find(session: &mut Session, key: &ListKey, address: &EmailAddress, now: Moment) -> Result<Vec<Suppression>, BooksError> {
    list_of(session, &key.all_of(address), now).await
}

/// The entries of these persons and domains that count now.
pub async fn list_of(session: &mut Session, whom: &[Whom], now: Moment) -> Result<Vec<Suppression>, BooksError> {
    let mut found = Vec::new();
    for chunk in whom.chunks(TAGS_PER_STATEMENT) {
        let Some(last) = chunk.last() else { continue };
        let mut values: Vec<_> = chunk.iter().map(|one| one.hash.as_slice().into()).collect();
        values.resize(TAGS_PER_STATEMENT, last.hash.as_slice().into());
        values.push(now.into());
        for row in session.rows(&LIST_OF, &values).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// Enters somebody; `false` when the list was kept under another key, and then nothing is entered. The first entry settles the key.
pub async fn add(session: &mut Session, key: &ListKey, whom: Whom, grounds: &Grounds<'_>) -> Result<bool, BooksError> {
    match find_key_fit(session, key).await? {
        KeyFit::Another => return Ok(false),
        KeyFit::Unused => settings::mark(session, KEY_MARK, &key.mark()).await?,
        KeyFit::Fits => {}
    }
    let values = [
        whom.hash.as_slice().into(),
        whom.scope.name().into(),
        grounds.reason.name().into(),
        grounds.since.into(),
        grounds.until.into(),
        grounds.message.into(),
        grounds.delivery.into(),
        grounds.note.into(),
    ];
    session.run(&ADD, &values).await?;
    Ok(true)
}

/// Takes somebody off the list, for whatever reason they were on it; `false` when they were not.
pub async fn erase(session: &mut Session, whom: Whom) -> Result<bool, BooksError> {
    Ok(session.run(&ERASE, &[whom.hash.as_slice().into()]).await? > 0)
}

/// One reason has lost its ground.
pub async fn erase_reason(session: &mut Session, whom: Whom, reason: Reason) -> Result<bool, BooksError> {
    Ok(session.run(&ERASE_REASON, &[whom.hash.as_slice().into(), reason.name().into()]).await? > 0)
}

/// The list, the newest entries first.
pub async fn list(session: &mut Session, limit: i64) -> Result<Vec<Suppression>, BooksError> {
    session.rows(&LIST, &[limit.into()]).await?.iter().map(read).collect()
}

/// How many entries there are of each reason and scope.
pub async fn count(session: &mut Session) -> Result<Vec<(Reason, Scope, i64)>, BooksError> {
    let rows = session.rows(&COUNT, &[]).await?;
    rows.iter().map(|row| Ok((row.word(0, Reason::parse)?, row.word(1, Scope::parse)?, row.int(2)?))).collect()
}

fn read(row: &Row) -> Result<Suppression, BooksError> {
    Ok(Suppression {
        whom: Whom { hash: row.hash(0)?, scope: row.word(1, Scope::parse)? },
        reason: row.word(2, Reason::parse)?,
        since: row.moment(3)?,
        until: row.opt_moment(4)?,
        message: row.opt_int(5)?.map(MessageRow),
        delivery: row.opt_int(6)?.map(DeliveryId),
        note: row.text(7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("an address")
    }

    fn key(secret: u8) -> ListKey {
        ListKey::new(DerivedKey::derive(&[secret; 32], PURPOSE).expect("a key"))
    }

    #[test]
    fn all_spellings_are_one_person_and_nobody_is_found_under_another_key() {
        let bob = key(1).person(&address("bob@acme.example"));
        assert_eq!(key(1).person(&address("Bob+fair@ACME.example")), bob);
        assert_ne!(key(1).person(&address("eva@acme.example")), bob);
        assert_ne!(key(2).person(&address("bob@acme.example")), bob);
        assert_ne!(key(1).domain("acme.example").hash, bob.hash);
        assert_eq!(key(1).domain("bücher.example"), key(1).domain("xn--bcher-kva.EXAMPLE"));
        assert_eq!(key(1).person(&address("a@bücher.example")), key(1).person(&address("a@xn--bcher-kva.example")));
    }

    #[test]
    fn a_domain_means_everything_below_it() {
        let all = key(1).all_of(&address("bob@mail.eu.acme.example"));
        for domain in ["acme.example", "eu.acme.example", "mail.eu.acme.example"] {
            assert!(all.contains(&key(1).domain(domain)), "{domain}");
        }
        assert!(!all.contains(&key(1).domain("example")) && !all.contains(&key(1).domain("me.example")));
        assert!(all.len() <= TAGS_PER_STATEMENT, "one question");
    }

    #[test]
    fn whoever_left_a_mailing_is_still_answered_and_a_persons_letter_always_goes() {
        for reason in Reason::ALL {
            assert_eq!(reason.on(MailClass::Bulk), Bar::Stops, "{reason:?}");
            assert_ne!(reason.on(MailClass::Letter), Bar::Stops, "{reason:?}");
            assert_eq!(reason.on(MailClass::Team), Bar::None, "{reason:?}");
        }
        assert_eq!(Reason::Unsubscribe.on(MailClass::Answer), Bar::None);
        assert_eq!(Reason::HardBounce.on(MailClass::Answer), Bar::Stops);
        assert_eq!(Reason::Complaint.on(MailClass::Letter), Bar::Warns);
    }
}
