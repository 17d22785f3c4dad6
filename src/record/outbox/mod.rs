//! The outbox: what leaves through us, and what became of it at each recipient.
//!
//! A mail's bytes are fixed when it is added. Each recipient has a row of its own, a *delivery*, that goes
//! `planned → claimed → sending → final dot → sent`, or to `deferred`, `failed` or `uncertain`. The one thing that must never be guessed is
//! whether a server took a mail. Responsibility passes to it with the end of the mail (RFC 5321 §4.1.1.4: the line with a single dot), so
//! `final_dot` is committed before that line is written. Whoever finds a delivery in a state before it knows that nothing was handed over,
//! and sends it; whoever finds it in `final_dot` without a result knows nothing, and it becomes `uncertain` until Sent, a report, a reply
//! or a person tells.
//!
//! [`claims`] and [`steps`] have the way of a delivery through its states, [`lists`] what people and other stages ask, [`returns`] what came back.

pub mod claims;
pub mod holds;
pub mod lists;
pub mod overtaken;
pub mod returns;
pub mod steps;
pub mod uses;

use super::raw::RawMail;
use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{AccountId, EmailAddress, MessageId, MessageRow, Moment, OutgoingId, ThreadId};

/// Why a mail leaves: it decides which budget it counts against and what stops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailClass {
    /// An automatic answer (RFC 3834).
    Answer,
    /// Written or released by a person.
    Letter,
    /// A step of a sequence.
    Bulk,
    /// To our own team.
    Team,
}

impl MailClass {
    /// All classes.
    pub const ALL: [MailClass; 4] = [MailClass::Answer, MailClass::Letter, MailClass::Bulk, MailClass::Team];

    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            MailClass::Answer => "answer",
            MailClass::Letter => "letter",
            MailClass::Bulk => "bulk",
            MailClass::Team => "team",
        }
    }

    /// The class of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    Planned,
    /// In the hands of a daemon, until its lease runs out.
    Claimed,
    /// A connection speaks of it; nothing of it was handed over.
    Sending,
    /// The end of the mail is being written.
    FinalDot,
    Sent,
    /// The server said "later".
    Deferred,
    Failed,
    /// Nobody knows whether the server took it.
    Uncertain,
    /// Its time was over before it could go; a person decides.
    Missed,
    /// It does not go any more: a person, or what became of its recipient, said so.
    Dropped,
}

impl DeliveryState {
    /// All states, in the order of a delivery's life.
    pub const ALL: [DeliveryState; 10] = [
        DeliveryState::Planned,
        DeliveryState::Claimed,
        DeliveryState::Sending,
        DeliveryState::FinalDot,
        DeliveryState::Sent,
        DeliveryState::Deferred,
        DeliveryState::Failed,
        DeliveryState::Uncertain,
        DeliveryState::Missed,
        DeliveryState::Dropped,
    ];

    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            DeliveryState::Planned => "planned",
            DeliveryState::Claimed => "claimed",
            DeliveryState::Sending => "sending",
            DeliveryState::FinalDot => "final_dot",
            DeliveryState::Sent => "sent",
            DeliveryState::Deferred => "deferred",
            DeliveryState::Failed => "failed",
            DeliveryState::Uncertain => "uncertain",
            DeliveryState::Missed => "missed",
            DeliveryState::Dropped => "dropped",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What becomes of the copy of a mail in Sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SentCopy {
    /// To be put there, unless the provider does it.
    Wanted,
    /// We put it there.
    Put,
    /// The provider files what is sent by itself.
    Left,
    /// It has none.
    None,
}

impl SentCopy {
    /// All of them.
    pub const ALL: [SentCopy; 4] = [SentCopy::Wanted, SentCopy::Put, SentCopy::Left, SentCopy::None];

    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            SentCopy::Wanted => "wanted",
            SentCopy::Put => "put",
            SentCopy::Left => "left",
            SentCopy::None => "none",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|copy| copy.name() == name)
    }
}

/// A mail to be sent, as it will be seen.
#[derive(Debug)]
pub struct NewOutgoing<'a> {
    /// Names the effect, `answer:<message>`: the same effect never leaves twice.
    pub effect_key: &'a str,
    pub account: AccountId,
    pub thread: Option<ThreadId>,
    /// The mail it answers.
    pub answers: Option<MessageRow>,
    pub header_id: &'a MessageId,
    pub class: MailClass,
    /// The envelope's sender (RFC 5321 §4.1.1.2); `None` is the null path.
    pub envelope_from: Option<&'a EmailAddress>,
    pub subject: &'a str,
    pub sent_copy: SentCopy,
    pub raw: &'a RawMail,
    pub recipients: &'a [EmailAddress],
    pub due_at: Moment,
    /// After this it asks instead of going.
    pub not_after: Option<Moment>,
    pub now: Moment,
}

