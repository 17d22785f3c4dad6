//! A reader of mail that is none of ours: dkimpy for signatures, the email package of Python for the form.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use tradepost::types::Moment;

/// What is asked of a Python that is to look at mail.
const NEEDED: &str = "import dkim, nacl";

/// A mail as it is seen.
#[derive(Debug, Deserialize)]
pub struct Seen {
    /// Whether its signature holds.
    pub signed: bool,
    pub why: String,
    /// What Python finds broken in it.
    pub defects: Vec<String>,
    /// Encoded-words that are too long, or hold part of a character.
    pub words: Vec<String>,
    /// Its longest line, in bytes.
    pub longest: usize,
    /// A CR or LF that is no line end, or a NUL.
    pub stray: bool,
    /// The names of its fields, in their order.
    pub fields: Vec<String>,
    pub from: Vec<(String, String)>,
    pub to: Vec<(String, String)>,
    pub cc: Vec<(String, String)>,
    pub subject: Option<String>,
    pub text: Option<String>,
    pub html: Option<String>,
    /// Attachments: name and type.
    pub files: Vec<(String, String)>,
}

/// Looks at mails at that moment, with TXT records by their names.
///
/// # Panics
/// When there is no Python with dkimpy: an own signature is judged by others or not at all.
pub fn look(mails: &[Vec<u8>], keys: &[(String, String)], now: Moment) -> Vec<Seen> {
    let asked = serde_json::json!({
        "now": now.timestamp().as_second(),
        "keys": keys.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "mails": mails.iter().map(|mail| BASE64_STANDARD.encode(mail)).collect::<Vec<_>>(),
    });
    let mut python = Command::new(python());
    python.args(["-I", "-c", include_str!("verifier.py")]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().expect("it was there a moment ago");
    let mut ask = python.stdin.take().expect("piped");
    let text = asked.to_string();
    std::thread::spawn(move || ask.write_all(text.as_bytes()));
    let output = python.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the verifier broke");
    serde_json::from_slice(&output.stdout).expect("its answer")
}

/// The Python of `tests/run`, else one of this machine that knows how.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/verifier/bin/python");
        let knows = |python: &Path| {
            let asked = Command::new(python).args(["-I", "-c", NEEDED]).stderr(Stdio::null()).status();
            asked.is_ok_and(|status| status.success())
        };
        let found = [own, PathBuf::from("/usr/bin/python3"), PathBuf::from("python3")].into_iter().find(|python| knows(python));
        found.expect("no Python has dkimpy; `tests/run` installs it")
    })
}

/// A new private key in PEM form, made by OpenSSL: `rsa:2048` or `ed25519`.
pub fn new_key(kind: &str) -> String {
    let mut openssl = Command::new("openssl");
    match kind.split_once(':') {
        Some((name, bits)) => openssl.args(["genpkey", "-algorithm", name, "-pkeyopt", &format!("rsa_keygen_bits:{bits}")]),
        None => openssl.args(["genpkey", "-algorithm", kind]),
    };
    let output = openssl.stderr(Stdio::null()).output().expect("`tests/run` installs OpenSSL");
    assert!(output.status.success(), "openssl made no {kind} key");
    String::from_utf8(output.stdout).expect("PEM is text")
}
