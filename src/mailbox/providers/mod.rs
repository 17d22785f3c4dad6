//! Habits of those who keep mailboxes, as data (`rules/providers.toml`), and how a provider is recognised: by the host we are told to
//! ask, by the domain of the address, by the MX record of that domain, or by what the server says of itself.
//!
//! Invariant: what is read here makes us more careful, never bolder. A wrong entry costs a question or a second look, never a mail.
//! Most habits need nothing of us, because one careful way works for all servers (rules/README.md says which); they are there for
//! people to read. Only a [`Quirk`] changes what is done.

mod file;

pub use file::ProvidersError;

use crate::config::Security;
use serde::Deserialize;

/// The file's name below `rules/`.
pub const FILE: &str = "providers.toml";

/// All providers we know something of.
#[derive(Debug, Clone, Default)]
pub struct Providers {
    providers: Vec<Provider>,
}

/// What is known of one provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name in the file and in the configuration (`provider = "tencent-exmail"`).
    #[serde(skip)]
    pub id: String,
    /// As its own people write it in English.
    pub name: String,
    /// What it takes, the usual one first.
    pub login: Vec<LoginKind>,
    pub oauth: Option<OAuthIssuer>,
    /// After so many days a password made for client programs may end.
    pub password_days: Option<u16>,
    /// Whether mail sent through its SMTP server appears in Sent without our doing.
    pub files_sent: FilesSent,
    /// What it does otherwise than it says, and what makes us act otherwise.
    #[serde(default)]
    pub quirks: Vec<Quirk>,
    /// What else is peculiar about it, by the names of rules/README.md; for people.
    #[serde(default)]
    pub habits: Vec<String>,
    /// For one mailbox and one address of ours; `None` when nothing is known.
    pub max_connections: Option<u8>,
    /// Whether keywords (RFC 9051 §2.3.2) are kept; nothing of ours depends on them.
    pub keywords: bool,
    /// What its special folders are called before anybody renames them.
    pub folders: SpecialFolders,
    /// Mail older than so many days is hidden from client programs until the user chooses otherwise.
    pub shows_days: Option<u16>,
    /// About so many recipients a day.
    pub sends_a_day: Option<u32>,
    /// Whether that number holds for each mailbox by itself; else all mailboxes of a domain share it.
    #[serde(default)]
    pub sends_each: bool,
    /// Whether a network of mainland China reaches it only through a proxy.
    #[serde(default)]
    pub blocked_in_china: bool,
    /// Words of its greeting or its answer to ID, in small letters.
    #[serde(default)]
    pub greetings: Vec<String>,
    /// When this was looked up.
    pub since: String,
    /// Where it comes from, and how sure it is.
    pub note: String,
    #[serde(default)]
    pub servers: Vec<ProviderServer>,
}

/// One set of servers; large providers have several.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderServer {
    /// Where it stands, when the provider has several: `china`, `abroad`, `singapore`.
    pub region: Option<String>,
    /// `None` when every customer has a host of his own.
    #[serde(default, deserialize_with = "file::imap")]
    pub imap: Option<HostPort>,
    #[serde(default, deserialize_with = "file::smtp")]
    pub smtp: Option<HostPort>,
    /// Other hosts of the same servers; `*.name` is every host below it.
    #[serde(default)]
    pub also: Vec<String>,
    /// Domains of addresses that lie here.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Mail exchangers of companies that keep their mail here; `*.name` is every host below it.
    #[serde(default)]
    pub mx: Vec<String>,
}

/// Where a service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    pub host: String,
    pub port: u16,
    pub security: Security,
}

/// What a login takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginKind {
    /// The one typed on the web.
    Password,
    /// Made on the web for one client program.
    AppPassword,
    /// The same, as providers in China call it.
    AuthorisationCode,
    #[serde(rename = "oauth")]
    OAuth,
}

/// Who gives tokens for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OAuthIssuer {
    Google,
    Microsoft,
    /// Its addresses stand in the configuration.
    Other,
}

/// Whether mail sent through the provider's SMTP server appears in Sent by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilesSent {
    Yes,
    No,
    /// It depends on a switch of the user.
    Learn,
}

/// What no answer of a server tells, so that it must be written: each makes us more careful in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quirk {
    /// UIDPLUS is announced and UID EXPUNGE takes more than it is asked for, or nothing: a draft taken back is only marked as deleted.
    NoUidplus,
    /// IDLE is announced and stays silent: we ask instead.
    NoIdle,
    /// NOTIFY is announced and stays silent: every folder is looked after by itself.
    NoNotify,
    /// A connection is shown no news of the folder it has open: the inbox is opened anew every few seconds.
    Reselect,
}

/// Names of the special folders as the provider makes them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialFolders {
    pub drafts: String,
    pub sent: String,
    pub junk: String,
}