/// A mail of the outbox without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub id: OutgoingId,
    pub account: AccountId,
    pub thread: Option<ThreadId>,
    pub answers: Option<MessageRow>,
    pub header_id: String,
    pub class: MailClass,
    /// Empty for the null path.
    pub envelope_from: String,
    pub subject: String,
    pub sent_copy: SentCopy,
    pub created_at: Moment,
}

/// What is handed to a server.
#[derive(Debug)]
pub struct Letter {
    /// Empty for the null path.
    pub envelope_from: String,
    pub raw: RawMail,
}

/// What may be left to do when a mail was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Following {
    /// A copy of it goes to Sent.
    pub has_copy: bool,
    /// It tells when it is read.
    pub is_tracked: bool,
}

impl Following {
    /// Of a mail of which that is not known.
    pub const UNKNOWN: Self = Self { has_copy: true, is_tracked: true };
}

statements! { STATEMENTS;
    ADD(13) = "
INSERT INTO outgoing (id, effect_key, account_id, thread_id, answers_message, header_id, class, envelope_from, subject, sent_copy,
       created_at, size, zstd)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (effect_key) DO NOTHING";

    ADD_DELIVERY(10) = "
INSERT INTO delivery (id, outgoing_id, account_id, class, recipient, recipient_key, recipient_domain, due_at, not_after, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (outgoing_id, recipient_key) DO NOTHING";

    FIND(1) = "
SELECT id, account_id, thread_id, answers_message, header_id, class, envelope_from, subject, sent_copy, created_at
  FROM outgoing
 WHERE id = $1";

    FIND_BY_HEADER_ID(1) = "
SELECT id, account_id, thread_id, answers_message, header_id, class, envelope_from, subject, sent_copy, created_at
  FROM outgoing
 WHERE header_id = $1";

    FIND_LETTER(1) = "
SELECT envelope_from, size, zstd
  FROM outgoing
 WHERE id = $1";

    /// Those that are no longer than so many bytes as they are kept.
    LIST_LETTERS(9) = "
SELECT envelope_from, size, zstd, id, sent_copy,
       CAST(CASE WHEN EXISTS (SELECT 1
                           FROM delivery
                           JOIN tracked_letter ON tracked_letter.delivery_id = delivery.id
                          WHERE delivery.outgoing_id = outgoing.id) THEN 1 ELSE 0 END AS BIGINT)
  FROM outgoing
 WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8)
   AND LENGTH(zstd) <= $9";

    LIST_COPY_WANTED(8) = "
SELECT id, account_id, thread_id, answers_message, header_id, class, envelope_from, subject, sent_copy, created_at
  FROM outgoing
 WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8)
   AND sent_copy = 'wanted'";

    ADD_UNTRACKED(3) = "
INSERT INTO untracked_copy (outgoing_id, size, zstd)
VALUES ($1, $2, $3)";

    FIND_UNTRACKED(1) = "
SELECT size, zstd
  FROM untracked_copy
 WHERE outgoing_id = $1";

    MARK_SENT_COPY(2) = "
UPDATE outgoing
   SET sent_copy = $2
 WHERE id = $1
   AND sent_copy = 'wanted'";
}

/// Adds a mail with its recipients, each once; `None` when its effect is in the outbox already.
pub async fn add(session: &mut Session, new: &NewOutgoing<'_>) -> Result<Option<OutgoingId>, BooksError> {
    let id = OutgoingId(session.next_id().await?);
    let from = new.envelope_from.map_or("", EmailAddress::as_str);
    let values = [
        id.into(),
        new.effect_key.into(),
        new.account.into(),
        new.thread.into(),
        new.answers.into(),
        new.header_id.as_str().into(),
        new.class.name().into(),
        from.into(),
        new.subject.into(),
        new.sent_copy.name().into(),
        new.now.into(),
        new.raw.size.into(),
        new.raw.zstd.as_slice().into(),
    ];
    if session.run(&ADD, &values).await? == 0 {
        return Ok(None);
    }
    for recipient in new.recipients {
        let recipient_key = recipient.folded();
        let values = [
            session.next_id().await?.into(),
            id.into(),
            new.account.into(),
            new.class.name().into(),
            recipient.as_str().into(),
            recipient_key.as_str().into(),
            counted_domain(recipient).into(),
            new.due_at.into(),
            new.not_after.into(),
            new.now.into(),
        ];
        session.run(&ADD_DELIVERY, &values).await?;
    }
    Ok(Some(id))
}

