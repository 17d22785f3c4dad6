//! A server that says what a story wants it to say: a real listener, and behind it a script for each connection. A script that
//! hears something else than it expects stops, and the story with it.

mod smtp;

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A script hears nothing for so long: the story hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// The listener and what was heard on all its connections.
pub struct Scripted {
    pub port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    playing: JoinHandle<()>,
}

/// One connection, from the server's side.
pub struct Talk {
    /// 1 for the first connection.
    pub number: usize,
    stream: Box<dyn Stream>,
    heard: Arc<Mutex<Vec<String>>>,
}

pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

type Script = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Scripted {
    /// Plays `script` on each connection, one after another or at once.
    pub async fn play<F, P>(script: F) -> Self
    where
        F: Fn(Talk) -> P + Send + 'static,
        P: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        let playing = tokio::spawn(async move {
            let mut scripts = tokio::task::JoinSet::new();
            let mut number = 0;
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let (stream, _) = accepted.expect("the client connects");
                        stream.set_nodelay(true).expect("a plain socket");
                        number += 1;
                        let talk = Talk { number, stream: Box::new(stream), heard: Arc::clone(&ear) };
                        let script: Script = Box::pin(script(talk));
                        scripts.spawn(script);
                    }
                    Some(ended) = scripts.join_next() => ended.expect("the script heard what it expects"),
                }
            }
        });
        Self { port, heard, playing }
    }

    /// All lines heard so far, without tags where they had one.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("no script stopped while it held it").clone()
    }

    /// Whether no script has stopped.
    pub fn is_content(&self) -> bool {
        !self.playing.is_finished()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        assert!(std::thread::panicking() || self.is_content(), "the script heard something it did not expect; heard: {:#?}", self.heard());
        self.playing.abort();
    }
}

impl Talk {
    /// Greets, and lets the client log in by password in its usual order: login, ID and ENABLE where `capabilities` has them.
    pub async fn welcome(&mut self, capabilities: &str) {
        self.say(&format!("* OK [CAPABILITY {capabilities}] ready\r\n")).await;
        let tag = self.expect("LOGIN ").await;
        self.say(&format!("{tag} OK [CAPABILITY {capabilities}] in\r\n")).await;
        self.settle_in(capabilities).await;
    }

    /// What a client says after its login.
    pub async fn settle_in(&mut self, capabilities: &str) {
        let offers = |name: &str| capabilities.split(' ').any(|offered| offered == name);
        if offers("ID") {
            let tag = self.expect("ID (").await;
            self.say(&format!("* ID (\"name\" \"Scripted\")\r\n{tag} OK\r\n")).await;
        }
        if offers("ENABLE") && (offers("QRESYNC") || offers("CONDSTORE")) {
            let tag = self.expect("ENABLE ").await;
            self.say(&format!("{tag} OK\r\n")).await;
        }
    }

    /// Sends text as it is; a client that has gone meanwhile does not matter.
    pub async fn say(&mut self, text: &str) {
        self.say_bytes(text.as_bytes()).await;
    }

    pub async fn say_bytes(&mut self, bytes: &[u8]) {
        self.try_say_bytes(bytes).await;
    }

    /// `false` when the client has gone.
    pub async fn try_say_bytes(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok() && self.stream.flush().await.is_ok()
    }

