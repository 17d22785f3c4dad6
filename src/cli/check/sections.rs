//! What `check` says of every section but the mailboxes.

use crate::cli::reasons;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::config::{Books, Config, Member, NamedSecret, Secret};
use crate::decide::daily::admin;
use crate::types::{Intent, Moment};

use super::{Area, CheckRow, Words, grouped};

/// Nobody's domain (RFC 2606 §2): an address there was left from the example.
const EXAMPLE_DOMAIN: &str = ".example";
/// A reminder comes so many days before a password ends; `check` warns from then on.
const EXPIRY_DAYS: i32 = 14;

pub(super) fn before_mailboxes(config: &Config, words: &Words) -> Vec<CheckRow> {
    let mut file = Area::new(words, words.say("area.file", &[]));
    file.ok("check.file", &[("file", &config.file.display())]);
    let mut rows = file.rows;
    rows.extend(team(config, words));
    rows
}

pub(super) fn after_mailboxes(config: &Config, words: &Words, now: Moment) -> Vec<CheckRow> {
    let mut rows = sending(config, words, now);
    rows.extend(storage(config, words, now));
    rows.extend([policies, privacy, tracking, own_folders].iter().flat_map(|part| part(config, words)));
    rows
}

fn team(config: &Config, words: &Words) -> Vec<CheckRow> {
    let mut area = Area::new(words, words.say("area.team", &[]));
    let members = words.list(config.team.members.iter().map(|member| &member.name));
    area.ok("check.team", &[("company", &config.team.company), ("members", &members)]);
    if !config.team.domains.is_empty() {
        area.ok("check.domains", &[("domains", &words.list(&config.team.domains))]);
    }
    let admin = admin(&config.team);
    let (of_admin, of_others): (Vec<&Member>, Vec<&Member>) =
        config.unheard().partition(|member| admin.is_some_and(|admin| admin.address == member.address));
    for member in of_admin {
        area.warn("check.unheard_admin", "check.unheard_admin_do", &[("name", &member.name)]);
    }
    if !of_others.is_empty() {
        let names = words.list(of_others.iter().map(|member| &member.name));
        area.warn("check.unheard", "check.unheard_do", &[("names", &names)]);
    }
    let addresses = config.team.members.iter().map(|member| &member.address).chain(config.mailboxes.iter().map(|mailbox| &mailbox.address));
    let mut left: Vec<&str> =
        addresses.filter(|address| address.domain().ends_with(EXAMPLE_DOMAIN)).map(|address| address.as_str()).collect();
    left.dedup();
    if !left.is_empty() {
        area.warn("check.example", "check.example_do", &[("text", &words.list(left)), ("file", &config.file.display())]);
    }
    area.rows
}

fn sending(config: &Config, words: &Words, now: Moment) -> Vec<CheckRow> {
    let mut area = Area::new(words, words.say("area.sending", &[]));
    match &config.sending {
        None => area.ok("check.no_sending", &[]),
        Some(sending) => {
            let security = sending.security.name();
            area.ok("check.sending", &[("host", &sending.host), ("port", &sending.port), ("security", &security)]);
        }
    }
    secrets(config, "sending.", now, &mut area);
    area.rows
}

fn storage(config: &Config, words: &Words, now: Moment) -> Vec<CheckRow> {
    let mut area = Area::new(words, words.say("area.storage", &[]));
    match &config.storage.books {
        Books::Sqlite { file } => area.ok("check.books_file", &[("file", &file.display())]),
        Books::Postgres { url, .. } => area.ok("check.books_postgres", &[("url", url)]),
    }
    secrets(config, "storage.", now, &mut area);
    area.rows
}

fn policies(config: &Config, words: &Words) -> Vec<CheckRow> {
    let mut area = Area::new(words, words.say("area.policies", &[]));
    area.ok("check.mode", &[("mode", &config.policies.mode.name())]);
    let of_handling = grouped(Intent::ALL.map(|intent| (config.policies.handling(intent).name(), intent)));
    for (handling, intents) in of_handling {
        area.ok("check.handling", &[("handling", &handling), ("intents", &words.list(intents))]);
    }
    area.rows
}

