//! From where a request comes. A web server before us says so in X-Forwarded-For, and so may anybody: only those are believed who are
//! listed, and of what they pass on only what the next one of them saw itself.

use crate::types::Network;
use axum::http::HeaderMap;
use core::net::{IpAddr, SocketAddr};

/// Longer chains are nobody's.
const HOPS_MAX: usize = 20;

/// The address of whoever asks: the last one that is no proxy of ours.
pub fn client(headers: &HeaderMap, peer: IpAddr, proxies: &[Network]) -> IpAddr {
    let is_proxy = |address: IpAddr| proxies.iter().any(|proxy| proxy.holds(address));
    let said: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    let hops = said.iter().flat_map(|value| value.split(',')).map(str::trim);
    let mut client = peer.to_canonical();
    for hop in hops.collect::<Vec<_>>().into_iter().rev().take(HOPS_MAX) {
        match address(hop) {
            Some(before) if is_proxy(client) => client = before,
            _ => break,
        }
    }
    client
}

/// An address as proxies write it: alone, with a port, or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|at| at.ip())).ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn seen(peer: &str, said: &[&'static str], proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        said.iter().for_each(|value| _ = headers.append("x-forwarded-for", HeaderValue::from_static(value)));
        let proxies: Vec<Network> = proxies.iter().map(|text| Network::parse(text).expect("a network")).collect();
        client(&headers, peer.parse().expect("an address"), &proxies).to_string()
    }

    #[test]
    fn only_listed_proxies_are_believed() {
        assert_eq!(seen("198.51.100.9", &["203.0.113.7"], &["127.0.0.1"]), "198.51.100.9", "anybody can write that");
        assert_eq!(seen("127.0.0.1", &["203.0.113.7"], &["127.0.0.1"]), "203.0.113.7");
        assert_eq!(seen("::ffff:127.0.0.1", &["[2001:db8::7]:443"], &["127.0.0.1"]), "2001:db8::7");
        assert_eq!(seen("127.0.0.1", &["203.0.113.7:5050"], &["127.0.0.1"]), "203.0.113.7");
        assert_eq!(seen("127.0.0.1", &[], &["127.0.0.1"]), "127.0.0.1");
    }

    #[test]
    fn what_the_client_itself_wrote_is_not_believed() {
        // The client wrote 10.9.9.9; our two proxies added what they saw.
        assert_eq!(seen("127.0.0.1", &["10.9.9.9, 203.0.113.7, 10.0.0.2"], &["127.0.0.1", "10.0.0.0/24"]), "203.0.113.7");
        assert_eq!(seen("127.0.0.1", &["10.9.9.9", "203.0.113.7"], &["127.0.0.1"]), "203.0.113.7", "in two fields");
        assert_eq!(seen("127.0.0.1", &["unknown, garbage"], &["127.0.0.1"]), "127.0.0.1");
        let all = "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8,10.0.0.9,10.0.0.10,10.0.0.11,10.0.0.12,\
                   10.0.0.13,10.0.0.14,10.0.0.15,10.0.0.16,10.0.0.17,10.0.0.18,10.0.0.19,10.0.0.20,10.0.0.21,10.0.0.22";
        assert_eq!(seen("10.0.0.99", &[all], &["10.0.0.0/24"]), "10.0.0.3", "no chain is followed for ever");
    }
}
