//! One logged-in connection, over which mails go one after another.
//!
//! Wanted: whoever holds an [`Accepted`] knows that the server took exactly this mail; whoever holds an error other than
//! [`SmtpError::Unclear`] knows that it did not. So every reply is taken for the command it answers and for no other: only the code that
//! the command is to be answered with counts, a reply that nobody asked for ends the connection, and so does any doubt. A call that was
//! dropped half way (a select, a timeout) leaves the connection in doubt: its replies would be taken for those of the next mail.
//!
//! A mail is handed over in two steps, so that the books can be told in between: [`Submission::prepare`] gives the server everything but
//! the final dot, without which it has nothing (RFC 5321 §4.1.1.4); [`Submission::finish`] gives it the dot.

use super::mail::{Blocks, Envelope, FINAL_DOT, Outgoing};
use super::wire::{Cut, RawReply, Wire};
use super::{Offers, Phase, Refusal, Reply, SmtpAccount, SmtpDeadlines, SmtpError, login};
use crate::config::SecretText;
use crate::mailbox::sasl;
use std::time::Duration;

/// A connection that takes mail.
#[derive(Debug)]
pub struct Submission {
    pub(super) wire: Wire,
    pub(super) deadlines: SmtpDeadlines,
    pub(super) offers: Offers,
    /// What a server may not repeat to anybody; only while we log in.
    pub(super) hidden: Vec<SecretText>,
    state: State,
}

/// What the connection is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A mail may begin.
    Ready,
    /// A mail was refused before its body; the server may still wait for the rest of it.
    Refused,
    /// All of a mail but its final dot is with the server.
    Prepared,
    /// Something runs, or was dropped while it ran.
    Busy(Phase),
    /// The server is gone, or nobody knows what it will say next.
    Over,
}

/// The server took the mail, and the care for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Its 250, with what it calls the mail, often.
    pub reply: Reply,
}

impl Submission {
    /// Connects and logs in, as far as a first mail.
    pub async fn open(account: &SmtpAccount) -> Result<Self, SmtpError> {
        login::open(account).await
    }

    pub(super) fn new(wire: Wire, deadlines: SmtpDeadlines) -> Self {
        Self { wire, deadlines, offers: Offers::default(), hidden: Vec::new(), state: State::Ready }
    }

    /// What the server offers since the login.
    pub fn offers(&self) -> &Offers {
        &self.offers
    }

