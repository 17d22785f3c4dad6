//! Where the server of an address is: told, known by its provider, or asked of the domain name system.

use crate::config::Security;
use crate::mailbox::providers::{HostPort, Provider, Providers, Recognised};
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use std::time::Duration;

/// How long all questions about one domain may take.
const QUESTIONS_DEADLINE: Duration = Duration::from_secs(10);
/// The port of IMAP with TLS.
const PORT_TLS: u16 = 993;
/// Where companies often put their own server.
const USUAL_NAMES: [&str; 2] = ["imap", "mail"];

/// A server for an address.
#[derive(Debug, Clone)]
pub struct Found<'p> {
    /// `None` when nobody could say where it is.
    pub server: Option<HostPort>,
    pub provider: Option<&'p Provider>,
    pub how: How,
}

/// How it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// The operator gave the host.
    Told,
    /// By the domain of the address.
    Domain,
    /// By who takes the domain's mail.
    Mx(String),
    /// The domain says so itself (RFC 6186).
    Srv,
    /// A host with a usual name is there.
    Usual,
    Unknown,
}

/// What the domain name system is asked. No answer and a failure are the same here: the next way is tried.
pub trait Names {
    /// Who takes the domain's mail, the preferred one first.
    fn exchangers(&self, domain: &str) -> impl Future<Output = Vec<String>>;
    /// Host and port of `_imaps._tcp.DOMAIN`, the preferred one.
    fn imap_service(&self, domain: &str) -> impl Future<Output = Option<(String, u16)>>;
    fn is_there(&self, host: &str) -> impl Future<Output = bool>;
}

/// Where the mailbox of that domain is.
pub async fn find<'p>(providers: &'p Providers, domain: &str, told: Option<HostPort>, names: &impl Names) -> Found<'p> {
    if let Some(server) = told {
        let provider = providers.by_host(&server.host).map(|known| known.provider);
        // A host with the company's own name often stands for a provider's.
        let provider = match provider {
            Some(provider) => Some(provider),
            None => provider_of(providers, domain, names).await.map(|(known, _)| known.provider),
        };
        return Found { server: Some(server), provider, how: How::Told };
    }
    let known = provider_of(providers, domain, names).await;
    if let Some((Recognised { provider, server: Some(server) }, how)) = &known
        && let Some(imap) = &server.imap
    {
        return Found { server: Some(imap.clone()), provider: Some(provider), how: how.clone() };
    }
    let provider = known.map(|(known, _)| known.provider);
    let tls = |host: String, port| HostPort { host, port, security: Security::Tls };
    if let Some((host, port)) = names.imap_service(domain).await {
        let provider = provider.or_else(|| providers.by_host(&host).map(|known| known.provider));
        return Found { server: Some(tls(host, port)), provider, how: How::Srv };
    }
    for usual in USUAL_NAMES {
        let host = format!("{usual}.{domain}");
        if names.is_there(&host).await {
            return Found { server: Some(tls(host, PORT_TLS)), provider, how: How::Usual };
        }
    }
    Found { server: None, provider, how: How::Unknown }
}

async fn provider_of<'p>(providers: &'p Providers, domain: &str, names: &impl Names) -> Option<(Recognised<'p>, How)> {
    if let Some(known) = providers.by_domain(domain) {
        return Some((known, How::Domain));
    }
    let exchangers = names.exchangers(domain).await;
    let exchanger = exchangers.iter().find(|exchanger| providers.by_mx([exchanger.as_str()]).is_some())?;
    providers.by_mx([exchanger.as_str()]).map(|known| (known, How::Mx(exchanger.clone())))
}

/// The system's own resolver. Without one, or without a network, nothing is known.
pub struct SystemNames {
    resolver: Option<TokioResolver>,
}

impl SystemNames {
    /// As `/etc/resolv.conf` says.
    pub fn new() -> Self {
        Self { resolver: TokioResolver::builder_tokio().and_then(|builder| builder.build()).ok() }
    }

    async fn within<T>(&self, question: impl Future<Output = Option<T>>) -> Option<T> {
        tokio::time::timeout(QUESTIONS_DEADLINE, question).await.ok().flatten()
    }
}

impl Default for SystemNames {
    fn default() -> Self {
        Self::new()
    }
}

