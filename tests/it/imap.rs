//! The layer below the door, against a server that plays every trap (scripted; the real ones are elsewhere).

mod answers;
mod appends;
mod glances;
mod hostile;
mod idling;
mod logins;
mod moves;
mod names;
mod proxies;
mod trust;

use crate::support::purse::{Purse, password, token};
use crate::support::scripted::{Scripted, Talk};
use imap_proto::Response;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tradepost::config::Security;
use tradepost::mailbox::imap::{Connection, Deadlines, ImapError, ImapMailbox, RefusedTokens};
use tradepost::mailbox::{FolderNames, Server};

/// What a plain old server offers.
const PLAIN: &str = "IMAP4rev1 UIDPLUS MOVE IDLE";

/// A mailbox on this machine, without protection, whose server is given little time.
fn mailbox(port: u16) -> ImapMailbox {
    ImapMailbox {
        server: Server { host: "127.0.0.1".into(), port, security: Security::None, ca_file: None, proxy: None },
        names: FolderNames::default(),
        credentials: Purse::new([password("secret")]),
        spool: std::env::temp_dir(),
        providers: Arc::default(),
        provider: None,
        refused: RefusedTokens::default(),
        deadlines: Deadlines {
            connect: Duration::from_secs(2),
            opening: Duration::from_secs(5),
            read: Duration::from_millis(400),
            command: Duration::from_secs(2),
            idle_end: Duration::from_millis(400),
            shown: [Duration::from_millis(20); 3],
            catch_up: Duration::from_millis(10),
            after_refusal: Duration::from_secs(1),
        },
    }
}

/// A server that welcomes the client and then plays `script`, and a connection to it.
async fn meet<F, P>(capabilities: &'static str, script: F) -> (Scripted, Connection)
where
    F: Fn(Talk) -> P + Send + Clone + 'static,
    P: Future<Output = ()> + Send + 'static,
{
    let server = Scripted::play(move |mut talk| {
        let script = script.clone();
        async move {
            talk.welcome(capabilities).await;
            script(talk).await;
        }
    })
    .await;
    let connection = Connection::open(&mailbox(server.port)).await.expect("the server welcomes us");
    (server, connection)
}

/// Asks for nothing, and hears what comes.
async fn noop(connection: &mut Connection, on: impl FnMut(&Response<'_>) -> Result<(), ImapError>) -> Result<(), ImapError> {
    connection.exec("NOOP", "NOOP", on).await.map(|_| ())
}

/// The connection is of no more use and says so at once, without waiting for the server.
async fn assert_over(connection: &mut Connection) {
    let again = noop(connection, |_| Ok(())).await;
    assert!(matches!(again, Err(ImapError::Lost { command: "NOOP" })), "{again:?}");
}

/// Notes every untagged response.
fn note(heard: &mut Vec<String>) -> impl FnMut(&Response<'_>) -> Result<(), ImapError> {
    |response| {
        heard.push(format!("{response:?}"));
        Ok(())
    }
}
