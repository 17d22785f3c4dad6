//! A server that takes tokens and no password, as large providers are: a gate before a Dovecot, which looks at the token and then logs in
//! behind with the password that Dovecot knows.

use super::mailserver::{PASSWORD, User};
use super::scripted::{Scripted, Talk};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::sync::watch;
use tradepost::config::Security;

/// What the gate offers before a login.
const CAPABILITIES: &str = "IMAP4rev1 SASL-IR ID AUTH=XOAUTH2";
/// What is said to a token that ended, before the NO: `{"status":"401","schemes":"bearer","scope":"mail"}`.
const STATUS_401: &str = "eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJtYWlsIn0=";

/// The gate before one mailbox.
pub struct Gate {
    scripted: Scripted,
    rule: Arc<Rule>,
    cut: watch::Sender<()>,
}

#[derive(Default)]
struct Rule {
    /// Tokens before the one of this number have ended.
    oldest: AtomicU64,
    refused: AtomicUsize,
}

impl Gate {
    /// Opens it on a port of its own; the numbers of the tokens are those of the token server.
    pub async fn before(user: &User<'_>) -> Self {
        let (rule, (cut, cuts)) = (Arc::new(Rule::default()), watch::channel(()));
        let (known, address, port) = (Arc::clone(&rule), user.address.clone(), user.port(Security::None));
        let scripted = Scripted::play(move |talk: Talk| {
            let (rule, mut cuts, address) = (Arc::clone(&known), cuts.clone(), address.clone());
            cuts.mark_unchanged();
            async move {
                tokio::select! {
                    () = pass(talk, &rule, &address, port) => {}
                    _ = cuts.changed() => {}
                }
            }
        });
        Self { scripted: scripted.await, rule, cut }
    }

    pub fn port(&self) -> u16 {
        self.scripted.port
    }

    /// Tokens before that one have ended, and who came in with one is put out in the middle of whatever it does.
    pub fn end_before(&self, token: u64) {
        self.rule.oldest.store(token, Ordering::SeqCst);
        self.cut.send_replace(());
    }

    /// How many logins were refused.
    pub fn refused(&self) -> usize {
        self.rule.refused.load(Ordering::SeqCst)
    }
}

async fn pass(mut talk: Talk, rule: &Rule, address: &str, port: u16) {
    talk.say(&format!("* OK [CAPABILITY {CAPABILITIES}] ready\r\n")).await;
    // One that goes without a word is none.
    let Some(line) = talk.line().await else { return };
    let (tag, command) = line.split_once(' ').expect("a tag");
    let shown = command.strip_prefix("AUTHENTICATE XOAUTH2 ").unwrap_or_else(|| panic!("a login by token, not {command}"));
    let shown = String::from_utf8(STANDARD.decode(shown).expect("base64")).expect("text");
    let number =
        shown.split_once("access-").and_then(|(_, rest)| rest.split('-').next()?.parse::<u64>().ok()).expect("a token of the server");
    if number < rule.oldest.load(Ordering::SeqCst) {
        rule.refused.fetch_add(1, Ordering::SeqCst);
        talk.say(&format!("+ {STATUS_401}\r\n")).await;
        talk.expect_line("").await;
        talk.say(&format!("{tag} NO [AUTHENTICATIONFAILED] the token has expired\r\n")).await;
        return talk.stall().await;
    }
    talk.join_as(port, tag, address, PASSWORD).await;
}