/// A provider that was recognised, with the servers that fit.
#[derive(Debug, Clone, Copy)]
pub struct Recognised<'p> {
    pub provider: &'p Provider,
    /// `None` when it was known by what its server says.
    pub server: Option<&'p ProviderServer>,
}

impl Providers {
    /// The provider of that name.
    pub fn find(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.providers.iter()
    }

    /// By the IMAP host we are told to ask.
    pub fn by_host(&self, host: &str) -> Option<Recognised<'_>> {
        self.best(host, |server| server.imap.iter().map(|imap| imap.host.as_str()).chain(server.also.iter().map(String::as_str)))
    }

    /// By the SMTP host we are told to hand mail to.
    pub fn by_smtp_host(&self, host: &str) -> Option<Recognised<'_>> {
        self.best(host, |server| server.smtp.iter().map(|smtp| smtp.host.as_str()))
    }

    /// By the domain of the address.
    pub fn by_domain(&self, domain: &str) -> Option<Recognised<'_>> {
        self.best(domain, |server| server.domains.iter().map(String::as_str))
    }

    /// By the exchangers that take the domain's mail (RFC 5321 §5.1), the preferred one first.
    pub fn by_mx<'h>(&self, exchangers: impl IntoIterator<Item = &'h str>) -> Option<Recognised<'_>> {
        exchangers.into_iter().find_map(|exchanger| self.best(exchanger, |server| server.mx.iter().map(String::as_str)))
    }

    /// The provider of a mailbox: the one that is written, else by the host, else by what the server says of itself.
    pub fn recognise(&self, written: Option<&str>, host: &str, said: &str) -> Option<&Provider> {
        let written = written.and_then(|id| self.find(id));
        written.or_else(|| self.by_host(host).or_else(|| self.by_greeting(said)).map(|known| known.provider))
    }

    /// By the server's greeting, or its answer to ID (RFC 2971).
    pub fn by_greeting(&self, said: &str) -> Option<Recognised<'_>> {
        let said = said.to_ascii_lowercase();
        let provider = self.providers.iter().find(|provider| provider.greetings.iter().any(|word| said.contains(word)))?;
        Some(Recognised { provider, server: None })
    }

    /// The servers with the pattern that says most about the host.
    fn best<'p, I: Iterator<Item = &'p str>>(&'p self, host: &str, patterns: impl Fn(&'p ProviderServer) -> I) -> Option<Recognised<'p>> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let servers = self.providers.iter().flat_map(|provider| provider.servers.iter().map(move |server| (provider, server)));
        let fitting = servers.filter_map(|(provider, server)| {
            let fit = patterns(server).filter_map(|pattern| fit(&host, pattern)).max()?;
            Some((fit, Recognised { provider, server: Some(server) }))
        });
        fitting.max_by_key(|(fit, _)| *fit).map(|(_, recognised)| recognised)
    }
}

impl Provider {
    /// Whether it has that habit.
    pub fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }

    /// Whether addresses of that domain belong to anybody who asks for one, and not to a company.
    pub fn is_public(&self, domain: &str) -> bool {
        self.servers.iter().any(|server| server.domains.iter().any(|public| public == domain))
    }

    /// Whether a login needs a token rather than a password.
    pub fn needs_oauth(&self) -> bool {
        self.login == [LoginKind::OAuth]
    }
}

