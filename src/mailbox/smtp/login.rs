//! From nothing to a connection that takes mail: greeting, EHLO, STARTTLS, EHLO again, AUTH.

use super::path::own_name;
use super::submission::judge;
use super::wire::Wire;
use super::{Cause, Offers, Phase, Refusal, Reply, SmtpAccount, SmtpError, Submission};
use crate::config::{SecretText, Security};
use crate::mailbox::sasl::{self, CHALLENGES_MAX, Mechanism};
use crate::mailbox::{Credential, CredentialMark, NetError, Server, net};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;

/// The longest command line with its end (RFC 5321 §4.5.3.1.4). A login that is longer goes in two.
const COMMAND_BYTES_MAX: usize = 512;
/// The end of a login (RFC 4954 §4); before it come challenges.
const AUTHENTICATED: u16 = 235;

/// Connects and logs in. A token that is refused is renewed once, and the new one tried; a password never gets a second try.
pub(super) async fn open(account: &SmtpAccount) -> Result<Submission, SmtpError> {
    let Some(credentials) = &account.credentials else { return enter(account, None).await };
    let credential = credentials.credential(false).await?;
    match enter(account, Some(&credential)).await {
        Err(refused @ SmtpError::LoginRefused { .. }) if matches!(credential, Credential::Bearer { .. }) => {
            let renewed = credentials.credential(true).await?;
            if renewed == credential {
                return Err(refused);
            }
            // On a new connection: some servers end theirs after a refusal.
            enter(account, Some(&renewed)).await
        }
        entered => entered,
    }
}

async fn enter(account: &SmtpAccount, credential: Option<&Credential>) -> Result<Submission, SmtpError> {
    let server = &account.server;
    let tcp = net::reach(server, account.deadlines.connect).await?;
    let wire = match server.security {
        Security::Tls => protected(server, Box::new(tcp), account.deadlines.tls, Phase::Connect).await?,
        Security::StartTls | Security::None => Wire::new(Box::new(tcp)),
    };
    let mut submission = Submission::new(wire, account.deadlines);
    let name = own_name(&account.helo);
    submission.answer(Phase::Greeting).await?;
    submission.introduce(&name).await?;
    if server.security == Security::StartTls {
        submission = submission.start_tls(server).await?;
        submission.introduce(&name).await?;
    }
    if let Some(credential) = credential {
        submission.log_in(credential).await?;
    }
    Ok(submission)
}

async fn protected(server: &Server, bare: Box<dyn net::Transport>, deadline: Duration, phase: Phase) -> Result<Wire, SmtpError> {
    match tokio::time::timeout(deadline, net::protect(server, bare)).await {
        Ok(Ok(transport)) => Ok(Wire::new(transport)),
        Ok(Err(NetError::Lost)) => Err(SmtpError::Lost { phase }),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(SmtpError::Silent { phase, seconds: deadline.as_secs() }),
    }
}

