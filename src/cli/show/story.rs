//! What left for somebody, what became of it, and what came back.

use super::columns::one_line;
use super::told::Replies;
use crate::cli::suppress::key_sentences;
use crate::cli::words::Words;
use crate::flow::{Clock, KeyFileError, list_key_to_look};
use crate::link::ReturnKind;
use crate::record::messages::{Direction, Message};
use crate::record::outbox::lists::{self, Delivery};
use crate::record::outbox::returns::{self, Return};
use crate::record::suppressions::{self, KeyFit};
use crate::record::{BooksError, Session, owed};
use crate::types::{EmailAddress, Moment};
use serde_json::{Map, Value, json};
use std::path::Path;

/// The same twice: lines for a person, fields for a script.
pub(super) struct Story {
    pub lines: Vec<String>,
    pub json: Map<String, Value>,
    told: Replies,
}

/// The story of a message: where it left through us, at whom it arrived and what came back; where it came in, what of ours it is about and
/// what answered it.
/// `told` are the replies that [`super::told`] tells with who wrote them: here they are not told again.
pub(super) async fn of_message(session: &mut Session, message: &Message, told: Replies, words: &Words) -> Result<Story, BooksError> {
    let mut story = Story { lines: Vec::new(), json: Map::new(), told };
    if message.direction == Direction::Out {
        let mut left = Vec::new();
        if let Some(id) = &message.message_id {
            let mut numbers: Vec<_> = returns::list_by_ids(session, &[id]).await?.into_iter().map(|found| found.mail.delivery).collect();
            numbers.dedup();
            for number in numbers {
                left.extend(lists::find(session, number).await?);
            }
        }
        story.tell(session, "deliveries", words.say("returned.became", &[]), left, words).await?;
        return Ok(story);
    }
    let mut about = Vec::new();
    for back in returns::list_of_message(session, message.id).await? {
        about.extend(lists::find(session, back.delivery).await?);
    }
    story.tell(session, "about", words.say("returned.about", &[]), about, words).await?;
    let mut answers = Vec::new();
    for mail in lists::list_answering(session, message.id).await? {
        answers.extend(lists::list_of_outgoing(session, mail).await?);
    }
    story.tell(session, "answers", words.say("returned.answers", &[]), answers, words).await?;
    Ok(story)
}

/// The story of a person: what left for them, and whether anything still goes by itself.
pub(super) async fn of_person(
    session: &mut Session,
    address: &EmailAddress,
    limit: i64,
    key_file: &Path,
    told: Replies,
    words: &Words,
) -> Result<Story, BooksError> {
    let mut story = Story { lines: Vec::new(), json: Map::new(), told };
    let left = lists::list_to_person(session, &address.folded(), limit).await?;
    story.tell(session, "deliveries", words.say("returned.left_for", &[]), left, words).await?;
    let entries = suppressed(session, address, key_file).await?;
    let of_entries = |entries: &[suppressions::Suppression]| -> Value {
        let entry = |entry: &suppressions::Suppression| {
            json!({ "scope": entry.whom.scope.name(), "reason": entry.reason.name(), "since": entry.since.to_string(),
                    "until": entry.until.map(|until| until.to_string()), "note": entry.note })
        };
        entries.iter().map(entry).collect()
    };
    match entries {
        Ok(entries) => {
            for entry in &entries {
                let (reason, since) = (entry.reason.name(), day(entry.since));
                let said = words.say("returned.suppressed", &[("reason", &reason), ("since", &since), ("note", &entry.note)]);
                story.lines.push(one_line(&said));
            }
            story.json.insert("suppressed".into(), of_entries(&entries));
        }
        Err(why) => {
            let (what, advice) = key_sentences(&why, words);
            story.lines.push(format!("{}. {advice}", words.say("returned.not_told", &[("why", &what)])));
            story.json.insert("suppressed".into(), Value::Null);
        }
    }
    Ok(story)
}

/// The entries of a person, or why nobody can tell.
async fn suppressed(
    session: &mut Session,
    address: &EmailAddress,
    key_file: &Path,
) -> Result<Result<Vec<suppressions::Suppression>, KeyFileError>, BooksError> {
    if !suppressions::has_any(session).await? && !owed::has_any(session).await? {
        return Ok(Ok(Vec::new()));
    }
    let key = match list_key_to_look(key_file) {
        Ok(key) => key,
        Err(error) => return Ok(Err(error)),
    };
    if suppressions::find_key_fit(session, &key).await? == KeyFit::Another {
        return Ok(Err(KeyFileError::Another { file: key_file.to_owned() }));
    }
    suppressions::find(session, &key, address, Clock::System.now()).await.map(Ok)
}

