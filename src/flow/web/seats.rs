//! How many connections one address has open, so that nobody takes the room of all.

use super::pace::house;
use core::net::IpAddr;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Connections of one address at the same time; a browser opens six. The web servers that stand before us are not counted.
const SEATS_MAX: usize = 32;

/// Who sits here. As large as there are connections.
#[derive(Debug, Clone, Default)]
pub(super) struct Seats(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A seat that is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Seats,
    house: IpAddr,
}

impl Seats {
    /// A seat for that address; `None` when it has all that one address gets.
    pub(super) fn take(&self, peer: IpAddr) -> Option<Seat> {
        let house = house(peer);
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(house).or_default();
        if *count >= SEATS_MAX {
            return None;
        }
        *count += 1;
        Some(Seat { seats: self.clone(), house })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.house) {
            *count = count.saturating_sub(1);
        }
        taken.retain(|_, count| *count > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_gets_so_many_seats_and_gives_them_back() {
        let seats = Seats::default();
        let of = |text: &str| seats.take(text.parse().expect("an address"));
        let mut taken: Vec<Seat> = (0..100).filter_map(|_| of("2001:db8:1:2::1")).collect();
        assert_eq!(taken.len(), SEATS_MAX);
        assert!(of("2001:db8:1:2::9").is_none(), "of the same house");
        assert!(of("2001:db8:1:3::1").is_some() && of("203.0.113.7").is_some());
        taken.truncate(SEATS_MAX - 1);
        assert!(of("2001:db8:1:2::9").is_some());
        drop(taken);
        assert_eq!(seats.0.lock().expect("nobody broke").len(), 0, "nobody who left is remembered");
    }
}
