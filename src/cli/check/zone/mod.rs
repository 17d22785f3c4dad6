//! What a domain publishes for those who get its mail: the other half of its key (RFC 6376), who may send for it (SPF, RFC 7208), and what
//! is to become of mail that fails both (DMARC, RFC 7489). In come names, out come values; a question without an answer is
//! [`Unanswered`], and nothing is concluded from it.

pub mod dmarc;
pub mod key;
pub mod spf;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use std::time::Duration;

/// How long one question may take, tries included.
const QUESTION_DEADLINE: Duration = Duration::from_secs(6);

/// Whoever was asked did not answer, or answered that it cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unanswered;

/// The texts that are published under names.
pub trait Zone: Send + Sync + 'static {
    /// All TXT records of a name, each in one piece; none is an answer, too.
    fn texts(&self, name: &str) -> impl Future<Output = Result<Vec<String>, Unanswered>> + Send;
}

/// The domain name system as this machine asks it.
pub struct SystemZone {
    resolver: Option<TokioResolver>,
}

impl SystemZone {
    /// As `/etc/resolv.conf` says.
    pub fn new() -> Self {
        Self { resolver: TokioResolver::builder_tokio().and_then(|builder| builder.build()).ok() }
    }
}

impl Default for SystemZone {
    fn default() -> Self {
        Self::new()
    }
}

impl Zone for SystemZone {
    async fn texts(&self, name: &str) -> Result<Vec<String>, Unanswered> {
        let resolver = self.resolver.as_ref().ok_or(Unanswered)?;
        // With the dot at the end that keeps the search list of this machine out.
        let whole = format!("{}.", name.trim_end_matches('.'));
        let found = match tokio::time::timeout(QUESTION_DEADLINE, resolver.txt_lookup(whole)).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) if error.is_no_records_found() || error.is_nx_domain() => return Ok(Vec::new()),
            Ok(Err(_)) | Err(_) => return Err(Unanswered),
        };
        let texts = found.answers().iter().filter_map(|record| match &record.data {
            RData::TXT(text) => Some(text.txt_data.concat()),
            _ => None,
        });
        Ok(texts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect())
    }
}

/// The value of a tag in a list `name=value; name=value` (RFC 6376 §3.2), without white space around it.
fn tag<'t>(record: &'t str, name: &str) -> Option<&'t str> {
    let pairs = record.split(';').filter_map(|pair| pair.split_once('='));
    pairs.map(|(tag, value)| (tag.trim(), value.trim())).find(|(tag, _)| tag.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[cfg(test)]
pub mod told {
    //! A domain name system that says what a story wants.

    use super::{Unanswered, Zone};
    use std::collections::BTreeMap;

    /// Texts by their names; `None` for a name about which nobody answers.
    #[derive(Debug, Clone, Default)]
    pub struct Told(pub BTreeMap<String, Option<Vec<String>>>);

    impl Told {
        /// With one more text.
        pub fn and(mut self, name: &str, text: &str) -> Self {
            self.0.entry(name.to_owned()).or_insert_with(|| Some(Vec::new())).get_or_insert_default().push(text.to_owned());
            self
        }

        /// With a name that nobody answers about.
        pub fn and_silence_about(mut self, name: &str) -> Self {
            self.0.insert(name.to_owned(), None);
            self
        }
    }

    impl Zone for Told {
        async fn texts(&self, name: &str) -> Result<Vec<String>, Unanswered> {
            self.0.get(name).map_or(Ok(Vec::new()), |texts| texts.clone().ok_or(Unanswered))
        }
    }
}