/// The domain that a recipient is counted under: a firm's, whatever hosts it has below it (Public Suffix List).
fn counted_domain(recipient: &EmailAddress) -> &str {
    psl::domain_str(recipient.domain()).unwrap_or(recipient.domain())
}

/// A mail by its number.
pub async fn find(session: &mut Session, id: OutgoingId) -> Result<Option<Outgoing>, BooksError> {
    session.row(&FIND, &[id.into()]).await?.as_ref().map(read).transpose()
}

/// A mail by its Message-ID.
pub async fn find_by_header_id(session: &mut Session, header_id: &MessageId) -> Result<Option<Outgoing>, BooksError> {
    session.row(&FIND_BY_HEADER_ID, &[header_id.as_str().into()]).await?.as_ref().map(read).transpose()
}

/// A mail as it is handed over.
pub async fn find_letter(session: &mut Session, id: OutgoingId) -> Result<Option<Letter>, BooksError> {
    session.row(&FIND_LETTER, &[id.into()]).await?.as_ref().map(read_letter).transpose()
}

/// Of those mails the small ones, which are no longer than so many bytes as they are kept, and what follows when they were sent.
pub async fn list_letters(
    session: &mut Session,
    ids: &[OutgoingId],
    len_max: i64,
) -> Result<Vec<(OutgoingId, Letter, Following)>, BooksError> {
    let mut letters = Vec::new();
    for mut values in steps::mails_together(ids) {
        values.push(len_max.into());
        for row in session.rows(&LIST_LETTERS, &values).await? {
            let following = Following { has_copy: row.word(4, SentCopy::parse)? == SentCopy::Wanted, is_tracked: row.int(5)? == 1 };
            letters.push((OutgoingId(row.int(3)?), read_letter(&row)?, following));
        }
    }
    Ok(letters)
}

fn read_letter(row: &Row) -> Result<Letter, BooksError> {
    Ok(Letter { envelope_from: row.text(0)?, raw: RawMail { size: row.int(1)?, zstd: row.blob(2)? } })
}

/// Of those mails the ones whose copy is to be put into Sent.
pub async fn list_copy_wanted(session: &mut Session, ids: &[OutgoingId]) -> Result<Vec<Outgoing>, BooksError> {
    let mut wanted = Vec::new();
    for values in steps::mails_together(ids) {
        for row in session.rows(&LIST_COPY_WANTED, &values).await? {
            wanted.push(read(&row)?);
        }
    }
    Ok(wanted)
}

/// Keeps what is to be put into Sent in place of a mail that tells when it is read. To be called where the mail is added.
pub async fn add_untracked(session: &mut Session, id: OutgoingId, raw: &RawMail) -> Result<(), BooksError> {
    session.run(&ADD_UNTRACKED, &[id.into(), raw.size.into(), raw.zstd.as_slice().into()]).await.map(|_| ())
}

/// What is to be put into Sent in place of the mail itself; `None` where the mail may lie there as it is.
pub async fn find_untracked(session: &mut Session, id: OutgoingId) -> Result<Option<RawMail>, BooksError> {
    let read = |row: Row| Ok(RawMail { size: row.int(0)?, zstd: row.blob(1)? });
    session.row(&FIND_UNTRACKED, &[id.into()]).await?.map(read).transpose()
}

/// What became of the copy in Sent.
pub async fn mark_sent_copy(session: &mut Session, id: OutgoingId, copy: SentCopy) -> Result<bool, BooksError> {
    Ok(session.run(&MARK_SENT_COPY, &[id.into(), copy.name().into()]).await? > 0)
}

fn read(row: &Row) -> Result<Outgoing, BooksError> {
    Ok(Outgoing {
        id: OutgoingId(row.int(0)?),
        account: AccountId(row.int(1)?),
        thread: row.opt_int(2)?.map(ThreadId),
        answers: row.opt_int(3)?.map(MessageRow),
        header_id: row.text(4)?,
        class: row.word(5, MailClass::parse)?,
        envelope_from: row.text(6)?,
        subject: row.text(7)?,
        sent_copy: row.word(8, SentCopy::parse)?,
        created_at: row.moment(9)?,
    })
}