fn privacy(config: &Config, words: &Words) -> Vec<CheckRow> {
    let mut area = Area::new(words, words.say("area.privacy", &[]));
    match config.privacy.retention_days {
        None => area.ok("check.keep_all", &[]),
        Some(days) => area.ok("check.retention", &[("days", &days)]),
    }
    area.rows
}

fn tracking(config: &Config, words: &Words) -> Vec<CheckRow> {
    let mut area = Area::new(words, words.say("area.tracking", &[]));
    let tracking = &config.tracking;
    let on: Vec<&str> =
        [("opens", tracking.opens), ("clicks", tracking.clicks)].into_iter().filter_map(|(name, on)| on.then_some(name)).collect();
    if on.is_empty() {
        area.ok("check.tracking_off", &[]);
    } else {
        area.ok("check.tracking", &[("what", &words.list(on))]);
    }
    if let (Some(address), Some(listen)) = (&tracking.public_address, &tracking.listen) {
        area.ok("check.tracking_public", &[("address", address), ("listen", listen)]);
    }
    if !tracking.own_networks.is_empty() {
        let networks: Vec<String> = tracking.own_networks.iter().map(ToString::to_string).collect();
        area.ok("check.tracking_own", &[("networks", &words.list(networks.iter().map(String::as_str)))]);
    }
    if let Some(listen) = &tracking.metrics {
        area.ok("check.tracking_metrics", &[("listen", listen)]);
    }
    area.rows
}

/// The team's own rules and templates: only whether their folder is there. Their content is looked at by those who read it.
fn own_folders(config: &Config, words: &Words) -> Vec<CheckRow> {
    let folders: [(&str, String, &Option<PathBuf>); 2] = [
        ("rules", words.say("area.rules", &[]), &config.rules.folder),
        ("templates", words.say("area.templates", &[]), &config.templates.folder),
    ];
    let mut rows = Vec::new();
    for (section, name, folder) in folders {
        let mut area = Area::new(words, name);
        match folder {
            None => area.ok("check.built_in", &[]),
            Some(folder) if folder.is_dir() => area.ok("check.own_folder", &[("folder", &folder.display())]),
            Some(folder) => area.fault("check.no_folder", "check.no_folder_do", &[("folder", &folder.display()), ("section", &section)]),
        }
        rows.extend(area.rows);
    }
    rows
}

/// The secrets of the house in one section.
fn secrets(config: &Config, section: &str, now: Moment, area: &mut Area<'_>) {
    for named in config.secrets_of_house().iter().filter(|named| named.key.starts_with(section)) {
        secret(named.key, &named.secret.secret, area);
        expiry(named, now, area);
    }
}

/// Whether a secret has ended, or ends soon.
pub(super) fn expiry(named: &NamedSecret<'_>, now: Moment, area: &mut Area<'_>) {
    let Some(day) = named.secret.expires else { return };
    let today = now.timestamp().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    let left = day.since(today).map_or(0, |span| span.get_days());
    let values: [(&str, &dyn std::fmt::Display); 3] = [("day", &day), ("days", &left), ("key", &named.key)];
    let is_password = named.key == NamedSecret::IMAP_PASSWORD;
    match (left < 0, left <= EXPIRY_DAYS) {
        (true, _) if is_password => area.fault("check.password_ended", "check.password_ended_do", &values),
        (true, _) => area.fault("check.secret_ended", "check.secret_ended_do", &values),
        (false, true) if is_password => area.warn("check.password_ends", "check.password_ends_do", &values),
        (false, true) => area.warn("check.secret_ends", "check.secret_ends_do", &values),
        (false, false) => {}
    }
}

/// Whether a secret can be had; the secret itself is forgotten at once.
fn secret(key: &str, secret: &Secret, area: &mut Area<'_>) {
    match secret.read() {
        Ok(_) => area.ok("check.password_ok", &[("key", &key)]),
        Err(error) => {
            let why = reasons::secret(&error, area.words);
            area.fault("check.password_failed", "check.password_failed_do", &[("key", &key), ("why", &why)]);
        }
    }
    if let Secret::File(file) = secret
        && std::fs::metadata(file).is_ok_and(|found| found.mode() & 0o044 != 0)
    {
        area.warn("check.password_exposed", "check.password_exposed_do", &[("key", &key), ("file", &file.display())]);
    }
}
