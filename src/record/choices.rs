//! What people outside the team chose to get from us: by the token of a letter, without a login.
//!
//! A topic is what a series of letters is called, as its readers see it. Whoever leaves a topic has left that one; whoever leaves by a token
//! without a topic has left all of them, and stays so until they themselves choose something again.

use super::keys::bounded;
use super::statement::Row;
use super::{BooksError, Session};
use crate::trade::tracking::Consent;
use crate::types::{DeliveryId, EmailAddress, Language, Moment, WebToken};

/// Topics one person is shown.
const TOPICS_MAX: i64 = 50;

/// The words the books use for what somebody said of being told on.
const GIVEN: &str = "given";
const WITHDRAWN: &str = "withdrawn";

/// A way out, to be put into a letter.
#[derive(Debug, Clone, Copy)]
pub struct NewWayOut<'a> {
    pub token: WebToken,
    pub address: &'a EmailAddress,
    /// `None` leads out of everything.
    pub topic: Option<&'a str>,
    /// The letter it stands in.
    pub delivery: Option<DeliveryId>,
    pub made_at: Moment,
}

/// A way out that somebody took, or looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayOut {
    /// As all its spellings share it ([`EmailAddress::folded`]).
    pub address: EmailAddress,
    pub topic: Option<String>,
    pub delivery: Option<DeliveryId>,
}

/// What somebody leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    Everything,
    Topic(&'a str),
}

/// What is known of somebody's wishes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// What they were written about, and whether they still want it; by name.
    pub topics: Vec<TopicChoice>,
    pub language: Option<Language>,
    pub paused_until: Option<Moment>,
    /// Whether letters may tell that they were read, as far as they said so themselves.
    pub telling: Option<Consent>,
    /// When they left everything.
    pub left_at: Option<Moment>,
}

/// Whether somebody wants a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicChoice {
    pub name: String,
    pub wanted: bool,
}

/// Why nobody may write to somebody now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// They left everything, or this topic.
    Left {
        at: Moment,
    },
    Paused {
        until: Moment,
    },
}

statements! { STATEMENTS;
    ADD_TOKEN(5) = "
INSERT INTO unsubscribe_token (token, address_key, topic, delivery_id, made_at)
VALUES ($1, $2, $3, $4, $5)";

    FIND_TOKEN(1) = "
SELECT address_key, topic, delivery_id
  FROM unsubscribe_token
 WHERE token = $1";

    LIST_TOPICS(2) = "
SELECT t.topic, p.unsubscribed_at
  FROM unsubscribe_token t
  LEFT JOIN preference p
    ON p.address_key = t.address_key
   AND p.topic = t.topic
 WHERE t.address_key = $1
   AND t.topic <> ''
 GROUP BY t.topic, p.unsubscribed_at
 ORDER BY t.topic
 LIMIT $2";

    /// Of a letter that goes to somebody; there is one for each letter.
    FIND_TOPIC(2) = "
SELECT topic
  FROM unsubscribe_token
 WHERE address_key = $1
   AND delivery_id = $2
 LIMIT 1";

    /// Every key is more than nothing.
    FIND_ANY(1) = "
SELECT address_key
  FROM unsubscribed
 WHERE address_key > $1
 UNION ALL
SELECT address_key
  FROM preference
 WHERE address_key > $1
 LIMIT 1";

    FIND_PREFERENCE(2) = "
SELECT language, paused_until, unsubscribed_at, telling, telling_since
  FROM preference
 WHERE address_key = $1
   AND topic = $2";

    /// Of whom a letter went to.
    FIND_TELLING(1) = "
SELECT p.telling, p.telling_since
  FROM tracked_letter l
  JOIN preference p
    ON p.address_key = l.address_key
   AND p.topic = ''
 WHERE l.delivery_id = $1";

    MARK_PREFERENCE(5) = "
INSERT INTO preference (address_key, language, paused_until, telling, telling_since)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (address_key, topic) DO UPDATE
   SET language = excluded.language, paused_until = excluded.paused_until, telling = excluded.telling,
       telling_since = excluded.telling_since";

    MARK_TOPIC(3) = "
INSERT INTO preference (address_key, topic, unsubscribed_at)
VALUES ($1, $2, $3)
ON CONFLICT (address_key, topic) DO UPDATE
   SET unsubscribed_at = CASE WHEN excluded.unsubscribed_at IS NULL THEN NULL
                              ELSE COALESCE(preference.unsubscribed_at, excluded.unsubscribed_at) END";

    FIND_LEFT(1) = "
SELECT at
  FROM unsubscribed
 WHERE address_key = $1";

    MARK_LEFT(3) = "
INSERT INTO unsubscribed (address_key, reason, at)
VALUES ($1, $2, $3)
ON CONFLICT (address_key) DO NOTHING";

    ERASE_LEFT(1) = "
DELETE FROM unsubscribed
 WHERE address_key = $1";

    COUNT(0) = "
SELECT COUNT(*)
  FROM unsubscribed";

    ERASE_TOKENS(1) = "
DELETE FROM unsubscribe_token
 WHERE address_key = $1";

    ERASE_PREFERENCES(1) = "
DELETE FROM preference
 WHERE address_key = $1";
}