/// How much a pattern says about a host: everything when it is the host itself, less when it is a domain above it.
fn fit(host: &str, pattern: &str) -> Option<usize> {
    match pattern.strip_prefix("*.") {
        Some(above) => host.strip_suffix(above)?.ends_with('.').then_some(above.len()),
        None => (host == pattern).then_some(usize::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Providers {
        Providers::built_in()
    }

    fn id(recognised: Option<Recognised<'_>>) -> Option<(&str, Option<&str>)> {
        let recognised = recognised?;
        Some((&recognised.provider.id, recognised.server.and_then(|server| Some(server.imap.as_ref()?.host.as_str()))))
    }

    #[test]
    fn a_provider_is_recognised_by_its_imap_host() {
        let known = known();
        for (host, expected, imap) in [
            ("imap.exmail.qq.com", "tencent-exmail", "imap.exmail.qq.com"),
            ("hwimap.exmail.qq.com", "tencent-exmail", "hwimap.exmail.qq.com"),
            ("IMAP.QQ.COM", "qq", "imap.qq.com"),
            ("imap.qiye.aliyun.com.", "alibaba", "imap.qiye.aliyun.com"),
            ("imap.mxhichina.com", "alibaba", "imap.qiye.aliyun.com"),
            ("imap.us.alibabacloud.com", "alibaba", "imap.us.alibabacloud.com"),
            ("imap.126.com", "netease", "imap.126.com"),
            ("hwhzimap.qiye.163.com", "netease-qiye", "hwimap.qiye.163.com"),
            ("imap.googlemail.com", "google", "imap.gmail.com"),
            ("partner.outlook.cn", "microsoft-365-china", "partner.outlook.cn"),
            ("imap.yandex.ru", "yandex", "imap.yandex.com"),
        ] {
            assert_eq!(id(known.by_host(host)), Some((expected, Some(imap))), "{host}");
        }
        assert_eq!(id(known.by_host("bright.sakura.ne.jp")), Some(("sakura", None)));
        for host in ["imap.bright.example", "evilimap.qq.com", "imap.qq.com.bright.example", "sakura.ne.jp", ""] {
            assert_eq!(id(known.by_host(host)), None, "{host}");
        }
    }

    #[test]
    fn a_company_address_is_recognised_by_who_takes_its_mail() {
        let known = known();
        for (exchanger, expected, imap) in [
            ("mxbiz2.qq.com.", "tencent-exmail", "imap.exmail.qq.com"),
            ("mxw.mxhichina.com", "alibaba", "imap.qiye.aliyun.com"),
            ("mx1.sg.aliyun.com", "alibaba", "imap.sg.aliyun.com"),
            ("qiye163mx01.mxmail.netease.com", "netease-qiye", "imap.qiye.163.com"),
            ("hzmx01.mxmail.netease.com", "netease-qiye", "imaphz.qiye.163.com"),
            ("ALT1.ASPMX.L.GOOGLE.COM", "google", "imap.gmail.com"),
            ("smtp.google.com", "google", "imap.gmail.com"),
            ("bright-com.mail.protection.outlook.com", "microsoft-365", "outlook.office365.com"),
            ("bright-cn.mail.protection.partner.outlook.cn", "microsoft-365-china", "partner.outlook.cn"),
            ("outlook-com.olc.protection.outlook.com", "outlook-com", "imap-mail.outlook.com"),
            ("mx.zoho.eu", "zoho", "imap.zoho.eu"),
        ] {
            assert_eq!(id(known.by_mx([exchanger])), Some((expected, Some(imap))), "{exchanger}");
        }
        assert_eq!(id(known.by_mx(["mail.bright.example", "mxbiz1.qq.com"])).map(|(id, _)| id), Some("tencent-exmail"));
        assert_eq!(id(known.by_mx(["mail.bright.example"])), None);
    }

    #[test]
    fn an_address_at_a_public_provider_needs_no_look_up() {
        let known = known();
        for (domain, expected) in [("foxmail.com", "qq"), ("yeah.net", "netease"), ("Gmail.com", "google"), ("hanmail.net", "daum")] {
            assert_eq!(id(known.by_domain(domain)).map(|(id, _)| id), Some(expected), "{domain}");
        }
        assert_eq!(id(known.by_domain("bright.example")), None);
    }

    #[test]
    fn a_server_of_ones_own_is_known_by_what_it_says() {
        let known = known();
        for (said, expected) in [
            ("* OK [CAPABILITY IMAP4rev1 SASL-IR] Dovecot (Debian) ready.", "dovecot"),
            ("* OK [CAPABILITY IMAP4rev1] Courier-IMAP ready. Copyright 1998-2018 Double Precision, Inc.", "courier"),
            ("* OK The Microsoft Exchange IMAP4 service is ready.", "exchange"),
            ("* OK mail Cyrus IMAP 3.8.1 server ready", "cyrus"),
        ] {
            assert_eq!(id(known.by_greeting(said)).map(|(id, _)| id), Some(expected), "{said}");
        }
        assert_eq!(id(known.by_greeting("* OK ready")), None);
    }

    #[test]
    fn what_is_written_counts_before_the_host_and_the_host_before_the_greeting() {
        let known = known();
        let coremail = "Coremail System IMap Server Ready(163com[10774b260cc7a37d])";
        let id = |written, host, said| known.recognise(written, host, said).map(|provider| provider.id.as_str());
        assert_eq!(id(Some("alibaba"), "imap.163.com", coremail), Some("alibaba"));
        assert_eq!(id(None, "imap.163.com", coremail), Some("netease"));
        assert_eq!(id(None, "mail.bright.example", coremail), Some("coremail"));
        assert_eq!(id(None, "mail.bright.example", "QQMail XMIMAP4Server ready"), Some("tencent-exmail"));
        assert_eq!(id(Some("nobody"), "mail.bright.example", "ready name Dovecot"), Some("dovecot"), "as if nothing were written");
        assert_eq!(id(None, "mail.bright.example", "ready"), None);
    }

    #[test]
    fn who_takes_only_tokens_is_known() {
        let known = known();
        assert!(known.find("microsoft-365").is_some_and(Provider::needs_oauth));
        assert!(!known.find("google").is_none_or(Provider::needs_oauth));
    }
}
