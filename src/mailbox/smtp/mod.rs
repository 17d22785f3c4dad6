//! A mailbox's door out: mail is handed to its submission server (RFC 6409, RFC 5321), one recipient at a time.
//!
//! Wanted: what became of a mail is never guessed. An [`Accepted`] is a 250 to exactly this mail's final dot; an error says how far it
//! came, whether the answer was definite, and whom it is about ([`Refusal`]); the one open end is [`SmtpError::Unclear`].
//!
//! Below, from the wire upwards, over a connection from `net`: `wire` cuts the bytes into whole replies; `reply` and `cause` read them;
//! `mail` and `path` write what is to be said; `login` opens; `submission` hands over. Absent on purpose: more than one recipient in a
//! transaction (one of them refused would not be the others' affair), sending again (the books decide), a pool (a connection in doubt
//! must die), and VRFY, EXPN, TURN.

mod cause;
mod error;
mod login;
mod mail;
mod offers;
mod path;
mod reply;
mod submission;
mod wire;

pub use cause::Cause;
pub use error::{Malformed, Phase, Refusal, SmtpError};
pub use mail::Outgoing;
pub use offers::Offers;
pub use reply::{EnhancedStatus, Reply};
pub use submission::{Accepted, Submission};

use super::{Credentials, Server};
use crate::config;
use std::sync::Arc;
use std::time::Duration;

/// A submission server and who we are to it; nothing is opened yet.
#[derive(Debug, Clone)]
pub struct SmtpAccount {
    pub server: Server,
    /// `None` for a server that knows us otherwise, by our address.
    pub credentials: Option<Arc<dyn Credentials>>,
    /// Our own host's name. What is neither a full name nor an address is told as an address of this machine.
    pub helo: String,
    /// How long we wait for what.
    pub deadlines: SmtpDeadlines,
}

impl SmtpAccount {
    /// The server of a configuration; `credentials` are what it is shown, as the configuration says.
    pub fn of_config(sending: &config::Sending, credentials: Option<Arc<dyn Credentials>>) -> Self {
        let server = Server {
            host: sending.host.clone(),
            port: sending.port,
            security: sending.security,
            ca_file: sending.ca_file.clone(),
            proxy: sending.proxy.clone(),
        };
        let helo = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self { server, credentials, helo, deadlines: SmtpDeadlines::default() }
    }
}

/// How long a server may take (RFC 5321 §4.5.3.2). Each is for a whole reply or a whole write, so a server that drips gains nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmtpDeadlines {
    /// A TCP connection, proxy included.
    pub connect: Duration,
    /// Shaking hands for TLS.
    pub tls: Duration,
    pub greeting: Duration,
    /// EHLO, STARTTLS, each step of AUTH, MAIL, RCPT, RSET.
    pub command: Duration,
    /// From DATA to the server's 354.
    pub data: Duration,
    /// A block of a mail to leave us.
    pub block: Duration,
    /// From the final dot to the server's word on the mail. Servers filter in this time, and one that is left early has taken it often.
    pub dot: Duration,
    /// Each half of a goodbye.
    pub quit: Duration,
}

impl SmtpDeadlines {
    /// For the reply in this phase.
    fn of(&self, phase: Phase) -> Duration {
        match phase {
            Phase::Connect | Phase::Greeting => self.greeting,
            Phase::Ehlo | Phase::StartTls | Phase::Auth | Phase::Reset | Phase::Mail | Phase::Rcpt => self.command,
            Phase::Data => self.data,
            Phase::Body => self.block,
            Phase::Dot => self.dot,
        }
    }
}

impl Default for SmtpDeadlines {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        Self {
            connect: Duration::from_secs(20),
            tls: MINUTE,
            greeting: 5 * MINUTE,
            command: 5 * MINUTE,
            data: 2 * MINUTE,
            block: 3 * MINUTE,
            dot: 10 * MINUTE,
            quit: Duration::from_secs(5),
        }
    }
}