/// Enters a way out. To be called in the transaction that freezes the letter's bytes.
pub async fn add_way_out(session: &mut Session, new: &NewWayOut<'_>) -> Result<(), BooksError> {
    let (token, key) = (new.token.to_string(), new.address.folded());
    let topic = new.topic.unwrap_or("");
    let values = [token.as_str().into(), bounded(&key).into(), bounded(topic).into(), new.delivery.into(), new.made_at.into()];
    session.run(&ADD_TOKEN, &values).await.map(|_| ())
}

/// Whose way out of what this is; `None` also when it leads out for an address that is none.
pub async fn find_way_out(session: &mut Session, token: WebToken) -> Result<Option<WayOut>, BooksError> {
    let Some(row) = session.row(&FIND_TOKEN, &[token.to_string().as_str().into()]).await? else { return Ok(None) };
    let Ok(address) = EmailAddress::parse(&row.text(0)?) else { return Ok(None) };
    Ok(Some(WayOut { address, topic: row.known_text(1)?, delivery: row.opt_int(2)?.map(DeliveryId) }))
}

/// What somebody chose, and what there is to choose.
pub async fn find_chosen(session: &mut Session, address: &EmailAddress) -> Result<Chosen, BooksError> {
    let key = address.folded();
    let key = bounded(&key);
    let left_at = find_left(session, key).await?;
    let topics = session.rows(&LIST_TOPICS, &[key.into(), TOPICS_MAX.into()]).await?;
    let topics = topics.iter().map(|row| Ok(TopicChoice { name: row.text(0)?, wanted: row.opt_moment(1)?.is_none() && left_at.is_none() }));
    let topics = topics.collect::<Result<_, BooksError>>()?;
    let (language, paused_until, telling) = match session.row(&FIND_PREFERENCE, &[key.into(), "".into()]).await? {
        Some(row) => (row.known_word(0, Language::parse)?, row.opt_moment(1)?, read_telling(&row, 3)?),
        None => (None, None, None),
    };
    Ok(Chosen { topics, language, paused_until, telling, left_at })
}

/// The language somebody wants letters in, as far as they said so themselves.
pub async fn find_language(session: &mut Session, address: &EmailAddress) -> Result<Option<Language>, BooksError> {
    let key = address.folded();
    let row = session.row(&FIND_PREFERENCE, &[bounded(&key).into(), "".into()]).await?;
    row.map(|row| row.known_word(0, Language::parse)).transpose().map(Option::flatten)
}

/// Whether letters to somebody may tell that they were read, as far as that person said so.
pub async fn find_consent(session: &mut Session, address: &EmailAddress) -> Result<Consent, BooksError> {
    let key = address.folded();
    let row = session.row(&FIND_PREFERENCE, &[bounded(&key).into(), "".into()]).await?;
    said(row.map(|row| read_telling(&row, 3)))
}

/// The same of whom a letter went to, after it was sent.
pub async fn find_consent_of(session: &mut Session, delivery: DeliveryId) -> Result<Consent, BooksError> {
    let row = session.row(&FIND_TELLING, &[delivery.into()]).await?;
    said(row.map(|row| read_telling(&row, 0)))
}

/// Whether anybody ever left or chose something: in most houses nobody did, and nothing need be asked of a letter.
pub async fn has_any(session: &mut Session) -> Result<bool, BooksError> {
    Ok(session.row(&FIND_ANY, &["".into()]).await?.is_some())
}

/// What a letter that goes to somebody is about; `None` when it belongs to no series.
pub async fn find_topic(session: &mut Session, address: &EmailAddress, delivery: DeliveryId) -> Result<Option<String>, BooksError> {
    let key = address.folded();
    let row = session.row(&FIND_TOPIC, &[bounded(&key).into(), delivery.into()]).await?;
    row.map(|row| row.known_text(0)).transpose().map(Option::flatten)
}

