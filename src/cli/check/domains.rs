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
    let (what, advice, why) = match fault {
        SignerFault::File(KeyFileFault::Absent { .. }) => ("dkim.absent", "dkim.absent_do", String::new()),
        SignerFault::File(KeyFileFault::Exposed { .. }) => ("dkim.exposed", "dkim.exposed_do", String::new()),
        SignerFault::File(KeyFileFault::Unreadable { why, .. }) => ("dkim.unreadable", "dkim.unreadable_do", why.to_string()),
        SignerFault::NoKey => ("dkim.no_key", "dkim.no_key_do", String::new()),
        SignerFault::Locked => ("dkim.locked", "dkim.locked_do", String::new()),
        SignerFault::Weak => ("dkim.weak", "dkim.weak_do", String::new()),
        SignerFault::Unusable(why) => ("dkim.unusable", "dkim.unusable_do", why.clone()),
    };
    let file = dkim.key.display();
    let values: [(&str, &dyn Display); 3] = [("file", &file), ("domain", &dkim.domain), ("why", &why)];
    Told { what: words.say(what, &values), advice: words.say(advice, &values) }
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

fn spf(domain: &str, spf: &Result<Spf, Unanswered>, area: &mut Area<'_>) {
    let most = spf::LOOKUPS_MAX;
    match spf {
        Ok(Spf::Sound { lookups }) => area.ok("dkim.spf", &[("lookups", lookups), ("most", &most)]),
        Ok(Spf::None) => area.warn("dkim.no_spf", "dkim.no_spf_do", &[("domain", &domain)]),
        Ok(Spf::Several) => area.warn("dkim.several_spf", "dkim.several_spf_do", &[("domain", &domain)]),
        Ok(Spf::Broken { domain: inner }) => area.warn("dkim.broken_spf", "dkim.broken_spf_do", &[("domain", &domain), ("inner", inner)]),
        Ok(Spf::TooMany { lookups }) => {
            area.warn("dkim.long_spf", "dkim.long_spf_do", &[("domain", &domain), ("lookups", lookups), ("most", &most)]);
        }
        Ok(Spf::Everybody) => area.warn("dkim.open_spf", "dkim.open_spf_do", &[("domain", &domain)]),
        Err(Unanswered) => area.warn("dkim.unknown", "dkim.unknown_do", &[("name", &domain)]),
    }
}