    /// Whether the connection is of no more use, and a new one is needed for the next mail.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over | State::Busy(_))
    }

    /// Offers the mail and gives the server all of it but the final dot. After an error the server does not have it; after a refusal
    /// that leaves the connection [usable](Self::is_over), [`reset`](Self::reset) comes before the next mail.
    pub async fn prepare(&mut self, mail: &Outgoing<'_>) -> Result<(), SmtpError> {
        self.turn(State::Ready, "a reset, or the final dot")?;
        // Nothing has been said yet: what is wrong with the mail leaves the connection as it is.
        let envelope = Envelope::new(mail, &self.offers)?;
        self.state = State::Busy(Phase::Mail);
        let prepared = self.hand_over(&envelope, mail.bytes).await;
        self.settle(prepared, State::Prepared, State::Refused)
    }

    /// Writes the final dot and waits for what the server says to it. Everything but a definite yes or no is [`SmtpError::Unclear`],
    /// from the first byte on; also when a call before this one was dropped while it waited.
    pub async fn finish(&mut self) -> Result<Accepted, SmtpError> {
        if self.state == State::Busy(Phase::Dot) {
            return Err(SmtpError::Unclear(Box::new(SmtpError::Over)));
        }
        self.turn(State::Prepared, "a mail")?;
        self.state = State::Busy(Phase::Body);
        // What is said before the dot is said of half a mail, and a server that has gone before it has nothing.
        let quiet = self.expect_silence(Phase::Body).await;
        self.settle(quiet, State::Busy(Phase::Dot), State::Over)?;
        let finished = self.say_dot().await;
        // After the dot the server is ready for another mail, whatever it said (RFC 5321 §4.1.1.4).
        self.settle(finished, State::Ready, State::Ready)
    }

    /// RSET: what was begun and refused is forgotten, and the connection takes another mail.
    pub async fn reset(&mut self) -> Result<(), SmtpError> {
        match self.state {
            State::Ready => return Ok(()),
            State::Prepared => {
                // There is no way back from DATA but to hang up.
                self.state = State::Over;
                return Err(SmtpError::Over);
            }
            State::Refused => {}
            State::Busy(_) | State::Over => return Err(SmtpError::Over),
        }
        self.state = State::Busy(Phase::Reset);
        let reset = self.command(Phase::Reset, "RSET\r\n").await.map(|_| ());
        self.settle(reset, State::Ready, State::Over)
    }

    /// Says goodbye, and waits a little for the server to do the same.
    pub async fn quit(mut self) {
        if matches!(self.state, State::Ready | State::Refused) {
            let deadline = self.deadlines.quit;
            if self.wire.write(b"QUIT\r\n", deadline).await.is_ok() {
                // Whatever it says, nothing depends on it.
                let _ = self.wire.reply(deadline).await;
            }
        }
    }

    /// The three commands, and the body.
    async fn hand_over(&mut self, envelope: &Envelope, bytes: &[u8]) -> Result<(), SmtpError> {
        self.expect_silence(Phase::Mail).await?;
        if self.offers.pipelining {
            self.say_at_once(envelope).await?;
        } else {
            self.command(Phase::Mail, &envelope.mail).await?;
            self.command(Phase::Rcpt, &envelope.rcpt).await?;
            self.command(Phase::Data, Envelope::DATA).await?;
        }
        let mut blocks = Blocks::of(bytes);
        while let Some(block) = blocks.next_block() {
            if let Err(cut) = self.wire.write(block, self.deadlines.block).await {
                return Err(self.parting(Phase::Body, cut).await);
            }
        }
        Ok(())
    }

    /// All three in one write; their replies come in their order, one for each (RFC 2920 §3.1), and all of them are read.
    async fn say_at_once(&mut self, envelope: &Envelope) -> Result<(), SmtpError> {
        self.write(Phase::Mail, envelope.pipelined().as_bytes()).await?;
        let mut refused = None;
        for phase in [Phase::Mail, Phase::Rcpt, Phase::Data] {
            let answered = self.answer(phase).await;
            let Some(first) = refused.take() else {
                match answered {
                    Ok(_) => {}
                    Err(error) if error.ends_connection() => return Err(error),
                    Err(error) => refused = Some(error),
                }
                continue;
            };
            // The first refusal is the answer to the mail. A server that then takes DATA all the same waits for a mail that has no
            // recipient; ended with a dot it would be an empty mail to somebody. So hang up (RFC 2920 §3.1 has no better way).
            let takes_data = phase == Phase::Data && answered.is_ok();
            if takes_data || answered.is_err_and(|error| error.ends_connection()) {
                self.state = State::Over;
                return Err(first);
            }
            refused = Some(first);
        }
        refused.map_or(Ok(()), Err)
    }

    async fn say_dot(&mut self) -> Result<Accepted, SmtpError> {
        let told = match self.wire.write(FINAL_DOT, self.deadlines.dot).await {
            Ok(()) => self.answer(Phase::Dot).await,
            Err(cut) => Err(cut.during(Phase::Dot)),
        };
        told.map(|reply| Accepted { reply }).map_err(|error| match error {
            SmtpError::Refused(_) => error,
            error => SmtpError::Unclear(Box::new(error)),
        })
    }

    /// A command and the reply to it.
    pub(super) async fn command(&mut self, phase: Phase, line: &str) -> Result<Reply, SmtpError> {
        self.write(phase, line.as_bytes()).await?;
        self.answer(phase).await
    }

    pub(super) async fn write(&mut self, phase: Phase, bytes: &[u8]) -> Result<(), SmtpError> {
        match self.wire.write(bytes, self.deadlines.command).await {
            Ok(()) => Ok(()),
            Err(cut) => Err(self.parting(phase, cut).await),
        }
    }

    /// The reply to what was written in this phase, when it is the one that is wanted.
    pub(super) async fn answer(&mut self, phase: Phase) -> Result<Reply, SmtpError> {
        let raw = self.hear(phase).await?;
        judge(phase, self.read(&raw))
    }

    pub(super) async fn hear(&mut self, phase: Phase) -> Result<RawReply, SmtpError> {
        let deadline = self.deadlines.of(phase);
        self.wire.reply(deadline).await.map_err(|cut| cut.during(phase))
    }

    pub(super) fn read(&self, raw: &RawReply) -> Reply {
        Reply::read(raw, |text| self.hidden.iter().fold(text, |text, secret| sasl::without(text, secret.reveal())))
    }

    /// Nobody has been asked anything: what is heard all the same is a farewell, or the end of all order.
    pub(super) async fn expect_silence(&mut self, phase: Phase) -> Result<(), SmtpError> {
        match self.wire.was_spoken_to().await {
            Ok(false) => Ok(()),
            Ok(true) => Err(self.unasked(phase).await),
            Err(cut) => Err(cut.during(phase)),
        }
    }

    /// Why the server no longer listens, if it said so before.
    async fn parting(&mut self, phase: Phase, cut: Cut) -> SmtpError {
        match self.wire.was_spoken_to().await {
            Ok(true) => self.unasked(phase).await,
            _ => cut.during(phase),
        }
    }

    async fn unasked(&mut self, phase: Phase) -> SmtpError {
        let heard = self.wire.reply(UNASKED_DEADLINE.min(self.deadlines.of(phase))).await;
        self.state = State::Over;
        match heard.map(|raw| self.read(&raw)) {
            Ok(reply) if reply.is_temporary() || reply.is_permanent() => SmtpError::Refused(Refusal::new(phase, reply)),
            Ok(reply) => SmtpError::Unexpected { phase, reply: Box::new(reply) },
            Err(cut) => cut.during(phase),
        }
    }

    fn turn(&self, wanted: State, waits_for: &'static str) -> Result<(), SmtpError> {
        match self.state {
            state if state == wanted => Ok(()),
            State::Busy(_) | State::Over => Err(SmtpError::Over),
            _ => Err(SmtpError::OutOfTurn(waits_for)),
        }
    }

    /// Notes how a call ended.
    fn settle<T>(&mut self, ended: Result<T, SmtpError>, done: State, refused: State) -> Result<T, SmtpError> {
        self.state = match &ended {
            _ if self.state == State::Over => State::Over,
            Ok(_) => done,
            Err(error) if error.ends_connection() => State::Over,
            Err(_) => refused,
        };
        ended
    }
}

/// What came unasked is here already, or its end will not come.
const UNASKED_DEADLINE: Duration = Duration::from_secs(2);

/// Whether this is the reply that the phase wants. First digits are not enough: a reply that was meant for another command must not
/// pass for this one's.
pub(super) fn judge(phase: Phase, reply: Reply) -> Result<Reply, SmtpError> {
    let is_wanted = match phase {
        Phase::Connect | Phase::Greeting | Phase::StartTls => reply.code == 220,
        // 251: it will be forwarded; 252: it is taken without knowing the recipient (RFC 5321 §3.4, §3.5.3).
        Phase::Rcpt => matches!(reply.code, 250..=252),
        Phase::Auth => matches!(reply.code, 235 | 334),
        Phase::Data => reply.code == 354,
        Phase::Ehlo | Phase::Reset | Phase::Mail | Phase::Body | Phase::Dot => reply.code == 250,
    };
    if is_wanted {
        Ok(reply)
    } else if reply.is_temporary() || reply.is_permanent() {
        Err(SmtpError::Refused(Refusal::new(phase, reply)))
    } else {
        Err(SmtpError::Unexpected { phase, reply: Box::new(reply) })
    }
}
