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

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
    use hickory_resolver::net::runtime::TokioRuntimeProvider;
    use std::net::{Ipv4Addr, UdpSocket};

    const SERVFAIL: u8 = 2;
    const NXDOMAIN: u8 = 3;

    /// An answer (RFC 1035 §4.1): TXT records, each of its strings.
    fn answer(question: &[u8], code: u8, records: &[&[&str]]) -> Vec<u8> {
        let name_len = question[12..].iter().position(|len| *len == 0).expect("a name ends") + 1;
        let count = u8::try_from(records.len()).expect("few");
        let mut answer = [&question[..2], &[0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0], &question[12..12 + name_len + 4]].concat();
        for strings in records {
            let data: Vec<u8> =
                strings.iter().flat_map(|text| [&[u8::try_from(text.len()).expect("short")], text.as_bytes()].concat()).collect();
            answer.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60]);
            answer.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
            answer.extend(data);
        }
        answer
    }

    /// A name server of this story; about `silent.` it says nothing.
    fn zone() -> SystemZone {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = socket.local_addr().expect("bound").port();
        std::thread::spawn(move || {
            let mut room = [0; 1_500];
            while let Ok((len, from)) = socket.recv_from(&mut room) {
                let question = &room[..len];
                let label = &question[13..13 + usize::from(question[12])];
                let long = "k".repeat(200);
                let said = match label {
                    b"split" => answer(question, 0, &[&["v=DKIM1; p=", &long, &long], &["another"]]),
                    b"empty" => answer(question, 0, &[]),
                    b"faulty" => answer(question, SERVFAIL, &[]),
                    b"silent" => continue,
                    _ => answer(question, NXDOMAIN, &[]),
                };
                socket.send_to(&said, from).expect("it listens");
            }
        });
        let mut connection = ConnectionConfig::udp();
        connection.port = port;
        let mut server = NameServerConfig::udp(Ipv4Addr::LOCALHOST.into());
        server.connections = vec![connection];
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        SystemZone { resolver: TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build().ok() }
    }

    #[tokio::test]
    async fn a_text_comes_in_one_piece_and_no_text_is_an_answer_but_silence_is_not() {
        let zone = zone();
        let split = format!("v=DKIM1; p={}", "k".repeat(400));
        let mut texts = zone.texts("split.bright.com").await.expect("an answer");
        texts.sort_by_key(String::len);
        assert_eq!(texts, ["another".to_owned(), split]);
        assert_eq!(zone.texts("empty.bright.com").await, Ok(Vec::new()));
        assert_eq!(zone.texts("nowhere.bright.com").await, Ok(Vec::new()));
        assert_eq!(zone.texts("faulty.bright.com").await, Err(Unanswered));
        assert_eq!(zone.texts("silent.bright.com").await, Err(Unanswered));
    }
}
