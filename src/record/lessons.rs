//! What people said that mails really are. A lesson holds the words of a mail, so it goes when the mail or its writer is erased.

use super::keys::bounded;
use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{ContactId, Intent, Language, LessonId, MessageId, MessageRow, Moment};

/// Longest words kept of a mail, in bytes; what it is about is said by then.
const TEXT_LEN_MAX: usize = 8 * 1024;
/// Whoever taught is named, not described.
const NAME_LEN_MAX: usize = 200;

/// How a lesson came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LessonSource {
    /// `tradepost teach`.
    Command,
    /// A mail was moved into a folder that is named after an intent.
    Folder,
}

/// A lesson. Neither intent nor language: the mail was moved into a folder of an intent together with many others, which nobody believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    pub id: LessonId,
    pub identity: [u8; 32],
    pub header_id: Option<MessageId>,
    /// The mail, where the books hold it.
    pub message: Option<MessageRow>,
    pub contact: Option<ContactId>,
    /// What it really is; `None` where only the language was wrong.
    pub intent: Option<Intent>,
    /// The language it is really in, where that was wrong.
    pub language: Option<Language>,
    /// What it had been taken for.
    pub read_intent: Option<Intent>,
    /// Thousandths.
    pub read_intent_confidence_milli: i64,
    pub read_language: Language,
    /// Thousandths.
    pub read_language_confidence_milli: i64,
    pub taught_at: Moment,
    pub taught_by: String,
    pub source: LessonSource,
    /// How often the intent was said anew, the first time included.
    pub revision: i64,
    /// What follows from it for a mail of the books is still to be done.
    pub apply_due: bool,
    pub subject: String,
    pub fresh_text: String,
}

/// A lesson to add; fields as in [`Lesson`].
#[derive(Debug, Clone, Copy)]
pub struct NewLesson<'a> {
    pub identity: &'a [u8; 32],
    pub header_id: Option<&'a MessageId>,
    pub message: Option<MessageRow>,
    pub contact: Option<ContactId>,
    pub intent: Option<Intent>,
    pub language: Option<Language>,
    pub read_intent: Option<Intent>,
    pub read_intent_confidence_milli: i64,
    pub read_language: Language,
    pub read_language_confidence_milli: i64,
    pub taught_at: Moment,
    pub taught_by: &'a str,
    pub source: LessonSource,
    pub revision: i64,
    /// What follows from it for a mail of the books is still to be done.
    pub apply_due: bool,
    pub subject: &'a str,
    pub fresh_text: &'a str,
}

impl LessonSource {
    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            LessonSource::Command => "command",
            LessonSource::Folder => "folder",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [LessonSource::Command, LessonSource::Folder].into_iter().find(|source| source.name() == name)
    }
}

