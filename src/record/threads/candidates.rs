//! Threads that may go on with a letter, gathered for `link` to judge.
//!
//! Wanted: every thread the letter can point to, and a bounded cost whatever a hostile letter cites. So ids are asked about
//! sixteen at a time, every statement is limited and searches an index, and details are fetched for at most
//! [`CANDIDATES_MAX`] threads, in the order of the evidence's strength. Accepted: of an id that very many mails cite, only the newest
//! mentions are counted; such an id is worthless as evidence long before.

use super::bounded;
use crate::link::{ThreadCandidate, ThreadEvidence};
use crate::record::statement::Value;
use crate::record::{BooksError, Session, Statement};
use crate::types::{ContactId, EmailAddress, MessageId, Moment, ThreadId};
use std::collections::{HashMap, HashSet};

/// At most so many candidates are given.
pub const CANDIDATES_MAX: usize = 24;
/// Cited ids that are looked at: all that `parse` keeps, and no more whoever calls.
const CITED_MAX: usize = 128;
/// Ids one statement takes; fewer are filled up by repeating the last one.
const IDS_PER_STATEMENT: usize = 16;

/// What a letter gives to find its thread by.
#[derive(Debug, Clone, Copy)]
pub struct Traces<'a> {
    pub in_reply_to: &'a [MessageId],
    /// Oldest first.
    pub references: &'a [MessageId],
    /// The letter's own Message-ID.
    pub own_id: Option<&'a MessageId>,
    /// The conversation's part of Outlook's Thread-Index, in hexadecimal.
    pub thread_index: Option<&'a str>,
    pub contact: Option<ContactId>,
    /// The base subject folded; the empty one leads nowhere.
    pub subject_key: &'a str,
    /// Older threads are not continued by their subject alone.
    pub since: Moment,
}

statements! { STATEMENTS;
    /// Threads of recorded mails that bear one of these ids. Grouped, because an order by number with a limit tempts PostgreSQL,
    /// as long as it has no statistics, to walk all messages instead of searching for sixteen.
    LIST_MAILS(16) = "
SELECT message_id, thread_id, direction
  FROM message
 WHERE message_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
   AND message_id <> ''
 GROUP BY message_id, thread_id, direction
 ORDER BY message_id, thread_id DESC, direction
 LIMIT 64";

    /// Threads of mails of ours that bear one of these ids in another copy: providers give sent mail another one.
    LIST_COPIES(16) = "
SELECT header_id, (SELECT thread_id FROM message WHERE id = message_copy.message_id)
  FROM message_copy
 WHERE header_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
   AND header_id <> ''
 ORDER BY header_id, message_id DESC
 LIMIT 64";

    /// Drafts of ours that bear one of these ids: a member may have sent them from a folder we do not watch.
    LIST_DRAFTS(16) = "
SELECT message_id_header, thread_id
  FROM draft
 WHERE message_id_header IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
 ORDER BY id DESC
 LIMIT 64";

    /// Mails that left through us and bear one of these ids: their copy in Sent may not have been met yet.
    LIST_OUTGOING(16) = "
SELECT header_id, thread_id
  FROM outgoing
 WHERE header_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
   AND thread_id IS NOT NULL
 ORDER BY id DESC
 LIMIT 64";

    /// Threads whose mails mention this id, the newest mentions only. A sub-select and no join: it can only be answered by
    /// looking up each mail.
    LIST_MENTIONING(1) = "
SELECT (SELECT thread_id FROM message WHERE id = mention.message_id)
  FROM mention
 WHERE header_id = $1
 ORDER BY message_id DESC, kind DESC
 LIMIT 256";

    /// Threads of mails of the same Outlook conversation, the newest mails only.
    LIST_OF_CONVERSATION(1) = "
SELECT thread_id
  FROM message
 WHERE thread_index = $1
   AND thread_index <> ''
 ORDER BY id DESC
 LIMIT 256";

    LIST_OF_SUBJECT(3) = "
SELECT id
  FROM thread
 WHERE contact_id = $1
   AND subject_key = $2
   AND last_at >= $3
 ORDER BY last_at DESC, id DESC
 LIMIT 8";

    FIND_DETAILS(1) = "
SELECT contact_id, company_id, subject_key, last_at
  FROM thread
 WHERE id = $1";

    /// Who wrote in it, from its newest mails.
    LIST_WRITERS(1) = "
SELECT from_address, direction
  FROM message
 WHERE thread_id = $1
 ORDER BY id DESC
 LIMIT 128";
}

