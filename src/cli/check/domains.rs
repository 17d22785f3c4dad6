//! What `check` says of signatures and of the domains that mail is sent from: whether our key can be used, whether the domain publishes its
//! other half, and whether SPF and DMARC are there. What nobody answers is unknown and never a fault.

use super::zone::dmarc::{self, Dmarc};
use super::zone::key::{self, Published};
use super::zone::spf::{self, Spf};
use super::zone::{Unanswered, Zone};
use super::{Area, CheckRow};
use crate::act::{Signer, SignerFault};
use crate::cli::mailbox::trouble::Told;
use crate::cli::words::Words;
use crate::config::{Config, Dkim, KeyFileFault, Mailbox};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Domains that nobody can publish anything for (RFC 2606 §2, RFC 6761 §6).
const NOBODYS: [&str; 4] = ["example", "test", "invalid", "localhost"];

/// What the domain name system said.
#[derive(Debug, Clone, Default)]
pub struct Domains {
    /// What is published under the names of our keys.
    keys: BTreeMap<String, Result<Vec<String>, Unanswered>>,
    /// Of the domains that mail is sent from.
    policies: BTreeMap<String, Policies>,
}

/// What a domain says of mail from it.
#[derive(Debug, Clone)]
struct Policies {
    spf: Result<Spf, Unanswered>,
    dmarc: Result<Dmarc, Unanswered>,
}

/// Asks about all keys and domains side by side.
pub async fn ask(config: &Config, zone: &Arc<impl Zone>) -> Domains {
    let mut domains = Domains::default();
    let (mut keys, mut policies) = (JoinSet::new(), JoinSet::new());
    for name in dkims(config).into_iter().filter(|dkim| is_somebodys(&dkim.domain)).map(|dkim| dkim.record_name()) {
        let zone = Arc::clone(zone);
        keys.spawn(async move { (name.clone(), key::ask(&*zone, &name).await) });
    }
    for domain in senders(config).into_iter().filter(|domain| is_somebodys(domain)) {
        let zone = Arc::clone(zone);
        policies.spawn(async move {
            let (spf, dmarc) = tokio::join!(spf::ask(&*zone, &domain), dmarc::ask(&*zone, &domain));
            (domain, Policies { spf, dmarc })
        });
    }
    // A look that broke is missing, as if nobody had been asked.
    while let Some(key) = keys.join_next().await {
        domains.keys.extend(key);
    }
    while let Some(policy) = policies.join_next().await {
        domains.policies.extend(policy);
    }
    domains
}

/// The rows about signatures and domains.
pub(super) fn rows(config: &Config, words: &Words, domains: &Domains) -> Vec<CheckRow> {
    let mut rows = Vec::new();
    for dkim in dkims(config) {
        let mut area = Area::new(words, words.say("dkim.area", &[("domain", &dkim.domain)]));
        match Signer::of_config(dkim) {
            Ok(signer) => {
                area.ok("dkim.key_ok", &[("file", &dkim.key.display()), ("domain", &dkim.domain)]);
                published(dkim, &signer, domains, &mut area);
            }
            Err(fault) => area.add_said(told(&fault, dkim, words)),
        }
        rows.extend(area.rows);
    }
    for mailbox in config.mailboxes.iter().filter(|mailbox| mailbox.sending.is_some()) {
        let mut area = Area::new(words, words.say("area.mailbox", &[("name", &mailbox.name)]));
        alignment(mailbox, &mut area);
        rows.extend(area.rows);
    }
    for (domain, policies) in &domains.policies {
        let mut area = Area::new(words, words.say("dkim.area", &[("domain", domain)]));
        spf(domain, &policies.spf, &mut area);
        dmarc(domain, &policies.dmarc, &mut area);
        rows.extend(area.rows);
    }
    rows
}

/// Why a key cannot be used, and what to do.
pub fn told(fault: &SignerFault, dkim: &Dkim, words: &Words) -> Told {
    let (key, why) = match fault {
        SignerFault::File(KeyFileFault::Absent { .. }) => ("absent", String::new()),
        SignerFault::File(KeyFileFault::Exposed { .. }) => ("exposed", String::new()),
        SignerFault::File(KeyFileFault::Unreadable { why, .. }) => ("unreadable", why.to_string()),
        SignerFault::NoKey => ("no_key", String::new()),
        SignerFault::Locked => ("locked", String::new()),
        SignerFault::Weak => ("weak", String::new()),
        SignerFault::Unusable(why) => ("unusable", why.clone()),
    };
    let file = dkim.key.display();
    let values: [(&str, &dyn Display); 3] = [("file", &file), ("domain", &dkim.domain), ("why", &why)];
    Told { what: words.say(&format!("dkim.{key}"), &values), advice: words.say(&format!("dkim.{key}_do"), &values) }
}