/// Somebody leaves a topic or everything, for whatever reason. The one door for it; the first time counts.
pub async fn mark_unsubscribed(
    session: &mut Session,
    address: &EmailAddress,
    scope: Scope<'_>,
    reason: &str,
    at: Moment,
) -> Result<(), BooksError> {
    let key = address.folded();
    match scope {
        Scope::Everything => session.run(&MARK_LEFT, &[bounded(&key).into(), reason.into(), at.into()]).await.map(|_| ()),
        Scope::Topic(topic) => mark_topic(session, bounded(&key), topic, Some(at)).await,
    }
}

/// Writes down what somebody chose: the topics they want of those they were shown, the language, and until when nothing is to come. Whoever
/// wants a topic again has come back, also from having left everything.
pub async fn mark_chosen(session: &mut Session, address: &EmailAddress, chosen: &Chosen, at: Moment) -> Result<(), BooksError> {
    if chosen.topics.iter().any(|topic| topic.wanted) {
        mark_back(session, address).await?;
    }
    let key = address.folded();
    let key = bounded(&key);
    for topic in &chosen.topics {
        mark_topic(session, key, &topic.name, (!topic.wanted).then_some(at)).await?;
    }
    let language = chosen.language.map_or("", Language::code);
    let (telling, since) = match chosen.telling {
        Some(Consent::Given { on }) => (GIVEN, Some(on)),
        Some(Consent::Withdrawn { on }) => (WITHDRAWN, Some(on)),
        Some(Consent::NotAsked) | None => ("", None),
    };
    let values = [key.into(), language.into(), chosen.paused_until.into(), telling.into(), since.into()];
    session.run(&MARK_PREFERENCE, &values).await.map(|_| ())
}

/// Whoever left everything has come back; what they left of single topics stays.
pub async fn mark_back(session: &mut Session, address: &EmailAddress) -> Result<(), BooksError> {
    session.run(&ERASE_LEFT, &[bounded(&address.folded()).into()]).await.map(|_| ())
}

/// Why a letter about this topic may not go to somebody now; `None` when nothing speaks against it.
pub async fn find_hold(
    session: &mut Session,
    address: &EmailAddress,
    topic: Option<&str>,
    now: Moment,
) -> Result<Option<Hold>, BooksError> {
    let key = address.folded();
    let key = bounded(&key);
    if let Some(at) = find_left(session, key).await? {
        return Ok(Some(Hold::Left { at }));
    }
    if let Some(topic) = topic
        && let Some(row) = session.row(&FIND_PREFERENCE, &[key.into(), bounded(topic).into()]).await?
        && let Some(at) = row.opt_moment(2)?
    {
        return Ok(Some(Hold::Left { at }));
    }
    let row = session.row(&FIND_PREFERENCE, &[key.into(), "".into()]).await?;
    let until = row.map(|row| row.opt_moment(1)).transpose()?.flatten();
    Ok(until.filter(|until| *until > now).map(|until| Hold::Paused { until }))
}

/// How many people left everything.
pub async fn count_left(session: &mut Session) -> Result<i64, BooksError> {
    session.row(&COUNT, &[]).await?.map_or(Ok(0), |row| row.int(0))
}

/// Erases what somebody chose, and their ways out. That they left stays: else they would be written to again.
pub async fn erase_of(session: &mut Session, address: &EmailAddress) -> Result<(), BooksError> {
    let key = address.folded();
    session.run(&ERASE_TOKENS, &[bounded(&key).into()]).await?;
    session.run(&ERASE_PREFERENCES, &[bounded(&key).into()]).await.map(|_| ())
}

/// Whoever said nothing was not asked.
fn said(telling: Option<Result<Option<Consent>, BooksError>>) -> Result<Consent, BooksError> {
    Ok(telling.transpose()?.flatten().unwrap_or(Consent::NotAsked))
}

/// What was said, and since when: two columns, of which this is the first.
fn read_telling(row: &Row, first: usize) -> Result<Option<Consent>, BooksError> {
    let Some(on) = row.opt_moment(first + 1)? else { return Ok(None) };
    Ok(match row.text(first)?.as_str() {
        GIVEN => Some(Consent::Given { on }),
        WITHDRAWN => Some(Consent::Withdrawn { on }),
        _ => None,
    })
}

async fn find_left(session: &mut Session, key: &str) -> Result<Option<Moment>, BooksError> {
    session.row(&FIND_LEFT, &[key.into()]).await?.map(|row| row.moment(0)).transpose()
}

async fn mark_topic(session: &mut Session, key: &str, topic: &str, left_at: Option<Moment>) -> Result<(), BooksError> {
    session.run(&MARK_TOPIC, &[key.into(), bounded(topic).into(), left_at.into()]).await.map(|_| ())
}
