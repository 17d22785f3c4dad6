//! Person or machine.
//!
//! Wanted: a person who follows a link half a minute after delivery is seen as one although a filter asked for every link before; a filter
//! that calls itself a browser is not. What a filter does is plain only when it is over: its first request looks like anybody's. So each
//! request may show earlier ones in another light ([`Revised`]), and whoever acts upon a click waits [`final_after_ms`] first.
//!
//! Known and accepted: a person who opens a letter and follows a link within seconds of its sending counts as a machine, and so does
//! whoever opens three links in new tabs at once, or uses a program that asks for a link's head the moment it is tapped. A filter that asks for one link alone, late and under a browser's name, counts as a
//! person; nothing at all tells the two apart.

use super::rules::{Rules, rules};
use super::{Asked, Class, EventKind, Hit, Letter, Past, Reason};
use crate::types::Moment;
use std::collections::BTreeSet;

/// Fewer links than this may all be followed by a person.
const ALL_LINKS_LEAST: i64 = 3;

/// What a request is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub class: Class,
    pub reason: Reason,
    /// Earlier requests that are seen otherwise now.
    pub revised: Vec<Revised>,
}

/// An earlier request that was a machine's after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revised {
    pub id: i64,
    pub reason: Reason,
}

/// Who asks, as far as can be told now.
pub fn classify(hit: &Hit<'_>, letter: &Letter<'_>) -> Verdict {
    // A colleague who looks at what was sent is no reader, and says nothing of what the reader's machines did at that moment.
    if hit.is_own {
        return Verdict { class: Class::Own, reason: Reason::OwnNetwork, revised: Vec::new() };
    }
    let rules = rules();
    let (class, reason) = of_itself(hit, letter, rules);
    let (company, revised) = in_company(hit, letter, rules);
    match (class, company) {
        // What a request says of itself tells more than the company it came in.
        (Class::Human | Class::Unknown, Some(company)) => Verdict { class: Class::Automatic, reason: company, revised },
        _ => Verdict { class, reason, revised },
    }
}

/// After so many milliseconds nothing shows a request in another light any more.
pub fn final_after_ms() -> i64 {
    let times = rules().times;
    times.burst_ms.max(times.all_links_ms()).max(times.honeypot_ms())
}

/// What all requests together say of the reader: one of a person's own is enough, whatever machines did before or after. What the team's
/// own people did says nothing.
pub fn standing(events: &[Past], kind: EventKind) -> Option<Class> {
    events.iter().filter(|event| event.kind == kind && event.class != Class::Own).map(|event| event.class).max()
}

fn of_itself(hit: &Hit<'_>, letter: &Letter<'_>, rules: &Rules) -> (Class, Reason) {
    // However it was asked for: what it tells of the requests around it must not be lost.
    if hit.what == Asked::Honeypot {
        return (Class::Automatic, Reason::Honeypot);
    }
    if hit.head {
        return (Class::Automatic, Reason::Head);
    }
    if hit.purpose.is_some_and(|purpose| rules.looks_ahead(purpose)) {
        return (Class::Automatic, Reason::Prefetch);
    }
    if hit.agent.is_none_or(|agent| agent.trim().is_empty()) {
        return (Class::Automatic, Reason::NoAgent);
    }
    let kind = hit.what.kind();
    let is_too_soon = letter.sent_at.is_none_or(|sent| hit.at < sent.plus_ms(rules.times.too_soon_ms(kind)));
    match rules.first(hit) {
        Some((id, Class::Automatic)) => (Class::Automatic, Reason::Rule(id.to_owned())),
        _ if is_too_soon => (Class::Automatic, Reason::TooSoon),
        Some((id, class)) => {
            let reason = Reason::Rule(id.to_owned());
            match fetched_long_before(hit.at, &reason, letter, rules) {
                true => (Class::Human, Reason::ProxyAgain),
                false => (class, reason),
            }
        }
        None => (Class::Human, Reason::Plain),
    }
}

/// Whether the same proxy fetched the picture so long ago that this is another opening.
fn fetched_long_before(at: Moment, reason: &Reason, letter: &Letter<'_>, rules: &Rules) -> bool {
    let reason = reason.to_string();
    let mut same = letter.before.iter().filter(|past| past.reason == reason).peekable();
    same.peek().is_some() && same.all(|past| at >= past.at.plus_ms(rules.times.proxy_again_ms()))
}

/// What the requests around this one say of it and of themselves.
fn in_company(hit: &Hit<'_>, letter: &Letter<'_>, rules: &Rules) -> (Option<Reason>, Vec<Revised>) {
    let times = &rules.times;
    let around = |ms: i64| {
        let of_time = move |past: &&Past| past.at >= hit.at.plus_ms(-ms) && past.at <= hit.at.plus_ms(ms);
        let of_reader = letter.before.iter().filter(|past| past.class != Class::Own);
        of_reader.filter(of_time).filter(|past| matches!(past.kind, EventKind::Open | EventKind::Click))
    };
    let honeypot = Reason::Honeypot.to_string();
    if hit.what == Asked::Honeypot {
        return (None, revised(around(times.honeypot_ms()), &Reason::Honeypot));
    }
    if around(times.honeypot_ms()).any(|past| past.reason == honeypot) {
        return (Some(Reason::Honeypot), Vec::new());
    }
    let Asked::Link(number) = hit.what else { return (None, Vec::new()) };
    let clicks = |ms: i64| around(ms).filter(|past| past.kind == EventKind::Click);
    let others: BTreeSet<i64> = clicks(times.all_links_ms()).map(|past| past.link).filter(|link| *link > 0).chain([number]).collect();
    let all_of_them = i64::try_from(others.len()).is_ok_and(|count| count >= letter.links);
    if letter.links >= ALL_LINKS_LEAST && all_of_them {
        return (Some(Reason::AllLinks), revised(clicks(times.all_links_ms()), &Reason::AllLinks));
    }
    if clicks(times.burst_ms).any(|past| past.link != number) {
        return (Some(Reason::Burst), revised(clicks(times.burst_ms), &Reason::Burst));
    }
    // First looked at, then fetched: no browser does so.
    let head = Reason::Head.to_string();
    if clicks(times.burst_ms).any(|past| past.reason == head) {
        return (Some(Reason::Head), Vec::new());
    }
    (None, Vec::new())
}

/// Those of them that were not known for machines yet.
fn revised<'a>(events: impl Iterator<Item = &'a Past>, reason: &Reason) -> Vec<Revised> {
    events.filter(|past| past.class != Class::Automatic).map(|past| Revised { id: past.id, reason: reason.clone() }).collect()
}
