//! What a mail that came in says of mail that left through us. In come the letter and the deliveries that the books returned for it; out
//! come the ones it is about, each with the evidence.
//!
//! Wanted: nobody is blamed for mail that is not ours. Others write in our name, and what comes back of that names their ids. So an id in
//! the mail decides: when it is ours, whose it is is known; when it is somebody else's, the mail is not about us, whatever else it says.
//! Only a mail without any id is matched by whom and what it names, and only with what left in the last fourteen days.
//!
//! Accepted: whoever knows whom we wrote to, and with which subject, can make up a report without an id that is believed. What follows from
//! it is that this person gets no automatic mail; a person's letters go on, and `tradepost suppress remove` takes it back.

mod kinds;

pub use kinds::{Fate, ReturnKind, ReturnedBy};

use super::domains::company_domain;
use super::subject::{folded, has_reply_mark, subject_key};
use super::{Writer, WriterKind};
use crate::parse::{Automatic, Bounce, BounceKind, Disposition, Letter, ReportKind};
use crate::types::{DeliveryId, EmailAddress, MessageId, Moment, OutgoingId};
use crate::understand::{Reading, Rules};
use std::collections::BTreeSet;

/// How long a mail without an id can be about one that left.
pub const BACK_WITHIN_MS: i64 = 14 * 86_400_000;
/// An automatic answer that says nothing of what it answers comes at once.
const AT_ONCE_MS: i64 = 2 * 86_400_000;
/// Clocks differ; beyond that nothing comes back before it has left.
const CLOCKS_MS: i64 = 10 * 60_000;
/// Characters of the text in which a subject is looked for.
const TEXT_LEN_MAX: usize = 16_000;
/// A subject shorter than this is found by chance: in letters of an alphabet, and in characters that say more.
const TELLING_LEN: usize = 6;
const TELLING_LEN_CJK: usize = 3;
/// An id that a server made up is as long as this at least; what is shorter may stand in any reply.
const SERVER_ID_LEN: usize = 16;

/// A delivery that a mail may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMail {
    pub delivery: DeliveryId,
    pub outgoing: OutgoingId,
    pub recipient: EmailAddress,
    pub subject: String,
    /// What the server said when it took it.
    pub reply: String,
    /// When that was.
    pub at: Moment,
}

/// How a delivery came to be considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SentTrace {
    /// By the return path the mail came to.
    ReturnPath,
    /// By a Message-ID in the mail; the one that is answered first.
    MessageId,
    /// By the envelope's id in the mail.
    EnvelopeId,
    /// By the Thread-Index.
    Conversation,
    /// By the thread.
    Thread,
    /// By an address that the mail names or comes from.
    Recipient,
    /// By the domain of that address.
    Domain,
}

/// A delivery to be considered, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCandidate {
    pub by: SentTrace,
    pub mail: SentMail,
}

/// A mail that came in, with all that may tell what it is about.
#[derive(Debug, Clone, Copy)]
pub struct Back<'a> {
    pub letter: &'a Letter,
    pub kind: ReturnKind,
    /// In the order in which the books gave them.
    pub candidates: &'a [SentCandidate],
    /// What it answers is in the books, and did not leave through us.
    pub answers_another: bool,
    pub rules: &'a Rules,
    pub now: Moment,
}

/// A delivery that a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned {
    pub delivery: DeliveryId,
    pub kind: ReturnKind,
    pub by: ReturnedBy,
}

/// What came back with this letter, if anything can have: mail of our own and mailings are no answers.
pub fn return_kind(letter: &Letter, reading: &Reading, writer: &Writer) -> Option<ReturnKind> {
    if matches!(writer.kind, WriterKind::Staff | WriterKind::ForwardedByStaff | WriterKind::Form) {
        return None;
    }
    if let Some(bounce) = &letter.bounce {
        return of_report(bounce);
    }
    if let Some(receipt) = &letter.receipt {
        return Some(match receipt.disposition {
            Disposition::Displayed => ReturnKind::Displayed,
            Disposition::Deleted => ReturnKind::Deleted,
            Disposition::Arrived => ReturnKind::Arrived,
        });
    }
    match reading.automatic {
        None | Some(Automatic::List) => Some(ReturnKind::Reply),
        Some(Automatic::AutoReply) => Some(ReturnKind::AutoReply),
        // A ticket system's note answers by its fields; a newsletter answers nobody.
        Some(Automatic::Bulk) => (!letter.in_reply_to.is_empty()).then_some(ReturnKind::AutoReply),
        Some(Automatic::Bounce) => None,
    }
}

