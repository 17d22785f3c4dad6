//! Which places of a folder are known, in little room: 100,000 UIDs without gaps are one range.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The places of a folder that the books know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Places {
    /// A Maildir's unique names, shared with whoever looks meanwhile.
    Names(Arc<HashSet<String>>),
    /// UIDs below one UIDVALIDITY.
    Uids { uidvalidity: u32, uids: UidSet },
}

/// A set of UIDs as ranges, ascending and apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UidSet {
    ranges: Vec<(u32, u32)>,
}

impl Places {
    /// No place of a Maildir's folder.
    pub fn no_names() -> Self {
        Places::Names(Arc::default())
    }

    /// No place below that UIDVALIDITY.
    pub fn no_uids(uidvalidity: u32) -> Self {
        Places::Uids { uidvalidity, uids: UidSet::default() }
    }

    /// Whether that place is known.
    pub fn contains(&self, place: &str) -> bool {
        match self {
            Places::Names(names) => names.contains(place),
            Places::Uids { uids, .. } => place.parse().is_ok_and(|uid| uids.contains(uid)),
        }
    }

    /// Notes a place.
    pub fn insert(&mut self, place: &str) {
        match self {
            Places::Names(names) => {
                Arc::make_mut(names).insert(place.to_owned());
            }
            Places::Uids { uids, .. } => {
                if let Ok(uid) = place.parse() {
                    uids.insert(uid);
                }
            }
        }
    }

    /// Forgets a place.
    pub fn remove(&mut self, place: &str) {
        match self {
            Places::Names(names) => {
                Arc::make_mut(names).remove(place);
            }
            Places::Uids { uids, .. } => {
                if let Ok(uid) = place.parse() {
                    uids.remove(uid);
                }
            }
        }
    }

    /// How many are known.
    pub fn len(&self) -> u64 {
        match self {
            Places::Names(names) => names.len() as u64,
            Places::Uids { uids, .. } => uids.len(),
        }
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl UidSet {
    /// Whether it holds that UID.
    pub fn contains(&self, uid: u32) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= uid);
        after.checked_sub(1).and_then(|at| self.ranges.get(at)).is_some_and(|(_, last)| uid <= *last)
    }

    /// Adds a UID; `false` when it was there.
    pub fn insert(&mut self, uid: u32) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= uid);
        let before = after.checked_sub(1);
        let joins_before = before.and_then(|at| self.ranges.get(at)).map(|(_, last)| *last);
        if joins_before.is_some_and(|last| uid <= last) {
            return false;
        }
        let joins_before = joins_before.is_some_and(|last| last.checked_add(1) == Some(uid));
        let joins_after = self.ranges.get(after).is_some_and(|(first, _)| uid.checked_add(1) == Some(*first));
        match (joins_before.then_some(before).flatten(), joins_after) {
            (Some(at), true) => {
                let (_, last) = self.ranges.remove(after);
                if let Some(range) = self.ranges.get_mut(at) {
                    range.1 = last;
                }
            }
            (Some(at), false) => {
                if let Some(range) = self.ranges.get_mut(at) {
                    range.1 = uid;
                }
            }
            (None, true) => {
                if let Some(range) = self.ranges.get_mut(after) {
                    range.0 = uid;
                }
            }
            (None, false) => self.ranges.insert(after, (uid, uid)),
        }
        true
    }

    /// Takes a UID out; `false` when it was not there.
    pub fn remove(&mut self, uid: u32) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= uid);
        let Some(at) = after.checked_sub(1) else { return false };
        let Some((first, last)) = self.ranges.get(at).copied().filter(|(_, last)| uid <= *last) else { return false };
        let rest = [(first, uid.wrapping_sub(1)), (uid.wrapping_add(1), last)];
        let kept = [uid > first, uid < last];
        self.ranges.splice(at..=at, rest.into_iter().zip(kept).filter_map(|(range, kept)| kept.then_some(range)));
        true
    }

    /// Those of its UIDs that lie in one of these ranges, which may come in any order, either way round, and as wide as they like.
    pub fn within(&self, ranges: impl IntoIterator<Item = RangeInclusive<u32>>) -> UidSet {
        let ascending = |range: RangeInclusive<u32>| (*range.start().min(range.end()), *range.start().max(range.end()));
        let mut others: Vec<(u32, u32)> = ranges.into_iter().map(ascending).collect();
        others.sort_unstable();
        others.dedup_by(|next, range| {
            let joins = next.0 <= range.1.saturating_add(1);
            range.1 = if joins { range.1.max(next.1) } else { range.1 };
            joins
        });
        let (mut both, mut others) = (Vec::new(), others.as_slice());
        for (first, last) in &self.ranges {
            // What ends before this range ends before all that follow.
            let before = others.iter().take_while(|(_, to)| to < first).count();
            others = others.get(before..).unwrap_or_default();
            let reaching = others.iter().take_while(|(from, _)| from <= last);
            both.extend(reaching.map(|(from, to)| (*first.max(from), *last.min(to))));
        }
        UidSet { ranges: both }
    }

    /// It, less these.
    pub fn without(&self, others: &UidSet) -> UidSet {
        let mut left = self.clone();
        for uid in others.iter() {
            left.remove(uid);
        }
        left
    }

    /// How many UIDs it holds.
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The highest.
    pub fn last(&self) -> Option<u32> {
        self.ranges.last().map(|(_, last)| *last)
    }

    /// All of them, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = u32> {
        self.ranges.iter().flat_map(|(first, last)| *first..=*last)
    }

    /// Its ranges, ascending and apart.
    pub fn ranges(&self) -> impl DoubleEndedIterator<Item = RangeInclusive<u32>> {
        self.ranges.iter().map(|(first, last)| *first..=*last)
    }
}