impl Story {
    /// Whether there is anything in it.
    pub(super) fn tells(&self) -> bool {
        self.json.values().any(|told| told.as_array().is_some_and(|entries| !entries.is_empty()))
    }

    /// Adds deliveries with what came back of each.
    async fn tell(
        &mut self,
        session: &mut Session,
        name: &str,
        heading: String,
        left: Vec<Delivery>,
        words: &Words,
    ) -> Result<(), BooksError> {
        let mut told = Vec::with_capacity(left.len());
        if !left.is_empty() {
            self.lines.push(String::new());
            self.lines.push(heading);
        }
        for delivery in left {
            let back = returns::list_of_delivery(session, delivery.id).await?;
            self.lines.push(format!("  {}", one_line(&of_delivery(&delivery, words))));
            let told_else = |one: &&Return| {
                let is_reply = matches!(one.kind, ReturnKind::Reply | ReturnKind::AutoReply);
                !is_reply || !self.told.contains(&(delivery.id, one.message))
            };
            let told_here: Vec<&Return> = back.iter().filter(told_else).collect();
            self.lines.extend(told_here.into_iter().map(|one| format!("    {}", one_line(&of_return(one, words)))));
            told.push(delivery_json(&delivery, &back));
        }
        self.json.insert(name.to_owned(), told.into());
        Ok(())
    }
}

fn of_delivery(delivery: &Delivery, words: &Words) -> String {
    let why = [&delivery.warning, &delivery.why, &delivery.reply].into_iter().find(|why| !why.is_empty()).cloned().unwrap_or_default();
    words.say(
        "returned.left",
        &[
            ("id", &delivery.id),
            ("at", &minute(delivery.changed_at)),
            ("recipient", &delivery.recipient),
            ("subject", &delivery.subject),
            ("state", &delivery.state.name()),
            ("why", &why),
        ],
    )
}

fn of_return(back: &Return, words: &Words) -> String {
    let key = match back.kind {
        ReturnKind::Hard => "returned.bounce_hard",
        ReturnKind::Soft => "returned.bounce_soft",
        ReturnKind::Policy => "returned.bounce_policy",
        ReturnKind::Unexplained => "returned.bounce_unexplained",
        ReturnKind::Elsewhere => "returned.bounce_elsewhere",
        ReturnKind::Delayed => "returned.delayed",
        ReturnKind::Delivered => "returned.delivered",
        ReturnKind::Complaint => "returned.complaint",
        ReturnKind::Displayed => "returned.displayed",
        ReturnKind::Deleted => "returned.deleted",
        ReturnKind::Arrived => "returned.arrived",
        ReturnKind::AutoReply if back.returns_on.is_empty() => "returned.auto_reply",
        ReturnKind::AutoReply => "returned.auto_reply_until",
        ReturnKind::Reply => "returned.reply",
    };
    let (at, message) = (minute(back.at), back.message);
    let said = [back.status.as_str(), back.reason.as_str()].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let what = words.say(key, &[("at", &at), ("message", &message), ("day", &back.returns_on)]);
    if said.is_empty() { what } else { format!("{what} {said}") }
}

fn delivery_json(delivery: &Delivery, back: &[Return]) -> Value {
    let returned: Vec<Value> = back
        .iter()
        .map(|one| {
            json!({ "kind": one.kind.name(), "message": one.message.0, "at": one.at.to_string(), "status": text(&one.status),
                    "reason": text(&one.reason), "returns": text(&one.returns_on), "known_by": one.by.name() })
        })
        .collect();
    json!({
        "id": delivery.id.0, "class": delivery.class.name(), "recipient": delivery.recipient, "subject": delivery.subject,
        "message_id": delivery.header_id, "state": delivery.state.name(), "changed_at": delivery.changed_at.to_string(),
        "reply": text(&delivery.reply), "why": text(&delivery.why), "warning": text(&delivery.warning), "returned": returned,
    })
}

fn text(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// `2026-11-16T01:00`, as `show` writes moments.
fn minute(at: Moment) -> String {
    at.to_string().chars().take(16).collect()
}

fn day(at: Moment) -> String {
    at.to_string().chars().take(10).collect()
}