/// A thread found, and what by.
struct Found {
    thread: ThreadId,
    evidence: ThreadEvidence,
    /// The id that led here, when one did.
    by: Option<String>,
    cited_in_threads: u32,
}

/// The threads that may go on with a letter, by strength of evidence; a thread comes up once per kind of evidence.
pub async fn list_candidates(session: &mut Session, traces: &Traces<'_>) -> Result<Vec<ThreadCandidate>, BooksError> {
    let mut found = by_cited_ids(session, traces).await?;
    if let Some(own_id) = traces.own_id {
        let threads = list_threads(session, &LIST_MENTIONING, own_id.as_str()).await?;
        let cited_in_threads = small(threads.len());
        let evidence = ThreadEvidence::CitedBy;
        found.extend(threads.into_iter().map(|thread| Found { thread, evidence, by: None, cited_in_threads }));
    }
    if let Some(thread_index) = traces.thread_index.filter(|index| !index.is_empty()) {
        let threads = list_threads(session, &LIST_OF_CONVERSATION, bounded(thread_index)).await?;
        let cited_in_threads = small(threads.len());
        let evidence = ThreadEvidence::ThreadIndex;
        found.extend(threads.into_iter().map(|thread| Found { thread, evidence, by: None, cited_in_threads }));
    }
    if let Some(contact) = traces.contact
        && !traces.subject_key.is_empty()
    {
        let values = [contact.into(), bounded(traces.subject_key).into(), traces.since.into()];
        for row in session.rows(&LIST_OF_SUBJECT, &values).await? {
            let evidence = ThreadEvidence::Subject;
            found.push(Found { thread: ThreadId(row.int(0)?), evidence, by: None, cited_in_threads: 1 });
        }
    }
    // Stable: within one kind of evidence the nearest citation stays first.
    found.sort_by_key(|found| found.evidence);
    let mut seen = HashSet::new();
    found.retain(|found| seen.insert((found.thread, found.evidence)));
    found.truncate(CANDIDATES_MAX);
    with_details(session, found).await
}

