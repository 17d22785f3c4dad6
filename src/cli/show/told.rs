//! What letters told: opened, followed, left, answered; by a person or a machine, and why it is taken for one.

use super::columns::one_line;
use crate::cli::words::Words;
use crate::record::letters::{self, Letter, Reply};
use crate::record::messages::{Direction, Message};
use crate::record::outbox::returns::{self, Return};
use crate::record::{BooksError, Session, choices, tracking};
use crate::trade::tracking::{Class, EventKind, Past, standing};
use crate::types::{DeliveryId, EmailAddress, MessageRow, Moment};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Display;

/// The same twice: lines for a person, and objects for a script.
pub(super) struct Told {
    pub lines: Vec<String>,
    pub json: Value,
    /// When they left everything.
    pub left: Option<Moment>,
    /// The replies that the lines tell.
    pub replies: Replies,
}

/// Replies, each with the delivery that it answers.
pub(super) type Replies = BTreeSet<(DeliveryId, MessageRow)>;

/// What the letters told that a mail of ours is, or that answered it.
pub(super) async fn of_message(session: &mut Session, message: &Message, words: &Words) -> Result<Told, BooksError> {
    let found = match (message.direction, &message.message_id) {
        (Direction::Out, Some(id)) => letters::list_of_header_id(session, id).await?,
        (Direction::Out, None) => Vec::new(),
        (Direction::In, _) => letters::list_answering(session, message.id).await?,
    };
    tell(session, found, words).await
}

/// What the letters to a person told, and whether that person left.
pub(super) async fn of_person(session: &mut Session, address: &EmailAddress, limit: i64, words: &Words) -> Result<Told, BooksError> {
    let found = letters::list_to(session, address, limit).await?;
    let mut told = tell(session, found, words).await?;
    told.left = choices::find_chosen(session, address).await?.left_at;
    if let Some(at) = told.left {
        told.lines.push(words.say("told.left", &[("at", &minute(at))]));
    }
    Ok(told)
}

async fn tell(session: &mut Session, found: Vec<Letter>, words: &Words) -> Result<Told, BooksError> {
    let (mut lines, mut objects, mut told) = (Vec::new(), Vec::with_capacity(found.len()), Replies::new());
    if !found.is_empty() {
        lines.extend([String::new(), words.say("told.letters", &[])]);
    }
    for letter in found {
        let mut events = tracking::list_events(session, letter.delivery).await?;
        events.reverse();
        let links = tracking::list_links(session, letter.delivery).await?;
        let replies = letters::list_replies(session, &letter.header_id).await?;
        let back = returns::list_of_delivery(session, letter.delivery).await?;
        told.extend(replies.iter().map(|reply| (letter.delivery, reply.message)));
        lines.extend(of_letter(&letter, &events, &links, &replies, &back, words).iter().map(|line| format!("  {}", one_line_in(line))));
        objects.push(as_json(&letter, &events, &links, &replies));
    }
    Ok(Told { lines, json: objects.into(), left: None, replies: told })
}

/// A line keeps its indentation.
fn one_line_in(line: &str) -> String {
    let indent = line.len() - line.trim_start_matches(' ').len();
    format!("{}{}", " ".repeat(indent), one_line(line))
}

fn of_letter(letter: &Letter, events: &[Past], links: &[(i64, String)], replies: &[Reply], back: &[Return], words: &Words) -> Vec<String> {
    let (at, state) = (minute(letter.changed_at), letter.state.name());
    let head: [(&str, &dyn Display); 5] =
        [("id", &letter.delivery), ("at", &at), ("recipient", &letter.recipient), ("subject", &letter.subject), ("state", &state)];
    let mut lines = vec![words.say("told.letter", &head)];
    let replied = replies.iter().map(reply_class).max();
    let opened = class_or_nobody(standing(events, EventKind::Open), letter.has_picture, words);
    let clicked = class_or_nobody(standing(events, EventKind::Click), letter.links > 0, words);
    let replied = class_or_nobody(replied, true, words);
    lines.push(format!("  {}", words.say("told.summary", &[("opened", &opened), ("clicked", &clicked), ("replied", &replied)])));
    if let Some(why) = &letter.untracked {
        lines.push(format!("  {}", words.say("told.untracked", &[("why", &untracked(why, words))])));
    }
    for (event, times) in grouped(events) {
        let (at, who, why) = (minute(event.at), class(event.class, words), reason(&event.reason, words));
        let what = what(event, links, words);
        lines.push(format!(
            "  {}",
            words.say("told.event", &[("at", &at), ("what", &what), ("times", &times), ("who", &who), ("why", &why)])
        ));
    }
    for reply in replies {
        let told = of_reply(reply, words);
        let day = back.iter().find(|one| one.message == reply.message).map_or("", |one| one.returns_on.as_str());
        lines.push(match day {
            "" => format!("  {told}"),
            day => format!("  {told} {}", words.say("told.back_on", &[("day", &day)])),
        });
    }
    lines
}

