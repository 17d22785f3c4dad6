//! What was learned of people's corrections: trained anew when lessons came or went, kept in the books, and read by every daemon on them
//! within a minute, without a restart.

use super::Office;
use super::disk::beside;
use super::inbound::InboundError;
use super::transaction::in_books;
use crate::record::lessons::{self, Lesson};
use crate::record::{Books, BooksError, Session, models};
use crate::types::Moment;
use crate::understand::Rules;
use crate::understand::learned::{Example, Model};
use std::sync::{Arc, PoisonError, RwLock};

/// Lessons a model is trained on, the newest.
const LESSONS_MAX: i64 = 5_000;

/// The model that this process reads mail with.
#[derive(Clone, Default)]
pub struct Learned(Arc<RwLock<Option<Known>>>);

/// A model and its number in the books.
struct Known {
    id: i64,
    model: Arc<Model>,
}

impl Learned {
    /// The model; `None` while nothing was learned.
    pub fn model(&self) -> Option<Arc<Model>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|known| Arc::clone(&known.model))
    }

    fn id(&self) -> Option<i64> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|known| known.id)
    }

    fn set(&self, known: Option<Known>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

/// Trains anew when lessons came or went, and takes up the model that counts.
pub async fn keep(office: &Office) -> Result<(), InboundError> {
    if is_outdated(&mut office.books.look().await?).await? {
        train(&office.books, Arc::clone(&office.rules), office.now()).await?;
    }
    Ok(take_up(office).await?)
}

/// Takes up the model that counts, when it is another one.
pub async fn take_up(office: &Office) -> Result<(), BooksError> {
    let mut session = office.books.look().await?;
    let newest = models::find_newest_head(&mut session).await?.map(|head| head.id);
    if newest == office.learned.id() {
        return Ok(());
    }
    let model = find(&mut session).await?.unwrap_or_default();
    tracing::info!(model = newest, "What was learned of corrections is taken up");
    office.learned.set(newest.map(|id| Known { id, model: Arc::new(model) }));
    Ok(())
}

/// The model that counts; `None` where nothing was learned, or by another version of the program.
pub async fn find(session: &mut Session) -> Result<Option<Model>, BooksError> {
    let newest = models::find_newest(session).await?.filter(|kept| kept.head.version == Model::VERSION);
    Ok(newest.and_then(|kept| Model::from_bytes(&kept.bytes)))
}

/// Trains a model when lessons came or went since the last one; whether it did.
pub async fn train_if_outdated(books: &Books, rules: &Arc<Rules>, now: Moment) -> Result<bool, InboundError> {
    let is_outdated = is_outdated(&mut books.look().await?).await?;
    if is_outdated {
        train(books, Arc::clone(rules), now).await?;
    }
    Ok(is_outdated)
}

/// Whether lessons came or went since the model that counts was trained.
async fn is_outdated(session: &mut Session) -> Result<bool, BooksError> {
    let newest = lessons::list_recent(session, 1).await?.pop();
    Ok(match (models::find_newest_head(session).await?, newest) {
        (None, newest) => newest.is_some(),
        (Some(_), None) => true,
        (Some(model), Some(newest)) => {
            newest.taught_at > model.trained_at || lessons::count(session).await? != model.lessons || model.version != Model::VERSION
        }
    })
}

/// Trains a model from all lessons. When some were erased, what was learned of them goes too.
async fn train(books: &Books, rules: Arc<Rules>, now: Moment) -> Result<(), InboundError> {
    let mut session = books.look().await?;
    let count = lessons::count(&mut session).await?;
    let taught = lessons::list_recent(&mut session, LESSONS_MAX).await?;
    let before = models::find_newest_head(&mut session).await?.map_or(0, |model| model.lessons);
    drop(session);
    let bytes = beside(move || Model::train(&examples(&taught), &rules).to_bytes()).await;
    in_books(books, async |session| {
        if count < before {
            models::erase_all(session).await?;
        }
        if count > 0 {
            models::add(session, Model::VERSION, now, count, &bytes).await?;
        }
        Ok(())
    })
    .await?;
    tracing::info!(lessons = count, "Trained anew on people's corrections");
    Ok(())
}

fn examples(lessons: &[Lesson]) -> Vec<Example<'_>> {
    let example = |lesson: &'_ Lesson| {
        let intent = lesson.intent?;
        Some((intent, lesson.read_intent.unwrap_or(intent)))
    };
    let of = |lesson| example(lesson).map(|(intent, read)| Example { subject: &lesson.subject, text: &lesson.fresh_text, intent, read });
    lessons.iter().filter_map(of).collect()
}
