//! What goes wrong while a mail is handed over, told apart by what follows: for the mail, for the recipient, for the mailbox, or for
//! this connection alone.

use super::cause::{Cause, cause};
use super::reply::Reply;
use crate::mailbox::{CredentialError, CredentialMark, NetError};
use std::fmt;

/// How far it had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// TCP, the proxy, and TLS from the first byte.
    Connect,
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    /// RSET between two mails.
    Reset,
    Mail,
    Rcpt,
    Data,
    /// From the first byte of the mail to the last before the final dot. The server has not taken it.
    Body,
    /// From the first byte of the final dot on.
    Dot,
}

impl Phase {
    /// A word for logs and the books.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Greeting => "greeting",
            Self::Ehlo => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::Reset => "RSET",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::Body => "body",
            Self::Dot => "dot",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A definitive no: the mail is not with the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub phase: Phase,
    pub reply: Reply,
    /// Whom it is about. Whether it lasts is told by the reply alone.
    pub cause: Cause,
}

impl Refusal {
    pub(super) fn new(phase: Phase, reply: Reply) -> Box<Self> {
        let cause = cause(phase, &reply);
        Box::new(Self { phase, reply, cause })
    }
}

/// A mail or a connection failed. Only [`SmtpError::Unclear`] leaves it open whether the server has the mail; after any other error it
/// has not.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// No address, no connection, or the proxy refused.
    #[error("{host} cannot be reached: {why}")]
    Unreachable { host: String, why: String },
    /// The certificate is not to be trusted, or the other side speaks no TLS.
    #[error("{host} cannot be trusted: {why}")]
    Untrusted { host: String, why: String },
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The server offers no way that we may use: STARTTLS or the login mechanism is missing.
    #[error("the server does not offer {what}")]
    NotOffered { what: &'static str },
    /// The server refused the login. Trying again with what was shown may lock people out of their mailbox.
    #[error("the server refused the login: {reply}")]
    LoginRefused { reply: Box<Reply>, shown: CredentialMark },
    /// A reply of 4xx or 5xx, to anything but a login that was refused.
    #[error("the server refused at {}: {}", .0.phase, .0.reply)]
    Refused(Box<Refusal>),
    /// The connection ended in the middle.
    #[error("the connection was lost at {phase}")]
    Lost { phase: Phase },
    /// Nothing whole was heard for too long.
    #[error("the server was silent for {seconds} s at {phase}")]
    Silent { phase: Phase, seconds: u64 },
    /// A reply that is no SMTP, or longer than any.
    #[error("the server answered at {phase} with something unreadable")]
    Unreadable { phase: Phase },
    /// A reply that does not fit: a yes to something else, or one that nobody asked for.
    #[error("the server gave an answer at {phase} that does not fit: {reply}")]
    Unexpected { phase: Phase, reply: Box<Reply> },
    /// Something went wrong after the first byte of the final dot was written: the server has the mail or has it not.
    #[error("nobody knows whether the server took the mail: {0}")]
    Unclear(Box<SmtpError>),
    /// This connection is of no more use, or not ready for this: a call before it failed or was dropped half way.
    #[error("this connection can be used no more")]
    Over,
    /// The connection waits for something else first: a mail to be prepared, or a reset.
    #[error("this is not the connection's turn: it waits for {0}")]
    OutOfTurn(&'static str),
    /// The mail cannot be written to any server.
    #[error("the mail is malformed: {0}")]
    Malformed(Malformed),
    /// An address that no server can be told.
    #[error("the address of the {whose} is none that a server can be told")]
    BadAddress { whose: &'static str },
    /// Beyond ASCII before the `@`, or in a header field, and the server lacks SMTPUTF8 (RFC 6531).
    #[error("the server does not take addresses beyond ASCII (SMTPUTF8)")]
    NeedsSmtpUtf8,
    /// Bytes beyond ASCII, and the server lacks 8BITMIME (RFC 6152).
    #[error("the server does not take mail beyond ASCII (8BITMIME)")]
    NeedsEightBit,
    /// Larger than the server said it takes (RFC 1870).
    #[error("the mail has {size} bytes, and the server takes {limit}")]
    TooLarge { size: u64, limit: u64 },
}

/// What is wrong with a mail before any server has seen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("it is empty")]
    Empty,
    /// CR and LF stand together or not at all (RFC 5321 §2.3.8); else servers disagree where the mail ends.
    #[error("line {line} ends with something else than CRLF, or has it inside")]
    LineEnd { line: usize },
    /// RFC 5321 §4.5.3.1.6.
    #[error("line {line} is longer than 998 bytes")]
    LongLine { line: usize },
    #[error("line {line} holds a NUL byte")]
    Nul { line: usize },
    /// Longer than 100 characters or not printable ASCII (RFC 3461 §4.4).
    #[error("its envelope identifier cannot be told to a server")]
    EnvelopeId,
}

impl From<NetError> for SmtpError {
    fn from(error: NetError) -> Self {
        match error {
            NetError::Unreachable { host, why } => Self::Unreachable { host, why },
            NetError::Untrusted { host, why } => Self::Untrusted { host, why },
            NetError::Credential(error) => Self::Credential(error),
            NetError::Lost => Self::Lost { phase: Phase::Connect },
        }
    }
}

impl SmtpError {
    /// What [`SmtpError::NotOffered`] names when there is no encryption.
    pub const STARTTLS: &str = "STARTTLS";
    /// What it names when there is no login that we may use.
    pub const LOGIN_BY_PASSWORD: &str = "a login by password";
    pub const LOGIN_BY_TOKEN: &str = "a login by token (OAUTHBEARER or XOAUTH2)";

    /// What happened, for logs: no words of the server, which may name people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "the server cannot be reached",
            Self::Untrusted { .. } => "the server's certificate is not trusted",
            Self::Credential(_) => "there is no password or token",
            Self::NotOffered { .. } => "the server lacks what is needed",
            Self::LoginRefused { .. } => "the login was refused",
            Self::Refused(_) => "the server refused",
            Self::Lost { .. } => "the connection was lost",
            Self::Silent { .. } => "the server was silent for too long",
            Self::Unreadable { .. } => "the server's answer was unreadable",
            Self::Unexpected { .. } => "the server's answer does not fit",
            Self::Unclear(_) => "nobody knows whether the server took the mail",
            Self::Over => "the connection can be used no more",
            Self::OutOfTurn(_) => "the connection waits for something else",
            Self::Malformed(_) => "the mail is malformed",
            Self::BadAddress { .. } => "an address cannot be told to a server",
            Self::NeedsSmtpUtf8 => "the server does not take addresses beyond ASCII",
            Self::NeedsEightBit => "the server does not take mail beyond ASCII",
            Self::TooLarge { .. } => "the mail is larger than the server takes",
        }
    }

    /// How far it had come; `None` for what was found before anything was said.
    pub fn phase(&self) -> Option<Phase> {
        match self {
            Self::Unreachable { .. } | Self::Untrusted { .. } => Some(Phase::Connect),
            Self::LoginRefused { .. } => Some(Phase::Auth),
            Self::Refused(refusal) => Some(refusal.phase),
            Self::Lost { phase } | Self::Silent { phase, .. } | Self::Unreadable { phase } | Self::Unexpected { phase, .. } => Some(*phase),
            Self::Unclear(_) => Some(Phase::Dot),
            _ => None,
        }
    }

    /// The reply that says no, when there is one. What does not fit says nothing definite.
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Refused(refusal) => Some(&refusal.reply),
            Self::LoginRefused { reply, .. } => Some(reply),
            _ => None,
        }
    }

    /// Whether the connection is of no more use.
    pub fn ends_connection(&self) -> bool {
        match self {
            // A server that refuses a body before its end is still to be given the rest, which nobody wants.
            Self::Refused(refusal) => refusal.reply.is_closing() || matches!(refusal.phase, Phase::Reset | Phase::Body),
            Self::OutOfTurn(_) | Self::Malformed(_) | Self::BadAddress { .. } => false,
            Self::NeedsSmtpUtf8 | Self::NeedsEightBit | Self::TooLarge { .. } => false,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16) -> Reply {
        Reply { code, status: None, text: "bob@acme.example is unknown".into() }
    }

    #[test]
    fn logs_hear_no_words_of_a_server_and_no_address() {
        let shown = CredentialMark::default();
        let errors = [
            SmtpError::Refused(Refusal::new(Phase::Rcpt, reply(550))),
            SmtpError::LoginRefused { reply: Box::new(reply(535)), shown },
            SmtpError::Unexpected { phase: Phase::Rcpt, reply: Box::new(reply(354)) },
            SmtpError::Unclear(Box::new(SmtpError::Unexpected { phase: Phase::Dot, reply: Box::new(reply(251)) })),
            SmtpError::Unreachable { host: "bob@acme.example".into(), why: "bob@acme.example".into() },
        ];
        for error in errors {
            assert!(error.to_string().contains("bob@acme.example") && !error.kind().contains("bob"), "{error}");
        }
    }

    #[test]
    fn what_was_found_before_a_word_leaves_the_connection_and_what_is_in_doubt_ends_it() {
        for error in [
            SmtpError::NeedsSmtpUtf8,
            SmtpError::NeedsEightBit,
            SmtpError::Malformed(Malformed::Empty),
            SmtpError::BadAddress { whose: "sender" },
            SmtpError::TooLarge { size: 2, limit: 1 },
            SmtpError::OutOfTurn("a mail"),
        ] {
            assert!(!error.ends_connection() && error.phase().is_none() && error.reply().is_none(), "{error}");
        }
        let ends = |phase, code| SmtpError::Refused(Refusal::new(phase, reply(code))).ends_connection();
        assert!(!ends(Phase::Rcpt, 550) && !ends(Phase::Dot, 451) && ends(Phase::Rcpt, 421) && ends(Phase::Body, 552));
        for phase in [Phase::Mail, Phase::Dot] {
            assert!(SmtpError::Lost { phase }.ends_connection() && SmtpError::Unreadable { phase }.ends_connection());
        }
    }
}
