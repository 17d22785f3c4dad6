//! TLS: only with a certificate that is to be trusted, for the name that was asked for.

use super::mailbox;
use crate::support::scripted::{Identity, Scripted};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tradepost::config::Security;
use tradepost::mailbox::imap::{Connection, ImapError};

/// Opens a mailbox at a server with this certificate, protected from the first byte.
async fn open(folder: &Path, certificate_for: &str, host: &str, knows_ca: bool) -> Result<Connection, ImapError> {
    let identity = Arc::new(Identity::make(folder, certificate_for));
    let server = Scripted::play(move |talk| {
        let identity = Arc::clone(&identity);
        async move {
            if let Some(mut talk) = talk.protect(&identity).await {
                talk.welcome("IMAP4rev1").await;
                talk.stall().await;
            }
        }
    })
    .await;
    let mut mailbox = mailbox(server.port);
    mailbox.server.security = Security::Tls;
    mailbox.server.host = host.to_owned();
    mailbox.server.ca_file = knows_ca.then(|| folder.join("ca.pem"));
    Connection::open(&mailbox).await
}

#[tokio::test]
async fn a_certificate_of_the_authority_we_are_told_is_trusted() {
    let folder = TempDir::new().expect("a folder");
    open(folder.path(), "DNS:localhost", "localhost", true).await.expect("it is to be trusted");
    open(folder.path(), "IP:127.0.0.1", "127.0.0.1", true).await.expect("an address is as good as a name");
}

#[tokio::test]
async fn a_certificate_of_a_stranger_is_not() {
    let folder = TempDir::new().expect("a folder");
    let opened = open(folder.path(), "DNS:localhost", "localhost", false).await;
    assert!(matches!(opened, Err(ImapError::Untrusted { .. })), "{opened:?}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not() {
    let folder = TempDir::new().expect("a folder");
    for (certificate_for, host) in [("DNS:mail.example", "localhost"), ("DNS:localhost", "127.0.0.1"), ("IP:127.0.0.1", "localhost")] {
        let opened = open(folder.path(), certificate_for, host, true).await;
        assert!(matches!(opened, Err(ImapError::Untrusted { .. })), "{certificate_for} for {host}: {opened:?}");
    }
}

#[tokio::test]
async fn a_file_of_authorities_that_holds_none_is_named() {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("ca.pem"), "no certificate").expect("the folder is ours");
    let server = Scripted::play(|talk| talk.stall()).await;
    let mut mailbox = mailbox(server.port);
    mailbox.server.security = Security::Tls;
    mailbox.server.ca_file = Some(folder.path().join("ca.pem"));
    let opened = Connection::open(&mailbox).await;
    assert!(matches!(&opened, Err(ImapError::Untrusted { why, .. }) if why.contains("ca.pem")), "{opened:?}");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told_so() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("* OK hello\r\n").await;
        talk.stall().await;
    })
    .await;
    let mut mailbox = mailbox(server.port);
    mailbox.server.security = Security::Tls;
    let opened = Connection::open(&mailbox).await;
    assert!(matches!(&opened, Err(ImapError::Untrusted { why, .. }) if why.contains("TLS")), "{opened:?}");
}

#[tokio::test]
async fn what_is_said_before_starttls_counts_for_nothing_after_it() {
    let folder = TempDir::new().expect("a folder");
    let identity = Arc::new(Identity::make(folder.path(), "IP:127.0.0.1"));
    let server = Scripted::play(move |mut talk| {
        let identity = Arc::clone(&identity);
        async move {
            talk.say("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN ID] hello\r\n").await;
            let tag = talk.expect("STARTTLS").await;
            // Someone in between adds answers to the commands to come.
            talk.say(&format!("{tag} OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN X-FORGED\r\nT1 OK\r\nT2 OK\r\n")).await;
            let mut talk = talk.protect(&identity).await.expect("the client trusts us");
            talk.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 X-TRUE\r\n").await;
            talk.answer("LOGIN", "").await;
            talk.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 X-TRUE\r\n").await;
            talk.stall().await;
        }
    })
    .await;
    let mut mailbox = mailbox(server.port);
    mailbox.server.security = Security::StartTls;
    mailbox.server.ca_file = Some(folder.path().join("ca.pem"));
    let opened = Connection::open(&mailbox).await;
    // Forged bytes in the same packet break the handshake or are thrown away; they never reach the login.
    if let Ok(connection) = opened {
        assert!(connection.offers("X-TRUE") && !connection.offers("X-FORGED"));
    } else {
        panic!("{opened:?}");
    }
}