impl FromIterator<u32> for UidSet {
    fn from_iter<I: IntoIterator<Item = u32>>(uids: I) -> Self {
        let mut uids: Vec<u32> = uids.into_iter().collect();
        uids.sort_unstable();
        let mut set = UidSet::default();
        for uid in uids {
            match set.ranges.last_mut() {
                Some((_, last)) if *last == uid => {}
                Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
                _ => set.ranges.push((uid, uid)),
            }
        }
        set
    }
}

/// A sequence set (RFC 9051 §9), ascending: `1:3,7`.
impl std::fmt::Display for UidSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, (first, last)) in self.ranges.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            if first == last {
                write!(f, "{comma}{first}")?;
            } else {
                write!(f, "{comma}{first}:{last}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn ranges_hold_what_a_plain_set_holds(steps in proptest::collection::vec((any::<bool>(), 1_u32..40), 0..200)) {
            let (mut ranges, mut plain) = (UidSet::default(), BTreeSet::new());
            for (adds, uid) in steps {
                if adds {
                    prop_assert_eq!(ranges.insert(uid), plain.insert(uid));
                } else {
                    prop_assert_eq!(ranges.remove(uid), plain.remove(&uid));
                }
                prop_assert_eq!(ranges.iter().collect::<Vec<_>>(), plain.iter().copied().collect::<Vec<_>>());
                prop_assert_eq!(ranges.len(), plain.len() as u64);
                prop_assert_eq!(&ranges, &plain.iter().copied().collect::<UidSet>());
                prop_assert!((0..41).all(|uid| ranges.contains(uid) == plain.contains(&uid)));
            }
        }
    }

    proptest! {
        #[test]
        fn what_lies_in_ranges_is_what_a_plain_set_holds_of_them(
            held in proptest::collection::btree_set(0_u32..60, 0..40),
            ranges in proptest::collection::vec((0_u32..60, 0_u32..60), 0..20),
        ) {
            let set: UidSet = held.iter().copied().collect();
            let named = |uid: &u32| ranges.iter().any(|(a, b)| (a.min(b)..=a.max(b)).contains(&uid));
            let within = set.within(ranges.iter().map(|(a, b)| *a..=*b));
            prop_assert_eq!(&within, &held.iter().copied().filter(named).collect::<UidSet>());
            prop_assert_eq!(set.without(&within), held.iter().copied().filter(|uid| !named(uid)).collect::<UidSet>());
            // Servers also name a range from its end (RFC 9051, section 9: seq-range).
            let (last, first) = (u32::MAX, 0);
            prop_assert_eq!(set.within([last..=first]), set);
        }
    }

    #[test]
    fn a_set_is_written_as_servers_read_it() {
        assert_eq!([3, 1, 2, 9, 7, 4_294_967_295].into_iter().collect::<UidSet>().to_string(), "1:3,7,9,4294967295");
    }
}
