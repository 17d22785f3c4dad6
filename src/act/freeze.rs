//! The last thing that is done to a mail: it is signed where its mailbox has a key (DKIM, RFC 6376), and from then on its bytes are fixed.
//! Whatever goes into the outbox comes through [`freeze`]. Pure but for reading the key: the same mail, key and moment give the same bytes.

use crate::config::{Dkim, KeyFileFault};
use crate::types::Moment;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_auth::common::crypto::{DkimKey, Ed25519Key, RsaKey, Sha256, SigningKey};
use mail_auth::common::headers::{HeaderStream, HeaderWriter, Writable, Writer};
use mail_auth::dkim::canonicalize::CanonicalHeaders;
use mail_auth::dkim::{Canonicalization, Signature};
use std::collections::VecDeque;
use std::fmt;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Signed also as absent: a second one, put in on the way, breaks the signature (RFC 6376 §8.15).
const ONCE: [&str; 4] = ["From", "To", "Subject", "Date"];
/// Signed where they are present (RFC 6376 §5.4.1; RFC 8058 §4 for List-Unsubscribe-Post).
const PRESENT: [&str; 11] = [
    "Cc",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Id",
];
/// `SEQUENCE { OBJECT IDENTIFIER rsaEncryption, NULL }` (RFC 8017 §A.1).
const RSA_ALGORITHM: [u8; 15] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const DER_SEQUENCE: u8 = 0x30;
const DER_BIT_STRING: u8 = 0x03;

/// Signs the mail of one domain.
pub struct Signer {
    key: DkimKey,
    domain: String,
    selector: String,
    /// The key's other half as the domain is to publish it.
    public: Vec<u8>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({} of {})", self.selector, self.domain)
    }
}

/// A key that cannot be used. Never holds any part of it.
#[derive(Debug, thiserror::Error)]
pub enum SignerFault {
    #[error(transparent)]
    File(#[from] KeyFileFault),
    #[error("it holds no private key in PEM form")]
    NoKey,
    #[error("its key is encrypted with a pass phrase")]
    Locked,
    #[error("its RSA key has fewer than 2048 bits")]
    Weak,
    #[error("its key cannot be used: {0}")]
    Unusable(String),
}

/// A mail could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("the mail cannot be signed: {0}")]
pub struct Unsigned(String);

/// A mail as it leaves, with the signature of its mailbox before it. Nothing may be changed in it any more.
pub fn freeze(mail: Vec<u8>, signer: Option<&Signer>, at: Moment) -> Result<Vec<u8>, Unsigned> {
    let Some(signer) = signer else { return Ok(mail) };
    let mut frozen = Vec::with_capacity(mail.len() + 1024);
    signer.sign(&mail, at)?.write_header(&mut frozen);
    frozen.extend_from_slice(&mail);
    Ok(frozen)
}

impl Signer {
    /// The signer that a configuration names. Reads the key.
    pub fn of_config(dkim: &Dkim) -> Result<Self, SignerFault> {
        Self::new(&dkim.domain, &dkim.selector, dkim.read_key()?.reveal())
    }

    /// The signer with that key: RSA of at least 2,048 bits (RFC 8301 §3.2), or Ed25519 (RFC 8463).
    pub fn new(domain: &str, selector: &str, pem: &str) -> Result<Self, SignerFault> {
        let (key, public) = keys(pem)?;
        Ok(Self { key, domain: domain.to_owned(), selector: selector.to_owned(), public })
    }

    /// The domain that vouches for what is signed.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// What the domain is to publish as TXT at `SELECTOR._domainkey.DOMAIN` (RFC 6376 §3.6.1).
    pub fn record(&self) -> String {
        let kind = match &self.key {
            DkimKey::Rsa(_) => "rsa",
            DkimKey::Ed25519(_) => "ed25519",
        };
        format!("v=DKIM1; k={kind}; p={}", STANDARD.encode(&self.public))
    }

    /// Whether a published key is the other half of ours. RSA keys are seen with and without the name of their algorithm around them.
    pub fn is_other_half(&self, published: &[u8]) -> bool {
        match &self.key {
            DkimKey::Rsa(key) => published == self.public || published == key.public_key(),
            DkimKey::Ed25519(_) => published == self.public,
        }
    }

    fn sign(&self, mail: &[u8], at: Moment) -> Result<Signature, Unsigned> {
        let template = Signature {
            v: 1,
            a: self.key.algorithm(),
            d: self.domain.clone(),
            s: self.selector.clone(),
            h: names(&Cut::new(mail)),
            ch: Canonicalization::Relaxed,
            cb: Canonicalization::Relaxed,
            t: u64::try_from(at.timestamp().as_second()).unwrap_or(0),
            ..Signature::default()
        };
        let (_, fields, h, body) = template.canonicalize(Cut::new(mail));
        let bh = self.key.hash(body).as_ref().to_vec();
        let signature = Signature { h, bh, ..template };
        let signed = self.key.sign(ToSign { fields, signature: &signature });
        Ok(Signature { b: signed.map_err(|error| Unsigned(error.to_string()))?, ..signature })
    }
}

/// What is signed: the fields, and the signature's own field without its value (RFC 6376 §3.7).
struct ToSign<'a> {
    fields: CanonicalHeaders<'a>,
    signature: &'a Signature,
}