/// Threads with mails or drafts that bear a cited id; the id cited last comes first, because it is the one answered.
async fn by_cited_ids(session: &mut Session, traces: &Traces<'_>) -> Result<Vec<Found>, BooksError> {
    let mut cited: Vec<&str> = Vec::new();
    // A draft's token stands for the draft: its own Message-ID may have been replaced when it was sent.
    let by_token: Vec<MessageId> = traces.references.iter().rev().filter_map(MessageId::of_token).collect();
    for id in traces.in_reply_to.iter().chain(traces.references.iter().rev()).chain(&by_token) {
        if cited.len() < CITED_MAX && !cited.contains(&id.as_str()) {
            cited.push(id.as_str());
        }
    }
    let mut found = Vec::new();
    for ids in cited.chunks(IDS_PER_STATEMENT) {
        let mut values: Vec<Value<'_>> = ids.iter().map(|id| Value::from(*id)).collect();
        if let Some(last) = values.last().cloned() {
            values.resize(IDS_PER_STATEMENT, last);
        }
        for row in session.rows(&LIST_MAILS, &values).await? {
            let Some(thread) = row.opt_int(1)?.map(ThreadId) else { continue };
            let (id, direction) = (row.text(0)?, row.text(2)?);
            let mut add = |evidence| found.push(Found { thread, evidence, by: Some(id.clone()), cited_in_threads: 0 });
            if traces.in_reply_to.iter().any(|cited| cited.as_str() == id) {
                add(ThreadEvidence::InReplyTo);
            }
            if traces.references.iter().any(|cited| cited.as_str() == id) {
                add(ThreadEvidence::References);
            }
            if direction == "out" {
                add(ThreadEvidence::OurMail);
            }
        }
        for row in session.rows(&LIST_COPIES, &values).await? {
            let Some(thread) = row.opt_int(1)?.map(ThreadId) else { continue };
            found.push(Found { thread, evidence: ThreadEvidence::OurMail, by: Some(row.text(0)?), cited_in_threads: 0 });
        }
        for statement in [&LIST_DRAFTS, &LIST_OUTGOING] {
            for row in session.rows(statement, &values).await? {
                let (id, thread) = (row.text(0)?, ThreadId(row.int(1)?));
                found.push(Found { thread, evidence: ThreadEvidence::OurMail, by: Some(id), cited_in_threads: 0 });
            }
        }
    }
    let order: HashMap<&str, usize> = cited.iter().enumerate().map(|(position, id)| (*id, position)).collect();
    found.sort_by_key(|found| found.by.as_deref().and_then(|id| order.get(id).copied()));
    Ok(found)
}

/// The different threads a statement gives, in its order.
async fn list_threads(session: &mut Session, statement: &'static Statement, key: &str) -> Result<Vec<ThreadId>, BooksError> {
    let mut threads = Vec::new();
    let mut seen = HashSet::new();
    for row in session.rows(statement, &[key.into()]).await? {
        threads.extend(row.opt_int(0)?.map(ThreadId).filter(|thread| seen.insert(*thread)));
    }
    Ok(threads)
}

async fn with_details(session: &mut Session, found: Vec<Found>) -> Result<Vec<ThreadCandidate>, BooksError> {
    let mut citations: HashMap<String, u32> = HashMap::new();
    let mut details: HashMap<ThreadId, Option<ThreadCandidate>> = HashMap::new();
    let mut candidates = Vec::with_capacity(found.len());
    for Found { thread, evidence, by, mut cited_in_threads } in found {
        if let Some(id) = by {
            cited_in_threads = match citations.get(&id) {
                Some(known) => *known,
                None => small(list_threads(session, &LIST_MENTIONING, &id).await?.len()),
            };
            citations.insert(id, cited_in_threads);
        }
        let known = match details.get(&thread) {
            Some(known) => known.clone(),
            None => describe(session, thread).await?,
        };
        details.insert(thread, known.clone());
        candidates.extend(known.map(|candidate| ThreadCandidate { evidence, cited_in_threads, ..candidate }));
    }
    Ok(candidates)
}

/// A thread with the people who wrote in it; evidence and citations are still to be filled in.
async fn describe(session: &mut Session, thread: ThreadId) -> Result<Option<ThreadCandidate>, BooksError> {
    let Some(row) = session.row(&FIND_DETAILS, &[thread.into()]).await? else { return Ok(None) };
    let mut participants: Vec<String> = Vec::new();
    for writer in session.rows(&LIST_WRITERS, &[thread.into()]).await? {
        if writer.text(1)? == "in"
            && let Ok(address) = EmailAddress::parse(&writer.text(0)?)
        {
            participants.push(address.folded());
        }
    }
    participants.sort_unstable();
    participants.dedup();
    Ok(Some(ThreadCandidate {
        thread,
        evidence: ThreadEvidence::Subject,
        contact: row.opt_int(0)?.map(ContactId),
        company: row.opt_int(1)?.map(crate::types::CompanyId),
        subject_key: row.text(2)?,
        participants,
        last_at: row.moment(3)?,
        cited_in_threads: 0,
    }))
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