impl Names for SystemNames {
    async fn exchangers(&self, domain: &str) -> Vec<String> {
        let answers = self.within(async { self.resolver.as_ref()?.mx_lookup(whole(domain)).await.ok() }).await;
        let mut exchangers: Vec<(u16, String)> = answers
            .iter()
            .flat_map(|answers| answers.answers())
            .filter_map(|record| match &record.data {
                RData::MX(mx) => Some((mx.preference, plain(&mx.exchange.to_ascii()))),
                _ => None,
            })
            .collect();
        exchangers.sort();
        exchangers.into_iter().map(|(_, exchanger)| exchanger).filter(|exchanger| !exchanger.is_empty()).collect()
    }

    async fn imap_service(&self, domain: &str) -> Option<(String, u16)> {
        let service = whole(&format!("_imaps._tcp.{domain}"));
        let answers = self.within(async { self.resolver.as_ref()?.srv_lookup(service).await.ok() }).await?;
        let services = answers.answers().iter().filter_map(|record| match &record.data {
            RData::SRV(service) => Some((service.priority, plain(&service.target.to_ascii()), service.port)),
            _ => None,
        });
        // A target of "." says that there is no such service (RFC 2782).
        services.filter(|(_, host, _)| !host.is_empty()).min().map(|(_, host, port)| (host, port))
    }

    async fn is_there(&self, host: &str) -> bool {
        let answer = self.within(async { self.resolver.as_ref()?.lookup_ip(whole(host)).await.ok() }).await;
        answer.is_some_and(|addresses| addresses.iter().next().is_some())
    }
}

/// With the dot at the end that keeps the search list of this machine out.
fn whole(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A domain name system with one company in it.
    #[derive(Default)]
    struct Told {
        exchangers: Vec<&'static str>,
        service: Option<(&'static str, u16)>,
        hosts: Vec<&'static str>,
    }

    impl Names for Told {
        async fn exchangers(&self, _domain: &str) -> Vec<String> {
            self.exchangers.iter().map(|&host| host.to_owned()).collect()
        }

        async fn imap_service(&self, _domain: &str) -> Option<(String, u16)> {
            self.service.map(|(host, port)| (host.to_owned(), port))
        }

        async fn is_there(&self, host: &str) -> bool {
            self.hosts.contains(&host)
        }
    }

    async fn found(told: Option<&str>, names: Told, domain: &str) -> (Option<String>, Option<String>, How) {
        let providers = Providers::built_in();
        let told = told.map(|host| HostPort { host: host.to_owned(), port: 993, security: Security::Tls });
        let found = find(&providers, domain, told, &names).await;
        (found.server.map(|server| format!("{}:{}", server.host, server.port)), found.provider.map(|known| known.id.clone()), found.how)
    }

    #[tokio::test]
    async fn the_operator_is_asked_before_the_domain_and_the_domain_before_its_names() {
        let exmail = || Told { exchangers: vec!["mail.filter.example", "mxbiz1.qq.com"], ..Told::default() };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            found(Some("hwimap.exmail.qq.com"), exmail(), "bright.example").await,
            (text("hwimap.exmail.qq.com:993"), text("tencent-exmail"), How::Told)
        );
        assert_eq!(
            found(Some("mail.bright.example"), exmail(), "bright.example").await,
            (text("mail.bright.example:993"), text("tencent-exmail"), How::Told),
            "a host of the company's own name keeps the habits of whoever takes its mail"
        );
        assert_eq!(found(None, exmail(), "163.com").await, (text("imap.163.com:993"), text("netease"), How::Domain));
        assert_eq!(
            found(None, exmail(), "bright.example").await,
            (text("imap.exmail.qq.com:993"), text("tencent-exmail"), How::Mx("mxbiz1.qq.com".to_owned()))
        );
    }

    #[tokio::test]
    async fn a_company_with_a_server_of_its_own_is_found_by_what_its_domain_says() {
        let text = |text: &str| Some(text.to_owned());
        let said = Told { service: Some(("mx.bright.example", 9930)), hosts: vec!["imap.bright.example"], ..Told::default() };
        assert_eq!(found(None, said, "bright.example").await, (text("mx.bright.example:9930"), None, How::Srv));
        let usual = Told { hosts: vec!["mail.bright.example"], ..Told::default() };
        assert_eq!(found(None, usual, "bright.example").await, (text("mail.bright.example:993"), None, How::Usual));
        assert_eq!(found(None, Told::default(), "bright.example").await, (None, None, How::Unknown));
        let sakura = Told { exchangers: vec!["bright.sakura.ne.jp"], ..Told::default() };
        assert_eq!(found(None, sakura, "bright.example").await, (None, text("sakura"), How::Unknown), "the provider alone names no host");
    }
}