fn of_report(bounce: &Bounce) -> Option<ReturnKind> {
    Some(match (bounce.report, bounce.kind) {
        (ReportKind::Feedback, _) => return None,
        (ReportKind::Complaint, _) => ReturnKind::Complaint,
        (ReportKind::Delivered, _) => ReturnKind::Delivered,
        (ReportKind::Delayed, _) | (_, BounceKind::Delay) => ReturnKind::Delayed,
        (ReportKind::Failed, BounceKind::Hard) => ReturnKind::Hard,
        (ReportKind::Failed, BounceKind::Soft) => ReturnKind::Soft,
        (ReportKind::Failed, BounceKind::Policy) => ReturnKind::Policy,
        (ReportKind::Failed, BounceKind::Unknown) => ReturnKind::Unexplained,
    })
}

/// The ids of mail that a letter is about or answers, the surest first. Empty when it names none.
pub fn ids_named(letter: &Letter) -> Vec<&MessageId> {
    let reported = letter.bounce.as_ref().and_then(|bounce| bounce.message_id.as_ref());
    let received = letter.receipt.as_ref().and_then(|receipt| receipt.message_id.as_ref());
    let mut ids: Vec<&MessageId> = Vec::new();
    for id in reported.into_iter().chain(received).chain(&letter.in_reply_to).chain(letter.references.iter().rev()) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// Whom a letter is about: the recipients a report names, else whoever writes.
pub fn people_named(letter: &Letter) -> Vec<&EmailAddress> {
    if let Some(bounce) = &letter.bounce {
        return bounce.recipients.iter().collect();
    }
    let receipt = letter.receipt.as_ref().and_then(|receipt| receipt.recipient.as_ref());
    receipt.into_iter().chain(&letter.from.address).collect()
}

/// The deliveries a mail is about. Several when a report names several recipients of one mail; none when it cannot be told.
pub fn returned(back: &Back<'_>) -> Vec<Returned> {
    let people = people_named(back.letter);
    let case = Case { back, keys: people.iter().map(|person| person.folded()).collect(), people };
    let found = case.by_return_path().or_else(|| case.by_message_id()).or_else(|| case.by_envelope_id());
    found.or_else(|| case.by_server_id()).unwrap_or_else(|| case.without_id())
}

struct Case<'a> {
    back: &'a Back<'a>,
    people: Vec<&'a EmailAddress>,
    /// Their folded addresses.
    keys: BTreeSet<String>,
}

