//! Which thread a letter goes on with.
//!
//! Evidence is weighed, not believed. An id in In-Reply-To is strong; References count only beside a common subject or person,
//! because senders' systems put constant ids there; a subject joins only within one customer. An id cited in many threads proves
//! nothing. Known and accepted: a customer who answers an old mail to start a new matter stays in the old thread unless both the
//! subject is new and the thread has rested; a person can split it.

use super::candidates::{Candidates, KnownCompany, KnownContact, ThreadCandidate, ThreadEvidence};
use super::subject::{has_reply_mark, subject_key};
use super::writer::Writer;
use crate::parse::Letter;
use crate::types::{Moment, ThreadId};

/// Points that join a letter to a thread.
const JOIN_POINTS: i32 = 60;
/// An id cited in more threads than this is a constant of some sender's system.
const CITED_IN_THREADS_MAX: u32 = 3;
/// After so long a rest a new subject is a new matter, whatever mail it answers.
const REST_MS: i64 = 60 * 86_400_000;
/// Within this time the same subject from the same person goes on with the same thread without a `Re:`.
const SAME_SUBJECT_MS: i64 = 21 * 86_400_000;
/// A subject shorter than this ("Inquiry", "Order") says nothing about the matter.
const TELLING_SUBJECT_LEN: usize = 14;

/// Whose letter it is and where it belongs, with the reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    pub contact: Option<KnownContact>,
    pub company: Option<KnownCompany>,
    pub thread: ThreadLink,
    /// Whether the known thread is with the person or the firm that this letter comes from or goes to.
    pub same_customer: bool,
    /// One line.
    pub why: String,
}

/// The thread of a letter.
#[derive(Debug, Clone, PartialEq)]
pub enum ThreadLink {
    /// Goes on with this one.
    Known(ThreadId),
    /// Begins one.
    New,
}

/// Links a letter of `writer`, recorded at `now`, from what the books returned.
pub fn link(letter: &Letter, writer: &Writer, candidates: &Candidates, now: Moment) -> Link {
    let subject = letter.subject.as_deref().unwrap_or("");
    let case = Case {
        key: subject_key(subject),
        has_reply_mark: has_reply_mark(subject) || !letter.in_reply_to.is_empty(),
        writer: writer.person.address.as_ref().map(|address| address.folded()),
        candidates,
        at: letter.sent_at.map_or(now, |sent| sent.min(now)),
    };
    let best = candidates
        .threads
        .iter()
        .filter(|thread| !case.is_foreign(thread))
        .map(|thread| (case.points(thread), thread))
        .filter(|(points, _)| *points >= JOIN_POINTS)
        .max_by_key(|(points, thread)| (*points, thread.last_at, thread.thread));
    let same_customer = best.is_some_and(|(_, found)| case.is_same_customer(found));
    let (thread, thread_why) = match best {
        Some((points, found)) => {
            (ThreadLink::Known(found.thread), format!("goes on with thread {} ({}, {points} points)", found.thread, reason(found.evidence)))
        }
        None if candidates.threads.is_empty() => (ThreadLink::New, "a new thread: nothing earlier to go on with".to_owned()),
        None => (ThreadLink::New, "a new thread: too little speaks for an earlier one".to_owned()),
    };
    let person_why = match (&candidates.contact, &candidates.company) {
        (Some(contact), _) => format!("contact {} by address", contact.id),
        (None, Some(company)) => format!("company {} by mail domain", company.id),
        (None, None) => "a stranger".to_owned(),
    };
    Link {
        contact: candidates.contact.clone(),
        company: candidates.company.clone(),
        thread,
        same_customer,
        why: format!("{}; {person_why}; {thread_why}", writer.why),
    }
}

fn reason(evidence: ThreadEvidence) -> &'static str {
    match evidence {
        ThreadEvidence::InReplyTo => "In-Reply-To",
        ThreadEvidence::OurMail => "answers a mail of ours",
        ThreadEvidence::References => "References",
        ThreadEvidence::CitedBy => "an answer to it came first",
        ThreadEvidence::ThreadIndex => "Thread-Index",
        ThreadEvidence::Subject => "same subject, same person",
    }
}

struct Case<'a> {
    key: String,
    has_reply_mark: bool,
    writer: Option<String>,
    candidates: &'a Candidates,
    at: Moment,
}

impl Case<'_> {
    /// Whether the thread is another customer's, so that only an answer to a mail of ours may join it.
    fn is_foreign(&self, thread: &ThreadCandidate) -> bool {
        !matches!(thread.evidence, ThreadEvidence::OurMail | ThreadEvidence::InReplyTo | ThreadEvidence::CitedBy)
            && !self.is_same_customer(thread)
    }

    fn is_same_customer(&self, thread: &ThreadCandidate) -> bool {
        let same_contact = self.candidates.contact.as_ref().is_some_and(|contact| thread.contact == Some(contact.id));
        let same_company = self.candidates.company.as_ref().is_some_and(|company| thread.company == Some(company.id));
        let took_part = self.writer.as_ref().is_some_and(|writer| thread.participants.contains(writer));
        same_contact || same_company || took_part
    }

    fn points(&self, thread: &ThreadCandidate) -> i32 {
        if thread.cited_in_threads > CITED_IN_THREADS_MAX && thread.evidence != ThreadEvidence::Subject {
            return 0;
        }
        let same_subject = !self.key.is_empty() && self.key == thread.subject_key;
        let same_customer = self.is_same_customer(thread);
        let rest_ms = self.at.0.saturating_sub(thread.last_at.0);
        let is_new_matter = !same_subject && !self.key.is_empty() && !thread.subject_key.is_empty() && rest_ms > REST_MS;
        let base = match thread.evidence {
            ThreadEvidence::OurMail => 70,
            ThreadEvidence::InReplyTo => 65,
            ThreadEvidence::CitedBy => 60,
            ThreadEvidence::References => 45,
            ThreadEvidence::ThreadIndex => 40,
            ThreadEvidence::Subject => self.subject_points(rest_ms),
        };
        let shared = i32::from(same_customer) * 15 + i32::from(same_subject) * 15;
        base + shared - i32::from(is_new_matter) * 40
    }

    /// A common subject says something when the letter is an answer, or when the subject is telling and the thread is fresh.
    fn subject_points(&self, rest_ms: i64) -> i32 {
        let is_telling = self.key.chars().count() >= TELLING_SUBJECT_LEN || !self.key.is_ascii() && self.key.chars().count() >= 8;
        if self.has_reply_mark || (is_telling && rest_ms < SAME_SUBJECT_MS) { 35 } else { 0 }
    }
}

#[cfg(test)]
mod tests;
