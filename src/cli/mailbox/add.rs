//! The steps of `tradepost mailbox add`, in their order.

use super::find::{Found, How, SystemNames, find};
use super::guide::{Guide, guide as guide_of};
use super::save::{self, Block, DoorBlock, ImapBlock, LoginBlock};
use super::secret::{SecretArguments, ask};
use super::seen::{self, Seen};
use super::trouble::{self, Told};
use crate::cli::errors::Unusable;
use crate::cli::open;
use crate::cli::reasons;
use crate::cli::words::Words;
use crate::config::{self, Config, Secret, SecretText, Security};
use crate::mailbox::FixedSecret;
use crate::mailbox::providers::{HostPort, OAuthIssuer, Provider, Providers};
use crate::types::EmailAddress;
use anyhow::Context;
use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// What `mailbox add` is told.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct AddArguments {
    /// The mailbox's address.
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// A short name for it; else the part before the @.
    #[arg(long)]
    pub name: Option<String>,
    /// The member it belongs to, or "nobody".
    #[arg(long, value_name = "ADDRESS")]
    pub owner: Option<String>,
    /// A Maildir on this machine instead of a server.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["host", "port", "user", "ca_file", "proxy", "client_id", "expires"])]
    pub maildir: Option<PathBuf>,
    /// The IMAP server; else it is found by the address.
    #[arg(long)]
    pub host: Option<String>,
    /// Its port, when it is not 993.
    #[arg(long, requires = "host")]
    pub port: Option<u16>,
    /// tls, starttls, or none (only for this machine).
    #[arg(long, requires = "host", value_parser = security)]
    pub security: Option<Security>,
    /// The user name, when it is not the address.
    #[arg(long)]
    pub user: Option<String>,
    /// A certificate to trust beside those of this machine, in PEM form.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// socks5://HOST:PORT or http://HOST:PORT.
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
    /// The day the password ends, like 2027-03-01; you are reminded before.
    #[arg(long, value_name = "DAY")]
    pub expires: Option<jiff::civil::Date>,
    /// Log in with OAuth as this application.
    #[arg(long, value_name = "ID", conflicts_with_all = ["password_env", "password_file", "password_command"])]
    pub client_id: Option<String>,
    /// The directory (tenant) at Microsoft.
    #[arg(long, value_name = "ID", requires = "client_id")]
    pub tenant: Option<String>,
    /// Do all but write.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub secret: SecretArguments,
}

fn security(text: &str) -> Result<Security, String> {
    Security::ALL.into_iter().find(|security| security.name() == text).ok_or_else(|| "tls, starttls or none".to_owned())
}

/// Why nothing was added: what happened and what to do, in the operator's language.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// Adds a mailbox to that configuration.
pub fn add(file: &Path, arguments: &AddArguments, words: &Words) -> anyhow::Result<ExitCode> {
    let Ok(address) = EmailAddress::parse(&arguments.address) else {
        return Err(refusal(words, "add.not_an_address", &[("text", &arguments.address)]));
    };
    let text = std::fs::read_to_string(file)
        .map_err(|why| refusal(words, "add.no_config", &[("file", &file.display()), ("why", &reasons::system(&why, words))]))?;
    let there = Mailboxes::of(&text);
    if let Some(name) = there.named(&address) {
        return Err(refusal(words, "add.there", &[("address", &address), ("name", &name), ("file", &file.display())]));
    }
    let name = arguments.name.clone().unwrap_or_else(|| there.free_name(&address));
    let adding = Adding { file, text: &text, address: &address, name: &name, arguments, words };
    match &arguments.maildir {
        Some(path) => adding.maildir(path),
        None => adding.server(),
    }
}

fn refusal(words: &Words, key: &str, values: &[(&str, &dyn Display)]) -> anyhow::Error {
    Refusal(words.say(key, values)).into()
}

/// Whether a configuration has `[sending]`, whatever else may be wrong with it.
fn has_sending(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').parse::<toml::Table>().is_ok_and(|table| table.contains_key("sending"))
}

/// The mailboxes a configuration names, whatever else may be wrong with it.
struct Mailboxes(Vec<(String, String)>);

impl Mailboxes {
    fn of(text: &str) -> Self {
        let table: toml::Table = text.trim_start_matches('\u{feff}').parse().unwrap_or_default();
        let entries = table.get("mailboxes").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let word = |entry: &toml::Value, key: &str| entry.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        Self(entries.iter().map(|entry| (word(entry, "name"), word(entry, "address"))).collect())
    }