impl Writable for ToSign<'_> {
    fn write(self, writer: &mut impl Writer) {
        self.fields.write(writer);
        self.signature.write(writer, false);
    }
}

/// A mail cut into its fields, each with all its lines, and its body.
struct Cut<'m> {
    fields: VecDeque<(&'m [u8], &'m [u8])>,
    body: &'m [u8],
}

impl<'m> Cut<'m> {
    fn new(mail: &'m [u8]) -> Self {
        let (mut fields, mut rest) = (VecDeque::new(), mail);
        while let Some((field, after)) = first_field(rest) {
            rest = after;
            if let Some(colon) = field.iter().position(|byte| *byte == b':')
                && let Some((name, value)) = field.split_at_checked(colon)
            {
                fields.push_back((name, value.get(1..).unwrap_or_default()));
            }
        }
        Self { fields, body: rest.strip_prefix(b"\r\n").unwrap_or(rest) }
    }
}

impl<'m> HeaderStream<'m> for Cut<'m> {
    fn next_header(&mut self) -> Option<(&'m [u8], &'m [u8])> {
        self.fields.pop_front()
    }

    fn body(&mut self) -> &'m [u8] {
        self.body
    }
}

/// The first field with the lines that continue it, and what comes after; `None` where the body begins.
fn first_field(mail: &[u8]) -> Option<(&[u8], &[u8])> {
    if mail.starts_with(b"\r\n") {
        return None;
    }
    let mut end = 0;
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if end > 0 && !line.starts_with(b" ") && !line.starts_with(b"\t") {
            break;
        }
        end += line.len();
    }
    if end == 0 { None } else { mail.split_at_checked(end) }
}

/// The fields to sign in this mail: a name for each that is there, and one more for each that may be there only once.
fn names(mail: &Cut<'_>) -> Vec<String> {
    let is_there = |name: &str| mail.fields.iter().any(|(field, _)| field.eq_ignore_ascii_case(name.as_bytes()));
    let once = ONCE.into_iter().flat_map(|name| std::iter::repeat_n(name, if is_there(name) { 2 } else { 1 }));
    once.chain(PRESENT.into_iter().filter(|name| is_there(name))).map(str::to_owned).collect()
}

/// Both halves of a key.
fn keys(pem: &str) -> Result<(DkimKey, Vec<u8>), SignerFault> {
    if pem.contains("ENCRYPTED") {
        return Err(SignerFault::Locked);
    }
    let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| SignerFault::NoKey)?;
    if let PrivateKeyDer::Pkcs8(pkcs8) = &der
        && let Some(pair) = ed25519(pkcs8)
    {
        let public = pair.public_key();
        return Ok((DkimKey::Ed25519(pair), public));
    }
    let pair = RsaKey::<Sha256>::from_key_der(der).map_err(|error| rsa_fault(&error.to_string()))?;
    let public = subject_public_key_info(&pair.public_key());
    Ok((DkimKey::Rsa(pair), public))
}

/// OpenSSL leaves the public half out of the file (RFC 8410 §7).
fn ed25519(pkcs8: &PrivatePkcs8KeyDer<'_>) -> Option<Ed25519Key> {
    Ed25519Key::from_pkcs8_maybe_unchecked_der(pkcs8.secret_pkcs8_der()).ok()
}

fn rsa_fault(why: &str) -> SignerFault {
    if why.contains("TooSmall") { SignerFault::Weak } else { SignerFault::Unusable(why.to_owned()) }
}

/// An RSA key as domains publish it: with the name of its algorithm (RFC 5280 §4.1).
fn subject_public_key_info(pkcs1: &[u8]) -> Vec<u8> {
    // No bits of its last byte are unused.
    let bits: Vec<u8> = std::iter::once(0).chain(pkcs1.iter().copied()).collect();
    let inside = [RSA_ALGORITHM.to_vec(), der(DER_BIT_STRING, &bits)].concat();
    der(DER_SEQUENCE, &inside)
}

/// A value with its tag and length (X.690 §8.1.3).
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let len = value.len().to_be_bytes();
    let len: Vec<u8> = len.iter().copied().skip_while(|byte| *byte == 0).collect();
    let len = match len.as_slice() {
        [] => vec![0],
        [short] if *short < 0x80 => vec![*short],
        long => [&[0x80 | u8::try_from(long.len()).unwrap_or(0)], long].concat(),
    };
    [&[tag], len.as_slice(), value].concat()
}