impl Submission {
    /// EHLO, or HELO for a server that does not know it (RFC 5321 §3.2) and so has nothing to offer.
    async fn introduce(&mut self, name: &str) -> Result<(), SmtpError> {
        const PHASE: Phase = Phase::Ehlo;
        self.expect_silence(PHASE).await?;
        self.write(PHASE, format!("EHLO {name}\r\n").as_bytes()).await?;
        let raw = self.hear(PHASE).await?;
        match judge(PHASE, self.read(&raw)) {
            Ok(_) => self.offers = Offers::read(&raw.lines),
            Err(SmtpError::Refused(refusal)) if matches!(refusal.reply.code, 500..=504) => {
                self.offers = Offers::default();
                self.command(PHASE, &format!("HELO {name}\r\n")).await?;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Goes on with TLS or not at all (RFC 8314 §5.1), and forgets what was said before it.
    async fn start_tls(mut self, server: &Server) -> Result<Self, SmtpError> {
        const NOT_OFFERED: SmtpError = SmtpError::NotOffered { what: SmtpError::STARTTLS };
        if !self.offers.start_tls {
            return Err(NOT_OFFERED);
        }
        match self.command(Phase::StartTls, "STARTTLS\r\n").await {
            Ok(_) => {}
            Err(SmtpError::Refused(refusal)) if refusal.reply.is_permanent() => return Err(NOT_OFFERED),
            Err(error) => return Err(error),
        }
        let wire = protected(server, self.wire.into_transport(), self.deadlines.tls, Phase::StartTls).await?;
        Ok(Self::new(wire, self.deadlines))
    }

    /// Logs in; a secret that the server repeats gets on to nobody.
    async fn log_in(&mut self, credential: &Credential) -> Result<(), SmtpError> {
        let logged_in = match credential {
            Credential::Password { user, password } => self.log_in_by_password(user, password).await,
            Credential::Bearer { user, token } => self.log_in_by_token(user, token).await,
        };
        self.hidden.clear();
        logged_in.map_err(|error| refused(error, credential.mark()))
    }

    async fn log_in_by_token(&mut self, user: &str, token: &SecretText) -> Result<(), SmtpError> {
        let mechanism = Mechanism::bearer(user, token.reveal(), |name| self.offers.logs_in_by(name));
        let Mechanism { name, first, to_challenge } = mechanism.ok_or(SmtpError::NotOffered { what: SmtpError::LOGIN_BY_TOKEN })?;
        self.hidden = vec![token.clone(), SecretText::new(first.clone())];
        self.authenticate(name, &[&first], to_challenge).await
    }

    async fn log_in_by_password(&mut self, user: &str, password: &SecretText) -> Result<(), SmtpError> {
        let Mechanism { name, first, to_challenge } = Mechanism::plain(user, password.reveal())?;
        let (user, encoded) = (STANDARD.encode(user), STANDARD.encode(password.reveal()));
        self.hidden = vec![password.clone(), SecretText::new(first.clone()), SecretText::new(encoded.clone())];
        let knows_login = self.offers.logs_in_by("LOGIN");
        if self.offers.logs_in_by("PLAIN") {
            match self.authenticate(name, &[&first], to_challenge).await {
                Err(SmtpError::Refused(refusal)) if is_unknown(&refusal.reply) && knows_login => {}
                answered => return answered,
            }
        }
        if !knows_login {
            return Err(SmtpError::NotOffered { what: SmtpError::LOGIN_BY_PASSWORD });
        }
        // Its challenges are words for people, in any language; it asks for the user first.
        self.authenticate("LOGIN", &[&user, &encoded], "*").await
    }

    /// AUTH (RFC 4954 §4), in one round trip where there is but one answer and it fits the line. `answers` are in Base64; challenges
    /// beyond them get `to_more`.
    async fn authenticate(&mut self, name: &str, answers: &[&str], to_more: &str) -> Result<(), SmtpError> {
        const PHASE: Phase = Phase::Auth;
        let fits = |first: &str| "AUTH ".len() + name.len() + " ".len() + first.len() + "\r\n".len() <= COMMAND_BYTES_MAX;
        let (command, answers) = match answers {
            [first] if fits(first) => (format!("AUTH {name} {first}"), &[][..]),
            _ => (format!("AUTH {name}"), answers),
        };
        let mut answers = answers.iter().copied();
        self.write(PHASE, format!("{command}\r\n").as_bytes()).await?;
        for _ in 0..CHALLENGES_MAX {
            if self.answer(PHASE).await?.code == AUTHENTICATED {
                return Ok(());
            }
            let answer = answers.next().unwrap_or(to_more);
            self.write(PHASE, format!("{answer}\r\n").as_bytes()).await?;
        }
        Err(SmtpError::Unreadable { phase: PHASE })
    }
}

/// Whether the server did not understand, rather than refuse what it was shown.
fn is_unknown(reply: &Reply) -> bool {
    matches!(reply.code, 500..=504) && reply.about().is_none_or(|(subject, _)| subject != 7)
}

/// Tells a refused login, which locks people out when it is repeated, from a crowded server and from one that is out of order.
fn refused(error: SmtpError, shown: CredentialMark) -> SmtpError {
    let SmtpError::Refused(refusal) = error else { return error };
    let Refusal { phase, reply, cause } = *refusal;
    // 432 and 5.7.8 are about the password itself (RFC 4954 §6).
    let is_refusal = reply.code == 432 || reply.about() == Some((7, 8)) && reply.is_permanent();
    if is_refusal || reply.is_permanent() && !sasl::sounds_crowded(&reply.text) {
        return SmtpError::LoginRefused { reply: Box::new(reply), shown };
    }
    let cause = if reply.is_permanent() { Cause::Crowded } else { cause };
    SmtpError::Refused(Box::new(Refusal { phase, reply, cause }))
}