statements! { STATEMENTS;
    FIND_BY_ID(1) = "
SELECT id, identity, header_id, message_id, contact_id, intent, language, read_intent, read_intent_confidence_milli,
       read_language, read_language_confidence_milli, taught_at, taught_by, source, revision, apply_due, subject, fresh_text
  FROM lesson
 WHERE id = $1";

    FIND_BY_IDENTITY(1) = "
SELECT id, identity, header_id, message_id, contact_id, intent, language, read_intent, read_intent_confidence_milli,
       read_language, read_language_confidence_milli, taught_at, taught_by, source, revision, apply_due, subject, fresh_text
  FROM lesson
 WHERE identity = $1";

    LIST_RECENT(1) = "
SELECT id, identity, header_id, message_id, contact_id, intent, language, read_intent, read_intent_confidence_milli,
       read_language, read_language_confidence_milli, taught_at, taught_by, source, revision, apply_due, subject, fresh_text
  FROM lesson
 ORDER BY taught_at DESC, id DESC
 LIMIT $1";

    LIST_TO_APPLY(1) = "
SELECT id, identity, header_id, message_id, contact_id, intent, language, read_intent, read_intent_confidence_milli,
       read_language, read_language_confidence_milli, taught_at, taught_by, source, revision, apply_due, subject, fresh_text
  FROM lesson
 WHERE apply_due = 1
 ORDER BY id
 LIMIT $1";

    LIST_FROM_FOLDERS(3) = "
SELECT id, identity, header_id, message_id, contact_id, intent, language, read_intent, read_intent_confidence_milli,
       read_language, read_language_confidence_milli, taught_at, taught_by, source, revision, apply_due, subject, fresh_text
  FROM lesson
 WHERE taught_at >= $1
   AND taught_at < $2
   AND source = 'folder'
 ORDER BY taught_at, id
 LIMIT $3";

    ADD(18) = "
INSERT INTO lesson (id, identity, header_id, message_id, contact_id, intent, language, read_intent, read_intent_confidence_milli,
       read_language, read_language_confidence_milli, taught_at, taught_by, source, revision, apply_due, subject, fresh_text)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (identity) DO UPDATE
   SET header_id = excluded.header_id, message_id = excluded.message_id, contact_id = excluded.contact_id,
       intent = excluded.intent, language = excluded.language, read_intent = excluded.read_intent,
       read_intent_confidence_milli = excluded.read_intent_confidence_milli, read_language = excluded.read_language,
       read_language_confidence_milli = excluded.read_language_confidence_milli, taught_at = excluded.taught_at,
       taught_by = excluded.taught_by, source = excluded.source, revision = excluded.revision,
       apply_due = excluded.apply_due, subject = excluded.subject, fresh_text = excluded.fresh_text
RETURNING id";

    MARK_APPLIED(2) = "
UPDATE lesson
   SET apply_due = 0
 WHERE id = $1
   AND revision = $2
   AND apply_due = 1";

    ERASE(1) = "
DELETE FROM lesson
 WHERE id = $1";

    COUNT(0) = "
SELECT COUNT(*)
  FROM lesson";

    COUNT_MOVED(3) = "
SELECT COUNT(*)
  FROM lesson
 WHERE taught_at >= $1
   AND taught_at <= $2
   AND source = 'folder'
   AND taught_by = $3";

    /// What mail of some days had been taken for, where a person said that it is something else.
    COUNT_CORRECTED(2) = "
SELECT lesson.read_intent, COUNT(*)
  FROM message
  JOIN lesson ON lesson.message_id = message.id
 WHERE message.direction = 'in'
   AND message.historical = 0
   AND message.recorded_at >= $1
   AND message.recorded_at < $2
   AND lesson.intent <> ''
   AND lesson.intent <> lesson.read_intent
 GROUP BY lesson.read_intent
 ORDER BY lesson.read_intent";

    /// What mail of some days had been taken for. Machines' mail says so in its header, and our own notes are among it.
    COUNT_READ(2) = "
SELECT CASE WHEN lesson.intent <> '' THEN lesson.read_intent ELSE message.intent END, COUNT(*)
  FROM message
  LEFT JOIN lesson ON lesson.message_id = message.id
 WHERE message.direction = 'in'
   AND message.historical = 0
   AND message.recorded_at >= $1
   AND message.recorded_at < $2
   AND (message.automatic IN ('', 'list') OR lesson.intent <> '')
 GROUP BY CASE WHEN lesson.intent <> '' THEN lesson.read_intent ELSE message.intent END";
}

/// The lesson of that number.
pub async fn find_by_id(session: &mut Session, id: LessonId) -> Result<Option<Lesson>, BooksError> {
    session.row(&FIND_BY_ID, &[id.into()]).await?.as_ref().map(read).transpose()
}

/// What was said of a mail.
pub async fn find_by_identity(session: &mut Session, identity: &[u8; 32]) -> Result<Option<Lesson>, BooksError> {
    session.row(&FIND_BY_IDENTITY, &[identity.as_slice().into()]).await?.as_ref().map(read).transpose()
}

/// The newest lessons, newest first.
pub async fn list_recent(session: &mut Session, limit: i64) -> Result<Vec<Lesson>, BooksError> {
    session.rows(&LIST_RECENT, &[limit.into()]).await?.iter().map(read).collect()
}

/// Lessons of which what follows for a mail of the books is still to be done, the first given first.
pub async fn list_to_apply(session: &mut Session, limit: i64) -> Result<Vec<Lesson>, BooksError> {
    session.rows(&LIST_TO_APPLY, &[limit.into()]).await?.iter().map(read).collect()
}

/// Lessons that were given by moving a mail, from `since` on and before `until`, the first given first.
pub async fn list_from_folders(session: &mut Session, since: Moment, until: Moment, limit: i64) -> Result<Vec<Lesson>, BooksError> {
    session.rows(&LIST_FROM_FOLDERS, &[since.into(), until.into(), limit.into()]).await?.iter().map(read).collect()
}

