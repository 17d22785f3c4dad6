//! What people say that mails really are, written down: the lesson with the words a model is trained on, and the mail itself, where the
//! books hold it. What follows from it (a draft for the right intent) is done by the daemon, `inbound::taught`: it has the mailboxes.

use crate::link;
use crate::parse::Letter;
use crate::record::lessons::{Lesson, LessonSource, NewLesson};
use crate::record::messages::{Direction, Message};
use crate::record::{BooksError, Session, contacts, copies, lessons, messages, tombstones};
use crate::types::{Intent, Language, LessonId, Moment};
use crate::understand::{Reading, searched};

/// What a person says is certain.
const CERTAIN_MILLI: i64 = 1_000;
/// How the line begins that says so among the reasons of a mail.
const TAUGHT: &str = "taught: ";

/// What is said of mails, by whom and how.
#[derive(Debug, Clone, Copy)]
pub struct Teaching<'a> {
    /// `None` where only the language was wrong.
    pub intent: Option<Intent>,
    pub language: Option<Language>,
    pub by: &'a str,
    pub source: LessonSource,
    pub at: Moment,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taught {
    /// It is kept, and was taken for something before.
    Kept { lesson: LessonId, was: Was, follows: Follows },
    /// The same was said before.
    Known { lesson: LessonId },
    /// One of ours wrote it: it has no intent.
    Ours,
    /// It was erased for good, and nothing of it is kept again.
    Erased,
}

/// What a mail had been taken for before anybody said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Was {
    pub intent: Option<Intent>,
    /// Thousandths.
    pub intent_confidence_milli: i64,
    pub language: Language,
}

/// What follows from a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// The books do not hold the mail.
    Nothing,
    /// The books say now what it is, and nothing else is to be done.
    Recorded,
    /// The books say now what it is, and the daemon does what is to be done about such a mail.
    Planned,
}

/// Says what a mail of the books really is.
pub async fn teach_message(session: &mut Session, message: &Message, teaching: &Teaching<'_>) -> Result<Taught, BooksError> {
    if message.direction == Direction::Out {
        return Ok(Taught::Ours);
    }
    let known = lessons::find_by_identity(session, &message.identity).await?;
    let (intent, language) = said(known.as_ref(), teaching);
    let is_other_intent = intent.is_some_and(|intent| message.intent != Some(intent));
    let is_other_language = language.is_some_and(|language| message.language != language);
    if let Some(known) = known.as_ref().filter(|_| !is_other_intent && !is_other_language) {
        return Ok(Taught::Known { lesson: known.id });
    }
    let (was, language_milli) = match &known {
        Some(known) => was_of(known),
        None => {
            let was = Was { intent: message.intent, intent_confidence_milli: message.intent_confidence_milli, language: message.language };
            (was, message.language_confidence_milli)
        }
    };
    let follows = if is_other_intent && !message.historical { Follows::Planned } else { Follows::Recorded };
    let new = NewLesson {
        identity: &message.identity,
        header_id: message.message_id.as_ref(),
        message: Some(message.id),
        contact: message.contact,
        intent,
        language,
        read_intent: was.intent,
        read_intent_confidence_milli: was.intent_confidence_milli,
        read_language: was.language,
        read_language_confidence_milli: language_milli,
        taught_at: teaching.at,
        taught_by: teaching.by,
        source: teaching.source,
        revision: known.as_ref().map_or(1, |known| known.revision + i64::from(is_other_intent)),
        apply_due: follows == Follows::Planned || known.as_ref().is_some_and(|known| known.apply_due),
        subject: &message.subject,
        fresh_text: &message.fresh_text,
    };
    let lesson = lessons::add(session, &new).await?;
    let why = format!("{}\n{}", line(intent, language, &was, teaching), without_line(&message.why));
    let intent = intent.map_or((message.intent, message.intent_confidence_milli), |intent| (Some(intent), CERTAIN_MILLI));
    let language = language.map_or((message.language, message.language_confidence_milli), |language| (language, CERTAIN_MILLI));
    messages::mark_taught(session, message.id, intent, language, &why).await?;
    Ok(Taught::Kept { lesson, was, follows })
}

/// Says what a mail really is, whether the books hold it or not.
pub async fn teach_letter(
    session: &mut Session,
    letter: &Letter,
    reading: &Reading,
    teaching: &Teaching<'_>,
) -> Result<Taught, BooksError> {
    let identity = link::identity(letter);
    if tombstones::find(session, &identity).await? {
        return Ok(Taught::Erased);
    }
    let mut message = messages::find_by_identity(session, &identity).await?;
    if message.is_none()
        && let Some(copied) = copies::find(session, &identity).await?
    {
        message = messages::find_by_id(session, copied).await?;
    }
    if let Some(message) = message {
        return teach_message(session, &message, teaching).await;
    }
    let known = lessons::find_by_identity(session, &identity).await?;
    let (intent, language) = said(known.as_ref(), teaching);
    if let Some(known) = known.as_ref().filter(|known| known.intent == intent && known.language == language) {
        return Ok(Taught::Known { lesson: known.id });
    }
    let (was, language_milli) = match &known {
        Some(known) => was_of(known),
        None => {
            let (intent, confidence) = (reading.intent.intent, milli(reading.intent.confidence));
            let was = Was { intent: Some(intent), intent_confidence_milli: confidence, language: reading.language.language };
            (was, milli(reading.language.confidence))
        }
    };
    let contact = match &letter.from.address {
        Some(address) => contacts::find_by_key(session, address).await?.map(|contact| contact.id),
        None => None,
    };
    let new = NewLesson {
        identity: &identity,
        header_id: letter.message_id.as_ref(),
        message: None,
        contact,
        intent,
        language,
        read_intent: was.intent,
        read_intent_confidence_milli: was.intent_confidence_milli,
        read_language: was.language,
        read_language_confidence_milli: language_milli,
        taught_at: teaching.at,
        taught_by: teaching.by,
        source: teaching.source,
        revision: known.as_ref().map_or(1, |known| known.revision + i64::from(known.intent != intent)),
        apply_due: false,
        subject: letter.subject.as_deref().unwrap_or_default(),
        fresh_text: searched(letter, reading),
    };
    let lesson = lessons::add(session, &new).await?;
    Ok(Taught::Kept { lesson, was, follows: Follows::Nothing })
}

