//! What the books know that may concern a letter.

use crate::types::{CompanyId, ContactId, Country, EmailAddress, Language, Moment, ThreadId};

/// Everything the books returned for one letter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidates {
    /// The contact with the writer's address.
    pub contact: Option<KnownContact>,
    /// The company with the writer's mail domain.
    pub company: Option<KnownCompany>,
    /// Threads that may go on with this letter; one thread may come up by several kinds of evidence.
    pub threads: Vec<ThreadCandidate>,
}

/// A person the books know.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownContact {
    pub id: ContactId,
    pub address: EmailAddress,
    pub name: Option<String>,
    pub company: Option<CompanyId>,
    pub country: Option<Country>,
    pub language: Option<Language>,
    /// The member who looks after this contact.
    pub owner: Option<EmailAddress>,
}

/// A firm the books know.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownCompany {
    pub id: CompanyId,
    pub name: String,
    pub domain: Option<String>,
    pub country: Option<Country>,
    pub language: Option<Language>,
    pub owner: Option<EmailAddress>,
}

/// A thread that may go on with a letter.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreadCandidate {
    pub thread: ThreadId,
    pub evidence: ThreadEvidence,
    pub contact: Option<ContactId>,
    pub company: Option<CompanyId>,
    /// The thread's base subject, folded (no `Re:`, no case, no white space).
    pub subject_key: String,
    /// Folded addresses of everybody outside the team who wrote in it.
    pub participants: Vec<String>,
    pub last_at: Moment,
    /// In how many different threads the id that led here is cited: many make it worthless.
    pub cited_in_threads: u32,
}

/// How a thread came to be considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ThreadEvidence {
    /// The letter's In-Reply-To is the Message-ID of a mail in it.
    InReplyTo,
    /// The letter answers a draft or mail of ours, by its Message-ID.
    OurMail,
    /// One of the letter's References is a mail in it.
    References,
    /// A mail in it cites this letter: answers may arrive before what they answer.
    CitedBy,
    /// The same conversation in Outlook's Thread-Index.
    ThreadIndex,
    /// The same base subject, with the same contact.
    Subject,
}