impl<'a> Case<'a> {
    fn found(&self, by: SentTrace) -> impl Iterator<Item = &'a SentMail> {
        self.back.candidates.iter().filter(move |candidate| candidate.by == by).map(|candidate| &candidate.mail)
    }

    fn is_report(&self) -> bool {
        self.back.letter.bounce.is_some()
    }

    /// A failure at an address that we did not write to is not the failure of the one we did, and that somebody else has the mail or waits
    /// for it says nothing. Complaints hide whom they are about.
    fn told(&self, mail: &SentMail, by: ReturnedBy) -> Option<Returned> {
        let is_named = self.keys.is_empty() || self.keys.contains(&mail.recipient.folded());
        let kind = match self.back.kind {
            kind if is_named || !self.is_report() || kind == ReturnKind::Complaint => kind,
            kind if kind.is_failure() => ReturnKind::Elsewhere,
            _ => return None,
        };
        Some(Returned { delivery: mail.delivery, kind, by })
    }

    fn by_return_path(&self) -> Option<Vec<Returned>> {
        self.found(SentTrace::ReturnPath).next().map(|mail| self.told(mail, ReturnedBy::ReturnPath).into_iter().collect())
    }

    /// The mail whose id stands in it. Of its recipients the ones it names; where it names nobody, or somebody else, the only one.
    fn by_message_id(&self) -> Option<Vec<Returned>> {
        let first = self.found(SentTrace::MessageId).next()?;
        let mut of_mail: Vec<&SentMail> = self.found(SentTrace::MessageId).filter(|mail| mail.outgoing == first.outgoing).collect();
        of_mail.dedup_by_key(|mail| mail.delivery);
        let named: Vec<&SentMail> = of_mail.iter().filter(|mail| self.keys.contains(&mail.recipient.folded())).copied().collect();
        let firms: Vec<&SentMail> = of_mail.iter().filter(|mail| self.is_of_firm(&mail.recipient)).copied().collect();
        let chosen = match (named.as_slice(), firms.as_slice(), of_mail.as_slice()) {
            ([_, ..], ..) => named,
            (_, [one], _) | (_, _, [one]) => vec![*one],
            _ => Vec::new(),
        };
        Some(chosen.into_iter().filter_map(|mail| self.told(mail, ReturnedBy::MessageId)).collect())
    }

    /// The envelope's id is ours by its tag; a report that names another mail's id, or another recipient, is not about it all the same.
    fn by_envelope_id(&self) -> Option<Vec<Returned>> {
        let mail = self.found(SentTrace::EnvelopeId).next()?;
        let is_ours = self.keys.contains(&mail.recipient.folded()) && ids_named(self.back.letter).is_empty();
        is_ours.then(|| self.told(mail, ReturnedBy::EnvelopeId).into_iter().collect())
    }

    /// Some servers give a mail an id of their own, tell it when they take it, and name nothing else afterwards.
    fn by_server_id(&self) -> Option<Vec<Returned>> {
        let id = self.back.letter.bounce.as_ref()?.message_id.as_ref()?;
        let local = id.as_str().split('@').next().filter(|local| local.len() >= SERVER_ID_LEN)?;
        let mail = self.found(SentTrace::Recipient).find(|mail| mail.reply.contains(local))?;
        Some(self.told(mail, ReturnedBy::ServerId).into_iter().collect())
    }

    fn without_id(&self) -> Vec<Returned> {
        let names_id = !ids_named(self.back.letter).is_empty();
        match self.back.kind {
            // A complaint hides whom it is about.
            ReturnKind::Complaint => Vec::new(),
            _ if self.is_report() && names_id => Vec::new(),
            _ if self.is_report() => self.people.iter().filter_map(|person| self.reported(person)).collect(),
            _ if self.back.answers_another => Vec::new(),
            ReturnKind::Displayed | ReturnKind::Deleted | ReturnKind::Arrived if names_id => Vec::new(),
            _ => self.in_conversation().or_else(|| self.answered(names_id)).into_iter().collect(),
        }
    }

    /// The last mail to somebody a report names, with the subject it quotes, if it quotes one.
    fn reported(&self, person: &EmailAddress) -> Option<Returned> {
        let key = person.folded();
        let sent = || self.found(SentTrace::Recipient).filter(|mail| mail.recipient.folded() == key && self.left_before(mail));
        if let Some(mail) = self.with_subject(sent()) {
            return self.told(mail, ReturnedBy::Subject);
        }
        let quotes_another = self.back.letter.bounce.as_ref().is_some_and(|bounce| bounce.subject.is_some());
        let last = sent().filter(|_| !quotes_another).max_by_key(|mail| (mail.at, mail.delivery))?;
        self.told(last, ReturnedBy::Recipient)
    }

    /// The last mail of the same conversation to whoever answers, or to their firm.
    fn in_conversation(&self) -> Option<Returned> {
        [(SentTrace::Conversation, ReturnedBy::Conversation), (SentTrace::Thread, ReturnedBy::Thread)].into_iter().find_map(
            |(trace, by)| {
                let is_theirs = |mail: &&SentMail| self.keys.contains(&mail.recipient.folded()) || self.is_of_firm(&mail.recipient);
                let sent = self.found(trace).filter(is_theirs).filter(|mail| self.left_before(mail));
                sent.max_by_key(|mail| (mail.at, mail.delivery)).map(|mail| Returned { delivery: mail.delivery, kind: self.back.kind, by })
            },
        )
    }

    /// The last mail to whoever answers, by its subject.
    fn answered(&self, names_id: bool) -> Option<Returned> {
        let told = |mail: &SentMail, by| Returned { delivery: mail.delivery, kind: self.back.kind, by };
        let to_person = || self.found(SentTrace::Recipient).filter(|mail| self.left_before(mail));
        if self.back.kind == ReturnKind::Reply {
            let subject = self.back.letter.subject.as_deref().unwrap_or_default();
            let key = subject_key(subject);
            let is_same = |mail: &&SentMail| is_telling(&key) && subject_key(&mail.subject) == key;
            let last = to_person().filter(|_| has_reply_mark(subject)).filter(is_same).max_by_key(|mail| (mail.at, mail.delivery))?;
            return Some(told(last, ReturnedBy::Subject));
        }
        let to_firm = self.found(SentTrace::Domain).filter(|mail| self.left_before(mail) && self.is_of_firm(&mail.recipient));
        if let Some(mail) = self.with_subject(to_person()).or_else(|| self.with_subject(to_firm)) {
            return Some(told(mail, ReturnedBy::Subject));
        }
        let is_fresh = |mail: &&SentMail| mail.at >= self.came_at().plus_ms(-AT_ONCE_MS);
        let last = to_person().filter(|_| !names_id && self.back.kind == ReturnKind::AutoReply).filter(is_fresh);
        last.max_by_key(|mail| (mail.at, mail.delivery)).map(|mail| told(mail, ReturnedBy::Recipient))
    }

    /// The one whose subject the mail speaks of; of several the longest, for "Offer 1" stands in "Offer 12" too.
    fn with_subject<'m>(&self, sent: impl Iterator<Item = &'m SentMail>) -> Option<&'m SentMail> {
        // A report may name hundreds of people; the text is read for those only whom we wrote to.
        let mut sent = sent.peekable();
        sent.peek()?;
        let letter = self.back.letter;
        let quoted = letter.bounce.as_ref().and_then(|bounce| bounce.subject.as_deref());
        let own = Some(letter.subject.as_deref().unwrap_or_default()).filter(|_| quoted.is_none());
        let text = own.map(|_| letter.text.chars().take(TEXT_LEN_MAX).collect::<String>());
        let spoken: Vec<String> = quoted.into_iter().chain(own).chain(text.as_deref()).map(folded).collect();
        let speaks_of =
            |key: &String| spoken.iter().any(|words| is_telling(key) && words.contains(key.as_str()) || !key.is_empty() && words == key);
        sent.map(|mail| (subject_key(&mail.subject), mail))
            .filter(|(key, _)| speaks_of(key))
            .max_by_key(|(key, mail)| (key.len(), mail.at, mail.delivery))
            .map(|(_, mail)| mail)
    }

    fn is_of_firm(&self, recipient: &EmailAddress) -> bool {
        let firm = company_domain(recipient, self.back.rules);
        firm.is_some() && self.people.iter().any(|person| company_domain(person, self.back.rules) == firm)
    }

    fn came_at(&self) -> Moment {
        self.back.letter.sent_at.map_or(self.back.now, |sent| sent.min(self.back.now))
    }

    fn left_before(&self, mail: &SentMail) -> bool {
        mail.at <= self.came_at().plus_ms(CLOCKS_MS) && mail.at >= self.back.now.plus_ms(-BACK_WITHIN_MS)
    }
}

/// Whether a folded subject is not found in any mail by chance.
fn is_telling(key: &str) -> bool {
    let len = key.chars().count();
    len >= TELLING_LEN || len >= TELLING_LEN_CJK && key.chars().any(|c| c >= '\u{2e80}')
}

#[cfg(test)]
mod tests;