/// Notes that a mail was moved into a folder of an intent together with many others: nothing is learned from it, and people are told.
pub async fn note_unbelieved(session: &mut Session, message: &Message, by: &str, at: Moment) -> Result<(), BooksError> {
    if message.direction == Direction::Out || lessons::find_by_identity(session, &message.identity).await?.is_some() {
        return Ok(());
    }
    let new = NewLesson {
        identity: &message.identity,
        header_id: message.message_id.as_ref(),
        message: Some(message.id),
        contact: message.contact,
        intent: None,
        language: None,
        read_intent: message.intent,
        read_intent_confidence_milli: message.intent_confidence_milli,
        read_language: message.language,
        read_language_confidence_milli: message.language_confidence_milli,
        taught_at: at,
        taught_by: by,
        source: LessonSource::Folder,
        revision: 0,
        apply_due: false,
        subject: &message.subject,
        fresh_text: "",
    };
    lessons::add(session, &new).await.map(|_| ())
}

/// Forgets a lesson: the books say again what the mail had been taken for. `None` when there is no such lesson.
pub async fn forget(session: &mut Session, id: LessonId) -> Result<Option<Lesson>, BooksError> {
    let Some(lesson) = lessons::find_by_id(session, id).await? else { return Ok(None) };
    lessons::erase(session, id).await?;
    let message = match lesson.message {
        Some(message) => messages::find_by_id(session, message).await?,
        None => None,
    };
    if let Some(message) = message {
        let own = (message.intent, message.intent_confidence_milli);
        let intent = if lesson.intent.is_some() { (lesson.read_intent, lesson.read_intent_confidence_milli) } else { own };
        let own = (message.language, message.language_confidence_milli);
        let language = if lesson.language.is_some() { (lesson.read_language, lesson.read_language_confidence_milli) } else { own };
        messages::mark_taught(session, message.id, intent, language, without_line(&message.why)).await?;
    }
    Ok(Some(lesson))
}

/// What is said now, with what was said before of the other.
fn said(known: Option<&Lesson>, teaching: &Teaching<'_>) -> (Option<Intent>, Option<Language>) {
    let before = known.map(|known| (known.intent, known.language)).unwrap_or_default();
    (teaching.intent.or(before.0), teaching.language.or(before.1))
}

fn was_of(known: &Lesson) -> (Was, i64) {
    let was = Was { intent: known.read_intent, intent_confidence_milli: known.read_intent_confidence_milli, language: known.read_language };
    (was, known.read_language_confidence_milli)
}

/// The line that says so, before the reasons of the machine.
fn line(intent: Option<Intent>, language: Option<Language>, was: &Was, teaching: &Teaching<'_>) -> String {
    let is = [intent.map(|intent| intent.to_string()), language.map(|language| language.to_string())];
    let is = is.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let read = was.intent.map_or("nothing", Intent::name);
    let by: String = teaching.by.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{TAUGHT}{is} ({by}); it was read as {read} in {} ({} %)", was.language, was.intent_confidence_milli / 10)
}

/// The reasons without that line.
pub(super) fn without_line(why: &str) -> &str {
    match why.split_once('\n') {
        Some((first, rest)) if first.starts_with(TAUGHT) => rest,
        _ if why.starts_with(TAUGHT) => "",
        _ => why,
    }
}

/// The line alone, with its end; empty where there is none.
pub(super) fn taught_line(why: &str) -> &str {
    why.strip_suffix(without_line(why)).unwrap_or_default()
}

/// A share in thousandths, as the books keep it.
fn milli(share: f64) -> i64 {
    // A float to integer cast saturates and a confidence is between 0 and 1.
    (share * 1_000.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_said_stands_before_the_reasons_and_can_be_taken_away() {
        let was = Was { intent: Some(Intent::Inquiry), intent_confidence_milli: 812, language: Language::ENGLISH };
        let teaching =
            Teaching { intent: Some(Intent::Order), language: None, by: "li\nwei", source: LessonSource::Command, at: Moment(0) };
        let line = line(Some(Intent::Order), None, &was, &teaching);
        assert_eq!(line, "taught: order (li wei); it was read as inquiry in en (81 %)");
        let why = format!("{line}\nfirst\nsecond");
        assert_eq!((without_line(&why), taught_line(&why)), ("first\nsecond", format!("{line}\n").as_str()));
        assert_eq!((without_line("first\nsecond"), taught_line("first")), ("first\nsecond", ""));
        assert_eq!(without_line(&line), "");
    }
}