fn published(dkim: &Dkim, signer: &Signer, domains: &Domains, area: &mut Area<'_>) {
    let name = dkim.record_name();
    let Some(answer) = domains.keys.get(&name) else { return };
    let (file, record) = (dkim.key.display(), signer.record());
    let values: [(&str, &dyn Display); 3] = [("name", &name), ("file", &file), ("record", &record)];
    let records = match answer {
        Ok(records) => records,
        Err(Unanswered) => return area.warn("dkim.unknown", "dkim.unknown_do", &values),
    };
    match key::published(records, signer) {
        Published::Ours => area.ok("dkim.published", &values),
        Published::None => area.fault("dkim.unpublished", "dkim.publish_do", &values),
        Published::Other => area.fault("dkim.other_key", "dkim.publish_do", &values),
        Published::Revoked => area.fault("dkim.revoked", "dkim.publish_do", &values),
    }
}

/// Whether the signature speaks for the domain that people see (RFC 7489 §3.1.1).
fn alignment(mailbox: &Mailbox, area: &mut Area<'_>) {
    let address = &mailbox.send_as.address;
    let Some(dkim) = mailbox.sending.as_ref().and_then(|sending| sending.dkim.as_ref()) else {
        return area.ok("dkim.unsigned", &[("address", address)]);
    };
    if registered(&dkim.domain) != registered(&ascii(address.domain())) {
        area.warn("dkim.unaligned", "dkim.unaligned_do", &[("address", address), ("domain", &dkim.domain)]);
    }
}

fn spf(domain: &String, spf: &Result<Spf, Unanswered>, area: &mut Area<'_>) {
    let most = spf::LOOKUPS_MAX;
    match spf {
        Ok(Spf::Sound { lookups }) => area.ok("dkim.spf", &[("lookups", lookups), ("most", &most)]),
        Ok(Spf::None) => area.warn("dkim.no_spf", "dkim.no_spf_do", &[("domain", domain)]),
        Ok(Spf::Several) => area.warn("dkim.several_spf", "dkim.several_spf_do", &[("domain", domain)]),
        Ok(Spf::Broken { domain: inner }) => area.warn("dkim.broken_spf", "dkim.broken_spf_do", &[("domain", domain), ("inner", inner)]),
        Ok(Spf::TooMany { lookups }) => {
            area.warn("dkim.long_spf", "dkim.long_spf_do", &[("domain", domain), ("lookups", lookups), ("most", &most)]);
        }
        Ok(Spf::Everybody) => area.warn("dkim.open_spf", "dkim.open_spf_do", &[("domain", domain)]),
        Err(Unanswered) => area.warn("dkim.unknown", "dkim.unknown_do", &[("name", domain)]),
    }
}

fn dmarc(domain: &String, dmarc: &Result<Dmarc, Unanswered>, area: &mut Area<'_>) {
    match dmarc {
        Ok(Dmarc::Policy { name, policy }) => area.ok("dkim.dmarc", &[("name", name), ("policy", policy)]),
        Ok(Dmarc::None) => area.warn("dkim.no_dmarc", "dkim.no_dmarc_do", &[("domain", domain)]),
        Ok(Dmarc::Several { name }) => area.warn("dkim.several_dmarc", "dkim.several_dmarc_do", &[("name", name)]),
        Err(Unanswered) => area.warn("dkim.unknown", "dkim.unknown_do", &[("name", &format!("_dmarc.{domain}"))]),
    }
}

/// All keys that are written, each once.
fn dkims(config: &Config) -> Vec<&Dkim> {
    let servers = config.sending.iter().chain(config.mailboxes.iter().filter_map(|mailbox| mailbox.sending.as_ref()));
    let mut dkims: Vec<&Dkim> = Vec::new();
    for dkim in servers.filter_map(|sending| sending.dkim.as_ref()) {
        if !dkims.contains(&dkim) {
            dkims.push(dkim);
        }
    }
    dkims
}

/// The domains that mail is sent from.
fn senders(config: &Config) -> BTreeSet<String> {
    let senders = config.mailboxes.iter().filter(|mailbox| mailbox.sending.is_some());
    senders.map(|mailbox| ascii(mailbox.send_as.address.domain())).collect()
}

fn ascii(domain: &str) -> String {
    idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned())
}

fn registered(domain: &str) -> &str {
    psl::domain_str(domain).unwrap_or(domain)
}

fn is_somebodys(domain: &str) -> bool {
    !NOBODYS.iter().any(|nobodys| domain.rsplit('.').next() == Some(nobodys))
}
