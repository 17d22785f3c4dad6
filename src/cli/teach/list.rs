//! What was taught, the newest first.

use crate::cli::open;
use crate::cli::show::draw;
use crate::cli::words::Words;
use crate::config::Config;
use crate::record::Purpose;
use crate::record::lessons::{self, Lesson};
use crate::types::{Intent, Language, MessageId};
use serde_json::{Value, json};
use std::io::{Write, stdout};
use std::process::ExitCode;

/// Lists it.
pub(super) fn run(config: &Config, limit: i64, as_json: bool, words: &Words) -> anyhow::Result<ExitCode> {
    let lessons = open::runtime()?.block_on(async {
        let books = open::books(config, Purpose::Look).await?;
        let mut session = books.look().await?;
        let lessons = lessons::list_recent(&mut session, limit).await?;
        drop(session);
        books.close().await;
        Ok::<_, anyhow::Error>(lessons)
    })?;
    if as_json {
        writeln!(stdout(), "{}", lessons.iter().map(json_of).collect::<Value>())?;
        return Ok(ExitCode::SUCCESS);
    }
    if lessons.is_empty() {
        writeln!(stdout(), "{}", words.say("teach.nothing", &[]))?;
        return Ok(ExitCode::SUCCESS);
    }
    let head = ["teach.number", "teach.at", "teach.by", "teach.read", "teach.is", "teach.subject"];
    let mut rows = vec![head.iter().map(|key| words.say(key, &[])).collect::<Vec<_>>()];
    rows.extend(lessons.iter().map(row));
    writeln!(stdout(), "{}", draw(&rows))?;
    Ok(ExitCode::SUCCESS)
}

fn row(lesson: &Lesson) -> Vec<String> {
    let by = if lesson.taught_by.is_empty() { lesson.source.name().to_owned() } else { lesson.taught_by.clone() };
    let read = format!(
        "{} {}, {} %",
        lesson.read_intent.map_or("–", Intent::name),
        lesson.read_language.code(),
        lesson.read_intent_confidence_milli / 10
    );
    let is = [lesson.intent.map(Intent::name), lesson.language.map(Language::code)].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let at = lesson.taught_at.to_string().chars().take(16).collect();
    vec![lesson.id.to_string(), at, by, read, is, lesson.subject.clone()]
}

fn json_of(lesson: &Lesson) -> Value {
    json!({
        "id": lesson.id.0, "taught_at": lesson.taught_at.to_string(), "taught_by": lesson.taught_by, "source": lesson.source.name(),
        "message": lesson.message.map(|message| message.0), "message_id": lesson.header_id.as_ref().map(MessageId::to_string),
        "intent": lesson.intent.map(Intent::name), "language": lesson.language.map(Language::code),
        "read": { "intent": lesson.read_intent.map(Intent::name), "confidence": lesson.read_intent_confidence_milli as f64 / 1_000.0,
                  "language": lesson.read_language.code() },
        "subject": lesson.subject,
    })
}