/// Adds a lesson, or puts it in place of the one of the same mail.
pub async fn add(session: &mut Session, new: &NewLesson<'_>) -> Result<LessonId, BooksError> {
    let id = session.next_id().await?;
    let values = [
        id.into(),
        new.identity.as_slice().into(),
        bounded(new.header_id.map_or("", MessageId::as_str)).into(),
        new.message.into(),
        new.contact.into(),
        new.intent.map_or("", Intent::name).into(),
        new.language.map_or("", Language::code).into(),
        new.read_intent.map_or("", Intent::name).into(),
        new.read_intent_confidence_milli.into(),
        new.read_language.code().into(),
        new.read_language_confidence_milli.into(),
        new.taught_at.into(),
        cut(new.taught_by, NAME_LEN_MAX).into(),
        new.source.name().into(),
        new.revision.into(),
        new.apply_due.into(),
        bounded(new.subject).into(),
        cut(new.fresh_text, TEXT_LEN_MAX).into(),
    ];
    let row = session.row(&ADD, &values).await?;
    Ok(LessonId(row.map(|row| row.int(0)).transpose()?.unwrap_or(id)))
}

/// What follows from a lesson as it was said then is done; `false` when it was said anew since, or somebody else did it.
pub async fn mark_applied(session: &mut Session, id: LessonId, revision: i64) -> Result<bool, BooksError> {
    Ok(session.run(&MARK_APPLIED, &[id.into(), revision.into()]).await? > 0)
}

/// Forgets a lesson; `false` when there is none.
pub async fn erase(session: &mut Session, id: LessonId) -> Result<bool, BooksError> {
    Ok(session.run(&ERASE, &[id.into()]).await? > 0)
}

/// How many lessons there are.
pub async fn count(session: &mut Session) -> Result<i64, BooksError> {
    session.row(&COUNT, &[]).await?.map_or(Ok(0), |row| row.int(0))
}

/// How many mails were moved into folders of intents in a mailbox in that time, believed or not.
pub async fn count_moved(session: &mut Session, mailbox: &str, since: Moment, until: Moment) -> Result<i64, BooksError> {
    let row = session.row(&COUNT_MOVED, &[since.into(), until.into(), cut(mailbox, NAME_LEN_MAX).into()]).await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Of what was taken for each intent, and came in that time, how much was something else; history left out.
pub async fn count_corrected(session: &mut Session, since: Moment, until: Moment) -> Result<Vec<(Option<Intent>, i64)>, BooksError> {
    counts(session.rows(&COUNT_CORRECTED, &[since.into(), until.into()]).await?.as_slice())
}

/// How much that people wrote and that came in that time had been taken for each intent; history left out.
pub async fn count_read(session: &mut Session, since: Moment, until: Moment) -> Result<Vec<(Option<Intent>, i64)>, BooksError> {
    counts(session.rows(&COUNT_READ, &[since.into(), until.into()]).await?.as_slice())
}

fn counts(rows: &[Row]) -> Result<Vec<(Option<Intent>, i64)>, BooksError> {
    rows.iter().map(|row| Ok((row.known_word(0, Intent::parse)?, row.int(1)?))).collect()
}

/// The text, cut at a character's end.
fn cut(text: &str, len_max: usize) -> &str {
    text.get(..text.floor_char_boundary(len_max)).unwrap_or(text)
}

fn read(row: &Row) -> Result<Lesson, BooksError> {
    Ok(Lesson {
        id: LessonId(row.int(0)?),
        identity: row.hash(1)?,
        header_id: row.known_word(2, MessageId::parse)?,
        message: row.opt_int(3)?.map(MessageRow),
        contact: row.opt_int(4)?.map(ContactId),
        intent: row.known_word(5, Intent::parse)?,
        language: row.known_word(6, Language::parse)?,
        read_intent: row.known_word(7, Intent::parse)?,
        read_intent_confidence_milli: row.int(8)?,
        read_language: row.word(9, Language::parse)?,
        read_language_confidence_milli: row.int(10)?,
        taught_at: row.moment(11)?,
        taught_by: row.text(12)?,
        source: row.word(13, LessonSource::parse)?,
        revision: row.int(14)?,
        apply_due: row.flag(15)?,
        subject: row.text(16)?,
        fresh_text: row.text(17)?,
    })
}
