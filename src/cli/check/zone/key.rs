//! A published key (RFC 6376 §3.6.1).

use super::{Unanswered, Zone, tag};
use crate::act::Signer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How a domain's published key stands to ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// It is the other half of ours.
    Ours,
    /// None is there.
    None,
    /// Another one is there, or one that cannot be read.
    Other,
    /// The domain took it back (an empty `p=`).
    Revoked,
}

/// What is published under a key's name.
pub async fn ask(zone: &impl Zone, name: &str) -> Result<Vec<String>, Unanswered> {
    let texts = zone.texts(name).await?;
    // The version may be missing, and other texts stand there in error.
    Ok(texts.into_iter().filter(|text| tag(text, "p").is_some()).collect())
}

/// How the published records stand to the key of a signer.
pub fn published(records: &[String], signer: &Signer) -> Published {
    let keys: Vec<String> =
        records.iter().filter_map(|record| tag(record, "p")).map(|key| key.split_ascii_whitespace().collect()).collect();
    let is_ours = |key: &String| STANDARD.decode(key).is_ok_and(|key| signer.is_other_half(&key));
    match keys.as_slice() {
        [] => Published::None,
        keys if keys.iter().any(is_ours) => Published::Ours,
        keys if keys.iter().all(String::is_empty) => Published::Revoked,
        _ => Published::Other,
    }
}
