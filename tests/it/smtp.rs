//! The door out, against a server that plays every trap (scripted), and against Postfix.

mod doubts;
mod greetings;
mod hostile;
mod logins;
mod mails;
mod postfix;
mod refusals;

use crate::support::purse::{Purse, password, token};
use crate::support::scripted::{Scripted, Talk};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tradepost::config::Security;
use tradepost::mailbox::smtp::{Outgoing, Phase, Refusal, SmtpAccount, SmtpDeadlines, SmtpError, Submission};
use tradepost::mailbox::{Credentials, Server};
use tradepost::types::EmailAddress;

const MAIL: &[u8] = b"From: sales@bright.example\r\nSubject: Offer\r\n\r\nDear Bob\r\n";

/// Time enough for a busy machine.
const PATIENT: Duration = Duration::from_secs(8);
/// For servers that are to be found silent.
const HASTY: Duration = Duration::from_millis(250);

fn deadlines(each: Duration) -> SmtpDeadlines {
    let quit = Duration::from_millis(200);
    SmtpDeadlines { connect: PATIENT, tls: PATIENT, greeting: each, command: each, data: each, block: each, dot: each, quit }
}

/// A server on this machine, without protection, that knows us.
fn account(port: u16) -> SmtpAccount {
    SmtpAccount {
        server: Server { host: "127.0.0.1".into(), port, security: Security::None, ca_file: None, proxy: None },
        credentials: None,
        helo: "office.bright.example".into(),
        deadlines: deadlines(PATIENT),
    }
}

fn hasty(port: u16) -> SmtpAccount {
    SmtpAccount { deadlines: deadlines(HASTY), ..account(port) }
}

/// The same, with a login.
fn with_login(port: u16, purse: &Arc<Purse>) -> SmtpAccount {
    SmtpAccount { credentials: Some(Arc::clone(purse) as Arc<dyn Credentials>), ..account(port) }
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

/// A mail of ours from sales to somebody.
struct Letter {
    from: EmailAddress,
    to: EmailAddress,
    bytes: Vec<u8>,
}

impl Letter {
    fn to(to: &str) -> Self {
        Self { from: address("sales@bright.example"), to: address(to), bytes: MAIL.to_vec() }
    }

    fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), ..Self::to("bob@acme.example") }
    }

    fn outgoing(&self) -> Outgoing<'_> {
        Outgoing { from: Some(&self.from), to: &self.to, bytes: &self.bytes, envelope_id: Some("row-1"), notify: true }
    }
}

/// Both halves of handing a mail over.
async fn send(submission: &mut Submission, letter: &Letter) -> Result<String, SmtpError> {
    submission.prepare(&letter.outgoing()).await?;
    submission.finish().await.map(|accepted| accepted.reply.to_string())
}

/// A server that plays `script` after its greeting with these offers, and a connection to it.
async fn meet<F, P>(offers: &'static str, script: F) -> (Scripted, Submission)
where
    F: Fn(Talk) -> P + Send + Clone + 'static,
    P: Future<Output = ()> + Send + 'static,
{
    let server = play(offers, script).await;
    let submission = Submission::open(&account(server.port)).await.expect("the server welcomes us");
    (server, submission)
}

/// The same, found silent soon.
async fn meet_hastily<F, P>(offers: &'static str, script: F) -> (Scripted, Submission)
where
    F: Fn(Talk) -> P + Send + Clone + 'static,
    P: Future<Output = ()> + Send + 'static,
{
    let server = play(offers, script).await;
    let mut account = account(server.port);
    account.deadlines = SmtpDeadlines { greeting: PATIENT, ..deadlines(HASTY) };
    let submission = Submission::open(&account).await.expect("the server welcomes us");
    (server, submission)
}

async fn play<F, P>(offers: &'static str, script: F) -> Scripted
where
    F: Fn(Talk) -> P + Send + Clone + 'static,
    P: Future<Output = ()> + Send + 'static,
{
    Scripted::play(move |mut talk| {
        let script = script.clone();
        async move {
            talk.greet(offers).await;
            script(talk).await;
        }
    })
    .await
}

/// The refusal that a call ended with.
fn refusal<T: std::fmt::Debug>(ended: Result<T, SmtpError>) -> Refusal {
    match ended {
        Err(SmtpError::Refused(refusal)) => *refusal,
        other => panic!("a refusal was expected: {other:?}"),
    }
}

/// The connection is of no more use and says so at once, without a word to the server.
async fn assert_over(submission: &mut Submission) {
    assert!(submission.is_over());
    let letter = Letter::to("bob@acme.example");
    assert!(matches!(submission.prepare(&letter.outgoing()).await, Err(SmtpError::Over)));
    assert!(matches!(submission.reset().await, Err(SmtpError::Over)));
}

/// Nobody knows whether the mail was taken, because of this.
fn unclear<T: std::fmt::Debug>(ended: Result<T, SmtpError>) -> SmtpError {
    match ended {
        Err(SmtpError::Unclear(why)) => *why,
        other => panic!("an unclear end was expected: {other:?}"),
    }
}
