//! What can come back, and what shows which delivery it is about.

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReturnKind {
    /// This address will never work.
    Hard,
    /// It did not work this time.
    Soft,
    /// Refused for what was sent or who sent it; the recipient is not to blame.
    Policy,
    /// It failed, and nobody says why.
    Unexplained,
    /// It failed behind the recipient, at an address the mail was passed on to.
    Elsewhere,
    /// Still being tried.
    Delayed,
    /// Delivered, or passed on to a system that reports no further.
    Delivered,
    Complaint,
    /// A receipt: it was shown, it was deleted, or no more than that it arrived.
    Displayed,
    Deleted,
    Arrived,
    /// A machine answered.
    AutoReply,
    /// A person answered.
    Reply,
}

impl ReturnKind {
    /// All of them.
    pub const ALL: [ReturnKind; 13] = [
        ReturnKind::Hard,
        ReturnKind::Soft,
        ReturnKind::Policy,
        ReturnKind::Unexplained,
        ReturnKind::Elsewhere,
        ReturnKind::Delayed,
        ReturnKind::Delivered,
        ReturnKind::Complaint,
        ReturnKind::Displayed,
        ReturnKind::Deleted,
        ReturnKind::Arrived,
        ReturnKind::AutoReply,
        ReturnKind::Reply,
    ];

    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            ReturnKind::Hard => "bounce_hard",
            ReturnKind::Soft => "bounce_soft",
            ReturnKind::Policy => "bounce_policy",
            ReturnKind::Unexplained => "bounce_unexplained",
            ReturnKind::Elsewhere => "bounce_elsewhere",
            ReturnKind::Delayed => "delayed",
            ReturnKind::Delivered => "delivered",
            ReturnKind::Complaint => "complaint",
            ReturnKind::Displayed => "displayed",
            ReturnKind::Deleted => "deleted",
            ReturnKind::Arrived => "arrived",
            ReturnKind::AutoReply => "auto_reply",
            ReturnKind::Reply => "reply",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether the mail did not reach the recipient, and nobody tries any more.
    pub fn is_failure(self) -> bool {
        matches!(self, ReturnKind::Hard | ReturnKind::Soft | ReturnKind::Policy | ReturnKind::Unexplained)
    }

    /// What it says of a delivery whose end nobody knows. Whatever comes back was taken by the server; but an answer or a receipt without an
    /// id of ours may be about another mail of the same conversation, such as the one that asks why nothing came; a report that names no
    /// more than the person can be made up by whoever knows an address; and a report about somebody else settles nothing.
    pub fn tells(self, by: ReturnedBy) -> Option<Fate> {
        match self {
            _ if by == ReturnedBy::Recipient => None,
            ReturnKind::Elsewhere => None,
            ReturnKind::AutoReply | ReturnKind::Reply | ReturnKind::Displayed | ReturnKind::Deleted | ReturnKind::Arrived => {
                by.is_certain().then_some(Fate::Taken)
            }
            ReturnKind::Delayed | ReturnKind::Delivered | ReturnKind::Complaint => Some(Fate::Taken),
            ReturnKind::Hard | ReturnKind::Soft | ReturnKind::Policy | ReturnKind::Unexplained => Some(Fate::Failed),
        }
    }
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A server took it.
    Taken,
    /// It came back.
    Failed,
}

/// What shows which delivery a mail is about; the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReturnedBy {
    /// It came to the return path of that delivery alone.
    ReturnPath,
    /// It names our Message-ID.
    MessageId,
    /// It names the envelope's id and the recipient.
    EnvelopeId,
    /// It names the id that the server gave the mail when it took it.
    ServerId,
    /// The same conversation in Outlook's Thread-Index.
    Conversation,
    /// The same thread and the same person or firm.
    Thread,
    /// The recipient and the subject.
    Subject,
    /// The recipient alone.
    Recipient,
}

impl ReturnedBy {
    /// All of them.
    pub const ALL: [ReturnedBy; 8] = [
        ReturnedBy::ReturnPath,
        ReturnedBy::MessageId,
        ReturnedBy::EnvelopeId,
        ReturnedBy::ServerId,
        ReturnedBy::Conversation,
        ReturnedBy::Thread,
        ReturnedBy::Subject,
        ReturnedBy::Recipient,
    ];

    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            ReturnedBy::ReturnPath => "return_path",
            ReturnedBy::MessageId => "message_id",
            ReturnedBy::EnvelopeId => "envelope_id",
            ReturnedBy::ServerId => "server_id",
            ReturnedBy::Conversation => "conversation",
            ReturnedBy::Thread => "thread",
            ReturnedBy::Subject => "subject",
            ReturnedBy::Recipient => "recipient",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }

    /// Whether it is certain that the mail is about this delivery and no other.
    pub fn is_certain(self) -> bool {
        self <= ReturnedBy::ServerId
    }
}
