//! What goes wrong at a server, told apart by what helps: waiting, another password, a person, or nothing.

use crate::mailbox::{CredentialError, CredentialMark, NetError};

/// A command or a connection failed.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// No address, no connection, or the proxy refused.
    #[error("{host} cannot be reached: {why}")]
    Unreachable { host: String, why: String },
    /// The certificate is not to be trusted, or the other side speaks no TLS.
    #[error("{host} cannot be trusted: {why}")]
    Untrusted { host: String, why: String },
    /// The server refused the login, so many times in a row. Trying again with what was shown may lock people out of their mailbox.
    #[error("the server refused the login: {text}")]
    LoginRefused { text: String, shown: CredentialMark, times: u32 },
    /// Too many connections, or too many logins in a short time (RFC 5530 LIMIT, INUSE, UNAVAILABLE at login).
    #[error("the server has no room for another connection now: {text}")]
    Crowded { text: String },
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// A tagged NO, with its response code (RFC 5530) when it has one.
    #[error("the server refused {command}: {text}")]
    No { command: &'static str, code: Option<String>, text: String },
    /// A tagged BAD: the server does not understand us.
    #[error("the server does not understand {command}: {text}")]
    Bad { command: &'static str, text: String },
    /// The server said BYE.
    #[error("the server ended the connection: {text}")]
    Bye { text: String },
    /// The connection ended in the middle of a command; nobody knows how far it came.
    #[error("the connection was lost during {command}")]
    Lost { command: &'static str },
    /// Nothing was heard for too long.
    #[error("the server was silent for {seconds} s during {command}")]
    Silent { command: &'static str, seconds: u64 },
    /// An APPEND broke off after the first byte of the mail was sent, or a MOVE or COPY before it was answered: the mail may lie there or
    /// not. Look before putting it again.
    #[error("nobody knows whether the mail was put: {0}")]
    Unclear(Box<ImapError>),
    /// Of several mails some are in the other folder and others are not, or they are in both: look before moving them again.
    #[error("the mails were moved in part: {0}")]
    HalfMoved(Box<ImapError>),
    /// A line that is no IMAP, or more than any mailbox needs.
    #[error("the server answered {command} with something unreadable")]
    Unreadable { command: &'static str },
    /// The folder has no UIDVALIDITY (RFC 9051 §7.1), so that no UID in it says anything about the next visit.
    #[error("the server gives the mail of this folder no lasting numbers")]
    NoLastingUids,
    /// Mails far larger than the server said they are.
    #[error("the server gave far more than it had announced")]
    TooMuch,
    /// The server offers no way that we may use: STARTTLS or the login mechanism is missing.
    #[error("the server does not offer {what}")]
    NotOffered { what: &'static str },
    /// The UIDs in hand were told under another UIDVALIDITY, or in another visit: look again.
    #[error("the folder was made anew by the server since it was looked at")]
    MadeAnew,
    #[error("the mail {place} is no longer in the folder")]
    Gone { place: String },
    /// Our own disk, where large mails are kept while they come.
    #[error("{path} cannot be written ({source}); free space or give the user that runs Tradepost write access")]
    Spool { path: String, source: std::io::Error },
}

impl From<NetError> for ImapError {
    fn from(error: NetError) -> Self {
        match error {
            NetError::Unreachable { host, why } => Self::Unreachable { host, why },
            NetError::Untrusted { host, why } => Self::Untrusted { host, why },
            NetError::Credential(error) => Self::Credential(error),
            NetError::Lost => Self::Lost { command: "TLS" },
        }
    }
}

impl ImapError {
    /// What [`ImapError::NotOffered`] names when there is no encryption.
    pub const STARTTLS: &str = "STARTTLS";
    /// What it names when there is no login that we may use.
    pub const LOGIN_BY_PASSWORD: &str = "a login by password";
    pub const LOGIN_BY_TOKEN: &str = "a login by token (OAUTHBEARER or XOAUTH2)";
    /// What it names when mail can be copied and nothing more.
    pub const MOVE: &str = "MOVE or UIDPLUS";

    /// What happened, for logs: no words of the server, which may name people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "the server cannot be reached",
            Self::Untrusted { .. } => "the server's certificate is not trusted",
            Self::LoginRefused { .. } => "the login was refused",
            Self::Crowded { .. } => "the server has no room for a connection",
            Self::Credential(_) => "there is no password or token",
            Self::No { .. } => "a command was refused",
            Self::Bad { .. } => "a command was not understood",
            Self::Bye { .. } => "the server ended the connection",
            Self::Lost { .. } => "the connection was lost",
            Self::Silent { .. } => "the server was silent for too long",
            Self::Unclear(_) => "the connection was lost while a mail was put",
            Self::HalfMoved(_) => "mails were moved in part",
            Self::Unreadable { .. } => "the server's answer was unreadable",
            Self::NoLastingUids => "the folder has no lasting numbers of its mail",
            Self::TooMuch => "the server gave far more than it had announced",
            Self::NotOffered { .. } => "the server lacks what is needed",
            Self::MadeAnew => "the folder was made anew",
            Self::Gone { .. } => "it is no longer there",
            Self::Spool { .. } => "the spool cannot be written",
        }
    }

    /// Whether the connection is of no more use.
    pub fn ends_connection(&self) -> bool {
        match self {
            Self::No { .. } | Self::Bad { .. } | Self::NotOffered { .. } => false,
            Self::NoLastingUids | Self::MadeAnew | Self::Gone { .. } | Self::Spool { .. } => false,
            Self::HalfMoved(error) => error.ends_connection(),
            _ => true,
        }
    }
}
