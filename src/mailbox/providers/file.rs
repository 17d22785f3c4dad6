//! `rules/providers.toml` read into values.

use super::{FILE, HostPort, Provider, Providers};
use crate::config::Security;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// A file of providers that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{FILE}{}: {problem}", line.map(|line| format!(" line {line}")).unwrap_or_default())]
pub struct ProvidersError {
    pub line: Option<usize>,
    pub problem: String,
}

impl Providers {
    /// Those that come with the program.
    pub fn built_in() -> Self {
        // The file is compiled in and a test reads it, so an unreadable one never leaves the house; without it nothing is guessed.
        Self::compile(include_str!("../../../rules/providers.toml")).unwrap_or_default()
    }

    /// Reads a file's text.
    pub fn compile(text: &str) -> Result<Self, ProvidersError> {
        let read: BTreeMap<String, Provider> = toml::from_str(text).map_err(|fault| ProvidersError {
            line: fault.span().and_then(|at| text.get(..at.start)).map(|before| before.matches('\n').count() + 1),
            problem: fault.message().to_owned(),
        })?;
        let providers: Vec<Provider> = read.into_iter().map(|(id, provider)| Provider { id, ..provider }).collect();
        one_owner_each(&providers)?;
        Ok(Self { providers })
    }
}

/// No host, domain or exchanger leads to two providers, or to two servers of one.
fn one_owner_each(providers: &[Provider]) -> Result<(), ProvidersError> {
    let mut owners: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for provider in providers {
        for server in &provider.servers {
            let hosts =
                server.imap.iter().map(|imap| ("host", imap.host.as_str())).chain(server.also.iter().map(|host| ("host", host.as_str())));
            let domains = server.domains.iter().map(|domain| ("domain", domain.as_str()));
            let exchangers = server.mx.iter().map(|exchanger| ("mx", exchanger.as_str()));
            for (kind, name) in hosts.chain(domains).chain(exchangers) {
                if let Some(first) = owners.insert((kind, name), &provider.id) {
                    let problem =
                        format!("the {kind} `{name}` stands under `{first}` and again under `{}`; keep one of the two", provider.id);
                    return Err(ProvidersError { line: None, problem });
                }
                if name != name.to_ascii_lowercase() {
                    return Err(ProvidersError { line: None, problem: format!("write the {kind} `{name}` in small letters") });
                }
            }
        }
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    host: String,
    port: Option<u16>,
    #[serde(default)]
    security: Protection,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Protection {
    #[default]
    Tls,
    StartTls,
}

impl Written {
    /// With the port that belongs to the service when none is written (RFC 8314 §3).
    fn with(self, tls: u16, start_tls: u16) -> HostPort {
        let (security, port) = match self.security {
            Protection::Tls => (Security::Tls, tls),
            Protection::StartTls => (Security::StartTls, start_tls),
        };
        HostPort { host: self.host, port: self.port.unwrap_or(port), security }
    }
}

pub(super) fn imap<'de, D: Deserializer<'de>>(value: D) -> Result<Option<HostPort>, D::Error> {
    Written::deserialize(value).map(|written| Some(written.with(993, 143)))
}

pub(super) fn smtp<'de, D: Deserializer<'de>>(value: D) -> Result<Option<HostPort>, D::Error> {
    Written::deserialize(value).map(|written| Some(written.with(465, 587)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT_IN: &str = include_str!("../../../rules/providers.toml");

    #[test]
    fn the_file_that_comes_with_the_program_can_be_used_and_nothing_of_it_is_missing() {
        let providers = Providers::compile(BUILT_IN).expect("the built-in file is sound");
        assert!(providers.iter().count() >= 30);
        for provider in providers.iter() {
            let id = &provider.id;
            assert!(!provider.login.is_empty(), "{id} takes some login");
            assert!(!provider.note.is_empty() && provider.since.starts_with("20"), "{id} says where it comes from");
            assert!(!provider.servers.is_empty() || !provider.greetings.is_empty(), "{id} can be recognised");
            assert!(provider.greetings.iter().all(|word| *word == word.to_lowercase()), "{id}: greetings in small letters");
            assert_eq!(provider.login.contains(&super::super::LoginKind::OAuth), provider.oauth.is_some(), "{id}: tokens have an issuer");
            for server in &provider.servers {
                assert_eq!(server.imap.is_some(), server.smtp.is_some(), "{id}: both ways or none");
                assert!(server.imap.is_none() || server.imap.as_ref().is_some_and(|imap| imap.security != Security::None));
            }
        }
    }

    #[test]
    fn a_fault_names_its_line() {
        let faulty = BUILT_IN.replacen("files_sent = \"learn\"", "files_snet = \"learn\"", 1);
        let fault = Providers::compile(&faulty).expect_err("a faulty file");
        assert!(fault.line.is_some() && fault.problem.contains("files_snet"), "{fault}");
    }

    #[test]
    fn a_host_that_leads_to_two_providers_is_refused() {
        let faulty = BUILT_IN.replacen("host = \"imap.qq.com\"", "host = \"imap.163.com\"", 1);
        let fault = Providers::compile(&faulty).expect_err("a faulty file");
        assert!(fault.problem.contains("`imap.163.com` stands under"), "{fault}");
    }
}
