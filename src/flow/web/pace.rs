//! How often one address may ask: a bucket of requests for each, refilled as time goes, in bounded memory.
//!
//! The pace is far above what people do and leaves room for the filters of a company that gets many of our letters at once: a filter that
//! is turned away may take the letter for something bad.

use crate::types::Moment;
use core::net::{IpAddr, Ipv6Addr};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// So many requests at once, and so many a second from then on.
const AT_ONCE: f64 = 300.0;
const A_SECOND: f64 = 50.0;
/// Addresses that are remembered; beyond that all new ones share one bucket.
const ADDRESSES_MAX: usize = 10_000;

/// The buckets.
#[derive(Debug, Default)]
pub struct Pace(Mutex<Buckets>);

#[derive(Debug, Default)]
struct Buckets {
    of_address: HashMap<IpAddr, Bucket>,
    of_all_others: Bucket,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Moment,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { left: AT_ONCE, at: Moment(0) }
    }
}

impl Pace {
    /// Whether this address may ask now.
    pub fn allows(&self, client: IpAddr, now: Moment) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let buckets = &mut *buckets;
        let key = house(client);
        if !buckets.of_address.contains_key(&key) && buckets.of_address.len() >= ADDRESSES_MAX {
            // Whose bucket is full again is as good as new.
            buckets.of_address.retain(|_, bucket| bucket.refilled(now) < AT_ONCE);
            if buckets.of_address.len() >= ADDRESSES_MAX {
                return buckets.of_all_others.take(now);
            }
        }
        buckets.of_address.entry(key).or_default().take(now)
    }
}

impl Bucket {
    fn refilled(&self, now: Moment) -> f64 {
        // A clock that was set back gives nothing.
        let ms = u32::try_from(now.0.saturating_sub(self.at.0).max(0)).unwrap_or(u32::MAX);
        (self.left + f64::from(ms) / 1_000.0 * A_SECOND).min(AT_ONCE)
    }

    fn take(&mut self, now: Moment) -> bool {
        let left = self.refilled(now);
        let may = left >= 1.0;
        *self = Self { left: if may { left - 1.0 } else { left }, at: now };
        may
    }
}

/// One subscriber has a whole /64 of IPv6 (RFC 6177 §2).
pub(super) fn house(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn allowed(pace: &Pace, client: &str, now: Moment, times: usize) -> usize {
        (0..times).filter(|_| pace.allows(address(client), now)).count()
    }

    #[test]
    fn one_address_is_slowed_down_and_others_are_not() {
        let (pace, now) = (Pace::default(), Moment(1_794_790_800_000));
        assert_eq!(allowed(&pace, "203.0.113.7", now, 1_000), 300);
        assert_eq!(allowed(&pace, "203.0.113.8", now, 10), 10);
        assert_eq!(allowed(&pace, "203.0.113.7", now.plus_ms(1_000), 1_000), 50);
        assert_eq!(allowed(&pace, "203.0.113.7", now.plus_ms(3_600_000), 1_000), 300);
        assert_eq!(allowed(&pace, "203.0.113.7", now, 10), 0, "a clock set back gives nothing");
    }

    #[test]
    fn a_steady_trickle_gets_what_it_is_owed() {
        let (pace, now) = (Pace::default(), Moment(1_794_790_800_000));
        allowed(&pace, "203.0.113.7", now, 1_000);
        let got: usize = (1..=1_000).map(|ms| allowed(&pace, "203.0.113.7", now.plus_ms(ms * 10), 1)).sum();
        assert_eq!(got, 500, "ten seconds at fifty");
    }

    #[test]
    fn a_house_of_ipv6_has_one_bucket() {
        let (pace, now) = (Pace::default(), Moment(1_794_790_800_000));
        assert_eq!(allowed(&pace, "2001:db8:1:2::1", now, 200) + allowed(&pace, "2001:db8:1:2:ffff::9", now, 200), 300);
        assert_eq!(allowed(&pace, "2001:db8:1:3::1", now, 10), 10);
    }

    #[test]
    fn any_number_of_addresses_takes_bounded_room() {
        let (pace, now) = (Pace::default(), Moment(1_794_790_800_000));
        let through = (0..50_000_u32).filter(|n| pace.allows(IpAddr::V4((0x0a00_0000 + n).into()), now)).count();
        assert_eq!(through, ADDRESSES_MAX + 300, "those beyond share one bucket");
        let held = |pace: &Pace| pace.0.lock().unwrap_or_else(PoisonError::into_inner).of_address.len();
        assert_eq!(held(&pace), ADDRESSES_MAX);
        assert!(pace.allows(address("203.0.113.7"), now.plus_ms(60_000)), "a minute later all are forgotten");
        assert_eq!(held(&pace), 1);
    }
}
