//! `dkim = { … }` of `[sending]`, or of a mailbox's `smtp`: the key that signs what leaves (RFC 6376). Where the provider signs, none is
//! needed.

use super::fault::Problem;
use super::reader::{Section, Value};
use super::secret::SecretText;
use super::team;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// A key of 4,096 bits takes 3,300 bytes in PEM.
const KEY_LEN_MAX: u64 = 64 * 1024;
/// Longest name of a selector (RFC 1035 §2.3.4): it must leave room for `._domainkey.` and the domain.
const SELECTOR_LEN_MAX: usize = 63;

/// A key that signs mail, and the name under which the domain publishes its other half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dkim {
    /// The domain that vouches for the mail (`d=`), in lower case and ASCII.
    pub domain: String,
    /// Which of the domain's keys it is (`s=`): `SELECTOR._domainkey.DOMAIN` has its other half.
    pub selector: String,
    /// A file in PEM form: RSA (PKCS #1 or #8) or Ed25519 (PKCS #8).
    pub key: PathBuf,
}

/// The file of a key cannot be used. Never holds any part of it.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileFault {
    #[error("the key file {} is not there", file.display())]
    Absent { file: PathBuf },
    #[error("the key file {} can be read by others; chmod 600 it", file.display())]
    Exposed { file: PathBuf },
    #[error("the key file {} cannot be read: {why}", file.display())]
    Unreadable { file: PathBuf, why: std::io::Error },
}

impl Dkim {
    /// The text of the key's file. One that others may read is refused: whoever has it writes mail in the company's name.
    pub fn read_key(&self) -> Result<SecretText, KeyFileFault> {
        let file = || self.key.clone();
        let failed = |why: std::io::Error| match why.kind() {
            std::io::ErrorKind::NotFound => KeyFileFault::Absent { file: file() },
            _ => KeyFileFault::Unreadable { file: file(), why },
        };
        let opened = File::open(&self.key).map_err(failed)?;
        if opened.metadata().map_err(failed)?.mode() & 0o077 != 0 {
            return Err(KeyFileFault::Exposed { file: file() });
        }
        let mut text = String::new();
        opened.take(KEY_LEN_MAX).read_to_string(&mut text).map_err(failed)?;
        Ok(SecretText::new(text))
    }

    /// Where the domain publishes the key's other half.
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }
}

pub(super) fn read(mut section: Section<'_>) -> Option<Dkim> {
    if !section.is_there() {
        return None;
    }
    let domain = section.require("domain", "domain = \"bright.example\"").and_then(|value| domain(&value));
    let selector = section.require("selector", "selector = \"tradepost\"").and_then(|value| selector(&value));
    let key = section.require("key", "key = \"dkim.pem\"").and_then(|value| value.path());
    section.close();
    Some(Dkim { domain: domain.unwrap_or_default(), selector: selector.unwrap_or_default(), key: key.unwrap_or_default() })
}

/// As it stands in a signature: domains of other scripts as A-labels (RFC 8616 §5).
fn domain(value: &Value<'_>) -> Option<String> {
    let written = team::domain(value)?;
    let domain = idna::domain_to_ascii(&written).ok();
    if domain.is_none() {
        value.fault(Problem::NotADomain { text: written });
    }
    domain
}

/// One or more labels (RFC 6376 §3.1).
fn selector(value: &Value<'_>) -> Option<String> {
    let text = value.line()?;
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if text.len() > SELECTOR_LEN_MAX || !text.split('.').all(is_label) {
        value.fault(Problem::NotAName { text: text.to_owned() });
        return None;
    }
    Some(text.to_ascii_lowercase())
}