    /// The next line without its end; `None` when the client has gone.
    pub async fn line(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n") {
            bytes.push(self.byte().await.ok()?);
        }
        bytes.truncate(bytes.len() - 2);
        let line = String::from_utf8_lossy(&bytes).into_owned();
        let said = line.split_once(' ').filter(|(tag, _)| is_tag(tag)).map_or(line.as_str(), |(_, command)| command);
        self.heard.lock().expect("no script stopped while it held it").push(said.to_owned());
        Some(line)
    }

    /// The next line is a command that begins so; its tag.
    pub async fn expect(&mut self, command: &str) -> String {
        let line = tokio::time::timeout(PATIENCE, self.line()).await.expect("the client says something");
        let line = line.unwrap_or_else(|| panic!("the client has gone instead of saying {command}"));
        let (tag, said) = line.split_once(' ').unwrap_or_else(|| panic!("{line} has a tag"));
        assert!(is_tag(tag) && said.starts_with(command), "{command} was expected and {line} was heard");
        tag.to_owned()
    }

    /// The next line is exactly this, without a tag.
    pub async fn expect_line(&mut self, wanted: &str) {
        let line = tokio::time::timeout(PATIENCE, self.line()).await.expect("the client says something");
        assert_eq!(line.as_deref(), Some(wanted));
    }

    /// A command that begins so, answered with `untagged` and OK.
    pub async fn answer(&mut self, command: &str, untagged: &str) {
        let tag = self.expect(command).await;
        self.say(&format!("{untagged}{tag} OK done\r\n")).await;
    }

    /// So many bytes of a literal.
    pub async fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < count {
            bytes.push(tokio::time::timeout(PATIENCE, self.byte()).await.expect("the client goes on").expect("the client is there"));
        }
        bytes
    }

    /// One byte at a time: what follows may be for TLS.
    async fn byte(&mut self) -> std::io::Result<u8> {
        self.stream.read_u8().await
    }

    /// Ends the connection, at once and in order.
    pub async fn cut(mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// Says nothing more until the client has gone.
    pub async fn stall(mut self) {
        while self.byte().await.is_ok() {}
    }

    /// Goes on with TLS; `None` when the client does not trust the certificate.
    pub async fn protect(self, identity: &Identity) -> Option<Self> {
        let Self { number, stream, heard } = self;
        let tls = identity.acceptor().accept(stream).await.ok()?;
        Some(Self { number, stream: Box::new(tls), heard })
    }

    /// Goes on as a proxy does: what either side says reaches the other.
    pub async fn join(mut self, port: u16) {
        let mut other = TcpStream::connect(("127.0.0.1", port)).await.expect("the server behind listens");
        let _ = tokio::io::copy_bidirectional(&mut self.stream, &mut other).await;
    }

    /// The same on a server that knows this client by a password: what it answers to that login answers the client's own.
    pub async fn join_as(mut self, port: u16, login_tag: &str, user: &str, password: &str) {
        let mut other = TcpStream::connect(("127.0.0.1", port)).await.expect("the server behind listens");
        while other.read_u8().await.expect("it greets") != b'\n' {}
        other.write_all(format!("{login_tag} LOGIN {user} {password}\r\n").as_bytes()).await.expect("it listens");
        let _ = tokio::io::copy_bidirectional(&mut self.stream, &mut other).await;
    }
}

fn is_tag(word: &str) -> bool {
    word.strip_prefix('T').is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A certificate for one name, its key, and the authority that signed it.
pub struct Identity {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Identity {
    /// Makes an authority as `ca.pem` in `folder`, and a certificate of it for `name`, `DNS:mail.example` or `IP:127.0.0.1`.
    pub fn make(folder: &Path, name: &str) -> Self {
        let path = |file: &str| folder.join(file).display().to_string();
        let subject = format!("subjectAltName={name}");
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650"];
        if !folder.join("ca.pem").exists() {
            openssl(&[&["req", "-x509", "-subj", "/CN=Test CA", "-keyout", &path("ca.key"), "-out", &path("ca.pem")], &key[..]].concat());
        }
        let signed = ["-CA", &path("ca.pem"), "-CAkey", &path("ca.key"), "-addext", &subject, "-addext", "basicConstraints=CA:FALSE"];
        let made = ["req", "-x509", "-subj", "/CN=server", "-keyout", &path("server.key"), "-out", &path("server.pem")];
        openssl(&[&made[..], &signed[..], &key[..]].concat());
        let read = |file: &str| std::fs::read(folder.join(file)).expect("openssl wrote it");
        Self { certificate: read("server.pem"), key: read("server.key") }
    }

    fn acceptor(&self) -> TlsAcceptor {
        let certificate = CertificateDer::from_pem_slice(&self.certificate).expect("openssl wrote a certificate");
        let key = PrivateKeyDer::from_pem_slice(&self.key).expect("openssl wrote a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring knows TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("the key belongs to the certificate");
        TlsAcceptor::from(Arc::new(config))
    }
}

fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).output().expect("openssl is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
