//! What `check` says of the servers that take mail: each is logged in to, and nothing is sent.

use super::{Area, Beyond};
use crate::cli::reasons;
use crate::config::{self, Config, DatedSecret, Door, Login, SecretError, SecretText, SmtpLogin};
use crate::flow::NoToken;
use crate::mailbox::smtp::{SmtpAccount, Submission};
use crate::mailbox::{Credentials, FixedSecret};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// A server that needs longer is no server to wait for at a terminal.
const LONGEST: Duration = Duration::from_secs(30);

/// Why a server takes no mail; `None` when it does.
pub type Asked = Option<Closed>;

/// Why a server takes no mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    NoAnswer,
    NoSecret(SecretError),
    Failed(String),
}

/// Logs in to the servers of all mailboxes side by side. `tokens` are those of the books, by the name of the mailbox.
pub async fn ask(config: &Config, tokens: &BTreeMap<String, Result<SecretText, NoToken>>) -> BTreeMap<String, Asked> {
    let mut asking = JoinSet::new();
    for mailbox in config.mailboxes.iter().filter(|mailbox| mailbox.sending.is_some()) {
        let token = tokens.get(&mailbox.name).and_then(|token| token.as_ref().ok()).cloned();
        let mailbox = mailbox.clone();
        asking.spawn(async move {
            let asked = tokio::time::timeout(LONGEST, ask_one(&mailbox, token)).await;
            (mailbox.name, asked.unwrap_or(Some(Closed::NoAnswer)))
        });
    }
    let mut asked = BTreeMap::new();
    while let Some(one) = asking.join_next().await {
        asked.extend(one);
    }
    asked
}

async fn ask_one(mailbox: &config::Mailbox, token: Option<SecretText>) -> Asked {
    let Some(sending) = &mailbox.sending else { return None };
    let credentials = match (&sending.login, &mailbox.door) {
        (SmtpLogin::Password { user, password }, _) => by_password(user, password).await,
        (SmtpLogin::AsMailbox, Door::Imap(imap)) => match (&imap.login, token) {
            (Login::Password(password), _) => by_password(&imap.user, password).await,
            (Login::OAuth(_), Some(token)) => Ok(Some(FixedSecret::token(&imap.user, token))),
            // Said of the mailbox itself.
            (Login::OAuth(_), None) => return None,
        },
        (SmtpLogin::None, _) | (SmtpLogin::AsMailbox, Door::Maildir(_)) => Ok(None),
    };
    let credentials = match credentials {
        Ok(secret) => secret.map(|secret| Arc::new(secret) as Arc<dyn Credentials>),
        Err(why) => return Some(Closed::NoSecret(why)),
    };
    match Submission::open(&SmtpAccount::of_config(sending, credentials)).await {
        Ok(open) => {
            open.quit().await;
            None
        }
        Err(error) => Some(Closed::Failed(error.to_string())),
    }
}

/// A password may be a program's to tell, and that blocks.
async fn by_password(user: &str, password: &DatedSecret) -> Result<Option<FixedSecret>, SecretError> {
    let secret = password.secret.clone();
    let read = tokio::task::spawn_blocking(move || secret.read()).await;
    let password = read.unwrap_or(Err(SecretError::Broken))?;
    Ok(Some(FixedSecret::password(user, password)))
}

/// The row of a mailbox whose mail can leave, or should.
pub(super) fn rows(mailbox: &config::Mailbox, beyond: &Beyond, area: &mut Area<'_>) {
    let (Some(sending), Some(asked)) = (&mailbox.sending, beyond.departures.get(&mailbox.name)) else { return };
    let (host, port) = (&sending.host, &sending.port);
    match asked {
        None => area.ok("check.smtp", &[("host", host), ("port", port)]),
        Some(closed) => {
            let why = match closed {
                Closed::NoAnswer => area.words.say("reason.no_answer", &[("seconds", &LONGEST.as_secs())]),
                Closed::NoSecret(why) => reasons::secret(why, area.words),
                Closed::Failed(why) => why.clone(),
            };
            area.fault("check.smtp_failed", "check.smtp_failed_do", &[("host", host), ("port", port), ("why", &why)]);
        }
    }
}
