//! Networks of the internet, as lists name them and as the books keep them. `core::net` knows addresses and no sockets.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;

/// Bits of an address that the books keep: enough to see that two requests came from the same house, too few to tell its people apart.
const KEPT_V4: u8 = 24;
const KEPT_V6: u8 = 48;

/// A network (RFC 4632 §3.1, RFC 4291 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    first: IpAddr,
    /// How many leading bits its addresses share.
    bits: u8,
}

impl Network {
    /// Reads `192.0.2.0/24`, `2001:db8::/32`, or an address alone. Bits behind the network's own must be nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        let network = Self { first: masked(address, bits), bits };
        (bits <= most && network.first == address).then_some(network)
    }

    /// The network that the books keep of an address, without the address itself.
    pub fn around(address: IpAddr) -> Self {
        let address = plain(address);
        let bits = if address.is_ipv4() { KEPT_V4 } else { KEPT_V6 };
        Self { first: masked(address, bits), bits }
    }

    /// Whether it is wider than any house's own: /16 or /32, but for addresses that houses give themselves (RFC 1918, RFC 4193).
    pub fn is_wide(&self) -> bool {
        match self.first {
            IpAddr::V4(first) => self.bits < 8 || self.bits < 16 && !first.is_private(),
            IpAddr::V6(first) => self.bits < 7 || self.bits < 32 && !first.is_unique_local(),
        }
    }

    /// Whether an address lies in it.
    pub fn holds(&self, address: IpAddr) -> bool {
        let address = plain(address);
        address.is_ipv4() == self.first.is_ipv4() && masked(address, self.bits) == self.first
    }
}

/// An IPv4 address that came in the form of an IPv6 one is the IPv4 address (RFC 4291 §2.5.5.2).
fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// The address with everything behind its first bits made nothing.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
    let bits = u32::from(bits);
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn half_the_world_is_no_houses_network() {
        for (text, is_wide) in
            [("203.0.113.0/24", false), ("198.51.0.0/16", false), ("198.0.0.0/15", true), ("0.0.0.0/0", true), ("10.0.0.0/8", false)]
        {
            assert_eq!(Network::parse(text).expect("a network").is_wide(), is_wide, "{text}");
        }
        for (text, is_wide) in [("2001:db8::/32", false), ("2000::/3", true), ("fd00::/8", false), ("::/0", true), ("2001:db8::7", false)] {
            assert_eq!(Network::parse(text).expect("a network").is_wide(), is_wide, "{text}");
        }
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        let network = Network::parse("146.75.128.0/17").expect("a network");
        assert!(network.holds(address("146.75.255.255")) && network.holds(address("::ffff:146.75.128.1")));
        assert!(!network.holds(address("146.75.127.255")) && !network.holds(address("2001:db8::1")));
        let network = Network::parse("2a09:bac2::/31").expect("a network");
        assert!(network.holds(address("2a09:bac3:ffff::1")) && !network.holds(address("2a09:bac4::1")));
        assert!(Network::parse("0.0.0.0/0").expect("everything").holds(address("203.0.113.9")));
        assert!(Network::parse("::1").expect("one address").holds(address("::1")));
        for text in ["", "10.0.0.0/33", "10.0.0.1/8", "2001:db8::1/32", "10.0.0.0/", "/8", "a/8", "10.0.0.0/-1"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_books_keep_the_house_and_not_the_address() {
        assert_eq!(Network::around(address("203.0.113.77")).to_string(), "203.0.113.0/24");
        assert_eq!(Network::around(address("::ffff:203.0.113.77")).to_string(), "203.0.113.0/24");
        assert_eq!(Network::around(address("2001:db8:12:3456::9")).to_string(), "2001:db8:12::/48");
    }
}
