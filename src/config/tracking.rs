//! `[tracking]`: whether letters carry a pixel and links of ours, and where our two listeners are: the public one, which answers for what
//! letters carry and for unsubscribing, and that of this machine, which tells how the daemon fares. Off unless switched on.

use std::net::{IpAddr, SocketAddr};

use crate::types::Network;

use super::fault::Problem;
use super::reader::{Section, Value};
use super::web;

/// What a letter may report back, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tracking {
    /// `https://…` at which the world reaches our public listener; without a slash at its end. Without it there is no such listener, and
    /// no letter carries an address of ours.
    pub public_address: Option<String>,
    /// Where the public listener is, for whoever passes the world's requests on to it; only with a public address.
    pub listen: Option<SocketAddr>,
    /// Whose word is taken for where a request came from (X-Forwarded-For).
    pub proxies: Vec<Network>,
    /// Where the team's own people look from: what is asked for from there is none of a customer's doing.
    pub own_networks: Vec<Network>,
    /// Where `/healthz` and `/metrics` are, on this machine only; nowhere unless written.
    pub metrics: Option<SocketAddr>,
    /// A picture that tells when a letter was opened.
    pub opens: bool,
    /// Links that tell when they were followed.
    pub clicks: bool,
}

const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8025);
/// A proxy on this machine, in either protocol.
const PROXIES: [&str; 2] = ["127.0.0.1", "::1"];
const NETWORKS_MAX: usize = 50;

pub(super) fn read(mut section: Section<'_>) -> Tracking {
    let public_address = section.take("public_address");
    let listen = section.take("listen");
    let proxies = section.take("proxies");
    let own_networks = section.take("own_networks");
    let metrics = section.take("metrics");
    let opens = section.take("opens");
    let clicks = section.take("clicks");
    section.close();

    let needs_address = |value: &Value<'_>| {
        if public_address.is_none() {
            value.fault(Problem::Needs { other: "tracking.public_address" });
        }
    };
    let switched_on = |value: &Option<Value<'_>>| {
        let on = value.as_ref().and_then(Value::flag).unwrap_or_default();
        value.iter().filter(|_| on).for_each(needs_address);
        on
    };
    let (opens, clicks) = (switched_on(&opens), switched_on(&clicks));
    [&listen, &proxies, &own_networks].into_iter().flatten().for_each(needs_address);
    let is_public = public_address.is_some();
    let public_address = public_address.and_then(|value| web::public_address(&value));
    let listen = listen.map_or(is_public.then_some(LISTEN), |value| listener(&value));
    let metrics_at = metrics.as_ref().and_then(listener).filter(|at| is_of_this_machine(at, &metrics));
    if let (Some(value), true) = (&metrics, metrics_at.is_some() && metrics_at == listen) {
        value.fault(Problem::SameListener { other: "tracking.listen" });
    }
    let proxies = match proxies {
        Some(value) => networks(&value),
        None => PROXIES.iter().filter_map(|text| Network::parse(text)).collect(),
    };
    let own_networks = own_networks.iter().flat_map(own).collect();
    Tracking { public_address, listen, proxies, own_networks, metrics: metrics_at, opens, clicks }
}

/// An address and port to listen at.
fn listener(value: &Value<'_>) -> Option<SocketAddr> {
    let text = value.line()?;
    let at = text.parse::<SocketAddr>().ok().filter(|at| at.port() != 0);
    if at.is_none() {
        value.fault(Problem::NotAListener { text: text.to_owned() });
    }
    at
}

/// What tells how the daemon fares is not for others.
fn is_of_this_machine(at: &SocketAddr, value: &Option<Value<'_>>) -> bool {
    if !at.ip().is_loopback() {
        value.iter().for_each(|value| value.fault(Problem::NotThisMachine { text: at.to_string() }));
    }
    at.ip().is_loopback()
}

/// The team's own networks. One as wide as a provider's would take strangers for colleagues.
fn own(value: &Value<'_>) -> Vec<Network> {
    let networks = networks(value);
    for wide in networks.iter().filter(|network| network.is_wide()) {
        value.fault(Problem::WideNetwork { text: wide.to_string() });
    }
    networks
}

fn networks(value: &Value<'_>) -> Vec<Network> {
    let network = |value: Value<'_>| {
        let text = value.line()?;
        let network = Network::parse(text);
        if network.is_none() {
            value.fault(Problem::NotANetwork { text: text.to_owned() });
        }
        network
    };
    let written = value.list().unwrap_or_default();
    if written.len() > NETWORKS_MAX {
        value.fault(Problem::TooMany { found: written.len(), most: NETWORKS_MAX });
    }
    written.into_iter().take(NETWORKS_MAX).filter_map(network).collect()
}