    fn named(&self, address: &EmailAddress) -> Option<String> {
        let same = |written: &str| EmailAddress::parse(written).is_ok_and(|written| written.folded() == address.folded());
        self.0.iter().find(|(_, written)| same(written)).map(|(name, _)| name.clone())
    }

    /// The part before the @, with a number behind it when another mailbox has that name.
    fn free_name(&self, address: &EmailAddress) -> String {
        let plain: String =
            address.local().chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).take(30).collect();
        let is_free = |name: &String| !self.0.iter().any(|(taken, _)| taken.eq_ignore_ascii_case(name));
        let numbered = (2..).map(|number| format!("{plain}-{number}"));
        std::iter::once(plain.clone()).chain(numbered).find(is_free).unwrap_or(plain)
    }
}

/// One mailbox on its way into a configuration.
struct Adding<'a> {
    file: &'a Path,
    text: &'a str,
    address: &'a EmailAddress,
    name: &'a str,
    arguments: &'a AddArguments,
    words: &'a Words,
}

impl Adding<'_> {
    fn say(&self, key: &str, values: &[(&str, &dyn Display)]) -> anyhow::Result<()> {
        Ok(writeln!(std::io::stdout(), "{}", self.words.say(key, values))?)
    }

    fn maildir(&self, path: &Path) -> anyhow::Result<ExitCode> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let block = self.block(DoorBlock::Maildir(&path));
        let mailbox = self.as_configured(&block)?;
        let door = seen::door(&mailbox, &Arc::default(), Arc::new(FixedSecret::password("", SecretText::new(String::new()))));
        let seen = open::runtime()?.block_on(seen::see(&door));
        let found = seen.map_err(|unseen| self.troubled(&trouble::told(&unseen, "", &Guide::default(), false, self.words)))?;
        self.show(&found, None)?;
        self.save(&block, None)
    }

    fn server(&self) -> anyhow::Result<ExitCode> {
        let providers = Arc::new(open::providers_beside(self.file)?);
        let runtime = open::runtime()?;
        let told = self.arguments.host.as_ref().map(|host| told_server(host, self.arguments));
        let found = runtime.block_on(find(&providers, self.address.domain(), told, &SystemNames::new()));
        let guide = guide_of(found.provider.map(|provider| provider.id.as_str()), self.words.language());
        self.introduce(&found, &guide)?;
        let Some(server) = &found.server else {
            return Err(refusal(self.words, "add.no_server", &[("domain", &self.address.domain())]));
        };
        match &self.arguments.client_id {
            Some(client_id) => self.with_oauth(&found, server, &providers, client_id),
            None if found.provider.is_some_and(Provider::needs_oauth) => {
                Err(refusal(self.words, "add.needs_oauth", &[("address", self.address)]))
            }
            None => self.with_password(&runtime, &found, server, &providers, &guide),
        }
    }

    /// Who keeps the mailbox, and what to click there.
    fn introduce(&self, found: &Found<'_>, guide: &Guide) -> anyhow::Result<()> {
        let (address, domain) = (self.address, self.address.domain());
        let host = found.server.as_ref().map_or("", |server| server.host.as_str());
        let name = found.provider.map(|provider| guide.name.as_deref().unwrap_or(&provider.name));
        match (name, &found.how) {
            (Some(name), How::Mx(exchanger)) => {
                self.say("add.by_mx", &[("address", address), ("provider", &name), ("host", &host), ("exchanger", exchanger)])?;
            }
            (Some(name), _) if host.is_empty() => self.say("add.known_without_host", &[("address", address), ("provider", &name)])?,
            (Some(name), _) => self.say("add.known", &[("address", address), ("provider", &name), ("host", &host)])?,
            // Nothing is known: that it has to be given is said next, and no steps fit.
            (None, How::Unknown) => return Ok(()),
            (None, _) => self.say("add.guessed", &[("domain", &domain), ("host", &host)])?,
        }
        for (number, step) in guide.steps.iter().enumerate() {
            writeln!(std::io::stdout(), "  {}. {step}", number + 1)?;
        }
        let others = found.provider.map(|provider| others(provider, host)).unwrap_or_default();
        if !others.is_empty() {
            self.say("add.other_servers", &[("hosts", &self.words.list(others))])?;
        }
        Ok(())
    }

    fn with_oauth(&self, found: &Found<'_>, server: &HostPort, providers: &Providers, client_id: &str) -> anyhow::Result<ExitCode> {
        let issuer = match found.provider.and_then(|provider| provider.oauth) {
            Some(OAuthIssuer::Google) => "google",
            Some(OAuthIssuer::Microsoft) => "microsoft",
            Some(OAuthIssuer::Other) | None => return Err(refusal(self.words, "add.other_issuer", &[("file", &self.file.display())])),
        };
        let login = LoginBlock::OAuth { issuer, client_id, tenant: self.arguments.tenant.as_deref() };
        let block = self.block(DoorBlock::Imap(self.imap(found, server, providers, login)));
        self.as_configured(&block)?;
        let code = self.save(&block, None)?;
        self.say("add.then_login", &[("name", &self.name), ("file", &self.file.display())])?;
        Ok(code)
    }

    fn with_password(
        &self,
        runtime: &tokio::runtime::Runtime,
        found: &Found<'_>,
        server: &HostPort,
        providers: &Arc<Providers>,
        guide: &Guide,
    ) -> anyhow::Result<ExitCode> {
        let own_file = self.file.with_file_name(format!("{}.password", self.name));
        let kept = self.arguments.secret.kept();
        // Relative, so that the configuration and its secrets can move together.
        let place = kept.clone().unwrap_or_else(|| Secret::File(own_file.file_name().map(PathBuf::from).unwrap_or_default()));
        let block = self.block(DoorBlock::Imap(self.imap(found, server, providers, LoginBlock::Password(&place))));
        // Told before the password is asked for: nobody types it for nothing.
        let mailbox = self.as_configured(&block)?;
        if kept.is_none() && own_file.exists() {
            return Err(refusal(self.words, "add.secret_there", &[("file", &own_file.display())]));
        }
        let typed = match &kept {
            Some(_) => None,
            None => Some(self.asked(guide)?),
        };
        let password = match (&kept, &typed) {
            (_, Some(typed)) => typed.clone(),
            (Some(kept), None) => {
                kept.read().map_err(|why| refusal(self.words, "add.no_secret", &[("why", &reasons::secret(&why, self.words))]))?
            }
            (None, None) => return Err(refusal(self.words, "add.nothing_typed", &[])),
        };
        let user = self.arguments.user.as_deref().unwrap_or(self.address.as_str());
        let door = seen::door(&mailbox, providers, Arc::new(FixedSecret::password(user, password)));
        self.say("add.trying", &[("host", &server.host), ("port", &server.port)])?;
        let is_blocked = found.provider.is_some_and(|provider| provider.blocked_in_china) && self.arguments.proxy.is_none();
        let seen = runtime
            .block_on(seen::see(&door))
            .map_err(|unseen| self.troubled(&trouble::told(&unseen, &server.host, guide, is_blocked, self.words)))?;
        let provider = found.provider.or_else(|| seen.provider.as_deref().and_then(|id| providers.find(id)));
        if let Some(provider) = provider.filter(|_| found.provider.is_none()) {
            let name = guide_of(Some(&provider.id), self.words.language()).name.unwrap_or_else(|| provider.name.clone());
            self.say("add.by_greeting", &[("host", &server.host), ("provider", &name)])?;
        }
        self.show(&seen, provider)?;
        self.save(&block, typed.as_ref().map(|typed| (own_file.as_path(), typed)))
    }

    fn asked(&self, guide: &Guide) -> anyhow::Result<SecretText> {
        let question = self.words.say("add.ask", &[("secret", &guide.secret), ("address", self.address)]);
        let typed = ask(&question).context("The terminal cannot be read")?;
        typed.ok_or_else(|| refusal(self.words, "add.nothing_typed", &[]))
    }

    fn imap<'b>(&'b self, found: &Found<'b>, server: &'b HostPort, providers: &'b Providers, login: LoginBlock<'b>) -> ImapBlock<'b> {
        let by_host = providers.by_host(&server.host);
        let is_by_password = matches!(login, LoginBlock::Password(_));
        let smtp = by_host.and_then(|known| known.server?.smtp.as_ref());
        ImapBlock {
            server,
            user: self.arguments.user.as_deref(),
            login,
            expires: self.arguments.expires,
            ca_file: self.arguments.ca_file.as_deref(),
            proxy: self.arguments.proxy.as_deref(),
            provider: found.provider.map(|provider| provider.id.as_str()).filter(|_| by_host.is_none()),
            // A house that hands its mail to a server of its own goes on doing so; and sending by token takes a permission of its own.
            smtp: smtp.filter(|_| is_by_password && !has_sending(self.text)),
        }
    }

    fn block(&self, door: DoorBlock<'_>) -> String {
        Block { name: self.name, address: self.address, owner: self.arguments.owner.as_deref(), door }.text(self.text)
    }

    /// The mailbox as the configuration will have it; all faults that the configuration has or would get.
    fn as_configured(&self, block: &str) -> anyhow::Result<config::Mailbox> {
        let whole = format!("{}{block}", self.text);
        let file = std::path::absolute(self.file).unwrap_or_else(|_| self.file.to_owned());
        let config = Config::of_text(&whole, &file).map_err(|faults| Unusable { file: self.file.to_owned(), faults })?;
        config.mailbox(self.name).cloned().context("The mailbox is not in the configuration it was just written into; please report this")
    }

    fn troubled(&self, told: &Told) -> anyhow::Error {
        Refusal(format!("{}\n{}", told.what, told.advice).trim_end().to_owned()).into()
    }

    fn show(&self, seen: &Seen, provider: Option<&Provider>) -> anyhow::Result<()> {
        for (role, name) in [("Drafts", &seen.drafts), ("Sent", &seen.sent), ("Junk", &seen.junk)] {
            match name {
                Some(name) => self.say("add.folder", &[("role", &role), ("name", name)])?,
                None => self.say("add.no_folder", &[("role", &role)])?,
            }
        }
        match (seen.first, seen.last) {
            (Some(first), Some(last)) => {
                self.say("server.mails", &[("count", &seen.mails), ("first", &day(first)), ("last", &day(last))])?;
            }
            _ if seen.mails > 0 => self.say("server.mails_undated", &[("count", &seen.mails)])?,
            _ if seen.is_partial => {}
            _ => self.say("server.no_mails", &[])?,
        }
        if seen.is_partial {
            self.say("server.slow", &[])?;
            self.say("server.slow_do", &[])?;
        }
        if seen.sent_mails == Some(0) && seen.inbox_mails > 0 {
            self.say("server.sent_empty", &[])?;
            self.say("server.sent_empty_do", &[])?;
        }
        if let Some(days) = provider.and_then(|provider| provider.password_days)
            && self.arguments.expires.is_none()
        {
            self.say("add.may_end", &[("days", &days)])?;
        }
        Ok(())
    }

    fn save(&self, block: &str, secret: Option<(&Path, &SecretText)>) -> anyhow::Result<ExitCode> {
        if self.arguments.dry_run {
            self.say("add.dry_run", &[("file", &self.file.display())])?;
            writeln!(std::io::stdout(), "{}", block.trim())?;
            return Ok(ExitCode::SUCCESS);
        }
        let failed = |file: &Path, why: &dyn Display| refusal(self.words, "add.not_written", &[("file", &file.display()), ("why", why)]);
        if let Some((file, secret)) = secret {
            save::keep_secret(file, secret).map_err(|why| failed(file, &why))?;
        }
        if let Err(why) = save::append(self.file, self.text, block) {
            if let Some((file, _)) = secret {
                // Without its mailbox the password has no use, and would stop the next attempt.
                let _ = std::fs::remove_file(file);
            }
            return Err(failed(self.file, &why));
        }
        if let Some((file, _)) = secret {
            self.say("add.secret_kept", &[("file", &file.display())])?;
        }
        self.say("add.written", &[("address", self.address), ("name", &self.name), ("file", &self.file.display())])?;
        Ok(ExitCode::SUCCESS)
    }
}

fn told_server(host: &str, arguments: &AddArguments) -> HostPort {
    let usual = if arguments.port == Some(143) { Security::StartTls } else { Security::Tls };
    let security = arguments.security.unwrap_or(usual);
    let port = arguments.port.unwrap_or(if security == Security::Tls { 993 } else { 143 });
    HostPort { host: host.to_owned(), port, security }
}

/// The provider's other IMAP hosts for the same addresses: those of companies, which may lie in any region.
fn others<'p>(provider: &'p Provider, host: &str) -> Vec<&'p str> {
    let regional = provider.servers.iter().filter(|server| server.region.is_some()).filter_map(|server| server.imap.as_ref());
    regional.map(|imap| imap.host.as_str()).filter(|other| *other != host).collect()
}

/// A day in UTC; which day it was where the operator sits does not matter here.
pub(crate) fn day(moment: crate::types::Moment) -> String {
    moment.timestamp().strftime("%Y-%m-%d").to_string()
}