fn dmarc(domain: &str, dmarc: &Result<Dmarc, Unanswered>, area: &mut Area<'_>) {
    match dmarc {
        Ok(Dmarc::Policy { name, policy }) => area.ok("dkim.dmarc", &[("name", name), ("policy", policy)]),
        Ok(Dmarc::None) => area.warn("dkim.no_dmarc", "dkim.no_dmarc_do", &[("domain", &domain)]),
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

#[cfg(test)]
mod tests {
    use super::super::zone::told::Told as Zone;
    use super::*;
    use crate::cli::table::State;
    use crate::types::Language;
    use std::os::unix::fs::PermissionsExt;

    /// A key made for this test alone.
    const KEY: &str =
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    /// Its other half (RFC 8032 §7.1, test 1).
    const RECORD: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    const NAME: &str = "tp._domainkey.bright.com";

    struct Place(tempfile::TempDir);

    impl Place {
        fn with(key: &str, mode: u32) -> Self {
            let place = Self(tempfile::tempdir().expect("a folder"));
            let file = place.0.path().join("signer.pem");
            std::fs::write(&file, key).expect("ours");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("ours");
            place
        }

        fn config(&self, from: &str) -> Config {
            let text = format!(
                "[team]\ncompany = \"Bright\"\n[[team.members]]\nname = \"Li\"\naddress = \"li@bright.com\"\nlanguage = \"en\"\n\
                 time_zone = \"UTC\"\n[[mailboxes]]\nname = \"sales\"\naddress = \"{from}\"\nmaildir = \"m\"\n[sending]\n\
                 host = \"smtp.bright.com\"\n[sending.dkim]\ndomain = \"bright.com\"\nselector = \"tp\"\nkey = \"signer.pem\"\n\
                 [storage]\nbooks = \"b.sqlite\"\n"
            );
            Config::of_text(&text, &self.0.path().join("tradepost.toml")).expect("a good configuration")
        }
    }

    async fn told(config: &Config, zone: Zone, language: Language) -> Vec<CheckRow> {
        let domains = ask(config, &Arc::new(zone)).await;
        rows(config, &Words::of(language), &domains)
    }

    /// What is not in order, in English. The same is said in Chinese.
    async fn complaints(config: &Config, zone: Zone) -> Vec<(State, String)> {
        let chinese = told(config, zone.clone(), Language::CHINESE_SIMPLIFIED).await;
        assert!(chinese.iter().all(|row| !row.what.starts_with("dkim.") && (row.state == State::Ok || !row.advice.is_empty())));
        let rows = told(config, zone, Language::ENGLISH).await;
        rows.into_iter().filter(|row| row.state != State::Ok).map(|row| (row.state, row.what)).collect()
    }

    fn good() -> Zone {
        Zone::default().and(NAME, RECORD).and("bright.com", "v=spf1 mx -all").and("_dmarc.bright.com", "v=DMARC1; p=quarantine")
    }

    #[tokio::test]
    async fn a_domain_in_good_order_is_not_complained_of() {
        let place = Place::with(KEY, 0o600);
        let config = place.config("sales@bright.com");
        assert_eq!(complaints(&config, good()).await, []);
        let rows = told(&config, good(), Language::ENGLISH).await;
        let all: Vec<&str> = rows.iter().map(|row| row.what.as_str()).collect();
        assert!(all.contains(&"tp._domainkey.bright.com has the other half of the key."), "{all:?}");
        assert!(
            all.contains(&"SPF can be followed: 1 of 10 look-ups.")
                && all.contains(&"DMARC is there: _dmarc.bright.com says p=quarantine.")
        );
    }

    #[tokio::test]
    async fn a_key_that_is_not_published_is_a_fault_and_the_record_to_publish_is_told() {
        let place = Place::with(KEY, 0o600);
        let config = place.config("sales@bright.com");
        let other = RECORD.replace("p=11q", "p=22q");
        for (record, word) in [(None, "no key"), (Some(other.as_str()), "another key"), (Some("v=DKIM1; p="), "no longer valid")] {
            let zone = good();
            let zone = Zone(zone.0.into_iter().filter(|(name, _)| name != NAME).collect());
            let zone = record.map_or(zone.clone(), |record| zone.and(NAME, record));
            let rows = told(&config, zone, Language::ENGLISH).await;
            let fault: Vec<&CheckRow> = rows.iter().filter(|row| row.state == State::Fault).collect();
            assert!(matches!(fault.as_slice(), [fault] if fault.what.contains(word) && fault.advice.contains(RECORD)), "{fault:?}");
        }
    }

    #[tokio::test]
    async fn what_nobody_answers_is_unknown_and_no_fault() {
        let place = Place::with(KEY, 0o600);
        let config = place.config("sales@bright.com");
        let silent = good().and_silence_about(NAME).and_silence_about("bright.com").and_silence_about("_dmarc.bright.com");
        let told = complaints(&config, silent).await;
        assert!(
            told.len() == 3 && told.iter().all(|(state, what)| *state == State::Warning && what.contains("Nobody answered")),
            "{told:?}"
        );
        assert_eq!(complaints(&config, Zone::default()).await.len(), 3, "no key, no SPF, no DMARC");
    }

    #[tokio::test]
    async fn a_signature_of_another_domain_is_warned_of_and_nobodys_domain_is_not_asked_about() {
        let place = Place::with(KEY, 0o600);
        let zone = good().and("dark.com", "v=spf1 -all").and("_dmarc.dark.com", "v=DMARC1; p=none");
        let told = complaints(&place.config("sales@dark.com"), zone.clone()).await;
        assert!(matches!(told.as_slice(), [(State::Warning, what)] if what.contains("does not vouch")), "{told:?}");
        assert_eq!(complaints(&place.config("sales@export.bright.com"), zone.and("export.bright.com", "v=spf1 -all")).await, []);
        let told = complaints(&place.config("sales@bright.example"), good().and_silence_about("bright.example")).await;
        assert!(matches!(told.as_slice(), [(State::Warning, what)] if what.contains("does not vouch")), "{told:?}");
    }

    #[tokio::test]
    async fn a_key_that_cannot_be_used_says_why_and_what_to_do() {
        let weak = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        for (key, mode, word) in
            [(KEY, 0o640, "Others can read"), ("nothing", 0o600, "holds no private key"), (weak, 0o600, "cannot be used")]
        {
            let config = Place::with(key, mode);
            let told = complaints(&config.config("sales@bright.com"), good()).await;
            assert!(matches!(told.as_slice(), [(State::Fault, what)] if what.contains(word)), "{told:?}");
        }
        let place = Place::with(KEY, 0o600);
        std::fs::remove_file(place.0.path().join("signer.pem")).expect("it was there");
        let told = complaints(&place.config("sales@bright.com"), good()).await;
        assert!(matches!(told.as_slice(), [(State::Fault, what)] if what.contains("is not there")), "{told:?}");
    }
}