/// What is the same in all but its time is told once, with the last time and how often.
fn grouped(events: &[Past]) -> Vec<(&Past, usize)> {
    let mut groups: Vec<(&Past, usize)> = Vec::new();
    for event in events {
        let is_same = |known: &Past| {
            (known.kind, known.link, known.class, known.reason.as_str()) == (event.kind, event.link, event.class, event.reason.as_str())
        };
        match groups.iter_mut().find(|(known, _)| is_same(known)) {
            Some(group) => *group = (event, group.1 + 1),
            None => groups.push((event, 1)),
        }
    }
    groups
}

fn what(event: &Past, links: &[(i64, String)], words: &Words) -> String {
    match event.kind {
        EventKind::Open => words.say("told.opened", &[]),
        EventKind::Click if event.link == 0 => words.say("told.hidden", &[]),
        EventKind::Click => {
            let url = links.iter().find(|(number, _)| *number == event.link).map(|(_, url)| url.as_str()).unwrap_or_default();
            words.say("told.clicked", &[("number", &event.link), ("url", &url)])
        }
        EventKind::Unsubscribe => words.say("told.unsubscribed", &[]),
        EventKind::Preference => words.say("told.chose", &[]),
    }
}

fn of_reply(reply: &Reply, words: &Words) -> String {
    let (at, who) = (minute(reply.at), class(reply_class(reply), words));
    let why = match reply.automatic.as_str() {
        "" => words.say("told.why_written", &[]),
        kind => words.say("told.why_header", &[("kind", &kind)]),
    };
    let what = words.say("told.replied", &[("message", &reply.message)]);
    words.say("told.event", &[("at", &at), ("what", &what), ("times", &1), ("who", &who), ("why", &why)])
}

fn reply_class(reply: &Reply) -> Class {
    if reply.automatic.is_empty() { Class::Human } else { Class::Automatic }
}

fn class(class: Class, words: &Words) -> String {
    match class {
        Class::Human => words.say("told.human", &[]),
        Class::Unknown => words.say("told.unknown", &[]),
        Class::Automatic => words.say("told.automatic", &[]),
        Class::Own => words.say("told.own", &[]),
    }
}

/// Who did it; nobody as far as is known; or it cannot be told at all.
fn class_or_nobody(standing: Option<Class>, can_be_told: bool, words: &Words) -> String {
    match standing {
        Some(known) => class(known, words),
        None if can_be_told => words.say("told.nobody", &[]),
        None => words.say("told.not_told", &[]),
    }
}

/// Why something is taken for a person's or a machine's.
fn reason(reason: &str, words: &Words) -> String {
    let key = match reason {
        "own-network" => "told.why_own_network",
        "head" => "told.why_head",
        "no-agent" => "told.why_no_agent",
        "prefetch" => "told.why_prefetch",
        "honeypot" => "told.why_honeypot",
        "too-soon" => "told.why_too_soon",
        "burst" => "told.why_burst",
        "all-links" => "told.why_all_links",
        "proxy-again" => "told.why_proxy_again",
        "plain" => "told.why_plain",
        "one-click" => "told.why_one_click",
        "form" => "told.why_form",
        "mail" => "told.why_mail",
        other => {
            let rule = other.strip_prefix("rule:").unwrap_or(other);
            return words.say("told.why_rule", &[("rule", &rule)]);
        }
    };
    words.say(key, &[])
}

/// Why a letter tells nothing.
fn untracked(why: &str, words: &Words) -> String {
    match why.split_once(':') {
        Some(("consent", country)) => words.say("told.untracked_consent", &[("country", &country)]),
        _ if why == "withdrawn" => words.say("told.untracked_withdrawn", &[]),
        _ if why == "no-country" => words.say("told.untracked_no_country", &[]),
        _ if why == "off" => words.say("told.untracked_off", &[]),
        _ => words.say("told.untracked_html", &[]),
    }
}

fn as_json(letter: &Letter, events: &[Past], links: &[(i64, String)], replies: &[Reply]) -> Value {
    let url = |number: i64| links.iter().find(|(known, _)| *known == number).map(|(_, url)| url.clone());
    let name = |class: Option<Class>| class.map(Class::name);
    let event = |event: &Past| {
        json!({ "kind": event.kind.name(), "link": Some(event.link).filter(|link| *link > 0), "url": url(event.link), "at": event.at.to_string(),
                "class": event.class.name(), "reason": event.reason })
    };
    let reply = |reply: &Reply| {
        json!({ "message": reply.message.0, "at": reply.at.to_string(), "class": reply_class(reply).name(),
                "reason": Some(reply.automatic.as_str()).filter(|kind| !kind.is_empty()).unwrap_or("written") })
    };
    json!({
        "delivery": letter.delivery.0, "message_id": letter.header_id, "recipient": letter.recipient, "subject": letter.subject,
        "state": letter.state.name(), "changed_at": letter.changed_at.to_string(), "untracked": letter.untracked,
        "opened": name(standing(events, EventKind::Open)), "clicked": name(standing(events, EventKind::Click)),
        "replied": name(replies.iter().map(reply_class).max()),
        "events": events.iter().map(event).collect::<Vec<_>>(), "replies": replies.iter().map(reply).collect::<Vec<_>>(),
    })
}

/// `2026-11-16T01:00`, as `show` writes moments.
fn minute(at: Moment) -> String {
    at.to_string().chars().take(16).collect()
}
